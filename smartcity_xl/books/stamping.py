"""A workbook of XlsxWriter that is laid out once and written many times, each time with something else in it.

``fork`` gives a workbook that shares everything with the one laid out; a sheet becomes its own once something is
written to it. Every part is still written by XlsxWriter; but what it wrote of a cell, a sheet or a part that is the
same as before is taken from there. ``docs/decisions/0019-stamping.md`` says why so.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings, SharedStringTable
from xlsxwriter.workbook import Workbook

from smartcity_xl.books.looks import copy_look
from smartcity_xl.books.packing import Packed, deflate, pack
from smartcity_xl.books.property_parts import core_text, custom_text
from smartcity_xl.books.quick_cells import escaped
from smartcity_xl.books.stamped_sheet import StampedSheet, share
from smartcity_xl.books.texts import coded

_IS_ODD = re.compile(r"^\s|\s$|[\x00-\x08\x0b-\x1f]|_x").search
"""Whether a text is not simply a text: spaces at its ends, and signs that are written by their codes."""
_NEEDS_CARE = re.compile(r"^\s|\s$|[\x00-\x08\x0b-\x1f&<>]|_x").search
"""Whether it has signs that mean something too."""
_ALIKE = ("xl/theme/", "xl/styles.xml", "_rels/", "xl/_rels/", "[Content_Types].xml")
"""Parts that are the same in many workbooks."""
_deflate_once = lru_cache(maxsize=64)(deflate)
_STYLES: dict[object, Packed] = {}
"""How the cells of a workbook look -> the part that says so: all forms of a city share a few."""
_MOST_KEPT = 64
"""Parts of one kind that are kept for other workbooks."""


class _Parts(Packager):  # type: ignore[misc]
    """Leaves the parts with the workbook, and does not write again what cannot have changed."""

    def _create_package(self) -> tuple[()]:
        book = self.workbook
        self._key = (
            book.num_comment_files, book.num_vml_files, bool(book.custom_properties),
            tuple(map(tuple, book.defined_names)),
        )  # fmt: skip
        made = [(name, stream) for stream, name, _ in super()._create_package()]
        book.parts = [(name, one if type(one) in (bytes, Packed) else one.getvalue().encode()) for name, one in made]
        return ()

    def _add(self, name: str, part: bytes | Packed) -> None:
        self.filenames.append((part, name, False))

    def _write_worksheet_files(self) -> None:
        book = self.workbook
        for number, sheet in enumerate(book.worksheets(), start=1):
            name = f"xl/worksheets/sheet{number}.xml"
            if not sheet.own and name in book.known:
                self._add(name, book.known[name])
            else:
                self._add(name, sheet.part())

    def _write_content_types_file(self) -> None:
        self._write_frame("[Content_Types].xml", super()._write_content_types_file)

    def _write_root_rels_file(self) -> None:
        self._write_frame("_rels/.rels", super()._write_root_rels_file)

    def _write_workbook_rels_file(self) -> None:
        self._write_frame("xl/_rels/workbook.xml.rels", super()._write_workbook_rels_file)

    def _write_workbook_file(self) -> None:
        self._write_frame("xl/workbook.xml", super()._write_workbook_file)

    def _write_app_file(self) -> None:
        self._write_frame("docProps/app.xml", super()._write_app_file)

    def _write_frame(self, name: str, write: Callable[[], None]) -> None:
        """A part that only says which sheets, names and kinds of parts there are."""
        self._write_once(name, self.workbook.frames, (name, self._key), write)

    def _write_once(self, name: str, parts: dict[object, Packed], key: object, write: Callable[[], None]) -> None:
        """A part that says the same wherever the key is the same. Not too many are kept: what stands in them may come
        from anybody."""
        known = parts.get(key)
        if known is None:
            write()
            known = _deflate_once(self.filenames.pop()[0].getvalue().encode())
            if len(parts) >= _MOST_KEPT:
                parts.clear()
            parts[key] = known
        self._add(name, known)

    def _write_shared_strings_file(self) -> None:
        table, (many, known) = self.workbook.str_table, self.workbook.strings
        if table.count:
            strings = _Strings(table, many)
            head, rest = strings.written()
            self._add("xl/sharedStrings.xml", b"".join((head.encode(), known, rest.encode())))

    def _write_styles_file(self) -> None:
        self._write_once("xl/styles.xml", _STYLES, self.workbook.looks(), self._write_styles)

    def _write_styles(self) -> None:
        self.workbook.prepare_styles()
        super()._write_styles_file()

    def _write_theme_file(self) -> None:
        name = "xl/theme/theme1.xml"
        if name in self.workbook.known:
            self._add(name, self.workbook.known[name])
        else:
            super()._write_theme_file()

    def _write_custom_file(self) -> None:
        if self.workbook.custom_properties:
            self._add("docProps/custom.xml", custom_text(self.workbook.custom_properties).encode())

    def _write_core_file(self) -> None:
        self._add("docProps/core.xml", core_text(self.workbook.doc_properties).encode())


class _Strings(SharedStrings):  # type: ignore[misc]
    """Writes those that are new."""

    _escape_control_characters = staticmethod(coded)
    """XlsxWriter's takes the second of two that stand together for a code."""
    _xml_rich_si_element = SharedStrings._xml_si_element
    """No text of ours has pieces. XlsxWriter takes one between ``<r>`` and ``</r>`` for such, and writes it as it is:
    somebody's ``<r>a & b</r>`` made a workbook that no program opens."""

    def __init__(self, table: SharedStringTable, known: int) -> None:
        super().__init__()
        self.string_table, self._known = table, known

    def written(self) -> tuple[str, str]:
        """What is written before those that are known, and behind them."""
        stream = io.StringIO()
        self._set_xml_writer(stream)
        self._assemble_xml_file()
        text = stream.getvalue()
        return text[: self._at], text[self._at :]

    def _write_sst_strings(self) -> None:
        self._at = self.fh.tell()
        plain: list[str] = []
        for string in self.string_table.string_array[self._known :]:
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


