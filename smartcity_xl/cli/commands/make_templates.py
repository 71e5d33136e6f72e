"""``xlscore make-templates``: one workbook for each department."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from smartcity_xl.cli import chance, options
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, tell_instead
from smartcity_xl.errors import UsageFault, refuse_file

if TYPE_CHECKING:
    from smartcity_xl.run.choice import Choice

_SHOWN = 30

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
    option("--cities", says="make_templates_cities", **options.FILE),
    options.JOBS,
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
    cities: Path | None,
    jobs: int | None,
) -> int:
    from smartcity_xl.office.campaign import KEY_FILE, KEY_LENGTH
    from smartcity_xl.run.orders import order_templates
    from smartcity_xl.run.planning import TypedTerms, say_terms
    from smartcity_xl.run.systems import Choice
    from smartcity_xl.run.templates import make_templates

    said = TypedTerms(period, contacts_deadline, basis, recipients or None, phone, address)
    if cities:
        _refuse_beside({"--campaign": campaign, "--city": city, "--previous": previous})
        base = say_terms(Choice(systems, assignment, round=round_ or ""), said)
        base = replace(base, terms=replace(base.terms, deadline=deadline))
        return _make_for_cities(speaker, cities, out or Path("templates-out"), base, jobs, overwrite)
    if jobs:
        raise UsageFault("jobs-without-list")
    order = order_templates(campaign, Choice(systems, assignment), out, round_, city, deadline, previous)
    tell_instead(speaker, order.instead)
    choice = say_terms(order.choice, said, round_)
    begins = order.home is not None and not choice.key
    choice = replace(choice, key=chance.new_key(KEY_LENGTH)) if begins else choice
    with following(speaker) as follow:
        done = make_templates(
            order.out, choice, order.round, order.city, order.deadline, overwrite, order.previous, order.home, follow
        )  # fmt: skip
    speaker.give("xlscore-make-templates/1", folder=order.out, written=done.written, unchanged=done.unchanged)
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


def _refuse_beside(options: Mapping[str, object]) -> None:
    """Raises UsageFault for what is about one city, beside a list of many."""
    for name, value in options.items():
        if value:
            raise UsageFault("list-and-round" if name == "--campaign" else "list-and-city", option=name)


def _make_for_cities(
    speaker: Speaker, listing: Path, out: Path, base: Choice, jobs: int | None, overwrite: bool
) -> int:
    from smartcity_xl.run.city_templates import make_city_templates
    from smartcity_xl.run.cores import count_cores

    refuse_file(out)
    with following(speaker) as follow:
        done = make_city_templates(listing, out, base, jobs or count_cores(), overwrite, follow)
    speaker.give("xlscore-city-templates/1", folder=out, cities=done.cities, written=done.written,
                 unchanged=done.unchanged, manifest=done.manifest, kept=done.kept, keyed=done.keyed)  # fmt: skip
    click.echo(speaker.say("city_templates_written", cities=done.cities, number=done.written, folder=out))
    if done.unchanged:
        click.echo(speaker.say("templates_unchanged", number=done.unchanged))
    click.echo(speaker.say("city_manifest", path=done.manifest))
    if done.keyed:
        click.echo(speaker.say("city_templates_keyed", number=done.keyed))
    if done.listed > done.keyed:
        click.echo(speaker.say("city_templates_unproven", number=done.listed - done.keyed))
    for path in done.kept[:_SHOWN]:
        click.echo(speaker.say("city_template_kept", path=path))
    if len(done.kept) > _SHOWN:
        click.echo(speaker.say("unlike_more", number=len(done.kept) - _SHOWN))
    return NEEDS_A_PERSON if done.kept else CLEAN
