"""Workbooks in other formats than .xlsx (.xls, WPS's .et, .xlsb, .ods) -> a package as the reader knows it.

Every cell is written over into a workbook of our own, which then goes through the same reader and the same checks. What
is lost on the way is said: a query tells that the form came in another format, and what could not be checked in it.
"""

from __future__ import annotations

import datetime
import io
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from smartcity_xl.books import limits
from smartcity_xl.books.compound import OLE, streams
from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.locked import try_default
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.parts import crowded
from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.books.scans import Scan, scan_ods, scan_xlsb
from smartcity_xl.books.texts import clean_text, short_note
from smartcity_xl.books.unpacking import zip_of
from smartcity_xl.messages import label

_BARE = (b"\t\0\4\0", b"\t\2\6\0", b"\t\4\6\0", b"\t\x08\x08\0", b"\t\x08\x10\0")
"""How an .xls without a container begins: those of Excel 2 to 4 have none."""
_BINARY = re.compile(r"(?:^|/)workbook\d*\.bin$")
_PROGRAM = re.compile(r"vbaProject[^/]*\.bin$|macrosheets/|^(?:Basic|Scripts)/.+[^/]$", re.IGNORECASE)
_DATE, _TIME = "yyyy-mm-dd", "[h]:mm:ss"
_EPOCH = datetime.datetime(1899, 12, 30)
_CELLS_LIMIT = 2_000_000
_LAST_ROW = 5_000
"""Below it nothing is read: the first cell there tells of all of them."""
_NOTHING = (0, 6)
"""How xlrd calls a cell that holds nothing: empty, blank."""
_FROM_1904 = 1_462


class Grid(Struct):
    """A sheet: (row, column) -> what stands there, and its number format; a text in ``errors`` is an error value."""

    name: str
    hidden: bool = False
    cells: dict[tuple[int, int], tuple[object, str]] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)


def open_package(data: bytes, needed: str = IDENTITY_SHEET) -> Package:
    """A workbook's package, whatever the format it came in; ``came_as`` names another than .xlsx.

    Of another format, a workbook without the sheet ``needed`` is refused before anything of it is read: it may be
    large. Raises Refused.
    """
    kind = say_kind(data)
    if not kind:
        return Package(data)
    try:
        grids = _READERS[kind](data, needed)
    except Refused:
        raise
    except Exception as error:  # the readers document none
        let_memory_pass(error)
        raise _unread(kind) from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a panic inside the reader, which is no exception of Python's
            raise
        raise _unread(kind) from error
    package = Package(_write(grids))
    package.came_as, package.came_with_macros = kind, has_macros(data)
    return package


def has_macros(data: bytes) -> bool:
    """Whether a workbook or a document of whatever format carries a program."""
    if data.startswith(OLE):
        return bool({"_vba_project_cur", "_vba_project", "macros"}.intersection(streams(data)))
    if not data.startswith(b"PK") or data.count(b"PK\x01\x02") > limits.PARTS:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(map(_PROGRAM.search, archive.namelist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _unread(kind: str) -> Refused:
    """A file that its reader cannot read: it may be damaged, or hold what the reader does not know."""
    return Refused("old-workbook") if kind == "xls" else Refused("format-unread", kind=label(f"format.{kind}"))


def say_kind(data: bytes) -> str:
    """The format of a workbook that is no .xlsx: ``xls``, ``xlsb``, ``ods``; "" for anything else."""
    if data.startswith(OLE):
        return "xls" if {"workbook", "book"}.intersection(streams(data)) else ""
    if data.startswith(_BARE):
        return "xls"
    if not data.startswith(b"PK"):
        return ""
    try:
        archive = zip_of(data)
        names = {name.replace("\\", "/").casefold() for name in archive.namelist()}
        if any(map(_BINARY.search, names)) and "xl/workbook.xml" not in names:
            return "xlsb"
        spreadsheet = "mimetype" in names and b"opendocument.spreadsheet" in archive.open("mimetype").read(200)
        return "ods" if spreadsheet and "content.xml" in names else ""
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError, EOFError):
        return ""


# --- .xls, .et -----------------------------------------------------------------------------------------------------


def _read_xls(data: bytes, needed: str) -> list[Grid]:
    import xlrd

    book = _open_xls(data)
    if needed and needed not in book.sheet_names():
        raise Refused("not-ours")
    grids = []
    if book.nsheets > limits.SHEETS:
        raise crowded("sheets", book.nsheets, limits.SHEETS)
    for number in range(book.nsheets):
        sheet = book.sheet_by_index(number)
        grid = Grid(sheet.name, sheet.visibility != 0)
        for row in range(sheet.nrows):
            for column, cell in enumerate(sheet.row(row)):
                code = _format_of(book, cell)
                if cell.ctype == xlrd.XL_CELL_ERROR:
                    grid.errors[row, column] = xlrd.error_text_from_code.get(cell.value, "#N/A")
                elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                    grid.cells[row, column] = bool(cell.value), ""
                elif cell.ctype == xlrd.XL_CELL_DATE:
                    grid.cells[row, column] = cell.value + _FROM_1904 * book.datemode, code or _DATE
                elif cell.ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER):
                    grid.cells[row, column] = cell.value, code
            if row >= _LAST_ROW and any(cell.ctype not in _NOTHING for cell in sheet.row(row)):
                break
        grid.hidden_rows = {row for row, about in sheet.rowinfo_map.items() if about.hidden}
        grid.notes = {place: note.text for place, note in sheet.cell_note_map.items() if note.text.strip()}
        grids.append(grid)
        _refuse_many(grids)
    return grids


