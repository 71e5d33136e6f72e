"""Questionnaires, filled, and responses to them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from make_survey import write_csv
from support import edited

from smartcity_xl.messages import label
from smartcity_xl.office.editing.form import FIRST_ROW, SETTINGS
from smartcity_xl.office.survey.form import ANSWERS, GROUPS, LISTS, QUESTIONS, SCALES
from smartcity_xl.office.survey.score import Loss, SurveyResult
from smartcity_xl.office.survey.write import write_questionnaire
from smartcity_xl.run.surveys import score_survey

Edit = Callable[[Any], object]


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
