"""The sheet of the figures: one row each, with the live check beside the value."""

from __future__ import annotations

from smartcity_xl.books.cells import cell_name, reference
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.windows import read_window
from smartcity_xl.form.map import COLUMNS, FIGURES, FigureRow, HeadRow, TemplatePlan, column, shown_unit
from smartcity_xl.form.template.inputs import hint, offer_units, restrict
from smartcity_xl.form.template.live import (
    RowCells,
    amount_formula,
    check_formula,
    doubt,
    factor_formula,
    gap_formula,
    none_formula,
    number_formula,
    open_formula,
    quoted,
)
from smartcity_xl.form.template.scores import score_reference
from smartcity_xl.messages import label
from smartcity_xl.model import Figure, Indicator, Kind, Merge, Role, Slot
from smartcity_xl.rules.formula import constant, percent

_WIDTHS = {
    "key": 0, "code": 10, "label": 34, "value": 15, "unit": 9, "check": 19, "guidance": 40, "as_of": 12.5,
    "remark": 18, "explanation": 18, "number": 0, "open": 0, "gap": 0, "factor": 0, "amount": 0,
}  # fmt: skip
_HEADINGS = ("code", "label", "value", "unit", "check", "guidance", "as_of", "remark", "explanation")


def col(name: str) -> int:
    return column(FIGURES, name)


def write_figures(book: Book, plan: TemplatePlan, footer: str) -> None:
    page = book.page(label("sheet.figures"), tuple(_WIDTHS[name] for name in COLUMNS[FIGURES]))
    page.map_columns(MARKER + FIGURES, COLUMNS[FIGURES][1:])
    page.entitle(label("figures.title"), label("figures.hint"), col("explanation"))
    page.head_columns(3, {col(name): label(f"figures.{name}") for name in _HEADINGS})
    for head in plan.heads:
        if head.figure:
            _write_checklist_head(page, plan, head.row, head.figure)
        else:
            _write_indicator_head(page, plan, head)
    for row in plan.rows:
        _write_row(page, plan, row)
    _colour_checks(book, page, plan)
    page.worksheet.freeze_panes(plan.FIRST_ROW, col("value"))
    page.protect()
    page.print_on_a4(landscape=True, head=3, footer=footer)


def _write_indicator_head(page: Page, plan: TemplatePlan, head: HeadRow) -> None:
    indicator, category = head.indicator, plan.catalog.category_of[head.indicator.code]
    text = label("figures.head", code=indicator.code, name=indicator.name)
    if indicator.deducts and indicator.deduct_max is not None:
        text += label("figures.head_deduction", points=constant(indicator.deduct_max))
    elif indicator.deducts:
        text += label("figures.head_unlimited")
    elif indicator.role is Role.SHOWN:
        text += label("figures.head_shown")
    elif indicator.starred:
        text += label("figures.head_leading" if indicator.leading else "figures.head_star")
    elif category.items:
        text += label("figures.head_whole", weight=percent(category.weight))
    else:
        weight = percent(indicator.weight)
        text += label("figures.head_weight", category=category.name, weight=weight)
    page.merged(head.row, 1, col("check"), text, "band")
    score = next(score for score in plan.scores if score.indicator is indicator)
    for name in ("as_of", "remark", "explanation"):
        page.blank(head.row, col(name), "band")
    if score.visible:
        cell, word, full = score_reference(plan, indicator.code), _score_word(indicator), _of_full(indicator)
        form = "0" if indicator.starred else "0.00"
        shown = f'IF(ISNUMBER({cell}),TEXT({cell},"{form}")&{quoted(full)},{cell})'
        page.formula(head.row, col("guidance"), f"{quoted(word)}&{shown}", word + label("scores.pending"), "band_score")
    else:
        page.text(head.row, col("guidance"), label("figures.score_shared"), "band_score")
    page.worksheet.set_row(head.row, 22)


def _score_word(indicator: Indicator) -> str:
    return label("figures.star_text" if indicator.starred else "figures.score_text")


def _of_full(indicator: Indicator) -> str:
    if indicator.starred:
        return label("figures.star_unit")
    return f" / {float(indicator.full):.2f}" if indicator.role is Role.SCORED else ""


def _write_checklist_head(page: Page, plan: TemplatePlan, row: int, figure: Figure) -> None:
    text = f"{figure.label}　{_guidance(plan, figure)}"
    page.merged(row, 1, col("explanation"), text, "subband")
    width = sum(_WIDTHS[name] for name in _HEADINGS)
    page.height(row, {1: text}, {1: width})


def _guidance(plan: TemplatePlan, figure: Figure) -> str:
    """What the clerk reads beside the value: what counts, the date of the data, who else answers."""
    asked = plan.assignment.asked[figure.key]
    others = [plan.assignment.name(department) for department in asked if department != plan.department]
    parts = [_sentence(figure.guidance)]
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
    figure, slot = row.figure, row.slot
    named = {
        "code": plan.codes_of(figure)[0],
        "label": slot.label if slot else figure.label,
        "guidance": "" if figure.kind is Kind.CHECKLIST else _guidance(plan, figure),
    }
    if slot is None:
        return named | _locked_table_row(plan, row)
    cells, times = _row_cells(plan, row), cell_name(row.row, col("factor")) if _has_units(slot) else ""
    number = number_formula(slot, cells.amount if _has_amount(slot) else cells.value, times)
    return named | {
        "number": "=" + none_formula(slot, cells, number),
        "check": "=" + check_formula(slot, cells, row.required),
    }


