"""A connection to a server, which takes the queries of this room as they are written for both kinds of database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger.postgres.refusals import fault_of, fault_of_opening

if TYPE_CHECKING:
    import psycopg

    from smartcity_xl.ledger.database import QueryRows, Shape
    from smartcity_xl.model.place import Served

OLDEST = 12
"""The oldest server whose words we speak."""
OWN = ("kept", "apart", "writer", "about", "link")
"""Tables that no link of the chain speaks of."""
_MARK, _NUL = "\U0010fffd", "\0"
"""A server keeps no text with a NUL; so it is written with a sign that stands for nothing."""
_PATIENCE = 5
"""Seconds to wait for a server that does not answer, where the address says nothing else."""
_QUIET = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")
"""The server lets go of a client, and so of its lock, a minute after its machine has gone."""


class Remote:
    """A connection to the schema of a ledger. Every refusal is raised as MachineFault, without the password."""

    def __init__(self, place: Served, reads: bool = False) -> None:
        """``reads``: nothing is written, and all questions are answered as of one moment."""
        self.place = place
        self.psycopg = load_driver()
        self._connection = self._connect(reads)
        self._shape: Shape | None = None

    def _connect(self, reads: bool) -> psycopg.Connection[Any]:
        try:
            connection: psycopg.Connection[Any] = self.psycopg.connect(autocommit=True, **_told(self.place))
        except (self.psycopg.Error, ValueError) as error:
            raise fault_of_opening(self.place, error) from None  # its own words may hold the password
        try:
            _prepare(self.psycopg, connection, self.place, reads)
        except BaseException as error:
            connection.close()
            if isinstance(error, self.psycopg.Error):
                raise fault_of(self.place, error) from error
            raise
        return connection

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except self.psycopg.Error as error:
            raise fault_of(self.place, error, self._connection.closed) from error

    # As any database of this room

    def execute(self, sql: str, given: Sequence[Any] = ()) -> QueryRows:
        with self._guarded():
            cursor: Any = self._connection.cursor()
            return cursor.execute(*_ask(sql, given))  # type: ignore[no-any-return]

    def executemany(self, sql: str, given: Iterable[Sequence[Any]]) -> None:
        with self._guarded():
            cursor: Any = self._connection.cursor()
            cursor.executemany(_translate(sql), [_plain(row) for row in given])

    def add(self, sql: str, given: Sequence[Any] = ()) -> int:
        row = self.execute(f"{sql} RETURNING id", given).fetchone()
        return int(row[0])

    def begin(self) -> None:
        self.execute("BEGIN")

    @property
    def in_transaction(self) -> bool:
        return self._connection.info.transaction_status.name in ("INTRANS", "INERROR", "ACTIVE")

    def close(self) -> None:
        with suppress(self.psycopg.Error):
            self._connection.close()

    def version(self) -> int:
        return int(self.execute("SELECT version FROM about").fetchone()[0])

    def shape(self) -> Shape:
        if self._shape is None:
            self._shape = read_shape(self)
        return self._shape

    def as_it_stands(self) -> nullcontext[None]:
        """A server gives no text that is none."""
        return nullcontext()

    # What only a server has

    def script(self, text: str) -> None:
        """Several statements, to which nothing is given."""
        with self._guarded():
            cursor: Any = self._connection.cursor()
            cursor.execute(text.encode())

    def read_bytes(self, sql: str, given: Sequence[Any] = ()) -> Iterator[bytes]:
        """The first column of every row, as bytes."""
        with self._guarded():
            cursor: Any = self._connection.cursor(binary=True)
            for (data,) in cursor.execute(*_ask(sql, given)):
                yield bytes(data)


def load_driver() -> Any:
    """Raises UsageFault where the extra is not installed."""
    try:
        import psycopg  # not at the top: an optional extra
    except ImportError as error:
        raise UsageFault("ledger-driver", reason=str(error).splitlines()[0]) from error
    return psycopg


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def read_shape(database: Remote, schema: str = "") -> Shape:
    """Every table that a chain covers, with its columns."""
    rows = database.execute(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = ? AND c.relkind = 'r' AND a.attnum > 0 "
        "AND NOT a.attisdropped AND a.attname <> 'rowid' ORDER BY c.relname COLLATE \"C\", a.attnum",
        (schema or database.place.schema,),
    )
    found: dict[str, tuple[str, ...]] = {}
    for table, column in rows:
        if table not in OWN:
            found[table] = (*found.get(table, ()), column)
    return found


def _told(place: Served) -> dict[str, str]:
    """What libpq is told; what is not said here it takes from its environment."""
    said = {
        "host": place.hosts, "port": place.ports, "user": place.user, "password": place.password,
        "dbname": place.database, "connect_timeout": str(_PATIENCE), "application_name": "xlscore",
        **dict(place.options), "client_encoding": "UTF8",
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _prepare(driver: Any, connection: psycopg.Connection[Any], place: Served, reads: bool) -> None:
    version, cursor = connection.info.server_version, connection.cursor()
    if version < OLDEST * 10_000:
        raise MachineFault("ledger-server-old", path=str(place), found=version // 10_000, expected=OLDEST)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise MachineFault("ledger-server-encoding", path=str(place), found=encoding)
    settings = [f"search_path = {quoted(place.schema)}", "standard_conforming_strings = on", *_QUIET]
    cursor.execute(";".join(f"SET {one}" for one in settings).encode())
    connection.adapters.register_loader("text", _text_loader(driver))
    if reads:
        cursor.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


@cache
def _text_loader(driver: Any) -> Any:
    base: Any = driver.adapt.Loader

    class _Text(base):  # type: ignore[misc]
        def load(self, data: Any) -> str:
            text = bytes(data).decode()
            return text if _MARK not in text else text.replace(f"{_MARK}0", _NUL).replace(f"{_MARK}1", _MARK)

    return _Text


def _plain(given: Sequence[Any]) -> tuple[Any, ...]:
    """Values as both kinds of database take them."""
    return tuple(map(_plain_value, given))


def _plain_value(value: Any) -> Any:
    if isinstance(value, str):
        text = str(value)
        return text.replace(_MARK, f"{_MARK}1").replace(_NUL, f"{_MARK}0") if _NUL in text or _MARK in text else text
    return int(value) if isinstance(value, bool) else value


def _ask(sql: str, given: Sequence[Any]) -> tuple[bytes, Any]:
    values = _plain(given)
    if "?1" in sql:
        return _translate(sql), {f"a{number}": value for number, value in enumerate(values, 1)}
    return _translate(sql), values or None


@cache
def _translate(sql: str) -> bytes:
    """``?`` and ``?1`` as psycopg has them."""
    text = sql.replace("%", "%%") if "?" in sql else sql
    return re.sub(r"\?(\d*)", lambda found: f"%(a{found[1]})s" if found[1] else "%s", text).encode()
