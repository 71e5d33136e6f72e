"""Mails and the ledger: who sent a workbook, when our mail server received it, and which of two mails is the later."""

from __future__ import annotations

from pathlib import Path

import pytest
from mails import attachment, mail, text, zipped
from support import codes, filled, parcel, put, receipt

from smartcity_xl.ledger import Keeping, open_ledger, read_ledger
from smartcity_xl.model import Outcome, Person, Roster, RosterEntry
from smartcity_xl.results.status import read_status
from smartcity_xl.results.trace import TracedFile, TracedIndicator, trace
from smartcity_xl.run.collecting import assess, collect

AT, LATER = "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"
EARLY, LATE = "Fri, 20 Nov 2026 09:00:00 +0800", "Fri, 20 Nov 2026 17:00:00 +0800"


def letter(data: bytes, received: str = "", sender: str = "clerk@example.com", dated: str = LATE) -> bytes:
    """A mail with a workbook; ``dated`` is the sender's clock, ``received`` what our server wrote."""
    stamp = f"Received: from mx.example.com by mail.example.com; {received or 'some day'}\n"
    return mail(text(), attachment("表.xlsx", data), headers=f"{stamp}From: {sender}\nDate: {dated}")


def keep(folder: Path, at: str, as_of: str = "", roster: Roster | None = None) -> Outcome:
    keeping = Keeping(folder / "ledger", at, as_of)
    outcome, _ = collect(folder / "inbox", folder / "out", roster=roster, keeping=keeping)
    return outcome


FIRST, SECOND = filled("secrecy", leak_events=3), filled("secrecy", leak_events=1)


def test_of_two_mails_the_one_that_our_server_received_later_counts_whatever_they_say_themselves(
    tmp_path: Path,
) -> None:
    put(tmp_path / "inbox", {"a.eml": letter(SECOND, LATE, dated=EARLY), "b.eml": letter(FIRST, EARLY, dated=LATE)})
    for outcome in (assess(tmp_path / "inbox"), keep(tmp_path, AT)):
        assert [one.parcel for one in outcome.submissions] == ["a.eml/表.xlsx"]
        assert receipt(outcome, "b.eml/表.xlsx").status == "superseded"


def test_of_two_mails_without_the_servers_stamp_neither_is_preferred(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.eml": letter(SECOND, dated=LATE), "b.eml": letter(FIRST, dated=EARLY)})
    assert {"several-workbooks", "conflict"} <= set(codes(keep(tmp_path, AT).findings))


def test_a_mail_that_comes_from_the_future_was_received_when_we_first_saw_it(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.eml": letter(FIRST, "Mon, 01 Jan 2090 00:00:00 +0800")})
    keep(tmp_path, AT)
    put(tmp_path / "inbox", {"b.eml": letter(SECOND)})
    assert [one.parcel for one in keep(tmp_path, LATER).submissions] == ["b.eml/表.xlsx"]


def test_the_ledger_knows_who_sent_what_came_inside_a_mail_and_when(tmp_path: Path) -> None:
    packed = mail(text(), attachment("材料.zip", zipped({"填报/表.xlsx": FIRST})), headers=(
        f"Received: from mx.example.com by mail.example.com; {EARLY}\nFrom: clerk@example.com"))  # fmt: skip
    put(tmp_path / "inbox", {"信.eml": packed})
    keep(tmp_path, AT)
    with read_ledger(tmp_path / "ledger") as ledger:
        [seen] = ledger.sightings(parcel(FIRST).sha256)
        assert (seen.name, seen.sender) == ("信.eml/材料.zip/填报/表.xlsx", "clerk@example.com")
        assert (seen.received, seen.at) == ("2026-11-20T01:00:00Z", AT)
        assert [one.name for one in ledger.listing("inbox") or ()] == ["信.eml"], "what lies in the folder"
        [status] = read_status(ledger)
        assert next(one for one in status.departments if one.key == "secrecy").first == "2026-11-20T01:00:00Z"
        [found] = trace(ledger, "表.xlsx")
        assert isinstance(found, TracedFile)
        assert found.seen == (seen,)
        code = next(cell.indicators[0] for cell in found.cells if cell.figure == "leak_events")
        [behind] = trace(ledger, code)
        assert isinstance(behind, TracedIndicator)
        assert "clerk@example.com" in {source.sender for one in behind.figures for source in one.sources}


@pytest.mark.parametrize("name", ["信.eml", "信.eml/表.xlsx", "表.xlsx"])
def test_every_file_of_a_mail_can_be_asked_about(name: str, tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"信.eml": letter(FIRST, EARLY)})
    keep(tmp_path, AT)
    with read_ledger(tmp_path / "ledger") as ledger:
        [found] = trace(ledger, name)
        assert isinstance(found, TracedFile)
        assert found.status == ("opened" if name == "信.eml" else "taken")


def test_an_earlier_state_with_mails_can_be_asked_for_again_byte_for_byte(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.eml": letter(FIRST, EARLY), "b.xlsx": filled("credit")})
    keep(tmp_path, AT)
    before = (tmp_path / "out" / "results.json").read_bytes()
    put(tmp_path / "inbox", {"c.eml": letter(SECOND, LATE)})
    keep(tmp_path, LATER)
    assert (tmp_path / "out" / "results.json").read_bytes() != before
    keep(tmp_path, LATER, AT)
    assert (tmp_path / "out" / "results.json").read_bytes() == before


def test_a_workbook_whose_sender_is_not_admitted_replaces_nothing_and_is_remembered(tmp_path: Path) -> None:
    roster = Roster({"secrecy": RosterEntry("secrecy", (), Person(), Person(addresses=("clerk@example.com",)),
                                            Person())})  # fmt: skip
    put(tmp_path / "inbox", {"a.eml": letter(FIRST, EARLY), "b.eml": letter(SECOND, LATE, "other@example.com")})
    outcome = keep(tmp_path, AT, roster=roster)
    assert [one.parcel for one in outcome.submissions] == ["a.eml/表.xlsx"]
    assert receipt(outcome, "b.eml/表.xlsx").status == "aside"
    with read_ledger(tmp_path / "ledger") as ledger:
        [run] = ledger.last_runs()
        assert [one.status for one in ledger.taken(run)] == ["taken", "aside"]
        assert ledger.answers(run, parcel(SECOND).sha256)


def test_a_run_that_is_cut_off_among_the_attachments_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "inbox", {"a.eml": letter(FIRST, EARLY), "b.eml": letter(filled("credit"), LATE)})

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("smartcity_xl.run.reading.Readers.look", broken)
        with pytest.raises(KeyboardInterrupt):
            keep(tmp_path, AT)
    with open_ledger(tmp_path / "ledger", LATER) as ledger:
        assert {seen.name for seen in ledger.sightings()} == {"a.eml", "b.eml"}
    keep(tmp_path, LATER)
    with read_ledger(tmp_path / "ledger") as ledger:
        assert len(ledger.sightings()) == 4
        assert ledger.received()[parcel(FIRST).sha256] == "2026-11-20T01:00:00Z"
