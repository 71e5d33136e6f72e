"""A file of responses as rows of cells, in portions: its first rows at once, the others when they are asked for."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from smartcity_xl.books.package import Package
from smartcity_xl.books.refused import Refused
from smartcity_xl.books.values import show_cell, trimmed
from smartcity_xl.office.survey.questionnaire import folded
from smartcity_xl.office.survey.sheets import LongSheet, Portion, open_long_sheets

SIZE_LIMIT, CELLS_LIMIT = 256 * 2**20, 20_000_000
HEAD_ROWS = 20
"""The headings stand in one of the first rows."""
_PORTION = 250
"""Rows of a text file that are handed on together: so few that their cells are still at hand in the processor when they
are looked up. Twenty times as many take more than twice as long."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LAST = "\0the last line\0"
"""Comes after the last row of a text: where it is no row of its own, a quotation mark was left open."""


@dataclass(frozen=True, slots=True)
class ResponseGrid:
    """A sheet or a text file. ``head`` is the row of headings, from 0: the one of the first rows that names most of the
    wanted columns."""

    kind: str
    first: list[list[Any]]
    """The first rows."""
    head: int
    heads: tuple[str, ...]
    """Folded."""
    _read: Callable[[], Iterator[Portion]]

    def missing(self, wanted: Iterable[str]) -> list[str]:
        return [column for column in wanted if folded(column) not in self.heads]

    def rows(self) -> Iterator[Portion]:
        """The rows below the headings that hold anything, in portions. Raises Refused."""
        for numbers, rows in self._read():
            if numbers and numbers[0] > self.head and all(map(any, rows)):
                yield numbers, rows
                continue
            below = zip(numbers, rows, strict=True)
            kept = [(row, cells) for row, cells in below if row > self.head and cells.count("") < len(cells)]
            yield [row for row, _ in kept], [cells for _, cells in kept]


@contextmanager
def open_grids(data: bytes, wanted: Iterable[str]) -> Iterator[list[ResponseGrid]]:
    """The sheets of a workbook, or the one table of a text file, to be read within the context. Raises Refused."""
    names = frozenset(map(folded, wanted))
    try:
        package = Package(data, limit=SIZE_LIMIT)
    except Refused as reason:
        if reason.code != "not-a-workbook" or reason.parameters["kind"] != "?":
            raise
        yield [_open_text(data, names)]
        return
    with open_long_sheets(package, CELLS_LIMIT) as sheets:
        yield [_grid(sheet.name, _first_rows(sheet), names, sheet.read) for sheet in sheets]


def as_text(cell: object) -> str:
    """A cell as text; a number of more than 15 digits as a spreadsheet shows it, for its end is lost."""
    if isinstance(cell, str):
        return cell.strip() if cell.isascii() else trimmed(cell)
    if isinstance(cell, float) and (cell != cell or abs(cell) >= 1e15):
        return "" if cell != cell else f"{cell:.5E}"
    return trimmed(show_cell(cell))


def _grid(
    kind: str, first: list[list[Any]], wanted: frozenset[str], read: Callable[[], Iterator[Portion]]
) -> ResponseGrid:
    heads = [tuple(folded(as_text(cell)) for cell in row) for row in first]
    best = max(range(len(heads)), key=lambda row: (len(wanted.intersection(heads[row])), -row), default=0)
    return ResponseGrid(kind, first, best, heads[best] if heads else (), read)


def _first_rows(sheet: LongSheet) -> list[list[Any]]:
    """The first rows of a sheet, those that hold nothing among them."""
    found: dict[int, list[Any]] = {}
    for numbers, rows in sheet.read():
        found |= {row: cells for row, cells in zip(numbers, rows, strict=True) if row < HEAD_ROWS}
        if numbers[-1] >= HEAD_ROWS:
            break
    return [found.get(row, []) for row in range(max(found, default=-1) + 1)]


# --- text files --------------------------------------------------------------------------------------------------


def _open_text(data: bytes, wanted: frozenset[str]) -> ResponseGrid:
    """Raises Refused."""
    encoding = _encoding_of(data)
    separator, width, first = _shape(data, encoding, wanted)
    return _grid(encoding.upper(), first, wanted, lambda: _read_text(data, encoding, separator, width))


def _encoding_of(data: bytes) -> str:
    """Raises Refused."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for name in [marked] if marked else ["utf-8", "gb18030"]:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for at in range(0, len(data), 1 << 20):
                decoder.decode(data[at : at + (1 << 20)])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise Refused("responses-encoding")


def _lines(data: bytes, encoding: str) -> io.TextIOWrapper:
    """The lines, their ends as they are: in a quoted cell they are its own."""
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


@contextmanager
def _of_any_length() -> Iterator[None]:
    """Within it a cell may be of any length: a quotation mark that is left open makes one of all that follows."""
    before = csv.field_size_limit(2 * SIZE_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _shape(data: bytes, encoding: str, wanted: frozenset[str]) -> tuple[str, int, list[list[str]]]:
    """The separator under which most of the wanted columns are found, how many cells the row that names them has, and
    the first rows."""
    shapes = []
    for rank, separator in enumerate((",", "\t", ";")):
        with _of_any_length():
            rows = list(islice(csv.reader(_lines(data, encoding), delimiter=separator), HEAD_ROWS))
        found, width = max(((len(wanted.intersection(map(folded, row))), len(row)) for row in rows), default=(0, 1))
        shapes.append((found, -rank, separator, max(width, 1), rows))
    return max(shapes)[2:]


def _read_text(data: bytes, encoding: str, separator: str, width: int) -> Iterator[Portion]:
    """The rows of a text file; none may have more cells than the first ones, but for one blank at its end. Raises
    Refused once it has given all that stand before: what they have is told as well, wherever a portion ends."""
    lines = csv.reader(chain(_lines(data, encoding), [_LAST]), delimiter=separator)
    first = 0
    while True:
        with _of_any_length():
            rows = list(islice(lines, _PORTION))
        if max(map(len, rows), default=0) > width:
            for row, cells in enumerate(rows, start=first + 1):
                if len(cells) > width + 1 or (len(cells) > width and cells[width].strip()):
                    yield range(first, row - 1), rows[: row - 1 - first]
                    raise Refused("responses-ragged", row=str(row))
        over = bool(rows[-1]) and rows[-1][-1].endswith(_LAST)
        whole = not over or rows.pop() == [_LAST]
        yield range(first, first + len(rows)), rows
        if not whole:
            raise Refused("responses-quote", row=str(first + len(rows) + 1))
        if over:
            return
        first += len(rows)
