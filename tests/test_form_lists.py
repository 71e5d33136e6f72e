"""A checklist that several departments tick: date, remark and explanation are asked once for the whole list."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from recalculated_rules import plan_of
from support import ASSIGNMENT, CATALOG, ISSUE, codes, edited, figures_sheet, filled, read

from smartcity_xl.form.map import FIGURES, column
from smartcity_xl.form.returning.answers import give_back
from smartcity_xl.form.template import CellPlace, Given, write_template

LIST, DEPARTMENT = "mobile_services", "tax"
PLAN = plan_of(DEPARTMENT)
ITEMS = [slot.key for slot in CATALOG.figures[LIST].slots]
BESIDE = ("as_of", "remark", "explanation")


def put(sheet: Any, row: int, **said: str) -> None:
    for name, text in said.items():
        sheet.cell(row + 1, column(FIGURES, name) + 1).value = text


def answered(**said: str) -> bytes:
    """All items ticked, with words beside the list."""

    def edit(book: Any) -> None:
        sheet = figures_sheet(book)
        for key in ITEMS:
            sheet.cell(PLAN.row_of[key].row + 1, column(FIGURES, "as_of") + 1).value = None
        put(sheet, PLAN.list_rows[LIST], **said)

    return edited(filled(DEPARTMENT, **dict.fromkeys(ITEMS, "是")), edit)


def test_the_template_asks_once() -> None:
    sheet = figures_sheet(openpyxl.load_workbook(io.BytesIO(write_template(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE))))
    asked = [
        row
        for row in (PLAN.list_rows[LIST], *(PLAN.row_of[key].row for key in ITEMS))
        for name in BESIDE
        if not sheet.cell(row + 1, column(FIGURES, name) + 1).protection.locked
    ]
    assert asked == [PLAN.list_rows[LIST]] * 3
    assert len(ITEMS) == 15


def test_what_stands_beside_the_list_is_said_of_every_item() -> None:
    submission = read(answered(as_of="2018-12-31", remark="全部开通", explanation="已核"))
    said = {(a.as_of, a.remark, a.explanation, a.as_of_cell) for key, a in submission.answers.items() if key in ITEMS}
    assert said == {("2018-12-31", "全部开通", "已核", f"H{PLAN.list_rows[LIST] + 1}")}
    assert codes(submission.findings) == []


def test_an_item_that_says_something_of_its_own_keeps_to_that() -> None:
    """As the workbooks do that went out before, which have no row for the list."""
    data = edited(answered(remark="全部开通"), lambda book: put(figures_sheet(book), PLAN.row_of[ITEMS[1]].row,
                                                            remark="只有一部分"))  # fmt: skip
    answers = read(data).answers
    assert [answers[key].remark for key in ITEMS[:3]] == ["全部开通", "只有一部分", "全部开通"]


def test_a_workbook_without_the_row_of_the_list_is_read_as_before() -> None:
    def lose(book: Any) -> None:
        sheet = figures_sheet(book)
        sheet.cell(PLAN.list_rows[LIST] + 1, 1).value = None
        for key in ITEMS:
            put(sheet, PLAN.row_of[key].row, remark=key)

    submission = read(edited(filled(DEPARTMENT, **dict.fromkeys(ITEMS, "是")), lose))
    assert {key: submission.answers[key].remark for key in ITEMS} == {key: key for key in ITEMS}
    assert codes(submission.findings) == []


@pytest.mark.parametrize("own", [False, True], ids=["said once", "one item says its own"])
def test_it_goes_back_as_it_came(own: bool) -> None:
    data = answered(as_of="2018-12-31", remark="全部开通", explanation="已核")
    if own:
        data = edited(data, lambda book: put(figures_sheet(book), PLAN.row_of[ITEMS[1]].row, remark="只有一部分"))
    before = read(data)
    back = give_back(CATALOG, ASSIGNMENT, DEPARTMENT, [before])
    assert (CellPlace(FIGURES, LIST, "remark") in back.entries) is not own
    assert CellPlace(FIGURES, LIST, "as_of") in back.entries
    given = Given(back.entries, {}, back.lines, back.rows)
    after = read(write_template(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE, given))
    for key in ITEMS:
        one, other = before.answers[key], after.answers[key]
        assert (one.as_of, one.remark, one.explanation) == (other.as_of, other.remark, other.explanation)
