"""The fast reader and the thorough one say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from make_samples import fill_workbook
from read_forms import ALL, HEALTH, Reader, all_sheets, prefixed, secrecy, table_codes, values
from support import (
    ASSIGNMENT,
    CATALOG,
    FIGURES_PART,
    ISSUE,
    check_growth,
    codes,
    edited,
    filled,
    parcel,
    read,
    value_cell,
    with_cell,
)

from smartcity_xl.books import sheets as reading_sheets
from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.plain_text import far_cell, is_plain
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.messages import label
from smartcity_xl.model import State, Submission

# --- the two readers ---------------------------------------------------------------------------------------------


@pytest.fixture
def thorough(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Fills with the packages that the thorough reader was called for."""
    seen: list[bytes] = []
    slow = reading_sheets._read_thorough

    def spy(package: Package, wanted: Any, xml: Any) -> Any:
        seen.append(package.data)
        return slow(package, wanted, xml)

    monkeypatch.setattr(reading_sheets, "_read_thorough", spy)
    return seen


HOME = Path(__file__).parent.parent
INBOX = HOME / "samples" / "inbox"
BLANK = sorted((HOME / "templates").rglob("*.xlsx"))
SAMPLES = sorted(path for path in INBOX.rglob("*.xlsx") if not path.name.startswith("~$"))
CUT_OFF = "13-市政府信息中心.xlsx"


@pytest.mark.parametrize("folder", [HOME / "templates", INBOX], ids=["templates", "inbox"])
def test_no_blank_template_and_no_honest_workbook_needs_the_thorough_reader(
    folder: Path, thorough: list[bytes]
) -> None:
    paths = [path for path in (*BLANK, *SAMPLES) if folder in path.parents]
    assert len(paths) > 10
    for path in paths:
        try:
            open_workbook(parcel(path.read_bytes()))
        except Refused:
            assert path.name == CUT_OFF
    assert thorough == []


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<c r="{c}"><f>10+2</f><v>12</v></c>', ["formula-kept"]),
        ('<c r="{c}"><f>10+2</f></c>', ["formula-uncached"]),
        ('<c r="{c}" t="e"><v>#N/A</v></c>', ["cell-error"]),
    ],
    ids=["a formula", "a formula without a result", "an error"],
)
def test_a_formula_or_an_error_does_not_send_a_workbook_to_the_thorough_reader(
    thorough: list[bytes], xml: str, expected: list[str]
) -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1), cell, xml.replace("{c}", cell))
    assert codes(read(data).findings) == expected
    assert thorough == []


def test_a_workbook_in_other_writing_goes_to_the_thorough_reader(thorough: list[bytes]) -> None:
    data = all_sheets(filled("secrecy", leak_events=1), prefixed)
    assert read(data).answers["leak_events"].value == 1
    assert thorough == [data]


def twice_read(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Submission, Submission]:
    """What both readers find in a workbook; the fast one must take it."""
    with monkeypatch.context() as patch:
        patch.setattr(reading_sheets, "_read_thorough", None)
        fast = read(data)
    with monkeypatch.context() as patch:
        patch.setattr(reading_sheets, "is_plain", lambda xml: False)
        return fast, read(data)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(INBOX).as_posix())
