"""A ledger, entry for entry with its chain, from a folder to a server and from a server to a folder."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger.chain import prove_chain
from smartcity_xl.ledger.checksum import settle_folder, write_checksum
from smartcity_xl.ledger.database import Database, committed
from smartcity_xl.ledger.door import DATABASE, STORE
from smartcity_xl.ledger.faults import machine_faults
from smartcity_xl.ledger.mending import nobody_else
from smartcity_xl.ledger.schema import MIGRATIONS, open_database, pristine_shapes, read_database
from smartcity_xl.ledger.store import Store

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place, Served

_AT_ONCE = 500
_LINK = ("id", "at", "version", "origin", "brings", "upto", "rows", "digest")
_TABLES = tuple(re.findall(r"CREATE TABLE (\w+)", ";".join(MIGRATIONS)))
"""In the order in which they refer to each other."""


class Transferred(Struct, frozen=True):
    """What was taken to another place: ``head`` is the digest of the newest link, the same in both."""

    entries: int
    objects: int
    head: str


def move_ledger(place: Place, to: Place, at: str) -> Transferred:
    """Copy a ledger to where there is none; ``at`` is now (UTC). The ledger itself stays as it is.

    Nothing stands at the new place before all of it does, and its chain is proven there. Raises UsageFault (there is no
    ledger; something is there already), MachineFault (somebody writes; a file kept is not whole; the chain does not
    hold).
    """
    with _source(place, at) as (database, store), _target(to, at) as (other, new):
        if next(prove_chain(database, pristine_shapes()), None):
            raise MachineFault("ledger-move-altered", path=str(place))
        with machine_faults(to):
            objects = _copy_store(store, new)
            new.begin(other)
            with committed(other):
                entries = _copy_rows(database, other)
            if next(prove_chain(other, pristine_shapes()), None):
                raise MachineFault("ledger-move-altered", path=str(to))
        head = database.execute("SELECT digest FROM link ORDER BY id DESC LIMIT 1").fetchone()
    return Transferred(entries, objects, head[0] if head else "")


def _copy_store(store: Store, new: Store) -> int:
    """Every object, proven by its hash, with its note."""
    objects = list(store.objects())
    for path in objects:
        new.keep(path.name, store.get(path.name), store.read_note(path.name) or None)
    return len(objects)


def _copy_rows(database: Database, other: Database) -> int:
    """Every row under its number, links too."""
    shape: Mapping[str, tuple[str, ...]] = {**pristine_shapes()[len(MIGRATIONS)], "link": _LINK}
    number = 0
    for table in _TABLES:
        numbered = () if "id" in shape[table] or table == "run_submission" else ("rowid",)
        columns = ", ".join((*numbered, *shape[table]))
        order = "run, submission" if table == "run_submission" else "id" if "id" in shape[table] else "rowid"
        marks = ", ".join("?" * (len(shape[table]) + len(numbered)))
        rows = iter(database.execute(f"SELECT {columns} FROM {table} ORDER BY {order}"))  # noqa: S608 - our own
        while part := list(islice(rows, _AT_ONCE)):
            other.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", part)  # noqa: S608 - our own
            number += len(part) if table != "link" else 0
    return number


@contextmanager
def _source(place: Place, at: str) -> Iterator[tuple[Database, Store]]:
    """A ledger while nobody writes it."""
    if isinstance(place, Path):
        if not (place / DATABASE).is_file():
            raise UsageFault("ledger-missing", path=str(place))
        with machine_faults(place), nobody_else(place, at):
            database = read_database(place / DATABASE)
            try:
                yield database, Store(place / STORE)
            finally:
                database.close()
        return
    from smartcity_xl.ledger.postgres.opening import held  # not at the top: an optional extra
    from smartcity_xl.ledger.postgres.schema import refuse_other_versions
    from smartcity_xl.ledger.postgres.store import RemoteStore

    with held(place) as remote:
        refuse_other_versions(remote)
        yield remote, RemoteStore(remote)


@contextmanager
def _target(to: Place, at: str) -> Iterator[tuple[Database, Store]]:
    """An empty ledger, which is there once all has been copied into it."""
    if isinstance(to, Path):
        with machine_faults(to):
            if to.exists() and any(to.iterdir()):
                raise UsageFault("ledger-move-there", path=str(to))
            to.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as home:
                yield from _fill_folder(Path(home) / "ledger", to)
    else:
        yield from _fill_schema(to, at)


def _fill_folder(beside: Path, to: Path) -> Iterator[tuple[Database, Store]]:
    beside.mkdir()
    store = Store(beside / STORE)
    store.prepare()
    database = open_database(beside / DATABASE, chained=False)
    try:
        yield database, store
    finally:
        database.close()
    write_checksum(beside / DATABASE)
    if to.exists():
        to.rmdir()
    os.replace(beside, to)
    settle_folder(to.parent)


def _fill_schema(to: Served, at: str) -> Iterator[tuple[Database, Store]]:
    from smartcity_xl.ledger.postgres.opening import forget_writer, locked
    from smartcity_xl.ledger.postgres.store import RemoteStore

    with locked(to, at, chained=False) as (database, _):
        if any(database.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in ("link", "parcel", "kept")):  # noqa: S608
            forget_writer(database)
            raise UsageFault("ledger-move-there", path=str(to))
        yield database, RemoteStore(database)
        forget_writer(database)
