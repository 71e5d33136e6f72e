"""The questionnaire's faults, and 300 responses worked by hand."""

from __future__ import annotations

import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from make_survey import HEADS, survey_rows, write_csv
from questionnaires import (
    ROWS,
    Edit,
    as_xlsx,
    blank_form,
    both,
    cell,
    change,
    change_setting,
    form,
    loss_of,
    lost,
    responses,
    scored,
    small_form,
)

from smartcity_xl.errors import FaultyFile, SurveyFault, UsageFault
from smartcity_xl.office.editing.form import FIRST_ROW
from smartcity_xl.office.survey.estimate import Estimate
from smartcity_xl.office.survey.form import ANSWERS, GROUPS, QUESTIONS, SCALES
from smartcity_xl.office.survey.questionnaire import ScaleVerdict
from smartcity_xl.office.survey.read import read_questionnaire
from smartcity_xl.office.survey.score import SurveyResult
from smartcity_xl.office.survey.write import write_questionnaire
from smartcity_xl.run.surveys import score_survey

F = Fraction

# --- the questionnaire's faults ----------------------------------------------------------------------------------


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


# --- 300 responses, worked by hand -------------------------------------------------------------------------------


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
