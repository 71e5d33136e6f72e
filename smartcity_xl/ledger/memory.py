"""What was computed before, under a digest of all that it depends on: derived, bounded, and thrown away at will.

It lies beside the ledger and is no part of it: no entry speaks of it, no audit looks at it, and whatever befalls it
costs nothing but time. Every value carries a digest over its key and itself; one that does not agree is not there.
"""

from __future__ import annotations

import hashlib
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
_WAITING = 2**20
"""Bytes that wait in memory until they are written."""
_DIGEST = 32
_PLAIN, _PACKED = b"\0", b"\1"
_SHORT = 512
"""Bytes that are not worth packing."""
_WINDOW, _HELD = 13, 6
"""A packer with these takes a sixth of the memory of the usual one, which has to be given and cleared anew for each
value, and packs what is remembered in a third of the time to the same size."""
_DAMAGED = (sqlite3.Error, ValueError, OverflowError)
"""What comes of a database in which anything may stand: a name that is no text is no error of SQLite's."""
_GET = "SELECT value FROM known WHERE key = ?"
_TABLE = "CREATE TABLE IF NOT EXISTS known (key TEXT PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL)"


class Memory:
    """Key -> bytes. Nothing here raises: a memory that is damaged, or cannot be kept, is an empty one.

    The database is opened when it is first wanted: a run that finds none asks none, and one that puts little writes it
    in one go at its end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used, self._new = list[str](), 0
        self._waiting, self._size = dict[str, bytes](), 0
        """What was put and is not written yet, and how many bytes that is."""
        self._database: sqlite3.Connection | None = None
        self._run = 0
        self._closed = False
        """Whether it is not to be opened any more: it could not be had, or this run is over."""
        self._empty = not os.path.exists(path)  # noqa: PTH110 - which never raises

    def _opened(self) -> sqlite3.Connection | None:
        if self._database is None and not self._closed:
            self._database = self._open() or self._open()  # the second time without what lay there
            self._closed = self._database is None
            self._run = 1 + self._ask("SELECT coalesce(max(used), 0) FROM known", 0)
        return self._database

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
        import logging  # not at the top: it is hardly ever damaged

        logging.getLogger(__name__).warning("%s is begun anew: %s", self._path, error)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _ask(self, question: str, instead: int) -> int:
        found = self._fetch(question, ())
        return int(found) if isinstance(found, int) else instead

    def _fetch(self, question: str, given: tuple[object, ...]) -> object:
        """The first column of the first row; None where there is none."""
        if (database := self._opened()) is None:
            return None
        try:
            row = database.execute(question, given).fetchone()
        except _DAMAGED as error:
            self._give_up(error)
            return None
        return row[0] if row else None

    def _give_up(self, error: Exception) -> None:
        database, self._database, self._closed = self._database, None, True
        if database:
            with suppress(*_DAMAGED):
                database.close()
        self._forget(error)

    def get(self, key: str) -> bytes | None:
        """What was put under a key, and is what was put."""
        found = self._waiting.get(key)
        value = _unpack(key, self._fetch(_GET, (key,)) if found is None and not self._empty else found)
        if value is not None:
            self._used.append(key)
        return value

    def put(self, key: str, value: bytes) -> None:
        stored = _pack(key, value)
        self._new += len(stored)
        if self._new <= BOUND:
            self._waiting[key] = stored
            self._size += len(stored)
            if self._size > _WAITING:
                self._write()

    def _write(self) -> None:
        """What waits is put into the database."""
        waiting, self._waiting, self._size = self._waiting, {}, 0
        if waiting and (database := self._opened()):
            self._empty = False
            try:
                rows = [(key, self._run, stored) for key, stored in waiting.items()]
                database.executemany("INSERT OR REPLACE INTO known (key, used, value) VALUES (?, ?, ?)", rows)
            except _DAMAGED as error:
                self._give_up(error)

    def close(self) -> None:
        """Keep what was put, within the bound."""
        self._write()
        database = self._database
        if database is None:
            self._closed = True
            return
        try:
            used = [(self._run, key) for key in self._used]
            database.executemany("UPDATE known SET used = ? WHERE key = ?", used)
            over = self._ask("SELECT coalesce(sum(length(value)), 0) FROM known", 0) - BOUND
            if over > 0:
                self._drop(database, over)
            database.execute("COMMIT")
            database.close()
        except _DAMAGED as error:
            self._give_up(error)
        self._database, self._closed = None, True

    def _drop(self, database: sqlite3.Connection, size: int) -> None:
        """Drop what was not used for the longest, so many bytes of it."""
        sizes = database.execute("SELECT key, length(value) FROM known ORDER BY used, key").fetchall()
        for key, length in sizes:
            if size <= 0:
                break
            database.execute("DELETE FROM known WHERE key = ?", (key,))
            size -= length


def _pack(key: str, value: bytes) -> bytes:
    """What stands in the database: a digest over the key and what follows, whether that is packed, and it."""
    if len(value) <= _SHORT:
        kept = _PLAIN + value
    else:
        packer = zlib.compressobj(1, wbits=_WINDOW, memLevel=_HELD)
        kept = _PACKED + packer.compress(value) + packer.flush()
    return _digest(key, kept) + kept


def _unpack(key: str, found: object) -> bytes | None:
    if not isinstance(found, bytes) or found[:_DIGEST] != _digest(key, found[_DIGEST:]):
        return None
    try:
        kept = found[_DIGEST + 1 :]
        return kept if found[_DIGEST : _DIGEST + 1] == _PLAIN else zlib.decompress(kept)
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


def _digest(key: str, kept: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + kept).digest()


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
