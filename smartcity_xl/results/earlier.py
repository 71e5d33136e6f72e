"""The values of a previous round: what this round's answers are held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from fractions import Fraction

    from smartcity_xl.results.numbers import Score
    from smartcity_xl.results.record import StarsRecord


class EarlierScores(Struct, frozen=True):
    """What another round came to under one system. ``total`` is None where that has no points, ``stars`` where it has
    no levels; ``dimensions``: code -> score."""

    round: str
    version: str
    final: bool
    total: Score | None
    stars: StarsRecord | None
    dimensions: Mapping[str, Score]


class EarlierValues(Struct, frozen=True):
    """The values of another round.

    ``whole``: slot -> the value that counted. ``own``: (department, slot) -> what it gave to that. ``rows``: of the
    tables that counted, (``figure.column``, name of the row as ``row_key`` has it) -> value. ``units``: slot or
    ``figure.column`` -> the unit of all these. ``scores``: id of a system -> what it came to.
    """

    round: str = ""
    whole: Mapping[str, Fraction] = field(default_factory=dict)
    own: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, EarlierScores] = field(default_factory=dict)

    def with_others(self, other: EarlierValues) -> EarlierValues:
        """The values of another system's results of the same round, too."""
        return EarlierValues(
            other.round,
            {**self.whole, **other.whole},
            {**self.own, **other.own},
            {**self.rows, **other.rows},
            {**self.units, **other.units},
            {**self.scores, **other.scores},
        )


NO_PREVIOUS = EarlierValues()
