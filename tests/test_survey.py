"""Citizen experience from a questionnaire: the workbook, the responses, the score worked by hand, and the summary."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_samples import fill_workbook
from make_survey import EXAMPLE, HEADS, survey_rows, write_csv
from office import PROGRAMS, read_values, recalculate, spoil_cached
from support import ASSIGNMENT, CATALOG, ISSUE, assert_worded, edited, growth, identified, put, small_catalog, with_cell
from support import figure as small_figure
from test_several_systems import hold

from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import FaultyFile, NothingUsable, ResponsesFault, SurveyFault, UsageFault
from smartcity_xl.form.map import COLUMNS, FIGURES, SURVEY, column
from smartcity_xl.messages import label
from smartcity_xl.model import Finding, Outcome, Standing
from smartcity_xl.office.editing.form import FIRST_ROW, SETTINGS
from smartcity_xl.office.survey.estimate import Estimate, Tally
from smartcity_xl.office.survey.form import ANSWERS, GROUPS, LISTS, QUESTIONS, SCALES, SETTING_KEYS
from smartcity_xl.office.survey.questionnaire import Scale, ScaleVerdict, Span
from smartcity_xl.office.survey.read import read_questionnaire
from smartcity_xl.office.survey.score import Loss, SurveyResult
from smartcity_xl.office.survey.take import survey_slot, survey_slots
from smartcity_xl.office.survey.write import write_questionnaire
from smartcity_xl.run.collecting import assess, needs_a_person
from smartcity_xl.run.surveys import score_survey

F = Fraction
Edit = Callable[[Any], object]

# --- a questionnaire, filled ---------------------------------------------------------------------------------


def cell(book: Any, sheet: str, row: int, name: str) -> Any:
    """The cell of a list, ``row`` counted from 0 at its first entry."""
    at = next(n for n, one in enumerate(LISTS[sheet]) if one.name == name)
    return book[label(f"survey.sheet_{sheet}")].cell(FIRST_ROW + 1 + row, at + 2)


def setting(book: Any, key: str) -> Any:
    sheet = book[label(f"survey.sheet_{SETTINGS}")]
    row = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == key)
    return sheet.cell(row, 3)


def change(sheet: str, row: int, name: str, value: Any) -> Edit:
    return lambda book: setattr(cell(book, sheet, row, name), "value", value)


def change_setting(key: str, value: Any) -> Edit:
    return lambda book: setattr(setting(book, key), "value", value)


def both(*edits: Edit) -> Edit:
    return lambda book: [edit(book) for edit in edits]


def fill(lists: Mapping[str, Sequence[Mapping[str, Any]]], settings: Mapping[str, Any]) -> Edit:
    """Other lists than the example's; a list that is left out becomes empty."""

    def edit(book: Any) -> None:
        for name, columns in LISTS.items():
            for row in range(20):
                for one in columns:
                    if one.name != "check":
                        entries = lists.get(name, ())
                        value = entries[row].get(one.name) if row < len(entries) else None
                        cell(book, name, row, one.name).value = value
        for key, value in settings.items():
            setting(book, key).value = value

    return edit


@cache
def blank_form() -> bytes:
    return write_questionnaire()


def form(tmp_path: Path, *edits: Edit) -> Path:
    path = tmp_path / "调查问卷.xlsx"
    data = blank_form()
    for edit in edits:
        data = edited(data, edit)
    path.write_bytes(data)
    return path


SATISFACTION = {"很满意": 100, "满意": 75, "一般": 50, "不满意": 25, "很不满意": 0, "不清楚": "不计"}
SMALL = {
    QUESTIONS: [{"column": "甲", "scale": "满意度", "weight": 0.5}, {"column": "乙", "scale": "评分", "weight": 0.5}],
    SCALES: [{"name": "满意度"}, {"name": "评分", "low": 1, "low_points": 0, "high": 5, "high_points": 100}],
    ANSWERS: [{"scale": "满意度", "answer": answer, "points": points} for answer, points in SATISFACTION.items()],
}
"""Two questions of equal weight: one of named answers, one from 1 to 5."""


def small_form(tmp_path: Path, groups: Sequence[str] = (), **settings: Any) -> Path:
    lists = {**SMALL, GROUPS: [{"column": column} for column in groups]}
    return form(tmp_path, fill(lists, {"respondent": None, "least": 1, "unanswered": None, **settings}))


def responses(tmp_path: Path, text: str, name: str = "答卷.csv") -> Path:
    """A file of responses, its rows written as lines, its cells parted by blanks; ``-`` is a blank cell."""
    rows = [["" if part == "-" else part for part in line.split()] for line in text.strip().splitlines()]
    path = tmp_path / name
    path.write_bytes(write_csv(rows))
    return path


def scored(questionnaire: Path, *files: Path) -> SurveyResult:
    out = questionnaire.with_name("市民体验得分.xlsx")
    return score_survey(questionnaire, files, out, overwrite=True)[0]


def lost(result: SurveyResult) -> dict[str, int]:
    return {loss.kind: loss.number for loss in (*result.dropped, *result.answers) if loss.number}


def loss_of(result: SurveyResult, kind: str) -> Loss:
    return next(loss for loss in (*result.dropped, *result.answers) if loss.kind == kind)


# --- scales --------------------------------------------------------------------------------------------------

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


# --- the interval, by hand -----------------------------------------------------------------------------------

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


# --- responses -----------------------------------------------------------------------------------------------

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


# --- files of responses --------------------------------------------------------------------------------------

ROWS = [["区", "甲", "乙"], ["东城区", "满意", "4"], ["西城区", "很满意", "5"], ["东城区", "", "1"]]


