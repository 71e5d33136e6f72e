"""A workbook made from another version of the same system: which of its answers still mean what they say.

An answer is placed by the key of its figure, and only where the workbook itself asked for it in today's unit and way;
the workbook's own printed unit is the witness, since the other version's catalog need not be at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smartcity_xl.layout import column_head, shown_unit
from smartcity_xl.model import Answer, Figure, Slot, State
from smartcity_xl.reading.sheets import Sheet
from smartcity_xl.reading.values import show_cell, trimmed

Problem = tuple[str, Mapping[str, str]]
"""A finding's code, and its parameters without those of the versions."""

NEEDED = ("label", "unit")
"""The columns of the figures sheet that bear witness."""


def printed(sheet: Sheet, row: int, column: int) -> str:
    return trimmed(show_cell(sheet.cell(row, column)))


def judge_answer(slot: Slot, answer: Answer, unit: str, wording: str) -> tuple[Answer, list[Problem]]:
    """The answer as it may be used, given the unit and wording printed beside it; one that cannot is unreadable."""
    if answer.state is not State.VALUE:
        return answer, []
    told = {"label": slot.label, "raw": answer.raw[:80]}
    if unit != shown_unit(slot):
        changed = told | {"unit": unit, "wanted": shown_unit(slot)}
        return replace(answer, state=State.UNREADABLE, value=None), [("version-unit", changed)]
    return answer, [("version-wording", told | {"old": wording})] if wording != slot.label else []


def judge_columns(figure: Figure, sheet: Sheet, columns: Mapping[str, int], first: int) -> list[Problem]:
    """What changed in the headings of a table's columns; ``first`` is its first row with a key."""
    changed: list[Problem] = []
    for slot in figure.columns:
        above = [text for row in range(first) if (text := printed(sheet, row, columns[slot.key]))]
        if column_head(slot) not in above:
            old, label = above[-1] if above else "", f"{figure.label}：{slot.label}"
            changed.append(("version-unit", {"label": label, "raw": "…", "unit": old, "wanted": column_head(slot)}))
    return changed
