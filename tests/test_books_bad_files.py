"""Files that are not what they should be, or attack the reader: each is told by its name, and the batch goes on."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bad_books import BLANKS, CELL, GOOD, OTHER, beside, damage_part, declared, fate, last_row, not_plain, sheet
from support import (
    FIGURES_PART,
    column_of,
    edited,
    figures_sheet,
    filled,
    identified,
    put,
    repacked,
)

from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.messages import label
from smartcity_xl.run.collecting import collect

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"

# --- what each file is told to be --------------------------------------------------------------------------------


def zipped(**parts: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def ole(stream: str) -> bytes:
    """As much of an old container as its kind is told by: the name of its stream."""
    return OLE + bytes(512) + stream.encode("utf-16-le") + bytes(64)


def with_sheets(number: int, xml: bytes) -> bytes:
    """A workbook with more sheets, all of which are one part."""
    sheets = "".join(f'<sheet name="附{n}" sheetId="{100 + n}" r:id="rId90"/>' for n in range(number)) + "</sheets>"
    target = f'<Relationship Id="rId90" Type="{OFFICE}/relationships/worksheet" Target="/xl/worksheets/more.xml"/>'
    return repacked(
        GOOD,
        {
            "xl/workbook.xml": lambda part: part.replace(b"</sheets>", sheets.encode()),
            "xl/_rels/workbook.xml.rels": lambda part: part.replace(
                b"</Relationships>", target.encode() + b"</Relationships>"
            ),
        },
        add=[("xl/worksheets/more.xml", xml)],
    )


def compressed(data: bytes, method: int, name: str = "xl/workbook.xml") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, old.read(part), method if part == name else zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def patched_entry(data: bytes, local: int, central: int, value: int, name: str = "xl/workbook.xml") -> bytes:
    """One byte changed in both headers of a part."""
    raw = bytearray(data)
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo(name)
    entry = raw.rfind(b"PK\x01\x02", 0, raw.rfind(name.encode()))
    raw[info.header_offset + local] = raw[entry + central] = value
    return bytes(raw)


def with_styles(tail: bytes) -> bytes:
    return repacked(GOOD, {"xl/styles.xml": lambda xml: xml.replace(b"</styleSheet>", tail + b"</styleSheet>")})


def twin_sheet() -> bytes:
    far = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
    far += '<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    twin = f'<sheet name="{label("sheet.figures")}" sheetId="90" r:id="rId90"/><sheet '.encode()
    relation = f'<Relationship Id="rId90" Type="{OFFICE}/relationships/worksheet" Target="worksheets/sheet90.xml"/>'
    return repacked(
        GOOD,
        {
            "xl/workbook.xml": lambda xml: xml.replace(b"<sheet ", twin, 1),
            "xl/_rels/workbook.xml.rels": lambda xml: xml.replace(
                b"</Relationships>", relation.encode() + b"</Relationships>"
            ),
        },
        add=[("xl/worksheets/sheet90.xml", far.encode())],
    )


ENTITY = b'<!DOCTYPE worksheet [<!ENTITY a "7">]>'
# name -> (file name, bytes, status, codes); made when a test asks for it, for some are large
BAD: dict[str, tuple[str, Callable[[], bytes], str, list[str]]] = {
    "an empty file": ("坏.xlsx", lambda: b"", "rejected", ["empty-file"]),
    "a PDF named .xlsx": ("坏.xlsx", lambda: b"%PDF-1.4\n%%EOF", "rejected", ["not-a-workbook"]),
    "a web page named .xls": ("坏.xls", lambda: b"<html><table></table></html>", "rejected", ["not-a-workbook"]),
    "a CSV": ("坏.csv", lambda: "指标,值\nL1,1".encode("gbk"), "rejected", ["not-a-workbook"]),
    "a CSV named .xlsx": ("坏.xlsx", lambda: "指标,值\nL1,1".encode(), "rejected", ["not-a-workbook"]),
    "a Word file named .xlsx": ("坏.xlsx", lambda: zipped(word__document="x"), "rejected", ["not-a-workbook"]),
    "an archive named .xlsx": ("坏.xlsx", lambda: zipped(readme="x"), "rejected", ["not-a-workbook"]),
    "a picture named .xlsx": ("坏.xlsx", lambda: b"\x89PNG\r\n\x1a\n", "rejected", ["not-a-workbook"]),
    "random bytes": ("坏.xlsx", lambda: bytes(range(256)) * 9, "rejected", ["content-unknown"]),
    "a PDF": ("附件.pdf", lambda: b"%PDF-1.4\n%%EOF", "ignored", ["other-file"]),
    "a Word file": ("附件.docx", lambda: zipped(word__document="x"), "ignored", ["other-file"]),
    "an old Word file": ("附件.doc", lambda: ole("WordDocument"), "ignored", ["other-file"]),
    "an old Word file named .xlsx": ("坏.xlsx", lambda: ole("WordDocument"), "rejected", ["not-a-workbook"]),
    "an old PowerPoint file": ("附件.ppt", lambda: ole("PowerPoint Document"), "ignored", ["other-file"]),
    "an old workbook": ("坏.xls", lambda: ole("Workbook"), "rejected", ["old-workbook"]),
    "an old workbook named .xlsx": ("坏.xlsx", lambda: ole("Workbook"), "rejected", ["old-workbook"]),
    "a WPS .et": ("坏.et", lambda: ole("Workbook"), "rejected", ["old-workbook"]),
    "a workbook with a password": ("坏.xlsx", lambda: ole("EncryptedPackage"), "rejected", ["encrypted"]),
    "an archive with a password": ("坏.xlsx", lambda: patched_entry(GOOD, 6, 8, 1), "rejected", ["encrypted"]),
    "an archive packed in a way we do not know": (
        "坏.xlsx",
        lambda: patched_entry(GOOD, 8, 10, 97),
        "rejected",
        ["damaged"],
    ),
    "a workbook cut off": ("坏.xlsx", lambda: GOOD[: len(GOOD) // 2], "rejected", ["damaged"]),
    "a workbook cut off at its end": ("坏.xlsx", lambda: GOOD[:-30], "rejected", ["damaged"]),
    "a part with a wrong checksum": ("坏.xlsx", lambda: damage_part(GOOD, FIGURES_PART), "rejected", ["damaged"]),
    "a damaged part packed by bzip2": (
        "坏.xlsx",
        lambda: damage_part(compressed(GOOD, zipfile.ZIP_BZIP2), "xl/workbook.xml"),
        "rejected",
        ["damaged"],
    ),
    "a damaged part packed by LZMA": (
        "坏.xlsx",
        lambda: damage_part(compressed(GOOD, zipfile.ZIP_LZMA), "xl/workbook.xml"),
        "rejected",
        ["damaged"],
    ),
    "a sheet that is not there": ("坏.xlsx", lambda: repacked(GOOD, drop=[FIGURES_PART]), "taken", ["sheet-missing"]),
    "a sheet that is no XML": ("坏.xlsx", lambda: sheet(lambda xml: xml[:500]), "rejected", ["damaged"]),
    "a workbook part in an encoding unknown to XML": (
        "坏.xlsx",
        lambda: repacked(GOOD, {"xl/workbook.xml": lambda xml: declared(xml, "nonsense")}),
        "rejected",
        ["damaged"],
    ),
    "a workbook part in GBK": (
        "坏.xlsx",
        lambda: repacked(GOOD, {"xl/workbook.xml": lambda xml: declared(xml.decode().encode("gbk"), "GBK")}),
        "rejected",
        ["damaged"],
    ),
    "a bomb in a sheet": (
        "坏.xlsx",
        lambda: sheet(lambda xml: xml.replace(b"<sheetData>", BLANKS + b"<sheetData>")),
        "rejected",
        ["part-too-large"],
    ),
    "a bomb in the styles, which the thorough reader reads": (
        "坏.xlsx",
        lambda: not_plain(with_styles(BLANKS)),
        "rejected",
        ["part-too-large"],
    ),
    "a bomb shared out among the sheets": (
        "坏.xlsx",
        lambda: with_sheets(3, b"<worksheet>" + b" " * (45 * 2**20) + b"<sheetData></sheetData></worksheet>"),
        "rejected",
        ["part-too-large"],
    ),
    "a document type in the styles, which the thorough reader reads": (
        "坏.xlsx",
        lambda: not_plain(repacked(GOOD, {"xl/styles.xml": lambda xml: b"<!DOCTYPE styleSheet>" + xml})),
        "rejected",
        ["package-suspicious"],
    ),
    "two sheets of one name": ("坏.xlsx", twin_sheet, "rejected", ["sheet-twice"]),
    "an archive of workbooks": ("保密局.zip", lambda: zipped(表__x="x", **{"表.xlsx": "x"}), "opened", []),
    "an archive of workbooks named .xlsx": ("坏.xlsx", lambda: zipped(**{"表.et": "x"}), "opened", []),
    "an archive of supporting material": ("附件.zip", lambda: zipped(**{"证.pdf": "x"}), "opened", []),
    "a document that holds workbooks": (
        "坏.xlsx",
        lambda: zipped(**{"[Content_Types].xml": "x", "表.et": "x"}),
        "rejected",
        ["archive"],
    ),
    "a RAR archive": ("保密局.rar", lambda: b"Rar!\x1a\x07\x01\x00", "rejected", ["archive-unreadable"]),
    "a 7z archive": ("保密局.7z", lambda: b"7z\xbc\xaf\x27\x1c\0\4", "rejected", ["archive-cut"]),
    "a part that stands twice": (
        "坏.xlsx",
        lambda: repacked(GOOD, add=[(FIGURES_PART, b"<worksheet/>")]),
        "rejected",
        ["package-doubled"],
    ),
    "parts that differ only in case": (
        "坏.xlsx",
        lambda: repacked(GOOD, add=[(FIGURES_PART.upper(), b"<worksheet/>")]),
        "rejected",
        ["package-doubled"],
    ),
    "more than ten thousand parts": (
        "坏.xlsx",
        lambda: repacked(GOOD, add=[(f"x/{n}.bin", b"") for n in range(10_000)]),
        "rejected",
        ["package-crowded"],
    ),
    "a document type in a sheet": (
        "坏.xlsx",
        lambda: sheet(lambda xml: b"<!DOCTYPE worksheet>" + xml),
        "rejected",
        ["package-suspicious"],
    ),
    "an entity in a sheet": ("坏.xlsx", lambda: sheet(lambda xml: ENTITY + xml), "rejected", ["package-suspicious"]),
    "an entity in the workbook part": (
        "坏.xlsx",
        lambda: repacked(GOOD, {"xl/workbook.xml": lambda xml: ENTITY + xml}),
        "rejected",
        ["package-suspicious"],
    ),
    "no sheets": (
        "坏.xlsx",
        lambda: repacked(
            GOOD,
            {
                "xl/workbook.xml": lambda xml: (
                    xml[: xml.index(b"<sheets>")] + b"<sheets/>" + xml[xml.index(b"</sheets>") + 9 :]
                )
            },
        ),
        "rejected",
        ["no-sheets"],
    ),
    "a workbook of their own": (
        "坏.xlsx",
        lambda: repacked(edited(GOOD, lambda book: book.remove(book[IDENTITY_SHEET])), drop=["docProps/custom.xml"]),
        "rejected",
        ["not-ours"],
    ),
    "a kind that is not ours": ("坏.xlsx", lambda: identified(GOOD, kind="something"), "rejected", ["not-ours"]),
    "a kind that is gone": ("坏.xlsx", lambda: identified(GOOD, kind=""), "rejected", ["not-ours"]),
    "a summary": ("汇总.xlsx", lambda: identified(GOOD, kind="xlscore-summary"), "ignored", ["own-summary"]),
    "another catalog": ("坏.xlsx", lambda: identified(GOOD, catalog="cn-2022"), "rejected", ["catalog-differs"]),
    "a revision that nobody wrote": (
        "坏.xlsx",
        lambda: identified(GOOD, revision="二"),
        "rejected",
        ["revision-unreadable"],
    ),
    "another assignment": (
        "坏.xlsx",
        lambda: identified(GOOD, assignment="kaifeng"),
        "rejected",
        ["assignment-differs"],
    ),
    "another round": ("坏.xlsx", lambda: identified(GOOD, round="2017"), "rejected", ["round-differs"]),
    "another city": ("坏.xlsx", lambda: identified(GOOD, city="开封市"), "rejected", ["city-differs"]),
    "an unknown department": (
        "坏.xlsx",
        lambda: identified(GOOD, department="nobody"),
        "rejected",
        ["department-unknown"],
    ),
    "another layout": ("坏.xlsx", lambda: identified(GOOD, layout="0"), "rejected", ["layout-differs"]),
    "a catalog with a path in it": (
        "坏.xlsx",
        lambda: identified(GOOD, catalog="../cn-2018"),
        "rejected",
        ["catalog-differs"],
    ),
    "words with braces in the identity": (
        "坏.xlsx",
        lambda: identified(GOOD, city="{x}{0}%s"),
        "rejected",
        ["city-differs"],
    ),
    "an owner file of Excel": ("~$坏.xlsx", lambda: b"\x07office".ljust(165), "ignored", ["litter"]),
    "a download under way": ("坏.xlsx.crdownload", lambda: b"PK", "ignored", ["file-growing"]),
    "Thumbs.db": ("Thumbs.db", lambda: OLE, "ignored", ["litter"]),
    "thumbs.db in a folder": ("第二批/thumbs.db", lambda: OLE, "ignored", ["litter"]),
    ".DS_Store": (".DS_Store", lambda: b"Bud1", "ignored", ["litter"]),
    "the shadow of a Mac": ("第二批/._坏.xlsx", lambda: b"\0\5\x16\7", "ignored", ["litter"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_by_its_name_and_the_batch_goes_on(case: str, tmp_path: Path) -> None:
    name, make, status, expected = BAD[case]
    outcome = beside(tmp_path / "收", {name: make()})
    assert fate(outcome, name) == (status, expected)


def test_all_bad_files_at_once_and_the_summary_is_still_written(tmp_path: Path) -> None:
    light = [
        case
        for case in BAD
        if "bomb" not in case and "LZMA" not in case and "encoding" not in case and "GBK" not in case
    ]
    files = {f"{n:02d}/{BAD[case][0]}": BAD[case][1]() for n, case in enumerate(light)}
    _, written = collect(
        put(tmp_path / "收", {"好.xlsx": OTHER, "还好.xlsx": filled("credit"), **files}), tmp_path / "出"
    )
    assert all(path.stat().st_size > 1000 for path in written.written)


# --- files that would end the process ----------------------------------------------------------------------------


def with_texts(xml: bytes, name: str = "sharedStrings.xml") -> bytes:
    """A workbook with a table of texts."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = f'<Relationship Id="rId99" Type="{OFFICE}/relationships/sharedStrings" Target="{name}"/></Relationships>'
    override = f'<Override PartName="/xl/{name}" ContentType="{kind}"/></Types>'
    return repacked(
        GOOD,
        {
            "[Content_Types].xml": lambda part: part.replace(b"</Types>", override.encode()),
            "xl/_rels/workbook.xml.rels": lambda part: part.replace(b"</Relationships>", relation.encode()),
        },
        add=[(f"xl/{name}", xml)],
    )


