"""Harm done to a ledger behind its back, and what an audit says of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger_work import lay_out

from smartcity_xl.ledger import Proof, audit_ledger
from smartcity_xl.ledger.checksum import write_checksum
from smartcity_xl.ledger.database import FileDatabase

NOW = "2026-12-01T00:00:00Z"


def told(folder: Path, *anchors: str) -> set[str]:
    """The codes of all that an audit finds wrong."""
    return {flaw.code for flaw in proof(folder, *anchors).flaws}


def proof(folder: Path, *anchors: str) -> Proof:
    found = audit_ledger(folder, NOW, anchors)
    for left in ("-wal", "-shm"):  # what SQLite leaves beside a database that is merely read
        (folder / f"ledger.sqlite3{left}").unlink(missing_ok=True)
    return found


@contextmanager
def freely(folder: Path) -> Iterator[FileDatabase]:
    """A ledger's database without its triggers, as somebody has it who knows what he does: they are put back, and the
    checksum of the file is made anew."""
    path = folder / "ledger.sqlite3"
    database = sqlite3.connect(path, isolation_level=None, factory=FileDatabase)
    triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        database.execute(f'DROP TRIGGER "{name}"')
    yield database
    here = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    for name, sql in triggers:
        if name not in here:
            database.execute(sql)
    database.close()
    write_checksum(path)


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def object_path(folder: Path, sha256: str, tail: str = "") -> Path:
    """Where an object lies as a file of its own: what lies in bundles is laid out first."""
    lay_out(folder)
    return folder / "store" / sha256[:2] / (sha256 + tail)
