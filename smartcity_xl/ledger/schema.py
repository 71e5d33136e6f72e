"""The database: its tables, its version, and how it is opened. Rows are only ever added; triggers see to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TypeVar

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import chain
from smartcity_xl.ledger.asking import newest
from smartcity_xl.ledger.database import FileDatabase, Shape, committed

APPLICATION = 0x786C7363
"""Says in the file's own header that it is one of ours (``xlsc``)."""
PATIENCE = 5.0
"""Seconds to wait for another process's transaction."""
_Reply = TypeVar("_Reply")

_FIRST = """
CREATE TABLE parcel (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, received TEXT NOT NULL);
CREATE TABLE sighting (
    id INTEGER PRIMARY KEY, parcel INTEGER NOT NULL REFERENCES parcel, name TEXT NOT NULL, source TEXT NOT NULL,
    sender TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (parcel, name, source, sender));
CREATE TABLE listing (id INTEGER PRIMARY KEY, source TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE listed (
    listing INTEGER NOT NULL REFERENCES listing, name TEXT NOT NULL, parcel INTEGER REFERENCES parcel);
CREATE INDEX listed_in ON listed (listing);
CREATE TABLE submission (
    id INTEGER PRIMARY KEY, parcel INTEGER NOT NULL REFERENCES parcel, digest TEXT NOT NULL, kind TEXT NOT NULL,
    catalog TEXT NOT NULL, version TEXT NOT NULL, assignment TEXT NOT NULL, department TEXT NOT NULL,
    round TEXT NOT NULL, city TEXT NOT NULL, revision TEXT NOT NULL, UNIQUE (parcel, digest));
CREATE TABLE answer (
    submission INTEGER NOT NULL REFERENCES submission, slot TEXT NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL,
    value TEXT NOT NULL, raw TEXT NOT NULL, unit TEXT NOT NULL, as_of TEXT NOT NULL, remark TEXT NOT NULL,
    sheet TEXT NOT NULL, cell TEXT NOT NULL);
CREATE INDEX answer_of ON answer (submission);
CREATE TABLE run (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, catalog TEXT NOT NULL, version TEXT NOT NULL, assignment TEXT NOT NULL,
    round TEXT NOT NULL, city TEXT NOT NULL, total TEXT NOT NULL, final INTEGER NOT NULL, results TEXT NOT NULL,
    settings TEXT NOT NULL);
CREATE TABLE run_submission (
    run INTEGER NOT NULL REFERENCES run, submission INTEGER NOT NULL REFERENCES submission, status TEXT NOT NULL,
    PRIMARY KEY (run, submission)) WITHOUT ROWID;
CREATE TABLE finding (
    submission INTEGER REFERENCES submission, run INTEGER REFERENCES run, code TEXT NOT NULL,
    department TEXT NOT NULL, indicator TEXT NOT NULL, figure TEXT NOT NULL, file TEXT NOT NULL, sheet TEXT NOT NULL,
    cell TEXT NOT NULL, parameters TEXT NOT NULL, CHECK ((submission IS NULL) <> (run IS NULL)));
CREATE INDEX finding_of ON finding (submission, run);
CREATE TABLE decision (
    run INTEGER NOT NULL REFERENCES run, subject TEXT NOT NULL, choice TEXT NOT NULL, reason TEXT NOT NULL,
    who TEXT NOT NULL, file TEXT NOT NULL);
"""
_MAIL = """
CREATE TABLE mail (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, folder TEXT NOT NULL, validity INTEGER NOT NULL,
    uid INTEGER NOT NULL, size INTEGER NOT NULL, parcel INTEGER REFERENCES parcel, at TEXT NOT NULL);
CREATE UNIQUE INDEX mail_once ON mail (account, folder, validity, uid, parcel IS NULL);
CREATE TABLE posting (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, campaign TEXT NOT NULL,
    department TEXT NOT NULL, number INTEGER NOT NULL, receivers TEXT NOT NULL, copies TEXT NOT NULL,
    attached TEXT NOT NULL);
CREATE TABLE posting_step (
    id INTEGER PRIMARY KEY, posting INTEGER NOT NULL REFERENCES posting, step TEXT NOT NULL, mail TEXT NOT NULL,
    at TEXT NOT NULL, reply TEXT NOT NULL);
CREATE INDEX step_of ON posting_step (posting);
"""
_ABOUT = "ALTER TABLE posting ADD COLUMN about TEXT NOT NULL DEFAULT '[]'"
_REPLAY = """
ALTER TABLE sighting ADD COLUMN received TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN side TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN sheet TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN cell TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN held INTEGER NOT NULL DEFAULT 1;
CREATE VIEW arrival AS
    SELECT parcel, sha256, sender, at, coalesce(nullif(sighting.received, ''), parcel.received) AS received
    FROM sighting JOIN parcel ON parcel.id = parcel;
CREATE VIEW first_arrival AS SELECT parcel, sha256, min(received) AS received FROM arrival GROUP BY parcel;
"""
"""When each sighting was received ('': of an older program; then its parcel's time holds), and what a decision chose
('': of an older program; its words tell), where it stood, and whether it held."""
_RULING = """
CREATE TABLE ruling (
    id INTEGER PRIMARY KEY, parcel INTEGER NOT NULL REFERENCES parcel, verb TEXT NOT NULL, undo INTEGER NOT NULL,
    file TEXT NOT NULL, reason TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, zone TEXT NOT NULL,
    over TEXT NOT NULL);
"""
"""What the office said of a file that came; ``over`` are codes of findings."""
_LINK = """
CREATE TABLE link (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, version INTEGER NOT NULL, origin TEXT NOT NULL,
    brings INTEGER NOT NULL, upto TEXT NOT NULL, rows TEXT NOT NULL, digest TEXT NOT NULL);
"""
"""The chain over all that is entered (``chain``); that of an older ledger begins with this migration."""
_WHY = "ALTER TABLE listed ADD COLUMN why TEXT NOT NULL DEFAULT ''"
"""What was told of a file that lay in the inbox and was not taken."""
_BUNDLES = ""
"""No table is another. The store has bundles from here on, and an older program, which knows none, would take the
parcels in them for lost: it is to refuse instead."""
MIGRATIONS: Sequence[str] = (_FIRST, _MAIL, _ABOUT, _REPLAY, _RULING, _LINK, _WHY, _BUNDLES)
"""The n-th leads from version n to n + 1; a released one is never changed."""


