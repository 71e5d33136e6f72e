"""A filled assignment workbook -> an assignment, or every fault in it by sheet and cell."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smartcity_xl.books.keyed import KEY, FaultyCells, KeyedSheet, heading
from smartcity_xl.books.kinds import ASSIGNMENT_KIND
from smartcity_xl.books.opener import BookShape, SheetShape, far_cells, load_book
from smartcity_xl.books.values import trimmed
from smartcity_xl.catalog.combine import JOIN, lay_together
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.errors import CatalogFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Department
from smartcity_xl.office.assigning.form import (
    DEPARTMENTS,
    DUTIES,
    FIRST_ROW,
    SEPARATORS,
    SETTING_KEYS,
    SETTINGS,
    is_asked,
)

_REQUIRED = ("city", "round", "deadline", "recipients", "office")


def read_assignment_book(path: Path, catalog: Catalog | None = None) -> tuple[Catalog, Assignment]:
    """The system and the assignment of a filled workbook; ``catalog`` is the system where it is not built in.

    Raises UsageFault for a file that is no assignment workbook, MachineFault where it cannot be read, CatalogFault
    with every fault (sheet, cell, what was found, what to do).
    """
    book, sheets = load_book(path, _shape())
    named = book.identity.catalog
    ids = named.split(JOIN)
    if catalog is None and not set(ids) <= set(catalog_ids()):  # what a workbook says is an id, and never a path
        raise UsageFault("catalog-needed", found=named)
    catalog = catalog or lay_together([load_catalog(one) for one in ids])
    if named != catalog.id:
        raise UsageFault("assignment-other-system", found=named, expected=catalog.id)
    if book.identity.version != catalog.version:
        raise UsageFault("assignment-old", path=str(path), found=book.identity.version, expected=catalog.version)
    reader = _AssignmentReader(catalog, sheets, faults=list(far_cells(sheets.values())))
    assignment = reader.assignment()
    if reader.faults:
        raise CatalogFault(str(path), reader.faults)
    return catalog, assignment


def _shape() -> BookShape:
    """What a workbook must hold; the departments stand in the column of the marker."""
    columns = {SETTINGS: ("value",), DEPARTMENTS: ("aliases",), DUTIES: ("lead", "others")}
    sheets = {
        name: SheetShape(label(f"assign.sheet_{name}"), {one: heading("assign", name, one) for one in read})
        for name, read in columns.items()
    }
    return BookShape(ASSIGNMENT_KIND, "assignment-unreadable", CatalogFault, sheets)


def _headings(sheet: str, *columns: str) -> dict[str, str]:
    return {column: heading("assign", sheet, column) for column in columns}


def _key(name: str) -> str:
    """A department's key: it stays the same while its name does, wherever it stands in the list."""
    return "d-" + hashlib.sha256(name.encode()).hexdigest()[:12]


def _names(text: str) -> list[str]:
    return [name for part in re.split(f"[{SEPARATORS}]", text) if (name := trimmed(part))]


@dataclass(slots=True)
class _AssignmentReader(FaultyCells):
    catalog: Catalog
    sheets: Mapping[str, KeyedSheet]
    departments: dict[str, Department] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    """A department's name or alias -> its key."""

    def settings(self) -> dict[str, str]:
        page, found = self.sheets[SETTINGS], dict.fromkeys(SETTING_KEYS, "")
        seen = set()
        for key, row in self.keyed_once(page, SETTING_KEYS, "value"):
            seen.add(key)
            known = len(self.faults)
            dated = key == "deadline"
            found[key] = self.day(page, row, "value") if dated else self.words(page, row, "value", results=True)
            if key in _REQUIRED and not found[key] and len(self.faults) == known:
                self.note_cell(page, row, "value", "field-missing")
        for key in _REQUIRED:
            if key not in seen:
                self.note_cell(page, 0, "value", "setting-gone", found=label(f"assign.setting_{key}"))
        self.keyless(page, SETTING_KEYS, _headings(SETTINGS, "value"), ("value",))
        return found

    def read_departments(self) -> None:
        page, known = self.sheets[DEPARTMENTS], len(self.faults)
        headings = {KEY: heading("assign", DEPARTMENTS, "name"), **_headings(DEPARTMENTS, "aliases")}
        rows = page.rows_below(headings, FIRST_ROW)
        for row in rows:
            before = len(self.faults)
            name = self.words(page, row, KEY, results=True)
            aliases = tuple(_names(self.words(page, row, "aliases", results=True)))
            if name:
                self.add_department(page, row, name, aliases)
            elif aliases and len(self.faults) == before:
                self.note_cell(page, row, KEY, "field-missing")
        if not self.departments and len(self.faults) == known:
            self.note_cell(page, rows.start, KEY, "field-missing")

    def add_department(self, page: KeyedSheet, row: int, name: str, aliases: tuple[str, ...]) -> None:
        key = _key(name)
        for at, spelling in enumerate((name, *aliases)):
            if spelling in self.spelled:
                self.note_cell(page, row, "aliases" if at else KEY, "duplicate", found=spelling)
            self.spelled[spelling] = key
        self.departments[key] = Department(key, name, aliases)

    def duties(self) -> dict[str, tuple[str, ...]]:
        """Figure -> departments, the lead first; figures nobody is named for are left out."""
        page, found = self.sheets[DUTIES], {}
        for key, row in self.keyed_once(page, self.catalog.figures, "lead", "others"):
            known = len(self.faults)
            lead, others = (_names(self.words(page, row, name, results=True)) for name in ("lead", "others"))
            named: dict[str, None] = {}
            for name, spellings in (("lead", lead), ("others", others)):
                for spelling in spellings:
                    if spelling in self.spelled:
                        named[self.spelled[spelling]] = None
                    else:
                        self.note_cell(page, row, name, "department-unknown", found=spelling)
            if named and not lead and len(self.faults) == known:
                self.note_cell(page, row, "lead", "lead-missing")
            if named:
                found[key] = tuple(named)
        self.keyless(page, self.catalog.figures, _headings(DUTIES, "lead", "others"), ("lead", "others"))
        self.all_rows(page)
        return found

    def all_rows(self, page: KeyedSheet) -> None:
        """A fault for every figure whose row is gone: who answers it was perhaps said there."""
        there = {key for key, _ in page.keyed()}
        for figure in self.catalog.figures.values():
            if figure.key not in there and is_asked(figure):
                self.note_cell(page, page.head, "lead", "setting-gone", found=figure.label)

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
