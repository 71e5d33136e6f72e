"""A file of responses as rows of cells, in portions: its first rows at once, the others when they are asked for."""

from __future__ import annotations

import codecs
import csv
import io
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, cast

from msgspec import Struct

from smartcity_xl.books.package import Package
from smartcity_xl.books.refused import Refused
from smartcity_xl.books.values import show_cell, trimmed
from smartcity_xl.office.survey.questionnaire import folded
from smartcity_xl.office.survey.sheets import LongSheet, Portion, by_column, open_long_sheets

SIZE_LIMIT, CELLS_LIMIT = 256 * 2**20, 20_000_000
HEAD_ROWS = 20
"""The headings stand in one of the first rows."""
_PORTION = 2**14
"""Signs of a text file that are handed on together, up to the end of their last line: so few that their cells are still
at hand in the processor when they are looked up. Twenty times as many take more than twice as long."""
_WIDE = 32
"""Signs for each column, where that is more: what is done once for a column is done for many lines at once."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LAST = "\0the last line\0"
"""Comes after the last row of a text: where it is no row of its own, a quotation mark was left open."""


class ResponseGrid(Struct, frozen=True):
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

    def portions(self) -> Iterator[Portion]:
        """The rows below the headings. Raises Refused."""
        for numbers, columns in self._read():
            below = bisect_right(numbers, self.head)
            if below:
                numbers, columns = numbers[below:], [column[below:] for column in columns]
            if numbers:
                yield numbers, columns


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


def as_texts(cells: Sequence[object]) -> list[str]:
    """The same of many cells."""
    if set(map(type, cells)) != {str}:
        return list(map(as_text, cells))
    texts = cast(Sequence[str], cells)
    if "".join(texts).isascii():
        return list(map(str.strip, texts))
    return list(map({text: as_text(text) for text in dict.fromkeys(texts)}.__getitem__, texts))


def _grid(
    kind: str, first: list[list[Any]], wanted: frozenset[str], read: Callable[[], Iterator[Portion]]
) -> ResponseGrid:
    named = [_named(dict.fromkeys(map(as_text, row)), wanted) for row in first]
    best = max(range(len(first)), key=lambda row: (named[row], -row), default=0)
    heads = tuple(folded(as_text(cell)) for cell in first[best]) if first else ()
    return ResponseGrid(kind, first, best, heads, read)


def _named(cells: Iterable[str], wanted: frozenset[str]) -> int:
    """How many of the wanted columns some cells name."""
    return len(wanted.intersection(map(folded, cells)))


def _first_rows(sheet: LongSheet) -> list[list[Any]]:
    """The first rows of a sheet, those that hold nothing among them."""
    found: dict[int, list[Any]] = {}
    for numbers, columns in sheet.read():
        rows = zip(numbers, zip(*columns, strict=True), strict=True)
        found |= {row: list(cells) for row, cells in rows if row < HEAD_ROWS}
        if numbers and numbers[-1] >= HEAD_ROWS:
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
            for at in range(0, len(data), 1 << 16):
                decoder.decode(data[at : at + (1 << 16)])
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
        found, width = max(((_named(dict.fromkeys(row), wanted), len(row)) for row in rows), default=(0, 1))
        shapes.append((found, -rank, separator, max(width, 1), rows))
    return max(shapes)[2:]


def _read_text(data: bytes, encoding: str, separator: str, width: int) -> Iterator[Portion]:
    """The rows of a text file; none may have more cells than the first ones, but for one blank at its end. Raises
    Refused once it has given all that stand before: what they have is told as well, wherever a portion ends."""
    lines, first, some = _lines(data, encoding), 0, max(_PORTION, _WIDE * width)
    while text := lines.read(some) + lines.readline():
        if columns := _split(text, separator, width):
            yield range(first, first := first + len(columns[0])), columns
            continue
        rows = _parse(text, lines, separator)
        numbers = range(first, first := first + len(rows))
        for at, cells in enumerate(rows):
            if len(cells) > width and (len(cells) > width + 1 or cells[width].strip()):
                yield by_column(numbers[:at], rows[:at])
                raise Refused("responses-ragged", row=str(numbers[at] + 1))
        if rows[-1] and rows[-1][-1].endswith(_LAST):
            yield by_column(numbers[:-1], rows[:-1])
            raise Refused("responses-quote", row=str(first))
        yield by_column(numbers, rows)


def _split(text: str, separator: str, width: int) -> Sequence[Sequence[str]]:
    """The columns of whole lines; none where the lines are not what most programs write: without quotation marks, each
    of this width, and none blank.

    Line ends become cells of their own. Where they are in their places, and nowhere else, every row has its width.
    """
    text = text.replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"
    blank = f"\n{separator * (width - 1)}\n"
    if '"' in text or "\r" in text or blank in text or text.startswith(blank[1:]):
        return ()
    cells, ends = text.replace("\n", f"{separator}\n{separator}").split(separator), text.count("\n")
    if len(cells) != ends * (width + 1) + 1 or cells[width :: width + 1].count("\n") != ends:
        return ()
    return [cells[at : -1 : width + 1] for at in range(width)]


def _parse(text: str, following: Iterable[str], separator: str) -> list[list[str]]:
    """The rows of whole lines of any kind; a cell in quotation marks takes what it has of the lines that follow."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(chain(lines, following, [_LAST]), delimiter=separator)
    rows = []
    with _of_any_length():
        while reader.line_num < len(lines):
            rows.append(next(reader))
    return rows
