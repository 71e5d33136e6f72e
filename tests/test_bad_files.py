"""Files that are not what they should be, or attack the reader: each is told by its name, and the batch goes on."""

from __future__ import annotations

import io
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
from support import (
    CATALOG,
    FIGURES_PART,
    assert_worded,
    codes,
    column_of,
    edited,
    figures_sheet,
    filled,
    growth,
    identified,
    put,
    receipt,
    repacked,
    value_cell,
    with_cell,
)

from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, NothingUsable, UsageFault
from smartcity_xl.messages import LANGUAGES, label, sentence
from smartcity_xl.model import Outcome, Standing, State
from smartcity_xl.run import collecting as run
from smartcity_xl.run.collecting import assess, collect

GOOD = filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)
OTHER = filled("tax", mobile_services_extra=3)
CELL = value_cell("secrecy", "leak_events")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"


def beside(inbox: Path, files: Mapping[str, bytes]) -> Outcome:
    outcome = assess(put(inbox, {"好.xlsx": OTHER, "还好.xlsx": filled("credit"), **files}))
    assert receipt(outcome, "好.xlsx").status == "taken"
    assert receipt(outcome, "还好.xlsx").status == "taken"
    assert 3 in {answer.value for answer in outcome.merged.slots["mobile_services_extra"].answers}
    assert_worded(outcome.findings)
    for one in outcome.receipts:
        assert_worded(one.findings)
    return outcome


def fate(outcome: Outcome, name: str) -> tuple[str, list[str]]:
    one = receipt(outcome, name)
    return one.status, codes(one.findings)


# --- what each file is told to be ----------------------------------------------------------------------------


