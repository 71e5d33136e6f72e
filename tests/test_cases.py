"""Every indicator of cn-2018 against cases worked by hand from the official text (cases/cn-2018.toml)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.model import Figure, Indicator, Kind
from smartcity_xl.rules.exact import evaluate, holds
from smartcity_xl.scoring import mark_indicator

CASES = tomllib.loads((Path(__file__).parent / "cases" / "cn-2018.toml").read_text(encoding="utf-8"))["case"]
CATALOG = load_catalog("cn-2018")
INDICATORS = {indicator.code: indicator for indicator in CATALOG.indicators}
BY_INDICATOR = {code: [case for case in CASES if case["indicator"] == code] for code in INDICATORS}

Values = dict[str, Fraction]
Tables = dict[str, tuple[dict[str, Fraction], ...]]


def case_id(case: Mapping[str, Any]) -> str:
    return f"{case['indicator']} {case['name']}"


def _figure_values(figure: Figure, case: Mapping[str, Any]) -> Values:
    """The numbers that a case gives for one figure; what the text fixes comes from the catalog."""
    given, ticked = case["given"], case.get("ticked", {})
    if figure.kind is Kind.CHECKLIST and figure.key in ticked:
        return {slot.key: Fraction(slot.key.partition(".")[2] in ticked[figure.key]) for slot in figure.slots}
    if figure.kind is Kind.CHOICE:
        return {figure.key: Fraction([option.key for option in figure.options].index(given[figure.key]) + 1)}
    return {slot.key: slot.fixed if slot.fixed is not None else Fraction(given[slot.key]) for slot in figure.slots}


def values_of(indicator: Indicator, case: Mapping[str, Any]) -> tuple[Values, Tables]:
    """The figures and the tables of a case, complete and exact, as the engine takes them."""
    values: Values = {}
    for figure in CATALOG.figures_of[indicator.code]:
        values |= _figure_values(figure, case)
    tables = {
        table: tuple({column: Fraction(number) for column, number in row.items()} for row in rows)
        for table, rows in case.get("tables", {}).items()
    }
    return values, tables


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_engine_agrees_with_the_case_worked_by_hand(case: dict[str, Any]) -> None:
    indicator = INDICATORS[case["indicator"]]
    values, tables = values_of(indicator, case)
    result = evaluate(indicator.rule, values, tables)
    spoken = sum(holds(query.when, values, tables) for query in indicator.queries)
    assert (
        f"{float(mark_indicator(indicator, result.value)):.2f}",
        sorted(note.code for note in result.notes),
        spoken,
    ) == (f"{float(Fraction(case['score'])):.2f}", sorted(case["notes"]), case["queries"]), case["working"]
    assert mark_indicator(indicator, result.value) == Fraction(case["score"])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_case_gives_each_figure_of_its_indicator_and_no_other(case: dict[str, Any]) -> None:
    figures = CATALOG.figures_of[case["indicator"]]
    known = {slot.key for figure in figures for slot in figure.slots} | {figure.key for figure in figures}
    assert {*case["given"], *case.get("ticked", {}), *case.get("tables", {})} <= known
    for checklist, ticked in case.get("ticked", {}).items():
        assert set(ticked) <= {item.key for item in CATALOG.figures[checklist].items}


def test_no_case_was_lost_and_no_two_have_the_same_name() -> None:
    assert len(CASES) >= 534
    assert [name for name, times in Counter(map(case_id, CASES)).items() if times > 1] == []


@pytest.mark.parametrize("code", INDICATORS)
def test_an_indicator_has_a_typical_a_full_and_a_lowest_case(code: str) -> None:
    indicator = INDICATORS[code]
    full = indicator.full or indicator.deduct_max or Fraction(0)
    scores = [abs(Fraction(case["score"])) for case in BY_INDICATOR[code]]
    assert len(scores) >= 3
    assert any(0 < score < full for score in scores), "typical"
    assert full in scores, "full marks, or the whole deduction"
    # An update cycle has a longest value, so L4P2-A1 never falls to 0 altogether.
    assert min(scores) <= full / 100, "nothing, or as good as nothing"


@pytest.mark.parametrize("code", INDICATORS)
def test_no_case_leaves_the_scale_of_its_indicator(code: str) -> None:
    indicator = INDICATORS[code]
    low = -(indicator.deduct_max or Fraction(0))
    assert all(low <= Fraction(case["score"]) <= indicator.full for case in BY_INDICATOR[code])


@pytest.mark.parametrize("code", [code for code, indicator in INDICATORS.items() if indicator.queries])
def test_every_query_of_the_catalog_speaks_in_one_case_and_is_silent_in_another(code: str) -> None:
    given = [values_of(INDICATORS[code], case) for case in BY_INDICATOR[code]]
    for query in INDICATORS[code].queries:
        assert {holds(query.when, *numbers) for numbers in given} == {True, False}, query.say
