"""A worksheet that is laid out once and written many times: of a copy, the cells that were written to are worded anew;
all else is the text that was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, TypeVar

from msgspec import Struct
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.worksheet import CellFormulaTuple, RowInfo

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.quick_cells import BAND, QuickWorksheet, escaped, formula_ending, new_cell, result_parts

T = TypeVar("T")
_COPIED = frozenset({dict, defaultdict, list, set})
_LARGE = frozenset({
    "known", "texts", "spans", "sections", "last", "styles", "frames", "laid", "laid_info", "pieces",
    "lines", "places",
})  # fmt: skip
"""Attributes that are large, and shared."""
_OF_ROWS = frozenset({
    "table", "row_info", "row_sizes", "row_spans", "str_table", "fh", "own", "touched", "results", "about",
    "collections", "merged_cells", "table_cells", "whole", *_LARGE,
})  # fmt: skip
"""Attributes of a sheet that only say what stands in its rows, or belong to no text."""
_MOST = 4
"""Ways in which copies of a sheet differ around their rows that are kept."""
_ITS_OWN = frozenset({"selections"})
"""What writing leaves on a sheet and nothing but its own text is written from."""


def share(one: T) -> T:
    """Another object with the same content; its collections may grow without the first one's."""
    held = vars(one)
    names = held.get("collections")
    if names is None:  # what is shared is written to no more
        names = held["collections"] = tuple(
            name for name, value in held.items() if type(value) in _COPIED and name not in _LARGE
        )
    other = object.__new__(type(one))
    own = vars(other)
    own.update(held)
    for name in names:
        own[name] = held[name].copy()
    return other


class _Pieces(Struct, frozen=True):
    """A row as it was written, taken apart: its opening tag, its cells in order, and its end; where the cell of a
    column stands among them; and what is written of a formula in front of the kind of its result, and behind it."""

    texts: list[str]
    places: Mapping[int, int]
    formulas: Mapping[int, tuple[str, str]]


class _Frame(Struct, frozen=True):
    """What is written of a sheet above and below its rows, and all that this depends on."""

    held: tuple[object, ...]
    head: str
    tail: str


