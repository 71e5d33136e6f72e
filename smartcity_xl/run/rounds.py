"""A new round: the folder that holds its settings, its roster, and all that goes out and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from smartcity_xl.catalog.lint import is_date
from smartcity_xl.catalog.terms import is_own, under_terms
from smartcity_xl.documents import choose_outlines
from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.messages import label, words
from smartcity_xl.model import Assignment, CampaignSettings, Catalog, Period, Roster
from smartcity_xl.run.files import Written, write_file, write_once
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, Choice, choose, pick


@dataclass(frozen=True, slots=True)
class TypedTerms:
    """What a person says of a new round, as it was typed; None where nothing was said, "" where it is to stay open."""

    period: str | None = None
    contacts_deadline: str | None = None
    basis: str | None = None
    recipients: tuple[str, ...] | None = None
    phone: str | None = None
    address: str | None = None


NOTHING_TYPED = TypedTerms()


@dataclass(frozen=True, slots=True)
class NewRound:
    """A round that is to be made. ``needed`` and ``unsaid`` are the options that nobody has answered: what it cannot be
    without, and all; ``outlines`` is None where those of the notice hold."""

    catalog: Catalog
    assignment: Assignment
    needed: tuple[str, ...]
    unsaid: tuple[str, ...]
    outlines: list[str] | None


_LETTERS = ("issue", "receipt", "remind")
"""The kinds of mail that go out; the office may edit the text of each."""


def init_campaign(
    folder: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
    overwrite: bool = False,
    typed: TypedTerms = NOTHING_TYPED,
    python: Path = Path(),
) -> Written:
    """Make a campaign's folder: the settings file, the roster prefilled with the departments, the text of the
    mails that go out, files to double-click, and the folders in it.

    ``deadline`` is a day, or a time with its zone; ``typed`` what else is said of the round; ``python`` runs this
    program. What nobody says stays open, but for what a round cannot be without. Raises as ``make_templates``, and
    UsageFault where the folder would lie in one that another round takes files from or writes them to.
    """
    from smartcity_xl.office.campaign import SETTINGS_FILE, write_campaign, write_roster

    _stay_out_of_folders(folder)
    new = plan_round(choice, round_, city, deadline, typed)
    if new.needed:
        raise UsageFault("init-open", options=" ".join(new.needed))
    assignment, book = new.assignment, choice.assignment_book
    given = {
        "city": assignment.city,
        "round": assignment.round,
        "period": assignment.period.as_text() if assignment.period else None,
        "systems": [_as_seen_from(folder, reference) for reference in choice.systems]
        or [system.id for system in new.catalog.systems],
        "assignment": _as_seen_from(folder, str(book)) if book else assignment.id,
        "deadline": read_time(deadline or assignment.deadline),
        "contacts_deadline": read_time(typed.contacts_deadline or assignment.contacts_deadline),
        "basis": assignment.document,
        "recipients": list(assignment.recipients),
        "outlines": new.outlines,
        "office.phone": assignment.phone,
        "office.place": assignment.address,
    }
    files = {
        folder / SETTINGS_FILE: write_campaign({key: value for key, value in given.items() if value is not None}),
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


def plan_round(
    choice: Choice, round_: str | None, city: str | None, deadline: str | None, typed: TypedTerms
) -> NewRound:
    """A round that is to be made: what is known of it, and what is not. A filled assignment workbook speaks for its own
    city and round; a built-in assignment for its own, where they are named, and never for another.

    Raises as ``make_templates``, and UsageFault for a time that cannot be read.
    """
    catalog, assignment = pick(choice)
    if choice.assignment_book:
        city, round_ = city or assignment.city, round_ or assignment.round
    due, contacts = read_time(deadline), read_time(typed.contacts_deadline)
    if due and contacts and _moment(contacts) > _moment(due):
        raise UsageFault("contacts-later", found=contacts, first=due)
    terms = replace(say_terms(choice, typed).terms, deadline=deadline or None)
    fitted = under_terms(assignment, city or "", round_ or "", terms)
    known = {"--city": fitted.city, "--round": fitted.round, "--deadline": fitted.deadline,
             "--period": fitted.period or not fitted.round}  # fmt: skip
    said = {**known, "--contacts-deadline": fitted.contacts_deadline, "--basis": fitted.document,
            "--recipient": fitted.recipients, "--phone": fitted.phone, "--address": fitted.address}  # fmt: skip
    own = is_own(assignment, fitted.city, fitted.round)
    outlines = None if own else _outlines_elsewhere(catalog, assignment)
    return NewRound(
        catalog, fitted, tuple(name for name, value in known.items() if not value),
        tuple(name for name, value in said.items() if not value), outlines,
    )  # fmt: skip


def say_terms(choice: Choice, typed: TypedTerms, round_: str | None = None) -> Choice:
    """The choice with what a person typed of the round. The period of another round than the one that was typed does
    not hold. Raises UsageFault for a period that cannot be read."""
    if round_ not in (None, choice.round):
        choice = replace(choice, terms=replace(choice.terms, period=None))
    said: dict[str, Any] = {
        "period": _period(typed.period), "contacts_deadline": typed.contacts_deadline, "basis": typed.basis,
        "recipients": typed.recipients, "phone": typed.phone, "address": typed.address,
    }  # fmt: skip
    return replace(choice, terms=replace(choice.terms, **{k: v for k, v in said.items() if v is not None}))


def _outlines_elsewhere(catalog: Catalog, assignment: Assignment) -> list[str] | None:
    """The outlines for written material where those of the assignment's own notice hold no more; None where there are
    none of it."""
    ids = [system.id for system in catalog.systems]
    own, others = choose_outlines(ids, assignment.id), choose_outlines(ids, "")
    return None if own == others else [outline.id for outline in others]


def read_time(text: str | None) -> str | None:
    """A day or a time as the settings file has it; None for none. Raises UsageFault."""
    from smartcity_xl.office.campaign import END_OF_DAY

    if not text:
        return None
    moment = f"{text}{END_OF_DAY}" if is_date(text) else text
    _moment(moment)
    return moment


def _moment(text: str) -> datetime:
    from smartcity_xl.office.campaign import read_moment

    found = read_moment(text)
    if found is None:
        raise UsageFault("moment-unreadable", found=text)
    return found


def _period(text: str | None) -> Period | None:
    from smartcity_xl.office.campaign import read_period

    if not text:
        return None
    period = read_period(text)
    if period is None:
        raise UsageFault("period-unreadable", found=text)
    return period


def choose_campaign(campaign: CampaignSettings) -> Choice:
    """What a campaign's settings file asks for, as commands take it."""
    book = campaign.assignment_book
    named = "" if book else campaign.assignment
    return Choice(
        campaign.systems, book, named, campaign.rules, campaign.outlines, round=campaign.round, city=campaign.city,
        terms=campaign.terms,
    )  # fmt: skip


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
