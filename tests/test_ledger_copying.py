"""A copy of a ledger holds all that was entered, and nothing else; the ledger stays as it is."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import DATABASE, bring_up_to_date, copy_ledger, open_ledger, read_ledger, sweep_copy
from smartcity_xl.ledger.door import MEMORY
from smartcity_xl.ledger.schema import MIGRATIONS, open_database
from smartcity_xl.model import Parcel

AT, LATER = "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"
FILES = {"甲.xlsx": b"PK first", "乙.txt": b"second" * 50_000}


def fill(folder: Path) -> Path:
    with open_ledger(folder, AT) as ledger:
        parcels = [Parcel(name, data, hashlib.sha256(data).hexdigest()) for name, data in FILES.items()]
        ledger.take(parcels, "收件", ())
    return folder


def held(folder: Path) -> dict[str, bytes]:
    with read_ledger(folder) as ledger:
        return {one.name: one.data for one in ledger.read_parcels(ledger.listing("收件") or ())}


def state(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_holds_what_was_entered_and_nothing_else(tmp_path: Path) -> None:
    folder = fill(tmp_path / "ledger")
    (folder / MEMORY).write_bytes(b"remembered")
    (folder / "unclaimed").mkdir()
    (folder / "unclaimed" / "x").write_bytes(b"of no entry")
    before = state(folder)
    copy_ledger(folder, tmp_path / "copy", LATER)
    assert state(folder).keys() == before.keys()
    assert {name: data for name, data in state(folder).items() if name != "lock"} == {
        name: data for name, data in before.items() if name != "lock"
    }
    there = state(tmp_path / "copy")
    assert there == {n: d for n, d in before.items() if n not in ("lock", MEMORY) and not n.startswith("unclaimed")}
    assert held(tmp_path / "copy") == FILES
    sweep_copy(tmp_path / "copy")
    assert state(tmp_path / "copy") == there, "what reading left is gone"


def test_what_still_lies_in_a_log_is_in_the_copy(tmp_path: Path) -> None:
    """As a writer leaves it that was cut off: database and log as they lie, without its checksum."""
    folder, cut = tmp_path / "ledger", tmp_path / "cut"
    fill(folder)
    keep = sqlite3.connect(folder / DATABASE)  # while somebody reads, the last writer leaves its log
    keep.execute("SELECT count(*) FROM parcel").fetchone()
    with open_ledger(folder, LATER) as ledger:
        third = Parcel("丙.xlsx", b"third", hashlib.sha256(b"third").hexdigest())
        ledger.take([*_parcels(), third], "收件", ())
        shutil.copytree(folder, cut)
    keep.close()
    assert (cut / f"{DATABASE}-wal").stat().st_size
    copy_ledger(cut, tmp_path / "copy", LATER)
    assert not list((tmp_path / "copy").glob(f"{DATABASE}-*"))
    assert held(tmp_path / "copy") == {**FILES, "丙.xlsx": b"third"}


def _parcels() -> list[Parcel]:
    return [Parcel(name, data, hashlib.sha256(data).hexdigest()) for name, data in FILES.items()]


def test_nothing_is_copied_while_somebody_writes(tmp_path: Path) -> None:
    folder = fill(tmp_path / "ledger")
    with open_ledger(folder, LATER), pytest.raises(MachineFault) as refused:
        copy_ledger(folder, tmp_path / "copy", LATER)
    assert refused.value.code == "ledger-locked"
    with pytest.raises(UsageFault):
        copy_ledger(tmp_path / "none", tmp_path / "copy", LATER)


def test_a_copy_of_an_older_programs_ledger_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    (folder / "store").mkdir(parents=True)
    open_database(folder / DATABASE, migrations=MIGRATIONS[:-1]).close()
    with pytest.raises(MachineFault), read_ledger(folder):
        pass
    bring_up_to_date(folder, AT)
    with read_ledger(folder) as ledger:
        assert ledger.last_runs() == ()
    before = (folder / DATABASE).read_bytes()
    bring_up_to_date(folder, AT)
    assert (folder / DATABASE).read_bytes() == before, "one of today's stays as it is"


@pytest.mark.parametrize("place", ["mysql://u@db.example.com/p", "s3://bucket/ledger", "http://db.example.com"])
def test_an_address_that_holds_no_ledger_is_never_a_folder(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["copy-ledger", "here", place], ["status", "--no-campaign", "--ledger", place]):
        assert run_cli(["--lang", "en", *words]) == 2
        assert f"“{place}” is no address of a ledger" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
