"""Workbooks as Excel saves them, many in little time: one saved example a department, stamped for each filling.

The example is our own blank workbook with what Excel adds when it saves one: its namespaces and row heights, the chain
of calculation, its names in the properties. Answers are put into its cells, texts into the shared strings; the results
of formulas stay those of the blank workbook, for nobody has recalculated it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from xml.sax.saxutils import escape

Value = str | int | float
Cells = Mapping[str, Value]
"""Cell ("D6") -> what was typed there."""

EXAMPLE_CITY = "云溪市"
_TIME = (2019, 2, 20, 0, 0, 0)
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"( s="[0-9]+")?(?:/>|( t="[a-z]+")?>(.*?)</c>)', re.DOTALL)
_ROOT = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
_EXCELS_ROOT = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    b' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr"'
    b' xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"'
    b' xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision"'
    b' xr:uid="{00000000-0001-0000-0000-000000000000}" xmlns:r='
)
_CHAIN = "xl/calcChain.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"


@dataclass(frozen=True)
class Saved:
    """A workbook as saved. ``parts``: part -> bytes; ``sheets``: sheet's name -> part."""

    parts: Mapping[str, bytes]
    sheets: Mapping[str, str]
    _pieces: dict[str, _Pieces] = field(default_factory=dict)

    def stamp(self, filled: Mapping[str, Cells], city: str) -> bytes:
        """The workbook of another city, with these cells in its sheets."""
        strings: dict[str, int] = {}
        first, changed = self._strings_there, dict[str, bytes]()

        def number_of(text: str) -> int:
            return strings.setdefault(text, first + len(strings))

        for sheet, cells in filled.items():
            part = self.sheets[sheet]
            if part not in self._pieces:
                self._pieces[part] = _Pieces.of(self.parts[part])
            changed[part] = self._pieces[part].fill(cells, number_of)
        told = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
        table = self.parts["xl/sharedStrings.xml"].replace(b"</sst>", told.encode() + b"</sst>")
        changed["xl/sharedStrings.xml"] = re.sub(rb' count="\d+" uniqueCount="\d+"', b"", table, count=1)
        for name in ("xl/sharedStrings.xml", "docProps/core.xml", "docProps/custom.xml"):
            changed[name] = changed.get(name, self.parts[name]).replace(EXAMPLE_CITY.encode(), city.encode())
        return _pack({**self.parts, **changed})

    @cached_property
    def _strings_there(self) -> int:
        return len(re.findall(rb"<si>|<si/>", self.parts["xl/sharedStrings.xml"]))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A sheet cut at its cells: what stands before each, and after the last."""

    between: tuple[bytes, ...]
    cells: Mapping[str, tuple[int, bytes]]
    """Cell -> its place among the pieces, and its style."""

    @classmethod
    def of(cls, xml: bytes) -> _Pieces:
        pieces, cells, at = [], {}, 0
        for number, found in enumerate(_CELL.finditer(xml)):
            pieces += [xml[at : found.start()], found.group()]
            cells[found[1].decode()] = (2 * number + 1, found[2] or b"")
            at = found.end()
        return cls((*pieces, xml[at:]), cells)

    def fill(self, given: Cells, number_of: object) -> bytes:
        pieces = list(self.between)
        for cell, value in given.items():
            place, style = self.cells[cell]
            kind, shown = (' t="s"', number_of(value)) if isinstance(value, str) else ("", repr(value))  # type: ignore[operator]
            pieces[place] = f'<c r="{cell}"{style.decode()}{kind}><v>{shown}</v></c>'.encode()
        return b"".join(pieces)


def as_excel_saves(data: bytes) -> Saved:
    """A workbook of ours as it looks after Excel has saved it."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheets = _name_sheets(parts)
    formulas = []
    for number, part in enumerate(sheets.values(), start=1):
        xml = parts[part].replace(_ROOT, _EXCELS_ROOT, 1)
        parts[part] = re.sub(
            rb'<row r="(\d+)" spans="([0-9:]+)"', rb'<row r="\1" spans="\2" x14ac:dyDescent="0.25"', xml
        )
        formulas += [(found[1].decode(), number) for found in _CELL.finditer(xml) if b"<f>" in (found[4] or b"")]
    chained = "".join(f'<c r="{cell}" i="{number}"/>' for cell, number in formulas)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    parts[_CHAIN] = f'{head}<calcChain xmlns="{_MAIN}">{chained}</calcChain>'.encode()
    _insert(parts, "[Content_Types].xml", "</Types>", f'<Override PartName="/{_CHAIN}" ContentType="{_CHAIN_TYPE}"/>')
    link = f'<Relationship Id="rId99" Type="{_RELATIONS}/calcChain" Target="calcChain.xml"/>'
    _insert(parts, "xl/_rels/workbook.xml.rels", "</Relationships>", link)
    _replace(parts, "xl/workbook.xml", ' lastEdited="4" lowestEdited="4" rupBuild="4505"',
             ' lastEdited="7" lowestEdited="4" rupBuild="22228"')  # fmt: skip
    _replace(parts, "xl/workbook.xml", '<calcPr calcId="124519" fullCalcOnLoad="1"/>', '<calcPr calcId="191029"/>')
    _replace(parts, "docProps/app.xml", "12.0000", "16.0300")
    _replace(parts, "docProps/core.xml", "<cp:lastModifiedBy></cp:lastModifiedBy>",
             "<cp:lastModifiedBy>经办人</cp:lastModifiedBy>")  # fmt: skip
    return Saved(parts, sheets)


def _name_sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    targets = dict(
        re.findall(r'Id="(rId\d+)"[^>]*Target="(worksheets/[^"]+)"', parts["xl/_rels/workbook.xml.rels"].decode())
    )
    named = re.findall(r'<sheet name="([^"]+)"[^>]*r:id="(rId\d+)"', parts["xl/workbook.xml"].decode())
    return {name: f"xl/{targets[link]}" for name, link in named}


def _replace(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    if old.encode() not in parts[name]:
        raise ValueError(f"{name} has no {old}")
    parts[name] = parts[name].replace(old.encode(), new.encode(), 1)


def _insert(parts: dict[str, bytes], name: str, before: str, new: str) -> None:
    _replace(parts, name, before, new + before)


def _pack(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, data in parts.items():
            part = zipfile.ZipInfo(name, _TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(part, data, compresslevel=1)
    return stream.getvalue()


def pack_files(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of these files, as a program on a clerk's desk makes one."""
    return _pack(dict(files))
