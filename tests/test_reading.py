"""Answers survive the way there and back: a template, filled, moved about as clerks do, and read again."""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from make_samples import fill_workbook
from support import (
    ASSIGNMENT,
    CATALOG,
    FIGURES_PART,
    ISSUE,
    assert_worded,
    codes,
    column_of,
    edited,
    figures_sheet,
    filled,
    parcel,
    plan,
    read,
    repacked,
    value_cell,
    with_cell,
)

from smartcity_xl.layout import IDENTITY_SHEET
from smartcity_xl.messages import label
from smartcity_xl.model import State, Submission
from smartcity_xl.reading import sheets as reading_sheets
from smartcity_xl.reading.package import Package, Refused
from smartcity_xl.reading.workbook import open_workbook
from smartcity_xl.template import write_template

INBOX = Path(__file__).parent.parent / "samples" / "inbox"
KEYS = ("secrecy_review_deduction", "leak_events", "crypto_failing_systems")
HEALTH = {
    "answers": {"med_institutions_total": 486, "med_institutions_emr": "４１２", "mobile_services.bill_payment": "是"},
    "dates": {"hospital_visits_total": datetime.date(2018, 12, 31)},
    "formulas": {"hospital_visits_booked": {"formula": "=10+2"}},
    "remarks": {"med_institutions_total": "含社区医院"},
    "as_of": "2018-12-31",
    "tables": {
        "tertiary_hospitals": [
            {"name": "一院", "record_reads": 10, "outpatient_visits": 100},
            {"name": "二院", "record_reads": 0, "outpatient_visits": 50},
        ]
    },
    "evidence": [{"indicator": "L1P4-A1", "title": "名录", "file": "名录.pdf"}],
    "people": {"leader.name": "赵演文", "contact.mail": "health@example.com"},
}  # fmt: skip


def secrecy(edit: Callable[[Any], object] | None = None, **answers: Any) -> Submission:
    data = filled(
        "secrecy", **(answers or {"secrecy_review_deduction": 0.25, "leak_events": 1, "crypto_failing_systems": 4})
    )
    return read(edited(data, edit) if edit else data)


def values(submission: Submission) -> dict[str, Fraction | None]:
    return {key: answer.value for key, answer in submission.answers.items()}


ALL = {"secrecy_review_deduction": Fraction(1, 4), "leak_events": Fraction(1), "crypto_failing_systems": Fraction(4)}


def beside_a_formula(data: bytes) -> bytes:
    """The same workbook with a formula in another answer, so that the thorough reader is the one to read it."""
    cell = value_cell("secrecy", "crypto_failing_systems")
    return with_cell(data, cell, f'<c r="{cell}"><f>2+2</f><v>4</v></c>')


BOTH_READERS = pytest.mark.parametrize(
    "reader", [pytest.param(bytes, id="the fast reader"), pytest.param(beside_a_formula, id="the thorough reader")]
)


# --- there and back ------------------------------------------------------------------------------------------


def test_a_blank_template_reads_as_blank_everywhere_and_without_a_finding() -> None:
    for department in ASSIGNMENT.departments:
        submission = read(write_template(CATALOG, ASSIGNMENT, department, ISSUE))
        asked = [CATALOG.figures[key] for key in ASSIGNMENT.figures_for(department)]
        assert submission.findings == ()
        assert set(submission.answers) == {s.key for figure in asked for s in figure.slots if s.fixed is None}
        assert {answer.state for answer in submission.answers.values()} <= {State.BLANK}
        assert set(submission.tables) == {figure.key for figure in asked if figure.columns}
        assert {table.state for table in submission.tables.values()} <= {State.BLANK}
        assert (submission.evidence, set(submission.people.values())) == ((), {""})


