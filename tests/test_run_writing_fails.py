"""A failure while writing costs its own output only; and what belongs together is never of two runs."""

from __future__ import annotations

import errno
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from support import filled, identified, put, value_cell, with_cell

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault
from smartcity_xl.form import returning
from smartcity_xl.form.returning import ReturnPlan
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.results import read_results
from smartcity_xl.run import files
from smartcity_xl.run.collected import collect_or_repeat
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.files import put_all, write_file, write_together
from smartcity_xl.run.standing import StandingReturns

CELL = value_cell("secrecy", "leak_events")
SUMMARY, RETURNED = label("file.summary"), label("file.returned_folder")
NUMBERS = {
    "not a number": "NaN", "infinite": "INF", "below all": "-INF", "beyond a float": "1E999", "at its edge": "1.7E308",
    "4,301 digits": "7" * 4_301, "6,000 digits": "9" * 6_000, "next to nothing": "1E-320",
}  # fmt: skip


def inbox(folder: Path, spoilt: bytes) -> Path:
    return put(folder / "inbox", {"坏.xlsx": spoilt, "好.xlsx": filled("credit")})


@pytest.mark.parametrize("quotes", ['"', "'"], ids=["the fast reader", "the thorough one"])
@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_ends_a_run(number: str, quotes: str, tmp_path: Path) -> None:
    spoilt = with_cell(
        filled("secrecy", crypto_failing_systems=4), CELL, f"<c r={quotes}{CELL}{quotes}><v>{NUMBERS[number]}</v></c>"
    )
    _, done = collect(inbox(tmp_path, spoilt), tmp_path / "out")
    assert not done.failed
    assert {SUMMARY, "results.json"} <= {path.name for path in done.written}
    backs = [path.name for path in done.returned]
    assert any("信用办" in name for name in backs)
    refused = quotes == "'" and number in ("not a number", "infinite", "below all")
    assert any("机要" in name for name in backs) != refused  # such a file is put aside whole, and told
    for path in done.returned:
        assert zipfile.ZipFile(path).testzip() is None


def test_a_bug_in_one_workbook_that_goes_back_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartcity_xl.form.returning import write

    made = write.stamp_template

    def stumble(catalog: Any, assignment: Any, department: str, *rest: Any) -> bytes:
        if department == "secrecy":
            raise AssertionError("XlsxWriter refused a cell: -2")
        return made(catalog, assignment, department, *rest)

    _, before = collect(inbox(tmp_path, filled("secrecy", leak_events=1)), tmp_path / "out")
    old = {path.name: path.read_bytes() for path in before.returned}
    monkeypatch.setattr(write, "stamp_template", stumble)
    assert run_cli(["collect", str(tmp_path / "inbox"), "--out", str(tmp_path / "out")]) == 3
    assert (tmp_path / "out" / SUMMARY).exists()
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / RETURNED).glob("*.xlsx")} == old
    monkeypatch.undo()
    _, after = collect(tmp_path / "inbox", tmp_path / "out")
    assert (after.failed, after.kept, len(after.returned)) == ((), (), len(old))


def kept(folder: Path) -> Collection:
    """As the command collects: with a ledger, and so with a memory of what stands there."""
    return Collection(
        folder / "inbox", folder / "out", keeping=Keeping(folder / "out" / "ledger", "2026-11-21T03:00:00Z")
    )


def test_a_bug_in_knowing_whether_one_stands_there_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox(tmp_path, filled("secrecy", leak_events=1))
    find = StandingReturns.find

    def stumble(standing: StandingReturns, plan: ReturnPlan) -> bytes | None:
        if plan.department == "secrecy":
            raise TypeError("cannot be told from another")
        return find(standing, plan)

    monkeypatch.setattr(StandingReturns, "find", stumble)
    _, done = collect_or_repeat(kept(tmp_path))
    assert [why for _, why in done.failed] == ["TypeError: cannot be told from another"]
    assert [path.name for path in done.returned] == [path.name for path in (tmp_path / "out" / RETURNED).glob("*.xlsx")]
    assert len(done.returned) == 1


