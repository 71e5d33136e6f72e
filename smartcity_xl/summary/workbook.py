"""The summary workbook: the first page, the contents, the breakdown, the data adopted, and all that was received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from smartcity_xl.books.garbage import without_a_search
from smartcity_xl.books.identity import LAYOUT, SUMMARY_KIND
from smartcity_xl.books.pages import Book, write_identity
from smartcity_xl.catalog.score_tree import TOTAL
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.past import NO_PAST, Past
from smartcity_xl.results.recalled import seal_of
from smartcity_xl.summary.adopted import AdoptedPlan, first_means, plan_adopted, write_adopted
from smartcity_xl.summary.answers import GivenAnswer, first_rows, plan_answers, write_answers
from smartcity_xl.summary.bands import ListBand
from smartcity_xl.summary.breakdown import BreakdownPlan, plan_breakdown, write_breakdown
from smartcity_xl.summary.contents import write_contents
from smartcity_xl.summary.corrections import write_corrections
from smartcity_xl.summary.decisions import rows_of_conflicts, write_decisions
from smartcity_xl.summary.departments import write_departments
from smartcity_xl.summary.documents import rows_of_evidence, write_evidence, write_people, write_written
from smartcity_xl.summary.files import write_files
from smartcity_xl.summary.findings import first_findings, write_findings
from smartcity_xl.summary.front import WIDTHS, Front
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.methods import plan_methods, rows_of_methods, write_methods
from smartcity_xl.summary.notes import write_notes
from smartcity_xl.summary.overview import write_overview
from smartcity_xl.summary.places import CONTENTS, Places, spot
from smartcity_xl.summary.rows import write_rows
from smartcity_xl.summary.rulings import write_rulings
from smartcity_xl.summary.steps import has_steps, write_steps
from smartcity_xl.summary.whatif import START, write_whatif
from smartcity_xl.summary.whatif_form import WHATIF


@without_a_search
def write_summary(
    outcome: Outcome,
    together: Sequence[Outcome] = (),
    record: Results | None = None,
    past: Past = NO_PAST,
    beside: Mapping[str, str] | None = None,
) -> bytes:
    """The office's workbook; ``together`` are the outcomes of all systems of the campaign, ``record`` is its own
    record, where it is known, ``past`` what that is seen against, and ``beside`` the way from the workbook to the files
    that came, by their names, for those that links may open.

    Scores are live formulas over the data adopted; the same outcome gives the same bytes.
    """
    book = Book(label("overview.title", city=outcome.assignment.city, round=outcome.round))
    record = record or from_outcome(outcome)
    adopted, breakdown = plan_adopted(outcome), plan_breakdown(outcome)
    answers, methods = plan_answers(outcome), plan_methods(outcome)
    places = _find_places(outcome, record, adopted, breakdown, answers)
    places = replace(places, methods={code: spot("methods", row) for code, row in rows_of_methods(methods)},
                     beside=beside or {})  # fmt: skip
    page = book.page(label("sheet.overview"), WIDTHS)
    write_overview(Front(page, outcome, record, breakdown, together, past, places))
    write_contents(book, outcome.catalog, places)
    write_breakdown(book, outcome, breakdown, places, record)
    write_adopted(book, outcome, adopted, places)
    if adopted.tables:
        write_rows(book, outcome, adopted, places)
    write_whatif(book, outcome, breakdown, places)
    write_answers(book, outcome, answers, places)
    write_findings(book, outcome, places)
    if has_steps(record):
        write_steps(book, record, places)
    if _decides(outcome):
        write_decisions(book, outcome, places)
    if outcome.corrections:
        write_corrections(book, outcome, places)
    write_departments(book, outcome.catalog.graded, record.departments, places)
    write_people(book, outcome, places)
    write_evidence(book, outcome, places)
    write_written(book, outcome, places)
    write_files(book, outcome, places)
    if outcome.rulings.made:
        write_rulings(book, outcome, places)
    write_methods(book, outcome, methods, places)
    write_notes(book, outcome)
    write_identity(book, _identity(outcome, record).items())
    return book.close()


def _decides(outcome: Outcome) -> bool:
    return bool(outcome.merged.conflicts or outcome.merged.lapsed)


def _sheets(outcome: Outcome, record: Results, adopted: AdoptedPlan) -> tuple[str, ...]:
    """The sheets that there are, in their order."""
    there = {
        "rows": bool(adopted.tables), "steps": has_steps(record), "decisions": _decides(outcome),
        "corrections": bool(outcome.corrections), "rulings": bool(outcome.rulings.made),
    }  # fmt: skip
    names = (
        "overview", CONTENTS, "breakdown", "adopted", "rows", "whatif", "answers", "findings", "steps", "decisions",
        "corrections", "departments", "people", "evidence", "written", "files", "rulings", "methods", "notes",
    )  # fmt: skip
    return tuple(name for name in names if there.get(name, True))


def _find_places(
    outcome: Outcome,
    record: Results,
    adopted: AdoptedPlan,
    breakdown: BreakdownPlan,
    answers: tuple[ListBand | GivenAnswer, ...],
) -> Places:
    """Where everything stands that other sheets lead to."""
    there = {name: row for name, row in breakdown.rows.items() if name != TOTAL or outcome.catalog.graded}
    tables = first_means(adopted.means)
    cells = {(at.file, at.sheet, at.cell): spot("evidence", row) for at, row in rows_of_evidence(outcome)}
    for row, line in enumerate(answers, start=FIRST_ROW):
        if isinstance(line, GivenAnswer):
            at = line.answer.origin
            cells[at.file, at.sheet, at.cell] = spot("answers", row)
    return Places(
        sheets={name: START if name == WHATIF else spot(name, 0) for name in _sheets(outcome, record, adopted)},
        scores={name: spot("breakdown", row) for name, row in there.items()},
        data={name: spot("adopted", row) for name, row in adopted.data.items()},
        slots={key: spot("adopted", row) for key, row in {**adopted.slots, **tables}.items()},
        given={key: spot("answers", row) for key, row in first_rows(answers).items()},
        findings={code: spot("findings", row) for code, row in first_findings(outcome).items()},
        conflicts={subject: spot("decisions", row) for subject, row in rows_of_conflicts(outcome)},
        departments={one.key: spot("departments", at) for at, one in enumerate(record.departments, FIRST_ROW)},
        files={one.parcel: spot("files", at) for at, one in enumerate(outcome.receipts, FIRST_ROW)},
        cells=cells,
    )


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
