"""An audit tells of every bit that was flipped, every row that was edited and every file that is not as it was kept."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ledger_harm import NOW, flip, freely, object_path, proof, told
from ledger_work import AT, LATER, LETTER, PARCELS, assert_said, work
from support import put

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import audit_ledger, open_ledger
from smartcity_xl.ledger import chain as chains
from smartcity_xl.ledger.audit import DATABASE_FLAWS
from smartcity_xl.ledger.schema import MIGRATIONS, open_database
from smartcity_xl.run.collecting import assess

SHA, ADDED = PARCELS[0].sha256, hashlib.sha256(b"x").hexdigest()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that two collections have written."""
    base = tmp_path_factory.mktemp("kept")
    outcome = assess(put(base / "inbox", {one.name: one.data for one in PARCELS}))
    for at in (AT, LATER):
        work(base / "ledger", outcome, at)
    return base / "ledger"


@pytest.fixture
def ledger(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "ledger")


def test_a_ledger_as_its_writers_left_it_is_sound(ledger: Path) -> None:
    found = proof(ledger)
    assert (found.flaws, found.bytewise, found.sound) == ((), "same", True)
    assert found.objects == len(PARCELS) + 3, "and the results, the word of the office, the mail that went out"
    assert found.chained
    assert (found.chained.origin, found.chained.links) == ("new", 12)


# --- bits --------------------------------------------------------------------------------------------------------


def test_every_flipped_bit_of_the_database_is_told(ledger: Path) -> None:
    path, dice = ledger / "ledger.sqlite3", random.Random(12)  # noqa: S311 - a choice of bits
    good = path.read_bytes()
    bits = [*range(0, 800, 50), *(dice.randrange(len(good) * 8) for _ in range(60))]
    for bit in bits:
        flip(path, bit)
        assert told(ledger), f"bit {bit}"
        path.write_bytes(good)
    assert not told(ledger)


def test_a_flipped_bit_in_an_entry_is_told_without_the_checksum_too(ledger: Path) -> None:
    path, found = ledger / "ledger.sqlite3", 0
    (ledger / "ledger.sha256").unlink()
    good, needle = path.read_bytes(), "二/通知.pdf".encode()
    start = good.find(needle)
    while start >= 0:
        for at in (start, start + len(needle) - 1):
            flip(path, at * 8)
            assert told(ledger) & DATABASE_FLAWS, f"byte {at}"
            path.write_bytes(good)
            found += 1
        start = good.find(needle, start + 1)
    assert found >= 6, "in the sighting, in the listing and in the ruling"


def test_every_flipped_bit_of_the_store_and_of_the_checksum_is_told(ledger: Path) -> None:
    dice = random.Random(7)  # noqa: S311 - a choice of bits
    files = [path for path in ledger.rglob("*") if path.is_file() and path.stat().st_size]
    files = [path for path in files if path.name != "ledger.sqlite3"]
    assert len(files) > 6
    for path in files:
        good = path.read_bytes()
        for bit in {dice.randrange(len(good) * 8) for _ in range(3)}:
            flip(path, bit)
            assert told(ledger), f"bit {bit} of {path.name}"
            path.write_bytes(good)
    assert not told(ledger)


# --- rows --------------------------------------------------------------------------------------------------------

