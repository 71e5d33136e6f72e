"""What has come and no collection has read: counted here for the front door, ``status`` and ``remind`` alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartcity_xl.arrival.inbox import InboxFile, is_litter, list_files, read_parcels
from smartcity_xl.ledger import Ledger, Run, parse_utc
from smartcity_xl.model import CampaignSettings


def count_unread(settings: CampaignSettings, ledger: Ledger | None = None) -> int:
    """The files of a round that its last collection has not read: names and bytes in the inbox that are new since, or
    what the ledger received since, whichever are more (a fetched mail may have been moved). Raises MachineFault."""
    runs = ledger.last_runs() if ledger else ()
    if not (ledger and runs):
        return len(_useful(settings))
    run = runs[0]
    return max(sum(1 for _ in _new(settings, ledger, run)), sum(at > run.at for at in ledger.received().values()))


def _useful(settings: CampaignSettings) -> list[InboxFile]:
    """What a collection would look at, in the order of names."""
    folders = settings.folders
    if not folders.inbox.is_dir():
        return []
    found = list_files(folders.inbox, folders.summary, folders.store)
    return [one for one in found if not (one.link or is_litter(one.name))]


def _new(settings: CampaignSettings, ledger: Ledger, run: Run) -> Iterator[InboxFile]:
    """What lies in the inbox now and did not when a collection was made. A file of a known name is read only where
    something has touched it since."""
    listed = ledger.listing(settings.folders.inbox.resolve().name, run.at) or ()
    known = {one.name: one.sha256 for one in listed}
    for entry in _useful(settings):
        if entry.name not in known or (_touched(entry.path, run.at) and _hash(entry) != known[entry.name]):
            yield entry


def _touched(path: Path, since: str) -> bool:
    found = path.stat()
    return max(found.st_mtime, found.st_ctime) >= parse_utc(since).timestamp() - 1


def _hash(entry: InboxFile) -> str:
    return next(iter(read_parcels([entry]))).sha256
