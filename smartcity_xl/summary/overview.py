"""The overview: the total, the dimensions as a table and a chart, and who has reported and who has not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import ACCENT, BODY, INK, Book, Page
from smartcity_xl.catalog.dates import expand_dates
from smartcity_xl.catalog.score_tree import APART, TOTAL, Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, DimensionScore, Missing, Outcome, Scheme, Standing
from smartcity_xl.results.open import count_findings
from smartcity_xl.results.record import DepartmentRecord
from smartcity_xl.results.shown import result_words, two
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.summary.backed import write_evidenced
from smartcity_xl.summary.breakdown import BreakdownPlan
from smartcity_xl.summary.constellation import write_stars

_WIDTHS = (18, 14, 12, 12, 12, 14, 16)
_STAR_WIDTH = 10.0
_LAST = len(_WIDTHS) - 1


def write_overview(
    book: Book,
    outcome: Outcome,
    departments: Sequence[DepartmentRecord],
    plan: BreakdownPlan,
    together: Sequence[Outcome],
) -> None:
    stars = outcome.catalog.scheme is Scheme.STARS
    page = book.page(label("sheet.overview"), (*_WIDTHS, _STAR_WIDTH) if stars else _WIDTHS)
    title = label("overview.title", city=outcome.assignment.city, round=outcome.round)
    page.merged(0, 0, _LAST, title, "title_centre")
    page.worksheet.set_row(0, 36)
    page.merged(1, 0, _LAST, outcome.catalog.title, "subtitle")
    at = _write_total(page, outcome, plan, 3) if outcome.catalog.graded else 3
    at = write_evidenced(page, outcome, plan, at, _LAST)
    if stars:
        at = write_stars(page, outcome, plan, at + 1)
    else:
        first = at + 2
        at = _write_dimensions(page, outcome, plan, at + 1)
        at = _write_chart(page, outcome, first, at + 1)
    at = _write_counts(page, outcome, at)
    at = _write_reports(page, departments, at + 1)
    if len(together) > 1:
        at = _write_together(page, together, at + 1)
    at = _write_settings(page, outcome, at + 1)
    if outcome.anchor:
        page.text(at + 1, 0, label("overview.anchor"), "label")
        page.merged(at + 1, 1, _LAST, outcome.anchor, "cell")
        at += 2
    _write_notices(page, outcome, at + 1)
    page.print_on_a4(landscape=False, head=None, footer=f"&R{label('word.page')}", one_page=not stars)
    page.worksheet.activate()


def _write_total(page: Page, outcome: Outcome, plan: BreakdownPlan, at: int) -> int:
    scores = outcome.scores
    page.text(at, 0, label("overview.total"), "label")
    page.formula(at, 1, plan.seen[TOTAL], float(scores.total), "big")
    page.worksheet.set_row(at, 40)
    state = label("overview.final" if scores.final else "overview.provisional")
    text = label("overview.state", state=state, assessed=two(scores.assessed), full=two(scores.full))
    if _left_out(outcome) and scores.assessed:
        rate = round_half_up(100 * scores.total / scores.assessed)
        text += label("overview.left_out", assessed=two(scores.assessed), rate=two(rate))
    page.merged(at, 2, _LAST, text, "cell")
    beside = [dimension for dimension in scores.dimensions if dimension.dimension.apart]
    if not beside:
        return at + 1
    names = label("word.separator").join(dimension.dimension.name for dimension in beside)
    full = plan.tree.nodes[APART].full
    page.text(at + 1, 0, label("overview.apart"), "label")
    page.formula(at + 1, 1, node_formula(plan.tree, APART, plan.seen), float(scores.apart), "score_bold")
    together = two(scores.total + scores.apart)
    text = label("overview.apart_state", names=names, full=two(full), together=together)
    page.merged(at + 1, 2, _LAST, text, "cell")
    page.height(at + 1, {2: text}, {2: sum(_WIDTHS[2:])})
    return at + 2


def _left_out(outcome: Outcome) -> bool:
    return outcome.catalog.settings.missing is Missing.LEFT_OUT and not outcome.scores.final


def _full(outcome: Outcome, score: DimensionScore) -> Fraction:
    """The marks that a dimension's score is compared with: all, or those assessed (setting ``missing``)."""
    if not _left_out(outcome):
        return score.full
    indicators = (indicator for category in score.categories for indicator in category.indicators)
    return sum((i.points_full for i in indicators if i.standing is Standing.SETTLED), Fraction(0))