class StampedWorkbook(Workbook):  # type: ignore[misc]
    """A workbook in memory whose parts can be had again."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        })  # fmt: skip
        self.parts: list[tuple[str, bytes | Packed]] = []
        self.known: dict[str, Packed] = {}
        """Name of a part -> how it was written when it was laid out."""
        self.last: dict[str, Packed] = {}
        """The same of the file that was written last."""
        self.strings = (0, b"")
        """How many strings there were when it was laid out, and how they were written."""
        self.frames: dict[object, Packed] = {}
        """Parts that say what there is, by their names and by what there is."""
        self.laid_looks: tuple[object, ...] = ()
        """The formats that there were then."""

    def add_format(self, properties: Mapping[str, object] | None = None) -> Format:
        look = {**self.default_format_properties, **(properties or {})}
        made = copy_look(look, self.xf_format_indices, self.dxf_format_indices)
        self.formats.append(made)
        return made

    def note_property(self, name: str, text: str) -> None:
        """Say something among the properties of the document."""
        self.custom_properties.append((name, text, "text"))

    def remember(self) -> None:
        """Keep what is written of the workbook as it is; from now on only forks of it are written to."""
        for sheet in self.worksheets():
            sheet.remember()
        first = self.fork()
        for index in range(len(self.worksheets_objs)):
            first.own(index)  # a sheet is changed by being written
        first.close()
        self.known = {name: first._packed(name, part) for name, part in first.parts}
        self.laid_looks = self._looks_from(0)
        part = self.known["xl/sharedStrings.xml"].raw
        self.strings = (first.str_table.unique_count, part[part.index(b"<si>") : part.rindex(b"</sst>")])

    def fork(self) -> StampedWorkbook:
        other = share(self)
        other.str_table = share(self.str_table)
        other.filename = io.BytesIO()
        return other

    def own(self, index: int) -> StampedSheet:
        """A sheet, to be written to."""
        sheet: StampedSheet = self.worksheets_objs[index]
        if not sheet.own:
            sheet = self.worksheets_objs[index] = self.sheetnames[sheet.name] = sheet.fork(self.str_table)
        return sheet

    def _prepare_sst_string_data(self) -> None:
        """The texts in the order in which they were numbered."""
        table = self.str_table
        table.string_array, table.string_table = list(table.string_table), {}

    def looks(self) -> tuple[object, ...]:
        """All that the styles depend on: the formats, and comments bring a font."""
        return self.has_comments, self.laid_looks, self._looks_from(len(self.laid_looks))

    def _looks_from(self, first: int) -> tuple[object, ...]:
        """XlsxWriter takes formats with the same key for one."""
        return tuple((one._get_format_key(), one.xf_index, one.dxf_index) for one in self.formats[first:])

    def _prepare_format_properties(self) -> None:
        """Nothing but the styles needs it."""

    def prepare_styles(self) -> None:
        super()._prepare_format_properties()

    def _get_packager(self) -> Packager:
        return _Parts()

    def packed(self) -> bytes:
        """The file."""
        self.close()
        return pack((name, self._packed(name, part)) for name, part in self.parts)

    def _packed(self, name: str, part: bytes | Packed) -> Packed:
        """A part; as before, where it says the same."""
        if isinstance(part, Packed):
            return part
        for before in (self.known.get(name), self.last.get(name)):
            if before is not None and before.raw == part:
                return before
        made = _deflate_once(part) if name.startswith(_ALIKE) else deflate(part)
        if self.known:
            self.last[name] = made
        return made
