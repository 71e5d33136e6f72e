"""Answers survive the way there and back: a template, filled, moved about as clerks do, and read again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from make_samples import fill_workbook
from msgspec.structs import replace
from read_forms import ALL, HEALTH, Reader, secrecy, table_codes, values
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    column_of,
    edited,
    figures_sheet,
    filled,
    plan,
    read,
    value_cell,
)

from smartcity_xl.books.package import Refused
from smartcity_xl.form.template import write_template
from smartcity_xl.messages import label, severity
from smartcity_xl.model import Severity, State, Submission

# --- there and back ----------------------------------------------------------------------------------------------


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


# --- sheets ------------------------------------------------------------------------------------------------------


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


# --- rows and columns --------------------------------------------------------------------------------------------


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


# --- tables ------------------------------------------------------------------------------------------------------


def health(edit: Callable[[Any], object]) -> Submission:
    return read(edited(fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, HEALTH), lambda b: edit(b["明细表1"])))


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
