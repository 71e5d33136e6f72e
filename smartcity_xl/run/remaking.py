"""A kept order and what it names -> the run again, in a folder of its own: the same bytes as it wrote at first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from smartcity_xl.arrival.inbox import RETURNED_BEFORE, UNFINISHED
from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.catalog.combine import part_of_assignment, part_of_submission
from smartcity_xl.catalog.load import catalogs_from
from smartcity_xl.errors import UsageFault
from smartcity_xl.frozen.archive import is_safe
from smartcity_xl.frozen.order import KeptOrder, zone_of
from smartcity_xl.frozen.redacted import RedactedRound
from smartcity_xl.ledger import Keeping, bring_up_to_date, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.model import Documents, Identity, Outcome, Round, Submission
from smartcity_xl.model.settings import settings_from_text
from smartcity_xl.office.campaign import read_roster
from smartcity_xl.results import from_outcome, write_results
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.concluding import conclude
from smartcity_xl.run.orders import CollectOrder
from smartcity_xl.run.previous import open_previous
from smartcity_xl.run.systems import Choice, choose, load_systems, settle
from smartcity_xl.score.corrections import Settled
from smartcity_xl.summary import write_summary

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

LEDGER, CATALOGS = "ledger", "catalogs"
"""Where a pack holds the ledger, and the indicator systems."""


@dataclass(frozen=True, slots=True)
class Remade:
    """A run made again; ``files``: name -> bytes of all that it wrote, but for what it keeps for itself."""

    outcome: Outcome
    files: Mapping[str, bytes]


def remake(pack: Path, order: KeptOrder, work: Path, key: bytes, passwords: tuple[str, ...] = ()) -> Remade:
    """Run a round again from an unpacked ``pack``, in the new folder ``work``. Raises as ``collect``."""
    inbox, out = _lay_out(work, RunPlaces(order.inbox, order.out, order.linked), order.returned)
    bring_up_to_date(pack / LEDGER, order.at)
    with catalogs_from(pack / CATALOGS):
        choice = _choose(pack, order, key)
        roster = None
        if order.roster:
            roster = read_roster(pack / order.roster, choose(choice)[1])
        if order.linked:
            _stand_in(pack / LEDGER, inbox, order.at)
        keeping = Keeping(pack / LEDGER, "", order.at, anchored=order.anchored, zone=zone_of(order))
        home = work if order.linked else None
        outcome, _ = collect(
            inbox, out, choice, roster, order.authserv, keeping, None, order.return_by, passwords, home
        )  # fmt: skip
    return Remade(outcome, dict(_written(out)))


@contextmanager
def as_named(inbox: Path) -> Iterator[None]:
    """A round is run again in a place of its own: what the ledger does not know is told by the path that was given."""
    try:
        yield
    except UsageFault as fault:
        if fault.code != "as-of-unknown":
            raise
        raise UsageFault(fault.code, **{**fault.parameters, "path": str(inbox)}) from fault


def _choose(pack: Path, order: KeptOrder, key: bytes) -> Choice:
    own = tuple(str(pack / one) if "/" in one else one for one in order.systems)
    return Choice(
        own,
        pack / order.assignment_book if order.assignment_book else None,
        order.assignment,
        settings_from_text(order.settings) if order.settings is not None else None,
        order.outlines,
        open_previous(pack / one for one in order.previous),
        order.round,
        order.city,
        order.terms,
        key,
    )


def _stand_in(ledger: Place, inbox: Path, at: str) -> None:
    """Empty files under the names that lay in the inbox: the summary links to what is there. What is in them is read
    from the ledger."""
    with read_ledger(ledger) as opened:
        listed = opened.listing(inbox.resolve().name, at) or ()
    for one in listed:
        if one.why != "link" and is_safe(one.name):
            place = inbox / one.name
            with suppress(OSError):  # a name that this system does not take has no link here
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()


def _written(out: Path) -> list[tuple[str, bytes]]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and not path.name.startswith(UNFINISHED))
    return [(path.relative_to(out).as_posix(), path.read_bytes()) for path in files]


def remake_here(
    order: CollectOrder, at: str, work: Path, returned: Sequence[str], anchored: bool, passwords: tuple[str, ...] = ()
) -> Remade:
    """Run a round again as it stood at a moment, from its own ledger; what it writes goes into the new folder ``work``.
    The ledger and the round's own folders are only read. Raises as ``collect``."""
    places = find_places(order)
    inbox, out = _lay_out(work, places, returned)
    if places.linked:
        _stand_in(order.ledger, inbox, at)
    keeping = Keeping(order.ledger, "", at, anchored=anchored)
    outcome, _ = collect(
        inbox, out, order.choice, order.roster, order.authserv, keeping, None, order.return_by, passwords,
        work if places.linked else None,
    )  # fmt: skip
    return Remade(outcome, dict(_written(out)))


