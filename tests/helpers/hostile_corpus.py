"""Files that are made to harm: a name, how each is made, and what must become of it. Workbooks on a template with
tables and on one without, archives, Word files, mails and TNEF.

All are refused, each for its own reason; what is taken and told (numbers, notes, rows of their own) is tried in
``benchmarks/hostile.py`` and in the tests of the readers.
"""

from __future__ import annotations

# ruff: noqa: E501 - a case a line, however long
import base64
import bz2
import gzip
import hashlib
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).parent.parent.parent / "samples" / "inbox"
FORMS = {"with tables": SAMPLES / "05-市卫生健康委.xlsx", "without": SAMPLES / "10-市税务局.xlsx"}
WORD = SAMPLES / "实践案例" / "市卫生健康委-智慧医疗.docx"
BOOK, RELS, STYLES, SHEET = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet2.xml"
NOISE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(256))
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DOCTYPE = b"<!DOCTYPE a [<!ENTITY n 'x'>]>"
Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, and what its receipt must say: its status, and the codes of its findings; of a Word file, what is said of
    it as written material, and why. ``inside``: the receipt is that of something in it."""

    file: str
    make: Callable[[], bytes]
    status: str
    codes: tuple[str, ...]
    inside: str = ""


@cache
def parts(path: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(members: Mapping[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method, compresslevel=1) as package:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            package.writestr(name, data)
    return stream.getvalue()


def changed(path: Path, changes: Mapping[str, Change], add: Mapping[str, bytes] | None = None) -> bytes:
    """A package with some parts changed, and some added."""
    found = dict(parts(path))
    for name, change in changes.items():
        now = change(found[name])
        assert now != found[name], f"{name}: nothing was spoilt"
        found[name] = now
    return packed({**found, **(add or {})})


def without(path: Path, *names: str) -> bytes:
    return packed({name: data for name, data in parts(path).items() if name not in names})


def before_end(more: bytes) -> Change:
    return lambda text: text.replace(b"</sheetData>", more + b"</sheetData>")


def rows(number: int, row: Callable[[int], bytes], first: int = 200) -> bytes:
    return b"".join(b'<row r="%d">%s</row>' % (at, row(at)) for at in range(first, first + number))


def text_cell(cell: str, text: str) -> bytes:
    return f'<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def encoded(as_: str, said: str, doctype: bytes = b"") -> Change:
    def change(part: bytes) -> bytes:
        text = re.sub(r"<\?xml[^>]*\?>", "", part.decode("utf-8"))
        return f'<?xml version="1.0" encoding="{said}"?>{doctype.decode()}{text}'.encode(as_)

    return change


def with_doctype(part: bytes) -> bytes:
    return re.sub(rb"(<\?xml[^>]*\?>)?", lambda head: head[0] + DOCTYPE, part, count=1)


def identity(path: Path, field: str, value: str) -> bytes:
    """The form, saying something else of itself on its hidden sheet."""
    name = next(name for name, text in parts(path).items() if name.startswith("xl/worksheets/") and b">kind<" in text)
    pattern = re.compile(
        rb"(<t[^>]*>" + field.encode() + rb"</t></is></c><c [^>]*>)(?:<is><t[^>]*>[^<]*</t></is>|<v>[^<]*</v>)"
    )
    return changed(path, {name: lambda text: pattern.sub(rb"\g<1><is><t>" + value.encode() + b"</t></is>", text)})


def sheets(number: int, name: str = "附{}") -> Callable[[Path], bytes]:
    def make(path: Path) -> bytes:
        listed = "".join(
            f'<sheet name="{name.format(n)}" sheetId="{n + 500}" xmlns:o="{OFFICE}" o:id="o{n}"/>'
            for n in range(number)
        )
        named = "".join(
            f'<Relationship Id="o{n}" Type="{OFFICE}/worksheet" Target="worksheets/o{n}.xml"/>' for n in range(number)
        )
        return changed(
            path,
            {BOOK: lambda text: text.replace(b"</sheets>", listed.encode() + b"</sheets>"),
             RELS: lambda text: text.replace(b"</Relationships>", named.encode() + b"</Relationships>")},
            {f"xl/worksheets/o{n}.xml": b"<worksheet %s><sheetData/></worksheet>" % MAIN for n in range(number)},
        )  # fmt: skip

    return make


def drawing(part: bytes) -> Callable[[Path], bytes]:
    """A drawing on the sheet of figures."""
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="d1" Type="{OFFICE}/drawing" Target="../drawings/d1.xml"/></Relationships>'
    ).encode()
    return lambda path: packed(
        {**parts(path), "xl/worksheets/_rels/sheet2.xml.rels": relations, "xl/drawings/d1.xml": part}
    )


def flipped(path: Path) -> bytes:
    """One bit of the sheet of figures turned over, in what is packed."""
    data = bytearray(packed(parts(path), zipfile.ZIP_STORED))
    at = bytes(data).index(b"</sheetData>", bytes(data).index(SHEET.encode()))
    data[at - 3] ^= 1
    return bytes(data)


def marked(path: Path, offset: int, value: int, central: int) -> bytes:
    """The two headers of every member with another number: its flags, its way of packing."""
    data = bytearray(packed(parts(path)))
    for sign, at in ((b"PK\x03\x04", offset), (b"PK\x01\x02", central)):
        place = bytes(data).find(sign)
        while place >= 0:
            data[place + at : place + at + 2] = value.to_bytes(2, "little")
            place = bytes(data).find(sign, place + 4)
    return bytes(data)


ON_A_FORM: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "zeros": (lambda path: bytes(len(path.name)), "file-zeros"),
    "half of it": (lambda path: path.read_bytes()[: len(path.read_bytes()) // 2], "damaged"),
    "its first 100 bytes": (lambda path: path.read_bytes()[:100] + path.name.encode(), "damaged"),
    "its end alone": (lambda path: b"PK" + path.read_bytes()[-300:], "damaged"),
    "noise in the middle": (lambda path: path.read_bytes()[:2_000] + NOISE + path.read_bytes()[10_192:], "damaged"),
    "a bit flipped": (flipped, "damaged"),
    "an unknown way of packing": (lambda path: marked(path, 8, 77, 10), "damaged"),
    "called encrypted": (lambda path: marked(path, 6, 1, 8), "encrypted"),
    "no workbook part": (lambda path: without(path, BOOK), "not-a-workbook"),
    "no sheet of figures": (lambda path: changed(path, {RELS: lambda t: t.replace(b"sheet", b"gone")}), "no-sheets"),
    "no identity": (lambda path: changed(path, {BOOK: lambda t: t.replace(b"_xlscore", b"_nobody")},
                    {"docProps/custom.xml": b"<Properties/>"}), "not-ours"),
    "a workbook that is no XML": (lambda path: changed(path, {BOOK: lambda t: t.replace(b"</sheets>", b"")}), "damaged"),
    "a sheet that ends in a tag": (lambda path: changed(path, {SHEET: lambda t: t[: t.index(b"<sheetData") + 300]}), "damaged"),
    "cells twice over": (lambda path: changed(path, {SHEET: lambda t: t.replace(
        b"</sheetData>", b'</sheetData><sheetData><row r="6"><c  r="D6"><v>1</v></c></row></sheetData>')}), "damaged"),
    "DOCTYPE in a sheet": (lambda path: changed(path, {SHEET: with_doctype}), "package-suspicious"),
    "DOCTYPE in the workbook": (lambda path: changed(path, {BOOK: with_doctype}), "package-suspicious"),
    "DOCTYPE in the styles": (lambda path: changed(path, {STYLES: with_doctype}), "package-suspicious"),
    "DOCTYPE in UTF-16": (lambda path: changed(path, {SHEET: encoded("utf-16", "UTF-16", DOCTYPE)}), "package-suspicious"),
    "DOCTYPE in UTF-16 without a mark": (
        lambda path: changed(path, {SHEET: encoded("utf-16-be", "UTF-16", DOCTYPE)}), "package-suspicious"),
    "UTF-32": (lambda path: changed(path, {SHEET: encoded("utf-32", "UTF-32")}), "damaged"),
    "UTF-7": (lambda path: changed(path, {SHEET: encoded("utf-7", "UTF-7")}), "damaged"),
    "EBCDIC": (lambda path: changed(path, {SHEET: lambda t: encoded("utf-8", "cp037")(t)}), "damaged"),
    "GBK that says so": (lambda path: changed(path, {SHEET: encoded("gb18030", "gb18030")}), "damaged"),
    "a part twice": (lambda path: packed([*parts(path).items(), (SHEET, b"<worksheet/>")]), "package-doubled"),
    "a part twice in capitals": (
        lambda path: packed([*parts(path).items(), (SHEET.upper(), b"<worksheet/>")]), "package-doubled"),
    "a sheet of the same name": (sheets(2, "附"), "sheet-twice"),
    "251 sheets": (sheets(251), "book-crowded"),
    "10,001 parts": (lambda path: packed({**parts(path), **{f"x{n}": b"" for n in range(10_001)}}), "package-crowded"),
    "a remark of 32,768 characters": (
        lambda path: changed(path, {SHEET: before_end(b'<row r="200">' + text_cell("I200", "备" * 32_768) + b"</row>")}),
        "cell-too-long"),
    "a cell of pieces without end": (
        lambda path: changed(path, {SHEET: before_end(b'<row r="200"><c r="I200" t="inlineStr"><is>'
                                                      + b"<r><t>x</t></r>" * 80_000 + b"</is></c></row>")}), "cell-too-long"),
    "20 MB of remarks": (
        lambda path: changed(path, {SHEET: before_end(rows(200, lambda n: text_cell(f"I{n}", "备" * 32_767)))}), "book-crowded"),
    "20 MB of shared remarks": (
        lambda path: packed({**parts(path), "xl/sharedStrings.xml": b"<sst %s>" % MAIN
                             + (b"<si><t>" + "备".encode() * 32_767 + b"</t></si>") * 200 + b"</sst>"}), "book-crowded"),
    "an odd cell 150,001 times": (
        lambda path: changed(path, {SHEET: before_end(b'<row r="200">' + b'<c  r="A200"/>' * 150_001 + b"</row>")}),
        "book-crowded"),
    "the same cell 500,001 times": (
        lambda path: changed(path, {SHEET: before_end(b'<row r="200">' + b'<c r="A200"/>' * 500_001 + b"</row>")}),
        "book-crowded"),
    "1,000,001 rows": (lambda path: changed(path, {SHEET: before_end(b"<row/>" * 1_000_001)}), "book-crowded"),
    "1,000,001 cells": (
        lambda path: changed(path, {SHEET: before_end(b'<row r="200">' + b"<c/>" * 1_000_001 + b"</row>")}), "book-crowded"),
    "300,001 shared texts": (
        lambda path: packed({**parts(path), "xl/sharedStrings.xml": b"<sst %s>" % MAIN + b"<si/>" * 300_001 + b"</sst>"}),
        "book-crowded"),
    "131,000 styles": (lambda path: changed(path, {STYLES: lambda t: t.replace(b"</cellXfs>", b"<xf/>" * 131_000 + b"</cellXfs>")}),
                       "book-crowded"),
    "a format of 5,000 characters": (
        lambda path: changed(path, {STYLES: lambda t: t.replace(b"<fonts", b'<numFmts><numFmt numFmtId="200" formatCode="'
                                                                + b"0" * 5_000 + b'"/></numFmts><fonts', 1)}), "book-crowded"),
    "400,001 elements in a drawing": (drawing(b"<a>" + b"<b/>" * 400_001 + b"</a>"), "book-crowded"),
    "a drawing 300 deep": (drawing(b"<a>" * 300 + b"</a>" * 300), "book-crowded"),
    "DOCTYPE in a drawing": (drawing(DOCTYPE + b"<a>&n;</a>"), "package-suspicious"),
    "a part of 65 MiB": (
        lambda path: changed(path, {SHEET: before_end(b" " * (65 * 2**20))}), "part-too-large"),
    "another layout": (lambda path: identity(path, "layout", "999"), "layout-differs"),
    "another kind": (lambda path: identity(path, "kind", "strange"), "not-ours"),
    "a department that is none": (lambda path: identity(path, "department", "nobody"), "department-unknown"),
    "an assignment that is none": (lambda path: identity(path, "assignment", "nobody"), "assignment-differs"),
    "another round": (lambda path: identity(path, "round", "1999"), "round-differs"),
    "another city": (lambda path: identity(path, "city", "无名市"), "city-differs"),
}  # fmt: skip


# --- other formats, archives, Word, mails ------------------------------------------------------------------------

SPACE = "urn:oasis:names:tc:opendocument:xmlns:"


def ods(content: bytes) -> bytes:
    head = f'<d xmlns:table="{SPACE}table:1.0" xmlns:office="{SPACE}office:1.0" xmlns:text="{SPACE}text:1.0">'.encode()
    return _ods(head + b'<table:table table:name="_xlscore">' + content + b"</table:table></d>")


def _ods(content: bytes) -> bytes:
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": kind, "META-INF/manifest.xml": b"<manifest/>", "content.xml": content})


def tar(**members: int) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, size in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = size
            archive.addfile(entry, io.BytesIO(bytes(size)))
    return stream.getvalue()


def linked(kind: bytes, target: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("表.xlsx")
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return stream.getvalue()


def nested(times: int) -> bytes:
    data = packed({"表.txt": b"x"})
    for number in range(times):
        data = packed({f"{number}.zip": data})
    return data


def overlapping() -> bytes:
    """A zip whose members share their bytes."""
    data = packed({"a.txt": bytes(100_000), "b.txt": b"x"})
    place = data.rindex(b"PK\x01\x02")
    first = data.index(b"PK\x01\x02")
    return (
        data[: place + 10]
        + data[first + 10 : first + 28]
        + data[place + 28 : place + 42]
        + bytes(4)
        + data[place + 46 :]
    )


def docx(body: str = "", add: Mapping[str, bytes] | None = None) -> bytes:
    found = dict(parts(WORD))
    found["word/document.xml"] = re.sub(rb"(<w:body>)", lambda m: m[1] + body.encode(), found["word/document.xml"])
    return packed({**found, **(add or {})})


def mail(*pieces: tuple[str, bytes], headers: str = "", kind: str = "mixed", end: bool = True) -> bytes:
    boundary = "=_edge"
    head = f"From: clerk@example.com\r\nSubject: =?utf-8?B?5aGr5oql6KGo?=\r\nMIME-Version: 1.0\r\n{headers}"
    head += f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    body = "".join(
        f"--{boundary}\r\n{given}\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(data).decode()}\r\n"
        for given, data in pieces
    )
    return (head + body + (f"--{boundary}--\r\n" if end else "")).encode()


def attached(name: str) -> str:
    return (
        f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"'
    )


def mails(deep: int) -> bytes:
    data = mail((attached("a.txt"), b"x"))
    for level in range(deep):
        head = (
            f'From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_{level}"\r\n\r\n'
        )
        inner = f"--=_{level}\r\nContent-Type: message/rfc822\r\n\r\n".encode()
        data = head.encode() + inner + data + f"\r\n--=_{level}--\r\n".encode()
    return data


TNEF = b"\x78\x9f\x3e\x22\x01\x00"
OTHERS: dict[str, tuple[str, Callable[[], bytes], str, tuple[str, ...]] | tuple[str, Callable[[], bytes], str, tuple[str, ...], str]] = {
    "nothing": ("xlsx", lambda: b"", "rejected", ("empty-file",)),
    # formats of other programs
    "an .ods of 600,001 cells": ("ods", lambda: ods(b"<table:table-cell/>" * 600_001), "rejected", ("book-crowded",)),
    "an .ods 300 deep": ("ods", lambda: ods(b"<a>" * 300 + b"</a>" * 300), "rejected", ("book-crowded",)),
    "an .ods with DOCTYPE": ("ods", lambda: _ods(DOCTYPE + b'<a table:name="_xlscore"/>'), "rejected", ("package-suspicious",)),
    "an .ods that is no XML": ("ods", lambda: ods(b"<a>"), "rejected", ("format-unread",)),
    "an .xls of noise": ("xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE, "rejected", ("old-workbook",)),
    "an .xls without a container, cut off": ("xls", lambda: b"\t\x08\x10\0\0\x06\x05\0" + NOISE[:40], "rejected", ("old-workbook",)),
    "an .xlsb of noise": ("xlsb", lambda: packed({"xl/workbook.bin": NOISE, "[Content_Types].xml": b"<Types/>"}),
                          "rejected", ("format-unread",)),
    "noise called .xlsx": ("xlsx", lambda: NOISE, "rejected", ("content-unknown",)),
    "HTML called .xls": ("xls", lambda: b"<html><table>", "rejected", ("not-a-workbook",)),
    "zeros called .xlsx": ("xlsx", lambda: bytes(5_000), "rejected", ("file-zeros",)),
    # archives
    "a zip of 129 MiB": ("zip", lambda: packed({f"{n}.txt": bytes(43 * 2**20) for n in range(3)}), "rejected", ("unpack-size",)),
    "a zip of 201 files": ("zip", lambda: packed({f"{n}.txt": b"x" for n in range(201)}), "rejected", ("unpack-count",)),
    "a zip three deep": ("zip", lambda: nested(3), "rejected", ("unpack-depth",), "2.zip/1.zip"),
    "a zip that leads out": ("zip", lambda: packed({"../../etc/x.txt": b"x"}), "rejected", ("member-name",), "../../etc/x.txt"),
    "a zip from the root": ("zip", lambda: packed({"/etc/x.txt": b"x"}), "rejected", ("member-name",), "/etc/x.txt"),
    "a zip of a drive": ("zip", lambda: packed({"C:\\Windows\\x.txt": b"x"}), "rejected", ("member-name",), "C:/Windows/x.txt"),
    "a zip whose members share bytes": ("zip", overlapping, "rejected", ("archive-suspicious",)),
    "a zip cut off": ("zip", lambda: packed({"a.txt": NOISE})[:-40], "rejected", ("archive-unreadable",)),
    "an empty zip": ("zip", lambda: packed({}), "rejected", ("archive-unreadable",)),
    "a zip of noise": ("zip", lambda: b"PK\x03\x04" + NOISE, "rejected", ("archive-unreadable",)),
    "a zip with a bit flipped": ("zip", lambda: packed({"a.txt": NOISE}, zipfile.ZIP_STORED).replace(NOISE[100:104], b"abcd", 1),
                                 "rejected", ("member-damaged",), "a.txt"),
    "a text called .zip": ("zip", lambda: b"hello", "rejected", ("archive-none",)),
    "a tar with a link": ("tar", lambda: linked(tarfile.SYMTYPE, "/etc/passwd"), "rejected", ("link",), "表.xlsx"),
    "a tar with a hard link": ("tar", lambda: linked(tarfile.LNKTYPE, "x"), "rejected", ("link",), "表.xlsx"),
    "a tar with a device": ("tar", lambda: linked(tarfile.CHRTYPE, ""), "rejected", ("link",), "表.xlsx"),
    "a tar of 65 MiB": ("tar", lambda: tar(a=65 * 2**20), "rejected", ("container-too-large",)),
    "a gz that unpacks to 150 MiB": ("gz", lambda: gzip.compress(bytes(150 * 2**20), 1), "rejected", ("unpack-size",)),
    "a gz cut off": ("gz", lambda: gzip.compress(NOISE)[:-20], "rejected", ("archive-cut",)),
    "a bz2 that unpacks to 150 MiB": ("bz2", lambda: bz2.compress(bytes(150 * 2**20), 1), "rejected", ("unpack-size",)),
    "an xz that unpacks to 150 MiB": ("xz", lambda: lzma.compress(bytes(150 * 2**20), preset=0), "rejected", ("unpack-size",)),
    "an xz that asks for a gigabyte": ("xz", lambda: lzma.compress(b"x" * 1_000, filters=[
        {"id": lzma.FILTER_LZMA2, "dict_size": 2**30, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3, "nice_len": 8}]), "rejected", ("archive-unreadable",)),
    "a rar of noise": ("rar", lambda: b"Rar!\x1a\x07\x01\0" + NOISE, "rejected", ("archive-unreadable",)),
    "a 7z of noise": ("7z", lambda: b"7z\xbc\xaf\x27\x1c\0\4" + NOISE, "rejected", ("archive-cut",)),
    "a volume of a 7z": ("7z.002", lambda: NOISE[::-1], "rejected", ("archive-volumes",)),
    # Word
    "Word: a DOCTYPE": ("docx", lambda: docx(add={"word/extra.xml": DOCTYPE + b"<a/>"}), "attached", ("written-unreadable", "package-suspicious")),
    "Word: a DOCTYPE in UTF-16": ("docx", lambda: docx(add={"word/extra.xml": (DOCTYPE + b"<a/>").decode().encode("utf-16")}),
                                  "attached", ("written-unreadable", "package-suspicious")),
    "Word: 300,001 paragraphs": ("docx", lambda: docx("<w:p/>" * 300_001), "attached", ("written-unreadable", "book-crowded")),
    "Word: tables 300 deep": ("docx", lambda: docx("<w:tbl>" * 300 + "</w:tbl>" * 300), "attached", ("written-unreadable", "book-crowded")),
    "Word: 17 MiB of text": ("docx", lambda: docx("<w:p><w:r><w:t>" + "字" * (6 * 2**20) + "</w:t></w:r></w:p>"), "attached", ("written-unreadable", "part-too-large")),
    "Word: a picture of 65 MiB": ("docx", lambda: docx(add={"word/media/x.png": bytes(65 * 2**20)}), "attached", ("written-unreadable", "part-too-large")),
    "Word: a part twice": ("docx", lambda: packed([*parts(WORD).items(), ("word/document.xml", b"<a/>")]), "attached", ("written-unreadable", "package-doubled")),
    "Word: no relations": ("docx", lambda: without(WORD, "_rels/.rels"), "attached", ("written-unreadable", "damaged")),
    "Word: cut off": ("docx", lambda: WORD.read_bytes()[:9_000], "attached", ("written-unreadable", "damaged")),
    "Word: no XML": ("docx", lambda: packed({**parts(WORD), "word/document.xml": b"<w:document>"}), "attached", ("written-unreadable", "damaged")),
    "Word: noise": ("docx", lambda: NOISE[1:], "attached", ("written-unreadable", "not-a-workbook")),
    "Word: 10,001 parts": ("docx", lambda: docx(add={f"x{n}": b"" for n in range(10_001)}), "attached", ("written-unreadable", "package-crowded")),
    # mails
    "a mail eleven deep": ("eml", lambda: mails(11), "rejected", ("unpack-depth",), "附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml/附带邮件1.eml"),
    "a mail of 201 parts": ("eml", lambda: mail(*[(attached(f"{n}.txt"), b"x") for n in range(201)]), "rejected", ("mail-parts",)),
    "a mail with a header of 65 KiB": ("eml", lambda: mail((attached("a.txt"), b"x"), headers="X-Long: " + "x" * 66_000 + "\r\n"),
                                       "rejected", ("mail-header-long",)),
    "a mail cut off": ("eml", lambda: mail((attached("a.xlsx"), NOISE), end=False)[:-3_000], "rejected", ("mail-damaged",)),
    "a mail whose boundary never comes": ("eml", lambda: mail().replace(b"--=_edge", b""), "rejected", ("mail-damaged",)),
    "a mail with a bomb": ("eml", lambda: mail((attached("a.zip"), packed({"x.txt": bytes(129 * 2**20)}))), "rejected", ("unpack-size",), "a.zip"),
    "a mail encrypted by PGP": ("eml", lambda: mail(("Content-Type: application/pgp-encrypted", b"Version: 1"),
                                                    (attached("x.asc"), NOISE), kind="encrypted"), "opened", ("mail-sealed", "mail-without-form")),
    "a mail with nothing": ("eml", lambda: mail(("Content-Type: text/plain", b"hello")), "opened", ("mail-empty",)),
    "a bounce": ("eml", lambda: mail((attached("a.xlsx"), NOISE), headers="X-Failed-Recipients: b@example.com\r\n"), "ignored", ("mail-bounce",)),
    "a mail without a header": ("eml", lambda: b"\r\n\r\nhello", "rejected", ("mail-headless",)),
    "an Outlook message of noise": ("msg", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE[::-1], "rejected", ("mail-unreadable",)),
    "a winmail.dat of noise": ("dat", lambda: TNEF + NOISE, "rejected", ("mail-damaged",)),
    "a winmail.dat of 4,000 million properties": (
        "dat", lambda: TNEF + b"\x01\x03\x90\x06\x00" + (30).to_bytes(4, "little") + b"\xff\xff\xff\xee" + bytes(28), "opened", ("winmail-empty",)),
    "a winmail.dat cut off": ("dat", lambda: TNEF + b"\x02\x0f\x80\x06\x00" + (9_999).to_bytes(4, "little") + bytes(40), "rejected", ("mail-unreadable",)),
    "an invitation with a file that is cut": (
        "ics", lambda: b"BEGIN:VCALENDAR\r\nATTACH;ENCODING=BASE64;FMTTYPE=x/y;X-FILENAME=a.xlsx:UEsDBA\r\nEND:VCALENDAR\r\n",
        "rejected", ("mail-damaged",), "a.xlsx"),
}  # fmt: skip


def corpus() -> Iterator[tuple[str, Hostile]]:
    """Every fault by its name. Word files lie where material is asked for."""
    for number, (form, path) in enumerate(FORMS.items()):
        for at, (name, (make, code)) in enumerate(ON_A_FORM.items()):
            yield (
                f"{name} ({form})",
                Hostile(f"h{number}{at:03}.xlsx", lambda m=make, p=path: m(p), "rejected", (code,)),
            )  # type: ignore[misc]
    for at, (name, (ending, make_it, status, codes, *inside)) in enumerate(OTHERS.items()):
        folder = "实践案例/" if name.startswith("Word") else ""
        yield name, Hostile(f"{folder}o{at:03}.{ending}", make_it, status, codes, "".join(inside))
