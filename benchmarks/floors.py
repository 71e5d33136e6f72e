"""Physical limits: the least that a job done with the same libraries must cost, and nothing of ours.

``read_bare`` is calamine alone, ``write_bare`` XlsxWriter alone. ``python benchmarks/floors.py SHEETS FOLDER`` writes
the workbooks that ``record_book`` has recorded (a pickle of a list of them) into a folder; with ``--read FILE`` it
reads a file of responses, and does nothing with them.
"""

from __future__ import annotations

import csv
import io
import pickle
import sys
from pathlib import Path
from typing import Any

Recorded = list[dict[str, Any]]
"""The sheets of a workbook: name, widths, heights, merged ranges, tests of input, and cells with formats."""


def read_bare(data: bytes) -> int:
    """Every sheet of a workbook as rows, by calamine and no one else; gives the number of rows."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)


def record_book(data: bytes) -> Recorded:
    """What stands in a workbook, with the formats of its cells, for ``write_bare`` to write again."""
    import openpyxl

    sheets = []
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        cells = []
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None or cell.has_style):
            kind = {"f": "formula", "n": "number"}.get(cell.data_type, "string") if cell.value is not None else "blank"
            value = cell.value if kind == "number" else str(cell.value)
            cells.append((cell.row - 1, cell.column - 1, kind, value, _format_of(cell)))
        tests = [
            (str(area), one.type, one.operator, one.formula1, one.formula2, one.prompt)
            for one in sheet.data_validations.dataValidation for area in one.sqref.ranges
        ]  # fmt: skip
        sheets.append({
            "name": sheet.title, "cells": cells, "tests": tests, "protected": sheet.protection.sheet,
            "widths": {name: one.width for name, one in sheet.column_dimensions.items() if one.width},
            "heights": {number - 1: one.height for number, one in sheet.row_dimensions.items() if one.height},
            "merged": [str(area) for area in sheet.merged_cells.ranges],
        })  # fmt: skip
    return sheets


def _format_of(cell: Any) -> tuple[tuple[str, Any], ...]:
    found = {"font_name": cell.font.name, "font_size": cell.font.sz, "bold": cell.font.b,
             "num_format": cell.number_format, "align": cell.alignment.horizontal, "valign": cell.alignment.vertical,
             "text_wrap": cell.alignment.wrap_text, "locked": cell.protection.locked}  # fmt: skip
    if cell.fill.fill_type and isinstance(cell.fill.fgColor.rgb, str):
        found["bg_color"] = f"#{cell.fill.fgColor.rgb[-6:]}"
    if cell.border.left.style:
        found["border"] = 1
    return tuple(sorted((name, value) for name, value in found.items() if value is not None))


def write_bare(sheets: Recorded) -> bytes:
    """A workbook with these cells and formats, by XlsxWriter and no one else, in memory as ours are."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    formats: dict[tuple[tuple[str, Any], ...], Any] = {}
    for given in sheets:
        sheet = book.add_worksheet(given["name"])
        write = {"number": sheet.write_number, "string": sheet.write_string, "formula": sheet.write_formula}
        for name, width in given["widths"].items():
            sheet.set_column(f"{name}:{name}", width)
        for row, height in given["heights"].items():
            sheet.set_row(row, height)
        for area in given["merged"]:
            sheet.merge_range(area, "")
        for row, column, kind, value, style in given["cells"]:
            if style not in formats:
                formats[style] = book.add_format(dict(style))
            if kind == "blank":
                sheet.write_blank(row, column, None, formats[style])
            else:
                write[kind](row, column, value, formats[style])
        for area, kind, operator, first, second, prompt in given["tests"]:
            sheet.data_validation(area, _test(kind, operator, first, second, prompt))
        if given["protected"]:
            sheet.protect()
    book.close()
    return stream.getvalue()


_OPERATORS = {"greaterThanOrEqual": ">=", "lessThanOrEqual": "<=", "greaterThan": ">", "lessThan": "<", "equal": "=="}


def _test(kind: str, operator: str, first: str | None, second: str | None, prompt: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"input_message": (prompt or "")[:255]}
    if kind == "custom":
        return {"validate": "custom", "value": f"={first}", **told}
    if kind == "list" and first:
        source = first.strip('"').split(",") if first.startswith('"') else f"={first}"
        return {"validate": "list", "source": source, **told}
    if kind in ("whole", "decimal") and operator in _OPERATORS:
        return {
            "validate": kind if kind != "whole" else "integer",
            "criteria": _OPERATORS[operator],
            "value": first,
            **told,
        }
    return {"validate": "any", **told}


def read_responses(path: Path) -> int:
    """A file of responses, every cell of it; gives the number of rows."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as stream:
            return sum(1 for _ in csv.reader(stream))
    return read_bare(path.read_bytes())


def main(given: list[str]) -> None:
    if given[0] == "--read":
        print(read_responses(Path(given[1])))
        return
    books: list[Recorded] = pickle.loads(Path(given[0]).read_bytes())
    folder = Path(given[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, sheets in enumerate(books):
        (folder / f"{number}.xlsx").write_bytes(write_bare(sheets))


if __name__ == "__main__":
    main(sys.argv[1:])
