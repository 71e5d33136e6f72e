"""What was received is never lost: whatever is cut off, whenever, the next run ends where an undisturbed one does."""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support import codes, filled, parcel, put

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, NothingUsable, UsageFault, XlscoreError
from smartcity_xl.ledger import (
    DecisionMade,
    Keeping,
    Listed,
    Mail,
    Posting,
    Step,
    late_by,
    local_time,
    open_ledger,
    parse_moment,
    read_ledger,
)
from smartcity_xl.ledger.lock import Lock
from smartcity_xl.ledger.schema import MIGRATIONS, open_database, read_database
from smartcity_xl.ledger.store import Store
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.model import Outcome
from smartcity_xl.run.collecting import assess, collect

ROOM = str(Path(__file__).parent.parent / "smartcity_xl" / "ledger")
AT, LATER, LATEST = "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"
PARCELS = (parcel(filled("secrecy"), "a.xlsx"), parcel(b"%PDF-1.4", "二/通知.pdf"), parcel(b"", "空.xlsx"))
RESULTS = b'{"schema": "xlscore-results/1"}'
POSTING = Posting("<1@example.com>", "issue", "云溪市|2026", "secrecy", 1, ("clerk@example.com",), (), ("ab",))
LETTER = b"Subject: hello"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("inbox"), {one.name: one.data for one in PARCELS}))


def work(folder: Path, outcome: Outcome, at: str) -> None:
    """What ``collect`` asks of a ledger."""
    with open_ledger(folder, at) as ledger:
        ledger.take(PARCELS, "inbox", ("~$a.xlsx",))
        decision = DecisionMade("x", "a", "because", "the office", "f")
        ledger.record_runs([(outcome, RESULTS)], {"program": "test"}, (decision,))
        ledger.mail.record_mail(Mail("office@example.com", "INBOX", 1, 7, len(PARCELS[1].data), PARCELS[1].sha256), at)
        for step in (Step.BEGUN, Step.DATA, Step.SENT):
            ledger.mail.record_step(replace(POSTING, step=step, at=at), LETTER)


def stored(folder: Path) -> dict[str, bytes]:
    """Every file of the store but its notes, by name."""
    files = (path for path in (folder / "store").rglob("*") if path.is_file() and path.suffix != ".json")
    return {path.name: path.read_bytes() for path in files}


def rows(folder: Path) -> dict[str, set[tuple[object, ...]]]:
    """All that a ledger says, but for when it was said and under which numbers."""
    database = sqlite3.connect(folder / "ledger.sqlite3")
    try:
        return {
            "parcel": set(database.execute("SELECT sha256, size FROM parcel")),
            "sighting": set(database.execute(
                "SELECT sha256, name, source, sender FROM sighting JOIN parcel ON parcel.id = parcel")),
            "listed": set(database.execute("SELECT name, sha256 FROM listed LEFT JOIN parcel ON parcel.id = parcel")),
            "submission": set(database.execute(
                "SELECT sha256, digest, department FROM submission JOIN parcel ON parcel.id = parcel")),
            "answer": set(database.execute("SELECT slot, item, state, value, raw, sheet, cell FROM answer")),
            "finding": set(database.execute("SELECT code, department, figure, file, cell, parameters FROM finding")),
            "decision": set(database.execute("SELECT subject, choice, reason, who, file FROM decision")),
            "run": set(database.execute("SELECT catalog, assignment, total, final, results FROM run")),
            "mail": set(database.execute(
                "SELECT account, folder, validity, uid, mail.size, sha256 FROM mail "
                "JOIN parcel ON parcel.id = parcel")),
            "posting": set(database.execute("SELECT message_id, kind, department, number, receivers FROM posting")),
            "posting_step": set(database.execute("SELECT step, mail FROM posting_step")),
            "counts": {database.execute(f"SELECT '{table}', count(*) FROM {table}").fetchone()
                       for table in ("parcel", "sighting", "submission", "answer")},
        }  # fmt: skip
    finally:
        database.close()


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory, outcome: Outcome) -> tuple[Any, Any]:
    folder = tmp_path_factory.mktemp("golden")
    work(folder, outcome, AT)
    return rows(folder), stored(folder)


