"""Answers that are formulas, in a workbook that is only calculated when somebody asks for it: the saved results may be
older than the numbers that they were calculated from."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.beside import is_calculated_by_hand
from smartcity_xl.books.values import FormulaCell
from smartcity_xl.form.checks.look import Look
from smartcity_xl.model import Finding


def check(look: Look) -> Iterator[Finding]:
    if not is_calculated_by_hand(look.book.package):
        return
    for role, cells in look.filled.items():
        sheet = look.answered[role]
        if formulas := [cell for cell in cells if isinstance(sheet.cell(cell.row, cell.column), FormulaCell)]:
            yield look.tell("calculated-by-hand", role, formulas)
