"""Submissions -> one answer for each slot and table, with all it rests on.

First the workbooks of one department are laid together, then the departments. Two answers that must agree and do
not are a conflict: neither is used. The order in which workbooks arrived never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Figure,
    Finding,
    Merge,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Slot,
    Standing,
    State,
    Submission,
    TableAnswer,
)

_STANDING = {
    State.UNREADABLE: Standing.UNREADABLE,
    State.NOT_APPLICABLE: Standing.NOT_APPLICABLE,
    State.NO_DATA: Standing.MISSING,
    State.BLANK: Standing.MISSING,
}
# Of answers that give no value, the one that says most decides how the slot stands.
_TELLING = (State.UNREADABLE, State.NOT_APPLICABLE, State.NO_DATA, State.BLANK)


def merge_submissions(catalog: Catalog, assignment: Assignment, submissions: Sequence[Submission]) -> Merged:
    """Lay all answers together. Findings: conflicts, and shared indicators that not all departments have answered."""
    findings: list[Finding] = []
    slots = {}
    submissions = sorted(submissions, key=lambda submission: submission.parcel)
    unheard: dict[tuple[str, str, tuple[str, ...]], list[MergedSlot]] = {}
    for slot in catalog.slots.values():
        answers = tuple(s.answers[slot.key] for s in submissions if slot.key in s.answers)
        merged, conflict = _merge_slot(slot, answers, assignment)
        slots[slot.key] = merged
        findings += conflict
        alone = slot.fixed is not None or slot.merge is Merge.ANY or all(a.state is not State.VALUE for a in answers)
        silent = () if alone else _silent(slot.figure, (answer.department for answer in answers), assignment)
        if silent:
            code = "sum-incomplete" if slot.merge is Merge.SUM else "not-confirmed"
            unheard.setdefault((code, catalog.used_by[slot.figure][0], silent), []).append(merged)
    for (code, indicator, silent), concerned in unheard.items():
        first = concerned[0]
        origin = next(answer.origin for answer in first.answers if answer.state is State.VALUE)
        keys = tuple(merged.slot for merged in concerned)
        told = _Unheard(code, indicator, silent, keys, catalog.slots[first.slot].label, origin)
        findings.append(told.finding(assignment))
    tables = {}
    for figure in catalog.figures.values():
        if figure.columns:
            given = tuple(s.tables[figure.key] for s in submissions if figure.key in s.tables)
            merged_table, conflict = _merge_table(figure, given, assignment)
            tables[figure.key] = merged_table
            findings += conflict
            silent = _silent(figure.key, (table.department for table in given), assignment)
            if merged_table.used and silent:
                origin, indicator = merged_table.used.origin, catalog.used_by[figure.key][0]
                told = _Unheard("not-confirmed", indicator, silent, (figure.key,), figure.label, origin)
                findings.append(told.finding(assignment))
    return Merged(slots, tables, tuple(findings))


def _silent(figure: str, heard: Iterable[str], assignment: Assignment) -> tuple[str, ...]:
    """The departments that were asked for a figure and have sent no workbook that could answer it."""
    answering = set(heard)
    return tuple(department for department in assignment.asked[figure] if department not in answering)


@dataclass(frozen=True, slots=True)
class _Unheard:
    """Answers that rest on some departments while others are silent. One finding for all answers of an indicator
    that lack the same departments: many would drown the rest."""

    code: str
    indicator: str
    silent: tuple[str, ...]
    figures: tuple[str, ...]
    label: str
    origin: Origin

    def finding(self, assignment: Assignment) -> Finding:
        names = label("word.separator").join(assignment.name(department) for department in self.silent)
        parameters = {"label": self.label, "number": str(len(self.figures)), "departments": names}
        return Finding(
            self.code, self.origin, self.silent[0], self.figures[0], self.indicator, parameters, self.figures
        )


def _merge_slot(slot: Slot, answers: tuple[Answer, ...], assignment: Assignment) -> tuple[MergedSlot, list[Finding]]:
    if slot.fixed is not None:
        return MergedSlot(slot.key, Standing.SETTLED, slot.fixed, (), ()), []
    by_department: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.state is State.VALUE:
            by_department.setdefault(answer.department, []).append(answer)
    given = [answer for same in by_department.values() for answer in same]
    if any(len({answer.value for answer in same}) > 1 for same in by_department.values()) or (
        slot.merge is Merge.AGREE and len({answer.value for answer in given}) > 1
    ):
        return MergedSlot(slot.key, Standing.CONFLICT, None, (), answers), [_conflict(slot, given, assignment)]
    value = _value(slot, {department: same[0] for department, same in by_department.items()}, answers, assignment)
    if value is None:
        standing = _standing_without_value(answer.state for answer in answers)
        if slot.merge is Merge.SUM and standing is Standing.NOT_APPLICABLE and _has_gap(slot, answers, assignment):
            standing = Standing.MISSING
        return MergedSlot(slot.key, standing, None, (), answers), []
    used = tuple(given) if slot.merge is not Merge.ANY else tuple(a for a in given if a.value == value)
    return MergedSlot(slot.key, Standing.SETTLED, value, used, answers), []


def _value(
    slot: Slot, given: Mapping[str, Answer], answers: Sequence[Answer], assignment: Assignment
) -> Fraction | None:
    """The one value of answers that do not contradict each other, or None while it is not certain.

    A sum is certain once every department has given its part, or said that it has none. That nobody does a thing is
    certain once the lead department has said so, and nobody else's answer is unreadable.
    """
    asked = assignment.asked[slot.figure]
    values = [answer.value or Fraction(0) for answer in given.values()]
    states = {answer.department: answer.state for answer in answers if answer.state is not State.VALUE}
    match slot.merge:
        case Merge.AGREE:
            return values[0] if values else None
        case Merge.SUM:
            excused = {department for department, state in states.items() if state is State.NOT_APPLICABLE}
            return sum(values, Fraction(0)) if values and set(asked) == given.keys() | excused else None
        case Merge.ANY:
            certain = any(values) or (asked[0] in given and State.UNREADABLE not in states.values())
            return Fraction(any(values)) if certain else None


def _has_gap(slot: Slot, answers: Sequence[Answer], assignment: Assignment) -> bool:
    """Whether a department has said nothing that would count."""
    said = {a.department for a in answers if a.state in (State.VALUE, State.NOT_APPLICABLE)}
    return not set(assignment.asked[slot.figure]) <= said


def _standing_without_value(states: Iterable[State]) -> Standing:
    given = set(states)
    return next((_STANDING[state] for state in _TELLING if state in given), Standing.MISSING)


def _conflict(slot: Slot, given: Sequence[Answer], assignment: Assignment) -> Finding:
    sides = label("word.list").join(
        label("word.side", department=assignment.name(a.department), value=a.given, file=a.origin.file,
              place=f"{a.origin.sheet}!{a.origin.cell}")
        for a in given
    )  # fmt: skip
    parameters = {"label": slot.label, "sides": sides}
    return Finding("conflict", given[0].origin, given[0].department, slot.key, parameters=parameters)


def _merge_table(
    figure: Figure, given: tuple[TableAnswer, ...], assignment: Assignment
) -> tuple[MergedTable, list[Finding]]:
    whole = [table for table in given if table.state is State.VALUE]
    contents = {
        frozenset((row.name, tuple(cell.value for cell in row.cells.values())) for row in table.rows) for table in whole
    }
    if len(contents) > 1:
        sides = label("word.list").join(
            label("word.side_table", department=assignment.name(t.department), rows=len(t.rows), file=t.origin.file,
                  place=t.origin.sheet)
            for t in whole
        )  # fmt: skip
        finding = Finding(
            "conflict", whole[0].origin, whole[0].department, figure.key,
            parameters={"label": figure.label, "sides": sides},
        )  # fmt: skip
        return MergedTable(figure.key, Standing.CONFLICT, None, given), [finding]
    if whole:
        return MergedTable(figure.key, Standing.SETTLED, whole[0], given), []
    return MergedTable(figure.key, _standing_without_value(table.state for table in given), None, given), []
