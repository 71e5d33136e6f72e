"""A look into a ledger: where a round stands, and what its points rest on. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import has_ledger, parse_moment, read_ledger

if TYPE_CHECKING:
    from smartcity_xl.ledger import Run
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
    departments: Sequence[str] = (),
) -> tuple[tuple[Status, ...], tuple[OpenReport, ...]]:
    """Where the round stands in each system, and what is open in all together, now or as of a moment; against the
    ``deadline`` given (a day, or a moment with its zone), else that of the last run. With the ``settings`` of the round
    its deadline for contacts holds, and what lies unread in its inbox is counted as come since. Where it is not asked
    what is open ``together``, that of one system alone is not told: it is what its status says. ``departments``: the
    rows of these alone, by key, name, alias or a part of one.

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
        names = {row.key: row.name for one in found for row in one.departments}
        wanted = _find_meant(departments, names, settings, glances)
        whole: tuple[OpenReport, ...] = ()
        if len(found) > 1 or together:
            from smartcity_xl.results.runs import read_runs

            whole = tell_open(read_runs(opened, at))
    if not wanted:
        return found, whole
    from smartcity_xl.results.narrowed import narrow_status

    return narrow_status(found, whole, wanted)


def _find_meant(
    departments: Sequence[str],
    names: Mapping[str, str],
    settings: CampaignSettings | None,
    runs: Sequence[tuple[Run, object]],
) -> frozenset[str]:
    """The departments that are meant, by key. Raises UsageFault where a name is none, or several."""
    if not departments:
        return frozenset()
    from smartcity_xl.run.meant import find_in_look  # not at the top: only who names one needs it

    return find_in_look(departments, names, settings, [run.catalog for run, _ in runs])


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


def look_behind(
    ledger: Place,
    what: str,
    as_of: str = "",
    departments: Sequence[str] = (),
    settings: CampaignSettings | None = None,
) -> tuple[Traced, ...]:
    """What stands behind an indicator, or rests on a file; ``departments``: what these have given alone, as above.

    Raises UsageFault, MachineFault."""
    from smartcity_xl.results.trace import trace

    with read_ledger(ledger) as opened:
        at = _moment(as_of)
        found = trace(opened, what, at)
        if not departments:
            return found
        from smartcity_xl.results.glance import TraceGlance, glance_runs
        from smartcity_xl.results.narrowed import narrow_trace

        runs = glance_runs(opened, TraceGlance, at)
        names = {one.key: one.name for _, record in runs for one in record.departments}
        wanted = _find_meant(departments, names, settings, runs)
        return narrow_trace(found, {names[key] for key in wanted})


def _moment(as_of: str) -> str:
    return parse_moment(as_of) if as_of else ""
