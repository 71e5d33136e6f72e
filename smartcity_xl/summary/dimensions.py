"""The dimensions of a system with points on the first page: a table and a chart."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.styles import ACCENT, BODY, INK
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import DimensionScore, Missing, Outcome, Standing
from smartcity_xl.summary.front import CODE, LAST, NAME, NUMBERS, Front
from smartcity_xl.summary.ranges import Ends, ranges_of, write_range

_ROOM = LAST - NUMBERS + 1
_FULL, _SCORE, _RATE = NUMBERS, NUMBERS + 1, NUMBERS + 2


def left_out(outcome: Outcome) -> bool:
    """Whether what has no score yet is left out of what the total is compared with."""
    return outcome.catalog.settings.missing is Missing.LEFT_OUT and not outcome.scores.final


def write_dimensions(front: Front, at: int) -> int:
    """The table and its chart; gives the row after them."""
    head = at
    columns = _columns(front)
    names = {CODE: "head.code", NAME: "overview.dimension", **{c: f"overview.{name}" for name, c in columns.items()}}
    front.page.join(at, NAME, NUMBERS - 1, "head")
    front.heads(at, names)
    ranges = ranges_of(front.record) if "lowest" in columns else {}
    for score in front.outcome.scores.dimensions:
        at += 1
        _write_dimension(front, at, score, columns, ranges)
    return _write_chart(front, head, at)


def _columns(front: Front) -> dict[str, int]:
    """What stands in the columns of numbers, as far as there is room: the dearer first."""
    ranged = any(dimension.range for dimension in front.record.dimensions)
    span, before = ["lowest", "highest"] if ranged else [], ["before"] if front.past.round else []
    wanted = ["full", "score", "rate", *span, *before, "settled", "open", "conflicts"]
    return {name: NUMBERS + number for number, name in enumerate(wanted[:_ROOM])}


def _write_dimension(
    front: Front, at: int, score: DimensionScore, columns: dict[str, int], ranges: Mapping[str, Ends]
) -> None:
    page, node = front.page, name_of(Height.DIMENSION, score.dimension.code)
    indicators = [i for category in score.categories for i in category.indicators]
    settled = sum(i.standing is Standing.SETTLED for i in indicators)
    numbers = {
        "settled": settled,
        "open": len(indicators) - settled,
        "conflicts": sum(i.standing is Standing.CONFLICT for i in indicators),
    }
    page.text(at, CODE, score.dimension.code, "centre", front.places.scores.get(node))
    front.name(at, score.dimension.name)
    full = _full(front.outcome, score)
    page.number(at, _FULL, float(full), "score")
    page.formula(at, _SCORE, front.plan.seen[node], float(score.score), "score")
    if full:
        rate = f"{cell_name(at, _SCORE)}/{cell_name(at, _FULL)}"
        page.formula(at, _RATE, rate, float(score.score / full), "rate")
    else:
        page.text(at, _RATE, label("scores.deduction"), "centre")
    for name, number in numbers.items():
        if name in columns:
            page.number(at, columns[name], number, "centre")
    if ends := ranges.get(node):
        write_range(page, at, (columns["lowest"], columns["highest"]), ends, "score")
    if "before" in columns and front.past.round:
        before = front.past.round.dimensions.get(score.dimension.code)
        if before is None:
            page.text(at, columns["before"], label("overview.none"), "centre")
        else:
            page.number(at, columns["before"], float(before), "score")


def _full(outcome: Outcome, score: DimensionScore) -> Fraction:
    """The marks that a dimension's score is compared with: all, or those assessed (setting ``missing``)."""
    if not left_out(outcome):
        return score.full
    indicators = (indicator for category in score.categories for indicator in category.indicators)
    return sum((i.points_full for i in indicators if i.standing is Standing.SETTLED), Fraction(0))


def _write_chart(front: Front, head: int, last: int) -> int:
    """Columns in two tones that a printer without colours tells apart; gives the row after them."""
    page, first = front.page, head + 1
    chart = page.book.workbook.add_chart({"type": "column"})
    numbers = {"value": True, "num_format": "0.00", "font": {"size": 8, "color": INK}}
    for column, name, colour in ((_FULL, "full", "#C9D6E3"), (_SCORE, "score", ACCENT)):
        chart.add_series({
            "name": label(f"overview.{name}"),
            "categories": [page.name, first, NAME, last, NAME],
            "values": [page.name, first, column, last, column],
            "fill": {"color": colour}, "border": {"color": ACCENT, "width": 0.5},
            "gap": 60,
            "data_labels": numbers if column == _SCORE else {},
        })  # fmt: skip
    font = {"name": BODY, "size": 8, "color": INK}
    chart.set_title({"none": True})
    chart.set_x_axis({"num_font": font, "label_position": "low"})
    chart.set_y_axis({"num_font": font, "num_format": "0",
                      "major_gridlines": {"visible": True, "line": {"color": "#E3E8EE"}}})  # fmt: skip
    chart.set_legend({"position": "top", "font": font})
    return front.chart(last + 1, chart, label("overview.chart"))
