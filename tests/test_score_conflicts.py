"""Where answers contradict each other: the scores under each, the office's choice, and what it cannot decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from deciding_desk import BOOK, ITEMS, LEAD, SECOND, SHEET
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support import (
    ASSIGNMENT,
    CATALOG,
    assert_worded,
    codes,
    figure,
    small_assignment,
    small_catalog,
    submission,
    table_figure,
)

from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.messages import severity
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
from smartcity_xl.score.merge import merge_again, merge_submissions
from smartcity_xl.score.scoring import score_merged, try_sides

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


# --- what a decision does, for every way of merging --------------------------------------------------------------

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


# --- a decision holds for the very answers it was made over ------------------------------------------------------

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


# --- whatever was decided ----------------------------------------------------------------------------------------

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
def test_without_one_workbook_what_is_merged_again_is_what_all_comes_to_anew(
    batch: tuple[list[Submission], list[Decision]],
) -> None:
    """Whatever was decided: a decision holds or lapses with the answers that are left."""
    sent, decisions = batch
    merged = merge_submissions(SMALL, SHARED, sent, decisions)
    for gone in sent:
        left = [one for one in sent if one is not gone]
        figures = {key.partition(".")[0] for key in (*gone.answers, *gone.tables)}
        again, anew = (
            merge_again(SMALL, SHARED, left, decisions, merged, figures),
            merge_submissions(SMALL, SHARED, left, decisions),
        )
        assert (again.slots, again.tables) == (anew.slots, anew.tables)


@given(rounds())
@settings(max_examples=100, deadline=None)
def test_a_decided_figure_becomes_just_what_its_trial_said(batch: tuple[list[Submission], list[Decision]]) -> None:
    sent, _ = batch
    conflicts = merge_submissions(SMALL, SHARED, sent).conflicts
    assume(conflicts)
    merged = merge_submissions(SMALL, SHARED, sent)
    for conflict in conflicts:
        trials = try_sides(SMALL, merged, score_merged(SMALL, merged))[conflict.subject]
        for number, trial in enumerate(trials, start=1):
            decided = merge_submissions(SMALL, SHARED, sent, [decide(conflict, number)])
            found = score_merged(SMALL, decided)
            assert (found.total, found.dimensions) == (trial.total, trial.dimensions)


# --- the score under each choice, by hand ------------------------------------------------------------------------


def scored(
    catalog: Catalog, assignment: Assignment, *sent: tuple[str, dict[str, object]]
) -> dict[str, list[dict[str, Any]]]:
    """Figure -> for each side its indicators (code -> standing, score, star) and the total."""
    merged = merge_submissions(catalog, assignment, [
        submission(catalog, answers, department=department, parcel=f"{n}.xlsx")
        for n, (department, answers) in enumerate(sent, start=1)
    ])  # fmt: skip
    trials = try_sides(catalog, merged, score_merged(catalog, merged))
    return {
        c.figure: [
            {i.indicator.code: (i.standing.value, i.score, i.star) for i in scores.reading(catalog, c.figure)}
            | {"total": scores.total}
            for scores in trials[c.subject]
        ]
        for c in merged.conflicts
    }


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
