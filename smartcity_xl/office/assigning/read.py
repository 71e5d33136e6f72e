"""A filled assignment workbook -> an assignment, or every fault in it by sheet and cell."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.sheets import Sheet, read_identity, read_sheets
from smartcity_xl.books.values import read_date, show_cell, trimmed
from smartcity_xl.catalog.combine import JOIN, lay_together
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.lint import is_date
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.errors import CatalogFault, MachineFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Department
from smartcity_xl.office.assigning.form import (
    ASSIGNMENT_KIND,
    DEPARTMENT_COLUMNS,
    DEPARTMENTS,
    DUTIES,
    FIRST_ROW,
    SEPARATORS,
    SETTING_KEYS,
    SETTINGS,
)

_REQUIRED = ("city", "round", "deadline", "recipients", "office")


def read_assignment_book(path: Path, catalog: Catalog | None = None) -> tuple[Catalog, Assignment]:
    """The system and the assignment of a filled workbook; ``catalog`` is the system where it is not built in.

    Raises UsageFault for a file that is no assignment workbook, MachineFault where it cannot be read, CatalogFault
    with every fault (sheet, cell, what was found, what to do).
    """
    sheets, identity = _open(path)
    named = identity.get("catalog", "")
    ids = named.split(JOIN)
    if catalog is None and not set(ids) <= set(catalog_ids()):  # what a workbook says is an id, and never a path
        raise UsageFault("catalog-needed", found=named)
    catalog = catalog or lay_together([load_catalog(one) for one in ids])
    if named != catalog.id:
        raise UsageFault("assignment-other-system", found=named, expected=catalog.id)
    if identity.get("version") != catalog.version:
        raise UsageFault(
            "assignment-old", path=str(path), found=identity.get("version", ""), expected=catalog.version
        )  # fmt: skip
    reader = _AssignmentReader(catalog, sheets)
    assignment = reader.assignment()
    if reader.faults:
        raise CatalogFault(str(path), reader.faults)
    return catalog, assignment


def _open(path: Path) -> tuple[dict[str, Sheet], dict[str, str]]:
    """The sheets by what their first cell says they are, and the identity. Raises UsageFault, MachineFault."""
    try:
        package = Package(path.read_bytes())
        sheets = read_sheets(package, frozenset(), lambda _: ())
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except Refused as error:
        raise UsageFault("assignment-unreadable", path=str(path)) from error
    found = {}
    for sheet in sheets:
        first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else None
        if isinstance(first, str) and first.startswith(MARKER):
            found[first.removeprefix(MARKER)] = sheet
    identity = read_identity(sheets)
    if identity.get("kind") != ASSIGNMENT_KIND or not {SETTINGS, DEPARTMENTS, DUTIES} <= found.keys():
        raise UsageFault("assignment-unreadable", path=str(path))
    return found, identity


def _key(name: str) -> str:
    """A department's key: it stays the same while its name does, wherever it stands in the list."""
    return "d-" + hashlib.sha256(name.encode()).hexdigest()[:12]


def _names(text: str) -> list[str]:
    return [name for part in re.split(f"[{SEPARATORS}]", text) if (name := trimmed(part))]


