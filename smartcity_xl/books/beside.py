"""What stands beside the values of a sheet: notes, text boxes, pictures, objects, merged cells, cells that stand twice.

No reader of values sees any of it. Positions are (row, column) from 0, or the names of cells.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.known import by_text
from smartcity_xl.books.marks import Areas
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.plain_text import column_number, outline
from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.books.texts import decoded

_LONGEST = 500
_SPAN = re.compile(
    rb"<(?:[^\s<>/:]+:)?mergeCell\b[^<>]*\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_CELL = rb"<(?:[^\s<>/:]+:)?c\s(?:[^<>]*\s)?r\s*=\s*[\"']((?:%s)\d{1,7})[\"']"
_PLAIN_CELL = rb'<c r="((?:%s)\d{1,7})"'
_ANY = "[A-Z]{1,3}"
_ROW = re.compile(rb"<(?:[^\s<>/:]+:)?row\s(?:[^<>]*\s)?r\s*=\s*[\"'](\d{1,7})[\"']")
_BARE_ROW = re.compile(rb"<row\s(?:[^<>]*\s)?r\s*=\s*[\"'](\d{1,7})[\"']")
_MANUAL = re.compile(rb"<(?:[^\s<>/:]+:)?calcPr\b[^<>]*\bcalcMode\s*=\s*[\"']manual[\"']")
_PICTURE = re.compile(rb"<c r=\"([A-Z]{1,3}\d{1,7})\"(?=[^<>]*\st=\"e\")[^<>]*\svm=\"\d+\"")
_NATIVE = "\x01Ole10Native"
_SPANS_LIMIT = 5_000


class Drawn(Struct, frozen=True):
    """Something that lies over a sheet: the cell under its upper left corner, and its words; "" for a picture."""

    cell: str
    words: str


class Embedded(Struct, frozen=True):
    """A file inside a workbook, put in as an object."""

    name: str
    data: bytes


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _said(element: ElementTree.Element) -> str:
    """The words of an element, without phonetic guides, paragraph by paragraph."""
    paragraphs = [e for e in element.iter() if _name(e) == "p"] or [element]
    lines = (decoded("".join(e.text for e in p.iter() if _name(e) in ("t", "text") and e.text)) for p in paragraphs)
    return "\n".join(line.strip() for line in lines if line.strip())


def _read(package: Package, name: str) -> ElementTree.Element:
    """A part as a tree, empty where it is damaged: what stands beside the values costs nobody the values. What is too
    large is refused: it would have been passed over."""
    try:
        return package.tree(name)
    except Refused as reason:
        if reason.code == "book-crowded":
            raise
        return ElementTree.Element("nothing")


def find_notes(package: Package, part: str) -> dict[str, str]:
    """Cell -> what notes and threaded comments at it say; an answer in a thread stands on a line of its own."""
    notes: dict[str, str] = {}
    for name in package.related_as(part, "comments"):
        for comment in _read(package, name).iter():
            if _name(comment) == "comment" and (said := _said(comment)):
                notes[comment.get("ref", "")] = said[:_LONGEST]
    threads: dict[str, list[str]] = {}
    for name in package.related_as(part, "threadedComment"):
        for comment in _read(package, name):
            if said := _said(comment):
                threads.setdefault(comment.get("ref", ""), []).append(said)
    return notes | {cell: "\n".join(said)[:_LONGEST] for cell, said in threads.items()}


def find_drawn(package: Package, part: str) -> Iterator[Drawn]:
    """The pictures, text boxes, shapes and charts over a sheet."""
    for name in package.related_as(part, "drawing"):
        for anchor in _read(package, name):
            at = {_name(e): e.text or "" for corner in anchor if _name(corner) == "from" for e in corner}
            row, column = at.get("row", ""), at.get("col", "")
            if row.isdecimal() and column.isdecimal() and len(row) < 8 and len(column) < 6:
                yield Drawn(cell_name(int(row), int(column)), _said(anchor)[:_LONGEST])


def place_of(cell: str) -> tuple[int, int]:
    """D6 -> (5, 3)."""
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :]) - 1, column_number(letters.encode())


def find_pictures_in_cells(xml: bytes) -> list[str]:
    """The cells that hold a picture in place of a value: older programs are given #VALUE! to show."""
    return [cell.decode() for cell in _PICTURE.findall(xml)]


