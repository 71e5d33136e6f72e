"""A workbook that an office edits or fills: its rows as plain entries.

Shared by the workbooks whose sheets are lists of columns (``Column``) beside one sheet of settings. Every fault is
told by sheet and cell.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.content import Odd
from smartcity_xl.books.keyed import FaultyCells, KeyedSheet, heading
from smartcity_xl.books.opener import BookShape, SheetShape
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import FaultyFile
from smartcity_xl.messages import label
from smartcity_xl.office.editing.cells import read_value
from smartcity_xl.office.editing.form import FIRST_ROW, SETTINGS, Column, Form


class BookForm(Struct, frozen=True):
    """One kind of workbook: its ``kind`` in the identity, the ``section`` of its labels, its lists and their columns.

    ``unreadable`` is the error told of a file that is no such workbook, ``faulty`` is raised with all its faults.
    """

    kind: str
    section: str
    lists: Mapping[str, tuple[Column, ...]]
    unreadable: str
    faulty: Callable[[str, Sequence[Fault]], FaultyFile]

    @property
    def sheets(self) -> tuple[str, ...]:
        return (SETTINGS, *self.lists)

    def headings(self, name: str) -> dict[str, str]:
        """The columns of a sheet that are read, each with its printed heading."""
        read = [column.name for column in self.lists.get(name, ()) if column.form is not Form.SHOWN] or ["value"]
        return {column: heading(self.section, name, column) for column in read}

    @property
    def shape(self) -> BookShape:
        """What the opener must find."""
        sheets = {name: SheetShape(label(f"{self.section}.sheet_{name}"), self.headings(name)) for name in self.sheets}
        return BookShape(self.kind, self.unreadable, self.faulty, sheets)


class BookReader(FaultyCells):
    """Reads the sheets of one workbook; ``faults`` grows on the way."""

    form: BookForm
    sheets: Mapping[str, KeyedSheet]

    def read(self, name: str, row: int, column: Column) -> Any:
        """A cell's value; a fault, and a value that is told as no other, where it holds none."""
        value = read_value(self.sheets[name].content(row, column.name), column.form, column.name)
        if isinstance(value, Odd):
            self.note(name, row, column.name, value.code, found=value.found)
            return None
        return value

    def columns(self, name: str) -> Mapping[str, int]:
        return self.sheets[name].columns

    def note(self, name: str, row: int, column: str, code: str, /, **parameters: str) -> None:
        """Note a fault, with its place among all others."""
        self.faults.append(self.fault(name, row, self.columns(name)[column], code, parameters))

    def note_cell(self, page: KeyedSheet, row: int, name: str, code: str, /, **parameters: str) -> None:
        self.note(next(role for role, one in self.sheets.items() if one is page), row, name, code, **parameters)

    def fault(self, name: str, row: int, column: int, code: str, parameters: Mapping[str, str]) -> Fault:
        where = f"{self.sheets[name].sheet.name}!{cell_name(row, column)}"
        return Fault(where, code, parameters, (self.form.sheets.index(name), row, column))

    def keyed(self, keys: Container[str]) -> Iterator[tuple[str, int]]:
        """The rows of the settings: key and row, each key once. A row of another key that was filled is a fault."""
        page = self.sheets[SETTINGS]
        yield from self.keyed_once(page, keys, "value")
        self.keyless(page, keys, self.form.headings(SETTINGS), ("value",))

    def entries(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a list that hold anything: row and entry."""
        page = self.sheets[name]
        if page.sheet.far:
            self.faults.append(Fault(f"{page.sheet.name}!{page.sheet.far}", "cell-far", {}, (len(self.form.sheets),)))
        for row in page.rows_below(self.form.headings(name), FIRST_ROW):
            known, entry = len(self.faults), {}
            for column in self.form.lists[name]:
                if column.form is not Form.SHOWN and (value := self.read(name, row, column)) is not None:
                    entry[column.name] = value
            if entry or len(self.faults) > known:
                yield row, entry