def test_everything_a_clerk_writes_is_found_again() -> None:
    submission = read(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH), "送/a.xlsx")
    answers = submission.answers
    assert answers["med_institutions_total"].value == 486
    assert answers["med_institutions_total"].remark == "含社区医院"
    assert answers["med_institutions_total"].as_of == "2018-12-31"
    assert answers["med_institutions_emr"].value == 412
    assert answers["med_institutions_emr"].raw == "４１２"
    assert answers["mobile_services.bill_payment"].value == 1
    assert answers["hospital_visits_total"].state is State.UNREADABLE
    assert answers["hospital_visits_booked"].state is State.UNREADABLE
    origin = answers["med_institutions_total"].origin
    assert (origin.file, origin.sheet, origin.cell) == (
        "送/a.xlsx", label("sheet.figures"), value_cell("health", "med_institutions_total"),
    )  # fmt: skip
    table = submission.tables["tertiary_hospitals"]
    assert [row.name for row in table.rows] == ["一院", "二院"]
    assert table.values[1] == {"record_reads": 0, "outpatient_visits": 50}
    assert [(e.indicator, e.title, e.file) for e in submission.evidence] == [("L1P4-A1", "名录", "名录.pdf")]
    assert (submission.people["leader.name"], submission.people["contact.mail"]) == ("赵演文", "health@example.com")
    assert sorted(codes(submission.findings)) == ["date-for-number", "formula-uncached", "text-number"]
    assert_worded(submission.findings)


def test_saving_again_with_openpyxl_changes_nothing() -> None:
    data = fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH)
    again = read(edited(data, lambda book: None))
    assert replace(again, sha256="") == replace(read(data), sha256="")


# --- sheets --------------------------------------------------------------------------------------------------


def rename(book: Any) -> None:
    figures_sheet(book).title = "填报表（定稿）"


def test_a_renamed_sheet_is_recognised_by_its_mark() -> None:
    submission = secrecy(rename)
    assert (values(submission), codes(submission.findings)) == (ALL, ["sheet-renamed"])


def test_moved_sheets_are_no_matter() -> None:
    submission = secrecy(lambda book: book.move_sheet(label("sheet.figures"), 3))
    assert (values(submission), submission.findings) == (ALL, ())


def test_an_extra_sheet_is_no_matter() -> None:
    def add(book: Any) -> None:
        book.create_sheet("计算底稿", 0)["A1"] = "=1/0"
        book.create_sheet("数据").append(list(range(200)))

    submission = secrecy(add)
    assert (values(submission), submission.findings) == (ALL, ())


@BOTH_READERS
def test_a_chart_on_a_sheet_of_its_own_does_not_cost_the_workbook(reader: Callable[[bytes], bytes]) -> None:
    def add(book: Any) -> None:
        from openpyxl.chart import BarChart, Reference

        chart = BarChart()
        chart.add_data(Reference(figures_sheet(book), min_col=4, min_row=6, max_row=7))
        book.create_chartsheet("图").add_chart(chart)

    data = filled("secrecy", leak_events=1, crypto_failing_systems=4)
    assert read(reader(edited(data, add))).answers["leak_events"].value == 1


@pytest.mark.parametrize("sheet", ["figures", "evidence", "cover"])
def test_a_deleted_sheet_is_reported_and_the_others_are_read(sheet: str) -> None:
    submission = secrecy(lambda book: book.remove(book[label(f"sheet.{sheet}")]))
    assert codes(submission.findings) == ["sheet-missing"]
    assert values(submission) == ({} if sheet == "figures" else ALL)
    assert_worded(submission.findings)


def test_a_deleted_table_is_reported_and_counts_as_blank() -> None:
    data = fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH)
    submission = read(edited(data, lambda book: book.remove(book[label("sheet.table", number=1)])))
    assert submission.tables["tertiary_hospitals"].state is State.BLANK
    assert "sheet-missing" in codes(submission.findings)


def test_a_sheet_that_stands_twice_is_refused_with_both_names() -> None:
    with pytest.raises(Refused) as refused:
        secrecy(lambda book: setattr(book.copy_worksheet(figures_sheet(book)), "title", "副本"))
    assert refused.value.code == "sheet-twice"
    assert set(refused.value.parameters.values()) == {label("sheet.figures"), "副本"}


# --- rows and columns ----------------------------------------------------------------------------------------


def test_inserted_rows_and_columns_are_no_matter() -> None:
    def insert(book: Any) -> None:
        sheet = figures_sheet(book)
        sheet.insert_rows(1, 3)
        sheet.insert_cols(1, 2)
        sheet.insert_cols(column_of("value") + 2)
        sheet.insert_rows(9, 2)

    submission = secrecy(insert)
    assert (values(submission), submission.findings) == (ALL, ())


