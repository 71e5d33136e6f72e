"""A look into a ledger: where a round stands, and what its points rest on. Nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import has_ledger, parse_moment, read_ledger

if TYPE_CHECKING:
    from smartcity_xl.model import CampaignSettings
    from smartcity_xl.model.place import Place
    from smartcity_xl.results.status import OpenReport, Status
    from smartcity_xl.results.trace import Traced


def look_at_round(
    ledger: Place,
    as_of: str = "",
    deadline: str = "",
    settings: CampaignSettings | None = None,
    together: bool = True,
) -> tuple[tuple[Status, ...], tuple[OpenReport, ...]]:
    """Where the round stands in each system, and what is open in all together, now or as of a moment; against the
    ``deadline`` given (a day, or a moment with its zone), else that of the last run. With the ``settings`` of the round
    its deadline for contacts holds, and what lies unread in its inbox is counted as come since. Where it is not asked
    what is open ``together``, that of one system alone is not told: it is what its status says.

    Raises UsageFault, MachineFault.
    """
    from smartcity_xl.results.glance import StatusGlance, glance_runs
    from smartcity_xl.results.status import tell_open, tell_status

    _prove_deadline(deadline)
    with read_ledger(ledger) as opened:
        at = _moment(as_of)
        contacts = settings.terms.contacts_deadline if settings else None
        glances = glance_runs(opened, StatusGlance, at)
        found = tell_status(opened, glances, deadline, None, contacts or "")
        if settings and not at:
            from smartcity_xl.run.unread import count_unread  # not at the top: it reads what lies in the inbox

            since = count_unread(settings, opened)
            found = tuple(replace(status, since=since) for status in found)
        if len(found) == 1 and not together:
            return found, ()
        from smartcity_xl.results.runs import read_runs

        return found, tell_open(read_runs(opened, at))


def _prove_deadline(deadline: str) -> None:
    """Raises UsageFault."""
    if deadline:
        from smartcity_xl.model.periods import is_date  # not at the top: a look at a ledger is mostly given none
        from smartcity_xl.office.campaign import read_moment

        if not is_date(deadline) and read_moment(deadline) is None:
            raise UsageFault("deadline-unreadable", found=deadline)


def holds_run(ledger: Place) -> bool:
    """Whether there is a collection to look at. Raises MachineFault."""
    if not has_ledger(ledger):
        return False
    with read_ledger(ledger) as opened:
        return bool(opened.last_runs())


def look_behind(ledger: Place, what: str, as_of: str = "") -> tuple[Traced, ...]:
    """What stands behind an indicator, or rests on a file. Raises UsageFault, MachineFault."""
    from smartcity_xl.results.trace import trace

    with read_ledger(ledger) as opened:
        return trace(opened, what, _moment(as_of))


def _moment(as_of: str) -> str:
    return parse_moment(as_of) if as_of else ""
