"""The bytes of a file -> what it is, and the parts of a workbook package, read within limits.

Looks before any reader does: what is no workbook, is locked, or is built to harm a reader never reaches one.
"""

from __future__ import annotations

import codecs
import lzma
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import IO
from xml.etree import ElementTree

from smartcity_xl.books import limits
from smartcity_xl.books.compound import OLE, say_compound
from smartcity_xl.books.known import by_text
from smartcity_xl.books.locked import open_default, say_sealed
from smartcity_xl.books.packing import pack, store
from smartcity_xl.books.parts import (
    as_utf8,
    crowded,
    long_runs,
    refuse_sheets,
    refuse_styles,
    refuse_texts,
    refuse_tree,
)
from smartcity_xl.books.refused import Refused as Refused  # known here too: this is the door that says no
from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.books.unpacking import unpack_plainly, zip_of
from smartcity_xl.messages import label

# Excel holds 32,767 characters in a cell; below this no text, however often it is used, can fill the memory.
TEXT_LIMIT = 20_000
MAIN = "xl/workbook.xml"
_STRICT, _STRICT_OFFICE = b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://purl.oclc.org/ooxml/officeDocument"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_SIGNATURES = (
    (b"%pdf", "PDF"), (b"{\\rtf", "RTF"), (b"\xff\xd8\xff", "JPEG"), (b"\x89png", "PNG"),
    (b"<html", "HTML"), (b"<!doctype", "HTML"), (b"<?xml", "XML"),
)  # fmt: skip
_ARCHIVES = ((b"Rar!", "RAR"), (b"7z\xbc\xaf\x27\x1c", "7z"))


