"""A department's workbook as read -> the check code that its cover prints."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.live import FAILED
from smartcity_xl.books.values import ErrorCell, FormulaCell, MarkedText, PictureCell
from smartcity_xl.form.map import FIGURES, TABLE, TABLE_NAME
from smartcity_xl.form.template import CellContent, CellPlace, Given, Issue
from smartcity_xl.form.template.write import find_code
from smartcity_xl.model import Answer, Assignment, Catalog, Submission

_ROOM = 2
"""Rows more than a table of a workbook can need, for what stands below the last one."""


def code_of(catalog: Catalog, assignment: Assignment, submission: Submission) -> str:
    """The code of the answers as they stand in the cells, whatever was made of them."""
    identity = submission.identity
    issue = Issue(identity.round, identity.city, "")
    rows = {key: len(table.rows) + _ROOM for key, table in submission.tables.items()}
    return find_code(catalog, assignment, submission.department, issue, Given(dict(_entries(submission)), rows=rows))


def _entries(submission: Submission) -> Iterator[tuple[CellPlace, CellContent]]:
    for key, answer in submission.answers.items():
        yield CellPlace(FIGURES, key, "value"), _content(answer)
        yield CellPlace(FIGURES, key, "remark"), CellContent(answer.remark)
        yield CellPlace(FIGURES, key, "unit"), CellContent(answer.typed.unit)
    for key, table in submission.tables.items():
        for number, row in enumerate(table.rows, start=1):
            yield CellPlace(f"{TABLE}:{key}", str(number), TABLE_NAME), CellContent(row.name)
            for name, answer in row.cells.items():
                yield CellPlace(f"{TABLE}:{key}", str(number), name), _content(answer)


def _content(answer: Answer) -> CellContent:
    """A cell as formulas see it: of a formula its result."""
    held, code = answer.typed.cell, answer.typed.code
    if isinstance(held, FormulaCell):
        held = held.cached
    if isinstance(held, ErrorCell):
        return CellContent(FAILED)
    if isinstance(held, MarkedText):
        return CellContent(held.shown)
    return CellContent(None) if isinstance(held, PictureCell) else CellContent(held, code)
