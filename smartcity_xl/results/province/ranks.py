"""Which ranks a city can have while totals are still open: exact, for ranges that do not depend on each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

_LOWEST, _HIGHEST = Decimal("-Infinity"), Decimal("Infinity")


class TotalReach(Struct, frozen=True):
    """A score as it stands, and between which scores it lies; None where nothing limits it."""

    score: Decimal
    floor: Decimal | None
    ceiling: Decimal | None


class CertainRanks(Struct, frozen=True):
    """They count from 1, the highest score first; those with the same score have the same rank, and the next one
    counts them all. ``tied`` others have the score that stands now."""

    rank: int
    tied: int
    best: int
    worst: int


def rank_reaches(reaches: Sequence[TotalReach]) -> tuple[CertainRanks, ...]:
    """In the order given. The best rank is had at the own ceiling, with all others at their floors; the worst at the
    own floor, with all others at their ceilings."""
    scores = sorted(one.score for one in reaches)
    floors = sorted(_floor(one) for one in reaches)
    ceilings = sorted(_ceiling(one) for one in reaches)
    return tuple(_ranks(one, scores, floors, ceilings) for one in reaches)


def _ranks(
    one: TotalReach, scores: Sequence[Decimal], floors: Sequence[Decimal], ceilings: Sequence[Decimal]
) -> CertainRanks:
    floor, ceiling = _floor(one), _ceiling(one)
    same = bisect_right(scores, one.score) - bisect_left(scores, one.score)
    return CertainRanks(
        1 + _above(scores, one.score),
        same - 1,
        1 + _above(floors, ceiling),
        1 + _above(ceilings, floor) - (ceiling > floor),
    )


def _above(ordered: Sequence[Decimal], value: Decimal) -> int:
    return len(ordered) - bisect_right(ordered, value)


def _floor(one: TotalReach) -> Decimal:
    return _LOWEST if one.floor is None else one.floor


def _ceiling(one: TotalReach) -> Decimal:
    return _HIGHEST if one.ceiling is None else one.ceiling
