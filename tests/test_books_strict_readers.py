"""Workbooks that every spreadsheet program opens, and one of the readers refuses, panics over or takes its time for."""

from __future__ import annotations

import re

import pytest
from books_other_formats import as_xlsb, xlsb
from support import CATALOG, FIGURES_PART, edited, filled, parcel, read, repacked, value_cell, with_cell

from smartcity_xl.books import sheets as reading_sheets
from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.others import open_package, say_kind
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.form.map import heading_of
from smartcity_xl.form.reading.workbook import open_workbook

KEY = "schools_k12_total"
CELL = value_cell("education", KEY)
OWN = edited(filled("education", schools_k12_total=600), lambda book: None)


@pytest.fixture(autouse=True)
def thorough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_sheets, "is_plain", lambda xml: False)


def test_a_style_without_a_name_costs_nobody_the_workbook() -> None:
    def nameless(styles: bytes) -> bytes:
        found = re.sub(rb'(<cellStyle )name="[^"]*" ', rb"\1", styles)
        assert found != styles
        return found

    assert read(repacked(OWN, {"xl/styles.xml": nameless})).answers[KEY].value == 600


def test_a_long_text_in_many_cells_is_looked_through_once() -> None:
    text = "_x000D_字" * 4_000
    cells = "".join(f'<c r="Z{row}" t="inlineStr"><is><t>x</t></is></c>' for row in range(1, 2))
    long = f'<c r="{CELL}"><v>600</v></c>{cells}'
    reading_sheets._decoded.cache_clear()
    for _ in range(500):
        reading_sheets._decoded(text)
    assert reading_sheets._decoded.cache_info().misses == 1
    assert read(with_cell(OWN, CELL, long)).answers[KEY].value == 600


def test_spoilt_properties_are_no_reason_to_call_a_workbook_damaged() -> None:
    spoilt = edited(OWN, lambda book: book.remove(book[IDENTITY_SHEET]))
    data = repacked(spoilt, {"docProps/custom.xml": lambda part: part[:40]})
    with pytest.raises(Refused) as caught:
        open_workbook(parcel(data))
    assert caught.value.code == "not-ours"


def test_an_xlsb_whose_parts_stand_elsewhere_is_told_by_its_format() -> None:
    moved = repacked(b"PK\x05\x06" + bytes(18), add=[("other/workbook3.bin", b""), ("_rels/.rels", b"<x/>")])
    with pytest.raises(Refused) as caught:
        open_workbook(parcel(moved, "表.xlsb"))
    assert caught.value.code == "format-unread"


@pytest.mark.parametrize("begin", ["09000400", "09020600", "09040600", "09080800", "09081000"])
def test_an_excel_file_without_a_container_is_no_strange_file(begin: str) -> None:
    data = bytes.fromhex(begin) + bytes(200)
    assert say_kind(data) == "xls"
    with pytest.raises(Refused) as caught:
        open_workbook(parcel(data, "表.xls"))
    assert caught.value.code in ("old-workbook", "not-ours")


def test_a_sheet_that_an_xlsb_names_and_does_not_hold_is_told_without_a_panic(
    capfd: pytest.CaptureFixture[str],
) -> None:
    data = xlsb({IDENTITY_SHEET: {(0, 0): "kind"}, "a": {(0, 0): 1}})
    broken = repacked(data, {"xl/_rels/workbook.bin.rels": lambda part: part.replace(b'"rId2"', b'"rId9"')})
    with pytest.raises(Refused) as caught:
        open_package(broken)
    assert caught.value.code == "format-unread"
    assert "panicked" not in capfd.readouterr().err
    assert open_package(as_xlsb(OWN)).came_as == "xlsb"


# --- what is said of it ----------------------------------------------------------------------------------------------


def test_a_sheet_that_is_too_large_is_told_by_its_tab() -> None:
    package = Package(OWN, limit=2_000)
    with pytest.raises(Refused) as caught:
        package.sheet_parts({"填报表": FIGURES_PART})
    assert caught.value.parameters["part"] == "工作表“填报表”"
    with pytest.raises(Refused) as caught:
        _ = package.styles
    assert caught.value.parameters["part"] == "格式"


def test_a_column_that_is_gone_is_told_by_its_heading() -> None:
    assert heading_of(CATALOG, "figures", "value") == "填报值"
    assert heading_of(CATALOG, "figures", "key") == "隐藏的 A 列"
    assert heading_of(CATALOG, "evidence", "title") == "材料名称"
    assert heading_of(CATALOG, "table:tertiary_hospitals", "name") == "三级以上医疗机构"
    assert "（" in heading_of(CATALOG, "table:tertiary_hospitals", "outpatient_visits")
