"""One of the results that are put side by side: its record and, where they are at hand, the rules that it was scored
by and the answers that counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from smartcity_xl.model import Catalog, Merged, Period
from smartcity_xl.results.record import CategoryRecord, DimensionRecord, FigureRecord, IndicatorRecord, Results


class Rules(Struct, frozen=True):
    """A system as it is written (``written``) and as the round scored by it, under its settings and with its dates
    (``catalog``); and the answers that counted."""

    written: Catalog
    catalog: Catalog
    merged: Merged


@dataclass(frozen=True)
class ScoredRun:
    """``number`` counts from 1; ``source`` is the file that the record came from. ``rules`` is None where the system of
    the record is not at hand, or does not come to the scores that the record holds. ``period`` is the time that the
    round evaluated, None where nobody says."""

    number: int
    source: str
    record: Results
    rules: Rules | None = None
    period: Period | None = None

    @cached_property
    def indicators(self) -> Mapping[str, IndicatorRecord]:
        return {one.code: one for one in self.record.indicators}

    @cached_property
    def figures(self) -> Mapping[str, FigureRecord]:
        return {one.key: one for one in self.record.figures}

    @cached_property
    def dimensions(self) -> Mapping[str, DimensionRecord]:
        return {one.code: one for one in self.record.dimensions}

    @cached_property
    def categories(self) -> Mapping[str, CategoryRecord]:
        return {one.code: one for dimension in self.record.dimensions for one in dimension.categories}

    @cached_property
    def category_of(self) -> Mapping[str, tuple[str, str]]:
        """Code of an indicator -> codes of its dimension and category."""
        return {
            one.code: (dimension.code, category.code)
            for dimension in self.record.dimensions for category in dimension.categories
            for one in category.indicators
        }  # fmt: skip

    @cached_property
    def beside(self) -> frozenset[str]:
        """The codes of indicators in dimensions that are in no total, as far as the rules are at hand to say so."""
        apart = {one.code for one in self.rules.written.dimensions if one.apart} if self.rules else set()
        return frozenset(code for code, (dimension, _) in self.category_of.items() if dimension in apart)

    @property
    def final(self) -> bool:
        """Whether nothing is open."""
        return not self.open

    @cached_property
    def open(self) -> tuple[str, ...]:
        """The codes of the indicators without a result."""
        return tuple(one.code for one in self.record.indicators if one.standing.value != "settled")

    @property
    def total(self) -> Fraction | None:
        return Fraction(self.record.total.score) if self.record.total else None
