"""“Not applicable”: an answer of its own, which needs a reason and which the office should see.

Of a table the remark says both, in one: 不适用：没有三级医院.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.values import says_nothing, tolerance
from smartcity_xl.form.checks.cases import case_of_excuse
from smartcity_xl.model import Assignment, Catalog, Finding, State, Submission

_BETWEEN = " \u3000：:，,。.；;（）()、-—"
"""Signs between the word and its reason."""


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        if answer.state is State.NOT_APPLICABLE:
            code = "not-applicable" if answer.remark else "reason-missing"
            slot = catalog.slots[key]
            parameters = {"label": slot.label, "reason": answer.remark, "case": case_of_excuse(catalog, slot)}
            yield Finding(code, answer.origin, submission.department, key, parameters=parameters)
    for key, table in submission.tables.items():
        if table.state is State.NOT_APPLICABLE:
            reason = _reason(table.remark)
            code = "not-applicable" if reason else "reason-missing"
            parameters = {"label": catalog.figures[key].label, "reason": reason}
            yield Finding(code, table.origin, submission.department, key, parameters=parameters)


def _reason(remark: str) -> str:
    """What a table's remark says beyond 不适用, the word that it begins with."""
    word = next((word for word in tolerance()["not_applicable"] if remark.startswith(word)), "")
    reason = remark.removeprefix(word).strip(_BETWEEN)
    return "" if says_nothing(reason) else reason
