"""An edited catalog workbook -> the system's plain document, or every fault in it by sheet and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.editing.cells import Strange, read_value
from smartcity_xl.editing.form import (
    CATALOG_KIND,
    FIGURES,
    FIRST_ROW,
    INDICATORS,
    LISTS,
    MEMBER_LISTS,
    MEMBERS,
    QUERIES,
    SETTING_KEYS,
    SETTINGS,
    Column,
    Form,
    words_for,
)
from smartcity_xl.errors import CatalogFault, MachineFault, UsageFault
from smartcity_xl.layout import MARKER, cell_name, column_name
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.reading.package import Package, Refused
from smartcity_xl.reading.sheets import Sheet, read_identity, read_sheets

Path_ = tuple[str | int, ...]
"""Where something stands in the document, as ``Fault.path`` has it."""

_AS_CELL = {
    "number-unreadable": "cell-number", "field-type": "cell-whole", "field-unknown": "cell-unused",
    "members": "cell-members", "table-size": "cell-table", "rule-unreadable": "cell-rule",
    "choice-unknown": "cell-choice",
}  # fmt: skip
"""Faults whose words for a file would not help someone who sees cells."""

_FIELD = {
    "weights-open": "weight", "deduction-mixed": "weight", "figure-unused": "key", "members": "kind", "range": "max",
    "table-size": "rows", "text-long": "label", "category-empty": "code", "key-form": "key", "duplicate": "key",
}  # fmt: skip
"""Fault -> the column to look at, where the fault itself names none."""

_FOLLOWS = frozenset({"weights-open", "figure-unused", "category-empty", "deduction-mixed", "query-foreign"})
"""Faults that another one may have caused: told once the others are mended."""


@dataclass(frozen=True, slots=True)
class CatalogBook:
    """A workbook as read: the plain document, the system built from it, and its faults by sheet and cell."""

    document: Mapping[str, Any]
    catalog: Catalog
    faults: tuple[Fault, ...]


def read_catalog_book(path: Path) -> CatalogBook:
    """A workbook without a fault. Raises as ``open_catalog_book``, and CatalogFault with every fault."""
    book = open_catalog_book(path)
    if book.faults:
        raise CatalogFault(str(path), book.faults)
    return book


def open_catalog_book(path: Path) -> CatalogBook:
    """A workbook with whatever faults it has.

    Raises UsageFault for a file that is no catalog workbook, MachineFault where it cannot be read, CatalogFault where
    a sheet or a column is gone, so that nothing more can be said.
    """
    reader = _Reader(str(path), _open(path))
    document = reader.document()
    catalog, of_form = build_catalog(document)
    of_substance = lint_catalog(catalog)
    placed = [*reader.faults, *map(reader.place, of_form)]
    if placed:
        known = {fault.where for fault in placed}
        rest = [reader.place(fault) for fault in of_substance if fault.code not in _FOLLOWS]
        placed += [fault for fault in rest if fault.where not in known]
    else:
        placed = list(map(reader.place, of_substance))
    placed.sort(key=lambda fault: fault.path)
    once = {(fault.where, fault.code, tuple(sorted(fault.parameters.items()))): fault for fault in placed}
    return CatalogBook(document, catalog, tuple(once.values()))


def _input_letters(sheet: Sheet) -> tuple[str, ...]:
    """The columns whose formulas and errors must be seen."""
    if _marker(sheet) is None:
        return ()
    shown = {column.name for columns in LISTS.values() for column in columns if column.form is Form.SHOWN}
    return tuple(column_name(at) for at, name in enumerate(sheet.rows[0]) if at and name not in shown)


def _marker(sheet: Sheet) -> str | None:
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else None
    return first.removeprefix(MARKER) if isinstance(first, str) and first.startswith(MARKER) else None


def _open(path: Path) -> dict[str, Sheet]:
    """The sheets by what their first cell says they are. Raises UsageFault, MachineFault, CatalogFault."""
    try:
        sheets = read_sheets(Package(path.read_bytes()), frozenset(), _input_letters)
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except Refused as error:
        raise UsageFault("catalog-book-unreadable", path=str(path)) from error
    if read_identity(sheets).get("kind") != CATALOG_KIND:
        raise UsageFault("catalog-book-unreadable", path=str(path))
    found: dict[str, Sheet] = {}
    faults = []
    for sheet in sheets:
        name = _marker(sheet)
        if name in found:
            faults.append(Fault(sheet.name, "sheet-twice", {"first": found[name].name}))
        elif name in (SETTINGS, *LISTS):
            found[name] = sheet
    missing = [name for name in (SETTINGS, *LISTS) if name not in found]
    faults += [Fault("", "sheet-missing", {"found": label(f"edit.sheet_{name}")}) for name in missing]
    for name, sheet in found.items():
        wanted = [column.name for column in LISTS.get(name, ()) if column.form is not Form.SHOWN] or ["value"]
        lost = [column for column in wanted if column not in sheet.rows[0]]
        heads = [label(f"edit.{name}_{column}") for column in lost]
        faults += [Fault(f"{sheet.name}!A1", "column-missing", {"found": head}) for head in heads]
    if faults:
        raise CatalogFault(str(path), faults)
    return found


@dataclass(slots=True)
class _Reader:
    path: str
    sheets: Mapping[str, Sheet]
    faults: list[Fault] = field(default_factory=list)
    rows: dict[Path_, tuple[str, int]] = field(default_factory=dict)
    """Entry of the document -> the sheet (by its marker) and the row that it came from."""

    # --- the document

    def document(self) -> dict[str, Any]:
        document = self.settings()
        for name in LISTS:
            if name not in (QUERIES, MEMBERS):
                document[name] = [entry for _, entry in self.listed(name)]
        self.attach(document, QUERIES, INDICATORS, "indicator", "code")
        self.attach(document, MEMBERS, FIGURES, "figure", "key")
        return document

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

    def note(self, name: str, row: int, column: int, code: str, **parameters: str) -> None:
        self.faults.append(self.fault(name, row, column, code, parameters))

    def fault(self, name: str, row: int, column: int, code: str, parameters: Mapping[str, str]) -> Fault:
        order = (SETTINGS, *LISTS).index(name)
        where = f"{self.sheets[name].name}!{cell_name(row, column)}"
        return Fault(where, code, parameters, (order, row, column))

    def settings(self) -> dict[str, Any]:
        sheet = self.sheets[SETTINGS]
        found: dict[str, Any] = {}
        for row in range(1, len(sheet.rows)):
            key = sheet.cell(row, 0)
            if isinstance(key, str) and key in SETTING_KEYS and (key,) not in self.rows:
                self.rows[key,] = (SETTINGS, row)
                form = Form.CODE if key in ("id", "survey_dimension", "scheme", "target") else Form.TEXT
                if (value := self.read(SETTINGS, row, Column("value", form, 0))) is not None:
                    found[key] = value
        return found

    def listed(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a sheet that hold anything: row and entry. Notes where each stands."""
        sheet, number = self.sheets[name], 0
        if sheet.far:
            self.faults.append(Fault(f"{sheet.name}!{sheet.far}", "cell-far", {}, (len(LISTS) + 1,)))
        for row in range(FIRST_ROW, len(sheet.rows)):
            known, entry = len(self.faults), {}
            for column in LISTS[name]:
                if column.form is not Form.SHOWN and (value := self.read(name, row, column)) is not None:
                    entry[column.name] = value
            if not entry and len(self.faults) == known:
                continue
            self.rows[name, number] = (name, row)
            self.rows.setdefault((name,), (name, row))
            if key := entry.get("code", entry.get("key")):
                self.rows.setdefault((name, str(key)), (name, row))
            number += 1
            yield row, entry

    def attach(self, document: dict[str, Any], name: str, into: str, owner: str, key: str) -> None:
        """Put the rows of a sheet of their own into the entries that they belong to."""
        owners: dict[str, int] = {}
        for number, entry in enumerate(document[into]):
            owners.setdefault(str(entry.get(key, "")), number)
        at = self.columns(name)
        for row, fields in self.listed(name):
            named, what = fields.pop(owner, None), fields.pop("what", None) if name == MEMBERS else QUERIES
            if named not in owners or not named:
                code, told = ("name-unknown", {"found": str(named)}) if named else ("field-missing", {})
                self.note(name, row, at[owner], code, **told)
                continue
            if what not in (QUERIES, *MEMBER_LISTS):
                code = "cell-choice" if what else "field-missing"
                expected = label("word.separator").join(words_for("what").values())
                self.note(name, row, at["what"], code, found=str(what), expected=expected)
                continue
            entries = document[into][owners[named]].setdefault(what, [])
            for top in (owners[named], named):
                self.rows[into, top, what, len(entries)] = (name, row)
                self.rows[into, top, what, str(fields.get("key", ""))] = (name, row)
            entries.append(fields)

    # --- where a fault of the document stands in the workbook

    def place(self, fault: Fault) -> Fault:
        """The same fault by sheet and cell, in words for someone who sees cells."""
        depth = next((n for n in range(len(fault.path), 0, -1) if fault.path[:n] in self.rows), 0)
        name, row = self.rows[fault.path[:depth]] if depth else (SETTINGS, 0)
        at = self.columns(name)
        following = fault.path[depth] if depth < len(fault.path) else ""
        wanted = (following, _FIELD.get(fault.code, ""), "key", "code", "value")
        column = next((at[field] for field in wanted if field in at), 1)
        parameters = dict(fault.parameters)
        if fault.code == "choice-unknown" and following != "scheme":
            parameters["expected"] = label("word.separator").join(words_for(str(following)).values())
        if "kind" in parameters:
            parameters["kind"] = words_for("kind")[parameters["kind"]]
        return self.fault(name, row, column, _AS_CELL.get(fault.code, fault.code), parameters)
