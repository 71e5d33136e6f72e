"""A later workbook replaces an earlier one, whoever sorts the files; nothing is lost, and what changed is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    column_of,
    edited,
    figure,
    figures_sheet,
    filled,
    identified,
    parcel,
    plan,
    put,
    read,
    receipt,
    small_assignment,
    small_catalog,
    submission,
    table_figure,
    value_cell,
)

from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.form.template import write_template
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.model import Correction, Outcome, Receipt, State, Submission
from smartcity_xl.run.collecting import assess, collect
from smartcity_xl.score.corrections import (
    Settled,
    compare_corrections,
    mark_receipts,
    settle_submissions,
    tell_corrections,
)
from smartcity_xl.score.merge import merge_again, merge_submissions
from smartcity_xl.score.scoring import score_again, score_merged
from smartcity_xl.units import factor

SMALL = small_catalog(
    figure("one"), figure("two"), figure("does", "yesno"),
    figure("list", "checklist", items=[{"key": "x", "label": "甲项"}, {"key": "y", "label": "乙项"}]), table_figure(),
)  # fmt: skip
OFFICES = small_assignment(SMALL, "a", "b", "c", one=["a", "b", "c"], two=["a"], does=["a"], list=["a"],
                           hospitals=["a"])  # fmt: skip
MONDAY, TUESDAY, SUNDAY = "2026-11-23T01:00:00Z", "2026-11-24T01:00:00Z", "2026-11-22T01:00:00Z"
ROWS = [("一院", {"reads": 1, "visits": 2}), ("二院", {"reads": 0, "visits": 5})]

# --- which one counts --------------------------------------------------------------------------------------------

# name -> workbooks (revision, received), in the order of their names a, b, c; which are in force
CASES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "one alone": ([("", "")], "a"),
    "a second issue replaces the first": ([("", MONDAY), ("2", MONDAY)], "b"),
    "a second issue replaces the first, whatever they are called": ([("2", MONDAY), ("", MONDAY)], "a"),
    "the first issue may say that it is the first": ([("1", MONDAY), ("", TUESDAY)], "b"),
    "a higher issue counts though it came first": ([("3", SUNDAY), ("2", MONDAY), ("", TUESDAY)], "a"),
    "issue ten is above issue nine": ([("9", MONDAY), ("10", MONDAY)], "b"),
    "of one issue the one received later counts": ([("", TUESDAY), ("", MONDAY)], "a"),
    "of a later issue, too": ([("2", MONDAY), ("2", TUESDAY), ("", TUESDAY)], "b"),
    "received together, all stand": ([("", MONDAY), ("", MONDAY)], "ab"),
    "received together, after a third": ([("", MONDAY), ("", SUNDAY), ("", MONDAY)], "ac"),
    "nobody knows when, all stand": ([("", ""), ("", "")], "ab"),
    "nobody knows when one came, all of its issue stand": ([("", MONDAY), ("", ""), ("", TUESDAY)], "abc"),
    "nobody knows when, but the issue tells": ([("2", ""), ("", TUESDAY)], "a"),
}


def workbooks(given: Sequence[tuple[str, str]], department: str = "a") -> tuple[list[Submission], dict[str, str]]:
    sent = [
        submission(SMALL, {"two": number}, department=department, parcel=f"{'abcdefg'[number]}.xlsx", revision=revision)
        for number, (revision, _) in enumerate(given)
    ]
    return sent, {one.sha256: at for one, (_, at) in zip(sent, given, strict=True) if at}


@pytest.mark.parametrize(("given", "in_force"), CASES.values(), ids=CASES)
def test_the_latest_counts_and_the_others_are_kept(given: list[tuple[str, str]], in_force: str) -> None:
    sent, received = workbooks(given)
    settled = settle_submissions(sent, received)
    assert [one.parcel for one in settled.in_force] == [f"{name}.xlsx" for name in in_force]
    kept = {one.parcel for one in (*settled.in_force, *settled.superseded)}
    assert kept == {one.parcel for one in sent}


def test_departments_do_not_replace_each_other() -> None:
    one, other = (
        submission(SMALL, {"one": 1}, department="a"),
        submission(SMALL, {"one": 1}, department="b", parcel="b"),
    )
    settled = settle_submissions([one, other], {one.sha256: MONDAY, other.sha256: TUESDAY})
    assert settled.in_force == (one, other)


def test_the_results_of_a_survey_replace_earlier_ones_and_never_the_form_of_the_same_department() -> None:
    def survey(parcel: str) -> Submission:
        one = submission(SMALL, {"two": 5}, parcel=parcel)
        return replace(one, identity=replace(one.identity, kind=SURVEY_KIND))

    form, first, second = submission(SMALL, {"two": 5}, parcel="form"), survey("first"), survey("second")
    received = {form.sha256: SUNDAY, first.sha256: MONDAY, second.sha256: TUESDAY}
    settled = settle_submissions([form, first, second], received)
    assert (settled.in_force, settled.superseded) == ((form, second), (first,))


SENT = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "1", "2", "3"]),
                          st.sampled_from(["", SUNDAY, MONDAY, TUESDAY]), st.sampled_from([0, 1, None, "约5"])),
                min_size=1, max_size=6)  # fmt: skip


def batch(given: Sequence[tuple[str, str, str, object]]) -> tuple[list[Submission], dict[str, str]]:
    sent = [
        submission(SMALL, {"one": cell}, {"hospitals": ROWS[: number % 3]}, department, f"{number}.xlsx",
                   revision=revision)
        for number, (department, revision, _, cell) in enumerate(given)
    ]  # fmt: skip
    return sent, {one.sha256: at for one, (_, _, at, _) in zip(sent, given, strict=True) if at}


@given(st.permutations(["1", "2", "3", "4"]), st.lists(st.sampled_from(["", SUNDAY, MONDAY, TUESDAY]), min_size=4,
                                                      max_size=4))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_where_the_issues_differ_the_time_of_receipt_never_matters(revisions: list[str], times: list[str]) -> None:
    sent, received = workbooks(list(zip(revisions, times, strict=True)))
    [counts] = settle_submissions(sent, received).in_force
    assert counts.identity.revision == "4"


@given(SENT)
@settings(max_examples=100, deadline=None)
def test_the_effects_on_the_total_add_up_to_the_way_from_the_first_workbooks_to_the_last(
    given: list[tuple[str, str, str, object]],
) -> None:
    sent, received = batch(given)
    settled = settle_submissions(sent, received)
    corrections = corrections_of(settled)
    now = score_merged(SMALL, merge_submissions(SMALL, OFFICES, settled.in_force)).total
    for department in "ab":
        mine = [one for one in corrections if one.department == department]
        assert all(a.later == b.earlier and a.total_after == b.total_before for a, b in pairwise(mine))
        assert not mine or mine[-1].total_after == now


# --- what is told ------------------------------------------------------------------------------------------------


def corrections_of(settled: Settled) -> tuple[Correction, ...]:
    merged = merge_submissions(SMALL, OFFICES, settled.in_force)
    return compare_corrections(SMALL, OFFICES, settled, merged, score_merged(SMALL, merged))


def compare(before: Submission, after: Submission, *others: Submission) -> Correction:
    settled = settle_submissions([before, after, *others], {})
    [correction] = corrections_of(settled)
    return correction


def version(revision: str, answers: Mapping[str, object], tables: Any = None, remarks: Any = None) -> Submission:
    return submission(SMALL, answers, tables, parcel=f"{revision}.xlsx", revision=revision, remarks=remarks)


# name -> answers before, answers after (a table under its own key), changes (slot, row, before, after)
CHANGES: dict[str, tuple[Any, Any, list[tuple[str, str, str, str]]]] = {
    "nothing": ({"two": 5}, {"two": 5}, []),
    "the same number, typed otherwise": ({"two": 5}, {"two": "５"}, []),
    "another number": ({"two": 5}, {"two": 6}, [("two", "", "5", "6")]),
    "nought is a number": ({"two": 0}, {"two": None}, [("two", "", "0", "")]),
    "a blank that was filled": ({"two": None}, {"two": 6}, [("two", "", "", "6")]),
    "a row that was deleted": ({"two": 6}, {}, [("two", "", "6", "")]),
    "a blank and a deleted row say the same": ({"two": None}, {}, []),
    "what could not be read, otherwise": ({"two": "约5"}, {"two": "约6"}, [("two", "", "约5", "约6")]),
    "what could not be read, again": ({"two": "约5"}, {"two": "约5"}, []),
    "a filler in place of a blank": ({"two": None}, {"two": "—"}, [("two", "", "", "—")]),
    "a choice": ({"does": "是"}, {"does": "否"}, [("does", "", "是", "否")]),
    "an item of a list": (
        {"list.x": "是", "list.y": "否"}, {"list.x": "是", "list.y": "是"}, [("list.y", "", "否", "是")],
    ),
    "a table, sorted": ({"hospitals": ROWS}, {"hospitals": ROWS[::-1]}, []),
    "a cell of a table": (
        {"hospitals": ROWS}, {"hospitals": [ROWS[0], ("二院", {"reads": 3, "visits": 5})]},
        [("hospitals.reads", "二院", "0", "3")],
    ),
    "a row of a table": (
        {"hospitals": ROWS}, {"hospitals": ROWS[:1]},
        [("hospitals.reads", "二院", "0", ""), ("hospitals.visits", "二院", "5", "")],
    ),
    "a table said not to apply": ({"hospitals": State.BLANK}, {"hospitals": State.NOT_APPLICABLE},
                                  [("hospitals", "", "", "")]),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_every_changed_answer_is_shown_and_no_other(before: Any, after: Any, expected: list[Any]) -> None:
    def sent(revision: str, given: dict[str, Any]) -> Submission:
        tables = {key: value for key, value in given.items() if key == "hospitals"}
        return version(revision, {key: value for key, value in given.items() if key not in tables}, tables)

    found = compare(sent("1", before), sent("2", after)).changes
    shown = [(c.slot, c.item, "；".join(a.raw for a in c.before), "；".join(a.raw for a in c.after)) for c in found]
    assert shown == expected


def test_a_reason_that_was_given_later_is_a_change() -> None:
    before, after = version("1", {"two": "不适用"}), version("2", {"two": "不适用"}, remarks={"two": "无此业务"})
    assert [change.slot for change in compare(before, after).changes] == ["two"]


def test_the_effect_is_the_score_with_the_earlier_workbook_in_the_later_ones_place() -> None:
    rest = {"one": 1, "does": "是", "list.x": "是", "list.y": "否"}
    table = {"hospitals": ROWS}
    sent = [version("1", rest | {"two": 5}, table), version("2", rest | {"two": 9}, table)]
    sent += [submission(SMALL, {"one": 1}, department="b", parcel="b"),
             submission(SMALL, {"one": 1}, department="c", parcel="c")]  # fmt: skip
    correction = compare(*sent)
    assert correction.by == "revision"
    by_hand = [score_merged(SMALL, merge_submissions(SMALL, OFFICES, [one, *sent[2:]])) for one in sent[:2]]
    assert (correction.total_before, correction.total_after) == (by_hand[0].total, by_hand[1].total)
    assert correction.total_after - correction.total_before == Fraction(4)
    assert [(effect.before.score, effect.after.score) for effect in correction.effects] == [
        (by_hand[0].total, by_hand[1].total)
    ]


TOLD: dict[str, tuple[list[tuple[str, str]], dict[str, list[str]]]] = {
    "replaced by a later receipt": ([("", SUNDAY), ("", MONDAY)], {"a.xlsx": ["superseded"]}),
    "replaced by a later issue": ([("", SUNDAY), ("2", MONDAY)], {"a.xlsx": ["superseded-revision"]}),
    "an older issue that came later": (
        [("", TUESDAY), ("2", MONDAY)], {"a.xlsx": ["superseded-revision", "older-form-later"]},
    ),
    "two replaced, one after the other": (
        [("", SUNDAY), ("", MONDAY), ("", TUESDAY)], {"a.xlsx": ["superseded"], "b.xlsx": ["superseded"]},
    ),
    "received together": ([("", SUNDAY), ("", SUNDAY)], {}),
}  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), TOLD.values(), ids=TOLD)
def test_a_replaced_workbook_says_by_what_and_nothing_else(
    given: list[tuple[str, str]], expected: dict[str, list[str]]
) -> None:
    sent, received = workbooks(given)
    receipts = [Receipt(one.parcel, one.sha256, "taken", "a", ()) for one in sent]
    marked = mark_receipts(receipts, settle_submissions(sent, received))
    assert {one.parcel: codes(one.findings) for one in marked if one.status == "superseded"} == expected
    for one in marked:
        assert_worded(one.findings)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param({"two": 5, "does": "是"}, ["correction-same"], id="nothing changed"),
        pytest.param({"two": 6, "does": "是"}, [], id="a number changed"),
        pytest.param({"two": 6, "does": None}, ["correction-blank"], id="an answer is gone"),
        pytest.param({"two": "不适用", "does": "是"}, [], id="said not to apply"),
    ],
)
def test_what_a_correction_leaves_out_is_asked_about(after: dict[str, object], expected: list[str]) -> None:
    correction = compare(version("1", {"two": 5, "does": "是"}), version("2", after))
    told = list(tell_corrections(OFFICES, [correction]))
    assert codes(told) == expected
    assert_worded(told)


# --- through real files ------------------------------------------------------------------------------------------


def revised(department: str, revision: str, **answers: Any) -> bytes:
    return identified(filled(department, **answers), revision=revision)


def keep(folder: Path, at: str) -> Outcome:
    outcome, _ = collect(folder / "inbox", folder / "out", keeping=Keeping(folder / "ledger", at))
    return outcome


def results(folder: Path) -> Any:
    return json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))


DONE = {"secrecy_review_deduction": 0, "leak_events": 0}


@pytest.mark.summary
def test_a_corrected_workbook_of_a_later_issue_counts_and_the_difference_is_shown(tmp_path: Path) -> None:
    files = {"甲.xlsx": revised("secrecy", "2", **DONE, crypto_failing_systems=1),
             "乙.xlsx": filled("secrecy", **DONE, crypto_failing_systems=4)}  # fmt: skip
    outcome = assess(put(tmp_path / "inbox", files))
    assert [one.parcel for one in outcome.submissions] == ["甲.xlsx"]
    assert receipt(outcome, "乙.xlsx").status == "superseded"
    collect(tmp_path / "inbox", tmp_path / "out")
    [correction] = results(tmp_path)["corrections"]
    assert (correction["earlier"], correction["later"], correction["by"]) == (["乙.xlsx"], ["甲.xlsx"], "revision")
    [change] = correction["changes"]
    assert (change["figure"], change["before"][0]["raw"], change["after"][0]["raw"]) == (
        "crypto_failing_systems", "4", "1",
    )  # fmt: skip
    assert change["after"][0]["cell"] == value_cell("secrecy", "crypto_failing_systems")
    [effect] = correction["effects"]
    before, after = effect["before"]["score"], effect["after"]["score"]
    assert Fraction(after) - Fraction(before) == Fraction(correction["total_after"]) - Fraction(
        correction["total_before"]
    )
    sheet = openpyxl.load_workbook(tmp_path / "out" / "汇总.xlsx")[label("sheet.corrections")]
    total, score, answer = ([cell.value for cell in row] for row in sheet.iter_rows(min_row=4))
    moved = f"{float(Fraction(correction['total_after']) - Fraction(correction['total_before'])):+.2f}"
    assert total[1:7] == [
        "总分", None, label("corrections.by_revision"), correction["total_before"], correction["total_after"], moved,
    ]  # fmt: skip
    assert score[1:2] + score[4:7] == ["得分", before, after, moved]
    assert answer[1:2] + answer[4:9] == ["答复", "4 个", "1 个", None, "乙.xlsx", "甲.xlsx"]


def test_the_page_of_the_results_names_every_key_of_a_correction(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", **DONE), "b.xlsx": revised("secrecy", "2", leak_events=1)})
    collect(tmp_path / "inbox", tmp_path / "out")
    [correction] = results(tmp_path)["corrections"]
    page = (Path(__file__).parent.parent / "docs" / "results.md").read_text(encoding="utf-8")
    records = (correction, correction["changes"][0], correction["changes"][0]["before"][0], correction["effects"][0],
               correction["effects"][0]["before"])  # fmt: skip
    for key in {key for record in records for key in record}:
        assert f"`{key}`" in page or f"`{key}[]`" in page, key


def test_of_two_workbooks_of_one_issue_the_one_received_later_counts(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"z.xlsx": filled("secrecy", leak_events=3)})
    keep(tmp_path, SUNDAY)
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=1)})
    outcome = keep(tmp_path, MONDAY)
    assert [one.parcel for one in outcome.submissions] == ["a.xlsx"]
    assert [one.by for one in outcome.corrections] == ["received"]
    assert {"several-workbooks", "conflict"} & set(codes(outcome.findings)) == set()
    assert MONDAY not in (tmp_path / "out" / "results.json").read_text(encoding="utf-8")


def test_of_two_that_came_together_neither_is_preferred_and_the_office_is_asked(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"z.xlsx": filled("secrecy", leak_events=3), "a.xlsx": filled("secrecy", leak_events=1)})
    outcome = keep(tmp_path, SUNDAY)
    assert {"several-workbooks", "conflict"} <= set(codes(outcome.findings))
    assert outcome.corrections == ()


def test_the_same_file_again_changes_nothing_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=3)})
    first = keep(tmp_path, SUNDAY)
    put(tmp_path / "inbox", {"b/again.xlsx": filled("secrecy", leak_events=3)})
    second = keep(tmp_path, MONDAY)
    assert receipt(second, "b/again.xlsx").status == "duplicate"
    assert (second.merged, second.scores, second.corrections) == (first.merged, first.scores, ())


def test_the_same_values_in_other_bytes_are_a_new_workbook_without_a_change(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=3)})
    first = keep(tmp_path, SUNDAY)
    put(tmp_path / "inbox", {"b.xlsx": edited(filled("secrecy", leak_events=3), lambda book: None)})
    second = keep(tmp_path, MONDAY)
    assert [one.parcel for one in second.submissions] == ["b.xlsx"]
    assert (second.scores.total, second.corrections[0].changes) == (first.scores.total, ())
    assert "correction-same" in codes(second.findings)


def test_a_file_that_cannot_be_read_replaces_nothing(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=3)})
    keep(tmp_path, SUNDAY)
    put(tmp_path / "inbox", {"b.xlsx": revised("secrecy", "2", leak_events=1)[:-2000]})
    outcome = keep(tmp_path, MONDAY)
    assert [one.parcel for one in outcome.submissions] == ["a.xlsx"]


def test_what_was_wrong_in_a_replaced_workbook_is_of_no_concern_any_more(tmp_path: Path) -> None:
    files = {"a.xlsx": filled("secrecy", leak_events="约3"), "b.xlsx": revised("secrecy", "2", leak_events=3)}
    outcome = assess(put(tmp_path, files))
    assert "not-a-number" not in codes(outcome.findings)


def test_evidence_that_only_a_replaced_workbook_names_is_not_looked_for(tmp_path: Path) -> None:
    from make_samples import fill_workbook

    code = CATALOG.used_by["crypto_failing_systems"][0]
    for name, revision in (("旧", ""), ("新", "2")):
        given = {"evidence": [{"indicator": code, "title": "证明", "file": f"{name}.pdf"}]}
        data = fill_workbook(CATALOG, ASSIGNMENT, "secrecy", ISSUE, given)
        put(tmp_path, {f"{name}.xlsx": identified(data, revision=revision) if revision else data})
    assert [one.named for one in assess(tmp_path).documents.named] == ["新.pdf"]


def test_a_workbook_that_goes_out_again_carries_its_revision() -> None:
    books = [write_template(CATALOG, ASSIGNMENT, "secrecy", replace(ISSUE, revision=number)) for number in ("", "3")]
    assert [open_workbook(parcel(book)).identity.revision for book in books] == ["", "3"]
    assert [read(book).revision for book in books] == [1, 3]


# --- forms of another version ------------------------------------------------------------------------------------


def old(edit: Callable[[Any], object], department: str = "credit", **answers: Any) -> Submission:
    """A workbook of version 0, as it would be had the form been so."""
    given = answers or {"credit_units_total": 40, "credit_units_sharing": 30}
    data = identified(filled(department, **given), version="0")
    found = read(edited(data, edit))
    assert_worded(found.findings)
    return found


def row_of(key: str, department: str = "credit") -> int:
    return plan(department).row_of[key].row + 1


def change(key: str, column: str, value: object) -> Callable[[Any], object]:
    def edit(book: Any) -> None:
        figures_sheet(book).cell(row_of(key), column_of(column)).value = value

    return edit


def move_up(book: Any) -> None:
    figures_sheet(book).delete_rows(row_of("credit_assessment"))


VERSIONS: dict[str, tuple[Callable[[Any], object], Mapping[str, object], list[str]]] = {
    "the same form": (lambda book: None, {}, []),
    "another unit": (
        change("credit_units_total", "unit", "万个"), {"credit_units_total": State.UNREADABLE}, ["version-unit"],
    ),
    "a choice in place of a number": (
        change("credit_units_total", "unit", "单选"), {"credit_units_total": State.UNREADABLE}, ["version-unit"],
    ),
    "no unit": (
        change("credit_units_total", "unit", None), {"credit_units_total": State.UNREADABLE}, ["version-unit"],
    ),
    "another wording": (change("credit_units_total", "label", "信用单位数"), {}, ["version-wording"]),
    "another unit of what was left blank": (change("credit_leadership", "unit", "单选"), {}, []),
    "a figure that is asked no more, answered": (
        change("credit_units_total", "key", "credit_units_old"), {"credit_units_total": None},
        ["version-row", "version-asks"],
    ),
    "a figure that is asked no more, blank": (
        change("credit_leadership", "key", "credit_old"), {"credit_leadership": None}, ["version-asks"],
    ),
    "a figure that is new": (move_up, {"credit_assessment": None}, ["version-asks"]),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "differs", "expected"), VERSIONS.values(), ids=VERSIONS)
def test_a_form_of_another_version_is_read_where_a_figure_is_the_same_and_told_where_it_is_not(
    edit: Callable[[Any], object], differs: Mapping[str, object], expected: list[str]
) -> None:
    found = old(edit)
    states = {
        key: answer.state
        for key, answer in read(filled("credit", credit_units_total=40, credit_units_sharing=30)).answers.items()
    }
    states |= {key: state for key, state in differs.items() if state}
    for key in (key for key, state in differs.items() if state is None):
        del states[key]
    assert {key: answer.state for key, answer in found.answers.items()} == states
    assert codes(found.findings) == ["version-other", *expected]


def test_another_unit_in_which_the_figure_may_be_given_is_no_change_and_converted_exactly() -> None:
    key, slot = next((key, slot) for key, slot in CATALOG.slots.items() if slot.numeric and len(slot.choices) > 1)
    department = ASSIGNMENT.asked[slot.figure][0]
    larger = slot.choices[-1]

    def edit(book: Any) -> None:
        figures_sheet(book).cell(row_of(key, department), column_of("unit")).value = larger

    found = old(edit, department, **{key: 2})
    assert found.answers[key].value == 2 * factor(larger, slot.unit)
    assert "version-unit" not in codes(found.findings)


def test_rows_of_a_form_of_another_version_are_found_wherever_they_have_moved() -> None:
    def reverse(book: Any) -> None:
        sheet = figures_sheet(book)
        keyed = [row for row in range(5, sheet.max_row + 1) if sheet.cell(row, 1).value]
        texts = [[cell.value for cell in sheet[row]] for row in keyed]
        for row, line in zip(keyed, texts[::-1], strict=True):
            for at, value in enumerate(line, start=1):
                sheet.cell(row, at).value = value

    found = old(reverse)
    assert (found.answers["credit_units_total"].value, found.answers["credit_units_sharing"].value) == (40, 30)
    assert codes(found.findings) == ["version-other"]


@pytest.mark.parametrize("column", ["label", "unit"])
def test_a_form_of_another_version_without_its_witnesses_counts_as_blank(column: str) -> None:
    found = old(lambda book: figures_sheet(book).delete_cols(column_of(column)))
    assert found.answers == {}
    assert "columns-missing" in codes(found.findings)


def test_a_fixed_value_of_another_version_is_not_taken_for_tampering() -> None:
    department = next(d for d in ASSIGNMENT.departments if any(
        CATALOG.figures[f].fixed is not None for f in ASSIGNMENT.figures_for(d)))  # fmt: skip
    key = next(f for f in ASSIGNMENT.figures_for(department) if CATALOG.figures[f].fixed is not None)

    def edit(book: Any) -> None:
        figures_sheet(book).cell(row_of(key, department), column_of("value")).value = 12345

    assert "fixed-changed" in codes(read(edited(filled(department), edit)).findings)
    assert "fixed-changed" not in codes(old(edit, department, **{key: None}).findings)


def tabled(edit: Callable[[Any], object]) -> Submission:
    """The workbook with a table, of version 0, with one row in it."""
    from make_samples import fill_workbook

    key, figure_ = next((key, one) for key, one in CATALOG.figures.items() if one.columns)
    department = ASSIGNMENT.asked[key][0]
    row = {"name": "云溪市第一医院", **{column.key: 5 for column in figure_.columns}}
    data = fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {"tables": {key: [row]}})
    found = read(edited(identified(data, version="0"), edit))
    assert_worded(found.findings)
    return found


def test_a_table_of_another_version_is_read_where_its_columns_are_the_same() -> None:
    [table] = tabled(lambda book: None).tables.values()
    assert table.state is State.VALUE


def test_a_table_of_another_version_with_another_unit_is_told_and_does_not_count() -> None:
    def edit(book: Any) -> None:
        sheet = book[label("sheet.table", number=1)]
        sheet.cell(5, 3).value = str(sheet.cell(5, 3).value).replace("（", "（万")

    found = tabled(edit)
    [table] = found.tables.values()
    assert table.state is State.UNREADABLE
    assert codes(found.findings).count("version-unit") == 1


def test_a_table_that_another_version_did_not_have_is_asked_for() -> None:
    found = tabled(lambda book: book.remove(book[label("sheet.table", number=1)]))
    assert codes(found.findings).count("version-asks") == 1
    assert "sheet-missing" not in codes(found.findings)


# --- the same as all anew ----------------------------------------------------------------------------------------


@given(SENT, st.integers(0, 2))
@settings(max_examples=100, deadline=None)
def test_what_is_merged_and_scored_again_for_a_replaced_workbook_is_what_all_of_it_comes_to_anew(
    given: list[tuple[str, str, str, object]], number: int
) -> None:
    sent, received = batch(given)
    settled = settle_submissions(sent, received)
    merged = merge_submissions(SMALL, OFFICES, settled.in_force)
    scores = score_merged(SMALL, merged)
    for history in settled.histories:
        others = [one for one in settled.in_force if one not in history[-1]]
        generation = history[number % len(history)]
        figures = {key.partition(".")[0] for one in (*generation, *history[-1]) for key in (*one.answers, *one.tables)}
        anew = merge_submissions(SMALL, OFFICES, [*others, *generation])
        again = merge_again(SMALL, OFFICES, [*others, *generation], (), merged, figures)
        assert (again.slots, again.tables) == (anew.slots, anew.tables)
        assert score_again(SMALL, again, scores, figures) == score_merged(SMALL, anew)


def test_what_only_the_later_workbook_answers_was_open_before() -> None:
    rest = {"one": 1, "does": "是", "list.x": "是", "list.y": "否"}
    sent = [version("1", rest, {"hospitals": ROWS}), version("2", rest | {"two": 9}, {"hospitals": ROWS})]
    others = [submission(SMALL, {"one": 1}, department=one, parcel=one) for one in "bc"]
    correction = compare(*sent, *others)
    before, after = (score_merged(SMALL, merge_submissions(SMALL, OFFICES, [one, *others])) for one in sent)
    assert (correction.total_before, correction.total_after) == (before.total, after.total)
    assert before.total != after.total
