"""What of two systems is one thing: figures that ask the same, indicators that score the same. Never by code (E15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

from smartcity_xl.catalog.diff import (
    RULE,
    Difference,
    Matches,
    diff_definitions,
    diff_scoring,
    match_catalogs,
    match_figures,
)
from smartcity_xl.catalog.diff import normal as plain_name
from smartcity_xl.model import Catalog, Figure, Indicator, Period
from smartcity_xl.results.scored_run import ScoredRun
from smartcity_xl.results.shape import shape_of

KEY, DEFINITION, DATED, SPAN = "key", "definition", "dated", "span"
"""Why two figures that belong together are not one: by their keys the systems hold them apart, though they are worded
alike; they are asked otherwise, as of another time, or over a longer or shorter time."""
_SLACK = 7
"""Days by which two times of one length may differ: leap years, and months."""


class Unlike(Struct, frozen=True):
    """Two figures that have become each other and cannot be compared: why, and what differs."""

    before: Figure
    after: Figure
    reason: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """Two sides, and what of theirs is the same."""

    first: ScoredRun
    second: ScoredRun

    @cached_property
    def shapes(self) -> tuple[Catalog, Catalog]:
        """Both systems as they are written; where one is not at hand, both as their records tell of them: like is held
        against like."""
        a, b = self.first.rules, self.second.rules
        return (a.written, b.written) if a and b else (shape_of(self.first.record), shape_of(self.second.record))

    @property
    def known(self) -> bool:
        """Whether the rules of both are at hand."""
        return bool(self.first.rules and self.second.rules)

    @cached_property
    def matches(self) -> Matches:
        return match_catalogs(*self.shapes)

    @cached_property
    def same_rules(self) -> bool:
        """Whether both are scored by the very same system under the very same settings, and every figure is one."""
        a, b = self.first.rules, self.second.rules
        if a is None or b is None or a.catalog.settings != b.catalog.settings:
            return False
        return a.written == b.written and self.figures == set(a.written.figures)

    @property
    def one_round(self) -> bool:
        """Whether both evaluate one city's round: then every figure is of one time, and is asked once."""
        a, b = self.first.record, self.second.record
        return (a.city, a.round) == (b.city, b.round)

    @cached_property
    def _figures(self) -> tuple[frozenset[str], tuple[Unlike, ...]]:
        same, unlike = set(), []
        for a, b in match_figures(*self.shapes):
            if a is None or b is None:
                continue
            why = self._why_unlike(a, b)
            if why is None:
                same.add(a.key)
            else:
                unlike.append(why)
        return frozenset(same), tuple(unlike)

    def _why_unlike(self, a: Figure, b: Figure) -> Unlike | None:
        if a.key != b.key:
            return Unlike(a, b, KEY)
        if differences := diff_definitions(a, b):
            return Unlike(a, b, DEFINITION, differences)
        if a.none != b.none:
            return Unlike(a, b, DEFINITION)
        if self.one_round:
            return None
        if plain_name(a.as_of) != plain_name(b.as_of):
            return Unlike(a, b, DATED, (Difference("figure", "changed", b.key, b.label, a.as_of, b.as_of, "as_of"),))
        return None if _as_long(self.first.period, self.second.period) else Unlike(a, b, SPAN)

    @property
    def figures(self) -> frozenset[str]:
        """The keys of the figures that are one on both sides: a figure's identity is its key, and what it asks is the
        same, as of the same time."""
        return self._figures[0]

    @property
    def unlike(self) -> tuple[Unlike, ...]:
        return self._figures[1]

    def is_shared(self, slot: str) -> bool:
        """Whether a slot or a table is of a figure that is one on both sides."""
        return slot.partition(".")[0] in self.figures

    @cached_property
    def indicators(self) -> tuple[tuple[Indicator, Indicator], ...]:
        """The indicators of both sides that have become each other."""
        return tuple((a, b) for a, b in self.matches.indicators if a and b)

    @cached_property
    def scoring(self) -> Mapping[str, tuple[Difference, ...]]:
        """Code of an indicator on the second side, of those that have become each other -> what makes the two score
        otherwise for the same answers; empty where nothing does."""
        return {b.code: self._diff_scoring(a, b) for a, b in self.indicators}

    def _diff_scoring(self, a: Indicator, b: Indicator) -> tuple[Difference, ...]:
        found = diff_scoring(*self.shapes, a, b)
        return found if self.known else tuple(one for one in found if one.kind != RULE)  # a record tells no rule

    def is_same(self, a: Indicator, b: Indicator) -> bool:
        """Whether two indicators that have become each other mean the same: rule, weight, settings, every figure."""
        keys, others = ({figure.key for figure in shape.figures_of[code]}
                        for shape, code in zip(self.shapes, (a.code, b.code), strict=True))  # fmt: skip
        settings = self.first.record.settings == self.second.record.settings
        return self.known and settings and not self.scoring[b.code] and keys == others and keys <= self.figures

    @cached_property
    def misleading(self) -> tuple[tuple[Indicator, Indicator], ...]:
        """The pairs of one code that are not each other: a code means another thing in another edition."""
        became = {a.code: b.code for a, b in self.indicators}
        theirs = {one.code: one for one in self.shapes[1].indicators}
        return tuple(
            (one, theirs[one.code])
            for one in self.shapes[0].indicators
            if one.code in theirs and became.get(one.code) != one.code
        )


def _as_long(a: Period | None, b: Period | None) -> bool:
    """Whether two times are of one length; where one is not known, nothing is known against it."""
    if a is None or b is None:
        return True
    return abs((a.last - a.first).days - (b.last - b.first).days) <= _SLACK
