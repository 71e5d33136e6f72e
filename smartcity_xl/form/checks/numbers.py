"""The answers of a submission that hold numbers, cells of tables included, with the slot that describes each."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcity_xl.model import Answer, Catalog, Finding, Slot, State, Submission
from smartcity_xl.rules.exact import shown

__all__ = ["numbers", "problem", "shown"]


NumberAnswered = tuple[Slot, Answer, Fraction]


class _LastNumbers:
    """The numbers of the submission that was asked for last: several checks go through the same ones."""

    found: tuple[Catalog, Submission, tuple[NumberAnswered, ...]] | None = None
    """In one, so that no thread ever sees the numbers of another submission."""


def numbers(catalog: Catalog, submission: Submission) -> tuple[NumberAnswered, ...]:
    """Slot, answer and value of every numeric answer that has one."""
    last = _LastNumbers.found
    if last is None or last[0] is not catalog or last[1] is not submission:
        last = _LastNumbers.found = catalog, submission, tuple(_find_numbers(catalog, submission))
    return last[2]


def _find_numbers(catalog: Catalog, submission: Submission) -> Iterator[NumberAnswered]:
    for answer in submission.answers.values():
        slot = catalog.slots[answer.slot]
        if answer.state is State.VALUE and answer.value is not None and slot.numeric:
            yield slot, answer, answer.value
    for table in submission.tables.values():
        columns = {column.key: column for column in catalog.figures[table.figure].columns}
        for row in table.rows:
            for key, cell in row.cells.items():
                if cell.state is State.VALUE and cell.value is not None:
                    yield columns[key], cell, cell.value


def problem(code: str, slot: Slot, answer: Answer, /, **parameters: str) -> Finding:
    """A finding about an answer, with what every such finding says: label, unit, and what was typed in which unit."""
    shared = {"label": slot.label, "unit": slot.unit, "raw": answer.raw[:80], "given": answer.given[:80]}
    return Finding(code, answer.origin, answer.department, answer.slot, parameters=shared | parameters)
