"""A repair puts back what can be had and makes store and entries agree, and the next completes what was cut off."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from cutting import Cut, cut_at, kill_self, raise_cut
from ledger_harm import NOW, flip, freely, object_path, proof, told
from ledger_work import AT, LATER, PARCELS, work
from support import parcel, put

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import audit_ledger, bundles, mend_ledger, open_ledger, read_ledger
from smartcity_xl.model import Outcome
from smartcity_xl.run.collecting import assess

SHA, LOOSE = PARCELS[0].sha256, parcel(b"came, and was never entered", "late.pdf")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("inbox"), {one.name: one.data for one in PARCELS}))


@pytest.fixture
def ledger(tmp_path: Path, outcome: Outcome) -> Path:
    work(tmp_path / "ledger", outcome, AT)
    return tmp_path / "ledger"


def harm(ledger: Path) -> Path:
    """Some of everything that can be mended."""
    object_path(ledger, SHA).unlink()
    object_path(ledger, PARCELS[1].sha256).write_bytes(b"other")
    object_path(ledger, PARCELS[2].sha256, ".json").unlink()
    come = {"name": LOOSE.name, "source": "inbox", "sender": "", "received": AT}
    kept = f"{LOOSE.sha256[:2]}/{LOOSE.sha256}"
    put(ledger / "store", {
        kept: LOOSE.data, f"{kept}.json": json.dumps(come).encode(), "Thumbs.db": b"x", f"00/{'0' * 64}.json": b"{",
        "2d/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881": b"x",
    })  # fmt: skip
    return ledger


def mend(ledger: Path) -> None:
    mend_ledger(ledger, NOW, audit_ledger(ledger, NOW), [one.data for one in PARCELS])


def everything(folder: Path) -> dict[str, bytes]:
    """What lies in the store, and beside it what belonged to nothing."""
    kept = [path for name in ("store", "unclaimed") for path in (folder / name).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def test_what_can_be_had_is_put_back_and_nothing_is_deleted(ledger: Path) -> None:
    before = set(everything(harm(ledger)).values())
    mend(ledger)
    assert told(ledger) == set()
    assert [object_path(ledger, one.sha256).read_bytes() for one in PARCELS] == [one.data for one in PARCELS]
    assert {path.name for path in (ledger / "unclaimed").iterdir()} == {
        "Thumbs.db", f"{'0' * 64}.json", hashlib.sha256(b"x").hexdigest(),
    }  # fmt: skip
    assert before - set(everything(ledger).values()) == {b"other"}, "the altered bytes were nobody's"
    with read_ledger(ledger) as opened:
        [seen] = opened.sightings(LOOSE.sha256)
        assert (seen.name, seen.at, seen.received) == (LOOSE.name, NOW, AT), "entered now, received then"


def test_bytes_under_a_wrong_name_are_found_in_the_store_itself(ledger: Path) -> None:
    object_path(ledger, SHA).rename(ledger / "store" / "renamed.xlsx")
    mend_ledger(ledger, NOW, audit_ledger(ledger, NOW), [])
    assert told(ledger) == set()
    assert (ledger / "unclaimed" / "renamed.xlsx").read_bytes() == PARCELS[0].data


def test_bytes_under_a_wrong_name_are_found_in_a_bundle_that_is_whole(ledger: Path) -> None:
    object_path(ledger, SHA).unlink()
    (ledger / "store" / bundles.FOLDER).mkdir(exist_ok=True)
    path = bundles.next_bundle(ledger / "store")
    with path.open("wb") as stream:
        bundle = bundles.Bundle(stream)
        bundle.add("0" * 64, PARCELS[0].data, {"name": "a"})
        bundle.finish()
    assert bundles.is_as_written(path)
    mend_ledger(ledger, NOW, audit_ledger(ledger, NOW), [])
    assert object_path(ledger, SHA).read_bytes() == PARCELS[0].data
    assert told(ledger) == {"object-altered"}, "what lies under the false name stays told, as it does as a file"


def test_what_cannot_be_had_stays_told_and_costs_nothing_else(ledger: Path) -> None:
    harm(ledger)
    mend_ledger(ledger, NOW, audit_ledger(ledger, NOW), [PARCELS[1].data])
    assert [(flaw.code, flaw.file) for flaw in proof(ledger).flaws] == [("object-missing", "a.xlsx")]


def test_a_database_that_was_edited_is_not_written_and_no_note_is_made_by_it(ledger: Path) -> None:
    with freely(ledger) as database:
        database.execute("UPDATE sighting SET sender = 'x' WHERE id = 1")
    object_path(ledger, PARCELS[1].sha256).unlink()
    note = object_path(ledger, SHA, ".json").read_bytes()
    mend(ledger)
    assert told(ledger) == {"rows-changed", "note-altered"}
    assert object_path(ledger, SHA, ".json").read_bytes() == note
    assert object_path(ledger, PARCELS[1].sha256).exists(), "bytes are put back all the same: their hash is their proof"


def test_bytes_that_no_entry_uses_are_noted_anew(ledger: Path) -> None:
    path = ledger / "ledger.sqlite3"
    at = path.read_bytes().find(bytes(200))
    flip(path, (at + 100) * 8)
    assert told(ledger) == {"database-bytes"}
    mend(ledger)
    assert told(ledger) == set()


def test_two_of_one_name_are_both_kept_apart(ledger: Path) -> None:
    for content in (b"one", b"two"):
        put(ledger / "store", {"Thumbs.db": content})
        mend(ledger)
    assert {path.read_bytes() for path in (ledger / "unclaimed").iterdir()} == {b"one", b"two"}


# --- cut off -----------------------------------------------------------------------------------------------------


def steps_of(ledger: Path) -> int:
    found = audit_ledger(ledger, NOW)
    with cut_at(0, raise_cut) as calls:
        mend_ledger(ledger, NOW, found, [one.data for one in PARCELS])
    assert {"replace", "fsync", "execute", "flock", "unlink"} <= set(calls)
    return len(calls) - 2  # the last ones let go of the lock


def test_a_repair_that_is_cut_off_at_any_step_is_completed_by_the_next(tmp_path: Path, ledger: Path) -> None:
    harm(ledger)
    golden = shutil.copytree(ledger, tmp_path / "golden")
    steps = steps_of(golden)
    for step in range(1, steps + 1, 3):
        folder = shutil.copytree(ledger, tmp_path / str(step))
        found = audit_ledger(folder, NOW)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            mend_ledger(folder, NOW, found, [one.data for one in PARCELS])
        mend(folder)
        assert told(folder) == set(), f"step {step} of {steps}"
        assert everything(folder) == everything(golden), f"step {step} of {steps}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_repair_that_is_killed_at_any_step_is_completed_by_the_next(tmp_path: Path, ledger: Path) -> None:
    harm(ledger)
    golden = shutil.copytree(ledger, tmp_path / "golden")
    steps = steps_of(golden)
    for step in range(2, steps + 1, 6):
        folder = shutil.copytree(ledger, tmp_path / str(step))
        found = audit_ledger(folder, NOW)
        child = os.fork()
        if child == 0:
            with cut_at(step, kill_self):
                mend_ledger(folder, NOW, found, [one.data for one in PARCELS])
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        mend(folder)
        assert told(folder) == set(), f"step {step} of {steps}"
        assert everything(folder) == everything(golden), f"step {step} of {steps}"


def test_a_disk_that_refuses_a_repair_is_a_fault_with_a_remedy(tmp_path: Path, ledger: Path) -> None:
    harm(ledger)
    steps = steps_of(shutil.copytree(ledger, tmp_path / "golden"))

    def refuse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for step in range(1, steps + 1, 9):
        folder = shutil.copytree(ledger, tmp_path / str(step))
        found = audit_ledger(folder, NOW)
        with pytest.raises(MachineFault, match="ledger-full"), cut_at(step, refuse):
            mend_ledger(folder, NOW, found, [one.data for one in PARCELS])
        mend(folder)
        assert told(folder) == set(), f"step {step} of {steps}"


def test_whenever_a_run_is_cut_off_the_entries_are_chained_and_the_next_run_is_sound(
    tmp_path: Path, outcome: Outcome
) -> None:
    work(tmp_path / "first", outcome, AT)  # what a process does once alone is not counted
    with cut_at(0, raise_cut) as calls:
        work(tmp_path / "ledger", outcome, AT)
    for step in range(1, len(calls) - 2, 9):
        folder = tmp_path / str(step)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            work(folder, outcome, AT)
        if (folder / "ledger.sqlite3").is_file():
            assert told(folder) <= {"object-unclaimed", "note-alone"}, f"step {step}: nothing but what is on its way"
        work(folder, outcome, LATER)
        assert told(folder) == set(), f"step {step} of {len(calls)}"
        with open_ledger(folder, NOW):
            pass
        assert told(folder) == set()
