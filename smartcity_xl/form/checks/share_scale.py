"""A percentage above 0 and up to 1 that nothing says to be one: 0.86 could mean 0.86 % or 86 %."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.values import plain
from smartcity_xl.form.checks.numbers import numbers, problem, shown
from smartcity_xl.model import Assignment, Catalog, Finding, Kind, Submission

_DECIMAL = "小数"
"""The unit in which 0.85 is 85 %; a table's column has no drop-down to choose it from."""


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for slot, answer, value in numbers(catalog, submission):
        unsaid = answer.unit in ("", slot.unit) and not plain(answer.raw).endswith("%")
        if slot.kind is Kind.SHARE and 0 < value <= 1 and unsaid:
            offered = slot.key in catalog.slots and _DECIMAL in slot.choices
            case = {"case": "decimal"} if offered else {}
            yield problem("share-scale", slot, answer, value=shown(value), hundredfold=shown(100 * value), **case)
