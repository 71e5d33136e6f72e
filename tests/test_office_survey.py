"""Citizen experience from a questionnaire: the workbook, the responses, the score worked by hand, and the summary."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from questionnaires import SMALL, fill, form, lost, responses, scored, small_form

from smartcity_xl.office.survey.estimate import Estimate, Tally
from smartcity_xl.office.survey.form import QUESTIONS, SCALES
from smartcity_xl.office.survey.questionnaire import Scale, ScaleVerdict, Span

F = Fraction

# --- scales ------------------------------------------------------------------------------------------------------

FIVE = Span(F(1), F(5), F(0), F(100))
TEN = Span(F(0), F(10), F(0), F(100))
TURNED = Span(F(1), F(5), F(100), F(0))
SLIDER = Span(F(0), F(100), F(0), F(100), decimals=True)
NAMED = {"很满意": F(100), "满意": F(75), "不清楚": None}
ON_A_SCALE: list[tuple[str, Span | None, Mapping[str, Fraction | None], str, ScaleVerdict, Fraction | None]] = [
    ("the least of 1–5 is 0", FIVE, {}, "1", ScaleVerdict.VALID, F(0)),
    ("2 of 1–5 is a quarter", FIVE, {}, "2", ScaleVerdict.VALID, F(25)),
    ("3 of 1–5 is half", FIVE, {}, "3", ScaleVerdict.VALID, F(50)),
    ("the most of 1–5 is 100", FIVE, {}, "5", ScaleVerdict.VALID, F(100)),
    ("0 is not on 1–5", FIVE, {}, "0", ScaleVerdict.IMPOSSIBLE, None),
    ("6 is not on 1–5", FIVE, {}, "6", ScaleVerdict.IMPOSSIBLE, None),
    ("3.5 is not on 1–5", FIVE, {}, "3.5", ScaleVerdict.IMPOSSIBLE, None),
    ("3.0 is 3", FIVE, {}, "3.0", ScaleVerdict.VALID, F(50)),
    ("a full-width 4", FIVE, {}, "４", ScaleVerdict.VALID, F(75)),
    ("7 of 0–10", TEN, {}, "7", ScaleVerdict.VALID, F(70)),
    ("-1 is not on 0–10", TEN, {}, "-1", ScaleVerdict.IMPOSSIBLE, None),
    ("where small is good, 1 is 100", TURNED, {}, "1", ScaleVerdict.VALID, F(100)),
    ("where small is good, 4 is 25", TURNED, {}, "4", ScaleVerdict.VALID, F(25)),
    ("a decimal where they are allowed", SLIDER, {}, "72.5", ScaleVerdict.VALID, F("72.5")),
    ("words are not on 1–5", FIVE, {}, "满意", ScaleVerdict.IMPOSSIBLE, None),
    ("a number with its unit is no number", FIVE, {}, "5分", ScaleVerdict.IMPOSSIBLE, None),
    ("a date is no number", FIVE, {}, "2026-03-04", ScaleVerdict.IMPOSSIBLE, None),
    ("a named answer", None, NAMED, "满意", ScaleVerdict.VALID, F(75)),
    ("blanks and full-width signs do not matter", None, NAMED, " 满　意 ", ScaleVerdict.VALID, F(75)),
    ("one that does not count", None, NAMED, "不清楚", ScaleVerdict.EXCUSED, None),
    ("a part of an answer is none", None, NAMED, "很满", ScaleVerdict.IMPOSSIBLE, None),
    ("two answers in one cell are none", None, NAMED, "满意┋很满意", ScaleVerdict.IMPOSSIBLE, None),
    ("a number is no named answer", None, NAMED, "3", ScaleVerdict.IMPOSSIBLE, None),
    ("a code may be a named answer", None, {"1": F(100), "2": F(0)}, "2", ScaleVerdict.VALID, F(0)),
    ("a named answer beside numbers", FIVE, {"99": None}, "99", ScaleVerdict.EXCUSED, None),
    ("nothing", FIVE, {}, "", ScaleVerdict.UNANSWERED, None),
    ("blanks only", FIVE, {}, " 　", ScaleVerdict.UNANSWERED, None),
    ("a way of leaving it out", None, NAMED, "（跳过）", ScaleVerdict.UNANSWERED, None),
]


@pytest.mark.parametrize(("span", "named", "text", "verdict", "points"), [row[1:] for row in ON_A_SCALE],
                         ids=[row[0] for row in ON_A_SCALE])  # fmt: skip
def test_an_answer_on_its_scale(
    span: Span | None, named: Mapping[str, Fraction | None], text: str, verdict: ScaleVerdict, points: Fraction | None
) -> None:
    assert Scale("量表", span, named).read(text, frozenset({"(空)", "(跳过)"})) == (verdict, points)


# --- the interval, by hand ---------------------------------------------------------------------------------------

INTERVALS: list[tuple[str, list[int], str, tuple[str, str] | None]] = [
    ("one score has no interval", [80], "80", None),
    ("equal scores have none to either side", [75, 75, 75], "75", ("75", "75")),
    # mean 80, s² = (100 + 0 + 0 + 100) / 3, √(s²/4) = 4.08248, times 1.96 = 8.00167
    ("four scores", [70, 80, 80, 90], "80", ("72.00", "88.00")),
    # mean 50, s² = 5000, √(5000/2) = 50, times 1.96 = 98: cut at both ends
    ("two opposite scores", [0, 100], "50", ("0", "100")),
    # mean 95, s² = (25 + 25 + 25 + 25 + 100) / 4 = 50, √(50/5) = 3.16228, times 1.96 = 6.19806: cut at 100
    ("cut at 100 only", [100, 100, 100, 90, 85], "95", ("88.80", "100")),
    # 2/3 of 100 is 66.666…, half-up
    ("a mean without end", [100, 100, 0], "66.67", ("1.33", "100")),
]


@pytest.mark.parametrize(
    ("scores", "mean", "bounds"), [row[1:] for row in INTERVALS], ids=[row[0] for row in INTERVALS]
)
def test_the_interval_of_a_mean(scores: list[int], mean: str, bounds: tuple[str, str] | None) -> None:
    tally = Tally()
    for score in scores:
        tally.add(score, 1)
    found = tally.estimate()
    assert found.score == F(mean)
    assert found.interval == (tuple(map(F, bounds)) if bounds else None)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(4, 40)), min_size=2, max_size=30), st.integers(1, 12))
def test_a_tally_of_whole_numbers_is_the_sum_of_the_fractions(scores: list[tuple[int, int]], unit: int) -> None:
    tally = Tally()
    for numerator, denominator in scores:
        tally.add(numerator, denominator)
    exact = [F(numerator, denominator * unit) for numerator, denominator in scores]
    assert tally.estimate(unit) == Estimate(len(exact), sum(exact), sum(score**2 for score in exact))


# --- responses ---------------------------------------------------------------------------------------------------

COUNTED: list[tuple[str, dict[str, Any], str, str, dict[str, int]]] = [
    ("both questions weigh the same", {}, "甲 乙\n满意 5", "87.50", {}),
    ("the mean over respondents", {}, "甲 乙\n很满意 5\n很不满意 1\n满意 4", "58.33", {}),
    ("an unanswered question is left out", {}, "甲 乙\n满意 -\n很满意 5", "87.50", {"unanswered": 1}),
    ("one that does not count is left out", {}, "甲 乙\n不清楚 3\n很满意 5", "75.00", {"excused": 1}),
    ("one outside the scale is left out", {}, "甲 乙\n满意 6\n好 5", "87.50", {"impossible": 2}),
    ("just the least weight counts", {"minimum": 0.5}, "甲 乙\n满意 -", "75.00", {"unanswered": 1}),
    ("less than the least weight does not", {"minimum": 0.51}, "甲 乙\n满意 -\n一般 3", "50.00",
     {"few-answers": 1, "unanswered": 1}),
    ("a response without a valid answer", {}, "甲 乙\n不清楚 9\n一般 3", "50.00",
     {"no-answer": 1, "impossible": 1, "excused": 1}),
    ("a way of leaving answers out", {"unanswered": "(空)、/"}, "甲 乙\n（空） 3\n/ 3", "50.00", {"unanswered": 2}),
    ("the first of one respondent", {"respondent": "号"}, "号 甲 乙\n7 满意 4\n8 一般 3\n7 很满意 5", "62.50",
     {"same-respondent": 1}),
    ("the last of one respondent", {"respondent": "号", "keep": "保留最后一份"},
     "号 甲 乙\n7 满意 4\n8 一般 3\n7 很满意 5", "75.00", {"same-respondent": 1}),
    ("none of one respondent", {"respondent": "号", "keep": "都不计"}, "号 甲 乙\n7 满意 4\n8 一般 3\n7 很满意 5",
     "50.00", {"same-respondent": 2}),
    ("a silent first response does not push out the second", {"respondent": "号"},
     "号 甲 乙\n7 不清楚 -\n7 很满意 5", "100.00", {"no-answer": 1, "unanswered": 1, "excused": 1}),
    ("responses without an id stand for themselves", {"respondent": "号"}, "号 甲 乙\n- 满意 4\n- 满意 4\n7 一般 3",
     "66.67", {}),
    ("ids differ by their letters", {"respondent": "号"}, "号 甲 乙\na1 满意 4\nA1 一般 3", "62.50", {}),
    ("equal responses all count", {}, "甲 乙 时\n满意 4 9:01\n满意 4 9:01\n一般 3 9:05", "66.67", {}),
    ("equal responses count once", {"twins": "只计一份"}, "甲 乙 时\n满意 4 9:01\n满意 4 9:01\n一般 3 9:05", "62.50",
     {"twin": 1}),
    ("responses of another minute are not equal", {"twins": "只计一份"}, "甲 乙 时\n满意 4 9:01\n满意 4 9:02", "75.00",
     {}),
    ("with ids, equal responses are not looked for", {"respondent": "号", "twins": "只计一份"},
     "号 甲 乙\n7 满意 4\n8 满意 4", "75.00", {}),
    ("blank rows are no responses", {}, "- -\n甲 乙\n- -\n满意 4\n- -", "75.00", {}),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "text", "score", "losses"), [row[1:] for row in COUNTED],
                         ids=[row[0] for row in COUNTED])  # fmt: skip
def test_what_counts(tmp_path: Path, settings: dict[str, Any], text: str, score: str, losses: dict[str, int]) -> None:
    result = scored(small_form(tmp_path, **settings), responses(tmp_path, text))
    assert (result.estimate.score, lost(result)) == (F(score), losses)
    assert result.estimate.number + sum(loss.number for loss in result.dropped) == result.received


def test_a_question_without_weight_is_counted_and_does_not_score(tmp_path: Path) -> None:
    lists = {**SMALL, QUESTIONS: [
        {"column": "甲", "scale": "满意度", "weight": 1}, {"column": "乙", "scale": "评分", "weight": 0},
    ]}  # fmt: skip
    path = form(tmp_path, fill(lists, {"respondent": None, "least": 1}))
    result = scored(path, responses(tmp_path, "甲 乙\n满意 1\n不清楚 5"))
    assert (result.estimate.score, lost(result)) == (F(75), {"no-answer": 1, "excused": 1})
    assert result.questions[1].valid
    assert result.questions[1].valid.score == 0


def test_weights_count_in_proportion_to_what_was_answered(tmp_path: Path) -> None:
    """20 % at 100, 30 % left out, 50 % at 25: (20 · 100 + 50 · 25) / 70 = 46.428…"""
    lists = {**SMALL, QUESTIONS: [
        {"column": "甲", "scale": "满意度", "weight": 0.2}, {"column": "乙", "scale": "评分", "weight": 0.3},
        {"column": "丙", "scale": "评分", "weight": "50%"},
    ]}  # fmt: skip
    path = form(tmp_path, fill(lists, {"respondent": None, "least": 1}))
    result = scored(path, responses(tmp_path, "甲 乙 丙\n很满意 - 2"))
    assert result.estimate.total == F(3250, 70)
    assert result.estimate.score == F("46.43")


def test_groups_are_scored_apart_and_a_blank_is_a_group(tmp_path: Path) -> None:
    path = small_form(tmp_path, groups=("区",))
    text = "区 甲 乙\n东 满意 4\n东 一般 3\n西 很满意 5\n- 很不满意 1"
    result = scored(path, responses(tmp_path, text))
    found = [(one.value, one.estimate.number, one.estimate.score) for one in result.groups]
    assert found == [("东", 2, F("62.5")), ("西", 1, F(100)), ("", 1, F(0))]


def test_many_numbers_are_shown_in_fifths(tmp_path: Path) -> None:
    lists = {
        QUESTIONS: [{"column": "甲", "scale": "滑块", "weight": 1}],
        SCALES: [{"name": "滑块", "low": 0, "low_points": 0, "high": 100, "high_points": 100, "decimals": "是"}],
    }
    path = form(tmp_path, fill(lists, {"respondent": None, "least": 1}))
    rows = "\n".join(["甲", *(str(number) for number in range(101)), "99.5"])
    (question,) = scored(path, responses(tmp_path, rows)).questions
    # 0–19, 20–39, 40–59, 60–79, and 80–100 with 99.5
    assert [answer.number for answer in question.answers] == [22, 20, 20, 20, 20]
