"""The sheet of the figures: one row each, with the live check beside the value."""

from __future__ import annotations

from smartcity_xl.layout import (
    COLUMNS,
    FIGURES,
    MARKER,
    FigureRow,
    HeadRow,
    TemplatePlan,
    cell_name,
    column,
    reference,
    shown_unit,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Figure, Indicator, Kind, Merge, Role, Slot
from smartcity_xl.rules.formula import constant
from smartcity_xl.sheets import Book, Page
from smartcity_xl.template.inputs import hint, offer_units, restrict
from smartcity_xl.template.live import (
    amount_formula,
    check_formula,
    factor_formula,
    gap_formula,
    number_formula,
    open_formula,
    quoted,
)
from smartcity_xl.template.scores import score_reference

_WIDTHS = {
    "key": 0, "code": 10, "label": 34, "value": 15, "unit": 9, "check": 19, "guidance": 40, "as_of": 12.5,
    "remark": 20, "number": 0, "open": 0, "gap": 0, "factor": 0, "amount": 0,
}  # fmt: skip
_HEADINGS = ("code", "label", "value", "unit", "check", "guidance", "as_of", "remark")


def col(name: str) -> int:
    return column(FIGURES, name)


def write_figures(book: Book, plan: TemplatePlan, footer: str) -> None:
    page = book.page(label("sheet.figures"), tuple(_WIDTHS[name] for name in COLUMNS[FIGURES]))
    page.map_columns(MARKER + FIGURES, COLUMNS[FIGURES][1:])
    page.entitle(label("figures.title"), label("figures.hint"), col("remark"))
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
        text += label("figures.head_whole", weight=f"{constant(category.weight * 100)}%")
    else:
        weight = f"{constant(indicator.weight * 100)}%"
        text += label("figures.head_weight", category=category.name, weight=weight)
    page.merged(head.row, 1, col("check"), text, "band")
    score = next(score for score in plan.scores if score.indicator is indicator)
    for name in ("as_of", "remark"):
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
    page.merged(row, 1, col("remark"), text, "subband")
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


def _write_row(page: Page, plan: TemplatePlan, row: FigureRow) -> None:
    figure, at = row.figure, row.row
    item = figure.kind is Kind.CHECKLIST
    slot_label = row.slot.label if row.slot else figure.label
    guidance = "" if item else _guidance(plan, figure)
    page.text(at, 0, row.key, "plain")
    page.text(at, col("code"), plan.codes_of(figure)[0], "centre")
    page.text(at, col("label"), slot_label, "item" if item else "cell")
    page.text(at, col("guidance"), guidance, "small")
    if row.slot:
        _write_value(page, row, row.slot, guidance or figure.guidance)
        said = _write_check(page, plan, row, row.slot)
    else:
        said = _write_table_row(page, plan, row)
    _write_gap(page, plan, row)
    _write_remarks(page, row)
    page.height(
        at,
        {
            col("code"): plan.codes_of(figure)[0],
            col("label"): slot_label,
            col("guidance"): guidance,
            col("check"): said,
        },
    )


def _write_check(page: Page, plan: TemplatePlan, row: FigureRow, slot: Slot) -> str:
    """The live number and check of an answer cell; what the check says of a blank one."""
    value, number, remark = (cell_name(row.row, col(name)) for name in ("value", "number", "remark"))
    whole = plan.row_of.get(slot.part_of)
    related = (cell_name(whole.row, col("number")), whole.figure.label) if whole else None
    fixed = slot.fixed is not None
    blank = label("check.fixed" if fixed else "check.blank" if row.required else "check.optional")
    times = _write_amount(page, row, slot)
    amount = cell_name(row.row, col("amount")) if times else value
    page.formula(row.row, col("number"), number_formula(slot, amount, times), _fixed(slot) if fixed else "", "plain")
    check = check_formula(slot, value, amount, number, remark, row.required, related)
    page.formula(row.row, col("check"), check, blank, "check")
    return blank


def _has_units(slot: Slot) -> bool:
    """Whether the clerk may choose another unit than the figure's own."""
    return slot.fixed is None and len(slot.choices) > 1


def _write_amount(page: Page, row: FigureRow, slot: Slot) -> str:
    """The hidden cells that turn a value into the figure's own unit; the cell of the factor, "" where there is none."""
    if not _has_units(slot):
        return ""
    value, unit, times = (cell_name(row.row, col(name)) for name in ("value", "unit", "factor"))
    page.formula(row.row, col("factor"), factor_formula(slot, unit), 1, "plain")
    page.formula(row.row, col("amount"), amount_formula(value, times), "", "plain")
    return times


def _write_gap(page: Page, plan: TemplatePlan, row: FigureRow) -> None:
    """The hidden cells from which the cover counts what is open, and lists it."""
    at = row.row
    check, number, open_ = (cell_name(at, col(name)) for name in ("check", "number", "open"))
    above = f"{cell_name(plan.FIRST_ROW - 1, col('open'))}:{cell_name(at - 1, col('open'))}"
    position = sum(other.required for other in plan.rows if other.row <= at)
    page.formula(at, col("open"), open_formula(check, number, above), position if row.required else "", "plain")
    if row.required:
        page.formula(at, col("gap"), gap_formula(open_), 1, "plain")


def _write_remarks(page: Page, row: FigureRow) -> None:
    at, as_of = row.row, row.figure.as_of
    fixed = row.slot is not None and row.slot.fixed is not None
    for name in ("as_of", "remark"):
        page.blank(at, col(name), "fixed" if fixed else "input_text")
    if not fixed:
        due = label("hint.as_of_due", as_of=as_of) if as_of else ""
        hint(page, at, col("as_of"), label("figures.as_of"), label("hint.as_of") + due)
        hint(page, at, col("remark"), label("figures.remark"), label("hint.remark"))


def _fixed(slot: Slot) -> float:
    return float(slot.fixed or 0)


def _write_value(page: Page, row: FigureRow, slot: Slot, guidance: str) -> None:
    at = row.row
    if _has_units(slot):
        offer_units(page, at, col("unit"), slot)
    else:
        page.text(at, col("unit"), shown_unit(slot), "centre")
    if slot.fixed is not None:
        page.number(at, col("value"), _fixed(slot), "fixed")
        return
    page.blank(at, col("value"), "input_number" if slot.numeric else "input_choice")
    times = cell_name(at, col("factor")) if _has_units(slot) else ""
    restrict(page, at, col("value"), slot, cell_name(at, col("value")), guidance, times=times)


def _write_table_row(page: Page, plan: TemplatePlan, row: FigureRow) -> str:
    """A table is filled on its own sheet; here stands its state. What the check says of a blank one."""
    remark, said = cell_name(row.row, col("remark")), label("check.table_blank" if row.required else "check.optional")
    at, table = row.row, plan.table(row.figure.key)
    state = table.column("state")
    total = reference(table.sheet, table.TOTALS_ROW, state)
    rows = f"{reference(table.sheet, table.rows[0], state)}:{cell_name(table.rows[-1], state)}"
    page.text(at, col("value"), table.sheet, "fixed")  # no formula: an input column holds what clerks type
    page.text(at, col("unit"), label("figures.table_unit"), "centre")
    page.text(at, col("guidance"), label("figures.to_table", sheet=table.sheet), "small")
    page.formula(at, col("number"), total, "", "plain")
    ok, blank, wrong = quoted(label("check.ok")), quoted(said), quoted(label("check.table_wrong"))
    na = quoted(label("check.not_applicable"))
    excused = f"IF(LEFT(TRIM({remark}),{len(label('check.not_applicable'))})={na},{na},{blank})"
    begun = f"COUNT({rows})=0"
    number = cell_name(at, col("number"))
    page.formula(
        at,
        col("check"),
        f"IF(ISNUMBER({number}),{ok},IF({begun},{excused},{wrong}))",
        said,
        "check",
    )
    return said


def _colour_checks(book: Book, page: Page, plan: TemplatePlan) -> None:
    first, last = plan.FIRST_ROW, plan.last_row
    cell = "$" + cell_name(first, col("check"))
    ok = [label(f"check.{name}") for name in ("ok", "not_applicable", "fixed")]
    open_ = [label(f"check.{name}") for name in ("blank", "optional")]
    for texts, style in ((ok, "good"), (open_, "warn")):
        test = ",".join(f"{cell}={quoted(text)}" for text in texts)
        page.worksheet.conditional_format(
            first, col("check"), last, col("check"),
            {"type": "formula", "criteria": f"=OR({test})", "format": book.format(style), "stop_if_true": True},
        )  # fmt: skip
    page.worksheet.conditional_format(
        first, col("check"), last, col("check"),
        {"type": "formula", "criteria": f'={cell}<>""', "format": book.format("bad")},
    )  # fmt: skip
