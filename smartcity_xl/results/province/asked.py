"""Figures that look unlike all others, in words, with the cells that they come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal

from smartcity_xl.messages import label
from smartcity_xl.model import Kind
from smartcity_xl.results.answered import PlaceRecord
from smartcity_xl.results.points import plain
from smartcity_xl.results.province.brief import FigureShape, NamedScores, ScoredBrief, read_places
from smartcity_xl.results.province.record import QueryRecord, UnlikeWhy
from smartcity_xl.results.province.unlike import CityValues, Found, find_size, find_unlike, is_looked_at

_SHOWN = 3
"""Digits of an estimate."""
_PERCENT = 100
_SLIPPED = {"slip_words": "slip", "slip_parts": "slip_part"}


def word_queries(figures: Sequence[FigureShape], scored: Sequence[NamedScores]) -> tuple[QueryRecord, ...]:
    """The furthest off first."""
    values = [_column(figure, at, scored) for at, figure in enumerate(figures)]
    cities = {number: (name, one) for number, name, one in scored}
    size = find_size(figures)
    sized = "" if size is None else figures[size].label
    made = [_word(figures, found, *cities[found.city], sized) for found in find_unlike(figures, values)]
    return tuple(sorted(made, key=_urgency))


def _urgency(one: QueryRecord) -> tuple[object, ...]:
    """Units and noughts first; then by how far off it is."""
    times = float(one.times)
    return one.why is not UnlikeWhy.SLIP, -abs(math.log10(times)) if times > 0 else -math.inf, one.city, one.figure


def _column(figure: FigureShape, at: int, scored: Sequence[NamedScores]) -> CityValues:
    if not is_looked_at(figure):
        return {}
    return {city: float(value) for city, _, one in scored if (value := one.figures[at]) is not None}


def _word(figures: Sequence[FigureShape], found: Found, name: str, scored: ScoredBrief, size: str) -> QueryRecord:
    figure = figures[found.figure]
    value = scored.figures[found.figure] or "0"
    places: tuple[PlaceRecord, ...] = read_places(scored)[found.figure]
    told = {one: rounded(getattr(found, one)) for one in ("middle", "low", "high", "times")}
    zh = "".join(_sentences(figure, found, value, told, size))
    return QueryRecord(
        city=found.city, name=name, figure=figure.key, label=figure.label, unit=figure.unit, value=value,
        why=found.why, basis=found.basis, of=found.of, slip=found.slip, places=places, zh=zh, **told,
    )  # fmt: skip


def _sentences(figure: FigureShape, found: Found, value: str, told: dict[str, str], size: str) -> Iterator[str]:
    words = {name: grouped(text) for name, text in told.items()} | {
        "label": figure.label, "value": grouped(value), "unit": figure.unit, "of": found.of, "size": size,
        **{name: label(f"province.{word}_{found.slip}") for name, word in _SLIPPED.items() if found.slip},
    }  # fmt: skip
    yield label(f"province.query_{found.basis}", **words)
    if found.why is UnlikeWhy.NOUGHT:
        yield label("province.query_nought", **words)
    elif found.slip:
        yield label(f"province.query_slip_{_slipped(figure, found)}", **words)
    yield label("province.query_ask")


def _slipped(figure: FigureShape, found: Found) -> str:
    if found.times > 1:
        return "large"
    return "share" if figure.kind is Kind.SHARE and found.slip == _PERCENT else "small"


def rounded(value: float) -> str:
    """To three digits, and whole numbers whole; an estimate says no more."""
    if not value or not math.isfinite(value):
        return "0"
    places = _SHOWN - 1 - math.floor(math.log10(abs(value)))
    return plain(Decimal(repr(round(value, places))))


def grouped(number: str) -> str:
    """With commas between thousands."""
    whole, dot, rest = number.partition(".")
    return f"{int(whole):,}" + dot + rest if whole.lstrip("-") != "0" else number
