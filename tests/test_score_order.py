"""What counts is a function of the answers, never of the names of the files that hold them: every file is renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support import codes, figure, small_assignment, small_catalog, submission, table_figure

from smartcity_xl.form.people import merge_people
from smartcity_xl.model import SEND_BACK, Decision, Merged, Origin, Receipt, Standing, State, Submission
from smartcity_xl.score.corrections import compare_corrections, mark_receipts, settle_submissions
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged

MODES = ("agree", "any", "sum", "lead", "largest")
CATALOG = small_catalog(
    *(figure(mode, "yesno" if mode == "any" else "count", merge=mode) for mode in MODES), figure("mine"),
    table_figure(), table_figure("clinics", merge="lead"),
)  # fmt: skip
ASSIGNMENT = small_assignment(CATALOG, "a", "b", hospitals=["a", "b"], clinics=["a", "b"], mine=["a"])
FULL = [("一院", {"reads": 1, "visits": 2}), ("二院", {"reads": 0, "visits": 5})]
Content = tuple[str, Mapping[str, object], Mapping[str, Any]]
"""What a workbook holds: department, slot -> cell, table -> rows or a state."""


def workbook(content: Content, number: int, name: str) -> Submission:
    """The n-th workbook under a name; its hash is that of its content, and stays when it is renamed."""
    department, answers, tables = content
    made = submission(CATALOG, answers, tables, department, name)
    return replace(made, sha256=f"{number:064}")


def named(contents: Sequence[Content], names: Sequence[str]) -> list[Submission]:
    return [workbook(one, number, name) for number, (one, name) in enumerate(zip(contents, names, strict=True))]


def merged(sent: Sequence[Submission], decisions: Sequence[Decision] = ()) -> Merged:
    return merge_submissions(CATALOG, ASSIGNMENT, sent, decisions)


def told(sent: Sequence[Submission], found: Merged) -> object:
    """What came of the answers, with the hash of every file in place of its name."""
    hashes = {one.parcel: one.sha256 for one in sent}

    def cells(answers: Sequence[Any]) -> list[tuple[str, str, str]]:
        return sorted((hashes[one.origin.file], one.origin.cell, one.state.value) for one in answers)

    return (
        {key: (slot.standing, slot.value, cells(slot.used), cells(slot.answers)) for key, slot in found.slots.items()},
        {key: (table.standing, cells([table.used] if table.used else []), cells(table.answers))
         for key, table in found.tables.items()},
        [(c.subject, c.state, [(side.key, cells(side.answers)) for side in c.sides]) for c in found.conflicts],
        sorted((finding.code, finding.figure) for finding in found.findings),
        [decision.subject for decision in found.lapsed],
        score_merged(CATALOG, found).total,
    )  # fmt: skip


# --- every mode, every two and three states of one department ----------------------------------------------------

CELLS: Mapping[str, object] = {
    "a value": 1, "another value": 0, "blank": None, "no data": "—", "not applicable": "不适用", "unreadable": "看情况",
}  # fmt: skip
TABLES: Mapping[str, Any] = {
    "rows": FULL, "the same rows, turned round": FULL[::-1], "other rows": FULL[:1], "blank": State.BLANK,
    "not applicable": State.NOT_APPLICABLE, "unreadable": State.UNREADABLE,
}  # fmt: skip
YESNO = {1: "是", 0: "否"}


def contents(department: str, states: Sequence[str]) -> list[Content]:
    cells = [CELLS[state] for state in states]
    return [
        (department, {mode: YESNO.get(cell, cell) if mode == "any" else cell for mode in MODES}, {})  # type: ignore[call-overload]
        for cell in cells
    ]


@pytest.mark.parametrize("department", ["a", "b"], ids=["of the lead", "of another"])
@pytest.mark.parametrize("other", ["a value", "another value", "not applicable", "unreadable", "blank"])
def test_workbooks_of_one_department_may_be_called_what_they_like(department: str, other: str) -> None:
    rest = contents("b" if department == "a" else "a", [other])
    for number in (2, 3) if other == "another value" else (2,):
        for states in combinations_with_replacement(CELLS, number):
            given = [*contents(department, states), *rest]
            found = set()
            for names in permutations("123"[:number]):
                sent = named(given, [*(f"{name}.xlsx" for name in names), "0.xlsx"])
                found.add(repr(told(sent, merged(sent))))
            assert len(found) == 1, states


@pytest.mark.parametrize("department", ["a", "b"], ids=["of the lead", "of another"])
def test_tables_of_one_department_may_be_called_what_they_like(department: str) -> None:
    for number in (2, 3):
        for states in combinations_with_replacement(TABLES, number):
            given: list[Content] = [
                (department, {}, {"hospitals": TABLES[one], "clinics": TABLES[one]}) for one in states
            ]
            found = set()
            for names in permutations("123"[:number]):
                sent = named(given, [f"{name}.xlsx" for name in names])
                found.add(repr(told(sent, merged(sent))))
            assert len(found) == 1, states


# mode -> states of the two workbooks of the lead, what the other says, how it then stands
BESIDE: list[tuple[str, tuple[str, str], str, Standing]] = [
    ("any", ("unreadable", "blank"), "another value", Standing.UNREADABLE),
    ("any", ("not applicable", "blank"), "another value", Standing.NOT_APPLICABLE),
    ("any", ("another value", "unreadable"), "another value", Standing.UNREADABLE),
    ("any", ("another value", "blank"), "another value", Standing.SETTLED),
    ("any", ("another value", "not applicable"), "unreadable", Standing.UNREADABLE),
    ("sum", ("not applicable", "blank"), "a value", Standing.SETTLED),
    ("sum", ("not applicable", "no data"), "a value", Standing.SETTLED),
    ("sum", ("not applicable", "unreadable"), "a value", Standing.UNREADABLE),
    ("sum", ("a value", "unreadable"), "a value", Standing.SETTLED),
    ("sum", ("a value", "not applicable"), "a value", Standing.SETTLED),
    ("sum", ("no data", "blank"), "a value", Standing.MISSING),
    ("largest", ("not applicable", "blank"), "a value", Standing.SETTLED),
    ("largest", ("not applicable", "unreadable"), "a value", Standing.UNREADABLE),
    ("lead", ("not applicable", "blank"), "a value", Standing.NOT_APPLICABLE),
    ("lead", ("not applicable", "unreadable"), "a value", Standing.UNREADABLE),
    ("agree", ("not applicable", "blank"), "blank", Standing.NOT_APPLICABLE),
    ("agree", ("not applicable", "unreadable"), "blank", Standing.UNREADABLE),
]


@pytest.mark.parametrize(("mode", "states", "other", "standing"), BESIDE)
@pytest.mark.parametrize("names", [("1.xlsx", "2.xlsx"), ("2.xlsx", "1.xlsx")], ids=["in order", "turned round"])
def test_of_two_workbooks_side_by_side_the_one_that_says_most_tells(
    mode: str, states: tuple[str, str], other: str, standing: Standing, names: tuple[str, str]
) -> None:
    sent = named([*contents("a", states), *contents("b", [other])], [*names, "3.xlsx"])
    assert merged(sent).slots[mode].standing is standing


# --- whatever was sent, and whatever was decided -----------------------------------------------------------------

CELL = st.sampled_from([None, 0, 1, 5, "—", "不适用", "约5"])
CONTENT = st.tuples(
    st.sampled_from("ab"),
    st.fixed_dictionaries(
        {}, optional={mode: CELL if mode != "any" else st.sampled_from([None, "是", "否", "不适用", "？"])
                      for mode in MODES}),
    st.fixed_dictionaries({}, optional={key: st.sampled_from(list(TABLES.values())) for key in ("hospitals",
                                                                                               "clinics")}),
)  # fmt: skip


@st.composite
def renamed(draw: st.DrawFn) -> tuple[list[Submission], list[Submission]]:
    """Some workbooks, and the same under other names (and, for good measure, in another order)."""
    given = draw(st.lists(CONTENT, min_size=1, max_size=5))
    names = [f"{number}.xlsx" for number in range(len(given))]
    turned = named(given, draw(st.permutations(names)))
    return named(given, names), draw(st.permutations(turned))


@given(renamed(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_names_of_the_files_decide_nothing_under_decisions_neither(
    batch: tuple[list[Submission], list[Submission]], data: st.DataObject
) -> None:
    sent, other = batch
    conflicts = merged(sent).conflicts
    made = [
        Decision(one.figure, one.department, one.answers,
                 data.draw(st.sampled_from([SEND_BACK, "7", *(side.key for side in one.sides)])), "理由", "人", "1",
                 Origin("裁定表.xlsx"))
        for one in conflicts if data.draw(st.booleans())
    ]  # fmt: skip
    before = told(sent, merged(sent, made))
    assert told(other, merged(other, data.draw(st.permutations(made)))) == before


SUNDAY, MONDAY = "2026-11-22T01:00:00Z", "2026-11-23T01:00:00Z"


@given(st.lists(st.tuples(CONTENT, st.sampled_from(["", "2"]), st.sampled_from(["", SUNDAY, MONDAY])), min_size=1,
                max_size=5), st.data())  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_the_names_of_the_files_decide_no_correction(
    given: list[tuple[Content, str, str]], data: st.DataObject
) -> None:
    names = [f"{number}.xlsx" for number in range(len(given))]
    turned = data.draw(st.permutations(names))

    def corrected(called: Sequence[str]) -> object:
        sent = named([content for content, _, _ in given], called)
        sent = [replace(one, identity=replace(one.identity, revision=revision))
                for one, (_, revision, _) in zip(sent, given, strict=True)]  # fmt: skip
        received = {one.sha256: at for one, (_, _, at) in zip(sent, given, strict=True) if at}
        settled = settle_submissions(sent, received)
        hashes = {one.parcel: one.sha256 for one in sent}
        receipts = mark_receipts([Receipt(one.parcel, one.sha256, "taken", "a", ()) for one in sent], settled)
        merged = merge_submissions(CATALOG, ASSIGNMENT, settled.in_force)
        scores = score_merged(CATALOG, merged)
        return (
            sorted(one.sha256 for one in settled.in_force),
            sorted((one.sha256, one.status, [finding.code for finding in one.findings]) for one in receipts),
            [
                (one.department, sorted(hashes[name] for name in one.earlier),
                 sorted(hashes[name] for name in one.later), one.by, one.total_before, one.total_after,
                 sorted((change.slot, change.item, sorted(a.raw for a in change.before),
                         sorted(a.raw for a in change.after)) for change in one.changes))
                for one in compare_corrections(CATALOG, ASSIGNMENT, settled, merged, scores)
            ],
        )  # fmt: skip

    assert corrected(names) == corrected(turned)


@pytest.mark.parametrize("people", [
    [{"contact.mail": "a@example.com"}, {"contact.mail": "A@example.com"}],
    [{"contact.name": "钱演"}, {"contact.name": "孙示"}, {"contact.name": "—"}],
    [{"contact.name": "钱演", "contact.mail": "b"}, {"contact.name": "钱演"}, {}],
])  # fmt: skip
def test_the_names_of_the_files_decide_nobody(people: list[dict[str, str]]) -> None:
    names = [f"{number}.xlsx" for number in range(len(people))]

    def entry(called: Sequence[str]) -> str:
        sent = [submission(CATALOG, {}, parcel=name, people=one) for name, one in zip(called, people, strict=True)]
        number = {name: at for at, name in enumerate(called)}
        [first, _] = merge_people(ASSIGNMENT, sorted(sent, key=lambda one: one.parcel))
        said = {
            key: sorted((one.text, sorted(number[name] for name in one.files)) for one in given)
            for key, given in first.said.items()
        }
        return repr((said, first.missing, sorted(finding.code for finding in first.findings)))

    assert len({entry(called) for called in permutations(names)}) == 1


# --- an older form that came later -------------------------------------------------------------------------------

# days on which the older form came, and each of the two of the newest issue ("": nobody knows); is it told?
LATER = [
    ("2", ("1", "1"), True), ("2", ("1", "3"), False), ("2", ("3", "1"), False), ("2", ("2", "2"), False),
    ("2", ("1", "2"), False), ("1", ("2", "3"), False), ("2", ("", "1"), False), ("2", ("1", ""), False),
    ("2", ("", "3"), False), ("2", ("", ""), False), ("", ("1", "1"), False),
]  # fmt: skip


@pytest.mark.parametrize(("older", "newest", "told"), LATER)
def test_an_older_form_came_later_only_where_it_came_after_all_of_the_newest(
    older: str, newest: tuple[str, str], told: bool
) -> None:
    days = [f"2026-11-0{day}T00:00:00Z" if day else "" for day in (older, *newest)]
    sent = named([("a", {"mine": number}, {}) for number in range(3)], ["1.xlsx", "2.xlsx", "3.xlsx"])
    sent = [replace(one, identity=replace(one.identity, revision=revision))
            for one, revision in zip(sent, ["", "2", "2"], strict=True)]  # fmt: skip
    received = {one.sha256: day for one, day in zip(sent, days, strict=True) if day}
    marked = mark_receipts([Receipt(one.parcel, one.sha256, "taken", "a", ()) for one in sent],
                           settle_submissions(sent, received))  # fmt: skip
    [first] = [one for one in marked if one.parcel == "1.xlsx"]
    assert ("older-form-later" in codes(first.findings)) == told
