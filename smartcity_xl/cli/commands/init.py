"""``xlscore init``: the folder of a new round, with its settings file, its roster and the folders in it."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("folder", "init_folder", **options.DIR),
    options.SYSTEMS,
    options.ASSIGNMENT,
    options.ROUND,
    options.CITY,
    options.DEADLINE.but("init_deadline", metavar="TIME"),
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
    overwrite: bool,
) -> int:
    from smartcity_xl.run.rounds import init_campaign
    from smartcity_xl.run.systems import Choice

    tell_done(speaker, init_campaign(folder, Choice(systems, assignment), round_, city, deadline, overwrite))
    click.echo(speaker.say("init_next"))
    return CLEAN
