"""The range of every level: held against every way to answer what is open, on systems small enough to try them all;
and, as answers arrive one by one, against what comes out in the end, on all six systems and on rolled ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise, product

import pytest
from bounded_cities import draw, draw_city
from msgspec.structs import replace
from random_systems import roll_system
from small_worlds import SmallWorld, number_of_ways, roll_world, settle, world_of
from support import figure

from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.model import (
    Answer,
    Assignment,
    Bounds,
    Catalog,
    Indicator,
    Merged,
    MergedSlot,
    Origin,
    ScoreBounds,
    Slack,
    Standing,
    State,
)
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.score.bounds import find_bounds
from smartcity_xl.score.domains import open_answers
from smartcity_xl.score.scoring import score_merged


def bounds_of(catalog: Catalog, merged: Merged, assignment: Assignment | None = None) -> ScoreBounds:
    return find_bounds(catalog, assignment, merged, score_merged(catalog, merged))


def ends(bounds: Bounds) -> tuple[Fraction, Fraction]:
    assert bounds.floor is not None
    assert bounds.ceiling is not None
    return bounds.floor, bounds.ceiling


# --- every way to answer ---------------------------------------------------------------------------------------------


def marks_of(world: SmallWorld, indicator: Indicator) -> list[Fraction]:
    """What an indicator's rule comes to, however what is open is answered."""
    slots = [slot.key for figure in world.catalog.figures_of[indicator.code] for slot in figure.slots]
    known = {key: slot.value for key, slot in world.merged.slots.items() if slot.value is not None}
    answers = world.completions([name for name in world.open if name in slots])
    return [evaluate(indicator.rule, {**known, **one}).value for one in answers]


@pytest.mark.parametrize("seed", [f"world {n}" for n in range(30)])
@pytest.mark.parametrize("stars", [False, True])
def test_an_indicators_range_is_that_of_all_ways_to_answer_it(seed: str, stars: bool) -> None:
    world = roll_world(seed, stars)
    bounds = bounds_of(world.catalog, world.merged)
    for indicator in world.catalog.indicators:
        found, marks = bounds.indicators[indicator.code].mark, marks_of(world, indicator)
        said = indicator.rule.source, world.given
        assert ends(found) == (min(marks), max(marks)), said
        assert found.exact, said


def levels_of(world: SmallWorld) -> Iterator[dict[str, Fraction]]:
    """Every level of a system, however what is open is answered, or is not."""
    for left in product((False, True), repeat=len(world.open)):
        names = [name for name, out in zip(world.open, left, strict=True) if not out]
        for answers in world.completions(names):
            scores = score_merged(world.catalog, world.with_answers(answers))
            levels = {c.category.code: c.score for d in scores.dimensions for c in d.categories}
            yield levels | {d.dimension.code: d.score for d in scores.dimensions} | {"total": scores.total}


@cache
def small_seeds() -> list[str]:
    return [seed for seed in (f"world {n}" for n in range(160)) if 1 < number_of_ways(roll_world(seed)) <= 250][:20]


@pytest.mark.parametrize("number", range(20))
def test_no_level_leaves_its_range_however_the_rest_is_answered_or_is_not(number: int) -> None:
    world = roll_world(small_seeds()[number])
    bounds = bounds_of(world.catalog, world.merged)
    found = list(levels_of(world))
    for name, one in {**bounds.categories, **bounds.dimensions, "total": bounds.total}.items():
        values = [levels[name] for levels in found]
        floor, ceiling = ends(one)
        said = name, [i.rule.source for i in world.catalog.indicators], world.given, one
        assert floor <= min(values), said
        assert ceiling >= max(values), said
        if one.exact:
            assert (floor, ceiling) == (min(values), max(values)), said
        else:
            assert one.slack is Slack.SHARED, said


def test_both_an_exact_total_and_one_with_shared_figures_were_met() -> None:
    met = {bounds_of(w.catalog, w.merged).total.slack for w in map(roll_world, small_seeds())}
    assert met == {Slack.NONE, Slack.SHARED}


# --- as answers arrive -----------------------------------------------------------------------------------------------


def narrows(before: Bounds, after: Bounds) -> bool:
    """Whether a range lies within an earlier one; None is no limit."""
    low = before.floor is None or (after.floor is not None and after.floor >= before.floor)
    high = before.ceiling is None or (after.ceiling is not None and after.ceiling <= before.ceiling)
    return low and high


def all_ranges(bounds: ScoreBounds) -> dict[str, Bounds]:
    found = {**bounds.categories, **bounds.dimensions, "total": bounds.total, "apart": bounds.apart}
    return found | {code: one.mark for code, one in bounds.indicators.items()}


