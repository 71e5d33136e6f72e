"""“Not applicable”: an answer of its own, which needs a reason and which the office should see."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.model import Assignment, Catalog, Finding, State, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        if answer.state is State.NOT_APPLICABLE:
            code = "not-applicable" if answer.remark else "reason-missing"
            parameters = {"label": catalog.slots[key].label, "reason": answer.remark}
            yield Finding(code, answer.origin, submission.department, key, parameters=parameters)
    for key, table in submission.tables.items():
        if table.state is State.NOT_APPLICABLE:
            parameters = {"label": catalog.figures[key].label, "reason": table.remark}
            yield Finding("not-applicable", table.origin, submission.department, key, parameters=parameters)
