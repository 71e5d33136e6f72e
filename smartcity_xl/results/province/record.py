"""What the records of many cities come to together, as typed records: the shape of ``province.json``, which
``docs/province.md`` describes. Numbers are texts, as in ``results.record``; None means: none."""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from smartcity_xl.model import Kind, Slack, Standing
from smartcity_xl.results.answered import PlaceRecord
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.scored import CatalogRecord, SettingsRecord

SCHEMA: Literal["xlscore-province/1"] = "xlscore-province/1"
Sort = Literal["dimension", "category", "indicator"]


class CityState(StrEnum):
    """What became of a city's round."""

    COLLECTED = "collected"
    NOTHING = "nothing"
    """Nothing came that could be used."""
    FAILED = "failed"
    """The run of this city could not be ended, or its record cannot be read."""
    KILLED = "killed"
    """The process that ran it was killed."""


class LevelMeasure(StrEnum):
    """What stands for a level in the heat map and in its distribution."""

    SHARE = "share"
    """A score, seen as a share of the full one."""
    POINTS = "points"
    """A score without a full one: points taken away."""
    STAR = "star"
    """A level of stars."""


class RankBy(StrEnum):
    TOTAL = "total"
    STARS = "stars"
    """By how many indicators reach the target."""


class UnlikeWhy(StrEnum):
    """Why a figure looks unlike those of the other cities."""

    SLIP = "slip"
    """Ten, a hundred, a thousand or ten thousand times too large or too small: a unit, or a nought."""
    APART = "apart"
    NOUGHT = "nought"
    """Nought, where no other city comes near it."""


class Basis(StrEnum):
    """By what the figures of cities are held against each other."""

    VALUE = "value"
    HEAD = "head"
    """By the figure that tells the size of a city."""
    RATIOS = "ratios"
    """A figure of size, by the figures that are seen by it."""


class DepartmentBrief(Struct, frozen=True):
    """Where a department of a city stands; as in ``results.found``."""

    name: str
    reported: bool
    asked: int
    filled: int
    errors: int
    queries: int
    stake: Score
    held: Score


class CityRecord(Struct, frozen=True):
    """A city under one system, or one of which there is nothing. ``number`` tells two of one name apart; ``system`` is
    the number of the system that it is ranked in, None where there is no record; ``copy_of`` the city of which this is
    the same record once more. ``summary`` and ``results`` are ways from the province's workbook to the city's files, ""
    where there are none."""

    number: int
    name: str
    state: CityState
    reason: str
    system: int | None
    round: str
    copy_of: int | None
    summary: str
    results: str
    departments: tuple[DepartmentBrief, ...]
    open_conflicts: int


class SpreadRecord(Struct, frozen=True):
    """How values lie: least, quartiles (between two values in proportion, as QUARTILE has it), most, mean. ``count``
    are those with a value; the others are missing, do not apply, cannot be read, or contradict each other; ``open``
    levels have some such answer below them."""

    count: int = 0
    least: Exact | None = None
    lower: Exact | None = None
    middle: Exact | None = None
    upper: Exact | None = None
    most: Exact | None = None
    mean: Exact | None = None
    missing: int = 0
    not_applicable: int = 0
    unreadable: int = 0
    conflict: int = 0
    open: int = 0


class LevelRecord(Struct, frozen=True):
    """A dimension, a category or an indicator, and how its scores lie over the cities: those that nothing open can
    move."""

    sort: Sort
    code: str
    name: str
    full: Score
    measure: LevelMeasure
    spread: SpreadRecord


class FigureSpreadRecord(Struct, frozen=True):
    """A figure, and how its values lie. Of a choice only the counts are told."""

    key: str
    label: str
    kind: Kind
    unit: str
    spread: SpreadRecord


class FirmRecord(Struct, frozen=True):
    """Between which ranks a city lies as the weights are moved by chance: the lowest and the highest, the median, and
    the share of draws in which it has the rank that it has."""

    best: int
    middle: int
    worst: int
    share: Exact


class RankedRecord(Struct, frozen=True):
    """A city in its ranking. ``score`` is the total, or the number of indicators that reach the target; it lies
    between ``floor`` and ``ceiling`` whatever is still answered (None: no limit; ``slack`` as in ``results``). ``rank``
    is that of the score as it stands, ``tied`` how many others have the same; ``best`` and ``worst`` are the ranks that
    all ranges together allow. ``values`` and ``standings`` are those of ``levels``, in their order; a standing is None
    where an answer below the level is open."""

    city: int
    name: str
    score: Exact
    floor: Exact | None
    ceiling: Exact | None
    slack: Slack
    final: bool
    open: int
    rank: int
    tied: int
    best: int
    worst: int
    values: tuple[Exact | None, ...]
    standings: tuple[Standing | None, ...]
    firm: FirmRecord | None = None


class QueryRecord(Struct, frozen=True):
    """A figure that looks unlike all others: to be asked back, never changed. ``middle`` is the median of the ``of``
    cities that give it, ``low`` and ``high`` are what is usual, for a city of this size where ``basis`` is ``head``;
    ``times`` how far the value lies from the middle of it, below 1 where it is smaller; ``slip`` the power of ten that
    would explain it. ``places`` are the cells that it comes from."""

    city: int
    name: str
    figure: str
    label: str
    unit: str
    value: Exact
    why: UnlikeWhy
    basis: Basis
    of: int
    middle: Exact
    low: Exact
    high: Exact
    times: Exact
    slip: int | None
    places: tuple[PlaceRecord, ...]
    zh: str


class SystemRecord(Struct, frozen=True):
    """The cities that can be ranked together: of one system in one edition, under the same settings, of the same time.
    ``size`` is the figure by which cities are seen as large or small, "" where there is none; ``untold`` are the
    figures that too few cities give to tell what is usual."""

    number: int
    catalog: CatalogRecord
    settings: SettingsRecord
    round: str
    by: RankBy
    full: Exact
    target: int
    total: SpreadRecord
    ranking: tuple[RankedRecord, ...]
    levels: tuple[LevelRecord, ...]
    figures: tuple[FigureSpreadRecord, ...]
    queries: tuple[QueryRecord, ...]
    size: str
    untold: tuple[str, ...]


class ApartRecord(Struct, frozen=True):
    """Why a system is not ranked with another."""

    system: int
    other: int
    reason: Literal["system", "version", "round", "settings", "scheme"]
    zh: str


class Province(Struct, frozen=True):
    """All cities, those of which there is nothing among them, in the order of their names; and the systems, that with
    most cities first."""

    schema: Literal["xlscore-province/1"]
    name: str
    cities: tuple[CityRecord, ...]
    systems: tuple[SystemRecord, ...]
    apart: tuple[ApartRecord, ...]
