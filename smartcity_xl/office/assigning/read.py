"""A filled assignment workbook -> an assignment, or every fault in it by sheet and cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import field

from smartcity_xl.books.content import words_in
from smartcity_xl.books.keyed import KEY, FaultyCells, KeyedSheet, heading
from smartcity_xl.books.kinds import ASSIGNMENT_KIND
from smartcity_xl.books.opener import BookShape, OpenWorkbook, SheetShape, far_cells, load_book
from smartcity_xl.catalog.combine import JOIN, lay_together
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.errors import CatalogFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Department
from smartcity_xl.office.assigning.carry import Precedent
from smartcity_xl.office.assigning.form import (
    DAYS,
    DEPARTMENTS,
    DUTIES,
    FIRST_ROW,
    KEPT,
    REQUIRED,
    SETTING_KEYS,
    SETTINGS,
    TAKE,
    is_asked,
    split_names,
)
from smartcity_xl.office.assigning.kept import NOTHING_KEPT, Kept, read_kept, restore


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
    return catalog, _read(path, sheets, catalog).assignment(catalog)


def read_source(path: Path, catalog: Catalog | None = None) -> Precedent:
    """The assignment of a filled workbook, to begin another from, whatever edition it is of; ``catalog`` is a system
    that it may be of beside the built-in ones. Raises as ``read_assignment_book``, but for the edition."""
    book, sheets = load_book(path, _shape())
    known = catalog if catalog and _is_of(book, catalog) else _find_catalog(book)
    reader = _read(path, sheets, known, ("office",))
    assignment = reader.assignment(known) if known else reader.bare(book.identity.catalog)
    named = {key: one for key, one in reader.asked.items() if known is None or key in known.figures}
    return Precedent(assignment, named, dict(reader.printed()), known)


def _find_catalog(book: OpenWorkbook) -> Catalog | None:
    ids = book.identity.catalog.split(JOIN)
    if not set(ids) <= set(catalog_ids()):
        return None
    catalog = lay_together([load_catalog(one) for one in ids])
    return catalog if _is_of(book, catalog) else None


def _is_of(book: OpenWorkbook, catalog: Catalog) -> bool:
    return (book.identity.catalog, book.identity.version) == (catalog.id, catalog.version)


def _read(
    path: Path, sheets: Mapping[str, KeyedSheet], catalog: Catalog | None, required: Sequence[str] = REQUIRED
) -> _AssignmentReader:
    """The three sheets; ``catalog`` is None where any key stands for a figure. Raises CatalogFault."""
    reader = _AssignmentReader(catalog, sheets, required, faults=list(far_cells(sheets.values())))
    reader.read()
    if reader.faults:
        raise CatalogFault(str(path), reader.faults)
    return reader


def _shape() -> BookShape:
    """What a workbook must hold; the departments stand in the column of the marker."""
    columns = {SETTINGS: ("value",), DEPARTMENTS: ("aliases",), DUTIES: ("lead", "others")}
    beside = {DUTIES: ("take",)}
    sheets = {
        name: SheetShape(
            label(f"assign.sheet_{name}"), {one: heading("assign", name, one) for one in read},
            beside=beside.get(name, ()),
        )
        for name, read in columns.items()
    }  # fmt: skip
    sheets[KEPT] = SheetShape(label("assign.sheet_kept"), {}, optional=True)
    return BookShape(ASSIGNMENT_KIND, "assignment-unreadable", CatalogFault, sheets)


def _headings(sheet: str, *columns: str) -> dict[str, str]:
    return {column: heading("assign", sheet, column) for column in columns}


def _key(name: str) -> str:
    """A department's key: it stays the same while its name does, wherever it stands in the list."""
    return "d-" + hashlib.sha256(name.encode()).hexdigest()[:12]


