"""``xlscore remind``: who owes something, and a mail to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.mailing import send_with, tell_drafts, tell_sent
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, NOTHING, Speaker
from smartcity_xl.cli.table import tell_table

if TYPE_CHECKING:
    from smartcity_xl.mail.chasing import Chased
    from smartcity_xl.mail.mailbox import Delivery
    from smartcity_xl.run.chasing import Chase

PARAMETERS = (
    options.THIS_CAMPAIGN,
    option("--send", "sending", says="remind_send", is_flag=True),
    options.DRY_RUN,
    options.DEPARTMENTS,
    options.RETURN_BY.but("remind_return_by", type=options.DAY),
    options.PAUSE,
)
SCHEMA = "xlscore-remind/2"


def run(
    speaker: Speaker,
    campaign: Path,
    sending: bool,
    dry_run: bool,
    departments: tuple[str, ...],
    return_by: datetime | None,
    pause: float,
) -> int:
    from smartcity_xl.run.chasing import Asked, plan_reminders, send_reminders, write_chase

    asked = Asked(departments, return_by.date() if return_by else None)
    done: tuple[Delivery, ...] = ()
    paths: tuple[Path, ...] = ()
    if sending and not dry_run:
        chase, done = send_with(speaker, send_reminders, campaign, asked, pause)
    else:
        now = clock.now()
        chase = plan_reminders(campaign, asked, now)
        paths = write_chase(campaign, chase, now) if dry_run else ()
    if speaker.data:
        speaker.give(SCHEMA, **_document(chase, done, paths))
    else:
        _tell_chased(speaker, chase)
        if dry_run:
            tell_drafts(speaker, paths)
    worst = tell_sent(speaker, chase, done) if sending and not dry_run else CLEAN
    return max(worst, NEEDS_A_PERSON if chase.chased else CLEAN)


def _tell_chased(speaker: Speaker, chase: Chase) -> None:
    say = speaker.say
    if chase.since:
        click.echo(say("remind_since", number=chase.since))
    if not chase.chased:
        click.echo(say("remind_nobody"))
        return
    names = ("department", "standing", "errors", "queries", "held", "stake", "to", "note")
    heads = [say(f"remind_{name}") for name in names]
    tell_table(heads, [_row(speaker, chase, one) for one in chase.chased])


def _row(speaker: Speaker, chase: Chase, one: Chased) -> list[str]:
    owing, say = one.owing, speaker.say
    held = "/".join(share.held for share in owing.shares)
    stake = "/".join(share.stake for share in owing.shares)
    standing = say("remind_reported" if owing.reported else "remind_unreported")
    note = say(f"why_{one.why}") if one.why else say("remind_due")
    to = ", ".join(one.to) or NOTHING
    counts = [str(owing.errors), str(owing.queries)]
    return [chase.assignment.name(owing.department), standing, *counts, held, stake, to, note]


def _document(chase: Chase, done: tuple[Delivery, ...], paths: tuple[Path, ...]) -> dict[str, Any]:
    from smartcity_xl.results.shown import two

    steps = {one.outgoing.posting.department: str(one.verdict.step) for one in done}
    departments = [
        {
            "key": one.owing.department,
            "name": chase.assignment.name(one.owing.department),
            "reported": one.owing.reported,
            "errors": one.owing.errors,
            "queries": one.owing.queries,
            "systems": one.owing.shares,
            "held": two(one.owing.held),
            "stake": two(one.owing.stake),
            "to": list(one.to),
            "cc": list(one.cc),
            "left_alone": str(one.why) or None,
            "step": steps.get(one.owing.department),
        }
        for one in chase.chased
    ]
    return {"unread": chase.since, "departments": departments, "drafts": [str(p) for p in paths]}
