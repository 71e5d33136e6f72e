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
    growth,
    parcel,
    plan,
    read,
    repacked,
    value_cell,
    with_cell,
)

from smartcity_xl.books import sheets as reading_sheets
from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.package import Package, Refused, far_cell, is_plain
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.form.template import write_template
from smartcity_xl.messages import label, severity
from smartcity_xl.model import Severity, State, Submission

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


Reader = Callable[[bytes], Submission]


@pytest.fixture(params=["as it comes", "thorough"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Reads a workbook by the reader that its text calls for, or by the thorough one whatever its text."""
    if request.param == "thorough":
        monkeypatch.setattr(reading_sheets, "is_plain", lambda xml: False)
    return read


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


def test_a_chart_on_a_sheet_of_its_own_does_not_cost_the_workbook(reader: Reader) -> None:
    def add(book: Any) -> None:
        from openpyxl.chart import BarChart, Reference

        chart = BarChart()
        chart.add_data(Reference(figures_sheet(book), min_col=4, min_row=6, max_row=7))
        book.create_chartsheet("图").add_chart(chart)

    data = filled("secrecy", leak_events=1, crypto_failing_systems=4)
    assert reader(edited(data, add)).answers["leak_events"].value == 1


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
def test_a_hospital_in_a_row_without_a_key_is_read(edit: Callable[[Any], None]) -> None:
    submission = health(edit)
    table = submission.tables["tertiary_hospitals"]
    assert (table.state, {row.name for row in table.rows}) == (State.VALUE, {"一院", "二院", "三院"})
    assert table_codes(submission) == []


def test_a_hospital_that_stands_twice_is_told_and_its_table_does_not_count() -> None:
    def copy_row(sheet: Any) -> None:
        for column in range(1, 5):
            sheet.cell(8, column).value = sheet.cell(7, column).value

    submission = health(copy_row)
    assert submission.tables["tertiary_hospitals"].state is State.UNREADABLE
    assert table_codes(submission) == ["table-row-twice"]
    assert severity("table-row-twice") is Severity.ERROR
    assert_worded(submission.findings)


def test_a_text_above_the_rows_of_a_table_is_no_row() -> None:
    submission = health(lambda sheet: setattr(sheet["B2"], "value", "请各医院核对"))
    assert [row.name for row in submission.tables["tertiary_hospitals"].rows] == ["一院", "二院"]


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
    ("an empty cell", '<c r="{c}"/>', State.BLANK, []),
    ("no cell at all", "", State.BLANK, []),
]


@pytest.mark.parametrize(("xml", "state", "reported"), [pytest.param(*row, id=name) for name, *row in RAW])
def test_a_cell_as_programs_write_it(xml: str, state: State, reported: list[str], reader: Reader) -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1, crypto_failing_systems=4), cell, xml.replace("{c}", cell))
    submission = reader(data)
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


@pytest.mark.parametrize("number_format", [14, 27, 31, 57, 58])
def test_a_date_in_a_built_in_format_of_chinese_excel_is_no_number(number_format: int, reader: Reader) -> None:
    submission = reader(with_format(number_format))
    assert submission.answers["leak_events"].state is State.UNREADABLE
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == ["date-for-number"]


@pytest.mark.parametrize(
    "number_format",
    ['0!.0,"万"', '#,##0"户"', "[Red]0", "G/通用格式", '0"日"', "0.00E+00", '#,##0"m²"', "[DBNum1][$-804]General"],
)
def test_a_number_in_a_format_with_letters_is_still_a_number(number_format: str, reader: Reader) -> None:
    def dress(book: Any) -> None:
        figures_sheet(book)[value_cell("secrecy", "leak_events")].number_format = number_format

    data = edited(filled("secrecy", leak_events=1, crypto_failing_systems=4), dress)
    assert reader(data).answers["leak_events"].value == 1


NO_NUMBER = [pytest.param("NaN", id="nan"), pytest.param("9" * 6000, id="six thousand digits")]


@pytest.mark.parametrize("beside", ["<v>4</v>", "<f>2+2</f><v>4</v>"], ids=["a number", "a formula"])
@pytest.mark.parametrize("digits", NO_NUMBER)
def test_a_number_that_is_none_costs_only_its_own_cell(digits: str, beside: str) -> None:
    cell, other = value_cell("secrecy", "leak_events"), value_cell("secrecy", "crypto_failing_systems")
    data = with_cell(
        filled("secrecy", leak_events=1, crypto_failing_systems=4), cell, f'<c r="{cell}"><v>{digits}</v></c>'
    )
    submission = read(with_cell(data, other, f'<c r="{other}">{beside}</c>'))
    assert submission.answers["leak_events"].state is State.UNREADABLE
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == ["not-a-number"]
    assert submission.answers["crypto_failing_systems"].value == 4


def as_format(number_format: str, digits: str, column: str = "value") -> bytes:
    """A workbook with these digits as a cell's number, in a format."""

    def dress(book: Any) -> None:
        at = plan("secrecy").row_of["leak_events"].row + 1
        cell = figures_sheet(book).cell(at, column_of(column))
        cell.value, cell.number_format = 1234.5, number_format

    data = edited(filled("secrecy", leak_events=1, crypto_failing_systems=4), dress)
    return repacked(data, {FIGURES_PART: lambda xml: xml.replace(b"<v>1234.5</v>", f"<v>{digits}</v>".encode())})


@pytest.mark.parametrize("column", ["value", "as_of"])
@pytest.mark.parametrize("number_format", ["yyyy-mm-dd", "[h]:mm"])
@pytest.mark.parametrize("digits", ["20181231", "1E12", "-1E12", "-5"])
def test_a_number_that_no_date_can_be_in_a_format_for_dates_costs_at_most_its_own_cell(
    digits: str, number_format: str, column: str, reader: Reader
) -> None:
    """A clerk types 20181231 into a cell that the template made a date."""
    assert reader(as_format(number_format, digits, column)).answers["crypto_failing_systems"].value == 4


# --- the two readers -----------------------------------------------------------------------------------------


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
    assert growth(lambda size: far_cell(b"<!-- <c" + b' r="AAA1"' * size + b"/> -->"), 5_000) < 24


def test_the_identity_is_read_even_where_its_sheet_was_moved_or_shown() -> None:
    def show(book: Any) -> None:
        book[IDENTITY_SHEET].sheet_state = "visible"
        book.move_sheet(IDENTITY_SHEET, -4)

    submission = secrecy(show)
    assert (submission.department, submission.identity.round, values(submission)) == ("secrecy", "2018", ALL)


def test_the_part_named_in_these_tests_is_the_sheet_of_figures() -> None:
    assert Package(filled("secrecy", leak_events=1)).sheets[label("sheet.figures")] == FIGURES_PART
