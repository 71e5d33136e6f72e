"""Several people and one ledger on a server: one writes at a time, whoever is cut off leaves nothing false, and the
next goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from database_server import DatabaseServer
from ledger_work import AT, LATER, LATEST, PARCELS, assert_said, objects, rows, work
from processes import LIMIT
from support import filled, parcel, put

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import audit_ledger, has_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.postgres.connection import Remote
from smartcity_xl.ledger.postgres.store import RemoteStore
from smartcity_xl.model import Outcome
from smartcity_xl.model.place import Served
from smartcity_xl.run.collecting import assess

pytestmark = pytest.mark.servers
EVERY = 37
"""Of so many steps one is cut."""

HOLD = """
import sys
from smartcity_xl.ledger import open_ledger
from smartcity_xl.ledger.places import read_place
from smartcity_xl.model import Parcel
data = b"left"
import hashlib
with open_ledger(read_place(sys.argv[1]), sys.argv[2]) as ledger:
    ledger.take([Parcel("a.pdf", data, hashlib.sha256(data).hexdigest())], "inbox", ())
    ledger.store.keep(hashlib.sha256(b"b").hexdigest(), b"b", {"name": "b.pdf", "source": "inbox", "sender": "",
                                                               "received": sys.argv[2]})
    ledger.store.settle()
    ledger.store.put(b"of nobody")
    ledger.store.settle()
    ledger.database.begin()
    ledger.database.execute("INSERT INTO listing (source, at) VALUES ('inbox', 'never')")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("inbox"), {one.name: one.data for one in PARCELS}))


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory, outcome: Outcome) -> tuple[Any, Any]:
    """What an undisturbed run leaves, in a folder."""
    folder = tmp_path_factory.mktemp("golden") / "ledger"
    work(folder, outcome, AT)
    return rows(folder), objects(folder)


def kept(place: Served) -> dict[str, bytes]:
    with read_ledger(place) as ledger:
        store = ledger.store
        return {path.name: store.get(path.name) for path in store.objects() if store.holds(path.name)}


@contextmanager
def another_process(place: Served) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(place), AT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


# --- one writer --------------------------------------------------------------------------------------------------


def test_who_comes_second_is_told_who_writes_and_a_killed_writer_leaves_nothing_false(
    database_server: DatabaseServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = database_server.place()
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    words = ["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out"), "--ledger", str(place)]
    with another_process(place) as other:
        assert run_cli([*words, "--no-campaign"]) == 3
        told = capsys.readouterr().err
        assert all(part in told for part in (str(other.pid), os.uname().nodename, AT, "Run again"))
        with pytest.raises(MachineFault, match="ledger-locked") as fault:
            audit_ledger(place, LATER)
        assert_said(fault.value)
        with read_ledger(place) as ledger:
            assert [one.name for one in ledger.sightings()] == ["a.pdf"], "asking needs no lock"
        with open_ledger(database_server.place(), AT):
            pass  # another round is another ledger
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert run_cli([*words, "--no-campaign"]) == 1
    assert "was cut off and left 2 files" in capsys.readouterr().err
    assert audit_ledger(place, LATER).flaws == ()
    with read_ledger(place) as ledger:
        assert {"a.pdf", "b.pdf", "a.xlsx"} == {one.name for one in ledger.sightings()}
        assert ledger.database.execute("SELECT count(*) FROM listing WHERE at = 'never'").fetchone() == (0,)


def until_free(task: Callable[[], None]) -> None:
    """As a person who runs a command again that was told to wait."""
    until = time.monotonic() + 3 * LIMIT
    while True:
        try:
            return task()
        except MachineFault as fault:
            if fault.code != "ledger-locked" or time.monotonic() > until:
                raise
        time.sleep(0.01)


def test_many_writers_make_one_chain_in_which_time_never_runs_backwards(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcity_xl.ledger.postgres.opening._WAIT", "50ms")
    place = database_server.place()  # which none of them has made yet

    def enter(number: int) -> None:
        """Clocks that disagree by hours."""
        at = f"2026-11-21T{(number * 7) % 24:02}:00:00Z"
        with open_ledger(place, at) as ledger:
            ledger.take([parcel(str(number).encode(), f"{number}.pdf")], "inbox")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: until_free(lambda: enter(number)), range(16)))
    found = audit_ledger(place, LATEST)
    assert found.flaws == ()
    assert found.chained
    assert found.chained.links == 17
    with read_ledger(place) as ledger:
        seen = ledger.sightings()
        moments = [one.at for one in seen]
        assert moments == sorted(set(moments))
        assert {one.name for one in seen} == {f"{number}.pdf" for number in range(16)}


