"""A city's record -> what the summary over many cities needs of it: a fiftieth of its size, and fit to be sent between
processes. Whoever holds thousands of cities keeps these, and lets the records go."""

# No annotations as texts here: msgspec would evaluate each anew.

import zlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from sys import intern

import msgspec
from msgspec import Struct

from smartcity_xl.model import Kind, Role, Slack, Standing
from smartcity_xl.model.periods import period_of_round
from smartcity_xl.results.answered import ConflictState, PlaceRecord
from smartcity_xl.results.found import DepartmentRecord
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.points import plain
from smartcity_xl.results.province.lean import (
    LeanCategory,
    LeanDepartment,
    LeanDimension,
    LeanFigure,
    LeanIndicator,
    LeanRecord,
)
from smartcity_xl.results.province.record import CityState, DepartmentBrief, LevelMeasure, RankBy, Sort
from smartcity_xl.results.record import FigureRecord, IndicatorRecord, Results
from smartcity_xl.results.scored import CatalogRecord, CategoryRecord, DimensionRecord, SettingsRecord

_TOLD = frozenset({Kind.COUNT, Kind.AREA, Kind.LENGTH, Kind.MONEY, Kind.SHARE, Kind.PERIOD, Kind.POINTS, Kind.NUMBER,
                   Kind.YESNO})  # fmt: skip
"""Kinds whose values can be laid in a row; tables and choices cannot."""


AnyRecord = Results | LeanRecord
_AnyIndicator = IndicatorRecord | LeanIndicator
_AnySum = DimensionRecord | CategoryRecord | LeanDimension | LeanCategory


class ProvinceEntry(Struct, frozen=True):
    """What a province has of a city: the record of its round under one system, or why there is none (``reason``, in
    words). ``summary`` and ``results`` are ways from the province's workbook to the city's files, with forward
    slashes; "" where there are none."""

    name: str
    state: CityState
    record: AnyRecord | None = None
    reason: str = ""
    summary: str = ""
    results: str = ""


class LevelShape(Struct, frozen=True):
    """A level of a system, as far as it must be the same for cities to be ranked together."""

    sort: Sort
    code: str
    name: str
    full: Score
    measure: LevelMeasure
    role: str = ""
    weight: str = ""


class FigureShape(Struct, frozen=True):
    key: str
    label: str
    kind: Kind
    unit: str

    @property
    def told(self) -> bool:
        return self.kind in _TOLD


class SystemShape(Struct, frozen=True):
    """What cities must have in common to be ranked together. ``round`` is the time, as far as it can be told."""

    catalog: CatalogRecord
    settings: SettingsRecord
    round: str
    by: RankBy
    full: Exact
    target: int
    levels: tuple[LevelShape, ...]
    figures: tuple[FigureShape, ...]


class ScoredBrief(Struct, frozen=True):
    """What a city came to; as ``RankedRecord`` has it. ``values`` and ``standings`` are those of the levels,
    ``figures`` and ``figure_standings`` those of the figures, in their order; ``places`` are packed: the cells of each
    figure."""

    score: Exact
    floor: Exact | None
    ceiling: Exact | None
    slack: Slack
    final: bool
    open: int
    values: tuple[Exact | None, ...]
    standings: tuple[Standing | None, ...]
    figures: tuple[Exact | None, ...]
    figure_standings: tuple[Standing, ...]
    places: bytes


class CityBrief(Struct, frozen=True):
    """A city, what it has in common with others, and what it came to: both None where there is no record."""

    name: str
    state: CityState
    reason: str
    round: str
    summary: str
    results: str
    shape: SystemShape | None
    scored: ScoredBrief | None
    departments: tuple[DepartmentBrief, ...] = ()
    open_conflicts: int = 0


NamedScores = tuple[int, str, ScoredBrief]
"""A city's number, its name, and what it came to."""
_Places = tuple[tuple[PlaceRecord, ...], ...]


def brief_city(entry: ProvinceEntry) -> CityBrief:
    record = entry.record
    if record is None:
        return CityBrief(entry.name, entry.state, entry.reason, "", entry.summary, entry.results, None, None)
    levels = tuple(_levels(record))
    open_ = sum(one.state is not ConflictState.DECIDED for one in record.conflicts)
    return CityBrief(
        entry.name, entry.state, entry.reason, record.round, entry.summary, entry.results,
        _shape(record, tuple(shape for shape, _, _ in levels)), _scored(record, levels),
        tuple(map(_department, record.departments)), open_,
    )  # fmt: skip


def read_places(scored: ScoredBrief) -> _Places:
    """The cells that each figure of a city comes from."""
    return msgspec.msgpack.decode(zlib.decompress(scored.places), type=_Places)


