"""The text of a sheet -> as much of it as the thorough reader shall see: the rows that are read, and nothing after.

That reader knows no limits: it takes whatever it is given, a row at a time, and a formula that cells share as often as
there are cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smartcity_xl.books import limits
from smartcity_xl.books.known import by_text
from smartcity_xl.books.parts import crowded
from smartcity_xl.books.plain_text import outline
from smartcity_xl.books.refused import Refused

_PREFIX = rb"(?:[^\s<>/:]+:)?"
_DATA = re.compile(rb"<(" + _PREFIX + rb")sheetData(?=[\s/>])[^<>]*>")
_END = re.compile(rb"</" + _PREFIX + rb"sheetData\s*>")
_ROOT = re.compile(rb"<(" + _PREFIX + rb"worksheet)(?=[\s/>])")
_ROW = re.compile(rb"<" + _PREFIX + rb"row((?:\s+[^\s=<>\"']+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*/?>")
_QUOTED = re.compile(rb"=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_CELL = re.compile(rb"<" + _PREFIX + rb"c(?=[\s/>])")
_SHARED = re.compile(rb"(<" + _PREFIX + rb"f\b[^<>]*?)\st\s*=\s*[\"']shared[\"']")
_VAST = re.compile(rb"(<" + _PREFIX + rb"v(?:\s[^<>]*)?>\s*[+-]?)\d{4300,}(?=[\s<])")
"""A number of more digits than Python reads: no spreadsheet program holds it either."""


_FAR = rb"(?:500[1-9]|50[1-9]\d|5[1-9]\d\d|[6-9]\d{3}|[1-9]\d{4,6})"
"""A row below the last that is read, 5,000."""
_FAR_ROW = re.compile(rb'<row r="' + _FAR + rb'"')
_OTHER = (
    re.compile(rb'<row(?! r="' + _FAR + rb'")'), re.compile(rb'<c(?=[\s/>])(?! r="[A-Z]{1,3}' + _FAR + rb'")'),
    re.compile(rb":(?:row|c)[\s/>]"), re.compile(rb"sheetData"),
)  # fmt: skip
"""What stands among those rows and is none of them, or not written as programs write them."""
_FILLED = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"[^<>]*(?<!/)>')


def without_far_rows(text: bytes) -> tuple[bytes, str]:
    """A sheet without the rows below the last that is read, and the first cell there that holds something, or "". The
    sheet as it is where it is written in no usual way, or something that is read stands among those rows."""
    if not _reaches_far(outline(text)):
        return text, ""
    first = _FAR_ROW.search(text)
    end = text.rfind(b"</sheetData>")
    if (
        first is None
        or end < first.start()
        or b"<!" in text
        or any(other.search(text, first.start(), end) for other in _OTHER)
    ):
        return text, ""
    filled = _FILLED.search(text, first.start(), end)
    return text[: first.start()] + text[end:], filled[1].decode() if filled else ""


@by_text()
def _reaches_far(lines: bytes) -> bool:
    return _FAR_ROW.search(lines) is not None


def within_reach(sheets: Mapping[str, bytes], last_row: int) -> dict[str, bytes]:
    """The sheets without what lies below a row. Raises Refused where the rest is still too much."""
    kept = {name: _cut(name, text, last_row) for name, text in sheets.items()}
    cells = elements = 0
    for text in kept.values():
        cells += sum(1 for _ in _CELL.finditer(text))
        elements += text.count(b"<") - text.count(b"</")
    if cells > limits.CELLS_BY_HAND:
        raise crowded("cells_by_hand", cells, limits.CELLS_BY_HAND)
    if elements > 10 * limits.CELLS_BY_HAND:
        raise crowded("elements", elements, 10 * limits.CELLS_BY_HAND)
    return {name: _VAST.sub(rb"\g<1>1E999", _SHARED.sub(rb"\1", text)) for name, text in kept.items()}


def _cut(name: str, text: bytes, last_row: int) -> bytes:
    """A sheet up to the end of its cells, or up to the first row after the last that is read. Where a comment or the
    like could hide something, or the sheet is written in no usual way, it stays whole."""
    data, root = _DATA.search(text), _ROOT.search(text)
    if data is None or root is None or data[0].endswith(b"/>") or b"<!" in text:
        return text
    if _DATA.search(text, data.end()):
        raise Refused("damaged", reason=f"{name}: sheetData twice")
    end = _END.search(text, data.end())
    if end is None:
        return text
    close = b"</" + data[1] + b"sheetData></" + root[1] + b">"
    return text[: _first_beyond(text, data.end(), end.start(), last_row)] + close


def _first_beyond(text: bytes, begin: int, end: int, last_row: int) -> int:
    """Where the first row after the last that is read begins; ``end`` without one."""
    number = 0
    for row in _ROW.finditer(text, begin, end):
        number = _number(row[1], number + 1)
        if number > last_row:
            return row.start()
    return end


def _number(attributes: bytes, otherwise: int) -> int:
    """The number that a row gives itself, if it does."""
    at = 0
    for value in _QUOTED.finditer(attributes):
        if attributes[at : value.start()].strip() == b"r":
            said = value[0].lstrip(b"= \t\r\n").strip(b"\"' ")
            return int(said) if said.isdigit() and len(said) < 10 else otherwise
        at = value.end()
    return otherwise
