"""The formulas of a row on the sheet of figures, composed once for all rows that are asked alike: of some four hundred
rows in a city there are a few kinds, and a row's own are its cells.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

from smartcity_xl.books.live import SharedFormula, stand_ins
from smartcity_xl.form.template.inputs import CellRule, alike, rule_alike
from smartcity_xl.form.template.live import (
    RowCells,
    amount_formula,
    bare_text,
    check_formula,
    doubts,
    factor_formula,
    gap_formula,
    has_units,
    number_formula,
    settled,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Slot

OWN = ("value", "unit", "bare", "factor", "amount", "number", "check", "remark", "explanation")
"""The columns of a row's own cells, in the order of their stand-ins."""
ABOVE = ("remark", "explanation")
"""In a shared checklist, those of the row that heads it come next. Last comes the number of the figure that the row's
is part of."""


class RowFormulas:
    """The formulas of all rows that are asked alike, each composed when the first of them wants it. ``listed``: items
    of a shared checklist; ``whole``: the wording of the figure that theirs is part of. A table has no slot, and its
    check is put together with its own sheet."""

    def __init__(self, slot: Slot | None, required: bool, listed: bool, whole: str | None) -> None:
        self._slot, self._required = slot, required
        every = stand_ins(len(OWN) + len(ABOVE) + 1)
        cells = dict(zip(OWN, every, strict=False))
        behind = every[len(OWN) :]
        if listed:
            cells |= {name: cells[name] & head for name, head in zip(ABOVE, behind, strict=False)}
            behind = behind[len(ABOVE) :]
        factor = cells["factor"] if slot and has_units(slot) else None
        self.cells = RowCells(
            cells["value"], cells["unit"], cells["bare"], factor, cells["amount"], cells["number"], cells["check"],
            cells["remark"], cells["explanation"], None if whole is None else (behind[0], whole),
        )  # fmt: skip

    @property
    def slot(self) -> Slot:
        if self._slot is None:
            raise TypeError("a table has no slot")
        return self._slot

    @cached_property
    def rule(self) -> CellRule:
        """What may be typed as the value."""
        return rule_alike(self.slot, self.cells.factor is not None, True)

    @cached_property
    def factor(self) -> SharedFormula:
        return SharedFormula(factor_formula(self.slot, self.cells.unit))

    @cached_property
    def bare(self) -> SharedFormula:
        return SharedFormula(bare_text(self.cells.value, self.cells.unit))

    @cached_property
    def amount(self) -> SharedFormula:
        return SharedFormula(amount_formula(self.slot, self.cells))

    @cached_property
    def number(self) -> SharedFormula:
        return SharedFormula(number_formula(self.slot, self.cells))

    @cached_property
    def check(self) -> SharedFormula:
        return SharedFormula(check_formula(self.slot, self.cells, self._required))

    @cached_property
    def gap(self) -> SharedFormula:
        return SharedFormula(gap_formula(self.cells))

    @cached_property
    def settled(self) -> SharedFormula:
        return SharedFormula(settled(self.cells))

    @cached_property
    def longest(self) -> str:
        """The longest of what the check column may say besides what it says of a row that is wrong."""
        doubtful = doubts(self._slot, self.cells) if self._slot and self._slot.fixed is None else []
        return max((*(words for _, words in doubtful), self.blank_check), key=len)

    @cached_property
    def blank_check(self) -> str:
        """What the check column says of a row that nobody has filled."""
        if self._slot is None:
            return label("check.table_blank" if self._required else "check.optional")
        if self._slot.fixed is not None:
            return label("check.fixed")
        return label("check.blank" if self._required else "check.optional")


def formulas_of(slot: Slot | None, required: bool, listed: bool, whole: str | None) -> RowFormulas:
    return _formulas_of(slot and alike(slot), required, listed, whole)


_formulas_of = lru_cache(maxsize=512)(RowFormulas)
