"""The sheet of the figures: one row each, with the live check beside the value."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from smartcity_xl.books.cells import cell_name, reference
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.live import Area, Live, Operands, SharedFormula, choose, is_number, quoted, text, write_number
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.windows import read_window
from smartcity_xl.catalog.told import without_errata
from smartcity_xl.form.map import COLUMNS, FIGURES, FigureRow, HeadRow, TablePlan, TemplatePlan, column, shown_unit
from smartcity_xl.form.template.inputs import hint, offer_units
from smartcity_xl.form.template.live import has_units, open_formula, table_check
from smartcity_xl.form.template.row_formulas import ABOVE, OWN, RowFormulas, formulas_of
from smartcity_xl.form.template.scores import score_cell
from smartcity_xl.messages import label
from smartcity_xl.model import Figure, Indicator, Kind, Merge, Role, Slot
from smartcity_xl.rules.formula import constant, percent

_WIDTHS = {
    "key": 0, "code": 10, "label": 30, "value": 14, "unit": 9, "check": 18, "guidance": 38, "as_of": 11.5,
    "remark": 15, "explanation": 15, "number": 0, "open": 0, "gap": 0, "factor": 0, "amount": 0, "bare": 0,
    "group": 0, "sheet": 0,
}  # fmt: skip
_HEADINGS = ("code", "label", "value", "unit", "check", "guidance", "as_of", "remark", "explanation")


def col(name: str) -> int:
    return column(FIGURES, name)


def open_figures(book: Book, plan: TemplatePlan) -> Page:
    """The sheet with its headings, still without rows: scores are calculated from it, and shown on it."""
    page = book.page(label("sheet.figures"), tuple(_WIDTHS[name] for name in COLUMNS[FIGURES]))
    page.map_columns(MARKER + FIGURES, COLUMNS[FIGURES][1:])
    page.entitle(label("figures.title"), label("figures.hint"), col("explanation"))
    page.head_columns(3, {col(name): label(f"figures.{name}") for name in _HEADINGS})
    return page


class WrittenRow(Struct, frozen=True):
    """A row that stands there: its formulas, its cells as they see them, and its locked texts."""

    formulas: RowFormulas
    cells: Operands
    locked: Mapping[str, str]


def write_answers(page: Page, plan: TemplatePlan, tables: Mapping[str, Page]) -> dict[str, WrittenRow]:
    """The rows as far as the answer's number, which rules read; by their keys."""
    for key, at in plan.list_rows.items():
        page.text(at, 0, key, "plain")
        _write_remarks(page, plan, at, plan.catalog.figures[key].as_of, fixed=False)
    return {row.key: _write_answer(page, plan, row, tables) for row in plan.rows}


def write_checks(
    book: Book,
    page: Page,
    plan: TemplatePlan,
    tables: Mapping[str, Page],
    scores: Page,
    written: Mapping[str, WrittenRow],
) -> None:
    """The rest: headings with their scores, checks, and what is open."""
    for head in plan.heads:
        if head.figure:
            _write_checklist_head(page, plan, head.row, head.figure)
        else:
            _write_indicator_head(page, plan, head, scores)
    above = page.areas_down(plan.FIRST_ROW - 1, plan.last_row, col("open"))
    for row in plan.rows:
        _write_check(page, plan, row, tables, written[row.key], above(row.row))
    _colour_checks(book, page, plan)


def finish_figures(page: Page, plan: TemplatePlan, footer: str) -> None:
    page.worksheet.freeze_panes(plan.FIRST_ROW, col("value"))
    page.protect()
    page.print_on_a4(landscape=True, head=3, footer=footer)


