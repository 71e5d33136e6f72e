"""What the commands that mail share: the secret, asked for where nothing else tells it, and the fate of each mail."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from smartcity_xl.cli import clock
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, UNFINISHED, Speaker, tell_written

if TYPE_CHECKING:
    from smartcity_xl.mail.mailbox import Delivery, Outgoing, Secret, Verdict
    from smartcity_xl.run.chasing import Chase
    from smartcity_xl.run.posting import Plan

_Planned = TypeVar("_Planned")


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


def send_with(
    speaker: Speaker,
    send: Callable[..., tuple[_Planned, tuple[Delivery, ...]]],
    campaign: Path,
    wish: object,
    pause: float,
) -> tuple[_Planned, tuple[Delivery, ...]]:
    """Let ``send`` hand out its mails, with our clock and our words; gives its plan and what became of each."""
    from smartcity_xl.mail.mailbox import Pace

    with following(speaker) as follow:
        return send(
            campaign,
            find_secret_of(speaker),
            wish,
            clock.now,
            clock.sleep,
            _telling_steps(speaker),
            Pace(pause),
            follow,
        )


def tell_drafts(speaker: Speaker, paths: Sequence[Path]) -> None:
    tell_written(speaker, paths)
    click.echo(speaker.say("send_drafts", number=len(paths)))


def _telling_steps(speaker: Speaker) -> Callable[..., None]:
    """What says, on the way, what became of each mail, and counts them."""
    told: list[str] = []

    def tell(code: str, /, **parameters: object) -> None:
        speaker.tell_text(_word_step(speaker, told, code, **parameters))

    return tell


def _word_step(speaker: Speaker, told: list[str], code: str, **parameters: object) -> str:
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


def fates(plan: Plan | Chase, done: tuple[Delivery, ...]) -> list[dict[str, object]]:
    """What became of each mail, as data; ``step`` is None where it was not tried."""
    steps = {one.outgoing.posting.department: one for one in done}
    told: list[dict[str, object]] = []
    for outgoing in plan.outgoing:
        key = outgoing.posting.department
        one = steps.get(key)
        told.append({"key": key, "name": plan.assignment.name(key), "to": outgoing.draft.to,
                     "step": str(one.verdict.step) if one else None, "reply": one.verdict.reply if one else "",
                     "copies_refused": dict(one.copies) if one else {}})  # fmt: skip
    return told


def tell_sent(speaker: Speaker, plan: Plan | Chase, done: tuple[Delivery, ...]) -> int:
    """What became of the mails; gives the exit code."""
    from smartcity_xl.ledger import Step

    say, name = speaker.say, plan.assignment.name
    by_step = {step: [one for one in done if one.verdict.step is step] for step in Step}
    if not plan.outgoing:
        return CLEAN
    click.echo(say("send_done", number=len(by_step[Step.SENT]), whole=len(plan.outgoing)))
    for step in (Step.REFUSED, Step.DEFERRED, Step.DATA):
        for one in by_step[step]:
            means = say(f"reply_{one.verdict.word}") if one.verdict.word else ""
            department = name(one.outgoing.posting.department)
            click.echo("  " + say(f"send_is_{step}", department=department, reply=one.verdict.reply, means=means))
    for one in done:
        for address, reply in one.copies.items():
            department = name(one.outgoing.posting.department)
            click.echo("  " + say("send_copy", department=department, address=address, reply=reply))
    left = len(plan.outgoing) - len(done) + len(by_step[Step.DEFERRED])
    if left:
        click.echo(say("send_left", number=left))
        return UNFINISHED
    copies = any(one.copies for one in done)
    return NEEDS_A_PERSON if by_step[Step.REFUSED] or by_step[Step.DATA] or copies else CLEAN