def zipped(**parts: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def ole(stream: str) -> bytes:
    """As much of an old container as its kind is told by: the name of its stream."""
    return OLE + bytes(512) + stream.encode("utf-16-le") + bytes(64)


def parts_of(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def sheet(change: Callable[[bytes], bytes], data: bytes = GOOD) -> bytes:
    def changed(xml: bytes) -> bytes:
        result = change(xml)
        assert result != xml, "nothing was spoilt"
        return result

    return repacked(data, {FIGURES_PART: changed})


def beside_a_formula(data: bytes) -> bytes:
    """With a formula in another answer: the thorough reader reads it."""
    cell = value_cell("secrecy", "crypto_failing_systems")
    return with_cell(data, cell, f'<c r="{cell}"><f>2+2</f><v>4</v></c>')


def not_plain(data: bytes) -> bytes:
    """Written in a way that only the thorough reader is trusted with."""
    return sheet(lambda xml: xml.replace(b'<c r="A1"', b"<c r='A1'"), data)


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


def strict(data: bytes) -> bytes:
    def change(xml: bytes) -> bytes:
        xml = xml.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        return xml.replace(
            f"{OFFICE}/relationships".encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
        )

    return repacked(data, {name: change for name in parts_of(data) if name != "[Content_Types].xml"})


def damage_part(data: bytes, name: str) -> bytes:
    """Turn a few bits in the middle of a stored part: its checksum no longer holds."""
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo(name)
    raw = bytearray(data)
    for at in range(info.header_offset + 30 + len(name) + 40, info.header_offset + 30 + len(name) + 44):
        raw[at] ^= 0x55
    return bytes(raw)


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


def declared(xml: bytes, encoding: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + xml


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


BLANKS = b" " * (65 * 2**20)
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
        ["package-suspicious"],
    ),
    "parts that differ only in case": (
        "坏.xlsx",
        lambda: repacked(GOOD, add=[(FIGURES_PART.upper(), b"<worksheet/>")]),
        "rejected",
        ["package-suspicious"],
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
    "a download under way": ("坏.xlsx.crdownload", lambda: b"PK", "ignored", ["litter"]),
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


# --- our own bugs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["open_workbook", "read_submission"])
def test_a_bug_of_our_own_costs_only_the_file_that_meets_it(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = getattr(run, place)

    def fails_on_one(given: Any, *rest: Any) -> Any:
        if getattr(given, "parcel", given).name == "坏.xlsx":
            raise KeyError("a table of ours")
        return real(given, *rest)

    monkeypatch.setattr(run, place, fails_on_one)
    outcome = beside(tmp_path, {"坏.xlsx": GOOD})
    assert fate(outcome, "坏.xlsx") == ("rejected", ["own-bug"])
    [finding] = receipt(outcome, "坏.xlsx").findings
    assert finding.parameters["error"] == "KeyError: 'a table of ours'"
    assert "坏.xlsx" in caplog.text
    assert outcome.merged.slots["leak_events"].standing is Standing.MISSING


# --- odd files that are taken --------------------------------------------------------------------------------

ODD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an .xlsx named .xls": ("好.xls", lambda: GOOD),
    "an .xlsx named .XLSX in a folder": ("第二批/好.XLSX", lambda: GOOD),
    "an .xlsx without a name to speak of": ("附件1", lambda: GOOD),
    "a value in the last cell of a sheet": (
        "好.xlsx",
        lambda: sheet(
            lambda xml: xml.replace(
                b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            )
        ),
    ),
    "a dimension of the whole sheet": (
        "好.xlsx",
        lambda: sheet(lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)),
    ),
    "a sheet merged all over": (
        "好.xlsx",
        lambda: sheet(lambda xml: xml.replace(b"</mergeCells>", b'<mergeCell ref="A10:XFD1048576"/></mergeCells>')),
    ),
    "a sheet in UTF-16, little end first": (
        "好.xlsx",
        lambda: sheet(lambda xml: b"\xff\xfe" + declared(xml, "UTF-16").decode().encode("utf-16-le")),
    ),
    "a sheet in UTF-16, big end first": (
        "好.xlsx",
        lambda: sheet(lambda xml: b"\xfe\xff" + declared(xml, "UTF-16").decode().encode("utf-16-be")),
    ),
    "strict Open XML": ("好.xlsx", lambda: strict(GOOD)),
    "a bomb among the pictures, which nobody reads": (
        "好.xlsx",
        lambda: repacked(GOOD, add=[("xl/media/a.png", BLANKS)]),
    ),
    "a bomb in the properties, which nobody reads": (
        "好.xlsx",
        lambda: repacked(GOOD, add=[("docProps/x.xml", BLANKS)]),
    ),
    "macros": ("好.xlsm", lambda: repacked(GOOD, add=[("xl/vbaProject.bin", b"\xd0\xcf")])),
    "a link to another workbook": (
        "好.xlsx",
        lambda: repacked(GOOD, add=[("xl/externalLinks/externalLink1.xml", b"<x/>")]),
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_file_is_taken_with_all_its_answers(case: str, tmp_path: Path) -> None:
    name, make = ODD[case]
    outcome = assess(put(tmp_path, {"税.xlsx": OTHER, name: make()}))
    assert fate(outcome, name)[0] == "taken"
    assert outcome.merged.slots["leak_events"].value == 1
    assert outcome.merged.slots["crypto_failing_systems"].value == 4


def test_strict_open_xml_with_a_formula_is_read(tmp_path: Path) -> None:
    outcome = beside(tmp_path, {"好的.xlsx": strict(beside_a_formula(GOOD))})
    assert fate(outcome, "好的.xlsx") == ("taken", ["formula-kept"])


def test_content_far_out_is_told_with_its_cell(tmp_path: Path) -> None:
    outcome = beside(tmp_path, {"远.xlsx": last_row('<c r="XFD1048576"><v>1</v></c>')})
    assert fate(outcome, "远.xlsx") == ("taken", ["far-cell"])
    [finding] = receipt(outcome, "远.xlsx").findings
    assert (finding.origin.cell, finding.parameters["cell"]) == ("XFD1048576", "XFD1048576")


def test_a_format_far_out_is_not_told(tmp_path: Path) -> None:
    """Excel leaves such cells where somebody coloured a whole row."""
    outcome = beside(tmp_path, {"远.xlsx": last_row('<c r="XFD1048576" s="1"/>')})
    assert fate(outcome, "远.xlsx") == ("taken", [])


@pytest.mark.parametrize("reader", [bytes, beside_a_formula], ids=["alone", "beside a formula"])
@pytest.mark.parametrize("digits", ["NaN", "9" * 6000], ids=["nan", "six thousand digits"])
def test_one_value_that_is_no_number_does_not_cost_the_others(
    digits: str, reader: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    data = reader(with_cell(GOOD, CELL, f'<c r="{CELL}"><v>{digits}</v></c>'))
    outcome = beside(tmp_path, {"坏.xlsx": data})
    assert receipt(outcome, "坏.xlsx").status == "taken"
    assert outcome.merged.slots["leak_events"].standing is Standing.UNREADABLE
    assert outcome.merged.slots["crypto_failing_systems"].value == 4


def test_in_a_file_written_oddly_such_a_value_may_cost_the_file_but_not_the_batch(tmp_path: Path) -> None:
    outcome = beside(tmp_path, {"坏.xlsx": not_plain(with_cell(GOOD, CELL, f'<c r="{CELL}"><v>NaN</v></c>'))})
    assert fate(outcome, "坏.xlsx") == ("rejected", ["damaged"]) or receipt(outcome, "坏.xlsx").status == "taken"


# --- files that would end the process ------------------------------------------------------------------------


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


def last_row(cell: str) -> bytes:
    return sheet(lambda xml: xml.replace(b"</sheetData>", f'<row r="1048576">{cell}</row></sheetData>'.encode()))


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
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 28, 3 << 28))
from pathlib import Path
from smartcity_xl.run.collecting import assess
outcome = assess(Path(sys.argv[1]))
print([receipt.status for receipt in outcome.receipts if receipt.parcel == "好.xlsx"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="memory is limited by POSIX means")
@pytest.mark.parametrize("case", DEADLY)
def test_no_file_ends_the_process(case: str, tmp_path: Path) -> None:
    put(tmp_path, {"好.xlsx": OTHER, "坏.xlsx": DEADLY[case]()})
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, timeout=30, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "RUST_BACKTRACE": "0"},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-300:]
    assert child.stdout.strip() == "['taken']"


# --- pictures ------------------------------------------------------------------------------------------------

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"


def with_picture(row: int, column: int, data: bytes, extra: bytes = b"") -> bytes:
    """A picture anchored at a cell (from 0) of the sheet 填报表, as raw XML."""
    drawing = (
        f'<xdr:wsDr xmlns:xdr="{DRAWING}"><xdr:oneCellAnchor><xdr:from>'
        f"<xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from></xdr:oneCellAnchor></xdr:wsDr>"
    ).encode() + extra
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/relationships/drawing" Target="../drawings/drawing1.xml"/></Relationships>'
    ).encode()
    return repacked(
        data, add=[("xl/worksheets/_rels/sheet2.xml.rels", relation), ("xl/drawings/drawing1.xml", drawing)]
    )


def place(cell: str) -> tuple[int, int]:
    return int(cell[1:]) - 1, ord(cell[0]) - ord("A")


def test_a_picture_over_a_blank_value_is_told(tmp_path: Path) -> None:
    data = with_picture(*place(CELL), filled("secrecy", crypto_failing_systems=4))
    outcome = beside(tmp_path, {"图.xlsx": data})
    assert "picture-in-cell" in fate(outcome, "图.xlsx")[1]
    assert outcome.merged.slots["leak_events"].standing is Standing.UNREADABLE


def test_a_picture_over_a_value_or_elsewhere_is_no_matter(tmp_path: Path) -> None:
    outcome = beside(
        tmp_path, {"图.xlsx": with_picture(*place(CELL), GOOD), "附.xlsx": with_picture(0, 0, filled("ecology"))}
    )
    assert "picture-in-cell" not in codes(outcome.findings)
    assert outcome.merged.slots["leak_events"].value == 1


def test_a_damaged_drawing_does_not_end_the_batch(tmp_path: Path) -> None:
    data = damage_part(with_picture(*place(CELL), GOOD, extra=os.urandom(4000)), "xl/drawings/drawing1.xml")
    beside(tmp_path, {"图.xlsx": data})


def test_a_drawing_that_is_too_large_does_not_end_the_batch(tmp_path: Path) -> None:
    beside(tmp_path, {"图.xlsx": with_picture(*place(CELL), GOOD, extra=BLANKS)})


def test_a_document_type_in_the_relations_of_a_sheet_does_not_end_the_batch(tmp_path: Path) -> None:
    data = with_picture(*place(CELL), GOOD)
    change = {"xl/worksheets/_rels/sheet2.xml.rels": lambda xml: b"<!DOCTYPE Relationships>" + xml}
    beside(tmp_path, {"图.xlsx": repacked(data, change)})


def test_an_anchor_with_thousands_of_digits_does_not_end_the_batch(tmp_path: Path) -> None:
    beside(
        tmp_path,
        {"图.xlsx": with_picture(1, 2, GOOD, extra=b"<from><col>" + b"9" * 5000 + b"</col><row>1</row></from>")},
    )


def test_a_drawing_full_of_unfinished_anchors_costs_no_time(tmp_path: Path) -> None:
    def open_it(size: int) -> None:
        package = Package(with_picture(*place(CELL), GOOD, extra=b"<from>" * size))
        with pytest.raises(Refused, match="damaged"):
            package.pictures(package.sheets[label("sheet.figures")])

    assert growth(open_it, 2_000) < 24


# --- several workbooks ---------------------------------------------------------------------------------------


def test_two_rounds_in_equal_number_are_for_a_person_to_part(tmp_path: Path) -> None:
    put(tmp_path, {"a.xlsx": GOOD, "b.xlsx": identified(OTHER, round="2017")})
    with pytest.raises(UsageFault) as fault:
        assess(tmp_path)
    assert fault.value.code == "several-rounds"
    for language in LANGUAGES:
        text = sentence("errors", fault.value.code, language, **fault.value.parameters)
        assert "2017" in text
        assert "2018" in text
        assert "{" not in text


def test_a_batch_that_is_all_of_an_old_edition_is_read_and_told(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"a.xlsx": identified(GOOD, version="0"), "b.xlsx": identified(OTHER, version="0")})
    outcome = assess(inbox)
    for name in ("a.xlsx", "b.xlsx"):
        assert fate(outcome, name) == ("taken", ["version-other"])
        [finding] = receipt(outcome, name).findings
        assert finding.parameters == {"found": "0", "expected": CATALOG.version}
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "出")]) == 1


