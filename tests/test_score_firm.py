"""Ranks under weights moved by chance against brute force by the exact engine; what hangs on one thing alone."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from random_systems import roll_system
from tried_rounds import SYSTEMS, drawn_outcome, merged, outcome_of, system

from smartcity_xl.catalog.combine import under_settings
from smartcity_xl.catalog.score_tree import TOTAL, build_score_tree
from smartcity_xl.model import Catalog, MergedSlot, Rounding, Settings, Standing
from smartcity_xl.results import from_outcome
from smartcity_xl.results.firm import base_of, compose_city
from smartcity_xl.rules.vectors import Bools
from smartcity_xl.score import arrays, firm_ranks
from smartcity_xl.score.arrays import Walked
from smartcity_xl.score.bounds import find_bounds
from smartcity_xl.score.firm_effects import FirmSort, try_open, try_setting
from smartcity_xl.score.firm_ranks import RankInterval, rank_under_weights
from smartcity_xl.score.firm_weights import Perturbation, chance, draw_weights, find_siblings, weight_of, with_weights
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.score.value import value_tree

GRADED = [name for name in SYSTEMS if system(name).graded]
FEW = Perturbation(draws=25, spread=0.3, seed=11)
Marks = Mapping[str, Fraction]


@cache
def cities_of(name: str, number: int = 7) -> tuple[Marks, ...]:
    """Marks of some cities, two of them alike, with some left out."""
    catalog, rng = system(name), random.Random(name)  # noqa: S311
    made = [
        {
            one.code: Fraction(
                rng.choice([0, one.levels[0][0]]) if one.starred else rng.randint(700, 740) * Fraction(1, 10)
            )
            for one in catalog.indicators
            if rng.random() < 0.9
        }
        for _ in range(number - 1)
    ]
    return (*made, made[0])


def brute(catalog: Catalog, cities: Sequence[Marks], perturbation: Perturbation) -> list[RankInterval]:
    """Each draw as a system of its own, by the exact engine."""

    def totals(one: Catalog) -> list[Fraction]:
        return [value_tree(build_score_tree(one), marks)[TOTAL] for marks in cities]

    def ranks(found: Sequence[Fraction]) -> list[int]:
        return [1 + sum(other > one for other in found) for one in found]

    weights = draw_weights(catalog, perturbation, range(perturbation.draws))
    drawn = [
        totals(with_weights(catalog, {name: Fraction(float(values[draw])) for name, values in weights.items()}))
        for draw in range(perturbation.draws)
    ]
    ranked, now = list(map(ranks, drawn)), totals(catalog)
    made = []
    for city, (rank, total) in enumerate(zip(ranks(now), now, strict=True)):
        had, sums = sorted(one[city] for one in ranked), [one[city] for one in drawn]
        at = [had[-(-perturbation.draws * part // 100) - 1] for part in (5, 50, 95)]
        shares = [had.count(rank) / len(had), had.count(1) / len(had)]
        made.append(RankInterval(rank, had[0], *at, had[-1], *shares, total, float(min(sums)), float(max(sums))))
    return made


@pytest.mark.parametrize(
    ("name", "rounding"), [(name, Rounding.EVERY_LEVEL) for name in GRADED] + [("cn-2018", Rounding.ONCE)]
)
def test_ranks_and_intervals_are_those_of_brute_force(name: str, rounding: Rounding) -> None:
    catalog, cities = under_settings(system(name), Settings(rounding=rounding)), cities_of(name)
    found = rank_under_weights(catalog, cities, FEW)
    assert list(found) == brute(catalog, cities, FEW)
    assert any(one.best < one.worst for one in found) or catalog.scheme == "stars"
    assert all(one.lowest < one.highest for one in found)
    assert found[0] == found[-1]


@pytest.mark.parametrize("number", range(12))
def test_rolled_systems_have_the_ranks_of_brute_force(number: int) -> None:
    catalog = roll_system(f"firm {number}").catalog
    rng = random.Random(number)  # noqa: S311
    cities = [{one.code: Fraction(rng.choice((0, 1, 2)) if one.starred else rng.randint(0, 100))
               for one in catalog.indicators} for _ in range(5)]  # fmt: skip
    few = replace(FEW, draws=20)
    assert list(rank_under_weights(catalog, cities, few)) == brute(catalog, cities, few)


def test_the_order_of_cities_and_the_size_of_portions_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, cities = system("cn-2018"), cities_of("cn-2018")
    found = rank_under_weights(catalog, cities, FEW)
    assert rank_under_weights(catalog, cities[::-1], FEW) == found[::-1]
    monkeypatch.setattr(firm_ranks, "AT_ONCE", 30)
    assert rank_under_weights(catalog, cities, FEW) == found
    assert rank_under_weights(catalog, cities, replace(FEW, seed=12)) != found
    assert rank_under_weights(catalog, [], FEW) == ()


def test_what_is_not_decided_is_settled_by_the_exact_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, cities, few = system("cn-2016"), cities_of("cn-2016"), replace(FEW, draws=5)
    found = rank_under_weights(catalog, cities, few)

    def all_of_them(walked: Walked, shape: tuple[int, ...]) -> Bools:
        walked.columns[TOTAL] = replace(walked.columns[TOTAL], value=np.zeros(shape))
        return np.ones(shape, dtype=np.bool_)

    monkeypatch.setattr(firm_ranks, "undecided_rows", all_of_them)
    assert rank_under_weights(catalog, cities, few) == found
    monkeypatch.setattr(firm_ranks, "undecided_rows", lambda *_: np.zeros((7, 5), dtype=np.bool_))
    monkeypatch.setattr(firm_ranks, "from_floats", lambda values: arrays.from_floats(np.round(values, 2)))
    assert rank_under_weights(catalog, cities, few) != found, "weights that are not those drawn are seen"


@pytest.mark.parametrize("name", GRADED)
def test_weights_keep_their_sums_and_stay_within_their_spread(name: str) -> None:
    catalog = system(name)
    drawn, printed = draw_weights(catalog, FEW, range(200)), find_siblings(catalog)
    assert printed
    apart = {one.code for one in catalog.dimensions if one.apart}
    if catalog.scheme == "weights":
        top = sum(drawn[weight_of("category", one.code)] for one in catalog.categories
                  if one.dimension not in apart and one.weight)  # fmt: skip
        assert np.allclose(top, sum(float(one.weight) for one in catalog.dimensions if not one.apart))
        for category in catalog.categories:
            mine = [drawn[key] for one in catalog.indicators_of(category)
                    if (key := weight_of("indicator", one.code)) in drawn]  # fmt: skip
            assert not mine or np.allclose(sum(mine), sum(float(one.weight) for one in catalog.indicators_of(category)))
    else:
        points = {weight.name: weight.printed for weight in printed[0].weights}
        assert np.allclose(sum(points[key] * values for key, values in drawn.items()), sum(points.values()))
    widest = (1.3 / 0.7) ** 2
    for siblings in printed:
        for weight in siblings.weights:
            if weight.name in drawn and catalog.scheme == "weights":
                assert np.all((drawn[weight.name] / weight.printed <= widest) & (drawn[weight.name] > 0))
    still = draw_weights(catalog, replace(FEW, spread=1e-300), range(3))
    assert all(np.allclose(values, values[0]) for values in still.values())


@pytest.mark.parametrize("name", [name for name in GRADED if system(name).scheme == "weights"])
def test_dimensions_and_categories_are_both_moved(name: str) -> None:
    """The categories of a dimension make what it was moved to, and their shares of it are moved as well."""
    catalog, draws = system(name), range(40)
    drawn = draw_weights(catalog, FEW, draws)

    def moved(kind: str, code: str, weight: Fraction) -> Any:
        return float(weight) * (0.7 + 0.6 * chance(f"{FEW.seed}\n{weight_of(kind, code)}", draws))

    top = [one for one in catalog.dimensions if not one.apart and one.weight]
    dimensions = {one.code: moved("dimension", one.code, one.weight) for one in top}
    whole = sum(dimensions.values())
    for dimension in top:
        inner = [one for one in catalog.categories_of(dimension) if one.weight]
        mine = sum(moved("category", one.code, one.weight) for one in inner)
        reached = dimensions[dimension.code] / whole * sum(float(one.weight) for one in top)
        for category in inner:
            expected = moved("category", category.code, category.weight) / mine * reached
            assert np.allclose(drawn[weight_of("category", category.code)], expected, rtol=1e-12)


def test_chance_is_that_of_splitmix64_and_spread_evenly() -> None:
    """Worked with whole numbers, as its authors wrote it down."""
    mask, key = 2**64 - 1, "7\nweight:a"
    state, told = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"), []
    for _ in range(50):
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        told.append(((mixed ^ (mixed >> 31)) >> 11) / 2**53)
    assert chance(key, range(50)).tolist() == told
    assert chance(key, range(20, 30)).tolist() == told[20:30]
    many = chance("any", range(100_000))
    assert np.all(np.abs(np.histogram(many, 20, (0, 1))[0] - 5_000) < 400)
    assert abs(np.corrcoef(many, chance("other", range(100_000)))[0, 1]) < 0.02


# --- one thing alone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SYSTEMS, *(f"firm alone {n}" for n in range(8))])
def test_a_city_as_it_stands_is_what_it_was_scored_as(name: str) -> None:
    outcome = drawn_outcome(name)
    now = base_of(from_outcome(outcome), outcome.scores, outcome.catalog).levels()
    scores = outcome.scores
    assert now.total == scores.total
    assert now.dimensions == {one.dimension.code: one.score for one in scores.dimensions}


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_effect_of_the_one_figure_that_is_open_is_the_certain_range(name: str) -> None:
    catalog, rng = system(name), random.Random(name)  # noqa: S311
    given = {key: slot.maximum if not slot.options else Fraction(1) for key, slot in catalog.slots.items()}
    whole = merged(catalog, {key: min(value, Fraction(90)) for key, value in given.items()}, rows=3)
    free = [key for key, slot in catalog.slots.items() if slot.fixed is None]
    asked = 0
    for key in rng.sample(free, 6):
        slots = {**whole.slots, key: MergedSlot(key, Standing.MISSING, None, (), ())}
        outcome = outcome_of(catalog, replace(whole, slots=slots))
        bounds = find_bounds(catalog, outcome.assignment, outcome.merged, outcome.scores)
        record = from_outcome(replace(outcome, bounds=bounds))
        for question in try_open(base_of(record, outcome.scores, catalog)):
            totals = [outcome.scores.total, *(way.levels.total for way in question.ways)]
            known = [total for total in totals if total is not None]
            assert (question.sort, question.key, question.together) == (FirmSort.OPEN, key, ())
            if bounds.total.exact and question.exact:
                assert (min(known), max(known)) == (bounds.total.floor, bounds.total.ceiling)
                asked += 1
    assert asked


def test_an_item_of_a_list_is_called_by_the_name_of_its_list_too() -> None:
    outcome = drawn_outcome("gbt33356-2022-city")
    base = base_of(from_outcome(outcome), outcome.scores, outcome.catalog)
    told = compose_city(from_outcome(outcome), "results.json", base, list(try_open(base)))
    items = [one for one in told.questions if "." in one.key]
    assert items
    for one in items:
        figure, _, _ = one.key.partition(".")
        assert one.label == f"{outcome.catalog.figures[figure].label}：{outcome.catalog.label(one.key)}"


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_record_that_tells_no_ranges_loses_no_open_figure(name: str) -> None:
    outcome = drawn_outcome(name)
    bounds = find_bounds(outcome.catalog, outcome.assignment, outcome.merged, outcome.scores)
    bare, full = (
        list(try_open(base_of(from_outcome(one), outcome.scores, outcome.catalog)))
        for one in (outcome, replace(outcome, bounds=bounds))
    )
    assert [one.key for one in bare] == [one.key for one in full] != []
    assert not any(one.exact for one in bare)
    assert all(way.levels.total is None for one in bare for way in one.ways) is (name != "db37-3890-zoucheng")


def test_two_figures_that_only_settle_something_together_are_tried_together() -> None:
    catalog = system("gbt33356-2022-county")
    outcome = outcome_of(catalog, merged(catalog, {}))
    bounds = find_bounds(outcome.catalog, outcome.assignment, outcome.merged, outcome.scores)
    record = from_outcome(replace(outcome, bounds=bounds))
    found = {one.key: one for one in try_open(base_of(record, outcome.scores, outcome.catalog))}
    for one in outcome.scores.indicators:
        for key in one.open:
            if key in found:
                assert set(one.open) - {key} <= set(found[key].together)
    assert any(one.together for one in found.values())
    first = next(iter(found))
    assert first not in {one.key for one in try_open(base_of(record, outcome.scores, outcome.catalog), [first])}


def test_each_value_of_a_setting_is_scored_by_the_system_as_that_makes_it() -> None:
    outcome = drawn_outcome("cn-2018")
    systems = {one.value: under_settings(system("cn-2018"), Settings(rounding=one)) for one in Rounding}
    question = try_setting("rounding", outcome.merged, systems, "every-level")
    for way in question.ways:
        assert way.levels.total == score_merged(systems[way.choice], outcome.merged).total
        assert way.stands is (way.choice == "every-level")
