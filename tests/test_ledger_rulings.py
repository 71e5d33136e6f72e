"""The office's word on files in the ledger: dated, never changed, kept when the database is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace
from support import parcel

from smartcity_xl.ledger import glance_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.schema import MIGRATIONS, open_database
from smartcity_xl.model import Ruling, Verb, hold_rulings
from smartcity_xl.model.place import Place

FILE = parcel(b"%PDF-1.4", "a.pdf")
EXCLUDE = Ruling(Verb.EXCLUDE, FILE.sha256, "a.pdf", "试填", "李四", "", "+0800")
ADMIT = replace(EXCLUDE, verb=Verb.ADMIT, over=("sender-unknown",))


def at(hour: int) -> str:
    return f"2026-11-21T{hour:02d}:00:00Z"


def said(folder: Place, *given: Ruling, hour: int = 4) -> tuple[Ruling, ...]:
    """Enter what the office says, an hour apart, and read all of it."""
    with open_ledger(folder, at(3)) as ledger:
        ledger.take([FILE], "inbox")
    for number, one in enumerate(given):
        with open_ledger(folder, at(hour + number)) as ledger:
            ledger.record_ruling(one)
    with read_ledger(folder) as ledger:
        return ledger.rulings()


def test_what_is_said_is_dated_and_known_from_then_on(place: Place) -> None:
    undone = replace(EXCLUDE, undo=True, reason="误记")
    expected = (replace(EXCLUDE, at=at(4)), replace(undone, at=at(5)), replace(ADMIT, at=at(6)))
    assert said(place, EXCLUDE, undone, ADMIT) == expected
    with read_ledger(place) as ledger:
        assert [len(ledger.rulings(moment)) for moment in (at(3), at(4), at(5), at(9))] == [0, 1, 2, 3]
    assert f"{expected[0].moment:%H:%M %z}" == "12:00 +0800"


def test_time_does_not_run_backwards_over_what_was_said(place: Place) -> None:
    said(place, EXCLUDE, hour=9)
    with open_ledger(place, at(5)) as ledger:
        assert (ledger.clock_behind, ledger.at) == (at(9), "2026-11-21T09:00:01Z")


def test_it_is_kept_when_the_database_is_lost(tmp_path: Path) -> None:
    before = said(tmp_path, EXCLUDE, ADMIT)
    for path in tmp_path.glob("ledger.sqlite3*"):
        path.unlink()
    with open_ledger(tmp_path, at(9)) as ledger:
        assert (ledger.rulings(), ledger.rebuilt) == (before, 1)


def test_it_cannot_be_changed_or_deleted(tmp_path: Path) -> None:
    said(tmp_path, EXCLUDE)
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    for attempt in ("UPDATE ruling SET undo = 1", "DELETE FROM ruling"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(attempt)
    database.close()


def test_a_ledger_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    open_database(tmp_path / "ledger.sqlite3", migrations=MIGRATIONS[:4]).close()
    assert said(tmp_path, EXCLUDE) == (replace(EXCLUDE, at=at(4)),)


def test_a_word_holds_until_it_is_taken_back() -> None:
    undone = replace(EXCLUDE, undo=True)
    assert hold_rulings([EXCLUDE]).excluded == {FILE.sha256: EXCLUDE}
    assert hold_rulings([EXCLUDE, undone]).excluded == {}
    again = replace(EXCLUDE, reason="又")
    held = hold_rulings([EXCLUDE, undone, again])
    assert [held.holds(one) for one in held.made] == [False, False, True]
    other = replace(ADMIT, over=("blank-form",))
    let = hold_rulings([ADMIT, other])
    assert let.admission(FILE.sha256, {"sender-unknown"}) is ADMIT
    assert let.admission(FILE.sha256, {"blank-form", "own-return"}) is other
    assert let.admission(FILE.sha256, {"superseded"}) is None
    assert hold_rulings([ADMIT, other, replace(ADMIT, undo=True)]).admission(FILE.sha256, {"blank-form"}) is None


def test_a_glance_leaves_nothing_beside_the_database(tmp_path: Path) -> None:
    before = said(tmp_path, EXCLUDE)
    for path in tmp_path.glob("ledger.sqlite3-*"):
        path.unlink()
    names = sorted(path.name for path in tmp_path.iterdir())
    with glance_ledger(tmp_path) as ledger:
        assert ledger.rulings() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    with open_ledger(tmp_path, at(9)) as writer, glance_ledger(tmp_path) as ledger:
        writer.record_ruling(ADMIT)
        assert ledger.rulings() == before, "as it was when the glance began"
