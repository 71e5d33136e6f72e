"""Merged answers become scores: rounding at every level, what keeps an indicator from a score, and the total."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.messages import LANGUAGES, word_finding
from smartcity_xl.model import (
    Answer,
    Catalog,
    Figure,
    IndicatorScore,
    Kind,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Scores,
    Standing,
    State,
    TableAnswer,
    TableRow,
)
from smartcity_xl.score.scoring import mark_indicator, score_merged

NATIONAL = load_catalog("cn-2018")
ORIGIN = Origin("a.xlsx", "数据", "C4")
Given = Mapping[str, "int | str | Standing"]
"""Slot or table -> its number, or why it has none. What is not given is missing."""

# --- how a test says what was merged -----------------------------------------------------------------------------


def merged_slot(key: str, given: int | str | Standing) -> MergedSlot:
    if isinstance(given, Standing):
        return MergedSlot(key, given, None, (), ())
    return MergedSlot(key, Standing.SETTLED, Fraction(given), (), ())


def table_answer(figure: Figure, rows: list[dict[str, int]]) -> TableAnswer:
    def cell(column: str, number: int) -> Answer:
        return Answer(f"{figure.key}.{column}", "health", State.VALUE, Fraction(number), str(number), ORIGIN)

    lines = tuple(
        TableRow(f"row {at}", {column: cell(column, number) for column, number in row.items()})
        for at, row in enumerate(rows, start=1)
    )
    return TableAnswer(figure.key, "health", State.VALUE, lines, ORIGIN)


def merge(catalog: Catalog, given: Given, tables: Mapping[str, Any] | None = None) -> Merged:
    slots = {
        key: merged_slot(key, str(slot.fixed) if slot.fixed is not None else given.get(key, Standing.MISSING))
        for key, slot in catalog.slots.items()
    }
    found = {}
    for figure in catalog.figures.values():
        if figure.kind is Kind.TABLE:
            rows = (tables or {}).get(figure.key, Standing.MISSING)
            standing, used = (
                (rows, None) if isinstance(rows, Standing) else (Standing.SETTLED, table_answer(figure, rows))
            )
            found[figure.key] = MergedTable(figure.key, standing, used, ())
    return Merged(slots, found, ())


def by_code(scores: Scores) -> dict[str, IndicatorScore]:
    return {score.indicator.code: score for score in scores.indicators}


# --- a small system: D1 = C1 (A, B at 50% each) and C2 (C), D2 = C3 (the survey), D3 = C4 (a deduction) ----------


def system(c1: str = "30%", c2: str = "30%", c3: str = "40%", rule: str = "a") -> Catalog:
    def figure(key: str, kind: str = "number") -> dict[str, object]:
        return {"key": key, "label": key, "kind": kind, "unit": "分", "max": 1000}

    def share(*weights: str) -> str:
        return f"{sum(int(weight.removesuffix('%')) for weight in weights)}%"

    document = {
        "id": "small", "version": "1", "title": "t", "document": "d", "survey_dimension": "D2",
        "dimensions": [
            {"code": "D1", "name": "one", "weight": share(c1, c2)},
            {"code": "D2", "name": "survey", "weight": c3},
            {"code": "D3", "name": "deductions", "weight": "0%"},
        ],
        "categories": [
            {"code": "C1", "dimension": "D1", "name": "one", "weight": c1},
            {"code": "C2", "dimension": "D1", "name": "two", "weight": c2},
            {"code": "C3", "dimension": "D2", "name": "survey", "weight": c3},
            {"code": "C4", "dimension": "D3", "name": "deductions", "weight": "0%"},
        ],
        "indicators": [
            {"code": "A", "category": "C1", "name": "A", "weight": "50%", "rule": rule, "source": "s"},
            {"code": "B", "category": "C1", "name": "B", "weight": "50%", "rule": "b", "source": "s"},
            {"code": "C", "category": "C2", "name": "C", "weight": "100%", "rule": "c", "source": "s"},
            {"code": "S", "category": "C3", "name": "S", "weight": "100%", "rule": "s", "source": "s"},
            {"code": "X", "category": "C4", "name": "X", "deduct_max": "2", "rule": "0.2 * x", "source": "s"},
        ],
        "figures": [figure(key) for key in "abcsx"],
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    # A test may want a rule that reads no figure.
    assert [fault.words("en") for fault in (*faults, *lint_catalog(catalog)) if fault.code != "figure-unused"] == []
    return catalog


SMALL = system()
FULL: dict[str, int | str | Standing] = {"a": 100, "b": 100, "c": 100, "s": 100, "x": 0}


def score(catalog: Catalog = SMALL, **given: int | str | Standing) -> Scores:
    return score_merged(catalog, merge(catalog, FULL | given))


# --- one indicator -----------------------------------------------------------------------------------------------

MARKS = [
    ("L1P1-A1", "100", "30", "full marks times the weight"),
    ("L1P1-A1", "0", "0", "nothing"),
    ("L1P1-A1", "3.35", "1.01", "a tie is rounded up after the weight, not before"),
    ("L1P1-A1", "1/7", "0.04", "a mark that does not terminate"),
    ("L8P1", "66.665", "66.67", "a weight of 100%"),
    ("L6P1-A1", "0", "0", "no deduction"),
    ("L6P1-A1", "0.425", "-0.43", "a deduction is rounded away from zero"),
    ("L6P1-A1", "0.004", "0", "a deduction that rounds to nothing"),
    ("L6P1-A1", "2", "-2", "the whole deduction"),
    ("L6P1-A1", "17", "-2", "a deduction is never more than its most"),
]


@pytest.mark.parametrize(("code", "mark", "expected"), [row[:3] for row in MARKS], ids=[row[3] for row in MARKS])
def test_a_mark_becomes_a_score(code: str, mark: str, expected: str) -> None:
    indicator = next(found for found in NATIONAL.indicators if found.code == code)
    assert mark_indicator(indicator, Fraction(mark)) == Fraction(expected)


# --- rounding at every level -------------------------------------------------------------------------------------


def test_each_level_is_rounded_before_it_goes_into_the_next() -> None:
    """A and B: 50% of 0.03 is 0.015, rounded 0.02 each; 30% of 0.04 is 0.012, rounded 0.01. C: 0.003, rounded 0."""
    scores = score(a="0.03", b="0.03", c="0.01", s=0)
    first, second = scores.dimensions[0].categories
    assert [found.score for found in first.indicators] == [Fraction("0.02")] * 2
    assert first.score == Fraction("0.01")
    assert second.score == 0
    assert (scores.dimensions[0].score, scores.total) == (Fraction("0.01"), Fraction("0.01"))


def test_rounding_at_every_level_differs_from_rounding_once() -> None:
    """Exactly 33.339 points, so 33.34 if rounded once; the levels drift by a whole cent."""
    catalog = system(c1="30%", c2="30%")
    drift = score(catalog, a="33.33", b="33.33", c="33.35", s="33.3375")
    exact = (
        Fraction("0.3") * Fraction("33.33")
        + Fraction("0.3") * Fraction("33.35")
        + Fraction("0.4") * Fraction("33.3375")
    )
    assert exact == Fraction("33.339")
    # 30% of 33.34 is 10.002 -> 10.00; 30% of 33.35 is 10.005 -> 10.01; 40% of 33.34 is 13.336 -> 13.34.
    assert [category.score for dimension in drift.dimensions for category in dimension.categories] == [
        Fraction("10"), Fraction("10.01"), Fraction("13.34"), 0,
    ]  # fmt: skip
    assert drift.total == Fraction("33.35")


def test_a_tie_between_cents_goes_up_at_the_level_of_the_category() -> None:
    assert score(c="0.05", a=0, b=0, s=0).dimensions[0].categories[1].score == Fraction("0.02")


def test_the_mark_and_the_parts_are_not_rounded() -> None:
    found = by_code(score(system(rule="b1 = a / 3\nb1 * 2"), a=1))["A"]
    assert (found.mark, dict(found.parts), found.score) == (Fraction(2, 3), {"b1": Fraction(1, 3)}, Fraction("0.33"))


def test_full_points_of_each_level_are_its_weight() -> None:
    scores = score()
    assert [dimension.full for dimension in scores.dimensions] == [60, 40, 0]
    assert [category.full for dimension in scores.dimensions for category in dimension.categories] == [30, 30, 40, 0]
    assert [dimension.score for dimension in scores.dimensions] == [60, 40, 0]


# --- deductions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("events", "deducted"), [(0, "0"), (1, "-0.2"), (9, "-1.8"), (10, "-2"), (11, "-2")])
def test_a_deduction_goes_off_the_total_and_knows_no_weight(events: int, deducted: str) -> None:
    scores = score(x=events)
    assert by_code(scores)["X"].score == Fraction(deducted)
    assert scores.dimensions[2].categories[0].score == scores.dimensions[2].score == Fraction(deducted)
    assert scores.total == 100 + Fraction(deducted)


def test_the_total_has_no_floor() -> None:
    scores = score(a=0, b=0, c=0, s=0, x=10)
    assert (scores.total, scores.final) == (-2, True)


def test_a_deduction_that_is_not_known_deducts_nothing_and_keeps_the_total_from_being_final() -> None:
    scores = score(x=Standing.MISSING)
    assert (scores.total, scores.assessed, scores.final) == (100, 100, False)


# --- what keeps an indicator from a score ------------------------------------------------------------------------

C, U, N, M = Standing.CONFLICT, Standing.UNREADABLE, Standing.NOT_APPLICABLE, Standing.MISSING
PAIRS = [
    (C, U, C), (C, N, C), (C, M, C), (U, N, U), (U, M, U), (N, M, N), (C, C, C), (U, U, U), (N, N, N), (M, M, M),
    (C, 1, C), (U, 1, U), (N, 1, N), (M, 1, M), (M, 0, M),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS, ids=lambda value: str(value))
@pytest.mark.parametrize("turned", [False, True], ids=["in this order", "turned round"])
def test_the_gravest_standing_decides(one: Standing, other: Standing | int, expected: Standing, turned: bool) -> None:
    catalog = system(rule="ratio(a, b)")
    first, second = (other, one) if turned else (one, other)
    found = by_code(score(catalog, a=first, b=second))["A"]
    assert (found.standing, found.score, found.mark, dict(found.parts)) == (expected, None, None, {})
    assert found.open == tuple(key for key, given in (("a", first), ("b", second)) if isinstance(given, Standing))


@pytest.mark.parametrize("standing", [C, U, N, M])
def test_an_indicator_without_a_score_counts_nothing_and_says_which_figure_is_open(standing: Standing) -> None:
    scores = score(a=standing)
    found = by_code(scores)
    assert (found["A"].standing, found["A"].open) == (standing, ("a",))
    assert found["B"].standing is Standing.SETTLED
    # A is half of 30 points.
    assert (scores.total, scores.assessed, scores.final) == (85, 85, False)


def test_zero_is_a_score_and_missing_is_none() -> None:
    assert by_code(score(a=0))["A"].score == 0
    assert by_code(score(a=M))["A"].score is None
    assert score(a=0).final
    assert not score(a=M).final


def test_a_figure_without_a_number_never_reaches_the_rule() -> None:
    """Not even where the rule would not look at it."""
    found = by_code(score(system(rule="if(a, b, 1)"), a=0, b=M))["A"]
    assert (found.standing, found.score) == (M, None)


def test_a_figure_of_another_indicator_does_not_matter() -> None:
    assert by_code(score(c=C))["A"].score == 50


def test_nothing_answered_is_zero_points_of_nothing_assessed() -> None:
    scores = score_merged(SMALL, merge(SMALL, {}))
    assert (scores.total, scores.assessed, scores.final) == (0, 0, False)
    assert {found.standing for found in scores.indicators} == {M}


# --- the survey --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", [C, U, N, M])
def test_without_the_survey_60_points_are_assessed_and_nothing_is_scaled_up(standing: Standing) -> None:
    scores = score_merged(NATIONAL, best_city(citizen_experience=standing))
    assert (scores.total, scores.assessed, scores.final) == (60, 60, False)
    assert scores.dimensions[-1].score == 0
    assert scores.dimensions[-1].full == 40


def test_with_the_survey_alone_40_points_are_assessed() -> None:
    scores = score_merged(NATIONAL, merge(NATIONAL, {"citizen_experience": "76.5"}))
    assert (scores.total, scores.assessed, scores.final) == (Fraction("30.6"), 40, False)


def test_the_points_of_a_settled_indicator_are_assessed_whatever_its_score() -> None:
    scores = score_merged(NATIONAL, merge(NATIONAL, {"hospital_visits_total": 10, "hospital_visits_booked": 0}))
    assert (scores.total, scores.assessed) == (0, Fraction("0.9"))


# --- the national system -----------------------------------------------------------------------------------------

HOSPITALS = {"tertiary_hospitals": [{"record_reads": 7, "outpatient_visits": 7}]}


def best_city(**others: int | str | Standing) -> Merged:
    """Everything there is, nothing to deduct; every number the same, so that every ratio is 1."""
    given: dict[str, int | str | Standing] = {}
    for slot in NATIONAL.slots.values():
        given[slot.key] = 1 if not slot.numeric else 100
    given |= dict.fromkeys(("secrecy_review_deduction", "leak_events", "crypto_failing_systems"), 0)
    # Ten sites, one station for each 30 km², a yearly update.
    given |= {"main_sites_ipv6": 10, "city_area": 3000, "map_update_cycle": 1}
    return merge(NATIONAL, given | others, HOSPITALS)


def zero_city(**others: int | str | Standing) -> Merged:
    """Every cell of every workbook holds 0 or 否, and the last option."""
    given: dict[str, int | str | Standing] = dict.fromkeys(NATIONAL.slots, 0)
    return merge(
        NATIONAL, given | {"news_sites_accessible": 4} | others,
        {"tertiary_hospitals": [{"record_reads": 0, "outpatient_visits": 0}]},
    )  # fmt: skip


def test_the_best_city_has_100_points() -> None:
    scores = score_merged(NATIONAL, best_city())
    assert (scores.total, scores.assessed, scores.final) == (100, 100, True)
    assert [finding.code for finding in scores.findings] == []
    for found in scores.indicators:
        assert found.score == found.indicator.full, found.indicator.code
    for dimension in scores.dimensions:
        assert dimension.score == dimension.full
        assert all(category.score == category.full for category in dimension.categories)


def test_the_best_city_with_every_deduction_has_96_points() -> None:
    bad = {"secrecy_review_deduction": "0.5", "leak_events": 100, "crypto_failing_systems": 100}
    assert score_merged(NATIONAL, best_city(**bad)).total == 96


def test_a_city_of_zeros_has_what_the_text_gives_for_zeros() -> None:
    """No report on the environment is full marks (1.2), and an update cycle of 0 is one of a year (0.75)."""
    scores = score_merged(NATIONAL, zero_city())
    assert (scores.total, scores.assessed, scores.final) == (Fraction("1.95"), 100, True)
    given = {found.indicator.code: found.score for found in scores.indicators if found.score}
    assert given == {"L3P1-A3": 30, "L4P2-A1": 25}


def test_the_worst_city_has_fewer_than_0_points() -> None:
    worst = {
        "env_events_reported": 1, "map_update_cycle": 100,
        "secrecy_review_deduction": "0.5", "leak_events": 5, "crypto_failing_systems": 10,
    }  # fmt: skip
    scores = score_merged(NATIONAL, zero_city(**worst))
    # 50% × 50% × 1/100 of the mark, times 3% of the total, is 0.0075: 0.25 on the category's scale, 0.01 in the total.
    assert scores.total == Fraction("-3.99")


def test_a_city_of_zeros_is_told_each_denominator_it_left_out() -> None:
    scores = score_merged(NATIONAL, zero_city())
    codes = {finding.code for finding in scores.findings}
    assert codes == {"zero-denominator", "query"}
    told = [finding.indicator for finding in scores.findings if finding.code == "zero-denominator"]
    assert {"L1P1-A1", "L1P4-A3", "L3P1-A1", "L7P1-A3"} <= set(told)
    assert "L3P1-A3" not in told, "stated by the text"
    assert told.count("L1P3-A1") == 1, "streets are stated, townships are not"


# --- findings ----------------------------------------------------------------------------------------------------


def test_a_ratio_above_one_is_told_with_its_words_and_numbers() -> None:
    scores = score_merged(NATIONAL, best_city(bus_lines_forecast=300))
    (finding,) = scores.findings
    assert (finding.code, finding.indicator) == ("ratio-above-one", "L1P2-A2")
    assert (finding.parameters["numerator"], finding.parameters["denominator"]) == ("300", "100")
    assert NATIONAL.label("bus_lines_forecast") in finding.parameters["numerator_label"]
    for language in LANGUAGES:
        assert "300" in str(word_finding(finding, language))


def test_a_stated_cap_is_silent() -> None:
    scores = score_merged(NATIONAL, best_city(broadband_households=300))
    assert (scores.total, scores.findings) == (100, ())


def test_a_part_of_a_rule_is_told_by_its_own_name() -> None:
    (finding,) = score_merged(NATIONAL, best_city(resident_population=50, mobile_4g_users=50)).findings
    assert finding.indicator == "L1P7-A2"
    assert "users" in finding.parameters["numerator_label"]


def test_a_number_that_does_not_terminate_is_told_to_four_decimals() -> None:
    users = {"app_users_wechat": 200, "app_users_alipay": 100, "app_users_city": 0}
    (finding,) = score_merged(NATIONAL, best_city(**users)).findings
    assert finding.parameters["numerator"] == "166.6667"


def test_a_query_speaks_where_its_condition_holds() -> None:
    scores = score_merged(NATIONAL, best_city(env_events_reported=0, env_events_handled=7))
    (finding,) = scores.findings
    assert (finding.code, finding.indicator) == ("query", "L3P1-A3")
    assert "两数不合" in finding.parameters["say"]
    assert scores.total == 100, "a query takes nothing away"


def test_an_indicator_that_is_open_asks_nothing() -> None:
    given = best_city(env_events_reported=0, env_events_handled=Standing.CONFLICT)
    assert score_merged(NATIONAL, given).findings == ()


@pytest.mark.parametrize("standing", [C, U, N, M])
def test_a_table_stands_for_its_indicator(standing: Standing) -> None:
    merged = merge(NATIONAL, {}, {"tertiary_hospitals": standing})
    found = by_code(score_merged(NATIONAL, merged))["L1P4-A3"]
    assert (found.standing, found.open, found.score) == (standing, ("tertiary_hospitals",), None)


def test_a_table_is_scored_row_by_row() -> None:
    rows = [{"record_reads": 1, "outpatient_visits": 2}, {"record_reads": 0, "outpatient_visits": 98}]
    found = by_code(score_merged(NATIONAL, merge(NATIONAL, {}, {"tertiary_hospitals": rows})))["L1P4-A3"]
    assert (found.mark, found.score) == (25, Fraction("7.5"))


def test_the_tree_of_scores_is_the_tree_of_the_catalog() -> None:
    scores = score_merged(NATIONAL, best_city())
    assert [d.dimension.code for d in scores.dimensions] == [d.code for d in NATIONAL.dimensions]
    categories = [c.category for d in scores.dimensions for c in d.categories]
    assert categories == list(NATIONAL.categories)
    assert [found.indicator.code for found in scores.indicators] == [i.code for i in NATIONAL.indicators]
