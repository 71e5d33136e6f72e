"""Packages as the standard allows them, locks that everybody opens, and files called by what they are."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msoffcrypto
import pytest
from support import (
    ASSIGNMENT,
    CATALOG,
    assert_worded,
    codes,
    edited,
    figures_sheet,
    filled,
    parcel,
    put,
    read,
    receipt,
    repacked,
    value_cell,
)  # fmt: skip

from smartcity_xl.books import sheets as reading_sheets
from smartcity_xl.books.identity import IDENTITY_SHEET, MARKER
from smartcity_xl.books.locked import open_default, say_sealed
from smartcity_xl.books.plain_text import extent, is_plain
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, State
from smartcity_xl.run.collecting import assess

OWN = filled("education", schools_k12_total=600, schools_k12_multimedia=500)
SAVED = edited(OWN, lambda book: None)
CELL = value_cell("education", "schools_k12_total")
STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/": b"http://purl.oclc.org/ooxml/officeDocument/",
}


def renamed(data: bytes, rename: Callable[[str], str], change: Callable[[bytes], bytes] = bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(rename(name)), change(old.read(name)))
    return stream.getvalue()


def other_main(data: bytes) -> bytes:
    return renamed(data, lambda n: n.replace("workbook.xml", "workbook22.xml"),
                   lambda part: part.replace(b"workbook.xml", b"workbook22.xml"))  # fmt: skip


def strict(data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        for usual, other in STRICT.items():
            part = part.replace(usual, other)
        return part

    return renamed(data, str, change)


def other_texts(data: bytes) -> bytes:
    return renamed(data, lambda n: n.replace("sharedStrings.xml", "texts.xml"),
                   lambda part: part.replace(b"sharedStrings.xml", b"texts.xml"))  # fmt: skip


def locked(password: str, data: bytes = OWN) -> bytes:
    stream = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(data)).encrypt(password, stream)
    return stream.getvalue()


def with_pictures(number: int) -> bytes:
    return repacked(OWN, add=[(f"xl/media/image{n}.png", b"\x89PNG") for n in range(number)])


SAME = {
    "a main part of another name": other_main,
    "backslashes in the names of parts": lambda d: renamed(d, lambda n: n.replace("/", "\\")),
    "names of parts in capitals": lambda d: renamed(d, lambda n: n if n[0] in "[_" else n.upper()),
    "a slash before every name": lambda d: renamed(d, lambda n: "/" + n),
    "texts under another name": other_texts,
    "Strict Office Open XML": strict,
    "a decoy under the usual name": lambda d: repacked(other_main(d), add=[("xl/workbook.xml", b"<workbook/>")]),
}


@pytest.fixture(params=["fast", "thorough"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "thorough":
        monkeypatch.setattr(reading_sheets, "is_plain", lambda xml: False)


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("origin", [pytest.param(OWN, id="as we write it"), pytest.param(SAVED, id="as openpyxl does")])
@pytest.mark.parametrize("case", SAME)
def test_a_package_that_the_standard_allows_is_read(case: str, origin: bytes) -> None:
    found, honest = read(SAME[case](origin)), read(origin)
    assert {key: answer.value for key, answer in found.answers.items()} == {
        key: answer.value for key, answer in honest.answers.items()
    }
    assert codes(found.findings) == codes(honest.findings)
    assert found.people == honest.people


def test_the_password_that_excel_opens_without_asking_is_no_lock() -> None:
    assert read(locked("VelvetSweatshop")).answers["schools_k12_total"].value == 600
    assert open_default(OWN) is OWN


def told(tmp_path: Path, data: bytes, name: str = "坏.xlsx") -> tuple[str, list[str], Outcome]:
    outcome = assess(put(tmp_path, {name: data, "好.xlsx": filled("tax", mobile_services_extra=3)}))
    one = receipt(outcome, name)
    assert_worded(one.findings)
    return one.status, codes(one.findings), outcome


def ole(*streams: str) -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
    return head + b"\0\0".join(stream.encode("utf-16-le") for stream in streams) + b"\0\0" * 200


NAMED = {
    "a password of the department's own": (lambda: locked("geheim"), "encrypted"),
    "E-SafeNet": (lambda: b"b\x14#e\x02\x10\0\0\0\0E-SafeNet\0\0\0LOCK" + bytes(range(256)) * 9, "sealed-by-office"),
    "a green shield": (lambda: b"%TSD-Header-###%" + bytes(range(256)) * 9, "sealed-by-office"),
    "a DRM of Korea": (lambda: b"\x9b DRMONE  This Document is encrypted" + bytes(999), "sealed-by-office"),
    "a protected pfile": (lambda: b".pfile\0\0" + bytes(999), "sealed-by-office"),
    "a sensitivity label": (lambda: ole("EncryptedPackage", "DRMEncryptedTransform"), "rights-protected"),
    "IRM of an old kind": (lambda: ole("\tDRMContent"), "rights-protected"),
    "too many parts": (lambda: with_pictures(10_001), "package-crowded"),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_file_is_called_what_it_is(case: str, tmp_path: Path) -> None:
    make, code = NAMED[case]
    status, found, _ = told(tmp_path, make())
    assert (status, found) == ("rejected", [code])


def test_a_mark_deep_inside_a_file_seals_nothing() -> None:
    assert say_sealed(OWN + b"E-SafeNet") == ""
    assert say_sealed("IP-guard 使用手册".encode()) == ""


def test_a_lock_that_takes_years_is_not_tried() -> None:
    data = ole("EncryptedPackage") + b'<p:encryptedKey spinCount="99999999"'
    assert open_default(data) is data


def test_eleven_hundred_pictures_are_no_crime(tmp_path: Path) -> None:
    status, found, _ = told(tmp_path, with_pictures(1_100))
    assert status == "taken"
    assert "package-suspicious" not in found


# --- identity ----------------------------------------------------------------------------------------------------


def without_identity(data: bytes) -> bytes:
    return edited(data, lambda book: book.remove(book[IDENTITY_SHEET]))


def test_identity_is_read_from_the_properties_where_the_hidden_sheet_is_gone() -> None:
    data = without_identity(SAVED)
    assert open_workbook(parcel(data)).identity == open_workbook(parcel(SAVED)).identity
    found = read(data)
    assert codes(found.findings) == ["identity-from-properties", *codes(read(SAVED).findings)]
    assert found.answers["schools_k12_total"].value == 600
    assert "identity-from-properties" not in codes(read(SAVED).findings)


@pytest.mark.parametrize("drop", ["sheet and properties", "properties of somebody else"])
def test_a_workbook_without_either_is_none_of_ours(drop: str, tmp_path: Path) -> None:
    data = without_identity(SAVED)
    if drop == "sheet and properties":
        data = repacked(data, drop=["docProps/custom.xml"])
    else:
        data = repacked(data, {"docProps/custom.xml": lambda part: part.replace(b"xlscore.", b"other.")})
    assert told(tmp_path, data)[:2] == ("rejected", ["not-ours"])


def test_the_hidden_sheet_counts_where_both_say_something() -> None:
    data = repacked(SAVED, {"docProps/custom.xml": lambda part: part.replace(b"education", b"tax")})
    assert open_workbook(parcel(data)).identity.department == "education"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        pytest.param(lambda sheet: sheet.delete_rows(1), "map-row-missing", id="the hidden first row"),
        pytest.param(lambda sheet: sheet.delete_cols(1), "map-column-missing", id="the hidden column A"),
    ],
)
def test_a_deleted_hidden_line_is_told_as_that(edit: Callable[[Any], object], code: str) -> None:
    found = read(edited(OWN, lambda book: edit(figures_sheet(book))))
    assert_worded(found.findings)
    mine = [f for f in found.findings if f.code in (code, "sheet-missing")]
    assert codes(mine) == [code]
    assert mine[0].origin.sheet == "填报表"
    assert "schools_k12_total" in mine[0].concerns
    assert not found.answers


def test_a_sheet_that_is_gone_is_still_told_as_gone() -> None:
    found = read(edited(OWN, lambda book: book.remove(figures_sheet(book))))
    assert "sheet-missing" in codes(found.findings)


# --- days of 1904 ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize(("epoch", "day"), [("1904", "2018-12-31"), ("1900", "2014-12-30")])
def test_a_day_that_lost_its_format_is_counted_as_the_workbook_counts(epoch: str, day: str) -> None:
    row = re.sub(r"\D", "", CELL)

    def edit(book: Any) -> None:
        cell = figures_sheet(book)[f"H{row}"]
        cell.value, cell.number_format = 42_003, "General"

    def since(part: bytes) -> bytes:
        return part.replace(b"<workbookPr", b'<workbookPr date1904="1"') if epoch == "1904" else part

    found = read(repacked(edited(OWN, edit), {"xl/workbook.xml": since}))
    assert found.answers["schools_k12_total"].as_of == day
    assert found.answers["schools_k12_total"].state is State.VALUE


PLAIN_SHEET = (
    b'<?xml version="1.0"?><worksheet><sheetData><row r="1" ht="20"><c r="A1" s="1"><v>1</v></c>'
    b'<c r="B1" t="str"><f>"a"&amp;A1</f><v>a1</v></c></row><row r="2"><c r="A2"/></row><row r="3"><c r="A3"/>'
    b"</row></sheetData><pageMargins/></worksheet>"
)
ODD_SIGNS = {
    "a cell of another prefix": b'<x:c r="C1"/>', "a cell without its address": b"<c><v>1</v></c>",
    "a cell far to the right": b'<c r="CW1"/>', "a cell far below": b'<c r="A5001"/>', "a comment": b"<!-- -->",
    "a second declaration": b"<?x?>", "a sign that stands for another in a value": b'<c r="C1"><v>a&amp;b</v></c>',
    "a formula after its value": b'<c r="C1"><v>1</v><f>1</f></c>',
    "an element in a value": b'<c r="C1"><v><b/></v></c>',
}  # fmt: skip
PLACES = {
    "before the cells": b"<sheetData>", "in the first row": b"</row>", "between rows": b'<row r="2">',
    "in the last row": b'</row></sheetData>', "after the cells": b"<pageMargins/>",
}  # fmt: skip


def test_a_sheet_as_programs_write_it_is_plain() -> None:
    assert is_plain(PLAIN_SHEET)
    assert extent(PLAIN_SHEET) == (3, 2)


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("sign", ODD_SIGNS.values(), ids=list(ODD_SIGNS))
def test_a_sign_of_another_hand_is_seen_wherever_it_stands(sign: bytes, place: bytes) -> None:
    assert not is_plain(PLAIN_SHEET.replace(place, sign + place, 1))


def test_a_column_of_keys_that_stands_twice_is_told_in_words() -> None:
    def copy(book: Any) -> None:
        sheet = figures_sheet(book)
        marker = next(cell for row in sheet.iter_rows(max_row=5) for cell in row if str(cell.value).startswith(MARKER))
        sheet.cell(marker.row, sheet.max_column + 1).value = marker.value

    found = read_submission(open_workbook(parcel(edited(OWN, copy))), CATALOG, ASSIGNMENT).findings
    told = next(finding for finding in found if finding.code == "column-copied")
    assert told.parameters["columns"] == label("word.key_column")
