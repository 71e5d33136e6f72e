"""The map of the questionnaire workbook, for its writer and its reader alike, and that of the workbook of results.

The questionnaire's sheets are laid out as those of ``editing.form``: a hidden first row names the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smartcity_xl.books.kinds import QUESTIONNAIRE_KIND
from smartcity_xl.errors import SurveyFault
from smartcity_xl.messages import label
from smartcity_xl.office.editing.book import BookForm
from smartcity_xl.office.editing.form import Column, Form
from smartcity_xl.office.survey.questionnaire import Keep, Twins

QUESTIONS, SCALES, ANSWERS, GROUPS = "questions", "scales", "answers", "groups"

SETTING_KEYS = (
    "title", "city", "round", "as_of", "method", "respondent", "keep", "twins", "minimum", "least", "unanswered",
)  # fmt: skip
"""What holds for the whole questionnaire, one row each."""

OPTIONAL = frozenset({"method", "respondent", "unanswered"})
"""The settings that may stay blank."""

LISTS: Mapping[str, tuple[Column, ...]] = {
    QUESTIONS: (
        Column("column", Form.TEXT, 52), Column("text", Form.TEXT, 30), Column("scale", Form.TEXT, 16),
        Column("weight", Form.NUMBER, 10), Column("check", Form.SHOWN, 28),
    ),
    SCALES: (
        Column("name", Form.TEXT, 18), Column("low", Form.NUMBER, 10), Column("low_points", Form.NUMBER, 12),
        Column("high", Form.NUMBER, 10), Column("high_points", Form.NUMBER, 12), Column("decimals", Form.TEXT, 10),
        Column("check", Form.SHOWN, 34),
    ),
    ANSWERS: (
        Column("scale", Form.TEXT, 18), Column("answer", Form.TEXT, 30), Column("points", Form.TEXT, 20),
        Column("check", Form.SHOWN, 34),
    ),
    GROUPS: (Column("column", Form.TEXT, 40), Column("name", Form.TEXT, 24)),
}  # fmt: skip
"""Sheet -> its columns, from the second column of the sheet on."""

ROWS: Mapping[str, int] = {QUESTIONS: 40, SCALES: 20, ANSWERS: 80, GROUPS: 10}
"""Rows laid out on each sheet; more may be added below."""

FORM = BookForm(QUESTIONNAIRE_KIND, "survey", LISTS, "survey-form-unreadable", SurveyFault)


def words_of(kind: type[Keep] | type[Twins]) -> dict[StrEnum, str]:
    """Each choice of a setting, and its word in the workbook."""
    return {value: label(f"survey.{kind.__name__.lower()}_{value}") for value in kind}
