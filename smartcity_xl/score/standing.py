"""Where a department stands: what it has answered, and the points that wait for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from smartcity_xl.catalog.duties import is_drawn_in, is_required
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    DepartmentStatus,
    Finding,
    Held,
    Indicator,
    Merged,
    Origin,
    Scores,
    Standing,
    State,
    Submission,
    TableAnswer,
)
from smartcity_xl.score.stakes import points_of


def find_standings(
    catalog: Catalog,
    assignment: Assignment,
    submissions: Sequence[Submission],
    surveys: Iterable[Submission],
    merged: Merged,
    scores: Scores,
) -> tuple[DepartmentStatus, ...]:
    """Every department that is asked for anything, in the order of the assignment. What a survey has answered nobody
    is asked for any more."""
    surveyed = {slot for one in surveys for slot in one.answers}
    held = points_held(catalog, assignment, merged, scores)
    return tuple(
        _stand(catalog, assignment, department, submissions, surveyed, held[department])
        for department in assignment.departments
        if any(assignment.figures_for(department))
    )


def tell_standings(assignment: Assignment, standings: Iterable[DepartmentStatus]) -> Iterator[Finding]:
    """Departments that have not reported, then those of which several workbooks stand side by side."""
    known = tuple(standings)
    for one in known:
        if not one.reported and one.asked:
            key, name = one.department.key, one.department.name
            parameters = {"department": name, "number": str(one.asked)}
            concerns = tuple(assignment.figures_for(key))
            yield Finding("department-missing", Origin(""), key, parameters=parameters, concerns=concerns)
    for one in known:
        if len(one.files) > 1:
            parameters = {"department": one.department.name, "files": label("word.separator").join(one.files)}
            yield Finding("several-workbooks", Origin(one.files[0]), one.department.key, parameters=parameters)


def _stand(
    catalog: Catalog,
    assignment: Assignment,
    department: str,
    submissions: Sequence[Submission],
    surveyed: Collection[str],
    held: Held,
) -> DepartmentStatus:
    """Where one department stands. ``surveyed`` are the slots that a survey has answered."""
    mine = [submission for submission in submissions if submission.department == department]
    figures = [catalog.figures[key] for key in assignment.figures_for(department)]
    required = [figure for figure in figures if is_required(assignment, figure, department)]
    slots = [slot.key for figure in required for slot in figure.slots if slot.key not in surveyed]
    tables = [figure.key for figure in required if figure.columns]
    filled = sum(any(_is_answered(s.answers.get(key)) for s in mine) for key in slots)
    filled += sum(any(_is_answered(s.tables.get(key)) for s in mine) for key in tables)
    files = tuple(submission.parcel for submission in mine)
    return DepartmentStatus(assignment.departments[department], files, filled, len(slots) + len(tables), held)


def _is_answered(answer: Answer | TableAnswer | None) -> bool:
    return answer is not None and answer.answered


def points_held(catalog: Catalog, assignment: Assignment, merged: Merged, scores: Scores) -> Mapping[str, Held]:
    """The points that each department keeps back: those of the indicators without a score that wait for an answer of
    its, each once. Several departments may hold the same points. A figure that does not apply is held by nobody, once
    the reason is given.
    """
    waiting: dict[str, list[Indicator]] = {department: [] for department in assignment.departments}
    for score in scores.indicators:
        code = score.indicator.code
        waited = dict.fromkeys(one for key in score.open for one in _holders(catalog, assignment, merged, key))
        drawn = [one for one in waited if is_drawn_in(catalog, assignment, one, code)]
        holders = drawn if drawn or not waited else [assignment.office]
        for department in holders:
            waiting[department].append(score.indicator)
    return {
        department: Held(sum((points_of(catalog, i) for i in mine), Fraction(0)), tuple(i.code for i in mine))
        for department, mine in waiting.items()
    }


def _holders(catalog: Catalog, assignment: Assignment, merged: Merged, key: str) -> Iterable[str]:
    """The departments whose answer an unsettled slot or table waits for."""
    figure = catalog.figures[key.partition(".")[0]]
    item = merged.tables[key] if key in merged.tables else merged.slots[key]
    said: dict[str, set[State]] = {}
    for answer in item.answers:
        said.setdefault(answer.department, set()).add(answer.state)
    answered = {answer.department for answer in item.answers if answer.answered}
    if item.standing is Standing.CONFLICT:
        return [department for department, states in said.items() if State.VALUE in states]

    def waits(department: str) -> bool:
        """Whether its answer cannot be read, lacks the reason that it needs, or is not there."""
        states = said.get(department, set())
        if State.UNREADABLE in states or department in answered:
            return State.UNREADABLE in states
        return State.NOT_APPLICABLE in states or is_required(assignment, figure, department)

    return [department for department in assignment.asked[figure.key] if waits(department)]
