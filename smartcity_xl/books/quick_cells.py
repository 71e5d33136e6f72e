"""Cells and rows of a worksheet, put in place and written as XlsxWriter does, without what it asks about each.

It allows for addresses as text, formats of rows and columns, and files that grow while they are written; for none of
which we have a use. Whatever else a sheet holds is left to it. The bytes are the same, but for words that look like a
sign by its code (_x000D_): in results and hints it leaves them as they are, and programs take them for that sign.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

from msgspec import Struct
from xlsxwriter.format import Format
from xlsxwriter.worksheet import (
    CellBlankTuple,
    CellFormulaTuple,
    CellNumberTuple,
    CellStringTuple,
    ColumnInfo,
    RowInfo,
)

from smartcity_xl.books.limits import TEXT
from smartcity_xl.books.plain_formulas import COLUMN_NAMES, PlainWorksheet, in_attribute, is_plain
from smartcity_xl.books.texts import clean_text, coded

_LONG = 16_000
"""Signs of a text that XlsxWriter may find too long, as it counts them."""
BAND = 16
"""Rows that say together how far they reach."""
_SPECIAL = re.compile("[&<>]")
_KINDS = frozenset({CellStringTuple, CellFormulaTuple, CellBlankTuple, CellNumberTuple})
"""Cells that are written here; the library writes the others."""
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
new_cell: Any = tuple.__new__
"""A named tuple, without its names being asked for."""


@lru_cache(maxsize=4096)
def _row_info(height: int, level: int) -> RowInfo:
    """Nobody changes one: many rows share it."""
    return RowInfo(height=height, level=level)


@lru_cache(maxsize=4096)
def _row_look(height: int, usual: bool, hidden: bool, level: int) -> str:
    """What is said of a row beside how far it reaches; ``usual``: it is as high as any."""
    high, own = ("", "") if usual else (f' ht="{height * 0.75:.16g}"', ' customHeight="1"')
    return f"""{high}{' hidden="1"' if hidden else ""}{own}{f' outlineLevel="{level}"' if level else ""}"""


def escaped(text: str) -> str:
    """Text between two tags."""
    if _SPECIAL.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def formula_ending(formula: str, value: str | float | bool) -> str:
    """What is written of a formula and its result behind the address and the format of its cell."""
    return worded_ending(f"><f>{escaped(formula)}</f><v>", value)


def worded_ending(worded: str, value: str | float | bool) -> str:
    """As ``formula_ending``, where the formula is worded already, up to its result."""
    kind, shown = result_parts(value)
    return f"{kind}{worded}{shown}</v></c>"


def result_parts(value: str | float | bool) -> tuple[str, str | float]:
    """The kind of a result, as an attribute, and how it is written."""
    if isinstance(value, bool):
        return ' t="b"', int(value)
    if isinstance(value, str) and value:
        return (' t="e"', value) if value in _ERRORS else (' t="str"', escaped(coded(clean_text(value))))
    return "", value


_TYPES = {"any": "", "list": ' type="list"', "custom": ' type="custom"'}
_SAID = {"error_title": "errorTitle", "error_message": "error", "input_title": "promptTitle", "input_message": "prompt"}
"""What is said of a cell's rule -> how it is called; XlsxWriter leaves codes in it to who gives it."""
_RULED = frozenset({"validate", "source", "value", "ignore_blank", "error_type", *_SAID})
_CODED = re.compile(r"[\x00-\x1f]|_x")
"""What XlsxWriter writes by its code in a formula."""
_TITLE, _MESSAGE = 32, 255
"""Signs that Excel takes of a title and of a message, as of all entries of a list together."""


