"""Who may read what we write, and what a reader is told beside a writer that lets nobody in."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import filled, put

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import open_ledger, read_ledger, schema
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.run.files import write_file

AT = "2026-11-21T03:00:00Z"
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@contextmanager
def masked(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- who may read ------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_that_is_written_may_be_read_by_whom_the_umask_says(mask: int, expected: int, tmp_path: Path) -> None:
    with masked(mask):
        write_file(tmp_path / "汇总.xlsx", b"x")
    assert mode(tmp_path / "汇总.xlsx") == expected
    assert [path.name for path in tmp_path.iterdir()] == ["汇总.xlsx"]


@posix
def test_a_file_that_somebody_closed_to_others_stays_so_when_it_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "汇总.xlsx"
    with masked(0o022):
        write_file(path, b"x")
        path.chmod(0o600)
        write_file(path, b"y")
    assert (mode(path), path.read_bytes()) == (0o600, b"y")


@posix
@pytest.mark.parametrize(("mask", "others"), [(0o077, 0), (0o022, 0o044)])
def test_nothing_that_a_collection_writes_is_open_to_more_than_the_umask_says(
    mask: int, others: int, tmp_path: Path
) -> None:
    """The summary, the results, the ledger, its store and its notes: contacts stand in all of them."""
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    with masked(mask):
        assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "out")]) == 1
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) > 5
    assert {mode(path) & 0o077 for path in files} == {others}


def test_a_name_that_a_killed_run_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f".xlscore-{os.getpid()}-0.tmp").write_bytes(b"half")
    write_file(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"


# --- a reader beside a writer ------------------------------------------------------------------------------------

SHUT = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "wal":
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
else:
    database.execute("PRAGMA journal_mode = DELETE")
database.execute("BEGIN EXCLUSIVE")
database.execute("INSERT INTO listing (source, at) VALUES ('half', '2026-11-21T03:00:00Z')")
print("shut", flush=True)
sys.stdin.read()
"""


@contextmanager
def shut_by_another(path: Path, journal: str) -> Iterator[None]:
    """Another process writes, and lets nobody in."""
    command = [sys.executable, "-c", SHUT, str(path), journal]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "shut\n"
        try:
            yield
        finally:
            other.kill()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    with open_ledger(tmp_path, AT):
        pass
    return tmp_path / "ledger.sqlite3"


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_reader_beside_a_writer_that_lets_nobody_in_is_told_that_the_ledger_is_in_use(
    journal: str, ledger: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PATIENCE", 0.2)
    with shut_by_another(ledger, journal):
        with pytest.raises(MachineFault, match="ledger-in-use"), read_ledger(ledger.parent):
            pass
        assert run_cli(["--lang", "en", "status", "--ledger", str(ledger.parent)]) == 3
        assert "is being written" in capsys.readouterr().err


def test_a_reader_beside_a_writer_that_lets_others_in_sees_what_is_whole(ledger: Path) -> None:
    writer = sqlite3.connect(ledger, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO listing (source, at) VALUES ('half', ?)", (AT,))
    with read_ledger(ledger.parent) as opened:
        assert opened.listing("half") is None
    writer.execute("ROLLBACK")
    writer.close()


def test_a_database_that_cannot_be_opened_where_one_can_write_is_never_read_as_if_nobody_wrote(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = refuse_to_share(monkeypatch)
    with pytest.raises(MachineFault, match="ledger-unwritable"), read_ledger(ledger.parent):
        pass
    assert asked == ["mode=ro"]


def refuse_to_share(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """As on a read-only medium: a log cannot be shared there. Gives the ways in which the database was opened."""
    asked: list[str] = []
    connect = schema._connect_to_read

    def watched(path: Path, options: str, proven: bool) -> sqlite3.Connection:
        asked.append(options)
        if options == "mode=ro":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, options, proven)

    monkeypatch.setattr(schema, "_connect_to_read", watched)
    return asked


def test_on_a_medium_that_is_read_only_the_ledger_is_read_as_it_is(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = refuse_to_share(monkeypatch)
    monkeypatch.setattr(schema, "is_read_only", lambda _: True)
    with read_ledger(ledger.parent) as opened:
        assert opened.last_runs() == ()
    assert asked == ["mode=ro", "immutable=1"]


def test_a_log_beside_it_on_such_a_medium_is_told_and_not_left_out(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_share(monkeypatch)
    monkeypatch.setattr(schema, "is_read_only", lambda _: True)
    ledger.with_name("ledger.sqlite3-wal").write_bytes(b"entries")
    with pytest.raises(MachineFault, match="ledger-unfinished") as fault, read_ledger(ledger.parent):
        pass
    for language in LANGUAGES:
        told = sentence("errors", fault.value.code, language, **fault.value.parameters)
        assert all(str(value) in told for value in fault.value.parameters.values())


def test_a_folder_that_can_be_written_is_no_read_only_medium(tmp_path: Path) -> None:
    assert not schema.is_read_only(tmp_path)
    tmp_path.chmod(0o555)
    assert not schema.is_read_only(tmp_path), "closed to us is not read-only: somebody may be writing"
    tmp_path.chmod(0o755)


@pytest.mark.skipif(not Path("/proc/mounts").exists(), reason="needs a list of mounts")
def test_a_mount_that_is_read_only_is_known_as_such() -> None:
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    closed = [Path(m[1]) for m in mounts if "ro" in m[3].split(",") and Path(m[1]).is_dir()]
    assert all(map(schema.is_read_only, closed))
