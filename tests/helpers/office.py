"""Recalculate many workbooks in other people's spreadsheet programs, and read what came out.

LibreOffice takes a whole list of files in one start, with a profile of its own that forces it to recalculate all of
them; Gnumeric takes one file a start, and starts in a tenth of a second.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from processes import run_group

LIBREOFFICE, GNUMERIC, POPPLER = "soffice", "ssconvert", "pdftotext"
PROGRAMS = (LIBREOFFICE, GNUMERIC)
SPOILT = -987654
"""Stands where a cached value stood: it must be gone from whatever a program has recalculated."""

Value = str | bool | float | None
Values = dict[str, dict[str, object]]
"""Sheet -> address -> value; a cell without one, or with empty text, is not there."""

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
<prop oor:name="ODFRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_V, _F = _MAIN + "v", _MAIN + "f"
_LEAD = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LIMIT = 600
"""Seconds for one start of a program: it ends what would never end."""


def find_program(program: str) -> str:
    """The path of a program. A missing one fails the test: a proof that did not run is no proof."""
    path = shutil.which(program)
    if path is None:
        package = {LIBREOFFICE: "libreoffice-calc libreoffice-writer", GNUMERIC: "gnumeric", POPPLER: "poppler-utils"}[
            program
        ]
        pytest.fail(f"{program} is not installed, and what it must prove is not proven: apt-get install {package}")
    return path


def recalculate(program: str, files: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Recalculate every file from scratch and save it into ``out`` under its own name; file -> what was saved."""
    if len({file.name for file in files}) < len(files):
        raise ValueError("two files have one name")
    path = find_program(program)
    out.mkdir(parents=True)
    saved = {file: out / file.name for file in files}
    if program == LIBREOFFICE:
        _recalculate_with_libreoffice(path, files, out)
    else:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda file: run([path, "--recalc", str(file), str(saved[file])]), files))
    if lost := [file.name for file in files if not saved[file].exists()]:
        pytest.fail(f"{program} has not saved {lost}")
    return saved


def _recalculate_with_libreoffice(path: str, files: Sequence[Path], out: Path) -> None:
    profile = out / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    run([
        path, f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore", "--convert-to",
        "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), *map(str, files),
    ])  # fmt: skip
    shutil.rmtree(profile, ignore_errors=True)


def convert(files: Sequence[Path], to: str, out: Path) -> None:
    """Convert files with LibreOffice, all in one start; each stands in ``out`` under its own name."""
    path, profile = find_program(LIBREOFFICE), out / "profile"
    profile.mkdir(parents=True)
    run([path, f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore", "--convert-to", to,
          "--outdir", str(out), *map(str, files)])  # fmt: skip
    shutil.rmtree(profile, ignore_errors=True)
    if lost := [file.name for file in files if not (out / f"{file.stem}.{to}").exists()]:
        pytest.fail(f"{LIBREOFFICE} has not converted {lost}")


def read_pages(path: Path) -> list[str]:
    """The text of every page of a PDF."""
    done = subprocess.run([find_program(POPPLER), str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def run(command: list[str]) -> None:
    """Start a program and wait for its end."""
    done = run_group(command, _LIMIT)
    if done.code:
        pytest.fail(f"{command[0]} ended with {done.code}: {done.err.decode(errors='replace')[-2000:]}")


def spoil_cached(data: bytes) -> bytes:
    """The workbook with a wrong cached value in every formula cell."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename.startswith("xl/worksheets/sheet"):
                part = re.sub(rb"</f><v>[^<]*</v>", b"</f><v>%d</v>" % SPOILT, part)
            target.writestr(entry, part)
    return stream.getvalue()


class _Cell(NamedTuple):
    """A cell that holds something; ``formula`` begins with an equals sign, ``sort`` is "e" for an error value."""

    address: str
    value: Value
    formula: str
    sort: str


def _cells(path: Path | io.BytesIO) -> list[tuple[str, _Cell]]:
    """Every cell that holds something, sheet by sheet. Read straight from the parts: these tests read a thousand
    workbooks, and openpyxl takes ten times as long. What a workbook holds is kept for the next who asks."""
    data = path.getvalue() if isinstance(path, io.BytesIO) else path.read_bytes()
    return _cells_of(hashlib.sha256(data).digest(), _Packed(data))


class _Packed:
    """The bytes of a workbook, alike for all: it is known by its hash."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Packed)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _cells_of(_: bytes, packed: _Packed) -> list[tuple[str, _Cell]]:
    found = []
    with zipfile.ZipFile(io.BytesIO(packed.data)) as package:
        leads = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
        parts = {lead.get("Id"): "xl/" + lead.get("Target", "").removeprefix("/xl/") for lead in leads}
        shared = _shared_texts(package)
        for sheet in ElementTree.fromstring(package.read("xl/workbook.xml")).iter(_MAIN + "sheet"):
            name = sheet.get("name", "")
            for cell in ElementTree.fromstring(package.read(parts[sheet.get(_LEAD)])).iter(_MAIN + "c"):
                if len(cell):  # most hold nothing but their look
                    read = _read_cell(cell, shared)
                    if read.value is not None or read.formula:
                        found.append((name, read))
    packed.data = b""
    return found


def _shared_texts(package: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    return [_text_of(one) for one in ElementTree.fromstring(package.read("xl/sharedStrings.xml"))]


def _text_of(one: ElementTree.Element) -> str:
    """The text of an entry; the reading aids of East Asian signs are none of it."""
    aids = {text for aid in one.iter(_MAIN + "rPh") for text in aid.iter(_MAIN + "t")}
    return "".join(text.text or "" for text in one.iter(_MAIN + "t") if text not in aids)


def _read_cell(cell: ElementTree.Element, shared: list[str]) -> _Cell:
    value: Value = None
    sort, said, formula = cell.get("t", "n"), None, None
    for child in cell:
        if child.tag == _V:
            said = child.text
        elif child.tag == _F:
            formula = child
    if sort == "inlineStr":
        value = _text_of(cell)
    elif said:
        match sort:
            case "s":
                value = shared[int(said)]
            case "b":
                value = said == "1"
            case "n":
                value = float(said) if set(said) & set(".eE") else int(said)
            case _:
                value = said
    return _Cell(cell.get("r", ""), None if value == "" else value, "" if formula is None else f"={formula.text}", sort)


def read_values(path: Path | io.BytesIO) -> Values:
    """All values of a workbook, as saved with it."""
    values: Values = {}
    for sheet, cell in _cells(path):
        if cell.value is not None:
            values.setdefault(sheet, {})[cell.address] = cell.value
    return values


def read_errors(path: Path | io.BytesIO) -> list[str]:
    """Every cell that holds an error value, as sheet!address value."""
    return [f"{sheet}!{cell.address} {cell.value}" for sheet, cell in _cells(path) if cell.sort == "e"]


def read_formulas(path: Path | io.BytesIO) -> dict[tuple[str, str], str]:
    """(Sheet, address) -> formula, for every formula cell."""
    return {(sheet, cell.address): cell.formula for sheet, cell in _cells(path) if cell.formula}
