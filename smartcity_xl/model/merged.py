"""What several answers for one slot or table become: the one that counts, or why none does."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.model.answers import Answer, TableAnswer


class Standing(StrEnum):
    """Where a slot, a table or an indicator stands once all answers are in."""

    SETTLED = "settled"
    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"
    UNREADABLE = "unreadable"
    CONFLICT = "conflict"


class MergedSlot(Struct, frozen=True):
    """The one answer for a slot. ``value`` is set exactly when settled; ``used`` are the answers it rests on."""

    slot: str
    standing: Standing
    value: Fraction | None
    used: tuple[Answer, ...]
    answers: tuple[Answer, ...]


class MergedTable(Struct, frozen=True):
    figure: str
    standing: Standing
    used: TableAnswer | None
    answers: tuple[TableAnswer, ...]
