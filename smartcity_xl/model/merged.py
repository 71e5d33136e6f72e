"""What several answers for one slot or table become: the one that counts, or why none does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from smartcity_xl.model.answers import Answer, TableAnswer


class Standing(StrEnum):
    """Where a slot, a table or an indicator stands once all answers are in."""

    SETTLED = "settled"
    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"
    UNREADABLE = "unreadable"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class MergedSlot:
    """The one answer for a slot. ``value`` is set exactly when settled; ``used`` are the answers it rests on."""

    slot: str
    standing: Standing
    value: Fraction | None
    used: tuple[Answer, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class MergedTable:
    figure: str
    standing: Standing
    used: TableAnswer | None
    answers: tuple[TableAnswer, ...]
