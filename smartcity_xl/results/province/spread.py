"""How values lie: least, quartiles, most, mean; exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

from msgspec.structs import replace

from smartcity_xl.model import Standing
from smartcity_xl.results.points import plain
from smartcity_xl.results.province.record import SpreadRecord

_EXACT = Context(prec=80)
_PLACES = Decimal(1).scaleb(-10)
_COUNTED = {Standing.MISSING: "missing", Standing.NOT_APPLICABLE: "not_applicable", Standing.UNREADABLE: "unreadable",
            Standing.CONFLICT: "conflict"}  # fmt: skip


def spread_of(values: Iterable[Decimal]) -> SpreadRecord:
    """Of the values that there are."""
    ordered = sorted(values)
    if not ordered:
        return SpreadRecord()
    total = Decimal(0)
    for value in ordered:
        total = _EXACT.add(total, value)
    least, lower, middle, upper, most = (plain(_quarter(ordered, number)) for number in range(5))
    mean = _EXACT.divide(total, Decimal(len(ordered))).quantize(_PLACES, context=_EXACT)
    return SpreadRecord(len(ordered), least, lower, middle, upper, most, plain(mean))


def _quarter(ordered: Sequence[Decimal], number: int) -> Decimal:
    """A quartile, from the 0th to the 4th: between the two values around it, in proportion."""
    at, rest = divmod((len(ordered) - 1) * number, 4)
    if not rest:
        return ordered[at]
    step = _EXACT.divide(_EXACT.multiply(_EXACT.subtract(ordered[at + 1], ordered[at]), Decimal(rest)), Decimal(4))
    return _EXACT.add(ordered[at], step)


def count_standings(spread: SpreadRecord, standings: Iterable[Standing]) -> SpreadRecord:
    """With how many have no value, and why."""
    counts = dict.fromkeys(_COUNTED.values(), 0)
    for one in standings:
        if one in _COUNTED:
            counts[_COUNTED[one]] += 1
    return replace(spread, **counts)
