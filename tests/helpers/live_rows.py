"""The formulas beside an input cell, by the addresses of the cells that they refer to, of which nothing is known."""

from __future__ import annotations

from smartcity_xl.books.live import cell
from smartcity_xl.form.template.live import RowCells, amount_formula
from smartcity_xl.model import Slot


def live_cells(value: str, unit: str, times: str, amount: str) -> RowCells:
    blank, factor = cell("Z1"), cell(times) if times else None
    return RowCells(cell(value), cell(unit), blank, factor, cell(amount), blank, blank, blank, blank)


def render_amount(slot: Slot, cells: RowCells) -> str:
    return amount_formula(slot, cells).text
