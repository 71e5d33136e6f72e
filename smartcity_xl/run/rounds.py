"""A new round: the folder that holds its settings, its roster, and all that goes out and comes back."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.catalog.lint import is_date
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.messages import label, words
from smartcity_xl.model import CampaignSettings, Roster
from smartcity_xl.run.files import Written, write_once
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
) -> Written:
    """Make a campaign's folder: the settings file, the roster prefilled with the departments, the text of the
    mails that go out, and the folders in it.

    ``deadline`` is a day, or a time with its zone. Raises as ``make_templates``.
    """
    from smartcity_xl.office.campaign import END_OF_DAY, SETTINGS_FILE, read_moment, write_campaign, write_roster

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
    return done


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
