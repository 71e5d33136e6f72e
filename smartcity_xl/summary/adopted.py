"""The data that the scores rest on: one row for each answer adopted, with where it came from; and the tables' rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smartcity_xl.books.cells import cell_name, column_name, reference
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.catalog.aggregates import means_of
from smartcity_xl.messages import label
from smartcity_xl.model import MergedSlot, MergedTable, Outcome, Slot, Standing, TableRow
from smartcity_xl.results.shown import shown_answer
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.formula import Cells, render_node
from smartcity_xl.rules.tree import Mean, Rule
from smartcity_xl.rules.words import describe_node
from smartcity_xl.summary.grid import Head, write_head

_COLUMNS = (
    Head("code", 10),
    Head("label", 38),
    Head("given", 18),
    Head("shown", 14),
    Head("unit", 8),
    Head("number", 15),
    Head("standing", 10),
    Head("department", 24),
    Head("file", 30),
    Head("cell", 16),
    Head("as_of", 12),
    Head("remark", 24),
)
_AT = {column.name: number for number, column in enumerate(_COLUMNS)}
FIRST_ROW = 3


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """Where a table's adopted rows stand on the sheet of detailed data, and its aggregates' helper columns."""

    first: int
    rows: tuple[TableRow, ...]
    mean_columns: Mapping[Mean, int]


@dataclass(frozen=True, slots=True)
class AdoptedPlan:
    """Slot -> row; aggregate -> row; table -> its rows. ``cells`` tells a rule where its numbers stand."""

    slots: Mapping[str, int]
    means: Mapping[Mean, int]
    tables: Mapping[str, RowsPlan]
    cells: Cells


def plan_adopted(outcome: Outcome) -> AdoptedPlan:
    catalog = outcome.catalog
    slots: dict[str, int] = {}
    means: dict[Mean, int] = {}
    tables: dict[str, RowsPlan] = {}
    at, below = FIRST_ROW, FIRST_ROW
    for figure in catalog.figures.values():
        for slot in figure.slots:
            slots[slot.key] = at
            at += 1
        if figure.columns:
            asked = means_of(catalog, figure.key)
            for mean in asked:
                means[mean] = at
                at += 1
            used = outcome.merged.tables[figure.key].used
            rows = used.rows if used else ()
            helpers = {mean: 2 + len(figure.columns) + number for number, mean in enumerate(asked)}
            tables[figure.key] = RowsPlan(below + 1, rows, helpers)
            below += len(rows) + 2
    sheet, number = label("sheet.adopted"), _AT["number"]
    cells = Cells(
        slot=lambda key: reference(sheet, slots[key], number),
        items=lambda key: tuple(item.key for item in catalog.figures[key].items),
        mean=lambda mean: reference(sheet, means[mean], number),
    )
    return AdoptedPlan(slots, means, tables, cells)


def write_adopted(book: Book, outcome: Outcome, plan: AdoptedPlan) -> None:
    page = write_head(book, "adopted", _COLUMNS, FIRST_ROW, freeze=2)
    for key, row in plan.slots.items():
        _write_slot(page, outcome, row, outcome.catalog.slots[key], outcome.merged.slots[key])
    for mean, row in plan.means.items():
        _write_mean(page, outcome, plan, row, mean)
    page.worksheet.autofilter(FIRST_ROW - 1, 0, FIRST_ROW - 1 + len(plan.slots) + len(plan.means), len(_COLUMNS) - 1)


def _write_slot(page: Page, outcome: Outcome, row: int, slot: Slot, merged: MergedSlot) -> None:
    figure = outcome.catalog.figures[slot.figure]
    name = slot.label if slot.label == figure.label else f"{figure.label}：{slot.label}"
    names = (outcome.assignment.name(answer.department) for answer in merged.used)
    texts = {
        "code": label("word.separator").join(outcome.catalog.used_by[slot.figure]),
        "label": name,
        "given": "\n".join(answer.given for answer in merged.used),
        "shown": shown_answer(slot, merged),
        "unit": slot.unit,
        "standing": label(f"standing.{merged.standing.value}"),
        "department": label("word.separator").join(dict.fromkeys(names))
        or (label("check.fixed") if slot.fixed else ""),
        "file": "\n".join(answer.origin.file for answer in merged.used),
        "cell": "\n".join(f"{answer.origin.sheet}!{answer.origin.cell}" for answer in merged.used),
        "as_of": "\n".join(dict.fromkeys(answer.as_of for answer in merged.used if answer.as_of)),
        "remark": "\n".join(answer.remark for answer in merged.used if answer.remark),
    }
    _write_texts(page, row, texts)
    if merged.value is None:
        page.blank(row, _AT["number"], "cell")
    else:
        page.number(row, _AT["number"], float(merged.value))


def _write_texts(page: Page, row: int, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        style = "centre" if name in ("code", "unit", "standing", "cell", "as_of") else "cell"
        page.text(row, _AT[name], text, style)
    page.height(row, {_AT[name]: text for name, text in texts.items()})


def _write_mean(page: Page, outcome: Outcome, plan: AdoptedPlan, row: int, mean: Mean) -> None:
    figure, table = outcome.catalog.figures[mean.table], plan.tables[mean.table]
    merged: MergedTable = outcome.merged.tables[mean.table]
    used = merged.used
    _write_texts(page, row, {
        "code": label("word.separator").join(outcome.catalog.used_by[mean.table]),
        "label": f"{figure.label}：{label('adopted.mean')} {describe_node(mean.expression, outcome.catalog.label)}",
        "given": "",
        "shown": "",
        "unit": "",
        "standing": label(f"standing.{merged.standing.value}"),
        "department": outcome.assignment.name(used.department) if used else "",
        "file": used.origin.file if used else "",
        "cell": used.origin.sheet if used else "",
        "as_of": "",
        "remark": label("adopted.rows", number=len(table.rows), sheet=label("sheet.rows")),
    })  # fmt: skip
    if merged.standing is not Standing.SETTLED or used is None:
        page.blank(row, _AT["number"], "cell")
        return
    if not used.rows:  # none to count
        page.number(row, _AT["number"], 0)
        return
    at = table.mean_columns[mean]
    last = f"${column_name(at)}${table.first + len(table.rows)}"
    span = f"{reference(label('sheet.rows'), table.first, at)}:{last}"
    value = evaluate(Rule("", (), mean), {}, {mean.table: used.values}).value
    page.formula(row, _AT["number"], f"AVERAGE({span})", float(value), "number")


def write_rows(book: Book, outcome: Outcome, plan: AdoptedPlan) -> None:
    """The rows of the tables adopted, each with the helper columns that the aggregates rest on."""
    widest = max((len(outcome.catalog.figures[key].columns) for key in plan.tables), default=1)
    columns = (
        Head("row_name", 40),
        *[Head("row_value", 22)] * widest,
        Head("row_cell", 22),
        Head("row_helper", 18),
    )
    page = write_head(book, "rows", columns, FIRST_ROW, freeze=1, headings=False)
    for key, table in plan.tables.items():
        figure = outcome.catalog.figures[key]
        head = table.first - 1
        page.text(head, 0, f"{figure.label}（{figure.row_label}）", "head")
        names = [f"{column.label}（{column.unit}）" for column in figure.columns] + [label("adopted.row_origin")]
        for number, name in enumerate(names, start=1):
            page.text(head, number, name, "head")
        for at in table.mean_columns.values():
            page.text(head, at, label("adopted.row_mark"), "head")
        page.worksheet.set_row(head, 36)
        for row, entry in enumerate(table.rows, start=table.first):
            _write_table_row(page, table, row, entry, [column.key for column in figure.columns])


def _write_table_row(page: Page, table: RowsPlan, row: int, entry: TableRow, columns: list[str]) -> None:
    page.text(row, 0, entry.name)
    places = []
    for at, key in enumerate(columns, start=1):
        cell = entry.cells[key]
        page.number(row, at, float(cell.value or 0))
        places.append(cell.origin.cell)
    page.text(row, len(columns) + 1, f"{entry.cells[columns[0]].origin.sheet}!{'、'.join(places)}", "centre")
    address = {key: cell_name(row, at) for at, key in enumerate(columns, start=1)}
    cells = Cells(lambda name: address[name.partition(".")[2]], lambda _: (), lambda _: "")
    values = {key: cell.value or 0 for key, cell in entry.cells.items()}
    for mean, at in table.mean_columns.items():
        value = evaluate(Rule("", (), mean), {}, {mean.table: (values,)}).value  # type: ignore[dict-item]
        page.formula(row, at, render_node(mean.expression, cells), float(value), "number")
