"""A ledger on a real PostgreSQL server: what it keeps, what it refuses, and the way there and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from database_server import WORD, DatabaseServer
from ledger_work import AT, LATER, LATEST, LETTER, PARCELS, RESULTS, assert_said, objects, rows, work
from msgspec.structs import replace
from support import filled, parcel, put

from smartcity_xl import collect
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import audit_ledger, mend_ledger, move_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.places import read_address
from smartcity_xl.model import Outcome
from smartcity_xl.model.place import Served
from smartcity_xl.run.collecting import assess

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("inbox"), {one.name: one.data for one in PARCELS}))


@pytest.fixture(scope="module")
def kept(outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in a folder, which two collections have written."""
    folder = tmp_path_factory.mktemp("kept") / "ledger"
    for at in (AT, LATER):
        work(folder, outcome, at)
    return folder


@pytest.fixture
def served(database_server: DatabaseServer, kept: Path) -> Served:
    """The same on a server."""
    place = database_server.place()
    move_ledger(kept, place, LATEST)
    return place


# --- the same as in a folder -------------------------------------------------------------------------------------


def test_the_same_work_makes_the_same_entries_and_the_same_chain(
    database_server: DatabaseServer, outcome: Outcome, kept: Path
) -> None:
    place = database_server.place("云溪市 2026 “一”")
    for at in (AT, LATER):
        work(place, outcome, at)
    assert rows(place) == rows(kept)
    one, other = (audit_ledger(where, LATEST) for where in (place, kept))
    assert (one.flaws, one.chained, one.entries, one.objects) == ((), other.chained, other.entries, other.objects)
    assert (one.bytewise, other.bytewise) == ("served", "same")
    with read_ledger(place) as ledger:
        [run] = ledger.last_runs()
        assert ledger.results(run) == RESULTS
        assert ledger.mail.postings()[0].message_id == "<1@example.com>"


def test_a_ledger_goes_to_a_server_and_back_with_its_chain(served: Served, kept: Path, tmp_path: Path) -> None:
    done = move_ledger(served, tmp_path / "back", LATEST)
    assert audit_ledger(served, LATEST).flaws == audit_ledger(tmp_path / "back", LATEST).flaws == ()
    before, after = (audit_ledger(where, LATEST).chained for where in (kept, tmp_path / "back"))
    assert before == after
    assert before is not None
    assert (done.head, done.objects) == (before.head, len(objects(kept)))
    assert rows(tmp_path / "back") == rows(kept)
    assert objects(tmp_path / "back") == objects(kept)
    with open_ledger(tmp_path / "back", LATEST) as ledger, open_ledger(served, LATEST) as other:
        for one in (ledger, other):
            one.take([parcel(b"new", "new.pdf")], "inbox", ())
        assert ledger.anchor() == other.anchor(), "and both go on alike"


