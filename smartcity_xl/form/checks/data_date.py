"""Data of another time than the one the text asks for (E32): 2019-06 where it says 2018年12月底.

Silent where the text names no certain time, or a time that is not of this round; and where the date is blank, or
unreadable, which the reader tells. Answers that give the same date where the same is asked share one finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smartcity_xl.books.windows import Window, read_window
from smartcity_xl.model import Answer, Assignment, Catalog, Finding, Origin, State, Submission

_YEAR = re.compile(r"\d{4}", re.ASCII)


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    outside: dict[tuple[str, str], list[Answer]] = {}
    for key, answer in submission.answers.items():
        if answer.state is State.VALUE and answer.as_of:
            asked = catalog.figures[catalog.slots[key].figure].as_of
            due, given = read_window(asked), read_window(answer.as_of)
            if due and given and _of_round(due, submission.identity.round) and not _fits(given, due):
                outside.setdefault((answer.as_of, asked), []).append(answer)
    for (as_of, asked), answers in outside.items():
        first, keys = answers[0], tuple(answer.slot for answer in answers)
        parameters = {"label": catalog.slots[first.slot].label, "number": str(len(keys)), "raw": as_of, "asked": asked}
        at = Origin(first.origin.file, first.origin.sheet, first.as_of_cell or first.origin.cell)
        yield Finding("date-outside", at, submission.department, first.slot, parameters=parameters, concerns=keys)


def _of_round(window: Window, round_: str) -> bool:
    """Whether a time that a text names is one of this round; texts name the year they were written for."""
    year = _YEAR.search(round_)
    return year is None or int(year.group()) == window.last.year


def _fits(given: Window, due: Window) -> bool:
    """Whether data of one time can stand for another. A date may be coarser than what is asked (2018 for its end); a
    stretch of time must end where it is asked, and begin no earlier than the first year asked."""
    if given.ranged:
        return due.first <= given.last <= due.last and given.first.year >= due.first.year
    return given.first <= due.last and due.first <= given.last
