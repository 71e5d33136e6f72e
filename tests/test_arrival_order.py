"""The same bytes again: when a report was received, whatever its mails are called and whether a ledger is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from mails import attachment, inside, mail, text, zipped
from make_samples import fill_workbook
from support import ASSIGNMENT, CATALOG, ISSUE, assert_worded, codes, filled, parcel, put, receipt

from smartcity_xl.arrival.intake import open_intake
from smartcity_xl.ledger import Keeping, open_ledger, read_ledger
from smartcity_xl.model import Outcome, Person, Roster, RosterEntry
from smartcity_xl.run.collecting import assess, assess_intake, collect

FIRST, SECOND = filled("secrecy", leak_events=3), filled("secrecy", leak_events=1)
AT, LATER = "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"
CLERK, DEPUTY, STRANGER = "clerk@example.com", "deputy@example.com", "stranger@example.com"
WHEN = ("Fri, 20 Nov 2026 09:00:00 +0800", "Fri, 20 Nov 2026 12:00:00 +0800", "Fri, 20 Nov 2026 17:00:00 +0800")
"""When our server received the first, the second and the third mail."""


def letter(*parts: bytes, received: str, sender: str = CLERK) -> bytes:
    stamp = f"Received: from mx.example.com by mail.example.com; {received}\n" if received else ""
    stamp = stamp or "Received: from mx.example.com by mail.example.com; some day\n"
    return mail(text(), *parts, headers=f"{stamp}From: {sender}\nDate: {WHEN[1]}")


def sent(data: bytes, received: str, sender: str = CLERK) -> bytes:
    return letter(attachment("表.xlsx", data), received=received, sender=sender)


def roster(*addresses: str) -> Roster:
    return Roster({"secrecy": RosterEntry("secrecy", (), Person(), Person(addresses=addresses), Person())})


def in_force(outcome: Outcome) -> set[str]:
    """The hashes of the workbooks that count."""
    return {one.sha256 for one in outcome.submissions}


TURNED = {1: ("a",), 2: ("ab", "ba"), 3: ("abc", "cba", "bca")}
"""Names for so many mails: as they came, turned round, and turned on."""


def every_way(folder: Path, mails: Sequence[bytes], admitted: Roster | None = None) -> list[Outcome]:
    """The outcomes of the same mails under other names, without a ledger and with one."""
    found = []
    for names in TURNED[len(mails)]:
        inbox = put(folder / names / "inbox", {f"{n}.eml": one for n, one in zip(names, mails, strict=True)})
        found.append(assess(inbox, roster=admitted))
        with open_intake(inbox, None, Keeping(folder / names / "ledger", AT)) as intake:
            found.append(assess_intake(intake, inbox, roster=admitted))
    return found


# name -> mails (workbook, when, from whom), addresses admitted (none: all), workbook in force, told of the replaced one
MAILS: Mapping[str, tuple[list[tuple[bytes, str, str]], tuple[str, ...], bytes, list[str]]] = {
    "the first is sent again": (
        [(FIRST, WHEN[0], CLERK), (SECOND, WHEN[1], CLERK), (FIRST, WHEN[2], CLERK)], (), SECOND,
        ["superseded", "came-again"],
    ),
    "the first is sent again by another": (
        [(FIRST, WHEN[0], CLERK), (SECOND, WHEN[1], CLERK), (FIRST, WHEN[2], DEPUTY)], (), SECOND,
        ["superseded", "came-again"],
    ),
    "the first is sent again by another who is admitted": (
        [(FIRST, WHEN[0], CLERK), (SECOND, WHEN[1], CLERK), (FIRST, WHEN[2], DEPUTY)], (CLERK, DEPUTY), SECOND,
        ["superseded", "came-again"],
    ),
    "the first is sent again by a stranger": (
        [(FIRST, WHEN[0], CLERK), (SECOND, WHEN[1], CLERK), (FIRST, WHEN[2], STRANGER)], (CLERK,), SECOND,
        ["superseded"],
    ),
    "a stranger's mail came first and does not count": (
        [(FIRST, WHEN[0], STRANGER), (SECOND, WHEN[1], CLERK), (FIRST, WHEN[2], CLERK)], (CLERK,), FIRST,
        ["superseded"],
    ),
    "the second is sent again": (
        [(FIRST, WHEN[0], CLERK), (SECOND, WHEN[1], CLERK), (SECOND, WHEN[2], CLERK)], (), SECOND, ["superseded"],
    ),
    "the first came twice before the second": (
        [(FIRST, WHEN[0], CLERK), (FIRST, WHEN[1], CLERK), (SECOND, WHEN[2], CLERK)], (), SECOND, ["superseded"],
    ),
    "of the first's mails one has no stamp": (
        [(FIRST, WHEN[0], CLERK), (SECOND, WHEN[1], CLERK), (FIRST, "", CLERK)], (), SECOND, ["superseded"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("mails", "admitted", "counts", "told"), MAILS.values(), ids=MAILS)
def test_what_comes_again_is_no_newer_for_it_whatever_the_mails_are_called(
    mails: list[tuple[bytes, str, str]], admitted: tuple[str, ...], counts: bytes, told: list[str], tmp_path: Path
) -> None:
    outcomes = every_way(tmp_path, [sent(*one) for one in mails], roster(*admitted) if admitted else None)
    assert {frozenset(in_force(one)) for one in outcomes} == {frozenset({parcel(counts).sha256})}
    assert len({one.scores.total for one in outcomes}) == 1
    for outcome in outcomes:
        [replaced] = [one for one in outcome.receipts if one.status == "superseded"]
        assert codes(replaced.findings) == told
        assert_worded(replaced.findings)


def test_of_copies_the_one_that_came_first_is_named_and_the_others_are_copies(tmp_path: Path) -> None:
    mails = [sent(FIRST, at) for at in WHEN]
    for outcome in every_way(tmp_path, mails):
        status = {one.container: one.status for one in outcome.receipts if one.container}
        assert [status[parcel(one).sha256] for one in mails] == ["taken", "duplicate", "duplicate"]


def test_all_packed_together_and_sent_once_more_leaves_the_order_as_it_was(tmp_path: Path) -> None:
    packed = zipped({"旧.xlsx": FIRST, "新.xlsx": SECOND})
    again = letter(attachment("全部.zip", packed), received=WHEN[2])
    for outcome in every_way(tmp_path, [sent(FIRST, WHEN[0]), sent(SECOND, WHEN[1]), again]):
        assert in_force(outcome) == {parcel(SECOND).sha256}
        [replaced] = [one for one in outcome.receipts if one.status == "superseded"]
        assert codes(replaced.findings) == ["superseded"]


def keep(folder: Path, at: str, **given: Any) -> Outcome:
    keeping = Keeping(folder / "ledger", at, given.pop("as_of", ""))
    return collect(folder / "inbox", folder / "out", keeping=keeping, **given)[0]


def test_a_mail_that_turns_up_later_and_had_come_before_tells_when_its_file_came(tmp_path: Path) -> None:
    """A file is laid into the folder, then the mail that had brought it is found: with a ledger as without one."""
    put(tmp_path / "inbox", {"a.xlsx": FIRST, "b.eml": sent(SECOND, WHEN[1])})
    assert in_force(keep(tmp_path, AT)) == {parcel(FIRST).sha256}, "first seen when it was collected"
    before = (tmp_path / "out" / "results.json").read_bytes()
    put(tmp_path / "inbox", {"c.eml": sent(FIRST, WHEN[0])})
    assert in_force(keep(tmp_path, LATER)) == in_force(assess(tmp_path / "inbox")) == {parcel(SECOND).sha256}
    with read_ledger(tmp_path / "ledger") as ledger:
        assert ledger.received()[parcel(FIRST).sha256] == "2026-11-20T01:00:00Z"
        assert ledger.arrivals()[parcel(FIRST).sha256] == {"": AT, CLERK: "2026-11-20T01:00:00Z"}
        for moment in (AT, "2026-11-21T03:00:01Z", "2026-11-22T02:59:59Z"):
            assert ledger.arrivals(moment)[parcel(FIRST).sha256] == {"": AT}, "as was known then"
        assert ledger.arrivals(LATER) == ledger.arrivals()
    (tmp_path / "inbox" / "c.eml").unlink()
    assert in_force(keep(tmp_path, "2026-11-23T03:00:00Z")) == {parcel(SECOND).sha256}, (
        "what was received is not forgotten"
    )
    keep(tmp_path, "2026-11-24T03:00:00Z", as_of=AT)
    assert (tmp_path / "out" / "results.json").read_bytes() == before


def test_a_lost_ledger_is_rebuilt_with_the_first_time_of_several(tmp_path: Path) -> None:
    mails = {"a.eml": sent(FIRST, WHEN[2]), "b.eml": sent(FIRST, WHEN[0]), "c.eml": sent(FIRST, WHEN[1])}
    put(tmp_path / "inbox", mails)
    keep(tmp_path, AT)
    for left in (tmp_path / "ledger").glob("ledger.sqlite3*"):
        left.unlink()
    with open_ledger(tmp_path / "ledger", LATER) as ledger:
        assert ledger.received()[parcel(FIRST).sha256] == "2026-11-20T01:00:00Z"


def test_a_workbook_that_counts_from_its_department_may_wait_from_a_stranger_in_one_ledger(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.eml": sent(FIRST, WHEN[0], STRANGER), "b.eml": sent(FIRST, WHEN[1])})
    outcome = keep(tmp_path, AT, roster=roster(CLERK))
    assert {one.parcel: one.status for one in outcome.receipts if one.container} == {
        "a.eml/表.xlsx": "aside", "b.eml/表.xlsx": "taken",
    }  # fmt: skip
    with read_ledger(tmp_path / "ledger") as ledger:
        [run] = ledger.last_runs()
        assert [one.status for one in ledger.taken(run)] == ["taken"]


# --- names, archives and parts of mails --------------------------------------------------------------------------

(CODE, *_) = CATALOG.used_by["crypto_failing_systems"]
LISTED = fill_workbook(CATALOG, ASSIGNMENT, "secrecy", ISSUE, {
    "answers": {"crypto_failing_systems": 4}, "evidence": [{"indicator": CODE, "title": "证明", "file": "证明.pdf"}],
})  # fmt: skip
OTHER, PROOF = filled("credit"), b"%PDF-1.4 proof"


def what_came(outcome: Outcome) -> object:
    """All that came of an inbox, with hashes for names."""
    hashes = {one.parcel: one.sha256 for one in outcome.receipts}
    return (
        outcome.scores.total,
        sorted((one.sha256, one.department) for one in outcome.submissions),
        sorted((one.sha256, one.status, codes(one.findings)) for one in outcome.receipts if one.sha256),
        sorted((finding.code, finding.department, hashes.get(finding.origin.file, "")) for finding in outcome.findings),
        sorted((named.department, named.state, sorted(file.sha256 for file in named.files))
               for named in outcome.documents.named),
        sorted(conflict.subject for conflict in outcome.conflicts.values()),
    )  # fmt: skip


INSIDE = {"表一.xlsx": LISTED, "证明.pdf": PROOF, "再一份.xlsx": LISTED, "别的.xlsx": OTHER}


@pytest.mark.parametrize(
    "names", [("别的.xlsx", "再一份.xlsx", "表一.xlsx"), ("再一份.xlsx", "别的.xlsx", "表一.xlsx")]
)
def test_neither_the_order_nor_the_names_of_what_an_archive_holds_decide_anything(
    names: tuple[str, str, str], tmp_path: Path
) -> None:
    called = dict(zip(["表一.xlsx", "再一份.xlsx", "别的.xlsx"], names, strict=True))
    members = [(called.get(name, name), data) for name, data in INSIDE.items()]

    def came(folder: str, members: Sequence[tuple[str, bytes]]) -> object:
        outcome = assess(
            put(tmp_path / folder, {"件.eml": letter(attachment("a.zip", zipped(members)), received=WHEN[0])})
        )
        kept = what_came(outcome)
        inside_out = {parcel(data).sha256 for data in INSIDE.values()}
        assert isinstance(kept, tuple)
        return kept[0], kept[1], [one for one in kept[2] if one[0] in inside_out], kept[4], kept[5]

    assert came("one", members) == came("other", members[::-1]) == came("plain", list(INSIDE.items()))


def test_neither_the_order_nor_the_names_of_the_parts_of_a_mail_decide_anything(tmp_path: Path) -> None:
    found = set()
    parts = list(INSIDE.items())
    for number, order in enumerate([(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (2, 3, 0, 1)]):
        attached = [attachment(parts[at][0], parts[at][1]) for at in order]
        outcome = assess(put(tmp_path / str(number), {"件.eml": letter(*attached, received=WHEN[0])}))
        assert "present" in [one.state.value for one in outcome.documents.named]
        kept = what_came(outcome)
        assert isinstance(kept, tuple)
        whole = {parcel(data).sha256 for data in INSIDE.values()}
        found.add(repr((kept[0], kept[1], [one for one in kept[2] if one[0] in whole], kept[4])))
    assert len(found) == 1


def test_the_names_of_mails_and_files_decide_nothing_at_all(tmp_path: Path) -> None:
    """Workbooks that differ, copies, evidence and a mail in a mail, under turned names: the same comes of all."""
    mails = [
        letter(attachment("表.xlsx", LISTED), received=WHEN[2]),
        letter(attachment("表.xlsx", LISTED), attachment("证明.pdf", PROOF), received=WHEN[0]),
        letter(inside(sent(OTHER, WHEN[0])), received=WHEN[1], sender=DEPUTY),
    ]
    found = {repr(what_came(outcome)) for outcome in every_way(tmp_path, mails)}
    assert len(found) == 1


@pytest.mark.parametrize("again", ["0.eml", "9.eml"])
def test_evidence_in_a_mail_is_the_departments_though_its_workbook_had_come_before(again: str, tmp_path: Path) -> None:
    files = {"5.eml": sent(LISTED, WHEN[0]),
             again: letter(attachment("表.xlsx", LISTED), attachment("证明.pdf", PROOF), received=WHEN[2])}  # fmt: skip
    outcome = assess(put(tmp_path / "inbox", files))
    assert receipt(outcome, f"{again}/证明.pdf").status == "attached"
    assert "present" in [one.state.value for one in outcome.documents.named]
