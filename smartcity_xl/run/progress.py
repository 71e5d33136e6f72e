"""How far a round has come, read from its folder: templates, mails, inbox, ledger and results. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from msgspec import Struct

from smartcity_xl.arrival.inbox import read_returned
from smartcity_xl.errors import CampaignFault, FaultyFile, UsageFault
from smartcity_xl.form.template import file_name
from smartcity_xl.ledger import Posting, Run, Step, digest_of, has_ledger, parse_utc, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.model import CampaignSettings, Roster
from smartcity_xl.office.campaign import read_roster
from smartcity_xl.office.campaign.progress import Progress, Total
from smartcity_xl.results import Results
from smartcity_xl.results.open import count_conflicts, open_work
from smartcity_xl.results.runs import read_runs
from smartcity_xl.run.chasing import RECEIPT, REMIND, count_due
from smartcity_xl.run.mailing import CampaignRound, open_round
from smartcity_xl.run.posting import ISSUE
from smartcity_xl.run.unread import count_unread


class _Kept(Struct, frozen=True):
    """What the ledger knows of a round."""

    postings: Sequence[Posting] = ()
    runs: Sequence[tuple[Run, Results]] = ()
    unread: int = 0
    ruled: int = 0

    @property
    def at(self) -> str:
        """When the last collection was made; "" before any."""
        return self.runs[0][0].at if self.runs else ""


def read_progress(campaign: Path, now: datetime) -> Progress:
    """How far a round has come. Raises UsageFault, MachineFault, CampaignFault (its settings), CatalogFault."""
    round_ = open_round(campaign)
    settings, assignment = round_.settings, round_.assignment
    roster, faults = _read_roster(round_)
    kept = _read_kept(settings, round_.key)
    records = [record for _, record in kept.runs]
    works = open_work(records)
    reachable = {key for key, entry in roster.entries.items() if entry.contact.addresses} if roster else set()
    sent = {one.department for one in kept.postings if (one.kind, one.step) == (ISSUE, Step.SENT)}
    reported = {one.department for one in works if one.reported}
    names = [file_name(assignment, key) for key in assignment.departments]
    back = _standing_returns(settings.folders.summary)
    mailed = {digest for one in kept.postings if one.step is Step.SENT for digest in one.attached}
    conflicts = count_conflicts(records)
    calm = bool(settings.sender.address and roster and records) and not (kept.unread or kept.ruled or conflicts)
    receipts, reminders = _due(round_, now) if calm else (0, 0)
    return Progress(
        settings=settings,
        departments=len(works) or len(assignment.departments),
        reachable=len(reachable),
        roster_faults=faults,
        templates=sum((settings.folders.templates / name).is_file() for name in names),
        sent=len(sent | reported),
        unsent=len(reachable - sent - reported),
        collected=bool(records),
        reported=len(reported),
        unread=kept.unread,
        ruled=kept.ruled,
        conflicts=conflicts,
        returned=len(back),
        given_back=len(back & mailed),
        receipts=receipts,
        reminders=reminders,
        drafts=frozenset(_drafts(round_, kept.at)),
        totals=tuple(_total(record) for record in records),
        final=bool(records) and all(run.final for run, _ in kept.runs),
        owing=sum(one.owes for one in works),
    )  # fmt: skip


def _total(record: Results) -> Total:
    score, full = (record.total.score, record.total.full) if record.total else (None, None)
    return Total(record.catalog.title, score, full)


def _read_roster(round_: CampaignRound) -> tuple[Roster | None, tuple[str, ...]]:
    """The roster, or what is wrong with it, in words; neither where there is none."""
    path = round_.settings.roster
    if not path.exists():
        return None, ()
    try:
        return read_roster(path, round_.assignment), ()
    except CampaignFault as fault:
        return None, tuple(one.words() for one in fault.faults)


def _read_kept(settings: CampaignSettings, key: str) -> _Kept:
    store = settings.folders.store
    if not has_ledger(store):
        return _Kept(unread=count_unread(settings))
    with read_ledger(store) as ledger:
        runs = read_runs(ledger) if ledger.last_runs() else ()
        since = runs[0][0].at if runs else ""
        ruled = sum(one.at > since for one in ledger.rulings()) if runs else 0
        return _Kept(ledger.mail.postings(key), runs, count_unread(settings, ledger), ruled)


def _standing_returns(out: Path) -> frozenset[str]:
    """The hashes of the workbooks in the folder of those that go back, as the last collection wrote them."""
    folder = out / label("file.returned_folder")
    known = read_returned(out)
    return frozenset(
        digest for name, digest in known.items()
        if digest_of(folder / name) == digest
    )  # fmt: skip


def _due(round_: CampaignRound, now: datetime) -> tuple[int, int]:
    """The receipts and reminders that are due."""
    try:
        return count_due(round_, now)
    except (UsageFault, FaultyFile):
        return 1, 1


def _drafts(round_: CampaignRound, since: str) -> Iterator[str]:
    """The kinds of mail of which drafts lie there; those that rest on a collection, from after the last."""
    earliest = parse_utc(since) if since else None
    for kind in (ISSUE, RECEIPT, REMIND):
        tail = label(f"file.mail_{kind}")
        stems = (Path(file_name(round_.assignment, key)).stem for key in round_.assignment.departments)
        paths = [path for stem in stems if (path := round_.settings.folders.drafts / f"{stem}{tail}.eml").is_file()]
        if any(kind == ISSUE or earliest is None or _written_at(path) >= earliest for path in paths):
            yield kind


def _written_at(path: Path) -> datetime:
    """When a draft was written, as it says itself: a copied folder has files of another time."""
    try:
        with path.open("rb") as file:
            return parsedate_to_datetime(str(BytesHeaderParser().parse(file)["Date"])).astimezone(UTC)
    except (OSError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