def _fits(options: Mapping[str, Any]) -> bool:
    """Whether a rule is one of those that are worded here, and short enough."""
    if not _RULED.issuperset(options) or options["validate"] not in _TYPES:
        return False
    usual = options.get("ignore_blank") in (None, True) and options.get("error_type") in (None, "stop")
    listed = options.get("source") if options["validate"] == "list" else []
    if options["validate"] == "any":  # it must say something
        usual = usual and not options.keys().isdisjoint(("input_title", "input_message"))
    if not usual or not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return False
    said = [(options.get(name, ""), _TITLE if name.endswith("title") else _MESSAGE) for name in _SAID]
    said.append((",".join(listed), _MESSAGE))
    plain = _CODED.search(f"{options.get('value', '')}{said[-1][0]}") is None
    return plain and all(len(one) <= most // 2 or len(one.encode("utf-16-le")) <= 2 * most for one, most in said)


def _word_rule(cell: str, options: Mapping[str, Any], prepare: Callable[[str, bool], str]) -> str:
    kind = options["validate"]
    said = "".join(f' {name}="{in_attribute(coded(options[key]))}"' for key, name in _SAID.items() if key in options)
    start = (
        f'<dataValidation{_TYPES[kind]} allowBlank="1" showInputMessage="1" showErrorMessage="1"{said} sqref="{cell}"'
    )
    if kind == "any":
        return f"{start}/>"
    formula = f'"{",".join(options["source"])}"' if kind == "list" else prepare(options["value"], True)
    return f"{start}><formula1>{escaped(formula)}</formula1></dataValidation>"


@lru_cache(maxsize=1024)
def _around_cell(options: tuple[tuple[str, object], ...]) -> tuple[str, str] | None:
    """What is written of a hint before and behind its cell: the same ones stand at very many."""
    if not _fits(dict(options)):
        return None
    before, _, after = _word_rule("\0", dict(options), lambda formula, _: formula).rpartition("\0")
    return before, after


class _Columns(Struct, frozen=True):
    """How wide the columns of a sheet are, and what is written of that."""

    info: Mapping[int, ColumnInfo] = {}
    text: str = ""


@lru_cache(maxsize=256)
def _columns(widths: tuple[float, ...]) -> _Columns:
    """Nobody changes one: many sheets share them."""
    sheet = QuickWorksheet()
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, None, {"hidden": width == 0})
    return _Columns(sheet.col_info.copy(), sheet._catch(sheet._write_cols))


class ReadyRule(Struct, frozen=True):
    """What may be typed into a cell, as it is written."""

    text: str


