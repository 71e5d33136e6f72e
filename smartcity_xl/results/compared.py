"""Results side by side, as typed records: the shape of ``xlscore compare --json``, which ``docs/compare.md`` describes.

Numbers are texts, as in ``results.json``. In every list ``cells`` has one entry for each of the runs, in their order,
None where a run has nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from smartcity_xl.results.numbers import Exact, Score

SCHEMA: Literal["xlscore-compare/1"] = "xlscore-compare/1"


class ComparedRun(Struct, frozen=True):
    """One of the results. ``final``: nothing is open, else the result is provisional; ``open_indicators`` are codes,
    ``open_figures`` counts. ``floor`` and ``ceiling``: between which totals it still lies. ``reached`` of ``starred``
    indicators reach ``target``, in a star system. ``rules``: whether its system is at hand and comes to its scores."""

    number: int
    source: str
    city: str
    round: str
    system: str
    version: str
    title: str
    period: str
    final: bool
    total: Score | None
    full: Score | None
    floor: Score | None
    ceiling: Score | None
    target: int | None
    reached: int | None
    starred: int | None
    open_indicators: tuple[str, ...]
    open_figures: int
    ratio_above_one: str
    rounding: str
    missing: str
    rules: bool


class LevelCell(Struct, frozen=True):
    """``rate`` is the score as a share of the full marks, to ten places; None where there are none."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    rate: Exact | None


class ComparedLevel(Struct, frozen=True):
    """A dimension, or a category (``level``) with ``above`` the place of its dimension in the list, from 0."""

    level: Literal["dimension", "category"]
    above: int | None
    cells: tuple[LevelCell | None, ...]


class IndicatorCell(Struct, frozen=True):
    """``points`` of ``points_full`` are those of the total, ``rate`` the one as a share of the other."""

    code: str
    name: str
    standing: str
    score: Score | None
    full: Score
    mark: Exact | None
    star: int | None
    points: Exact | None
    points_full: Exact
    rate: Exact | None


class ComparedIndicator(Struct, frozen=True):
    """``same``: for each run whether rule, weight, settings and every figure are those of the first run that has the
    indicator; only then are scores compared."""

    category: str
    cells: tuple[IndicatorCell | None, ...]
    same: tuple[bool, ...]


class FigureCell(Struct, frozen=True):
    """``value`` in the figure's unit, ``shown`` as people write it; ``standing`` says why there is none."""

    key: str
    standing: str
    value: Exact | None
    shown: str


class ComparedFigure(Struct, frozen=True):
    """A figure that asks the same in every run that has a cell."""

    label: str
    kind: str
    unit: str
    cells: tuple[FigureCell | None, ...]


class ComparedPoints(Struct, frozen=True):
    """What became of an indicator's points between two runs; ``parts`` add up to ``difference``. ``waits`` are keys of
    the figures that keep a part from being told apart."""

    before_code: str | None
    after_code: str | None
    name: str
    before: Exact
    after: Exact
    difference: Exact
    parts: Mapping[str, Exact]
    waits: tuple[str, ...]


class ComparedTotals(Struct, frozen=True):
    """The difference of two totals. ``before`` and ``after`` are numbers of runs. ``unavailable`` is "" where it is
    told apart, else why not; ``parts`` add up to ``difference``. ``provisional``: one of the two is not final.
    ``carried``: what the answers before come to under the rules after, over the ``carried_of`` indicators that they
    answer. ``corrected`` are the figures of ``parts.corrected``; ``kept`` those whose corrections could not be told
    apart."""

    before: int
    after: int
    provisional: bool
    unavailable: str
    before_total: Score | None
    after_total: Score | None
    difference: Exact | None
    parts: Mapping[str, Exact] = {}
    carried: Score | None = None
    carried_of: int | None = None
    corrected: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    indicators: tuple[ComparedPoints, ...] = ()


class Incomparable(Struct, frozen=True):
    """What is not compared between two runs, and why (``reason``); ``zh`` says what differs. ``sort`` is ``indicator``,
    ``figure`` or ``run``; a name is None on the side where there is none."""

    before: int
    after: int
    sort: str
    reason: str
    before_code: str | None
    before_name: str | None
    after_code: str | None
    after_name: str | None
    zh: str


class ComparedResults(Struct, frozen=True):
    """Results side by side. ``differences`` are those of the totals: in one city each run against the one before it,
    else each against the first (``chained``)."""

    schema: Literal["xlscore-compare/1"]
    chained: bool
    runs: tuple[ComparedRun, ...]
    differences: tuple[ComparedTotals, ...]
    levels: tuple[ComparedLevel, ...]
    indicators: tuple[ComparedIndicator, ...]
    figures: tuple[ComparedFigure, ...]
    incomparable: tuple[Incomparable, ...]
