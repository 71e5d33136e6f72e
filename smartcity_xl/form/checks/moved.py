"""Answers that were cut and pasted: the formulas that pointed to the cell now point to where it went, and those of the
row that it covered have lost theirs (#REF!). The number may be that of another row."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.marks import formula_cells
from smartcity_xl.form.checks.look import Filled, Look
from smartcity_xl.form.map import FIGURES
from smartcity_xl.form.template.locked import FORMULA
from smartcity_xl.model import Finding


def check(look: Look) -> Iterator[Finding]:
    columns = look.columns.get(FIGURES, {})
    if FORMULA not in columns or "value" not in columns:
        return
    formulas = formula_cells(look.texts[FIGURES], column_name(columns[FORMULA]))
    lost = {row for row, formula in formulas.items() if "#REF!" in formula}
    if not lost or b"#REF!" not in look.texts[FIGURES]:
        return
    moved = [cell for cell in look.filled[FIGURES] if cell.row in lost]
    emptied = [Filled(key, row, columns["value"]) for key, row in look.rows[FIGURES] if row in lost]
    if moved or emptied:
        yield look.tell("answer-moved", FIGURES, moved or emptied)
