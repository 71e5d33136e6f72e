"""A workbook that an office edits or fills, opened: its sheets by their markers, its rows as plain entries.

Shared by the workbooks whose sheets are lists of columns (``Column``) beside one sheet of settings. Every fault is
told by sheet and cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.sheets import InputColumns, Sheet, read_identity, read_sheets
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import FaultyFile, MachineFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.office.editing.cells import Strange, read_value
from smartcity_xl.office.editing.form import FIRST_ROW, SETTINGS, Column, Form


@dataclass(frozen=True, slots=True)
class BookForm:
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

    def wanted(self, name: str) -> list[str]:
        """The columns of a sheet that must be there."""
        return [column.name for column in self.lists.get(name, ()) if column.form is not Form.SHOWN] or ["value"]


def open_book(path: Path, form: BookForm) -> dict[str, Sheet]:
    """The sheets by what their first cell says they are.

    Raises UsageFault for a file that is no such workbook, MachineFault where it cannot be read, FaultyFile where a
    sheet or a column is gone, so that nothing more can be said.
    """
    try:
        sheets = read_sheets(Package(path.read_bytes()), frozenset(), _input_letters(form))
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except Refused as error:
        raise UsageFault(form.unreadable, path=str(path)) from error
    if read_identity(sheets).get("kind") != form.kind:
        raise UsageFault(form.unreadable, path=str(path))
    found: dict[str, Sheet] = {}
    faults = []
    for sheet in sheets:
        name = _marker(sheet)
        if name in found:
            faults.append(Fault(sheet.name, "sheet-twice", {"first": found[name].name}))
        elif name in form.sheets:
            found[name] = sheet
    missing = [name for name in form.sheets if name not in found]
    faults += [Fault("", "sheet-missing", {"found": label(f"{form.section}.sheet_{name}")}) for name in missing]
    for name, sheet in found.items():
        lost = [column for column in form.wanted(name) if column not in sheet.rows[0]]
        heads = [label(f"{form.section}.{name}_{column}") for column in lost]
        faults += [Fault(f"{sheet.name}!A1", "column-missing", {"found": head}) for head in heads]
    if faults:
        raise form.faulty(str(path), faults)
    return found


def _input_letters(form: BookForm) -> InputColumns:
    """The columns whose formulas and errors must be seen."""
    shown = {column.name for columns in form.lists.values() for column in columns if column.form is Form.SHOWN}

    def letters(sheet: Sheet) -> tuple[str, ...]:
        if _marker(sheet) is None:
            return ()
        return tuple(column_name(at) for at, name in enumerate(sheet.rows[0]) if at and name not in shown)

    return letters


def _marker(sheet: Sheet) -> str | None:
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else None
    return first.removeprefix(MARKER) if isinstance(first, str) and first.startswith(MARKER) else None


@dataclass(slots=True)
class BookReader:
    """Reads the sheets of one workbook; ``faults`` grows on the way."""

    form: BookForm
    sheets: Mapping[str, Sheet]
    faults: list[Fault] = field(default_factory=list)

    def columns(self, name: str) -> dict[str, int]:
        return {cell: at for at, cell in enumerate(self.sheets[name].rows[0]) if isinstance(cell, str) and at}

    def read(self, name: str, row: int, column: Column) -> Any:
        """A cell's value; a fault, and a value that is told as no other, where it holds none."""
        sheet, at = self.sheets[name], self.columns(name)[column.name]
        try:
            return read_value(sheet.cell(row, at), column.form, column.name)
        except Strange as strange:
            self.note(name, row, at, strange.code, found=strange.found)
            return None

    def note(self, name: str, row: int, column: int | str, code: str, /, **parameters: str) -> None:
        at = self.columns(name)[column] if isinstance(column, str) else column
        self.faults.append(self.fault(name, row, at, code, parameters))

    def fault(self, name: str, row: int, column: int, code: str, parameters: Mapping[str, str]) -> Fault:
        where = f"{self.sheets[name].name}!{cell_name(row, column)}"
        return Fault(where, code, parameters, (self.form.sheets.index(name), row, column))

    def keyed(self, keys: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        """The rows of the settings: key and row, each key once."""
        sheet, seen = self.sheets[SETTINGS], set()
        for row in range(1, len(sheet.rows)):
            key = sheet.cell(row, 0)
            if isinstance(key, str) and key in keys and key not in seen:
                seen.add(key)
                yield key, row

    def entries(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a list that hold anything: row and entry."""
        sheet = self.sheets[name]
        if sheet.far:
            self.faults.append(Fault(f"{sheet.name}!{sheet.far}", "cell-far", {}, (len(self.form.sheets),)))
        for row in range(FIRST_ROW, len(sheet.rows)):
            known, entry = len(self.faults), {}
            for column in self.form.lists[name]:
                if column.form is not Form.SHOWN and (value := self.read(name, row, column)) is not None:
                    entry[column.name] = value
            if entry or len(self.faults) > known:
                yield row, entry
