"""Every state of the disk in which a job can be stopped: before each call by which it writes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CALLS = (
    "open", "replace", "rename", "link", "unlink", "remove", "fsync", "mkdir", "rmdir", "ftruncate", "write", "chmod",
)  # fmt: skip
"""Calls of the operating system by which something is written, or a name is given or taken."""
STATEMENTS = ("execute", "executemany")
Tree = dict[str, bytes | None]
"""Path inside a folder -> bytes; None for a folder."""
_OF_SQLITE = ("ledger.sqlite3", "ledger.sqlite3-wal")


def read_tree(folder: Path) -> Tree:
    """All that lies in a folder, but what SQLite makes anew for itself."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not name.endswith("-shm"):
            found[name] = None if path.is_dir() else path.read_bytes()
    return found


def lay_tree(folder: Path, tree: Tree) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in tree.items():
        path = folder / name
        if data is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(data)
    return folder


class Stops:
    """The states in which a job could have been stopped: by a kill, and by a power cut, after which a file that was
    not forced to the disk is empty. ``called`` counts the calls by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trees: list[Tree] = []
        self.called: dict[str, int] = {}
        self._known: set[int] = set()
        self._forced = {self._key(path): path.stat().st_size for path in folder.rglob("*") if path.is_file()}

    @staticmethod
    def _key(path: Path) -> tuple[int, int]:
        found = path.stat()
        return found.st_dev, found.st_ino

    def look(self, name: str) -> None:
        self.called[name] = self.called.get(name, 0) + 1
        tree = read_tree(self.folder)
        torn = dict(tree)
        for place, data in tree.items():
            path = self.folder / place
            if data and not place.endswith(_OF_SQLITE) and self._forced.get(self._key(path)) != len(data):
                torn[place] = b""
        for one in (tree, torn):
            known = hash(tuple(one.items()))
            if known not in self._known:
                self._known.add(known)
                self.trees.append(one)

    def force(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self._forced[found.st_dev, found.st_ino] = found.st_size


@contextmanager
def stops_in(folder: Path) -> Iterator[Stops]:
    """Looks at a folder before every call by which what runs inside could write."""
    stops = Stops(folder)
    with before_every_call(stops.look), pytest.MonkeyPatch.context() as patch:
        force = os.fsync

        def fsync(descriptor: int) -> None:
            force(descriptor)
            stops.force(descriptor)

        patch.setattr(os, "fsync", fsync)
        yield stops
    stops.look("end")


@contextmanager
def before_every_call(tell: Callable[[str], None]) -> Iterator[None]:
    """Call ``tell`` with its name before every call of the system or the database by which something is written."""
    busy, home = False, os.getpid()

    def telling(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def told(*arguments: Any, **named: Any) -> Any:
            nonlocal busy
            if not busy and os.getpid() == home:  # and not in a child that reads
                busy = True
                try:
                    tell(name)
                finally:
                    busy = False
            return call(*arguments, **named)

        return told

    class Connection(sqlite3.Connection):
        pass

    for name in STATEMENTS:
        setattr(Connection, name, telling(name, getattr(sqlite3.Connection, name)))
    connect = sqlite3.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **{"factory": Connection, **named}))
        for name in CALLS:
            patch.setattr(os, name, telling(name, getattr(os, name)))
        yield
