"""``xlscore init``: the folder of a new round, with its settings file, its roster and the folders in it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from smartcity_xl.cli import chance, options
from smartcity_xl.cli.carried import tell_carried
from smartcity_xl.cli.questions import Answers, ask_open
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("folder", "init_folder", **options.NEW_DIR),
    options.FROM,
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
    source: str | None,
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
    from smartcity_xl.cli.round import name_round
    from smartcity_xl.messages import label
    from smartcity_xl.office.campaign import KEY_LENGTH, SETTINGS_FILE
    from smartcity_xl.run.last_round import open_last
    from smartcity_xl.run.planning import TypedTerms
    from smartcity_xl.run.rounds import find_outer, init_campaign
    from smartcity_xl.run.systems import Choice

    said = TypedTerms(period, contacts_deadline, basis, recipients or None, phone, address)
    before = open_last(Path(source), folder) if source else None
    asked = ask_open(speaker, Answers(Choice(systems, assignment), city, round_, deadline, said, before))
    python = Path(sys.executable or "")
    begun = init_campaign(
        folder, asked.choice, asked.round, asked.city, asked.deadline, overwrite, asked.typed, python, before,
        chance.new_key(KEY_LENGTH),
    )  # fmt: skip
    if outer := find_outer(folder):
        speaker.tell("init_in_round", folder=folder, path=outer.path)
    tell_done(speaker, begun.done)
    if begun.carried:
        tell_carried(speaker, begun.catalog, begun.carried, settings=False)
    for note in begun.notes:
        click.echo(speaker.say(note.code, **note.parameters))
    settings, roster = folder / SETTINGS_FILE, folder / label("file.roster")
    left = len(begun.carried.open) if begun.carried else 0
    speaker.advise(
        "next_carried" if left else "next_settings", "make-templates", *name_round(folder), settings=settings,
        roster=roster, book=folder / label("file.assignment"), number=left,
    )  # fmt: skip
    return CLEAN