class StampedSheet(QuickWorksheet):
    """A worksheet that remembers what was written of its rows when it was laid out."""

    def __init__(self) -> None:
        super().__init__()
        self.own = True
        """Whether something was written to it since it was laid out."""
        self.laid: Mapping[int, Mapping[int, Any]] = {}
        """The cells that were laid out, by row and column."""
        self.laid_info: Mapping[int, RowInfo] = {}
        self.pieces: dict[int, _Pieces] = {}
        """Rows that some copy wrote to, as they were laid out."""
        self.spans: dict[int, str] = {}
        self.sections: Mapping[str, tuple[object, str]] = {}
        """What the sheet held in some attributes, and what was written of each."""
        self.lines: list[str] = []
        self.places: Mapping[int, int] = {}
        """The texts of the rows in order, and where that of a row stands among them."""
        self.frames: list[_Frame] = []
        """What was written around the rows of the first copies."""
        self.about: tuple[str, ...] = ()
        """Attributes that this depends on."""
        self.touched: dict[int, set[int]] = {}
        """Rows of a fork that are its own, and the columns that were written to: the others are those of the sheet
        that was laid out."""
        self.results: dict[int, dict[int, str | float | bool]] = {}
        """What formulas of a fork come to now, by row and column."""

    def remember(self) -> None:
        """Keep the texts of all rows, and of what holds for many."""
        self._calculate_spans()
        self.spans = self.row_spans
        self.texts = {row: (self._span_of(row), self.row_text(row)) for row in self.rows_to_write()}
        self.lines = [text for _, text in self.texts.values()]
        self.places = {row: place for place, row in enumerate(self.texts)}
        self.laid, self.laid_info = self.table, self.row_info
        self.about = tuple(name for name in vars(self) if name not in _OF_ROWS)
        self.sections = {
            "validations": (self.validations.copy(), self._catch(super()._write_data_validations)),
            "cond_formats": (self.cond_formats.copy(), self._catch(super()._write_conditional_formats)),
            "merge": (self.merge.copy(), self._catch(super()._write_merge_cells)),
            "col_info": (self.col_info.copy(), self._catch(super()._write_cols)),
        }
        self.own = False

    def fork(self, strings: SharedStringTable) -> StampedSheet:
        other = share(self)
        other.str_table, other.own, other.touched, other.results = strings, True, {}, {}
        other.cond_formats = {area: rules.copy() for area, rules in self.cond_formats.items()}
        return other

    def text(self) -> str:
        """The whole part."""
        if not self.about:
            return self._catch(self._assemble_xml_file)
        held = itemgetter(*self.about)(vars(self))
        for frame in self.frames:
            if frame.held == held:
                return f"{frame.head}{self.rows_text()}{frame.tail}"
        if len(self.frames) < _MOST and not self.has_comments:
            return self._text_framed()
        return self._catch(self._assemble_xml_file)

    def _text_framed(self) -> str:
        """The same; what stands around the rows is kept, unless writing leaves something on the sheet that other parts
        are written from."""
        before = self._copied()
        text = self._catch(self._assemble_xml_file)
        head, begin, rest = text.partition("<sheetData>")
        left = {name for name, one, now in zip(self.about, before, self._copied(), strict=True) if one != now}
        if begin and left <= _ITS_OWN:
            self.frames.append(_Frame(before, head + begin, rest[rest.rindex("</sheetData>") :]))
        return text

    def _copied(self) -> tuple[object, ...]:
        held = itemgetter(*self.about)(vars(self))
        return tuple(one.copy() if type(one) in _COPIED else one for one in held)

    def replace_result(self, row: int, column: int, value: str | float | bool) -> None:
        """Give a formula that stands there another result; nothing is written to its cell any more."""
        known = self.results.get(row)
        if known is None:
            self.results[row] = {column: value}
        else:
            known[column] = value

    def _put_results(self, row: int) -> None:
        """Have the results of a row stand in its cells."""
        for column, value in self.results.pop(row, {}).items():
            self._touch(row, column)
            one = self.table[row][column]
            self.table[row][column] = new_cell(CellFormulaTuple, (one.formula, one.format, value))

    def _check_dimensions(self, row: int, col: int, ignore_row: bool = False, ignore_col: bool = False) -> int:
        """Whatever XlsxWriter writes to a row, it asks first whether there is one."""
        if self.texts:
            self._touch(row, col)
        result: int = super()._check_dimensions(row, col, ignore_row, ignore_col)
        return result

    def point(self, row: int, column: int, to: Spot | str) -> bool:
        if self.texts:
            self._touch(row, column)
        return super().point(row, column, to)

    def _touch(self, row: int, column: int) -> None:
        """A cell is about to change, or what it leads to or is noted at it: no fork shares its row any more."""
        columns = self.touched.get(row)
        if columns is not None:
            columns.add(column)
            return
        self.touched[row] = {column}
        for held in (self.table, self.hyperlinks, self.comments):
            if row in held:
                held[row] = held[row].copy()

    def _calculate_spans(self) -> None:
        """How far rows reach; as they did, but where something was written beside what stood there."""
        if not self.texts:
            super()._calculate_spans()
            return
        table, laid = self.table, self.laid
        changed = {row // BAND for row in self.touched if row in table and len(table[row]) != len(laid.get(row, ()))}
        changed |= {row // BAND for row in self.comments}
        self.row_spans = self.spans
        if changed:
            rows = [row for band in sorted(changed) for row in range(band * BAND, (band + 1) * BAND)]
            self.row_spans = {**self.spans, **self.spans_of(rows)}

    def rows_text(self) -> str:
        """All rows; those that are as they were, in one piece."""
        known = self.places
        if not known or not (self.touched.keys() <= known.keys() and self.comments.keys() <= known.keys()):
            return super().rows_text()
        self._calculate_spans()
        changed = self.touched.keys() | self.results.keys()
        if self.row_spans is not self.spans:
            bands = [band for band, span in self.row_spans.items() if span != self.spans.get(band)]
            changed |= {row for band in bands for row in range(band * BAND, (band + 1) * BAND)} & known.keys()
        lines = self.lines.copy()
        for row in sorted(changed):
            lines[known[row]] = self.row_text(row)
        return "".join(lines)

    def row_text(self, row: int) -> str:
        """A row as it was, but for what changed in it."""
        known = self.texts.get(row)
        if known is None:
            return super().row_text(row)
        span = self._span_of(row)
        touched, results = self.touched.get(row), self.results.get(row)
        if not touched and not results and known[0] == span:
            return known[1]
        laid, cells = self.laid.get(row), self.table.get(row)
        if not laid or not cells or len(cells) != len(laid):  # none is ever taken away
            self._put_results(row)
            return super().row_text(row)
        pieces = self.pieces.get(row) or self._take_apart(row, laid)
        written, places, formulas = pieces.texts.copy(), pieces.places, pieces.formulas
        info = self.row_info.get(row)
        if span != known[0] or info is not self.laid_info.get(row):
            written[0] = self.row_start(row, span, info)
        if results and not (results.keys() <= formulas.keys() and results.keys().isdisjoint(touched or ())):
            self._put_results(row)
            touched, results = self.touched.get(row), None
        for column in sorted(touched or ()):
            if column in places and (one := cells[column]) is not laid[column]:
                written[places[column]] = self.cell_text(row, column, one)
        for column, value in results.items() if results else ():
            first, rest = formulas[column]
            kind, shown = result_parts(value)
            written[places[column]] = f"{first}{kind}{rest}{shown}</v></c>"
        return "".join(written)

    def _take_apart(self, row: int, laid: Mapping[int, Any]) -> _Pieces:
        """For all copies: what a row was when it was laid out."""
        known, formulas, places = self.texts[row][1], dict[int, tuple[str, str]](), dict[int, int]()
        texts = [known[: known.index(">") + 1]]
        for column in sorted(laid):
            places[column], one = len(texts), laid[column]
            texts.append(self.cell_text(row, column, one))
            if type(one) is CellFormulaTuple and texts[-1].endswith(ending := formula_ending(one.formula, one.value)):
                first = texts[-1].removesuffix(ending)
                formulas[column] = first, f"><f>{escaped(one.formula)}</f><v>"
        texts.append("</row>")
        pieces = self.pieces[row] = _Pieces(texts, places, formulas)
        return pieces

    def _write_merge_cells(self) -> None:
        self._write_section("merge", super()._write_merge_cells)

    def _write_cols(self) -> None:
        self._write_section("col_info", super()._write_cols)

    def _write_data_validations(self) -> None:
        self._write_section("validations", super()._write_data_validations)

    def _write_conditional_formats(self) -> None:
        self._write_section("cond_formats", super()._write_conditional_formats)

    def _write_section(self, name: str, write: Callable[[], None]) -> None:
        known = self.sections.get(name)
        if known is None or known[0] != vars(self)[name]:
            write()
        else:
            self.fh.write(known[1])