def test_a_deleted_column_is_said_once_and_not_as_if_every_row_were_deleted() -> None:
    submission = secrecy(lambda book: figures_sheet(book).delete_cols(column_of("value")))
    assert values(submission) == {}
    assert codes(submission.findings) == ["columns-missing"]
    assert_worded(submission.findings)


def test_a_column_that_nobody_fills_may_go() -> None:
    submission = secrecy(lambda book: figures_sheet(book).delete_cols(column_of("guidance")))
    assert (values(submission), submission.findings) == (ALL, ())


def test_a_deleted_row_is_reported_by_its_label() -> None:
    submission = secrecy(lambda book: figures_sheet(book).delete_rows(plan("secrecy").row_of["leak_events"].row + 1))
    assert values(submission) == {key: value for key, value in ALL.items() if key != "leak_events"}
    assert codes(submission.findings) == ["row-missing"]
    assert submission.findings[0].parameters["label"] == CATALOG.slots["leak_events"].label


def rows_of(sheet: Any) -> list[list[Any]]:
    first = plan("secrecy").FIRST_ROW + 1
    return [[copy.copy(cell.value) for cell in row] for row in sheet.iter_rows(min_row=first)]


def unmerge(sheet: Any) -> None:
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))


def test_sorted_rows_are_no_matter() -> None:
    def turn(book: Any) -> None:
        sheet = figures_sheet(book)
        unmerge(sheet)
        rows = rows_of(sheet)
        for at, row in enumerate(reversed(rows), start=plan("secrecy").FIRST_ROW + 1):
            for column, value in enumerate(row, start=1):
                sheet.cell(at, column).value = value

    submission = secrecy(turn)
    assert (values(submission), submission.findings) == (ALL, ())


def twice(second: object) -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        sheet = figures_sheet(book)
        at = sheet.max_row + 1
        sheet.cell(at, 1).value, sheet.cell(at, column_of("value")).value = "leak_events", second

    return edit


def test_a_row_that_stands_twice_with_the_same_answer_counts_once() -> None:
    submission = secrecy(twice(1))
    assert (values(submission), submission.findings) == (ALL, ())


@pytest.mark.parametrize("second", [2, None, "不适用"], ids=["another number", "blank", "not applicable"])
def test_a_row_that_stands_twice_with_different_answers_does_not_count(second: object) -> None:
    submission = secrecy(twice(second))
    assert submission.answers["leak_events"].state is State.UNREADABLE
    assert submission.answers["leak_events"].value is None
    assert codes(submission.findings) == ["row-twice"]
    assert_worded(submission.findings)


@pytest.mark.parametrize("key", ["gov_items_total", "no_such_figure", 17], ids=["another's", "nobody's", "a number"])
def test_a_row_of_another_department_is_not_used(key: object) -> None:
    def paste(book: Any) -> None:
        sheet = figures_sheet(book)
        at = sheet.max_row + 1
        sheet.cell(at, 1).value, sheet.cell(at, column_of("value")).value = key, 99

    submission = secrecy(paste)
    assert (values(submission), codes(submission.findings)) == (ALL, ["row-unknown"])
    assert submission.findings[0].parameters["key"] == str(key)


@pytest.mark.parametrize(("typed", "reported"), [(10, []), (None, ["fixed-changed"]), (12, ["fixed-changed"])])
def test_a_fixed_value_is_kept_and_a_change_is_reported(typed: object, reported: list[str]) -> None:
    def change(book: Any) -> None:
        figures_sheet(book)[value_cell("cyberspace", "main_sites_total")].value = typed

    submission = read(edited(filled("cyberspace", main_sites_ipv6=7), change))
    assert codes(submission.findings) == reported
    assert "main_sites_total" not in submission.answers
    assert submission.answers["main_sites_ipv6"].value == 7
    assert_worded(submission.findings)


def test_the_date_of_the_data_is_kept_as_typed_where_it_cannot_be_read() -> None:
    def change(book: Any) -> None:
        at = plan("secrecy").row_of["leak_events"].row + 1
        figures_sheet(book).cell(at, column_of("as_of")).value = "去年"

    submission = secrecy(change)
    assert submission.answers["leak_events"].as_of == "去年"
    assert (submission.answers["leak_events"].value, codes(submission.findings)) == (1, ["date-unreadable"])


# --- tables --------------------------------------------------------------------------------------------------


def health(edit: Callable[[Any], object]) -> Submission:
    return read(edited(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH), lambda b: edit(b["明细表1"])))