def _row_cells(plan: TemplatePlan, row: FigureRow) -> RowCells:
    value, amount, number, remark, explanation = (
        cell_name(row.row, col(name)) for name in ("value", "amount", "number", "remark", "explanation")
    )
    whole = plan.row_of.get(row.slot.part_of) if row.slot else None
    related = (cell_name(whole.row, col("number")), whole.figure.label) if whole else None
    return RowCells(value, amount, number, remark, explanation, related)


def _locked_table_row(plan: TemplatePlan, row: FigureRow) -> dict[str, str]:
    """A table is filled on its own sheet; on this one stands its state."""
    table = plan.table(row.figure.key)
    state = table.column("state")
    rows = f"{reference(table.sheet, table.rows[0], state)}:{cell_name(table.rows[-1], state)}"
    remark, number = (cell_name(row.row, col(name)) for name in ("remark", "number"))
    ok, blank, wrong = quoted(label("check.ok")), quoted(_blank_check(row)), quoted(label("check.table_wrong"))
    na = quoted(label("check.not_applicable"))
    excused = f"IF(LEFT(TRIM({remark}),{len(label('check.not_applicable'))})={na},{na},{blank})"
    if row.figure.none is not None:  # 不适用 counts as none, once its reason stands there
        bare, reason = len(label("check.not_applicable")) + 1, quoted(label("check.reason"))
        excused = f"IF({excused}={na},IF(LEN(TRIM({remark}))>{bare},{na},{reason}),{blank})"
    return {
        "guidance": label("figures.to_table", sheet=table.sheet),
        "number": "=" + reference(table.sheet, table.TOTALS_ROW, state),
        "check": f"=IF(ISNUMBER({number}),{ok},IF(COUNT({rows})=0,{excused},{wrong}))",
    }


def _write_row(page: Page, plan: TemplatePlan, row: FigureRow) -> None:
    at, slot, locked = row.row, row.slot, locked_row(plan, row)
    item = row.figure.kind is Kind.CHECKLIST
    page.text(at, 0, row.key, "plain")
    for name, style in (("code", "centre"), ("label", "item" if item else "cell"), ("guidance", "small")):
        page.text(at, col(name), locked[name], style)
    if slot:
        _write_value(page, row, slot, locked["guidance"] or row.figure.guidance)
    else:
        page.text(at, col("value"), plan.table(row.figure.key).sheet, "fixed")  # no formula: clerks type here
        page.text(at, col("unit"), label("figures.table_unit"), "centre")
    said, doubted = _blank_check(row), doubt(_row_cells(plan, row))
    fixed = slot is not None and slot.fixed is not None
    page.formula(at, col("number"), locked["number"][1:], _fixed(slot) if slot and fixed else "", "plain")
    page.formula(at, col("check"), locked["check"][1:], said, "check")
    _write_gap(page, plan, row, doubted)
    _write_remarks(page, plan, row)
    texts = {col(name): locked[name] for name in ("code", "label", "guidance")}
    page.height(at, texts | {col("check"): doubted or said})


def _blank_check(row: FigureRow) -> str:
    """What the check column says of a row that nobody has filled."""
    if row.slot is None:
        return label("check.table_blank" if row.required else "check.optional")
    if row.slot.fixed is not None:
        return label("check.fixed")
    return label("check.blank" if row.required else "check.optional")


def _has_units(slot: Slot) -> bool:
    """Whether the clerk may choose another unit than the figure's own."""
    return slot.fixed is None and len(slot.choices) > 1


def _has_amount(slot: Slot) -> bool:
    """Whether the answer is a number that the clerk gives."""
    return slot.fixed is None and slot.numeric


def _write_gap(page: Page, plan: TemplatePlan, row: FigureRow, doubted: str) -> None:
    """The hidden cells from which the cover counts what is open, and lists it."""
    at = row.row
    check, number = (cell_name(at, col(name)) for name in ("check", "number"))
    above = f"{cell_name(plan.FIRST_ROW - 1, col('open'))}:{cell_name(at - 1, col('open'))}"
    position = sum(other.required for other in plan.rows if other.row <= at)
    open_ = open_formula(check, number, above, doubted)
    page.formula(at, col("open"), open_, position if row.required else "", "plain")
    if row.required:
        page.formula(at, col("gap"), gap_formula(check, number), 1, "plain")


def _day_asked(plan: TemplatePlan, as_of: str) -> str:
    """A day of the time that is asked for, as an example: its last, else the last of the round."""
    window, period = read_window(as_of), plan.assignment.period
    last = window.last if window else period.last if period else None
    return last.isoformat() if last else label("hint.as_of_form")


def _write_remarks(page: Page, plan: TemplatePlan, row: FigureRow) -> None:
    at, as_of = row.row, row.figure.as_of
    fixed = row.slot is not None and row.slot.fixed is not None
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


def _write_value(page: Page, row: FigureRow, slot: Slot, guidance: str) -> None:
    at = row.row
    value, chosen = cell_name(at, col("value")), cell_name(at, col("unit"))
    times = cell_name(at, col("factor")) if _has_units(slot) else ""
    if times:
        offer_units(page, at, col("unit"), slot)
        page.formula(at, col("factor"), factor_formula(slot, chosen), 1, "plain")
    else:
        page.text(at, col("unit"), shown_unit(slot), "centre")
    if _has_amount(slot):
        page.formula(at, col("amount"), amount_formula(value, times), "", "plain")
    if slot.fixed is not None:
        page.number(at, col("value"), _fixed(slot), "fixed")
        return
    page.blank(at, col("value"), "input_number" if slot.numeric else "input_choice")
    restrict(page, at, col("value"), slot, value, guidance, times=times)


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
