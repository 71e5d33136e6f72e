"""The roster workbook 名册.xlsx: whom to write to at each department. Written prefilled, read with faults by cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import field

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.keyed import KEY, FaultyCells, KeyedSheet
from smartcity_xl.books.kinds import ROSTER_KIND
from smartcity_xl.books.opener import BookShape, SheetShape, far_cells, load_book
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import SEPARATORS, plain, trimmed
from smartcity_xl.errors import CampaignFault, UsageFault
from smartcity_xl.form.people import is_address, split_addresses
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Department, Person, Roster, RosterEntry
from smartcity_xl.office.campaign.form import ROSTER, ROSTER_COLUMNS, ROSTER_FIRST_ROW

_WIDTHS = (0, 24, 22, 10, 12, 16, 10, 12, 16, 28, 10, 16, 28, 12)
_TYPED = ROSTER_COLUMNS[2:-1]
_AT = {name: at for at, name in enumerate(ROSTER_COLUMNS)}


# --- writing ---------------------------------------------------------------------------------------------------


def write_roster(assignment: Assignment, known: Mapping[str, RosterEntry] | None = None) -> bytes:
    """The roster of an assignment, one row for each department, to be filled; ``known``: what is known of a department.
    The same, the same bytes."""
    book = Book(label("roster.title"))
    page = book.page(label("sheet.roster"), _WIDTHS)
    page.map_columns(MARKER + ROSTER, ROSTER_COLUMNS[1:])
    page.entitle(label("roster.title"), label("roster.hint"), len(ROSTER_COLUMNS) - 1)
    page.height(2, {1: label("roster.hint")}, {1: sum(_WIDTHS)})
    page.head_columns(ROSTER_FIRST_ROW - 1, {_AT[name]: label(f"roster.{name}") for name in ROSTER_COLUMNS[1:]})
    for row, department in enumerate(assignment.departments.values(), start=ROSTER_FIRST_ROW):
        _write_row(page, row, department, (known or {}).get(department.key))
    page.worksheet.freeze_panes(ROSTER_FIRST_ROW, _AT["aliases"])
    page.protect()
    page.print_on_a4(landscape=True, head=ROSTER_FIRST_ROW - 1, footer=f"&R{label('word.page')}")
    write_identity(book, (("kind", ROSTER_KIND), ("assignment", assignment.id)))
    return book.close()


def _write_row(page: Page, row: int, department: Department, known: RosterEntry | None) -> None:
    said = _say_entry(known) if known else {"aliases": label("word.separator").join(department.aliases)}
    page.text(row, 0, department.key, "plain")
    page.text(row, _AT["department"], department.name)
    for name in _TYPED:
        page.text(row, _AT[name], said.get(name, ""), "input_text")
    contact, mail = cell_name(row, _AT["contact_name"]), cell_name(row, _AT["contact_mail"])
    states = {name: '"' + label(f"roster.check_{name}") + '"' for name in ("contact", "mail", "ok")}
    formula = (
        f'IF(TRIM({contact})="",{states["contact"]},IF(ISNUMBER(FIND("@",{mail})),{states["ok"]},{states["mail"]}))'
    )
    state = "contact" if not said.get("contact_name") else "ok" if "@" in said.get("contact_mail", "") else "mail"
    page.formula(row, _AT["check"], formula, label(f"roster.check_{state}"), "check")
    page.height(row, {_AT["department"]: department.name, **{_AT[name]: text for name, text in said.items()}}, least=24)


def _say_entry(entry: RosterEntry) -> dict[str, str]:
    """Column -> what stands there for a department."""
    return {
        "aliases": label("word.separator").join(entry.aliases),
        "leader_name": entry.leader.name, "leader_post": entry.leader.post, "leader_phone": entry.leader.phone,
        "contact_name": entry.contact.name, "contact_post": entry.contact.post, "contact_phone": entry.contact.phone,
        "contact_mail": "；".join(entry.contact.addresses),
        "deputy_name": entry.deputy.name, "deputy_phone": entry.deputy.phone,
        "deputy_mail": "；".join(entry.deputy.addresses),
    }  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------


def read_roster(path: Path, assignment: Assignment) -> Roster:
    """A filled roster, for the departments of an assignment. Blank cells are no fault.

    Raises UsageFault (no roster of ours), MachineFault (cannot be read), CampaignFault with every fault by sheet and
    cell.
    """
    if not path.is_file():
        raise UsageFault("roster-missing", path=str(path))
    page = load_book(path, _shape())[1][ROSTER]
    reader = _RosterReader(page, assignment, faults=list(far_cells([page])))
    roster = reader.roster()
    if reader.faults:
        raise CampaignFault(str(path), reader.faults)
    return roster


def _shape() -> BookShape:
    columns = {name: label(f"roster.{name}") for name in ("department", *_TYPED)}
    return BookShape(
        ROSTER_KIND, "roster-unreadable", CampaignFault, {ROSTER: SheetShape(label("sheet.roster"), columns)}
    )


class _RosterReader(FaultyCells):
    """Reads one roster; ``faults`` grows on the way."""

    page: KeyedSheet
    assignment: Assignment
    first_at: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Address -> the department it stood under first, and the cell."""

    def fault(self, row: int, name: str, code: str, /, **parameters: str) -> None:
        self.note_cell(self.page, row, name, code, **parameters)

    def text(self, row: int, name: str) -> str:
        text = self.words(self.page, row, name)
        return "" if text in tolerance()["fillers"] else text

    def roster(self) -> Roster:
        entries: dict[str, RosterEntry] = {}
        rows: dict[str, int] = {}
        headings = {name: label(f"roster.{name}") for name in ("department", "contact_name")}
        for row in self.page.rows_below(headings, ROSTER_FIRST_ROW):
            key = self.department(row)
            if key in rows:
                first = self.page.cell_name(rows[key], "department")
                self.fault(row, "department", "roster-twice", found=self.assignment.name(key), first=first)
            elif key:
                rows[key] = row
                entries[key] = self.entry(row, key)
        for key in self.assignment.departments:
            if key in entries:
                continue
            self.fault(ROSTER_FIRST_ROW, "department", "roster-absent", found=self.assignment.name(key))
        self.same_names(entries, rows)
        return Roster({key: entries[key] for key in self.assignment.departments if key in entries})

    def department(self, row: int) -> str:
        """The department of a row: by its key, or, in a row that somebody added, by its name."""
        key, name = self.text(row, KEY), self.text(row, "department")
        if key in self.assignment.departments:
            return key
        by_name = {spelling: d.key for d in self.assignment.departments.values() for spelling in (d.name, *d.aliases)}
        if name in by_name:
            return by_name[name]
        if self.page.holds(row, *_TYPED):
            self.fault(row, "department", "roster-unknown", found=name or key or label("word.none"))
        return ""

    def entry(self, row: int, key: str) -> RosterEntry:
        text = {name: self.text(row, name) for name in _TYPED}
        aliases = text["aliases"]
        for sign in SEPARATORS[1:]:
            aliases = aliases.replace(sign, SEPARATORS[0])
        return RosterEntry(
            department=key,
            aliases=tuple(name for part in aliases.split(SEPARATORS[0]) if (name := trimmed(part))),
            leader=Person(text["leader_name"], text["leader_post"], plain(text["leader_phone"])),
            contact=Person(
                text["contact_name"], text["contact_post"], plain(text["contact_phone"]),
                self.addresses(row, "contact_mail", key, text["contact_mail"]),
            ),
            deputy=Person(
                text["deputy_name"], "", plain(text["deputy_phone"]),
                self.addresses(row, "deputy_mail", key, text["deputy_mail"]),
            ),
        )  # fmt: skip

    def addresses(self, row: int, name: str, key: str, text: str) -> tuple[str, ...]:
        """The addresses in a cell; one that cannot be, or that stands under another department, is a fault."""
        found: list[str] = []
        for address in split_addresses(text):
            folded = address.casefold()
            owner, cell = self.first_at.setdefault(folded, (key, self.page.cell_name(row, name)))
            if not is_address(address):
                self.fault(row, name, "roster-address", found=address[:80])
            elif owner != key:
                first = f"{self.assignment.name(owner)}（{cell}）"
                self.fault(row, name, "roster-shared", found=address, first=first, second=self.assignment.name(key))
            elif folded not in map(str.casefold, found):
                found.append(address)
        return tuple(found)

    def same_names(self, entries: Mapping[str, RosterEntry], rows: Mapping[str, int]) -> None:
        """A name or alias that two departments bear would make a sender's department unclear."""
        bearer: dict[str, str] = {}
        for key, entry in entries.items():
            for name in dict.fromkeys((self.assignment.name(key), *entry.aliases)):
                if (other := bearer.setdefault(name, key)) != key:
                    told = {"found": name, "first": self.assignment.name(other)}
                    self.fault(rows[key], "aliases", "roster-alias", **told)
