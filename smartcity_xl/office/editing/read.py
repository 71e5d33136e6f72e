"""An edited catalog workbook -> the system's plain document, or every fault in it by sheet and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from smartcity_xl.books.kinds import CATALOG_KIND
from smartcity_xl.books.opener import load_book
from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.errors import CatalogFault
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.office.editing.book import BookForm, BookReader
from smartcity_xl.office.editing.form import (
    FIGURES,
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

Path_ = tuple[str | int, ...]
"""Where something stands in the document, as ``Fault.path`` has it."""

_FORM = BookForm(CATALOG_KIND, "edit", LISTS, "catalog-book-unreadable", CatalogFault)

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


class CatalogBook(Struct, frozen=True):
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
    reader = _SystemReader(_FORM, load_book(path, _FORM.shape)[1])
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


class _SystemReader(BookReader):
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

    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, row in self.keyed(SETTING_KEYS):
            self.rows[key,] = (SETTINGS, row)
            form = Form.CODE if key in ("id", "survey_dimension", "scheme", "target") else Form.TEXT
            if (value := self.read(SETTINGS, row, Column("value", form, 0))) is not None:
                found[key] = value
        for key in SETTING_KEYS:
            if (key,) not in self.rows:
                self.note(SETTINGS, 0, "value", "setting-gone", found=label(f"edit.setting_{key}"))
        return found

    def listed(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a sheet that hold anything: row and entry. Notes where each stands."""
        for number, (row, entry) in enumerate(self.entries(name)):
            self.rows[name, number] = (name, row)
            self.rows.setdefault((name,), (name, row))
            if key := entry.get("code", entry.get("key")):
                self.rows.setdefault((name, str(key)), (name, row))
            yield row, entry

    def attach(self, document: dict[str, Any], name: str, into: str, owner: str, key: str) -> None:
        """Put the rows of a sheet of their own into the entries that they belong to."""
        owners: dict[str, int] = {}
        for number, entry in enumerate(document[into]):
            owners.setdefault(str(entry.get(key, "")), number)
        for row, fields in self.listed(name):
            named, what = fields.pop(owner, None), fields.pop("what", None) if name == MEMBERS else QUERIES
            if named not in owners or not named:
                code, told = ("name-unknown", {"found": str(named)}) if named else ("field-missing", {})
                self.note(name, row, owner, code, **told)
                continue
            if what not in (QUERIES, *MEMBER_LISTS):
                code = "cell-choice" if what else "field-missing"
                expected = label("word.separator").join(words_for("what").values())
                self.note(name, row, "what", code, found=str(what), expected=expected)
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
        column = next((at[str(field)] for field in wanted if field in at), 1)
        parameters = dict(fault.parameters)
        if fault.code == "choice-unknown" and following != "scheme":
            parameters["expected"] = label("word.separator").join(words_for(str(following)).values())
        if "kind" in parameters:
            parameters["kind"] = words_for("kind")[parameters["kind"]]
        return self.fault(name, row, column, _AS_CELL.get(fault.code, fault.code), parameters)