def assert_no_row_without_its_bytes(folder: Path) -> None:
    if not (folder / "ledger.sqlite3").exists():
        return
    database = sqlite3.connect(folder / "ledger.sqlite3")
    try:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        named = [sha for (sha,) in database.execute("SELECT sha256 FROM parcel")] if "parcel" in tables else []
        named += [sha for (sha,) in database.execute("SELECT results FROM run")] if "run" in tables else []
        named += [sha for (sha,) in database.execute("SELECT mail FROM posting_step")] if "run" in tables else []
    finally:
        database.close()
    store = Store(folder / "store")
    for sha256 in named:
        store.get(sha256)  # raises where it is gone, or not whole


# --- cut off at every step -------------------------------------------------------------------------------------

STEPS = frozenset({
    "open", "write", "flush", "fsync", "replace", "rename", "mkdir", "unlink", "ftruncate", "flock", "connect",
    "execute", "executemany", "close", "fdopen", "read",
})  # fmt: skip
"""Calls of the operating system and of the database, between which a process can end."""


class Cut(BaseException):
    """The end of a process, as far as a test can have it without ending itself."""


@contextmanager
def cut_at(step: int, end: Callable[[], None]) -> Iterator[list[str]]:
    """Call ``end`` before the ``step``-th call that the ledger makes; gives the list of the calls made."""
    calls: list[str] = []

    def watch(frame: Any, event: str, argument: Any) -> None:
        if event != "c_call" or argument.__name__ not in STEPS:
            return
        if frame.f_code is Lock.close.__code__ and end is not kill_self:
            return  # a process that goes on must be able to let go of its lock
        at = frame
        while at is not None and not at.f_code.co_filename.startswith(ROOM):
            at = at.f_back
        if at is not None:
            calls.append(argument.__name__)
            if len(calls) == step:
                end()

    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def raise_cut() -> None:
    raise Cut


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, outcome: Outcome) -> int:
    with cut_at(0, kill_self) as calls:
        work(tmp_path_factory.mktemp("steps") / "ledger", outcome, AT)
    assert {"fsync", "replace", "execute", "executemany", "flock"} <= set(calls)
    return len(calls) - 3  # the last ones let go of the lock


