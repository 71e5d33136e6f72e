"""The summary workbook: overview, breakdown, the data adopted, and all that was received."""

from __future__ import annotations

from collections.abc import Sequence

from smartcity_xl.books.identity import LAYOUT, SUMMARY_KIND
from smartcity_xl.books.pages import Book, write_identity
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.recalled import seal_of
from smartcity_xl.summary.adopted import plan_adopted, write_adopted, write_rows
from smartcity_xl.summary.breakdown import plan_breakdown, write_breakdown
from smartcity_xl.summary.documents import write_evidence, write_people, write_written
from smartcity_xl.summary.lists import (
    write_answers,
    write_corrections,
    write_decisions,
    write_departments,
    write_files,
    write_findings,
    write_methods,
)
from smartcity_xl.summary.overview import write_overview
from smartcity_xl.summary.rulings import write_rulings
from smartcity_xl.summary.whatif import write_whatif


def write_summary(outcome: Outcome, together: Sequence[Outcome] = (), record: Results | None = None) -> bytes:
    """The office's workbook; ``together`` are the outcomes of all systems of the campaign, ``record`` is its own
    record, where it is known.

    Scores are live formulas over the data adopted; the same outcome gives the same bytes.
    """
    book = Book(label("overview.title", city=outcome.assignment.city, round=outcome.round))
    record = record or from_outcome(outcome)
    departments = record.departments
    adopted, breakdown = plan_adopted(outcome), plan_breakdown(outcome)
    write_overview(book, outcome, departments, breakdown, together)
    write_breakdown(book, outcome, breakdown, adopted)
    write_adopted(book, outcome, adopted)
    write_rows(book, outcome, adopted)
    write_whatif(book, outcome, breakdown, adopted)
    write_methods(book, outcome)
    write_findings(book, outcome)
    if outcome.merged.conflicts or outcome.merged.lapsed:
        write_decisions(book, outcome)
    write_departments(book, outcome, departments)
    write_people(book, outcome)
    if outcome.corrections:
        write_corrections(book, outcome)
    write_answers(book, outcome)
    write_evidence(book, outcome)
    write_written(book, outcome)
    write_files(book, outcome)
    if outcome.rulings.made:
        write_rulings(book, outcome)
    write_identity(book, _identity(outcome, record).items())
    return book.close()


def _identity(outcome: Outcome, record: Results) -> dict[str, str]:
    """Which run a summary shows: a copy of it, filled, says so of what is tried."""
    return {
        "kind": SUMMARY_KIND,
        "catalog": outcome.catalog.id,
        "version": outcome.catalog.version,
        "assignment": outcome.assignment.id,
        "round": outcome.round,
        "city": outcome.assignment.city,
        "layout": LAYOUT,
        "seal": seal_of(record),
    }