def _refuse_many(grids: list[Grid]) -> None:
    cells = sum(len(grid.cells) + len(grid.errors) + len(grid.formulas) for grid in grids)
    if cells > limits.CELLS_BY_HAND:
        raise crowded("cells_by_hand", cells, limits.CELLS_BY_HAND)


def _open_xls(data: bytes) -> Any:
    import xlrd

    try:
        return _open_detailed(data)
    except xlrd.XLRDError as error:
        if "ncrypted" not in str(error):
            raise
        opened = try_default(data)
        if opened == data:
            raise Refused("encrypted") from error
        return _open_detailed(opened)


def _open_detailed(data: bytes) -> Any:
    import xlrd

    return xlrd.open_workbook(
        file_contents=data, formatting_info=True, ragged_rows=True, on_demand=True, logfile=io.StringIO()
    )


def _format_of(book: Any, cell: Any) -> str:
    """The number format of a cell; "" where the file was not read so closely."""
    index = getattr(cell, "xf_index", None)
    styles: list[object] = getattr(book, "xf_list", [])
    if index is None or not 0 <= index < len(styles):
        return ""
    found = getattr(book, "format_map", {}).get(getattr(styles[index], "format_key", 0))
    return "" if found is None or found.format_str == "General" else str(found.format_str)


# --- .xlsb, .ods ---------------------------------------------------------------------------------------------------


def _read_with_calamine(data: bytes, scans: Mapping[str, Scan]) -> list[Grid]:
    """The sheets as calamine sees them, with what it hides: errors, formulas, hidden rows, percentages."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    if sum(scan.rows * scan.columns for scan in scans.values()) > _CELLS_LIMIT:
        raise Refused("far-sheet", limit=f"{_CELLS_LIMIT:,}")
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    of_cells = [meta for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]  # and no charts
    visible = {meta.name: meta.visible == SheetVisibleEnum.Visible for meta in of_cells}
    grids = []
    for name in visible:
        scan = scans.get(name, Scan())
        grid = Grid(name, not visible[name], {}, dict(scan.errors), dict(scan.formulas), set(scan.hidden_rows))
        for row, cells in enumerate(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)):
            for column, value in enumerate(cells):
                if value != "" and value is not None:
                    grid.cells[row, column] = _plain(value, scan.codes.get((row, column), ""))
            if row >= _LAST_ROW and any(value not in ("", None) for value in cells):
                break
        grids.append(grid)
        _refuse_many(grids)
    return grids


def _plain(value: object, code: str) -> tuple[object, str]:
    match value:
        case datetime.datetime():
            return (value - _EPOCH) / datetime.timedelta(days=1), _DATE
        case datetime.date():
            return (value - _EPOCH.date()).days, _DATE
        case datetime.time():
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400, _TIME
        case datetime.timedelta():
            return value / datetime.timedelta(days=1), _TIME
        case float() if code == "boolean":
            return bool(value), ""
    return value, code


def _read_xlsb(data: bytes, needed: str) -> list[Grid]:
    return _read_with_calamine(data, scan_xlsb(data, needed))


def _read_ods(data: bytes, needed: str) -> list[Grid]:
    return _read_with_calamine(data, scan_ods(data, needed))


_READERS: Mapping[str, Callable[[bytes, str], list[Grid]]] = {"xls": _read_xls, "xlsb": _read_xlsb, "ods": _read_ods}


_NO_TAB = re.compile(r"[\\/?*\[\]:]|^'|'$")


def _tab(name: str, taken: set[str]) -> str:
    """A sheet's name as an .xlsx can have it, unlike all others; our own have always been such."""
    plain = _NO_TAB.sub("_", name)[:31] or "_"
    number = 1
    while plain.casefold() in taken:
        number += 1
        plain = f"{plain[:27]}~{number}"
    taken.add(plain.casefold())
    return plain


# --- out -----------------------------------------------------------------------------------------------------------


def _write(grids: list[Grid]) -> bytes:
    """The sheets as an .xlsx."""
    from smartcity_xl.books.stamped_sheet import StampedSheet
    from smartcity_xl.books.stamping import StampedWorkbook

    book = StampedWorkbook()
    book.set_properties({"title": ""})
    formats: dict[str, object] = {}
    tabs: set[str] = set()
    for grid in grids:
        sheet = book.add_worksheet(_tab(grid.name, tabs), StampedSheet)
        for (row, column), (value, code) in grid.cells.items():
            if code not in formats:
                formats[code] = book.add_format({"num_format": code[:255]} if code else {})
            form, formula = formats[code], grid.formulas.get((row, column))
            if formula is not None:
                sheet.write_formula(row, column, formula, form, value)
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value, form)
            elif isinstance(value, (int, float)) and not math.isfinite(value):
                sheet.write_formula(row, column, "=#NUM!", form, "#NUM!")
            elif isinstance(value, (int, float)):
                sheet.write_number(row, column, value, form)
            else:
                sheet.write_string(row, column, clean_text(str(value)), form)
        for (row, column), error in grid.errors.items():
            sheet.write_formula(row, column, grid.formulas.get((row, column), f"={error}"), None, error)
        for (row, column), formula in grid.formulas.items():
            if (row, column) not in grid.cells and (row, column) not in grid.errors:
                sheet.write_formula(row, column, formula, None, "")
        for row in grid.hidden_rows:
            sheet.set_row(row, None, None, {"hidden": True})
        for (row, column), note in grid.notes.items():
            sheet.write_comment(row, column, short_note(clean_text(note)), {"author": ""})
        if grid.hidden:
            sheet.very_hidden() if grid.name == IDENTITY_SHEET else sheet.hide()
    return book.packed()
