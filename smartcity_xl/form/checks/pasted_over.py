"""Answers pasted over the cells of the form: the drop-down or the test that stood there is gone.

A spreadsheet program replaces the rule of a cell by that of the cell which is pasted, and asks nobody. What was pasted
is read and checked all the same; whether it stands in the right rows only a person can see.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.marks import ruled_cells
from smartcity_xl.form.checks.look import Look
from smartcity_xl.model import Finding


def check(look: Look) -> Iterator[Finding]:
    if look.book.package.came_as:
        return  # other formats were read without their rules
    for role, cells in look.filled.items():
        ruled = ruled_cells(look.texts[role])
        bare = [cell for cell in cells if not ruled.holds(cell.row, cell.column)]
        if bare:
            yield look.tell("pasted-over", role, bare)
