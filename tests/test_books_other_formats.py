"""The form saved as .xls, .ods or .xlsb: the same answers through the same checks, and a query that says what could
not be seen. What the readers of these formats hide (error values, formulas without a result) is never a blank."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import office
import pytest
from books_other_formats import ERROR_CELL, as_xlsb, xlsb
from support import ASSIGNMENT, CATALOG, assert_worded, codes, edited, figures_sheet, filled, parcel, value_cell

from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.others import open_package, say_kind
from smartcity_xl.books.package import Refused
from smartcity_xl.books.scans import scan_ods, scan_xlsb
from smartcity_xl.form.checks import check_workbook
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.model import State, Submission

KEY = "schools_k12_total"
CELL = value_cell("education", KEY)
ERROR, FORMULA = value_cell("education", "teachers_total"), value_cell("education", "students_total")
OWN = filled("education", schools_k12_total=600, schools_k12_multimedia=500)


def spoil(book: Any) -> None:
    sheet = figures_sheet(book)
    sheet[ERROR].value, sheet[FORMULA].value = "=1/0", "=2*350"
    sheet[CELL].number_format = "0.00"


SPOILT = edited(OWN, spoil)


def look(data: bytes, name: str = "a.xls") -> Submission:
    book = open_workbook(parcel(data, name))
    found = check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT))
    assert_worded(found.findings)
    return found


# --- .xlsb, made by hand -----------------------------------------------------------------------------------------


def test_an_xlsb_is_read_and_its_errors_are_no_blanks() -> None:
    data = as_xlsb(OWN, **{ERROR: ERROR_CELL})
    found = look(data, "a.xlsb")
    assert found.answers[KEY].value == 600
    assert "other-format" in codes(found.findings)
    assert [f.code for f in found.findings if f.figure == "teachers_total"] == ["cell-error"]
    assert not {"pasted-over", "formula-changed"} & set(codes(found.findings))
    assert scan_xlsb(data)["填报表"].errors


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_an_error_and_ends_nothing(value: float) -> None:
    found = look(as_xlsb(OWN, **{ERROR: value}), "a.xlsb")
    assert [f.code for f in found.findings if f.figure == "teachers_total"] == ["cell-error"]
    assert found.answers[KEY].value == 600


def test_a_sheet_of_charts_and_names_that_an_xlsx_cannot_have_cost_nobody_the_rest() -> None:
    beside = {"a/b": {(0, 0): "x"}, "a_b": {(0, 0): "x"}, "长" * 40: {(0, 0): "x" * 40_000}, "长" * 41: {(0, 0): 1}}
    data = as_xlsb(OWN, beside, charts=("图表",))
    assert look(data, "a.xlsb").answers[KEY].value == 600
    tabs = list(open_package(data).sheets)
    assert tabs[-4:] == ["a_b", "a_b~2", "长" * 31, "长" * 27 + "~2"]


def test_a_far_cell_of_an_xlsb_is_refused_before_room_is_reserved() -> None:
    with pytest.raises(Refused) as caught:
        open_package(xlsb({"a": {(0, 0): "x", (1_048_575, 16_383): 1}, IDENTITY_SHEET: {(0, 0): "kind"}}))
    assert caught.value.code == "far-sheet"


# --- .xls and .ods, as LibreOffice saves them --------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "a.xlsx").write_bytes(SPOILT)
    for kind in ("xls", "ods"):
        office.convert([folder / "a.xlsx"], kind, folder / kind)
    return {kind: (folder / kind / f"a.{kind}").read_bytes() for kind in ("xls", "ods")}


@pytest.mark.office
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_the_form_in_another_format_gives_the_same_answers(saved: dict[str, bytes], kind: str) -> None:
    found, honest = look(saved[kind], f"a.{kind}"), look(OWN, "a.xlsx")
    assert say_kind(saved[kind]) == kind
    [told] = [finding for finding in found.findings if finding.code == "other-format"]
    assert kind in told.parameters["kind"]
    for key in (KEY, "schools_k12_multimedia"):
        assert found.answers[key].value == honest.answers[key].value
        assert found.answers[key].as_of == honest.answers[key].as_of
    assert found.people == honest.people
    assert [e.file for e in found.evidence] == [e.file for e in honest.evidence]
    assert not {"pasted-over", "formula-changed", "sheet-missing", "label-changed"} & set(codes(found.findings))


@pytest.mark.office
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_an_error_there_is_never_a_blank(saved: dict[str, bytes], kind: str) -> None:
    found = look(saved[kind], f"a.{kind}")
    assert found.answers["teachers_total"].state is State.UNREADABLE
    assert [f.code for f in found.findings if f.figure == "teachers_total"] == ["cell-error"]
    assert found.answers["students_total"].value == 700


@pytest.mark.office
@pytest.mark.xdist_group("office")
def test_an_xls_locked_with_excels_own_password_is_read_and_any_other_lock_is_named(saved: dict[str, bytes]) -> None:
    from locked_xls import lock

    opened = look(lock(saved["xls"], "VelvetSweatshop"))
    assert opened.answers[KEY].value == 600
    assert "other-format" in codes(opened.findings)
    with pytest.raises(Refused) as caught:
        open_workbook(parcel(lock(saved["xls"], "another")))
    assert caught.value.code == "encrypted"


# --- what is none ------------------------------------------------------------------------------------------------


def test_other_files_are_not_taken_for_one() -> None:
    assert (
        say_kind(OWN) == say_kind(b"") == say_kind(b"PK\x03\x04") == say_kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") == ""
    )


def ods(content: str, manifest: str = "<m/>") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return stream.getvalue()


SPACES = (
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def test_an_ods_that_reaches_too_far_or_is_locked_is_refused_by_name(tmp_path: Path) -> None:
    far = (
        f'<x {SPACES}><table:table table:name="{IDENTITY_SHEET}"><table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="16000" office:value-type="float" office:value="1"/>'
        "</table:table-row></table:table></x>"
    )
    cases = {
        "far-sheet": ods(far),
        "encrypted": ods("<x/>", "<encryption-data/>"),
        "package-suspicious": ods("<!DOCTYPE x><x/>"),
        "format-unread": ods(f"<x {IDENTITY_SHEET}"),
        "not-ours": ods("<x/>"),
    }
    for code, data in cases.items():
        with pytest.raises(Refused) as caught:
            open_package(data)
        assert caught.value.code == code


def test_a_way_of_packing_that_nobody_knows_is_no_lock() -> None:
    """What an .xlsx is told to be, an .ods is too."""
    data = bytearray(ods("<x/>"))
    for sign, method, name in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        at = data.find(sign)
        while data[at + name : at + name + len(b"content.xml")] != b"content.xml":
            at = data.index(sign, at + 1)
        data[at + method] = 97  # sound, packed for itself
    with pytest.raises(Refused) as caught:
        open_package(bytes(data))
    assert caught.value.code == "damaged"


def test_an_ods_tells_errors_percentages_and_hidden_rows() -> None:
    content = (
        f'<x {SPACES}><table:table table:name="a"><table:table-row table:visibility="collapse">'
        '<table:table-cell table:formula="of:=1/0" office:value-type="string"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
        '<table:table-cell office:value-type="percentage" office:value="0.85"><text:p>85%</text:p></table:table-cell>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>是</text:p>'
        "</table:table-cell>"
        "</table:table-row></table:table></x>"
    )
    scan = scan_ods(ods(content))["a"]
    assert scan.errors == {(0, 0): "#DIV/0!"}
    assert scan.codes == {(0, 1): "0.00%", (0, 2): "boolean"}
    assert scan.hidden_rows == {0}


def test_nothing_but_an_old_container_is_still_an_old_workbook() -> None:
    with pytest.raises(Refused) as caught:
        open_package(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000))
    assert caught.value.code == "old-workbook"


def test_a_workbook_of_somebody_else_in_another_format_is_none_of_ours() -> None:
    with pytest.raises(Refused) as caught:
        open_workbook(parcel(xlsb({"台账": {(0, 0): "x"}}), "a.xlsb"))
    assert caught.value.code == "not-ours"