def test_the_same_bytes_twice_count_once(tmp_path: Path) -> None:
    outcome = beside(tmp_path, {"a.xlsx": GOOD, "第二批/a - 副本.xlsx": GOOD})
    assert fate(outcome, "a.xlsx")[0] == "taken"
    assert fate(outcome, "第二批/a - 副本.xlsx") == ("duplicate", ["duplicate-file"])
    assert outcome.merged.slots["leak_events"].value == 1
    assert "several-workbooks" not in codes(outcome.findings)


def test_the_same_answers_in_other_bytes_agree(tmp_path: Path) -> None:
    again = repacked(GOOD)
    assert again != GOOD
    outcome = beside(tmp_path, {"a.xlsx": GOOD, "b.xlsx": again})
    assert (fate(outcome, "a.xlsx")[0], fate(outcome, "b.xlsx")[0]) == ("taken", "taken")
    assert outcome.merged.slots["leak_events"].value == 1
    assert codes(outcome.findings).count("several-workbooks") == 1
    assert "conflict" not in codes(outcome.findings)


def test_different_answers_of_one_department_are_in_conflict_and_the_rest_counts(tmp_path: Path) -> None:
    corrected = filled("secrecy", secrecy_review_deduction=0.25, leak_events=2, crypto_failing_systems=4)
    outcome = beside(tmp_path, {"a.xlsx": GOOD, "b.xlsx": corrected})
    assert outcome.merged.slots["leak_events"].standing is Standing.CONFLICT
    assert outcome.merged.slots["crypto_failing_systems"].value == 4
    assert codes(outcome.findings).count("conflict") == 1
    assert "several-workbooks" in codes(outcome.findings)


