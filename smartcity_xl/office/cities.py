"""The list of cities 城市名单.xlsx: for which cities a round's workbooks are made, one row for each. Written empty,
read with faults by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field

from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.keyed import FaultyCells, KeyedSheet
from smartcity_xl.books.kinds import CITIES_KIND
from smartcity_xl.books.opener import BookShape, SheetShape, far_cells, load_book
from smartcity_xl.books.pages import Book, write_identity
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import SEPARATORS, plain
from smartcity_xl.catalog.load import assignment_ids, catalog_ids
from smartcity_xl.errors import CampaignFault, UsageFault
from smartcity_xl.form.people import is_address
from smartcity_xl.messages import label

_COLUMNS = ("city", "system", "assignment", "deadline", "recipients", "phone", "mail", "address")
_WIDTHS = (0, 22, 22, 30, 14, 34, 18, 26, 34)
_CITIES, _HEAD_ROW, _FIRST_ROW, _LAID_OUT = "cities", 3, 4, 400
_BOOK = ".xlsx"
_UNSAFE = frozenset('\\/:*?"<>|')
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))))
_LONGEST = 60


class ListedCity(Struct, frozen=True):
    """A row of the list; what is "" (or empty) there is said for all cities together. ``assignment`` is a built-in id
    or the path of a workbook, ``deadline`` an ISO date, ``place`` the cell of its name."""

    city: str
    system: str = ""
    assignment: str = ""
    deadline: str = ""
    recipients: tuple[str, ...] = ()
    phone: str = ""
    mail: str = ""
    address: str = ""
    place: str = ""


# --- writing ---------------------------------------------------------------------------------------------------


def write_city_list(cities: Sequence[ListedCity] = ()) -> bytes:
    """The list, with room for cities. The same, the same bytes."""
    book = Book(label("cities.title"))
    page = book.page(label("sheet.cities"), _WIDTHS)
    page.map_columns(MARKER + _CITIES, _COLUMNS)
    page.entitle(label("cities.title"), label("cities.hint"), len(_COLUMNS))
    page.height(2, {1: label("cities.hint")}, {1: sum(_WIDTHS)})
    page.head_columns(_HEAD_ROW, {at: label(f"cities.{name}") for at, name in enumerate(_COLUMNS, start=1)})
    last = _FIRST_ROW + max(_LAID_OUT, len(cities)) - 1
    for row in range(_FIRST_ROW, last + 1):
        known = cities[row - _FIRST_ROW] if row - _FIRST_ROW < len(cities) else None
        said = _say(known) if known else dict.fromkeys(_COLUMNS, "")
        for at, name in enumerate(_COLUMNS, start=1):
            page.text(row, at, said[name], "input_text")
        page.height(row, {at: said[name] for at, name in enumerate(_COLUMNS, start=1)})
    for name, known_ids in (("system", catalog_ids()), ("assignment", _assignments())):
        at = 1 + _COLUMNS.index(name)
        page.worksheet.data_validation(_FIRST_ROW, at, last, at, {
            "validate": "list", "source": list(known_ids), "error_type": "information",
            "error_title": label("hint.error_title"), "error_message": label("cities.other_value"),
        })  # fmt: skip
    page.worksheet.freeze_panes(_FIRST_ROW, 2)
    page.print_on_a4(landscape=True, head=_HEAD_ROW, footer=f"&R{label('word.page')}")
    write_identity(book, (("kind", CITIES_KIND),))
    return book.close()


def _say(city: ListedCity) -> dict[str, str]:
    said = {name: getattr(city, name) for name in _COLUMNS}
    return {**said, "recipients": label("word.separator").join(city.recipients)}


def _assignments() -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for system in catalog_ids() for one in assignment_ids(system)))


# --- reading ---------------------------------------------------------------------------------------------------


def read_city_list(path: Path) -> tuple[ListedCity, ...]:
    """The cities of a list, in its order.

    Raises UsageFault (no such file, no list of ours), MachineFault (cannot be read), CampaignFault with every fault by
    sheet and cell; a list without a city is one.
    """
    if not path.is_file():
        raise UsageFault("cities-folder" if path.is_dir() else "cities-missing", path=str(path))
    page = load_book(path, _shape())[1][_CITIES]
    reader = _CityReader(page, path.parent, faults=list(far_cells([page])))
    listed = tuple(reader.cities())
    if not listed and not reader.faults:
        reader.fault(min(page.head + _FIRST_ROW, len(page.sheet.rows)), "city", "city-none")
    if reader.faults:
        raise CampaignFault(str(path), reader.faults)
    return listed


def _shape() -> BookShape:
    columns = {name: label(f"cities.{name}") for name in _COLUMNS}
    return BookShape(
        CITIES_KIND, "cities-unreadable", CampaignFault, {_CITIES: SheetShape(label("sheet.cities"), columns)}
    )


def is_folder_name(name: str) -> bool:
    """Whether every system takes the name for a folder: no sign that Windows forbids, no name of a device, no dot or
    blank at its end, and not longer than 60 characters."""
    return (
        0 < len(name) <= _LONGEST
        and not _UNSAFE.intersection(name)
        and name.isprintable()
        and not name.startswith((".", "~", "-"))
        and not name.endswith((".", " "))
        and name.partition(".")[0].casefold() not in _DEVICES
    )


class _CityReader(FaultyCells):
    """Reads one list; ``faults`` grows on the way. ``home``: where paths in it begin."""

    page: KeyedSheet
    home: Path
    first_at: dict[str, str] = field(default_factory=dict)
    """Name of a city, folded -> the cell it stood in first."""

    def fault(self, row: int, name: str, code: str, /, **parameters: str) -> None:
        self.note_cell(self.page, row, name, code, **parameters)

    def text(self, row: int, name: str) -> str:
        text = self.words(self.page, row, name)
        return "" if text in tolerance()["fillers"] else text

    def cities(self) -> Iterator[ListedCity]:
        for row in self.page.rows_below({"city": label("cities.city")}, _FIRST_ROW):
            if self.page.holds(row, *_COLUMNS):
                yield self.city(row)

    def city(self, row: int) -> ListedCity:
        name, place = self.name(row), self.page.place(row, "city")
        system = self.system(row)
        recipients = self.text(row, "recipients")
        for sign in SEPARATORS[1:]:
            recipients = recipients.replace(sign, SEPARATORS[0])
        mail = self.text(row, "mail")
        if mail and not is_address(mail):
            self.fault(row, "mail", "setting-address", found=f"“{mail[:80]}”", example="name@example.com")
        return ListedCity(
            name, system, self.assignment(row, system), self.day(self.page, row, "deadline"),
            tuple(said for part in recipients.split(SEPARATORS[0]) if (said := part.strip())),
            plain(self.text(row, "phone")), mail, self.text(row, "address"), place,
        )  # fmt: skip

    def name(self, row: int) -> str:
        name = self.text(row, "city")
        if not name:
            self.fault(row, "city", "city-unnamed")
        elif not is_folder_name(name):
            self.fault(row, "city", "city-name", found=name[:80])
        elif (first := self.first_at.setdefault(name.casefold(), self.page.cell_name(row, "city"))) != (
            self.page.cell_name(row, "city")
        ):
            self.fault(row, "city", "city-twice", found=name, first=first)
        return name

    def system(self, row: int) -> str:
        """A built-in id, or the path of a folder as seen from here."""
        found = self.text(row, "system")
        if found in ("", *catalog_ids()):
            return found
        if (folder := self.home / found).is_dir():
            return str(folder)
        self.fault(row, "system", "setting-system", found=found[:80], known=" ".join(catalog_ids()))
        return ""

    def assignment(self, row: int, system: str) -> str:
        """A built-in id, or the path of a workbook as seen from here."""
        found = self.text(row, "assignment")
        known = assignment_ids(system) if system in catalog_ids() else _assignments()
        if found in ("", *known):
            return found
        if found.casefold().endswith(_BOOK) and (book := self.home / found).is_file():
            return str(book)
        self.fault(row, "assignment", "setting-assignment", found=found[:80], known=" ".join(known) or "—")
        return ""
