"""``xlscore init``: the folder of a new round, with its settings file, its roster and the folders in it."""

from __future__ import annotations

import sys
from pathlib import Path

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
    from smartcity_xl.cli.round import name_round
    from smartcity_xl.messages import label
    from smartcity_xl.office.campaign import SETTINGS_FILE
    from smartcity_xl.run.rounds import find_outer, init_campaign
    from smartcity_xl.run.systems import Choice

    python = Path(sys.executable or "")
    done = init_campaign(folder, Choice(systems, assignment), round_, city, deadline, overwrite, python)
    if outer := find_outer(folder):
        speaker.tell("init_in_round", folder=folder, path=outer.path)
    tell_done(speaker, done)
    settings, roster = folder / SETTINGS_FILE, folder / label("file.roster")
    speaker.advise("next_settings", "make-templates", *name_round(folder), settings=settings, roster=roster)
    return CLEAN