def open_database(
    path: Path,
    seed: Callable[[FileDatabase], None] | None = None,
    migrations: Sequence[str] = MIGRATIONS,
    begin: Callable[[], None] = lambda: None,
    chained: bool = True,
) -> FileDatabase:
    """The database for writing, whole and of today's version; a new one is begun by ``seed``, or not begun at all.
    Without one, it begins with nothing in it.

    ``begin`` is called once it is proven, before anything is written. Not ``chained``: the first link of a new one is
    to come from another ledger. Raises MachineFault, sqlite3.Error.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE, factory=FileDatabase)
    try:
        _keep_journal(connection)
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
        _prove(connection, path, len(migrations))
        begin()
        if (version := connection.version()) < len(migrations):
            start = None if version else seed
            if version or start or not (chained and migrations is MIGRATIONS and _lay_out(connection)):
                _migrate(connection, migrations[version:], len(migrations), start or (lambda _: None), chained)
    except BaseException:
        connection.close()
        raise
    return connection


def read_database(path: Path, proven: bool = True) -> FileDatabase:
    """The database for reading alone: beside a writer, or from a medium that cannot be written.

    There, and only there, it is read as a file that nobody changes. Not ``proven``: whatever stands in it, for an
    audit. Raises MachineFault, sqlite3.Error.
    """
    try:
        return _connect_to_read(path, "mode=ro", proven)
    except sqlite3.OperationalError:
        if not is_read_only(path.parent):
            raise
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise MachineFault("ledger-unfinished", path=str(path), log=log.name)
    return _connect_to_read(path, "immutable=1", proven)


def is_read_only(folder: Path) -> bool:
    """Whether nobody can write here, whoever asks: the medium itself is read-only."""
    if not hasattr(os, "statvfs"):
        return not os.access(folder, os.W_OK)
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _connect_to_read(path: Path, options: str, proven: bool) -> FileDatabase:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{options}", uri=True, isolation_level=None, timeout=PATIENCE, factory=FileDatabase
    )
    try:
        if proven:
            _prove(connection, path, len(MIGRATIONS))
        if proven and connection.version() < len(MIGRATIONS):
            raise MachineFault("ledger-older", path=str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_journal(connection: FileDatabase) -> None:
    """A write-ahead log where the file system can share memory, else a rollback journal; both survive a power cut.

    The journal does so only with ``synchronous = EXTRA``: its deletion is what commits, and ``FULL`` does not force
    that to the disk. For the log both are the same.
    """
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError:
        mode = ""
    if mode != "wal":
        connection.execute("PRAGMA journal_mode = DELETE")


def _prove(connection: FileDatabase, path: Path, newest: int) -> None:
    """Refuse a file that is not ours, is newer than this program, or is damaged."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    version = connection.version()
    fresh = (application, version) == (0, 0) and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    if application != APPLICATION and not fresh:
        raise MachineFault("ledger-foreign", path=str(path))
    if version > newest:
        raise MachineFault("ledger-newer", path=str(path), found=version, expected=newest)
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise MachineFault("ledger-damaged", path=str(path), reason=said)


