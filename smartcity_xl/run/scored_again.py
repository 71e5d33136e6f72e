"""The system of a record, found again, and the record's answers scored by it: proof that the rules are those of the
run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.catalog.load import catalog_ids
from smartcity_xl.errors import XlscoreError
from smartcity_xl.model import Catalog, Period, Scores
from smartcity_xl.office.campaign import read_period
from smartcity_xl.results import Results
from smartcity_xl.results.recalled import merged_of, settings_of
from smartcity_xl.results.scored_run import Rules
from smartcity_xl.results.shown import exact, two
from smartcity_xl.run.systems import load_systems, settle
from smartcity_xl.score.scoring import score_merged


def find_systems(record: Results, references: Sequence[str]) -> Iterator[Catalog]:
    """The systems of a record's id, as they are written: those that are named, then the built-in one. Raises as
    ``load_systems``."""
    named = (load_systems([reference]) for reference in dict.fromkeys(references))
    yield from (catalog for catalog in named if catalog.id == record.catalog.id)
    if record.catalog.id in catalog_ids():
        yield load_systems([record.catalog.id])


def period_of(record: Results) -> Period | None:
    """The time that a record's round evaluated; None where it does not say."""
    return read_period(record.terms.period)


def as_scored(record: Results, written: Catalog) -> Catalog:
    """The system as the record's round has it: its settings and its dates."""
    return settle(written, settings_of(record), period_of(record))


def agree(record: Results, scores: Scores, catalog: Catalog) -> bool:
    """Whether a record says what its answers come to by these rules."""
    was = {one.code: (one.standing, one.mark, one.points) for one in record.indicators}
    now = {s.indicator.code: (s.standing, exact(s.mark), exact(s.points)) for s in scores.indicators}
    total = record.total.score if record.total else None
    return was == now and total == (two(scores.total) if catalog.graded else None)


def find_rules(record: Results, named: Sequence[str], around: Sequence[str] = ()) -> Rules | None:
    """The rules of a record: those of the systems ``named``, ``around`` it, or built in, of which the first of the
    record's own edition counts by which its answers come to the scores that it holds. None where none does.

    Raises as ``load_systems`` for those that are named; others that cannot be read are passed over.
    """
    for written in (*find_systems(record, named), *_found_around(record, around)):
        if written.version != record.catalog.version:
            continue
        catalog = as_scored(record, written)
        try:
            merged = merged_of(record, catalog)
        except KeyError:
            continue
        if agree(record, score_merged(catalog, merged), catalog):
            return Rules(written, catalog, merged)
    return None


def _found_around(record: Results, references: Sequence[str]) -> Iterator[Catalog]:
    for reference in references:
        try:
            yield from find_systems(record, [reference])
        except XlscoreError:
            continue
