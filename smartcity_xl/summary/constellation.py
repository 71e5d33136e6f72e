"""The star levels on the first page: how many indicators of each dimension stand at each, and a chart."""

from __future__ import annotations

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.styles import BODY, INK
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import DimensionScore, Standing
from smartcity_xl.results.stars import LEVELS, below_target, count_levels, reaches, starred
from smartcity_xl.summary.front import CODE, LAST, NAME, NUMBERS, Front

_UNSETTLED, _ALL = NUMBERS + len(LEVELS), NUMBERS + len(LEVELS) + 1
_COLOURS = {5: "#16324F", 4: "#3F6FA0", 3: "#8FB4D6", 2: "#C9D6E3", 1: "#E9EEF3", 0: "#FFFFFF"}


def write_reached(front: Front, at: int) -> int:
    """How many indicators reach the target, live, and how the others stand; gives the next row."""
    page, outcome = front.page, front.outcome
    target, scores = outcome.catalog.target, starred(outcome.scores.dimensions)
    formula = "+".join(f'COUNTIF({_range(front, score)},">={target}")' for score in outcome.scores.dimensions)
    reached = sum(reaches(score, target) is True for score in scores)
    unasked = sum(score.star is not None and reaches(score, target) is None for score in scores)
    open_ = sum(score.standing is not Standing.SETTLED for score in scores)
    page.text(at, CODE, label("stars.reached_short", level=label(f"stars.level_{target}")), "label")
    page.join(at, NAME, NUMBERS - 1, "count")
    page.formula(at, NAME, formula, reached, "count")
    text = label("stars.state", whole=len(scores), below=len(below_target(outcome)), unasked=unasked, open=open_)
    page.merged(at, NUMBERS, LAST, text, "cell")
    page.height(at, {NUMBERS: text, CODE: label("stars.reached_short", level="四星级")}, least=36)
    return at + 1


def write_levels(front: Front, at: int) -> int:
    """The count of each level, live, and its chart; gives the row after them."""
    page, head, outcome = front.page, at, front.outcome
    page.join(at, NAME, NUMBERS - 1, "head")
    levels = {NUMBERS + number: f"stars.level_{level}" for number, level in enumerate(LEVELS)}
    front.heads(at, {CODE: "head.code", NAME: "overview.dimension", **levels, _UNSETTLED: "stars.unsettled",
                     _ALL: "stars.all"})  # fmt: skip
    for score in outcome.scores.dimensions:
        at += 1
        _write_level(front, at, score)
    at += 1
    everything = starred(outcome.scores.dimensions)
    page.text(at, CODE, "", "total_cell")
    page.merged(at, NAME, NUMBERS - 1, label("stars.all"), "total_cell")
    totals = (*count_levels(everything).values(), sum(i.star is None for i in everything), len(everything))
    for column, count in enumerate(totals, start=NUMBERS):
        span = f"{cell_name(head + 1, column)}:{cell_name(at - 1, column)}"
        page.formula(at, column, f"SUM({span})", count, "star_bold")
    page.height(at, {}, least=19)
    return _write_chart(front, head, at)


def _range(front: Front, score: DimensionScore) -> str:
    """The stars of a dimension's indicators in the breakdown."""
    return front.plan.stars([i.indicator.code for c in score.categories for i in c.indicators])


def _write_level(front: Front, at: int, score: DimensionScore) -> None:
    page, cells, mine = front.page, _range(front, score), starred([score])
    node = name_of(Height.DIMENSION, score.dimension.code)
    page.text(at, CODE, score.dimension.code, "centre", front.places.scores.get(node))
    front.name(at, score.dimension.name)
    for column, (level, count) in enumerate(count_levels(mine).items(), start=NUMBERS):
        page.formula(at, column, f"COUNTIF({cells},{level})", count, "centre")
    page.number(at, _UNSETTLED, sum(i.star is None for i in mine), "centre")
    page.number(at, _ALL, len(mine), "centre")


def _write_chart(front: Front, head: int, last: int) -> int:
    """Stacked bars, the darker the higher, so that a printer without colours tells them apart; gives the next row.
    ``last`` is the row of the sums, which is not drawn."""
    page, first = front.page, head + 1
    chart = page.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    for column, level in enumerate(LEVELS, start=NUMBERS):
        chart.add_series({
            "name": label(f"stars.level_{level}"),
            "categories": [page.name, first, NAME, last - 1, NAME],
            "values": [page.name, first, column, last - 1, column],
            "fill": {"color": _COLOURS[level]}, "border": {"color": INK, "width": 0.5},
            "gap": 40,
        })  # fmt: skip
    font = {"name": BODY, "size": 8, "color": INK}
    chart.set_title({"none": True})
    chart.set_y_axis({"num_font": font, "reverse": True})
    chart.set_x_axis({"num_font": font, "label_position": "high", "num_format": "0", "major_unit": 1,
                      "major_gridlines": {"visible": True, "line": {"color": "#E3E8EE"}}})  # fmt: skip
    chart.set_legend({"position": "top", "font": font})
    return front.chart(last + 1, chart, label("stars.chart"))