def test_of_two_collections_at_once_one_waits_and_both_are_there(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    place, running = database_server.place(), []
    for name in ("甲", "乙"):
        inbox = put(tmp_path / name, {f"{name}.pdf": f"%PDF-1.4 {name} %%EOF".encode(), "a.xlsx": filled("secrecy")})
        words = ["collect", str(inbox), "--out", str(tmp_path / f"out {name}"), "--ledger", str(place), "--no-campaign"]
        running.append([sys.executable, "-m", "smartcity_xl", *words])
    begun = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in running]
    try:
        codes = [one.wait(3 * LIMIT) for one in begun]
    finally:
        for one in begun:
            one.kill()
    assert set(codes) <= {1, 3}
    assert 1 in codes
    for code, command in zip(codes, running, strict=True):
        if code == 3:  # both are through: nobody is in its way
            assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    assert audit_ledger(place, LATEST).flaws == ()
    with read_ledger(place) as ledger:
        assert {one.name for one in ledger.sightings()} == {"甲.pdf", "乙.pdf", "a.xlsx"}
        (number,) = ledger.database.execute("SELECT count(*) FROM run").fetchone()
        assert number == 2


# --- a server that goes away -------------------------------------------------------------------------------------


@contextmanager
def cut_at(step: int, end: Callable[[Remote], None], after: bool = False) -> Iterator[list[str]]:
    """Whatever is asked of a server is counted; at a step (from 1) something befalls the connection, before it or after
    it."""
    calls: list[str] = []

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Remote, sql: str, *given: Any) -> Any:
            calls.append(sql)
            now = len(calls) == step
            if now and not after:
                end(self)
            found = real(self, sql, *given)
            if now and after:
                end(self)
            return found

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("execute", "executemany", "script"):
            patch.setattr(Remote, name, counted(getattr(Remote, name)))
        yield calls


@pytest.fixture(scope="module")
def steps(database_server: DatabaseServer, outcome: Outcome) -> int:
    with cut_at(0, lambda _: None) as calls:
        work(database_server.place(), outcome, AT)
    assert len(calls) > 150
    return len(calls)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_connection_that_is_cut_at_any_step_is_told_and_the_next_run_completes_it(
    after: bool, database_server: DatabaseServer, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    with database_server.look() as administrator:

        def cut(remote: Remote) -> None:
            pid = remote._connection.info.backend_pid
            administrator.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

        for step in range(1 + 3 * after, steps - 2, EVERY):
            place = database_server.place()
            with cut_at(step, cut, after), pytest.raises(MachineFault) as fault:
                work(place, outcome, AT)
            assert fault.value.code == "ledger-server-gone", (step, fault.value)
            if has_ledger(place):
                assert_no_row_without_its_bytes(place)
            work(place, outcome, LATER)
            assert (rows(place), kept(place)) == golden, f"step {step} of {steps}"
            assert audit_ledger(place, LATEST).flaws == (), f"step {step} of {steps}"
    assert_said(fault.value)


def assert_no_row_without_its_bytes(place: Served) -> None:
    with read_ledger(place) as ledger:
        asked = "SELECT sha256 FROM parcel UNION SELECT results FROM run UNION SELECT mail FROM posting_step"
        for (sha256,) in ledger.database.execute(asked).fetchall():
            ledger.read_bytes(sha256)  # raises where it is gone, or not whole


def test_the_guard_against_rows_without_bytes_sees_one(
    database_server: DatabaseServer, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = database_server.place()
    monkeypatch.setattr(RemoteStore, "_send", lambda store: store._waiting.clear())
    with open_ledger(place, AT) as ledger:
        ledger.take(PARCELS, "inbox", ())
    with pytest.raises(MachineFault, match="store-damaged"):
        assert_no_row_without_its_bytes(place)


def test_a_server_that_goes_down_in_the_middle_loses_nothing(
    database_server: DatabaseServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = database_server.place()
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.pdf": b"%PDF-1.4 %%EOF"})
    words = ["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out"), "--ledger", str(place)]
    with cut_at(80, lambda _: database_server.stop()):
        assert run_cli([*words, "--no-campaign"]) == 3
    told = capsys.readouterr().err
    assert "was lost" in told
    assert "run the same command again" in told
    assert run_cli([*words, "--no-campaign"]) == 3
    assert "cannot be reached" in capsys.readouterr().err
    database_server.start()
    assert run_cli([*words, "--no-campaign"]) == 1
    assert audit_ledger(place, LATEST).flaws == ()
    with read_ledger(place) as ledger:
        assert {one.name for one in ledger.sightings()} == {"a.xlsx", "b.pdf"}


def test_a_full_disk_of_the_server_is_told_as_one(database_server: DatabaseServer, outcome: Outcome) -> None:
    """The server says so of a table space that has no room: here by an error of its own making."""
    place = database_server.place()
    work(place, outcome, AT)
    with database_server.look(place) as database:
        database.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$"
        )
        database.execute("CREATE TRIGGER full_disk BEFORE INSERT ON kept EXECUTE FUNCTION full_disk()")
    with pytest.raises(MachineFault, match="ledger-full") as fault, open_ledger(place, LATER) as ledger:
        ledger.take([parcel(b"new", "new.pdf")], "inbox", ())
    assert_said(fault.value)
    with read_ledger(place) as ledger:
        assert "new.pdf" not in {one.name for one in ledger.sightings()}
