"""The workbooks that go back, one for each department with something to correct or to confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smartcity_xl.form.map import FIGURES
from smartcity_xl.form.returning.answers import GivenBack, give_back
from smartcity_xl.form.returning.problems import UNPLACED, describe_problems, open_findings
from smartcity_xl.form.template import (
    CellContent,
    CellPlace,
    Given,
    Issue,
    Mark,
    ReturnNotice,
    Stray,
    Task,
    write_template,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Finding, Outcome, Round, Submission


@dataclass(frozen=True, slots=True)
class Return:
    """A workbook that goes back: its department, its name and bytes, and what its list says."""

    department: str
    name: str
    data: bytes
    revision: str
    problems: tuple[Task, ...]


def write_returns(outcome: Outcome, until: str = "") -> tuple[Return, ...]:
    """One workbook for each department whose workbooks leave something open, in the assignment's order.

    ``until`` is the ISO date by which it is wanted back; the assignment's deadline if left out. A department that sent
    nothing has nothing to be given back. The same outcome gives the same bytes.
    """
    if outcome.whole is None:
        return ()
    whole = outcome.whole
    returns = []
    for number, department in enumerate(whole.assignment.departments, start=1):
        mine = [one for one in whole.submissions if one.department == department]
        if mine and (found := open_findings(outcome, department)):
            returns.append(_return(outcome, whole, number, department, mine, found, until))
    return tuple(returns)


def _return(
    outcome: Outcome,
    whole: Round,
    number: int,
    department: str,
    mine: Sequence[Submission],
    found: Sequence[tuple[Finding, tuple[Outcome, ...]]],
    until: str,
) -> Return:
    catalog, assignment = whole.catalog, whole.assignment
    back = give_back(catalog, assignment, department, mine)
    problems = tuple(describe_problems(catalog, found, back))
    revision = str(max(one.revision for one in mine) + 1)
    day = until or assignment.deadline
    files = (one.parcel.rpartition("/")[2] for one in mine)
    notice = ReturnNotice(
        _signature(assignment), assignment.name(department), revision, _in_words(day),
        label("word.separator").join(files), problems, (*back.strays, *_unplaced(found)),
    )  # fmt: skip
    marks = dict(_marks(back, problems))
    blank = {
        place: CellContent(None) for place in marks if place not in back.entries and _is_filled_by_hand(whole, place)
    }
    given = Given({**back.entries, **blank}, marks, back.lines, back.rows, notice)
    issue = Issue(outcome.round, assignment.city, day, revision)
    name = label("file.returned", number=number, department=assignment.name(department), revision=revision)
    data = write_template(catalog, assignment, department, issue, given)
    return Return(department, name, data, revision, problems)


def _signature(assignment: Assignment) -> str:
    """Who returns the workbook: the office by name, or, where it answers nothing itself, those who are reported to."""
    office = assignment.departments.get(assignment.office)
    return office.name if office else label("word.separator").join(assignment.recipients)


def _is_filled_by_hand(whole: Round, place: CellPlace) -> bool:
    """Whether a cell is the clerk's: a fixed value and the pointer to a table are not, and a unit stays as printed."""
    slot = whole.catalog.slots.get(place.key)
    if place.role == FIGURES and place.column == "value":
        return slot is not None and slot.fixed is None
    return place.column != "unit"


def _marks(back: GivenBack, problems: Sequence[Task]) -> Iterator[tuple[CellPlace, Mark]]:
    """One mark for each cell, with all that is to be said there, the gravest first."""
    places: dict[CellPlace, list[Task]] = {}
    for problem in problems:
        if problem.place:
            places.setdefault(problem.place, []).append(problem)
    for place, mine in places.items():
        notes = [_note(problem) for problem in mine]
        notes += [back.notes[place]] if place in back.notes else []
        yield place, Mark(any(problem.must for problem in mine), "\n".join(notes))


def _note(problem: Task) -> str:
    level = label("severity.error" if problem.must else "severity.query")
    lines = [label("notice.mark", level=level, found=problem.found)]
    if problem.expected:
        lines.append(label("notice.mark_expected", expected=problem.expected))
    return "\n".join((*lines, label("notice.mark_todo", todo=problem.todo)))


def _unplaced(found: Sequence[tuple[Finding, tuple[Outcome, ...]]]) -> Iterator[Stray]:
    """What stood in rows and cells that the workbook does not have."""
    for finding, _ in found:
        if finding.code in UNPLACED:
            at, told = finding.origin, finding.parameters
            where = label("notice.in_file", sheet=at.sheet, cell=at.cell, file=at.file.rpartition("/")[2])
            item = told.get("label") or told.get("key") or label("notice.far_item")
            content = told.get("raw", label("notice.far_content") if "raw" not in told else "")
            inside = finding.code in ("row-unknown", "version-row")
            yield Stray(where, item, content, label(f"notice.{'unplaced' if inside else 'outside'}_why"))


def _in_words(day: str) -> str:
    year, month, rest = (int(part) for part in day.split("-"))
    return label("notice.day", year=year, month=month, day=rest)
