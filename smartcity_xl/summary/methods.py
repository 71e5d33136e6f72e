"""How each indicator is scored, in words, and what its intermediate results came to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.form.template.scores import explain
from smartcity_xl.model import Catalog, IndicatorScore, Outcome
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.summary.bands import ListBand, bands_of, depth_of
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, write_list
from smartcity_xl.summary.once import once
from smartcity_xl.summary.places import Places

_COLUMNS = (Head("code", 10), Head("name", 32), Head("how", 78), Head("parts", 24), Head("source", 28))


def plan_methods(outcome: Outcome) -> tuple[ListBand | IndicatorScore, ...]:
    """The lines of the sheet: the indicators under their dimensions and categories."""
    lines: list[ListBand | IndicatorScore] = []
    open_: tuple[ListBand, ...] = ()
    for score in outcome.scores.indicators:
        bands = bands_of(outcome.catalog, score.indicator.code)
        lines += [band for band in bands if band not in open_] + [score]
        open_ = bands
    return tuple(lines)


def rows_of_methods(lines: tuple[ListBand | IndicatorScore, ...]) -> Iterator[tuple[str, int]]:
    """Code of an indicator, and its row."""
    for row, line in enumerate(lines, start=FIRST_ROW):
        if isinstance(line, IndicatorScore):
            yield line.indicator.code, row


def write_methods(book: Book, outcome: Outcome, lines: tuple[ListBand | IndicatorScore, ...], places: Places) -> None:
    shown = (
        Line({"code": one.code, "name": one.name}, {"code": places.scores[one.node]}, one.level, one.style)
        if isinstance(one, ListBand)
        else _line(outcome, one, places)
        for one in lines
    )
    write_list(book, "methods", _COLUMNS, shown, freeze=2)


def _line(outcome: Outcome, score: IndicatorScore, places: Places) -> Line:
    indicator = score.indicator
    cells = {
        "code": indicator.code,
        "name": indicator.name,
        "how": _explained(outcome.catalog)[indicator.code],
        "parts": "\n".join(f"{name}＝{_short(value)}" for name, value in score.parts.items()),
        "source": indicator.source,
    }
    to = {"code": places.scores[name_of(Height.MARK, indicator.code)]}
    return Line(cells, to, depth_of(outcome.catalog, indicator.code))


@once
def _explained(catalog: Catalog) -> dict[str, str]:
    """Code of an indicator -> how it is scored."""
    return {indicator.code: explain(catalog, indicator) for indicator in catalog.indicators}


def _short(value: Fraction) -> str:
    """An intermediate result, which is not rounded on the way to the score, to four decimals for reading."""
    return constant(round_half_up(value, 4))
