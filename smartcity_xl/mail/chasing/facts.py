"""The last collection, as the ledger keeps it -> what came, and what each department still owes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from smartcity_xl.ledger import Ledger
from smartcity_xl.mail.chasing.pending import read_pending
from smartcity_xl.messages import label
from smartcity_xl.model import Automatic, Roster
from smartcity_xl.results import Results
from smartcity_xl.results.open import OpenWork, open_work
from smartcity_xl.results.runs import read_runs


class Came(Struct, frozen=True):
    """A file that came, and what became of it. ``received`` is our own time (UTC), ``why`` says in words why it does
    not count; ``automatic`` is the sign that a program wrote the mail it came in."""

    file: str
    sha256: str
    status: str
    department: str
    received: str
    message_id: str = ""
    automatic: str = ""
    sender: str = ""
    why: str = ""


class Facts(Struct, frozen=True):
    """What the last collection knew, the departments in its order. ``since`` counts the files that came after it;
    ``bounced`` and ``heard``: address -> when a bounce named it last, when something came from it last (UTC)."""

    at: str
    came: tuple[Came, ...]
    owing: tuple[OpenWork, ...]
    bounced: Mapping[str, str]
    heard: Mapping[str, str]
    since: int
    deadline: str = ""
    """The ISO date that the collection put into what goes back."""
    pending: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Department -> what is not settled for it beside what it owes, in words."""


def read_facts(ledger: Ledger, roster: Roster) -> Facts:
    """What the newest collection knew. Raises UsageFault where there was none, MachineFault."""
    runs = read_runs(ledger)
    records, at = [record for _, record in runs], runs[0][0].at
    received = ledger.received()
    came = tuple(_came(records, received, roster))
    bounced, heard = _boxes(records[0], received)
    since = {one.sha256 for one in ledger.sightings() if one.at > at}
    owing, owners = open_work(records), {one.file: one.department for one in came}
    pending = read_pending(records, owing, owners)
    return Facts(at, came, owing, bounced, heard, len(since), records[0].deadline, pending)


def _came(records: Sequence[Results], received: Mapping[str, str], roster: Roster) -> Iterator[Came]:
    """The files of all systems' results, which are the same for each; a file that could not be taken belongs to the
    department of its sender."""
    said: dict[str, list[str]] = {}
    for finding in records[0].findings:
        said.setdefault(finding.file, []).append(finding.zh.found)
    for one in records[0].files:
        sender = one.mail.sender if one.mail else ""
        why = said.get(one.file, ()) if one.status in ("rejected", "excluded") else ()
        yield Came(
            one.file, one.sha256 or "", one.status.value,
            one.department or (roster.department_of(sender) if sender else ""),
            received.get(one.container or one.sha256 or "", ""), one.mail.message_id if one.mail else "",
            (one.mail.automatic or "") if one.mail else "", sender, label("word.list").join(why),
        )  # fmt: skip


def _boxes(record: Results, received: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What the mails say of addresses: who could not be reached, and from whom something came, and when last."""
    bounced: dict[str, str] = {}
    heard: dict[str, str] = {}
    for one in record.files:
        mail, at = one.mail, received.get(one.sha256 or "", "")
        if not mail or one.container or not at:
            continue
        if mail.automatic == Automatic.BOUNCE:
            bounced.update({a.casefold(): max(at, bounced.get(a.casefold(), "")) for a in mail.undelivered})
        elif not mail.automatic and mail.sender:
            sender = mail.sender.casefold()
            heard[sender] = max(at, heard.get(sender, ""))
    return bounced, heard
