"""“Not applicable”: an answer of its own, which needs a reason and which the office should see.

Of a table the remark says both, in one: 不适用：没有三级医院.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.values import reason_in
from smartcity_xl.form.checks.cases import case_of_excuse
from smartcity_xl.model import Assignment, Catalog, Finding, State, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        if answer.state is State.NOT_APPLICABLE:
            code = "not-applicable" if answer.remark else "reason-missing"
            slot = catalog.slots[key]
            parameters = {"label": slot.label, "reason": answer.remark, "case": case_of_excuse(catalog, slot)}
            yield Finding(code, answer.origin, submission.department, key, parameters=parameters)
    for key, table in submission.tables.items():
        if table.state is State.NOT_APPLICABLE:
            reason = reason_in(table.remark)
            code = "not-applicable" if reason else "reason-missing"
            figure = catalog.figures[key]
            parameters = {"label": figure.label, "reason": reason, "case": "none" if figure.none is not None else ""}
            yield Finding(code, table.origin, submission.department, key, parameters=parameters)
