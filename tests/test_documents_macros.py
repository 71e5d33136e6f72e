"""A document with a program inside is told, whatever becomes of it otherwise; the program is nobody's evidence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from smartcity_xl.books.others import has_macros
from smartcity_xl.run.collecting import assess

SAMPLES = Path(__file__).parent.parent / "samples" / "inbox"
FORM, CASE = SAMPLES / "05-市卫生健康委.xlsx", SAMPLES / "实践案例" / "市卫生健康委-智慧医疗.docx"


def with_part(data: bytes, name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for one in old.namelist():
            new.writestr(one, old.read(one))
        new.writestr(name, b"\xd0\xcf program")
    return stream.getvalue()


def macros_told(inbox: Path) -> list[str]:
    outcome = assess(inbox)
    return [one.origin.file for one in outcome.findings if one.code == "macros-document"]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / FORM.name).write_bytes(FORM.read_bytes())
    (tmp_path / "实践案例").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "word/vbaProject1.bin"])
def test_macros_in_word_are_told_as_in_a_workbook(name: str, inbox: Path) -> None:
    place = inbox / "实践案例" / "市卫生健康委-智慧医疗.docm"
    place.write_bytes(with_part(CASE.read_bytes(), name))
    (inbox / "又一份.docm").write_bytes(place.read_bytes())
    assert macros_told(inbox) == ["又一份.docm"]  # once, though it came twice
    (inbox / "又一份.docm").unlink()
    assert macros_told(inbox) == ["实践案例/市卫生健康委-智慧医疗.docm"]


def test_a_document_without_macros_is_not_accused(inbox: Path) -> None:
    (inbox / "实践案例" / CASE.name).write_bytes(CASE.read_bytes())
    (inbox / "说明.txt").write_text("vbaProject.bin", encoding="utf-8")
    assert macros_told(inbox) == []


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04 vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"x"])
def test_what_is_no_package_has_none_and_raises_nothing(data: bytes) -> None:
    assert not has_macros(data)