def test_a_run_that_fails_at_any_step_leaves_nothing_false_and_the_next_run_completes_it(
    tmp_path: Path, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    assert steps > 60
    for step in range(1, steps + 1):
        folder = tmp_path / str(step)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            work(folder, outcome, AT)
        assert_no_row_without_its_bytes(folder)
        work(folder, outcome, LATER)
        assert (rows(folder), stored(folder)) == golden, f"step {step} of {steps}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_killed_at_any_step_leaves_nothing_false_and_the_next_run_completes_it(
    tmp_path: Path, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    for step in range(1, steps + 1):
        folder = tmp_path / str(step)
        child = os.fork()
        if child == 0:
            with cut_at(step, kill_self):
                work(folder, outcome, AT)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert_no_row_without_its_bytes(folder)
        work(folder, outcome, LATER)
        assert (rows(folder), stored(folder)) == golden, f"step {step} of {steps}"


def test_the_guard_against_rows_without_bytes_sees_one(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    (tmp_path / "store" / PARCELS[0].sha256[:2] / PARCELS[0].sha256).unlink()
    with pytest.raises(MachineFault, match="store-damaged"):
        assert_no_row_without_its_bytes(tmp_path)


def test_what_came_together_was_received_together_even_where_a_run_was_cut_off_between(
    tmp_path: Path, outcome: Outcome, steps: int
) -> None:
    for step in range(1, steps + 1, 7):
        folder = tmp_path / str(step)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            work(folder, outcome, AT)
        work(folder, outcome, LATER)
        with read_ledger(folder) as ledger:
            assert len(set(ledger.received().values())) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_at_any_step_is_a_fault_with_a_remedy_and_the_next_run_completes_it(
    number: int, tmp_path: Path, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    def refuse() -> None:
        raise OSError(number, os.strerror(number))

    for step in range(1, steps + 1, 3):
        folder = tmp_path / str(step)
        with pytest.raises(MachineFault) as fault, cut_at(step, refuse):
            work(folder, outcome, AT)
        assert fault.value.code == ("ledger-full" if number == errno.ENOSPC else "ledger-unwritable")
        assert_no_row_without_its_bytes(folder)
        work(folder, outcome, LATER)
        assert (rows(folder), stored(folder)) == golden, f"step {step} of {steps}"


def test_a_database_that_cannot_grow_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [parcel(str(number).encode(), f"{number}.pdf") for number in range(150)]

    def narrow(path: Path, *given: Any) -> sqlite3.Connection:
        connection = open_database(path, *given)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr("smartcity_xl.ledger.door.open_database", narrow)
        with pytest.raises(MachineFault, match="ledger-full") as fault, open_ledger(tmp_path, AT) as ledger:
            ledger.take(many, "inbox", ())
        assert_said(fault.value)
    with open_ledger(tmp_path, LATER) as ledger:
        assert ledger.received() == {}, "a transaction is whole or not at all"
        ledger.take(many, "inbox", ())
        assert set(ledger.received().values()) == {LATER}


def test_too_little_room_is_told_before_anything_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("smartcity_xl.ledger.door.shutil.disk_usage", lambda _: usage)
    with pytest.raises(MachineFault, match="disk-short") as fault:
        collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    assert stored(tmp_path / "ledger") == {}
    assert not (tmp_path / "out").exists()
    assert_said(fault.value)


def assert_said(fault: XlscoreError) -> None:
    for language in LANGUAGES:
        text = sentence("errors", fault.code, language, **fault.parameters)
        assert all(str(value) in text for value in fault.parameters.values()), text


# --- one writer ------------------------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from smartcity_xl.ledger import open_ledger
with open_ledger(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder), AT], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def test_a_second_process_is_told_who_holds_the_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    arguments = ["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out")]
    assert run_cli(arguments) == 1
    before = (tmp_path / "out" / "results.json").read_bytes()
    with another_process(tmp_path / "out" / "ledger") as other:
        assert run_cli(arguments) == 3
        told = capsys.readouterr().err
        assert all(part in told for part in (str(other.pid), AT, "Run again"))
        with pytest.raises(MachineFault, match="ledger-locked") as fault, open_ledger(tmp_path / "out" / "ledger", AT):
            pass
        assert_said(fault.value)
        assert run_cli(["status", "--ledger", str(tmp_path / "out" / "ledger")]) == 0, "asking needs no lock"
        other.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        other.wait()
        assert run_cli(arguments) == 1, "a lock ends with its holder"
    assert (tmp_path / "out" / "results.json").read_bytes() == before


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("credit")})
    command = [sys.executable, "-m", "smartcity_xl", "collect", str(inbox), "--out"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    both = [subprocess.Popen([*command, str(tmp_path / "out")], **quiet) for _ in range(2)]  # type: ignore[call-overload]
    assert sorted(one.wait() for one in both) in ([1, 1], [1, 3])
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "alone")]) == 1
    assert (tmp_path / "out" / "results.json").read_bytes() == (tmp_path / "alone" / "results.json").read_bytes()
    assert rows(tmp_path / "out" / "ledger")["counts"] == rows(tmp_path / "alone" / "ledger")["counts"]