EDITS = {
    "an answer": ("UPDATE answer SET value = '7' WHERE rowid = 1", {"rows-changed"}),
    "a number where a text was": ("UPDATE run SET total = 99.5 WHERE id = 1", {"rows-changed"}),
    "a time of receipt": (f"UPDATE parcel SET received = '{LATER}' WHERE id = 2", {"rows-changed"}),
    "a name": ("UPDATE sighting SET name = 'z.xlsx' WHERE id = 1", {"rows-changed", "note-altered"}),
    "a reason": ("UPDATE ruling SET reason = 'other'", {"rows-changed", "note-missing", "object-unclaimed",
                                                        "object-missing"}),
    "a workbook's standing": ("UPDATE run_submission SET status = 'aside' WHERE run = 1", {"rows-changed"}),
    "a listing": ("UPDATE listed SET name = 'y.xlsx' WHERE rowid = 1", {"rows-changed"}),
    "a decision gone": ("DELETE FROM decision WHERE rowid = 1", {"rows-changed"}),
    "the newest decision gone": (
        "DELETE FROM decision WHERE rowid = (SELECT max(rowid) FROM decision)", {"rows-changed"},
    ),
    "the last step of a mail gone": (
        "DELETE FROM posting_step WHERE id = (SELECT max(id) FROM posting_step)",
        {"rows-changed", "note-altered"},
    ),
    "a finding more": ("INSERT INTO finding SELECT * FROM finding LIMIT 1", {"rows-unlinked"}),
    "a finding before the first": (
        "INSERT INTO finding (rowid, run, code, department, indicator, figure, file, sheet, cell, parameters) "
        "VALUES (-1, 1, 'x', '', '', '', '', '', '', '{}')", {"rows-unlinked"},
    ),
    "a workbook more in an old run": (
        "INSERT INTO run_submission VALUES (1, 99, 'taken')", {"rows-changed", "reference-broken"},
    ),
    "a workbook in no run": ("INSERT INTO run_submission VALUES (99, 1, 'taken')", {"rows-unlinked",
                                                                                  "reference-broken"}),
    "a run more": ("INSERT INTO run SELECT 9, at, catalog, version, assignment, round, city, '100', 1, results, "
                   "settings FROM run LIMIT 1", {"rows-unlinked"}),
    "a link": ("UPDATE link SET at = '2020-01-01T00:00:00Z' WHERE id = 3", {"link-broken"}),
    "the origin of the chain": ("UPDATE link SET origin = 'upgraded' WHERE id = 1", {"link-broken"}),
    "the digest of a link": ("UPDATE link SET digest = printf('%064d', 0) WHERE id = 3", {"link-broken"}),
    "a link that cannot be read": ("UPDATE link SET upto = '{' WHERE id = 3", {"database-damaged"}),
    "the first link gone": ("DELETE FROM link WHERE id = 1", {"link-broken"}),
    "the last link gone": ("DELETE FROM link WHERE id = (SELECT max(id) FROM link)", {"rows-unlinked"}),
    "all links gone": ("DELETE FROM link", {"rows-unlinked"}),
    "a trigger": ('DROP TRIGGER "UPDATE:answer"; CREATE TRIGGER "UPDATE:answer" BEFORE UPDATE ON answer '
                  "WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END", {"database-plan"}),
    "a view": ("DROP VIEW first_arrival; CREATE VIEW first_arrival AS SELECT parcel, sha256, '2020' AS received "
               "FROM arrival GROUP BY parcel", {"database-plan"}),
    "an index": ("DROP INDEX answer_of", {"database-plan"}),
    "a table more": ("CREATE TABLE extra (id INTEGER)", {"database-plan"}),
    "the version": ("PRAGMA user_version = 3", {"database-header"}),
    "whose it is": ("PRAGMA application_id = 7", {"database-header"}),
    "bytes that are no text": ("UPDATE sighting SET name = CAST(X'ff41' AS TEXT) WHERE id = 1", {"rows-changed",
                                                                                               "note-altered"}),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "codes"), EDITS.values(), ids=EDITS)
def test_every_edited_row_is_told_though_checksum_and_triggers_were_put_right(
    statements: str, codes: set[str], ledger: Path
) -> None:
    with freely(ledger) as database:
        for statement in statements.split("; ", 1) if statements.startswith("DROP") else [statements]:
            if statement.startswith("DROP TRIGGER"):
                continue  # it is gone already
            database.execute(statement)
    if statements.startswith("PRAGMA"):
        flip(ledger / "ledger.sha256", 0)  # as the last writer left it, it would be another program's ledger
        codes = codes | {"database-bytes"}
    assert told(ledger) == codes


