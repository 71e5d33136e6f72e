"""Which figures look unlike those of all other cities: a question to ask back, never a change.

Numbers that grow with a city are seen on a logarithmic scale, as they are or by head, whichever makes the cities more
alike; percentages are seen as they are. How far is far is data: ``unlike.toml``. All of it is binary floating point:
nothing is scored by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from smartcity_xl.model import Kind
from smartcity_xl.results.province.brief import FigureShape
from smartcity_xl.results.province.record import Basis, UnlikeWhy
from smartcity_xl.shipped import read_shipped

_NORMAL, _QUARTERS = 1.4826, 1.349
"""Of a normal distribution: a standard deviation by the median deviation, and how many of them the middle half is
wide."""
_FLAT = 0.05
"""The least spread on a logarithmic scale, and (times a hundred) in percentage points: cities that say all the same."""
_WHOLE = 100.0
_ALIKE = 0.9
"""By how much less cities must be spread by head than as they are, for it to be worth the words."""
_SHARED = 0.15
"""How near, on a logarithmic scale, the deviations of several figures lie that one wrong size explains."""

CityValues = Mapping[int, float]
"""Number of a city -> what it gives."""


class _Limit(Struct, frozen=True):
    times: float = 0.0
    least: float = 0.0
    points: float = 0.0


class _Limits(Struct, frozen=True):
    fewest: int
    spreads: float
    few: float
    nearest: float
    slips: tuple[int, ...]
    sizes: tuple[str, ...]
    size_units: tuple[str, ...]
    kinds: Mapping[str, _Limit]

    def how_far(self, number: int) -> float:
        """Spreads that a value must lie from the median of so many."""
        return self.spreads * (1 + self.few / number)


@cache
def limits() -> _Limits:
    data = read_shipped("results/province/unlike.toml")
    kinds = {
        kind: _Limit(float(one.get("times", 0)), float(one.get("from", 0)), float(one.get("points", 0)))
        for kind, one in data["kinds"].items()
    }
    spreads, few, nearest = (float(data[name]) for name in ("spreads", "few", "nearest"))
    sizes, units = tuple(data["sizes"]), tuple(data["size_units"])
    return _Limits(data["fewest"], spreads, few, nearest, tuple(data["slips"]), sizes, units, kinds)


class Found(Struct, frozen=True):
    """A value that looks unlike the others: ``of`` so many, around ``middle``, usually from ``low`` to ``high``; it is
    ``times`` the middle, or what the size of its city makes of it. ``slip`` would explain it."""

    city: int
    figure: int
    why: UnlikeWhy
    basis: Basis
    of: int
    middle: float
    low: float
    high: float
    times: float
    slip: int | None


def find_size(figures: Sequence[FigureShape]) -> int | None:
    """Which figure tells how large a city is."""
    for word in limits().sizes:
        for number, one in enumerate(figures):
            if one.kind is Kind.COUNT and one.unit in limits().size_units and word in one.label:
                return number
    return None


def is_looked_at(figure: FigureShape) -> bool:
    return figure.kind.value in limits().kinds


def find_unlike(figures: Sequence[FigureShape], values: Sequence[CityValues]) -> Iterator[Found]:
    """Over all figures of a system; ``values`` are those of each figure."""
    at = find_size(figures)
    sizes = values[at] if at is not None else {}
    seen = [
        _see(number, one, given, sizes if number != at else {})
        for number, (one, given) in enumerate(zip(figures, values, strict=True))
        if is_looked_at(one) and len(given) >= limits().fewest
    ]
    wrong = _wrong_sizes(at, seen, sizes)
    for one in seen:
        found = _look(one, frozenset(wrong))
        if one.figure == at:
            found = [*(each for each in found if each.city not in wrong), *wrong.values()]  # they tell it closer
        yield from sorted(found, key=lambda each: each.city)


# --- one figure ------------------------------------------------------------------------------------------------------


class _Scale(Struct, frozen=True):
    """Where values lie on a scale: their median, how widely they are spread, and of how many that is known."""

    middle: float
    spread: float
    number: int

    @property
    def far(self) -> float:
        return self.spread * limits().how_far(self.number)


class _Seen(Struct, frozen=True):
    """A figure: its values, and where they lie, as they are and by head (None where that does not make them more
    alike)."""

    figure: int
    limit: _Limit
    values: CityValues
    sizes: CityValues
    plain: _Scale
    head: _Scale | None


def _see(number: int, figure: FigureShape, values: CityValues, sizes: CityValues) -> _Seen:
    limit = limits().kinds[figure.kind.value]
    if limit.points:
        return _Seen(number, limit, values, sizes, _scale(list(values.values()), _FLAT * 100), None)
    plain = _scale([math.log10(one) for one in values.values() if one > 0], _FLAT)
    shares = [math.log10(one / sizes[city]) for city, one in values.items() if one > 0 and sizes.get(city, 0) > 0]
    head = _scale(shares, _FLAT) if len(shares) >= limits().fewest else None
    if head and head.spread > plain.spread * _ALIKE:
        head = None
    return _Seen(number, limit, values, sizes, plain, head)


def _scale(values: list[float], least: float) -> _Scale:
    if not values:
        return _Scale(0.0, math.inf, 1)
    values.sort()
    middle = _quantile(values, 0.5)
    apart = sorted(abs(one - middle) for one in values)
    wide = (_quantile(values, 0.75) - _quantile(values, 0.25)) / _QUARTERS
    return _Scale(middle, max(_quantile(apart, 0.5) * _NORMAL, wide, least), len(values))


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = (len(ordered) - 1) * share
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def _look(one: _Seen, unsure: frozenset[int]) -> list[Found]:
    """The values of a figure that lie too far off; ``unsure`` are cities whose size is in doubt."""
    if one.limit.points:
        tried = (_look_at_share(one, city, value) for city, value in one.values.items())
    else:
        tried = (_look_at_size(one, city, value, city in unsure) for city, value in one.values.items())
    return [found for found in tried if found]


def _look_at_share(one: _Seen, city: int, value: float) -> Found | None:
    scale, apart = one.plain, max(one.plain.far, one.limit.points)
    if scale.number < limits().fewest or abs(value - scale.middle) <= apart:
        return None
    slip = None
    if value > 0 and scale.middle > 0:
        slip = _slip(math.log10(value / scale.middle), _FLAT)
    times = value / scale.middle if scale.middle else 0.0
    low, high = max(scale.middle - apart, 0.0), scale.middle + apart
    if max(other for each, other in one.values.items() if each != city) <= _WHOLE:
        high = min(high, _WHOLE)
    why = UnlikeWhy.SLIP if slip else UnlikeWhy.APART
    return Found(city, one.figure, why, Basis.VALUE, scale.number, scale.middle, low, high, times, slip)


def _look_at_size(one: _Seen, city: int, value: float, unsure: bool) -> Found | None:
    size = one.sizes.get(city, 0.0)
    head = one.head if size > 0 and not unsure else None
    scale, unit, basis = (head, size, Basis.HEAD) if head else (one.plain, 1.0, Basis.VALUE)
    if scale.number < limits().fewest:
        return None
    apart = max(scale.far, math.log10(one.limit.times))
    low, middle, high = (unit * 10 ** (scale.middle + step) for step in (-apart, 0.0, apart))
    if max(abs(value), middle) < one.limit.least or low <= value <= high:
        return None
    if value <= 0:  # no place on the scale: told where even the least that is usual would be several
        if low < max(one.limit.least, 1.0):
            return None
        return Found(city, one.figure, UnlikeWhy.NOUGHT, basis, scale.number, middle, low, high, 0.0, None)
    slip = _slip(math.log10(value / middle), scale.spread)
    why = UnlikeWhy.SLIP if slip else UnlikeWhy.APART
    return Found(city, one.figure, why, basis, scale.number, middle, low, high, value / middle, slip)


def _slip(off: float, spread: float) -> int | None:
    """The power of ten that would explain how far a value lies from the middle, on a logarithmic scale."""
    near = min(limits().slips, key=lambda slip: abs(abs(off) - math.log10(slip)))
    left = abs(abs(off) - math.log10(near))
    return near if left <= max(limits().nearest * spread, _FLAT) and left < 0.5 else None


# --- the size itself -------------------------------------------------------------------------------------------------


def _wrong_sizes(at: int | None, seen: Sequence[_Seen], sizes: CityValues) -> dict[int, Found]:
    """City -> what is to be asked of its size: where most of what is seen by it is off, and by one factor."""
    judged = [(one.values, one.head.middle) for one in seen if one.head]
    if at is None or not judged:
        return {}
    found = {}
    for city, size in sizes.items():
        if size <= 0:
            continue
        offs = sorted(
            math.log10(value / size) - usual for values, usual in judged if (value := values.get(city, 0.0)) > 0
        )
        if len(offs) < 4:
            continue
        middle = _quantile(offs, 0.5)
        far = [off for off in offs if abs(off - middle) <= _SHARED and abs(middle) >= math.log10(3)]
        if 2 * len(far) >= len(offs):
            found[city] = _wrong_size(at, city, size, middle, len(sizes))
    return found


def _wrong_size(at: int, city: int, size: float, off: float, number: int) -> Found:
    """``off`` is how far what is seen by the size lies off: a size too small makes all of it too large."""
    middle = size * 10**off
    slip = _slip(off, _SHARED)
    why = UnlikeWhy.SLIP if slip else UnlikeWhy.APART
    low, high = middle / 3, middle * 3
    return Found(city, at, why, Basis.RATIOS, number, middle, low, high, size / middle, slip)