def check_arrival(catalog: Catalog, given: Mapping[str, Fraction], rng: random.Random, looks: int) -> None:
    """Answers arrive in any order, some say 不适用 first; the range is looked at now and then, and at the end."""
    order = [key for key in given if catalog.slots[key].fixed is None]
    rng.shuffle(order)
    never = set(rng.sample(order, len(order) // 12)) if rng.random() < 0.5 else set()
    steps = sorted({0, len(order), *(rng.randint(0, len(order)) for _ in range(looks))})
    told: list[dict[str, Bounds]] = []
    merged = settle(catalog, given, ())
    for step in steps:
        merged = settle(catalog, given, [key for key in order[:step] if key not in never], never)
        bounds = bounds_of(catalog, merged)
        reported = score_merged(catalog, merged).total
        floor, ceiling = bounds.total.floor, bounds.total.ceiling
        assert (floor is None or floor <= reported) and (ceiling is None or reported <= ceiling)  # noqa: PT018
        told.append(all_ranges(bounds))
    for earlier, later in pairwise(told):
        assert [name for name in later if not narrows(earlier[name], later[name])] == []
    if not never and not merged.tables:
        final = score_merged(catalog, merged)
        assert final.final
        assert ends(told[-1]["total"]) == (final.total, final.total)


@pytest.mark.parametrize("name", catalog_ids())
def test_ranges_only_narrow_and_the_end_lies_in_each_of_them(name: str) -> None:
    catalog, rng = load_catalog(name), random.Random(name)  # noqa: S311
    for _ in range(2):
        check_arrival(catalog, draw_city(catalog, rng), rng, 4)


@pytest.mark.parametrize("number", range(12))
def test_so_it_is_with_systems_rolled_with_a_die(number: int) -> None:
    rng = random.Random(number)  # noqa: S311
    rolled = roll_system(f"arrival {number}")
    given = {key: draw(rng, slot) for key, slot in rolled.catalog.slots.items()}
    check_arrival(rolled.catalog, given, rng, 3)


@pytest.mark.parametrize("name", catalog_ids())
def test_an_indicator_without_any_answer_has_an_exact_range(name: str) -> None:
    """All six systems: what nobody has answered yet, and what only lacks one answer."""
    catalog, rng = load_catalog(name), random.Random(name)  # noqa: S311
    bounds = bounds_of(catalog, settle(catalog, {}, ()))
    loose = {code: one.mark for code, one in bounds.indicators.items() if not one.mark.exact}
    assert loose == {}
    given = draw_city(catalog, rng)
    order = [key for key in given if catalog.slots[key].fixed is None]
    lacking = set(rng.sample(order, len(order) // 4))
    bounds = bounds_of(catalog, settle(catalog, given, [key for key in order if key not in lacking]))
    vague = [code for code, one in bounds.indicators.items() if one.score and one.score.slack is Slack.EFFORT]
    assert vague == []


# --- what a range rests on -------------------------------------------------------------------------------------------


def range_over(catalog: Catalog, **given: int) -> tuple[Fraction | None, Fraction | None, Slack]:
    known = {key.replace("_", "."): Fraction(value) for key, value in given.items()}
    found = bounds_of(catalog, settle(catalog, known, list(known))).indicators["A"].mark
    return found.floor, found.ceiling, found.slack


def test_a_part_given_raises_the_floor_of_its_whole_and_is_its_own_ceiling() -> None:
    catalog = world_of("100 * ratio(p, w)", figure("w", "count", max=50), figure("p", "count", max=50, part_of="w"))
    assert range_over(catalog, p=10) == (20, 100, Slack.NONE)
    assert range_over(catalog, w=40) == (0, 100, Slack.NONE)
    plain = world_of("p + w", figure("w", "count", max=50), figure("p", "count", max=50, part_of="w"))
    assert range_over(plain, p=10) == (20, 60, Slack.NONE)
    assert range_over(plain, w=40) == (40, 80, Slack.NONE)


def test_a_whole_that_is_shared_by_two_ratios_of_one_rule_is_one_answer() -> None:
    """0.5 of each ratio is not reached by two different wholes."""
    catalog = world_of("50 * ratio(a, w) + 50 * ratio(b, w)", figure("w", "count", max=100),
                       figure("a", "count", max=100), figure("b", "count", max=100))  # fmt: skip
    assert range_over(catalog, a=20, b=10)[:2] == (0, 100), "a whole of 0 scores 0 (E4), one of 10 the most"
    ab = [figure(key, "count", max=100, part_of="w") for key in "ab"]
    parts = world_of("50 * ratio(a, w) + 50 * ratio(b, w)", figure("w", "count", max=100), *ab)
    assert range_over(parts, a=20, b=10) == (15, 75, Slack.NONE)


def test_the_least_of_a_mean_that_is_weighted_by_itself_is_found_inside() -> None:
    """The users of the 2018 system's L1P7-A2 (E23): adding a small platform makes the result smaller."""
    catalog = load_catalog("cn-2018")
    for known in ({"app_users_wechat": 900_000}, {"app_users_wechat": 2_000_000, "app_users_city": 37}):
        given = {key: Fraction(value) for key, value in {**known, "resident_population": 1_000_000}.items()}
        found = bounds_of(catalog, settle(catalog, given, list(given))).indicators["L1P7-A2"]
        assert found.mark.exact
        indicator = next(one for one in catalog.indicators if one.code == "L1P7-A2")
        floor, _ = ends(found.mark)
        others = [key for key in ("app_users_alipay", "app_users_city") if key not in given]
        for values in product(range(0, 1_500_000, 61_003), repeat=len(others)):
            answers = {**given, **dict(zip(others, map(Fraction, values), strict=True))}
            assert evaluate(indicator.rule, answers).value >= floor
        assert floor > 0


def test_what_has_no_limit_says_so() -> None:
    catalog = world_of("quotient(a, b)", figure("a", "area", unit="平方公里"), figure("b", "area", unit="平方公里"))
    floor, ceiling, slack = range_over(catalog, a=5)
    assert (floor, ceiling, slack) == (0, None, Slack.LIMIT)


def test_none_to_count_is_among_the_answers_where_the_catalog_allows_it() -> None:
    e = figure("e", "count", min=1, max=4)
    assert range_over(world_of("if(e == 0, 70, 10 * e)", e)) == (10, 40, Slack.NONE)
    assert range_over(world_of("if(e == 0, 70, 10 * e)", {**e, "none": "0"})) == (10, 70, Slack.NONE)


def test_a_part_that_already_exceeds_its_whole_counts_as_it_was_given() -> None:
    """It is asked about, and counts (part-exceeds-whole); no range is empty for it."""
    catalog = world_of("100 * ratio(p, w) - n", figure("w", "count", max=50), figure("n", "count", max=3),
                       figure("p", "count", max=50, part_of="w"))  # fmt: skip
    assert range_over(catalog, p=20, w=10) == (97, 100, Slack.NONE)


def test_a_sum_over_departments_starts_from_what_has_been_given() -> None:
    name = assignment_ids("cn-2018")[0]
    catalog = load_catalog("cn-2018")
    assignment = load_assignment(catalog, name)
    key = next(key for key, f in catalog.figures.items() if f.merge.value == "sum")
    asked = assignment.asked[key]
    assert len(asked) > 1
    answer = Answer(key, asked[0], State.VALUE, Fraction(7), "7", Origin("a.xlsx"))
    merged = settle(catalog, {}, ())
    slots = {**merged.slots, key: MergedSlot(key, Standing.MISSING, None, (), (answer,))}
    (piece,) = open_answers(catalog, assignment, replace(merged, slots=slots)).choices[key]
    assert (piece.low, piece.high) == (7, 7 + (len(asked) - 1) * catalog.slots[key].maximum)


def test_of_a_conflict_any_valid_answer_may_come() -> None:
    """The office chooses a side, or sends it back: then a corrected answer may be another."""
    catalog = world_of("10 * n", figure("n", "count", max=9))
    sides = tuple(Answer("n", d, State.VALUE, Fraction(v), str(v), Origin(d)) for d, v in (("a", 4), ("b", 6)))
    merged = Merged({"n": MergedSlot("n", Standing.CONFLICT, None, (), sides)}, {}, ())
    assert ends(bounds_of(catalog, merged).indicators["A"].mark) == (0, 90)


def test_two_sides_of_a_conflict_that_break_a_relation_are_both_possible() -> None:
    catalog = world_of("p - w + 50", figure("w", "count", max=50), figure("p", "count", max=50, part_of="w"))
    sides = tuple(Answer("w", d, State.VALUE, Fraction(v), str(v), Origin(d)) for d, v in (("a", 4), ("b", 30)))
    slots = settle(catalog, {"p": Fraction(20)}, ["p"]).slots
    merged = Merged({**slots, "w": MergedSlot("w", Standing.CONFLICT, None, (), sides)}, {}, ())
    floor, ceiling = ends(bounds_of(catalog, merged).indicators["A"].mark)
    assert floor <= 40
    assert ceiling >= 66


def test_an_open_table_is_any_rows_or_none_where_that_is_an_answer() -> None:
    catalog = load_catalog("cn-2018")
    merged = settle(catalog, {}, ())
    found = bounds_of(catalog, merged).indicators["L1P4-A3"]
    assert (ends(found.mark), found.mark.slack) == ((0, 100), Slack.NONE)
