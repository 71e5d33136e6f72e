"""A worksheet that is laid out once and written many times: a copy holds the cells that were written to it, and nothing
else; all else is the text that was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, TypeVar

from msgspec import Struct
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.worksheet import CellFormulaTuple, RowInfo

from smartcity_xl.books.quick_cells import BAND, QuickWorksheet, escaped, formula_ending, result_parts

T = TypeVar("T")
_COPIED = frozenset({dict, defaultdict, list, set})
_LARGE = frozenset({"known", "texts", "sections", "last", "styles", "frames", "table"})
"""Attributes that are large, and shared."""
_OF_ROWS = frozenset({
    "row_info", "row_sizes", "row_spans", "str_table", "fh", "own", "laid", "changed", "results", "about",
    "collections", "merged_cells", "table_cells", "whole", *_LARGE,
})  # fmt: skip
"""Attributes of a sheet that only say what stands in its rows, or belong to no text."""
_NESTED = ("cond_formats", "hyperlinks", "comments")
"""Attributes that hold collections of which a copy may write to one."""
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


class _LaidRows:
    """The rows of a sheet as they were laid out, for all its copies. What is written of a row is one piece until a copy
    writes to it; from then on its opening tag, each of its cells, and its end."""

    def __init__(
        self,
        cells: Mapping[int, Mapping[int, Any]],
        info: Mapping[int, RowInfo],
        spans: dict[int, str],
        texts: Mapping[int, list[bytes]],
    ) -> None:
        self.cells, self.info, self.spans, self.texts = cells, info, spans, texts
        self.columns: dict[int, Mapping[int, int]] = {}
        """Which of the pieces of a row is the cell of a column; of rows that were taken apart."""
        self.formulas: dict[int, Mapping[int, tuple[bytes, bytes]]] = {}
        """What is written of a formula around the kind of its result."""
        self._line_up()

    def _line_up(self) -> None:
        self.pieces, self.first = [b""], dict[int, int]()
        """All of them in order, between two that are blank; and where those of each row begin."""
        for row, texts in self.texts.items():
            self.first[row] = len(self.pieces)
            self.pieces += texts
        self.pieces.append(b"")

    def last_before(self, row: int) -> int:
        """The last piece in front of a row that was not laid out."""
        before = max((other for other in self.first if other < row), default=None)
        return 0 if before is None else self.first[before] + len(self.texts[before]) - 1

    def take_apart(self, rows: Iterable[int], word: Callable[[int, int, Any], str]) -> None:
        """``word`` gives the text of a cell."""
        for row in rows:
            cells = dict(sorted(self.cells.get(row, {}).items()))
            self.columns[row] = {column: place for place, column in enumerate(cells, start=1)}
            if not cells:
                continue
            texts = {column: word(row, column, one) for column, one in cells.items()}
            self.formulas[row] = {
                column: _around_result(texts[column], one.formula, one.value)
                for column, one in cells.items()
                if type(one) is CellFormulaTuple
            }
            start, end, _ = self.texts[row][0].partition(b">")
            self.texts[row][:] = [start + end, *(text.encode() for text in texts.values()), b"</row>"]
        self._line_up()


def _around_result(cell: str, formula: str, value: str | float | bool) -> tuple[bytes, bytes]:
    """What is written of a formula before the kind of its result, and between it and the result."""
    before = cell.removesuffix(formula_ending(formula, value))
    return before.encode(), f"><f>{escaped(formula)}</f><v>".encode()


_NOTHING_LAID = _LaidRows({}, {}, {}, {})


class _Frame(Struct, frozen=True):
    """What is written of a sheet above and below its rows, and all that this depends on."""

    held: tuple[object, ...]
    head: bytes
    tail: bytes


class StampedSheet(QuickWorksheet):
    """A worksheet that remembers what was written of its rows when it was laid out."""

    def __init__(self) -> None:
        super().__init__()
        self.own = True
        """Whether something was written to it since it was laid out."""
        self.laid = _NOTHING_LAID
        self.sections: Mapping[str, tuple[object, str]] = {}
        """What the sheet held in some attributes, and what was written of each."""
        self.frames: list[_Frame] = []
        """What was written around the rows of the first copies."""
        self.about: tuple[str, ...] = ()
        """Attributes that this depends on."""
        self.changed: set[int] = set()
        """Rows of a fork of which more may have changed than cells that stand there: where there is one more, or a
        height. Its ``table`` are the cells that were written to it."""
        self.results: dict[int, dict[int, str | float | bool]] = {}
        """What formulas of a fork come to now, by row and column."""

    def remember(self) -> None:
        """Keep the texts of all rows, and of what holds for many."""
        self._calculate_spans()
        self.texts = {row: [self.row_text(row).encode()] for row in self.rows_to_write()}
        self.laid = _LaidRows(self.table, self.row_info, self.row_spans, self.texts)
        self.changed.clear()
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
        other.str_table, other.own, other.table = strings, True, defaultdict(dict)
        other.changed, other.results = set(), {}
        for name in _NESTED:
            held = vars(other)[name]
            held.update({key: inner.copy() for key, inner in held.items()})
        return other

    def part(self) -> bytes:
        """The whole part."""
        if not self.about:
            return self._catch(self._assemble_xml_file).encode()
        held = itemgetter(*self.about)(vars(self))
        for frame in self.frames:
            if frame.held == held:
                return self._between(frame.head, frame.tail)
        if len(self.frames) < _MOST and not self.has_comments:
            return self._part_framed()
        return self._catch(self._assemble_xml_file).encode()

    def _part_framed(self) -> bytes:
        """The same; what stands around the rows is kept, unless writing leaves something on the sheet that other parts
        are written from."""
        before = self._copied()
        part = self._catch(self._assemble_xml_file).encode()
        head, begin, rest = part.partition(b"<sheetData>")
        left = {name for name, one, now in zip(self.about, before, self._copied(), strict=True) if one != now}
        if begin and left <= _ITS_OWN:
            self.frames.append(_Frame(before, head + begin, rest[rest.rindex(b"</sheetData>") :]))
        return part

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

    def put(self, row: int, column: int, one: Any) -> None:
        if column in self.laid.cells.get(row, ()):
            self.table[row][column] = one
        else:
            super().put(row, column, one)

    def _check_dimensions(self, row: int, col: int, ignore_row: bool = False, ignore_col: bool = False) -> int:
        """Whatever XlsxWriter writes to a row, it asks first whether there is one."""
        self._touch(row)
        result: int = super()._check_dimensions(row, col, ignore_row, ignore_col)
        return result

    def _touch(self, row: int) -> None:
        self.changed.add(row)

    def _cells_of(self, row: int) -> tuple[Mapping[int, Any] | None, ...]:
        return (self.laid.cells.get(row), *super()._cells_of(row))

    def _calculate_spans(self) -> None:
        """How far rows reach; as they did, but where something was written beside what stood there."""
        if not self.texts:
            super()._calculate_spans()
            return
        table, laid = self.table, self.laid
        written = self.changed.intersection(table)
        bands = {row // BAND for row in written if not table[row].keys() <= laid.cells.get(row, {}).keys()}
        bands |= {row // BAND for row in self.comments}
        bands |= {row // BAND for row in self.whole if row in self.changed}
        rows = [row for band in sorted(bands) for row in range(band * BAND, (band + 1) * BAND)]
        self.row_spans = {**laid.spans, **self.spans_of(rows)} if rows else laid.spans

    def rows_text(self) -> str:
        return self._between(b"", b"").decode()

    def _between(self, head: bytes, tail: bytes) -> bytes:
        """All rows, with what stands around them: those that were laid out but for what changed in them, and new ones
        between them."""
        if not self.texts:
            return b"".join((head, super().rows_text().encode(), tail))
        self._calculate_spans()
        laid, spans = self.laid, self.row_spans
        bands = {band for band in spans if spans[band] != laid.spans.get(band)} if spans is not laid.spans else set()
        changed = self.table.keys() | self.results.keys() | self.changed
        if bands:
            changed |= {row for row in self.texts if row // BAND in bands}
        here = changed & self.texts.keys()
        if whole := here - laid.columns.keys():
            laid.take_apart(sorted(whole), self.cell_text)
        lines = laid.pieces.copy()
        for row in sorted(here):
            self._put_row(lines, row, row // BAND in bands)
        if len(here) < len(changed):
            for row in sorted((changed - here).intersection(self.rows_to_write())):
                lines[laid.last_before(row)] += self.row_text(row).encode()
        lines[0], lines[-1] = head + lines[0], tail
        return b"".join(lines)

    def _put_row(self, lines: list[bytes], row: int, moved: bool) -> None:
        """Have what changed in a row stand among the pieces of all; ``moved``: it reaches elsewhere."""
        laid = self.laid
        at, columns, info = laid.first[row], laid.columns[row], self.row_info.get(row)
        if not columns:  # nothing stood there
            lines[at] = self.row_text(row).encode()
            return
        if moved or info is not laid.info.get(row):
            lines[at] = self.row_start(row, self._span_of(row), info).encode()
        if row in self.results:
            formulas = laid.formulas[row]
            for column, value in self.results[row].items():
                first, rest = formulas[column]
                kind, shown = result_parts(value)
                lines[at + columns[column]] = b"".join((first, kind.encode(), rest, f"{shown}</v></c>".encode()))
        if row in self.table:
            cells = self.table[row]
            for column, one in cells.items():
                if column in columns:
                    lines[at + columns[column]] = self.cell_text(row, column, one).encode()
            for column in sorted(cells.keys() - columns.keys()):
                before = max((place for other, place in columns.items() if other < column), default=0)
                lines[at + before] += self.cell_text(row, column, cells[column]).encode()

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
