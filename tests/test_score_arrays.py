"""Many cities at once against the exact engine, one by one: all six systems and rolled ones, open answers, ties."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from bounded_cities import draw_city
from msgspec.structs import replace
from random_systems import roll_system
from small_worlds import roll_world

from smartcity_xl.catalog.combine import under_settings
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.catalog.score_tree import TOTAL, Height, ScoreTree, build_score_tree
from smartcity_xl.model import (
    Answer,
    Catalog,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    RatioAboveOne,
    Rounding,
    Settings,
    Standing,
    State,
    TableAnswer,
    TableRow,
)
from smartcity_xl.rules import arrays as walk
from smartcity_xl.rules.vectors import Vector
from smartcity_xl.score import arrays
from smartcity_xl.score.arrays import TreeColumns, answers_from_floats, answers_of, value_answers
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.score.value import value_tree

OPEN = (Standing.MISSING, Standing.NOT_APPLICABLE, Standing.UNREADABLE, Standing.CONFLICT)


def draw_merged(catalog: Catalog, rng: random.Random, open_share: float) -> Merged:
    """A city's answers, some of them open, parts above their wholes among them."""
    slots, tables = {}, {}
    for key, value in draw_city(catalog, rng).items():
        slot = catalog.slots[key]
        given = value * 2 if rng.random() < 0.02 and slot.part_of and slot.fixed is None else value
        settled = MergedSlot(key, Standing.SETTLED, given, (), ())
        slots[key] = settled if rng.random() >= open_share else MergedSlot(key, rng.choice(OPEN), None, (), ())
    for key, figure in catalog.figures.items():
        if figure.columns:
            rows = tuple(
                TableRow(str(n), {c.key: Answer(c.key, "a", State.VALUE, Fraction(rng.randint(0, 9)), "", Origin(""))
                                  for c in figure.columns})
                for n in range(rng.choice((0, 1, 3, 10)))
            )  # fmt: skip
            said = TableAnswer(key, "a", State.VALUE, rows, Origin(""))
            there = rng.random() < 0.8
            tables[key] = MergedTable(key, Standing.SETTLED if there else rng.choice(OPEN), said if there else None, ())
    return Merged(slots, tables, ())


@cache
def cities_of(name: str, settings: Settings) -> tuple[Catalog, tuple[Merged, ...]]:
    catalog, rng = under_settings(load_catalog(name), settings), random.Random(name)  # noqa: S311
    return catalog, tuple(draw_merged(catalog, rng, share) for share in (0, 0, 0.02, 0.3, 1) for _ in range(8))


def exact_values(catalog: Catalog, tree: ScoreTree, merged: Merged) -> dict[str, Fraction]:
    """Every node that has a value, as a run has it."""
    scores = score_merged(catalog, merged)
    marks = {one.indicator.code: one.mark for one in scores.indicators if one.mark is not None}
    values = dict(value_tree(tree, marks))
    assert values[TOTAL] == scores.total
    return values


def wrong_nodes(catalog: Catalog, cities: Sequence[Merged], found: TreeColumns) -> list[tuple[int, str]]:
    """The nodes that are not what the exact engine says. Those that are rounded must be that very float64."""
    tree, wrong = build_score_tree(catalog), []
    for row, merged in enumerate(cities):
        exact = exact_values(catalog, tree, merged)
        for name, node in tree.nodes.items():
            there = bool(found.rows_known(name)[row])
            if there != (name in exact):
                wrong.append((row, name))
            elif there:
                right, value = float(exact[name]), found.full(name)[row]
                rounded = node.height not in (Height.MARK, Height.POINTS) and (
                    catalog.settings.rounding is Rounding.EVERY_LEVEL or name == TOTAL
                )
                if value != right if rounded else abs(value - right) > 1e-9 * max(1, abs(right)):
                    wrong.append((row, name))
    return wrong


SETTINGS = [Settings(), Settings(RatioAboveOne.LITERAL, Rounding.ONCE)]


@pytest.mark.parametrize("settings", SETTINGS, ids=["as-is", "otherwise"])
@pytest.mark.parametrize("name", catalog_ids())
def test_every_level_of_every_city_is_what_the_exact_engine_says(name: str, settings: Settings) -> None:
    catalog, cities = cities_of(name, settings)
    found = value_answers(build_score_tree(catalog), answers_of(catalog, cities))
    assert wrong_nodes(catalog, cities, found) == []
    assert found.settled <= len(cities) / 10


