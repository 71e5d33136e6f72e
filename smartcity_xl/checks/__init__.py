"""What is wrong with a submission's answers: one rule a file, in an explicit order.

A check takes ``(catalog, assignment, submission)`` and yields findings. An answer with a finding of severity
ERROR does not count; one with a QUERY counts, and a person should look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from smartcity_xl.checks import (
    not_applicable,
    part_of_whole,
    required,
    same_value,
    share_scale,
    unit_scale,
    valid_range,
    whole_number,
)
from smartcity_xl.messages import severity
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Finding,
    Origin,
    Severity,
    State,
    Submission,
    TableAnswer,
    TableRow,
)

Check = Callable[[Catalog, Assignment, Submission], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    required.check,
    not_applicable.check,
    unit_scale.check,
    valid_range.check,
    whole_number.check,
    share_scale.check,
    part_of_whole.check,
    same_value.check,
)


def check_submission(catalog: Catalog, assignment: Assignment, submission: Submission) -> Submission:
    """The submission with every finding, and with the answers that do not count marked unreadable.

    An answer that one check refuses is no number to the checks after it.
    """
    for check in CHECKS:
        found = tuple(check(catalog, assignment, submission))
        barred = {finding.origin for finding in found if severity(finding.code) is Severity.ERROR}
        submission = replace(submission, findings=(*submission.findings, *found))
        if barred:
            submission = _settle(submission, barred)
    return submission


def _settle(submission: Submission, barred: set[Origin]) -> Submission:
    """The submission with the answers that stand at these places marked unreadable."""

    def settle(answer: Answer) -> Answer:
        if answer.state is State.VALUE and answer.origin in barred:
            return replace(answer, state=State.UNREADABLE, value=None)
        return answer

    def settle_table(table: TableAnswer) -> TableAnswer:
        rows = tuple(TableRow(r.name, {key: settle(cell) for key, cell in r.cells.items()}) for r in table.rows)
        sound = all(cell.state is State.VALUE for row in rows for cell in row.cells.values())
        state = State.UNREADABLE if table.state is State.VALUE and not sound else table.state
        return replace(table, rows=rows, state=state)

    return replace(
        submission,
        answers={key: settle(answer) for key, answer in submission.answers.items()},
        tables={key: settle_table(table) for key, table in submission.tables.items()},
    )


__all__ = ["CHECKS", "Check", "check_submission"]
