"""The sheets of a workbook as rows of cells, by the fast reader, or by the thorough one where the fast could lie.

calamine is quick, but shows an error value and a formula without a saved result as blank, and reserves memory for
the whole rectangle up to the last cell. So the text of each sheet is looked at first: what is written the plain way
goes to calamine, and the formulas and errors in input columns are added from the text; everything else goes to
openpyxl. ``docs/decisions/0003-two-readers.md`` says why.
"""

from __future__ import annotations

import io
import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.books.beside import find_pictures_in_cells, place_of
from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.display import Displayed, find_displayed, shares_marks
from smartcity_xl.books.formats import number_styles, styled_cells, telling_styles, tells
from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.known import by_text
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.parts import crowded
from smartcity_xl.books.plain_text import column_number, far_cell, has_far_code, hidden_cells, is_plain, values_only
from smartcity_xl.books.reach import within_reach, without_far_rows
from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.books.texts import decoded
from smartcity_xl.books.values import Cell, ErrorCell, FormulaCell, MarkedText, PictureCell, show_cell
from smartcity_xl.messages import label

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

ROW_LIMIT, COLUMN_LIMIT = 5_000, 100
# Built-in date formats of Chinese editions, which openpyxl takes for plain numbers.
_CHINESE_DATES = frozenset({*range(27, 37), *range(50, 59)})


class Sheet(Struct, frozen=True):
    """``rows[r][c]`` counts from 0 at A1; rows may differ in length. ``far`` names a cell too far out to be read;
    ``xml`` is the text that it was read from. ``formats``: name of a cell -> its number format, for input cells that do
    not show a number as it is stored; ``doubtful``: the same, where that depends on what is not calculated here.
    ``plain``: the text is written the way spreadsheet programs write one, and can be searched in short ways."""

    name: str
    part: str
    rows: list[list[Cell]]
    far: str = ""
    formats: dict[str, str] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)
    xml: bytes = b""
    plain: bool = False

    def cell(self, row: int, column: int) -> Cell:
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None


def read_identity(sheets: Iterable[Sheet]) -> dict[str, str]:
    """What the very hidden sheet says a workbook is; empty for a workbook that is none of ours."""
    hidden = next((sheet for sheet in sheets if sheet.name == IDENTITY_SHEET), None)
    return {str(row[0]): show_cell(row[1]) for row in hidden.rows if len(row) > 1} if hidden else {}


InputColumns = Callable[[Sheet], tuple[str, ...]]
"""Sheet -> the letters of its input columns; empty for a sheet that carries no answers."""


def read_sheets(package: Package, skip: frozenset[str], inputs: InputColumns) -> list[Sheet]:
    """All sheets but those named in ``skip``, in the order of the tabs. Raises Refused."""
    wanted = {name: part for name, part in package.sheets.items() if name not in skip}
    if not wanted:
        raise Refused("no-sheets")
    near = {name: without_far_rows(text) for name, text in package.sheet_parts(wanted).items()}
    sheets = _read_either(package, wanted, {name: text for name, (text, _) in near.items()}, inputs)
    sheets = [replace(sheet, far=sheet.far or near[sheet.name][1]) for sheet in sheets]
    marked = shares_marks(package)
    for sheet in sheets:
        if columns := inputs(sheet):
            if not sheet.plain:
                _place_pictures(sheet)
            numbers = frozenset(column_number(c.encode()) for c in columns)
            _mark(sheet, find_displayed(package, sheet.xml, numbers, marked))
    return sheets


def _read_either(
    package: Package, wanted: Mapping[str, str], xml: Mapping[str, bytes], inputs: InputColumns
) -> list[Sheet]:
    plain = all(is_plain(text) for text in xml.values()) and package.plain_strings(xml.values())
    if plain and not any(map(has_far_code, (package.strings or b"", *xml.values()))):
        for text in xml.values():
            most = ROW_LIMIT * COLUMN_LIMIT
            if len(text) > 3 * most and (found := text.count(b"<c ")) > most:  # the same cells over and over
                raise crowded("cells", found, most)
        sheets = _read_fast(package, wanted, xml)
        if sheets is not None:
            styles = telling_styles(package.styles)
            for sheet in sheets:
                if columns := inputs(sheet):
                    if _reveal(sheet, xml[sheet.name], columns):
                        _place_pictures(sheet)
                    sheet.formats.update(styled_cells(xml[sheet.name], columns, styles))
            return sheets
    return _read_thorough(package, wanted, xml)


def _place_pictures(sheet: Sheet) -> None:
    """Pictures in place of a value, which older programs are told to show as an error."""
    for cell in find_pictures_in_cells(sheet.xml) if b" vm=" in sheet.xml else ():
        row, column = place_of(cell)
        if row < len(sheet.rows) and isinstance(sheet.cell(row, column), ErrorCell):
            sheet.rows[row][column] = PictureCell()


def _mark(sheet: Sheet, seen: Displayed) -> None:
    """Put what input cells show in the place of what their pieces add up to."""
    for (row, column), shown in seen.marked.items():
        if row < len(sheet.rows) and column < len(sheet.rows[row]):
            sheet.rows[row][column] = MarkedText(shown)
    for row, column in seen.struck:
        if row < len(sheet.rows) and (shown := show_cell(sheet.cell(row, column)).strip()):
            sheet.rows[row][column] = MarkedText(f"{shown}{label('word.struck')}")
    for (row, column), (code, certain) in seen.formats.items():
        (sheet.formats if certain else sheet.doubtful)[cell_name(row, column)] = code


