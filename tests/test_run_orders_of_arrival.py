"""Every order, one state: whatever the mails are called and in whatever order they are collected."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mails import attachment, mail, text
from tiny_round import KEY, YES, a, assignment, b, put_system, remembered

from smartcity_xl.errors import NothingUsable
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.model import Person, Roster, RosterEntry
from smartcity_xl.results.past import NO_PAST
from smartcity_xl.run import collecting
from smartcity_xl.run.collected import collect_or_repeat
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.systems import Choice

CLERK, DEPUTY, OTHER, STRANGER = (f"{name}@example.com" for name in ("clerk", "deputy", "other", "stranger"))
DAYS = tuple(f"2026-11-{day}T03:00:00Z" for day in (24, 25, 26, 27))
"""When collections are made: after all that was received."""


def letter(data: bytes, sender: str, day: int, name: str = "表.xlsx") -> bytes:
    """A mail with a workbook, received by the office's server at nine o'clock of a day in November."""
    head = f"Received: from mx.example.com by mail.example.com; {day} Nov 2026 09:00:00 +0800\nFrom: {sender}"
    return mail(text(), attachment(name, data), headers=head)


@cache
def came() -> dict[str, bytes]:
    """First reports, corrections, a resend by another, a stranger's, a copy without a mail, evidence."""
    first, second = a(all=100, done=50), a(all=100, done=60)
    other = b(all=100, done=60, open=YES)
    return {
        "一.eml": letter(first, CLERK, 10), "二.eml": letter(second, CLERK, 12), "三.eml": letter(first, DEPUTY, 14),
        "四.eml": letter(other, OTHER, 11, "乙.xlsx"), "五.eml": letter(b(all=90, done=60, open=YES), OTHER, 13),
        "六.eml": letter(a(all=1, done=1), STRANGER, 15), "抄件.xlsx": other, "证明.pdf": b"%PDF-1.4\n%%EOF",
    }  # fmt: skip


def roster() -> Roster:
    addresses = ((CLERK, DEPUTY), (OTHER,))
    keys = assignment().departments
    people = {key: Person(addresses=known) for key, known in zip(keys, addresses, strict=True)}
    return Roster({key: RosterEntry(key, (), Person(), one, Person()) for key, one in people.items()})


@dataclass(frozen=True)
class State:
    """What a round came to, as files and as the ledger has it; without when things were seen."""

    files: dict[str, bytes]
    ledger: dict[str, set[tuple[Any, ...]]]


def read_state(home: Path) -> State:
    out = home / "out"
    names = (label("file.summary"), "results.json", label("file.decisions"))
    files = {name: (out / name).read_bytes() for name in names if (out / name).exists()}
    files |= {path.name: path.read_bytes() for path in (out / label("file.returned_folder")).glob("*.xlsx")}
    database = sqlite3.connect(home / "ledger" / "ledger.sqlite3")
    try:
        last = "(SELECT max(id) FROM listing)"
        ledger = {
            "parcels": set(database.execute("SELECT sha256, size FROM parcel")),
            "sightings": set(database.execute(
                "SELECT sha256, name, source, sender, CASE WHEN sender = '' THEN '' ELSE sighting.received END "
                "FROM sighting JOIN parcel ON parcel.id = parcel")),
            "listed": set(database.execute(
                f"SELECT name, sha256 FROM listed LEFT JOIN parcel ON parcel.id = parcel WHERE listing = {last}")),
            "run": set(database.execute("SELECT total, final, results FROM run ORDER BY id DESC LIMIT 1")),
            "taken": set(database.execute(
                "SELECT sha256, status FROM run_submission JOIN submission ON submission.id = submission "
                "JOIN parcel ON parcel.id = parcel WHERE run = (SELECT max(id) FROM run)")),
        }  # fmt: skip
    finally:
        database.close()
    return State(files, ledger)


def play(home: Path, batches: Sequence[dict[str, bytes]]) -> State:
    """Batches of files that come one after the other, each followed by a collection."""
    put_system(home)
    inbox = home / "inbox"
    inbox.mkdir()
    choice = Choice((str(home / "tiny"),), home / "分工.xlsx", key=KEY)
    for day, batch in zip(DAYS, batches, strict=False):
        for name, data in batch.items():
            (inbox / name).write_bytes(data)
        with suppress(NothingUsable):  # of a stranger's mail alone, say; it is kept all the same
            told = Collection(inbox, home / "out", choice, roster(), keeping=Keeping(home / "ledger", day))
            collect_or_repeat(told)
    return read_state(home)


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembered(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting, "look_back", lambda *_: NO_PAST)  # what changed since is history, and may differ
        yield


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> State:
    return play(tmp_path_factory.mktemp("once"), [came()])


def in_batches(order: Sequence[str], cuts: Sequence[int]) -> list[dict[str, bytes]]:
    parts = [order[a:b] for a, b in pairwise((0, *sorted(cuts), len(order)))]
    return [{name: came()[name] for name in part} for part in parts]


NAMES = tuple(came())


@settings(max_examples=5, derandomize=True, deadline=None, database=None)
@given(order=st.permutations(NAMES), cuts=st.lists(st.integers(1, len(NAMES) - 1), max_size=2, unique=True))
def test_whatever_is_collected_first_the_round_comes_to_the_same_bytes(
    at_once: State, order: list[str], cuts: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert play(Path(folder), in_batches(order, cuts)) == at_once


def nameless(state: State) -> dict[str, Any]:
    """What a round came to, without the names of files: workbooks by their hashes, findings by their codes."""
    record = json.loads(state.files["results.json"])
    return {
        "total": record["total"],
        "values": {one["key"]: (one["standing"], one["value"]) for one in record["figures"]},
        "files": sorted((one["sha256"], one["status"], one["department"], one["reasons"]) for one in record["files"]),
        "findings": sorted((one["code"], one["department"] or "", one["figure"] or "") for one in record["findings"]),
        "changes": sorted((one["department"], one["by"], one["total_after"]) for one in record["corrections"]),
        "taken": state.ledger["taken"],
    }


@settings(max_examples=5, derandomize=True, deadline=None, database=None)
@given(names=st.permutations([name for name in NAMES if name.endswith(".eml")]))
def test_whatever_the_mails_are_called_the_round_comes_to_the_same(at_once: State, names: list[str]) -> None:
    mails = [name for name in NAMES if name.endswith(".eml")]
    renamed = {to: came()[name] for name, to in zip(mails, names, strict=True)}
    others = {name: came()[name] for name in NAMES if name not in mails}
    with tempfile.TemporaryDirectory() as folder:
        assert nameless(play(Path(folder), [renamed | others])) == nameless(at_once)


def test_the_round_that_is_turned_round_has_something_to_turn(at_once: State) -> None:
    """A correction counts, the resend of what it replaced does not, the stranger waits, and copies are copies."""
    said = {one["status"] for one in json.loads(at_once.files["results.json"])["files"]}
    assert {"taken", "superseded", "aside", "duplicate", "opened"} <= said
    assert any("退回" not in name and name.startswith("0") for name in at_once.files)