def test_a_changed_row_is_named_with_its_table_its_place_and_its_moment(ledger: Path) -> None:
    with freely(ledger) as database:
        database.execute("UPDATE decision SET reason = 'another' WHERE rowid = 2")
    [flaw] = proof(ledger).flaws
    assert flaw.parameters["table"] == "decision"
    assert (flaw.parameters["first"], flaw.parameters["last"], flaw.parameters["at"]) == (2, 2, LATER)


def relink(database: sqlite3.Connection) -> None:
    """Make the whole chain anew over what stands there now, as somebody can who has the program."""
    ats = [at for (at,) in database.execute("SELECT at FROM link ORDER BY id")]
    database.execute("DELETE FROM link")
    database.execute("BEGIN")
    chains.add_link(database, ats[-1], "new")
    database.execute("COMMIT")


def test_a_past_that_was_rewritten_with_its_chain_shows_by_an_anchor(ledger: Path) -> None:
    with open_ledger(ledger, NOW) as opened:
        anchor = opened.anchor()
    with freely(ledger) as database:
        database.execute("UPDATE answer SET value = '7' WHERE rowid = 1")
        relink(database)
    assert told(ledger) == set(), "whoever makes everything anew leaves nothing to see by itself"
    assert told(ledger, anchor) == told(ledger, anchor[:12].upper()) == {"anchor-unknown"}


def test_an_anchor_holds_for_ever_and_moves_with_what_comes_alone(ledger: Path) -> None:
    with open_ledger(ledger, "2026-12-02T00:00:00Z") as opened:
        before = opened.anchor()
        assert opened.anchor(AT) == opened.anchor(LATER) == before, "the second collection brought nothing"
        opened.take(PARCELS[:1], "elsewhere")
        after = opened.anchor()
        assert after != before
        assert opened.anchor(LATER) == before
        assert opened.anchor("2020-01-01T00:00:00Z") == ""
    assert told(ledger, before, after, after[:12]) == set()
    assert told(ledger, before[:8]) == {"anchor-unknown"}, "too little of it says nothing"


# --- the store ---------------------------------------------------------------------------------------------------


def move(path: Path, to: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    path.rename(to)


STORE: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "an object altered": (lambda ledger: object_path(ledger, SHA).write_bytes(b"other"), {"object-altered"}),
    "an object cut short": (lambda ledger: object_path(ledger, SHA).write_bytes(b""), {"object-altered"}),
    "an object removed": (lambda ledger: object_path(ledger, SHA).unlink(), {"object-missing"}),
    "an object under another name": (
        lambda ledger: move(object_path(ledger, SHA), object_path(ledger, "0" * 64)),
        {"object-missing", "object-altered"},
    ),
    "an object with a tail": (
        lambda ledger: move(object_path(ledger, SHA), object_path(ledger, SHA, ".bak")),
        {"object-missing", "file-strange"},
    ),
    "an object in the wrong folder": (
        lambda ledger: move(object_path(ledger, SHA), ledger / "store" / "zz" / SHA),
        {"object-missing", "file-strange"},
    ),
    "an object that is a link": (
        lambda ledger: (move(object_path(ledger, SHA), ledger / "aside"), object_path(ledger, SHA).symlink_to("/x")),
        {"object-altered"},
    ),
    "an object added": (
        lambda ledger: put(ledger / "store", {f"{ADDED[:2]}/{ADDED}": b"x"}),
        {"object-unclaimed"},
    ),
    "a foreign file": (lambda ledger: put(ledger / "store", {"Thumbs.db": b"x"}), {"file-strange"}),
    "a note altered": (
        lambda ledger: object_path(ledger, SHA, ".json").write_text(json.dumps({"name": "q", "source": "inbox",
                                                                                "sender": "", "received": AT})),
        {"note-altered"},
    ),
    "a note that is none": (lambda ledger: object_path(ledger, SHA, ".json").write_text("[]"), {"note-altered"}),
    "a note removed": (lambda ledger: object_path(ledger, SHA, ".json").unlink(), {"note-missing"}),
    "a note alone": (lambda ledger: put(ledger / "store", {f"00/{'0' * 64}.json": b'{"name": "a"}'}), {"note-alone"}),
    "a folder deleted": (
        lambda ledger: shutil.rmtree(object_path(ledger, SHA).parent), {"object-missing", "note-missing"},
    ),
    "the store deleted": (lambda ledger: shutil.rmtree(ledger / "store"), {"object-missing", "note-missing"}),
}  # fmt: skip


