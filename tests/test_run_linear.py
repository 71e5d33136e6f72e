"""No step of a collection grows with the square of one department's workbooks: operations are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from support import figure, small_assignment, small_catalog, submission

from smartcity_xl.arrival.copies import take_copies
from smartcity_xl.arrival.echoes import part_echoes
from smartcity_xl.model import Documents, Outcome, Parcel, Receipt, Recognised, Submission
from smartcity_xl.results import from_outcome
from smartcity_xl.run.concluding import conclude
from smartcity_xl.score.corrections import Settled, compare_corrections, mark_receipts, settle_submissions
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.summary.answers import plan_answers

CATALOG = small_catalog(figure("one"), figure("two"))
OFFICES = small_assignment(CATALOG, "a", "b", one=["a", "b"], two=["a"])


class Named(str):
    """A name whose comparing is counted: workbooks that are compared whole begin with it."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Named.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def sent(number: int, revised: bool, same: bool = False, form: str = "") -> list[Submission]:
    """So many workbooks of one department, each on the next form or all on one, and all alike or none."""
    return [
        submission(CATALOG, {"one": 1 if same else at % 997, "two": 2}, parcel=Named(f"{form}{at:04}.xlsx"),
                   revision=str(at + 1) if revised and at else form)
        for at in range(number)
    ]  # fmt: skip


def settled(number: int, revised: bool, same: bool = False) -> Settled:
    return settle_submissions(sent(number, revised, same), {})


def replaced(before: int, after: int) -> Settled:
    """So many workbooks that stand side by side, and the so many on the next form that replace them."""
    return settle_submissions([*sent(before, revised=False), *sent(after, revised=False, form="2")], {})


def put_in_place(given: Sequence[Submission]) -> Settled:
    """Where the office has put the first in the place of all others, and these have come since."""
    known = {one.sha256: "2026-12-02T00:00:00Z" for one in given}
    return settle_submissions(given, {}, placed={given[0].sha256: "2026-12-01T00:00:00Z"}, known=known)


def concluded(number: int, revised: bool, same: bool = False) -> Outcome:
    mine = settled(number, revised, same)
    return conclude(CATALOG, OFFICES, mine.in_force[0].identity, mine, [], Documents(), (), ())


def count(step: Callable[[Any], object], given: Any) -> int:
    """Calls of functions, ours and those of libraries, the comparing of plain data included."""
    calls = 0

    def note(_frame: object, event: str, _told: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        step(given)
    finally:
        sys.setprofile(None)
    return calls


STEPS: dict[str, tuple[Callable[[int], Any], Callable[[Any], object]]] = {
    "corrections on new forms that say what was said before are told apart": (
        lambda number: sent(number, revised=True), lambda given: part_echoes(given)),
    "corrections on new forms that say all the same are told apart": (
        lambda number: sent(number, revised=True, same=True), lambda given: part_echoes(given)),
    "workbooks are put in order": (
        lambda number: sent(number, revised=True), lambda given: settle_submissions(given, {})),
    "workbooks that have come since the office put one in its place are put in order": (
        lambda number: sent(number, revised=False), put_in_place),
    "replaced workbooks are marked": (
        lambda number: settled(number, revised=True), lambda given: mark_receipts((), given)),
    "answers that contradict each other are laid together": (
        lambda number: sent(number, revised=False),
        lambda given: merge_submissions(CATALOG, OFFICES, given)),
    "workbooks that contradict each other come to a result": (
        lambda number: number, lambda number: concluded(number, revised=False)),
    "corrections come to a result": (
        lambda number: number, lambda number: concluded(number, revised=True)),
    "a result with many sides becomes a record": (
        lambda number: concluded(number, revised=False), from_outcome),
    "a result with many corrections becomes a record": (
        lambda number: concluded(number, revised=True), from_outcome),
    "many answers that agree are listed": (
        lambda number: concluded(number, revised=False, same=True), plan_answers),
}  # fmt: skip


def grows(step: Callable[[Any], object], make: Callable[[int], Any], numbers: Sequence[int] = (30, 60, 120)) -> float:
    """By how much more the second doubling costs than the first: 2 for a step that is linear, 4 for one that is not."""
    given = [make(number) for number in numbers]
    step(given[0])  # what is kept for good is made now
    few, some, many = (count(step, one) for one in given)
    return (many - some) / max(1, some - few)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_linear_in_the_workbooks_of_a_department(name: str) -> None:
    make, step = STEPS[name]
    assert grows(step, make) < 2.7


def test_a_step_that_is_not_is_seen() -> None:
    def pair(given: Sequence[Submission]) -> int:
        return sum(str(one.revision) == str(other.revision) for one in given for other in given)

    assert grows(pair, lambda number: sent(number, revised=True)) > 3.5


def test_many_that_replace_one_are_not_compared_with_each_other() -> None:
    given = replaced(1, 60)
    merged = merge_submissions(CATALOG, OFFICES, given.in_force)
    scores = score_merged(CATALOG, merged)
    Named.compared = 0
    assert len(compare_corrections(CATALOG, OFFICES, given, merged, scores)) == 1
    assert Named.compared < 60


def test_of_many_that_replace_many_the_first_are_named_and_how_many_there_are() -> None:
    def told(number: int) -> list[str]:
        receipts = [Receipt(one.parcel, one.sha256, "taken", "a", ()) for one in sent(number, revised=False)]
        marked = mark_receipts(receipts, replaced(number, number))
        return [finding.parameters["later"] for receipt in marked for finding in receipt.findings]

    assert told(3) == ["20000.xlsx、20001.xlsx、20002.xlsx"] * 3
    assert all(one.startswith("20000.xlsx、") and one.endswith("20019.xlsx等 40 个文件") for one in told(40))


class Passed(dict[str, Receipt]):
    """Receipts that count how many of them are passed over."""

    passed = 0

    def items(self) -> Any:
        self.passed += len(self)
        return super().items()


def test_the_receipts_are_gone_through_once_for_all_workbooks() -> None:
    mine = sent(60, revised=True)
    by_name = {one.parcel: one for one in mine}
    opened = [Recognised(Parcel(one.parcel, b"", one.sha256), one.identity) for one in mine]
    receipts = Passed({f"{at}.pdf": Receipt(f"{at}.pdf", f"{at}", "ignored", "", ()) for at in range(60)})

    def take(book: Recognised) -> tuple[Submission, Receipt]:
        one = by_name[book.parcel.name]
        return one, Receipt(one.parcel, one.sha256, "taken", "a", ())

    taken = take_copies(opened, receipts, OFFICES, None, lambda _: {}, take)
    assert len(taken.submissions) == 60
    assert receipts.passed == 60
    assert set(taken.places.values()) == {(one.parcel, one.parcel) for one in mine}


def test_bytes_of_workbooks_wait_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from support import parcel

    from smartcity_xl.arrival import waiting

    monkeypatch.setattr(waiting, "_IN_MEMORY", 8)
    with waiting.WaitingRoom() as room:
        bytes_of = [f"{at} 的字节".encode() for at in range(9)]
        put = [room.put(parcel(data, f"{at}.xlsx")) for at, data in enumerate(bytes_of)]
        assert [one.data for one in put] == [b""] * 9
        assert room.put(parcel(bytes_of[3], "again.xlsx")).name == "again.xlsx"
        assert [room.fetch(one).data for one in reversed(put)] == list(reversed(bytes_of))
