"""Every link of a workbook, and whether it leads to where something stands."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import openpyxl

_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PLACE = re.compile(r"'((?:[^']|'')+)'!\$?([A-Z]+)\$?([0-9]*)")
"""A place; a formula that works out the row has none yet."""
_NAMED = re.compile(r"#('(?:[^'\"]|'')+'!\$?[A-Z]+\$?[0-9]*)")
"""A place, or the part of one that stands in a formula that works out the rest."""


@dataclass(frozen=True)
class Link:
    """A cell that leads to a place in its workbook (``target`` is None), or to a file (``place`` is "")."""

    sheet: str
    cell: str
    place: str
    target: str | None = None


def links_of(data: bytes) -> list[Link]:
    """All links of a workbook: those of cells, and those that formulas make."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = [str(one.get("name")) for one in ET.fromstring(package.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")]
        for number, name in enumerate(names, start=1):
            root = ET.fromstring(package.read(f"xl/worksheets/sheet{number}.xml"))
            related = _relations(package, number)
            for link in root.iter(f"{_MAIN}hyperlink"):
                target = related.get(link.get(f"{_RELATED}id", ""))
                found.append(Link(name, str(link.get("ref")), link.get("location", ""), target))
            formulas = [f.text or "" for f in root.iter(f"{_MAIN}f") if "HYPERLINK(" in (f.text or "")]
            found += [Link(name, "", place) for formula in formulas for place in _NAMED.findall(formula)]
    return found


def _relations(package: zipfile.ZipFile, number: int) -> dict[str, str]:
    path = f"xl/worksheets/_rels/sheet{number}.xml.rels"
    if path not in package.namelist():
        return {}
    links = [one for one in ET.fromstring(package.read(path)) if one.get("Type", "").endswith("/hyperlink")]
    return {str(one.get("Id")): str(one.get("Target")) for one in links}


def broken_links(data: bytes, folder: Path | None = None) -> Iterator[str]:
    """The links that lead nowhere: to no sheet, to a hidden one, to a row and column where nothing stands, to no file
    as seen from ``folder``, or out of the folder above that."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    held = {sheet.title: {cell.row for cell in _cells_of(sheet) if cell.value not in (None, "")} for sheet in book}
    for link in links_of(data):
        if link.target is not None:
            yield from (f"{link}: {why}" for why in _astray(link.target, folder))
            continue
        found = _PLACE.fullmatch(link.place)
        sheet: Any = book[found[1].replace("''", "'")] if found and found[1].replace("''", "'") in book else None
        if found is None or sheet is None:
            yield f"{link}: no such sheet"
        elif not found[3]:
            yield from () if sheet.sheet_state == "visible" else (f"{link}: hidden",)
        elif sheet.sheet_state != "visible" or sheet.row_dimensions[int(found[3])].hidden:
            yield f"{link}: hidden"
        elif int(found[3]) not in held[sheet.title]:
            yield f"{link}: nothing stands there"


def _cells_of(sheet: Any) -> Iterator[Any]:
    return (cell for row in sheet.iter_rows() for cell in row)


def _astray(target: str, folder: Path | None) -> Iterator[str]:
    path = unquote(target)
    if folder is None or ":" in target or target.startswith(("/", "\\")) or "\\" in target:
        yield "not a way from here"
    elif not (folder / path).is_file():
        yield "no such file"
    elif not (folder / path).resolve().is_relative_to(folder.parent.resolve()):
        yield "out of the round's folder"
