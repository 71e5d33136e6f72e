"""Answers that contradict each other, and what the office decided about them."""

from __future__ import annotations

from msgspec import Struct

from smartcity_xl.model.answers import Answer, TableAnswer
from smartcity_xl.model.findings import Origin
from smartcity_xl.model.merged import MergedSlot, MergedTable

SEND_BACK = "back"
"""The choice that takes none of the answers: the departments are to look again."""


def subject(figure: str, department: str, answers: str) -> str:
    """What a decision is about, in one text; the same for a conflict and for the decision made over it."""
    return f"{figure}|{department}|{answers}"


class Decision(Struct, frozen=True):
    """What the office decided over a conflict, why, and who. ``origin`` is the cell of the choice.

    ``figure``, ``department`` and ``answers`` are those of the conflict; ``choice`` is the key of a side, or
    ``SEND_BACK``; ``said`` is how the choice was worded in the workbook.
    """

    figure: str
    department: str
    answers: str
    choice: str
    reason: str
    who: str
    said: str
    origin: Origin

    @property
    def subject(self) -> str:
        return subject(self.figure, self.department, self.answers)


class Side(Struct, frozen=True):
    """One of the answers that contradict each other, with every cell it stands in. ``key`` names what it says, whoever
    said it; ``settled`` is what the slot or table becomes if the office chooses it."""

    key: str
    answers: tuple[Answer, ...] | tuple[TableAnswer, ...]
    settled: MergedSlot | MergedTable


class Conflict(Struct, frozen=True):
    """Answers for a slot or table of which only one can be true, and what the office decided, if it has.

    ``department`` is the one that contradicts itself, "" where departments contradict each other. ``answers`` is the
    fingerprint of all answers concerned: a decision made over others does not hold here. Two sides at least, in the
    order of the departments asked.
    """

    figure: str
    department: str
    answers: str
    sides: tuple[Side, ...]
    decision: Decision | None = None

    @property
    def subject(self) -> str:
        return subject(self.figure, self.department, self.answers)

    @property
    def chosen(self) -> Side | None:
        """The side that the office chose; None while it has not, and where it sent the answers back."""
        return next((side for side in self.sides if self.decision and side.key == self.decision.choice), None)

    @property
    def state(self) -> str:
        """``open``, ``decided``, or ``back`` where it was sent back."""
        if self.decision is None:
            return "open"
        return "decided" if self.chosen else "back"
