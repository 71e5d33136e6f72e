"""The store of a ledger on a server: bytes and notes as rows of one table, which are added and never changed.

They come with the transaction of the rows that speak of them: a row without its bytes cannot be, nor bytes that a run
which was cut off left behind; but for what is so large that it is sent before.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from smartcity_xl.ledger.bundles import pack_note
from smartcity_xl.ledger.database import Database
from smartcity_xl.ledger.postgres.connection import Remote
from smartcity_xl.ledger.postgres.schema import within
from smartcity_xl.ledger.store import Store

_FULL = 32 * 2**20
"""Bytes that wait for their rows at most."""


class RemoteStore(Store):
    """As ``Store``: what lies there has the path that it would have in a folder, and no file lies at it."""

    def __init__(self, database: Remote) -> None:
        super().__init__(Path("kept"))
        self._database = database
        self._waiting: dict[str, bytes] = {}
        """What was put and is not sent yet: name -> bytes."""
        self._size = 0

    def prepare(self) -> None:
        """A run that was cut off leaves nothing half written."""

    def is_begun(self) -> bool:
        return True

    def bundles(self) -> Iterator[Path]:
        return iter(())

    # Keeping

    def keep(self, sha256: str, data: bytes, note: Mapping[str, str] | None) -> None:
        if not self._has(sha256, data):
            self._write(self.path(sha256), data)
            self.written.add(sha256)
        if note:
            self._write(self.note_path(sha256), pack_note(note))

    def _has(self, sha256: str, data: bytes) -> bool:
        return sha256 in self._waiting or self.holds(sha256)

    def holds(self, sha256: str) -> bool:
        """The server says so: the bytes stay where they are."""
        asked = "SELECT 1 FROM here WHERE name = ?1 AND digest = ?1 LIMIT 1"
        return self._database.execute(asked, (sha256,)).fetchone() is not None

    def _write(self, path: Path, data: bytes) -> None:
        self._size += len(data) - len(self._waiting.get(path.name, b""))
        self._waiting[path.name] = data
        if self._size > _FULL:
            self.settle()

    def settle(self) -> None:
        if self._waiting and self._database.in_transaction:
            self._send()
        elif self._waiting:
            with within(self._database):
                self._send()

    def begin(self, database: Database) -> None:
        database.begin()
        self.settle()

    def _send(self) -> None:
        self._database.executemany("INSERT INTO kept (name, data) VALUES (?, ?)", list(self._waiting.items()))
        self._waiting, self._size = {}, 0

    # Asking

    def _rows(self, name: str) -> Iterator[bytes]:
        """The bytes under a name, the newest first."""
        if name in self._waiting:
            yield self._waiting[name]
        newest = "SELECT data FROM here WHERE name = ? ORDER BY id DESC"
        for part in ("LIMIT 1", "OFFSET 1"):  # another copy is hardly ever asked for
            yield from self._database.read_bytes(f"{newest} {part}", (name,))

    def _copies(self, sha256: str) -> Iterator[bytes]:
        return self._rows(sha256)

    def read(self, path: Path) -> bytes:
        return next(self._rows(path.name))

    def _note_bytes(self, sha256: str) -> bytes:
        path = self.note_path(sha256)
        for data in self._rows(path.name):
            return data
        raise FileNotFoundError(errno.ENOENT, "no such note", str(path))

    def lies_at(self, sha256: str) -> str:
        return f"{self.folder}/{sha256}"

    def lies(self, path: Path) -> bool:
        return path.name in self._waiting or next(self._numbers(path), None) is not None

    def _numbers(self, path: Path) -> Iterator[int]:
        rows = self._database.execute("SELECT id FROM here WHERE name = ? ORDER BY id", (path.name,))
        return (number for (number,) in rows)

    def files(self) -> Iterator[tuple[Path, str]]:
        """Of the copies of an object the one that is whole, if one is; of a note the newest."""
        rows = self._database.execute(
            "SELECT DISTINCT ON (name) name, digest FROM here ORDER BY name, (digest = name) DESC, id DESC"
        )
        found = {self._path_of(name): digest for name, digest in rows}
        return iter(sorted(found.items()))

    def _path_of(self, name: str) -> Path:
        return self.path(name.removesuffix(".json")).with_name(name)

    def size(self, sha256: str) -> int:
        row = self._database.execute(
            "SELECT length(data) FROM here WHERE name = ? ORDER BY (digest = name) DESC, id DESC LIMIT 1",
            (sha256,),
        ).fetchone()
        if row is None:
            raise FileNotFoundError(errno.ENOENT, "no such object", sha256)
        return int(row[0])

    def objects(self) -> Iterator[Path]:
        rows = self._database.execute("SELECT DISTINCT name FROM here WHERE name NOT LIKE '%.json'")
        return iter(sorted(self.path(name) for (name,) in rows.fetchall()))

    # Mending

    def restore(self, data: bytes) -> None:
        self._write(self.path(hashlib.sha256(data).hexdigest()), data)

    def loosen_damaged(self, folder: Path) -> None:
        """There are no bundles."""

    def bundle_of(self, path: Path) -> Path | None:
        return None

    def set_apart(self, path: Path, folder: Path) -> None:
        self._database.executemany("INSERT INTO apart (kept) VALUES (?)", [(one,) for one in self._numbers(path)])
