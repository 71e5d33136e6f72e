"""The bytes of a file -> what it is, and the parts of a workbook package, read within limits.

Looks before any reader does: what is no workbook, is locked, or is built to harm a reader never reaches one.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from functools import cached_property
from xml.etree import ElementTree

PART_LIMIT = 64 * 2**20
TOTAL_LIMIT = 128 * 2**20
PARTS_LIMIT = 1_000
# Excel holds 32,767 characters in a cell; with markup and three bytes each, nothing honest comes near this.
TEXT_LIMIT = 400_000
_STRINGS = "xl/sharedStrings.xml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = (
    (b"%pdf", "PDF"), (b"{\\rtf", "RTF"), (b"\xff\xd8\xff", "JPEG"), (b"\x89png", "PNG"),
    (b"<html", "HTML"), (b"<!doctype", "HTML"), (b"<?xml", "XML"),
)  # fmt: skip
_ARCHIVES = ((b"Rar!", "RAR"), (b"7z\xbc\xaf\x27\x1c", "7z"))


class Refused(Exception):
    """A file that cannot be read as a workbook; ``code`` is a finding code."""

    def __init__(self, code: str, **parameters: str) -> None:
        super().__init__(code, parameters)
        self.code, self.parameters = code, parameters


class Package:
    """An .xlsx package. Raises Refused for anything else, saying what it is."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        _refuse_other_kinds(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused("damaged", reason=str(error)) from error
        self.names = self._zip.namelist()
        folded = {name.casefold() for name in self.names}
        if len(self.names) > PARTS_LIMIT or len(folded) < len(self.names):
            raise Refused("package-suspicious", parts=str(len(self.names)))
        if "xl/workbook.xml" not in folded:
            raise _refuse_zip(self.names)

    def part(self, name: str) -> bytes:
        """A part's bytes; inflated while counting, its checksum verified. Raises Refused."""
        try:
            with self._zip.open(name) as stream:
                data = stream.read(PART_LIMIT + 1)
        except KeyError as error:
            raise Refused("damaged", reason=f"{name} is missing") from error
        except NotImplementedError as error:  # a way of packing that no spreadsheet program uses
            raise Refused("damaged", reason=str(error)) from error
        except RuntimeError as error:  # how zipfile reports a password
            raise Refused("encrypted") from error
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            raise Refused("damaged", reason=str(error)) from error
        if len(data) > PART_LIMIT:
            raise Refused("part-too-large", part=name, limit=f"{PART_LIMIT // 2**20} MiB")
        if b"<!DOCTYPE" in data:
            raise Refused("package-suspicious", parts=f"{name}: DOCTYPE")
        return data

    def vet(self) -> None:
        """Read every part that is text, within the limits, before a reader that knows none. Raises Refused."""
        total = 0
        for name in self.names:
            if name.endswith((".xml", ".rels")):
                total += len(self.part(name))
                if total > TOTAL_LIMIT:
                    raise Refused("part-too-large", part="xml", limit=f"{TOTAL_LIMIT // 2**20} MiB")

    def has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def _tree(self, name: str) -> ElementTree.Element:
        try:
            return ElementTree.fromstring(self.part(name))
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise Refused("damaged", reason=f"{name}: {error}") from error

    def related(self, name: str) -> Mapping[str, str]:
        """Relation id -> part, for the parts that a part refers to."""
        folder, base = posixpath.split(name)
        rels = f"{folder}/_rels/{base}.rels"
        if not self.has(rels):
            return {}
        found = {}
        for relation in self._tree(rels):
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[relation.get("Id", "")] = path
        return found

    @cached_property
    def sheets(self) -> Mapping[str, str]:
        """Sheet name -> its part, in the order of the tabs; sheets of cells only."""
        parts = self.related("xl/workbook.xml")
        found: dict[str, str] = {}
        for element in self._tree("xl/workbook.xml").iter():
            if not element.tag.endswith("}sheet"):
                continue
            name = element.get("name", "")
            part = parts.get(element.get(_RELATION) or element.get(_STRICT_RELATION) or "", "")
            if name in found:
                raise Refused("sheet-twice", first=name, second=name)
            if self.has(part) and "chartsheets/" not in part:
                found[name] = part
        return found

    def pictures(self, sheet_part: str) -> set[tuple[int, int]]:
        """Where pictures are anchored on a sheet: rows and columns from 0."""
        places = set()
        for drawing in self.related(sheet_part).values():
            if "/drawings/drawing" not in drawing or not self.has(drawing):
                continue
            for anchor in self._tree(drawing).iter():
                if anchor.tag.endswith("}from"):
                    at = {child.tag.rpartition("}")[2]: child.text or "" for child in anchor}
                    row, column = at.get("row", ""), at.get("col", "")
                    if row.isdecimal() and column.isdecimal() and len(row) < 8 and len(column) < 8:
                        places.add((int(row), int(column)))
        return places

    def plain_strings(self) -> bool:
        """Whether the table of texts is one that the fast reader can be given: announced as large as it is.

        Raises Refused where one text is longer than any cell can hold.
        """
        named = [name for name in self.names if name.casefold() == _STRINGS.casefold()]
        if not named:
            return True
        text = self.part(named[0])
        if len(text) > TEXT_LIMIT and max(map(len, text.split(b"</"))) > TEXT_LIMIT:
            raise Refused("part-too-large", part=named[0], limit=f"{TEXT_LIMIT // 1000} kB")
        head = _SST.search(text, 0, 4_096)
        announced = [int(number) for number in re.findall(rb'ount="(\d{1,18})', head[1])] if head else []
        return named == [_STRINGS] and head is not None and max(announced, default=0) <= len(text)


