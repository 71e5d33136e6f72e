"""What is wrong with a submission: one rule a file, in an explicit order.

A check of answers takes ``(catalog, assignment, submission)``, a check of sheets takes a ``Look`` at the workbook they
came in; both yield findings. An answer with a finding of severity ERROR (强制性) does not count. One with a QUERY
(核实性) counts: the department may explain it beside the answer, else a person should look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace

from smartcity_xl.books.opener import OpenWorkbook
from smartcity_xl.form.alike import gather_alike
from smartcity_xl.form.checks import (
    data_date,
    drawn,
    evidence,
    hidden_values,
    jump,
    locked_cells,
    macros,
    mark_decimals,
    merged,
    moved,
    not_applicable,
    notes,
    part_of_whole,
    pasted_over,
    people,
    required,
    same_value,
    share_scale,
    stale,
    twice,
    unit_scale,
    valid_range,
    whole_number,
)
from smartcity_xl.form.checks.look import Look
from smartcity_xl.messages import severity
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Finding,
    Severity,
    State,
    Submission,
    TableAnswer,
    TableRow,
)
from smartcity_xl.results.earlier import NO_PREVIOUS, EarlierValues

Check = Callable[[Catalog, Assignment, Submission], Iterator[Finding]]
SheetCheck = Callable[[Look], Iterator[Finding]]

SHEET_CHECKS: tuple[SheetCheck, ...] = (
    locked_cells.check,
    pasted_over.check,
    hidden_values.check,
    notes.check,
    drawn.check,
    moved.check,
    merged.check,
    twice.check,
    stale.check,
    macros.check,
)

CHECKS: tuple[Check, ...] = (
    required.check,
    not_applicable.check,
    unit_scale.check,
    valid_range.check,
    whole_number.check,
    mark_decimals.check,
    share_scale.check,
    part_of_whole.check,
    same_value.check,
    data_date.check,
    evidence.check,
    people.check,
)


def check_workbook(
    catalog: Catalog,
    assignment: Assignment,
    book: OpenWorkbook,
    submission: Submission,
    previous: EarlierValues = NO_PREVIOUS,
) -> Submission:
    """A workbook as read, with every finding about its sheets and its answers. Raises Refused."""
    look = Look(catalog, assignment, book)
    found = [finding for check in SHEET_CHECKS for finding in check(look)]
    return check_submission(catalog, assignment, replace(submission, findings=(*submission.findings, *found)), previous)


def check_submission(
    catalog: Catalog, assignment: Assignment, submission: Submission, previous: EarlierValues = NO_PREVIOUS
) -> Submission:
    """The submission with every finding, with the answers that do not count marked unreadable, and with what the
    department says to its queries.

    An answer that one check refuses is no number to the checks after it.
    """
    submission = _settle(submission, submission.findings)
    checks: tuple[Check, ...] = (*CHECKS, partial(jump.check, previous=previous))
    for check in checks:
        if found := tuple(check(catalog, assignment, submission)):
            submission = replace(_settle(submission, found), findings=(*submission.findings, *found))
    return replace(submission, findings=gather_alike(_explain(submission, finding) for finding in submission.findings))


def _explain(submission: Submission, finding: Finding) -> Finding:
    """A query about an answer, with the explanation that stands in the answer's row, if one does."""
    if severity(finding.code) is not Severity.QUERY or finding.explanation:
        return finding
    answer = submission.answers.get(finding.figure) or submission.tables.get(finding.figure.partition(".")[0])
    return replace(finding, explanation=answer.explanation) if answer and answer.explanation else finding


def _settle(submission: Submission, findings: tuple[Finding, ...]) -> Submission:
    """The submission with the answers that a finding says must be corrected marked unreadable."""
    errors = [finding for finding in findings if severity(finding.code) is Severity.ERROR]
    barred = {finding.origin for finding in errors}
    figures = {finding.figure for finding in errors}
    if not barred:
        return submission

    def settle(answer: Answer) -> Answer:
        if answer.state is State.VALUE and answer.origin in barred:
            return replace(answer, state=State.UNREADABLE, value=None)
        return answer

    def settle_table(table: TableAnswer) -> TableAnswer:
        rows = tuple(TableRow(r.name, {key: settle(cell) for key, cell in r.cells.items()}) for r in table.rows)
        sound = table.figure not in figures and all(
            cell.state is State.VALUE for row in rows for cell in row.cells.values()
        )
        state = State.UNREADABLE if table.state is State.VALUE and not sound else table.state
        return replace(table, rows=rows, state=state)

    return replace(
        submission,
        answers={key: settle(answer) for key, answer in submission.answers.items()},
        tables={key: settle_table(table) for key, table in submission.tables.items()},
    )


__all__ = ["CHECKS", "SHEET_CHECKS", "Check", "Look", "SheetCheck", "check_submission", "check_workbook"]
