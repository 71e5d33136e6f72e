"""``xlscore fetch``, ``send`` and ``doctor``: a round by mail. Asks for a secret where nothing else tells it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, UNFINISHED, Command, Speaker

if TYPE_CHECKING:
    from smartcity_xl.mail.mailbox import Delivery, Examination, Fetched, Outgoing, Secret, Verdict, Waiting
    from smartcity_xl.run.chasing import Chase
    from smartcity_xl.run.posting import Plan

PAUSE = 20
"""Seconds between two mails."""


def build_mail_commands(speaker: Speaker, language_option: Callable[[], click.Option]) -> Iterator[click.Command]:
    say = speaker.say

    def campaign() -> click.Option:
        return click.Option(
            ["--campaign"], type=click.Path(path_type=Path), metavar="FILE", default=Path(), help=say("mail_campaign")
        )

    yield Command(
        speaker, {}, say("send_example"), name="send", help=say("send"),
        callback=lambda **given: _send(speaker, **given),
        params=[
            campaign(),
            click.Option(["--receipts"], is_flag=True, help=say("send_receipts")),
            click.Option(["--dry-run"], is_flag=True, help=say("send_dry_run")),
            click.Option(["--department", "departments"], metavar="NAME", multiple=True, help=say("send_department")),
            click.Option(["--again"], is_flag=True, help=say("send_again")),
            click.Option(["--changed"], is_flag=True, help=say("send_changed")),
            click.Option(["--uncertain"], type=click.Choice(["resend", "arrived"]), help=say("send_uncertain")),
            click.Option(["--return-by"], type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
                         help=say("send_return_by")),
            click.Option(["--pause"], type=click.FloatRange(0), default=PAUSE, metavar="SECONDS",
                         help=say("send_pause")),
            language_option(),
        ],
    )  # fmt: skip
    yield Command(
        speaker, {}, say("fetch_example"), name="fetch", help=say("fetch"),
        callback=lambda **given: _fetch(speaker, **given),
        params=[
            campaign(),
            click.Option(["--since"], type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help=say("fetch_since")),
            language_option(),
        ],
    )  # fmt: skip
    yield Command(
        speaker, {}, say("doctor_example"), name="doctor", help=say("doctor"),
        callback=lambda **given: _doctor(speaker, **given),
        params=[
            campaign(),
            click.Option(["--send-test-to"], metavar="ADDRESS", default="", help=say("doctor_send_test_to")),
            language_option(),
        ],
    )  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC).astimezone()


def find_secret_of(speaker: Speaker) -> Callable[[str], Secret]:
    """The secret of a user, from wherever it is; asked for once where a person sits at the keyboard."""
    known: dict[str, Secret] = {}

    def find(user: str) -> Secret:
        from smartcity_xl.mail.mailbox import find_secret

        def ask() -> str:
            prompt = speaker.say("mail_ask", user=user)
            return str(click.prompt(prompt, hide_input=True, default="", show_default=False, err=True))

        if user not in known:
            known[user] = find_secret(user, os.environ, ask if sys.stdin.isatty() else None)
        return known[user]

    return find


# --- fetch


def _fetch(speaker: Speaker, campaign: Path, since: datetime | None) -> int:
    from smartcity_xl.run.mailing import fetch

    since_day = since.date() if since else None
    done = fetch(campaign, find_secret_of(speaker), now(), speaker.tell, since_day)
    return _tell_fetched(speaker, done)


def _tell_fetched(speaker: Speaker, done: Fetched) -> int:
    say = speaker.say
    if done.renumbered:
        click.echo(say("fetch_renumbered"))
    click.echo(say("fetch_done", number=len(done.brought), looked_at=done.looked_at, again=done.again))
    for word, mails in (("fetch_too_large", done.too_large), ("fetch_withheld", done.withheld)):
        if mails:
            click.echo(say(word, number=len(mails)))
        for mail in mails:
            click.echo("  " + _tell_waiting(speaker, mail))
    return NEEDS_A_PERSON if done.too_large or done.withheld else CLEAN


def _tell_waiting(speaker: Speaker, mail: Waiting) -> str:
    from smartcity_xl.ledger import local_time

    at = local_time(mail.received) if mail.received else "?"
    size = f"{mail.size / 2**20:.1f} MiB"
    return speaker.say("fetch_waiting", at=at, size=size, sender=mail.sender or "?", subject=mail.subject or "?")


# --- send


def _send(
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
    from smartcity_xl.mail.mailbox import Pace
    from smartcity_xl.run.posting import Wishes, send, write_drafts

    if receipts:
        from smartcity_xl.cli.chasing import send_receipts

        if again or changed:
            raise UsageFault("receipts-once")
        return send_receipts(speaker, campaign, departments, uncertain, return_by, dry_run, pause)
    if return_by:
        raise UsageFault("return-by-receipts")
    if again and not departments:
        raise UsageFault("send-again-whom")
    wishes = Wishes(departments, again, changed, uncertain or "")
    if dry_run:
        plan, paths = write_drafts(campaign, wishes, now())
        for path in paths:
            click.echo(speaker.say("wrote", path=path))
        click.echo(speaker.say("send_drafts", number=len(paths)))
        return _tell_plan(speaker, plan)
    plan, done = send(campaign, find_secret_of(speaker), wishes, now, time.sleep, telling_steps(speaker), Pace(pause))
    return max(_tell_plan(speaker, plan), tell_sent(speaker, plan, done))


def telling_steps(speaker: Speaker) -> Callable[..., None]:
    """What says, on the way, what became of each mail, and counts them."""
    told: list[str] = []

    def tell(code: str, /, **parameters: object) -> None:
        click.echo(word_step(speaker, told, code, **parameters), err=True)

    return tell


def word_step(speaker: Speaker, told: list[str], code: str, **parameters: object) -> str:
    """A sentence told on the way; that of a mail says to whom, and what the answer means."""
    say = speaker.say
    if "outgoing" not in parameters:
        if "word" in parameters:
            parameters["word"] = say(f"reply_{parameters['word']}")
        return say(code, **parameters)
    outgoing: Outgoing = parameters["outgoing"]  # type: ignore[assignment]
    verdict: Verdict = parameters["verdict"]  # type: ignore[assignment]
    told.append(outgoing.posting.department)
    means = say(f"reply_{verdict.word}") if verdict.word else ""
    to = ", ".join(outgoing.draft.to)
    return say(code, number=len(told), to=to, reply=verdict.reply, means=means)


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


def tell_sent(speaker: Speaker, plan: Plan | Chase, done: tuple[Delivery, ...], quiet: bool = False) -> int:
    """What became of the mails, on the standard error where ``quiet``; gives the exit code."""
    from smartcity_xl.ledger import Step

    say, name = speaker.say, plan.assignment.name
    by_step = {step: [one for one in done if one.verdict.step is step] for step in Step}
    if not plan.outgoing:
        return CLEAN
    click.echo(say("send_done", number=len(by_step[Step.SENT]), whole=len(plan.outgoing)), err=quiet)
    for step in (Step.REFUSED, Step.DEFERRED, Step.DATA):
        for one in by_step[step]:
            means = say(f"reply_{one.verdict.word}") if one.verdict.word else ""
            department = name(one.outgoing.posting.department)
            click.echo(
                "  " + say(f"send_is_{step}", department=department, reply=one.verdict.reply, means=means), err=quiet
            )
    for one in done:
        for address, reply in one.copies.items():
            department = name(one.outgoing.posting.department)
            click.echo("  " + say("send_copy", department=department, address=address, reply=reply), err=quiet)
    left = len(plan.outgoing) - len(done) + len(by_step[Step.DEFERRED])
    if left:
        click.echo(say("send_left", number=left), err=quiet)
        return UNFINISHED
    copies = any(one.copies for one in done)
    return NEEDS_A_PERSON if by_step[Step.REFUSED] or by_step[Step.DATA] or copies else CLEAN


# --- doctor


def _doctor(speaker: Speaker, campaign: Path, send_test_to: str) -> int:
    from smartcity_xl.mail.mailbox import Health
    from smartcity_xl.run.mailing import examine

    worst, used = CLEAN, False
    for check in examine(campaign, find_secret_of(speaker), now(), send_test_to):
        click.echo(_word_check(speaker, check))
        used = used or check.state is not Health.NONE
        worst = max(worst, {Health.BAD: UNFINISHED, Health.LOOK: NEEDS_A_PERSON}.get(check.state, CLEAN))
    well = "doctor_well" if used else "doctor_without"
    click.echo(speaker.say({CLEAN: well, NEEDS_A_PERSON: "doctor_look"}.get(worst, "doctor_not_well")))
    return worst


def _word_check(speaker: Speaker, check: Examination) -> str:
    mark = speaker.say(f"doctor_mark_{check.state}")
    if check.fault:
        return mark + speaker.error(check.fault.code, **check.fault.parameters)
    return mark + speaker.say(f"doctor_{check.word}", **check.parameters)
