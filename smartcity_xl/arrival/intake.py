"""An inbox -> parcels, kept in the ledger before anything reads them; or what lay there at an earlier moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import InboxFile, is_litter, list_files
from smartcity_xl.arrival.steady import GROWING, is_unfinished, read_steady
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import (
    DATABASE,
    DecisionMade,
    Keeping,
    Ledger,
    Run,
    Seen,
    local_time,
    open_ledger,
    read_ledger,
    utc,
)
from smartcity_xl.model.findings import Finding, Origin
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.model.parcels import Parcel

if TYPE_CHECKING:
    from smartcity_xl.model import Identity, Outcome, Rulings


class Intake(Struct, frozen=True, dict=True):
    """What came. ``names`` are those of all files, in order; ``aside`` those of them that are not looked at, with why.

    ``parcels`` are the others, to be gone through once: ``aside`` then tells too what is still being written, or has
    vanished. ``ledger`` is None where none is kept, and ``keeps`` says
    whether this run adds to it.
    """

    names: tuple[str, ...]
    aside: Mapping[str, Finding]
    parcels: Iterator[Parcel]
    source: str
    findings: tuple[Finding, ...] = ()
    ledger: Ledger | None = None
    keeps: bool = False
    as_of: str = ""
    """The earlier moment that is looked back to."""
    follow: Follow = unfollowed
    """Is told how far the run is."""
    _stamps: dict[str, dict[str, str]] = field(default_factory=dict)
    """Hash -> sender -> when our mail server first took it in, of what came in mails."""

    def keep_inside(self, parcels: Iterable[Parcel]) -> Iterator[Parcel]:
        """The parcels as they pass; what came out of a mail or an archive is kept too, with the mail's sender and the
        time at which our mail server received it."""
        told = map(self._told_by_letter, parcels)
        return self.ledger.keep_inside(told, self.source) if self.ledger and self.keeps else told

    def _told_by_letter(self, parcel: Parcel) -> Parcel:
        if parcel.letter is None:
            return parcel
        received = utc(parcel.letter.received) if parcel.letter.received else ""
        now = self.ledger.at if self.ledger and self.keeps else self.as_of
        if now and received > now:
            received = ""  # no mail comes from the future
        if received:
            times = self._stamps.setdefault(parcel.sha256, {})
            times[parcel.letter.sender] = min(received, times.get(parcel.letter.sender, received))
        return replace(parcel, sender=parcel.letter.sender, received=received)

    @cached_property
    def _arrivals(self) -> Mapping[str, Mapping[str, str]]:
        return self.ledger.arrivals(self.as_of) if self.ledger else {}

    def arrived(self, sha256: str) -> Mapping[str, str]:
        """When a parcel was received first from each address ("" outside a mail), as far as that is known: what the
        ledger says of an address holds, and what our mail server wrote. To be asked once all parcels have passed."""
        return {**self._stamps.get(sha256, {}), **self._arrivals.get(sha256, {})}

    @cached_property
    def rulings(self) -> Rulings:
        """What the office has said of files by now, or had said by the moment that is looked back to."""
        from smartcity_xl.model.rulings import (  # not at the top: where nothing is new none count
            NO_RULINGS,
            hold_rulings,
        )

        return hold_rulings(self.ledger.rulings(self.as_of)) if self.ledger else NO_RULINGS

    @property
    def anchor(self) -> str:
        """The digest that stands for all that the ledger knew of what came; of the earlier moment, if one is asked for.
        "" without a ledger."""
        return self.ledger.anchor(self.as_of) if self.ledger else ""

    def first_seen(self) -> Mapping[str, str]:
        """When each parcel was known of first: hash -> moment."""
        return self.ledger.first_seen() if self.ledger else {}

    def filled_before(self, assignment: str, campaign: Identity) -> Mapping[str, tuple[Seen, ...]]:
        """Department -> its workbooks with an answer in them that counted in an earlier run of a round, the oldest
        first."""
        if self.ledger is None:
            return {}
        before = self.as_of or self.ledger.at
        return self.ledger.filled_before(assignment, campaign.round, campaign.city, before)

    def lies_at(self, sha256: str) -> str:
        """Where the ledger keeps a parcel, in its folder; a bundle is a ZIP, which any program opens."""
        return self.ledger.lies_at(sha256) if self.ledger else ""

    def runs_then(self, assignment: str, round_: str, city: str) -> tuple[Run, ...]:
        """The run of a round that held at the moment that is looked back to, for each of its systems."""
        if not (self.ledger and self.as_of):
            return ()
        return self.ledger.runs_of(assignment, round_, city, self.as_of)

    def last_other(self, outcome: Outcome, results: bytes) -> tuple[Run, bytes] | None:
        """The last run of a round under one system that came to other results than these, and what it came to; by the
        moment that is looked back to. So a run that is made again says the same again. Raises MachineFault."""
        if self.ledger is None:
            return None
        place = outcome.catalog.id, outcome.assignment.id, outcome.round, outcome.assignment.city
        own = hashlib.sha256(results).hexdigest()
        other = next((run for run in self.ledger.history(*place, self.as_of) if run.results != own), None)
        return (other, self.ledger.results(other)) if other else None

    def record(
        self, runs: Sequence[tuple[Outcome, bytes]], settings: Mapping[str, str], decisions: Sequence[DecisionMade] = ()
    ) -> None:
        """Keep the score runs that rest on this intake, one for each system, and the office's decisions, where a
        ledger is kept.

        Raises MachineFault.
        """
        if self.ledger and self.keeps:
            self.ledger.record_runs(runs, settings, decisions)

    def record_again(self, runs: Sequence[int]) -> tuple[int, ...]:
        """Enter the runs of these numbers once more, as made now, where they are the last ones and what they came to is
        kept whole; gives the new numbers, none where it is not so. Raises MachineFault."""
        return self.ledger.record_again(runs) if self.ledger and self.keeps else ()

    def last_runs(self) -> tuple[int, ...]:
        """The numbers of the last runs, several where there are several systems."""
        return tuple(run.number for run in self.ledger.last_runs()) if self.ledger else ()


@contextmanager
def open_intake(
    inbox: Path, leave_out: Path | None = None, keeping: Keeping | None = None, follow: Follow = unfollowed
) -> Iterator[Intake]:
    """All that lies in an inbox; with ``keeping``, entered in its ledger, or as it stood at the moment asked for.

    Raises UsageFault (no such folder, nothing in it, nothing known of that moment), MachineFault.
    """
    if keeping and keeping.as_of:
        with read_ledger(keeping.folder) as ledger:
            if (known := recall(ledger, inbox, keeping.as_of)) is None:
                raise UsageFault("as-of-unknown", found=local_time(keeping.as_of), path=str(inbox))
            yield _followed(known, follow)
        return
    entries = list_files(inbox, leave_out, keeping.folder if keeping else None)
    aside = _Aside({entry.name: _why_aside(entry.name) for entry in entries if entry.link or is_litter(entry.name)})
    useful = [entry for entry in entries if entry.name not in aside]
    names = tuple(entry.name for entry in entries)
    if not useful:
        raise UsageFault("inbox-empty", path=str(inbox))
    if keeping is None:
        yield _followed(Intake(names, aside, read_steady(useful, aside.why), _source(inbox)), follow)
        return
    with open_ledger(keeping.folder, keeping.at) as ledger:
        if ledger.rebuilt:
            keeping.tell("ledger_rebuilt", number=ledger.rebuilt)
        if ledger.clock_behind:
            keeping.tell("clock_behind", now=local_time(keeping.at), newest=local_time(ledger.clock_behind))
        ledger.make_room(sum(_size(entry) for entry in useful))
        steady = followed(read_steady(useful, aside.why, keeping.at), "store", follow, len(useful))
        listed = ledger.take(steady, _source(inbox), aside, aside.why.__getitem__)
        gone = (*_tell_altered(ledger), *_tell_gone(ledger, inbox))
        parcels = ledger.read_parcels(listed)
        yield _followed(Intake(names, aside, parcels, _source(inbox), gone, ledger, keeps=True), follow)
        if ledger.healed:
            keeping.tell("store_healed", number=len(ledger.healed))
    if ledger.unclaimed:
        keeping.tell("store_settled", number=ledger.unclaimed)


def _followed(intake: Intake, follow: Follow) -> Intake:
    whole = len(intake.names) - len(intake.aside)
    return replace(intake, parcels=followed(intake.parcels, "open", follow, whole), follow=follow)


def recall(ledger: Ledger, inbox: Path, as_of: str) -> Intake | None:
    """What lay in an inbox at a moment, by the ledger; None where it knows nothing of that moment. Raises
    MachineFault."""
    listed = ledger.listing(_source(inbox), as_of)
    if listed is None:
        return None
    aside = {one.name: _set_aside(one.name, one.why or _why_aside(one.name)) for one in listed if not one.sha256}
    lost = [one for one in listed if one.sha256 and not ledger.keeps_whole(one.sha256)]
    aside |= {one.name: Finding("file-lost", Origin(one.name), parameters={"sha256": one.sha256[:12]}) for one in lost}
    gone = (*_tell_altered(ledger), *_tell_gone(ledger, inbox, as_of))
    names = tuple(one.name for one in listed)
    here = ledger.read_parcels([one for one in listed if one not in lost])
    return Intake(names, aside, here, _source(inbox), gone, ledger, as_of=as_of)


def _source(inbox: Path) -> str:
    """What the ledger calls an inbox: its own name, which stays when the folder around it moves."""
    return inbox.resolve().name


class _Aside(Mapping[str, Finding]):
    """Name -> what is told of a file that is not looked at; ``why`` (name -> code) grows as the files are read."""

    def __init__(self, why: dict[str, str]) -> None:
        self.why = why

    def __getitem__(self, name: str) -> Finding:
        return _set_aside(name, self.why[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.why)

    def __len__(self) -> int:
        return len(self.why)


def _set_aside(name: str, why: str) -> Finding:
    return Finding(why, Origin(name))


def _why_aside(name: str) -> str:
    return GROWING if is_unfinished(name) else "litter" if is_litter(name) else "link"


def _tell_altered(ledger: Ledger) -> Iterator[Finding]:
    if ledger.altered:
        yield Finding("ledger-altered", Origin(DATABASE))


def _tell_gone(ledger: Ledger, inbox: Path, as_of: str = "") -> Iterator[Finding]:
    for one in ledger.gone(_source(inbox), as_of):
        yield Finding("file-gone", Origin(one.name), parameters={"sha256": one.sha256[:12]})


def _size(entry: InboxFile) -> int:
    try:
        return entry.path.stat().st_size
    except OSError:  # told when it is read
        return 0
