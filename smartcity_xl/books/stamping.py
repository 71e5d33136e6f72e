"""A workbook of XlsxWriter that is laid out once and written many times, each time with something else in it.

``fork`` gives a workbook that shares everything with the one laid out; a sheet becomes its own once something is
written to it. Every part is still written by XlsxWriter; but what it wrote of a cell, a sheet or a part that is the
same as before is taken from there. ``docs/decisions/0019-stamping.md`` says why so.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings, SharedStringTable
from xlsxwriter.workbook import Workbook

from smartcity_xl.books.looks import copy_look
from smartcity_xl.books.packing import Packed, deflate, pack
from smartcity_xl.books.quick_cells import BAND, QuickWorksheet, escaped

T = TypeVar("T")
_IS_ODD = re.compile(r"^\s|\s$|[\x00-\x08\x0b-\x1f]|_x|^<r>").search
"""Whether a text is not simply a text: spaces at its ends, signs without a shape, and what looks like a part."""
_NEEDS_CARE = re.compile(r"^\s|\s$|[\x00-\x08\x0b-\x1f&<>]|_x").search
"""Whether it has signs that mean something too."""
_COPIED = frozenset({dict, defaultdict, list, set})
_KEPT = frozenset({"known", "texts", "spans", "reach", "sections", "last", "styles", "frame"})
"""Attributes that are large, and shared."""
_PREPARED = ("xf_formats", "dxf_formats", "font_count", "num_formats", "border_count", "fill_count")
"""What XlsxWriter finds out about all formats before it writes them."""


def _share(one: T) -> T:
    """Another object with the same content; its collections may grow without the first one's."""
    held = vars(one)
    names = held.get("collections")
    if names is None:  # what is shared is written to no more
        names = held["collections"] = tuple(
            name for name, value in held.items() if type(value) in _COPIED and name not in _KEPT
        )
    other = object.__new__(type(one))
    own = vars(other)
    own.update(held)
    for name in names:
        own[name] = held[name].copy()
    return other


