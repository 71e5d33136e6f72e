"""The bytes of a file -> what it is, and the parts of a workbook package, read within limits.

Looks before any reader does: what is no workbook, is locked, or is built to harm a reader never reaches one.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from functools import cached_property
from xml.etree import ElementTree

PART_LIMIT = 64 * 2**20
PARTS_LIMIT = 1_000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The stream an encrypted package is kept in, as its name stands in the directory of the container.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SIGNATURES = (
    (b"%PDF", "PDF"), (b"{\\rtf", "RTF"), (b"\xff\xd8\xff", "JPEG"), (b"\x89PNG", "PNG"), (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"), (b"<html", "HTML"), (b"<!doctype", "HTML"), (b"<?xml", "XML"),
)  # fmt: skip


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
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Refused("damaged", reason=str(error)) from error
        names = self._zip.namelist()
        folded = [name.casefold() for name in names]
        if len(names) > PARTS_LIMIT or len(set(folded)) < len(folded):
            raise Refused("package-suspicious", parts=str(len(names)))
        if "xl/workbook.xml" not in names:
            raise Refused("not-a-workbook", kind=_zip_kind(names))

    def part(self, name: str) -> bytes:
        """A part's bytes; inflated while counting, its checksum verified. Raises Refused."""
        try:
            with self._zip.open(name) as stream:
                data = stream.read(PART_LIMIT + 1)
        except KeyError as error:
            raise Refused("damaged", reason=f"{name} is missing") from error
        except RuntimeError as error:  # how zipfile reports a password
            raise Refused("encrypted") from error
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            raise Refused("damaged", reason=str(error)) from error
        if len(data) > PART_LIMIT:
            raise Refused("part-too-large", part=name, limit=f"{PART_LIMIT // 2**20} MiB")
        return data

    def has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def _tree(self, name: str) -> ElementTree.Element:
        data = self.part(name)
        if b"<!DOCTYPE" in data:
            raise Refused("package-suspicious", parts=name)
        try:
            return ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
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
        """Sheet name -> its part, in the order of the tabs."""
        parts = self.related("xl/workbook.xml")
        found = {}
        for element in self._tree("xl/workbook.xml").iter():
            if element.tag.endswith("}sheet"):
                relation = element.get(_RELATION) or element.get(_STRICT_RELATION) or ""
                part = parts.get(relation, "")
                if "worksheets/" in part or self.has(part):
                    found[element.get("name", "")] = part
        return found

    def pictures(self, sheet_part: str) -> list[tuple[int, int]]:
        """Where pictures are anchored on a sheet: rows and columns from 0."""
        places = []
        for drawing in self.related(sheet_part).values():
            if "/drawings/drawing" in drawing and self.has(drawing):
                xml = self.part(drawing)
                for match in _ANCHOR.finditer(xml):
                    places.append((int(match[2]), int(match[1])))
        return places


_ANCHOR = re.compile(rb"<(?:\w+:)?from>.*?<(?:\w+:)?col>(\d+)<.*?<(?:\w+:)?row>(\d+)<", re.DOTALL)


def _zip_kind(names: list[str]) -> str:
    for folder, kind in (
        ("word/", "Word"),
        ("ppt/", "PowerPoint"),
        ("xl/workbook.bin", "xlsb"),
        ("content.xml", "ODF"),
    ):
        if any(name.startswith(folder) for name in names):
            return kind
    return "ZIP"


def _refuse_other_kinds(data: bytes) -> None:
    if not data:
        raise Refused("empty-file")
    if data.startswith(b"PK"):
        return
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise Refused("encrypted")
        raise Refused("old-workbook")
    head = data[:512].lstrip().lower()
    kind = next((kind for signature, kind in _SIGNATURES if head.startswith(signature.lower())), "")
    raise Refused("not-a-workbook", kind=kind or "?")


def suspicious(xml: bytes) -> bool:
    """Whether the fast reader must not see a sheet: cells so far out that it would reserve room for millions, a
    document type, or another encoding than the plain one."""
    return _FAR.search(xml) is not None or b"<!DOCTYPE" in xml[:4096] or not _PLAIN_START.match(xml)


def hides_something(xml: bytes, columns: tuple[str, ...]) -> bool:
    """Whether one of the columns (letters) holds a formula or an error value, which the fast reader does not show;
    also where cells are not written the plain way, so that looking at the text proves nothing."""
    if len(_CELL.findall(xml)) != xml.count(b'<c r="'):
        return True
    letters = "|".join(columns).encode()
    return re.search(rb'<c r="(?:' + letters + rb')\d+"[^>]*?(?:\bt="e"|>\s*<f)', xml) is not None


_FAR = re.compile(rb'r="(?:[A-Z]{2,}\d|[A-Z]\d{5,})')
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLAIN_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?!\?xml[^>]*encoding=\W(?!utf-8))", re.IGNORECASE)