# --- the inbox and the output --------------------------------------------------------------------------------


def says(arguments: list[str], capsys: pytest.CaptureFixture[str], exit_code: int, *parts: str) -> None:
    """The command ends with this code, in both languages, and says these parts on its error channel."""
    for language in LANGUAGES:
        assert run_cli([*arguments, "--lang", language]) == exit_code
        told = capsys.readouterr().err
        assert all(part in told for part in parts)
        assert "{" not in told
        assert "Traceback" not in told


def test_an_inbox_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageFault) as fault:
        assess(tmp_path / "无")
    assert fault.value.code == "inbox-missing"
    says(["collect", str(tmp_path / "无"), "--out", str(tmp_path / "出")], capsys, 2, "无")


def test_a_file_where_the_inbox_should_be(tmp_path: Path) -> None:
    put(tmp_path, {"收": b"x"})
    with pytest.raises(UsageFault, match="inbox-missing"):
        assess(tmp_path / "收")


@pytest.mark.parametrize("files", [{}, {"~$a.xlsx": b"x", ".DS_Store": b"x"}], ids=["nothing", "litter alone"])
def test_an_empty_inbox(files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", files)
    inbox.mkdir(exist_ok=True)
    with pytest.raises(UsageFault, match="inbox-empty"):
        assess(inbox)
    says(["collect", str(inbox), "--out", str(tmp_path / "出")], capsys, 2, "收")


def test_an_inbox_with_strays_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "收", {"通知.pdf": b"%PDF", "空.xlsx": b"", "别套.xlsx": identified(GOOD, catalog="cn-2022")})
    with pytest.raises(NothingUsable, match="no-templates"):
        assess(tmp_path / "收")
    says(
        ["collect", str(tmp_path / "收"), "--out", str(tmp_path / "出")], capsys, 1, "通知.pdf", "空.xlsx", "别套.xlsx"
    )
    assert [path.name for path in (tmp_path / "出").iterdir()] == ["ledger"]  # they were received all the same


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, {"外/密.xlsx": GOOD})
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    (inbox / "链.xlsx").symlink_to(tmp_path / "外" / "密.xlsx")
    (inbox / "夹").symlink_to(tmp_path / "外", target_is_directory=True)
    (inbox / "圈").symlink_to(inbox / "圈")
    (inbox / "回").symlink_to(inbox, target_is_directory=True)
    (inbox / "断.xlsx").symlink_to(tmp_path / "没有")
    outcome = assess(inbox)
    assert outcome.merged.slots["leak_events"].standing is Standing.MISSING
    assert receipt(outcome, "好.xlsx").status == "taken"
    links = ["链.xlsx", "夹", "圈", "回", "断.xlsx"]
    assert {fate_of: fate(outcome, fate_of) for fate_of in links} == dict.fromkeys(links, ("ignored", ["link"]))
    assert [finding for finding in outcome.findings if finding.code == "link"]
    assert_worded(outcome.findings)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    inbox = put(tmp_path, {"好.xlsx": OTHER})
    os.mkfifo(inbox / "管.xlsx")
    outcome = assess(inbox)
    assert receipt(outcome, "好.xlsx").status == "taken"
    assert fate(outcome, "管.xlsx") == ("ignored", ["link"])


