"""What a sheet of a form has lost that has its name, and no marker."""

from __future__ import annotations

from smartcity_xl.books.package import Package
from smartcity_xl.books.sheets import read_sheets
from smartcity_xl.form.map import COLUMNS, TABLE_NAME


def say_unmarked(package: Package, name: str) -> str:
    """The finding for a sheet that has its name and no marker: without the names of its columns, with them as the very
    first, or with the marker's cell before them and nothing of ours in it. Raises Refused."""
    (sheet,) = read_sheets(package, frozenset(package.sheets) - {name}, lambda _: ())
    ours = {column for columns in COLUMNS.values() for column in columns[1:]} | {TABLE_NAME}
    for row in sheet.rows[:20]:
        named = [at for at, cell in enumerate(row) if isinstance(cell, str) and cell in ours]
        if len(named) > 1:
            return "sheet-unmarked" if named[0] else "map-column-missing"
    return "map-row-missing"