@pytest.mark.parametrize("seconds", [0.35, 0.5, 0.65, 0.8])
def test_a_collect_killed_at_some_moment_is_completed_by_the_next(tmp_path: Path, seconds: float) -> None:
    inbox = put(tmp_path / "inbox", {f"{key}.xlsx": filled(key) for key in ("secrecy", "credit", "tax")})
    command = [sys.executable, "-m", "smartcity_xl", "collect", str(inbox), "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            run.kill()
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "out")]) == 1
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "alone")]) == 1
    for name in ("results.json", "汇总.xlsx"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert rows(tmp_path / "out" / "ledger") == rows(tmp_path / "alone" / "ledger")
    assert not list((tmp_path / "out").glob("*.tmp"))


# --- what is kept ----------------------------------------------------------------------------------------------


def test_the_same_bytes_under_two_names_are_one_parcel_seen_twice(tmp_path: Path) -> None:
    one, other = parcel(b"x", "a.xlsx"), parcel(b"x", "b.xlsx")
    with open_ledger(tmp_path, AT) as ledger:
        ledger.take([one], "inbox", ())
    with open_ledger(tmp_path, LATER) as ledger:
        ledger.take([other], "inbox", ())
        ledger.take([other], "inbox", ())
        assert [(seen.name, seen.at, seen.received) for seen in ledger.sightings(one.sha256)] == [
            ("a.xlsx", AT, AT), ("b.xlsx", LATER, AT),
        ]  # fmt: skip
        assert ledger.received() == {one.sha256: AT}


def test_a_parcel_that_says_when_and_from_whom_it_came_is_believed(tmp_path: Path) -> None:
    mailed = replace(parcel(b"x"), sender="clerk@example.com", received="2026-11-20T00:00:00Z")
    with open_ledger(tmp_path, AT) as ledger:
        listed = ledger.take([mailed], "mail")
        assert list(ledger.read_parcels(listed)) == [mailed]
        assert ledger.listing("mail") is None, "what a mailbox brings is no content of a folder"


def test_rows_are_only_ever_added(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert len(tables) == 13
    for table in tables:
        first = database.execute(f"SELECT * FROM {table}").description[0][0]
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {first} = {first}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)
    database.close()


def test_a_run_keeps_what_it_rested_on_and_what_came_of_it(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    with read_ledger(tmp_path) as ledger:
        [run] = ledger.last_runs()
        assert (run.at, run.catalog, run.settings, run.final) == (AT, "cn-2018", {"program": "test"}, False)
        assert ledger.results(run) == RESULTS
        assert [(one.sha256, one.status) for one in ledger.taken(run)] == [(PARCELS[0].sha256, "taken")]
        assert ledger.answers(run, PARCELS[0].sha256)
        assert ledger.decisions(run) == (DecisionMade("x", "a", "because", "the office", "f"),)
        assert ledger.last_runs("2026-11-21T02:59:59Z") == ()


def test_a_workbook_read_again_the_same_way_is_entered_once(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    before = rows(tmp_path)["counts"]
    work(tmp_path, outcome, LATER)
    assert rows(tmp_path)["counts"] == before
    with read_ledger(tmp_path) as ledger:
        assert [run.at for run in ledger.last_runs()] == [LATER]
        assert [run.at for run in ledger.last_runs(AT)] == [AT]


def test_bytes_that_were_changed_in_the_store_are_never_handed_out(tmp_path: Path) -> None:
    with open_ledger(tmp_path, AT) as ledger:
        listed = ledger.take(PARCELS, "inbox", ())
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


# --- the database ----------------------------------------------------------------------------------------------


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


def test_a_file_system_without_shared_memory_gets_a_rollback_journal(tmp_path: Path) -> None:
    from smartcity_xl.ledger.schema import _keep_journal

    usual = open_database(tmp_path / "usual.sqlite3")
    assert usual.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert usual.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
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


# --- time ------------------------------------------------------------------------------------------------------


def test_time_in_the_ledger_never_runs_backwards(tmp_path: Path) -> None:
    with open_ledger(tmp_path, LATER) as ledger:
        ledger.take([parcel(b"first", "a")], "inbox", ())
        assert (ledger.at, ledger.clock_behind) == (LATER, "")
    with open_ledger(tmp_path, AT) as ledger:
        assert ledger.clock_behind == LATER
        ledger.take([parcel(b"second", "b")], "inbox", ())
    with open_ledger(tmp_path, "2026-11-22T03:00:01Z") as ledger:  # no later than the newest entry
        assert ledger.clock_behind == ""
        ledger.take([parcel(b"third", "c")], "inbox", ())
        assert sorted(ledger.received().values()) == [LATER, "2026-11-22T03:00:01Z", "2026-11-22T03:00:02Z"]


SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("received", "zone", "seconds"),
    [
        pytest.param("2026-12-31T15:59:59Z", SHANGHAI, 0, id="the last second of the day"),
        pytest.param("2026-12-31T16:00:00Z", SHANGHAI, 1, id="the first second after it"),
        pytest.param("2026-12-31T22:59:59Z", BERLIN, 0, id="the last second, elsewhere"),
        pytest.param("2026-12-31T23:00:00Z", BERLIN, 1, id="the first second after it, elsewhere"),
        pytest.param("2026-01-01T00:00:00Z", SHANGHAI, 0, id="a year before"),
        pytest.param("2027-01-01T16:00:00Z", SHANGHAI, 86_401, id="a day after"),
    ],
)
def test_a_deadline_is_the_end_of_its_day_in_its_zone(received: str, zone: ZoneInfo, seconds: int) -> None:
    assert late_by(received, "2026-12-31", zone).total_seconds() == seconds


@pytest.mark.parametrize(("received", "seconds"), [("2026-03-29T21:59:59Z", 0), ("2026-03-29T22:00:00Z", 1)])
def test_a_deadline_on_the_day_the_clocks_change_ends_at_midnight_all_the_same(received: str, seconds: int) -> None:
    assert late_by(received, "2026-03-29", BERLIN).total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-31", "2026-12-31T15:59:59Z"),
        ("2026-12-31 18:00", "2026-12-31T10:00:00Z"),
        ("2026-12-31T18:00:05", "2026-12-31T10:00:05Z"),
        ("2026-12-31T18:00:05Z", "2026-12-31T18:00:05Z"),
        (" 2026-12-31 18:00+09:00", "2026-12-31T09:00:00Z"),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, moment: str) -> None:
    assert parse_moment(text, SHANGHAI) == moment
    assert parse_moment(local_time(moment, SHANGHAI), SHANGHAI) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "31.12.2026", "18:00"])