def _write_indicator_head(page: Page, plan: TemplatePlan, head: HeadRow, scores: Page) -> None:
    indicator, category = head.indicator, plan.catalog.category_of[head.indicator.code]
    title = label("figures.head", code=indicator.code, name=indicator.name)
    if indicator.deducts and indicator.deduct_max is not None:
        title += label("figures.head_deduction", points=constant(indicator.deduct_max))
    elif indicator.deducts:
        title += label("figures.head_unlimited")
    elif indicator.role is Role.SHOWN:
        title += label("figures.head_shown")
    elif indicator.starred:
        title += label("figures.head_leading" if indicator.leading else "figures.head_star")
    elif category.items:
        title += label("figures.head_whole", weight=percent(category.weight))
    else:
        weight = percent(indicator.weight)
        title += label("figures.head_weight", category=category.name, weight=weight)
    page.merged(head.row, 1, col("check"), title, "band_head")
    page.height(head.row, {1: title}, least=22)
    score = next(score for score in plan.scores if score.indicator is indicator)
    for name in ("as_of", "remark", "explanation"):
        page.blank(head.row, col(name), "band")
    if score.visible:
        found = score_cell(scores, plan, indicator.code)
        shown = write_number(found, 0 if indicator.starred else 2) & text(_of_full(indicator))
        line = text(_score_word(indicator)) & choose(is_number(found), shown, found)
        page.live(head.row, col("guidance"), line, "band_score")
    else:
        page.text(head.row, col("guidance"), label("figures.score_shared"), "band_score")


def _score_word(indicator: Indicator) -> str:
    return label("figures.star_text" if indicator.starred else "figures.score_text")


def _of_full(indicator: Indicator) -> str:
    if indicator.starred:
        return label("figures.star_unit")
    return f" / {float(indicator.full):.2f}" if indicator.role is Role.SCORED else ""


def _write_checklist_head(page: Page, plan: TemplatePlan, row: int, figure: Figure) -> None:
    words = f"{figure.label}　{_guidance(plan, figure)}"
    shared = figure.key in plan.list_rows
    page.merged(row, 1, col("guidance" if shared else "explanation"), words, "subband")
    page.height(row, {1: words})


def _guidance(plan: TemplatePlan, figure: Figure) -> str:
    """What the clerk reads beside the value: what counts, the date of the data, who else answers."""
    asked = plan.assignment.asked[figure.key]
    others = [plan.assignment.name(department) for department in asked if department != plan.department]
    parts = [_sentence(without_errata(figure.guidance))]
    if figure.as_of:
        parts.append(label("figures.data_date", as_of=figure.as_of))
    if also := plan.codes_of(figure)[1:]:
        parts.append(label("figures.used_also", codes=label("word.separator").join(also)))
    if figure.fixed is not None:
        parts.append(label("figures.fixed"))
    elif others and figure.merge is Merge.ANY:
        parts.append(label("figures.any_lead" if asked[0] == plan.department else "figures.any"))
    elif others and figure.merge in (Merge.SUM, Merge.LARGEST):
        parts.append(label(f"figures.{figure.merge.value}"))
    elif others and figure.merge is Merge.LEAD:
        leads = asked[0] == plan.department
        parts.append(label("figures.lead") if leads else label("figures.led", lead=plan.assignment.name(asked[0])))
    elif others:
        parts.append(label("figures.agree", others=label("word.separator").join(others)))
    return "".join(parts)


def _sentence(text: str) -> str:
    return text if not text or text[-1] in "。！？；" else text + "。"


def locked_row(plan: TemplatePlan, row: FigureRow) -> dict[str, str]:
    """What stands in the locked cells of a row: column -> its text, or its formula after an equals sign. The unit is
    not among them: a clerk may choose it, and the reader knows every one that may stand there."""
    addresses = [cell_name(*place) for place in _places(plan, row)]
    return locked_texts(plan, row) | {"check": "=" + _check(plan, row, _formulas(plan, row), {}).text(addresses)}


def locked_texts(plan: TemplatePlan, row: FigureRow) -> dict[str, str]:
    """``locked_row`` without its formula."""
    figure, slot = row.figure, row.slot
    guidance = "" if figure.kind is Kind.CHECKLIST else _guidance(plan, figure)
    if slot is None:
        guidance = label("figures.to_table", sheet=plan.table(figure.key).sheet)
    return {"code": plan.codes_of(figure)[0], "label": slot.label if slot else figure.label, "guidance": guidance}


