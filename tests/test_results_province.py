"""What the records of many cities come to together: ranks, distributions, who is told apart, who is never dropped."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from invented_provinces import (
    city_names,
    entries_of,
    give_value,
    national_record,
    province_of,
    star_record,
    vary_cities,
    vary_city,
)
from msgspec.structs import replace

from smartcity_xl.errors import ResultsFault
from smartcity_xl.model import RatioAboveOne, Standing
from smartcity_xl.results import Results
from smartcity_xl.results.province import (
    CityState,
    FirmRecord,
    ProvinceBuilder,
    ProvinceEntry,
    brief_city,
    compose_province,
    read_province,
    write_province,
)
from smartcity_xl.results.province.files import write_province_schema
from smartcity_xl.results.province.ranks import CertainRanks, TotalReach, rank_reaches
from smartcity_xl.results.province.record import RankBy
from smartcity_xl.results.province.spread import spread_of

DOCS = Path(__file__).parent.parent / "docs"
N = None


def reach(*one: str | None) -> TotalReach:
    score, floor, ceiling = (None if each is None else Decimal(each) for each in one)
    return TotalReach(score or Decimal(0), floor, ceiling)


def ranked(*reaches: TotalReach) -> list[tuple[int, int, int, int]]:
    return [(one.rank, one.tied, one.best, one.worst) for one in rank_reaches(reaches)]


RANKS = {
    "one city": ([("5", "5", "5")], [(1, 0, 1, 1)]),
    "certain scores": ([("5", "5", "5"), ("7", "7", "7")], [(2, 0, 2, 2), (1, 0, 1, 1)]),
    "a certain tie": ([("5", "5", "5"), ("5", "5", "5"), ("4", "4", "4")], [(1, 1, 1, 1), (1, 1, 1, 1), (3, 0, 3, 3)]),
    "ranges that part": ([("5", "5", "6"), ("7", "7", "8")], [(2, 0, 2, 2), (1, 0, 1, 1)]),
    "ranges that touch may tie": ([("5", "5", "7"), ("7", "7", "8")], [(2, 0, 1, 2), (1, 0, 1, 1)]),
    "ranges that cross": ([("5", "5", "7.5"), ("7", "7", "8")], [(2, 0, 1, 2), (1, 0, 1, 2)]),
    "the same score, open": ([("5", "5", "7"), ("5", "5", "5")], [(1, 1, 1, 1), (1, 1, 1, 2)]),
    "no upper limit": ([("5", "5", N), ("7", "7", "8")], [(2, 0, 1, 2), (1, 0, 1, 2)]),
    "no lower limit": ([("5", N, "6"), ("7", "7", "7")], [(2, 0, 2, 2), (1, 0, 1, 1)]),
    "no limit at all": ([("5", N, N), ("7", N, N), ("6", "6", "6")],
                        [(3, 0, 1, 3), (1, 0, 1, 3), (2, 0, 1, 3)]),
    "below nought": ([("-1", "-2", "0"), ("-1.5", "-1.5", "-1.5")], [(1, 0, 1, 2), (2, 0, 1, 2)]),
}  # fmt: skip


@pytest.mark.parametrize("case", RANKS)
def test_ranks_are_those_that_the_ranges_allow(case: str) -> None:
    given, expected = RANKS[case]
    assert ranked(*(reach(*one) for one in given)) == expected


def by_trying_all(reaches: list[TotalReach]) -> list[CertainRanks]:
    """Every city at every score that it can have (they are whole numbers), all combinations."""
    ways = [range(int(one.floor or 0), int(one.ceiling or 0) + 1) for one in reaches]
    best, worst = [99] * len(reaches), [0] * len(reaches)
    for scores in itertools.product(*ways):
        for at, score in enumerate(scores):
            rank = 1 + sum(other > score for other in scores)
            best[at], worst[at] = min(best[at], rank), max(worst[at], rank)
    now = [int(one.score) for one in reaches]
    return [
        CertainRanks(1 + sum(other > one for other in now), now.count(one) - 1, best[at], worst[at])
        for at, one in enumerate(now)
    ]


def test_ranks_are_those_of_all_combinations() -> None:
    draw = random.Random(7)  # noqa: S311
    for _ in range(150):
        reaches = []
        for _ in range(draw.randint(1, 5)):
            floor = draw.randint(0, 4)
            ceiling = floor + draw.choice((0, 0, 1, 2))
            reaches.append(TotalReach(Decimal(draw.randint(floor, ceiling)), Decimal(floor), Decimal(ceiling)))
        assert list(rank_reaches(reaches)) == by_trying_all(reaches)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 9, 101])
def test_a_distribution_is_the_one_that_numpy_has(number: int) -> None:
    draw = random.Random(number)  # noqa: S311
    values = [Decimal(draw.randint(-500, 10_000)).scaleb(-2) for _ in range(number)]
    found = spread_of(values)
    floats = [float(one) for one in values]
    quartiles = [float(one or 0) for one in (found.least, found.lower, found.middle, found.upper, found.most)]
    assert quartiles == pytest.approx(list(np.quantile(floats, [0, 0.25, 0.5, 0.75, 1])), abs=1e-9)
    assert float(found.mean or 0) == pytest.approx(float(np.mean(floats)), abs=1e-9)
    assert found.count == number


def test_a_distribution_is_exact_and_none_of_nothing() -> None:
    found = spread_of([Decimal("0.10"), Decimal("0.20"), Decimal("12345678901234567890.30")])
    assert (found.middle, found.upper) == ("0.2", "6172839450617283945.25")
    assert spread_of([]).count == 0
    assert spread_of([]).middle is None


# --- the province ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cities() -> list[Results]:
    return vary_cities(12)


def test_the_order_of_cities_does_not_matter(cities: list[Results]) -> None:
    twins = [replace(cities[0], city="鼓楼区"), replace(cities[1], city="鼓楼区")]
    entries = [*entries_of([*cities, *twins]), ProvinceEntry("空县", CityState.NOTHING)]
    first = write_province(compose_province(entries, "演示省"))
    for seed in range(3):
        shuffled = list(entries)
        random.Random(seed).shuffle(shuffled)  # noqa: S311
        assert write_province(compose_province(shuffled, "演示省")) == first


def test_what_other_processes_made_of_a_city_gives_the_same(cities: list[Results]) -> None:
    import msgspec

    from smartcity_xl.results.province import CityBrief

    builder = ProvinceBuilder("演示省")
    for entry in entries_of(cities):
        packed = msgspec.msgpack.encode(brief_city(entry))
        builder.add_brief(msgspec.msgpack.decode(packed, type=CityBrief))
    assert builder.finish() == province_of(cities)


def test_a_city_that_failed_is_listed(cities: list[Results]) -> None:
    states = {"空县": CityState.NOTHING, "坏县": CityState.FAILED, "断县": CityState.KILLED}
    without = [ProvinceEntry(name, state, None, f"{name}的原因") for name, state in states.items()]
    made = compose_province([*entries_of(cities), *without])
    found = {one.name: (one.state, one.reason, one.system) for one in made.cities if one.system is None}
    assert found == {name: (state, f"{name}的原因", None) for name, state in states.items()}
    assert len(made.systems[0].ranking) == len(cities)
    assert compose_province(without).systems == ()
    assert compose_province([]).cities == ()


def test_cities_are_counted_as_people_count() -> None:
    names = ["云溪10县", "云溪2县", "云溪1县", "安县", "2县", "10县"]
    made = compose_province(ProvinceEntry(name, CityState.NOTHING) for name in names)
    assert [one.name for one in made.cities] == ["2县", "10县", "云溪1县", "云溪2县", "云溪10县", "安县"]


def test_a_record_given_twice_counts_once_and_two_of_one_name_both(cities: list[Results]) -> None:
    again = replace(cities[0], files=())
    made = province_of([*cities, again])
    (copy,) = (one for one in made.cities if one.copy_of)
    assert copy.name == cities[0].city
    assert len(made.systems[0].ranking) == len(cities)
    other = province_of([*cities, replace(cities[1], city=cities[0].city)])
    assert not [one for one in other.cities if one.copy_of]
    assert len(other.systems[0].ranking) == len(cities) + 1


def _other_weight(record: Results) -> Results:
    first, *rest = record.dimensions
    return replace(record, dimensions=(replace(first, weight="0.3"), *rest))


APART: dict[str, Callable[[Results], Results]] = {
    "system": lambda record: replace(record, catalog=replace(record.catalog, id="own", title="本省指标")),
    "version": lambda record: replace(record, catalog=replace(record.catalog, version="2")),
    "round": lambda record: replace(record, round="2026", terms=replace(record.terms, period="2026")),
    "settings": lambda record: replace(
        record, settings=replace(record.settings, ratio_above_one=RatioAboveOne.LITERAL)
    ),
    "scheme": _other_weight,
}


@pytest.mark.parametrize("reason", APART)
def test_what_cannot_be_compared_is_not_ranked_together(reason: str, cities: list[Results]) -> None:
    made = province_of([*cities[:5], *map(APART[reason], cities[5:8])])
    assert [len(one.ranking) for one in made.systems] == [5, 3]
    assert [(one.system, one.other, one.reason) for one in made.apart] == [(2, 1, reason)]
    assert made.apart[0].zh
    assert [one.rank for one in made.systems[1].ranking] == [1, 2, 3]


@pytest.mark.parametrize("round_", ["2018年度第二轮", "2018"])
def test_one_time_under_two_names_is_one_time(round_: str, cities: list[Results]) -> None:
    renamed = [replace(one, round=round_, terms=replace(one.terms, period="2018")) for one in cities[5:8]]
    assert len(province_of([*cities[:5], *renamed]).systems) == 1


def test_a_system_of_stars_is_ranked_by_how_many_reach_the_target() -> None:
    record = star_record()
    assert record.stars
    target = str(record.stars.target)
    counts = dict(record.stars.counts)
    level = next(name for name, number in counts.items() if int(name) >= int(target) and number)
    fewer = {**counts, level: counts[level] - 1, "0": counts.get("0", 0) + 1}
    certain = {**record.stars.certain, target: record.stars.certain[target] - 1}  # one may still reach it
    lower = replace(record, city="乙县", stars=replace(record.stars, counts=fewer, certain=certain))
    made = province_of([record, lower])
    (system,) = made.systems
    assert record.total is None
    assert system.by is RankBy.STARS
    assert [one.name for one in system.ranking] == [record.city, "乙县"]
    assert Decimal(system.ranking[0].score) - Decimal(system.ranking[1].score) == 1
    assert [(one.best, one.worst) for one in system.ranking] == [(1, 1), (1, 2)]


def test_only_what_nothing_open_can_move_is_in_a_distribution(cities: list[Results]) -> None:
    made = province_of(cities)
    (system,) = made.systems
    for at, level in enumerate(system.levels):
        settled = [one for one in system.ranking if one.standings[at] is Standing.SETTLED]
        spread = level.spread
        assert spread.count == len(settled)
        others = (spread.open, spread.missing, spread.not_applicable, spread.unreadable, spread.conflict)
        assert spread.count + sum(others) == len(system.ranking)
        values = sorted(Decimal(one.values[at] or 0) for one in settled)
        if values:
            assert (Decimal(spread.least or 0), Decimal(spread.most or 0)) == (values[0], values[-1])
    assert any(one.spread.open for one in system.levels)
    assert any(one.spread.conflict for one in system.levels)


def test_ranks_under_moved_weights_are_shown_where_they_are_given(cities: list[Results]) -> None:
    firm = FirmRecord(2, 3, 5, "0.61")
    made = compose_province(entries_of(cities), firm={"cn-2018": {cities[3].city: firm}})
    assert [one.firm for one in made.systems[0].ranking if one.firm] == [firm]


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_published_schema_of_a_province_is_the_one_of_the_types() -> None:
    assert (DOCS / "province.schema.json").read_bytes() == write_province_schema()


def test_a_province_is_read_as_it_was_written_and_as_the_schema_says(cities: list[Results]) -> None:
    swapped = [give_value(cities[0], {"households_total": "0"}), *cities[1:]]
    for records in (cities, swapped, cities[:1], []):
        made = province_of(records)
        data = write_province(made)
        assert read_province(data) == made
        schema = json.loads((DOCS / "province.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(json.loads(data))


def test_the_page_of_the_province_names_every_key_of_its_schema() -> None:
    page = (DOCS / "province.md").read_text(encoding="utf-8")
    schema = json.loads((DOCS / "province.schema.json").read_text(encoding="utf-8"))["$defs"]
    shared = {"PlaceRecord", "CatalogRecord", "SettingsRecord"}
    keys = {key for name, one in schema.items() if name not in shared for key in one.get("properties", {})}
    assert {key for key in keys if not re.search(rf"[`.]{key}(\[\])?`", page)} == set()


BROKEN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another schema": (lambda raw: {**raw, "schema": "xlscore-province/9"}, "province-schema"),
    "no schema": (lambda raw: {"name": "x"}, "province-schema"),
    "a list": (lambda raw: [], "province-schema"),
    "a missing key": (lambda raw: {key: one for key, one in raw.items() if key != "cities"}, "province-broken"),
    "a wrong type": (lambda raw: {**raw, "cities": "none"}, "province-broken"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_province_is_refused(case: str, cities: list[Results]) -> None:
    spoil, code = BROKEN[case]
    raw = json.loads(write_province(province_of(cities[:2])))
    with pytest.raises(ResultsFault) as told:
        read_province(json.dumps(spoil(raw)).encode())
    assert told.value.code == code


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(ResultsFault) as told:
        read_province(data)
    assert told.value.code == "province-unreadable"


def test_a_province_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultsFault):
        read_province(tmp_path / "province.json")


def test_departments_are_called_by_their_names() -> None:
    record = vary_city(national_record(), city_names(1)[0], 1)
    made = province_of([record])
    assert [one.name for one in made.cities[0].departments] == [one.name for one in record.departments]
