"""Forms saved in other formats than .xlsx, made by script."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence

import openpyxl


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(content)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 127 else 0)])
        length >>= 7
        if not length:
            return head + size + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


ERROR_CELL = object()


def xlsb(sheets: Mapping[str, Mapping[tuple[int, int], object]], charts: Sequence[str] = ()) -> bytes:
    """A small .xlsb: sheet -> (row, column) -> a text, a number, a truth value or an error."""
    parts, listed, relations = {}, b"", ""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    for number, (name, cells) in enumerate(sheets.items(), 1):
        hidden = 2 if name.startswith("_") else 0
        listed += _record(156, struct.pack("<II", hidden, number) + _wide(f"rId{number}") + _wide(name))
        relations += f'<Relationship Id="rId{number}" Type="{kind}/worksheet" Target="worksheets/sheet{number}.bin"/>'
        rows = sorted({row for row, _ in cells})
        last = (max(rows), max(column for _, column in cells))
        body = _record(129) + _record(148, struct.pack("<IIII", 0, last[0], 0, last[1])) + _record(145)
        for row in rows:
            body += _record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))
            for (_, column), value in sorted((at, v) for at, v in cells.items() if at[0] == row):
                head = struct.pack("<II", column, 0)
                if value is ERROR_CELL:
                    body += _record(3, head + b"\x07")
                elif isinstance(value, bool):
                    body += _record(4, head + bytes([value]))
                elif isinstance(value, (int, float)):
                    body += _record(5, head + struct.pack("<d", value))
                else:
                    body += _record(6, head + _wide(str(value)))
        parts[f"xl/worksheets/sheet{number}.bin"] = body + _record(146) + _record(130)
    for number, name in enumerate(charts, len(sheets) + 1):
        listed += _record(156, struct.pack("<II", 0, number) + _wide(f"rId{number}") + _wide(name))
        relations += f'<Relationship Id="rId{number}" Type="{kind}/chartsheet" Target="chartsheets/sheet{number}.bin"/>'
        parts[f"xl/chartsheets/sheet{number}.bin"] = _record(129) + _record(130)
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts["xl/workbook.bin"] = _record(131) + _record(143) + listed + _record(144) + _record(132)
    parts["xl/_rels/workbook.bin.rels"] = f'<Relationships xmlns="{space}">{relations}</Relationships>'.encode()
    main = f'<Relationship Id="b" Type="{kind}/officeDocument" Target="xl/workbook.bin"/>'
    parts["_rels/.rels"] = f'<Relationships xmlns="{space}">{main}</Relationships>'.encode()
    parts["[Content_Types].xml"] = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def as_xlsb(
    data: bytes,
    beside: Mapping[str, Mapping[tuple[int, int], object]] | None = None,
    charts: Sequence[str] = (),
    **changed: object,
) -> bytes:
    """An .xlsx as an .xlsb, with cells of the sheet 填报表 changed, further sheets, and sheets of charts."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    sheets: dict[str, dict[tuple[int, int], object]] = {}
    for sheet in book.worksheets:
        cells = {
            (cell.row - 1, cell.column - 1): cell.value for row in sheet.iter_rows() for cell in row
            if cell.value is not None
        }  # fmt: skip
        sheets[sheet.title] = cells
    for cell, value in changed.items():
        sheets["填报表"][int(re.sub(r"\D", "", cell)) - 1, ord(cell[0]) - 65] = value
    return xlsb({**sheets, **(beside or {})}, charts)
