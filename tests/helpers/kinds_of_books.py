"""Every kind of workbook of ours, as its own writer makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support import ASSIGNMENT, filled, put

from smartcity_xl.catalog.load import load_catalog, load_document
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.office.assigning import read_assignment_book, write_assignment_book
from smartcity_xl.office.campaign import read_roster, write_roster
from smartcity_xl.office.deciding import read_decision_book
from smartcity_xl.office.deciding.write import write_decision_book
from smartcity_xl.office.editing import read_catalog_book, write_catalog_book
from smartcity_xl.office.survey.read import read_questionnaire
from smartcity_xl.office.survey.write import write_questionnaire
from smartcity_xl.run.collecting import assess

SYSTEM = "gbt33356-2022-county"


@cache
def outcome() -> Outcome:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        both = {f"{events}.xlsx": filled("secrecy", leak_events=events) for events in (1, 2)}
        return assess(put(Path(folder), both))  # a conflict, for the decision workbook


@dataclass(frozen=True)
class Sort:
    """A kind of workbook: how it is written and read, the error of a stranger, and a sheet and column that it needs."""

    write: Callable[[], bytes]
    read: Callable[[Path], object]
    unreadable: str
    misplaced: str
    sheet: str
    column: str


SORTS: Mapping[str, Sort] = {
    "assignment": Sort(
        cache(lambda: write_assignment_book(load_catalog(SYSTEM))),
        read_assignment_book, "assignment-unreadable", "own-assignment", label("assign.sheet_duties"), "lead",
    ),
    "decisions": Sort(
        cache(lambda: write_decision_book((outcome(),), ())),
        read_decision_book, "decisions-unreadable", "own-decisions", label("decide.sheet"), "department",
    ),
    "roster": Sort(
        cache(lambda: write_roster(ASSIGNMENT)), lambda path: read_roster(path, ASSIGNMENT),
        "roster-unreadable", "own-roster", label("sheet.roster"), "contact_mail",
    ),
    "catalog": Sort(
        cache(lambda: write_catalog_book(load_catalog(SYSTEM), load_document(SYSTEM))),
        read_catalog_book, "catalog-book-unreadable", "own-catalog", label("edit.sheet_indicators"), "rule",
    ),
    "questionnaire": Sort(
        cache(write_questionnaire), read_questionnaire, "survey-form-unreadable", "own-questionnaire",
        label("survey.sheet_questions"), "weight",
    ),
}  # fmt: skip
"""The workbooks that the office fills; a department's is below."""
