"""How a ledger on a server is opened: for writing by one client at a time, for reading by any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smartcity_xl.errors import MachineFault, XlscoreError
from smartcity_xl.ledger.postgres.connection import Remote
from smartcity_xl.ledger.postgres.schema import bring_to_today, refuse_other_versions
from smartcity_xl.ledger.schema import APPLICATION

if TYPE_CHECKING:
    from smartcity_xl.model.place import Served

_WAIT = "2s"
"""How long a client waits for the lock: so long a server may need to see that its holder has ended."""


@contextmanager
def locked(place: Served, at: str, chained: bool = True) -> Iterator[tuple[Remote, bool]]:
    """The ledger of a schema, of today's version, for one client alone; made where there is none. Also gives whether
    the client that wrote last came to no end.

    The lock is the server's: it goes with the connection, however that ends. Raises MachineFault.
    """
    database = Remote(place)
    try:
        _lock(database)
        bring_to_today(database, chained)
        cut_off = database.execute("SELECT 1 FROM writer").fetchone() is not None
        note_writer(database, at)
        yield database, cut_off
    finally:
        database.close()


@contextmanager
def held(place: Served) -> Iterator[Remote]:
    """The ledger of a schema while nobody writes. Raises UsageFault where there is none, MachineFault."""
    database = Remote(place)
    try:
        _lock(database)
        refuse_other_versions(database)
        yield database
    finally:
        database.close()


@contextmanager
def reading(place: Served) -> Iterator[Remote]:
    """The ledger of a schema for asking, as of one moment. Raises UsageFault where there is none, MachineFault."""
    database = Remote(place, reads=True)
    try:
        refuse_other_versions(database)
        yield database
    finally:
        database.close()


def note_writer(database: Remote, at: str) -> None:
    """Say who writes: it stands there until that has come to its end."""
    import socket  # not at the top: a look at a ledger locks nothing

    database.execute("DELETE FROM writer")
    database.execute("INSERT INTO writer VALUES (?, ?, ?)", (os.getpid(), socket.gethostname(), at))


def forget_writer(database: Remote) -> None:
    database.execute("DELETE FROM writer")


def _lock(database: Remote) -> None:
    place = database.place
    try:
        database.execute(f"SET lock_timeout = '{_WAIT}'")
        database.execute("SELECT pg_advisory_lock(?, hashtext(?))", (APPLICATION, place.schema))
        database.execute("RESET lock_timeout")
    except MachineFault as fault:
        if fault.code != "ledger-in-use":
            raise
        raise _busy(database) from fault


def _busy(database: Remote) -> MachineFault:
    told: dict[str, object] = {"pid": "?", "host": "?", "since": "?"}
    try:
        if row := database.execute("SELECT pid, host, since FROM writer").fetchone():
            told = dict(zip(told, row, strict=True))
    except XlscoreError:  # it is just being made
        pass
    return MachineFault("ledger-locked", path=str(database.place), **told)
