"""Nothing that we write can bite: no text of theirs becomes a formula, a link, markup, a header or a path; macros are
told and stay behind."""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from bad_books import beside, fate
from support import ISSUE, filled, identified, put, repacked, value_cell, with_cell

from smartcity_xl.books.others import has_macros
from smartcity_xl.books.pages import Book, write_identity
from smartcity_xl.mail.mailbox.compose import Attachment, Draft, form_mail
from smartcity_xl.messages import label
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.systems import Choice

CELL = value_cell("secrecy", "leak_events")
BITES = (
    '=HYPERLINK("http://evil.example","x")', "+cmd|' /C calc'!A0", "-2+3+cmd|x", "@SUM(A1)", "http://evil.example/a",
    "mailto:a@evil.example", "<b>&amp;<script>", "_x001B_[31m", "internal:'x'!A1", "{=1+1}", "\t=1", "external:c:\\x",
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All workbooks of a run over forms that hold such texts wherever a clerk can write, and are named by them."""
    folder = tmp_path_factory.mktemp("bites")
    for number in range(0, len(BITES), 3):
        data = filled("secrecy", crypto_failing_systems=number)
        for column, bite in zip("DIJ", BITES[number:], strict=False):
            typed, cell = bite.replace("&", "&amp;").replace("<", "&lt;"), CELL.replace("D", column)
            text = f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{typed}</t></is></c>'
            data = with_cell(data, cell, text)
        put(folder / "inbox", {f"{BITES[number].replace('/', '_')}{number}.xlsx": data})
    put(folder / "inbox", {"=1+1.xlsx": identified(filled("tax"), city="=1+1", round='2018"&A1&"')})
    _, done = collect(folder / "inbox", folder / "out", Choice(round=ISSUE.round, city=ISSUE.city))
    return [*(path for path in done.written if path.suffix == ".xlsx"), *done.returned]


def test_no_text_of_theirs_becomes_a_formula_or_a_link(written: list[Path]) -> None:
    assert len(written) > 2
    for path in written:
        with zipfile.ZipFile(path) as package:
            parts = {
                name: package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))
            }
        for name, text in parts.items():
            assert "TargetMode" not in text, (path.name, name)
            for formula in re.findall(r"<f[^<>]*>([^<]*)</f>|<(?:formula1|formula2)>([^<]*)<", text):
                assert not re.search(r"cmd\||evil|calc|^1\+1$", "".join(formula)), (path.name, name)
        assert any("evil.example" in text for text in parts.values()) or label("file.returned_folder") in str(path)


def test_every_workbook_opens_and_runs_no_program(written: list[Path]) -> None:
    for path in written:
        book = openpyxl.load_workbook(path)
        assert book.vba_archive is None
        for sheet in book:
            assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink and cell.hyperlink.target]


def test_a_property_holds_what_a_property_can_hold() -> None:
    book = Book("a\x1b" + "题" * 400)
    write_identity(book, (("round", "\x00\x1b" + "轮" * 400), ("city", "<&>")))
    opened = openpyxl.load_workbook(io.BytesIO(book.close()))
    assert len(str(opened.custom_doc_props["xlscore.round"].value)) == 255
    assert opened.custom_doc_props["xlscore.city"].value == "<&>"
    assert len(str(opened.properties.title)) == 255


# --- names -------------------------------------------------------------------------------------------------------


def test_no_name_of_theirs_becomes_a_path(tmp_path: Path) -> None:
    """A workbook named as the way out, in an archive and in its own identity, is written nowhere but in its place."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../../逃.xlsx", filled("tax"))
        archive.writestr("/etc/逃.xlsx", filled("credit"))
        archive.writestr("C:\\逃.xlsx", filled("ecology"))
    data = identified(filled("secrecy", leak_events=1), city="../../逃", round="/逃")
    put(tmp_path / "a" / "b" / "inbox", {"包.zip": stream.getvalue(), "走逃.xlsx": data})
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    collect(tmp_path / "a" / "b" / "inbox", tmp_path / "a" / "b" / "out")
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert new
    assert all(path.is_relative_to(tmp_path / "a" / "b" / "out") for path in new)
    assert not [path for path in new if "逃" in str(path.relative_to(tmp_path / "a" / "b" / "out"))]


