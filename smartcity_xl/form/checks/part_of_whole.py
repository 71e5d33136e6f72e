"""A part that is larger than the whole it belongs to: in one workbook, or in one row of a table."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcity_xl.form.checks.numbers import problem, shown
from smartcity_xl.messages import label
from smartcity_xl.model import Answer, Assignment, Catalog, Finding, Slot, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        slot = catalog.slots[key]
        if slot.part_of:
            yield from _compare(slot, answer, catalog.slots.get(slot.part_of), submission.answers.get(slot.part_of))
    for table in submission.tables.values():
        columns = {column.key: column for column in catalog.figures[table.figure].columns}
        for row in table.rows:
            for column in columns.values():
                if column.part_of:
                    yield from _compare(
                        column, row.cells[column.key], columns[column.part_of], row.cells[column.part_of]
                    )


def _say(slot: Slot, value: Fraction) -> str:
    return f"{shown(value)} {slot.unit}".strip()


def _compare(slot: Slot, part: Answer, whole_slot: Slot | None, whole: Answer | None) -> Iterator[Finding]:
    fixed = whole_slot.fixed if whole_slot else None
    limit = fixed if fixed is not None else whole.value if whole else None
    if part.value is not None and limit is not None and whole_slot is not None and part.value > limit:
        place = whole.origin.cell if whole else label("check.fixed")
        yield problem(
            "part-exceeds-whole", slot, part,
            value=_say(slot, part.value), whole=_say(whole_slot, limit), whole_label=whole_slot.label, whole_cell=place,
        )  # fmt: skip
