"""In which state every parcel is that was ever received: each in one, and none in none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from smartcity_xl.ledger import Ledger, Seen
from smartcity_xl.results.came import FileStatus
from smartcity_xl.results.runs import read_runs

WAITING, GONE = "waiting", "gone"
"""Not yet looked at by a collection; no longer in the inbox, and remembered."""
_STRONGEST = (
    FileStatus.TAKEN, FileStatus.ATTACHED, FileStatus.SUPERSEDED, FileStatus.ASIDE, FileStatus.EXCLUDED,
    FileStatus.OPENED, FileStatus.REJECTED, FileStatus.IGNORED, FileStatus.DUPLICATE,
)  # fmt: skip
"""Of the same bytes under several names, that state counts which stands first here."""


class Conservation(Struct, frozen=True):
    """``states`` counts the parcels in each; together they are ``parcels``. ``lost`` are those that lay in the inbox
    when it was last looked at, and that the collection then said nothing of."""

    parcels: int
    states: Mapping[str, int]
    lost: tuple[Seen, ...]


def find_states(ledger: Ledger) -> Conservation:
    """Raises MachineFault (the results of the last collection are gone), UsageFault (they cannot be read)."""
    runs = read_runs(ledger) if ledger.last_runs() else ()
    at = runs[0][0].at if runs else ""
    told: dict[str, FileStatus] = {}
    for file in (file for _, record in runs for file in record.files if file.sha256):
        before = told.get(str(file.sha256), file.status)
        told[str(file.sha256)] = min(before, file.status, key=_STRONGEST.index)
    first = ledger.first_seen()
    seen = {one.sha256: one for one in reversed(ledger.sightings())}
    present = _lay_there(ledger, at, told) if at else frozenset()
    states: Counter[str] = Counter()
    lost = []
    for sha256, moment in first.items():
        if sha256 in told:
            states[told[sha256]] += 1
        elif moment > at:
            states[WAITING] += 1
        else:
            states[GONE] += 1
            lost += [seen[sha256]] if sha256 in present else []
    return Conservation(len(first), dict(states), tuple(lost))


def _lay_there(ledger: Ledger, at: str, told: Mapping[str, FileStatus]) -> frozenset[str]:
    """The hashes of what lay in the inbox of a collection: of all inboxes, that of whose files it told most."""
    sources = sorted({one.source for one in ledger.sightings()})
    inboxes = [frozenset(one.sha256 for one in ledger.listing(source, at) or () if one.sha256) for source in sources]
    return max(inboxes, key=lambda inbox: len(inbox & told.keys()), default=frozenset())
