"""What the ledger keeps: parcels, runs, decisions; the database that holds them, and its rebuilding."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger_work import AT, LATER, LATEST, PARCELS, RESULTS, assert_said, lay_out, rows, work
from msgspec.structs import replace
from support import parcel, put

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import (
    DecisionMade,
    chain,
    open_ledger,
    read_ledger,
    schema,
)
from smartcity_xl.ledger.schema import MIGRATIONS, open_database, pristine_shapes, read_database
from smartcity_xl.model import Outcome
from smartcity_xl.model.place import Place
from smartcity_xl.run.collecting import assess


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("inbox"), {one.name: one.data for one in PARCELS}))


# --- what is kept ------------------------------------------------------------------------------------------------


def test_the_same_bytes_under_two_names_are_one_parcel_seen_twice(place: Place) -> None:
    one, other = parcel(b"x", "a.xlsx"), parcel(b"x", "b.xlsx")
    with open_ledger(place, AT) as ledger:
        ledger.take([one], "inbox", ())
    with open_ledger(place, LATER) as ledger:
        ledger.take([other], "inbox", ())
        ledger.take([other], "inbox", ())
        assert [(seen.name, seen.at, seen.received) for seen in ledger.sightings(one.sha256)] == [
            ("a.xlsx", AT, AT), ("b.xlsx", LATER, AT),
        ]  # fmt: skip
        assert ledger.received() == {one.sha256: AT}


def test_a_parcel_that_says_when_and_from_whom_it_came_is_believed(place: Place) -> None:
    mailed = replace(parcel(b"x"), sender="clerk@example.com", received="2026-11-20T00:00:00Z")
    with open_ledger(place, AT) as ledger:
        listed = ledger.take([mailed], "mail")
        assert list(ledger.read_parcels(listed)) == [mailed]
        assert ledger.listing("mail") is None, "what a mailbox brings is no content of a folder"


def test_rows_are_only_ever_added(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert len(tables) == 15
    for table in tables:
        first = database.execute(f"SELECT * FROM {table}").description[0][0]
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {first} = {first}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)
    database.close()


def test_a_run_keeps_what_it_rested_on_and_what_came_of_it(place: Place, outcome: Outcome) -> None:
    work(place, outcome, AT)
    with read_ledger(place) as ledger:
        [run] = ledger.last_runs()
        assert (run.at, run.catalog, run.settings, run.final) == (AT, "cn-2018", {"program": "test"}, False)
        assert ledger.results(run) == RESULTS
        assert [(one.sha256, one.status) for one in ledger.taken(run)] == [(PARCELS[0].sha256, "taken")]
        assert ledger.answers(run, PARCELS[0].sha256)
        assert ledger.decisions(run) == (DecisionMade("x", "a", "because", "the office", "f"),)
        assert ledger.last_runs("2026-11-21T02:59:59Z") == ()


def test_a_workbook_read_again_the_same_way_is_entered_once(place: Place, outcome: Outcome) -> None:
    work(place, outcome, AT)
    before = rows(place)["counts"]
    work(place, outcome, LATER)
    assert rows(place)["counts"] == before
    with read_ledger(place) as ledger:
        assert [run.at for run in ledger.last_runs()] == [LATER]
        assert [run.at for run in ledger.last_runs(AT)] == [AT]


def test_bytes_that_were_changed_in_the_store_are_never_handed_out(tmp_path: Path) -> None:
    with open_ledger(tmp_path, AT) as ledger:
        listed = ledger.take(PARCELS, "inbox", ())
    lay_out(tmp_path)
    kept = tmp_path / "store" / PARCELS[1].sha256[:2] / PARCELS[1].sha256
    kept.write_bytes(b"%PDF-9.9")
    with read_ledger(tmp_path) as ledger, pytest.raises(MachineFault, match="store-damaged") as fault:
        list(ledger.read_parcels(listed))
    assert_said(fault.value)
    kept.unlink()
    with open_ledger(tmp_path, LATER) as ledger:
        ledger.take(PARCELS, "inbox", ())
        assert tuple(one.data for one in ledger.read_parcels(sorted(listed))) == tuple(
            one.data for one in sorted(PARCELS, key=lambda one: one.name)
        )


# --- the database ------------------------------------------------------------------------------------------------


def spoil(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "of a newer program": (lambda path: spoil(path, "PRAGMA user_version = 99"), "ledger-newer"),
    "of another program": (lambda path: spoil(path, "PRAGMA application_id = 7"), "ledger-foreign"),
    "that is no database": (lambda path: path.write_bytes(b"not a database, but long enough" * 40), "ledger-damaged"),
    "that was cut short": (lambda path: path.write_bytes(path.read_bytes()[:9000]), "ledger-damaged"),
    "with a conflict copy beside it": (
        lambda path: path.with_name("ledger (conflicted copy).sqlite3").write_bytes(b""), "ledger-copies",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), SPOILT.values(), ids=SPOILT)
def test_a_ledger_that_cannot_be_trusted_is_refused_and_left_as_it_is(
    change: Callable[[Path], object], code: str, tmp_path: Path, outcome: Outcome
) -> None:
    work(tmp_path, outcome, AT)
    path = tmp_path / "ledger.sqlite3"
    change(path)
    before = path.read_bytes()
    with pytest.raises(MachineFault) as fault, open_ledger(tmp_path, LATER):
        pass
    assert fault.value.code == code
    assert_said(fault.value) if "reason" not in fault.value.parameters else None
    assert path.read_bytes() == before


def test_a_migration_is_whole_or_not_at_all_and_guards_its_new_tables(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    open_database(path).close()
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, migrations=(*MIGRATIONS, "CREATE TABLE extra (id INTEGER); CREATE NONSENSE"))
    second = (*MIGRATIONS, "CREATE TABLE extra (id INTEGER); ALTER TABLE parcel ADD COLUMN note TEXT")
    database = open_database(path, migrations=second)
    assert database.execute("PRAGMA user_version").fetchone() == (len(second),)
    database.execute("INSERT INTO extra VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute("DELETE FROM extra")
    database.close()
    with pytest.raises(MachineFault, match="ledger-newer"):
        read_database(path)


def declared(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    try:
        numbers = [database.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [*map(str, numbers), *database.iterdump()]
    finally:
        database.close()


def test_a_new_ledger_that_is_copied_is_what_one_that_is_declared_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(tmp_path / "copied.sqlite3").close()
    open_database(tmp_path / "declared.sqlite3", seed=lambda _: None).close()
    assert declared(tmp_path / "copied.sqlite3") == declared(tmp_path / "declared.sqlite3")

    monkeypatch.setattr(schema, "_copies_itself", lambda: False)
    open_database(tmp_path / "older.sqlite3").close()
    assert declared(tmp_path / "older.sqlite3") == declared(tmp_path / "declared.sqlite3")


def test_a_ledger_that_has_lost_its_version_and_its_store_is_not_replaced(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    shutil.rmtree(tmp_path / "store")
    spoil(tmp_path / "ledger.sqlite3", "PRAGMA user_version = 0")
    before = declared(tmp_path / "ledger.sqlite3")
    with pytest.raises(MachineFault) as fault, open_ledger(tmp_path, LATER):
        pass
    assert fault.value.code == "ledger-unwritable"
    assert declared(tmp_path / "ledger.sqlite3") == before


def test_a_new_ledger_that_another_program_holds_is_waited_for_no_longer_than_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PATIENCE", 0.05)
    other = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(MachineFault) as fault, open_ledger(tmp_path, AT):
            pass
    finally:
        other.close()
    assert fault.value.code == "ledger-in-use"
    with open_ledger(tmp_path, AT) as ledger:
        assert not ledger.altered


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_the_columns_that_the_scripts_declare_are_those_that_the_database_has(version: int, tmp_path: Path) -> None:
    database = open_database(tmp_path / "ledger.sqlite3", migrations=MIGRATIONS[:version])
    shape, told = database.shape(), pristine_shapes()[version]
    database.close()
    assert list(told.items()) == list(shape.items())


def test_a_row_is_worded_in_the_chain_as_it_always_was() -> None:
    rows = [(1, '一"\\\n', None, 2.5, b"x", True, "\udcff"), (2, "", "b", -3, None, False, "\u2028"), (3, *[None] * 6)]
    assert chain._write_rows(rows) == "".join(f"{json.dumps(row, default=repr)}\n" for row in rows)
    assert chain._write_rows([]) == ""


def test_a_file_system_without_shared_memory_gets_a_rollback_journal(tmp_path: Path) -> None:
    from smartcity_xl.ledger.schema import _keep_journal

    usual = open_database(tmp_path / "usual.sqlite3")
    assert usual.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert usual.execute("PRAGMA synchronous").fetchone() == (3,), "EXTRA: what a rollback journal needs"
    usual.close()
    try:
        bare = sqlite3.connect(f"{(tmp_path / 'bare.sqlite3').as_uri()}?vfs=unix-none", uri=True)
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no file system without shared memory")
    _keep_journal(bare)
    assert bare.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    bare.close()


def test_a_lost_ledger_is_rebuilt_from_the_store_with_its_times(tmp_path: Path, outcome: Outcome) -> None:
    first, second = parcel(b"one", "a.xlsx"), replace(parcel(b"two", "b.xlsx"), sender="clerk@example.com")
    with open_ledger(tmp_path, AT) as ledger:
        ledger.take([first], "inbox", ())
    with open_ledger(tmp_path, LATER) as ledger:
        ledger.take([second], "inbox", ())
    for left in tmp_path.glob("ledger.sqlite3*"):
        left.rename(left.with_suffix(".old"))
    with open_ledger(tmp_path, LATEST) as ledger:
        assert ledger.rebuilt == 2
        assert ledger.received() == {first.sha256: AT, second.sha256: LATER}
        assert {seen.sender for seen in ledger.sightings()} == {"", "clerk@example.com"}
    with open_ledger(tmp_path, LATEST) as ledger:
        assert ledger.rebuilt == 0


def test_what_an_interrupted_run_left_half_written_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "store" / "tmp").mkdir(parents=True)
    (tmp_path / "store" / "tmp" / "abc").write_bytes(b"half")
    with open_ledger(tmp_path, AT):
        assert not list((tmp_path / "store" / "tmp").iterdir())
