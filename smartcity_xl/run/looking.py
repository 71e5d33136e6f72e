"""A look into a ledger: where a round stands, and what its points rest on. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.catalog.lint import is_date
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import parse_moment, read_ledger
from smartcity_xl.office.campaign import read_moment
from smartcity_xl.results.status import OpenReport, Status, read_open, read_status
from smartcity_xl.results.trace import Traced, trace


def look_at_round(
    ledger: Path, as_of: str = "", deadline: str = "", contacts_deadline: str = ""
) -> tuple[tuple[Status, ...], tuple[OpenReport, ...]]:
    """Where the round stands in each system, and what is open in all together, now or as of a moment; against the
    deadlines given (a day, or a moment with its zone), else those of the last run. Raises UsageFault, MachineFault.
    """
    if deadline and not is_date(deadline) and read_moment(deadline) is None:
        raise UsageFault("deadline-unreadable", found=deadline)
    with read_ledger(ledger) as opened:
        at = _moment(as_of)
        return read_status(opened, at, deadline, None, contacts_deadline), read_open(opened, at)


def look_behind(ledger: Path, what: str, as_of: str = "") -> tuple[Traced, ...]:
    """What stands behind an indicator, or rests on a file. Raises UsageFault, MachineFault."""
    with read_ledger(ledger) as opened:
        return trace(opened, what, _moment(as_of))


def _moment(as_of: str) -> str:
    return parse_moment(as_of) if as_of else ""