def as_xlsx(rows: Sequence[Sequence[object]], sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if not number else book.create_sheet()
        for row in rows:
            sheet.append([int(value) if str(value).isdigit() else value or None for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def lines(separator: str, encoding: str) -> bytes:
    return "\r\n".join(separator.join(row) for row in ROWS).encode(encoding)


FORMATS = {
    "UTF-8": ("a.csv", write_csv(ROWS)), "UTF-8 with a mark": ("a.csv", write_csv(ROWS, "utf-8-sig")),
    "GBK": ("a.csv", write_csv(ROWS, "gbk")), "UTF-16 with tabs": ("a.txt", lines("\t", "utf-16")),
    "semicolons": ("a.csv", lines(";", "utf-8")),
    "an old Mac's line ends": ("a.csv", write_csv(ROWS).replace(b"\r\n", b"\r")),
    "a workbook": ("a.xlsx", as_xlsx(ROWS)), "a workbook that calls itself text": ("a.csv", as_xlsx(ROWS)),
    "titles above the headings": ("a.csv", write_csv([["2026 年市民体验调查"], [], *ROWS])),
    "titles in a workbook": ("a.xlsx", as_xlsx([["2026 年市民体验调查"], [], *ROWS])),
    "commas at the ends of lines": ("a.csv", write_csv([ROWS[0], *([*row, ""] for row in ROWS[1:])])),
    "headings in full-width signs, with blanks": ("a.csv", write_csv([["区 ", " 甲", "　乙"], *ROWS[1:]])),
    "numbers as text": ("a.xlsx", as_xlsx([ROWS[0], *([*row[:2], f" {row[2]}"] for row in ROWS[1:])])),
}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), FORMATS.values(), ids=FORMATS)
def test_every_way_of_writing_responses_gives_the_same(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    result = scored(small_form(tmp_path, groups=("区",)), path)
    # 75, 100, and 0 on the second question alone
    assert (result.estimate.total, result.received) == (175, 3)
    assert [(one.value, one.estimate.total) for one in result.groups] == [("东城区", 75), ("西城区", 100)]


def test_several_files_are_laid_together_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = small_form(tmp_path, respondent="号")
    second = responses(tmp_path, "号 甲 乙\n7 很满意 5\n9 一般 3", "b.csv")
    first = tmp_path / "a.xlsx"
    first.write_bytes(as_xlsx([["乙", "别的", "号", "甲"], [4, "x", 7, "满意"], [1, "y", 8, "很不满意"]]))
    result = scored(path, second, first)
    assert result.estimate.total == 75 + 0 + 50
    ((place, _, _),) = loss_of(result, "same-respondent").listed
    assert (place.file, place.row) == ("b.csv", 2)
    assert scored(path, first, second) == result


def test_a_loss_is_told_by_file_and_row(tmp_path: Path) -> None:
    path = small_form(tmp_path)
    file = tmp_path / "a.csv"
    file.write_bytes(write_csv([["调查"], ["甲", "乙"], ["满意", "4"], ["", ""], ["好极了", "4"], ["满意\n啊", "4"]]))
    listed = loss_of(scored(path, file), "impossible").listed
    assert [(place.row, question, given) for place, question, given in listed] == [
        (5, "甲", "好极了"), (6, "甲", "满意\n啊"),
    ]  # fmt: skip


def xml_cell(data: bytes, cell: str, xml: str) -> bytes:
    return with_cell(data, cell, xml, "xl/worksheets/sheet1.xml")


def test_an_error_or_a_formula_without_result_is_no_blank(tmp_path: Path) -> None:
    data = as_xlsx([["甲", "乙"], ["满意", "3"], ["满意", "3"], ["满意", "3"]])
    data = xml_cell(data, "B2", '<c r="B2" t="e"><v>#N/A</v></c>')
    data = xml_cell(data, "B3", '<c r="B3"><f>1+2</f></c>')
    data = xml_cell(data, "B4", '<c r="B4"><f>1+2</f><v>3</v></c>')
    file = tmp_path / "a.xlsx"
    file.write_bytes(data)
    result = scored(small_form(tmp_path), file)
    assert (lost(result), result.estimate.total) == ({"impossible": 2}, 75 + 75 + F("62.5"))


def far_cell(data: bytes) -> bytes:
    return xml_cell(data, "C4", '<c r="C4"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>')


OLE_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage\0".encode("utf-16-le")


FILE_FAULTS: dict[str, tuple[str, str, dict[str, bytes]]] = {
    "a column that is not there": ("题目!B7", "column-absent", {"a.csv": write_csv([["甲"], ["满意"]])}),
    "a column of nearly this name": ("题目!B6", "column-near", {"a.csv": write_csv([["甲甲", "乙"], ["满意", "4"]])}),
    "two columns of this name": (
        "题目!B6", "column-twice", {"a.csv": write_csv([["甲", "乙", "甲"], ["满意", "4", "一般"]])},
    ),
    "no headings at all": ("题目!B6", "column-absent", {"a.csv": b"1,2\r\n3,4\r\n"}),
    "an empty file": ("a.csv", "empty-file", {"a.csv": b""}),
    "a damaged workbook": ("a.xlsx", "responses-damaged", {"a.xlsx": as_xlsx(ROWS)[:800]}),
    "a PDF": ("a.csv", "not-a-workbook", {"a.csv": b"%PDF-1.4 ..."}),
    "a page of a browser": ("a.xls", "not-a-workbook", {"a.xls": b"<html><table></table></html>"}),
    "an old workbook": ("a.xls", "old-workbook", {"a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600}),
    "a workbook with a password": ("a.xlsx", "encrypted", {"a.xlsx": OLE_ENCRYPTED}),
    "an archive": ("a.rar", "archive", {"a.rar": b"Rar!\x1a\x07\x00"}),
    "a row with more cells than headings": ("a.csv", "responses-ragged", {"a.csv": "甲,乙\n满意,4,1\n".encode()}),
    "a row with many more": ("a.csv", "responses-ragged", {"a.csv": "甲,乙\n满意,4\n满意,4,1,2\n".encode()}),
    "a quotation mark left open": ("a.csv", "responses-quote", {"a.csv": '甲,乙\n"满意,4\n满意,4\n'.encode()}),
    "no encoding": ("a.csv", "responses-encoding", {"a.csv": "甲,乙\n".encode() + b"\xff\xff,\xfe\n"}),
    "two sheets of responses": ("a.xlsx", "responses-sheets", {"a.xlsx": as_xlsx(ROWS, 2)}),
    "a cell at the end of the sheet": ("a.xlsx", "responses-far", {"a.xlsx": far_cell(as_xlsx(ROWS))}),
    "a sheet that no program writes": (
        "a.xlsx", "responses-odd", {"a.xlsx": xml_cell(as_xlsx(ROWS), "A2", "<c  r='A2'><v>1</v></c>")},
    ),
    "one of two files": ("b.csv", "empty-file", {"a.csv": write_csv(ROWS), "b.csv": b""}),
}  # fmt: skip


@pytest.mark.parametrize(("where", "code", "files"), FILE_FAULTS.values(), ids=FILE_FAULTS)
def test_a_file_that_cannot_be_used_is_named_and_nothing_is_written(
    tmp_path: Path, where: str, code: str, files: dict[str, bytes]
) -> None:
    path = small_form(tmp_path)
    folder = put(tmp_path / "in", files)
    with pytest.raises(FaultyFile) as caught:
        scored(path, *(folder / name for name in files))
    assert (where, code) in [(fault.where, fault.code) for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert all("{" not in fault.words(language) for fault in caught.value.faults for language in ("zh", "en"))
    assert isinstance(caught.value, ResponsesFault)
    assert not (tmp_path / "市民体验得分.xlsx").exists()


@pytest.mark.parametrize("identity", ["888888888888881234", "8.88889E+17"], ids=["a number", "its text"])
def test_ids_that_lost_their_end_are_refused(tmp_path: Path, identity: str) -> None:
    """A spreadsheet keeps 15 digits: two people of one county would become one."""
    file = tmp_path / "a.xlsx"
    file.write_bytes(as_xlsx([["号", "甲", "乙"], [identity, "满意", "4"]]))
    with pytest.raises(FaultyFile) as caught:
        scored(small_form(tmp_path, respondent="号"), file)
    (fault,) = caught.value.faults
    assert (fault.code, fault.where) == ("respondent-cut", "说明!C15")  # type: ignore[attr-defined]


def test_a_column_that_is_no_group_is_refused(tmp_path: Path) -> None:
    rows = "\n".join(["号 甲 乙", *(f"{number} 满意 4" for number in range(201))])
    with pytest.raises(FaultyFile) as caught:
        scored(small_form(tmp_path, groups=("号",)), responses(tmp_path, rows))
    assert [fault.code for fault in caught.value.faults] == ["group-many"]  # type: ignore[attr-defined]


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    first, second = (responses(tmp_path, "甲 乙\n满意 4", name) for name in ("a.csv", "b.csv"))
    with pytest.raises(UsageFault, match="survey-file-twice"):
        scored(small_form(tmp_path), first, second)


def test_no_response_that_counts_is_told_with_the_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, file = small_form(tmp_path), responses(tmp_path, "甲 乙\n好 9\n不清楚 -")
    out = tmp_path / "out.xlsx"
    assert run_cli(["--lang", "en", "survey", "score", str(path), str(file), "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "Of 2 responses none counts: no valid answer 2" in told
    assert not out.exists()


@pytest.mark.parametrize("given", ["调查问卷.xlsx", "答卷.csv"])
def test_the_results_never_replace_what_they_come_from(tmp_path: Path, given: str) -> None:
    path, file = small_form(tmp_path), responses(tmp_path, "甲 乙\n满意 4")
    before = (tmp_path / given).read_bytes()
    with pytest.raises(UsageFault, match="survey-out-is-input"):
        score_survey(path, [file], tmp_path / given, overwrite=True)
    assert (tmp_path / given).read_bytes() == before


def test_time_grows_with_the_number_of_responses(tmp_path: Path) -> None:
    path = small_form(tmp_path, respondent="号")

    def work(size: int) -> None:
        rows = [["号", "甲", "乙"], *([str(n), "满意", str(1 + n % 5)] for n in range(size))]
        (tmp_path / "a.csv").write_bytes(write_csv(rows))
        assert scored(path, tmp_path / "a.csv").received == size

    assert growth(work, 2_000) < 24


# --- the questionnaire's faults ------------------------------------------------------------------------------


def twice(book: Any) -> None:
    cell(book, QUESTIONS, 1, "column").value = cell(book, QUESTIONS, 0, "column").value


def without_questions(book: Any) -> None:
    for row in range(6):
        for name in ("column", "text", "scale", "weight"):
            cell(book, QUESTIONS, row, name).value = None


FORM_FAULTS: dict[str, tuple[str, str, Edit]] = {
    "no city": ("说明!C11", "field-missing", change_setting("city", None)),
    "a day that is none": ("说明!C13", "date-form", change_setting("as_of", "年底")),
    "a way of keeping that is not offered": ("说明!C16", "cell-choice", change_setting("keep", "随便")),
    "a way with twins that is not offered": ("说明!C17", "cell-choice", change_setting("twins", "都不计")),
    "no least weight": ("说明!C18", "field-missing", change_setting("minimum", None)),
    "a setting whose row is gone": ("说明!C1", "setting-gone", lambda book: book["说明"].delete_rows(18)),
    "a least weight of 0": ("说明!C18", "share-range", change_setting("minimum", 0)),
    "a least weight above 1": ("说明!C18", "share-range", change_setting("minimum", 50)),
    "a least number that is no number": ("说明!C19", "cell-number", change_setting("least", "很多")),
    "half a response": ("说明!C19", "cell-whole", change_setting("least", 0.5)),
    "weights that do not make 100 %": ("题目!E6", "survey-weights", change(QUESTIONS, 0, "weight", 0.1)),
    "a weight below 0": ("题目!E7", "share-range", change(QUESTIONS, 1, "weight", -0.15)),
    "a weight above 100 %": ("题目!E7", "share-range", change(QUESTIONS, 1, "weight", 15)),
    "a weight in words": ("题目!E7", "cell-number", change(QUESTIONS, 1, "weight", "一成半")),
    "a weight as a formula": ("题目!E7", "cell-formula", change(QUESTIONS, 1, "weight", "=0.1+0.05")),
    "no weight": ("题目!E7", "field-missing", change(QUESTIONS, 1, "weight", None)),
    "no scale": ("题目!D7", "field-missing", change(QUESTIONS, 1, "scale", None)),
    "a scale nobody knows": ("题目!D7", "scale-unknown", change(QUESTIONS, 1, "scale", "满意")),
    "no column": ("题目!B7", "field-missing", change(QUESTIONS, 1, "column", None)),
    "one column twice": ("题目!B7", "duplicate", twice),
    "no questions": ("题目!B1", "questions-none", without_questions),
    "a scale twice": ("量表!B7", "duplicate", change(SCALES, 1, "name", "满意度")),
    "a scale of nothing": ("量表!B10", "scale-empty", change(SCALES, 4, "name", "空量表")),
    "half a range": ("量表!E8", "field-missing", change(SCALES, 2, "high", None)),
    "a range the wrong way round": ("量表!E8", "span-empty", change(SCALES, 2, "high", -1)),
    "a range of one number": ("量表!E8", "span-empty", change(SCALES, 2, "high", 0)),
    "points above 100": ("量表!F8", "points-range", change(SCALES, 2, "high_points", 120)),
    "points that do not count, of a number": ("量表!F8", "points-range", change(SCALES, 2, "high_points", "不计")),
    "decimals perhaps": ("量表!G8", "cell-choice", change(SCALES, 2, "decimals", "也许")),
    "a range that became a date": (
        "量表!E8", "cell-date", change(SCALES, 2, "high", datetime.datetime(2026, 3, 4)),
    ),
    "an answer of no scale": ("文字答案!B6", "field-missing", change(ANSWERS, 0, "scale", None)),
    "an answer of a scale nobody knows": ("文字答案!B6", "scale-unknown", change(ANSWERS, 0, "scale", "满")),
    "an answer without words": ("文字答案!C6", "field-missing", change(ANSWERS, 0, "answer", None)),
    "an answer without points": ("文字答案!D6", "field-missing", change(ANSWERS, 0, "points", None)),
    "an answer of 101 points": ("文字答案!D6", "points-named", change(ANSWERS, 0, "points", 101)),
    "an answer of some points": ("文字答案!D6", "points-named", change(ANSWERS, 0, "points", "满分")),
    "an answer twice": ("文字答案!C7", "duplicate", change(ANSWERS, 1, "answer", " 很满意")),
    "an answer that means unanswered": ("文字答案!C7", "answer-unanswered", change(ANSWERS, 1, "answer", "（空）")),
    "an answer among the numbers": (
        "文字答案!C16", "answer-in-span",
        both(change(ANSWERS, 10, "scale", "0 至 10 分"), change(ANSWERS, 10, "answer", "7"),
             change(ANSWERS, 10, "points", 0)),
    ),
    "a group twice": ("分组!B7", "duplicate", change(GROUPS, 1, "column", "区 县")),
}  # fmt: skip


@pytest.mark.parametrize(("where", "code", "edit"), FORM_FAULTS.values(), ids=FORM_FAULTS)
def test_a_fault_of_the_questionnaire_is_named_with_sheet_and_cell(
    tmp_path: Path, where: str, code: str, edit: Edit
) -> None:
    with pytest.raises(FaultyFile) as caught:
        read_questionnaire(form(tmp_path, edit))
    assert (where, code) in [(fault.where, fault.code) for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert isinstance(caught.value, SurveyFault)
    for fault in caught.value.faults:
        assert "{" not in fault.words("zh") + fault.words("en")


def test_all_faults_are_told_at_once_in_the_order_of_the_sheets(tmp_path: Path) -> None:
    edits = [change(GROUPS, 1, "column", "区县"), change_setting("city", None), change(QUESTIONS, 0, "weight", 0.1)]
    with pytest.raises(FaultyFile) as caught:
        read_questionnaire(form(tmp_path, *edits))
    places = [fault.where for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert places == ["说明!C11", "题目!E6", "分组!B7"]


def test_the_worked_example_is_a_questionnaire_without_a_fault(tmp_path: Path) -> None:
    asked = read_questionnaire(form(tmp_path))
    assert [question.column for question in asked.questions] == HEADS[3:9]
    assert sum(question.weight for question in asked.questions) == 1
    assert write_questionnaire() == blank_form()


def test_a_deleted_sheet_and_a_stranger_are_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyFile) as caught:
        read_questionnaire(form(tmp_path, lambda book: book.remove(book["量表"])))
    assert [fault.code for fault in caught.value.faults] == ["sheet-missing"]  # type: ignore[attr-defined]
    (tmp_path / "a.xlsx").write_bytes(as_xlsx(ROWS))
    with pytest.raises(UsageFault, match="survey-form-unreadable"):
        read_questionnaire(tmp_path / "a.xlsx")


def test_rows_may_be_moved_and_sheets_renamed(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["题目"]
        sheet.insert_rows(FIRST_ROW + 2, 3)
        sheet.title = "我们的题目"

    assert read_questionnaire(form(tmp_path, edit)).questions[1].where == "我们的题目!B10"


# --- 300 responses, worked by hand ---------------------------------------------------------------------------
# 100 at 100, 100 at 62.75, 100 at 50: their sum 21275, that of their squares 1643756.25.
# s² = (1643756.25 − 21275² / 300) / 299 = 451.518952…; 1.96 · √(s² / 300) = 2.404547…


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[SurveyResult, Path]:
    folder = tmp_path_factory.mktemp("example")
    file, out = folder / "答卷.csv", folder / "市民体验得分.xlsx"
    file.write_bytes(write_csv(survey_rows(), "gb18030"))
    edits = [change_setting("city", "云溪市"), change_setting("round", "2018"), change_setting("as_of", "2018-12-20")]
    return score_survey(form(folder, *edits), [file], out)[0], out


def test_300_responses_worked_by_hand(example: tuple[SurveyResult, Path]) -> None:
    result = example[0]
    assert (result.received, result.estimate) == (307, Estimate(300, F(21275), F("1643756.25")))
    assert (result.estimate.score, result.estimate.interval) == (F("70.92"), (F("68.51"), F("73.32")))
    assert lost(result) == {
        "no-answer": 3, "few-answers": 1, "same-respondent": 3, "impossible": 6, "unanswered": 100 + 6 + 2 + 5,
        "excused": 200 + 4,
    }  # fmt: skip
    assert [place.row for place, _, _ in loss_of(result, "no-answer").listed] == [102, 103, 308]
    means = [one.valid.score if one.valid else None for one in result.questions]
    assert means == [F(75), F("87.5"), F("87.5"), F(75), F("73.33"), F(50)]
    assert [one.verdicts.get(ScaleVerdict.UNANSWERED, 0) for one in result.questions] == [0, 0, 100, 0, 0, 0]
    found = [(one.value, one.estimate.number, one.estimate.score, one.estimate.interval) for one in result.groups]
    # in each county 50 of each kind: s² = 67502.0833… / 149, 1.96 · √(s² / 150) = 3.406250…
    assert found == [
        ("东城区", 150, F("70.92"), (F("67.51"), F("74.32"))), ("西城区", 150, F("70.92"), (F("67.51"), F("74.32"))),
        ("18—40 岁", 100, F(100), (F(100), F(100))), ("41—60 岁", 100, F("62.75"), (F("62.75"), F("62.75"))),
        ("60 岁以上", 100, F(50), (F(50), F(50))),
    ]  # fmt: skip


def test_the_workbook_shows_the_result(example: tuple[SurveyResult, Path]) -> None:
    book = openpyxl.load_workbook(example[1], data_only=True)
    assert book.sheetnames[:5] == ["总览", "分题结果", "分组结果", "未计入", "问卷与文件"]
    shown = {row[1]: (row[2], row[4]) for row in book["总览"].iter_rows(min_row=2, values_only=True) if row[1]}
    assert shown["市民体验得分"][0] == 70.92
    assert (shown["95% 区间下限"][0], shown["95% 区间上限"][0], shown["计入的答卷"][0]) == (68.51, 73.32, 300)
    assert shown["没有有效答案"] == (3, "答卷.csv 第 102、103、308 行")
    assert shown["量表之外的答案"] == (6, "答卷.csv 第 308 行 …")
    dropped = list(book["未计入"].iter_rows(min_row=5, values_only=True))
    assert len(dropped) == 3 + 1 + 3 + 6
    assert ("答卷.csv", 308, "量表之外的答案", "总体评分", "11") in dropped
    everything = {value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row}
    assert not {value for value in everything if isinstance(value, str) and value.startswith("R00")}  # no ids


def test_the_same_responses_give_the_same_bytes(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    result, out = example
    (tmp_path / "答卷.csv").write_bytes(write_csv(survey_rows(), "gb18030"))
    again, done = score_survey(out.with_name("调查问卷.xlsx"), [tmp_path / "答卷.csv"], out)
    assert (again, done.written, done.unchanged) == (result, (), (out,))


def test_text_from_a_file_never_becomes_a_formula(tmp_path: Path) -> None:
    path = small_form(tmp_path, groups=("区",))
    file = responses(tmp_path, "区 甲 乙\n=1+1 满意 4\n东 =HYPERLINK(0) 4")
    scored(path, file)
    book = openpyxl.load_workbook(tmp_path / "市民体验得分.xlsx")
    cells = [one for sheet in book for row in sheet.iter_rows() for one in row]
    assert not [one.coordinate for one in cells if one.data_type == "f"]
    assert {"=1+1", "=HYPERLINK(0)"} <= {one.value for one in cells}


# --- into the summary ----------------------------------------------------------------------------------------

SLOT = survey_slot(CATALOG)
OFFICE = ASSIGNMENT.office


@cache
def office_book(score: float | str | None) -> bytes:
    answers = {} if score is None or SLOT is None else {SLOT.key: score}
    return fill_workbook(CATALOG, ASSIGNMENT, OFFICE, ISSUE, {"answers": answers, "as_of": "2018-12-31"})


@cache
def other_book() -> bytes:
    department = next(key for key in ASSIGNMENT.departments if key != OFFICE)
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {"answers": {}})


def collected(tmp_path: Path, **files: bytes) -> Outcome:
    inbox = put(tmp_path / "inbox", {f"{name}.xlsx": data for name, data in files.items()})
    outcome = assess(inbox)
    assert_worded(outcome.findings)
    return outcome


def survey_answer(outcome: Outcome) -> Any:
    assert SLOT
    return outcome.merged.slots[SLOT.key]


def codes(outcome: Outcome) -> list[str]:
    """The findings about the survey and its figure."""
    assert SLOT
    return [f.code for f in outcome.findings if f.code.startswith("survey") or f.figure == SLOT.key]


def test_the_figure_is_found_through_the_catalog() -> None:
    assert SLOT
    assert CATALOG.category_of[CATALOG.used_by[SLOT.figure][0]].dimension == CATALOG.survey_dimension
    assert survey_slot(small_catalog(small_figure("total"))) is None


def test_the_score_flows_into_the_summary_with_its_origin(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    inbox = put(tmp_path / "inbox", {"other.xlsx": other_book(), "问卷/市民体验得分.xlsx": example[1].read_bytes()})
    out = tmp_path / "out"
    assert run_cli(["collect", str(inbox), "--out", str(out)]) == 1
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert SLOT
    (figure,) = (entry for entry in results["figures"] if entry["key"] == SLOT.key)
    at = f"C{row_of('score')}"
    (answer,) = figure["answers"]
    assert answer == {
        "department": OFFICE, "state": "value", "value": "70.92", "raw": "70.92", "unit": "分", "as_of": "2018-12-20",
        "remark": "问卷调查，计入答卷 300 份，95% 区间 68.51 至 73.32", "explanation": "", "used": True,
        "file": "问卷/市民体验得分.xlsx", "sheet": "总览", "cell": at, "rows": None,
    }  # fmt: skip
    assert results["total"]["score"] == "28.37"  # 40 % of 70.92 is 28.368
    (office,) = (entry for entry in results["departments"] if entry["key"] == OFFICE)
    assert (office["reported"], office["files"]) == (False, [])
    (file,) = (entry for entry in results["files"] if entry["file"].startswith("问卷"))
    assert (file["status"], file["department"], file["reasons"]) == ("taken", OFFICE, [])
    book = openpyxl.load_workbook(out / "汇总.xlsx", data_only=True)
    code = CATALOG.used_by[SLOT.figure][0]
    breakdown = [row for row in book["指标得分"].iter_rows(values_only=True) if row[0] == code][-1]
    assert (breakdown[3], f"问卷/市民体验得分.xlsx　总览!{at}" in breakdown[9]) == (70.92, True)
    adopted = next(row for row in book["采用数据"].iter_rows(values_only=True) if row[0] == code)
    assert (adopted[5], adopted[11]) == (70.92, answer["remark"])
    assert adopted[8:11] == ("问卷/市民体验得分.xlsx", f"总览!{at}", "2018-12-20")


def row_of(key: str) -> int:
    """The row of a number that is read back, as people count: the score stands in the seventh."""
    keys = ("score", "low", "high", "number", "total", "squares", "least", "as_of")
    return 7 + keys.index(key)


def test_one_typed_number_still_works(tmp_path: Path) -> None:
    outcome = collected(tmp_path, office=office_book(81.5))
    assert (survey_answer(outcome).value, codes(outcome)) == (F("81.5"), [])


def test_a_result_beside_a_blank_in_the_offices_own_workbook(
    example: tuple[SurveyResult, Path], tmp_path: Path
) -> None:
    outcome = collected(tmp_path, office=office_book(None), survey=example[1].read_bytes())
    assert (survey_answer(outcome).value, codes(outcome)) == (F("70.92"), [])
    (office,) = (status for status in outcome.departments if status.department.key == OFFICE)
    alone = collected(tmp_path / "alone", office=office_book(None))
    (before,) = (status for status in alone.departments if status.department.key == OFFICE)
    assert (office.files, office.asked) == (("office.xlsx",), before.asked - 1)
    assert "missing" in codes(alone)


def test_a_typed_number_that_agrees_counts_once(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, office=office_book(70.92), survey=example[1].read_bytes())
    merged = survey_answer(outcome)
    assert (merged.value, len(merged.used), codes(outcome)) == (F("70.92"), 2, [])
    assert "several-workbooks" not in [finding.code for finding in outcome.findings]


def test_a_typed_number_that_differs_is_a_conflict(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, office=office_book(81.5), survey=example[1].read_bytes())
    merged = survey_answer(outcome)
    assert (merged.standing, merged.value, codes(outcome)) == (Standing.CONFLICT, None, ["conflict"])
    (conflict,) = (finding for finding in outcome.findings if finding.code == "conflict")
    assert {"81.5分", "70.92分"} <= set(conflict.parameters["sides"].replace("（", " ").split())


def another_result(tmp_path: Path, number: int = 300, ending: int = 0) -> bytes:
    """The results of the same survey without some of its responses."""
    folder = tmp_path / "another"
    folder.mkdir(parents=True, exist_ok=True)
    file, out = folder / "答卷.csv", folder / "r.xlsx"
    rows = survey_rows()
    file.write_bytes(write_csv([rows[0], *rows[1 + ending : 1 + number]]))
    edits = [change_setting("round", "2018"), change_setting("as_of", "2018-12-20")]
    score_survey(form(folder, *edits), [file], out, overwrite=True)
    return out.read_bytes()


def test_two_different_results_are_a_conflict(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, a=example[1].read_bytes(), b=another_result(tmp_path, 100), other=other_book())
    assert (survey_answer(outcome).standing, codes(outcome)) == (Standing.CONFLICT, ["conflict"])


def test_a_result_of_few_responses_counts_and_is_told(tmp_path: Path) -> None:
    outcome = collected(tmp_path, survey=another_result(tmp_path, 12), other=other_book())
    assert (survey_answer(outcome).value, codes(outcome)) == (F("70.92"), ["survey-few"])
    assert needs_a_person(outcome)


def test_a_result_of_one_response_has_no_interval(tmp_path: Path) -> None:
    outcome = collected(tmp_path, survey=another_result(tmp_path, 1), other=other_book())
    (answer,) = survey_answer(outcome).used
    assert (answer.value, answer.remark) == (100, "问卷调查，计入答卷 1 份")


def on_sheet(sheet: str, cell: str, value: Any) -> Edit:
    return lambda book: setattr(book[sheet][cell], "value", value)


TAMPERED: dict[str, tuple[str, Edit]] = {
    "the score alone": ("survey-edited", on_sheet("总览", "C7", 88.88)),
    "the score as text": ("survey-edited", on_sheet("总览", "C7", "88.88")),
    "the score as a formula": ("survey-edited", on_sheet("总览", "C7", "=70.92")),
    "the score taken out": ("survey-edited", on_sheet("总览", "C7", None)),
    "the exact score alone": ("survey-edited", on_sheet("总览", "F7", "88.88")),
    "the score in both places": (
        "survey-edited", both(on_sheet("总览", "C7", 88.88), on_sheet("总览", "F7", "88.88"))),
    "a bound": ("survey-edited", on_sheet("总览", "C8", 60)),
    "the number of responses alone": ("survey-edited", on_sheet("总览", "C10", 3000)),
    "the number of responses in both places": (
        "survey-edited", both(on_sheet("总览", "C10", 3000), on_sheet("总览", "F10", "3000"))),
    "the squares in both places": (
        "survey-edited", both(on_sheet("总览", "C12", 1), on_sheet("总览", "F12", "1"))),
    "score and sum, not the groups": (
        "survey-edited",
        both(on_sheet("总览", "C7", 80), on_sheet("总览", "F7", "80"), on_sheet("总览", "C11", 24000),
             on_sheet("总览", "F11", "24000"), on_sheet("总览", "C12", 2048756.25),
             on_sheet("总览", "F12", "2048756.25"))),
    "all numbers, to a score above 100": (
        "survey-broken",
        both(on_sheet("总览", "C7", 150), on_sheet("总览", "F7", "150"), on_sheet("总览", "C11", 45000),
             on_sheet("总览", "F11", "45000"), on_sheet("总览", "C12", 6750000), on_sheet("总览", "F12", "6750000"),
             on_sheet("总览", "C8", 100), on_sheet("总览", "C9", 100),
             lambda book: book["分组结果"].delete_rows(6, 5))),
    "another decimal of the score": (
        "survey-broken", both(on_sheet("总览", "C7", 70.917), on_sheet("总览", "F7", "70.917"))),
    "a group's score": ("survey-edited", on_sheet("分组结果", "F6", 99)),
    "a group's bound": ("survey-edited", on_sheet("分组结果", "H6", 99)),
    "a group's number": ("survey-edited", on_sheet("分组结果", "D6", 15)),
    "a group taken out": ("survey-edited", lambda book: book["分组结果"].delete_rows(6)),
    "a group's sum taken out": ("survey-broken", on_sheet("分组结果", "J6", None)),
    "no response": ("survey-empty", both(on_sheet("总览", "C10", 0), on_sheet("总览", "F10", "0"))),
    "a row taken out": ("survey-broken", lambda book: book["总览"].delete_rows(11)),
    "an exact number taken out": ("survey-broken", on_sheet("总览", "F11", None)),
    "half a response": ("survey-broken", on_sheet("总览", "F10", "300.5")),
    "the groups taken out": ("survey-broken", lambda book: book.remove(book["分组结果"])),
    "the column of values taken out": ("survey-edited", lambda book: book["总览"].delete_cols(3)),
}  # fmt: skip


@pytest.mark.parametrize(("code", "edit"), TAMPERED.values(), ids=TAMPERED)
def test_an_edited_result_is_refused(example: tuple[SurveyResult, Path], tmp_path: Path, code: str, edit: Edit) -> None:
    data = edited(unmerged(example[1].read_bytes()), edit)
    outcome = collected(tmp_path, survey=data, other=other_book())
    assert (survey_answer(outcome).standing, codes(outcome)) == (Standing.MISSING, [code])
    (finding,) = (finding for finding in outcome.findings if finding.code == code)
    assert finding.origin.file == "survey.xlsx"
    if code == "survey-edited" and finding.origin.cell:
        assert finding.origin.sheet in ("总览", "分组结果")


def unmerged(data: bytes) -> bytes:
    """Without merged cells, which openpyxl leaves in place when rows and columns go."""

    def edit(book: Any) -> None:
        for sheet in book:
            for area in list(sheet.merged_cells.ranges):
                sheet.unmerge_cells(str(area))

    return edited(data, edit)


def test_a_saved_copy_with_moved_rows_and_another_sheet_name_still_counts(
    example: tuple[SurveyResult, Path], tmp_path: Path
) -> None:
    def edit(book: Any) -> None:
        book["总览"].insert_rows(6, 2)
        book["总览"].title = "结果"
        book["分组结果"].insert_cols(4)

    outcome = collected(tmp_path, survey=edited(unmerged(example[1].read_bytes()), edit), other=other_book())
    assert survey_answer(outcome).value == F("70.92")


ELSEWHERE = {"another city": {"city": "清溪市"}, "another round": {"round": "2019"}}


@pytest.mark.parametrize("fields", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_result_of_another_city_or_round_does_not_count(
    example: tuple[SurveyResult, Path], tmp_path: Path, fields: dict[str, str]
) -> None:
    outcome = collected(tmp_path, survey=identified(example[1].read_bytes(), **fields), other=other_book())
    assert (survey_answer(outcome).standing, codes(outcome)) == (Standing.MISSING, ["survey-elsewhere"])


def test_a_result_alone_in_the_inbox_is_told(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    with pytest.raises(NothingUsable, match="no-templates"):
        collected(tmp_path, survey=example[1].read_bytes())


def test_the_same_result_twice_counts_once(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, a=example[1].read_bytes(), b=example[1].read_bytes(), other=other_book())
    assert [receipt.status for receipt in outcome.receipts if receipt.parcel != "other.xlsx"] == ["taken", "duplicate"]
    assert survey_answer(outcome).value == F("70.92")


def test_a_finding_is_told_for_the_system_that_takes_no_survey(example: tuple[SurveyResult, Path]) -> None:
    from dataclasses import replace

    from support import parcel

    from smartcity_xl.form.reading.workbook import open_workbook
    from smartcity_xl.office.survey.take import take_survey

    book = open_workbook(parcel(example[1].read_bytes()))
    campaign = replace(book.identity, catalog="small")
    found = take_survey(book, replace(CATALOG, survey_dimension=""), ASSIGNMENT, campaign)
    assert isinstance(found, Finding)
    assert found.code == "survey-unasked"
    assert_worded([found])


# --- several systems, and an office that is asked for nothing --------------------------------------------------


def results_for(tmp_path: Path, city: str, round_: str) -> bytes:
    folder = tmp_path / "results"
    folder.mkdir()
    file, out = folder / "答卷.csv", folder / "r.xlsx"
    file.write_bytes(write_csv(survey_rows()))
    score_survey(form(folder, change_setting("city", city), change_setting("round", round_)), [file], out)
    return out.read_bytes()


def test_one_survey_answers_every_system_that_asks_for_it(tmp_path: Path) -> None:
    """In the sharing-out the figure is asked of a department, and the office of nothing: it is that one's answer."""
    whole = lay_together([load_catalog(system) for system in ("cn-2018", "gbt33356-2022-city", "db37-3890-zoucheng")])
    campaign = hold(tmp_path, whole)
    asked, city = campaign.assignment.asked, campaign.assignment.city
    slots = {slot.key for slot in survey_slots(whole)}
    for path in campaign.inbox.iterdir():  # nobody has typed a number
        path.write_bytes(edited(path.read_bytes(), lambda book: clear(book, slots)))
    put(campaign.inbox, {"survey.xlsx": results_for(tmp_path, city, campaign.assignment.round)})
    out = tmp_path / "out"
    assert run_cli(["collect", str(campaign.inbox), "--assignment", str(campaign.book), "--out", str(out)]) in (0, 1)
    found = {}
    for path in out.glob("results-*.json"):
        results = json.loads(path.read_text(encoding="utf-8"))
        figures = [figure for figure in results["figures"] if figure["key"] in slots]
        found[results["catalog"]["id"]] = [figure["value"] for figure in figures]
        for figure in figures:
            assert {answer["department"] for answer in figure["answers"]} == {asked[figure["key"]][0]}
        assert "survey-unasked" not in {finding["code"] for finding in results["findings"]}
    assert found == {"cn-2018": ["70.92"], "gbt33356-2022-city": ["70.92"], "db37-3890-zoucheng": []}


def clear(book: Any, slots: set[str]) -> None:
    sheet = book[label("sheet.figures")]
    keys, values = (column(FIGURES, name) + 1 for name in ("key", "value"))
    for row in range(1, sheet.max_row + 1):
        if sheet.cell(row, keys).value in slots:
            sheet.cell(row, values).value = None


# --- the commands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_the_form_to_the_score(tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    book, file, out = tmp_path / "问卷.xlsx", tmp_path / "a.csv", tmp_path / "得分.xlsx"
    file.write_bytes(write_csv(survey_rows()))
    assert run_cli(["--lang", language, "survey", "form", "--out", str(book)]) == 0
    assert str(book) in capsys.readouterr().out
    arguments = ["--lang", language, "survey", "score", str(book), str(file), "--out", str(out)]
    assert run_cli(arguments) == 1  # responses were dropped: a person should look
    told = capsys.readouterr().out
    assert "70.92" in told
    assert "68.51" in told
    assert "300" in told
    file.write_bytes(write_csv([HEADS, *survey_rows()[1:101]]))
    assert run_cli(arguments) == 2  # another result stands there
    assert "--overwrite" in capsys.readouterr().err
    assert run_cli([*arguments, "--overwrite"]) == 0  # nothing dropped, and 100 are not too few
    assert run_cli(["survey", "form", "--out", str(book)]) == 0  # the same bytes: nothing to ask


def test_a_faulty_questionnaire_ends_with_its_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = form(tmp_path, change(QUESTIONS, 0, "weight", 0.1))
    file = responses(tmp_path, "甲 乙\n满意 4")
    assert run_cli(["--lang", "zh", "survey", "score", str(path), str(file), "--out", str(tmp_path / "o.xlsx")]) == 2
    told = capsys.readouterr().err
    assert "题目!E6: 权重合计 90%（E6:E11），应为 100%" in told


def test_the_settings_stand_in_the_order_of_the_form() -> None:
    assert set(EXAMPLE["settings"]) == set(SETTING_KEYS)
    assert COLUMNS[SURVEY][2] == "value"


# --- saved by other programs ---------------------------------------------------------------------------------

CHECKS: dict[str, tuple[str, str, Edit]] = {
    "weights that do not make 100 %": ("题目!F2", "权重合计 90.0%，应为 100%", change(QUESTIONS, 0, "weight", 0.1)),
    "no scale": ("题目!F6", "未选量表", change(QUESTIONS, 0, "scale", None)),
    "an unknown scale": ("题目!F6", "“量表”里没有", change(QUESTIONS, 0, "scale", "满")),
    "a weight of 15": ("题目!F6", "权重应为 0% 至 100%", change(QUESTIONS, 0, "weight", 15)),
    "half a range": ("量表!H8", "数值范围的四格没有填全", change(SCALES, 2, "high", None)),
    "an empty range": ("量表!H8", "最小数应小于最大数", change(SCALES, 2, "high", 0)),
    "a scale of nothing": ("量表!H10", "“文字答案”里也没有", change(SCALES, 4, "name", "空量表")),
    "points above 100": ("文字答案!E6", "应为 0 至 100，或“不计”", change(ANSWERS, 0, "points", 101)),
    "an answer of an unknown scale": ("文字答案!E6", "“量表”里没有", change(ANSWERS, 0, "scale", "满")),
    "an answer without words": ("文字答案!E6", "缺答案", change(ANSWERS, 0, "answer", None)),
}  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_live_checks_say_what_is_wrong_and_the_saved_questionnaire_is_the_same(
    program: str, tmp_path: Path
) -> None:
    """Every check is spoilt before the program recalculates it, so that what it says is its own."""
    files = {name: tmp_path / f"{number}.xlsx" for number, name in enumerate(["the example", *CHECKS])}
    for name, path in files.items():
        path.write_bytes(edited(blank_form(), CHECKS[name][2]) if name in CHECKS else spoil_cached(blank_form()))
    saved = recalculate(program, list(files.values()), tmp_path / "saved")
    for name, (at, said, _) in CHECKS.items():
        sheet, cell = at.split("!")
        assert read_values(saved[files[name]])[sheet].get(cell) == said, name
    shown, cached = read_values(saved[files["the example"]]), read_values(io.BytesIO(blank_form()))
    for sheet, letter in (("题目", "F"), ("量表", "H"), ("文字答案", "E")):
        checks = [f"{letter}{row}" for row in range(2, 60)]
        assert [shown[sheet].get(cell) for cell in checks] == [cached[sheet].get(cell) for cell in checks]
    again = saved[files["the example"]].rename(tmp_path / "调查问卷.xlsx")
    assert read_questionnaire(again) == read_questionnaire(form(tmp_path / "saved"))


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_results_and_responses_that_another_program_saved_count_as_before(
    example: tuple[SurveyResult, Path], program: str, tmp_path: Path
) -> None:
    table = tmp_path / "答卷.xlsx"
    table.write_bytes(as_xlsx(survey_rows()))
    result = tmp_path / "市民体验得分.xlsx"
    result.write_bytes(example[1].read_bytes())
    saved = recalculate(program, [table, result], tmp_path / "saved")
    again = scored(form(tmp_path), saved[table])
    assert (again.estimate, lost(again)) == (example[0].estimate, lost(example[0]))
    outcome = collected(tmp_path, survey=saved[result].read_bytes(), other=other_book())
    assert (survey_answer(outcome).value, codes(outcome)) == (F("70.92"), [])
