"""Physical limits: the least that a job done with the same libraries must cost, and nothing of ours.

``read_bare`` is calamine alone, ``write_bare`` XlsxWriter alone. ``python benchmarks/floors.py INBOX CELLS OUT``
does a whole city that way: start, import, read every sheet, write as many cells as the summary holds.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

Sheets = list[tuple[str, list[list]]]
"""Sheet name and its cells, each [row, column, kind, value]; kind is "number", "string" or "formula"."""


def read_bare(data: bytes) -> int:
    """Every sheet of a workbook as rows, by calamine and no one else; gives the number of rows."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)


def record_cells(data: bytes) -> Sheets:
    """What stands in a workbook's cells, without formats, for ``write_bare`` to write again."""
    import openpyxl

    sheets: Sheets = []
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        cells = []
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            kind = {"f": "formula", "n": "number"}.get(cell.data_type, "string")
            value = cell.value if kind == "number" else str(cell.value)
            cells.append([cell.row - 1, cell.column - 1, kind, value])
        sheets.append((sheet.title, cells))
    return sheets


def write_bare(sheets: Sheets) -> bytes:
    """A workbook with these cells, by XlsxWriter and no one else, in memory as ours are."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for name, cells in sheets:
        sheet = book.add_worksheet(name)
        write = {"number": sheet.write_number, "string": sheet.write_string, "formula": sheet.write_formula}
        for row, column, kind, value in cells:
            write[kind](row, column, value)
    book.close()
    return stream.getvalue()


def run_city(files: Iterable[Path], cells: Path, out: Path) -> None:
    import click  # noqa: F401 - a command line has to start somehow

    for file in files:
        read_bare(file.read_bytes())
    out.write_bytes(write_bare(json.loads(cells.read_bytes())))


if __name__ == "__main__":
    run_city(sorted(Path(sys.argv[1]).rglob("*.xlsx")), Path(sys.argv[2]), Path(sys.argv[3]))
