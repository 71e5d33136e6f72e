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

    of: tuple[Catalog, Submission] | None = None
    numbers: tuple[NumberAnswered, ...] = ()


def numbers(catalog: Catalog, submission: Submission) -> tuple[NumberAnswered, ...]:
    """Slot, answer and value of every numeric answer that has one."""
    if _LastNumbers.of is None or _LastNumbers.of[0] is not catalog or _LastNumbers.of[1] is not submission:
        _LastNumbers.numbers = tuple(_find_numbers(catalog, submission))
        _LastNumbers.of = catalog, submission
    return _LastNumbers.numbers


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
