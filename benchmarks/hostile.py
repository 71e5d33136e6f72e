"""Workbooks, Word files and texts that are made to harm, one by one beside an honest workbook -> what became of each,
how long it took, and how much memory.

``python benchmarks/hostile.py [--only WORD]`` runs `xlscore collect` over an inbox of two files, in a process of its
own, and prints a table: what was found, the seconds and the MiB beyond those of the honest workbook alone, and whether every
output stands there. Honest workbooks that are large are in it too; they must be taken.
"""

from __future__ import annotations

# ruff: noqa: E501 - a case a line, however long
import argparse
import io
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from smartcity_xl.ledger import Keeping
from smartcity_xl.run.collecting import collect

HERE = Path(__file__).parent.parent
SAMPLES = HERE / "samples" / "inbox"
FORM, OTHER = (SAMPLES / name for name in ("05-市卫生健康委.xlsx", "10-市税务局.xlsx"))
FIGURES, TABLE, EVIDENCE = (f"xl/worksheets/sheet{number}.xml" for number in (2, 3, 5))
SECONDS, MEBIBYTES = 2.0, 256.0
_LONGEST = 120

Change = Callable[[bytes], bytes]


def repacked(change: Mapping[str, Change], add: Mapping[str, bytes] | None = None, form: Path = FORM) -> bytes:
    """The honest form with some parts changed, and some added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(form) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, bytes)(old.read(name)))
        for name, part in (add or {}).items():
            new.writestr(name, part)
    return stream.getvalue()


def text_cell(cell: str, text: str) -> bytes:
    return f'<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def in_cell(cell: str, xml: bytes, part: str = FIGURES) -> bytes:
    pattern = re.compile(rb'<c r="' + cell.encode() + rb'"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
    return repacked({part: lambda text: pattern.sub(lambda _: xml, text, count=1)})


def more_rows(rows: bytes, part: str = FIGURES) -> bytes:
    return repacked({part: lambda text: text.replace(b"</sheetData>", rows + b"</sheetData>")})


def numbered(number: int, row: Callable[[int], bytes], first: int = 100) -> bytes:
    return b"".join(b'<row r="%d">%s</row>' % (at, row(at)) for at in range(first, first + number))


def styles(number: int, code: str = "0%") -> Change:
    """So many styles, all of them with a format that scales what it shows."""
    formats = f'<numFmts count="1"><numFmt numFmtId="200" formatCode="{code}"/></numFmts>'.encode()

    def change(text: bytes) -> bytes:
        text = re.sub(rb"<numFmts.*?</numFmts>|<numFmts[^>]*/>", b"", text)
        text = re.sub(rb"(<styleSheet[^>]*>)", lambda m: m[1] + formats, text)
        more = b'<xf numFmtId="200" fontId="0" fillId="0" borderId="0"/>' * number
        return text.replace(b"</cellXfs>", more + b"</cellXfs>")

    return change


def many_sheets(number: int, rows: int) -> bytes:
    """Sheets of the clerk's own beside the form's."""
    row = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (at, at) for at in range(1, rows + 1))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = "".join(
        f'<sheet name="附{n}" sheetId="{n + 500}" xmlns:own="{office}" own:id="own{n}"/>' for n in range(number)
    )
    named = "".join(
        f'<Relationship Id="own{n}" Type="{office}/worksheet" Target="worksheets/own{n}.xml"/>' for n in range(number)
    )
    return repacked(
        {
            "xl/workbook.xml": lambda text: text.replace(b"</sheets>", listed.encode() + b"</sheets>"),
            "xl/_rels/workbook.xml.rels": lambda text: text.replace(
                b"</Relationships>", named.encode() + b"</Relationships>"
            ),
        },
        {f"xl/worksheets/own{n}.xml": sheet % row for n in range(number)},
    )


def related(kind: str, target: str, part: bytes, also: Mapping[str, bytes] | None = None) -> bytes:
    """A part that the sheet of figures refers to: notes, a drawing."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/{kind}" Target="../{target}"/></Relationships>'
    ).encode()
    return repacked({}, {"xl/worksheets/_rels/sheet2.xml.rels": relations, f"xl/{target}": part, **(also or {})})