@dataclass(slots=True)
class _AssignmentReader:
    catalog: Catalog
    sheets: Mapping[str, Sheet]
    faults: list[Fault] = field(default_factory=list)
    departments: dict[str, Department] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    """A department's name or alias -> its key."""

    def fault(self, sheet: Sheet, row: int, column: int, code: str, /, **parameters: str) -> None:
        self.faults.append(Fault(f"{sheet.name}!{cell_name(row, column)}", code, parameters))

    def text(self, sheet: Sheet, row: int, column: int) -> str:
        return trimmed(show_cell(sheet.cell(row, column))) if row < len(sheet.rows) else ""

    def columns(self, sheet: Sheet) -> dict[str, int]:
        return {str(cell): at for at, cell in enumerate(sheet.rows[0]) if isinstance(cell, str)}

    def settings(self) -> dict[str, str]:
        sheet = self.sheets[SETTINGS]
        columns = self.columns(sheet)
        value, found = columns.get("value", 2), dict.fromkeys(SETTING_KEYS, "")
        for row in range(1, len(sheet.rows)):
            key = self.text(sheet, row, 0)
            if key not in found:
                continue
            found[key] = self.text(sheet, row, value)
            if key == "deadline" and found[key]:
                date = read_date(sheet.cell(row, value)) or ""
                if not is_date(date):
                    self.fault(sheet, row, value, "date-form", found=found[key])
                found[key] = date
            if key in _REQUIRED and not found[key]:
                self.fault(sheet, row, value, "field-missing")
        return found

    def read_departments(self) -> None:
        sheet = self.sheets[DEPARTMENTS]
        for row in range(FIRST_ROW, len(sheet.rows)):
            name = self.text(sheet, row, 0)
            aliases = tuple(_names(self.text(sheet, row, DEPARTMENT_COLUMNS.index("aliases"))))
            if name:
                self.add_department(sheet, row, name, aliases)
        if not self.departments:
            self.fault(sheet, FIRST_ROW, 0, "field-missing")

    def add_department(self, sheet: Sheet, row: int, name: str, aliases: tuple[str, ...]) -> None:
        key = _key(name)
        for at, spelling in enumerate((name, *aliases)):
            if spelling in self.spelled:
                self.fault(sheet, row, min(at, 1), "duplicate", found=spelling)
            self.spelled[spelling] = key
        self.departments[key] = Department(key, name, aliases)

    def duties(self) -> dict[str, tuple[str, ...]]:
        """Figure -> departments, the lead first; figures nobody is named for are left out."""
        sheet = self.sheets[DUTIES]
        columns = self.columns(sheet)
        found = {}
        for row in range(FIRST_ROW, len(sheet.rows)):
            key = self.text(sheet, row, 0)
            if key not in self.catalog.figures:
                continue
            named: dict[str, None] = {}
            for name in ("lead", "others"):
                at = columns.get(name, -1)
                for spelling in _names(self.text(sheet, row, at)):
                    if spelling in self.spelled:
                        named[self.spelled[spelling]] = None
                    else:
                        self.fault(sheet, row, at, "department-unknown", found=spelling)
            if named and not self.text(sheet, row, columns.get("lead", -1)):
                self.fault(sheet, row, columns.get("lead", 0), "lead-missing")
            if named:
                found[key] = tuple(named)
        return found

    def assignment(self) -> Assignment:
        settings = self.settings()
        self.read_departments()
        asked = self.duties()
        office = self.spelled.get(settings["office"]) or _key(settings["office"])
        if office not in self.departments:
            self.departments[office] = Department(office, settings["office"])
        complete = {key: asked.get(key) or self.beside(key, asked) or (office,) for key in self.catalog.figures}
        used = {department for departments in complete.values() for department in departments}
        duties = {
            code: tuple(dict.fromkeys(d for figure in figures for d in asked.get(figure.key, ())))
            for code, figures in self.catalog.figures_of.items()
        }
        return Assignment(
            id=self.identity(settings, asked),
            system=self.catalog.id,
            city=settings["city"],
            title=settings["title"] or label("assign.own_title", city=settings["city"], round=settings["round"]),
            document=settings["document"] or self.catalog.title,
            round=settings["round"],
            deadline=settings["deadline"],
            recipients=tuple(_names(settings["recipients"])),
            office=office,
            departments={key: department for key, department in self.departments.items() if key in used},
            duties={code: named for code, named in duties.items() if named},
            asked=complete,
            unassigned={code: label("assign.own_unassigned") for code, named in duties.items() if not named},
        )

    def beside(self, key: str, asked: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Who is shown a figure that the text fixes: those who answer the figures it is scored with."""
        if any(slot.fixed is None for slot in self.catalog.figures[key].slots) or self.catalog.figures[key].columns:
            return ()
        with_it = (f.key for code in self.catalog.used_by[key] for f in self.catalog.figures_of[code])
        return tuple(dict.fromkeys(department for other in with_it for department in asked.get(other, ())))

    def identity(self, settings: Mapping[str, str], asked: Mapping[str, tuple[str, ...]]) -> str:
        """A name for this sharing-out: another sharing-out gets another."""
        content = json.dumps([self.catalog.id, settings["city"], asked], ensure_ascii=False, sort_keys=True)
        return "own-" + hashlib.sha256(content.encode()).hexdigest()[:12]
