"""Data of another time than the one the text asks for in this round (E32): 2019-06 where it says 2018年12月底.

Of a table the date stands in its row of the sheet of figures, for all its rows. Silent where the text names no certain
time; and where the date is blank, or unreadable, which the reader tells. Where several systems ask for several times,
the data must be of one of them. Answers that give the same date where the same is asked share one finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from smartcity_xl.books.windows import Window, read_window
from smartcity_xl.catalog.combine import ASKED_TWICE
from smartcity_xl.model import Assignment, Catalog, Finding, Origin, State, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    outside: dict[tuple[str, str], list[_Dated]] = {}
    for dated in _dated(catalog, submission):
        given, named = read_window(dated.as_of), [read_window(one) for one in dated.asked.split(ASKED_TWICE)]
        due = [window for window in named if window]
        if given and due == named and not any(_fits(given, window) for window in due):
            outside.setdefault((dated.as_of, dated.asked), []).append(dated)
    for (as_of, asked), answers in outside.items():
        first, keys = answers[0], tuple(dated.key for dated in answers)
        parameters = {"label": first.label, "number": str(len(keys)), "raw": as_of, "asked": asked}
        yield Finding("date-outside", first.at, submission.department, first.key, parameters=parameters, concerns=keys)


class _Dated(Struct, frozen=True):
    """An answer or a table that has a value and a date: slot or figure, what it is called, the date, the time that the
    text asks for, and where the date stands."""

    key: str
    label: str
    as_of: str
    asked: str
    at: Origin


def _dated(catalog: Catalog, submission: Submission) -> Iterator[_Dated]:
    for key, answer in submission.answers.items():
        if answer.state is State.VALUE and answer.as_of:
            slot = catalog.slots[key]
            at = Origin(answer.origin.file, answer.origin.sheet, answer.as_of_cell or answer.origin.cell)
            yield _Dated(key, slot.label, answer.as_of, catalog.figures[slot.figure].as_of, at)
    for key, table in submission.tables.items():
        if table.state is State.VALUE and table.as_of:
            figure = catalog.figures[key]
            yield _Dated(key, figure.label, table.as_of, figure.as_of, table.dated_at or table.origin)


def _fits(given: Window, due: Window) -> bool:
    """Whether data of one time can stand for another. A date may be coarser than what is asked (2018 for its end); a
    stretch of time must end where it is asked, and begin no earlier than the first year asked."""
    if given.ranged:
        return due.first <= given.last <= due.last and given.first.year >= due.first.year
    return given.first <= due.last and due.first <= given.last