def table_codes(submission: Submission) -> list[str]:
    return [f.code for f in submission.findings if f.origin.sheet == "明细表1" or f.figure == "tertiary_hospitals"]


def test_a_row_of_a_table_that_is_not_complete_makes_the_table_unreadable() -> None:
    submission = health(lambda sheet: setattr(sheet["D7"], "value", None))
    assert submission.tables["tertiary_hospitals"].state is State.UNREADABLE
    assert table_codes(submission) == ["table-row-incomplete"]
    assert_worded(submission.findings)


def test_a_row_of_a_table_without_a_name_is_not_complete() -> None:
    submission = health(lambda sheet: setattr(sheet["B7"], "value", None))
    assert (submission.tables["tertiary_hospitals"].state, table_codes(submission)) == (
        State.UNREADABLE, ["table-row-incomplete"],
    )  # fmt: skip


def test_a_gap_between_the_rows_of_a_table_is_no_matter() -> None:
    def write(sheet: Any) -> None:
        sheet["B20"], sheet["C20"], sheet["D20"] = "三院", 1, 2

    submission = health(write)
    assert [row.name for row in submission.tables["tertiary_hospitals"].rows] == ["一院", "二院", "三院"]
    assert table_codes(submission) == []


def insert_in_the_middle(sheet: Any) -> None:
    sheet.insert_rows(7)
    sheet["B7"], sheet["C7"], sheet["D7"] = "三院", 1, 2


def write_below_the_last(sheet: Any) -> None:
    at = sheet.max_row + 1
    sheet.cell(at, 2).value, sheet.cell(at, 3).value, sheet.cell(at, 4).value = "三院", 1, 2


@pytest.mark.parametrize("edit", [insert_in_the_middle, write_below_the_last])
def test_a_hospital_in_a_row_without_a_key_is_read_or_reported_but_never_lost(edit: Callable[[Any], None]) -> None:
    submission = health(edit)
    names = [row.name for row in submission.tables["tertiary_hospitals"].rows]
    assert "三院" in names or table_codes(submission) != []


def test_a_row_of_a_table_that_stands_twice_is_told() -> None:
    def copy_row(sheet: Any) -> None:
        for column in range(1, 5):
            sheet.cell(8, column).value = sheet.cell(7, column).value

    submission = health(copy_row)
    names = [row.name for row in submission.tables["tertiary_hospitals"].rows]
    assert names == ["一院", "二院"] or table_codes(submission) != []


def test_a_table_excused_in_the_remark_is_not_applicable() -> None:
    given = {"remarks": {"tertiary_hospitals": "不适用：没有三级医院"}}
    submission = read(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, given))
    assert submission.tables["tertiary_hospitals"].state is State.NOT_APPLICABLE


def test_words_that_a_clerk_wrote_are_kept_as_written() -> None:
    given = {
        "remarks": {"med_institutions_total": "含社区医院（见附件：１）"},
        "evidence": [{"indicator": "L1P4-A1", "title": "名录（２０１８）", "file": "附件（一）：名录.pdf"}],
        "people": {"leader.post": "局长（主持工作）"},
    }
    submission = read(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, given))
    assert submission.answers["med_institutions_total"].remark == "含社区医院（见附件：１）"
    assert [(e.title, e.file) for e in submission.evidence] == [("名录（２０１８）", "附件（一）：名录.pdf")]
    assert submission.people["leader.post"] == "局长（主持工作）"


# --- how other programs write --------------------------------------------------------------------------------


def all_sheets(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return repacked(data, dict.fromkeys(Package(data).sheets.values(), change))


def test_a_dimension_of_one_cell_as_wps_writes_it_hides_nothing() -> None:
    data = all_sheets(
        filled("secrecy", leak_events=1), lambda x: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', x)
    )
    assert read(data).answers["leak_events"].value == 1


def test_a_dimension_of_the_whole_sheet_costs_nothing() -> None:
    wide = b'<dimension ref="A1:XFD1048576"'
    data = all_sheets(filled("secrecy", leak_events=1), lambda x: re.sub(rb'<dimension ref="[^"]*"', wide, x))
    assert read(data).answers["leak_events"].value == 1


def prefixed(xml: bytes) -> bytes:
    xml = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", xml)
    return xml.replace(b'xmlns="', b'xmlns:x="')


def test_cells_in_a_prefixed_namespace_are_read() -> None:
    submission = read(all_sheets(filled("secrecy", leak_events=1), prefixed))
    assert (submission.answers["leak_events"].value, submission.findings) == (1, ())


def test_an_error_in_a_prefixed_namespace_is_seen() -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1), cell, f'<c r="{cell}" t="e"><v>#N/A</v></c>')
    assert codes(read(all_sheets(data, prefixed)).findings) == ["cell-error"]


