"""What a round would come to, if some figures were others. Nothing of the round is read but its record, and nothing is
written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.errors import FiguresFault, UsageFault, WhatifFault
from smartcity_xl.ledger import parse_moment, read_ledger
from smartcity_xl.model import CampaignSettings, Catalog, Merged, Scores
from smartcity_xl.results import Results, read_results
from smartcity_xl.results.recalled import merged_of, seal_of
from smartcity_xl.results.runs import read_runs
from smartcity_xl.results.tried import Tried, TriedSystem, compose_trial, value_tried
from smartcity_xl.run.orders import order_look
from smartcity_xl.run.scored_again import agree, as_scored, find_systems
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.score.trying import offer_trials, score_trial
from smartcity_xl.summary.whatif_read import FilledSheet, Reader, TypedTrial, read_whatif, tell_unknown

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

_GIVEN = re.compile(r"[^=＝]+[=＝].*", re.DOTALL)
_RECORDS = "results*.json"


class Attempt(Struct, frozen=True):
    """What was said on the command line: results, filled summaries, and ``figure=value``."""

    records: tuple[Path, ...]
    sheets: tuple[Path, ...]
    typed: tuple[TypedTrial, ...]


def read_attempt(given: Sequence[str]) -> Attempt:
    """Each word is a file that is there, else ``figure=value``. Raises UsageFault for what is neither, and where there
    is nothing to try."""
    records: list[Path] = []
    sheets: list[Path] = []
    typed = []
    for word in given:
        path = Path(word)
        if path.is_dir() and (found := sorted(path.glob(_RECORDS))):
            records += found
        elif path.is_file():
            (records if path.suffix.casefold() == ".json" else sheets).append(path)
        elif _GIVEN.fullmatch(word):
            name, value = re.split("[=＝]", word, maxsplit=1)
            typed.append(TypedTrial(name.strip(), word, value.strip()))
        else:
            raise UsageFault("whatif-neither", found=word)
    if not (sheets or typed):
        raise UsageFault("whatif-nothing")
    return Attempt(tuple(records), tuple(sheets), tuple(typed))


def try_values(
    attempt: Attempt,
    campaign: CampaignSettings | None = None,
    systems: Sequence[str] = (),
    ledger: Place | None = None,
    as_of: str = "",
) -> tuple[TriedSystem, ...]:
    """What each system that a tried figure is of comes to. ``systems`` are those of an office's own, outside a round.

    Raises UsageFault (nothing to go by; a summary of another run, round, system or edition), WhatifFault with every
    fault of what is tried, and as ``read_results``, ``read_runs``, ``load_systems``.
    """
    filled = {sheet.path: sheet for sheet in map(read_whatif, attempt.sheets)}
    records = _records(attempt, campaign, ledger, as_of)
    own = {_match(sheet, records): sheet for sheet in filled.values()}
    if len(own) < len(filled):
        raise UsageFault("whatif-sheets", paths=", ".join(map(str, filled)))
    places = [at for at in range(len(records)) if not own or at in own]
    references = systems or (campaign.systems if campaign else ())
    rounds = [(_Scored.of(records[at], references), own.get(at)) for at in places]
    faults = tell_unknown([one.reader for one, _ in rounds], attempt.typed)
    tried = []
    for one, sheet in rounds:
        mine = one.typed(attempt.typed, sheet)
        values, wrong = one.reader.read(mine)
        faults += wrong
        if mine or sheet:
            tried.append((one, values))
    if faults:
        path = " ".join(dict.fromkeys([*map(str, attempt.sheets), *(one.place for one in attempt.typed)]))
        raise WhatifFault(path, list({fault.words(): fault for fault in faults}.values()))
    return tuple(one.attempt(values) for one, values in tried)


def try_on(record: Results, typed: Sequence[TypedTrial], systems: Sequence[str] = ()) -> TriedSystem:
    """What the system of one record comes to with other values. Raises FiguresFault with every fault of them, else as
    ``try_values``."""
    scored = _Scored.of(record, systems)
    faults = tell_unknown([scored.reader], typed)
    values, wrong = scored.reader.read(scored.typed(typed, None))
    if faults := [*faults, *wrong]:
        raise FiguresFault(faults)
    return scored.attempt(values)


def _records(
    attempt: Attempt, campaign: CampaignSettings | None, ledger: Place | None, as_of: str
) -> tuple[Results, ...]:
    """The records that are named; else those of the ledger that is named or the round's; else those that lie beside a
    filled summary; else those of the ledger where ``collect`` keeps it if nobody says."""
    if attempt.records:
        return tuple(map(read_results, attempt.records))
    beside = [path for sheet in attempt.sheets for path in sorted(sheet.parent.glob(_RECORDS))]
    if beside and not (campaign or ledger):
        return tuple(map(read_results, dict.fromkeys(beside)))
    place = order_look(campaign.path if campaign else None, ledger).ledger
    with read_ledger(place) as opened:
        return tuple(record for _, record in read_runs(opened, parse_moment(as_of) if as_of else ""))


def _match(sheet: FilledSheet, records: Sequence[Results]) -> int:
    """The place of the record that a summary was written from."""
    is_, path = sheet.identity, str(sheet.path)
    same = [(at, one) for at, one in enumerate(records) if one.catalog.id == is_.catalog]
    if not same:
        known = ", ".join(one.catalog.id for one in records)
        raise UsageFault("whatif-other-system", path=path, found=is_.catalog or "—", expected=known)
    here = [(at, one) for at, one in same if (one.city, one.round) == (is_.city, is_.round)]
    if not here:
        told = {"found": f"{is_.city} {is_.round}", "expected": f"{same[0][1].city} {same[0][1].round}"}
        raise UsageFault("whatif-other-round", path=path, **told)
    edition = [(at, one) for at, one in here if one.catalog.version == is_.version]
    if not edition:
        told = {"found": is_.version, "expected": here[0][1].catalog.version}
        raise UsageFault("whatif-other-edition", path=path, **told)
    for at, record in edition:
        if seal_of(record) == is_.seal:
            return at
    raise UsageFault("whatif-other-run", path=path)


class _Scored(Struct, frozen=True):
    """A run of one system, scored again: that is the proof that the rules are those of the run."""

    record: Results
    catalog: Catalog
    merged: Merged
    official: Scores
    reader: Reader

    @classmethod
    def of(cls, record: Results, references: Sequence[str]) -> _Scored:
        catalog = load_recorded(record, references)
        try:
            merged = merged_of(record, catalog)
        except KeyError as error:
            raise _other_rules(record, catalog) from error
        official = score_merged(catalog, merged)
        if not agree(record, official, catalog):
            raise _other_rules(record, catalog)
        return cls(record, catalog, merged, official, Reader(catalog, offer_trials(catalog)))

    def typed(self, typed: Sequence[TypedTrial], sheet: FilledSheet | None) -> list[TypedTrial]:
        """What is tried of this system."""
        return [*(sheet.typed if sheet else ()), *(one for one in typed if self.reader.knows(one.name))]

    def attempt(self, values: Mapping[str, Fraction]) -> TriedSystem:
        trial = self.reader.trials.trial(values)
        tried = Tried(self.catalog, self.official, score_trial(self.catalog, self.merged, trial))
        told = [
            value_tried(self.reader.named(key), self.adopted(key), values[key])
            for key in self.reader.trials.slots
            if key in values
        ]
        return compose_trial(self.record, tried, told)

    def adopted(self, key: str) -> Fraction | None:
        return self.reader.trials.adopted(self.merged, key)


def load_recorded(record: Results, references: Sequence[str]) -> Catalog:
    """The system of a record, as its round has it. Raises UsageFault where nobody says which it is, or where it is
    another edition by now."""
    found = next(find_systems(record, references), None)
    if found is None:
        raise UsageFault("whatif-system", found=record.catalog.id)
    if found.version != record.catalog.version:
        told = {"found": record.catalog.version, "expected": found.version}
        raise UsageFault("whatif-edition", system=found.id, **told)
    return as_scored(record, found)


def _other_rules(record: Results, catalog: Catalog) -> UsageFault:
    return UsageFault("whatif-rules", system=catalog.id, city=record.city, round=record.round)