@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux only")
def test_a_name_that_is_not_utf_8_does_not_end_the_run(tmp_path: Path) -> None:
    """An archive from a Chinese Windows, unpacked on Linux, leaves names in GBK."""
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    Path(os.fsdecode(os.fsencode(inbox) + b"/" + "保密局.xlsx".encode("gbk"))).write_bytes(GOOD)
    outcome, _ = collect(inbox, tmp_path / "出")
    assert outcome.merged.slots["leak_events"].value == 1
    assert receipt(outcome, "保密局.xlsx").status == "taken"


@pytest.mark.parametrize(
    "name", ["=1+1.xlsx", "a\nb.xlsx", "a\x07b.xlsx", "{x}.xlsx", "%s.xlsx", "表\u202exslx.xlsx", "x" * 200 + ".xlsx"]
)
def test_a_name_that_is_odd_does_not_end_the_run(name: str, tmp_path: Path) -> None:
    outcome, _ = collect(put(tmp_path / "收", {"好.xlsx": OTHER, name: GOOD}), tmp_path / "出")
    assert receipt(outcome, name).status == "taken"


def test_words_in_a_workbook_that_would_be_formulas_or_cannot_be_written_do_not_end_the_run(tmp_path: Path) -> None:
    def write(book: Any) -> None:
        row = int(CELL[1:])
        figures_sheet(book).cell(row, 9).value = "x" * 32_767
        figures_sheet(book)[CELL].value = '=HYPERLINK("http://x")'
        figures_sheet(book)[CELL].data_type = "s"

    outcome, _ = collect(put(tmp_path / "收", {"好.xlsx": OTHER, "a.xlsx": edited(GOOD, write)}), tmp_path / "出")
    [answer] = outcome.merged.slots["leak_events"].answers
    assert (answer.state, answer.raw) == (State.UNREADABLE, '=HYPERLINK("http://x")')


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER, "锁.xlsx": GOOD})
    (inbox / "锁.xlsx").chmod(0)
    with pytest.raises(MachineFault, match="file-unreadable"):
        assess(inbox)
    says(["collect", str(inbox), "--out", str(tmp_path / "出")], capsys, 3, "锁.xlsx")