def test_a_ledger_is_taken_only_to_where_there_is_nothing(served: Served, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    for to in (served, tmp_path / "full"):
        with pytest.raises(UsageFault, match="ledger-move-there") as fault:
            move_ledger(kept, to, LATEST)
        assert_said(fault.value)
    assert audit_ledger(served, LATEST).flaws == ()


def test_an_altered_ledger_is_not_taken_anywhere(
    served: Served, database_server: DatabaseServer, tmp_path: Path
) -> None:
    edit(database_server, served, "UPDATE run SET total = '99.00'")
    with pytest.raises(MachineFault, match="ledger-move-altered"):
        move_ledger(served, tmp_path / "back", LATEST)
    assert not (tmp_path / "back").exists()
    assert list(tmp_path.iterdir()) == [], "nothing half made is left"


def test_a_text_with_signs_that_a_server_does_not_keep_is_kept(database_server: DatabaseServer, tmp_path: Path) -> None:
    names = ("a\0b.xlsx", "\U0010fffd0.xlsx", "\U0010fffd1\0.xlsx", "𠮷\u200b%s?1.xlsx")
    parcels = [parcel(name.encode(), name) for name in names]
    places = (database_server.place(), tmp_path)
    for place in places:
        with open_ledger(place, AT) as ledger:
            ledger.take(parcels, "inbox", ())
    found = []
    for place in places:
        with read_ledger(place) as ledger:
            assert sorted(one.name for one in ledger.sightings()) == sorted(names)
            found.append((ledger.anchor(), ledger.listing("inbox")))
    assert found[0] == found[1]


def test_names_have_the_order_of_their_bytes_whatever_the_database_has(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    """Of two names of the same bytes the last is told when both are gone: an order of words has another."""
    gone = []
    for place in (database_server.place(), tmp_path):
        with open_ledger(place, AT) as ledger:
            ledger.take([parcel(b"x", name) for name in ("a.pdf", "B.pdf", "é.pdf", "z.pdf")], "inbox", ())
        with open_ledger(place, LATER) as ledger:
            ledger.take([parcel(b"x", name) for name in ("a.pdf", "B.pdf")], "inbox", ())
        with open_ledger(place, LATEST) as ledger:
            ledger.take([], "inbox", ())
            gone.append(ledger.gone("inbox"))
    assert gone[0] == gone[1]
    assert [one.name for one in gone[0]] == ["a.pdf"]


def test_more_bytes_than_wait_for_their_rows_are_kept(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcity_xl.ledger.postgres.store._FULL", 5)
    place = database_server.place()
    with open_ledger(place, AT) as ledger:
        ledger.take(PARCELS, "inbox", ())
        assert [one.data for one in ledger.read_parcels(ledger.listing("inbox") or ())] == [
            one.data for one in sorted(PARCELS, key=lambda one: one.name)
        ]
    assert audit_ledger(place, LATER).flaws == ()


# --- what was entered stays --------------------------------------------------------------------------------------


def test_rows_are_only_ever_added(served: Served, database_server: DatabaseServer) -> None:
    with database_server.look(served) as database:
        tables = {name for (name,) in database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", (served.schema,))}  # fmt: skip
        assert len(tables) == 15 + 4
        for table in tables - {"about", "writer"}:
            column = database.execute(f"SELECT * FROM {table}".encode()).description[-1].name  # type: ignore[index]
            for statement in (
                f"DELETE FROM {table}",
                f"UPDATE {table} SET {column} = {column}",
                f"TRUNCATE {table} CASCADE",
            ):
                if table != "apart" or statement.startswith("TRUNCATE"):  # where there are rows
                    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                        database.execute(statement.encode())


def edit(server: DatabaseServer, place: Served, *statements: str) -> None:
    """As somebody can who has the server."""
    with server.look(place) as database:
        database.execute("SET session_replication_role = replica")
        for statement in statements:
            database.execute(statement.encode())


SHA = PARCELS[0].sha256
HARM: dict[str, tuple[str, set[str]]] = {
    "a changed answer": ("UPDATE answer SET value = '7' WHERE rowid = 1", {"rows-changed"}),
    "a row too many": ("INSERT INTO listing VALUES (99, 'inbox', '2026')", {"rows-unlinked"}),
    "a link that was changed": ("UPDATE link SET at = '2020' WHERE id = 2", {"link-broken"}),
    "an entry without its parcel": (f"DELETE FROM parcel WHERE sha256 = '{SHA}'",
                                    {"rows-changed", "reference-broken", "object-unclaimed"}),
    "a trigger that is gone": ('DROP TRIGGER "UPDATE:run" ON run', {"database-plan"}),
    "a trigger that sleeps": ('ALTER TABLE run DISABLE TRIGGER "DELETE:run"', {"database-plan"}),
    "a guard that guards nothing": (
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        {"database-plan"},
    ),
    "another view": ("CREATE OR REPLACE VIEW first_arrival AS SELECT parcel, sha256, max(received) AS received "
                     "FROM arrival GROUP BY parcel, sha256", {"database-plan"}),
    "a table too many": ("CREATE TABLE other (a int)", {"database-plan"}),
    "a table that is gone": ("DROP TABLE answer", {"database-plan", "database-damaged"}),
    "a link that cannot be read": ("UPDATE link SET rows = '{' WHERE id = 2", {"database-damaged"}),
    "another version": ("UPDATE about SET application = 7", {"ledger-server-foreign"}),
    "bytes that were changed": (f"UPDATE kept SET data = 'x' WHERE name = '{SHA}'", {"object-altered"}),
    "bytes that are gone": (f"DELETE FROM kept WHERE name = '{SHA}'", {"object-missing"}),
    "a note that was changed": (f"UPDATE kept SET data = '{{}}' WHERE name = '{SHA}.json'", {"note-altered"}),
    "bytes too many": ("INSERT INTO kept (name, data) VALUES (encode(sha256('x'), 'hex'), 'x')", {"object-unclaimed"}),
    "a strange name": ("INSERT INTO kept (name, data) VALUES ('strange', 'x')", {"file-strange"}),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "codes"), HARM.values(), ids=HARM)
def test_whatever_was_changed_behind_its_back_is_told(
    statement: str, codes: set[str], served: Served, database_server: DatabaseServer
) -> None:
    edit(database_server, served, statement)
    try:
        found = {flaw.code for flaw in audit_ledger(served, LATEST).flaws}
    except MachineFault as fault:
        found = {fault.code}
    assert found == codes


def test_what_a_hash_vouches_for_is_put_back_and_nothing_is_deleted(
    served: Served, database_server: DatabaseServer
) -> None:
    names = ("bytes that were changed", "a note that was changed", "bytes too many", "a strange name")
    edit(database_server, served, *(HARM[name][0] for name in names))
    with database_server.look(served) as database:
        (before,) = database.execute("SELECT count(*) FROM kept").fetchone()  # type: ignore[misc]
    with read_ledger(served) as ledger, pytest.raises(MachineFault, match="store-damaged"):
        ledger.read_bytes(SHA)
    mend_ledger(served, LATEST, audit_ledger(served, LATEST), [PARCELS[0].data])
    assert audit_ledger(served, LATEST).flaws == ()
    with read_ledger(served) as ledger:
        assert ledger.read_bytes(SHA) == PARCELS[0].data
    with database_server.look(served) as database:
        (after,) = database.execute("SELECT count(*) FROM kept").fetchone()  # type: ignore[misc]
        assert after > before
        assert database.execute("SELECT count(*) FROM apart").fetchone() == (2,)


def test_who_may_only_look_looks_and_does_not_write(served: Served, database_server: DatabaseServer) -> None:
    guest = replace(served, options=(*(one for one in served.options if one[0] != "user"),), user="guest")
    with pytest.raises(MachineFault, match="ledger-server-rights") as fault, read_ledger(guest):
        pass
    assert_said(fault.value)
    with database_server.look(served) as database:
        database.execute(f"GRANT USAGE ON SCHEMA {served.schema} TO guest".encode())
        database.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {served.schema} TO guest".encode())
    with read_ledger(guest) as ledger:
        assert ledger.read_bytes(SHA) == PARCELS[0].data
        with pytest.raises(MachineFault, match="ledger-server-readonly"):
            ledger.database.execute("INSERT INTO listing (source, at) VALUES ('a', 'b')")
    with pytest.raises(MachineFault, match="ledger-server-rights"), open_ledger(guest, LATEST):
        pass


def test_an_anchor_that_was_noted_is_known(served: Served, kept: Path) -> None:
    with read_ledger(kept) as ledger:
        anchor = ledger.anchor()
    assert audit_ledger(served, LATEST, [anchor]).flaws == ()
    assert {one.code for one in audit_ledger(served, LATEST, ["0" * 12]).flaws} == {"anchor-unknown"}


# --- the command line --------------------------------------------------------------------------------------------


def test_a_round_is_kept_looked_at_and_frozen_on_a_server_and_no_password_is_seen(
    database_server: DatabaseServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.pdf": b"%PDF-1.4 %%EOF"})
    login = "office:" + "".join(f"%{byte:02x}" for byte in WORD.encode())
    url, schema_ = database_server.address("round_2026", login), "round_2026"
    there = ("--ledger", url, "--no-campaign")

    def say(code: int, *words: object) -> str:
        assert run_cli(["--lang", "en", *map(str, words)]) == code
        said = capsys.readouterr()
        assert WORD not in said.out + said.err
        assert login not in said.out + said.err
        return said.out

    say(1, "collect", inbox, "--out", tmp_path / "out", *there)
    alone = tmp_path / "alone"
    say(1, "collect", inbox, "--out", alone, "--no-campaign")
    assert (alone / "results.json").read_bytes() == (tmp_path / "out" / "results.json").read_bytes()
    assert "stands there unchanged" in say(1, "collect", inbox, "--out", tmp_path / "out", "--verbose", *there)
    assert json.loads(say(0, "status", "--json", *there))["systems"][0]["departments"]
    assert "received" in say(0, "trace", "a.xlsx", *there)
    say(0, "exclude", "b.pdf", "--reason", "误收", "--by", "李四", *there)
    say(1, "collect", inbox, "--out", tmp_path / "out", *there)
    assert json.loads(say(0, "audit", "--json", *there))["bytewise"] == "served"
    say(1, "check", inbox / "a.xlsx", "--inbox", inbox, *there)
    say(0, "freeze", inbox, "--out", tmp_path / "out", "--pack", tmp_path / "pack.zip", *there)
    assert "The same bytes" in say(0, "replay", tmp_path / "pack.zip")
    say(0, "copy-ledger", url, tmp_path / "back", "--json")
    say(3, "collect", inbox, "--out", tmp_path / "out", "--ledger", url.replace("round?", "none?"), "--no-campaign")
    assert say(0, "audit", "--ledger", tmp_path / "back", "--no-campaign")
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (WORD.encode(), login.encode()):
        assert secret not in written
    assert WORD not in caplog.text
    assert read_address(url).schema == schema_
    assert LETTER not in written


def test_a_round_whose_settings_name_a_server_goes_on_as_any_other(
    database_server: DatabaseServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, place = tmp_path / "轮", database_server.place()
    given = ("--city", "云溪市", "--round", "2018", "--deadline", "2019-02-25")
    assert run_cli(["init", str(folder), "--catalog", "cn-2018", *given]) == 0
    file = folder / "campaign.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('store = "台账"', f'store = "{place}"'), encoding="utf-8")
    round_ = ("--campaign", str(folder))
    assert run_cli(["status", *round_]) in (0, 2), "before anything came"
    put(folder / "收件", {"a.xlsx": filled("secrecy")})
    assert run_cli(["collect", *round_]) == 1
    assert run_cli(["status", *round_]) == 0
    assert run_cli(["remind", *round_, "--dry-run"]) in (0, 1, 2)
    assert run_cli(["report", *round_]) in (0, 1)
    assert run_cli(["filing", *round_, "--provisional"]) in (0, 1)
    assert run_cli(["audit", *round_]) == 0
    assert run_cli(["freeze", *round_, "--pack", str(tmp_path / "pack.zip")]) in (0, 1)
    assert (
        run_cli(["init", str(tmp_path / "next"), "--from", str(folder), "--round", "2019", "--deadline", "2020-02-25"])
        == 0
    )
    assert "postgresql" not in (tmp_path / "next" / "campaign.toml").read_text(encoding="utf-8"), "a round has its own"
    assert not list((folder / "台账").iterdir()), "which init made"
    capsys.readouterr()


def test_a_program_names_a_server_as_a_person_does(database_server: DatabaseServer, tmp_path: Path) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    place = database_server.place()
    collect(inbox, tmp_path / "out", ledger=str(place), now=datetime(2026, 11, 21, 3, tzinfo=UTC))
    with read_ledger(place) as ledger:
        assert [one.at for one in ledger.last_runs()] == [AT]
