"""A figure the department must answer, and did not: left blank, or filled with a sign for “none”."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.catalog.duties import is_required
from smartcity_xl.model import Assignment, Catalog, Finding, State, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    department = submission.department
    for key, answer in submission.answers.items():
        slot = catalog.slots[key]
        required = is_required(assignment, catalog.figures[slot.figure], department)
        if answer.state is State.NO_DATA:
            reason = answer.remark or "—"
            parameters = {"label": slot.label, "raw": answer.raw, "reason": reason}
            yield Finding("filler", answer.origin, department, key, parameters=parameters)
        elif answer.state is State.BLANK and required:
            yield Finding("missing", answer.origin, department, key, parameters={"label": slot.label})
    for key, table in submission.tables.items():
        figure = catalog.figures[key]
        if table.state is State.BLANK and is_required(assignment, figure, department):
            yield Finding("missing", table.origin, department, key, parameters={"label": figure.label})