def _write_dimensions(page: Page, outcome: Outcome, plan: BreakdownPlan, at: int) -> int:
    heads = ("dimension", "full", "score", "rate", "settled", "open", "conflicts")
    for number, name in enumerate(heads):
        page.text(at, number, label(f"overview.{name}"), "head")
    page.worksheet.set_row(at, 22)
    for score in outcome.scores.dimensions:
        at += 1
        indicators = [i for category in score.categories for i in category.indicators]
        settled = sum(i.standing is Standing.SETTLED for i in indicators)
        conflicts = sum(i.standing is Standing.CONFLICT for i in indicators)
        page.text(at, 0, f"{score.dimension.code} {score.dimension.name}")
        full = _full(outcome, score)
        page.number(at, 1, float(full), "score")
        page.formula(at, 2, plan.seen[name_of(Height.DIMENSION, score.dimension.code)], float(score.score), "score")
        if full:
            rate = f"{cell_name(at, 2)}/{cell_name(at, 1)}"
            page.formula(at, 3, rate, float(score.score / full), "rate")
        else:
            page.text(at, 3, label("scores.deduction"), "centre")
        page.number(at, 4, settled, "centre")
        page.number(at, 5, len(indicators) - settled, "centre")
        page.number(at, 6, conflicts, "centre")
        page.worksheet.set_row(at, 20)
    return at


def _write_chart(page: Page, outcome: Outcome, first: int, at: int) -> int:
    sheet, last = page.name, first + len(outcome.scores.dimensions) - 1
    chart = page.book.workbook.add_chart({"type": "column"})
    numbers = {"value": True, "num_format": "0.00", "font": {"size": 8, "color": INK}}
    for column, name, colour in ((1, "full", "#C9D6E3"), (2, "score", ACCENT)):
        chart.add_series({
            "name": label(f"overview.{name}"),
            "categories": [sheet, first, 0, last, 0],
            "values": [sheet, first, column, last, column],
            "fill": {"color": colour},
            "gap": 60,
            "data_labels": numbers if column == 2 else {},
        })  # fmt: skip
    font = {"name": BODY, "size": 9, "color": INK}
    chart.set_title(
        {"name": label("overview.chart"), "name_font": {"name": BODY, "size": 12, "color": INK, "bold": False}}
    )
    chart.set_x_axis({"num_font": font, "label_position": "low"})
    chart.set_y_axis({"num_font": font, "major_gridlines": {"visible": True, "line": {"color": "#E3E8EE"}}})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 730, "height": 300})
    page.worksheet.insert_chart(at, 0, chart, {"x_offset": 4, "y_offset": 4})
    return at + 16


def _write_counts(page: Page, outcome: Outcome, at: int) -> int:
    page.merged(at, 0, _LAST, label("overview.counts"), "section")
    reported = sum(status.reported for status in outcome.departments)
    found = count_findings(outcome.findings)
    counts = {
        "reported": label("overview.of", part=reported, whole=len(outcome.departments)),
        "errors": str(found.errors),
        "queries": str(found.queries),
        "explained": str(found.explained),
        "files": str(sum(receipt.status == "taken" for receipt in outcome.receipts)),
        "refused": str(sum(receipt.status == "rejected" for receipt in outcome.receipts)),
    }
    for number, (name, text) in enumerate(counts.items()):
        page.text(at + 1, number, label(f"overview.{name}"), "head")
        page.text(at + 2, number, text, "centre")
    page.worksheet.set_row(at + 1, 22)
    return at + 3


