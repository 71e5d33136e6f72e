"""When a department reported first: only what counted as its own report, whoever sent what in its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from mails import attachment, mail, text
from support import ASSIGNMENT, filled, identified, put

from smartcity_xl.ledger import Keeping, read_ledger
from smartcity_xl.model import Person, Roster, RosterEntry
from smartcity_xl.results.status import DepartmentReport, read_status
from smartcity_xl.run.collecting import collect

BEFORE, AFTER, LATER = "2019-02-20T01:00:00Z", "2019-03-01T01:00:00Z", "2019-03-02T01:00:00Z"
DEADLINE = "2019-02-25"
OWN, STRANGER = "secrecy@example.com", "stranger@example.com"


def roster(*addresses: str) -> Roster:
    entries = {key: RosterEntry(key, (), Person(), Person(), Person()) for key in ASSIGNMENT.departments}
    entries["secrecy"] = RosterEntry("secrecy", (), Person(), Person(addresses=addresses), Person())
    return Roster(entries)


def by(sender: str, data: bytes, at: str) -> bytes:
    """A mail as it came in at a moment."""
    when = datetime.fromisoformat(at).strftime("%a, %d %b %Y %H:%M:%S +0000")
    route = f"Received: from mail.example.com by mx.office.example.com; {when}"
    return mail(text(), attachment("表.xlsx", data), headers=f"{route}\nFrom: <{sender}>")


def keep(folder: Path, at: str, people: Roster | None, files: Mapping[str, bytes]) -> DepartmentReport:
    """Collect, and where the department stands then."""
    put(folder / "inbox", files)
    collect(folder / "inbox", folder / "out", roster=people, keeping=Keeping(folder / "ledger", at))
    with read_ledger(folder / "ledger") as ledger:
        [status] = read_status(ledger, deadline=DEADLINE)
    return next(one for one in status.departments if one.key == "secrecy")


EARLY, OURS = filled("secrecy", leak_events=3), filled("secrecy", leak_events=1)


def test_a_strangers_workbook_that_was_put_aside_is_no_report_of_the_departments(tmp_path: Path) -> None:
    found = keep(tmp_path, BEFORE, roster(OWN), {"生.eml": by(STRANGER, EARLY, BEFORE)})
    assert (found.first, found.late) == ("", None)
    found = keep(tmp_path, AFTER, roster(OWN), {"自.eml": by(OWN, OURS, AFTER)})
    assert found.first == found.in_force == AFTER
    assert found.late
    assert found.late > 3 * 86_400


def test_once_its_sender_is_admitted_it_was_a_report_all_the_same(tmp_path: Path) -> None:
    keep(tmp_path, BEFORE, roster(OWN), {"生.eml": by(STRANGER, EARLY, BEFORE)})
    found = keep(tmp_path, AFTER, roster(OWN, STRANGER), {"自.eml": by(OWN, OURS, AFTER)})
    assert (found.first, found.late) == (BEFORE, 0)


def test_what_counted_before_there_was_a_roster_and_is_aside_now_is_no_report(tmp_path: Path) -> None:
    assert keep(tmp_path, BEFORE, None, {"生.eml": by(STRANGER, EARLY, BEFORE)}).first == BEFORE
    found = keep(tmp_path, AFTER, roster(OWN), {"自.eml": by(OWN, OURS, AFTER)})
    assert found.first == AFTER
    assert found.late


def test_a_report_that_a_later_one_replaced_stays_the_first(tmp_path: Path) -> None:
    keep(tmp_path, BEFORE, roster(OWN), {"自.eml": by(OWN, OURS, BEFORE)})
    later = {
        "又.eml": by(OWN, identified(EARLY, revision="2"), LATER),
        "生.eml": by(STRANGER, filled("secrecy"), LATER),
    }
    found = keep(tmp_path, LATER, roster(OWN), later)
    assert (found.first, found.in_force, found.late) == (BEFORE, LATER, 0)


@pytest.mark.parametrize("order", ["生", "自"])
def test_the_same_bytes_from_a_stranger_and_from_the_department_are_kept_as_its_own(order: str, tmp_path: Path) -> None:
    other = "自" if order == "生" else "生"
    mails = {"生": by(STRANGER, OURS, BEFORE), "自": by(OWN, OURS, BEFORE)}
    found = keep(tmp_path, BEFORE, roster(OWN), {f"1{order}.eml": mails[order], f"2{other}.eml": mails[other]})
    assert (found.first, found.late) == (BEFORE, 0)
