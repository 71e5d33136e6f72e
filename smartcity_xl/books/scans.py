"""What the fast reader does not show of .xlsb and .ods: how far a sheet reaches (it reserves room for the whole
rectangle), error values, formulas, hidden rows, and which numbers are percentages or truth values."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from msgspec import Struct, field

from smartcity_xl.books import limits
from smartcity_xl.books.package import Refused, inflate
from smartcity_xl.books.parts import as_utf8, crowded, refuse_deep

_FARTHEST = 1 << 20
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_UNTOLD = "=..."
_ERROR = re.compile(r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)|Err:\d+")


class Scan(Struct):
    """A sheet: its extent, and by (row, column) error values, formulas, and number formats (``boolean`` for a truth
    value)."""

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    codes: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)

    def reach(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Raises Refused, and KeyError: a part may stand where only the fast reader looks."""
    data = inflate(archive, name, limits.PART)
    return data if name.endswith(".bin") else as_utf8(name, data)


# --- .xlsb ---------------------------------------------------------------------------------------------------------

_ROW, _SHEET, _CELLS, _FORMULAS, _ERROR_CELLS = 0, 156, range(1, 12), range(8, 12), (3, 11)


def scan_xlsb(data: bytes, needed: str = "") -> dict[str, Scan]:
    """Sheet -> what stands in its records; refused before they are read where the sheet ``needed`` is not among them.
    Raises Refused."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = ElementTree.fromstring(_part(archive, "xl/_rels/workbook.bin.rels"))
        targets = {each.get("Id", ""): each.get("Target", "") for each in relations}
        parts = {}
        for kind, record in _records(_part(archive, "xl/workbook.bin")):
            if kind == _SHEET:
                relation, at = _wide(record, 8)
                name, _ = _wide(record, at)
                target = targets[relation]  # where there is none, the fast reader would panic
                parts[name] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if needed and needed not in parts:
            raise Refused("not-ours")
        return {name: _scan_sheet(_part(archive, part)) for name, part in parts.items()}


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of every record."""
    at = 0
    while at < len(data):
        kind, at = data[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (data[at] & 0x7F) << 7, at + 1
        size = shift = 0
        while True:
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:
                break
        yield kind, data[at : at + size]
        at += size


def _wide(record: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", record, at)
    end = at + 4 + 2 * length
    return record[at + 4 : end].decode("utf-16-le", "replace"), end


def _scan_sheet(data: bytes) -> Scan:
    scan, row = Scan(), 0
    for kind, record in _records(data):
        if kind == _ROW and len(record) >= 12:
            row = int.from_bytes(record[:4], "little")
            if record[11] & 0x10 and row < limits.ROWS_ODS:
                scan.hidden_rows.add(row)
        elif kind in _CELLS and len(record) >= 8:
            column = int.from_bytes(record[:4], "little")
            scan.reach(row, column)
            if kind in _FORMULAS:
                scan.formulas[row, column] = _UNTOLD
            if kind in _ERROR_CELLS and len(record) > 8:
                scan.errors[row, column] = _ERRORS.get(record[8], "#N/A")
    return scan


# --- .ods ----------------------------------------------------------------------------------------------------------


def scan_ods(data: bytes, needed: str = "") -> dict[str, Scan]:
    """Sheet -> what its XML says; ``needed`` as above. Raises Refused."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
            raise Refused("encrypted")
        text = _part(archive, "content.xml")
    if needed.encode() not in text:
        raise Refused("not-ours")
    if (number := text.count(b"<") - text.count(b"</")) > limits.ELEMENTS_ODS:
        raise crowded("elements", number, limits.ELEMENTS_ODS)
    refuse_deep("content.xml", text)
    found: dict[str, Scan] = {}
    scan, row = Scan(), 0
    for event, element in ElementTree.iterparse(io.BytesIO(text), events=("start", "end")):
        name = _name(element)
        if name == "table" and event == "start":
            scan = found[_get(element, "name")] = Scan()
            row = 0
        elif name == "table-row" and event == "end":
            row = _scan_line(scan, element, row)
            element.clear()
    return found


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _get(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _times(element: ElementTree.Element, name: str) -> int:
    number = _get(element, name)
    return min(int(number), _FARTHEST) if number.isdecimal() and len(number) < 9 else 1


def _scan_line(scan: Scan, line: ElementTree.Element, row: int) -> int:
    """Note what stands in a row, which may stand for several; gives the number of the row after it."""
    times = _times(line, "number-rows-repeated")
    if _get(line, "visibility") in ("collapse", "filter"):
        scan.hidden_rows |= set(range(row, min(row + times, limits.ROWS_ODS)))
    column = 0
    for cell in line:
        if _name(cell) not in ("table-cell", "covered-table-cell"):
            continue
        wide = _times(cell, "number-columns-repeated")
        if len(cell) or _get(cell, "value-type"):
            scan.reach(row + times - 1, column + wide - 1)
            _note_cell(scan, cell, (row, column))
        column += wide
    return row + times


def _note_cell(scan: Scan, cell: ElementTree.Element, at: tuple[int, int]) -> None:
    kinds = {value for key, value in cell.attrib.items() if key.endswith("}value-type")}
    said = "".join(text for child in cell if _name(child) == "p" for text in child.itertext()).strip()
    if formula := _get(cell, "formula"):
        scan.formulas[at] = "=" + formula.partition("=")[2][:200] if "=" in formula else _UNTOLD
    if "error" in kinds or (formula and _ERROR.fullmatch(said)):
        scan.errors[at] = said if _ERROR.fullmatch(said) and said.startswith("#") else "#VALUE!"
    elif "percentage" in kinds:
        scan.codes[at] = "0.00%"
    elif "boolean" in kinds:
        scan.codes[at] = "boolean"
