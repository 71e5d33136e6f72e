"""Two figures that must have the same value, and do not."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.form.checks.numbers import problem, shown
from smartcity_xl.model import Assignment, Catalog, Finding, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        slot = catalog.slots[key]
        other = submission.answers.get(slot.same_as)
        if other and answer.value is not None and other.value is not None and answer.value != other.value:
            yield problem(
                "same-differs", slot, answer,
                value=shown(answer.value), other=shown(other.value), other_label=catalog.slots[slot.same_as].label,
                other_cell=other.origin.cell,
            )  # fmt: skip
