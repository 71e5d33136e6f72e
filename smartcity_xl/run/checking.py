"""A look at files before they count: all that a collection would say of them, with nothing entered or written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import InboxFile, known_returns, list_files, read_parcels, shown_name
from smartcity_xl.arrival.intake import Intake, recall
from smartcity_xl.arrival.nearby import refuse_missing
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, glance_ledger, has_ledger, is_ledger, utc
from smartcity_xl.model import Finding, Origin, Outcome, Parcel, Receipt, Submission
from smartcity_xl.results import from_outcome
from smartcity_xl.results.compose import compose_finding
from smartcity_xl.results.looked import LookedFile, LookRecord, score_department
from smartcity_xl.results.open import OF_OTHERS, open_work, same_finding
from smartcity_xl.run.assessing import assess_intake
from smartcity_xl.run.orders import CheckOrder
from smartcity_xl.run.systems import Choice

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place


class Looked(Struct, frozen=True):
    """What there is to say of files. ``at`` is the moment by which the ledger was asked, "" where there is none.

    ``receipts`` are those of the files and of what lies in them, ``read`` the workbooks among them, ``findings`` what
    is said of them, and of the departments for which they would count.
    """

    outcome: Outcome
    at: str
    receipts: tuple[Receipt, ...]
    read: tuple[Submission, ...]
    findings: tuple[Finding, ...]

    @property
    def record(self) -> LookRecord:
        files = tuple(map(self._file, self.receipts))
        taken = {one.department for one in files if one.status == "taken"}
        together = (self.outcome, *self.outcome.beside)
        scored = (
            score_department(one, key)
            for key in self.outcome.assignment.departments
            if key in taken
            for one in together
        )
        findings = tuple(compose_finding(self.outcome.catalog, one) for one in self.findings)
        return LookRecord(self.at, files, tuple(filter(None, scored)), findings)

    def _file(self, receipt: Receipt) -> LookedFile:
        name = self.outcome.assignment.name(receipt.department) if receipt.department else ""
        short = LookedFile(receipt.parcel, receipt.sha256, receipt.status, receipt.department, name)
        book = next((one for one in self.read if one.parcel == receipt.parcel), None)
        if book is None:
            return short
        replaces = tuple(
            file for one in self.outcome.corrections if receipt.parcel in one.later for file in one.earlier
        )  # fmt: skip
        i = book.identity
        return replace(short, city=i.city, round=i.round, catalog=i.catalog, version=i.version,
                       revision=book.revision, replaces=replaces)  # fmt: skip


class _LookedAt(Intake, frozen=True):
    """Files that lie before us, beside what the ledger knows: they come now."""

    def arrived(self, sha256: str) -> Mapping[str, str]:
        return super().arrived(sha256) or ({"": self.as_of} if self.as_of else {})


def check_files(paths: Sequence[Path], order: CheckOrder, now: datetime, passwords: tuple[str, ...] = ()) -> Looked:
    """What a collection would say of some files now: together with all that the ledger knows of the round's inbox,
    where there is one, else alone. A form of another round than the campaign's is looked at by its own.

    Raises UsageFault (no such file), NothingUsable (no form among them), and as ``collect``.
    """
    files = _name_files(paths, order.inbox)
    returned = known_returns(order.out) if order.out else frozenset()

    def assess(choice: Choice) -> tuple[Outcome, str]:
        with _lay_out(files, order, utc(now)) as intake:
            inbox = order.inbox or Path()
            outcome = assess_intake(
                intake, inbox, choice, order.roster, order.authserv, passwords=passwords, returned=returned
            )  # fmt: skip
            return outcome, intake.as_of

    try:
        outcome, at = assess(order.choice)
        return _gather(outcome, (), at, files)
    except UsageFault as fault:
        if fault.code != "round-absent":
            raise
    outcome, at = assess(replace(order.choice, round="", city="", key=b""))
    return _gather(outcome, tuple(_of_another_round(outcome, order.choice)), at, files)


def _name_files(paths: Sequence[Path], inbox: Path | None) -> Mapping[str, Path]:
    """What each file is called: its place in the inbox, where it lies there; else its own name."""
    found: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            entries = [(one.name, one.path) for one in list_files(path) if not one.link]
        elif path.is_file():
            entries = [(shown_name(Path(path.name)), path)]
        else:
            refuse_missing([path], [inbox] if inbox else ())
        for name, place in entries:
            home = inbox.resolve() if inbox else None
            inside = home is not None and place.resolve().is_relative_to(home)
            name = shown_name(place.resolve().relative_to(home)) if home and inside else name
            found[name if found.get(name, place) == place else shown_name(place)] = place
    if not found:
        raise UsageFault("inbox-empty", path=str(paths[0]))
    return found


@contextmanager
def _lay_out(files: Mapping[str, Path], order: CheckOrder, at: str) -> Iterator[Intake]:
    parcels = list(read_parcels(InboxFile(path, name) for name, path in files.items()))
    if order.ledger is None or order.inbox is None or not _is_there(order.ledger):
        yield _LookedAt(tuple(files), {}, iter(parcels), "")
        return
    with glance_ledger(order.ledger) as ledger:
        yield _beside_the_rest(ledger, order.inbox, parcels, ledger.entry_time(at))


def _is_there(place: Place) -> bool:
    return is_ledger(place) if isinstance(place, Path) else has_ledger(place)


def _beside_the_rest(ledger: Ledger, inbox: Path, parcels: Sequence[Parcel], at: str) -> Intake:
    """The files as if they were laid into the inbox now, in place of those of their names."""
    known = recall(ledger, inbox, at)
    if known is None:
        return _LookedAt(tuple(one.name for one in parcels), {}, iter(parcels), "")
    names = {one.name for one in parcels}
    before = (one for one in known.parcels if one.name not in names)
    listed = tuple(sorted({*known.names, *names}))
    return _LookedAt(listed, known.aside, chain(before, parcels), known.source, known.findings, ledger, as_of=at)


def _of_another_round(outcome: Outcome, choice: Choice) -> Iterator[Finding]:
    found, expected = (outcome.assignment.city, outcome.round), (choice.city, choice.round)
    for one in outcome.submissions:
        for code, is_, wanted in zip(("city-differs", "round-differs"), found, expected, strict=True):
            if wanted not in ("", is_):
                parameters = {"found": is_, "expected": wanted}
                yield Finding(code, Origin(one.parcel), one.department, parameters=parameters)


def _gather(outcome: Outcome, told: Sequence[Finding], at: str, files: Mapping[str, Path]) -> Looked:
    def mine(name: str) -> bool:
        return any(name == one or name.startswith(f"{one}/") for one in files)

    receipts = tuple(one for one in outcome.receipts if mine(one.parcel))
    counted = (*outcome.submissions, *outcome.surveys, *outcome.superseded, *outcome.aside)
    read = tuple(one for one in counted if mine(one.parcel))
    counts = {one.department for one in receipts if one.status == "taken"}
    found = [
        *told,
        *_concerning(outcome, mine, counts),
        *(finding for receipt in receipts for finding in receipt.findings),
        *(finding for one in read if one.department not in counts for finding in one.findings),
    ]
    once = {same_finding(one): one for one in found if one.code not in OF_OTHERS}
    return Looked(outcome, at, receipts, read, tuple(once.values()))


def _concerning(outcome: Outcome, mine: Callable[[str], bool], counts: Collection[str]) -> Iterator[Finding]:
    """What is said of our files, and of the departments for which they count; a conflict also where it is told at
    another's answer."""
    together = (outcome, *outcome.beside)
    works = open_work(list(map(from_outcome, together)))
    open_ = {same_finding(one.finding) for work in works if work.department in counts for one in work.findings}
    for one in together:
        for finding in one.findings:
            if mine(finding.origin.file) or finding.department in counts or same_finding(finding) in open_:
                yield finding
