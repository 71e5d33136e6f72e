"""What was computed before, under a digest of all that it depends on: derived, bounded, and thrown away at will.

It lies beside the ledger and is no part of it: no entry speaks of it, no audit looks at it, and whatever befalls it
costs nothing but time. Every value carries a digest over its key and itself; one that does not agree is not there.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.ledger.door import MEMORY

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

BOUND = 256 * 2**20
"""Bytes that are remembered at most; beyond, what was of no use for the longest goes first."""
_DIGEST = 32
_DAMAGED = (sqlite3.Error, ValueError, OverflowError)
"""What comes of a database in which anything may stand: a name that is no text is no error of SQLite's."""
_LOG = logging.getLogger(__name__)
_GET = "SELECT value FROM known WHERE key = ?"
_TABLE = "CREATE TABLE IF NOT EXISTS known (key TEXT PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL)"


class Memory:
    """Key -> bytes. Nothing here raises: a memory that is damaged, or cannot be kept, is an empty one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used, self._new = list[str](), 0
        self._database = self._open() or self._open()  # the second time without what lay there
        self._run = 1 + self._ask("SELECT coalesce(max(used), 0) FROM known", (), 0)

    def _open(self) -> sqlite3.Connection | None:
        try:
            database = sqlite3.connect(self._path, isolation_level=None)
            try:
                database.execute("PRAGMA synchronous = OFF")  # it may be lost
                database.execute("PRAGMA journal_mode = MEMORY")
                database.execute("BEGIN IMMEDIATE")
                database.execute(_TABLE)
            except _DAMAGED:
                database.close()
                raise
        except _DAMAGED as error:
            self._forget(error)
            return None
        return database

    def _forget(self, error: Exception) -> None:
        _LOG.warning("%s is begun anew: %s", self._path, error)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _ask(self, question: str, given: tuple[object, ...], instead: int = 0) -> int:
        found = self._fetch(question, given)
        return int(found) if isinstance(found, int) else instead

    def _fetch(self, question: str, given: tuple[object, ...]) -> object:
        """The first column of the first row; None where there is none."""
        if self._database is None:
            return None
        try:
            row = self._database.execute(question, given).fetchone()
        except _DAMAGED as error:
            self._give_up(error)
            return None
        return row[0] if row else None

    def _give_up(self, error: Exception) -> None:
        database, self._database = self._database, None
        if database:
            with suppress(*_DAMAGED):
                database.close()
        self._forget(error)

    def get(self, key: str) -> bytes | None:
        """What was put under a key, and is what was put."""
        value = _unpack(key, self._fetch(_GET, (key,)))
        if value is not None:
            self._used.append(key)
        return value

    def put(self, key: str, value: bytes) -> None:
        packed = zlib.compress(value, 1)
        self._new += len(packed)
        if self._new <= BOUND:
            stored = _digest(key, packed) + packed
            self._fetch("INSERT OR REPLACE INTO known (key, used, value) VALUES (?, ?, ?)", (key, self._run, stored))

    def close(self) -> None:
        """Keep what was put, within the bound."""
        if self._database is None:
            return
        try:
            used = [(self._run, key) for key in self._used]
            self._database.executemany("UPDATE known SET used = ? WHERE key = ?", used)
            over = self._ask("SELECT coalesce(sum(length(value)), 0) FROM known", ()) - BOUND
            if over > 0:
                self._drop(over)
            self._database.execute("COMMIT")
            self._database.close()
        except _DAMAGED as error:
            self._give_up(error)

    def _drop(self, size: int) -> None:
        """Drop what was not used for the longest, so many bytes of it."""
        assert self._database is not None  # noqa: S101 - asked before
        sizes = self._database.execute("SELECT key, length(value) FROM known ORDER BY used, key").fetchall()
        for key, length in sizes:
            if size <= 0:
                break
            self._database.execute("DELETE FROM known WHERE key = ?", (key,))
            size -= length


def _unpack(key: str, found: object) -> bytes | None:
    if not isinstance(found, bytes) or found[:_DIGEST] != _digest(key, found[_DIGEST:]):
        return None
    try:
        return zlib.decompress(found[_DIGEST:])
    except zlib.error:
        return None


def memory_of(place: Place) -> Path:
    """Where lies what is remembered for a ledger: in its folder; for one on a server in the user's own cache, for it is
    of use to the program on this machine alone."""
    if isinstance(place, Path):
        return place / MEMORY
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    home = Path(named) if named else Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111 - never raises
    return home / "xlscore" / hashlib.sha256(str(place).encode()).hexdigest()[:16] / MEMORY


def glance_memory(place: Place, key: str) -> bytes | None:
    """What was put under a key, for whoever does not hold the ledger; None where it cannot be had just now."""
    try:
        database = sqlite3.connect(f"{memory_of(place).resolve().as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            row = database.execute(_GET, (key,)).fetchone()
        finally:
            database.close()
    except _DAMAGED:
        return None
    return _unpack(key, row[0]) if row else None


def _digest(key: str, packed: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + packed).digest()


@contextmanager
def open_memory(place: Place) -> Iterator[Memory]:
    """That of a ledger, for whoever holds it."""
    path = memory_of(place)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    memory = Memory(path)
    try:
        yield memory
    finally:
        memory.close()