@pytest.mark.parametrize("block", range(6))
def test_rolled_systems_come_to_the_same(block: int) -> None:
    for number in range(15):
        rolled = roll_system(f"arrays {block} {number}")
        rng = random.Random(rolled.name)  # noqa: S311
        cities = [rolled.merged]
        for _ in range(20):
            slots = {key: replace(slot, standing=Standing.SETTLED, value=Fraction(rng.randint(0, 2000), 20))
                     if rng.random() < 0.3 else slot for key, slot in rolled.merged.slots.items()}  # fmt: skip
            cities.append(replace(rolled.merged, slots=slots))
        found = value_answers(build_score_tree(rolled.catalog), answers_of(rolled.catalog, cities))
        assert wrong_nodes(rolled.catalog, cities, found) == [], rolled.name


@pytest.mark.parametrize("stars", [False, True])
def test_small_systems_answered_in_every_way_come_to_the_same(stars: bool) -> None:
    for number in range(12):
        world = roll_world(f"arrays {number}", stars)
        cities = [world.with_answers(one) for one, _ in zip(world.completions(world.open), range(60), strict=False)]
        found = value_answers(build_score_tree(world.catalog), answers_of(world.catalog, cities))
        assert wrong_nodes(world.catalog, cities, found) == [], number


def test_cities_in_another_order_and_in_other_portions_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, cities = cities_of("cn-2018", SETTINGS[0])
    tree = build_score_tree(catalog)
    found = value_answers(tree, answers_of(catalog, cities))
    monkeypatch.setattr(arrays, "AT_ONCE", 7)
    again = value_answers(tree, answers_of(catalog, cities[::-1]))
    for name in tree.nodes:
        assert np.array_equal(found.value(name), again.value(name)[::-1], equal_nan=True)


def test_answers_as_float64_are_the_numbers_that_they_are() -> None:
    """Each a step of float64 beside what a city would say, and the exact engine over the same numbers."""
    catalog = load_catalog("cn-2018")
    tree, rng = build_score_tree(catalog), random.Random("floats")  # noqa: S311
    drawn = [draw_city(catalog, rng) for _ in range(30)]
    columns = {key: np.array([float(one[key]) for one in drawn]) for key in catalog.slots}
    for key, slot in catalog.slots.items():
        if slot.numeric and not slot.whole:
            columns[key] = np.nextafter(columns[key], np.array([rng.choice((-1e9, 1e9)) for _ in drawn]))
        columns[key][rng.randrange(30)] = np.nan
    answers = answers_from_floats(columns)
    found = value_answers(tree, answers)
    for row in range(30):
        exact = arrays.value_exactly(tree, answers, row)
        assert exact.keys() == {name for name in tree.nodes if found.rows_known(name)[row]}
        assert all(abs(found.full(name)[row] - float(one)) <= 1e-9 for name, one in exact.items())
        assert found.full(TOTAL)[row] == float(exact[TOTAL])


def test_what_is_not_decided_is_settled_by_the_exact_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, cities = cities_of("gbt33356-2022-county", SETTINGS[0])
    true = walk.round_half_up

    def unsure(one: Vector, places: int) -> Vector:
        return replace(true(one, places), value=np.zeros_like(one.value), error=np.inf)

    monkeypatch.setattr(walk, "round_half_up", unsure)
    found = value_answers(build_score_tree(catalog), answers_of(catalog, cities))
    assert found.settled == len(cities)
    assert wrong_nodes(catalog, cities, found) == []


def test_a_rounding_that_is_not_half_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, cities = cities_of("cn-2018", SETTINGS[0])
    monkeypatch.setattr(walk, "round_half_up", lambda one, places: Vector(np.round(one.value, places), 0.0, 100))
    found = value_answers(build_score_tree(catalog), answers_of(catalog, cities))
    assert wrong_nodes(catalog, cities, found) != []


def test_a_sum_that_does_not_pass_over_what_is_open_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, cities = cities_of("cn-2018", SETTINGS[0])
    monkeypatch.setattr(walk, "only_where", lambda _, one: one)
    found = value_answers(build_score_tree(catalog), answers_of(catalog, cities))
    assert wrong_nodes(catalog, cities, found) != []


def test_no_city_and_a_city_without_answers() -> None:
    catalog, tree = load_catalog("cn-2016"), build_score_tree(load_catalog("cn-2016"))
    assert value_answers(tree, answers_of(catalog, [])).number == 0
    empty = Merged({key: MergedSlot(key, Standing.MISSING, None, (), ()) for key in catalog.slots}, {}, ())
    found = value_answers(tree, answers_of(catalog, [empty]))
    assert found.full(TOTAL).tolist() == [0]
    assert np.isnan(found.value(f"mark:{catalog.indicators[0].code}")).all()
