"""Small parcels that came together lie in one file of the store: kept as before, and given back by any program."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import sqlite3
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from cutting import Cut, cut_at, raise_cut
from ledger_harm import NOW, object_path, proof, told
from ledger_work import AT, LATER, PARCELS, objects, rows
from support import parcel

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import audit_ledger, bundles, mend_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.bundles import SMALL, list_entries
from smartcity_xl.ledger.schema import MIGRATIONS, open_database
from smartcity_xl.ledger.store import Store
from smartcity_xl.model import Parcel

SEVERAL = tuple(parcel(f"word {number}".encode() * 9, f"{number}.pdf") for number in range(5))
BUNDLE = "store/bundles/000001.zip"


def take(folder: Path, parcels: tuple[Parcel, ...], at: str = AT) -> None:
    with open_ledger(folder, at) as ledger:
        ledger.take(parcels, "inbox", ())


@pytest.fixture
def ledger(quick_path: Path) -> Path:
    take(quick_path, SEVERAL)
    return quick_path


# --- where what lies ---------------------------------------------------------------------------------------------


def test_a_hundred_small_parcels_wait_for_the_disk_a_few_times(
    quick_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, force = [], os.fsync

    def fsync(descriptor: int) -> None:
        waits.append(descriptor)
        force(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    take(quick_path, tuple(parcel(f"{number}".encode(), f"{number}.pdf") for number in range(100)))
    assert len(waits) < 10
    assert {path.name for path in quick_path.glob("store/*")} == {"tmp", "bundles"}


PLACES: dict[str, tuple[tuple[Parcel, ...], int, int]] = {
    "several small ones lie in one bundle": (SEVERAL, 1, 0),
    "one alone lies by itself": (SEVERAL[:1], 0, 1),
    "large ones lie by themselves": (tuple(parcel(bytes([n]) * (SMALL + 1), f"{n}") for n in range(3)), 0, 3),
    "one large among small ones lies by itself": ((*SEVERAL, parcel(bytes(SMALL + 1), "scan.pdf")), 1, 1),
    "one that is just small enough lies with the others": ((*SEVERAL, parcel(bytes(SMALL), "scan.pdf")), 1, 0),
    "the same twice lies there once": ((SEVERAL[0], parcel(SEVERAL[0].data, "again.pdf")), 0, 1),
    "an empty one is one like others": ((*SEVERAL, parcel(b"", "empty.pdf")), 1, 0),
}


@pytest.mark.parametrize(("parcels", "bundled", "alone"), PLACES.values(), ids=PLACES)
def test_what_lies_where(parcels: tuple[Parcel, ...], bundled: int, alone: int, quick_path: Path) -> None:
    take(quick_path, parcels)
    files = [path for path in quick_path.glob("store/??/*") if path.suffix != ".json"]
    assert (len(list(quick_path.glob("store/bundles/*.zip"))), len(files)) == (bundled, alone)
    assert objects(quick_path) == {one.sha256: one.data for one in parcels}
    assert told(quick_path) == set()


def test_what_has_come_before_is_not_kept_again(ledger: Path) -> None:
    before = {path: path.read_bytes() for path in ledger.rglob("store/**/*") if path.is_file()}
    take(ledger, SEVERAL, LATER)
    assert {path: path.read_bytes() for path in ledger.rglob("store/**/*") if path.is_file()} == before


def test_a_bundle_that_is_full_is_followed_by_another(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MANY", 2)
    take(quick_path, SEVERAL)
    assert [path.name for path in sorted(quick_path.glob("store/bundles/*"))] == ["000001.zip", "000002.zip"]
    assert objects(quick_path) == {one.sha256: one.data for one in SEVERAL}
    assert told(quick_path) == set()


def test_any_program_gives_back_what_lies_in_a_bundle(ledger: Path) -> None:
    with zipfile.ZipFile(ledger / BUNDLE) as opened:
        assert opened.testzip() is None
        for one in SEVERAL:
            assert opened.read(one.sha256) == one.data
            assert one.name.encode() in opened.read(f"{one.sha256}.json")
    with read_ledger(ledger) as opened_ledger:
        assert opened_ledger.lies_at(SEVERAL[0].sha256) == f"{BUNDLE}/{SEVERAL[0].sha256}"


def test_a_reader_finds_what_is_put_there_after_it_has_looked(ledger: Path) -> None:
    with read_ledger(ledger) as reader:
        assert reader.keeps_whole(SEVERAL[0].sha256)
        more = tuple(parcel(f"later {number}".encode(), f"{number}.pdf") for number in range(3))
        take(ledger, more, LATER)
        assert reader.read_bytes(more[1].sha256) == more[1].data


def test_a_lost_database_is_rebuilt_from_bundles_too(ledger: Path) -> None:
    (ledger / "ledger.sqlite3").unlink()
    with open_ledger(ledger, LATER) as opened:
        assert opened.rebuilt == len(SEVERAL)
        assert set(opened.received().values()) == {AT}
    assert told(ledger) == set()


# --- what befalls one --------------------------------------------------------------------------------------------


def flip_data(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[list_entries(path)[SEVERAL[0].sha256].offset] ^= 1
    path.write_bytes(data)


HARM: dict[str, tuple[Callable[[Path], object], set[str], int]] = {
    "a byte of a parcel": (flip_data, {"object-altered", "bundle-altered"}, 4),
    "its end lost": (lambda path: path.write_bytes(path.read_bytes()[:-30]), {"bundle-altered"}, 5),
    "half of it lost": (
        lambda path: path.write_bytes(path.read_bytes()[: list_entries(path)[SEVERAL[3].sha256].offset]),
        {"bundle-altered", "object-missing", "note-missing"}, 3,
    ),
    "something behind it": (lambda path: path.write_bytes(path.read_bytes() + b"x"), {"bundle-altered"}, 5),
    "emptied": (lambda path: path.write_bytes(b""), {"bundle-altered", "object-missing", "note-missing"}, 0),
    "gone": (lambda path: path.unlink(), {"object-missing", "note-missing"}, 0),
    "under another name": (
        lambda path: path.rename(path.with_name("copy.zip")), {"file-strange", "object-missing", "note-missing"}, 0,
    ),
    "made by another program": (
        lambda path: repack(path), {"bundle-altered"} | {"object-missing", "note-missing"}, 0,
    ),
}  # fmt: skip


def repack(path: Path) -> None:
    with zipfile.ZipFile(path) as opened:
        inside = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in inside.items():
            packed.writestr(name, data)


@pytest.mark.parametrize(("harm", "codes", "whole"), HARM.values(), ids=HARM)
def test_whatever_befalls_a_bundle_is_told_costs_no_other_parcel_and_is_mended(
    harm: Callable[[Path], object], codes: set[str], whole: int, ledger: Path
) -> None:
    harm(ledger / BUNDLE)
    assert told(ledger) == codes
    assert len(objects(ledger)) == whole
    mend_ledger(ledger, NOW, audit_ledger(ledger, NOW), [one.data for one in SEVERAL])
    assert told(ledger) == set()
    assert objects(ledger) == {one.sha256: one.data for one in SEVERAL}
    take(ledger, SEVERAL, "2026-12-02T00:00:00Z")


def test_every_flipped_bit_of_a_bundle_is_told(ledger: Path) -> None:
    path, dice = ledger / BUNDLE, random.Random(7)  # noqa: S311 - a choice of bits
    good = path.read_bytes()
    for bit in sorted({dice.randrange(len(good) * 8) for _ in range(60)}):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        assert told(ledger), f"bit {bit}"
    path.write_bytes(good)
    assert not told(ledger)


def test_what_a_bundle_has_lost_is_put_back_when_it_comes_again(ledger: Path) -> None:
    flip_data(ledger / BUNDLE)
    with open_ledger(ledger, LATER) as opened:
        opened.take(SEVERAL, "inbox", ())
        assert opened.healed == {SEVERAL[0].sha256}
        assert opened.read_bytes(SEVERAL[0].sha256) == SEVERAL[0].data


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ENOENT])
def test_what_lies_alone_too_is_given_where_the_disk_does_not_give_its_bundle(
    number: int, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, one = Store(ledger / "store"), SEVERAL[2]
    assert store.get(one.sha256) == one.data, "in its bundle, which is known now"

    def refuse(_: object) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(bundles, "read_entry", refuse)
    with pytest.raises(MachineFault, match="store-damaged"):
        store.get(one.sha256)
    store.path(one.sha256).parent.mkdir(exist_ok=True)
    store.path(one.sha256).write_bytes(one.data)
    assert store.get(one.sha256) == one.data
    assert store.holds(one.sha256)


def test_what_nobody_entered_and_says_nothing_of_itself_is_set_apart_and_the_rest_of_its_bundle_stays(
    ledger: Path,
) -> None:
    store = Store(ledger / "store")
    store.prepare()
    stray = parcel(b"stray", "x")
    store.keep(stray.sha256, stray.data, {"no": "note of ours"})
    store.keep(SEVERAL[0].sha256, SEVERAL[0].data, None)
    other = parcel(b"other", "y.pdf")
    store.keep(other.sha256, other.data, {"name": "y.pdf", "source": "inbox", "sender": "", "received": AT})
    store.settle()
    (ledger / "ledger.sha256").unlink()  # as a run leaves it that is cut off
    with open_ledger(ledger, LATER) as opened:
        assert not opened.altered
    assert stray.sha256 not in objects(ledger)
    assert (ledger / "unclaimed" / stray.sha256).read_bytes() == stray.data
    with read_ledger(ledger) as reader:
        assert reader.received()[other.sha256] == AT, "what says how it came is entered"


# --- an older ledger, and an older program -----------------------------------------------------------------------


def test_an_older_ledger_goes_on_with_its_chain_and_its_files(quick_path: Path) -> None:
    older_ledger(quick_path)
    before = links(quick_path)
    assert before, "it has a chain"
    with pytest.raises(MachineFault, match="ledger-older"):
        audit_ledger(quick_path, NOW)
    take(quick_path, SEVERAL, LATER)
    assert links(quick_path)[: len(before)] == before
    found = proof(quick_path)
    assert found.flaws == ()
    assert found.chained
    assert found.chained.origin == "new", "it is the same chain"
    assert objects(quick_path) == {one.sha256: one.data for one in (*PARCELS, *SEVERAL)}
    assert object_path(quick_path, PARCELS[0].sha256).exists()


def links(folder: Path) -> list[tuple[object, ...]]:
    database = sqlite3.connect(folder / "ledger.sqlite3")
    try:
        return database.execute("SELECT * FROM link ORDER BY id").fetchall()
    finally:
        database.close()


def older_ledger(folder: Path) -> None:
    """A ledger of version 7, with its chain, entered by this program as that one did."""
    with pytest.MonkeyPatch.context() as patch:
        older = partial(open_database, migrations=MIGRATIONS[:7])
        patch.setattr("smartcity_xl.ledger.opening.open_database", older)
        patch.setattr(bundles, "SMALL", -1)
        take(folder, PARCELS)


def test_its_upgrade_can_be_cut_off_at_every_step(quick_path: Path) -> None:
    older_ledger(quick_path / "whole")
    with cut_at(0, raise_cut) as calls:
        take(quick_path / "whole", SEVERAL, LATER)
    wanted = rows(quick_path / "whole"), objects(quick_path / "whole")
    assert len(calls) > 30
    for step in range(1, len(calls) - 3):
        folder = quick_path / f"{step}"
        older_ledger(folder)
        before = links(folder)
        with pytest.raises(Cut), cut_at(step, raise_cut):
            take(folder, SEVERAL, LATER)
        take(folder, SEVERAL, NOW)
        assert (rows(folder), objects(folder)) == wanted, f"step {step}"
        assert links(folder)[: len(before)] == before, f"step {step}"
        assert told(folder) == set(), f"step {step}"


def test_an_older_program_says_that_it_is_too_old(ledger: Path) -> None:
    with pytest.raises(MachineFault, match="ledger-newer"):
        open_database(ledger / "ledger.sqlite3", migrations=MIGRATIONS[:7])


def test_the_hash_of_every_entry_is_its_name(ledger: Path) -> None:
    data = (ledger / BUNDLE).read_bytes()
    for name, place in list_entries(ledger / BUNDLE).items():
        if not name.endswith(".json"):
            assert hashlib.sha256(data[place.offset : place.offset + place.size]).hexdigest() == name