def _department(one: DepartmentRecord | LeanDepartment) -> DepartmentBrief:
    """Names and points are said by thousands of cities: they are kept once."""
    name, stake, held = map(intern, (one.name, one.stake, one.held))
    return DepartmentBrief(name, one.reported, one.asked, one.filled, one.errors, one.queries, stake, held)


def _shape(record: AnyRecord, levels: tuple[LevelShape, ...]) -> SystemShape:
    period = record.terms.period or record.round
    year = period_of_round(period)
    figures = tuple(FigureShape(one.key, one.label, one.kind, one.unit or "") for one in record.figures)
    by, full, target = RankBy.STARS, "0", 0
    if record.stars:
        target, full = record.stars.target, str(sum(record.stars.counts.values()) + record.stars.unsettled)
    if record.total:
        by, full = RankBy.TOTAL, record.total.full
    text = year.as_text() if year else period
    return SystemShape(record.catalog, record.settings, text, by, full, target, levels, figures)


_Level = tuple[LevelShape, Exact | None, Standing | None]


def _levels(record: AnyRecord) -> Iterator[_Level]:
    """Every level with what it came to, and where it stands: None where an answer below it is open."""
    graded, stars = record.total is not None, record.stars is not None
    for dimension in record.dimensions:
        if graded:
            yield _sum("dimension", dimension, [one for part in dimension.categories for one in part.indicators])
        for category in dimension.categories:
            if graded and not _marked_as_a_whole(category):
                yield _sum("category", category, category.indicators)
            yield from (_indicator(one, stars) for one in category.indicators)


def _marked_as_a_whole(category: CategoryRecord | LeanCategory) -> bool:
    return len(category.indicators) == 1 and category.indicators[0].code == category.code


def _sum(sort: Sort, one: _AnySum, below: Sequence[_AnyIndicator]) -> _Level:
    measure = LevelMeasure.SHARE if Decimal(one.full) else LevelMeasure.POINTS
    shape = LevelShape(sort, one.code, one.name, one.full, measure, "", one.weight)
    return shape, one.score, None if any(indicator.open for indicator in below) else Standing.SETTLED


def _indicator(one: _AnyIndicator, stars: bool) -> _Level:
    measure = LevelMeasure.SHARE if Decimal(one.full) else LevelMeasure.POINTS
    value: Exact | None = one.score
    if stars and one.role is Role.SCORED and one.weight is None:
        measure, value = LevelMeasure.STAR, None if one.star is None else str(one.star)
    shape = LevelShape("indicator", one.code, one.name, one.full, measure, one.role, f"{one.weight}/{one.deduct_max}")
    return shape, value, one.standing


def _scored(record: AnyRecord, levels: tuple[_Level, ...]) -> ScoredBrief:
    names = {one.key: one.name for one in record.departments}
    places = tuple(tuple(_places(one, names)) for one in record.figures)
    return ScoredBrief(
        *_reach(record), sum(bool(one.open) for one in record.indicators),
        tuple(value for _, value, _ in levels), tuple(standing for _, _, standing in levels),
        tuple(plain(Decimal(one.value)) if one.value is not None else None for one in record.figures),
        tuple(one.standing for one in record.figures), zlib.compress(msgspec.msgpack.encode(places), 1),
    )  # fmt: skip


def _reach(record: AnyRecord) -> tuple[Exact, Exact | None, Exact | None, Slack, bool]:
    """The score as it stands, between which scores it lies, and whether nothing is open."""
    if total := record.total:
        if total.final and total.range is None:
            return total.score, total.score, total.score, Slack.NONE, True
        if total.range is None:  # a file of an older program
            return total.score, None, None, Slack.LIMIT, False
        return total.score, total.range.floor, total.range.ceiling, total.range.slack, total.final
    stars = record.stars
    if stars is None:
        return "0", None, None, Slack.LIMIT, False
    reached = str(sum(number for level, number in stars.counts.items() if int(level) >= stars.target))
    final = not any(one.open for one in record.indicators)
    floor, ceiling = (one.get(str(stars.target)) for one in (stars.certain, stars.possible))
    if floor is None or ceiling is None:
        return reached, reached if final else None, reached if final else None, Slack.NONE, final
    return reached, str(floor), str(ceiling), Slack.NONE, final


def _places(one: FigureRecord | LeanFigure, names: Mapping[str, str]) -> Iterator[PlaceRecord]:
    """Departments by their names: their keys mean something in their own city alone."""
    for answer in one.answers:
        if answer.used:
            yield PlaceRecord(names.get(answer.department, answer.department), answer.file, answer.sheet, answer.cell)
