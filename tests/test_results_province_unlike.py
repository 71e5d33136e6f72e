"""Which figures look unlike those of all other cities: where nothing is told, and where something is."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from invented_provinces import give_value, province_of, value_of, vary_cities

from smartcity_xl.model import Kind
from smartcity_xl.results.province.brief import FigureShape
from smartcity_xl.results.province.record import Basis, UnlikeWhy
from smartcity_xl.results.province.unlike import find_unlike

PEOPLE = FigureShape("people", "常住人口数", Kind.COUNT, "人")
BEDS = FigureShape("beds", "床位数", Kind.COUNT, "张")
SHARE = FigureShape("share", "结案率", Kind.SHARE, "%")
MONEY = FigureShape("money", "销售额", Kind.MONEY, "万元")
DESKS = FigureShape("desks", "窗口数", Kind.COUNT, "个")
YES = FigureShape("yes", "是否建成", Kind.YESNO, "")
OTHERS = tuple(FigureShape(f"by{at}", f"数{at}", Kind.COUNT, "个") for at in range(6))

Given = dict[str, dict[int, float]]


def world(cities: int = 30, seed: int = 3, sizes: float = 0.4) -> Given:
    """Honest cities: figures by head alike, sizes far apart, shares near 90, a few desks each."""
    draw = random.Random(seed)  # noqa: S311
    people = {city: round(10 ** draw.gauss(5.7, sizes)) for city in range(1, cities + 1)}
    given: Given = {"people": {city: float(one) for city, one in people.items()}}
    for name, by_head in (("beds", 0.006), ("money", 0.4), *((f"by{at}", 0.01 * (at + 1)) for at in range(6))):
        given[name] = {city: float(round(one * by_head * 10 ** draw.gauss(0, 0.07))) for city, one in people.items()}
    given["share"] = {city: round(draw.uniform(80, 100), 1) for city in people}
    given["desks"] = {city: float(draw.randint(1, 9)) for city in people}
    given["yes"] = {city: float(draw.random() < 0.9) for city in people}
    return given


SHAPES = (PEOPLE, BEDS, SHARE, MONEY, DESKS, YES, *OTHERS)


def found(given: Mapping[str, Mapping[int, float]]) -> list[tuple[int, str, str, str, int | None]]:
    shapes = [one for one in SHAPES if one.key in given]
    return [(one.city, shapes[one.figure].key, one.why.value, one.basis.value, one.slip)
            for one in find_unlike(shapes, [given[one.key] for one in shapes])]  # fmt: skip


def change(name: str, city: int, do: Callable[[float], float]) -> Callable[[Given], Any]:
    def apply(given: Given) -> None:
        given[name][city] = do(given[name][city])

    return apply


def only(*names: str) -> Callable[[Given], Any]:
    def apply(given: Given) -> None:
        for name in set(given) - set(names):
            del given[name]

    return apply


def few(given: Given) -> None:
    for values in given.values():
        for city in list(values):
            if city > 7:
                del values[city]


def large_city(given: Given) -> None:
    """A city forty times as large as the median, in everything."""
    people = sorted(given["people"].values())
    times = 40 * people[len(people) // 2] / given["people"][1]
    for name in ("people", "beds", "money", *(one.key for one in OTHERS)):
        given[name][1] = round(given[name][1] * times)


def noughts(given: Given) -> None:
    given["beds"] = dict.fromkeys(given["beds"], 0.0) | {1: 3.0}


SILENT: dict[str, Callable[[Given], Any]] = {
    "honest cities": lambda given: None,
    "a very large city, large in all": large_city,
    "twice as much": change("beds", 4, lambda value: value * 2),
    "a small count that jumps": change("desks", 4, lambda value: 19),
    "ten points lower": change("share", 4, lambda value: 71.0),
    "yes and no": lambda given: given["yes"].update({1: 0.0}),
    "all the same but one a little": lambda given: given.update(beds=dict.fromkeys(given["beds"], 500.0) | {1: 900.0}),
    "too few cities": lambda given: (few(given), change("beds", 4, lambda value: value * 10_000)(given)),
    "nought, as most say": noughts,
    "a figure that nobody gives": lambda given: given.update(beds={}),
    "a figure of many sizes, without people": lambda given: only("money")(given),
    "ten times as much, where cities are too unlike to tell": lambda given: (
        only("money")(given), change("money", 4, lambda value: sorted(given["money"].values())[15] * 10)(given)
    ),
}  # fmt: skip

SPEAKS: dict[str, tuple[Callable[[Given], Any], list[tuple[int, str, str, str, int | None]]]] = {
    "ten times": (change("beds", 4, lambda value: value * 10), [(4, "beds", "slip", "head", 10)]),
    "a tenth": (change("beds", 4, lambda value: value / 10), [(4, "beds", "slip", "head", 10)]),
    "a hundred times": (change("money", 5, lambda value: value * 100), [(5, "money", "slip", "head", 100)]),
    "yuan in place of ten thousand": (
        change("money", 5, lambda value: value * 10_000), [(5, "money", "slip", "head", 10_000)]),
    "a thousandth": (change("money", 6, lambda value: value / 1_000), [(6, "money", "slip", "head", 1_000)]),
    "a share as a fraction": (change("share", 7, lambda value: value / 100), [(7, "share", "slip", "value", 100)]),
    "a share far below": (change("share", 7, lambda value: 31.0), [(7, "share", "apart", "value", None)]),
    "four times, by head": (change("beds", 8, lambda value: value * 4.3), [(8, "beds", "apart", "head", None)]),
    "nought": (change("beds", 9, lambda value: 0.0), [(9, "beds", "nought", "head", None)]),
    "below nought": (change("money", 9, lambda value: -5.0), [(9, "money", "nought", "head", None)]),
    "people in ten thousands": (
        change("people", 2, lambda value: value / 10_000), [(2, "people", "slip", "ratios", 10_000)]),
    "people ten times too many, which their own sizes would hide": (
        change("people", 2, lambda value: value * 10), [(2, "people", "slip", "ratios", 10)]),
    "two cities": (
        lambda given: (change("beds", 4, lambda value: value * 10)(given),
                       change("beds", 5, lambda value: value / 100)(given)),
        [(4, "beds", "slip", "head", 10), (5, "beds", "slip", "head", 100)]),
    "people and a figure by head": (
        lambda given: (change("people", 2, lambda value: value / 10_000)(given),
                       change("beds", 4, lambda value: value * 100)(given)),
        [(2, "people", "slip", "ratios", 10_000), (4, "beds", "slip", "head", 100)]),
    "without people": (
        lambda given: (only("money")(given), change("money", 3, lambda value: value * 10_000)(given)),
        [(3, "money", "slip", "value", 10_000)]),
    "all the same but one": (
        lambda given: given.update(beds=dict.fromkeys(given["beds"], 500.0) | {1: 5000.0}),
        [(1, "beds", "slip", "value", 10)]),
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_nothing_is_told(case: str) -> None:
    given = world()
    SILENT[case](given)
    assert found(given) == []


@pytest.mark.parametrize("case", SPEAKS)
def test_what_looks_unlike_is_told(case: str) -> None:
    spoil, expected = SPEAKS[case]
    given = world()
    spoil(given)
    assert found(given) == expected


@pytest.mark.parametrize(("cities", "worlds", "most"), [(8, 120, 3), (12, 100, 3), (30, 50, 2), (300, 8, 2)])
def test_honest_worlds_are_hardly_ever_accused(cities: int, worlds: int, most: int) -> None:
    """Of some thousand honest figures in all, however few cities give them."""
    told = [one for seed in range(worlds) for one in found(world(cities, seed))]
    assert len(told) <= most, told


def test_a_large_city_is_usual_for_its_size() -> None:
    given = world()
    large_city(given)
    assert math.log10(max(given["beds"].values()) / sorted(given["beds"].values())[15]) > 1
    assert found(given) == []


# --- from the records ------------------------------------------------------------------------------------------------


def test_planted_slips_are_found_among_real_records_with_their_cells_and_nothing_else() -> None:
    records = vary_cities(60)
    planted = {
        3: ("agri_sales_total", lambda value: value * 10_000), 10: ("case_filing_rate", lambda value: value / 100),
        20: ("hospital_visits_total", lambda value: value * 10), 30: ("households_total", lambda value: 0 * value),
    }  # fmt: skip
    assert province_of(records).systems[0].queries == ()
    for at, (key, do) in planted.items():
        records[at] = give_value(records[at], {key: str(do(value_of(records[at], key)))})
    queries = province_of(records).systems[0].queries
    assert {(one.name, one.figure) for one in queries} == {(records[at].city, key) for at, (key, _) in planted.items()}
    assert {one.why for one in queries} == {UnlikeWhy.SLIP, UnlikeWhy.NOUGHT}
    for one in queries:
        record = next(each for each in records if each.city == one.name)
        figure = next(each for each in record.figures if each.key == one.figure)
        used = [(each.file, each.sheet, each.cell) for each in figure.answers if each.used]
        assert [(place.file, place.sheet, place.cell) for place in one.places] == used
        assert figure.value == one.value
        assert one.label in one.zh
    assert [one.basis for one in queries if one.figure == "case_filing_rate"] == [Basis.VALUE]


def test_with_few_cities_it_is_told_that_nothing_can_be_told() -> None:
    records = vary_cities(7)
    records[0] = give_value(records[0], {"households_total": "1"})
    (system,) = province_of(records).systems
    assert system.queries == ()
    assert "households_total" in system.untold
    assert province_of(vary_cities(8)).systems[0].size == "resident_population"
