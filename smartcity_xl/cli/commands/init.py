"""``xlscore init``: the folder of a new round, with its settings file, its roster and the folders in it."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.questions import Answers, ask_open
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("folder", "init_folder", **options.DIR),
    options.SYSTEMS,
    options.ASSIGNMENT,
    options.ROUND,
    options.CITY,
    options.DEADLINE.but("init_deadline", metavar="TIME"),
    *options.TERMS,
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    folder: Path,
    systems: tuple[str, ...],
    assignment: Path | None,
    round_: str | None,
    city: str | None,
    deadline: str | None,
    period: str | None,
    contacts_deadline: str | None,
    basis: str | None,
    recipients: tuple[str, ...],
    phone: str | None,
    address: str | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.run.rounds import Typed, init_campaign
    from smartcity_xl.run.systems import Choice

    said = Typed(period, contacts_deadline, basis, recipients or None, phone, address)
    asked = ask_open(speaker, Answers(Choice(systems, assignment), city, round_, deadline, said))
    done = init_campaign(folder, asked.choice, asked.round, asked.city, asked.deadline, overwrite, asked.typed)
    tell_done(speaker, done)
    click.echo(speaker.say("init_next"))
    return CLEAN
