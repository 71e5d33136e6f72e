"""Many answers become one, or a conflict; never by the order in which they arrived."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import (
    ISSUE,
    assert_worded,
    codes,
    column_of,
    figure,
    small_assignment,
    small_catalog,
    submission,
    table_figure,
)

from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.map import SCORES, column, plan_template
from smartcity_xl.form.template import write_template
from smartcity_xl.messages import label, severity, words
from smartcity_xl.model import Merge, Merged, Severity, Standing, State, Submission
from smartcity_xl.score.merge import merge_submissions

CATALOG = small_catalog(
    figure("agree"), figure("other"), figure("any", "yesno", merge="any"), figure("sum", merge="sum"),
    figure("lead", merge="lead"), figure("largest", merge="largest"), figure("fixed", fixed="10"), table_figure(),
    table_figure("clinics", merge="lead"),
)  # fmt: skip
ASSIGNMENT = small_assignment(CATALOG, "a", "b", "c", hospitals=["a"], clinics=["a", "b"])
ROWS = [("一院", {"reads": 1, "visits": 2}), ("二院", {"reads": 0, "visits": 5})]


def merge(*sent: tuple[str, dict[str, object]], catalog: Any = CATALOG, assignment: Any = ASSIGNMENT) -> Merged:
    """Merge workbooks given as department -> answers; the n-th workbook is the file n.xlsx."""
    merged = merge_submissions(catalog, assignment, [
        submission(catalog, answers, department=department, parcel=f"{number}.xlsx")
        for number, (department, answers) in enumerate(sent, start=1)
    ])  # fmt: skip
    assert_worded(merged.findings)
    return merged


S, M, N, U, C = (
    Standing.SETTLED, Standing.MISSING, Standing.NOT_APPLICABLE, Standing.UNREADABLE, Standing.CONFLICT,
)  # fmt: skip
# slot, answers (department, cell), standing, value, departments whose answers it rests on
TABLE: list[tuple[str, str, Sequence[tuple[str, object]], Standing, int | None, str]] = [
    ("agree: nobody", "agree", [], M, None, ""),
    ("agree: one", "agree", [("a", 5)], S, 5, "a"),
    ("agree: all the same", "agree", [("a", 5), ("b", 5), ("c", "５")], S, 5, "abc"),
    ("agree: nought from all", "agree", [("a", 0), ("b", 0)], S, 0, "ab"),
    ("agree: two differ", "agree", [("a", 5), ("b", 6)], C, None, ""),
    ("agree: nought and another differ", "agree", [("a", 0), ("b", 6)], C, None, ""),
    ("agree: one department differs from itself", "agree", [("a", 5), ("a", 6)], C, None, ""),
    ("agree: one department says it twice", "agree", [("a", 5), ("a", 5)], S, 5, "aa"),
    ("agree: one blank", "agree", [("a", 5), ("b", None)], S, 5, "a"),
    ("agree: all blank", "agree", [("a", None), ("b", None)], M, None, ""),
    ("agree: all fillers", "agree", [("a", "—"), ("b", "无")], M, None, ""),
    ("agree: blank and a filler", "agree", [("a", None), ("b", "无")], M, None, ""),
    ("agree: not applicable", "agree", [("a", "不适用")], N, None, ""),
    ("agree: not applicable tells more than blank", "agree", [("a", None), ("b", "不适用")], N, None, ""),
    ("agree: not applicable tells more than a filler", "agree", [("a", "—"), ("b", "不适用")], N, None, ""),
    ("agree: unreadable tells more than not applicable", "agree", [("a", "不适用"), ("b", "约5")], U, None, ""),
    ("agree: unreadable tells more than blank", "agree", [("a", None), ("b", "约5")], U, None, ""),
    ("any: yes from one", "any", [("a", "否"), ("b", "是")], S, 1, "b"),
    ("any: yes from two", "any", [("a", "是"), ("b", "是"), ("c", "否")], S, 1, "ab"),
    ("any: no from all", "any", [("a", "否"), ("b", "否")], S, 0, "ab"),
    ("any: yes and blank", "any", [("a", None), ("b", "是")], S, 1, "b"),
    ("any: no from the lead alone", "any", [("a", "否")], S, 0, "a"),
    ("any: no from the lead, blank from another", "any", [("a", "否"), ("b", None)], S, 0, "a"),
    ("any: no from another, the lead silent", "any", [("b", "否")], M, None, ""),
    ("any: no from another, the lead blank", "any", [("a", None), ("b", "否")], M, None, ""),
    ("any: no from another, not applicable to the lead", "any", [("a", "不适用"), ("b", "否")], N, None, ""),
    ("any: no from the lead, another unreadable", "any", [("a", "否"), ("b", "看情况")], U, None, ""),
    ("any: yes, another unreadable", "any", [("a", "看情况"), ("b", "是")], S, 1, "b"),
    ("any: yes from one, the lead silent", "any", [("c", "是")], S, 1, "c"),
    ("any: nobody", "any", [("a", None)], M, None, ""),
    ("any: one department differs from itself", "any", [("a", "是"), ("a", "否")], C, None, ""),
    ("any: one department differs from itself, another says yes", "any", [("a", "是"), ("a", "否"), ("b", "是")], C,
     None, ""),
    ("sum: all", "sum", [("a", 5), ("b", 6), ("c", 7)], S, 18, "abc"),
    ("sum: the same numbers are still added", "sum", [("a", 5), ("b", 5), ("c", 5)], S, 15, "abc"),
    ("sum: nought is a part", "sum", [("a", 5), ("b", 0), ("c", 0)], S, 5, "abc"),
    ("sum: one department's two equal workbooks count once", "sum", [("a", 5), ("a", 5), ("b", 6), ("c", 7)], S, 18,
     "aabc"),
    ("sum: one department's workbook is blank, its other is not", "sum", [("a", 5), ("a", None), ("b", 6), ("c", 7)],
     S, 18, "abc"),
    ("sum: one department differs from itself", "sum", [("a", 5), ("a", 6), ("b", 7)], C, None, ""),
    ("sum: not applicable to one", "sum", [("a", 5), ("b", "不适用"), ("c", 7)], S, 12, "ac"),
    ("sum: not applicable to all but one", "sum", [("a", 5), ("b", "不适用"), ("c", "不适用")], S, 5, "a"),
    ("sum: not applicable to any", "sum", [("a", "不适用"), ("b", "不适用"), ("c", "不适用")], N, None, ""),
    ("sum: one silent", "sum", [("a", 5), ("b", 5)], M, None, ""),
    ("sum: all but one silent", "sum", [("a", 5)], M, None, ""),
    ("sum: not applicable to one, another silent", "sum", [("a", 5), ("b", "不适用")], M, None, ""),
    ("sum: one blank", "sum", [("a", 5), ("b", None), ("c", 7)], M, None, ""),
    ("sum: one filler", "sum", [("a", 5), ("b", "—"), ("c", 7)], M, None, ""),
    ("sum: one unreadable", "sum", [("a", 5), ("b", "约120"), ("c", 7)], U, None, ""),
    ("sum: nobody", "sum", [("a", None), ("b", "—")], M, None, ""),
    ("lead: the lead alone", "lead", [("a", 5)], S, 5, "a"),
    ("lead: the others say the same", "lead", [("a", 5), ("b", 5), ("c", 5)], S, 5, "a"),
    ("lead: the others differ", "lead", [("a", 5), ("b", 6), ("c", 7)], S, 5, "a"),
    ("lead: nought from the lead", "lead", [("a", 0), ("b", 6)], S, 0, "a"),
    ("lead: the lead says it twice", "lead", [("a", 5), ("a", 5)], S, 5, "aa"),
    ("lead: the lead differs from itself", "lead", [("a", 5), ("a", 6), ("b", 5)], C, None, ""),
    ("lead: another differs from itself", "lead", [("a", 5), ("b", 6), ("b", 7)], S, 5, "a"),
    ("lead: the lead has sent nothing", "lead", [("b", 6), ("c", 6)], M, None, ""),
    ("lead: the lead left a blank", "lead", [("a", None), ("b", 6)], M, None, ""),
    ("lead: a filler from the lead", "lead", [("a", "暂无"), ("b", 6)], M, None, ""),
    ("lead: not applicable to the lead", "lead", [("a", "不适用"), ("b", 6)], N, None, ""),
    ("lead: the lead is unreadable", "lead", [("a", "约5"), ("b", 6)], U, None, ""),
    ("lead: another is unreadable", "lead", [("a", 5), ("b", "约6")], S, 5, "a"),
    ("lead: another is unreadable, the lead silent", "lead", [("b", "约6")], M, None, ""),
    ("lead: not applicable to another, the lead silent", "lead", [("b", "不适用")], M, None, ""),
    ("lead: nobody", "lead", [], M, None, ""),
    ("largest: all", "largest", [("a", 5), ("b", 7), ("c", 6)], S, 7, "b"),
    ("largest: two give it", "largest", [("a", 7), ("b", 7), ("c", 6)], S, 7, "ab"),
    ("largest: nought from all", "largest", [("a", 0), ("b", 0), ("c", 0)], S, 0, "abc"),
    ("largest: not applicable to one", "largest", [("a", 5), ("b", "不适用"), ("c", 6)], S, 6, "c"),
    ("largest: not applicable to any", "largest", [("a", "不适用"), ("b", "不适用"), ("c", "不适用")], N, None, ""),
    ("largest: one silent", "largest", [("a", 5), ("b", 7)], M, None, ""),
    ("largest: not applicable to one, another silent", "largest", [("a", 5), ("b", "不适用")], M, None, ""),
    ("largest: one blank", "largest", [("a", 5), ("b", 7), ("c", None)], M, None, ""),
    ("largest: one filler", "largest", [("a", 5), ("b", 7), ("c", "—")], M, None, ""),
    ("largest: one unreadable", "largest", [("a", 5), ("b", 7), ("c", "约6")], U, None, ""),
    ("largest: one department differs from itself", "largest", [("a", 5), ("b", 7), ("b", 8), ("c", 9)], C, None, ""),
    ("largest: one department says it twice", "largest", [("a", 7), ("a", 7), ("b", 1), ("c", 1)], S, 7, "aa"),
    ("largest: nobody", "largest", [], M, None, ""),
    ("fixed: nobody is asked", "fixed", [], S, 10, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("slot", "answers", "standing", "value", "used"), [pytest.param(*row, id=name) for name, *row in TABLE]
)
def test_the_answers_for_a_slot_become_one(
    slot: str, answers: Sequence[tuple[str, object]], standing: Standing, value: int | None, used: str
) -> None:
    merged = merge(*((department, {slot: cell}) for department, cell in answers))
    found = merged.slots[slot]
    assert (found.standing, found.value) == (standing, value)
    assert "".join(answer.department for answer in found.used) == used
    assert len(found.answers) == len(answers)
    assert ("conflict" in codes(merged.findings)) == (standing is C)


def test_a_conflict_names_every_side_with_its_file_and_cell() -> None:
    merged = merge(("a", {"agree": 5}), ("b", {"agree": "６"}), ("c", {"agree": None}))
    [finding] = [f for f in merged.findings if f.code == "conflict"]
    sides = finding.parameters["sides"]
    assert all(part in sides for part in ("市a局 5个", "1.xlsx", "市b局 6个", "2.xlsx", "D5"))
    assert "市c局" not in sides
    assert finding.figure == "agree"


def test_sides_stand_beside_each_other_in_the_figures_own_unit_whatever_was_typed() -> None:
    merged = merge(("a", {"any": "√"}), ("a", {"any": "否"}))
    [finding] = merged.findings
    assert finding.parameters["sides"].startswith("市a局 否（2.xlsx　填报表!D5）；市a局 是（1.xlsx")


# --- the lead department prevails --------------------------------------------------------------------------------

OVERRULED: list[tuple[str, Sequence[tuple[str, object]], str]] = [
    ("the same", [("a", 5), ("b", 5)], ""),
    ("another value", [("a", 5), ("b", 6)], "b"),
    ("two other values", [("a", 5), ("b", 6), ("c", 7)], "bc"),
    ("not applicable to another", [("a", 5), ("b", "不适用")], "b"),
    ("not applicable to the lead alone", [("a", "不适用"), ("b", 6)], "b"),
    ("not applicable to either", [("a", "不适用"), ("b", "不适用")], ""),
    ("another's blank", [("a", 5), ("b", None)], ""),
    ("another's filler", [("a", 5), ("b", "暂无")], ""),
    ("another's unreadable answer", [("a", 5), ("b", "约6")], ""),
    ("the lead is unreadable", [("a", "约5"), ("b", 6)], ""),
    ("the lead is silent", [("b", 6)], ""),
]


@pytest.mark.parametrize(("answers", "told"), [pytest.param(*row, id=name) for name, *row in OVERRULED])
def test_an_answer_that_differs_from_the_leads_is_told(answers: Sequence[tuple[str, object]], told: str) -> None:
    merged = merge(*((department, {"lead": cell}) for department, cell in answers))
    found = [f for f in merged.findings if f.code == "lead-differs"]
    assert len(found) == bool(told)
    for finding in found:
        assert "市a局" in finding.parameters["lead"]
        assert "市a局" not in finding.parameters["others"]
        assert [d for d in "bc" if f"市{d}局" in finding.parameters["others"]] == list(told)
        assert severity(finding.code) is Severity.QUERY


def test_what_others_gave_while_the_lead_is_silent_is_told_and_settles_nothing() -> None:
    merged = merge(("b", {"lead": 6, "agree": 1}), ("c", {"lead": 6, "agree": 1}))
    told = {f.code: f for f in merged.findings}
    assert told.keys() == {"lead-silent", "not-confirmed"}
    assert (told["lead-silent"].department, told["lead-silent"].parameters["departments"]) == ("a", "市a局")
    assert severity("lead-silent") is Severity.ERROR


def test_nothing_is_said_of_others_who_are_silent_where_the_lead_decides() -> None:
    assert merge(("a", {"lead": 6})).findings == ()


def test_the_leads_table_counts_and_another_that_differs_is_told() -> None:
    merged = tabled(("b", ROWS), ("a", ROWS[:1]), table="clinics")
    assert (merged.tables["clinics"].standing, codes(merged.findings)) == (S, ["lead-differs"])
    assert merged.tables["clinics"].used is merged.tables["clinics"].answers[1]
    merged = tabled(("b", ROWS), table="clinics")
    assert (merged.tables["clinics"].standing, codes(merged.findings)) == (M, ["lead-silent"])


# --- departments that have not been heard ------------------------------------------------------------------------


def test_departments_not_heard_are_told_once_for_all_figures_of_an_indicator() -> None:
    merged = merge(("a", {"agree": 5, "other": 6}))
    [finding] = merged.findings
    assert (finding.code, finding.indicator, finding.parameters["number"]) == ("not-confirmed", "L1P1-A1", "2")
    assert finding.parameters["departments"] == "市b局、市c局"


def test_a_sum_that_lacks_departments_is_told_by_its_own_code() -> None:
    merged = merge(("a", {"sum": 5}), ("b", {"sum": 6}))
    assert [(f.code, f.parameters["departments"]) for f in merged.findings] == [("sum-incomplete", "市c局")]


def test_the_largest_of_answers_that_lack_some_is_told_by_its_own_code() -> None:
    merged = merge(("a", {"largest": 5}), ("b", {"largest": 6}))
    assert [(f.code, f.parameters["departments"]) for f in merged.findings] == [("largest-incomplete", "市c局")]
    assert severity("largest-incomplete") is Severity.ERROR


def test_a_conflict_is_not_also_told_as_taken_from_those_who_answered() -> None:
    assert codes(merge(("a", {"agree": 5}), ("b", {"agree": 6})).findings) == ["conflict"]


def test_a_sum_that_lacks_departments_does_not_count_so_its_finding_is_an_error() -> None:
    assert severity("sum-incomplete") is Severity.ERROR


@pytest.mark.parametrize("cell", [None, "—", "不适用", "约5"])
def test_of_a_sum_to_which_nobody_gave_a_value_nothing_is_said_of_the_silent(cell: object) -> None:
    assert merge(("a", {"sum": cell})).findings == ()


def test_figures_that_lack_different_departments_are_told_apart() -> None:
    merged = merge(("a", {"agree": 5, "other": 6}), ("b", {"agree": 5}))
    told = {(f.figure, f.parameters["departments"]) for f in merged.findings}
    assert told == {("agree", "市c局"), ("other", "市b局、市c局")}


@pytest.mark.parametrize(
    ("slot", "cell"), [("any", "是"), ("agree", None), ("agree", "约5")], ids=["any", "a blank", "unreadable"]
)
def test_nothing_is_said_of_the_unheard_where_it_does_not_matter(slot: str, cell: object) -> None:
    assert merge(("a", {slot: cell})).findings == ()


def test_a_department_that_left_a_blank_has_been_heard() -> None:
    assert merge(("a", {"agree": 5}), ("b", {"agree": None}), ("c", {"agree": "—"})).findings == ()


def test_without_any_workbook_everything_is_missing_and_nothing_is_said() -> None:
    merged = merge()
    assert {slot.standing for key, slot in merged.slots.items() if key != "fixed"} == {M}
    assert (merged.tables["hospitals"].standing, merged.findings) == (M, ())


# --- tables ------------------------------------------------------------------------------------------------------


def tabled(
    *sent: tuple[str, Any], catalog: Any = CATALOG, assignment: Any = ASSIGNMENT, table: str = "hospitals"
) -> Merged:
    merged = merge_submissions(catalog, assignment, [
        submission(catalog, {}, {table: rows}, department=department, parcel=f"{number}.xlsx")
        for number, (department, rows) in enumerate(sent, start=1)
    ])  # fmt: skip
    assert_worded(merged.findings)
    return merged


TABLES: list[tuple[str, list[tuple[str, Any]], Standing]] = [
    ("one", [("a", ROWS)], S),
    ("the same twice", [("a", ROWS), ("a", list(ROWS))], S),
    ("the same from two departments", [("a", ROWS), ("b", list(ROWS))], S),
    ("the same in another order", [("a", ROWS), ("b", ROWS[::-1])], S),
    ("another number", [("a", ROWS), ("a", [ROWS[0], ("二院", {"reads": 1, "visits": 5})])], C),
    ("another name", [("a", ROWS), ("a", [ROWS[0], ("三院", {"reads": 0, "visits": 5})])], C),
    ("one row more", [("a", ROWS), ("b", [*ROWS, ("三院", {"reads": 1, "visits": 5})])], C),
    ("one unreadable, one whole", [("a", State.UNREADABLE), ("a", ROWS)], S),
    ("one blank, one whole", [("a", ROWS), ("b", State.BLANK)], S),
    ("unreadable tells more than blank", [("a", State.BLANK), ("b", State.UNREADABLE)], U),
    ("not applicable tells more than blank", [("a", State.BLANK), ("b", State.NOT_APPLICABLE)], N),
    ("blank", [("a", State.BLANK)], M),
    ("nobody", [], M),
]


@pytest.mark.parametrize(("sent", "standing"), [pytest.param(*row, id=name) for name, *row in TABLES])
def test_the_answers_for_a_table_become_one(sent: list[tuple[str, Any]], standing: Standing) -> None:
    merged = tabled(*sent)
    table = merged.tables["hospitals"]
    assert table.standing is standing
    assert (table.used is not None) == (standing is S)
    assert len(table.answers) == len(sent)
    assert codes(merged.findings) == (["conflict"] if standing is C else [])


def test_a_table_asked_of_two_departments_and_given_by_one_is_told_as_a_figure_would_be() -> None:
    assignment = small_assignment(CATALOG, "a", "b", hospitals=["a", "b"])
    assert codes(tabled(("a", ROWS), assignment=assignment).findings) == ["not-confirmed"]


# --- what departments are shown of it ----------------------------------------------------------------------------

MODES: list[tuple[str, str, bool, bool, str]] = [
    # figure, department, must answer, sees the score, what the template says
    ("agree", "a", True, True, "市b局、市c局也填此项，各单位须一致"),
    ("agree", "b", True, True, "市a局、市c局也填此项，各单位须一致"),
    ("any", "a", True, False, "牵头单位须逐项填写"),
    ("any", "b", False, False, "未涉及的可留空"),
    ("sum", "a", True, False, "汇总时相加"),
    ("sum", "b", True, False, "汇总时相加"),
    ("lead", "a", True, True, "以本单位（牵头单位）填的为准"),
    ("lead", "b", False, False, "以牵头单位市a局填的为准"),
    ("largest", "a", True, False, "取各单位中最大的"),
    ("largest", "b", True, False, "取各单位中最大的"),
]


@pytest.mark.parametrize(
    ("key", "department", "required", "visible", "said"), [pytest.param(*m, id=f"{m[0]}: {m[1]}") for m in MODES]
)
def test_a_template_says_how_a_figure_is_merged_and_shows_a_score_only_where_it_is_certain(
    key: str, department: str, required: bool, visible: bool, said: str
) -> None:
    catalog = small_catalog(figure(key, "yesno" if key == "any" else "count", merge=key))
    assignment = small_assignment(catalog, "a", "b", "c")
    plan = plan_template(catalog, assignment, department, words("sheet"))
    book = openpyxl.load_workbook(io.BytesIO(write_template(catalog, assignment, department, ISSUE)))
    row, sheet = plan.row_of[key], book[label("sheet.figures")]
    assert (row.required, plan.scores[0].visible) == (required, visible)
    assert said in sheet.cell(row.row + 1, column_of("guidance")).value
    score = book[label("sheet.scores")].cell(plan.scores[0].row + 1, column(SCORES, "score") + 1).value
    assert score.startswith("=") == visible
    names = "、".join(f"市{d}局" for d in "abc" if d != department)
    assert (
        names in str(book[label("sheet.scores")].cell(plan.scores[0].row + 1, column(SCORES, "state") + 1).value)
    ) == (not visible or key == "agree")


def test_a_table_that_the_lead_decides_may_be_left_blank_by_the_others() -> None:
    catalog = small_catalog(table_figure(merge="lead"))
    assignment = small_assignment(catalog, "a", "b")
    sent = [submission(catalog, {}, {"hospitals": State.BLANK}, department=d) for d in "ab"]
    found = [[f.code for f in check_submission(catalog, assignment, one).findings] for one in sent]
    assert [codes.count("missing") for codes in found] == [1, 0]


@pytest.mark.parametrize(
    ("kind", "modes"),
    [("count", "agree sum lead largest"), ("share", "agree sum lead largest"), ("yesno", "agree any lead"),
     ("checklist", "agree any lead"), ("choice", "agree lead"), ("table", "agree lead")],
)  # fmt: skip
def test_a_catalog_may_only_merge_what_can_be_merged_so(kind: str, modes: str) -> None:
    fields: dict[str, Any] = {"checklist": {"items": OPTIONS}, "choice": {"options": OPTIONS}}.get(kind, {})
    for mode in Merge:
        given = table_figure("it", merge=mode) if kind == "table" else figure("it", kind, merge=mode, **fields)
        faults = [fault.code for fault in lint_catalog(small_catalog(given))]
        assert ("merge-kind" not in faults) == (mode.value in modes.split()), mode


OPTIONS = [{"key": "x", "label": "甲"}, {"key": "y", "label": "乙"}]

# --- whatever was sent -------------------------------------------------------------------------------------------

NUMERIC = ("agree", "other", "sum", "lead", "largest")
NUMBERS = st.sampled_from([0, 1, 2, "１", None, "—", "不适用", "约5"])
CHOICES = st.sampled_from(["是", "否", None, "不适用", "看情况"])
ROW_SETS = st.sampled_from([ROWS, ROWS[:1], State.BLANK, State.UNREADABLE, State.NOT_APPLICABLE])


@st.composite
def batches(draw: st.DrawFn) -> list[Submission]:
    return [
        submission(
            CATALOG,
            draw(st.fixed_dictionaries({}, optional={**dict.fromkeys(NUMERIC, NUMBERS), "any": CHOICES})),
            {table: rows for table in ("hospitals", "clinics") if (rows := draw(st.none() | ROW_SETS)) is not None},
            department=draw(st.sampled_from("abc")),
            parcel=f"{number}.xlsx",
        )
        for number in range(draw(st.integers(0, 5)))
    ]


@given(batches())
@settings(max_examples=100, deadline=None)
def test_a_value_is_set_exactly_where_a_slot_is_settled(sent: list[Submission]) -> None:
    merged = merge_submissions(CATALOG, ASSIGNMENT, sent)
    for slot in merged.slots.values():
        assert (slot.value is not None) == (slot.standing is S)
        assert set(map(id, slot.used)) <= set(map(id, slot.answers))
        assert all(answer.state is State.VALUE for answer in slot.used)
    assert merged.slots["fixed"].value == Fraction(10)
