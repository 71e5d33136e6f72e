"""``xlscore init``: a campaign's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from smartcity_xl.cli.speech import CLEAN, Command, Speaker


def build_init_command(speaker: Speaker, language_option: Callable[[], click.Option]) -> click.Command:
    """``xlscore init DIR``: the settings file, the roster and the folders of a new round."""
    say = speaker.say
    return Command(
        speaker, {"DIR": say("init_folder")}, say("init_example"), name="init", help=say("init"),
        callback=lambda **given: _init(speaker, **given),
        params=[
            click.Argument(["folder"], type=click.Path(path_type=Path), metavar="DIR"),
            click.Option(["--catalog", "systems"], metavar="SYSTEM", multiple=True, help=say("make_templates_catalog")),
            click.Option(["--assignment"], type=click.Path(path_type=Path), metavar="FILE", help=say("assignment")),
            click.Option(["--round", "round_"], metavar="TEXT", help=say("make_templates_round")),
            click.Option(["--city"], metavar="NAME", help=say("make_templates_city")),
            click.Option(["--deadline"], metavar="TIME", help=say("init_deadline")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    )  # fmt: skip


def _init(
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

    done = init_campaign(folder, Choice(systems, assignment), round_, city, deadline, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("init_next"))
    return CLEAN
