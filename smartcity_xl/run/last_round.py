"""The round before a new one: what of it carries over, and what is to be known about that."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.catalog.load import SYSTEM_FILE, catalog_ids
from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.errors import ResultsFault, UsageFault, unread
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Assignment, CampaignSettings, Catalog, Period, RosterEntry
from smartcity_xl.model.periods import period_of_round
from smartcity_xl.office.campaign import SETTINGS_FILE, read_campaign, read_roster
from smartcity_xl.results import Results, read_results
from smartcity_xl.run.assigning import find_source
from smartcity_xl.run.files import as_seen_from
from smartcity_xl.run.systems import load_systems

if TYPE_CHECKING:
    from smartcity_xl.office.assigning import Carried, Precedent


class CarryNote(Struct, frozen=True):
    """Something to be told: the code of a sentence of the command line, and its parameters."""

    code: str
    parameters: Mapping[str, object]


class ToldFault(Struct, frozen=True):
    """A fault that stops nothing, in its own words."""

    fault: UsageFault

    def words(self, language: str = "zh") -> str:
        return sentence("errors", self.fault.code, language, **self.fault.parameters)


class LastRound(Struct, frozen=True):
    """``assignment`` is as that round had it."""

    settings: CampaignSettings
    source: Precedent
    assignment: Assignment

    @property
    def home(self) -> Path:
        return self.settings.path.parent


def open_last(path: Path, folder: Path) -> LastRound:
    """A round to begin ``folder`` from; ``path`` is its folder or its settings file.

    Raises UsageFault (no round, the new folder itself), CampaignFault, CatalogFault and MachineFault as its files do.
    """
    file = path / SETTINGS_FILE if path.is_dir() else path
    if not file.is_file() or file.suffix != ".toml":
        raise UsageFault("last-no-round", path=str(path), file=str(file))
    if folder.resolve() == file.parent.resolve():
        raise UsageFault("last-itself", path=str(path))
    settings = read_campaign(file)
    source = find_source(settings.assignment, load_systems(settings.systems))
    return LastRound(settings, source, under_terms(source.assignment, settings.city, settings.round, settings.terms))


# --- the assignment ----------------------------------------------------------------------------------------------


class CarriedAssignment(Struct, frozen=True):
    """``assignment`` as its file says it; ``book`` is that file, None for a built-in one that stays what it is."""

    assignment: Assignment
    carried: Carried
    book: bytes | None


def carry_assignment(last: LastRound, catalog: Catalog, new: Assignment) -> CarriedAssignment:
    """The assignment of the round before for the new one; ``new`` says what is known of that."""
    from smartcity_xl.office.assigning import begin_round, carry_over, read_assignment_book, write_assignment_book

    carried = carry_over(last.source, catalog, new.city)
    if carried.same and not last.source.own:
        return CarriedAssignment(last.source.assignment, carried, None)
    carried = begin_round(
        carried, new.city, round=new.round, deadline=new.deadline[:10], contacts_deadline=new.contacts_deadline,
        recipients=label("word.separator").join(new.recipients), document=new.document,
    )  # fmt: skip
    book = write_assignment_book(catalog, carried)
    with TemporaryDirectory() as folder:
        path = Path(folder) / label("file.assignment")
        path.write_bytes(book)
        return CarriedAssignment(read_assignment_book(path, catalog)[1], carried, book)


# --- settings ----------------------------------------------------------------------------------------------------


def carry_settings(last: LastRound, same_city: bool) -> dict[str, Any]:
    """Key -> value of the settings that hold in the new round too: how things are scored; in the same city also who
    writes, from where, and where things lie inside the folder."""
    own = last.settings
    rules = own.rules
    given: dict[str, Any] = {
        "rules.ratio_above_one": rules.ratio_above_one.value, "rules.rounding": rules.rounding.value,
        "rules.missing": rules.missing.value, "rules.target_star": rules.target_star,
    }  # fmt: skip
    if not same_city:
        return given
    box = own.mailbox
    given |= {"outlines": list(own.outlines) if own.outlines is not None else None}
    given |= {"sender.name": own.sender.name, "sender.address": own.sender.address}
    given |= {
        "mailbox.imap_host": box.imap_host, "mailbox.imap_port": box.imap_port,
        "mailbox.imap_security": box.imap_security.value, "mailbox.smtp_host": box.smtp_host,
        "mailbox.smtp_port": box.smtp_port, "mailbox.smtp_security": box.smtp_security.value,
        "mailbox.user": box.user, "mailbox.folder": box.folder, "mailbox.login": box.login.value,
        "mailbox.authserv": box.authserv,
    }  # fmt: skip
    return given | dict(_folders(last))


def _folders(last: LastRound) -> Iterator[tuple[str, str]]:
    """The folders inside that round's: one that lies elsewhere is its own, and would mix the two."""
    home = last.home.resolve()
    for name in ("templates", "inbox", "summary", "store", "drafts"):
        place = getattr(last.settings.folders, name)
        place = place.resolve() if isinstance(place, Path) else home  # of a ledger on a server a round has its own
        if place.is_relative_to(home) and place != home:
            yield f"folders.{name}", place.relative_to(home).as_posix()


