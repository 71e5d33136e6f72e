"""The door of the ledger: what it is asked, and what is entered."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import asking, entering
from smartcity_xl.ledger.chain import add_link, last_link, prove_chain
from smartcity_xl.ledger.checksum import CHECKSUM
from smartcity_xl.ledger.database import Database, committed
from smartcity_xl.ledger.faults import machine_faults
from smartcity_xl.ledger.records import DecisionMade, Listed, Run, Seen, Stated, Taken
from smartcity_xl.ledger.schema import pristine_shapes
from smartcity_xl.ledger.store import Store
from smartcity_xl.ledger.times import next_second

if TYPE_CHECKING:
    from smartcity_xl.ledger.mail import MailBook
    from smartcity_xl.model import Outcome, Parcel, Ruling
    from smartcity_xl.model.place import Place

LEDGER_FOLDER = "ledger"
STORE = "store"
UNCLAIMED = "unclaimed"
"""Where a repair puts what lay in the store and belongs to no entry."""
DATABASE, LOCK, MEMORY = "ledger.sqlite3", "lock", "remembered.db"
_SPARE = 1.5
"""Free space asked for, as a multiple of what is to be taken."""
_Told = TypeVar("_Told")


class _Known(Struct, frozen=True):
    """What is known of parcels: hash -> when it was received; and (hash, name, source, sender) of each sighting."""

    received: dict[str, str]
    names: set[tuple[str, str, str, str]]


def _say_nothing(code: str, /, **parameters: object) -> None:
    pass


class Keeping(Struct, frozen=True):
    """Where a run keeps its ledger (a folder, or a server), the moment it is (UTC), and the earlier moment it asks for,
    if any.

    ``tell`` takes a sentence's code and parameters, for what a person should know of the ledger itself.
    """

    folder: Place
    at: str
    as_of: str = ""
    tell: Callable[..., None] = _say_nothing
    anchored: bool = False
    """Whether the summary says for which ledger it stands (``Ledger.anchor``)."""
    zone: tzinfo | None = None
    """In which moments are told; None is the machine's."""


def holds_ledger(files: Iterable[str]) -> bool:
    """Whether a folder with files of these names is a ledger's, and so nobody's inbox."""
    return DATABASE in files


LEDGER_PARTS = frozenset({
    DATABASE, *(f"{DATABASE}-{tail}" for tail in ("wal", "shm", "journal")), STORE, LOCK, CHECKSUM,
    f"{CHECKSUM}.tmp", UNCLAIMED, MEMORY, f"{MEMORY}-journal",
})  # fmt: skip
"""The names in a ledger's folder that are the ledger's own."""


def is_ledger(folder: Path) -> bool:
    """Whether a folder really holds a ledger, and not merely a file of that name."""
    try:
        with (folder / DATABASE).open("rb") as stream:
            return stream.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