_SPREADSHEET = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def notes(number: int, text: str) -> bytes:
    each = b'<comment ref="D%d" authorId="0"><text><t>%s</t></text></comment>'
    listed = b"".join(each % (row, text.encode()) for row in range(6, 6 + number))
    return related(
        "comments", "comments1.xml", b"<comments %s><commentList>%s</commentList></comments>" % (_SPREADSHEET, listed)
    )


def photographs(number: int) -> bytes:
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    anchors = "".join(
        f"<xdr:oneCellAnchor><xdr:from><xdr:col>20</xdr:col><xdr:row>{row}</xdr:row></xdr:from><xdr:pic/></xdr:oneCellAnchor>"
        for row in range(number)
    )
    part = f'<xdr:wsDr xmlns:xdr="{drawing}">{anchors}</xdr:wsDr>'.encode()
    also = {f"xl/media/image{n}.jpeg": b"\xff\xd8\xff" + bytes(2_000) for n in range(number)}
    return related("drawing", "drawings/drawing1.xml", part, also)


def deep(number: int) -> bytes:
    return in_cell("D6", b'<c r="D6"><is>' + b"<r>" * number + b"</r>" * number + b"</is></c>")


def ods(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        space = "urn:oasis:names:tc:opendocument:xmlns:"
        head = f'<d xmlns:table="{space}table:1.0" xmlns:office="{space}office:1.0" xmlns:text="{space}text:1.0">'
        package.writestr("content.xml", head.encode() + content + b"</d>")
    return stream.getvalue()


_IDENTITY = b'<table:table table:name="_xlscore">'


def word(body: str, add: Mapping[str, bytes] | None = None) -> bytes:
    import docx

    stream, packed = io.BytesIO(), io.BytesIO()
    docx.Document().save(stream)
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "word/document.xml":
                part = re.sub(rb"(<w:body>)", lambda m: m[1] + body.encode(), part)
            new.writestr(name, part)
        for name, part in (add or {}).items():
            new.writestr(name, part)
    return packed.getvalue()


def utf16(part: bytes, doctype: bytes = b"") -> bytes:
    text = re.sub(r"<\?xml[^>]*\?>", "", part.decode("utf-8"))
    return ('<?xml version="1.0" encoding="UTF-16"?>' + doctype.decode() + text).encode("utf-16")


_LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;'>" % (98 + n, *[97 + n] * 10) for n in range(9)
) + b"]>"  # fmt: skip
_TEXT_10M = "备" * (10 * 2**20 // 3)
_D6, _I6 = '<c r="D6"><v>{}</v></c>', "I6"

HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    # texts
    "a remark of 10 MB": ("xlsx", lambda: in_cell("I6", text_cell("I6", _TEXT_10M))),
    "an answer of 10 MB": ("xlsx", lambda: in_cell("D6", text_cell("D6", _TEXT_10M))),
    "an answer of 10 MB of digits": ("xlsx", lambda: in_cell("D6", text_cell("D6", "9" * (10 * 2**20)))),
    "a number of 10 MB of digits": ("xlsx", lambda: in_cell("D6", _D6.format("9" * (10 * 2**20)).encode())),
    "forty remarks of 1 MB": ("xlsx", lambda: more_rows(numbered(40, lambda n: text_cell(f"I{n}", "备" * 350_000)))),
    "60 MB of remarks of 32,767": ("xlsx", lambda: more_rows(numbered(600, lambda n: text_cell(f"I{n}", "备" * 32_767)))),
    "a formula of 10 MB": ("xlsx", lambda: in_cell("D6", b'<c r="D6"><f>1' + b"+1" * (5 * 2**20) + b"</f><v>486</v></c>")),
    "a name of 10 MB in a table": ("xlsx", lambda: in_cell("B6", text_cell("B6", _TEXT_10M), TABLE)),
    "a file of 10 MB in the evidence": ("xlsx", lambda: in_cell("E6", text_cell("E6", _TEXT_10M), EVIDENCE)),
    "a text of blanks of 10 MB": ("xlsx", lambda: in_cell("D6", text_cell("D6", " " * (10 * 2**20) + "x"))),
    # rows and cells
    "60,000 rows with an unknown key": (
        "xlsx", lambda: more_rows(numbered(60_000, lambda n: text_cell(f"A{n}", f"key{n}") + text_cell(f"D{n}", "7")))),
    "4,800 rows with an unknown key": (
        "xlsx", lambda: more_rows(numbered(4_800, lambda n: text_cell(f"A{n}", f"key{n}") + text_cell(f"D{n}", "7")))),
    "4,800 rows with a known key": (
        "xlsx", lambda: more_rows(numbered(4_800, lambda n: text_cell(f"A{n}", "med_institutions_total")
                                           + text_cell(f"D{n}", f"{n}")))),
    "4,800 rows of a table": (
        "xlsx", lambda: more_rows(numbered(4_800, lambda n: text_cell(f"B{n}", f"院{n}") + b'<c r="C%d"><v>1</v></c>' % n
                                           + b'<c r="D%d"><v>2</v></c>' % n), TABLE)),
    "4,800 rows of a table, half filled": (
        "xlsx", lambda: more_rows(numbered(4_800, lambda n: text_cell(f"B{n}", f"院{n}")), TABLE)),
    "4,800 lines of evidence": (
        "xlsx", lambda: more_rows(numbered(4_800, lambda n: text_cell(f"A{n}", "L1P4-A1#1") + text_cell(f"D{n}", f"证{n}")
                                           + text_cell(f"E{n}", f"f{n}.pdf")), EVIDENCE)),
    "4,800 rows beside the form": ("xlsx", lambda: more_rows(numbered(4_800, lambda n: text_cell(f"D{n}", f"x{n}")))),
    "4,900 rows of 100 cells": (
        "xlsx", lambda: more_rows(numbered(4_900, lambda n: b"".join(
            b'<c r="%s%d"><v>1</v></c>' % (c.encode(), n) for c in _columns())))),
    "60 sheets of 30,000 cells": ("xlsx", lambda: many_sheets(50, 30_000)),
    "2,000,000 cells in one column": ("xlsx", lambda: more_rows(b'<row r="100">' + b'<c r="A100"><v>1</v></c>' * 1_900_000 + b"</row>")),
    "900,000 cells without an address": ("xlsx", lambda: more_rows(b"<row>" + b"<c><v>1</v></c>" * 900_000 + b"</row>")),
    "1,000,000 rows with a cell each": ("xlsx", lambda: more_rows(numbered(900_000, lambda n: b'<c r="A%d"><v>1</v></c>' % n))),
    "1,500 rows, each deep in attributes": (
        "xlsx", lambda: more_rows(numbered(1_500, lambda n: b'<c r="D%d" ' % n + b" ".join(
            b'a%d=""' % k for k in range(2_000)) + b"><v>1</v></c>"))),
    # styles and texts
    "60,000 styles on 4,800 rows": (
        "xlsx", lambda: repacked({
            "xl/styles.xml": styles(60_000),
            FIGURES: lambda x: x.replace(b"</sheetData>", numbered(
                4_800, lambda n: b'<c r="D%d" s="%d"><v>1</v></c>' % (n, 100 + n)) + b"</sheetData>")})),
    "600,000 styles": ("xlsx", lambda: repacked({"xl/styles.xml": styles(600_000)})),
    "a number format of 5 MB": ("xlsx", lambda: repacked({"xl/styles.xml": styles(5, "0;" * (5 * 2**19))})),
    "a number format full of quotes": ("xlsx", lambda: repacked({"xl/styles.xml": styles(5, "&quot;" * 400_001)})),
    "3,000,000 shared texts": (
        "xlsx", lambda: repacked({}, {"xl/sharedStrings.xml": b"<sst %s>" % _SPREADSHEET + b"<si><t/></si>" * 3_000_000 + b"</sst>"})),
    "shared texts in 1,000,000 pieces": (
        "xlsx", lambda: repacked({}, {"xl/sharedStrings.xml": b"<sst %s><si>" % _SPREADSHEET
                                      + b"<r><rPr><strike/></rPr><t>x</t></r>" * 1_000_000 + b"</si></sst>"})),
    "an answer in 500,000 pieces": (
        "xlsx", lambda: in_cell("D6", b'<c r="D6" t="inlineStr"><is>' + b"<r><rPr><strike/></rPr><t>1</t></r>" * 500_000 + b"</is></c>")),
    "1,000 conditions over 1,000 places": (
        "xlsx", lambda: repacked({
            "xl/styles.xml": lambda x: re.sub(rb"(<dxfs[^>]*>)", rb'\1<dxf><numFmt numFmtId="201" formatCode="0%"/></dxf>', x),
            FIGURES: lambda x: x.replace(b"</sheetData>", numbered(
                4_800, lambda n: b'<c r="D%d"><v>1</v></c>' % n) + b"</sheetData>" + (
                b'<conditionalFormatting sqref="' + b" ".join(b"X%d" % n for n in range(1_000))
                + b'"><cfRule type="cellIs" dxfId="0" operator="lessThan"><formula>2</formula></cfRule></conditionalFormatting>'
            ) * 1_000)})),
    # beside the cells
    "a note of 32,767 characters": ("xlsx", lambda: notes(1, "批" * 32_767)),
    "a note of 10 MB": ("xlsx", lambda: notes(1, _TEXT_10M)),
    "60,000 notes": ("xlsx", lambda: notes(60_000, "批")),
    "200,000 merged places": (
        "xlsx", lambda: repacked({FIGURES: lambda x: x.replace(b"</sheetData>", b"</sheetData><mergeCells>" + b"".join(
            b'<mergeCell ref="X%d:Y%d"/>' % (n, n) for n in range(1, 200_000)) + b"</mergeCells>")})),
    "200,000 rules of validation": (
        "xlsx", lambda: repacked({FIGURES: lambda x: x.replace(b"</worksheet>", b"<dataValidations>" + b"".join(
            b'<dataValidation sqref="X%d"/>' % n for n in range(1, 200_000)) + b"</dataValidations></worksheet>")})),
    "5,000 spans over 4,800 rows of a table": (
        "xlsx", lambda: repacked({TABLE: lambda x: x.replace(b"</sheetData>", numbered(4_800, lambda n: text_cell(
            f"B{n}", f"院{n}") + b'<c r="C%d"><v>1</v></c>' % n) + b"</sheetData><mergeCells>" + b"".join(
            b'<mergeCell ref="X%d:Y%d"/>' % (n, n) for n in range(1, 5_000)) + b"</mergeCells>")})),
    "9,900 parts": ("xlsx", lambda: repacked({}, {f"xl/own{n}.xml": b"<x/>" for n in range(9_900)})),
    "1,000,000 relations": (
        "xlsx", lambda: repacked({}, {"xl/worksheets/_rels/sheet2.xml.rels": b"<Relationships>"
                                      + b'<Relationship Id="r" Type="t/drawing" Target="../x"/>' * 1_000_000 + b"</Relationships>"})),
    "elements 500,000 deep": ("xlsx", lambda: deep(500_000)),
    "drawing elements 500,000 deep": (
        "xlsx", lambda: related("drawing", "drawings/drawing1.xml", b"<a>" * 500_000 + b"</a>" * 500_000)),
    "100 MB of blanks in a drawing": ("xlsx", lambda: related("drawing", "drawings/drawing1.xml", b"<a>" + b" " * (60 * 2**20) + b"</a>")),
    "a drawing of 600,000 anchors": ("xlsx", lambda: related("drawing", "drawings/drawing1.xml", b"<a>" + b"<b/>" * 8_000_000 + b"</a>")),
    # entities
    "laughs in a sheet": ("xlsx", lambda: repacked({FIGURES: lambda x: _LAUGHS + x})),
    "laughs in UTF-16": ("xlsx", lambda: repacked({FIGURES: lambda x: utf16(x, _LAUGHS)})),
    "an entity in UTF-16": (
        "xlsx", lambda: repacked({FIGURES: lambda x: utf16(x, b"<!DOCTYPE w [<!ENTITY n '77'>]>").replace(
            "<v>486</v>".encode("utf-16-le"), "<v>&n;</v>".encode("utf-16-le"))})),
    "an entity in a UTF-16 drawing": (
        "xlsx", lambda: related("drawing", "drawings/drawing1.xml", utf16(b"<a>&n;</a>", b"<!DOCTYPE a [<!ENTITY n 'x'>]>"))),
    "a doctype in UTF-16 in Word": ("docx", lambda: word("", {"word/extra.xml": utf16(b"<a/>", b"<!DOCTYPE a>")})),
    # numbers
    **{f"a number: {told}": ("xlsx", lambda told=told, value=value: in_cell("D6", _D6.format(value).encode()))  # type: ignore[misc]
       for told, value in {"NaN": "NaN", "INF": "INF", "-INF": "-INF", "1E999": "1E999", "1E308": "1E308",
                           "1E-320": "1E-320", "6,000 digits": "9" * 6_000, "4,301 digits": "7" * 4_301,
                           "-0": "-0", "nan(1)": "nan(1)"}.items()},
    **{f"in a table: {told}": ("xlsx", lambda value=value: in_cell("C6", f'<c r="C6"><v>{value}</v></c>'.encode(), TABLE))  # type: ignore[misc]
       for told, value in {"NaN": "NaN", "1E999": "1E999", "1E308": "1E308", "6,000 digits": "9" * 6_000}.items()},
    **{f"a date: {value}": ("xlsx", lambda value=value: in_cell("H6", f'<c r="H6"><v>{value}</v></c>'.encode()))  # type: ignore[misc]
       for value in ("NaN", "1E999", "1E308", "-1E308")},
    "a number of 6,000 digits as text": ("xlsx", lambda: in_cell("D6", text_cell("D6", "9" * 6_000))),
    "a number 1E999 as text": ("xlsx", lambda: in_cell("D6", text_cell("D6", "1E999999999"))),
    # other formats
    "an .ods repeated 10^9 times": (
        "ods", lambda: ods(_IDENTITY + b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
                           b'table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
                           b"</table:table-row></table:table>")),
    "an .ods with 3,000,000 cells": (
        "ods", lambda: ods(_IDENTITY + b"<table:table-row>" + b"<table:table-cell/>" * 3_000_000 + b"</table:table-row></table:table>")),
    "an .ods with hidden repeated rows": (
        "ods", lambda: ods(_IDENTITY + b'<table:table-row table:visibility="collapse" table:number-rows-repeated="9999"/>'
                           * 3_000 + b"</table:table>")),
    "an .ods 500,000 deep": ("ods", lambda: ods(_IDENTITY + b"<a>" * 500_000 + b"</a>" * 500_000 + b"</table:table>")),
    # Word
    "Word: 15 MB of text": ("docx", lambda: word("<w:p><w:r><w:t>" + "字" * (5 * 2**20) + "</w:t></w:r></w:p>")),
    "Word: 500,000 paragraphs": ("docx", lambda: word("<w:p/>" * 500_000)),
    "Word: 60,000 short paragraphs": ("docx", lambda: word("<w:p><w:r><w:t>一、字</w:t></w:r></w:p>" * 60_000)),
    "Word: 100,000 nested tables": ("docx", lambda: word("<w:tbl>" * 200 + "</w:tbl>" * 200)),
    "Word: tables 20,000 deep": ("docx", lambda: word("<w:tbl>" * 20_000 + "</w:tbl>" * 20_000)),
    "Word: runs 250 deep, many": ("docx", lambda: word(("<w:p>" * 200 + "<w:r><w:t>字</w:t></w:r>" * 300 + "</w:p>" * 200) * 8)),
}  # fmt: skip
HONEST: dict[str, tuple[str, Callable[[], bytes]]] = {
    "600,000 formatted empty rows": (
        "xlsx", lambda: more_rows(b"".join(b'<row r="%d" s="1" customFormat="1"/>' % n for n in range(100, 600_100)))),
    "600,000 formatted rows with a cell": (
        "xlsx", lambda: more_rows(b"".join(b'<row r="%d"><c r="D%d" s="1"/></row>' % (n, n) for n in range(100, 600_100)))),
    "60,000 annex rows": ("xlsx", lambda: many_sheets(1, 60_000)),
    "1,100 photographs": ("xlsx", lambda: photographs(1_100)),
    "70 sheets": ("xlsx", lambda: many_sheets(64, 20)),
    "a remark of 32,767 characters": ("xlsx", lambda: in_cell("I6", text_cell("I6", "备" * 32_767))),
}  # fmt: skip