class Package:
    """An .xlsx package, or one of another kind that holds the part ``main``. Raises Refused for anything else, saying
    what it is. No part may be larger than ``limit``.

    Parts are found as the standard has it: by the package's own relations, whatever they are called, and by names that
    differ in upper and lower case or have backslashes.
    """

    def __init__(self, data: bytes, main: str = MAIN, limit: int = limits.PART) -> None:
        self.data, self.limit = open_default(data), limit
        self.came_as = ""
        """The format that it was before it became a package, if another."""
        self.came_with_macros = False
        """Whether that one had macros."""
        _refuse_other_kinds(self.data)
        try:
            self._zip = zip_of(self.data)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused("damaged", reason=str(error)) from error
        listed = [name for name in self._zip.namelist() if not name.endswith(("/", "\\"))]
        self._parts = {_folded(name): name for name in listed}
        self.names = [name.replace("\\", "/") for name in listed]
        if len(self._parts) < len(listed):
            raise Refused("package-doubled")
        if len(listed) > limits.PARTS:
            raise Refused("package-crowded", found=str(len(listed)), limit=str(limits.PARTS))
        self._known: dict[str, tuple[tuple[str, str, str], ...]] = {}
        self.main = self._find_main(main)

    def _find_main(self, usual: str) -> str:
        """The part that the package names as its main one, if it is of the wanted kind, else the usual one."""
        root = re.compile(rb"<(?:[^\s<>/:]+:)?" + (b"workbook" if usual == MAIN else b"document") + rb"[\s>]")
        try:
            named = self.related_as("", "officeDocument")
        except Refused as reason:
            if reason.code != "damaged":
                raise
            named = []  # every program opens such a file by the usual name
        for target in named:
            if target.casefold() != usual.casefold() and root.search(self.part(target)[:4_000]):
                return target
        if not self.has(usual):
            raise _refuse_zip(self.names)
        return usual

    def part(self, name: str) -> bytes:
        """A part as UTF-8, without a declaration that could harm. Raises Refused."""
        return as_utf8(name, self.raw(name))

    def raw(self, name: str) -> bytes:
        """A part's bytes. Raises Refused."""
        try:
            return inflate(self._zip, self._parts[_folded(name)], self.limit)
        except KeyError as error:
            raise Refused("damaged", reason=f"{name} is missing") from error

    def parts_of(self, names: Mapping[str, str]) -> dict[str, bytes]:
        """Several parts, within the limit for all of them together. Raises Refused."""
        found, total = {}, 0
        for name, part in names.items():
            try:
                found[name] = self.part(part)
            except Refused as refused:
                if refused.code != "part-too-large":
                    raise
                raise Refused(refused.code, part=say_part(part, name), limit=refused.parameters["limit"]) from refused
            total += len(found[name])
            if total > limits.ALL_PARTS:
                raise Refused("part-too-large", part=say_part(part, name), limit=f"{limits.ALL_PARTS // 2**20} MiB")
        return found

    def has(self, name: str) -> bool:
        return _folded(name) in self._parts

    def tree(self, name: str) -> ElementTree.Element:
        """A part as a tree, within the limits. Raises Refused."""
        return _as_tree(self.part(name), name)

    def related(self, name: str) -> Mapping[str, str]:
        """Relation id -> part, for the parts that a part refers to."""
        return {identity: path for identity, _, path in self._all_relations(name)}

    def related_as(self, name: str, kind: str) -> list[str]:
        """The parts of a kind (``styles``, ``comments``) that a part refers to and that are there."""
        end = "/" + kind
        return [path for _, relation, path in self._all_relations(name) if relation.endswith(end) and self.has(path)]

    def _all_relations(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """Id, kind and part of what a part (the package itself: "") refers to."""
        if name not in self._known:
            self._known[name] = self._read_relations(name)
        return self._known[name]

    def _read_relations(self, name: str) -> tuple[tuple[str, str, str], ...]:
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        if not self.has(rels):
            return ()
        return _list_relations(self.part(rels), rels, folder)

    @cached_property
    def _listed(self) -> tuple[tuple[str, str, str], ...]:
        """Name, relation and state of every sheet, in the order of the tabs."""
        return _list_sheets(self.part(self.main), self.main)

    @cached_property
    def sheets(self) -> Mapping[str, str]:
        """Sheet name -> its part, in the order of the tabs; sheets of cells only."""
        parts = self.related(self.main)
        found: dict[str, str] = {}
        for name, relation, _ in self._listed:
            part = parts.get(relation, "")
            if name in found:
                raise Refused("sheet-twice", first=name, second=name)
            if self.has(part) and "chartsheets/" not in part:
                found[name] = part
        if len(found) > limits.SHEETS:
            raise crowded("sheets", len(found), limits.SHEETS)
        return found

    @property
    def has_macros(self) -> bool:
        """Whether somebody's program travels inside, in Visual Basic or on a sheet of Excel 4."""
        return self.came_with_macros or any(map(_MACROS.search, self.names))

    @cached_property
    def counts_from_1904(self) -> bool:
        """Whether dates are counted from 1904 on, as old Macs did."""
        return re.search(rb"\bdate1904\s*=\s*[\"'](?:1|true)[\"']", self.main_text) is not None

    @cached_property
    def main_text(self) -> bytes:
        """The main part. Raises Refused."""
        return self.part(self.main)

    @property
    def hidden_sheets(self) -> frozenset[str]:
        """The names of the sheets that a person at the workbook does not see."""
        return frozenset(name for name, _, state in self._listed if state in ("hidden", "veryHidden"))

    def pictures(self, sheet_part: str) -> set[tuple[int, int]]:
        """Where pictures are anchored on a sheet: rows and columns from 0."""
        places = set()
        for drawing in self.related_as(sheet_part, "drawing"):
            for anchor in self.tree(drawing).iter():
                if anchor.tag.endswith("}from"):
                    at = {child.tag.rpartition("}")[2]: child.text or "" for child in anchor}
                    row, column = at.get("row", ""), at.get("col", "")
                    if row.isdecimal() and column.isdecimal() and len(row) < 8 and len(column) < 8:
                        places.add((int(row), int(column)))
        return places

    @cached_property
    def strings(self) -> bytes | None:
        """The table of texts, or None where the package has none."""
        named = self._shared("sharedStrings")
        return _transitional(self.part(named)) if named else None

    @cached_property
    def styles(self) -> bytes:
        """The styles, empty where the package has none."""
        named = self._shared("styles")
        text = _transitional(self.part(named)) if named else b""
        refuse_styles(text)
        return text

    def _shared(self, kind: str) -> str:
        """The part that the workbook names as its styles or texts, else the one of the usual name, if any."""
        usual = f"xl/{kind}.xml"
        return next(iter(self.related_as(self.main, kind)), usual if self.has(usual) else "")

    def sheet_parts(self, names: Mapping[str, str]) -> dict[str, bytes]:
        """The text of several sheets, within the limits, in the usual namespace. Raises Refused."""
        sheets = {name: _transitional(text) for name, text in self.parts_of(names).items()}
        refuse_sheets(sheets)
        refuse_texts(self.strings or b"", sheets)
        return sheets

    def plain_strings(self, sheets: Iterable[bytes]) -> bool:
        """Whether the table of texts is one that the fast reader can be given: announced as large as it is, and not
        so long that a copy of its longest text for every cell that names one would fill the memory."""
        return self.has_plain_strings(lambda: sum(sheet.count(b't="s"') for sheet in sheets))

    def has_plain_strings(self, uses: Callable[[], int]) -> bool:
        """The same, where something else says how many cells name one."""
        text = self.strings
        if text is None:
            return True
        head = _SST.match(text)
        if head is None or any(int(number[-18:]) > len(text) for number in re.findall(rb'ount="0*(\d+)', head[1])):
            return False
        longest = len(text) if len(text) < TEXT_LIMIT else _longest_item(text)
        return longest < TEXT_LIMIT or longest * (1 + uses()) < limits.ALL_PARTS

    def vetted(
        self,
        sheets: Mapping[str, bytes],
        restyle: Callable[[bytes], bytes] = bytes,
        retext: Callable[[bytes], bytes] = bytes,
    ) -> bytes:
        """A package of our own making that holds just these sheets, with the styles and texts they refer to, as
        ``restyle`` and ``retext`` give them.

        The fast reader follows relations in its own way; here there is nothing else to find.
        """
        return pack((name, store(data)) for name, data in self._vetted_parts(sheets.items(), restyle, retext))

    def write_vetted(
        self, stream: IO[bytes], sheets: Iterable[tuple[str, bytes]], restyle: Callable[[bytes], bytes] = bytes
    ) -> None:
        """The same into a stream, each sheet as it comes: none need be in memory beside another."""
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
            for name, data in self._vetted_parts(sheets, restyle):
                package.writestr(name, data)

    def _vetted_parts(
        self,
        sheets: Iterable[tuple[str, bytes]],
        restyle: Callable[[bytes], bytes],
        retext: Callable[[bytes], bytes] = bytes,
    ) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every part of that package, the sheets first."""
        epoch = ' date1904="1"' if self.counts_from_1904 else ""
        listed, relations, parts = "", "", {}
        for number, (name, data) in enumerate(sheets, start=1):
            listed += f'<sheet name="{_escape(name)}" sheetId="{number}" r:id="s{number}"/>'
            relations += _relation(f"s{number}", "worksheet", f"worksheets/sheet{number}.xml")
            yield f"xl/worksheets/sheet{number}.xml", data
        for name, shared in (("sharedStrings", retext(self.strings or b"")), ("styles", restyle(self.styles))):
            if shared:
                relations += _relation(name, name, f"{name}.xml")
                parts[f"xl/{name}.xml"] = shared
        book = (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><workbookPr{epoch}/><sheets>{listed}</sheets></workbook>'
        )
        parts["xl/workbook.xml"] = book.encode()
        parts["xl/_rels/workbook.xml.rels"] = _relations(relations)
        parts["_rels/.rels"] = _relations(_relation("book", "officeDocument", "xl/workbook.xml"))
        types = "".join(
            f'<Override PartName="/xl/{name}.xml" ContentType="{_SPREADSHEET}.{kind}+xml"/>'
            for name, kind in (("workbook", "sheet.main"), ("sharedStrings", "sharedStrings"))
            if f"xl/{name}.xml" in parts
        )
        parts["[Content_Types].xml"] = f'<Types xmlns="{_PACKAGE}/content-types">{types}</Types>'.encode()
        yield from parts.items()

    def stream(self, name: str) -> Iterator[bytes]:
        """A part as UTF-8, in blocks, none of which is longer than ``BLOCK`` unless the part comes in another encoding.
        What is declared is looked at in the first alone: the others are for the reader to vet. Raises Refused."""
        total, first = 0, True
        with told_damage(), self._zip.open(self._parts[_folded(name)]) as stream:
            while block := stream.read(BLOCK):
                if first and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<")):
                    yield _transitional(self.part(name))
                    return
                total += len(block)
                if total > self.limit:
                    raise Refused("part-too-large", part=say_part(name), limit=f"{self.limit // 2**20} MiB")
                yield _transitional(as_utf8(name, block)) if first else block
                first = False


BLOCK = 4 * 2**20
"""Bytes of a part that are inflated at a time where it is read in blocks."""


def _as_tree(text: bytes, name: str) -> ElementTree.Element:
    """Raises Refused."""
    refuse_tree(name, text)
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        let_memory_pass(error)
        raise Refused("damaged", reason=f"{name}: {error}") from error


@by_text()
def _list_relations(text: bytes, name: str, folder: str) -> tuple[tuple[str, str, str], ...]:
    """Id, kind and part of every relation of a part in a folder. Raises Refused."""
    listed = _as_tree(text, name)
    if len(listed) > limits.RELATIONS:
        raise crowded("relations", len(listed), limits.RELATIONS)
    found = []
    for one in listed:
        target = one.get("Target", "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found.append((one.get("Id", ""), one.get("Type", ""), path))
    return tuple(found)


@by_text()
def _list_sheets(text: bytes, name: str) -> tuple[tuple[str, str, str], ...]:
    """Name, relation and state of every sheet. Raises Refused."""
    return tuple(
        (e.get("name", ""), e.get(_RELATION) or e.get(_STRICT_RELATION) or "", e.get("state", ""))
        for e in _as_tree(text, name).iter() if e.tag.endswith("}sheet")
    )  # fmt: skip


def inflate(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The bytes of a part, inflated while counting, the checksum verified. Raises KeyError where it is not there, and
    Refused."""
    if (plain := unpack_plainly(archive, name, limit)) is not None:
        return plain
    with told_damage(), archive.open(name) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise Refused("part-too-large", part=say_part(name), limit=f"{limit // 2**20} MiB")
    return data


@contextmanager
def told_damage() -> Iterator[None]:
    """What goes wrong in unpacking, as a refusal."""
    try:
        yield
    except NotImplementedError as error:  # a way of packing that no spreadsheet program uses
        raise Refused("damaged", reason=str(error)) from error
    except RuntimeError as error:  # how zipfile reports a password
        raise Refused("encrypted") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise Refused("damaged", reason=str(error)) from error


_KNOWN_PARTS = {"sheet": "sheet", "sharedstrings": "texts", "styles": "styles", "document": "words", "content": "cells"}


def say_part(part: str, sheet: str = "") -> str:
    """A part in words that people know; ``sheet`` is the name of its tab, where it is one and that is known."""
    kind = _KNOWN_PARTS.get(part.rpartition("/")[2].partition(".")[0].rstrip("0123456789").casefold(), "other")
    return label(f"part.{kind}") + (f"“{sheet}”" if kind == "sheet" and sheet not in ("", part) else "")


def _folded(name: str) -> str:
    """A part's name as the standard compares it, and as a program that wrote backslashes meant it."""
    return _fold_short(name) if len(name) <= _SHORT_NAME else _fold(name)


def _fold(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


_SHORT_NAME = 128
"""Signs of a name that is remembered: what a stranger calls a part may have 65,535."""
_fold_short = lru_cache(maxsize=256)(_fold)


def _transitional(text: bytes) -> bytes:
    """A part of a Strict workbook in the namespaces that every reader knows."""
    if _STRICT not in text[:4_000]:
        return text
    return text.replace(_STRICT, _MAIN.encode()).replace(_STRICT_OFFICE, _RELATIONS.rpartition("/")[0].encode())


def _relation(identity: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identity}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'


def _escape(text: str) -> str:
    """Text as the value of an attribute."""
    for sign, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&quot;"),
        ("\n", "&#10;"),
        ("\t", "&#9;"),
    ):
        text = text.replace(sign, entity)
    return text


def _relations(listed: str) -> bytes:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'.encode()


_MACROS = re.compile(r"(?:vbaProject[^/]*\.bin|/(?:macro|intlmacro)sheets/[^/]+)$", re.IGNORECASE)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ITEM = re.compile(rb"<(?:[^\s<>/:]+:)?si\b")


def _longest_item(text: bytes) -> int:
    """The bytes of the longest text in the table, without a list of them all; where all are short, of one that is
    longer than any."""
    if next(long_runs(text, (b"<si",), TEXT_LIMIT // 2, max(0, text.find(b"<si")), len(text)), None) is None:
        return TEXT_LIMIT - 1
    longest = at = 0
    for item in _ITEM.finditer(text):
        longest, at = max(longest, item.start() - at), item.start()
    return max(longest, len(text) - at)


_SST = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>\s*)?"
    rb'<sst((?:\s(?:[\w:]+="[^"<>]*"))*)\s?/?>'
)  # fmt: skip


def _refuse_zip(names: list[str]) -> Refused:
    kinds = (("word/", "Word"), ("ppt/", "PowerPoint"), ("xl/workbook.bin", "xlsb"), ("content.xml", "ODF"))
    for folder, kind in kinds:
        if any(name.startswith(folder) for name in names):
            return Refused("not-a-workbook", kind=kind)
    if any(name.casefold().endswith((".xlsx", ".xlsm", ".xls", ".et", ".zip", ".rar", ".7z")) for name in names):
        return Refused("archive", kind="ZIP")
    return Refused("not-a-workbook", kind="ZIP")


def _refuse_other_kinds(data: bytes) -> None:
    if not data:
        raise Refused("empty-file")
    if data.startswith(b"PK"):
        return
    if sealed := say_sealed(data):
        raise Refused("sealed-by-office", kind=sealed)
    if data.startswith(OLE):
        code, told = say_compound(data)
        raise Refused(code, **told)
    for signature, kind in _ARCHIVES:
        if data.startswith(signature):
            raise Refused("archive", kind=kind)
    head = data[:512].lstrip().lower()
    kind = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), "")
    raise Refused("not-a-workbook", kind=kind or "?")