def _lay_out(connection: FileDatabase) -> bool:
    """Make a new database what every ledger is before anything came, whole or not at all: page by page, as SQLite
    copies a database, so that opening one takes half the time. False where this SQLite has no such copy, or something
    stands there already: a copy would be put in its place. Raises sqlite3.Error."""
    if not _copies_itself() or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        return False
    empty, shape = _empty_ledger()
    source = sqlite3.connect(":memory:")
    try:
        source.deserialize(empty)
        source.backup(connection, progress=_refuse_waiting)
    finally:
        source.close()
    connection.lay_out(shape)
    return True


def _refuse_waiting(status: int, *_: int) -> None:
    """A copy tries for ever where somebody else holds the database; whoever enters something waits ``PATIENCE``."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        held = sqlite3.OperationalError("database is locked")
        held.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise held


def _copies_itself() -> bool:
    return hasattr(sqlite3.Connection, "deserialize")


@cache
def _empty_ledger() -> tuple[bytes, Shape]:
    """A ledger of today's version with the first link of its chain, and nothing in it; and its tables."""
    return _of_pristine(len(MIGRATIONS), lambda connection: (connection.serialize(), connection.shape()))


def _migrate(
    connection: FileDatabase,
    scripts: Sequence[str],
    version: int,
    seed: Callable[[FileDatabase], None],
    chained: bool = True,
) -> None:
    """To today's version, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    with committed(connection):
        for statement in filter(str.strip, ";".join(scripts).split(";")):
            connection.execute(statement)
        guarded = {row[0].split(":")[1] for row in connection.execute("SELECT name FROM sqlite_master "
                   "WHERE type = 'trigger'")}  # fmt: skip
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for event in ("UPDATE", "DELETE") if table not in guarded else ():
                connection.execute(
                    f'CREATE TRIGGER "{event}:{table}" BEFORE {event} ON {table} '
                    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )
        (before,) = connection.execute("PRAGMA user_version").fetchone()
        seed(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {version}")
        if chained:
            _begin_chain(connection, before)


def _begin_chain(connection: FileDatabase, before: int) -> None:
    """The first link, over what stands there already: entered by an older program, or just now from the store. A chain
    that has begun goes on as it is: an upgrade links nothing that somebody has added beside it."""
    made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'link'").fetchone()
    if made and chain.last_link(connection) is None:
        at = newest(connection)
        chain.add_link(connection, at, (chain.UPGRADED if before else chain.REBUILT) if at else chain.NEW)


class _Shapes(Mapping[int, Shape]):
    """Each is made when it is asked for: the links of a ledger are of a version or two."""

    def __getitem__(self, version: int) -> Shape:
        if not 1 <= version <= len(MIGRATIONS):
            raise KeyError(version)
        return _pristine_shape(version)

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(MIGRATIONS) + 1))

    def __len__(self) -> int:
        return len(MIGRATIONS)


@cache
def _pristine_shape(version: int) -> Shape:
    """Of tables alone: what guards them, and a chain that begins, have no part in it and take as long again to make."""
    with closing(_new_in_memory()) as connection:
        connection.executescript(";".join(("BEGIN", *MIGRATIONS[:version])))
        return connection.shape()


def pristine_shapes() -> Mapping[int, Shape]:
    """The tables with their columns as each version has them."""
    return _Shapes()


@cache
def pristine_plan(version: int = len(MIGRATIONS)) -> Mapping[str, str]:
    """All that is declared in a database of a version, today's if none is named (``read_plan``)."""
    return _of_pristine(version, read_plan)


def read_plan(connection: FileDatabase) -> Mapping[str, str]:
    """Tables, indices, views and triggers: name -> what declares it."""
    rows = connection.execute("SELECT type || ' ' || name || ' ' || tbl_name, coalesce(sql, '') FROM sqlite_master")
    return {name: " ".join(sql.split()) for name, sql in rows}


def _of_pristine(version: int, question: Callable[[FileDatabase], _Reply]) -> _Reply:
    with closing(_new_in_memory()) as connection:
        _migrate(connection, MIGRATIONS[:version], version, lambda _: None)
        return question(connection)


def _new_in_memory() -> FileDatabase:
    return sqlite3.connect(":memory:", isolation_level=None, factory=FileDatabase)
