"""What was scored, under which rules, and what it came to, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smartcity_xl.model import Missing, RatioAboveOne, Role, Rounding, Standing
from smartcity_xl.results.numbers import Exact, Score


@dataclass(frozen=True, slots=True)
class CatalogRecord:
    """The indicator system."""

    id: str
    version: str
    title: str


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """The sharing-out among departments."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class TotalRecord:
    """``assessed``: the points that the indicators scored so far could reach; ``final``: nothing is open; ``apart``:
    the points of dimensions kept beside the total."""

    score: Score
    full: Score
    assessed: Score
    final: bool
    apart: Score | None


@dataclass(frozen=True, slots=True)
class StarsRecord:
    """What a star system shows: level -> how many indicators stand there, and the codes of those below the target."""

    target: int
    counts: Mapping[str, int]
    unsettled: int
    below: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingsRecord:
    """What the office chose where the texts are silent."""

    ratio_above_one: RatioAboveOne
    rounding: Rounding
    missing: Missing


@dataclass(frozen=True, slots=True)
class IndicatorRecord:
    """``score`` of ``full`` is on the indicator's own scale, ``points`` of ``points_full`` in the total (``factor``
    between them); ``stake`` are the points that it can bring or, as a deduction, take away: 1 in a system without
    points. ``mark`` is the rule's result before the weight, ``parts`` its b1, b2, …; ``open`` the figures that keep it
    from a score."""

    code: str
    name: str
    role: Role
    weight: Exact | None
    deduct_max: Exact | None
    standing: Standing
    score: Score | None
    full: Score
    factor: Exact
    points: Exact | None
    points_full: Exact
    stake: Exact
    mark: Exact | None
    parts: Mapping[str, Exact]
    open: tuple[str, ...]
    star: int | None
    next_star: int | None


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """``weight`` is a fraction of 1."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    indicators: tuple[IndicatorRecord, ...]


@dataclass(frozen=True, slots=True)
class DimensionRecord:
    """``weight`` is a fraction of 1."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    categories: tuple[CategoryRecord, ...]
