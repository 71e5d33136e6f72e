"""``xlscore send --receipts`` and ``xlscore remind``: what came is answered, what has not come is asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcity_xl.cli.ledger import aligned
from smartcity_xl.cli.mail import PAUSE, find_secret_of, now, tell_sent, telling_steps
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Command, Speaker

if TYPE_CHECKING:
    from smartcity_xl.mail.chasing import Chased
    from smartcity_xl.mail.mailbox import Delivery
    from smartcity_xl.run.chasing import Asked, Chase

SCHEMA = "xlscore-remind/2"


def build_remind_command(speaker: Speaker, language_option: Callable[[], click.Option]) -> click.Command:
    say = speaker.say
    return Command(
        speaker, {}, say("remind_example"), name="remind", help=say("remind"),
        callback=lambda **given: _remind(speaker, **given),
        params=[
            click.Option(["--campaign"], type=click.Path(path_type=Path), metavar="FILE", default=Path(),
                         help=say("mail_campaign")),
            click.Option(["--send", "sending"], is_flag=True, help=say("remind_send")),
            click.Option(["--dry-run"], is_flag=True, help=say("send_dry_run")),
            click.Option(["--department", "departments"], metavar="NAME", multiple=True, help=say("send_department")),
            click.Option(["--return-by"], type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
                         help=say("remind_return_by")),
            click.Option(["--pause"], type=click.FloatRange(0), default=PAUSE, metavar="SECONDS",
                         help=say("send_pause")),
            click.Option(["--json", "as_json"], is_flag=True, help=say("remind_json")),
            language_option(),
        ],
    )  # fmt: skip


def _remind(
    speaker: Speaker,
    campaign: Path,
    sending: bool,
    dry_run: bool,
    departments: tuple[str, ...],
    return_by: datetime | None,
    pause: float,
    as_json: bool,
) -> int:
    from smartcity_xl.run.chasing import Asked, plan_reminders, send_reminders, write_chase

    asked = Asked(departments, return_by.date() if return_by else None)
    done: tuple[Delivery, ...] = ()
    paths: tuple[Path, ...] = ()
    if sending and not dry_run:
        chase, done = _hand_out(speaker, send_reminders, campaign, asked, pause)
    else:
        chase = plan_reminders(campaign, asked, now())
        paths = write_chase(campaign, chase, now()) if dry_run else ()
    if as_json:
        click.echo(json.dumps(_document(chase, done, paths), ensure_ascii=False, indent=1))
    else:
        _tell_chased(speaker, chase)
        _tell_drafts(speaker, paths, dry_run)
    worst = tell_sent(speaker, chase, done, quiet=as_json) if sending and not dry_run else CLEAN
    return max(worst, NEEDS_A_PERSON if chase.chased else CLEAN)


def send_receipts(
    speaker: Speaker,
    campaign: Path,
    departments: tuple[str, ...],
    uncertain: str | None,
    return_by: datetime | None,
    dry_run: bool,
    pause: float,
) -> int:
    """The part of ``send`` that answers submissions; gives the exit code."""
    from smartcity_xl.run import chasing

    asked = chasing.Asked(departments, return_by.date() if return_by else None, uncertain or "")
    if dry_run:
        chase = chasing.plan_receipts(campaign, asked, now())
        _tell_drafts(speaker, chasing.write_chase(campaign, chase, now()), dry_run)
        return _tell_left(speaker, chase)
    chase, done = _hand_out(speaker, chasing.send_receipts, campaign, asked, pause)
    return max(_tell_left(speaker, chase), tell_sent(speaker, chase, done))


def _hand_out(
    speaker: Speaker,
    send: Callable[..., tuple[Chase, tuple[Delivery, ...]]],
    campaign: Path,
    asked: Asked,
    pause: float,
) -> tuple[Chase, tuple[Delivery, ...]]:
    from smartcity_xl.mail.mailbox import Pace

    return send(campaign, find_secret_of(speaker), asked, now, time.sleep, telling_steps(speaker), Pace(pause))


def _tell_drafts(speaker: Speaker, paths: tuple[Path, ...], dry_run: bool) -> None:
    for path in paths:
        click.echo(speaker.say("wrote", path=path))
    if dry_run:
        click.echo(speaker.say("send_drafts", number=len(paths)))


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


def _tell_chased(speaker: Speaker, chase: Chase) -> None:
    say = speaker.say
    if chase.since:
        click.echo(say("remind_since", number=chase.since))
    if not chase.chased:
        click.echo(say("remind_nobody"))
        return
    heads = [
        say(f"remind_{name}") for name in ("department", "standing", "errors", "queries", "held", "stake", "to", "note")
    ]
    for line in aligned([heads, *(_row(speaker, chase, one) for one in chase.chased)]):
        click.echo(line)


def _row(speaker: Speaker, chase: Chase, one: Chased) -> list[str]:
    owing, say = one.owing, speaker.say
    held = "/".join(share.held for share in owing.shares)
    stake = "/".join(share.stake for share in owing.shares)
    standing = say("remind_reported" if owing.reported else "remind_unreported")
    note = say(f"why_{one.why}") if one.why else say("remind_due")
    to = ", ".join(one.to) or "—"
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
            "systems": [asdict(share) for share in one.owing.shares],
            "held": two(one.owing.held),
            "stake": two(one.owing.stake),
            "to": list(one.to),
            "cc": list(one.cc),
            "left_alone": str(one.why) or None,
            "step": steps.get(one.owing.department),
        }
        for one in chase.chased
    ]
    return {"schema": SCHEMA, "unread": chase.since, "departments": departments, "drafts": [str(p) for p in paths]}
