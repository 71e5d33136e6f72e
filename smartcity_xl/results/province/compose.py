"""The records of many cities -> what they come to together. Cities are taken one at a time, and the order in which they
come does not matter."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.model import Kind, Standing
from smartcity_xl.results.province.asked import word_queries
from smartcity_xl.results.province.brief import (
    CityBrief,
    NamedScores,
    ProvinceEntry,
    ScoredBrief,
    SystemShape,
    brief_city,
)
from smartcity_xl.results.province.groups import order_key, tell_apart
from smartcity_xl.results.province.ranks import CertainRanks, TotalReach, rank_reaches
from smartcity_xl.results.province.record import (
    SCHEMA,
    CityRecord,
    FigureSpreadRecord,
    FirmRecord,
    LevelRecord,
    Province,
    RankedRecord,
    SpreadRecord,
    SystemRecord,
)
from smartcity_xl.results.province.spread import count_standings, spread_of
from smartcity_xl.results.province.unlike import find_size, is_looked_at, limits

Firm = Mapping[str, Mapping[str, FirmRecord]]
"""Id of a system -> name of a city -> its ranks under weights moved by chance."""
_NONE: Firm = {}


def compose_province(entries: Iterable[ProvinceEntry], name: str = "", firm: Firm = _NONE) -> Province:
    """Each record can be let go once the next one is asked for."""
    builder = ProvinceBuilder(name)
    for entry in entries:
        builder.add(entry)
    return builder.finish(firm)


class ProvinceBuilder:
    """Takes cities, or what ``brief_city`` made of them in another process, and gives the province."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._packed: list[tuple[SystemShape | None, bytes]] = []
        self._shapes: dict[SystemShape, SystemShape] = {}

    def add(self, entry: ProvinceEntry) -> None:
        self.add_brief(brief_city(entry))

    def add_brief(self, brief: CityBrief) -> None:
        """All cities of one system share what they have in common; the rest waits packed, in a sixth of its size, for
        the last city: until then the workers need memory too."""
        shape = brief.shape and self._shapes.setdefault(brief.shape, brief.shape)
        self._packed.append((shape, zlib.compress(msgspec.msgpack.encode(replace(brief, shape=None)), 1)))

    def finish(self, firm: Firm = _NONE) -> Province:
        unpack = msgspec.msgpack.Decoder(CityBrief).decode
        briefs = [replace(unpack(zlib.decompress(packed)), shape=shape) for shape, packed in self._packed]
        cities = list(enumerate(_in_order(briefs), start=1))
        copies = _find_copies(cities)
        groups: dict[int, _Group] = {}
        for number, one in cities:
            if one.shape is not None and one.scored is not None and number not in copies:
                group = groups.setdefault(id(one.shape), _Group(one.shape, []))
                group.cities.append((number, one.name, one.scored))
        ordered = sorted(groups.values(), key=lambda group: (-len(group.cities), order_key(group.shape)))
        systems = tuple(_system(number, group, firm) for number, group in enumerate(ordered, start=1))
        of = {id(group.shape): number for number, group in enumerate(ordered, start=1)}
        records = tuple(_city(number, one, of, copies) for number, one in cities)
        apart = tuple(tell_apart([group.shape for group in ordered]))
        return Province(SCHEMA, self._name, records, systems, apart)


class _Group(Struct, frozen=True):
    """Cities that can be ranked together: their numbers, names, and what they came to."""

    shape: SystemShape
    cities: list[NamedScores]


_PARTED = re.compile(r"(\d+)")


def _natural(name: str) -> tuple[object, ...]:
    """So that 2 comes before 10; a text at every second place, a number between."""
    parts = _PARTED.split(name)
    return (*(int(part) if at % 2 else part for at, part in enumerate(parts)), name)


def _in_order(briefs: Iterable[CityBrief]) -> Iterator[CityBrief]:
    """By their names; those of one name by what they hold, whichever came first."""
    for _, alike in groupby(sorted(briefs, key=lambda one: _natural(one.name)), lambda one: one.name):
        same = list(alike)
        yield from same if len(same) == 1 else sorted(same, key=msgspec.msgpack.encode)


