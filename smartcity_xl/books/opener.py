"""Bytes, or a path -> an open workbook of ours: what kind it is, and its sheets by their markers. The one way in.

Whatever cannot be opened is refused for the same reasons, whatever kind of workbook was wanted: no workbook, a
password, damage, none of ours, another kind (named, with where it belongs), another layout, a sheet twice. For the
workbooks that the office fills the reasons are an error in words, and what is gone from a sheet is told by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.identity import IDENTITY_FIELDS, IDENTITY_SHEET, LAYOUT, MARKER
from smartcity_xl.books.keyed import KEY, KeyedSheet, columns_in, columns_of, copied_columns, marker_of
from smartcity_xl.books.kinds import MISPLACED
from smartcity_xl.books.others import open_package
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.properties import read_properties
from smartcity_xl.books.sheets import Sheet, read_identity, read_sheets
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import FaultyFile, UsageFault, unread
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Identity, Parcel

ReadColumns = Callable[[str, Mapping[str, int]], Iterable[str]]
"""Marker of a sheet, and its columns -> the names of those whose content is read: there, formulas and error values
must be seen."""


class OpenWorkbook(Struct, frozen=True):
    """A workbook of ours, its sheets by marker (``figures``, ``table:hospitals``), and as ``pages`` the same by key.
    ``unmarked``: the names of the sheets without one."""

    parcel: Parcel
    package: Package
    identity: Identity
    sheets: Mapping[str, Sheet]
    unmarked: frozenset[str] = frozenset()
    pages: Mapping[str, KeyedSheet] = {}


def open_book(
    parcel: Parcel, kinds: Collection[str], read_columns: ReadColumns, skip: Collection[str] = (), layout: bool = False
) -> OpenWorkbook:
    """Open a workbook of one of some kinds, in any format; sheets named in ``skip`` are not read. ``layout``: a
    workbook must say of which layout it is. Raises Refused, with the reason."""
    package = open_package(parcel.data)
    named = {} if IDENTITY_SHEET in package.sheets else read_properties(package)
    if IDENTITY_SHEET not in package.sheets and not named:
        raise Refused("not-ours")

    def inputs(sheet: Sheet) -> tuple[str, ...]:
        row, role = marker_of(sheet)
        columns = columns_in(sheet, row)
        return tuple(column_name(columns[name]) for name in read_columns(role, columns) if name in columns)

    sheets = read_sheets(package, frozenset(skip), inputs)
    given = named or read_identity(sheets)
    identity = Identity(**{name: given.get(name, "") for name in IDENTITY_FIELDS})
    if identity.kind not in kinds:
        raise Refused(MISPLACED.get(identity.kind, "not-ours"))
    if identity.layout != LAYOUT and (layout or identity.layout):
        raise Refused("layout-differs", found=identity.layout, expected=LAYOUT)
    pages: dict[str, KeyedSheet] = {}
    for page in map(KeyedSheet, sheets):
        if page.head >= 0 and page.role in pages:
            raise Refused("sheet-twice", first=pages[page.role].sheet.name, second=page.sheet.name)
        if page.head >= 0:
            pages[page.role] = page
    marked = {role: page.sheet for role, page in pages.items()}
    known = {sheet.name for sheet in marked.values()}
    return OpenWorkbook(parcel, package, identity, marked, frozenset(package.sheets) - known, pages)


# --- the workbooks that the office fills -----------------------------------------------------------------------


class Unusable(Struct, frozen=True):
    """Why a file cannot be used, in words that depend on nothing but the trouble."""

    code: str
    parameters: Mapping[str, str]

    def words(self, language: str = "zh") -> str:
        return sentence("books", self.code, language, **self.parameters)


class SheetShape(Struct, frozen=True):
    """A sheet as it was written: the name of its tab, and the columns that are read, each with its heading.
    ``optional``: a workbook may be without it; ``beside``: columns that are read where the sheet has them."""

    name: str
    columns: Mapping[str, str]
    optional: bool = False
    beside: tuple[str, ...] = ()


class BookShape(Struct, frozen=True):
    """One kind of workbook that the office fills: its sheets by marker. ``unreadable`` is the error told of a file that
    is no such workbook, ``faulty`` is raised with all faults inside one."""

    kind: str
    unreadable: str
    faulty: Callable[[str, Sequence[Fault]], FaultyFile]
    sheets: Mapping[str, SheetShape]

    def read_columns(self, role: str, columns: Mapping[str, int]) -> Iterable[str]:
        shape = self.sheets.get(role)
        return (KEY, *shape.columns, *shape.beside) if shape else ()

    def gaps(self, book: OpenWorkbook) -> Iterator[Fault]:
        """What is gone from a workbook, so that nothing more can be said."""
        for role, shape in self.sheets.items():
            if role not in book.sheets and shape.name in book.unmarked:
                yield Fault(shape.name, "sheet-unmarked", {})
            elif role not in book.sheets and not shape.optional:
                yield Fault("", "sheet-missing", {"found": shape.name})
        for role, sheet in book.sheets.items():
            if role in self.sheets:
                yield from self._gaps_on(sheet, self.sheets[role])

    def _gaps_on(self, sheet: Sheet, shape: SheetShape) -> Iterator[Fault]:
        columns, copied, (head, _) = columns_of(sheet), copied_columns(sheet), marker_of(sheet)
        for name, heading in shape.columns.items():
            if name not in columns:
                yield Fault(f"{sheet.name}!A1", "column-missing", {"found": heading})
        for name, (first, second) in copied.items():
            if name in shape.columns or name == KEY:
                told = {"found": shape.columns.get(name, sheet.name), "first": cell_name(head, first)}
                yield Fault(f"{sheet.name}!{cell_name(head, second)}", "column-copied", told)
        for row in range(head + 1, len(sheet.rows)):
            if str(sheet.cell(row, columns[KEY])).startswith(MARKER):
                yield Fault(f"{sheet.name}!{cell_name(row, columns[KEY])}", "marker-again", {})


def load_book(path: Path, shape: BookShape) -> tuple[OpenWorkbook, dict[str, KeyedSheet]]:
    """A workbook that the office filled, and its sheets by marker.

    Raises UsageFault for a file that is no such workbook, MachineFault where it cannot be read, and the ``faulty`` of
    its kind where a sheet or a column is gone, stands twice, or holds something too far out to be read.
    """
    try:
        book = open_book(Parcel(path.name, path.read_bytes(), ""), {shape.kind}, shape.read_columns)
        # What a department's form may do without matters here: formulas, drop-downs, the hidden sheet with all fields
        if kind := book.package.came_as:
            raise Refused("other-format", kind=label(f"format.{kind}"))
        if IDENTITY_SHEET not in book.package.sheets:
            raise Refused("not-ours")
    except OSError as error:
        raise unread(path, error) from error
    except Refused as refused:
        if refused.code == "sheet-twice":
            told = {"first": refused.parameters["first"]}
            raise shape.faulty(str(path), [Fault(refused.parameters["second"], "sheet-twice", told)]) from refused
        trouble = Unusable(refused.code, refused.parameters)
        raise UsageFault(shape.unreadable, path=str(path), trouble=trouble) from refused
    if faults := list(shape.gaps(book)):
        raise shape.faulty(str(path), faults)
    return book, {role: page for role, page in book.pages.items() if role in shape.sheets}


def far_cells(pages: Iterable[KeyedSheet]) -> Iterator[Fault]:
    """A fault for every sheet with something too far out to be read."""
    for page in pages:
        if page.sheet.far:
            yield Fault(f"{page.sheet.name}!{page.sheet.far}", "cell-far", {})
