"""``xlscore send``: each department its workbook, or the receipt for what it sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.mailing import fates, send_with, tell_drafts, tell_sent
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker

if TYPE_CHECKING:
    from smartcity_xl.mail.mailbox import Delivery
    from smartcity_xl.run.chasing import Asked, Chase
    from smartcity_xl.run.posting import Plan, Wishes

PARAMETERS = (
    options.THIS_CAMPAIGN,
    option("--receipts", says="send_receipts", is_flag=True),
    options.DRY_RUN,
    options.DEPARTMENTS,
    option("--again", says="send_again", is_flag=True),
    option("--changed", says="send_changed", is_flag=True),
    option("--uncertain", says="send_uncertain", type=click.Choice(["resend", "arrived"])),
    options.RETURN_BY.but("send_return_by", type=options.DAY),
    options.PAUSE,
)


def run(
    speaker: Speaker,
    campaign: Path,
    receipts: bool,
    dry_run: bool,
    departments: tuple[str, ...],
    again: bool,
    changed: bool,
    uncertain: str | None,
    return_by: datetime | None,
    pause: float,
) -> int:
    from smartcity_xl.errors import UsageFault
    from smartcity_xl.run.chasing import Asked
    from smartcity_xl.run.posting import Wishes

    if receipts:
        if again or changed:
            raise UsageFault("receipts-once")
        asked = Asked(departments, return_by.date() if return_by else None, uncertain or "")
        return _send_receipts(speaker, campaign, asked, dry_run, pause)
    if return_by:
        raise UsageFault("return-by-receipts")
    if again and not departments:
        raise UsageFault("send-again-whom")
    return _send_workbooks(speaker, campaign, Wishes(departments, again, changed, uncertain or ""), dry_run, pause)


def _send_workbooks(speaker: Speaker, campaign: Path, wishes: Wishes, dry_run: bool, pause: float) -> int:
    from smartcity_xl.run.posting import send, write_drafts

    if dry_run:
        plan, paths = write_drafts(campaign, wishes, clock.now())
        _give(speaker, plan)
        tell_drafts(speaker, paths)
        return _tell_plan(speaker, plan)
    plan, done = send_with(speaker, send, campaign, wishes, pause)
    _give(speaker, plan, done)
    return max(_tell_plan(speaker, plan), tell_sent(speaker, plan, done))


def _send_receipts(speaker: Speaker, campaign: Path, asked: Asked, dry_run: bool, pause: float) -> int:
    from smartcity_xl.run.chasing import plan_receipts, send_receipts, write_chase

    if dry_run:
        now = clock.now()
        chase = plan_receipts(campaign, asked, now)
        _give(speaker, chase)
        tell_drafts(speaker, write_chase(campaign, chase, now))
        return _tell_left(speaker, chase)
    chase, done = send_with(speaker, send_receipts, campaign, asked, pause)
    _give(speaker, chase, done)
    return max(_tell_left(speaker, chase), tell_sent(speaker, chase, done))


def _give(speaker: Speaker, plan: Plan | Chase, done: tuple[Delivery, ...] = ()) -> None:
    """The mails of a run and who gets none, as data; departments by key."""
    names = ("sent", "changed", "unreachable", "uncertain")
    others = {name: list(getattr(plan, name, ())) for name in names}
    left = [{"key": one.department, "file": one.file, "why": str(one.why)} for one in getattr(plan, "left", ())]
    speaker.give("xlscore-send/1", mails=fates(plan, done), **others, left=left)


def _tell_plan(speaker: Speaker, plan: Plan) -> int:
    """What is left for a person; gives the exit code."""
    for word, departments in (
        ("send_have", plan.sent),
        ("send_have_other", plan.changed),
        ("send_unreachable", plan.unreachable),
        ("send_unknown", plan.uncertain),
    ):
        if departments:
            names = ", ".join(map(plan.assignment.name, departments))
            click.echo(speaker.say(word, number=len(departments), names=names))
    return NEEDS_A_PERSON if plan.changed or plan.unreachable or plan.uncertain else CLEAN


def _tell_left(speaker: Speaker, chase: Chase) -> int:
    """Who gets no receipt, and why; gives the exit code."""
    say, departments = speaker.say, chase.assignment.departments
    for one in chase.left:
        name = chase.assignment.name(one.department) if one.department in departments else "?"
        click.echo(say("receipt_left", department=name, file=one.file, why=say(f"why_{one.why}")))
    if chase.uncertain:
        names = ", ".join(map(chase.assignment.name, chase.uncertain))
        click.echo(say("send_unknown", number=len(chase.uncertain), names=names))
    return NEEDS_A_PERSON if chase.left or chase.uncertain else CLEAN
