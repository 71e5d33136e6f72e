"""The decision workbook itself: what it shows, what can be typed into it, and that nothing typed is lost."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from deciding_desk import (
    BOOK,
    FIRST_TABLE,
    HEALTH,
    ITEMS,
    LEAD,
    SECOND,
    SHEET,
    WHY,
    Desk,
    care,
    decision_cells,
    filled_book,
    gov,
    sent_by,
)
from support import (
    ASSIGNMENT,
    edited,
    identified,
)

from smartcity_xl.books.identity import MARKER
from smartcity_xl.messages import label
from smartcity_xl.office.deciding.form import CONFLICTS, LAPSED, decision_row, read_decision_row

# --- through real files ------------------------------------------------------------------------------------------


# --- nothing that the office typed is lost -----------------------------------------------------------------------


def test_a_workbook_with_a_fault_stays_as_it_is_and_nothing_else_is_written(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desk.decide(gov_items_ecert=(820, "取中间", "李四")).read_bytes()
    for arguments in ((), ("--decisions", str(desk.book))):
        assert desk.collect(*arguments) == 2
        said = capsys.readouterr().err
        assert f"{SHEET}!" in said
        assert "820" in said
        assert desk.book.read_bytes() == before
        assert [path.name for path in desk.out.iterdir()] == [BOOK]


def test_decisions_that_a_run_was_not_given_are_not_written_over(
    desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.xlsx"
    other.write_bytes(filled_book(desk.book.read_bytes(), gov_items_ecert=("1", "另有理由", "王五")))
    before = desk.decide(gov_items_ecert=WHY).read_bytes()
    for arguments in ((), ("--decisions", str(other))):
        assert desk.collect(*arguments) == 2
        assert f"--decisions {desk.book}" in capsys.readouterr().err
        assert desk.book.read_bytes() == before
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(before)
    assert desk.collect("--decisions", str(copy)) == 1  # the same decisions, given from elsewhere
    assert desk.indicator("L1P1-A1") == ("settled", "25.50")


@pytest.mark.parametrize(
    ("name", "make"),
    [("no workbook", lambda: b"nothing"), ("a department's workbook", lambda: gov()["lead"]),
     ("another of ours", lambda: identified(gov()["lead"], kind="xlscore-summary"))],
)  # fmt: skip
def test_a_file_that_is_no_decision_workbook_is_neither_used_nor_written_over(
    name: str, make: Callable[[], bytes], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make()
    desk.book.write_bytes(data)
    for arguments in ((), ("--decisions", str(desk.book))):
        assert desk.collect(*arguments) == 2, name
        assert "cannot be used as a decision workbook" in capsys.readouterr().err
    assert desk.book.read_bytes() == data


def test_a_missing_decision_workbook_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.collect("--decisions", str(desk.out / "nowhere.xlsx")) == 2
    assert "nowhere.xlsx" in capsys.readouterr().err


@pytest.mark.parametrize("field", ["catalog", "version", "assignment", "round", "city"])
def test_the_decisions_of_another_round_are_refused(
    field: str, desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.xlsx"
    other.write_bytes(identified(filled_book(desk.book.read_bytes(), gov_items_ecert=WHY), **{field: "别处"}))
    assert desk.collect("--decisions", str(other)) == 2
    assert "别处" in capsys.readouterr().err


def test_when_all_agree_again_the_workbook_that_stands_there_says_so(desk: Desk) -> None:
    desk.receive(lead=sent_by(LEAD, {**ITEMS, "gov_items_ecert": 850}))
    (desk.inbox / "corrected.xlsx").unlink()
    desk.collect()
    cells = [cell for row in openpyxl.load_workbook(desk.book)[SHEET].iter_rows(values_only=True) for cell in row]
    assert label("decide.none") in cells


# --- the workbook itself -----------------------------------------------------------------------------------------


def test_the_workbook_puts_every_answer_in_one_unit_beside_its_origin_and_score(blank_book: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(blank_book))[SHEET]
    rows = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).startswith("side|")]
    names = [ASSIGNMENT.name(department) for department in (LEAD, SECOND)]
    assert [row[1:7] for row in rows[:2]] == [
        ("1", "800", "项", names[0], "lead.xlsx", rows[0][6]), ("2", "850", "项", names[1], "second.xlsx", rows[1][6]),
    ]  # fmt: skip
    assert [row[7] for row in rows] == [
        "L1P1-A1　24.00 / 30.00", "L1P1-A1　25.50 / 30.00", "L1P4-A3　19.50 / 30.00", "L1P4-A3　21.00 / 30.00",
    ]  # fmt: skip
    # 2.85 + 0 as it stands; the first pair as by hand, the second 2.85 + 3 % of 19.5 (0.585, half up) and of 21
    assert [row[8] for row in rows] == [
        "4.05 / 100.00 分", "4.13 / 100.00 分", "3.44 / 100.00 分", "3.48 / 100.00 分",
    ]  # fmt: skip


def test_answers_given_in_different_units_stand_in_one_and_agree_where_they_are_the_same(tmp_path: Path) -> None:
    [department] = ASSIGNMENT.asked["resident_population"]
    desk = Desk(tmp_path)
    desk.receive(one=sent_by(department, {"resident_population": 125_000}),
                 same=sent_by(department, {"resident_population": "12.5万人"}))  # fmt: skip
    desk.collect()
    assert (desk.states(), desk.book.exists()) == ({}, False)
    desk = Desk(tmp_path / "again")
    desk.receive(one=sent_by(department, {"resident_population": 125_000}),
                 same=sent_by(department, {"resident_population": "12.5万人"}),
                 other=sent_by(department, {"resident_population": "12.6万人"}))  # fmt: skip
    desk.collect()
    rows = [row for row in openpyxl.load_workbook(desk.book)[SHEET].iter_rows(values_only=True) if row[2]]
    sides = {row[4:6]: row[1:4] for row in rows if str(row[0]).startswith("side|")}
    name = ASSIGNMENT.name(department)
    assert sides == {
        (name, "one.xlsx"): ("1", "125000", "人"),
        (name, "same.xlsx"): ("1", "125000\n（填报 12.5万人）", "人"),
        (name, "other.xlsx"): ("2", "126000\n（填报 12.6万人）", "人"),
    }


def test_only_the_three_cells_of_a_decision_can_be_typed_into_and_the_choice_is_a_list(blank_book: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_book))
    sheet = book[SHEET]
    assert sheet.protection.sheet
    inputs = {cell.coordinate for cells in decision_cells(book).values() for cell in cells}
    areas = [area for area in sheet.merged_cells.ranges if area.start_cell.coordinate in inputs]
    merged = {sheet.cell(row, column).coordinate for area in areas for row, column in area.cells}
    unlocked = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == inputs | merged
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert lists == {cells[0].coordinate: '"1,2,退回"' for cells in decision_cells(book).values()}


def test_the_same_conflicts_give_the_same_bytes(tmp_path: Path, blank_book: bytes) -> None:
    desk = Desk(tmp_path)
    desk.receive(**dict(reversed({**gov(), **care()}.items())))
    desk.collect()
    assert hashlib.sha256(desk.book.read_bytes()).digest() == hashlib.sha256(blank_book).digest()


def test_what_a_department_typed_is_never_a_formula_in_the_decision_workbook(tmp_path: Path) -> None:
    rows = [{**FIRST_TABLE[0], "name": '=HYPERLINK("http://example.com")'}, FIRST_TABLE[1]]
    desk = Desk(tmp_path)
    desk.receive(health=sent_by(HEALTH, {}, tertiary_hospitals=FIRST_TABLE),
                 other=edited(care()["corrected"], lambda book: _name_row(book, rows[0]["name"])))  # fmt: skip
    desk.collect()
    sheet = openpyxl.load_workbook(desk.book)[SHEET]
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []


def _name_row(book: Any, name: object) -> None:
    sheet = book[label("sheet.table", number=1)]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "一院")
    cell.value, cell.data_type = name, "s"
    cell.quotePrefix = True


def test_the_marks_of_the_workbook_are_read_by_its_reader(blank_book: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_book))
    assert book[SHEET]["A1"].value == MARKER + CONFLICTS
    assert read_decision_row(decision_row("a||b")) == "a||b"
    assert read_decision_row("side|1|5|a||b") is None
    assert LAPSED != CONFLICTS
