"""A new round: the folder that holds its settings, its roster, and all that goes out and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from smartcity_xl.catalog.lint import is_date
from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.messages import label, words
from smartcity_xl.model import CampaignSettings, Roster
from smartcity_xl.run.files import Written, write_file, write_once
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, Choice, choose

_LETTERS = ("issue", "receipt", "remind")
"""The kinds of mail that go out; the office may edit the text of each."""


def init_campaign(
    folder: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
    overwrite: bool = False,
    python: Path = Path(),
) -> Written:
    """Make a campaign's folder: the settings file, the roster prefilled with the departments, the text of the
    mails that go out, files to double-click, and the folders in it.

    ``deadline`` is a day, or a time with its zone; ``python`` runs this program. Raises as ``make_templates``, and
    UsageFault where the folder would lie in one that another round takes files from or writes them to.
    """
    from smartcity_xl.office.campaign import END_OF_DAY, SETTINGS_FILE, read_moment, write_campaign, write_roster

    _stay_out_of_folders(folder)
    catalog, assignment = choose(choice)
    until = deadline or assignment.deadline
    moment = f"{until}{END_OF_DAY}" if is_date(until) else until
    if read_moment(moment) is None:
        raise UsageFault("moment-unreadable", found=until)
    book = choice.assignment_book
    given = {
        "city": city or assignment.city,
        "round": round_ or assignment.round,
        "systems": [_as_seen_from(folder, reference) for reference in choice.systems]
        or [system.id for system in catalog.systems],
        "assignment": _as_seen_from(folder, str(book)) if book else assignment.id,
        "deadline": moment,
    }
    files = {
        folder / SETTINGS_FILE: write_campaign(given),
        folder / label("file.roster"): write_roster(assignment),
        **{folder / label(f"file.draft_{kind}"): label(f"draft.{kind}").encode() for kind in _LETTERS},
    }
    done = write_once(files, overwrite)
    for name in words("campaign_folder").values():
        _make_folder(folder / name)
    return replace(done, written=(*done.written, *_put_starters(folder, python, overwrite)))


def _put_starters(folder: Path, python: Path, overwrite: bool) -> Iterator[Path]:
    """Files to double-click, where none stand: those of another machine differ, and work."""
    from smartcity_xl.office.campaign.starters import RUNNABLE, write_starters

    for name, data in write_starters(python).items():
        path = folder / name
        if overwrite or not path.exists():
            write_file(path, data)
            if name.endswith(RUNNABLE):
                with suppress(OSError):  # a disk without such marks: then a terminal runs it
                    path.chmod(path.stat().st_mode | 0o111)
            yield path


def find_outer(folder: Path) -> CampaignSettings | None:
    """The round in whose folder a new one would lie; None where there is none, or none that can be read."""
    from smartcity_xl.office.campaign import find_campaign, read_campaign

    try:
        found = find_campaign(folder.resolve().parent)
        return read_campaign(found) if found else None
    except XlscoreError:
        return None


def _stay_out_of_folders(folder: Path) -> None:
    outer, here = find_outer(folder), folder.resolve()
    if outer is None:
        return
    folders = outer.folders
    for own in (folders.templates, folders.inbox, folders.summary, folders.store, folders.drafts):
        if here.is_relative_to(own.resolve()):
            raise UsageFault("init-inside", folder=str(folder), own=own.name, path=str(outer.path))


def choose_campaign(campaign: CampaignSettings) -> Choice:
    """What a campaign's settings file asks for, as commands take it."""
    book = campaign.assignment_book
    named = "" if book else campaign.assignment
    return Choice(
        campaign.systems, book, named, campaign.rules, campaign.outlines, round=campaign.round, city=campaign.city
    )


def open_roster(campaign: CampaignSettings) -> Roster | None:
    """A campaign's roster; None while it holds no address, for then nobody can be told from a stranger.

    Raises as ``choose``, and CampaignFault with every fault of the roster.
    """
    from smartcity_xl.office.campaign import read_roster

    _, assignment = choose(choose_campaign(campaign))
    if not campaign.roster.exists():
        return None
    roster = read_roster(campaign.roster, assignment)
    return roster if any(entry.addresses for entry in roster.entries.values()) else None


def find_previous(campaign: CampaignSettings) -> tuple[Path, ...]:
    """The results of the round before that lie in a round's folder, in the order of their names."""
    return tuple(sorted(campaign.path.parent.glob(label("file.previous"))))


def _as_seen_from(folder: Path, reference: str) -> str:
    """A system or an assignment as a campaign's settings name it: an id as it is, a path as seen from the folder."""
    path = Path(reference)
    if not path.exists():
        return reference
    path, home = path.resolve(), folder.resolve()
    return (path.relative_to(home) if path.is_relative_to(home) else path).as_posix()


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineFault("file-unwritable", path=str(path), reason=error.strerror or str(error)) from error