def test_what_is_no_moment_is_told(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageFault, match="time-unreadable"):
        parse_moment(text)
    if text:
        assert run_cli(["collect", "x", "--as-of", text]) == 2
        assert text in capsys.readouterr().err


# --- an inbox, kept and asked for again ------------------------------------------------------------------------


def keep(tmp_path: Path, at: str, as_of: str = "") -> Outcome:
    done, _ = collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", at, as_of))
    return done


def test_every_earlier_state_can_be_asked_for_again_byte_for_byte(tmp_path: Path) -> None:
    inbox, states = tmp_path / "inbox", {}
    changes: list[Callable[[], object]] = [
        lambda: put(inbox, {"a.xlsx": filled("secrecy"), "~$a.xlsx": b"owner", "notes.pdf": b"%PDF-1.4"}),
        lambda: put(inbox, {"b.xlsx": filled("credit"), "a2.xlsx": filled("secrecy", leak_events=7)}),
        lambda: (inbox / "a.xlsx").unlink(),
        lambda: put(inbox, {"b.xlsx": b"damaged"}),
        lambda: put(inbox, {"a.xlsx": filled("secrecy"), "b.xlsx": filled("credit")}),
    ]
    for day, change in enumerate(changes, start=1):
        change()
        at = f"2026-11-0{day}T08:00:00Z"
        keep(tmp_path, at)
        states[at] = [(tmp_path / "out" / name).read_bytes() for name in ("results.json", "汇总.xlsx")]
    assert len({state[0] for state in states.values()}) == len(changes)
    for at, state in states.items():
        for asked in (at, at.replace("08:00", "20:00")):
            keep(tmp_path, LATER, asked)
            assert [(tmp_path / "out" / name).read_bytes() for name in ("results.json", "汇总.xlsx")] == state
    with read_ledger(tmp_path / "ledger") as ledger:
        for at, state in states.items():
            [run] = ledger.last_runs(at)
            assert ledger.results(run) == state[0]
        assert [run.at for run in ledger.last_runs()] == ["2026-11-05T08:00:00Z"], "asking enters nothing"