class QuickWorksheet(PlainWorksheet):
    """Writes the same bytes as its base."""

    texts: Mapping[int, list[bytes]] = {}
    """Row -> its text in pieces, as it was laid out; none, where the sheet is no fork."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = _Columns()
        """As they were set first."""
        self.whole: dict[int, tuple[int, int, str]] = {}
        """Row -> its first column, its last, and the text of all its cells, where it was written whole."""

    def _touch(self, row: int) -> None:
        """Something about a row is about to change."""

    def put(self, row: int, column: int, one: Any) -> None:
        """Have one of XlsxWriter's cells stand at a place."""
        if self.texts:
            self._touch(row)
        cells = self.table[row]
        if not cells or column > self.dim_colmax or column < self.dim_colmin:  # a row with cells was asked for before
            if row in self.whole or self._check_dimensions(row, column):
                raise AssertionError(f"no such cell, or its row is whole: {row}, {column}")
            cells = self.table[row]
        cells[column] = one

    def put_text(self, row: int, column: int, text: str, form: Format) -> None:
        if len(text) > _LONG:
            if self.write_string(row, column, text, form):
                raise AssertionError(f"a text of {len(text)} signs")
            return
        strings = self.str_table
        at = strings.string_table.get(text)
        if at is None:
            at = self.number_text(text)
        strings.count += 1
        self.put(row, column, new_cell(CellStringTuple, (at, form)))

    def number_text(self, text: str) -> int:
        """The number of a text that no cell has yet, as far as Excel can hold it."""
        if len(text) > _LONG and len(text.encode("utf-16-le")) > 2 * TEXT:
            raise AssertionError(f"a text of {len(text)} signs")
        strings, at = self.str_table, int(self.str_table.unique_count)
        strings.string_table[text] = at
        strings.unique_count += 1
        return at

    def put_whole(self, row: int, cells: Mapping[int, str]) -> None:
        """All cells of a row as they are written; nothing is put there before or later."""
        columns = sorted(cells)
        self.put_joined(row, columns[0], columns[-1], "".join([cells[at] for at in columns]))

    def put_joined(self, row: int, first: int, last: int, text: str) -> None:
        """As ``put_whole``, where the cells are one text already."""
        if row in self.whole or row in self.texts or self.table.get(row):
            raise AssertionError(f"row {row} holds something already")
        if (
            self.whole
            and not self.texts
            and self.dim_colmin <= first
            and last <= self.dim_colmax
            and self.dim_rowmax == row - 1
        ):
            self.dim_rowmax: int = row  # the next row of a list
        elif self._check_dimensions(row, first) or self._check_dimensions(row, last):
            raise AssertionError(f"no such cells: {row}, {first} to {last}")
        self.whole[row] = first, last, text

    def put_blank(self, row: int, column: int, form: Format) -> None:
        self.put(row, column, new_cell(CellBlankTuple, (form,)))

    def put_number(self, row: int, column: int, number: float, form: Format) -> None:
        if not isfinite(number):
            raise AssertionError(f"no cell holds {number}")
        self.put(row, column, CellNumberTuple(number, form))

    def put_formula(self, row: int, column: int, formula: str, form: Format, value: str | float | bool) -> None:
        """``formula`` has no sign before it; whether it calls what needs a prefix is looked for."""
        if is_plain(formula):
            self.put_plain(row, column, formula, form, value)
        elif self.write_formula(row, column, f"={formula}", form, value):
            raise AssertionError(f"no formula: {formula}")

    def put_plain(self, row: int, column: int, formula: str, form: Format, value: str | float | bool) -> None:
        """A formula that is known to call only old functions."""
        self.put(row, column, new_cell(CellFormulaTuple, (formula.removesuffix("}"), form, value)))

    def put_widths(self, widths: tuple[float, ...]) -> None:
        """How wide the columns are, from the first; those of no width are hidden."""
        self.columns = _columns(widths)
        self.col_info: dict[int, ColumnInfo] = dict(self.columns.info)
        self.col_size_changed = True

    def _write_cols(self) -> None:
        if self.col_info == self.columns.info:
            self.fh.write(self.columns.text)
        else:
            super()._write_cols()

    def _write_merge_cells(self) -> None:
        if self.merge:
            areas = [
                f'<mergeCell ref="{COLUMN_NAMES[left]}{top + 1}:{COLUMN_NAMES[right]}{bottom + 1}"/>'
                for top, left, bottom, right in self.merge
            ]
            self.fh.write(f'<mergeCells count="{len(areas)}">{"".join(areas)}</mergeCells>')

    def put_height(self, row: int, points: float | None, level: int = 0) -> None:
        """How high a row is, and below which other it is folded away."""
        height = self.default_row_height if points is None else int(points * 4.0 / 3.0 + 0.5)
        one = self.row_info.get(row)
        same = one is not None and one.height == height and one.level == level
        if one and same and not (one.hidden or one.collapsed or one.row_format):
            return
        if self.texts:
            self._touch(row)
        if row not in self.whole:  # else it was asked for
            self._check_dimensions(row, self.dim_colmin or 0)
        if level > self.outline_row_level:
            self.outline_row_level: int = level
        self.row_info[row] = _row_info(height, level)
        self.row_sizes[row] = [height, False]

    def put_merged(self, row: int, first: int, last: int, form: Format) -> None:
        """Blank cells of a row that are drawn together."""
        at, joined = f"{COLUMN_NAMES[first]}{row + 1}:{COLUMN_NAMES[last]}{row + 1}", self.merged_cells
        blank = new_cell(CellBlankTuple, (form,))
        for column in (first, last):
            self.put(row, column, blank)
        cells = self.table[row]
        if self.texts:
            self._touch(row)
        for column in range(first, last + 1):
            if first == last or (row, column) in joined or (row, column) in self.table_cells:
                raise AssertionError(f"{at} cannot be drawn together")
            joined[row, column], cells[column] = at, blank
        self.merge.append([row, first, row, last])

    def join_whole(self, row: int, first: int, last: int) -> None:
        """Draw cells of a row together that was written whole."""
        joined = [(row, column) for column in range(first, last + 1)]
        if row not in self.whole or first == last or not self.merged_cells.keys().isdisjoint(joined):
            raise AssertionError(f"columns {first} to {last} of row {row} cannot be drawn together")
        self.merged_cells.update(dict.fromkeys(joined, f"{COLUMN_NAMES[first]}{row + 1}:{COLUMN_NAMES[last]}{row + 1}"))
        self.merge.append([row, first, row, last])

    def put_rule(self, rule: ReadyRule) -> None:
        """A rule of a cell, which was worded before."""
        self.validations.append(rule)

    def word_rule(self, row: int, column: int, options: Mapping[str, Any]) -> ReadyRule:
        """How the rule of a cell is written, on whatever sheet."""
        if options["validate"] == "any" and (around := _around_cell(tuple(options.items()))):
            return ReadyRule(f"{around[0]}{COLUMN_NAMES[column]}{row + 1}{around[1]}")
        if _fits(options):
            return ReadyRule(_word_rule(f"{COLUMN_NAMES[column]}{row + 1}", options, self._prepare_formula))
        if self.data_validation(row, column, row, column, {**options}):
            raise AssertionError(f"no rule of a cell: {options}")
        return ReadyRule(self._catch(self._write_data_validation, self.validations.pop()))

    def _write_data_validation(self, options: dict[str, Any] | ReadyRule) -> None:
        if isinstance(options, ReadyRule):
            self.fh.write(options.text)
        else:
            said = {key: coded(options[key]) for key in _SAID if options.get(key)}
            super()._write_data_validation(options | said)

    def _get_range_data(self, first: int, left: int, last: int, right: int) -> Any:
        """What a chart shows that stands beside it."""
        if self.whole and not self.whole.keys().isdisjoint(range(first, last + 1)):
            raise AssertionError(f"a chart of rows that are whole: {first} to {last}")
        return super()._get_range_data(first, left, last, right)

    def _catch(self, write: Callable[..., None], *given: object) -> str:
        """What one of XlsxWriter's functions writes."""
        before, caught = self.fh, io.StringIO()
        self.fh: Any = caught
        write(*given)
        self.fh = before
        return caught.getvalue()

    def cell_text(self, row: int, column: int, one: Any) -> str:
        """The text of a cell."""
        form, kind = one.format, type(one)
        if form is None or kind not in _KINDS:
            return self._catch(self._write_cell, row, column, one)
        style = form._get_xf_index() if form.xf_index is None else form.xf_index
        start = f'<c r="{COLUMN_NAMES[column]}{row + 1}" s="{style}"'
        if kind is CellStringTuple:
            return f'{start} t="s"><v>{one.string}</v></c>'
        if kind is CellFormulaTuple:
            return start + formula_ending(one.formula, one.value)
        if kind is CellBlankTuple:
            return f"{start}/>"
        return f"{start}><v>{one.number:.16G}</v></c>"

    def row_start(self, row: int, spans: str | None, info: RowInfo | None) -> str:
        """The opening tag of a row."""
        if info is None:
            return f'<row r="{row + 1}" spans="{spans}">' if spans else f'<row r="{row + 1}">'
        usual = self.default_row_height
        if info.row_format or info.collapsed or usual != self.original_row_height:
            return self._catch(self._write_row, row, spans, info)
        reach = f' spans="{spans}"' if spans else ""
        return f'<row r="{row + 1}"{reach}{_row_look(info.height, info.height == usual, info.hidden, info.level)}>'

    def rows_to_write(self) -> Iterable[int]:
        """Those with cells, a height or notes."""
        filled = {row for row, cells in self.table.items() if cells}
        return sorted(filled | self.whole.keys() | self.row_info.keys() | self.comments.keys())

    def row_text(self, row: int) -> str:
        start, whole = self.row_start(row, self._span_of(row), self.row_info.get(row)), self.whole.get(row)
        cells = self.table.get(row)
        if whole:
            if cells:
                raise AssertionError(f"row {row} is whole, and cells were written to it")
            return f"{start}{whole[2]}</row>"
        if not cells:
            return f"{start[:-1]}/>"
        return f"{start}{''.join([self.cell_text(row, column, cells[column]) for column in sorted(cells)])}</row>"

    def rows_text(self) -> str:
        self._calculate_spans()
        return "".join(map(self.row_text, self.rows_to_write()))

    def _write_rows(self) -> None:
        self.fh.write(self.rows_text())

    def _span_of(self, row: int) -> str | None:
        spans: str | None = self.row_spans.get(row // BAND)
        return spans

    def _cells_of(self, row: int) -> tuple[Mapping[int, Any] | None, ...]:
        """What stands in a row or is noted at it, by columns."""
        return self.table.get(row), self.comments.get(row)

    def _calculate_spans(self) -> None:
        self.row_spans = self.spans_of({*self.table, *self.whole, *self.comments})

    def spans_of(self, rows: Iterable[int]) -> dict[int, str]:
        """Band -> how far its rows reach, notes included."""
        ends = defaultdict[int, set[int]](set)
        for row in rows:
            if whole := self.whole.get(row):
                ends[row // BAND].update(whole[:2])
            for cells in self._cells_of(row):
                if cells:
                    ends[row // BAND].update((min(cells), max(cells)))
        return {band: f"{min(found) + 1}:{max(found) + 1}" for band, found in ends.items()}
