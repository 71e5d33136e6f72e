"""A system's workbook, with edits made in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from loaded_books import open_book

from smartcity_xl.catalog.load import load_catalog, load_document
from smartcity_xl.messages import label
from smartcity_xl.office.editing import write_catalog_book
from smartcity_xl.office.editing.form import (
    FIRST_ROW,
    LISTS,
    MEMBERS,
    QUERIES,
    SETTINGS,
    Form,
)

ID = "cn-2018"


class Editor:
    """A catalog workbook as someone sees it in Excel; rows and columns count from 1."""

    def __init__(self, data: bytes) -> None:
        self.book = open_book(data)

    def sheet(self, name: str) -> Any:
        return self.book[label(f"edit.sheet_{name}")]

    def column(self, name: str, field: str) -> int:
        return next(cell.column for cell in self.sheet(name)[1] if cell.value == field)

    def row(self, name: str, entry: str) -> int:
        """The row of a code or key; for members ``figure.key``, for queries the first of an indicator."""
        figure, _, member = entry.partition(".")
        wanted: dict[int, str] = {
            SETTINGS: {1: entry},
            MEMBERS: {self.column(MEMBERS, "figure"): figure, self.column(MEMBERS, "key"): member},
            QUERIES: {self.column(QUERIES, "indicator"): entry},
        }.get(name) or {self.column(name, "key" if name == "figures" else "code"): entry}
        sheet = self.sheet(name)
        rows = range(1, sheet.max_row + 1)
        return next(row for row in rows if all(sheet.cell(row, at).value == value for at, value in wanted.items()))

    def cell(self, name: str, entry: str, field: str) -> Any:
        return self.sheet(name).cell(self.row(name, entry), self.column(name, field))

    def put(self, name: str, entry: str, field: str, value: Any) -> None:
        self.cell(name, entry, field).value = value

    def add(self, name: str, /, **fields: Any) -> None:
        """Fill the first row that is free."""
        sheet = self.sheet(name)
        row = FIRST_ROW + 1
        inputs = [self.column(name, column.name) for column in LISTS[name] if column.form is not Form.SHOWN]
        while any(sheet.cell(row, at).value is not None for at in inputs):
            row += 1
        for field, value in fields.items():
            sheet.cell(row, self.column(name, field)).value = value

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path


Edit = Callable[[Editor], object]


def exported(system: str = ID) -> bytes:
    return write_catalog_book(load_catalog(system), load_document(system))


BOOK = exported()


def edited(tmp_path: Path, *edits: Edit, data: bytes = BOOK) -> Path:
    editor = Editor(data)
    for edit in edits:
        edit(editor)
    return editor.save(tmp_path / "edited.xlsx")


def put(name: str, entry: str, field: str, value: Any) -> Edit:
    return lambda editor: editor.put(name, entry, field, value)


def rule(text: Any) -> Edit:
    return put("indicators", "L1P1-A1", "rule", text)
