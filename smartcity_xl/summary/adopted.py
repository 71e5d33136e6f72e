"""The data that the scores rest on: one row for each figure adopted; and the tables' rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from smartcity_xl.books.cells import column_name, reference
from smartcity_xl.books.pages import Book
from smartcity_xl.books.whole_rows import Content, ListRows, computed
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, MergedSlot, Outcome, Slot, Standing, TableAnswer, TableRow
from smartcity_xl.results.shown import shown_answer
from smartcity_xl.rules.exact import value_of_node
from smartcity_xl.rules.formula import Cells
from smartcity_xl.rules.tree import Mean
from smartcity_xl.rules.words import describe_node
from smartcity_xl.summary.bands import ListBand, banded_figures, depth_of
from smartcity_xl.summary.disputes import name_figure
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, list_rows, write_head, write_line
from smartcity_xl.summary.once import once
from smartcity_xl.summary.places import Places, spot

_COLUMNS = (
    Head("code", 10), Head("also", 12), Head("label", 42), Head("shown", 18), Head("unit", 10),
    Head("number", 16, "number"), Head("standing", 10), Head("department", 34), Head("answers", 16),
)  # fmt: skip
_AT = {column.name: number for number, column in enumerate(_COLUMNS)}


class RowsPlan(Struct, frozen=True):
    """Where a table's adopted rows stand on the sheet of detailed data, and its aggregates' helper columns."""

    first: int
    rows: tuple[TableRow, ...]
    mean_columns: Mapping[Mean, int]


class DataRows(Struct, frozen=True):
    """Where the data of a system stand, whatever they are. Slot -> row; aggregate -> row. ``cells`` tells a rule where
    its numbers stand. ``bands`` are the rows that head others, ``data`` says where the data of a dimension, a category
    or an indicator begin."""

    slots: Mapping[str, int]
    means: Mapping[Mean, int]
    cells: Cells
    bands: Mapping[int, ListBand]
    data: Mapping[str, int]


class AdoptedPlan(DataRows, frozen=True):
    """Also table -> its rows."""

    tables: Mapping[str, RowsPlan]


def plan_adopted(outcome: Outcome) -> AdoptedPlan:
    catalog, rows = outcome.catalog, data_rows(outcome.catalog)
    return AdoptedPlan(rows.slots, rows.means, rows.cells, rows.bands, rows.data, dict(_plan_tables(catalog, outcome)))


def _plan_tables(catalog: Catalog, outcome: Outcome) -> Iterator[tuple[str, RowsPlan]]:
    below = FIRST_ROW
    for entry in banded_figures(catalog):
        if isinstance(entry, ListBand) or not entry.columns:
            continue
        used = outcome.merged.tables[entry.key].used
        rows = used.rows if used else ()
        yield entry.key, RowsPlan(below + 1, rows, _helpers(catalog)[entry.key])
        below += len(rows) + 2


@once
def _helpers(catalog: Catalog) -> dict[str, dict[Mean, int]]:
    """Table -> the columns of its aggregates, behind those that were asked for."""
    return {
        one.key: {mean: 2 + len(one.columns) + number for number, mean in enumerate(catalog.means_of[one.key])}
        for one in catalog.figures.values() if one.columns
    }  # fmt: skip


@once
def data_rows(catalog: Catalog) -> DataRows:
    slots: dict[str, int] = {}
    means: dict[Mean, int] = {}
    bands: dict[int, ListBand] = {}
    at = FIRST_ROW
    for entry in banded_figures(catalog):
        if isinstance(entry, ListBand):
            bands[at] = entry
            at += 1
            continue
        for slot in entry.slots:
            slots[slot.key] = at
            at += 1
        for mean in catalog.means_of.get(entry.key, ()):
            means[mean] = at
            at += 1
    sheet, number = label("sheet.adopted"), _AT["number"]
    cells = Cells(
        slot=lambda key: reference(sheet, slots[key], number),
        items=lambda key: tuple(item.key for item in catalog.figures[key].items),
        mean=lambda mean: reference(sheet, means[mean], number),
    )
    return DataRows(slots, means, cells, bands, _begin(catalog, slots, means, bands))


def _begin(
    catalog: Catalog, slots: Mapping[str, int], means: Mapping[Mean, int], bands: Mapping[int, ListBand]
) -> dict[str, int]:
    """Node of the score tree -> the first row of its data."""
    found = {band.node: row for row, band in bands.items()}
    firsts = first_means(means)
    for indicator in catalog.indicators:
        keys = [slot.key for figure in catalog.figures_of[indicator.code] for slot in figure.slots]
        tables = [figure.key for figure in catalog.figures_of[indicator.code]]
        rows = [slots[key] for key in keys] + [firsts[key] for key in tables if key in firsts]
        if rows:
            found[name_of(Height.MARK, indicator.code)] = min(rows)
    return found


def first_means(means: Mapping[Mean, int]) -> dict[str, int]:
    """Table -> the row of its first aggregate."""
    found: dict[str, int] = {}
    for mean, row in means.items():
        found.setdefault(mean.table, row)
    return found


def write_adopted(book: Book, outcome: Outcome, plan: AdoptedPlan, places: Places) -> None:
    page = write_head(book, "adopted", _COLUMNS, FIRST_ROW, freeze=3)
    rows = list_rows(page, _COLUMNS)
    for row, band in plan.bands.items():
        cells = {"code": band.code, "label": band.name}
        write_line(rows, row, Line(cells, {"code": places.scores[band.node]}, band.level, band.style))
    for key, row in plan.slots.items():
        write_line(rows, row, _slot_line(outcome, key, places))
    for mean, row in plan.means.items():
        _write_mean(rows, outcome, plan, row, mean, places)
    last = max((*plan.bands, *plan.slots.values(), *plan.means.values()), default=FIRST_ROW)
    page.worksheet.autofilter(FIRST_ROW - 1, 0, last, len(_COLUMNS) - 1)


def _slot_line(outcome: Outcome, key: str, places: Places) -> Line:
    slot: Slot = outcome.catalog.slots[key]
    merged: MergedSlot = outcome.merged.slots[key]
    names = dict.fromkeys(outcome.assignment.name(answer.department) for answer in merged.used)
    cells: dict[str, Content] = {
        "label": _names(outcome.catalog)[key],
        "shown": shown_answer(slot, merged),
        "unit": slot.unit,
        "standing": label(f"standing.{merged.standing.value}"),
        "department": label("word.separator").join(names) or (label("check.fixed") if slot.fixed else ""),
        "answers": _say_answers(len(merged.used), len(merged.answers)),
    }
    if merged.value is not None:
        cells["number"] = float(merged.value)
    return _reading_line(outcome, slot.figure, key, cells, places)


@once
def _names(catalog: Catalog) -> dict[str, str]:
    """What each slot is called."""
    return {key: name_figure(catalog, key) for key in catalog.slots}


class _Readers(Struct, frozen=True):
    """Which indicators read a figure: what is said of them, the marks to which that leads, and how deep the rows of the
    figure lie."""

    cells: Mapping[str, Content]
    marks: Mapping[str, str]
    depth: int


@once
def _readers(catalog: Catalog) -> dict[str, _Readers]:
    """By figure."""
    found: dict[str, _Readers] = {}
    for figure, (first, *others) in catalog.used_by.items():
        marks = {"code": name_of(Height.MARK, first)}
        if len(others) == 1:
            marks["also"] = name_of(Height.MARK, others[0])
        cells = {"code": first, "also": label("word.separator").join(others)}
        found[figure] = _Readers(cells, marks, depth_of(catalog, first))
    return found


def _reading_line(outcome: Outcome, figure: str, key: str, cells: Mapping[str, Content], places: Places) -> Line:
    """A line of the data, with the indicators that read it; ``key`` is that of its answers."""
    readers = _readers(outcome.catalog)[figure]
    to = {name: places.scores[mark] for name, mark in readers.marks.items()}
    answers = {"answers": given} if (given := places.given.get(key)) else {}
    return Line({**readers.cells, **cells}, {**to, **answers}, readers.depth)


def _say_answers(used: int, came: int) -> str:
    return label("adopted.answers", used=used, came=came) if came else ""


def _write_mean(rows: ListRows, outcome: Outcome, plan: AdoptedPlan, row: int, mean: Mean, places: Places) -> None:
    figure, table = outcome.catalog.figures[mean.table], plan.tables[mean.table]
    merged = outcome.merged.tables[mean.table]
    used = merged.used
    cells: dict[str, Content] = {
        "label": f"{figure.label}：{label('adopted.mean')} {describe_node(mean.expression, outcome.catalog.label)}",
        "shown": label("adopted.rows", number=len(table.rows)),
        "standing": label(f"standing.{merged.standing.value}"),
        "department": outcome.assignment.name(used.department) if used else "",
        "answers": _say_answers(1 if used else 0, len(merged.answers)),
    }
    if merged.standing is Standing.SETTLED and used is not None:
        cells["number"] = _worked_out(mean, table, used)
    line = _reading_line(outcome, mean.table, mean.table, cells, places)
    to = {**line.to, "shown": spot("rows", table.first - 1)}
    write_line(rows, row, Line(line.cells, to, line.level))


def _worked_out(mean: Mean, table: RowsPlan, used: TableAnswer) -> Content:
    """An aggregate as it is worked out from the rows of its table."""
    if not used.rows:  # none to count
        return 0
    at = table.mean_columns[mean]
    last = f"${column_name(at)}${table.first + len(table.rows)}"
    span = f"{reference(label('sheet.rows'), table.first, at)}:{last}"
    value = value_of_node(mean, {}, {mean.table: used.values})
    return computed(f"AVERAGE({span})", float(value))
