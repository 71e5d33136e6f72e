"""The answers before the corrections, taken back by what a record tells, against the engine on the first workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support import figure, small_assignment, small_catalog, submission, table_figure

from smartcity_xl.model import Merged, Outcome, Submission
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.recalled import merged_of
from smartcity_xl.results.record import FileRecord, FileStatus
from smartcity_xl.results.undone import Undone, undo_corrections
from smartcity_xl.score.corrections import compare_corrections, settle_submissions
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged, try_sides

CATALOG = small_catalog(
    figure("agree"), figure("sum", merge="sum"), figure("lead", merge="lead"), figure("largest", merge="largest"),
    figure("any", "yesno", merge="any"), figure("none", none="0"), table_figure(),
)  # fmt: skip
OFFICES = small_assignment(CATALOG, "a", "b")
NUMBERS = ("agree", "sum", "lead", "largest", "none")


def record_of(sent: Sequence[Submission]) -> tuple[Results, Merged, Merged]:
    """The record of a round to which these came, what counts in it, and what counted of the first workbooks alone."""
    settled = settle_submissions(sent, {})
    merged = merge_submissions(CATALOG, OFFICES, settled.in_force)
    first = merge_submissions(CATALOG, OFFICES, list(chain.from_iterable(one[0] for one in settled.histories)))
    scores = score_merged(CATALOG, merged)
    corrections = compare_corrections(CATALOG, OFFICES, settled, merged, scores)
    outcome = Outcome(
        CATALOG, OFFICES, "2018", (), settled.in_force, (), merged, scores, scores.findings,
        corrections=corrections, trials=try_sides(CATALOG, merged, scores),
    )  # fmt: skip
    return from_outcome(outcome), merged, first


def undo(record: Results) -> Undone:
    return undo_corrections(record, CATALOG, merged_of(record, CATALOG))


def says(merged: Merged, key: str) -> object:
    if key in merged.tables:
        table = merged.tables[key]
        return table.standing, sorted(map(sorted, (row.items() for row in table.used.values))) if table.used else None
    return merged.slots[key].standing, merged.slots[key].value


CELLS = st.sampled_from([0, 1, 2, None, "约5"])
ROWS = st.lists(st.tuples(st.sampled_from(["一院", "二院", "三院"]), st.fixed_dictionaries(
    {"reads": st.sampled_from([0, 1]), "visits": st.sampled_from([2, 5])}
)), max_size=3, unique_by=lambda row: row[0])  # fmt: skip
"""Of one workbook: a table in which a name stands twice is not read, its department is asked."""
SENT = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["", "2", "3"]),
              st.fixed_dictionaries(dict.fromkeys(NUMBERS, CELLS)), st.sampled_from(["是", "否", None]), ROWS),
    min_size=1, max_size=5,
)  # fmt: skip


def workbooks(given_: Sequence[tuple[str, str, dict[str, object], object, Any]]) -> list[Submission]:
    return [
        submission(CATALOG, {**cells, "any": any_}, {"hospitals": rows}, department, f"{number}.xlsx",
                   revision=revision)
        for number, (department, revision, cells, any_, rows) in enumerate(given_)
    ]  # fmt: skip


NIL = dict.fromkeys(NUMBERS, 0)
ONE, OTHER = ("一院", {"reads": 0, "visits": 5}), ("二院", {"reads": 0, "visits": 2})


@given(SENT)
@example(
    [
        ("b", "", NIL, "是", []),
        ("b", "", NIL, "是", [ONE]),
        ("b", "2", NIL, "是", [("一院", {"reads": 0, "visits": 2})]),
    ]
)
@example([("b", "", NIL, "是", [ONE]), ("b", "", NIL, "是", [OTHER]), ("b", "2", NIL, "是", [ONE, OTHER])])
@settings(max_examples=150, deadline=None)
def test_what_is_taken_back_is_what_the_first_workbooks_come_to(given: Any) -> None:
    record, now, first = record_of(workbooks(given))
    undone = undo(record)
    touched = {change.figure.partition(".")[0] for entry in record.corrections for change in entry.changes}
    several = any(len(entry.earlier) > 1 for entry in record.corrections)
    assert touched <= set(undone.figures) | set(undone.kept) <= touched | ({"hospitals"} if several else set())
    for key in (*CATALOG.slots, "hospitals"):
        assert says(undone.merged, key) == says(now if key in undone.kept else first, key), key


def test_every_way_of_laying_answers_together_can_be_taken_back() -> None:
    """None of the above is proven by keeping everything as it is."""
    rows = [("一院", {"reads": 1, "visits": 5}), ("二院", {"reads": 0, "visits": 5})]
    early = [(dict.fromkeys(NUMBERS, 5), "是", rows), (dict.fromkeys(NUMBERS, 5), "否", rows)]
    late = (dict.fromkeys(NUMBERS, 7) | {"agree": 5, "none": 5}, "否", [rows[0], ("三院", {"reads": 3, "visits": 5})])
    sent = [("a", "", *early[0]), ("b", "", *early[1]), ("a", "2", *late)]
    record, _, first = record_of(workbooks(sent))
    undone = undo(record)
    assert set(undone.figures) == {"sum", "lead", "largest", "any", "hospitals"}
    assert undone.kept == ()
    assert [says(undone.merged, key) for key in undone.figures] == [says(first, key) for key in undone.figures]


ALONE: dict[str, tuple[Any, Any]] = {
    "a cell": ([("一院", {"reads": 1, "visits": 5})], [("一院", {"reads": 2, "visits": 5})]),
    "a row more": ([("一院", {"reads": 1, "visits": 5})],
                   [("一院", {"reads": 1, "visits": 5}), ("二院", {"reads": 0, "visits": 5})]),
    "a row less": ([("一院", {"reads": 1, "visits": 5}), ("二院", {"reads": 0, "visits": 5})],
                   [("二院", {"reads": 0, "visits": 5})]),
}  # fmt: skip


@pytest.mark.parametrize("case", ALONE)
def test_a_table_of_one_department_is_taken_back(case: str) -> None:
    before, after = ALONE[case]
    sent = [submission(CATALOG, {}, {"hospitals": before}, "a", "1.xlsx"),
            submission(CATALOG, {}, {"hospitals": after}, "a", "2.xlsx", revision="2")]  # fmt: skip
    record, _, first = record_of(sent)
    undone = undo(record)
    assert undone.figures == ("hospitals",)
    assert says(undone.merged, "hospitals") == says(first, "hospitals")


def test_where_a_decision_stands_behind_an_answer_its_correction_stays() -> None:
    """The answers on record do not give what counts: the office has settled it."""
    fives = dict.fromkeys(NUMBERS, 5)
    sent = workbooks([("a", "", fives, "是", []), ("a", "2", {**fives, "lead": 7}, "是", [])])
    record, now, _ = record_of(sent)
    decided = replace(now, slots={**now.slots, "lead": replace(now.slots["lead"], value=Fraction(6))})
    undone = undo_corrections(record, CATALOG, decided)
    assert (undone.figures, undone.kept) == ((), ("lead",))
    assert undone.merged == decided


def test_corrections_that_an_earlier_run_knew_are_left_alone() -> None:
    fives = dict.fromkeys(NUMBERS, 5)
    sent = workbooks([("a", "", fives, "是", []), ("a", "2", {**fives, "lead": 7}, "是", [])])
    record, now, _ = record_of(sent)
    held = replace(record, files=(FileRecord("1.xlsx", "hash", FileStatus.TAKEN, "a", (), None, None),))
    assert undo_corrections(held, CATALOG, now, {"hash"}).figures == ()
    assert undo_corrections(held, CATALOG, now, {"another"}).figures == ("lead",)
