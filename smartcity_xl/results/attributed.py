"""What of the difference between two totals comes from the figures, what from the system, what from corrections.

Exact, and by scoring: each indicator is worth, in the total, so much with these answers under those rules. Four such
worths are looked at: the first side's answers under the first side's rules (what it came to), under the second's, and
the second side's answers under either. Changing one thing alone, from where the first side stands, is what that thing
brought; what only both together bring is told as ``BOTH``, and given to neither: either order of the two would give it
to one of them. Corrections come last, under the rules of their own round: they are made when those hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from smartcity_xl.catalog.score_tree import earns
from smartcity_xl.model import Catalog, Indicator, Merged, MergedSlot, MergedTable, Scores, Standing
from smartcity_xl.results.likeness import Likeness
from smartcity_xl.results.scored_run import Rules, ScoredRun
from smartcity_xl.results.undone import Undone, undo_corrections
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.score.scoring import mark_indicator, score_merged

FIGURES, RULES, WEIGHTS, BOTH, UNLIKE = "figures", "rules", "weights", "both", "unlike"
ADDED, DROPPED, SETTLED, OPENED, CORRECTED, ROUNDED = (
    "added", "dropped", "settled", "opened", "corrected", "rounded",
)  # fmt: skip
PARTS = (FIGURES, RULES, WEIGHTS, ADDED, DROPPED, BOTH, UNLIKE, SETTLED, OPENED, CORRECTED, ROUNDED)
"""Of what a difference consists, in the order in which it is told. ``UNLIKE``: what cannot be told apart, because the
one side's answers do not answer the other's question; ``SETTLED``, ``OPENED``: an answer that was open on the first
side, or is on the second; ``ROUNDED``: what rounding at each level adds or takes."""
OF_SYSTEM = (RULES, WEIGHTS, ADDED, DROPPED)
"""The parts that come from the system."""

NO_RULES, NO_POINTS, OTHER_SCALE = "no-rules", "no-points", "other-scale"
"""Why a difference cannot be told apart at all: a system is not at hand, one has no points, the full marks differ."""
_PLACES = 10
"""Decimals at which a worth without end is cut, as in a record."""
_ZERO = Fraction(0)


class Attribution(Struct, frozen=True):
    """What became of an indicator's points: ``first`` and ``second`` are those on either side (None: it is not there),
    ``before`` and ``after`` what they were worth in the totals. ``parts`` add up to the difference. ``waits`` are
    figures of the second side (or, where that is all that can be said, the first) that keep the rest from being told
    apart."""

    first: Indicator | None
    second: Indicator | None
    before: Fraction
    after: Fraction
    parts: Mapping[str, Fraction]
    waits: tuple[str, ...] = ()


class Attributed(Struct, frozen=True):
    """``parts``: each of ``PARTS`` that is not nothing; they add up to ``after - before``. ``carried``: what the first
    side's answers come to under the second's rules, over the ``carried_of`` indicators that they answer. ``corrected``
    are the figures whose corrections were taken back, ``kept`` those whose corrections stay in ``FIGURES``: the record
    does not tell enough of them."""

    before: Fraction
    after: Fraction
    parts: Mapping[str, Fraction]
    indicators: tuple[Attribution, ...]
    carried: Fraction
    carried_of: int
    corrected: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def why_not(first: ScoredRun, second: ScoredRun) -> str:
    """Why the difference of two totals cannot be told apart; "" where it can."""
    if first.record.total is None or second.record.total is None:
        return NO_POINTS
    if Fraction(first.record.total.full) != Fraction(second.record.total.full):
        return OTHER_SCALE
    return "" if first.rules and second.rules else NO_RULES


def attribute(like: Likeness) -> Attributed:
    """What the difference of the totals consists of, indicator by indicator. ``why_not`` must be ""."""
    return _Attributing(like).attribute()


class _Worth(Struct, frozen=True):
    """Code -> what it brings to the total, and what its rule came to, for the settled; and figures that are open."""

    points: Mapping[str, Fraction]
    marks: Mapping[str, Fraction]
    open: Mapping[str, tuple[str, ...]]
    total: Fraction

    @classmethod
    def of(cls, scores: Scores) -> _Worth:
        beside = {d.dimension.code: d.dimension.apart for d in scores.dimensions}
        rows = [(d, i) for d in scores.dimensions for c in d.categories for i in c.indicators]
        settled = [(d, i) for d, i in rows if i.standing is Standing.SETTLED]
        return cls(
            {i.indicator.code: _ZERO if beside[d.dimension.code] else _cut(i.points or _ZERO) for d, i in settled},
            {i.indicator.code: i.mark or _ZERO for _, i in settled},
            {i.indicator.code: i.open for _, i in rows if i.standing is not Standing.SETTLED},
            scores.total,
        )


def _cut(points: Fraction) -> Fraction:
    return round_half_up(points, _PLACES)


class _Attributing:
    def __init__(self, like: Likeness) -> None:
        self.like = like
        self.first, self.second = _rules(like.first), _rules(like.second)

    @cached_property
    def undone(self) -> Undone:
        """The second side's answers before its corrections; between cities a correction is no part of a difference."""
        a, b = self.like.first.record, self.like.second.record
        if a.city != b.city:
            return Undone(self.second.merged)
        known = {file.sha256 for file in a.files if file.sha256} if self.like.one_round else set()
        return undo_corrections(b, self.second.catalog, self.second.merged, known)

    def attribute(self) -> Attributed:
        a, b = (_Worth.of(score_merged(rules.catalog, rules.merged)) for rules in (self.first, self.second))
        plain = self.undone.merged == self.second.merged
        early = b if plain else _Worth.of(score_merged(self.second.catalog, self.undone.merged))
        if self.like.same_rules:
            ab, ba = a, early
        else:
            ab = _worth_under(self.first.merged, self.second.catalog, self.like)
            ba = _worth_under(self.undone.merged, self.first.catalog, self.like)
        rows = tuple(self._rows(a, ab, ba, early, b))
        sums = {name: sum((row.parts.get(name, _ZERO) for row in rows), _ZERO) for name in PARTS}
        sums[ROUNDED] = b.total - a.total - sum(sums.values(), _ZERO)
        parts = {name: value for name, value in sums.items() if value}
        return Attributed(
            a.total, b.total, parts, rows, ab.total, len(ab.points), self.undone.figures, self.undone.kept
        )  # fmt: skip

    def _rows(self, a: _Worth, ab: _Worth, ba: _Worth, early: _Worth, b: _Worth) -> Iterator[Attribution]:
        for one, other in self.like.matches.indicators:
            before = a.points.get(one.code, _ZERO) if one else _ZERO
            after = b.points.get(other.code, _ZERO) if other else _ZERO
            parts, waits = self._parts(one, other, a, ab, ba, early)
            if other:
                parts[CORRECTED] = after - early.points.get(other.code, _ZERO)
            told = {name: parts[name] for name in PARTS if parts.get(name)}
            yield Attribution(one, other, before, after, told, waits)

    def _parts(
        self, one: Indicator | None, other: Indicator | None, a: _Worth, ab: _Worth, ba: _Worth, early: _Worth
    ) -> tuple[dict[str, Fraction], tuple[str, ...]]:
        """The parts before corrections, and what keeps some of them from being told apart."""
        if one is None or other is None:
            return ({ADDED: early.points.get(other.code, _ZERO)} if other else
                    {DROPPED: -a.points.get(one.code, _ZERO)} if one else {}), ()  # fmt: skip
        was, now = a.points.get(one.code), early.points.get(other.code)
        if was is None or now is None:
            return ({SETTLED: now} if now is not None else {OPENED: -was} if was is not None else {}), ()
        under, over = ab.points.get(other.code), ba.points.get(one.code)
        parts = {}
        if over is not None:
            parts[FIGURES] = over - was
        if under is not None:
            parts[RULES] = self._under_rule(one, other, ab.marks[other.code], was, under)
            parts[WEIGHTS] = under - was - parts[RULES]
        rest = now - was - sum(parts.values(), _ZERO)
        parts[BOTH if under is not None and over is not None else UNLIKE] = rest
        waits = ab.open.get(other.code, ()) or ba.open.get(one.code, ())
        return parts, waits if parts.get(UNLIKE) else ()

    def _under_rule(self, one: Indicator, other: Indicator, mark: Fraction, was: Fraction, under: Fraction) -> Fraction:
        """What the second's rule alone brings, at the first's weight; all of it where the two scales are not one."""
        catalog = self.first.catalog
        alike = (one.role, one.starred) == (other.role, other.starred)
        score = mark_indicator(one, mark, catalog.settings.rounding) if alike and earns(one) else None
        if score is None or one.code in self.like.first.beside:
            return under - was
        return _cut(score * catalog.worth(one)) - was


def _rules(side: ScoredRun) -> Rules:
    if side.rules is None:
        raise ValueError(f"the rules of {side.source} are not at hand")
    return side.rules


def _worth_under(answers: Merged, catalog: Catalog, like: Likeness) -> _Worth:
    """What answers come to under the other side's system."""
    return _Worth.of(score_merged(catalog, _carry_answers(answers, catalog, like)))


def _carry_answers(answers: Merged, catalog: Catalog, like: Likeness) -> Merged:
    """The answers as another system has them: what is not the same question is missing; what the text fixes, fixed."""
    slots = {}
    for key, slot in catalog.slots.items():
        if slot.fixed is not None:
            slots[key] = MergedSlot(key, Standing.SETTLED, slot.fixed, (), ())
        elif like.is_shared(key):
            slots[key] = answers.slots[key]
        else:
            slots[key] = MergedSlot(key, Standing.MISSING, None, (), ())
    tables = {
        key: answers.tables[key] if like.is_shared(key) else MergedTable(key, Standing.MISSING, None, ())
        for key in (key for key, figure in catalog.figures.items() if figure.columns)
    }
    return Merged(slots, tables, ())