@dataclass(frozen=True, slots=True)
class RunPlaces:
    """Inbox and output as ways from the round's folder, where both lie in it (``linked``); else apart from each
    other."""

    inbox: str
    out: str
    linked: bool


def find_places(order: CollectOrder) -> RunPlaces:
    inbox, out = order.inbox.resolve(), order.out.resolve()
    home = order.home.resolve() if order.home else None
    if home and inbox.is_relative_to(home) and out.is_relative_to(home) and home not in (inbox, out):
        return RunPlaces(inbox.relative_to(home).as_posix(), out.relative_to(home).as_posix(), True)
    return RunPlaces(f"in/{inbox.name}", "out", False)


def _lay_out(work: Path, places: RunPlaces, returned: Sequence[str]) -> tuple[Path, Path]:
    """The folders of a run; it knows which workbooks went back before."""
    inbox, out = work / places.inbox, work / places.out
    register = out / label("file.returned_folder") / RETURNED_BEFORE
    inbox.mkdir(parents=True)
    register.parent.mkdir(parents=True)
    register.write_text(json.dumps(list(returned)), encoding="utf-8")
    return inbox, out


# --- of a redacted round -----------------------------------------------------------------------------------------


def remake_redacted(pack: Path, round_: RedactedRound) -> Remade:
    """Merge, decide and score again what a redacted pack holds. Raises UsageFault, CatalogFault."""
    with catalogs_from(pack / CATALOGS):
        catalog = load_systems(round_.systems)
    settings = settings_from_text(round_.settings)
    if settings is None:
        raise UsageFault("pack-settings", found=round_.settings[:80])
    assignment = round_.assignment
    whole = settle(catalog, settings, assignment.period)
    settled = Settled(round_.histories, {}, {}, round_.placed)
    outcomes = []
    for system in whole.systems:

        def view(one: Submission, system=system) -> Submission:  # type: ignore[no-untyped-def]
            return part_of_submission(one, whole, system)

        outcomes.append(conclude(
            system, part_of_assignment(assignment, whole, system), _identity(round_), settled.seen_by(view), (),
            Documents(named=round_.named.get(system.id, ())), (), round_.decisions,
        ))  # fmt: skip
    sent = tuple(one for one in settled.in_force if one.identity.kind != SURVEY_KIND)
    together = Round(whole, assignment, sent, settled.histories, settled.placed, round_.decisions)
    outcome = replace(outcomes[0], beside=tuple(outcomes[1:]), whole=together)
    return Remade(outcome, write_outputs(outcome))


def _identity(round_: RedactedRound) -> Identity:
    return Identity("", "", "", round_.assignment.id, "", round_.round, round_.assignment.city, "")


def write_outputs(outcome: Outcome) -> dict[str, bytes]:
    """Results and summary of a run, as they are called in its folder; the summary leads to no file outside it."""
    together, files = (outcome, *outcome.beside), {}
    for one in together:
        record = from_outcome(one)
        several = len(together) > 1
        files[f"results-{one.catalog.id}.json" if several else "results.json"] = write_results(record)
        name = label("file.summary_of", system=one.catalog.id) if several else label("file.summary")
        files[name] = write_summary(one, together, record)
    return files
