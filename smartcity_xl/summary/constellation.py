"""The star levels on the overview: how many indicators stand at each, and those below the target."""

from __future__ import annotations

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import BODY, INK, Page
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, Standing
from smartcity_xl.results.stars import LEVELS, below_target, count_levels, reaches, starred
from smartcity_xl.score.next_star import describe_next
from smartcity_xl.summary.breakdown import BreakdownPlan

_LAST = len(LEVELS) + 1
_COLOURS = {5: "#1F4E79", 4: "#4A7FB0", 3: "#8FB4D6", 2: "#C9D6E3", 1: "#E3C9A0", 0: "#D98880"}


def write_stars(page: Page, outcome: Outcome, plan: BreakdownPlan, at: int) -> int:
    """The count of each level, live, its chart, and the list below the target; gives the row after them."""
    at = _write_reached(page, outcome, plan, at)
    first = at + 1
    at = _write_levels(page, outcome, plan, at)
    at = _write_chart(page, outcome, first, at + 1)
    return _write_below(page, outcome, at)


def _ranges(outcome: Outcome, plan: BreakdownPlan) -> dict[str, str]:
    """Dimension -> the stars of its indicators in the breakdown."""
    found = {}
    for score in outcome.scores.dimensions:
        codes = [i.indicator.code for c in score.categories for i in c.indicators]
        found[score.dimension.code] = plan.stars(codes)
    return found


def _write_reached(page: Page, outcome: Outcome, plan: BreakdownPlan, at: int) -> int:
    target, scores = outcome.catalog.target, starred(outcome.scores.dimensions)
    formula = "+".join(f'COUNTIF({cells},">={target}")' for cells in _ranges(outcome, plan).values())
    reached = sum(reaches(score, target) is True for score in scores)
    unasked = sum(score.star is not None and reaches(score, target) is None for score in scores)
    open_ = sum(score.standing is not Standing.SETTLED for score in scores)
    page.text(at, 0, label("stars.reached", level=label(f"stars.level_{target}")), "label")
    page.formula(at, 1, formula, reached, "count")
    page.worksheet.set_row(at, 40)
    text = label("stars.state", whole=len(scores), below=len(below_target(outcome)), unasked=unasked, open=open_)
    page.merged(at, 2, _LAST, text, "cell")
    return at + 2


def _write_levels(page: Page, outcome: Outcome, plan: BreakdownPlan, at: int) -> int:
    heads = ("overview.dimension", *(f"stars.level_{level}" for level in LEVELS), "stars.unsettled")
    for number, name in enumerate(heads):
        page.text(at, number, label(name), "head")
    page.worksheet.set_row(at, 22)
    first, ranges = at + 1, _ranges(outcome, plan)
    for score in outcome.scores.dimensions:
        at += 1
        mine, cells = starred([score]), ranges[score.dimension.code]
        page.text(at, 0, f"{score.dimension.code} {score.dimension.name}")
        for number, (level, count) in enumerate(count_levels(mine).items(), start=1):
            page.formula(at, number, f"COUNTIF({cells},{level})", count, "centre")
        page.number(at, _LAST, sum(i.star is None for i in mine), "centre")
        page.worksheet.set_row(at, 20)
    at += 1
    page.text(at, 0, label("stars.all"), "total_cell")
    everything = starred(outcome.scores.dimensions)
    totals = (*count_levels(everything).values(), sum(i.star is None for i in everything))
    for number, count in enumerate(totals, start=1):
        page.formula(at, number, f"SUM({cell_name(first, number)}:{cell_name(at - 1, number)})", count, "star_bold")
    page.worksheet.set_row(at, 20)
    return at


def _write_chart(page: Page, outcome: Outcome, first: int, at: int) -> int:
    sheet, last = page.name, first + len(outcome.scores.dimensions) - 1
    chart = page.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    for number, level in enumerate(LEVELS, start=1):
        chart.add_series({
            "name": label(f"stars.level_{level}"),
            "categories": [sheet, first, 0, last, 0],
            "values": [sheet, first, number, last, number],
            "fill": {"color": _COLOURS[level]},
            "gap": 50,
        })  # fmt: skip
    font = {"name": BODY, "size": 9, "color": INK}
    title = {"name": BODY, "size": 12, "color": INK, "bold": False}
    chart.set_title({"name": label("stars.chart"), "name_font": title})
    chart.set_y_axis({"num_font": font, "reverse": True})
    chart.set_x_axis({"num_font": font, "label_position": "high", "major_unit": 1, "major_gridlines": {"visible": True,
                      "line": {"color": "#E3E8EE"}}})  # fmt: skip
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 800, "height": 300})
    page.worksheet.insert_chart(at, 0, chart, {"x_offset": 4, "y_offset": 4})
    return at + 16


def _write_below(page: Page, outcome: Outcome, at: int) -> int:
    page.merged(at, 0, _LAST, label("stars.below", level=label(f"stars.level_{outcome.catalog.target}")), "section")
    page.worksheet.set_row(at, 22)
    below = below_target(outcome)
    if not below:
        page.merged(at + 1, 0, _LAST, label("stars.none_below"), "cell")
        return at + 3
    at += 1
    page.text(at, 0, label("head.code"), "head")
    page.merged(at, 1, 2, label("head.name"), "head")
    page.text(at, 3, label("head.star"), "head")
    page.merged(at, 4, _LAST, label("head.next_star"), "head")
    page.worksheet.set_row(at, 22)
    for score in below:
        at += 1
        indicator, words = score.indicator, describe_next(outcome.catalog, score)
        page.text(at, 0, indicator.code, "centre")
        page.merged(at, 1, 2, indicator.name + ("★" if indicator.leading else ""), "cell")
        page.number(at, 3, score.star or 0, "star")
        page.merged(at, 4, _LAST, words, "small")
        width = sum(page.widths[4 : _LAST + 1])
        page.height(at, {1: indicator.name, 4: words}, {1: page.widths[1] + page.widths[2], 4: width})
    return at + 2