def texts(attributes: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<sst xmlns="{MAIN}" {attributes}><si><t>a</t></si></sst>'.encode()


def long_text_everywhere() -> bytes:
    """One text of 1 MiB, which 3,000 cells refer to: 60 kB as a file, 3 GB as texts."""
    book = with_texts(texts('uniqueCount="1"').replace(b"<t>a</t>", b"<t>" + b"a" * 2**20 + b"</t>"))
    cells = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{column}{row}" t="s"><v>0</v></c>' for column in "MNOPQRSTUV") + "</row>"
        for row in range(100, 400)
    )
    return sheet(lambda xml: xml.replace(b"</sheetData>", cells.encode() + b"</sheetData>"), book)


def texts_everywhere(text: str, cells: int) -> bytes:
    """One text, which thousands of cells refer to."""
    book = with_texts(texts('uniqueCount="1"').replace(b"<si><t>a</t></si>", f"<si>{text}</si>".encode()))
    rows = "".join(f'<row r="{row}"><c r="M{row}" t="s"><v>0</v></c></row>' for row in range(100, 100 + cells))
    return sheet(lambda xml: xml.replace(b"</sheetData>", rows.encode() + b"</sheetData>"), book)


FAR = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="{{row}}">' + (
    '<c r="{column}{row}"><v>1</v></c></row></sheetData></worksheet>'
)
LAST = FAR.format(column="XFD", row=1048576).encode()
RELATIONS = "xl/_rels/workbook.xml.rels"


