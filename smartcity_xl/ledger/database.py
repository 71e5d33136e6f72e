"""The one way to a database, whoever holds it: a file beside us, or a server.

Every query of this room is written once, in what SQLite and PostgreSQL both understand (``?`` and ``?1`` stand for what
is given); ``postgres`` says it to a server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

Shape = Mapping[str, tuple[str, ...]]
"""Table -> its columns, in order; of all tables that a chain covers."""


class QueryRows(Protocol):
    """What a query gives, row by row."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchmany(self, size: int) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """A connection. What it refuses is raised as sqlite3.Error, or as MachineFault by one to a server."""

    def execute(self, sql: str, given: Sequence[Any] = (), /) -> QueryRows: ...
    def executemany(self, sql: str, given: Iterable[Sequence[Any]], /) -> object: ...
    def close(self) -> None: ...

    @property
    def in_transaction(self) -> bool: ...

    def add(self, sql: str, given: Sequence[Any] = ()) -> int:
        """Add one row to a table that has an ``id``; gives its number."""
        ...

    def begin(self) -> None:
        """Begin a transaction that writes."""
        ...

    def version(self) -> int:
        """The version of the tables."""
        ...

    def shape(self) -> Shape:
        """Asked for once the tables are those of today."""
        ...

    def as_it_stands(self) -> AbstractContextManager[None]:
        """Texts are given as they stand there, if they are none any more."""
        ...


@contextmanager
def committed(database: Database) -> Iterator[None]:
    """What was begun is committed as a whole, or taken back, Ctrl-C included."""
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


class FileDatabase(sqlite3.Connection):
    """A database in a file."""

    _shape: Shape | None = None

    def add(self, sql: str, given: Sequence[Any] = ()) -> int:
        number = self.execute(sql, given).lastrowid
        assert number is not None  # noqa: S101 - an INSERT has a row
        return number

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def version(self) -> int:
        return int(self.execute("PRAGMA user_version").fetchone()[0])

    def shape(self) -> Shape:
        if self._shape is None:
            self._shape = self._read_shape()
        return self._shape

    def lay_out(self, shape: Shape) -> None:
        """Take it that its tables are these, for it was just now made a copy of a database that has them."""
        self._shape = shape

    def _read_shape(self) -> Shape:
        rows = self.execute(
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns "
            "WHERE tables.type = 'table' AND tables.name NOT IN ('link') ORDER BY tables.name, columns.cid"
        )
        found: dict[str, tuple[str, ...]] = {}
        for table, column in rows:
            found[table] = (*found.get(table, ()), column)
        return found

    @contextmanager
    def as_it_stands(self) -> Iterator[None]:
        before, self.text_factory = self.text_factory, _read_text
        try:
            yield
        finally:
            self.text_factory = before


def _read_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
