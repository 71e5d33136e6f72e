"""``xlscore make-templates``: one workbook for each department."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from smartcity_xl.cli import options
from smartcity_xl.cli.chance import new_key
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_instead

PARAMETERS = (
    options.CAMPAIGN,
    options.SYSTEMS,
    options.ASSIGNMENT,
    options.OUT,
    options.ROUND,
    options.CITY,
    options.DEADLINE,
    *options.TERMS,
    options.PREVIOUS,
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    campaign: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    out: Path | None,
    round_: str | None,
    city: str | None,
    deadline: str | None,
    period: str | None,
    contacts_deadline: str | None,
    basis: str | None,
    recipients: tuple[str, ...],
    phone: str | None,
    address: str | None,
    previous: Path | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.office.campaign import KEY_FILE, KEY_LENGTH
    from smartcity_xl.run.orders import order_templates
    from smartcity_xl.run.planning import TypedTerms, say_terms
    from smartcity_xl.run.systems import Choice
    from smartcity_xl.run.templates import make_templates

    order = order_templates(campaign, Choice(systems, assignment), out, round_, city, deadline, previous)
    tell_instead(speaker, order.instead)
    said = TypedTerms(period, contacts_deadline, basis, recipients or None, phone, address)
    choice = say_terms(order.choice, said, round_)
    begins = order.home is not None and not choice.key
    choice = replace(choice, key=new_key(KEY_LENGTH)) if begins else choice
    with following(speaker) as follow:
        done = make_templates(
            order.out, choice, order.round, order.city, order.deadline, overwrite, order.previous, order.home, follow
        )  # fmt: skip
    click.echo(speaker.say("templates_written", number=len(done.written), folder=order.out))
    if done.unchanged:
        click.echo(speaker.say("templates_unchanged", number=len(done.unchanged)))
    if begins and order.home:
        click.echo(speaker.say("key_begun", path=order.home / KEY_FILE))
    if campaign is None:
        inbox = speaker.say("begin_inbox")
        own = options.typed_choice(systems, assignment)
        speaker.advise("next_collect", "collect", inbox, *own, templates=order.out, inbox=inbox)
    return CLEAN
