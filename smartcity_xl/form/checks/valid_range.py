"""A number outside the range in which the figure can be true."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.form.checks.numbers import numbers, problem, shown
from smartcity_xl.model import Assignment, Catalog, Finding, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for slot, answer, value in numbers(catalog, submission):
        if not slot.minimum <= value <= slot.maximum:
            yield problem("out-of-range", slot, answer, minimum=shown(slot.minimum), maximum=shown(slot.maximum))