def move_period(last: CampaignSettings, round_: str) -> Period | None:
    """The reference period of the round before, as many years on as its name; None where that is the calendar year of
    the new round's name, or where nobody can tell (``is_unmoved``)."""
    was, now = period_of_round(last.round), period_of_round(round_)
    if last.period is None or last.period == was or was is None or now is None or was == now:
        return None
    years = now.year - was.year
    end = _years_on(last.period.last, years, last.period.ends_with_month)
    return Period(_years_on(last.period.first, years, False), end)


def is_unmoved(last: CampaignSettings, round_: str) -> bool:
    """Whether the round before had a period of its own that cannot be moved by the names of the two rounds."""
    return last.period not in (None, period_of_round(last.round)) and move_period(last, round_) is None


def _years_on(day: datetime.date, years: int, to_end: bool) -> datetime.date:
    length = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=length if to_end else min(day.day, length))


def carry_systems(last: LastRound, folder: Path) -> tuple[list[str], dict[Path, bytes]]:
    """The systems as the new settings name them, and the files of an office's own that lie in that round's folder: they
    come along, lest an edit change the round before."""
    named, files, home = [], {}, last.home.resolve()
    for reference in last.settings.systems:
        place = Path(reference).resolve()
        if reference in catalog_ids() or not place.is_relative_to(home):
            named.append(as_seen_from(folder, reference))
            continue
        inside = place.relative_to(home)
        named.append(inside.as_posix())
        files[folder / inside / SYSTEM_FILE] = _read(place / SYSTEM_FILE)
    return named, files


# --- people and letters ------------------------------------------------------------------------------------------


def carry_people(last: LastRound, new: Assignment) -> tuple[dict[str, RosterEntry], list[CarryNote]]:
    """Who is known at the new round's departments: by key, else by name. Raises CampaignFault with every fault of the
    roster of the round before."""
    if not last.settings.roster.exists():
        return {}, [CarryNote("last_roster_none", {"path": last.settings.roster})]
    entries = read_roster(last.settings.roster, last.assignment).entries
    by_name = {last.assignment.name(key): key for key in entries}
    keys = {key: key if key in entries else by_name.get(new.name(key), "") for key in new.departments}
    known = {key: replace(entries[old], department=key) for key, old in keys.items() if old}
    lists = {
        "last_roster_new": [new.name(key) for key, old in keys.items() if not old],
        "last_roster_gone": [last.assignment.name(key) for key in entries if key not in keys.values()],
    }
    return known, [
        CarryNote(code, {"names": label("word.separator").join(names)}) for code, names in lists.items() if names
    ]


def carry_letters(last: LastRound, kinds: Sequence[str]) -> tuple[dict[str, bytes], list[CarryNote]]:
    """The text of each kind of mail as the round before has it, where it has; what still names that round is told."""
    found, notes = {}, []
    for kind in kinds:
        path = last.home / label(f"file.draft_{kind}")
        if not path.is_file():
            continue
        found[kind] = _read(path)
        if last.settings.round in found[kind].decode(errors="replace"):
            notes.append(CarryNote("last_letter", {"path": label(f"file.draft_{kind}"), "round": last.settings.round}))
    return found, notes


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unread(path, error) from error


# --- last values -------------------------------------------------------------------------------------------------


def carry_values(last: LastRound) -> tuple[list[Path], list[CarryNote]]:
    """The results of the round before that the new one is held against, and what is to be known about them."""
    systems = load_systems(last.settings.systems).systems
    names = ["results.json"] if len(systems) == 1 else [f"results-{one.id}.json" for one in systems]
    paths, notes = [], []
    for path in (last.settings.folders.summary / name for name in names):
        if not path.is_file():
            notes.append(CarryNote("last_results_none", {"path": path}))
            continue
        try:
            record = read_results(path)
        except ResultsFault as fault:
            notes.append(CarryNote("last_results_broken", {"trouble": ToldFault(fault)}))
            continue
        if (record.city, record.round) != (last.settings.city, last.settings.round):
            told = {"path": path, "found": f"{record.city} {record.round}"}
            notes.append(
                CarryNote("last_results_other", {**told, "expected": f"{last.settings.city} {last.settings.round}"})
            )
            continue
        paths.append(path)
        if not _is_final(record):
            notes.append(CarryNote("last_results_provisional", {"path": path}))
    return paths, notes


def _is_final(record: Results) -> bool:
    if record.total is not None:
        return record.total.final
    return record.stars is None or record.stars.unsettled == 0


def tell_edition(paths: Sequence[Path], catalog: Catalog) -> list[CarryNote]:
    """What is new or changed in a system since the results of another edition of it."""
    notes = []
    for record in map(read_results, paths):
        now = next((one for one in catalog.systems if one.id == record.catalog.id), None)
        if now is None or now.version == record.catalog.version:
            continue
        told = {"system": now.id, "before": record.catalog.version, "after": now.version}
        notes.append(CarryNote("last_edition", told))
        was = {figure.key: (figure.label, figure.unit or "") for figure in record.figures}
        asked = {slot.key: (slot.label, slot.unit) for slot in now.slots.values()}
        asked |= {key: (figure.label, "") for key, figure in now.figures.items() if figure.columns}
        for key, (name, unit) in asked.items():
            if key not in was:
                notes.append(CarryNote("last_edition_new", {"label": name, "codes": key}))
            elif was[key] != (name, unit):
                notes.append(CarryNote("last_edition_changed", {"label": name, "codes": key}))
        notes += [CarryNote("last_edition_gone", {"label": name}) for key, (name, _) in was.items() if key not in asked]
    return notes
