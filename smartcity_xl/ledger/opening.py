"""How a ledger is opened: for writing by one process at a time, for reading by any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import entering
from smartcity_xl.ledger.checksum import CHECKSUM, drop_checksum, write_checksum
from smartcity_xl.ledger.database import Database
from smartcity_xl.ledger.door import DATABASE, LOCK, STORE, Ledger, holds_ledger, is_ledger
from smartcity_xl.ledger.faults import machine_faults
from smartcity_xl.ledger.schema import open_database, read_database
from smartcity_xl.ledger.store import Store

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place, Served


def open_ledger(place: Place, at: str) -> AbstractContextManager[Ledger]:
    """The ledger of a folder, or on a server, for writing; made where there is none. ``at`` is now (UTC).

    Raises MachineFault: another process is writing, the disk is full or cannot be written, the ledger is damaged, the
    server refuses or cannot be reached; UsageFault: what speaks with a server is not installed.
    """
    return _open_folder(place, at) if isinstance(place, Path) else _open_served(place, at)


@contextmanager
def _open_served(place: Served, at: str) -> Iterator[Ledger]:
    from smartcity_xl.ledger.postgres.opening import forget_writer, locked  # not at the top: an optional extra
    from smartcity_xl.ledger.postgres.store import RemoteStore
    from smartcity_xl.ledger.unclaimed import settle_unclaimed

    with locked(place, at) as (database, cut_off):
        ledger = Ledger(place, database, RemoteStore(database), at)
        yield ledger
        ledger.settle(settle_unclaimed(ledger) if cut_off and not ledger.altered else 0)
        forget_writer(database)


@contextmanager
def _open_folder(folder: Path, at: str) -> Iterator[Ledger]:
    from smartcity_xl.ledger.lock import Lock  # not at the top: who reads a ledger needs none of it

    with ExitStack() as opened:
        with machine_faults(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if copies := sorted(path.name for path in folder.glob("*.sqlite3") if path.name != DATABASE):
                raise MachineFault("ledger-copies", path=str(folder), files=", ".join(copies))
            opened.callback(Lock(folder / LOCK, at).close)
            store = Store(folder / STORE)
            store.prepare()
            found: list[entering.Arrival] = []

            def rebuild(database: Database) -> None:
                """Enter what the store holds into a ledger that is new: the former one was lost."""
                from smartcity_xl.ledger.mail import Posting, enter_posting, is_posting

                notes = list(store.notes())
                others = [note for _, _, note in notes if entering.is_ruling(note)]
                found.extend(
                    entering.Arrival.from_note(*one)
                    for one in notes
                    if not (is_posting(one[2]) or entering.is_ruling(one[2]))
                )
                entering.enter_arrivals(database, found, "")
                for sha256, _, note in notes:
                    if is_posting(note):
                        enter_posting(database, Posting.from_note(note), sha256)
                for ruling in sorted(map(entering.read_ruling, others), key=lambda one: one.at):
                    entering.enter_ruling(database, ruling)

            path = folder / DATABASE
            there = path.exists()
            cut_off = there and not path.with_name(CHECKSUM).exists()
            database = open_database(path, None if store.is_empty() else rebuild, begin=lambda: drop_checksum(path))
            ledger = Ledger(folder, database, store, at, len(found), begun=store.is_empty() and not there)
            opened.callback(_close, ledger, path, cut_off)
        yield ledger
        with machine_faults(folder):
            ledger.settle(_settle_unclaimed(ledger) if cut_off and not ledger.altered else 0)


def _settle_unclaimed(ledger: Ledger) -> int:
    from smartcity_xl.ledger.unclaimed import settle_unclaimed  # not at the top: few writers were cut off

    return settle_unclaimed(ledger)


def _close(ledger: Ledger, path: Path, cut_off: bool) -> None:
    """Let go of the database. Its checksum says that its last writer came to its end: one that did not, and may have
    kept what it never entered, leaves none, so that the next settles that."""
    with machine_faults(path.parent):
        ledger.database.close()
        if ledger.settled or not (cut_off or ledger.store.written):
            write_checksum(path)


@contextmanager
def read_ledger(folder: Place) -> Iterator[Ledger]:
    """The ledger of a folder, or on a server, for asking. Raises UsageFault where there is none, MachineFault."""
    if not isinstance(folder, Path):
        from smartcity_xl.ledger.postgres.opening import reading
        from smartcity_xl.ledger.postgres.store import RemoteStore

        with reading(folder) as remote:
            yield Ledger(folder, remote, RemoteStore(remote), "")
        return
    if not (folder / DATABASE).is_file():
        raise UsageFault("ledger-missing", path=str(folder))
    with ExitStack() as opened:
        with machine_faults(folder):
            database = read_database(folder / DATABASE)
            opened.callback(database.close)
            ledger = Ledger(folder, database, Store(folder / STORE), "")
        yield ledger


@contextmanager
def glance_ledger(folder: Place) -> Iterator[Ledger]:
    """As ``read_ledger``, and nothing is left in the folder: even a reader of SQLite's leaves files of its own beside a
    database. It is read from a copy, unless somebody is writing it just now."""
    import tempfile  # not at the top: most who read a ledger need no copy

    if not isinstance(folder, Path):
        with read_ledger(folder) as read:
            yield read
        return
    with ExitStack() as opened:
        with machine_faults(folder):
            home = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            still = is_ledger(folder) and _copy_still(folder, home)
            database = read_database((home if still else folder) / DATABASE)
            opened.callback(database.close)
            ledger = Ledger(folder, database, Store(folder / STORE), "")
        yield ledger


def _copy_still(folder: Path, home: Path) -> bool:
    """Copy the database with its log; whether neither changed meanwhile."""
    import shutil

    names = (DATABASE, f"{DATABASE}-wal")

    def seen() -> list[tuple[int, int]]:
        states = [path.stat() for name in names if (path := folder / name).exists()]
        return [(state.st_mtime_ns, state.st_size) for state in states]

    before = seen()
    for name in names:
        if (folder / name).exists():
            shutil.copyfile(folder / name, home / name)
    return seen() == before


def has_ledger(place: Place) -> bool:
    """Whether there is a ledger to be read. Raises MachineFault, OSError."""
    if isinstance(place, Path):
        return place.is_dir() and holds_ledger(path.name for path in place.iterdir())
    try:
        with read_ledger(place):
            return True
    except UsageFault as fault:
        if fault.code != "ledger-server-missing":
            raise
        return False