def merged_spans(xml: bytes) -> Areas:
    """Ranges drawn together into one cell."""
    return _merged_in(outline(xml))


@by_text()
def _merged_in(lines: bytes) -> Areas:
    start = max(lines.rfind(b"sheetData"), 0)
    if lines.find(b"mergeCell", start) < 0:
        return Areas(())
    found = (match.groups() for match in _SPAN.finditer(lines, start))
    return Areas(
        tuple(
            (int(top) - 1, column_number(left), int(bottom) - 1, column_number(right))
            for (left, top, right, bottom), _ in zip(found, range(_SPANS_LIMIT), strict=False)
        )
    )


def cells_twice(xml: bytes, plain: bool = False, columns: Iterable[str] = (_ANY,)) -> frozenset[str]:
    """The cells that stand twice in the text of a sheet, as far as they are in some columns (letters), and "7:7" for a
    row that does. ``plain``: it is known to be written the way spreadsheet programs write one."""
    letters = "|".join(sorted(columns)).encode()
    cells = _twice(re.findall((_PLAIN_CELL if plain else _CELL) % letters, xml))
    return cells | {f"{row}:{row}" for row in _rows_twice(outline(xml))}


@by_text()
def _rows_twice(lines: bytes) -> frozenset[str]:
    return _twice((_ROW if b":row" in lines else _BARE_ROW).findall(lines))


def _twice(found: list[bytes]) -> frozenset[str]:
    if len(set(found)) == len(found):
        return frozenset()
    return frozenset(one.decode() for one, number in Counter(found).items() if number > 1)


def is_calculated_by_hand(package: Package) -> bool:
    """Whether results of formulas are only brought up to date when somebody asks for it."""
    return _MANUAL.search(package.main_text) is not None


def find_embedded(package: Package, part: str) -> Iterator[Embedded]:
    """The files that were put into a sheet as objects, by the names they had, as far as these were kept."""
    for kind in ("package", "oleObject"):
        for name in package.related_as(part, kind):
            try:
                data = package.raw(name)
            except Refused:
                data = b""
            yield _unwrap(data) or Embedded(name.rpartition("/")[2], data)


def _unwrap(data: bytes) -> Embedded | None:
    """The file inside an object of the kind \"Package\": a name, where it came from, and its bytes."""
    import olefile

    try:
        if not olefile.isOleFile(io.BytesIO(data)):
            return None
        ole: Any = olefile.OleFileIO(io.BytesIO(data))
        if not ole.exists(_NATIVE):
            return None
        return _read_native(ole.openstream(_NATIVE).read())
    except Exception as error:  # noqa: BLE001 - olefile documents none; the object itself is named instead
        let_memory_pass(error)
        return None


def _read_native(stream: bytes) -> Embedded | None:
    """The stream in which Windows' packager keeps a file: sizes, two names ending with a nought, a path, the bytes."""
    at = 6
    texts = []
    for _ in range(2):
        end = stream.index(b"\0", at)
        texts.append(stream[at:end])
        at = end + 1
    at += 4
    size = int.from_bytes(stream[at : at + 4], "little")
    at += 4 + size
    size = int.from_bytes(stream[at : at + 4], "little")
    data = stream[at + 4 : at + 4 + size]
    name = next((text for text in texts if text), b"").replace(b"/", b"\\").rpartition(b"\\")[2]
    return Embedded(name.decode("gb18030", "replace"), data) if name and len(data) == size else None