# Only counts may follow in the head of the table of texts; anything else is not read by its looks.
_SST = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>\s*)?"
    rb'<sst((?:\s(?:[\w:]+="[^"<>]*"))*)\s?/?>'
)


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
    if data.startswith(_OLE):
        raise _refuse_ole(data)
    for signature, kind in _ARCHIVES:
        if data.startswith(signature):
            raise Refused("archive", kind=kind)
    head = data[:512].lstrip().lower()
    kind = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), "")
    raise Refused("not-a-workbook", kind=kind or "?")


def _refuse_ole(data: bytes) -> Refused:
    """What an OLE container holds, by the names of its streams as they stand in its directory."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") + b"\0\0" in data

    if holds("EncryptedPackage"):
        return Refused("encrypted")
    for stream, kind in (("WordDocument", "Word"), ("PowerPoint Document", "PowerPoint")):
        if holds(stream):
            return Refused("not-a-workbook", kind=kind)
    return Refused("old-workbook")


# --- the text of a sheet ---------------------------------------------------------------------------------------

_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLAIN_CELL = re.compile(rb'<c r="[A-Z]{1,2}[1-9]\d{0,3}"')
_PLAIN_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>\s*)?<")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_FAR = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br\s*=\s*[\"']([A-Za-z]{3,}\d+|[A-Za-z]+\d{5,})[\"'][^<>]*[^/]>")


def is_plain(xml: bytes) -> bool:
    """Whether a sheet is written the way spreadsheet programs write one, every cell within 100 columns and 9,999 rows.

    Only then does looking at its text prove anything, and only then is the fast reader safe: it reserves room for
    the whole rectangle up to the last cell.
    """
    start = _PLAIN_START.match(xml)
    if not start or _ENCODING.search(start.group()):
        return False
    return len(_CELL.findall(xml)) == len(_PLAIN_CELL.findall(xml))


def far_cell(xml: bytes) -> str:
    """The address of a cell with content that lies far outside any form, or ""."""
    found = _FAR.search(xml)
    return found[1].decode() if found else ""


_HIDDEN = re.compile(
    rb'<c r="([A-Z]{1,2})(\d+)"([^<>]*)>\s*'
    rb"(?:<f(?:\s[^<>]*)?(?:/>|>([^<]*)</f>))?\s*(?:<v(?:\s[^<>]*)?>([^<]*)</v>)?"
)
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")


def hidden_cells(xml: bytes, columns: tuple[str, ...]) -> dict[tuple[int, int], tuple[str | None, str | None]]:
    """What the fast reader does not show in some columns (letters) of a plain sheet: formulas and error values.

    (row, column) from 0 -> (the formula, or None; the error value, or None).
    """
    wanted = {letters.encode() for letters in columns}
    found = {}
    if b"<f" not in xml and not _ERROR.search(xml):
        return {}
    for match in _HIDDEN.finditer(xml):
        letters, row, attributes, formula, value = match.groups()
        if letters not in wanted or attributes.endswith(b"/"):
            continue
        is_error = _ERROR.search(attributes) is not None
        has_formula = formula is not None or b"<f" in match.group()
        if is_error or has_formula:
            text = "=" + _unescape(formula or b"...") if has_formula else None
            found[int(row) - 1, _column(letters)] = (text, _unescape(value or b"#N/A") if is_error else None)
    return found


def _unescape(text: bytes) -> str:
    plain = text.decode("utf-8", "replace")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        plain = plain.replace(entity, sign)
    return plain


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