def beside_the_path() -> bytes:
    """A sheet whose path leads one reader to an honest part and the other to a part that nobody looked at."""
    turn = {RELATIONS: lambda part: part.replace(b'"/xl/worksheets/sheet4.xml"', b'"a/../worksheets/sheet4.xml"')}
    return repacked(GOOD, turn, add=[("xl/a/../worksheets/sheet4.xml", LAST)])


def two_ids() -> bytes:
    """A sheet with an id in the namespace of relations and another in a namespace of no meaning."""
    target = f'<Relationship Id="rId90" Type="{OFFICE}/relationships/worksheet" Target="worksheets/sheet90.xml"/>'
    turn = {
        "xl/workbook.xml": lambda part: part.replace(b'r:id="rId4"', b'r:id="rId4" xmlns:q="urn:q" q:id="rId90"'),
        RELATIONS: lambda part: part.replace(b"</Relationships>", target.encode() + b"</Relationships>"),
    }
    return repacked(GOOD, turn, add=[("xl/worksheets/sheet90.xml", LAST)])


def second_workbook() -> bytes:
    """A package whose own relations name a workbook in another folder."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        book, relations = archive.read("xl/workbook.xml"), archive.read(RELATIONS)
    relations = relations.replace(b'"/xl/worksheets/sheet4.xml"', b'"/xl2/far.xml"')
    turn = {"_rels/.rels": lambda part: re.sub(rb'Target="/?xl/workbook.xml"', b'Target="xl2/workbook.xml"', part)}
    more = [("xl2/workbook.xml", book), ("xl2/_rels/workbook.xml.rels", relations), ("xl2/far.xml", LAST)]
    return repacked(GOOD, turn, add=more)


def large_part(name: str, before: bytes, after: bytes, mebibytes: int) -> bytes:
    """GOOD with a part of many blanks, packed without ever being laid out; its checksum is wrong."""

    def pack(text: bytes) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)

    packed = pack(before) + pack(b" " * 2**20) * mebibytes + pack(after)
    stream = io.BytesIO(repacked(GOOD, drop=[name]))
    with zipfile.ZipFile(stream, "a") as archive:
        info = zipfile.ZipInfo(name)
        archive.writestr(info, packed, zipfile.ZIP_STORED)
        info.compress_type, info.file_size = zipfile.ZIP_DEFLATED, mebibytes * 2**20
    raw = bytearray(stream.getvalue())
    struct.pack_into("<H", raw, info.header_offset + 8, zipfile.ZIP_DEFLATED)
    struct.pack_into("<I", raw, info.header_offset + 22, info.file_size)
    return bytes(raw)


def impossible_date() -> bytes:
    """A cell with the format of a date, and a number before all time."""

    def dress(book: Any) -> None:
        cell = figures_sheet(book).cell(int(CELL[1:]), column_of("as_of"))
        cell.value, cell.number_format = 1234.5, "yyyy-mm-dd"

    return sheet(lambda xml: xml.replace(b"<v>1234.5</v>", b"<v>-1E12</v>"), edited(GOOD, dress))


MANY = 'uniqueCount="999999999999" count="999999999999"'
DEADLY: dict[str, Callable[[], bytes]] = {
    "a value in the last cell": lambda: last_row('<c r="XFD1048576"><v>1</v></c>'),
    "a value in the last cell, other quotes": lambda: last_row("<c r='XFD1048576'><v>1</v></c>"),
    "a value in the last cell, attributes turned": lambda: last_row('<c s="1" r="XFD1048576"><v>1</v></c>'),
    "a value in the last cell, small letters": lambda: last_row('<c r="xfd1048576"><v>1</v></c>'),
    "a value in the last cell, a line break before its address": lambda: last_row('<c\nr="XFD1048576"><v>1</v></c>'),
    "a value in the last row, without an address": lambda: last_row("<c><v>1</v></c>"),
    "a value in the last cell of the first of two sheets of one name": twin_sheet,
    "a lying number of texts": lambda: with_texts(texts(MANY)),
    "a lying number of texts, other quotes": lambda: with_texts(texts(MANY.replace('"', "'"))),
    "a lying number of texts, blanks around": lambda: with_texts(texts(MANY.replace("=", " = "))),
    "a lying number of texts behind a long comment": lambda: with_texts(texts(MANY, f"<!--{'x' * 1200}-->")),
    "a long text in thousands of cells": long_text_everywhere,
    "a lying number of texts in a part of another case": lambda: with_texts(texts(MANY), "SharedStrings.xml"),
    "a lying number of texts behind noughts": lambda: with_texts(texts(f'uniqueCount="{"0" * 18}999999999999"')),
    "a text within the limit in thousands of cells": lambda: texts_everywhere(f"<t>{'a' * 390_000}</t>", 5_000),
    "a text of many runs in hundreds of cells": lambda: texts_everywhere(f"<r><t>{'a' * 300_000}</t></r>" * 60, 200),
    "a value in the last cell, under a prefix with a hyphen": lambda: last_row(
        '<x-y:c r="XFD1048576"><v>1</v></x-y:c>'
    ),
    "a value in the last cell of a part beside the path": beside_the_path,
    "a value in the last cell of a part by another id": two_ids,
    "a value in the last cell of a second workbook": second_workbook,
    "many sheets, each with a value in the last cell of those that are plain": lambda: with_sheets(
        10, FAR.format(column="ZZ", row=9999).encode()
    ),
    "a bomb in the styles, which the fast reader reads": lambda: large_part(
        "xl/styles.xml", f'<styleSheet xmlns="{MAIN}">'.encode(), b"</styleSheet>", 1_100
    ),
    "a number before all time in a cell for dates": impossible_date,
}
FORKS = """
import json, os, resource, signal, sys
from pathlib import Path
from smartcity_xl.run.collecting import assess