class _AssignmentReader(FaultyCells):
    catalog: Catalog | None
    sheets: Mapping[str, KeyedSheet]
    required: Sequence[str]
    """The settings that must be there."""
    settings: dict[str, str] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    """A department's name, alias or former name -> its key."""
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Figure -> departments, the lead first; figures nobody is named for are left out."""
    kept: Kept = NOTHING_KEPT

    def read(self) -> None:
        kept = read_kept(self.sheets.get(KEPT))
        if kept is None:
            self.note_cell(self.sheets[KEPT], 0, KEY, "kept-broken")
        self.kept = kept or NOTHING_KEPT
        self.read_settings()
        self.read_departments()
        self.read_duties()

    def read_settings(self) -> None:
        page, found = self.sheets[SETTINGS], dict.fromkeys(SETTING_KEYS, "")
        seen = set()
        for key, row in self.keyed_once(page, SETTING_KEYS, "value"):
            seen.add(key)
            known = len(self.faults)
            dated = key in DAYS
            found[key] = self.day(page, row, "value") if dated else self.words(page, row, "value", results=True)
            if key in self.required and not found[key] and len(self.faults) == known:
                self.note_cell(page, row, "value", "field-missing")
        for key in self.required:
            if key not in seen:
                self.note_cell(page, 0, "value", "setting-gone", found=label(f"assign.setting_{key}"))
        self.keyless(page, SETTING_KEYS, _headings(SETTINGS, "value"), ("value",))
        self.settings = found

    # --- the departments -----------------------------------------------------------------------------------------

    def read_departments(self) -> None:
        page, known = self.sheets[DEPARTMENTS], len(self.faults)
        headings = {KEY: heading("assign", DEPARTMENTS, "name"), **_headings(DEPARTMENTS, "aliases")}
        rows = page.rows_below(headings, FIRST_ROW)
        former = {one.name: one.key for one in self.kept.departments.values()}
        renamed = {}
        for row in rows:
            before = len(self.faults)
            name = self.words(page, row, KEY, results=True)
            aliases = tuple(split_names(self.words(page, row, "aliases", results=True)))
            was = words_of(page, row, "former")
            if name:
                self.add_department(page, row, name, aliases, former.pop(was, ""))
                renamed[row] = (name, was)
            elif aliases and len(self.faults) == before:
                self.note_cell(page, row, KEY, "field-missing")
        for row, (name, was) in renamed.items():
            if was and was != name:
                self.add_former(page, row, name, was)
        if not self.departments and len(self.faults) == known:
            self.note_cell(page, rows.start, KEY, "field-missing")

    def add_department(self, page: KeyedSheet, row: int, name: str, aliases: tuple[str, ...], kept: str) -> None:
        """``kept`` is its key where it was renamed, or not: it stays the same department."""
        key = kept or self.new_key(name)
        for at, spelling in enumerate((name, *aliases)):
            if spelling in self.spelled:
                self.note_cell(page, row, "aliases" if at else KEY, "duplicate", found=spelling)
            self.spelled[spelling] = key
        self.departments[key] = Department(key, name, aliases)

    def new_key(self, name: str) -> str:
        """A key that none of the departments has that the workbook began from: one of them may bear another name."""
        return key if (key := _key(name)) not in self.kept.departments else _key(f"{name}\n")

    def add_former(self, page: KeyedSheet, row: int, name: str, was: str) -> None:
        """What stands among the duties under a former name means the renamed department; where another bears that name
        now, nobody can tell."""
        if was in self.spelled and self.spelled[was] != self.spelled[name]:
            self.note_cell(page, row, KEY, "former-taken", found=was)
        self.spelled.setdefault(was, self.spelled[name])

    # --- the duties ----------------------------------------------------------------------------------------------

    def read_duties(self) -> None:
        page = self.sheets[DUTIES]
        keys = self.figure_keys()
        for key, row in self.keyed_once(page, keys, "lead", "others", "take"):
            named = self.taken(page, row) if page.holds(row, "take") else self.named(page, row)
            if named:
                self.asked[key] = named
        self.keyless(page, keys, _headings(DUTIES, "lead", "others"), ("lead", "others", "take"))
        if "take" not in page.columns and any(name.startswith(TAKE) for name in page.columns):
            self.note_cell(page, page.head, KEY, "column-missing", found=heading("assign", DUTIES, "take"))
        if self.catalog:
            self.all_rows(page, self.catalog)

    def figure_keys(self) -> Container[str]:
        if self.catalog:
            return self.catalog.figures
        return {key for key, _ in self.sheets[DUTIES].keyed()}

    def named(self, page: KeyedSheet, row: int) -> tuple[str, ...]:
        """Those whom the office wrote into a row."""
        known = len(self.faults)
        lead, others = (
            split_names(self.words(page, row, name, results=True), self.spelled) for name in ("lead", "others")
        )
        named: dict[str, None] = {}
        for name, spellings in (("lead", lead), ("others", others)):
            for spelling in spellings:
                if spelling in self.spelled:
                    named[self.spelled[spelling]] = None
                else:
                    self.note_cell(page, row, name, "department-unlisted", found=spelling)
        if named and not lead and len(self.faults) == known:
            self.note_cell(page, row, "lead", "lead-missing")
        return tuple(named)

    def taken(self, page: KeyedSheet, row: int) -> tuple[str, ...]:
        """Those of the column that the office chose to take as it stands; a department that is not listed comes along.
        None where it chose its own."""
        choice = self.words(page, row, "take", results=True)
        if page.holds(row, "lead", "others"):
            self.note_cell(page, row, "take", "take-and-lead", found=choice)
            return ()
        if choice in ("", label("assign.take_office")):
            return ()
        column = "carried" if choice == label("assign.take_last") else TAKE + choice
        names = split_names(words_of(page, row, column), self.spelled)
        if not names:
            self.note_cell(page, row, "take", "take-nothing", found=choice)
        for name in names:
            if name not in self.spelled:
                self.spelled[name] = key = self.new_key(name)
                self.departments[key] = Department(key, name)
        return tuple(dict.fromkeys(self.spelled[name] for name in names))

    def all_rows(self, page: KeyedSheet, catalog: Catalog) -> None:
        """A fault for every figure whose row is gone: who answers it was perhaps said there."""
        there = {key for key, _ in page.keyed()}
        for figure in catalog.figures.values():
            if figure.key not in there and is_asked(figure):
                self.note_cell(page, page.head, "lead", "setting-gone", found=figure.label)

    def printed(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Figure -> its label and unit as they stand in its row."""
        page = self.sheets[DUTIES]
        for key, row in page.keyed():
            yield key, (words_of(page, row, "label"), words_of(page, row, "unit"))

    # --- the assignment ------------------------------------------------------------------------------------------

    def office(self) -> str:
        office = self.spelled.get(self.settings["office"]) or self.new_key(self.settings["office"])
        if office not in self.departments:
            self.departments[office] = Department(office, self.settings["office"])
        return office

    def bare(self, system: str) -> Assignment:
        """The assignment of an edition that is not known: who answers what, and nothing of indicators."""
        office = self.office()
        asked = {key: self.asked.get(key) or (office,) for key, _ in self.sheets[DUTIES].keyed()}
        return self.build(system, system, office, asked, {}, {})

    def assignment(self, catalog: Catalog) -> Assignment:
        office, asked = self.office(), self.asked
        complete = {key: asked.get(key) or _beside(catalog, key, asked) or (office,) for key in catalog.figures}
        duties = {
            code: tuple(dict.fromkeys(d for figure in figures for d in asked.get(figure.key, ())))
            for code, figures in catalog.figures_of.items()
        }
        unassigned = {code: label("assign.own_unassigned") for code, named in duties.items() if not named}
        duties = {code: named for code, named in duties.items() if named}
        built = self.build(catalog.id, catalog.title, office, complete, duties, unassigned)
        return restore(catalog, built, asked, self.kept)

    def build(
        self, system: str, title: str, office: str, asked: dict[str, tuple[str, ...]],
        duties: dict[str, tuple[str, ...]], unassigned: dict[str, str],
    ) -> Assignment:  # fmt: skip
        settings = self.settings
        used = {department for departments in asked.values() for department in departments}
        return Assignment(
            id=_identity(system, settings["city"], self.asked),
            system=system,
            city=settings["city"],
            title=settings["title"] or label("assign.own_title", city=settings["city"], round=settings["round"]),
            document=settings["document"] or title,
            round=settings["round"],
            deadline=settings["deadline"],
            contacts_deadline=settings["contacts_deadline"],
            recipients=tuple(split_names(settings["recipients"])),
            office=office,
            departments={key: department for key, department in self.departments.items() if key in used},
            duties=duties,
            asked=asked,
            unassigned=unassigned,
        )


def words_of(page: KeyedSheet, row: int, column: str) -> str:
    """What a cell of ours says, "" where the sheet has no such column."""
    said = words_in(page.content(row, column), results=True)
    return said if isinstance(said, str) else ""


def _beside(catalog: Catalog, key: str, asked: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Who is shown a figure that the text fixes: those who answer the figures it is scored with."""
    if is_asked(catalog.figures[key]):
        return ()
    with_it = (f.key for code in catalog.used_by[key] for f in catalog.figures_of[code])
    return tuple(dict.fromkeys(department for other in with_it for department in asked.get(other, ())))


def _identity(system: str, city: str, asked: Mapping[str, tuple[str, ...]]) -> str:
    """A name for this sharing-out: another sharing-out gets another."""
    content = json.dumps([system, city, asked], ensure_ascii=False, sort_keys=True)
    return "own-" + hashlib.sha256(content.encode()).hexdigest()[:12]
