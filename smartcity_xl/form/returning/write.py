"""The workbooks that go back, one for each department with something to correct or to confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.form.map import FIGURES
from smartcity_xl.form.returning.answers import GivenBack, give_back
from smartcity_xl.form.returning.problems import UNPLACED, Returned, describe_problems
from smartcity_xl.form.template import (
    CellContent,
    CellPlace,
    Given,
    Issue,
    Mark,
    ReturnNotice,
    Stray,
    Task,
    stamp_template,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Finding, Outcome, Round, Submission
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.open import OpenFinding, OpenWork, open_work


class ReturnPlan(Struct, frozen=True):
    """A workbook that goes back: its name, what it shall say, all of it, and what its list says."""

    name: str
    catalog: Catalog
    assignment: Assignment
    department: str
    issue: Issue
    given: Given
    problems: tuple[Task, ...]

    def write(self) -> bytes:
        """The same plan gives the same bytes."""
        return stamp_template(self.catalog, self.assignment, self.department, self.issue, self.given)


class Unplanned(Struct, frozen=True):
    """A workbook of which nobody can say what it shall say: its name, and our own bug."""

    name: str
    error: Exception

    def write(self) -> bytes:
        raise self.error


def plan_returns(
    outcome: Outcome, until: str = "", records: Sequence[Results] = (), key: bytes = b""
) -> tuple[ReturnPlan | Unplanned, ...]:
    """One workbook for each department whose workbooks leave something open, in the assignment's order.

    ``until`` is the ISO date by which it is wanted back; the round's deadline if left out. ``records`` are those
    of the outcome and of all beside it, where they are known; ``key`` is the round's, if it has one. A department that
    sent nothing has nothing to be given back. A bug of ours costs one department its workbook, and the others get
    theirs.
    """
    if outcome.whole is None:
        return ()
    whole, together = outcome.whole, (outcome, *outcome.beside)
    works = {one.department: one for one in open_work(records or [from_outcome(one) for one in together])}
    plans: list[ReturnPlan | Unplanned] = []
    for number, department in enumerate(whole.assignment.departments, start=1):
        mine = [one for one in whole.submissions if one.department == department]
        work = works.get(department)
        if mine and work and work.findings:
            name = _file_name(whole, number, department, mine)
            found = [Returned(_finding_of(together, one), one) for one in work.findings]
            try:
                plans.append(_plan(outcome, whole, name, work, mine, found, until, key))
            except Exception as error:  # noqa: BLE001 - our own bug, whatever it is: it costs this department's workbook only
                plans.append(Unplanned(name, error))
    return tuple(plans)


def _file_name(whole: Round, number: int, department: str, mine: Sequence[Submission]) -> str:
    name, revision = whole.assignment.name(department), str(max(one.revision for one in mine) + 1)
    return label("file.returned", number=number, department=name, revision=revision)


def _finding_of(together: Sequence[Outcome], one: OpenFinding) -> Finding:
    """The finding behind its record: records tell them in the outcome's order."""
    system, number = one.told[0]
    return together[system].findings[number]


def _plan(
    outcome: Outcome,
    whole: Round,
    name: str,
    work: OpenWork,
    mine: Sequence[Submission],
    found: Sequence[Returned],
    until: str,
    key: bytes,
) -> ReturnPlan:
    catalog, assignment, department = whole.catalog, whole.assignment, work.department
    back = give_back(catalog, assignment, department, mine)
    systems = [one.catalog for one in (outcome, *outcome.beside)]
    problems = tuple(describe_problems(catalog, found, systems, back))
    revision = str(max(one.revision for one in mine) + 1)
    day = until or assignment.deadline
    files = (one.parcel.rpartition("/")[2] for one in mine)
    notice = ReturnNotice(
        _signature(assignment), assignment.name(department), revision, _until(day),
        label("word.separator").join(files), problems, (*back.strays, *_unplaced(found)), _word_points(systems, work),
        work.steps,
    )  # fmt: skip
    marks = dict(_marks(back, problems))
    blank = {
        place: CellContent(None) for place in marks if place not in back.entries and _is_filled_by_hand(whole, place)
    }
    given = Given({**back.entries, **blank}, marks, back.lines, back.rows, notice)
    issue = Issue(outcome.round, assignment.city, day, revision, key)
    return ReturnPlan(name, catalog, assignment, department, issue, given, problems)


def _word_points(systems: Sequence[Catalog], work: OpenWork) -> str:
    """The points held and at stake in each system that asks something of the department."""
    shorts = {catalog.title: catalog.short for catalog in systems}
    several = "_of" if len(work.shares) > 1 else ""
    told = ""
    for share in work.shares:
        kind = "" if share.graded else "_items"
        held, stake = (points if share.graded else str(int(Fraction(points))) for points in (share.held, share.stake))
        told += label(f"notice.held_stake{kind}{several}", system=shorts[share.system], held=held, stake=stake)
    return told


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


def _unplaced(found: Sequence[Returned]) -> Iterator[Stray]:
    """What stood in rows and cells that the workbook does not have."""
    for finding in (one.finding for one in found):
        if finding.code in UNPLACED:
            at, told = finding.origin, finding.parameters
            where = label("notice.in_file", sheet=at.sheet, cell=at.cell, file=at.file.rpartition("/")[2])
            item = told.get("label") or told.get("key") or label("notice.far_item")
            content = told.get("raw", label("notice.far_content") if "raw" not in told else "")
            inside = finding.code in ("row-unknown", "version-row")
            yield Stray(where, item, content, label(f"notice.{'unplaced' if inside else 'outside'}_why"))


def _until(day: str) -> str:
    """Until when, or, where nothing says it, that it is wanted soon."""
    if not day:
        return label("notice.until_open")
    year, month, rest = (int(part) for part in day.split("-"))
    return label("notice.until", day=label("notice.day", year=year, month=month, day=rest))