def _group(plan: TemplatePlan, row: FigureRow) -> str:
    """Under which heading a row stands, for the cover."""
    head = max((one for one in plan.heads if one.row < row.row), key=lambda one: one.row)
    category = plan.catalog.category_of[head.indicator.code]
    return label("figures.head", code=head.indicator.code, name=category.name)


def _whole(plan: TemplatePlan, row: FigureRow) -> FigureRow | None:
    """The row of the figure that a row's is part of, where the department gives both."""
    return plan.row_of.get(row.slot.part_of) if row.slot else None


def _formulas(plan: TemplatePlan, row: FigureRow) -> RowFormulas:
    whole = _whole(plan, row)
    listed = row.figure.key in plan.list_rows
    return formulas_of(row.slot, row.required, listed, whole.figure.label if whole else None)


def _places(plan: TemplatePlan, row: FigureRow) -> list[tuple[int, int]]:
    """Row and column of the cells that a row's formulas refer to, in the order of their stand-ins."""
    places = [(row.row, col(name)) for name in OWN]
    if (head := plan.list_rows.get(row.figure.key)) is not None:
        places += [(head, col(name)) for name in ABOVE]
    if whole := _whole(plan, row):
        places.append((whole.row, col("number")))
    return places


def _check(plan: TemplatePlan, row: FigureRow, formulas: RowFormulas, tables: Mapping[str, Page]) -> SharedFormula:
    if row.slot:
        return formulas.check
    table = plan.table(row.figure.key)
    state = table.column("state")
    if page := tables.get(row.figure.key):
        return SharedFormula(table_check(formulas.cells, page.area(table.rows, state, afar=True), formulas.blank_check))
    span = f"{reference(table.sheet, table.rows[0], state)}:{reference('', table.rows[-1], state).partition('!')[2]}"
    return SharedFormula(table_check(formulas.cells, Area(span, ()), formulas.blank_check))


def _table_state(table: TablePlan, page: Page) -> Live:
    return page.seen_afar(table.TOTALS_ROW, table.column("state"))


def _write_answer(page: Page, plan: TemplatePlan, row: FigureRow, tables: Mapping[str, Page]) -> WrittenRow:
    at, slot, locked, formulas = row.row, row.slot, locked_texts(plan, row), _formulas(plan, row)
    item = row.figure.kind is Kind.CHECKLIST
    page.text(at, 0, row.key, "plain")
    for name, style in (("code", "centre"), ("label", "item" if item else "cell"), ("guidance", "small")):
        page.text(at, col(name), locked[name], style)
    once = row.figure.key in plan.list_rows
    _write_remarks(page, plan, at, row.figure.as_of, fixed=once or (slot is not None and slot.fixed is not None))
    if slot is None:
        table = plan.table(row.figure.key)
        page.text(at, col("value"), table.sheet, "fixed")  # no formula: clerks type here
        page.text(at, col("unit"), label("figures.table_unit"), "centre")
        page.live(at, col("number"), _table_state(table, tables[row.figure.key]), "plain")
        cells = page.cells(_places(plan, row))
        page.live(at, col("check"), _check(plan, row, formulas, tables).at(cells), "check")
        return WrittenRow(formulas, cells, locked)
    _write_value(page, at, slot, formulas, locked["guidance"] or row.figure.guidance)
    cells = page.cells(_places(plan, row))
    if has_units(slot):
        page.live(at, col("factor"), formulas.factor.at(cells), "plain")
    if _has_amount(slot):
        page.live(at, col("bare"), formulas.bare.at(cells), "plain")
        page.live(at, col("amount"), formulas.amount.at(cells), "plain")
    page.live(at, col("number"), formulas.number.at(cells), "plain")
    return WrittenRow(formulas, cells, locked)