def test_what_could_not_be_planned_at_first_is_made_in_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox(tmp_path, filled("secrecy", leak_events=1))
    refusals, plan = [MemoryError()], returning.plan_returns

    def stumble(*told: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return plan(*told)

    monkeypatch.setattr(returning, "plan_returns", stumble)
    _, done = collect_or_repeat(kept(tmp_path))
    assert (refusals, done.failed, len(done.returned)) == ([], (), 2)


def test_a_bug_in_the_summary_costs_the_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import smartcity_xl.summary

    def stumble(*_: object) -> bytes:
        raise OverflowError("int too large to convert to float")

    monkeypatch.setattr(smartcity_xl.summary, "write_summary", stumble)
    arguments = ["collect", str(inbox(tmp_path, filled("secrecy"))), "--out", str(tmp_path / "out"), "--lang", "en"]
    assert run_cli(arguments) == 3
    assert f"{SUMMARY}” was not written: OverflowError" in capsys.readouterr().err
    assert read_results(tmp_path / "out" / "results.json").round == "2018"
    assert list((tmp_path / "out" / RETURNED).glob("*.xlsx"))


# --- together, or not at all -------------------------------------------------------------------------------------


def stand(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def pair(folder: Path, data: bytes) -> dict[Path, bytes]:
    return {folder / SUMMARY: data, folder / "b.json": data, folder / "results.json": data}


@pytest.mark.parametrize("step", range(1, 10))
@pytest.mark.parametrize("old", [True, False], ids=["over old files", "into an empty folder"])
def test_a_full_disk_or_a_locked_file_leaves_the_files_of_one_run(
    step: int, old: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the first to the fifth fsync (three files, their note, its folder); a file is open at the
    first to the fourth rename (the note, and three files)."""
    if old:
        write_together(pair(tmp_path, b"old"))
    before, calls = stand(tmp_path), 0
    name, wanted = ("fsync", step) if step <= 5 else ("replace", step - 5)
    real = getattr(os, name)

    def refuse(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == wanted:
            raise (
                OSError(errno.ENOSPC, "No space left on device")
                if name == "fsync"
                else PermissionError("open in Excel")
            )
        real(*arguments)

    monkeypatch.setattr(files.os, name, refuse)
    with pytest.raises(MachineFault) as caught:
        write_together(pair(tmp_path, b"new"))
    assert caught.value.code == ("file-unwritable" if name == "fsync" else "file-locked")
    assert stand(tmp_path) == before
    monkeypatch.undo()
    write_together(pair(tmp_path, b"new"))
    assert stand(tmp_path) == {SUMMARY: b"new", "b.json": b"new", "results.json": b"new"}


def test_a_disk_without_second_names_is_served_by_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    write_together(pair(tmp_path, b"old"))
    monkeypatch.setattr(files.os, "link", refuse)
    write_together(pair(tmp_path, b"new"))
    assert set(stand(tmp_path).values()) == {b"new"}


def test_summary_and_results_are_of_one_run_after_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    collect(inbox(tmp_path, filled("secrecy", leak_events=1)), out, keeping=Keeping(out, "2019-02-20T00:00:00Z"))
    before = {name: (out / name).read_bytes() for name in (SUMMARY, "results.json")}
    put(tmp_path / "inbox", {"坏.xlsx": filled("secrecy", leak_events=2)})
    real, calls = files._write_beside, 0

    def refuse(path: Path, data: bytes) -> Path:
        nonlocal calls
        calls += 1
        if path.name == "results.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(files, "_write_beside", refuse)
    with pytest.raises(MachineFault):
        collect(tmp_path / "inbox", out, keeping=Keeping(out, "2019-02-21T00:00:00Z"))
    assert calls > 1
    assert {name: (out / name).read_bytes() for name in before} == before
    assert not list(out.glob(".xlscore-*.tmp"))


def test_a_round_of_theirs_spoils_no_workbook(tmp_path: Path) -> None:
    """Control signs, commands of a footer, more than a property holds: what goes back is a workbook all the same."""
    from openpyxl import load_workbook

    spoilt = identified(filled("secrecy", leak_events=1), round='2018&G&"Wingdings"_x001B_' + "轮" * 300)
    _, done = collect(put(tmp_path / "inbox", {"坏.xlsx": spoilt}), tmp_path / "out")
    assert len(done.returned) == 1
    book = load_workbook(done.returned[0])
    footer = book[label("sheet.figures")].oddFooter.left.text
    assert footer is None or "&G" not in footer.replace("&&", "")


def test_many_files_that_are_put_in_place_at_once_do_not_take_each_other_away(tmp_path: Path) -> None:
    names = [f"{number}.xlsx" for number in range(40)]
    for turn in range(5):
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda name, turn=turn: write_file(tmp_path / name, f"{turn} {name}".encode()), names))
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
            name: f"{turn} {name}" for name in names
        }


# --- each by itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "write", "fsync", "close", "replace"])
@pytest.mark.parametrize("number", [3, 40], ids=["few", "more than are written before the disk is waited for"])
def test_a_file_that_is_locked_stays_as_it_was_and_costs_no_other(
    step: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the machine refuses of the second file, half of which may have been written."""
    names = [f"{one:02}.xlsx" for one in range(number)]
    for name in names:
        (tmp_path / name).write_bytes(b"old")
    real, calls, lock = getattr(os, step), 0, Lock()

    def refuse(*arguments: Any) -> Any:
        nonlocal calls
        with lock:
            calls += 1
            mine = calls == 2
        if not mine:
            return real(*arguments)
        if step == "write":
            real(arguments[0], arguments[1][:1])
        if step == "close":
            real(*arguments)
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.os, step, refuse)
    locked = put_all({tmp_path / name: b"new" for name in names})
    monkeypatch.undo()
    assert len(locked) == 1
    assert stand(tmp_path) == {name: b"old" if tmp_path / name in locked else b"new" for name in names}


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize("at", [1, 5, 35])
def test_a_disk_that_is_full_leaves_each_file_whole_and_nothing_beside_it(
    step: str, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls, lock = getattr(os, step), 0, Lock()

    def refuse(*arguments: Any) -> Any:
        nonlocal calls
        with lock:
            calls += 1
            if calls >= at:
                raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(files.os, step, refuse)
    with pytest.raises(MachineFault, match="file-unwritable"):
        put_all({tmp_path / f"{one:02}.xlsx": b"new" for one in range(40)})
    monkeypatch.undo()
    assert set(stand(tmp_path).values()) <= {b"new"}
    assert all(name.endswith(".xlsx") for name in stand(tmp_path))


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system takes no advice")
def test_a_disk_that_takes_no_advice_takes_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(files.os, "posix_fadvise", refuse)
    names = [f"{one:02}.xlsx" for one in range(40)]
    assert not put_all({tmp_path / name: b"new" for name in names})
    assert stand(tmp_path) == dict.fromkeys(names, b"new")
