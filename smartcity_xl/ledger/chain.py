"""Rows -> links: every transaction adds one, which holds the digests of its rows and of the link before.

A link covers, of each table, the rows behind those that the link before it covered. Whoever changes, adds or removes a
row behind the ledger's back leaves a link that no longer agrees; whoever makes all links anew leaves heads that were
noted elsewhere (anchors) without a link. No link depends on what stands after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

from msgspec import Struct

from smartcity_xl.ledger.database import Database, Shape

NEW, UPGRADED, REBUILT = "new", "upgraded", "rebuilt"
"""How a chain begins: with the ledger; over the rows that an older program had entered; over what the store held."""
_ROWS_OF_RUN = "run_submission"
"""Has no rows of its own numbering: they stand under their run, and come with it."""
_BROUGHT = frozenset({"parcel", "sighting", "listing", "listed", "ruling", "mail"})
"""Tables of what came and of what the office said of it."""
_GENESIS = "0" * 64
_CHUNK = 1000
_write_value = json.JSONEncoder(default=repr).encode
"""As ``json.dumps``, which makes an encoder anew for each value."""

_SELECT = "SELECT id, at, version, origin, brings, upto, rows, digest FROM link"


class Link(Struct, frozen=True):
    """``upto`` is the highest row of each table that is covered, ``rows`` the digest of those that the link before does
    not cover. ``brings``: something came, or the office said something of it."""

    number: int
    at: str
    version: int
    origin: str
    brings: bool
    upto: Mapping[str, int]
    rows: Mapping[str, str]
    digest: str

    def digest_after(self, before: str) -> str:
        facts = [before, self.number, self.at, self.version, self.origin, self.brings, self.upto, self.rows]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def read_links(database: Database) -> Iterator[Link]:
    """The first first. Raises ValueError where one cannot be read."""
    return map(_link, database.execute(f"{_SELECT} ORDER BY id"))


def _link(row: tuple[object, ...]) -> Link:
    number, at, version, origin, brings, upto, rows, digest = row
    return Link(
        int(str(number)), str(at), int(str(version)), str(origin), bool(brings),
        json.loads(str(upto)), json.loads(str(rows)), str(digest),
    )  # fmt: skip


def last_link(database: Database, brings: bool = False, as_of: str = "") -> Link | None:
    """The newest link; ``brings``: that brought something; as of a moment."""
    row = database.execute(
        f"{_SELECT} WHERE (brings = 1 OR ?1 = 0) AND (at <= ?2 OR ?2 = '') ORDER BY id DESC LIMIT 1",
        (brings, as_of),
    ).fetchone()
    return _link(row) if row else None


def add_link(database: Database, at: str, origin: str = "") -> None:
    """Link what has been entered since the newest link, if anything has. Runs inside the transaction of the rows."""
    last, shape = last_link(database), database.shape()
    covered: Mapping[str, int] = last.upto if last else {}
    upto = _highest(database, shape)
    fresh = [table for table in upto if upto[table] > covered.get(table, 0)]
    if not fresh and last:
        return
    rows = {table: digest_rows(database, shape, table, covered, upto) for table in fresh}
    if "run" in fresh:
        rows[_ROWS_OF_RUN] = digest_rows(database, shape, _ROWS_OF_RUN, covered, upto)
    version = database.version()
    link = Link(
        last.number + 1 if last else 1, at, version, origin, not _BROUGHT.isdisjoint(fresh), upto, rows, ""
    )  # fmt: skip
    database.execute(
        "INSERT INTO link (id, at, version, origin, brings, upto, rows, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (link.number, link.at, link.version, link.origin, link.brings, json.dumps(upto, sort_keys=True),
         json.dumps(rows, sort_keys=True), link.digest_after(last.digest if last else _GENESIS)),
    )  # fmt: skip


def _highest(database: Database, shape: Shape) -> dict[str, int]:
    tables = [table for table in shape if table != _ROWS_OF_RUN]
    maxima = ", ".join(f"(SELECT coalesce(max({_number(shape, table)}), 0) FROM {table})" for table in tables)  # noqa: S608 - our own
    return dict(zip(tables, database.execute(f"SELECT {maxima}").fetchone(), strict=True))


def digest_rows(
    database: Database, shape: Shape, table: str, covered: Mapping[str, int], upto: Mapping[str, int]
) -> str:
    """The digest of a table's rows behind ``covered``, up to ``upto``."""
    digest = hashlib.sha256()
    number, order, counted = _numbering(shape, table)
    found = database.execute(
        f"SELECT {number}, {', '.join(shape[table])} FROM {table} "  # noqa: S608 - names of our own
        f"WHERE {number} > ? AND {number} <= ? ORDER BY {order}",
        (covered.get(counted, 0), upto.get(counted, 0)),
    )
    while rows := found.fetchmany(_CHUNK):
        digest.update(_write_rows(rows).encode())
    return digest.hexdigest()


def _write_rows(rows: Sequence[Sequence[object]]) -> str:
    """A line for each row, as ``json.dumps`` makes it; column by column, for most hold nothing but text."""
    told = zip(*map(_write_column, zip(*rows, strict=True)), strict=True)
    return "".join([f"[{line}]\n" for line in map(", ".join, told)])


def _write_column(column: Sequence[object]) -> Iterator[str]:
    kinds = set(map(type, column))
    write: Callable[[Any], str] = _quote if kinds == {str} else str if kinds == {int} else _write_value
    return map(write, column)


def count_unlinked(database: Database, shape: Shape, table: str, upto: Mapping[str, int]) -> int:
    """The rows of a table that stand outside all that is covered."""
    number, _, counted = _numbering(shape, table)
    (found,) = database.execute(
        f"SELECT count(*) FROM {table} WHERE {number} > ? OR {number} < 1",  # noqa: S608 - names of our own
        (upto.get(counted, 0),),
    ).fetchone()
    return int(found)


def _numbering(shape: Shape, table: str) -> tuple[str, str, str]:
    """What numbers a table's rows, in which order they come, and the table that counts them."""
    if table == _ROWS_OF_RUN:
        return "run", "run, submission", "run"
    number = _number(shape, table)
    return number, number, table


def _number(shape: Shape, table: str) -> str:
    return "id" if "id" in shape[table] else "rowid"


class Break(Struct, frozen=True):
    """A place where a chain does not hold: of a link itself (``table`` is empty), or of the rows it covers.

    ``first`` and ``last`` are the rows, by number; of rows that no link covers (``link`` is 0), ``last`` counts them.
    """

    link: int
    at: str
    table: str = ""
    first: int = 0
    last: int = 0


def prove_chain(database: Database, shapes: Mapping[int, Shape]) -> Iterator[Break]:
    """Every place where the links do not follow from each other and from the rows; ``shapes``: schema version -> its
    tables. Raises ValueError where a link cannot be read, sqlite3.Error."""
    before, covered = _GENESIS, dict[str, int]()
    for number, link in enumerate(read_links(database), 1):
        shape = shapes.get(link.version, {})
        if link.number != number or link.digest != link.digest_after(before) or not shape:
            yield Break(link.number, link.at)
        for table, digest in sorted(link.rows.items()):
            if table in shape and digest != digest_rows(database, shape, table, covered, link.upto):
                counted = _numbering(shape, table)[2]
                yield Break(link.number, link.at, table, covered.get(counted, 0) + 1, link.upto.get(counted, 0))
        before, covered = link.digest, dict(link.upto)
    shape = shapes[max(shapes)]
    for table in shape:
        if number := count_unlinked(database, shape, table, covered):
            yield Break(0, "", table, 0, number)
