"""Every indicator of every system against cases worked by hand from the official texts (``cases/<system>.toml``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hand_worked import CASES, CATALOGS, INDICATORS, every_case, every_indicator, values_of

from smartcity_xl.model import Indicator, Kind, Role
from smartcity_xl.rules.exact import evaluate, holds
from smartcity_xl.rules.formula import constant
from smartcity_xl.score.scoring import mark_indicator

LEAST = {
    "cn-2016": 84, "cn-2018": 534, "gbt33356-2022-city": 640, "gbt33356-2022-county": 349,
    "db37-3890-zoucheng": 587, "db37-3890-zhangqiu": 423,
}  # fmt: skip


def cases_of(system: str, code: str) -> list[dict[str, Any]]:
    return [case for case in CASES[system] if case["indicator"] == code]


def come_to(indicator: Indicator, mark: Fraction) -> dict[str, Fraction]:
    """What a rule's result comes to, as a case states it: a score, a star, or a number that is only shown."""
    score = mark_indicator(indicator, mark)
    found = {} if score is None else {"score": score}
    if indicator.starred:
        found["star"] = mark
    elif indicator.role is Role.SHOWN:
        found["shown"] = mark
    return found


def in_words(numbers: Mapping[str, Fraction]) -> dict[str, str]:
    """Exact, and readable where a test fails."""
    return {name: constant(number) for name, number in numbers.items()}


def stated(case: Mapping[str, Any]) -> dict[str, Fraction]:
    return {name: Fraction(case[name]) for name in ("score", "star", "shown") if name in case}


@every_case
def test_the_engine_agrees_with_the_case_worked_by_hand(system: str, case: dict[str, Any]) -> None:
    indicator = INDICATORS[system, case["indicator"]]
    values, tables = values_of(CATALOGS[system], indicator, case)
    result = evaluate(indicator.rule, values, tables)
    spoken = sum(holds(query.when, values, tables) for query in indicator.queries)
    found = (in_words(come_to(indicator, result.value)), sorted(note.code for note in result.notes), spoken)
    assert found == (in_words(stated(case)), sorted(case["notes"]), case["queries"]), case["working"]


@every_case
def test_a_case_gives_each_figure_of_its_indicator_and_no_other(system: str, case: dict[str, Any]) -> None:
    figures = CATALOGS[system].figures_of[case["indicator"]]
    known = {slot.key for figure in figures for slot in figure.slots} | {figure.key for figure in figures}
    assert {*case["given"], *case.get("ticked", {}), *case.get("tables", {})} <= known
    for checklist, ticked in case.get("ticked", {}).items():
        assert set(ticked) <= {item.key for item in CATALOGS[system].figures[checklist].items}


@pytest.mark.parametrize("system", CATALOGS)
def test_no_case_was_lost_and_no_two_have_the_same_name(system: str) -> None:
    assert len(CASES[system]) >= LEAST[system]
    names = Counter((case["indicator"], case["name"]) for case in CASES[system])
    assert [name for name, times in names.items() if times > 1] == []


def has_two_values(system: str, indicator: Indicator) -> bool:
    """A single yes or no: there is nothing between."""
    slots = [slot for figure in CATALOGS[system].figures_of[indicator.code] for slot in figure.slots]
    return [slot.kind for slot in slots] == [Kind.YESNO]


def weighed(system: str, code: str) -> bool:
    """Whether an indicator earns marks between 0 and its full marks, or takes points up to a limit."""
    indicator = INDICATORS[system, code]
    return (indicator.full > 0 and not indicator.starred) or indicator.deduct_max is not None


WEIGHED = [key for key in INDICATORS if weighed(*key)]
every_weighed = pytest.mark.parametrize(("system", "code"), WEIGHED, ids=map(" ".join, WEIGHED))


@every_weighed
def test_an_indicator_has_a_typical_a_full_and_a_lowest_case(system: str, code: str) -> None:
    indicator = INDICATORS[system, code]
    full = indicator.full or indicator.deduct_max or Fraction(0)
    scores = [abs(Fraction(case["score"])) for case in cases_of(system, code)]
    if not has_two_values(system, indicator):
        assert len(scores) >= 3
        assert any(0 < score < full for score in scores), "typical"
    # E41: as printed, one indicator of the counties cannot reach its full marks
    assert full in scores or "E41" in indicator.note, "full marks, or the whole deduction"
    # An update cycle has a longest value, so one indicator never falls to 0 altogether.
    assert min(scores) <= full / 100, "nothing, or as good as nothing"


@every_weighed
def test_no_case_leaves_the_scale_of_its_indicator(system: str, code: str) -> None:
    indicator = INDICATORS[system, code]
    low = -(indicator.deduct_max or Fraction(0))
    assert all(low <= Fraction(case["score"]) <= indicator.full for case in cases_of(system, code))


@every_indicator
def test_an_indicator_without_marks_has_a_case_for_every_level_and_for_none(system: str, code: str) -> None:
    indicator, cases = INDICATORS[system, code], cases_of(system, code)
    if indicator.starred:
        assert {case["star"] for case in cases} == {0, *(level for level, _ in indicator.levels)}
    elif not weighed(system, code):
        numbers = {number for case in cases for number in stated(case).values()}
        assert len(numbers) >= 2, "nothing, and something"


@every_indicator
def test_every_query_of_the_catalog_speaks_in_one_case_and_is_silent_in_another(system: str, code: str) -> None:
    indicator = INDICATORS[system, code]
    given = [values_of(CATALOGS[system], indicator, case) for case in cases_of(system, code)]
    for query in indicator.queries:
        assert {holds(query.when, *numbers) for numbers in given} == {True, False}, query.say
