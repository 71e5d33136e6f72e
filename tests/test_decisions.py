"""Where answers contradict each other: the scores under each, the office's choice, and what it cannot decide."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from make_samples import fill_workbook
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    edited,
    figure,
    identified,
    small_assignment,
    small_catalog,
    submission,
    table_figure,
)
from test_assigning import fill_book

from smartcity_xl.books.identity import MARKER
from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import DecisionFault
from smartcity_xl.ledger import LEDGER_FOLDER, read_ledger
from smartcity_xl.messages import label, severity
from smartcity_xl.model import (
    SEND_BACK,
    Assignment,
    Catalog,
    Conflict,
    Decision,
    Merged,
    Origin,
    Severity,
    Standing,
    Submission,
)
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.office.deciding import read_decision_book
from smartcity_xl.office.deciding.form import CONFLICTS, LAPSED, decision_row, read_decision_row
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged, try_sides

BOOK, SHEET = label("file.decisions"), label("decide.sheet")
SMALL = small_catalog(
    figure("agree"), figure("any", "yesno", merge="any"), figure("sum", merge="sum"), figure("lead", merge="lead"),
    figure("largest", merge="largest"), table_figure(), table_figure("clinics", merge="lead"),
)  # fmt: skip
SHARED = small_assignment(SMALL, "a", "b", "c", hospitals=["a", "b"], clinics=["a", "b"])
ROWS = [("一院", {"reads": 1, "visits": 2}), ("二院", {"reads": 0, "visits": 5})]
OTHER_ROWS = [ROWS[0], ("二院", {"reads": 1, "visits": 5})]


def workbook(name: str, department: str, answers: Mapping[str, object], tables: Mapping[str, Any] | None = None) -> Any:
    return submission(SMALL, answers, tables, department=department, parcel=f"{name}.xlsx")


def workbooks(key: str, given: Sequence[tuple[str, object]]) -> list[Submission]:
    """The n-th answer for one slot or table, in the file n.xlsx."""
    if key in SMALL.slots:
        return [workbook(str(n), department, {key: cell}) for n, (department, cell) in enumerate(given, start=1)]
    return [workbook(str(n), department, {}, {key: rows}) for n, (department, rows) in enumerate(given, start=1)]


def decide(conflict: Conflict, side: int, reason: str = "核对过台账", who: str = "张三") -> Decision:
    """A decision for the side of this number; 0 sends back."""
    choice = conflict.sides[side - 1].key if side else SEND_BACK
    at = Origin(BOOK, SHEET, "C8")
    return Decision(conflict.figure, conflict.department, conflict.answers, choice, reason, who, f"选项 {side}", at)


def merge(sent: Sequence[Submission], decisions: Sequence[Decision] = ()) -> Merged:
    merged = merge_submissions(SMALL, SHARED, sent, decisions)
    assert_worded(merged.findings)
    return merged


# --- what a decision does, for every way of merging ----------------------------------------------------------

S, C, M = Standing.SETTLED, Standing.CONFLICT, Standing.MISSING
# key, answers, sides to choose from (departments), number chosen, standing, value, answers it rests on
CASES: list[tuple[str, str, list[tuple[str, object]], list[str], int, Standing, int | None, str]] = [
    ("agree: the first", "agree", [("a", 5), ("b", 6)], ["a", "b"], 1, S, 5, "a"),
    ("agree: the second", "agree", [("a", 5), ("b", 6)], ["a", "b"], 2, S, 6, "b"),
    ("agree: sent back", "agree", [("a", 5), ("b", 6)], ["a", "b"], 0, C, None, ""),
    ("agree: two give one side", "agree", [("a", 5), ("b", 6), ("c", 5)], ["ac", "b"], 1, S, 5, "ac"),
    ("agree: three sides", "agree", [("c", 7), ("b", 6), ("a", 5)], ["a", "b", "c"], 3, S, 7, "c"),
    ("agree: one department, the smaller first", "agree", [("a", 100), ("a", 20)], ["a", "a"], 1, S, 20, "a"),
    ("agree: a blank is no side", "agree", [("a", 5), ("b", None), ("c", 6)], ["a", "c"], 2, S, 6, "c"),
    ("sum: a part of one department", "sum", [("a", 5), ("a", 6), ("b", 1), ("c", 1)], ["a", "a"], 2, S, 8, "abc"),
    ("sum: still without a department", "sum", [("a", 5), ("a", 6), ("b", 1)], ["a", "a"], 2, M, None, ""),
    ("any: a tick", "any", [("a", "否"), ("a", "是")], ["a", "a"], 2, S, 1, "a"),
    ("any: no tick", "any", [("a", "否"), ("a", "是")], ["a", "a"], 1, S, 0, "a"),
    ("lead: of the lead's two", "lead", [("a", 5), ("a", 6), ("b", 7)], ["a", "a"], 1, S, 5, "a"),
    ("largest: the larger", "largest", [("b", 9), ("b", 2), ("a", 3), ("c", 4)], ["b", "b"], 2, S, 9, "b"),
    ("largest: the smaller", "largest", [("b", 9), ("b", 2), ("a", 3), ("c", 4)], ["b", "b"], 1, S, 4, "c"),
    ("a table: the first", "hospitals", [("a", ROWS), ("b", OTHER_ROWS)], ["a", "b"], 1, S, None, "a"),
    ("a table: the second", "hospitals", [("a", ROWS), ("b", OTHER_ROWS)], ["a", "b"], 2, S, None, "b"),
    ("a table: sent back", "hospitals", [("a", ROWS), ("b", OTHER_ROWS)], ["a", "b"], 0, C, None, ""),
    ("a table: the shorter first", "hospitals", [("a", ROWS), ("a", ROWS[:1])], ["a", "a"], 1, S, None, "a"),
    ("a table of the lead", "clinics", [("a", ROWS), ("b", ROWS), ("a", ROWS[:1])], ["a", "a"], 2, S, None, "a"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "answers", "sides", "number", "standing", "value", "used"),
    [pytest.param(*c, id=name) for name, *c in CASES],
)
def test_the_chosen_answer_is_used_and_no_other(
    key: str, answers: list[tuple[str, object]], sides: list[str], number: int, standing: Standing, value: int | None,
    used: str,
) -> None:  # fmt: skip
    sent = workbooks(key, answers)
    before = merge(sent)
    [conflict] = before.conflicts
    assert ["".join(a.department for a in side.answers) for side in conflict.sides] == sides
    after = merge(sent, [decide(conflict, number)])
    if key in SMALL.slots:
        found = after.slots[key]
        assert found.value == value
        assert "".join(a.department for a in found.used) == used
    else:
        table = after.tables[key]
        assert (table.used.department if table.used else "") == used
    standings = {**after.slots, **after.tables}
    assert standings[key].standing is standing
    assert standings[key].answers == {**before.slots, **before.tables}[key].answers
    told = {"decided", "sent-back", "conflict"} & set(codes(after.findings))
    assert told == {"decided" if number else "sent-back"}


def test_two_departments_that_contradict_themselves_in_one_sum_are_two_conflicts() -> None:
    sent = workbooks("sum", [("a", 5), ("a", 6), ("b", 10), ("b", 20), ("c", 1)])
    first, second = merge(sent).conflicts
    assert (first.department, second.department) == ("a", "b")
    half = merge(sent, [decide(first, 2)])
    assert half.slots["sum"].standing is C
    assert codes(half.findings) == ["decided", "conflict"]
    whole = merge(sent, [decide(second, 1), decide(first, 2)])
    assert (whole.slots["sum"].value, codes(whole.findings)) == (17, ["decided", "decided"])


def test_a_decision_is_told_with_who_made_it_why_and_what_was_set_aside() -> None:
    sent = workbooks("agree", [("a", 5), ("b", 6), ("c", 6)])
    [conflict] = merge(sent).conflicts
    [finding] = merge(sent, [decide(conflict, 2)]).findings
    told = finding.parameters
    assert (told["who"], told["reason"], finding.department) == ("张三", "核对过台账", "b")
    assert told["chosen"] == "市b局 6个（2.xlsx　填报表!D5）；市c局 6个（3.xlsx　填报表!D5）"
    assert told["aside"] == "市a局 5个（1.xlsx　填报表!D5）"
    assert severity(finding.code) is Severity.INFO


def test_what_is_sent_back_is_told_to_every_department_at_its_own_cell() -> None:
    sent = workbooks("agree", [("a", 5), ("b", 6), ("c", 6)])
    [conflict] = merge(sent).conflicts
    findings = [f for f in merge(sent, [decide(conflict, 0)]).findings if f.code == "sent-back"]
    assert {(f.department, f.origin.file) for f in findings} == {("a", "1.xlsx"), ("b", "2.xlsx"), ("c", "3.xlsx")}
    assert severity("sent-back") is Severity.ERROR


# --- a decision holds for the very answers it was made over --------------------------------------------------

SENT = [("a", 5), ("b", 6)]


def rewritten(sent: Submission, **fields: Any) -> Submission:
    """The same answers in another file: another hash, or another name."""
    moved = {key: replace(a, origin=replace(a.origin, file=fields.get("parcel", sent.parcel)))
             for key, a in sent.answers.items()}  # fmt: skip
    return replace(sent, answers=moved, **fields)


LATER: list[tuple[str, Callable[[list[Submission]], list[Submission]], bool]] = [
    ("nothing", lambda sent: sent, True),
    ("a file was renamed", lambda sent: [rewritten(sent[0], parcel="z.xlsx"), sent[1]], True),
    ("the files changed names", lambda sent: [rewritten(sent[0], parcel="2.xlsx"), rewritten(sent[1], parcel="1.xlsx")],
     True),
    ("a department left a blank", lambda sent: [*sent, workbook("3", "c", {"agree": None})], True),
    ("a department answered something else", lambda sent: [*sent, workbook("3", "c", {"largest": 1})], True),
    ("a value was corrected", lambda sent: [sent[0], workbook("2", "b", {"agree": 7})], False),
    ("the chosen value was corrected", lambda sent: [workbook("1", "a", {"agree": 7}), sent[1]], False),
    ("the answers agree now", lambda sent: [workbook("1", "a", {"agree": 6}), sent[1]], False),
    ("an answer was taken back", lambda sent: [workbook("1", "a", {"agree": None}), sent[1]], False),
    ("an answer became not applicable", lambda sent: [sent[0], workbook("2", "b", {"agree": "不适用"})], False),
    ("a third gave the same", lambda sent: [*sent, workbook("3", "c", {"agree": 5})], False),
    ("a third gave a filler", lambda sent: [*sent, workbook("3", "c", {"agree": "暂无"})], False),
    ("the same answer came in another file", lambda sent: [rewritten(sent[0], sha256="f" * 64), sent[1]], False),
    ("another department gave it", lambda sent: [sent[0], workbook("2", "c", {"agree": 6})], False),
    ("the file is gone", lambda sent: sent[:1], False),
    ("all is gone", lambda _: [], False),
]  # fmt: skip


@pytest.mark.parametrize(("change", "holds"), [pytest.param(*row, id=name) for name, *row in LATER])
def test_a_decision_lapses_when_an_answer_changes_and_is_never_applied_to_others(
    change: Callable[[list[Submission]], list[Submission]], holds: bool
) -> None:
    sent = workbooks("agree", SENT)
    [conflict] = merge(sent).conflicts
    decision = decide(conflict, 1)
    later = change(sent)
    undecided, after = merge(later), merge(later, [decision])
    assert ("decided" in codes(after.findings)) == holds
    assert ("decision-lapsed" in codes(after.findings)) != holds
    if holds:
        assert (after.slots["agree"].value, after.lapsed) == (5, ())
    else:
        assert (after.slots, after.tables, after.conflicts) == (undecided.slots, undecided.tables, undecided.conflicts)
        assert after.lapsed == (decision,)
        assert severity("decision-lapsed") is Severity.QUERY


def test_a_lapsed_decision_is_told_where_it_stands_with_the_answers_as_they_are_now() -> None:
    [conflict] = merge(workbooks("agree", SENT)).conflicts
    [finding] = [
        f for f in merge(workbooks("agree", [("a", 5), ("b", 8)]), [decide(conflict, 2)]).findings
        if f.code == "decision-lapsed"
    ]  # fmt: skip
    assert (finding.origin.file, finding.origin.cell, finding.figure) == (BOOK, "C8", "agree")
    assert "市b局 8个" in finding.parameters["now"]
    assert finding.parameters["said"] == "选项 2"


def test_a_choice_that_no_department_gave_is_never_applied() -> None:
    sent = workbooks("agree", SENT)
    [conflict] = merge(sent).conflicts
    after = merge(sent, [replace(decide(conflict, 1), choice="7")])
    assert (after.slots["agree"].standing, after.slots["agree"].value) == (C, None)
    assert codes(after.findings) == ["conflict", "decision-lapsed"]


def test_which_of_a_departments_own_answers_holds_does_not_depend_on_what_others_give() -> None:
    sent = workbooks("sum", [("a", 5), ("a", 6), ("b", 1), ("c", 1)])
    [conflict] = merge(sent).conflicts
    later = [*sent[:2], *workbooks("sum", [("a", None)] * 2 + [("b", 10), ("c", 10)])[2:]]
    after = merge(later, [decide(conflict, 1)])
    assert (after.slots["sum"].value, codes(after.findings)) == (25, ["decided"])


def test_a_decision_on_a_table_lapses_with_its_rows() -> None:
    [conflict] = merge(workbooks("hospitals", [("a", ROWS), ("b", OTHER_ROWS)])).conflicts
    same = workbooks("hospitals", [("a", ROWS[::-1]), ("b", OTHER_ROWS)])
    assert merge(same, [decide(conflict, 2)]).tables["hospitals"].standing is S
    other = workbooks("hospitals", [("a", ROWS), ("b", [*OTHER_ROWS, ("三院", {"reads": 1, "visits": 1})])])
    after = merge(other, [decide(conflict, 2)])
    assert (after.tables["hospitals"].standing, codes(after.findings)) == (C, ["conflict", "decision-lapsed"])


# --- whatever was decided ------------------------------------------------------------------------------------

CELLS = st.sampled_from([0, 1, 2, None, "不适用"])


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Submission], list[Decision]]:
    """Some workbooks, and decisions over some of their conflicts, a few of them over answers since changed."""
    slots = {key: st.sampled_from(["是", "否"]) if key == "any" else CELLS for key in SMALL.slots}
    tables = st.sampled_from([ROWS, OTHER_ROWS, ROWS[:1]])
    sent = [
        workbook(str(number), draw(st.sampled_from("abc")), draw(st.fixed_dictionaries({}, optional=slots)),
                 {key: rows for key in SMALL.figures if key not in slots and (rows := draw(st.none() | tables))})
        for number in range(draw(st.integers(2, 6)))
    ]  # fmt: skip
    conflicts = merge_submissions(SMALL, SHARED, sent).conflicts
    decided = [decide(c, draw(st.integers(0, len(c.sides)))) for c in conflicts if draw(st.booleans())]
    return sent, [replace(d, answers="0" * 64) if draw(st.integers(0, 9)) == 0 else d for d in decided]


@given(rounds())
@settings(max_examples=100, deadline=None)
def test_a_decided_figure_becomes_just_what_its_trial_said(batch: tuple[list[Submission], list[Decision]]) -> None:
    sent, _ = batch
    conflicts = merge_submissions(SMALL, SHARED, sent).conflicts
    assume(conflicts)
    merged = merge_submissions(SMALL, SHARED, sent)
    for conflict in conflicts:
        trials = try_sides(SMALL, merged)[conflict.subject]
        for number, trial in enumerate(trials, start=1):
            decided = merge_submissions(SMALL, SHARED, sent, [decide(conflict, number)])
            found = score_merged(SMALL, decided)
            assert (found.total, found.dimensions) == (trial.total, trial.dimensions)


# --- the score under each choice, by hand --------------------------------------------------------------------


def scored(
    catalog: Catalog, assignment: Assignment, *sent: tuple[str, dict[str, object]]
) -> dict[str, list[dict[str, Any]]]:
    """Figure -> for each side its indicators (code -> standing, score, star) and the total."""
    merged = merge_submissions(catalog, assignment, [
        submission(catalog, answers, department=department, parcel=f"{n}.xlsx")
        for n, (department, answers) in enumerate(sent, start=1)
    ])  # fmt: skip
    trials = try_sides(catalog, merged)
    return {
        c.figure: [
            {i.indicator.code: (i.standing.value, i.score, i.star) for i in scores.reading(catalog, c.figure)}
            | {"total": scores.total}
            for scores in trials[c.subject]
        ]
        for c in merged.conflicts
    }


ITEMS = {"gov_items_total": 1000, "gov_items_onestop": 700, "gov_items_unified_login": 900}
LEAD, SECOND = ASSIGNMENT.asked["gov_items_total"]


def test_the_scores_under_each_answer_are_those_worked_by_hand() -> None:
    found = scored(
        CATALOG, ASSIGNMENT, (LEAD, {**ITEMS, "gov_items_ecert": 800}), (SECOND, {**ITEMS, "gov_items_ecert": 850})
    )
    # 30 % of 80 and of 85; 5 % of (24 + 21 + 36), and of (25.5 + 21 + 36) = 4.125, half up
    assert found == {
        "gov_items_ecert": [
            {"L1P1-A1": ("settled", Fraction(24), None), "total": Fraction("4.05")},
            {"L1P1-A1": ("settled", Fraction("25.5"), None), "total": Fraction("4.13")},
        ]
    }


def test_a_figure_of_several_indicators_moves_all_of_them() -> None:
    mine = {**ITEMS, "gov_items_ecert": 800}
    found = scored(CATALOG, ASSIGNMENT, (LEAD, mine), (SECOND, {**mine, "gov_items_total": 1250}))
    # of 1,000: 24, 21, 36; of 1,250: 30 % of 64 = 19.2, 30 % of 56 = 16.8, 40 % of 72 = 28.8; 5 % of 81 and of 64.8
    assert [{code: one[code] for code in one if code == "total"} for one in found["gov_items_total"]] == [
        {"total": Fraction("4.05")}, {"total": Fraction("3.24")},
    ]  # fmt: skip
    assert {code: value[1] for code, value in found["gov_items_total"][1].items() if code != "total"} == {
        "L1P1-A1": Fraction("19.2"), "L1P1-A2": Fraction("16.8"), "L1P1-A3": Fraction("28.8"),
    }  # fmt: skip


def test_an_indicator_with_another_conflict_has_no_score_under_any_choice() -> None:
    mine = {**ITEMS, "gov_items_ecert": 800}
    found = scored(CATALOG, ASSIGNMENT, (LEAD, mine), (SECOND, {**mine, "gov_items_total": 1250, "gov_items_ecert": 1}))
    assert [one["L1P1-A1"] for one in found["gov_items_total"]] == [("conflict", None, None)] * 2
    assert [one["L1P1-A2"][1] for one in found["gov_items_total"]] == [Fraction(21), Fraction("16.8")]


def test_under_stars_each_answer_has_its_star() -> None:
    catalog = load_catalog("db37-3890-zoucheng")
    assignment = load_assignment(catalog)
    one, two, three = assignment.asked["merged_grid_departments"][:3]
    key = "merged_grid_departments"
    found = scored(catalog, assignment, (one, {key: 1}), (two, {key: 4}), (three, {key: 6}))
    # more than five departments make five stars, four make four, fewer than two none
    assert [one["12"] for one in found[key]] == [
        ("settled", None, 0), ("settled", None, 4), ("settled", None, 5),
    ]  # fmt: skip


# --- through real files --------------------------------------------------------------------------------------

HOSPITALS = "tertiary_hospitals"
[HEALTH] = ASSIGNMENT.asked[HOSPITALS]
FIRST_TABLE = [{"name": "一院", "record_reads": 50, "outpatient_visits": 100},
               {"name": "二院", "record_reads": 80, "outpatient_visits": 100}]  # fmt: skip
SECOND_TABLE = [FIRST_TABLE[0], {**FIRST_TABLE[1], "record_reads": 90}]
WHY = ("2", "按台账核对", "李四")


def sent_by(department: str, answers: Mapping[str, object], **tables: Any) -> bytes:
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {"answers": answers, "tables": tables})


class Desk:
    """An office's desk: an inbox, an output folder, and what a run of ``collect`` left there."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.out = folder / "inbox", folder / "out"
        self.inbox.mkdir(parents=True)
        self.book = self.out / BOOK

    def receive(self, **files: bytes) -> None:
        for name, data in files.items():
            (self.inbox / f"{name}.xlsx").write_bytes(data)

    def collect(self, *arguments: str) -> int:
        return run_cli(["collect", str(self.inbox), "--out", str(self.out), "--lang", "en", *arguments])

    def decide(self, **choices: tuple[object, object, object]) -> Path:
        self.book.write_bytes(filled_book(self.book.read_bytes(), **choices))
        return self.book

    @property
    def written(self) -> dict[str, bytes]:
        """What stands in the output folder, but for the ledger."""
        return {path.name: path.read_bytes() for path in self.out.iterdir() if path.is_file()}

    @property
    def results(self) -> dict[str, Any]:
        return json.loads((self.out / "results.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def indicator(self, code: str) -> tuple[str, str | None]:
        found = (i for d in self.results["dimensions"] for c in d["categories"] for i in c["indicators"])
        return next((i["standing"], i["score"]) for i in found if i["code"] == code)

    def findings(self, code: str) -> list[dict[str, Any]]:
        return [finding for finding in self.results["findings"] if finding["code"] == code]

    def states(self) -> dict[str, str]:
        return {conflict["figure"]: conflict["state"] for conflict in self.results["conflicts"]}


def decision_cells(book: Any) -> dict[str, tuple[Any, Any, Any]]:
    """Figure -> the cells for choice, reason and name."""
    sheet, found = book[SHEET], {}
    for row in range(1, sheet.max_row + 1):
        if subject := read_decision_row(str(sheet.cell(row, 1).value or "")):
            found[subject.split("|")[0]] = (sheet.cell(row, 3), sheet.cell(row, 5), sheet.cell(row, 9))
    return found


def filled_book(data: bytes, **choices: tuple[object, object, object]) -> bytes:
    def fill(book: Any) -> None:
        for key, values in choices.items():
            for cell, value in zip(decision_cells(book)[key], values, strict=True):
                cell.value = value

    return edited(data, fill)


GOV = {
    "lead": sent_by(LEAD, {**ITEMS, "gov_items_ecert": 800}),
    "second": sent_by(SECOND, {**ITEMS, "gov_items_ecert": 850}),
}
CARE = {
    "health": sent_by(HEALTH, {}, tertiary_hospitals=FIRST_TABLE),
    "corrected": sent_by(HEALTH, {}, tertiary_hospitals=SECOND_TABLE),
}


@pytest.fixture(scope="module")
def blank_book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The decision workbook of a round with two conflicts: a figure of two departments, and one department's table."""
    desk = Desk(tmp_path_factory.mktemp("blank"))
    desk.receive(**GOV, **CARE)
    assert desk.collect() == 1
    return desk.book.read_bytes()


@pytest.fixture
def desk(tmp_path: Path, blank_book: bytes) -> Desk:
    """As the run left it that wrote the decision workbook."""
    desk = Desk(tmp_path)
    desk.receive(**GOV, **CARE)
    desk.out.mkdir()
    desk.book.write_bytes(blank_book)
    return desk


def test_from_a_conflict_over_the_offices_choice_to_a_score_and_back_when_an_answer_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    desk.receive(**GOV, **CARE)
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
    told = {row[0]: row[10] for row in book[label("sheet.breakdown")].iter_rows(min_row=4, values_only=True)}
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


def test_a_round_without_conflicts_has_no_decision_workbook(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.receive(lead=GOV["lead"])
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


# --- what the office cannot do -------------------------------------------------------------------------------

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


# --- nothing that the office typed is lost -------------------------------------------------------------------


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
    ("name", "data"),
    [("no workbook", b"nothing"), ("a department's workbook", GOV["lead"]),
     ("another of ours", identified(GOV["lead"], kind="xlscore-summary"))],
)  # fmt: skip
def test_a_file_that_is_no_decision_workbook_is_neither_used_nor_written_over(
    name: str, data: bytes, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.book.write_bytes(data)
    for arguments in ((), ("--decisions", str(desk.book))):
        assert desk.collect(*arguments) == 2, name
        assert "cannot be used as a decision workbook" in capsys.readouterr().err
    assert desk.book.read_bytes() == data


def test_a_missing_decision_workbook_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.collect("--decisions", str(desk.out / "nowhere.xlsx")) == 3
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


# --- the workbook itself -------------------------------------------------------------------------------------


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
    desk.receive(**dict(reversed({**GOV, **CARE}.items())))
    desk.collect()
    assert hashlib.sha256(desk.book.read_bytes()).digest() == hashlib.sha256(blank_book).digest()


def test_what_a_department_typed_is_never_a_formula_in_the_decision_workbook(tmp_path: Path) -> None:
    rows = [{**FIRST_TABLE[0], "name": '=HYPERLINK("http://example.com")'}, FIRST_TABLE[1]]
    desk = Desk(tmp_path)
    desk.receive(health=sent_by(HEALTH, {}, tertiary_hospitals=FIRST_TABLE),
                 other=edited(CARE["corrected"], lambda book: _name_row(book, rows[0]["name"])))  # fmt: skip
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
