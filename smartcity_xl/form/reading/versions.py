"""A workbook made from another version of the same system: which of its answers still mean what they say.

An answer is placed by the key of its figure, and only where the workbook itself asked for it in today's unit and way;
the workbook's own printed unit is the witness, since the other version's catalog need not be at hand.
"""

from __future__ import annotations

from collections.abc import Mapping

from smartcity_xl.books.sheets import Sheet
from smartcity_xl.books.values import read_unit_cell, show_cell, trimmed
from smartcity_xl.form.map import column_head, shown_unit
from smartcity_xl.model import Figure, Slot

BareFinding = tuple[str, Mapping[str, str]]
"""A finding's code, and its parameters without those of the versions."""

NEEDED = ("label", "unit")
"""The columns of the figures sheet that bear witness."""


def printed(sheet: Sheet, row: int, column: int) -> str:
    return trimmed(show_cell(sheet.cell(row, column)))


def judge_figure(slot: Slot, raw: str, unit: str, wording: str) -> BareFinding | None:
    """What changed in how a figure is asked, given the unit and wording that stand beside it: ``version-unit`` where
    its answer cannot be used, ``version-wording`` where it can. Another unit of the same measure is no change: the
    number was given in it, and is converted exactly."""
    told = {"label": slot.label, "raw": raw[:80]}
    measured = slot.numeric and unit and read_unit_cell(unit, slot)
    if unit != shown_unit(slot) and not measured:
        return "version-unit", told | {"unit": unit, "wanted": shown_unit(slot)}
    return ("version-wording", told | {"old": wording}) if wording != slot.label else None


def judge_columns(figure: Figure, sheet: Sheet, columns: Mapping[str, int], first: int) -> list[BareFinding]:
    """What changed in the headings of a table's columns; ``first`` is its first row with a key."""
    changed: list[BareFinding] = []
    for slot in figure.columns:
        above = [text for row in range(first) if (text := printed(sheet, row, columns[slot.key]))]
        if column_head(slot) not in above:
            old, label = above[-1] if above else "", f"{figure.label}：{slot.label}"
            changed.append(("version-unit", {"label": label, "raw": "…", "unit": old, "wanted": column_head(slot)}))
    return changed
