"""``xlscore fetch``: new mail into the inbox."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.mailing import find_secret_of
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, local

if TYPE_CHECKING:
    from smartcity_xl.mail.mailbox import Fetched, Waiting

PARAMETERS = (options.THIS_CAMPAIGN, option("--since", says="fetch_since", type=options.DAY, metavar="DATE"))


def run(speaker: Speaker, campaign: Path, since: datetime | None) -> int:
    from smartcity_xl.run.mailing import fetch

    since_day = since.date() if since else None
    with following(speaker) as follow:
        done = fetch(campaign, find_secret_of(speaker), clock.now(), speaker.tell, since_day, follow)
    return _tell_fetched(speaker, done)


def _tell_fetched(speaker: Speaker, done: Fetched) -> int:
    say = speaker.say
    speaker.give("xlscore-fetch/1", brought=done.brought, looked_at=done.looked_at, again=done.again,
                 too_large=done.too_large, withheld=done.withheld, renumbered=done.renumbered)  # fmt: skip
    if done.renumbered:
        click.echo(say("fetch_renumbered"))
    click.echo(say("fetch_done", number=len(done.brought), looked_at=done.looked_at, again=done.again))
    for word, mails in (("fetch_too_large", done.too_large), ("fetch_withheld", done.withheld)):
        if mails:
            click.echo(say(word, number=len(mails)))
        for mail in mails:
            click.echo("  " + _word_waiting(speaker, mail))
    return NEEDS_A_PERSON if done.too_large or done.withheld else CLEAN


def _word_waiting(speaker: Speaker, mail: Waiting) -> str:
    at, size = local(mail.received) or "?", f"{mail.size / 2**20:.1f} MiB"
    return speaker.say("fetch_waiting", at=at, size=size, sender=mail.sender or "?", subject=mail.subject or "?")
