"""Names of cells. Rows and columns count from 0."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct


@lru_cache(maxsize=1024)
def column_name(column: int) -> str:
    """0 -> A, 26 -> AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def cell_name(row: int, column: int) -> str:
    """(0, 0) -> A1."""
    return f"{column_name(column)}{row + 1}"


def reference(sheet: str, row: int, column: int) -> str:
    """An absolute reference from another sheet: '填报表'!$D$5."""
    return f"'{sheet}'!${column_name(column)}${row + 1}"


class Spot(Struct, frozen=True):
    """A cell of a workbook that is being written, for links to point at."""

    sheet: str
    row: int
    column: int = 0

    @property
    def location(self) -> str:
        """As links within a workbook have it: '填报表'!D5. A quote in a sheet's name is written twice."""
        name = self.sheet.replace("'", "''")
        return f"'{name}'!{cell_name(self.row, self.column)}"