def _find_copies(cities: Sequence[tuple[int, CityBrief]]) -> dict[int, int]:
    """Number of a city -> the number of the one before it that says the very same, under the same name."""
    first: dict[tuple[object, ...], int] = {}
    copies = {}
    for number, one in cities:
        if one.scored is None:
            continue
        key = (one.name, id(one.shape), one.round, one.scored, one.departments)
        earlier = first.setdefault(key, number)
        if earlier != number:
            copies[number] = earlier
    return copies


def _city(number: int, one: CityBrief, of: Mapping[int, int], copies: Mapping[int, int]) -> CityRecord:
    system = None if one.shape is None else of.get(id(one.shape))
    return CityRecord(
        number, one.name, one.state, one.reason, system, one.round, copies.get(number), one.summary, one.results,
        one.departments, one.open_conflicts,
    )  # fmt: skip


# --- one system ------------------------------------------------------------------------------------------------------


def _system(number: int, group: _Group, firm: Firm) -> SystemRecord:
    shape, cities = group.shape, group.cities
    scored = [one for _, _, one in cities]
    told = tuple(_figures(shape, scored))
    at = find_size(shape.figures)
    final = [one for one in scored if one.floor is not None and one.floor == one.ceiling]
    total = replace(spread_of(Decimal(one.score) for one in final), open=len(scored) - len(final))
    few = (one.key for one, figure in zip(told, shape.figures, strict=True)
           if is_looked_at(figure) and one.spread.count < limits().fewest)  # fmt: skip
    return SystemRecord(
        number, shape.catalog, shape.settings, shape.round, shape.by, shape.full, shape.target, total,
        tuple(_ranking(cities, firm.get(shape.catalog.id, {}))), tuple(_levels(shape, scored)), told,
        word_queries(shape.figures, cities), "" if at is None else shape.figures[at].key, tuple(few),
    )  # fmt: skip


def _ranking(scored: Sequence[NamedScores], firm: Mapping[str, FirmRecord]) -> Iterator[RankedRecord]:
    """The best first, as the scores stand; of those with one score the one that can come higher."""
    ranks = rank_reaches([_reach(one) for _, _, one in scored])
    pairs = sorted(
        zip(ranks, scored, strict=True), key=lambda pair: (pair[0].rank, pair[0].best, pair[0].worst, pair[1][0])
    )
    for rank, (city, name, one) in pairs:
        yield RankedRecord(
            city, name, one.score, one.floor, one.ceiling, one.slack, one.final, one.open, rank.rank, rank.tied,
            rank.best, rank.worst, one.values, one.standings, firm.get(name),
        )  # fmt: skip


def _place(one: CertainRanks) -> tuple[int, int, int]:
    return one.rank, one.best, one.worst


def _reach(one: ScoredBrief) -> TotalReach:
    floor, ceiling = (None if end is None else Decimal(end) for end in (one.floor, one.ceiling))
    return TotalReach(Decimal(one.score), floor, ceiling)


def _levels(shape: SystemShape, scored: Sequence[ScoredBrief]) -> Iterator[LevelRecord]:
    for at, level in enumerate(shape.levels):
        settled = [Decimal(value) for one in scored
                   if (value := one.values[at]) is not None and one.standings[at] is Standing.SETTLED]  # fmt: skip
        standings = [one.standings[at] for one in scored]
        spread = count_standings(spread_of(settled), (one for one in standings if one is not None))
        spread = replace(spread, open=sum(one is None for one in standings))
        yield LevelRecord(level.sort, level.code, level.name, level.full, level.measure, spread)


def _figures(shape: SystemShape, scored: Sequence[ScoredBrief]) -> Iterator[FigureSpreadRecord]:
    for at, figure in enumerate(shape.figures):
        values = [Decimal(value) for one in scored if (value := one.figures[at]) is not None]
        spread = spread_of(values) if figure.told else SpreadRecord(len(values))
        if figure.kind is Kind.TABLE:
            spread = SpreadRecord(sum(one.figure_standings[at] is Standing.SETTLED for one in scored))
        spread = count_standings(spread, (one.figure_standings[at] for one in scored))
        yield FigureSpreadRecord(figure.key, figure.label, figure.kind, figure.unit, spread)
