"""Sheets of any length, some thousand rows at a time: neither their text nor their cells are ever in memory as a whole.

A sheet's text is cut behind rows as it is inflated; each piece is vetted, and laid down as a sheet of its own in one
package of our own making, beside the texts and styles that all share. The fast reader then gets piece after piece: it
reserves room for the rectangle of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.package import Package
from smartcity_xl.books.parts import refuse_sheets, refuse_texts
from smartcity_xl.books.plain_text import column_number, extent, hidden_cells
from smartcity_xl.books.refused import Refused, let_memory_pass
from smartcity_xl.books.values import show_cell
from smartcity_xl.office.survey.shared import SharedRows

Portion = tuple[Sequence[int], Sequence[Sequence[Any]]]
"""Some rows that hold anything: their numbers, from 0, and what stands in each column from A on, as the fast reader
gives it; "" for a blank."""
SheetRows = tuple[Sequence[int], list[list[Any]]]
"""Some rows: their numbers, from 0, and their cells from column A on; those that hold nothing may be among them."""
Hidden = Mapping[tuple[int, int], tuple[str | None, str | None]]

_TEXTS = 2_000_000
"""Texts that the cells of a long sheet may share: each of 100,000 people writes some of their own."""
_FIRST = 64 * 1024
"""Bytes of the first piece of a long sheet: it is read twice, for its headings first."""
_END = b"</row>"
_HEAD, _TAIL = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
    b"</sheetData>",
)
_FIRST_ROW = re.compile(rb"<row[\s/>]")
_DATA = re.compile(rb"<sheetData\s*>\s*\Z")
_CELL = re.compile(rb"<(?:[^\s<>/:]+:)?c[\s/>]")
_DECLARED = re.compile(rb"<[!?]")
_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?")
_ROWS = (
    rb'(?:\s*+<row r="([1-9]\d{0,6})"[^<>/]*+(?:/>|>'
    rb'(?:<c r="[A-Z]{1,3}\1"(?: (?:s|t|cm|vm|ph)="\w*")*+ ?'
    rb'(?:/>|>(?:<v>[^<&]*+</v>|<is><t(?: xml:space="preserve")?>[^<]*+</t></is>)?</c>))*+'
    rb"</row>))*+\s*+"
)
"""Rows as most programs write them, without formulas; every cell stands in the row that it says."""
_PLAIN_ROWS = (
    rb'(?:\s{0,99}+<row r="([1-9]\d{0,6})"[^<>/]{0,300}+(?:/>|>'
    rb'(?:<c r="[A-Z]{1,3}\1"(?: (?:t="(?![be]")\w{0,20}|(?:s|cm|vm|ph)="\w{0,20})"){0,5}+ ?'
    rb'(?:/>|>(?:<v>[^<&]{0,900}+</v>|<is><t(?: xml:space="preserve")?>[^<]{0,900}+</t></is>)?</c>))*+'
    rb"</row>))*+\s{0,99}+"
)
"""The same without error values, truth values, and anything long: there is no more to be looked for in them."""
_MOST_PLAIN = 8 * 2**20
"""Bytes of plain rows in which there is no room for too many cells: none takes less than ten."""
_IN_ANY_COLUMN, _PLAIN = re.compile(_ROWS), re.compile(_PLAIN_ROWS)
_NUMBER, _LETTERS = re.compile(rb'<row r="(\d+)"[^<>/]*+>(?!</row>)'), re.compile(rb'<c r="([A-Z]+)')


class LongSheet(Struct):
    """``rows`` and ``columns`` that it reaches over from A1, as far as they are written."""

    name: str
    rows: int = 0
    columns: int = 1
    _reader: Any = None
    _pieces: list[str] = field(default_factory=list)
    """Their names in the package of our own making."""
    _hidden: dict[str, Hidden] = field(default_factory=dict)
    """Piece -> what the fast reader does not show: formulas and error values."""
    _truths: set[str] = field(default_factory=set)
    """Pieces that may hold truth values."""

    def read(self) -> Iterator[Portion]:
        """The rows in portions, up to the last that holds anything. Raises Refused."""
        waiting: dict[int, list[Any]] = {}
        for piece in self._pieces:
            if self._reader.is_apart(piece) and not waiting:
                yield self._reader.read_apart(piece)
                continue
            numbers, cells = self._read_piece(piece)
            if not (cells and (waiting or piece in self._hidden)):
                if cells:
                    yield by_column(numbers, cells)
                else:
                    _show_hidden(waiting, self._hidden.get(piece, {}))
                continue
            found = waiting | dict(zip(numbers, cells, strict=True))
            last, waiting = max(found), {}
            hidden = self._hidden.get(piece, {})
            _show_hidden(found, {place: what for place, what in hidden.items() if place[0] <= last})
            _show_hidden(waiting, {place: what for place, what in hidden.items() if place[0] > last})
            numbers = sorted(found)
            yield by_column(numbers, [found[row] for row in numbers])

    def _read_piece(self, piece: str) -> SheetRows:
        if self._reader.is_apart(piece):
            numbers, columns = self._reader.read_apart(piece)
            return numbers, list(map(list, zip(*columns, strict=True)))
        numbers, cells = self._reader.read_fast(piece)
        if piece in self._truths:
            cells = [[show_cell(cell) if isinstance(cell, bool) else cell for cell in one] for one in cells]
        return numbers, cells


class _PieceReader(Struct):
    """Reads pieces: with the fast reader, or as they were taken apart."""

    book: Any
    shared: SharedRows
    texts: list[str] | None = None
    """The texts that cells share, once they were asked for."""

    def is_apart(self, piece: str) -> bool:
        """Whether the rows of a piece were taken apart."""
        return piece in self.shared.places

    def read_apart(self, piece: str) -> Portion:
        """Rows that were taken apart. Raises Refused."""
        if self.texts is None:
            self.texts = []
            for probe, size in self.shared.probed.items():
                found = dict(zip(*self.read_fast(probe), strict=True))
                self.texts += [found[row][0] if row in found else "" for row in range(size)]
        return self.shared.get(piece, self.texts)

    def read_fast(self, piece: str) -> SheetRows:
        """Raises Refused."""
        try:
            sheet = self.book.get_sheet_by_name(piece)
            if sheet.start is None:
                return range(0), []
            first, left = sheet.start
            cells: list[list[Any]] = sheet.to_python(skip_empty_area=True)
        except Exception as error:  # calamine documents none
            let_memory_pass(error)
            raise Refused("damaged", reason=str(error)) from error
        before = [""] * left
        return range(first, first + len(cells)), [before + one for one in cells] if left else cells


def by_column(numbers: Sequence[int], rows: Sequence[Sequence[Any]]) -> Portion:
    """Those of some rows that hold anything, column by column."""
    if not all(map(any, rows)):
        kept = [at for at, cells in enumerate(rows) if cells.count("") < len(cells)]
        numbers, rows = [numbers[at] for at in kept], [rows[at] for at in kept]
    return numbers, list(zip_longest(*rows, fillvalue=""))


def _show_hidden(rows: dict[int, list[Any]], hidden: Hidden) -> None:
    """Put formulas without a result, and error values, where the fast reader left a blank."""
    for (row, column), (formula, error) in hidden.items():
        cells = rows.setdefault(row, [])
        cells += [""] * (column + 1 - len(cells))
        if cells[column] == "":
            cells[column] = error or formula or ""


@contextmanager
def open_long_sheets(package: Package, most_cells: int) -> Iterator[list[LongSheet]]:
    """The sheets of a package, to be read within the context; none may reach over more than ``most_cells`` cells.

    Raises Refused: ``responses-odd`` and ``responses-far`` for sheets that no program writes, and that are too large,
    and what a package is refused for.
    """
    import tempfile  # not at the top: a text file needs neither

    from python_calamine import CalamineWorkbook

    with tempfile.TemporaryDirectory(prefix="xlscore-") as folder:
        path = Path(folder) / "sheets.xlsx"
        shared = SharedRows(Path(folder) / "rows")
        cutting = _Cutting(package, most_cells, shared)
        with path.open("wb") as stream:
            package.write_vetted(stream, cutting.pieces())
        try:
            book = CalamineWorkbook.from_path(str(path))
        except Exception as error:  # calamine documents none
            let_memory_pass(error)
            raise Refused("damaged", reason=str(error)) from error
        reader = _PieceReader(book, shared)
        for sheet in cutting.sheets:
            sheet._reader = reader
        try:
            yield cutting.sheets
        finally:
            book.close()


class _Cutting:
    """Cuts the sheets of a package into pieces, and vets each."""

    def __init__(self, package: Package, most_cells: int, shared: SharedRows) -> None:
        self.package, self.most, self.shared = package, most_cells, shared
        self.sheets: list[LongSheet] = []
        self.uses = 0
        """Cells that name a shared text."""

    def pieces(self) -> Iterator[tuple[str, bytes]]:
        """The names and texts of the pieces of all sheets that the fast reader is to read."""
        number = 0
        for name, part in self.package.sheets.items():
            sheet = LongSheet(name)
            self.sheets.append(sheet)
            for rows in self.rows(name, part):
                number += 1
                sheet._pieces.append(piece := str(number))
                self.uses += rows.count(b't="s"')
                if self.vet(sheet, piece, rows):
                    yield piece, b"".join((_HEAD, rows, _TAIL))
            if sheet.rows * sheet.columns > self.most:
                raise Refused("responses-far", sheet=name, rows=str(sheet.rows), columns=str(sheet.columns))
        refuse_texts(self.package.strings or b"", {}, _TEXTS)
        if not self.package.has_plain_strings(lambda: self.uses):
            raise Refused("responses-odd", sheet=next(iter(self.package.sheets), ""))
        for probe, rows in self.shared.probes(self.package.strings or b""):
            yield probe, b"".join((_HEAD, rows, _TAIL))

    def rows(self, name: str, part: str) -> Iterator[bytes]:
        """The text between ``<sheetData>`` and its end, cut behind rows. What stands around it holds no cells."""
        rest, begun = b"", False
        for block in self.package.stream(part):
            rest += block
            ends = [rest.rfind(_END)] if begun else [rest.find(_END, _FIRST), rest.rfind(_END)]
            at = 0
            for end in (end + len(_END) for end in ends if end >= 0):
                whole, at = rest[at:end], end
                if whole and not begun:
                    begun, whole = True, self.after_head(name, whole)
                if whole:
                    yield whole
            rest = rest[at:]
        if not begun and (row := _FIRST_ROW.search(rest)):  # rows without cells, if there are any
            rest = self.after_head(name, rest[: row.start()]) + rest[row.start() :]
        around = rest if begun else rest[_start(rest) :]
        if _CELL.search(rest) or _DECLARED.search(around):
            raise Refused("responses-odd", sheet=name)

    def after_head(self, name: str, text: bytes) -> bytes:
        """The text from its first row on."""
        row = _FIRST_ROW.search(text)
        head = text[: row.start()] if row else text
        if not _DATA.search(head) or _CELL.search(head) or _DECLARED.search(head, _start(head)):
            raise Refused("responses-odd", sheet=name)
        return text[len(head) :]

    def vet(self, sheet: LongSheet, piece: str, rows: bytes) -> bool:
        """Look at every cell before a reader does; note how far they reach. Whether the fast reader has to read them:
        most are taken apart at once. Raises Refused."""
        plain, apart = len(rows) <= _MOST_PLAIN, False
        if plain and (down := self.take_apart(sheet, piece, rows)):
            right, apart = sheet.columns, True
        elif (plain := plain and bool(_PLAIN.fullmatch(rows))) or _IN_ANY_COLUMN.fullmatch(rows):
            right, down = _width(rows), max(map(int, _NUMBER.findall(rows)), default=0)
        elif not _DECLARED.search(rows) and b"sheetData" not in rows and (size := extent(rows)):
            down, right = size
        else:
            raise Refused("responses-odd", sheet=sheet.name)
        sheet.rows, sheet.columns = max(sheet.rows, down), max(sheet.columns, right)
        if not plain:
            refuse_sheets({sheet.name: b"".join((_HEAD, rows, _TAIL))})
            sheet._truths.add(piece)
            seen = b"<f" not in rows and b't="e"' not in rows
            if not seen and (hidden := hidden_cells(rows, tuple(map(column_name, range(right))))):
                sheet._hidden[piece] = hidden
        return not apart

    def take_apart(self, sheet: LongSheet, piece: str, rows: bytes) -> int:
        """The last row of a piece that was taken apart; 0 where it could not be. The first says how wide the others
        are likely to be."""
        down = self.shared.put(piece, rows, sheet.columns)
        if not down and (right := _width(rows)) > sheet.columns and (down := self.shared.put(piece, rows, right)):
            sheet.columns = right
        return down


def _width(rows: bytes) -> int:
    """How many columns from A on the cells of rows reach over."""
    return 1 + max(map(column_number, set(_LETTERS.findall(rows))), default=0)


def _start(text: bytes) -> int:
    """Where the text begins behind its declaration."""
    found = _START.match(text)
    return found.end() if found else 0