def _write_check(
    page: Page, plan: TemplatePlan, row: FigureRow, tables: Mapping[str, Page], written: WrittenRow, above: Area
) -> None:
    at, formulas, cells, locked = row.row, written.formulas, written.cells, written.locked
    if row.slot:  # that of a table is written with its answer, for its aggregates
        page.live(at, col("check"), formulas.check.at(cells), "check")
    page.live(at, col("open"), open_formula(formulas.settled.at(cells), above), "plain")
    page.text(at, col("group"), _group(plan, row), "plain")
    if row.slot is None:
        page.text(at, col("sheet"), plan.table(row.figure.key).sheet, "plain")
    if row.required:
        page.live(at, col("gap"), formulas.gap.at(cells), "plain")
    page.height(at, {col(name): locked[name] for name in ("code", "label", "guidance")})
    check = page.seen(at, col("check"))
    page.make_room(at, col("check"), Live("", lambda: max((formulas.longest, str(check.value)), key=len)))


def _has_amount(slot: Slot) -> bool:
    """Whether the answer is a number that the clerk gives."""
    return slot.fixed is None and slot.numeric


def _day_asked(plan: TemplatePlan, as_of: str) -> str:
    """A day of the time that is asked for, as an example: its last, else the last of the round."""
    window, period = read_window(as_of), plan.assignment.period
    last = window.last if window else period.last if period else None
    return last.isoformat() if last else label("hint.as_of_form")


def _write_remarks(page: Page, plan: TemplatePlan, at: int, as_of: str, fixed: bool) -> None:
    """The cells for what stands beside an answer; ``fixed``: nothing is asked there."""
    for name in ("as_of", "remark", "explanation"):
        page.blank(at, col(name), "fixed" if fixed else "input_text")
    if not fixed:
        due = label("hint.as_of_due", as_of=as_of) if as_of else ""
        example = label("hint.as_of", example=_day_asked(plan, as_of))
        hint(page, at, col("as_of"), label("figures.as_of"), example + due)
        for name in ("remark", "explanation"):
            hint(page, at, col(name), label(f"figures.{name}"), label(f"hint.{name}"))


def _fixed(slot: Slot) -> float:
    return float(slot.fixed or 0)


def _write_value(page: Page, at: int, slot: Slot, formulas: RowFormulas, guidance: str) -> None:
    if has_units(slot):
        offer_units(page, at, col("unit"), slot)
    else:
        page.text(at, col("unit"), shown_unit(slot), "centre")
    if slot.fixed is not None:
        page.number(at, col("value"), _fixed(slot), "fixed")
        return
    page.blank(at, col("value"), "input_number" if slot.numeric else "input_choice")
    addresses = [cell_name(at, col(name)) for name in ("value", "factor")]
    page.validate(at, col("value"), formulas.rule.at(addresses, slot.label, guidance))


def _colour_checks(book: Book, page: Page, plan: TemplatePlan) -> None:
    first, last = plan.FIRST_ROW, plan.last_row
    cell = "$" + cell_name(first, col("check"))
    names = {"good": ("ok", "explained", "not_applicable", "fixed"), "warn": ("blank", "optional")}
    tests = {style: [f"{cell}={quoted(label(f'check.{name}'))}" for name in listed] for style, listed in names.items()}
    doubtful = label("check.doubt")
    tests["warn"].append(f"LEFT({cell},{len(doubtful)})={quoted(doubtful)}")
    for style, conditions in tests.items():
        test = ",".join(conditions)
        page.worksheet.conditional_format(
            first, col("check"), last, col("check"),
            {"type": "formula", "criteria": f"=OR({test})", "format": book.format(style), "stop_if_true": True},
        )  # fmt: skip
    page.worksheet.conditional_format(
        first, col("check"), last, col("check"),
        {"type": "formula", "criteria": f'={cell}<>""', "format": book.format("bad")},
    )  # fmt: skip
