"""Cells that stand twice in the text of a sheet, alone or with their row: programs differ over which of the two they
show, so neither counts."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.beside import cells_twice
from smartcity_xl.books.cells import column_name
from smartcity_xl.form.checks.look import Look
from smartcity_xl.model import Finding, Origin


def check(look: Look) -> Iterator[Finding]:
    for role, cells in look.filled.items():
        columns = {column_name(cell.column) for cell in cells}
        twice = cells_twice(look.texts[role], look.answered[role].plain, columns) if cells else ()
        for cell in cells if twice else ():
            if cell.name in twice or f"{cell.row + 1}:{cell.row + 1}" in twice:
                at = Origin(look.book.parcel.name, look.answered[role].name, cell.name)
                yield Finding("cell-twice", at, look.department, cell.slot, parameters={"cell": cell.name})