def _columns() -> list[str]:
    letters = [chr(65 + n) for n in range(26)]
    return (letters + [a + b for a in "ABC" for b in letters])[:99]


def run_one(inbox: Path, out: Path, answer: Connection) -> None:
    """Collect, in a process of its own, and say what became of the second file."""
    import logging

    logging.disable(logging.CRITICAL)
    began = spent()
    try:
        outcome, _ = collect(inbox, out, keeping=Keeping(out / "ledger", "2019-02-20T00:00:00Z"))
        told = [
            f"{one.status}: {' '.join(dict.fromkeys(f.code for f in one.findings))[:_LONGEST]}"
            for one in outcome.receipts if one.parcel.startswith("hostile")
        ]  # fmt: skip
        said = "; ".join(told)
    except BaseException as error:  # noqa: BLE001 - what ends a run is what this is for
        said = f"ENDED: {type(error).__name__}: {error}"[:_LONGEST]
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    answer.send((said, spent() - began, max(resource.getrusage(one).ru_maxrss for one in both) / 1024))


def spent() -> float:
    """Seconds of the processor, of this process and of those that it has started and ended."""
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


def measure(data: bytes | None, ending: str, limit: float) -> tuple[str, float, float, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        inbox, out = Path(folder, "inbox"), Path(folder, "out")
        inbox.mkdir()
        (inbox / OTHER.name).write_bytes(OTHER.read_bytes())
        if data is not None:
            (inbox / f"hostile.{ending}").write_bytes(data)
        ours, theirs = multiprocessing.Pipe()
        child = multiprocessing.get_context("forkserver").Process(target=run_one, args=(inbox, out, theirs))
        child.start()
        theirs.close()
        found: tuple[str, float, float] = ("STOPPED", limit, 0.0)
        try:
            if ours.poll(limit):
                found = ours.recv()
        except EOFError:
            found = ("DIED", 0.0, 0.0)
        child.kill()
        child.join()
        names = ("汇总.xlsx", "results.json", "退回/.xlscore-returned.json")
        return *found, [name for name in names if not (out / name).exists()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--corpus", action="store_true", help="the tests' corpus instead, as a table in Markdown")
    given = parser.parse_args()
    if given.corpus:
        return tabulate_corpus()
    multiprocessing.set_forkserver_preload(["__main__"])
    _, base_seconds, base_memory, _ = measure(None, "", given.limit)
    print(f"the honest workbook alone: {base_seconds:.2f} s, {base_memory:.0f} MiB")
    for kind, cases in (("hostile", HOSTILE), ("honest", HONEST)):
        for name, (ending, make) in cases.items():
            if given.only in name:
                data = make()
                said, seconds, memory, lacking = measure(data, ending, given.limit)
                seconds, memory = max(0.0, seconds - base_seconds), max(0.0, memory - base_memory)
                over = "!" if seconds > SECONDS or memory > MEBIBYTES or said.isupper() or lacking else " "
                size = f"{len(data) / 2**20:.1f} MiB"
                absent = f"  LACKING {' '.join(lacking)}" if lacking else ""
                print(
                    f"{over} {kind:7} {name:42} {size:>9} {seconds:6.2f} s {memory:5.0f} MiB  {said}{absent}",
                    flush=True,
                )
    return 0


def tabulate_corpus() -> int:
    """Every file of the hostile corpus alone, and all at once, beside an honest workbook, which must come out the same."""
    sys.path.insert(0, str(HERE / "tests" / "helpers"))
    import foreign_files
    from hostile_corpus import corpus

    files, wrong = {}, 0
    print("| file | what becomes of it | s | MiB |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        alone = foreign_files.run({})
        for name, one in corpus():
            place = Path(folder, one.file)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(one.make())
            files[one.file] = place
            came = foreign_files.run({one.file: place})
            wrong += bool(came.ended or came.honest != alone.honest)
            seconds, memory = max(0.0, came.seconds - alone.seconds), max(0.0, came.mebibytes - alone.mebibytes)
            fate = came.ended or f"{one.status}: {' '.join(one.codes)}"
            print(f"| {name} | {fate} | {seconds:.2f} | {memory:.0f} |", flush=True)
        came = foreign_files.run(files)
        wrong += bool(came.ended or came.honest != alone.honest)
        print(
            f"| all {len(files)} at once | {came.ended} | {came.seconds - alone.seconds:.2f} | {came.mebibytes - alone.mebibytes:.0f} |"
        )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
