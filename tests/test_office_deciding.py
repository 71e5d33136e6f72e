"""The decision workbook through real files: what it applies, and what an office cannot do with it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import office
import openpyxl
import pytest
from assignments import fill_book
from deciding_desk import (
    BOOK,
    HEALTH,
    HOSPITALS,
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
from make_samples import fill_workbook
from msgspec.structs import replace
from support import (
    ASSIGNMENT,
    ISSUE,
    edited,
)

from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.errors import DecisionFault
from smartcity_xl.ledger import LEDGER_FOLDER, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.model import (
    SEND_BACK,
)
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.office.deciding import read_decision_book

# --- through real files ------------------------------------------------------------------------------------------


def test_from_a_conflict_over_the_offices_choice_to_a_score_and_back_when_an_answer_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    desk.receive(**gov(), **care())
    assert desk.collect() == 1
    assert "office to decide: 2" in capsys.readouterr().out
    assert desk.indicator("L1P1-A1") == desk.indicator("L1P4-A3") == ("conflict", None)
    assert desk.states() == {"gov_items_ecert": "open", HOSPITALS: "open"}

    desk.decide(gov_items_ecert=WHY, tertiary_hospitals=(1, "以原表为准", "李四"))
    assert desk.collect("--decisions", str(desk.book)) == 1  # the round is not whole yet
    assert "office to decide" not in capsys.readouterr().out
    assert desk.indicator("L1P1-A1") == ("settled", "25.50")
    assert desk.indicator("L1P4-A3") == ("settled", "19.50")  # 30 % of the mean of 50 and 80
    assert desk.states() == {"gov_items_ecert": "decided", HOSPITALS: "decided"}
    decided = {f["figure"]: f["parameters"] for f in desk.findings("decided")}
    assert (decided["gov_items_ecert"]["who"], decided["gov_items_ecert"]["reason"]) == ("李四", "按台账核对")
    assert "800项" in decided["gov_items_ecert"]["aside"]
    assert desk.findings("conflict") == []

    before = desk.written
    assert desk.collect("--decisions", str(desk.book)) == 1
    assert desk.written == before

    desk.receive(lead=sent_by(LEAD, {**ITEMS, "gov_items_ecert": 820}))
    assert desk.collect("--decisions", str(desk.book)) == 1
    assert desk.indicator("L1P1-A1") == ("conflict", None)
    assert desk.indicator("L1P4-A3") == ("settled", "19.50")
    assert desk.states() == {"gov_items_ecert": "open", HOSPITALS: "decided"}
    [lapsed] = desk.findings("decision-lapsed")
    assert (lapsed["figure"], lapsed["file"]) == ("gov_items_ecert", BOOK)
    assert "选项 2：850项" in lapsed["parameters"]["said"]

    desk.receive(lead=sent_by(LEAD, {**ITEMS, "gov_items_ecert": 850}))
    assert desk.collect("--decisions", str(desk.book)) == 1  # and now both say the same
    assert desk.indicator("L1P1-A1") == ("settled", "25.50")
    assert desk.findings("decision-lapsed") == []
    kept = read_decision_book(desk.book)
    assert [d.figure for d in kept.decisions] == [HOSPITALS]
    assert [(d.figure, d.reason, d.who) for d in kept.lapsed] == [("gov_items_ecert", "按台账核对", "李四")]
    assert "选项 2：850项" in kept.lapsed[0].said


def test_the_workbook_written_anew_shows_the_decisions_already_made(desk: Desk) -> None:
    desk.decide(gov_items_ecert=WHY, tertiary_hospitals=(label("decide.back"), "两张表都看过，请核对", "李四"))
    typed = read_decision_book(desk.book)
    desk.collect("--decisions", str(desk.book))
    written = read_decision_book(desk.book)
    assert written.decisions == typed.decisions
    cells = decision_cells(openpyxl.load_workbook(desk.book))
    assert [cell.value for cell in cells["gov_items_ecert"]] == [2, "按台账核对", "李四"]
    assert cells[HOSPITALS][0].value == label("decide.back")
    assert desk.states() == {"gov_items_ecert": "decided", HOSPITALS: "back"}
    assert [(f["department"], f["severity"]) for f in desk.findings("sent-back")] == [(HEALTH, "error")]


@pytest.mark.summary
def test_the_summary_shows_every_answer_the_choice_and_what_was_set_aside(desk: Desk) -> None:
    desk.decide(gov_items_ecert=WHY)
    desk.collect("--decisions", str(desk.book))
    book = openpyxl.load_workbook(desk.out / label("file.summary"))
    rows = list(book[label("sheet.decisions")].iter_rows(min_row=4, values_only=True))
    assert [(row[2], row[3], row[4]) for row in rows[:2]] == [("未采用", "1", "800 项"), ("采用", "2", "850 项")]
    assert [row[8] for row in rows[:2]] == ["L1P1-A1　24.00 / 30.00", "L1P1-A1　25.50 / 30.00"]
    assert rows[1][10:12] == ("按台账核对", "李四")
    assert [row[2] for row in rows[2:]] == ["待裁定", "待裁定"]
    assert "一院" not in rows[2][4]  # only the rows that differ
    assert "二院 80、100" in rows[2][4]
    told = {row[0]: row[12] for row in book[label("sheet.breakdown")].iter_rows(min_row=4, values_only=True)}
    assert all(part in told["L1P1-A1"] for part in ("李四", "按台账核对", "800项", "850项"))
    listed = [row for row in book[label("sheet.findings")].iter_rows(min_row=4, values_only=True) if row[0] == "备查"]
    assert any("李四裁定采用" in row[4] for row in listed)


def test_a_decision_lapses_when_a_later_workbook_replaces_one_it_was_made_over(desk: Desk) -> None:
    desk.collect()
    desk.decide(gov_items_ecert=WHY)
    desk.receive(later=sent_by(SECOND, {**ITEMS, "gov_items_ecert": 860}))
    desk.collect("--decisions", str(desk.book))
    assert desk.states()["gov_items_ecert"] == "open"
    assert len(desk.findings("decision-lapsed")) == 1
    [conflict] = [c for c in desk.results["conflicts"] if c["figure"] == "gov_items_ecert"]
    assert [side["value"] for side in conflict["sides"]] == ["800", "860"]


def test_the_ledger_keeps_what_was_decided(desk: Desk) -> None:
    desk.decide(gov_items_ecert=WHY)
    desk.collect("--decisions", str(desk.book))
    with read_ledger(desk.out / LEDGER_FOLDER) as ledger:
        [run] = ledger.last_runs()
        [kept] = ledger.decisions(run)
    assert (kept.choice, kept.reason, kept.who, kept.file) == (
        f"选项 2：850项（{ASSIGNMENT.name(SECOND)}）", "按台账核对", "李四", BOOK,
    )  # fmt: skip
    assert kept.subject.startswith("gov_items_ecert||")


def test_looking_back_applies_decisions_and_leaves_their_workbook_alone(desk: Desk) -> None:
    desk.collect()
    desk.decide(gov_items_ecert=WHY)
    before = desk.book.read_bytes()
    assert desk.collect("--decisions", str(desk.book), "--as-of", "2999-01-01") == 1
    assert desk.indicator("L1P1-A1") == ("settled", "25.50")
    assert desk.book.read_bytes() == before


@pytest.mark.summary
def test_a_round_without_conflicts_has_no_decision_workbook(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.receive(lead=gov()["lead"])
    desk.collect()
    assert not desk.book.exists()
    assert label("sheet.decisions") not in openpyxl.load_workbook(desk.out / label("file.summary")).sheetnames


def test_the_decision_workbook_in_an_inbox_is_no_departments(desk: Desk) -> None:
    (desk.inbox / BOOK).write_bytes(desk.book.read_bytes())
    desk.collect()
    [receipt] = [f for f in desk.results["files"] if f["file"] == BOOK]
    assert (receipt["status"], receipt["reasons"]) == ("ignored", ["own-decisions"])


def test_a_shared_figure_is_decided_once_for_all_systems_and_shown_under_each(tmp_path: Path) -> None:
    whole = lay_together([load_catalog(name) for name in ("cn-2018", "gbt33356-2022-city")])
    names = ("县公安局", "县教育局")
    both = {"gov_departments_total", "gov_departments_sharing"}
    book = tmp_path / "分工.xlsx"
    book.write_bytes(fill_book(whole, {key: names if key in both else names[:1] for key in whole.figures}))
    catalog, assignment = read_assignment_book(book)
    issue = replace(ISSUE, round=assignment.round, city=assignment.city)
    desk = Desk(tmp_path)
    for department, shared in zip(assignment.asked["gov_departments_total"], (20, 30), strict=True):
        given = {"answers": {"gov_departments_total": 40, "gov_departments_sharing": shared}}
        desk.receive(**{department: fill_workbook(catalog, assignment, department, issue, given)})
    desk.collect("--assignment", str(book))
    rows = openpyxl.load_workbook(desk.book)[SHEET].iter_rows(min_row=6, values_only=True)
    sides = [row for row in rows if str(row[0]).startswith("side|")]
    assert [row[2] for row in sides] == ["20", "30"]
    # half and three quarters of the departments; the city's standard weighs the share with 50 %
    assert "国标城市 L5P1-A1　25.00 / 50.00" in sides[0][7]
    assert "国标城市 L5P1-A1　37.50 / 50.00" in sides[1][7]
    assert all("国评2018" in row[7] and row[8].count("分") == 2 for row in sides)
    desk.decide(gov_departments_sharing=WHY)
    desk.collect("--assignment", str(book), "--decisions", str(desk.book))
    for name in ("cn-2018", "gbt33356-2022-city"):
        results = json.loads((desk.out / f"results-{name}.json").read_text(encoding="utf-8"))
        slot = next(f for f in results["figures"] if f["key"] == "gov_departments_sharing")
        assert (slot["standing"], slot["value"]) == ("settled", "30")
        assert [c["state"] for c in results["conflicts"]] == ["decided"]


# --- what the office cannot do -----------------------------------------------------------------------------------

OWN: list[tuple[str, tuple[object, object, object], dict[int, str]]] = [
    # what stands in the three cells; the faults: 0 choice, 1 reason, 2 name -> code
    ("a figure of its own", (820, "取中间", "李四"), {0: "cell-choice"}),
    ("a figure of its own that is a decimal", (1.5, "取中间", "李四"), {0: "cell-choice"}),
    ("one of the values instead of its number", (850, "对", "李四"), {0: "cell-choice"}),
    ("a choice that there is not", (3, "对", "李四"), {0: "cell-choice"}),
    ("nought", (0, "对", "李四"), {0: "cell-choice"}),
    ("a word", ("第二个", "对", "李四"), {0: "cell-choice"}),
    ("two choices", ("1、2", "对", "李四"), {0: "cell-choice"}),
    ("a formula", ("=1+1", "对", "李四"), {0: "cell-formula"}),
    ("an error value", ("#N/A", "对", "李四"), {0: "cell-error"}),
    ("a logical value", (True, "对", "李四"), {0: "cell-logical"}),
    ("a date", (datetime.date(2019, 1, 2), "对", "李四"), {0: "cell-date"}),
    ("no reason", (2, None, "李四"), {1: "decision-half"}),
    ("a reason of blanks", (2, "　 ", "李四"), {1: "decision-half"}),
    ("no name", (2, "对", None), {2: "decision-half"}),
    ("a choice alone", (2, None, None), {1: "decision-half", 2: "decision-half"}),
    ("a reason without a choice", (None, "再看看", None), {0: "decision-half", 2: "decision-half"}),
    ("a name alone", (None, None, "李四"), {0: "decision-half", 1: "decision-half"}),
    ("sent back without a reason", (label("decide.back"), None, "李四"), {1: "decision-half"}),
    ("a formula for a reason", (2, "=A1", "李四"), {1: "cell-formula"}),
    ("a formula for a name", (2, "对", "=A1"), {2: "cell-formula"}),
    ("all three wrong", (9, "=A1", None), {1: "cell-formula"}),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "faults"), [pytest.param(*row, id=name) for name, *row in OWN])
def test_the_office_can_choose_or_send_back_and_nothing_else(
    typed: tuple[object, object, object], faults: dict[int, str], blank_book: bytes, tmp_path: Path
) -> None:
    path = tmp_path / BOOK
    path.write_bytes(filled_book(blank_book, gov_items_ecert=typed))
    cells = decision_cells(openpyxl.load_workbook(path))["gov_items_ecert"]
    with pytest.raises(DecisionFault) as refused:
        read_decision_book(path)
    assert refused.value.code == "decisions-faulty"
    expected = {f"{SHEET}!{cells[number].coordinate}": code for number, code in faults.items()}
    assert {fault.where: fault.code for fault in refused.value.faults} == expected  # type: ignore[attr-defined]
    for fault in refused.value.faults:
        assert all(fault.words(language) for language in ("zh", "en"))


GOOD: list[tuple[str, tuple[object, object, object], str]] = [
    ("a number", (2, "对", "李四"), "850"),
    ("a number as text", ("2", "对", "李四"), "850"),
    ("a full-width number", ("２", "对", "李四"), "850"),
    ("a float", (1.0, "对", "李四"), "800"),
    ("sent back", ("退回", "对", "李四"), SEND_BACK),
    ("blanks around it", (" 退回 ", " 对 ", " 李四 "), SEND_BACK),
    ("a number as reason and name", (2, 7, 9), "850"),
]


@pytest.mark.parametrize(("typed", "choice"), [pytest.param(*row, id=name) for name, *row in GOOD])
def test_a_choice_is_read_as_the_answer_it_stands_for(
    typed: tuple[object, object, object], choice: str, blank_book: bytes, tmp_path: Path
) -> None:
    path = tmp_path / BOOK
    path.write_bytes(filled_book(blank_book, gov_items_ecert=typed))
    [decision] = read_decision_book(path).decisions
    assert (decision.figure, decision.choice) == ("gov_items_ecert", choice)
    assert (decision.reason, decision.who) == tuple(str(part).strip() for part in typed[1:])


def test_a_blank_workbook_decides_nothing(blank_book: bytes, tmp_path: Path) -> None:
    (tmp_path / BOOK).write_bytes(blank_book)
    assert read_decision_book(tmp_path / BOOK).decisions == ()


def test_rows_may_be_sorted_and_sheets_renamed(blank_book: bytes, tmp_path: Path) -> None:
    def scramble(book: Any) -> None:
        sheet = book[SHEET]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)][::-1]
        for number, values in enumerate(rows, start=6):
            for at, value in enumerate(values, start=1):
                sheet.cell(number, at).value = value
        sheet.title = "办公室裁定"

    path = tmp_path / BOOK
    path.write_bytes(edited(filled_book(blank_book, gov_items_ecert=WHY), scramble))
    [decision] = read_decision_book(path).decisions
    assert (decision.choice, decision.origin.sheet) == ("850", "办公室裁定")


def test_a_column_that_is_gone_is_told(blank_book: bytes, tmp_path: Path) -> None:
    path = tmp_path / BOOK
    path.write_bytes(edited(blank_book, lambda book: setattr(book[SHEET]["E1"], "value", None)))
    with pytest.raises(DecisionFault) as refused:
        read_decision_book(path)
    [fault] = refused.value.faults
    assert (fault.code, fault.where) == ("column-missing", f"{SHEET}!A1")  # type: ignore[attr-defined]


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_what_another_program_saved_is_read_alike(program: str, blank_book: bytes, tmp_path: Path) -> None:
    back = (label("decide.back"), "两张表都看过，请核对", "李四")
    path = tmp_path / BOOK
    path.write_bytes(filled_book(blank_book, gov_items_ecert=WHY, tertiary_hospitals=back))
    saved = office.recalculate(program, [path], tmp_path / "saved")[path]
    assert saved.read_bytes() != path.read_bytes()
    assert read_decision_book(saved) == read_decision_book(path)


def test_one_conflict_decided_twice_over_in_different_ways_is_refused(blank_book: bytes, tmp_path: Path) -> None:
    def copy(choice: int) -> Callable[[Any], None]:
        def edit(book: Any) -> None:
            cells, row = book[SHEET], decision_cells(book)["gov_items_ecert"][0].row
            copied = {at: cells.cell(row, at).value for at in range(1, 10)}
            for at, value in {**copied, 3: choice}.items():
                cells.cell(cells.max_row + (at == 1), at).value = value

        return edit

    path, once = tmp_path / BOOK, filled_book(blank_book, gov_items_ecert=WHY)
    path.write_bytes(edited(once, copy(2)))
    assert len(read_decision_book(path).decisions) == 1
    path.write_bytes(edited(once, copy(1)))
    with pytest.raises(DecisionFault) as refused:
        read_decision_book(path)
    assert [fault.code for fault in refused.value.faults] == ["decision-twice"]  # type: ignore[attr-defined]


def test_a_value_overwritten_beside_a_choice_changes_nothing(desk: Desk) -> None:
    """The sheet is locked; who opens it all the same still cannot bring in a figure."""

    def forge(book: Any) -> None:
        sheet = book[SHEET]
        for row in range(1, sheet.max_row + 1):
            key = str(sheet.cell(row, 1).value or "")
            if key.startswith("side|2|850"):
                sheet.cell(row, 3).value = "999"

    desk.decide(gov_items_ecert=WHY)
    desk.book.write_bytes(edited(desk.book.read_bytes(), forge))
    desk.collect("--decisions", str(desk.book))
    assert desk.indicator("L1P1-A1") == ("settled", "25.50")


@pytest.mark.parametrize("key", ["999", "850.5", "rows:0"])
def test_a_hidden_key_overwritten_decides_nothing(key: str, desk: Desk) -> None:
    def forge(book: Any) -> None:
        sheet = book[SHEET]
        for row in range(1, sheet.max_row + 1):
            found = str(sheet.cell(row, 1).value or "")
            if found.startswith("side|2|850"):
                sheet.cell(row, 1).value = found.replace("side|2|850", f"side|2|{key}")

    desk.decide(gov_items_ecert=WHY)
    desk.book.write_bytes(edited(desk.book.read_bytes(), forge))
    desk.collect("--decisions", str(desk.book))
    assert desk.indicator("L1P1-A1") == ("conflict", None)
    assert len(desk.findings("decision-lapsed")) == 1


def test_a_decision_over_a_figure_that_there_is_not_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    def forge(book: Any) -> None:
        sheet = book[SHEET]
        for row in range(1, sheet.max_row + 1):
            key = str(sheet.cell(row, 1).value or "")
            sheet.cell(row, 1).value = key.replace("gov_items_ecert", "nothing") or None

    desk.decide(gov_items_ecert=WHY)
    desk.book.write_bytes(edited(desk.book.read_bytes(), forge))
    before = desk.book.read_bytes()
    assert desk.collect("--decisions", str(desk.book)) == 2
    assert "nothing" in capsys.readouterr().err
    assert desk.written == {BOOK: before}
