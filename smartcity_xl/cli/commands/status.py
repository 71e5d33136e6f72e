"""``xlscore status``: where a round stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.speech import CLEAN, NOTHING, Speaker, local, tell_instead
from smartcity_xl.cli.table import tell_table

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place
    from smartcity_xl.results.status import DepartmentReport, OpenReport, Status

PARAMETERS = (
    options.CAMPAIGN,
    options.DEADLINE.but("status_deadline", default=""),
    options.LEDGER,
    options.AS_OF,
    options.DEPARTMENTS.but("status_departments"),
)
BRIEF = True


def run(
    speaker: Speaker,
    campaign: Path | None,
    deadline: str,
    ledger: Place | None,
    as_of: str,
    departments: tuple[str, ...],
) -> int:
    from smartcity_xl.run.looking import holds_run, look_at_round
    from smartcity_xl.run.orders import order_look

    order = order_look(campaign, ledger, deadline)
    tell_instead(speaker, order.instead)
    if campaign and order.settings and not (as_of or departments or holds_run(order.ledger)):
        if speaker.data:
            speaker.give("xlscore-status/2", systems=(), open=())
            return CLEAN
        from smartcity_xl.cli.front import tell_stages
        from smartcity_xl.run.progress import read_progress

        tell_stages(speaker, read_progress(campaign, clock.now()))
        return CLEAN
    found, together = look_at_round(order.ledger, as_of, order.deadline, order.settings, speaker.data, departments)
    if speaker.data:
        speaker.give("xlscore-status/2", systems=found, open=together)
        return CLEAN
    for status in found:
        if status.departments or not departments:
            _tell_status(speaker, status, whole=not departments)
    if len(found) > 1:
        _tell_together(speaker, together)
    return CLEAN


def _tell_together(speaker: Speaker, together: Sequence[OpenReport]) -> None:
    """What is open for each department in all systems, each once."""
    say = speaker.say
    click.echo("")
    click.echo(say("status_together"))
    heads = [say(f"status_{name}") for name in ("department", "errors", "queries", "held", "stake")]
    rows = [[one.name, str(one.errors), str(one.queries), one.held, one.stake] for one in together]
    tell_table(heads, rows)


def _tell_status(speaker: Speaker, status: Status, whole: bool) -> None:
    say = speaker.say
    click.echo(say("status_title", city=status.city, round=status.round, system=status.system, at=local(status.at)))
    if status.total is not None:
        sentence = "status_final" if status.final else "status_provisional"
        click.echo(say(sentence, score=status.total, full=status.full))
    if status.floor is not None and status.ceiling is not None:
        click.echo(say("status_range", floor=status.floor, ceiling=status.ceiling))
    if whole:
        click.echo(say("reported", part=status.reported, whole=len(status.departments)))
    if status.deadline:
        click.echo(say("status_deadline_is", date=status.deadline.replace("T", " ")[:16]))
    if status.contacts_deadline:
        click.echo(say("status_contacts_deadline", date=status.contacts_deadline))
    if status.since:
        click.echo(say("status_since", number=status.since))
    names = ("department", "first", "in_force", "late", "filled", "errors", "queries", "held", "stake")
    heads = [say(f"status_{name}") for name in names]
    click.echo("")
    tell_table(heads, [_status_row(speaker, one) for one in status.departments])


def _status_row(speaker: Speaker, one: DepartmentReport) -> list[str]:
    return [
        one.name,
        local(one.first) or speaker.say("status_none"),
        local(one.in_force) or NOTHING,
        _lateness(speaker, one.late) + _corrected_late(speaker, one),
        f"{one.filled}/{one.asked}",
        str(one.errors),
        str(one.queries),
        one.held,
        one.stake,
    ]


def _corrected_late(speaker: Speaker, one: DepartmentReport) -> str:
    """In time at first, and replaced after the deadline: how late that was, in brackets."""
    return f" ({_lateness(speaker, one.late_in_force)})" if one.late_in_force and not one.late else ""


def _lateness(speaker: Speaker, seconds: int | None) -> str:
    """A lateness in the largest unit that it fills; whatever is late is never shown as nothing."""
    if not seconds:
        return NOTHING if seconds is None else "0"
    if seconds >= 86_400:
        return speaker.say("late_days", days=seconds // 86_400)
    if seconds >= 3_600:
        return speaker.say("late_hours", hours=seconds // 3_600)
    return speaker.say("late_minutes", minutes=-(-seconds // 60))