class Ledger:
    """An open ledger. Every method raises MachineFault where the disk or the database refuses.

    ``at`` is the time of all that is entered now. Time in the ledger never runs backwards: where the clock shows no
    later moment than the newest entry, the second after that is used, and ``clock_behind`` is that entry's time.
    ``rebuilt`` counts the parcels from which a lost ledger was made anew. ``begun``: there was none, and it was made
    just now with nothing in it.
    """

    def __init__(
        self, folder: Place, database: Database, store: Store, at: str, rebuilt: int = 0, begun: bool = False
    ) -> None:
        self.folder, self.database, self.store, self.rebuilt, self._begun = folder, database, store, rebuilt, begun
        self.newest = "" if begun else asking.newest(database)
        """The moment of the newest entry when it was opened; empty for a new ledger."""
        self.clock_behind = self.newest if self.newest > at else ""
        self.at = at and self.entry_time(at)
        self.healed: set[str] = set()
        """The hashes of parcels whose bytes the store had lost, and that came again."""
        self.settled, self.unclaimed = False, 0
        """Whether its writer came to its end; and how many objects a writer before it had kept and never entered."""

    @cached_property
    def mail(self) -> MailBook:
        """The part of it that speaks of mail."""
        from smartcity_xl.ledger.mail import MailBook  # not at the top: a look at a ledger asks nothing of it

        return MailBook(self.database, self.store, self.transaction, lambda: machine_faults(self.folder))

    def entry_time(self, now: str) -> str:
        """When what comes now would be entered: later than everything before it, whatever the clock shows."""
        return next_second(self.newest) if now <= self.newest else now

    # Entering: bytes first, then the rows that speak of them

    def make_room(self, size: int) -> None:
        """Refuse to begin where the disk could fill on the way. ``size`` is what will come, in bytes."""
        if not isinstance(self.folder, Path):
            return  # a server knows its own disk
        needed, free = int(_SPARE * size), _free_space(self.folder)
        if free < needed:
            raise MachineFault("disk-short", path=str(self.folder), needed=_mebibytes(needed), free=_mebibytes(free))

    def take(
        self,
        parcels: Iterable[Parcel],
        source: str,
        aside: Collection[str] | None = None,
        why: Callable[[str], str] = lambda _: "",
    ) -> tuple[Listed, ...]:
        """Keep parcels, whatever they are, before anybody reads them.

        ``source`` says where they came from. ``aside`` is given for an inbox: the names of what lies in it and is not
        taken, and ``why`` of each; they are looked at once the parcels have passed, and the inbox's content is then
        entered as a whole. A parcel's own time of receipt counts where it has one.
        """
        with machine_faults(self.folder):
            known = self._known()
            arrivals = [self._keep(parcel, source, known) for parcel in parcels]
            with self.transaction():
                entering.enter_arrivals(self.database, arrivals, self.at)
                listed = [Listed(arrival.name, arrival.sha256) for arrival in arrivals]
                if aside is not None:
                    others = [Listed(name, "", why(name)) for name in aside]
                    listed = sorted([*listed, *others], key=lambda one: (one.name, one.sha256))
                    entering.enter_listing(self.database, source, listed, self.at)
            return tuple(listed)

    def keep_inside(self, parcels: Iterable[Parcel], source: str) -> Iterator[Parcel]:
        """The parcels as they pass; those that came out of others are kept on the way, and entered once all have
        passed. What they came out of was kept before, so that nothing can be lost between."""
        known: _Known | None = None
        arrivals = []
        for parcel in parcels:
            if parcel.container:
                with machine_faults(self.folder):
                    known = known or self._known()
                    arrivals.append(self._keep(parcel, source, known))
            yield parcel
        if arrivals:
            with machine_faults(self.folder), self.transaction():
                entering.enter_arrivals(self.database, arrivals, self.at)

    def _known(self) -> _Known:
        names = {(one.sha256, one.name, one.source, one.sender) for one in asking.sightings(self.database)}
        return _Known(dict(asking.received(self.database)), names)

    def _keep(self, parcel: Parcel, source: str, known: _Known) -> entering.Arrival:
        """Put a parcel into the store, and a note beside it that says how it came first."""
        received = parcel.received or self.at
        arrival = entering.Arrival(parcel.sha256, len(parcel.data), parcel.name, source, parcel.sender, received)
        seen = (parcel.sha256, parcel.name, source, parcel.sender)
        first = seen not in known.names and received < known.received.get(parcel.sha256, asking.EVER)
        before = len(self.store.written)
        self.store.keep(parcel.sha256, parcel.data, arrival.note() if first else None)
        if parcel.sha256 in known.received and len(self.store.written) > before:
            self.healed.add(parcel.sha256)
        if first:
            known.received[parcel.sha256] = received
        known.names.add(seen)
        return arrival

    def record_runs(
        self,
        runs: Sequence[tuple[Outcome, bytes]],
        settings: Mapping[str, str],
        decisions: Sequence[DecisionMade] = (),
    ) -> None:
        """Keep what one collection came to, for each system: the workbooks it rests on as read, its findings and
        decisions, and its ``results.json``."""
        with machine_faults(self.folder):
            kept = [(outcome, self.store.put(results)) for outcome, results in runs]
            with self.transaction():
                for outcome, sha256 in kept:
                    entering.enter_run(self.database, self.at, outcome, sha256, settings, decisions)

    def record_again(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Keep that the last runs, which have these numbers, have been made again and came to the same; gives the new
        numbers. None where they are not the last, or what they came to is not kept whole any more."""
        last = self.last_runs()
        if not last or [run.number for run in last] != list(numbers):
            return ()
        if not all(self.keeps_whole(run.results) for run in last):
            return ()
        with machine_faults(self.folder), self.transaction():
            return tuple(entering.enter_run_again(self.database, self.at, number) for number in numbers)

    def record_ruling(self, ruling: Ruling) -> Ruling:
        """Keep what the office says of a file that came; it is dated now. It survives a power cut once this has
        returned, and the loss of the database."""
        dated, number = replace(ruling, at=self.at), len(self.rulings()) + 1
        with machine_faults(self.folder):
            sha256 = self.store.put(entering.write_ruling(ruling, number))
            self.store.note(sha256, entering.note_ruling(dated))
            with self.transaction():
                entering.enter_ruling(self.database, dated)
        return dated

    def settle(self, unclaimed: int) -> None:
        """Its writer has come to its end."""
        self.settled, self.unclaimed = True, unclaimed

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What was put into the store before comes to the disk before the rows that are entered here, or with them."""
        self.store.begin(self.database)
        with committed(self.database):
            yield
            add_link(self.database, self.at)

    # Asking

    @cached_property
    def altered(self) -> bool:
        """Whether the entries are not what was entered: somebody, or a bad disk, has changed rows or links. Of a ledger
        that was begun just now nobody has."""

        def prove(database: Database) -> bool:
            try:
                with database.as_it_stands():
                    return next(prove_chain(database, pristine_shapes()), None) is not None
            except (ValueError, TypeError, KeyError):  # a link that cannot be read
                return True

        return not self._begun and self._ask(prove)

    def _ask(self, question: Callable[[Database], _Told]) -> _Told:
        with machine_faults(self.folder):
            return question(self.database)

    def read_parcels(self, listed: Iterable[Listed]) -> Iterator[Parcel]:
        """The parcels of these names, from the store, each proven to be what was received."""
        from smartcity_xl.model.parcels import Parcel  # not at the top: most who ask read none

        seen = {(one.sha256, one.name): one for one in self.sightings()}
        for one in listed:
            if one.sha256:
                with machine_faults(self.folder):
                    data = self.store.get(one.sha256)
                known = seen[one.sha256, one.name]
                yield Parcel(one.name, data, one.sha256, sender=known.sender, received=known.received)

    def read_bytes(self, sha256: str) -> bytes:
        """The bytes of a parcel, proven to be what was received."""
        with machine_faults(self.folder):
            return self.store.get(sha256)

    def keeps_whole(self, sha256: str) -> bool:
        """Whether the bytes of a parcel are still what was received."""
        with machine_faults(self.folder):
            return self.store.holds(sha256)

    def lies_at(self, sha256: str) -> str:
        """Where a person finds the bytes of a parcel: a file in the ledger's folder, or an entry of a ZIP there."""
        with machine_faults(self.folder):
            return self.store.lies_at(sha256)

    def received(self) -> Mapping[str, str]:
        """When each parcel was received first: hash -> moment."""
        return self._ask(asking.received)

    def arrivals(self, as_of: str = "") -> Mapping[str, Mapping[str, str]]:
        """When each parcel was received first from each address: hash -> sender ("" outside a mail) -> moment; as was
        known at a moment."""
        return self._ask(lambda database: asking.arrivals(database, as_of))

    def first_seen(self) -> Mapping[str, str]:
        """When each parcel was known of first: hash -> moment."""
        return self._ask(asking.first_seen)

    def rulings(self, as_of: str = "") -> tuple[Ruling, ...]:
        """What the office has said of files, the oldest first; as of a moment."""
        return self._ask(lambda database: asking.rulings(database, as_of))

    def listing(self, source: str, as_of: str = "") -> tuple[Listed, ...] | None:
        """What lay in an inbox, in the order of names: by the newest entry, or as of a moment; None before any."""
        return self._ask(lambda database: asking.listing(database, source, as_of))

    def gone(self, source: str, as_of: str = "") -> tuple[Listed, ...]:
        """What lay in an inbox before, under its last name, and no longer does."""
        return self._ask(lambda database: asking.gone(database, source, as_of))

    def sightings(self, sha256: str = "") -> tuple[Seen, ...]:
        """Every name under which a parcel was seen, the first first; of all parcels where none is given."""
        return self._ask(lambda database: asking.sightings(database, sha256))

    def last_runs(self, as_of: str = "") -> tuple[Run, ...]:
        """The newest run, or the newest as of a moment; several where it scored several systems."""
        return self._ask(lambda database: asking.last_runs(database, as_of))

    def runs_of(self, assignment: str, round_: str, city: str, as_of: str) -> tuple[Run, ...]:
        """The newest run of a round as of a moment; several where it scored several systems."""
        return self._ask(lambda database: asking.runs_of(database, assignment, round_, city, as_of))

    def history(self, catalog: str, assignment: str, round_: str, city: str, as_of: str = "") -> tuple[Run, ...]:
        """The runs of a round under one system as of a moment, the newest first."""
        return self._ask(lambda database: asking.history(database, catalog, assignment, round_, city, as_of))

    def results(self, run: Run) -> bytes:
        """The ``results.json`` of a run, byte for byte."""
        with machine_faults(self.folder):
            return self.store.get(run.results)

    def taken(self, run: Run) -> tuple[Taken, ...]:
        """The workbooks that a run read."""
        return self._ask(lambda database: asking.taken(database, run.number))

    def first_reports(self, run: Run) -> Mapping[str, str]:
        """When each department's first usable workbook of a run's campaign was received, even if it is gone now."""
        return self._ask(lambda database: asking.first_reports(database, run.number))

    def filled_before(self, assignment: str, round_: str, city: str, before: str) -> Mapping[str, tuple[Seen, ...]]:
        """Department -> its workbooks with an answer in them that counted in a run of a round before a moment, the
        oldest first."""
        return self._ask(lambda database: asking.filled_before(database, assignment, round_, city, before))

    def answers(self, run: Run, sha256: str) -> tuple[Stated, ...]:
        """What a workbook said, as a run read it."""
        return self._ask(lambda database: asking.answers(database, run.number, sha256))

    def anchor(self, as_of: str = "") -> str:
        """The digest of the newest link that brought something, as of a moment: it stands for all that was entered
        until then, and stays the same as long as nothing else comes. "" before any."""
        link = self._ask(lambda database: last_link(database, brings=True, as_of=as_of))
        return link.digest if link else ""

    def decisions(self, run: Run) -> tuple[DecisionMade, ...]:
        """What the office had decided when a run was made, what had lapsed with it."""
        return self._ask(lambda database: asking.decisions(database, run.number))


def _free_space(folder: Path) -> int:
    """Bytes that may be written there. The library that asks every system loads all packers for it, too."""
    if hasattr(os, "statvfs"):
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize
    import shutil

    return shutil.disk_usage(folder).free


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