# --- mails -------------------------------------------------------------------------------------------------------

EVIL = "x\r\nBcc: thief@evil.example\r\n\r\n<script>\x1b[31m\u202e"


def draft(**changed: object) -> Draft:
    given: dict[str, object] = {
        "message_id": "<a@example.com>", "key": EVIL, "sender_name": EVIL, "sender": "office@example.com",
        "to": ["a@example.com"], "cc": [], "subject": EVIL, "body": f"回执\r\n{EVIL}", "answers": f"<a@b>{EVIL}",
        "attachments": [Attachment(f"{EVIL}.xlsx", b"x")],
    }  # fmt: skip
    return Draft(**{**given, **changed})  # type: ignore[arg-type]


def test_no_text_of_theirs_becomes_a_header_of_a_mail() -> None:
    data = form_mail(draft(), datetime(2019, 2, 20, tzinfo=UTC))
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert (mail["Bcc"], mail["Cc"], mail["In-Reply-To"]) == (None, None, None)
    assert not re.search(rb"(?im)^bcc|thief@", data.partition(b"\r\n\r\n")[0])
    (attached,) = mail.iter_attachments()
    assert not re.search(r"[\x00-\x1f\u202e]", str(attached.get_filename()) + mail["Subject"])
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content_type() == "text/plain"
    assert "\\u001b[31m\\u202e" in body.get_content()
    assert body.get_content().splitlines()[:2] == ["回执", "x"]


@pytest.mark.parametrize("field", ["sender", "to", "cc", "message_id"])
def test_an_address_with_the_end_of_a_line_is_never_written(field: str) -> None:
    value = "a@example.com\nBcc: thief@evil.example"
    with pytest.raises(ValueError, match="end of line"):
        form_mail(draft(**{field: [value] if field in ("to", "cc") else value}), datetime(2019, 2, 20, tzinfo=UTC))


# --- macros ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part", ["xl/vbaProject.bin", "xl/VBAProject.bin", "custom/vbaProject1.bin", "xl/macrosheets/sheet1.xml"]
)
def test_macros_are_told_and_the_answers_read(part: str, tmp_path: Path) -> None:
    data = repacked(filled("secrecy", leak_events=1), add=[(part, b"program")])
    outcome = beside(tmp_path, {"宏.xlsm": data})
    status, told = fate(outcome, "宏.xlsm")
    assert (status, told.count("macros")) == ("taken", 1)
    assert outcome.merged.slots["leak_events"].value == 1


def test_a_workbook_without_macros_tells_none(tmp_path: Path) -> None:
    data = repacked(filled("secrecy", leak_events=1), add=[("xl/printerSettings/vba.txt", b"x")])
    assert "macros" not in fate(beside(tmp_path, {"宏.xlsm": data}), "宏.xlsm")[1]


def test_macros_never_go_back(tmp_path: Path) -> None:
    data = repacked(filled("secrecy", leak_events=1), add=[("xl/vbaProject.bin", b"program")])
    _, done = collect(put(tmp_path / "inbox", {"宏.xlsm": data}), tmp_path / "out")
    for path in (*done.returned, *done.written):
        if path.suffix == ".xlsx":
            assert not [name for name in zipfile.ZipFile(path).namelist() if "vba" in name.casefold()]
    assert {path.suffix for path in done.returned} == {".xlsx"}


@pytest.mark.parametrize(("name", "has"), [
    ("xl/vbaProject.bin", True), ("Basic/Standard/Module1.xml", True), ("Scripts/python/a.py", True),
    ("Basic/", False), ("content.xml", False), ("xl/macrosheets/sheet1.bin", True),
])  # fmt: skip
def test_macros_of_other_formats_are_known(name: str, has: bool) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr(name, b"x")
    assert has_macros(stream.getvalue()) is has
