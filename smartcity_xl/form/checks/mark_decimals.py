"""A mark with more than two decimals: rounded at the indicator and again above it, it would be rounded twice (E6)."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.form.checks.numbers import numbers, problem
from smartcity_xl.model import Assignment, Catalog, Finding, Submission
from smartcity_xl.rules.exact import round_half_up


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for slot, answer, value in numbers(catalog, submission):
        if slot.awarded and value != round_half_up(value):
            yield problem("mark-decimals", slot, answer)
