"""Decimals where a count is meant."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.form.checks.numbers import numbers, problem
from smartcity_xl.model import Assignment, Catalog, Finding, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for slot, answer, value in numbers(catalog, submission):
        if slot.whole and value.denominator != 1:
            yield problem("not-whole", slot, answer)
