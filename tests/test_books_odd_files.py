"""Files written oddly, and bugs of our own: what is honest is taken, and the batch goes on."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_books import BLANKS, CELL, GOOD, OTHER, beside, declared, fate, last_row, not_plain, sheet
from support import (
    put,
    receipt,
    repacked,
    value_cell,
    with_cell,
)

from smartcity_xl.model import Standing
from smartcity_xl.run import reading as run
from smartcity_xl.run.collecting import assess

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"

# --- what each file is told to be --------------------------------------------------------------------------------


def parts_of(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def beside_a_formula(data: bytes) -> bytes:
    """With a formula in another answer: the thorough reader reads it."""
    cell = value_cell("secrecy", "crypto_failing_systems")
    return with_cell(data, cell, f'<c r="{cell}"><f>2+2</f><v>4</v></c>')


def strict(data: bytes) -> bytes:
    def change(xml: bytes) -> bytes:
        xml = xml.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        return xml.replace(
            f"{OFFICE}/relationships".encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
        )

    return repacked(data, {name: change for name in parts_of(data) if name != "[Content_Types].xml"})


# --- our own bugs ------------------------------------------------------------------------------------------------


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


# --- odd files that are taken ------------------------------------------------------------------------------------

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
