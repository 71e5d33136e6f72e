"""A workbook of XlsxWriter that is laid out once and written many times, each time with something else in it.

``fork`` gives a workbook that shares everything with the one laid out; a sheet becomes its own once something is
written to it. Every part is still written by XlsxWriter; but what it wrote of a cell, a sheet or a part that is the
same as before is taken from there. ``docs/decisions/0019-stamping.md`` says why so.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings, SharedStringTable
from xlsxwriter.workbook import Workbook

from smartcity_xl.books.packing import Packed, deflate, pack
from smartcity_xl.books.plain_formulas import PlainWorksheet

T = TypeVar("T")
_COPIED = frozenset({dict, defaultdict, list, set})
_KEPT = frozenset({"known", "rows", "sections", "last", "styles", "table"})
"""Attributes that are large, and shared or copied by hand."""
_PREPARED = ("xf_formats", "dxf_formats", "font_count", "num_formats", "border_count", "fill_count")
"""What XlsxWriter finds out about all formats before it writes them."""


def _share(one: T) -> T:
    """Another object with the same content; its collections may grow without the first one's."""
    other = object.__new__(type(one))
    vars(other).update(vars(one))
    vars(other).update({
        name: value.copy() for name, value in vars(one).items() if type(value) in _COPIED and name not in _KEPT
    })  # fmt: skip
    return other


class StampedSheet(PlainWorksheet):
    """A worksheet that remembers what was written of its cells when it was laid out."""

    def __init__(self) -> None:
        super().__init__()
        self.own = True
        """Whether something was written to it since it was laid out."""
        self.known: Mapping[tuple[int, int], tuple[object, str]] = {}
        """Row and column -> a cell as it was laid out, and its text."""
        self.rows: Mapping[int, tuple[object, str | None, str]] = {}
        """Row -> what was said of it, how far it reaches, and its opening tag."""
        self.sections: Mapping[tuple[str, int], str] = {}

    def remember(self) -> None:
        """Keep the texts of all cells, and of what holds for many."""
        write_cell, write_row = super()._write_cell, super()._write_row
        self.known = {
            (row, column): (one, self._catch(write_cell, row, column, one))
            for row, cells in self.table.items()
            for column, one in cells.items()
        }
        if self.table:
            self._calculate_spans()
        self.rows = {
            row: (info, spans := self.row_spans.get(row // 16), self._catch(write_row, row, spans, info))
            for row in self.table
            if (info := self.row_info.get(row)) is not None
        }
        self.sections = {
            ("validations", len(self.validations)): self._catch(super()._write_data_validations),
            ("conditions", len(self.cond_formats)): self._catch(super()._write_conditional_formats),
        }
        self.own = False

    def _catch(self, write: Callable[..., None], *given: object) -> str:
        self.fh = io.StringIO()
        write(*given)
        return self.fh.getvalue()

    def fork(self, strings: SharedStringTable) -> StampedSheet:
        other = _share(self)
        other.table = defaultdict(dict, {row: dict(cells) for row, cells in self.table.items()})
        other.str_table, other.own = strings, True
        return other

    def replace_result(self, row: int, column: int, value: str | float | bool) -> None:
        """Give a formula that stands there another result."""
        cells = self.table[row]
        cells[column] = cells[column]._replace(value=value)

    def _write_row(self, row: int, spans: str | None, row_info: Any = None, empty_row: bool = False) -> None:
        known = self.rows.get(row)
        if known is not None and known[0] is row_info and known[1] == spans and not empty_row:
            self.fh.write(known[2])
        else:
            super()._write_row(row, spans, row_info, empty_row)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        known = self.known.get((row, col))
        if known is not None and known[0] is cell:
            self.fh.write(known[1])
        else:
            super()._write_cell(row, col, cell)

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

    def _write_shared_strings_file(self) -> None:
        strings = _Strings(self.workbook.strings)
        strings.string_table = self.workbook.str_table
        if strings.string_table.count:
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()

    def _write_styles_file(self) -> None:
        """Comments bring a font of their own."""
        book, name = self.workbook, "xl/styles.xml"
        known = book.styles.get(book.has_comments) if len(book.formats) == book.laid_out else None
        if known is None:
            super()._write_styles_file()
            if len(book.formats) == book.laid_out:
                book.styles[book.has_comments] = self.filenames[-1][0].getvalue()
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
        for string in self.string_table.string_array[many:]:
            self._write_si(string)


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
        self.styles: dict[bool, str] = {}
        """Without and with comments."""
        self.laid_out = 0
        """How many formats there were then."""

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
        other.filename = io.BytesIO()
        return other

    def own(self, index: int) -> StampedSheet:
        """A sheet, to be written to."""
        sheet: StampedSheet = self.worksheets_objs[index]
        if not sheet.own:
            sheet = self.worksheets_objs[index] = self.sheetnames[sheet.name] = sheet.fork(self.str_table)
        return sheet

    def _prepare_format_properties(self) -> None:
        if len(self.formats) != self.laid_out:  # else all are as they were
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
        made = deflate(text)
        if self.known:
            self.last[name] = made
        return made