class StampedSheet(QuickWorksheet):
    """A worksheet that remembers what was written of its rows when it was laid out."""

    def __init__(self) -> None:
        super().__init__()
        self.own = True
        """Whether something was written to it since it was laid out."""
        self.spans: Mapping[int, str] = {}
        self.reach: Mapping[int, tuple[int, int] | None] = {}
        self.sections: Mapping[tuple[str, int], str] = {}
        self.touched: set[int] = set()
        """Rows of a fork that are its own: the others are those of the sheet that was laid out."""

    def remember(self) -> None:
        """Keep the texts of all rows, and of what holds for many."""
        self._calculate_spans()
        self.spans = self.row_spans
        self.reach = {row: self._reach_of(row) for row in (*self.table, *self.whole)}
        self.texts = {row: (self._span_of(row), self.row_text(row)) for row in self.rows_to_write()}
        self.sections = {
            ("validations", len(self.validations)): self._catch(super()._write_data_validations),
            ("conditions", len(self.cond_formats)): self._catch(super()._write_conditional_formats),
            ("merges", len(self.merge)): self._catch(super()._write_merge_cells),
            ("columns", len(self.col_info)): self._catch(super()._write_cols),
        }
        self.own = False

    def fork(self, strings: SharedStringTable) -> StampedSheet:
        other = _share(self)
        other.str_table, other.own, other.touched = strings, True, set()
        return other

    def replace_result(self, row: int, column: int, value: str | float | bool) -> None:
        """Give a formula that stands there another result."""
        self._touch(row)
        cells = self.table[row]
        cells[column] = cells[column]._replace(value=value)

    def _check_dimensions(self, row: int, col: int, ignore_row: bool = False, ignore_col: bool = False) -> int:
        """Whatever XlsxWriter writes to a row, it asks first whether there is one."""
        if self.texts:
            self._touch(row)
        result: int = super()._check_dimensions(row, col, ignore_row, ignore_col)
        return result

    def _touch(self, row: int) -> None:
        """A row is about to change: no fork shares it any more."""
        if row not in self.touched:
            self.touched.add(row)
            if row in self.table:
                self.table[row] = self.table[row].copy()

    def _reach_of(self, row: int) -> tuple[int, int] | None:
        """The first and the last column of a row."""
        cells, whole = self.table.get(row), self.whole.get(row)
        if whole:
            return whole[:2]
        return (min(cells), max(cells)) if cells else None

    def _calculate_spans(self) -> None:
        """How far rows reach; as they did, but where something was written."""
        if not self.texts:
            super()._calculate_spans()
            return
        changed = {row // BAND for row in self.touched if self._reach_of(row) != self.reach.get(row)}
        changed |= {row // BAND for row in self.comments}
        rows = [row for band in sorted(changed) for row in range(band * BAND, (band + 1) * BAND)]
        self.row_spans = {**self.spans, **self.spans_of(rows)}

    def row_text(self, row: int) -> str:
        """A row as it was, where nothing in it changed."""
        known = self.texts.get(row)
        if known is not None and row not in self.touched and known[0] == self._span_of(row):
            return known[1]
        return super().row_text(row)

    def _write_merge_cells(self) -> None:
        self._write_section("merges", len(self.merge), super()._write_merge_cells)

    def _write_cols(self) -> None:
        self._write_section("columns", len(self.col_info), super()._write_cols)

    def _write_data_validations(self) -> None:
        self._write_section("validations", len(self.validations), super()._write_data_validations)

    def _write_conditional_formats(self) -> None:
        self._write_section("conditions", len(self.cond_formats), super()._write_conditional_formats)

    def _write_section(self, name: str, size: int, write: Callable[[], None]) -> None:
        """Nobody changes an entry; there can only be more of them."""
        known = self.sections.get((name, size))
        if known is None:
            write()
        else:
            self.fh.write(known)


_ALIKE = ("xl/theme/", "xl/styles.xml", "_rels/", "xl/_rels/", "[Content_Types].xml")
"""Parts that are the same in many workbooks."""
_deflate_once = lru_cache(maxsize=64)(deflate)


class _Parts(Packager):  # type: ignore[misc]
    """Leaves the parts with the workbook, and does not write again what cannot have changed."""

    def _create_package(self) -> tuple[()]:
        self.workbook.parts = [(name, stream.getvalue()) for stream, name, _ in super()._create_package()]
        return ()

    def _write_worksheet_files(self) -> None:
        known = self.workbook.known
        for number, sheet in enumerate(self.workbook.worksheets(), start=1):
            name = f"xl/worksheets/sheet{number}.xml"
            if not sheet.own and name in known:
                self._take(name)
                continue
            sheet._set_xml_writer(self._filename(name))
            sheet._assemble_xml_file()

    def _write_content_types_file(self) -> None:
        self._write_frame("[Content_Types].xml", super()._write_content_types_file)

    def _write_root_rels_file(self) -> None:
        self._write_frame("_rels/.rels", super()._write_root_rels_file)

    def _write_workbook_rels_file(self) -> None:
        self._write_frame("xl/_rels/workbook.xml.rels", super()._write_workbook_rels_file)

    def _write_workbook_file(self) -> None:
        self.workbook._prepare_format_properties()
        self._write_frame("xl/workbook.xml", super()._write_workbook_file)

    def _write_app_file(self) -> None:
        self._write_frame("docProps/app.xml", super()._write_app_file)

    def _write_frame(self, name: str, write: Callable[[], None]) -> None:
        """A part that only says which sheets, names and kinds of parts there are."""
        book = self.workbook
        key = (book.num_comment_files, book.num_vml_files, bool(book.custom_properties), repr(book.defined_names))
        known = book.frame.get(name)
        if known is not None and known[0] == key:
            self.filenames.append((_Text(known[1]), name, False))
            return
        write()
        book.frame[name] = (key, self.filenames[-1][0].getvalue())

    def _write_shared_strings_file(self) -> None:
        strings = _Strings(self.workbook.strings)
        strings.string_table = self.workbook.str_table
        if strings.string_table.count:
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()

    def _write_styles_file(self) -> None:
        book, name = self.workbook, "xl/styles.xml"
        known = book.styles.get(book.looks)
        if known is None:
            super()._write_styles_file()
            if book.looks:
                book.styles[book.looks] = self.filenames[-1][0].getvalue()
        else:
            self.filenames.append((_Text(known), name, False))

    def _write_theme_file(self) -> None:
        if not self._take("xl/theme/theme1.xml"):
            super()._write_theme_file()

    def _take(self, name: str, same: bool = True) -> bool:
        """Take a part as it was, if it was."""
        found = self.workbook.known.get(name) if same else None
        if found is not None:
            self.filenames.append((_Text(found.text), name, False))
        return found is not None


class _Strings(SharedStrings):  # type: ignore[misc]
    """Writes those that are known as they were written then."""

    def __init__(self, known: tuple[int, str]) -> None:
        super().__init__()
        self._known = known

    def _write_sst_strings(self) -> None:
        many, text = self._known
        self.fh.write(text)
        plain: list[str] = []
        for string in self.string_table.string_array[many:]:
            if not _NEEDS_CARE(string):
                plain.append(string)
                continue
            self._write_plain(plain)
            plain.clear()
            if _IS_ODD(string):
                self._write_si(string)
            else:
                self._write_plain([escaped(string)])
        self._write_plain(plain)

    def _write_plain(self, strings: Sequence[str]) -> None:
        if strings:
            self.fh.write(f"<si><t>{'</t></si><si><t>'.join(strings)}</t></si>")


class _Text:
    """A text that is read as a stream is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def getvalue(self) -> str:
        return self._text


class StampedWorkbook(Workbook):  # type: ignore[misc]
    """A workbook in memory whose parts can be had again."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        })  # fmt: skip
        self.parts: list[tuple[str, str]] = []
        self.known: dict[str, Packed] = {}
        """Name of a part -> how it was written when it was laid out, or last."""
        self.last: dict[str, Packed] = {}
        """The same of the file that was written last."""
        self.strings = (0, "")
        """How many strings there were when it was laid out, and how they were written."""
        self.styles: dict[object, str] = {}
        """``looks`` -> how they were written."""
        self.looks: tuple[object, ...] = ()
        """What the styles of a fork depend on: formats that came after it was laid out; and comments bring a font."""
        self.frame: dict[str, tuple[object, str]] = {}
        """Parts that say what there is, of the file that was written last."""
        self.laid_out = 0
        """How many formats there were then."""

    def add_format(self, properties: Mapping[str, object] | None = None) -> Format:
        look = {**self.default_format_properties, **(properties or {})}
        made = copy_look(look, self.xf_format_indices, self.dxf_format_indices)
        self.formats.append(made)
        return made

    def remember(self) -> None:
        """Keep what is written of the workbook as it is; from now on only forks of it are written to."""
        for sheet in self.worksheets():
            sheet.remember()
        first = self.fork()
        for index in range(len(self.worksheets_objs)):
            first.own(index)  # a sheet is changed by being written
        first.close()
        self.known = {name: deflate(text) for name, text in first.parts}
        self.laid_out = len(self.formats)
        for name in _PREPARED:
            setattr(self, name, getattr(first, name))
        text = self.known["xl/sharedStrings.xml"].text
        self.strings = (first.str_table.unique_count, text[text.index("<si>") : text.rindex("</sst>")])

    def fork(self) -> StampedWorkbook:
        other = _share(self)
        other.str_table = _share(self.str_table)
        other.filename, other.looks = io.BytesIO(), ()
        return other

    def own(self, index: int) -> StampedSheet:
        """A sheet, to be written to."""
        sheet: StampedSheet = self.worksheets_objs[index]
        if not sheet.own:
            sheet = self.worksheets_objs[index] = self.sheetnames[sheet.name] = sheet.fork(self.str_table)
        return sheet

    def _prepare_format_properties(self) -> None:
        """All formats are as they were, but those that came since; being prepared changes them."""
        if self.laid_out and not self.looks:
            added = self.formats[self.laid_out :]
            self.looks = (self.has_comments, *(form._get_format_key() for form in added))
            if not added or self.looks in self.styles:
                return
            super()._prepare_format_properties()
        elif not self.laid_out:
            super()._prepare_format_properties()

    def _get_packager(self) -> Packager:
        return _Parts()

    def packed(self) -> bytes:
        """The file."""
        self.close()
        return pack((name, self._packed(name, text)) for name, text in self.parts)

    def _packed(self, name: str, text: str) -> Packed:
        """A part; as before, where it says the same."""
        for before in (self.known.get(name), self.last.get(name)):
            if before is not None and before.text == text:
                return before
        made = _deflate_once(text) if name.startswith(_ALIKE) else deflate(text)
        if self.known:
            self.last[name] = made
        return made
