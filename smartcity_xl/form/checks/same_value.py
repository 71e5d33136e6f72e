"""Two figures of one workbook that must have the same value, and do not; or one, and a value that is fixed."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.form.checks.numbers import problem
from smartcity_xl.messages import label, word_value
from smartcity_xl.model import Assignment, Catalog, Finding, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        slot = catalog.slots[key]
        other_slot, other = catalog.slots.get(slot.same_as), submission.answers.get(slot.same_as)
        expected = other_slot.fixed if other_slot and other_slot.fixed is not None else other.value if other else None
        if other_slot and answer.value is not None and expected is not None and answer.value != expected:
            yield problem(
                "same-differs", slot, answer,
                value=f"{word_value(slot, answer.value)} {slot.unit}".strip(),
                other=f"{word_value(other_slot, expected)} {other_slot.unit}".strip(),
                other_label=other_slot.label, other_cell=other.origin.cell if other else label("check.fixed"),
            )  # fmt: skip
