"""What was received is never lost: whatever is cut off, whenever, the next run ends where an undisturbed one does."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cutting import Cut, cut_at, kill_self, raise_cut
from ledger_work import AT, LATER, PARCELS, assert_said, lay_out, objects, rows, work
from processes import count_calls, killed_at
from support import filled, parcel, put

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import (
    Keeping,
    open_ledger,
    read_ledger,
)
from smartcity_xl.ledger.door import _free_space
from smartcity_xl.ledger.schema import open_database
from smartcity_xl.ledger.store import Store
from smartcity_xl.model import Outcome
from smartcity_xl.run.collecting import assess, collect

EVERY = int(os.environ.get("XLSCORE_EVERY_STEP", "2"))
"""Of the steps every so many-th is tried in each way; 1 tries all. An exception comes at those between which a kill
comes."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("inbox"), {one.name: one.data for one in PARCELS}))


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory, outcome: Outcome) -> tuple[Any, Any]:
    folder = tmp_path_factory.mktemp("golden")
    work(folder, outcome, AT)
    return rows(folder), objects(folder)


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


# --- cut off at every step ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, outcome: Outcome, golden: tuple[Any, Any]) -> int:
    """Those of a run; what a process does once alone was done by the ``golden`` one."""
    with cut_at(0, kill_self) as calls:
        work(tmp_path_factory.mktemp("steps") / "ledger", outcome, AT)
    assert {"fsync", "replace", "execute", "executemany", "flock"} <= set(calls)
    return len(calls) - 3  # the last ones let go of the lock


def test_a_run_that_fails_at_any_step_leaves_nothing_false_and_the_next_run_completes_it(
    quick_path: Path, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    assert steps > 60
    for step in range(1, steps + 1, EVERY):
        folder = quick_path / str(step)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            work(folder, outcome, AT)
        assert_no_row_without_its_bytes(folder)
        work(folder, outcome, LATER)
        assert (rows(folder), objects(folder)) == golden, f"step {step} of {steps}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_killed_at_any_step_leaves_nothing_false_and_the_next_run_completes_it(
    quick_path: Path, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    for step in range(EVERY, steps + 1, EVERY):
        folder = quick_path / str(step)
        child = os.fork()
        if child == 0:
            with cut_at(step, kill_self):
                work(folder, outcome, AT)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert_no_row_without_its_bytes(folder)
        work(folder, outcome, LATER)
        assert (rows(folder), objects(folder)) == golden, f"step {step} of {steps}"


def test_the_guard_against_rows_without_bytes_sees_one(tmp_path: Path, outcome: Outcome) -> None:
    work(tmp_path, outcome, AT)
    lay_out(tmp_path)
    (tmp_path / "store" / PARCELS[0].sha256[:2] / PARCELS[0].sha256).unlink()
    with pytest.raises(MachineFault, match="store-damaged"):
        assert_no_row_without_its_bytes(tmp_path)


def test_what_came_together_was_received_together_even_where_a_run_was_cut_off_between(
    quick_path: Path, outcome: Outcome, steps: int
) -> None:
    for step in range(1, steps + 1, 7):
        folder = quick_path / str(step)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            work(folder, outcome, AT)
        work(folder, outcome, LATER)
        with read_ledger(folder) as ledger:
            assert len(set(ledger.received().values())) == 1


REFUSALS = [errno.ENOSPC, errno.EROFS, errno.EIO]


@pytest.mark.parametrize("number", REFUSALS)
def test_a_disk_that_refuses_at_any_step_is_a_fault_with_a_remedy_and_the_next_run_completes_it(
    number: int, quick_path: Path, outcome: Outcome, golden: tuple[Any, Any], steps: int
) -> None:
    def refuse() -> None:
        raise OSError(number, os.strerror(number))

    for step in range(1 + REFUSALS.index(number), steps + 1, 3 * EVERY):
        folder = quick_path / str(step)
        with pytest.raises(MachineFault) as fault, cut_at(step, refuse):
            work(folder, outcome, AT)
        assert fault.value.code == ("ledger-full" if number == errno.ENOSPC else "ledger-unwritable")
        assert_no_row_without_its_bytes(folder)
        work(folder, outcome, LATER)
        assert (rows(folder), objects(folder)) == golden, f"step {step} of {steps}"


def test_a_database_that_cannot_grow_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [parcel(str(number).encode(), f"{number}.pdf") for number in range(150)]

    def narrow(path: Path, *given: Any, **more: Any) -> sqlite3.Connection:
        connection = open_database(path, *given, **more)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr("smartcity_xl.ledger.opening.open_database", narrow)
        with pytest.raises(MachineFault, match="ledger-full") as fault, open_ledger(tmp_path, AT) as ledger:
            ledger.take(many, "inbox", ())
        assert_said(fault.value)
    with open_ledger(tmp_path, LATER) as ledger:
        assert ledger.received() == {}, "a transaction is whole or not at all"
        ledger.take(many, "inbox", ())
        assert set(ledger.received().values()) == {LATER}


def test_too_little_room_is_told_before_anything_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    monkeypatch.setattr("smartcity_xl.ledger.door._free_space", lambda _: 1000)
    with pytest.raises(MachineFault, match="disk-short") as fault:
        collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    assert objects(tmp_path / "ledger") == {}
    assert not (tmp_path / "out").exists()
    assert_said(fault.value)


@pytest.mark.skipif(not hasattr(os, "statvfs"), reason="another system is asked in another way")
def test_what_is_free_is_what_anybody_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = os.statvfs(tmp_path)
    monkeypatch.setattr("os.statvfs", lambda _: state)
    free = shutil.disk_usage(tmp_path).free
    assert _free_space(tmp_path) == free
    monkeypatch.delattr("os.statvfs")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=7))
    assert _free_space(tmp_path) == 7, "asked of another system"


# --- one writer --------------------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from smartcity_xl.ledger import open_ledger
with open_ledger(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(folder), AT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
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


@pytest.mark.summary
@pytest.mark.skipif(os.name != "posix", reason="is killed as a POSIX system does")
@pytest.mark.parametrize("share", [0.3, 0.5, 0.65, 0.8])
def test_a_collect_killed_wherever_it_is_is_completed_by_the_next(tmp_path: Path, share: float) -> None:
    inbox = put(tmp_path / "inbox", {f"{key}.xlsx": filled(key) for key in ("secrecy", "credit", "tax")})
    words, out, alone = ["collect", str(inbox), "--out"], tmp_path / "out", tmp_path / "alone"
    calls = count_calls(alone, *words, alone)
    assert killed_at(round(share * calls), out, *words, out).code == -signal.SIGKILL
    assert run_cli([*words, str(out)]) == 1
    for name in ("results.json", "汇总.xlsx"):
        assert (out / name).read_bytes() == (alone / name).read_bytes()
    assert rows(out / "ledger") == rows(alone / "ledger")
    assert not list(out.glob("*.tmp"))