RAW = [
    ("a number", '<c r="{c}"><v>12</v></c>', State.VALUE, []),
    ("a number in exponents", '<c r="{c}"><v>1.2E1</v></c>', State.VALUE, []),
    ("an inline text", '<c r="{c}" t="inlineStr"><is><t>12</t></is></c>', State.VALUE, ["text-number"]),
    (
        "an inline rich text",
        '<c r="{c}" t="inlineStr"><is><r><t>1</t></r><r><t>2</t></r></is></c>',
        State.VALUE,
        ["text-number"],
    ),
    ("a formula with its result", '<c r="{c}"><f>10+2</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    ("a formula in an array", '<c r="{c}"><f t="array" ref="{c}">10+2</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    (
        "a formula with a text",
        '<c r="{c}" t="str"><f>"12"</f><v>12</v></c>',
        State.VALUE,
        ["formula-kept", "text-number"],
    ),
    ("a formula without a result", '<c r="{c}"><f>10+2</f></c>', State.UNREADABLE, ["formula-uncached"]),
    ("a formula with an empty result", '<c r="{c}"><f>10+2</f><v></v></c>', State.UNREADABLE, ["formula-uncached"]),
    ("a formula with an error", '<c r="{c}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error", '<c r="{c}" t="e"><v>#N/A</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error, attributes turned", '<c t="e" r="{c}"><v>#N/A</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error, other quotes", "<c r=\"{c}\" t='e'><v>#N/A</v></c>", State.UNREADABLE, ["cell-error"]),
    (
        "a picture of WPS",
        '<c r="{c}" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c>',
        State.UNREADABLE,
        ["picture-in-cell"],
    ),
    ("TRUE", '<c r="{c}" t="b"><v>1</v></c>', State.UNREADABLE, ["not-a-number"]),
    ("an ISO date", '<c r="{c}" t="d"><v>2018-12-31</v></c>', State.UNREADABLE, ["date-for-number"]),
    ("infinity", '<c r="{c}"><v>1E999</v></c>', State.UNREADABLE, ["not-a-number"]),
    ("nan", '<c r="{c}"><v>NaN</v></c>', State.UNREADABLE, ["not-a-number"]),
    ("six thousand digits", '<c r="{c}"><v>' + "9" * 6000 + "</v></c>", State.UNREADABLE, ["not-a-number"]),
    ("an empty cell", '<c r="{c}"/>', State.BLANK, []),
    ("no cell at all", "", State.BLANK, []),
]


@BOTH_READERS
@pytest.mark.parametrize(("xml", "state", "reported"), [pytest.param(*row, id=name) for name, *row in RAW])
def test_a_cell_as_programs_write_it(
    xml: str, state: State, reported: list[str], reader: Callable[[bytes], bytes]
) -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1, crypto_failing_systems=4), cell, xml.replace("{c}", cell))
    submission = read(reader(data))
    answer = submission.answers["leak_events"]
    assert (answer.state, answer.value) == (state, 12 if state is State.VALUE else None)
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == reported
    assert submission.answers["crypto_failing_systems"].value == 4


def with_format(number_format: int) -> bytes:
    """A workbook in which 3/4, typed in a Chinese Excel, became a date of one of its built-in formats."""

    def date(book: Any) -> None:
        cell = figures_sheet(book)[value_cell("secrecy", "leak_events")]
        cell.value, cell.number_format = 43528, "0.000000"

    def style(xml: bytes) -> bytes:
        found = re.search(rb'numFmtId="(\d+)" formatCode="0.000000"', xml)
        assert found
        xml = re.sub(rb"<numFmts.*?</numFmts>", b"", xml, flags=re.DOTALL)
        return xml.replace(b'numFmtId="' + found[1] + b'"', b'numFmtId="%d"' % number_format)

    data = filled("secrecy", leak_events=1, crypto_failing_systems=4)
    return repacked(edited(data, date), {"xl/styles.xml": style})


