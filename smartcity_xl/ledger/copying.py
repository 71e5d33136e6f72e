"""A ledger's folder as it stands -> the same in another place, while nobody writes: for a round that is frozen."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger.checksum import CHECKSUM
from smartcity_xl.ledger.door import DATABASE, LOCK, MEMORY, UNCLAIMED
from smartcity_xl.ledger.faults import machine_faults
from smartcity_xl.ledger.mending import nobody_else
from smartcity_xl.ledger.opening import open_ledger, read_ledger

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

_LOGS = tuple(f"{DATABASE}-{tail}" for tail in ("wal", "shm", "journal"))
_LEFT_OUT = frozenset({LOCK, UNCLAIMED, MEMORY, f"{MEMORY}-journal", f"{CHECKSUM}.tmp", "tmp", *_LOGS})
"""What is no part of what was entered: who writes, what belongs to no entry, what was begun, and what is remembered of
files so that they need not be read again: a copy is there to be read anew."""


def copy_ledger(folder: Place, to: Path, at: str) -> None:
    """Copy a ledger into a new folder; ``at`` is now (UTC). What still lies in a log becomes part of the copy's
    database. The ledger itself stays as it is. Raises UsageFault where there is none, MachineFault (somebody writes,
    the disk refuses)."""
    if not isinstance(folder, Path):
        from smartcity_xl.ledger.moving import move_ledger  # not at the top: most ledgers lie in a folder

        move_ledger(folder, to, at)
        return
    if not (folder / DATABASE).is_file():
        raise UsageFault("ledger-missing", path=str(folder))
    with machine_faults(folder), nobody_else(folder, at):
        logged = any((folder / log).exists() and (folder / log).stat().st_size for log in _LOGS if "shm" not in log)
        for path in _files_of(folder):
            place = to / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            if not (logged and path.name in (DATABASE, CHECKSUM) and path.parent == folder):
                shutil.copyfile(path, place)
        if logged:
            _copy_database(folder / DATABASE, to / DATABASE)


def sweep_copy(folder: Path) -> None:
    """Take away what readers leave in a copy's folder: logs of SQLite's, a lock, what is remembered."""
    for name in _LEFT_OUT:
        if (folder / name).is_file():
            (folder / name).unlink()


def bring_up_to_date(folder: Path, at: str) -> None:
    """Give a copy that an older program wrote today's form; one of today's stays as it is. Raises MachineFault."""
    try:
        with read_ledger(folder):
            pass
    except MachineFault as fault:
        if fault.code != "ledger-older":
            raise
        with open_ledger(folder, at):
            pass


def _files_of(folder: Path) -> Iterator[Path]:
    """The plain files of a ledger, in the order of their paths."""
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        found += [Path(base) / name for name in files if name not in _LEFT_OUT]
    return (path for path in sorted(found) if not path.is_symlink())


def _copy_database(path: Path, to: Path) -> None:
    """The database with what its log holds, by SQLite itself."""
    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(to)) as target:
        source.backup(target)
