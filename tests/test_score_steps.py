"""Steps that win points back: each is applied and scored again, and none asks for what cannot be true."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from bounded_cities import assigned, draw, draw_city
from msgspec.structs import replace
from small_worlds import roll_world, settle, world_of
from support import figure

from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.catalog.score_tree import Height, build_score_tree
from smartcity_xl.model import Advance, Advances, Catalog, Kind, Merged, Move, Role, Scores
from smartcity_xl.rules import exact
from smartcity_xl.rules.exact import evaluate, narrow
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import names_used
from smartcity_xl.score.bounds import find_bounds
from smartcity_xl.score.moves import effort_of
from smartcity_xl.score.scoring import score_again, score_merged
from smartcity_xl.score.steps import OF_CITY, OF_DEPARTMENT, OF_INDICATOR, find_advances
from smartcity_xl.score.value import rests_on, value_again, value_tree


def moved(merged: Merged, moves: Iterable[Move]) -> Merged:
    then = {move.slot: move.then for move in moves}
    return replace(merged, slots={
        key: replace(slot, value=then[key]) if key in then else slot for key, slot in merged.slots.items()
    })  # fmt: skip


def steps_of(catalog: Catalog, given: dict[str, Fraction]) -> tuple[Advances, Merged, Scores]:
    merged = settle(catalog, given, list(given))
    scores = score_merged(catalog, merged)
    return find_advances(catalog, assigned(catalog), merged, scores), merged, scores


def mark_of(scores: Scores, code: str) -> Any:
    return next(one for one in scores.indicators if one.indicator.code == code)


@pytest.mark.parametrize("name", catalog_ids())
def test_each_step_is_what_the_engine_makes_of_it_and_keeps_what_is_stated(name: str) -> None:
    """The judge is a whole scoring anew; the city's and the departments' steps are judged together."""
    catalog = load_catalog(name)
    given = draw_city(catalog, random.Random(name))  # noqa: S311
    found, merged, before = steps_of(catalog, given)
    judged = 0
    for code, steps in found.indicators.items():
        assert 1 <= len(steps) <= OF_INDICATOR
        for step in steps:
            after = score_merged(catalog, moved(merged, step.moves))
            score = mark_of(after, code)
            assert (after.total - before.total, after.total) == (step.gain, step.total), step
            assert (score.score, score.star) == (step.score, step.star), step
            assert step.gain > 0 or (score.star or 0) > (mark_of(before, code).star or 0)
            check_moves(catalog, given, step)
            judged += 1
    assert judged > 20 or name == "cn-2016", "marks that somebody awards are nobody's step"
    for most, reach in ((OF_CITY, found.city), *((OF_DEPARTMENT, one) for one in found.departments.values())):
        together = score_merged(catalog, moved(merged, [move for step in reach.steps for move in step.moves]))
        assert together.total - before.total == reach.gain
        assert len(reach.steps) <= most
        assert len({step.indicator for step in reach.steps}) == len(reach.steps)
        worth = [
            (step.gain if catalog.graded else Fraction(1)) / effort_of(catalog, step.moves) for step in reach.steps
        ]
        assert worth == sorted(worth, reverse=True), "what brings most for what would have to change comes first"


def check_moves(catalog: Catalog, given: dict[str, Fraction], step: Advance) -> None:
    """Valid, whole where it must be, parts within wholes, and nothing unsaid that counts."""
    then = {**given, **{move.slot: move.then for move in step.moves}}
    deducts = next(i.role for i in catalog.indicators if i.code == step.indicator) is Role.DEDUCTION
    for move in step.moves:
        slot = catalog.slots[move.slot]
        assert move.now == given[move.slot] != move.then
        assert slot.fixed is None
        assert slot.kind is not Kind.POINTS
        if slot.numeric:
            assert slot.minimum <= move.then <= slot.maximum
            assert move.then.denominator == 1 or not slot.whole
        assert deducts or move.then > move.now or slot.kind not in (Kind.COUNT, Kind.YESNO, Kind.MONEY)
    for key, slot in catalog.slots.items():
        if slot.part_of and {key, slot.part_of} & {move.slot for move in step.moves}:
            assert then[key] <= then[slot.part_of]


def moves_of(catalog: Catalog, **given: int) -> list[dict[str, tuple[Fraction, Fraction]]]:
    known = {key.replace("_", "."): Fraction(value) for key, value in given.items()}
    found, _, _ = steps_of(catalog, known)
    return [{move.slot: (move.now, move.then) for move in step.moves} for step in found.indicators.get("A", ())]


PART = (figure("w", "count", max=1000), figure("p", "count", max=1000, part_of="w"))


def test_a_ratio_says_a_tenth_more_and_all_of_it() -> None:
    assert moves_of(world_of("100 * ratio(p, w)", *PART), p=400, w=1000) == [{"p": (400, 500)}, {"p": (400, 1000)}]


def test_a_band_says_its_next_border_and_its_last() -> None:
    rule = "band(ratio(p, w), >=90%: 100, >=60%: 70, >20%: 10)"
    assert moves_of(world_of(rule, *PART), p=555, w=1000) == [{"p": (555, 600)}, {"p": (555, 900)}]
    assert moves_of(world_of(rule, *PART), p=200, w=1000)[0] == {"p": (200, 201)}, "the border itself is not enough"


def test_a_yes_that_is_missing_a_choice_and_a_number_up_to_a_cap() -> None:
    rule = "20 * yes + pick(pick, one: 0, two: 10, three: 30) + min(50, 10 * n)"
    options = [{"key": key, "label": key} for key in ("one", "two", "three")]
    catalog = world_of(rule, figure("yes", "yesno"), figure("pick", "choice", options=options), figure("n", "count"))
    found = moves_of(catalog, yes=0, pick=1, n=3)
    assert {"yes": (0, 1)} in found
    assert {"pick": (1, 3)} in found
    assert {"pick": (1, 2)} not in found, "as far off, and brings less"
    assert {"n": (3, 4)} in found or {"n": (3, 5)} in found


def test_what_opens_an_if_comes_before_what_stands_behind_it() -> None:
    catalog = world_of("if(gate, 50 + 50 * more, 0)", figure("gate", "yesno"), figure("more", "yesno"))
    assert moves_of(catalog, gate=0, more=0) == [{"gate": (0, 1)}]


def test_no_step_makes_a_whole_smaller_or_less_of_what_earns() -> None:
    catalog = world_of("100 * ratio(p, w)", figure("w", "count", max=1000), figure("p", "count", max=10))
    assert moves_of(catalog, p=10, w=20) == []
    area = {"unit": "平方公里"}
    catalog = world_of("100 * ratio(p, w)", figure("w", "area", min=1, **area), figure("p", "area", max=10, **area))
    assert moves_of(catalog, p=10, w=20) == [], "a smaller area is no step either"
    assert moves_of(world_of("50 - 10 * n", figure("n", "count", max=5)), n=3) == []
    period = world_of("100 * quotient(1, max(1, n))", figure("n", "period", unit="年", max=9))
    assert moves_of(period, n=4)[-1] == {"n": (4, 1)}, "a shorter cycle is something to be reached"


def test_a_deduction_says_what_would_be_less() -> None:
    catalog = world_of("0.5 * n", figure("n", "count", max=9), role="deduction", deduct_max="2")
    assert moves_of(catalog, n=2) == [{"n": (2, 1)}, {"n": (2, 0)}]
    found, _, _ = steps_of(catalog, {"n": Fraction(2)})
    assert found.city.steps == (), "what has happened is within the reach of none"


def test_a_star_says_all_that_its_conditions_want() -> None:
    rule = "b1 = ratio(p, w)\nstars(5: b1 > 80% and yes and n >= 3, 4: b1 >= 50%)"
    catalog = world_of(rule, *PART, figure("yes", "yesno"), figure("n", "count"), stars=True)
    first, second = moves_of(catalog, p=400, w=1000, yes=0, n=1)
    assert first == {"p": (400, 500)}
    assert second == {"p": (400, 801), "yes": (0, 1), "n": (1, 3)}


def test_a_count_of_items_is_reached_by_several_of_them() -> None:
    items = [{"key": key, "label": key} for key in "abcde"]
    catalog = world_of("stars(4: count(list) >= 3)", figure("list", "checklist", items=items), stars=True)
    assert moves_of(catalog, list_a=1, list_b=0, list_c=0, list_d=0, list_e=0) == [{"list.b": (0, 1), "list.c": (0, 1)}]


def test_a_department_is_told_of_its_own_answers_alone() -> None:
    catalog = load_catalog("cn-2018")
    found, _, _ = steps_of(catalog, draw_city(catalog, random.Random(7)))  # noqa: S311
    assignment = assigned(catalog)
    assert found.departments
    for key, reach in found.departments.items():
        for step in reach.steps:
            for move in step.moves:
                assert key in assignment.asked[move.slot.partition(".")[0]]


def narrowed_and_plain(
    catalog: Catalog, given: dict[str, Fraction], rng: random.Random
) -> Iterator[tuple[str, str, Fraction, Fraction]]:
    """Each rule as one of each answer that it reads beside the whole rule, with other values of that answer."""
    tables = {f.key: [{c.key: draw_cell(rng) for c in f.columns} for _ in range(3)] for f in catalog.figures.values()}
    for indicator in catalog.indicators:
        read = [one.key for name in names_used(indicator.rule) for one in catalog.slots.values()
                if name in (one.key, one.figure)]  # fmt: skip
        for key in dict.fromkeys(read):
            narrowed = narrow(indicator.rule, given, tables, key)
            for value in (given[key], *(draw(rng, catalog.slots[key]) for _ in range(3))):
                at = {**given, key: value}
                yield (
                    indicator.code,
                    key,
                    evaluate(indicator.rule, at, tables).value,
                    Fraction(*narrowed(value.as_integer_ratio())),
                )


def draw_cell(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(0, 100), rng.choice([1, 3, 100]))


@pytest.mark.parametrize("name", [*catalog_ids(), *(f"{n}" for n in range(20)), *(f"stars {n}" for n in range(5))])
def test_a_rule_of_one_answer_comes_to_what_the_whole_rule_does(name: str) -> None:
    rng = random.Random(name)  # noqa: S311
    catalog = load_catalog(name) if name in catalog_ids() else roll_world(name, name.startswith("stars")).catalog
    compared = list(narrowed_and_plain(catalog, draw_city(catalog, rng), rng))
    assert len(compared) > 5
    for code, key, plain, narrowed in compared:
        assert plain == narrowed, (code, key)


@pytest.mark.parametrize("name", catalog_ids())
def test_scores_with_some_marks_changed_are_those_of_a_tree_valued_anew(name: str) -> None:
    tree, rng = build_score_tree(load_catalog(name)), random.Random(name)  # noqa: S311
    codes = [node.code for node in tree.nodes.values() if node.height is Height.MARK]
    for _ in range(20):
        marks = {code: Fraction(rng.randint(0, 4)) for code in codes if rng.random() < 0.9}
        changed = {code: Fraction(rng.randint(0, 4)) for code in rng.sample(sorted(marks), 3)}
        before, pairs = (
            {name: value.as_integer_ratio() for name, value in some.items()}
            for some in (value_tree(tree, marks), changed)
        )
        again = value_again(tree, rests_on(Itself(tree)), before, pairs)
        found = {name: Fraction(*value) for name, value in again.items()}
        assert found == value_tree(tree, {**marks, **changed})


@pytest.mark.parametrize("name", catalog_ids())
def test_what_is_scored_again_for_some_answers_is_what_all_of_them_come_to_anew(name: str) -> None:
    """Scores, what is open and what is told, also where an answer is withdrawn or comes to be there."""
    rng = random.Random(name)  # noqa: S311
    catalog = load_catalog(name)

    def draw_some() -> Merged:
        given = draw_city(catalog, rng)
        return settle(catalog, given, [key for key in given if rng.random() < 0.9])

    before = draw_some()
    scores = score_merged(catalog, before)
    for _ in range(6):
        figures, other = rng.sample(sorted(catalog.figures), 4), draw_some()
        after = replace(before, slots={
            key: other.slots[key] if catalog.slots[key].figure in figures else slot
            for key, slot in before.slots.items()
        })  # fmt: skip
        assert score_again(catalog, after, scores, figures) == score_merged(catalog, after)


@pytest.mark.parametrize("name", catalog_ids())
def test_of_the_next_city_no_rule_and_no_condition_is_made_into_functions_again(name: str) -> None:
    catalog = load_catalog(name)
    given = draw_city(catalog, random.Random(name))  # noqa: S311

    def count_made() -> int:
        _, merged, scores = steps_of(catalog, given)
        find_bounds(catalog, assigned(catalog), merged, scores)
        return sum(kept.cache_info().misses for kept in (exact.functions_of, exact._function_of_node))

    assert count_made() == count_made()