@BOTH_READERS
@pytest.mark.parametrize("number_format", [14, 27, 31, 57, 58])
def test_a_date_in_a_built_in_format_of_chinese_excel_is_no_number(
    number_format: int, reader: Callable[[bytes], bytes]
) -> None:
    submission = read(reader(with_format(number_format)))
    assert submission.answers["leak_events"].state is State.UNREADABLE
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == ["date-for-number"]


@BOTH_READERS
@pytest.mark.parametrize(
    "number_format",
    ['0!.0,"万"', '#,##0"户"', "[Red]0", "G/通用格式", '0"日"', "0.00E+00", '#,##0"m²"', "[DBNum1][$-804]General"],
)
def test_a_number_in_a_format_with_letters_is_still_a_number(
    number_format: str, reader: Callable[[bytes], bytes]
) -> None:
    def dress(book: Any) -> None:
        figures_sheet(book)[value_cell("secrecy", "leak_events")].number_format = number_format

    data = edited(filled("secrecy", leak_events=1, crypto_failing_systems=4), dress)
    assert read(reader(data)).answers["leak_events"].value == 1


# --- the two readers -----------------------------------------------------------------------------------------


@pytest.fixture
def thorough(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Fills with the packages that the thorough reader was called for."""
    seen: list[bytes] = []
    reader = reading_sheets._read_thorough

    def spy(package: Package, wanted: Any) -> Any:
        seen.append(package.data)
        return reader(package, wanted)

    monkeypatch.setattr(reading_sheets, "_read_thorough", spy)
    return seen


def test_a_plain_filled_workbook_goes_by_the_fast_reader(thorough: list[bytes]) -> None:
    assert secrecy().answers["leak_events"].value == 1
    assert thorough == []


@pytest.mark.parametrize(
    "xml", ['<c r="{c}"><f>10+2</f><v>12</v></c>', '<c r="{c}" t="e"><v>#N/A</v></c>'], ids=["a formula", "an error"]
)
def test_what_the_fast_reader_does_not_show_goes_by_the_thorough(thorough: list[bytes], xml: str) -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1), cell, xml.replace("{c}", cell))
    assert codes(read(data).findings) in (["formula-kept"], ["cell-error"])
    assert thorough == [data]


SAMPLES = sorted(path for path in INBOX.rglob("*.xlsx") if not path.name.startswith("~$"))
CUT_OFF = "13-市政府信息中心.xlsx"
HIDDEN_FROM_THE_FAST = {"cell-error", "formula-uncached", "formula-kept"}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(INBOX).as_posix())
def test_both_readers_find_the_same_in_every_sample(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a formula or an error stands, the fast reader is not asked; all else must be the same."""
    data = path.read_bytes()
    if path.name == CUT_OFF:
        with pytest.raises(Refused):
            open_workbook(parcel(data))
        return
    monkeypatch.setattr(reading_sheets, "hides_something", lambda xml, columns: True)
    slow = read(data)
    monkeypatch.setattr(reading_sheets, "hides_something", lambda xml, columns: False)
    monkeypatch.setattr(reading_sheets, "_read_thorough", None)
    fast = read(data)
    special = {f.figure for f in slow.findings if f.code in HIDDEN_FROM_THE_FAST}
    assert {k: v for k, v in fast.answers.items() if k not in special} == {
        k: v for k, v in slow.answers.items() if k not in special
    }
    assert [f for f in fast.findings if f.figure not in special] == [
        f for f in slow.findings if f.figure not in special
    ]
    assert (fast.tables, fast.evidence, fast.people) == (slow.tables, slow.evidence, slow.people)


def test_the_identity_is_read_even_where_its_sheet_was_moved_or_shown() -> None:
    def show(book: Any) -> None:
        book[IDENTITY_SHEET].sheet_state = "visible"
        book.move_sheet(IDENTITY_SHEET, -4)

    submission = secrecy(show)
    assert (submission.department, submission.identity.round, values(submission)) == ("secrecy", "2018", ALL)


def test_the_part_named_in_these_tests_is_the_sheet_of_figures() -> None:
    assert Package(filled("secrecy", leak_events=1)).sheets[label("sheet.figures")] == FIGURES_PART