def test_both_readers_find_the_same_in_every_sample(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = path.read_bytes()
    if path.name == CUT_OFF:
        with pytest.raises(Refused):
            open_workbook(parcel(data))
        return
    fast, slow = twice_read(data, monkeypatch)
    assert fast == slow


EVIDENCE = [
    ("a formula with its result", '<c r="{c}" t="str"><f>"名录"&amp;".pdf"</f><v>名录.pdf</v></c>'),
    ("a formula without a result", '<c r="{c}"><f>A1</f></c>'),
    ("an error", '<c r="{c}" t="e"><v>#N/A</v></c>'),
]


@pytest.mark.parametrize("xml", [pytest.param(xml, id=name) for name, xml in EVIDENCE])
def test_both_readers_find_the_same_among_the_evidence(xml: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = edited(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH), lambda book: None)
    part = Package(data).sheets[label("sheet.evidence")]
    found = re.search(r'<c r="([A-Z]+\d+)"[^>]*><is><t>名录.pdf</t></is></c>', Package(data).part(part).decode())
    assert found
    fast, slow = twice_read(with_cell(data, found[1], xml.replace("{c}", found[1]), part), monkeypatch)
    assert fast.evidence == slow.evidence


NAMESPACE = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
# Well-formed XML that no spreadsheet program writes, but a sheet that the fast reader takes could hold.
WRITTEN_ODDLY = [
    ("a comment in the value", '<c r="{c}"><v><!-- x -->12</v></c>', State.VALUE, []),
    ("a comment amid the value", '<c r="{c}"><v>1<!-- x -->2</v></c>', State.VALUE, []),
    ("an instruction amid the value", '<c r="{c}"><v>1<?x y?>2</v></c>', State.VALUE, []),
    ("the value as CDATA", '<c r="{c}"><v><![CDATA[12]]></v></c>', State.VALUE, []),
    ("a digit as an entity", '<c r="{c}"><v>1&#50;</v></c>', State.VALUE, []),
    ("the value before its formula", '<c r="{c}"><v>12</v><f>10+2</f></c>', State.VALUE, ["formula-kept"]),
    ("a comment before a formula", '<c r="{c}"><!-- x --><f>10+2</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    (
        "a comment before a formula without a result",
        '<c r="{c}"><!-- x --><f>10+2</f></c>',
        State.UNREADABLE,
        ["formula-uncached"],
    ),
    ("a formula as CDATA", '<c r="{c}"><f><![CDATA[10+2]]></f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    (
        "a formula with a prefix",
        '<c r="{c}"><x:f ' + NAMESPACE + ">10+2</x:f><v>12</v></c>",
        State.VALUE,
        ["formula-kept"],
    ),
    ("an error after a bracket", '<c r="{c}" x=">" t="e"><v>#N/A</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error in a comment", '<c r="{c}"><v>12</v></c><!-- <c r="{c}" t="e"><v>#N/A</v></c> -->', State.VALUE, []),
    ("a formula in a comment", '<c r="{c}"><v>12</v></c><!-- <c r="{c}"><f>1+1</f></c> -->', State.VALUE, []),
    ("a value of another namespace", '<c r="{c}"><v>12</v><x:v xmlns:x="urn:x">99</x:v></c>', State.VALUE, []),
    ("blanks around the digits", '<c r="{c}"><v>\n 12\n</v></c>', State.VALUE, None),
    # These programs do write
    ("a formula of an array that spills", '<c r="{c}" cm="1"><f t="array" ref="{c}">10+2</f><v>12</v></c>', State.VALUE,
     ["formula-kept"]),
    ("a picture in a cell of Excel", '<c r="{c}" t="e" vm="1"><v>#VALUE!</v></c>', State.UNREADABLE,
     ["picture-in-cell"]),
    ("an error of new Excel", '<c r="{c}" t="e"><v>#SPILL!</v></c>', State.UNREADABLE, ["cell-error"]),
    ("a formula with a bracket", '<c r="{c}"><f>IF(1>0,12,0)</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    ("a derived formula", '<c r="{c}"><f t="shared" si="0"/><v>12</v></c>', State.VALUE, ["formula-kept"]),
    ("a formula to be calculated again", '<c r="{c}"><f ca="1">10+2</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    (
        "a text with its pronunciation",
        '<c r="{c}" t="inlineStr" ph="1"><is><t>12</t><rPh sb="0" eb="1"><t>99</t></rPh></is></c>',
        State.VALUE,
        ["text-number"],
    ),
    (
        "a text that looks like a cell",
        '<c r="{c}" t="inlineStr"><is><t>&lt;c r=&quot;{c}&quot; t=&quot;e&quot;&gt;</t></is></c>',
        State.UNREADABLE,
        ["not-a-number"],
    ),
    (
        "a line end as Excel keeps it",
        '<c r="{c}" t="inlineStr"><is><t>12_x000D_</t></is></c>',
        State.VALUE,
        ["text-number"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "state", "reported"), [pytest.param(*row, id=name) for name, *row in WRITTEN_ODDLY])
def test_a_cell_means_the_same_to_both_readers(
    xml: str, state: State, reported: list[str] | None, reader: Reader
) -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1, crypto_failing_systems=4), cell, xml.replace("{c}", cell))
    submission = reader(data)
    answer = submission.answers["leak_events"]
    assert (answer.state, answer.value) == (state, 12 if state is State.VALUE else None)
    found = [f.code for f in submission.findings if f.figure == "leak_events"]
    assert found == reported or (reported is None and found in ([], ["text-number"]))


def test_a_formula_of_a_table_of_data_is_shown_the_same_in_every_run(reader: Reader) -> None:
    cell = value_cell("secrecy", "leak_events")
    xml = f'<c r="{cell}"><f t="dataTable" ref="{cell}" dt2D="1" dtr="1" r1="A1" r2="A2"/><v>12</v></c>'
    answer = reader(with_cell(filled("secrecy", leak_events=1), cell, xml)).answers["leak_events"]
    assert answer.value == 12
    assert " at 0x" not in answer.raw


@pytest.mark.parametrize("row", [5_001, 10_000])
def test_a_hospital_far_down_is_read_or_told_but_never_lost(row: int, reader: Reader) -> None:
    def write(book: Any) -> None:
        sheet = book["明细表1"]
        sheet.cell(row, 2).value, sheet.cell(row, 3).value, sheet.cell(row, 4).value = "三院", 1, 2

    submission = reader(edited(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH), write))
    names = [row.name for row in submission.tables["tertiary_hospitals"].rows]
    assert "三院" in names or "far-cell" in table_codes(submission)


@pytest.mark.parametrize("prefix", ["x:", "x-y:", "x.y:", "表:"], ids=["x", "a hyphen", "a point", "Chinese"])
def test_a_cell_under_any_prefix_is_not_taken_for_plain(prefix: str) -> None:
    far = f'<worksheet><sheetData><row><{prefix}c r="XFD1048576"><v>1</v></{prefix}c></row></sheetData></worksheet>'
    assert not is_plain(far.encode())


@pytest.mark.parametrize("column", ["CV", "CW", "ZZ", "AAA"])
def test_a_sheet_is_plain_only_within_a_hundred_columns(column: str) -> None:
    xml = f'<worksheet><sheetData><row r="1"><c r="{column}1"><v>1</v></c></row></sheetData></worksheet>'
    assert is_plain(xml.encode()) == (column == "CV")


def test_looking_for_far_cells_takes_no_longer_than_the_text_is_long() -> None:
    check_growth(lambda size: far_cell(b"<!-- <c" + b' r="AAA1"' * size + b"/> -->"), 5_000)


def test_the_identity_is_read_even_where_its_sheet_was_moved_or_shown() -> None:
    def show(book: Any) -> None:
        book[IDENTITY_SHEET].sheet_state = "visible"
        book.move_sheet(IDENTITY_SHEET, -4)

    submission = secrecy(show)
    assert (submission.department, submission.identity.round, values(submission)) == ("secrecy", "2018", ALL)


def test_the_part_named_in_these_tests_is_the_sheet_of_figures() -> None:
    assert Package(filled("secrecy", leak_events=1)).sheets[label("sheet.figures")] == FIGURES_PART