def status(folder):
    outcome = assess(Path(folder))
    return [receipt.status for receipt in outcome.receipts if receipt.parcel == "好.xlsx"]

assert status(sys.argv[1]) == ["taken"]  # what all of them load is loaded
ends = {}
for folder in sys.argv[2:]:
    said = Path(folder).with_suffix(".said")
    child = os.fork()
    if child == 0:
        signal.alarm(300)  # ends what would never end
        resource.setrlimit(resource.RLIMIT_AS, (3 << 28, 3 << 28))
        written = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(written, 1)
        os.dup2(written, 2)
        os.write(1, repr(status(folder)).encode())
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    ends[Path(folder).name] = code, said.read_text(encoding="utf-8", errors="replace")[-300:] if said.exists() else ""
print(json.dumps(ends))
"""
"""A process of its own for each folder, with little memory; all are forked from one that has loaded the program."""


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[int, str]]:
    """Case -> how a process ended that read the file beside a good one, and the last that it wrote."""
    home = tmp_path_factory.mktemp("deadly")
    alone = put(home / "alone", {"好.xlsx": OTHER})
    folders = [put(home / str(n), {"好.xlsx": OTHER, "坏.xlsx": make()}) for n, make in enumerate(DEADLY.values())]
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(alone), *map(str, folders)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "RUST_BACKTRACE": "0"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-300:]
    found = json.loads(done.stdout)
    return {case: (*found[str(number)],) for number, case in enumerate(DEADLY)}


@pytest.mark.skipif(sys.platform == "win32", reason="memory is limited by POSIX means")
@pytest.mark.parametrize("case", DEADLY)
def test_no_file_ends_the_process(case: str, ends: Mapping[str, tuple[int, str]]) -> None:
    code, said = ends[case]
    assert (code, said) == (0, "['taken']"), said