@pytest.mark.parametrize(("harm", "codes"), STORE.values(), ids=STORE)
def test_whatever_is_not_as_it_was_kept_is_told(harm: Callable[[Path], object], codes: set[str], ledger: Path) -> None:
    harm(ledger)
    found = proof(ledger)
    assert {flaw.code for flaw in found.flaws} == codes
    assert found.sound, "the database is none the worse"


def test_what_is_gone_is_named_and_all_of_it(ledger: Path) -> None:
    shutil.rmtree(ledger / "store")
    gone = {flaw.file for flaw in proof(ledger).flaws if flaw.code == "object-missing"}
    assert {one.name for one in PARCELS} < gone
    assert len(gone) == len(PARCELS) + 3, "with the results, the word of the office and the mail"


# --- a database that says nothing --------------------------------------------------------------------------------

WRECKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (lambda path: path.unlink(), "database-missing"),
    "emptied": (lambda path: path.write_bytes(b""), "database-missing"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:9000]), "database-damaged"),
    "none": (lambda path: path.write_bytes(b"not a database, but long enough" * 40), "database-damaged"),
    "of zeros": (lambda path: path.write_bytes(bytes(path.stat().st_size)), "database-damaged"),
}


@pytest.mark.parametrize(("wreck", "code"), WRECKS.values(), ids=WRECKS)
def test_a_database_that_says_nothing_is_told_and_the_store_is_looked_at_all_the_same(
    wreck: Callable[[Path], object], code: str, ledger: Path
) -> None:
    wreck(ledger / "ledger.sqlite3")
    assert code in told(ledger)
    object_path(ledger, SHA).write_bytes(b"other")
    object_path(ledger, PARCELS[1].sha256).unlink()
    found = {(flaw.code, flaw.sha256) for flaw in proof(ledger).flaws}
    assert {("object-altered", SHA), ("object-missing", PARCELS[1].sha256)} <= found
    assert not proof(ledger).sound


def test_where_there_is_no_ledger_there_is_nothing_to_audit(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="ledger-missing"):
        audit_ledger(tmp_path, AT)


def test_nobody_writes_during_an_audit(ledger: Path) -> None:
    with (
        open_ledger(ledger, NOW),
        pytest.raises(MachineFault, match="ledger-locked") as fault,
    ):
        audit_ledger(ledger, AT)
    assert_said(fault.value)


# --- where a chain begins ----------------------------------------------------------------------------------------


def older(folder: Path, version: int) -> None:
    """A ledger of an older program, with a parcel in it."""
    (folder / "store").mkdir(parents=True)
    database = open_database(folder / "ledger.sqlite3", migrations=MIGRATIONS[:version])
    database.execute("INSERT INTO parcel (sha256, size, received) VALUES (?, 8, ?)", (PARCELS[1].sha256, AT))
    database.execute(
        "INSERT INTO sighting (parcel, name, source, sender, at) VALUES (1, ?, 'inbox', '', ?)", (PARCELS[1].name, AT)
    )
    database.close()
    note = {"name": PARCELS[1].name, "source": "inbox", "sender": "", "received": AT}
    kept = f"{PARCELS[1].sha256[:2]}/{PARCELS[1].sha256}"
    put(folder / "store", {kept: PARCELS[1].data, f"{kept}.json": json.dumps(note).encode()})


CHAINED = 6
"""The version that has the first chain."""