def _write_reports(page: Page, departments: Sequence[DepartmentRecord], at: int) -> int:
    page.merged(at, 0, _LAST, label("overview.departments"), "section")
    at += 1
    heads = ("department", "", "state_head", "asked", "filled", "problems", "")
    for number, name in enumerate(heads):
        page.text(at, number, label(f"overview.{name}") if name else "", "head")
    page.worksheet.merge_range(at, 0, at, 1, label("overview.department"), page.book.format("head"))
    page.worksheet.merge_range(at, 5, at, 6, label("overview.problems"), page.book.format("head"))
    page.worksheet.set_row(at, 22)
    for status in sorted(departments, key=lambda status: status.reported):
        at += 1
        page.merged(at, 0, 1, status.name, "cell")
        state = label("departments.reported" if status.reported else "departments.missing")
        page.text(at, 2, state, "centre" if status.reported else "alarm")
        page.number(at, 3, status.asked, "centre")
        page.number(at, 4, status.filled, "centre")
        page.merged(at, 5, 6, str(status.errors + status.queries), "centre")
        page.height(at, {0: status.name}, {0: _WIDTHS[0] + _WIDTHS[1]})
    return at + 1


def _write_together(page: Page, together: Sequence[Outcome], at: int) -> int:
    """What the same workbooks came to under each system of the campaign; never compared, their codes differ (E15)."""
    page.merged(at, 0, _LAST, label("overview.together"), "section")
    page.worksheet.set_row(at, 22)
    for one in together:
        at += 1
        state = label("overview.final_short" if one.scores.final else "overview.provisional_short")
        page.merged(at, 0, 3, one.catalog.title, "cell")
        page.merged(at, 4, _LAST, f"{result_words(one)}　{state}", "centre")
        page.height(at, {0: one.catalog.title}, {0: sum(_WIDTHS[:4])})
    return at + 1


def _write_settings(page: Page, outcome: Outcome, at: int) -> int:
    """What the office says of its round, and what it chose where the texts are silent, defaults included."""
    settings = outcome.catalog.settings
    page.merged(at, 0, _LAST, label("overview.settings"), "section")
    page.worksheet.set_row(at, 22)
    chosen = {"ratio": settings.ratio_above_one, "rounding": settings.rounding, "missing": settings.missing}
    lines = list(_say_terms(outcome.assignment))
    lines += [label(f"settings.{name}_{choice.value.replace('-', '_')}") for name, choice in chosen.items()]
    if outcome.catalog.target:
        lines.append(label("settings.target", level=label(f"stars.level_{outcome.catalog.target}")))
    for line in lines:
        at += 1
        page.merged(at, 0, _LAST, line, "hint")
        page.height(at, {0: line}, {0: sum(_WIDTHS)})
    return at + 1


def _say_terms(assignment: Assignment) -> Iterator[str]:
    """The round's time, deadlines, basis and recipients, as far as it says them."""
    if assignment.period:
        yield label("settings.period", period=expand_dates("{period}", assignment.period))
    said = {
        "deadline": assignment.deadline, "contacts_deadline": assignment.contacts_deadline,
        "basis": assignment.document, "recipients": label("word.separator").join(assignment.recipients),
    }  # fmt: skip
    yield from (label(f"settings.{name}", said=text) for name, text in said.items() if text)


def _write_notices(page: Page, outcome: Outcome, at: int) -> None:
    page.merged(at, 0, _LAST, label("overview.notices"), "section")
    page.worksheet.set_row(at, 22)
    for notice in (*outcome.assignment.notices, *outcome.catalog.notices):
        at += 1
        text = f"{notice.about}　{notice.text}"
        page.merged(at, 0, _LAST, text, "hint")
        page.height(at, {0: text}, {0: sum(_WIDTHS)})
