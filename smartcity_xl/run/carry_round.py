"""All of the round before that a new one takes over: its settings, assignment, people, letters and last values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, RosterEntry
from smartcity_xl.run.files import as_seen_from
from smartcity_xl.run.last_round import (
    CarryNote,
    LastRound,
    carry_assignment,
    carry_letters,
    carry_people,
    carry_settings,
    carry_systems,
    carry_values,
    tell_edition,
)
from smartcity_xl.run.planning import NewRound
from smartcity_xl.run.systems import Choice

if TYPE_CHECKING:
    from smartcity_xl.office.assigning import Carried

LETTERS = ("issue", "receipt", "remind")
"""The kinds of mail that go out; the office may edit the text of each."""


class Over(Struct, frozen=True):
    """What comes over into a new round: settings by key, the people at its departments, files. ``assignment`` is as the
    new round has it, None where the office named another."""

    given: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, RosterEntry] = field(default_factory=dict)
    files: Mapping[Path, bytes] = field(default_factory=dict)
    assignment: Assignment | None = None
    carried: Carried | None = None
    notes: tuple[CarryNote, ...] = ()


NOTHING_OVER = Over()


def carry_round(folder: Path, last: LastRound, choice: Choice, new: NewRound) -> Over:
    """What comes over into the new round's folder. Another city takes who answers what, and how it is scored; the same
    city also its people, its letters, its mailbox and last values. Raises as the files of the round before do."""
    same_city = new.assignment.city == last.settings.city
    given, files = carry_settings(last, same_city), dict[Path, bytes]()
    if not choice.systems:
        given["systems"], files = carry_systems(last, folder)
    assignment, carried = None, None
    if choice.assignment_book is None:
        assignment, carried = _carry_assignment(last, new, given, files, folder)
    people: Mapping[str, RosterEntry] = {}
    notes = [] if same_city else [CarryNote("last_other_city", {"city": last.settings.city})]
    if same_city:
        people, found = carry_people(last, assignment or new.assignment)
        letters, told = carry_letters(last, LETTERS)
        files |= {folder / label(f"file.draft_{kind}"): text for kind, text in letters.items()}
        notes += [*found, *told, *_carry_values(last, new.catalog, folder, given, carried)]
    said = {key: value for key, value in given.items() if value is not None}
    return Over(said, people, files, assignment, carried, tuple(notes))


def _carry_assignment(
    last: LastRound, new: NewRound, given: dict[str, Any], files: dict[Path, bytes], folder: Path
) -> tuple[Assignment, Carried]:
    over = carry_assignment(last, new.catalog, new.assignment)
    if over.book is not None:
        given["assignment"] = label("file.assignment")
        files[folder / label("file.assignment")] = over.book
    return under_terms(over.assignment, new.assignment.city, new.assignment.round, new.terms), over.carried


def _carry_values(
    last: LastRound, catalog: Catalog, folder: Path, given: dict[str, Any], carried: Carried | None
) -> list[CarryNote]:
    paths, notes = carry_values(last)
    if paths:
        given["previous"] = [as_seen_from(folder, str(path)) for path in paths]
    return notes + (tell_edition(paths, catalog) if carried is None or not carried.source.own else [])
