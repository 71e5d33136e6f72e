"""Star levels, marks for a whole category, and dimensions kept apart, on systems small enough to see through."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from small_schemes import SEEN, STARS, WHOLE, with_own

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.model import Catalog, Merged, MergedSlot, Role, Scores, Standing
from smartcity_xl.results.stars import below_target, count_levels, reaches, starred
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.syntax import RuleError, parse_rule
from smartcity_xl.rules.words import describe_rule
from smartcity_xl.score.next_star import describe_next
from smartcity_xl.score.scoring import score_merged


def built(document: dict[str, Any]) -> Catalog:
    catalog, faults = build_catalog(document)
    assert faults == ()
    return catalog


def scored(catalog: Catalog, **values: int) -> Scores:
    slots = {
        key: MergedSlot(key, Standing.SETTLED, Fraction(values[key]), (), ())
        if key in values
        else MergedSlot(key, Standing.MISSING, None, (), ())
        for key in catalog.slots
    }
    return score_merged(catalog, Merged(slots, {}, ()))


# --- stars -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "plan", "star", "points"),
    [
        pytest.param(86, 0, 5, "3", id="above the border of five stars"),
        pytest.param(85, 0, 4, "2.5", id="at a border that must be passed"),
        pytest.param(80, 0, 4, "2.5", id="at a border that must be reached"),
        pytest.param(79, 1, 2, "0", id="the highest level whose own condition holds; a level between asks nothing"),
        pytest.param(79, 0, 0, "0", id="no level"),
    ],
)
def test_a_star_is_the_highest_level_whose_own_condition_holds(done: int, plan: int, star: int, points: str) -> None:
    scores = scored(built(STARS), done=done, all=100, plan=plan, leaks=0)
    first = next(scores.indicators)
    assert (first.star, first.score) == (star, Fraction(points))


def test_points_add_up_a_deduction_has_no_limit_and_what_is_shown_counts_nothing() -> None:
    scores = scored(built(STARS), done=90, all=100, plan=1, leaks=3)
    assert [i.score for i in scores.indicators] == [3, 1, -6, None]
    assert (scores.total, scores.full, scores.assessed, scores.final) == (-2, 4, 4, True)
    assert [i.indicator.role for i in scores.indicators][2:] == [Role.DEDUCTION, Role.SHOWN]


def test_counts_list_below_target_and_distance() -> None:
    catalog = built(STARS)
    scores = scored(catalog, done=70, all=100, plan=0, leaks=0)
    first, second = starred(scores.dimensions)
    assert count_levels([first, second]) == {5: 0, 4: 0, 3: 0, 2: 0, 1: 0, 0: 2}
    assert reaches(first, 4) is False
    assert reaches(second, 4) is None, "nothing is asked of it at four stars (E55)"
    assert describe_next(catalog, first) == "二星还差：“有计划”为是"
    assert describe_next(catalog, second) == "五星还差：“已办”≥80项（现为 70项）"


def test_the_distance_spells_out_what_a_rule_only_names() -> None:
    catalog = built(STARS)
    first = next(scored(catalog, done=79, all=99, plan=1, leaks=0).indicators)
    assert describe_next(catalog, first) == "四星还差：（“已办”÷“总数”，超过 1 按 1）≥80%（现为 ≈79.798%）"


def test_nothing_is_left_to_say_at_the_top_or_without_an_answer() -> None:
    catalog = built(STARS)
    top = next(scored(catalog, done=100, all=100, plan=1, leaks=0).indicators)
    bare = next(scored(catalog).indicators)
    assert (describe_next(catalog, top), describe_next(catalog, bare), bare.star) == ("", "", None)
    assert below_target_of(catalog) == ["1"]


def below_target_of(catalog: Catalog) -> list[str]:
    class Seen:
        pass

    outcome: Any = Seen()
    outcome.catalog, outcome.scores = catalog, scored(catalog, done=1, all=100, plan=0, leaks=0)
    return [score.indicator.code for score in below_target(outcome)]


def test_star_levels_in_words() -> None:
    catalog = built(STARS)
    said = describe_rule(catalog.indicators[0].rule, catalog.label)
    assert "五星：rate＞85%；四星：rate≥80%；二星：" in said


@pytest.mark.parametrize(
    "rule", ["stars(4: a, 5: b)", "stars(5: a, 5: b)", "stars(6: a)", "stars(0: a)", "stars(a)", "stars(top: a)"]
)
def test_levels_fall_from_five_to_one(rule: str) -> None:
    with pytest.raises(RuleError):
        parse_rule(rule)


def test_an_inner_condition_may_hold_without_the_lower_ones() -> None:
    rule = parse_rule("stars(4: a >= 1, 3: b and c)")
    assert evaluate(rule, {"a": Fraction(1), "b": Fraction(0), "c": Fraction(0)}).value == 4


# --- marks for a whole category ----------------------------------------------------------------------------------


def test_a_category_without_weights_below_is_marked_as_a_whole() -> None:
    catalog = built(WHOLE)
    assert [indicator.code for indicator in catalog.indicators] == ["L1P1", "L1P2-A1"]
    assert [item.label for item in catalog.categories[0].items] == ["甲一", "甲二"]
    assert list(catalog.figures) == ["mark_a", "mark_b1", "own"]
    assert scored(catalog, mark_a=90, mark_b1=50).total == 54 + 20


def test_a_category_is_marked_item_by_item_once_the_office_has_given_them_weights() -> None:
    document = copy.deepcopy(WHOLE)
    for number, weight in enumerate(("70%", "30%")):
        document["indicators"][number]["weight"] = weight
    catalog = built(document)
    assert list(catalog.figures) == ["mark_a1", "mark_a2", "mark_b1", "own"]
    assert scored(catalog, mark_a1=100, mark_a2=0, mark_b1=0).total == 42


def test_a_dimension_kept_apart_is_in_no_total() -> None:
    catalog = built(with_own())
    assert [dimension.code for dimension in built(WHOLE).shown_dimensions] == ["L1"]
    scores = scored(catalog, mark_a=100, mark_b1=100, own=50)
    assert (scores.total, scores.full, scores.assessed, scores.apart) == (100, 100, 100, 5)


# --- every fault, seen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", SEEN)
def test_a_fault_of_a_scheme_is_told(code: str) -> None:
    catalog, faults = build_catalog(SEEN[code])
    assert code in {fault.code for fault in (*faults, *lint_catalog(catalog))}


def test_four_categories_kept_apart_are_too_many() -> None:
    assert "too-many" in {fault.code for fault in lint_catalog(built(with_own(4)))}


@pytest.mark.parametrize(("number", "each"), [(1, 1), (1, 2)])
def test_what_a_province_adds_within_the_limits_is_no_fault(number: int, each: int) -> None:
    faults = lint_catalog(built(with_own(number, each)))
    assert {fault.code for fault in faults} <= {"figure-unused"}


def test_the_examples_themselves_are_whole() -> None:
    assert lint_catalog(built(STARS)) == ()
    assert {fault.code for fault in lint_catalog(built(WHOLE))} == {"figure-unused"}