def test_a_chain_that_has_begun_goes_on_through_an_upgrade_and_covers_nothing_strange(tmp_path: Path) -> None:
    older(tmp_path / "ledger", CHAINED)  # its rows were added beside the chain
    with open_ledger(tmp_path / "ledger", LATER):
        pass
    assert told(tmp_path / "ledger") == {"rows-unlinked"}


@pytest.mark.parametrize("version", range(1, CHAINED))
def test_the_chain_of_an_older_ledger_begins_with_its_upgrade_and_says_so(version: int, tmp_path: Path) -> None:
    older(tmp_path / "ledger", version)
    with pytest.raises(MachineFault, match="ledger-older"):
        audit_ledger(tmp_path / "ledger", NOW)
    with open_ledger(tmp_path / "ledger", LATER):
        pass
    found = proof(tmp_path / "ledger")
    assert found.flaws == ()
    assert found.chained
    assert (found.chained.origin, found.chained.since, found.chained.links) == ("upgraded", AT, 1)
    with freely(tmp_path / "ledger") as database:
        database.execute("UPDATE parcel SET received = '2020-01-01T00:00:00Z'")
    assert "rows-changed" in told(tmp_path / "ledger"), "from then on"


def test_a_ledger_that_was_rebuilt_says_so_and_is_sound(ledger: Path) -> None:
    (ledger / "ledger.sqlite3").unlink()
    with open_ledger(ledger, NOW) as opened:
        assert opened.rebuilt == len(PARCELS)
    found = proof(ledger)
    assert found.chained
    assert found.chained.origin == "rebuilt"
    assert {flaw.code for flaw in found.flaws} == {"object-unclaimed"}, "the results of runs that nobody remembers"
    assert LETTER not in {object_path(ledger, flaw.sha256).read_bytes() for flaw in found.flaws}


# --- guards seen to fail -----------------------------------------------------------------------------------------

TAKEN_OUT = {
    "the checksum": ("audit.compare_checksum", lambda _: "same", lambda ledger: flip(ledger / "ledger.sha256", 0)),
    "the chain": ("chain.prove_chain", lambda *_: iter(()), lambda ledger: edit(ledger, "UPDATE run SET total = '9'")),
    "the plan": ("audit.read_plan", lambda _: {}, lambda ledger: edit(ledger, "DROP VIEW first_arrival")),
    "the objects": ("audit._prove_objects", lambda *_: iter(()), lambda ledger: object_path(ledger, SHA).unlink()),
    "the notes": (
        "audit._prove_notes", lambda *_: iter(()), lambda ledger: object_path(ledger, SHA, ".json").unlink(),
    ),
}  # fmt: skip


def edit(ledger: Path, statement: str) -> None:
    with freely(ledger) as database:
        database.execute(statement)


@pytest.mark.parametrize(("check", "nothing", "harm"), TAKEN_OUT.values(), ids=TAKEN_OUT)
def test_without_one_of_its_checks_an_audit_would_not_tell(
    check: str, nothing: object, harm: Callable[[Path], object], ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harm(ledger)
    assert (before := told(ledger))
    monkeypatch.setattr(f"smartcity_xl.ledger.{check}", nothing)
    if check == "audit.read_plan":
        monkeypatch.setattr("smartcity_xl.ledger.audit.pristine_plan", dict)
    assert told(ledger) != before


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_what_the_disk_does_not_give_away_is_told_and_costs_nothing_else(
    number: int, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = object_path(ledger, SHA)

    def refusing(opened: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(path: Path, *given: Any, **more: Any) -> Any:
            if path == kept:
                raise OSError(number, os.strerror(number))
            return opened(path, *given, **more)

        return refuse

    monkeypatch.setattr(Path, "open", refusing(Path.open))
    monkeypatch.setattr(os, "open", refusing(os.open))
    assert [(flaw.code, flaw.file) for flaw in proof(ledger).flaws] == [("object-altered", "a.xlsx")]
