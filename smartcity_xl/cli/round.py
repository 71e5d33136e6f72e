"""The round that a command works for: named, or found where somebody stands; told in one line; and what comes next."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from smartcity_xl.cli import clock
from smartcity_xl.cli.speech import UNFINISHED, Speaker
from smartcity_xl.cli.typed import as_typed

if TYPE_CHECKING:
    from smartcity_xl.model import CampaignSettings
    from smartcity_xl.office.campaign.progress import NextStep


class RoundInUse(Struct, frozen=True):
    """``path`` leads to the settings file, as seen from the present folder; ``name`` are the words that name the round
    in a command typed here: none where it is found."""

    path: Path
    settings: CampaignSettings
    name: tuple[str, ...]


def find_round(speaker: Speaker, named: Path | None, without: bool, must: bool = False) -> RoundInUse | None:
    """The round that is named, else the one that is found here or above; tells which.

    Raises UsageFault (two ways to say it, none where there ``must`` be one), and as ``read_campaign``.
    """
    from smartcity_xl.errors import UsageFault

    if named and without:
        raise UsageFault("campaign-and-none")
    round_ = None if without else _open_named(named) if named else _open_found()
    if round_:
        away = not (round_.name or _at_home(round_.settings))
        speaker.tell("round_above" if away else "round_is", city=round_.settings.city, round=round_.settings.round,
                     path=round_.path.absolute() if named else _plain(round_.path))  # fmt: skip
    elif must:
        raise UsageFault("campaign-needed")
    return round_


def _open_named(named: Path) -> RoundInUse:
    from smartcity_xl.office.campaign import read_campaign

    settings = read_campaign(named)
    in_folder = named if named.is_dir() else named.parent
    return RoundInUse(settings.path, settings, name_round(in_folder) and ("--campaign", str(named)))


def _open_found() -> RoundInUse | None:
    """The round found here; whatever is wrong with its settings, the way round it is told too."""
    file = look_around()
    if file is None:
        return None
    from smartcity_xl.errors import CampaignFault, FaultyFile, MachineFault
    from smartcity_xl.office.campaign import read_campaign

    try:
        settings = read_campaign(file)
    except CampaignFault as fault:
        raise FaultyFile("campaign-found-faulty", str(_plain(file)), fault.faults) from fault
    except MachineFault as fault:
        told = {**fault.parameters, "path": str(_plain(file))}
        raise MachineFault("campaign-found-unreadable", **told) from fault
    return RoundInUse(file, settings, ())


def look_around() -> Path | None:
    """The settings file that is found from the present folder, as seen from it. Raises UsageFault, MachineFault."""
    from smartcity_xl.errors import MachineFault
    from smartcity_xl.office.campaign import find_campaign

    try:
        here = Path.cwd()
    except OSError as error:
        raise MachineFault("folder-gone", reason=error.strerror or str(error)) from error
    found = find_campaign(here, _way_here(here))
    if found is None or not here.is_relative_to(found.parent):
        return found  # none, or by a link: ".." would lead elsewhere
    return Path(os.path.relpath(found, here))


def _way_here(here: Path) -> Path | None:
    """The present folder as the shell shows it, where that leads here by links."""
    way = Path(os.environ.get("PWD", ""))
    try:
        return way if way.is_absolute() and way != here and way.samefile(here) else None
    except OSError:
        return None


def _plain(path: Path) -> Path:
    """The whole path, without the dots of the way to it."""
    return Path(os.path.normpath(Path.cwd() / path))


def _at_home(settings: CampaignSettings) -> bool:
    """Whether somebody stands in a round's folder, or in one of those that are its own."""
    here, own = Path.cwd().resolve(), settings.folders.here
    return here == settings.path.parent.resolve() or any(here.is_relative_to(folder.resolve()) for folder in own)


def name_round(folder: Path) -> tuple[str, ...]:
    """The words that name the round of a folder in a command typed here: none where it is found."""
    from smartcity_xl.errors import XlscoreError
    from smartcity_xl.office.campaign import SETTINGS_FILE

    try:
        found = look_around()
        here = found is not None and found.samefile(folder / SETTINGS_FILE)
    except (XlscoreError, OSError):
        here = False
    return () if here else ("--campaign", str(folder))


# --- what comes next ---------------------------------------------------------------------------------------------


def tell_next(speaker: Speaker, round_: RoundInUse | None, after: str, code: int, without: bool = False) -> None:
    """The last line of a command: what comes next, with the command to type; nothing where nothing does.

    ``without``: the command was told to do without a round, and the next one must be told so too.
    """
    line = _word_next(speaker, round_, after, code, without)
    if line and speaker.data:
        speaker.tell_text(line)
    elif line:
        click.echo(line)


def _word_next(speaker: Speaker, round_: RoundInUse | None, after: str, code: int, without: bool) -> str:
    if speaker.advised:
        sentence, command, parameters = speaker.advised
        name = round_.name if round_ else ("--no-campaign",) if without else ()
        return word_step(speaker, sentence, (*command, *name), **parameters)
    if code == UNFINISHED:
        return word_step(speaker, "next_again", typed_now())
    return word_next_in(speaker, round_, after) if round_ else ""


def word_next_in(speaker: Speaker, round_: RoundInUse, after: str = "") -> str:
    """The next step of a round by its state; where that cannot be read, the front door says why."""
    from smartcity_xl.errors import XlscoreError
    from smartcity_xl.office.campaign.progress import next_step
    from smartcity_xl.run.progress import read_progress

    try:
        step = next_step(read_progress(round_.path, clock.now()), after)
    except XlscoreError:
        return word_step(speaker, "next_look", round_.name)
    return word_round_step(speaker, round_, step)


def word_round_step(speaker: Speaker, round_: RoundInUse, step: NextStep | None) -> str:
    from smartcity_xl.messages import label

    if step is None:
        return ""
    folders = round_.settings.folders
    places = {
        "templates": folders.templates, "inbox": folders.inbox, "drafts": folders.drafts,
        "roster": round_.settings.roster, "decisions": folders.summary / label("file.decisions"),
        "returned": folders.summary / label("file.returned_folder"), "summary": folders.summary / label("file.summary"),
    }  # fmt: skip
    return word_step(speaker, step.code, (*step.command, *round_.name), number=step.number, **places)


def word_step(speaker: Speaker, code: str, command: Iterable[object], **parameters: object) -> str:
    typed = as_typed(("xlscore", *map(str, command)))
    return speaker.say("next", what=speaker.say(code, **parameters), command=typed)


def typed_now() -> Sequence[str]:
    """The words of the command that is running, as they were typed."""
    return tuple(click.get_current_context().find_root().obj or ())
