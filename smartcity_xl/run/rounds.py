"""A new round: the folder that holds its settings, its roster, and all that goes out and comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.messages import label, words
from smartcity_xl.model import CampaignSettings, Catalog, Roster
from smartcity_xl.run.carry_round import LETTERS, NOTHING_OVER, carry_round
from smartcity_xl.run.choice import EVERYTHING_DEFAULT, Choice
from smartcity_xl.run.files import Written, as_seen_from, write_file, write_once
from smartcity_xl.run.last_round import CarryNote, LastRound
from smartcity_xl.run.planning import NOTHING_TYPED, TypedTerms, plan_round, read_time

if TYPE_CHECKING:
    from smartcity_xl.office.assigning import Carried


class Begun(Struct, frozen=True):
    """What ``init_campaign`` wrote; ``carried`` and ``notes`` are about the round that it began from, if from any."""

    done: Written
    catalog: Catalog
    carried: Carried | None = None
    notes: tuple[CarryNote, ...] = ()


def init_campaign(
    folder: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
    overwrite: bool = False,
    typed: TypedTerms = NOTHING_TYPED,
    python: Path = Path(),
    last: LastRound | None = None,
    key: bytes = b"",
) -> Begun:
    """Make a campaign's folder: the settings file, the roster prefilled with the departments, the text of the
    mails that go out, files to double-click, and the folders in it.

    ``deadline`` is a day, or a time with its zone; ``typed`` what else is said of the round; ``python`` runs this
    program; ``last`` is the round before, of which all carries over that holds, but never its key; ``key`` is a new
    one, for a round that has none. What nobody says stays open, but for
    what a round cannot be without. Raises as ``make_templates``, and UsageFault where the folder would lie in one that
    another round takes files from or writes them to.
    """
    from smartcity_xl.office.campaign import SETTINGS_FILE, write_campaign, write_roster

    stay_out_of_folders(folder)
    new = plan_round(choice, round_, city, deadline, typed, last)
    if new.needed:
        raise UsageFault("init-open", options=" ".join(new.needed))
    over = carry_round(folder, last, choice, new) if last else NOTHING_OVER
    assignment, book = over.assignment or new.assignment, choice.assignment_book
    given = {
        "city": assignment.city,
        "round": assignment.round,
        "period": assignment.period.as_text() if assignment.period else None,
        "systems": [as_seen_from(folder, reference) for reference in choice.systems]
        or [system.id for system in new.catalog.systems],
        "assignment": as_seen_from(folder, str(book)) if book else assignment.id,
        "deadline": read_time(deadline or assignment.deadline),
        "contacts_deadline": read_time(typed.contacts_deadline or assignment.contacts_deadline),
        "basis": assignment.document,
        "recipients": list(assignment.recipients),
        "outlines": new.outlines,
        "office.phone": assignment.phone,
        "office.place": assignment.address,
        **over.given,
    }
    files = {
        folder / SETTINGS_FILE: write_campaign({key: value for key, value in given.items() if value is not None}),
        folder / label("file.roster"): write_roster(assignment, over.people),
        **{folder / label(f"file.draft_{kind}"): label(f"draft.{kind}").encode() for kind in LETTERS},
        **over.files,
    }
    done = write_once(files, overwrite, begin_key(folder, key))
    for name in words("campaign_folder").values():
        _make_folder(folder / name)
    done = replace(done, written=(*done.written, *_put_starters(folder, python, overwrite)))
    return Begun(done, new.catalog, over.carried, over.notes)


def begin_key(home: Path, key: bytes) -> Mapping[Path, bytes]:
    """The file of a new key, for a round that has none yet: one that stands is never replaced."""
    from smartcity_xl.office.campaign import KEY_FILE, write_key

    path = home / KEY_FILE
    return {path: write_key(key)} if key and not path.exists() else {}


def _put_starters(folder: Path, python: Path, overwrite: bool) -> Iterator[Path]:
    """Files to double-click, where none stand: those of another machine differ, and work."""
    from smartcity_xl.office.campaign.starters import RUNNABLE, write_starters

    for name, data in write_starters(python).items():
        path = folder / name
        if overwrite or not path.exists():
            write_file(path, data)
            if name.endswith(RUNNABLE):
                with suppress(OSError):  # a disk without such marks: then a terminal runs it
                    mode = path.stat().st_mode
                    path.chmod(mode | (mode & 0o444) >> 2)  # for those who may read it
            yield path


def find_outer(folder: Path) -> CampaignSettings | None:
    """The round in whose folder a new one would lie; None where there is none, or none that can be read."""
    from smartcity_xl.office.campaign import find_campaign, read_campaign

    try:
        found = find_campaign(folder.resolve().parent)
        return read_campaign(found) if found else None
    except XlscoreError:
        return None


def stay_out_of_folders(folder: Path) -> None:
    """Raises UsageFault where a new round would lie in a folder that another takes files from or writes them to."""
    outer, here = find_outer(folder), folder.resolve()
    if outer is None:
        return
    for own in outer.folders.here:
        if here.is_relative_to(own.resolve()):
            raise UsageFault("init-inside", folder=str(folder), own=own.name, path=str(outer.path))


def choose_campaign(campaign: CampaignSettings) -> Choice:
    """What a campaign's settings file asks for, as commands take it. Raises as ``read_key``."""
    from smartcity_xl.office.campaign import read_key

    book = campaign.assignment_book
    named = "" if book else campaign.assignment
    return Choice(
        campaign.systems, book, named, campaign.rules, campaign.outlines, round=campaign.round, city=campaign.city,
        terms=campaign.terms, key=read_key(campaign.path.parent),
    )  # fmt: skip


def open_roster(campaign: CampaignSettings) -> Roster | None:
    """A campaign's roster; None while it holds no address, for then nobody can be told from a stranger.

    Raises as ``choose``, and CampaignFault with every fault of the roster.
    """
    from smartcity_xl.office.campaign import read_roster
    from smartcity_xl.run.systems import choose

    _, assignment = choose(choose_campaign(campaign))
    if not campaign.roster.exists():
        return None
    roster = read_roster(campaign.roster, assignment)
    return roster if any(entry.addresses for entry in roster.entries.values()) else None


def find_previous(campaign: CampaignSettings) -> tuple[Path, ...]:
    """The results of the round before: those that the settings name, else those that lie in a round's folder, in the
    order of their names. Raises UsageFault where one that is named is not there."""
    if campaign.previous is None:
        return tuple(sorted(campaign.path.parent.glob(label("file.previous"))))
    for path in campaign.previous:
        if not path.is_file():
            raise UsageFault("previous-gone", path=str(path), settings=str(campaign.path))
    return campaign.previous


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineFault("file-unwritable", path=str(path), reason=error.strerror or str(error)) from error
