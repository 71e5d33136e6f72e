"""The findings that concern a department -> what its clerk must correct or confirm, and where in the workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, TABLE, TABLE_NAME
from smartcity_xl.form.people import field_name
from smartcity_xl.form.returning.answers import GivenBack
from smartcity_xl.form.template import CellPlace, Task
from smartcity_xl.messages import label, severity, word_finding, words
from smartcity_xl.model import Catalog, Finding, Kind, Origin, Outcome, Severity
from smartcity_xl.rules.exact import shown
from smartcity_xl.score.stakes import stake_of

_BESIDE = {"date-unreadable": "as_of", "date-outside": "as_of", "unit-unknown": "unit", "unit-blank": "unit"}
"""Findings about a cell beside the value."""
UNPLACED = frozenset({"row-unknown", "version-row", "far-cell", "outside-form"})
"""Findings about something that has no place in the workbook."""


def open_findings(outcome: Outcome, department: str) -> list[tuple[Finding, tuple[Outcome, ...]]]:
    """What a department must correct or explain, each once, with the systems that it bears on."""
    found: dict[tuple[object, ...], tuple[Finding, list[Outcome]]] = {}
    for one in (outcome, *outcome.beside):
        for finding in one.findings:
            if _is_open(finding) and department in _concerned(one, finding):
                key = (finding.code, finding.origin, finding.figure, *sorted(finding.parameters.items()))
                found.setdefault(key, (finding, []))[1].append(one)
    return [(finding, tuple(systems)) for finding, systems in found.values()]


def _is_open(finding: Finding) -> bool:
    """Whether a department can do something about it, and has not: a finding without a task is the office's, and one
    that the department has explained is for the office to judge."""
    return severity(finding.code) is not Severity.INFO and not finding.explanation and bool(_task(finding.code))


def _task(code: str) -> str:
    """What a clerk is told to do; "" for what is not a department's business."""
    task: str = words("todo").get(code, words("todo")["other"])
    return task


def _concerned(outcome: Outcome, finding: Finding) -> set[str]:
    """The departments that must act: of a conflict, all that have taken a side."""
    if finding.code != "conflict":
        return {finding.department}
    mine = [one for one in outcome.merged.conflicts if one.figure == finding.figure and one.state == "open"]
    return {answer.department for one in mine for side in one.sides for answer in side.answers}


def describe_problems(
    catalog: Catalog, found: Sequence[tuple[Finding, tuple[Outcome, ...]]], back: GivenBack
) -> list[Task]:
    """The list of what is to be done: what must be corrected first, then by the points that hang on it."""
    rows = {_row(origin): place for origin, place in back.places.items() if origin.cell}
    people = {field_name(key): CellPlace(COVER, key, "value") for key in PEOPLE}
    listed = []
    for finding, systems in found:
        if finding.code in UNPLACED:
            continue
        place = _place(catalog, finding, back, rows) or people.get(finding.parameters.get("field", ""))
        said, points = word_finding(finding), list(_stakes(finding, systems))
        must = severity(finding.code) is Severity.ERROR
        where = " ".join(filter(None, (finding.origin.sheet or finding.origin.file.rpartition("/")[2],)))
        problem = Task(
            place, where, _item(catalog, finding), must, said.found, said.expected, _task(finding.code),
            label("word.list").join(text for text, _ in points),
        )  # fmt: skip
        listed.append((not must, -sum((value for _, value in points), Fraction(0)), problem))
    return [problem for *_, problem in sorted(listed, key=lambda entry: entry[:2])]


def _row(origin: Origin) -> tuple[str, str, str]:
    return (origin.file, origin.sheet, re.sub(r"\D", "", origin.cell))


def _place(
    catalog: Catalog, finding: Finding, back: GivenBack, rows: Mapping[tuple[str, str, str], CellPlace]
) -> CellPlace | None:
    """The cell that a finding is about, in the workbook that goes back."""
    place = back.places.get(finding.origin) if finding.origin.cell else None
    place = place or rows.get(_row(finding.origin))
    if finding.code == "evidence-missing":
        return CellPlace(EVIDENCE, f"{finding.indicator}#1", "file")
    figure = catalog.figures.get(finding.figure.partition(".")[0])
    if finding.figure in catalog.slots and (place is None or place.role != FIGURES or place.key != finding.figure):
        place = CellPlace(FIGURES, finding.figure, "value")  # a conflict stands in another department's file
    elif figure and figure.kind is Kind.TABLE and (place is None or place.role == FIGURES):
        return CellPlace(f"{TABLE}:{figure.key}", "1", TABLE_NAME)
    if place and place.role == FIGURES:
        return CellPlace(FIGURES, place.key, _BESIDE.get(finding.code, "value"))
    if place and finding.origin not in back.places and place.role.startswith(TABLE):
        return CellPlace(place.role, place.key, TABLE_NAME)
    return place


def _item(catalog: Catalog, finding: Finding) -> str:
    """What a problem is about, in words."""
    figure = catalog.figures.get(finding.figure.partition(".")[0])
    slot = catalog.slots.get(finding.figure)
    name = slot.label if slot else figure.label if figure else finding.parameters.get("field", "")
    codes = catalog.used_by.get(figure.key, ()) if figure else (finding.indicator,)
    return "　".join(filter(None, (*codes[:1], name)))


def _stakes(finding: Finding, systems: Sequence[Outcome]) -> Iterator[tuple[str, Fraction]]:
    """The points that hang on a finding, system by system, in words and as a number."""
    for one in systems:
        points = stake_of(one.catalog, finding)
        if points and one.catalog.graded:
            wording = "system_points" if len(systems) > 1 else "points"
            yield label(f"notice.{wording}", system=one.catalog.short, points=shown(points)), points