def _read_fast(package: Package, wanted: Mapping[str, str], xml: Mapping[str, bytes]) -> list[Sheet] | None:
    """The sheets as calamine sees them, or None where it gives up."""
    from python_calamine import CalamineWorkbook

    bare = {name: values_only(text) for name, text in xml.items()}
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(package.vetted(bare, number_styles)))
        return [
            Sheet(name, part, _rows(workbook.get_sheet_by_name(name)), xml=xml[name], plain=True)
            for name, part in wanted.items()
        ]
    except Exception as error:  # noqa: BLE001 - calamine documents none; the thorough reader says what is wrong
        let_memory_pass(error)
        return None
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a panic inside the reader, such as a date before all time
            raise
        return None


def _rows(sheet: CalamineSheet) -> list[list[Cell]]:
    return [[None if cell == "" else cell for cell in row] for row in sheet.to_python(skip_empty_area=False)]


_known_hidden = by_text(long=False)(hidden_cells)
"""Each sheet is asked about once, and formulas take many times the text that they stand in."""


def _reveal(sheet: Sheet, xml: bytes, columns: tuple[str, ...]) -> bool:
    """Put back what the fast reader hid: formulas beside their saved results, and error values. Whether there are
    errors."""
    errors = False
    for (row, column), (formula, error) in _known_hidden(xml, columns).items():
        while row >= len(sheet.rows):
            sheet.rows.append([])
        cells = sheet.rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        saved: Cell = ErrorCell(error) if error else error if error is not None else cells[column]
        cells[column] = saved if formula is None else FormulaCell(formula, saved)
        errors = errors or isinstance(saved, ErrorCell)
    return errors


def _read_thorough(package: Package, wanted: Mapping[str, str], xml: Mapping[str, bytes]) -> list[Sheet]:
    import openpyxl

    data = package.vetted(within_reach(xml, ROW_LIMIT), _name_styles, _guard_codes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts that we do not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            for style, format_ in enumerate(book._cell_styles):  # type: ignore[attr-defined]
                if format_.numFmtId in _CHINESE_DATES:
                    book._date_formats.add(style)  # type: ignore[attr-defined]
            sheets = []
            for name, part in wanted.items():
                sheet = Sheet(name, part, [], far_cell(xml[name]), xml=xml[name])
                _merge_views(book, sheet)
                sheets.append(sheet)
            return sheets
    except Exception as error:
        let_memory_pass(error)
        raise Refused("damaged", reason=f"{type(error).__name__}: {error}") from error


_NAMELESS = re.compile(rb"<((?:[^\s<>/:]+:)?cellStyle)(?=\s|/)(?![^<>]*\sname\s*=)")


def _name_styles(styles: bytes) -> bytes:
    """The styles, each with a name: openpyxl refuses a workbook over one that has none, and no other program does."""
    count = itertools.count(1)
    return _NAMELESS.sub(lambda tag: b'<%s name="_%d"' % (tag[1], next(count)), styles)


def _merge_views(book: Any, sheet: Sheet) -> None:
    """Fill a sheet that openpyxl sees twice, as formulas and as saved values; texts and styles it reads once."""
    from openpyxl.cell.read_only import EMPTY_CELL

    views = []
    for book._data_only in (False, True):
        view = book[sheet.name]
        view.reset_dimensions()  # WPS writes a dimension that is too small
        views.append(list(view.iter_rows(max_row=ROW_LIMIT, max_col=COLUMN_LIMIT)))
    for pair in zip(*views, strict=True):
        last = max((at for at, cell in enumerate(pair[0], start=1) if cell is not EMPTY_CELL), default=0)
        sheet.rows.append([
            None if shown is EMPTY_CELL else _one_cell(shown, saved)
            for shown, saved in itertools.islice(zip(*pair, strict=True), last)
        ])  # fmt: skip
        for cell in pair[1][:last]:
            if cell.data_type == "n" and cell.value is not None and tells(cell.number_format):
                sheet.formats[cell.coordinate] = cell.number_format


def _guard_codes(strings: bytes) -> bytes:
    """The texts as openpyxl is to find them: of those that cells share it drops every ``x005F_``, and decodes none."""
    return strings.replace(b"x005F_", b"x00x005F_5F_")


_decoded = lru_cache(maxsize=64)(decoded)
"""Long texts that many cells share are looked through once."""


def _one_cell(shown: object, saved: object) -> Cell:
    value, kind = getattr(saved, "value", None), getattr(saved, "data_type", "n")
    if isinstance(value, str):
        value = _decoded(value)
    cell: Cell = ErrorCell(str(value)) if kind == "e" else value
    if getattr(shown, "data_type", "n") != "f":
        return cell
    formula = getattr(shown, "value", "")
    text = formula if isinstance(formula, str) else getattr(formula, "text", None)
    if cell is None and kind in ("s", "str"):
        cell = ""  # saved, and empty
    return FormulaCell(text if text not in (None, "", "=") else "=...", cell)