def test_a_file_where_the_output_folder_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    put(tmp_path, {"出": b"x"})
    with pytest.raises(MachineFault) as fault:
        collect(inbox, tmp_path / "出")
    assert fault.value.exit_code == 3
    says(["collect", str(inbox), "--out", str(tmp_path / "出")], capsys, 3, "出")
    assert (tmp_path / "出").read_bytes() == b"x"
    assert [path.name for path in inbox.iterdir()] == ["好.xlsx"]


def test_a_folder_where_the_summary_should_be_leaves_nothing_half_written(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    (tmp_path / "出" / label("file.summary")).mkdir(parents=True)
    with pytest.raises(MachineFault):
        collect(inbox, tmp_path / "出")
    assert [path.name for path in (tmp_path / "出").iterdir()] == [label("file.summary")]


def test_the_output_folder_may_lie_in_the_inbox(tmp_path: Path) -> None:
    inbox = put(tmp_path, {"好.xlsx": OTHER})
    first, _ = collect(inbox, inbox / "出")
    second, _ = collect(inbox, inbox / "出")
    assert [r.parcel for r in second.receipts] == [r.parcel for r in first.receipts] == ["好.xlsx"]


def test_a_summary_of_an_earlier_run_in_the_inbox_is_known_as_ours(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    _, written = collect(inbox, tmp_path / "出")
    outcome = beside(inbox, {path.name: path.read_bytes() for path in written.written})
    assert fate(outcome, label("file.summary")) == ("ignored", ["own-summary"])
    assert fate(outcome, "results.json") == ("ignored", ["other-file"])
