"""Many answers become one, or a conflict; never by the order in which they arrived."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import assert_worded, codes, figure, small_assignment, small_catalog, submission, table_figure

from smartcity_xl.merge import merge_submissions
from smartcity_xl.messages import severity
from smartcity_xl.model import Merged, Severity, Standing, State, Submission

CATALOG = small_catalog(
    figure("agree"), figure("other"), figure("any", "yesno", merge="any"), figure("sum", merge="sum"),
    figure("fixed", fixed="10"), table_figure(),
)  # fmt: skip
ASSIGNMENT = small_assignment(CATALOG, "a", "b", "c", hospitals=["a"])
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


# --- departments that have not been heard --------------------------------------------------------------------


def test_departments_not_heard_are_told_once_for_all_figures_of_an_indicator() -> None:
    merged = merge(("a", {"agree": 5, "other": 6}))
    [finding] = merged.findings
    assert (finding.code, finding.indicator, finding.parameters["number"]) == ("not-confirmed", "L1P1-A1", "2")
    assert finding.parameters["departments"] == "市b局、市c局"


def test_a_sum_that_lacks_departments_is_told_by_its_own_code() -> None:
    merged = merge(("a", {"sum": 5}), ("b", {"sum": 6}))
    assert [(f.code, f.parameters["departments"]) for f in merged.findings] == [("sum-incomplete", "市c局")]


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


# --- tables --------------------------------------------------------------------------------------------------


def tabled(*sent: tuple[str, Any], catalog: Any = CATALOG, assignment: Any = ASSIGNMENT) -> Merged:
    merged = merge_submissions(catalog, assignment, [
        submission(catalog, {}, {"hospitals": rows}, department=department, parcel=f"{number}.xlsx")
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


# --- the order never matters ---------------------------------------------------------------------------------

NUMBERS = st.sampled_from([0, 1, 2, "１", None, "—", "不适用", "约5"])
CHOICES = st.sampled_from(["是", "否", None, "不适用", "看情况"])
ROW_SETS = st.sampled_from([ROWS, ROWS[:1], State.BLANK, State.UNREADABLE, State.NOT_APPLICABLE])


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[Submission], list[Submission]]:
    """Some workbooks, and the same in another order."""
    sent = [
        submission(
            CATALOG,
            draw(
                st.fixed_dictionaries({}, optional={"agree": NUMBERS, "other": NUMBERS, "sum": NUMBERS, "any": CHOICES})
            ),
            {"hospitals": rows} if (rows := draw(st.none() | ROW_SETS)) is not None else None,
            department=draw(st.sampled_from("abc")),
            parcel=f"{number}.xlsx",
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    return sent, draw(st.permutations(sent))


@given(batches())
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_workbooks_never_changes_what_is_merged(
    batch: tuple[list[Submission], list[Submission]],
) -> None:
    sent, shuffled = batch
    assert merge_submissions(CATALOG, ASSIGNMENT, sent) == merge_submissions(CATALOG, ASSIGNMENT, shuffled)


@given(batches())
@settings(max_examples=100, deadline=None)
def test_a_value_is_set_exactly_where_a_slot_is_settled(batch: tuple[list[Submission], list[Submission]]) -> None:
    merged = merge_submissions(CATALOG, ASSIGNMENT, batch[0])
    for slot in merged.slots.values():
        assert (slot.value is not None) == (slot.standing is S)
        assert set(map(id, slot.used)) <= set(map(id, slot.answers))
        assert all(answer.state is State.VALUE for answer in slot.used)
    assert merged.slots["fixed"].value == Fraction(10)