def test_before_anything_was_received_there_is_nothing_to_score(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    with pytest.raises(UsageFault, match="ledger-missing"):
        keep(tmp_path, AT, AT)
    keep(tmp_path, LATER)
    with pytest.raises(UsageFault, match="as-of-unknown") as fault:
        keep(tmp_path, LATEST, AT)
    assert "2026-11-21" in sentence("errors", fault.value.code, "zh", **fault.value.parameters)


def test_a_mail_received_in_time_and_collected_later_counts_as_of_then(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    keep(tmp_path, AT)
    data = filled("credit")
    with open_ledger(tmp_path / "ledger", "2026-11-21T12:00:00Z") as ledger:
        mailed = replace(parcel(data, "b.xlsx"), sender="clerk@example.com", received="2026-11-21T11:00:00Z")
        ledger.take([mailed], "mail")
    put(tmp_path / "inbox", {"b.xlsx": data, "c.xlsx": filled("tax")})
    keep(tmp_path, LATER)
    asked = keep(tmp_path, LATEST, "2026-11-21T11:30:00Z")
    assert [one.parcel for one in asked.submissions] == ["a.xlsx", "b.xlsx"]
    assert [one.parcel for one in keep(tmp_path, LATEST, AT).submissions] == ["a.xlsx"]


def test_files_that_are_gone_from_the_inbox_are_told_and_do_not_count(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("credit")})
    assert "file-gone" not in codes(keep(tmp_path, AT).findings)
    (tmp_path / "inbox" / "a.xlsx").unlink()
    (tmp_path / "inbox" / "b.xlsx").rename(tmp_path / "inbox" / "renamed.xlsx")
    done = keep(tmp_path, LATER)
    assert [(f.origin.file, f.parameters) for f in done.findings if f.code == "file-gone"] == [
        ("a.xlsx", {"sha256": parcel(filled("secrecy")).sha256[:12]})
    ]
    assert [one.parcel for one in done.submissions] == ["renamed.xlsx"]


def test_without_a_ledger_and_with_a_fresh_one_the_results_are_the_same_bytes(tmp_path: Path) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("secrecy", leak_events=7)})
    collect(inbox, tmp_path / "bare")
    keep(tmp_path, AT)
    keep(tmp_path, LATER)
    for name in ("results.json", "汇总.xlsx"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "bare" / name).read_bytes()


def test_a_ledger_inside_the_inbox_is_not_taken_for_what_was_received(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    keeping = Keeping(tmp_path / "inbox" / "账", AT)
    first, _ = collect(tmp_path / "inbox", tmp_path / "out", keeping=keeping)
    second, _ = collect(tmp_path / "inbox", tmp_path / "other", keeping=keeping)
    assert [receipt.parcel for receipt in first.receipts] == ["a.xlsx"]
    assert first == second


def test_what_was_received_is_kept_even_where_nothing_of_it_can_be_scored(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.pdf": b"%PDF-1.4"})
    with pytest.raises(NothingUsable, match="no-templates"):
        keep(tmp_path, AT)
    with read_ledger(tmp_path / "ledger") as ledger:
        assert ledger.listing("inbox") == (Listed("a.pdf", parcel(b"%PDF-1.4").sha256),)


def test_what_the_ledger_has_to_say_of_itself_is_told_to_the_operator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    with open_ledger(tmp_path / "out" / "ledger", "2090-01-01T00:00:00Z") as ledger:
        ledger.take([parcel(b"x", "x.pdf")], "mail")
    assert run_cli(["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out")]) == 1
    assert "clock" in capsys.readouterr().err
    for left in (tmp_path / "out" / "ledger").glob("ledger.sqlite3*"):
        left.unlink()
    assert run_cli(["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out")]) == 1
    assert "rebuilt" in capsys.readouterr().err


def test_the_notes_in_the_store_say_how_a_parcel_came(tmp_path: Path) -> None:
    with open_ledger(tmp_path, AT) as ledger:
        ledger.take([parcel(b"x", "一.xlsx")], "inbox", ())
    [note] = (tmp_path / "store").glob("*/*.json")
    assert json.loads(note.read_text(encoding="utf-8")) == {
        "name": "一.xlsx", "received": AT, "sender": "", "source": "inbox",
    }  # fmt: skip
