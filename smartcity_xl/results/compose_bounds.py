"""Ranges, points lost and next steps, as records and in words."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache, partial

from msgspec import Struct, field

from smartcity_xl.messages import label, word_value
from smartcity_xl.model import (
    Advance,
    Bounds,
    Catalog,
    IndicatorScore,
    Merge,
    Move,
    Outcome,
    Reach,
)
from smartcity_xl.results import record as rec
from smartcity_xl.results.shown import exact, two
from smartcity_xl.results.stars import LEVELS, starred
from smartcity_xl.rules.itself import Itself

_ZERO = Fraction(0)


def compose_range(bounds: Bounds | None) -> rec.RangeRecord | None:
    """Both ends with two decimals."""
    if bounds is None:
        return None
    floor, ceiling = (None if end is None else two(end) for end in (bounds.floor, bounds.ceiling))
    return rec.RangeRecord(floor, ceiling, bounds.slack)


class Around(Struct, frozen=True):
    """What is known around the score of an indicator: its range, what it lost, its steps."""

    range: rec.RangeRecord | None = None
    least_star: int | None = None
    most_star: int | None = None
    lost: str | None = None
    steps: tuple[rec.StepRecord, ...] = field(default=())


def look_around(outcome: Outcome, score: IndicatorScore, apart: bool) -> Around:
    """``apart``: its dimension is kept beside the total."""
    indicator, bounds = score.indicator, None
    steps: tuple[rec.StepRecord, ...] = ()
    if outcome.bounds:
        bounds = outcome.bounds.indicators[indicator.code]
    if outcome.steps:
        steps = tuple(
            _step(Itself(outcome.catalog), Itself(one)) for one in outcome.steps.indicators.get(indicator.code, ())
        )
    least, most = (None, None)
    if bounds and indicator.starred:
        least, most = (None if end is None else int(end) for end in (bounds.mark.floor, bounds.mark.ceiling))
    lost = None if score.points is None or apart else exact(score.points_full - score.points)
    return Around(compose_range(bounds.score) if bounds else None, least, most, lost, steps)


def count_reaching(outcome: Outcome) -> tuple[dict[str, int], dict[str, int]]:
    """Level -> how many indicators are certain to reach it, and how many still can."""
    if outcome.bounds is None:
        return {}, {}
    found = [outcome.bounds.indicators[one.indicator.code].mark for one in starred(outcome.scores.dimensions)]
    return _count(one.floor for one in found), _count(one.ceiling for one in found)


def _count(ends: Iterable[Fraction | None]) -> dict[str, int]:
    known = [_ZERO if end is None else end for end in ends]
    return {str(level): sum(end >= level for end in known) for level in LEVELS if level}


def compose_reach(outcome: Outcome, reach: Reach | None) -> rec.ReachRecord:
    """The best steps, in words too: 可及的三步：…，合计可多得 1.85 分."""
    if reach is None or not reach.steps:
        return rec.NO_REACH
    steps = tuple(_step(Itself(outcome.catalog), Itself(one)) for one in reach.steps)
    graded = outcome.catalog.graded
    gain = two(reach.gain) if graded else None
    said = label("steps.reach" if graded else "steps.reach_stars", number=len(steps), gain=gain or "")
    return rec.ReachRecord(steps, gain, said)


@lru_cache(maxsize=512)
def _step(of: Itself[Catalog], one: Itself[Advance]) -> rec.StepRecord:
    """A step of an indicator is often one of the city's best, and of a department's."""
    catalog, step = of.one, one.one
    moves = tuple(_move(catalog, move) for move in step.moves)
    gain, total = (two(step.gain), two(step.total)) if catalog.graded else (None, None)
    score = None if step.score is None else two(step.score)
    said = label("word.list").join(map(partial(_say_move, catalog), step.moves, moves))
    words = _say_step(catalog, step, said, gain)
    return rec.StepRecord(step.indicator, moves, gain, score, step.star, total, step.departments, words)


def _move(catalog: Catalog, move: Move) -> rec.MoveRecord:
    slot = catalog.slots[move.slot]
    unit, name = slot.unit if slot.numeric else "", slot.label
    if slot.key != slot.figure:
        name = label("steps.item", figure=catalog.label(slot.figure), item=slot.label)
    elif slot.merge is Merge.SUM:
        name = label("steps.sum", label=name)
    now, then = (word_value(slot, value) + unit for value in (move.now, move.then))
    return rec.MoveRecord(slot.key, name, slot.unit, exact(move.now) or "0", exact(move.then) or "0", now, then)


def _say_move(catalog: Catalog, move: Move, told: rec.MoveRecord) -> str:
    """“…”达到 …（现为 …）: what would have to be true, and never that it be written."""
    numeric = catalog.slots[move.slot].numeric
    way = "other" if not numeric else "more" if move.then > move.now else "less"
    return label(f"steps.{way}", label=told.label, then=told.zh_then, now=told.zh_now)


@lru_cache(maxsize=16)
def _deducting(catalog: Itself[Catalog]) -> frozenset[str]:
    return frozenset(one.code for one in catalog.one.indicators if one.deducts)


def _say_step(catalog: Catalog, step: Advance, wanted: str, gain: str | None) -> str:
    """若…，可多得 … 分."""
    if step.star is not None:
        level = label(f"stars.level_{step.star}")
        return label("steps.star_points" if gain else "steps.star", wanted=wanted, level=level, gain=gain)
    deducts = step.indicator in _deducting(Itself(catalog))
    return label("steps.less_taken" if deducts else "steps.points", wanted=wanted, gain=gain)
