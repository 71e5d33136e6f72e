"""Submissions -> one answer for each slot and table, with all it rests on.

First the workbooks of one department are laid together, then the departments, as the figure's merge mode says. Two
answers that must agree and do not are a conflict: neither is used until the office has decided. The order in which
workbooks arrived never matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from smartcity_xl.books.values import reason_in
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Decision,
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
from smartcity_xl.score.conflicts import Bench, Claim, side_key, tell_conflict, tell_lapsed, word_sides

_Spoken = TypeVar("_Spoken", Answer, TableAnswer)
_STANDING = {
    State.UNREADABLE: Standing.UNREADABLE,
    State.NOT_APPLICABLE: Standing.NOT_APPLICABLE,
    State.NO_DATA: Standing.MISSING,
    State.BLANK: Standing.MISSING,
}
# Of answers that give no value, the one that says most decides how the slot stands.
_TELLING = (State.UNREADABLE, State.NOT_APPLICABLE, State.NO_DATA, State.BLANK)
_WHOLE = (Merge.SUM, Merge.LARGEST)
"""Certain only once every department has answered."""


def merge_submissions(
    catalog: Catalog, assignment: Assignment, submissions: Sequence[Submission], decisions: Sequence[Decision] = ()
) -> Merged:
    """Lay all answers together, under the office's ``decisions`` (at most one for each conflict).

    Findings: conflicts, open and decided; decisions that hold no more; what the lead department overrules; and shared
    figures that not all departments have answered.
    """
    bench = _bench(catalog, assignment, submissions, decisions)
    slots, tables = _lay_together(catalog.figures.values(), submissions, bench)
    merged = Merged(slots, tables, (), tuple(bench.conflicts), bench.lapsed)
    findings = (
        *(finding for conflict in merged.conflicts for finding in tell_conflict(catalog, assignment, conflict)),
        *(tell_lapsed(catalog, assignment, merged, decision) for decision in merged.lapsed),
        *_tell_overruled(catalog, assignment, merged),
        *_tell_unheard(catalog, assignment, merged),
    )
    return Merged(slots, tables, findings, merged.conflicts, merged.lapsed)


def merge_again(
    catalog: Catalog,
    assignment: Assignment,
    submissions: Sequence[Submission],
    decisions: Sequence[Decision],
    before: Merged,
    figures: Collection[str],
) -> Merged:
    """The slots and tables of ``merge_submissions`` where other workbooks gave ``before``, and differ from these in
    some ``figures`` at most: an answer rests on nobody's answers for another figure. What is to be told of them stays
    unsaid."""
    bench = _bench(catalog, assignment, submissions, decisions)
    slots, tables = _lay_together([one for key, one in catalog.figures.items() if key in figures], submissions, bench)
    return Merged({**before.slots, **slots}, {**before.tables, **tables}, ())


def _bench(
    catalog: Catalog, assignment: Assignment, submissions: Sequence[Submission], decisions: Sequence[Decision]
) -> Bench:
    known = {d.subject: d for d in decisions if d.figure in catalog.slots or d.figure in catalog.figures}
    return Bench(assignment, {s.parcel: s.sha256 for s in submissions}, known)


def _lay_together(
    figures: Iterable[Figure], submissions: Sequence[Submission], bench: Bench
) -> tuple[dict[str, MergedSlot], dict[str, MergedTable]]:
    """Whatever the order in which workbooks came."""
    submissions = sorted(submissions, key=lambda submission: submission.parcel)
    figures = list(figures)
    slots = {
        slot.key: _merge_slot(slot, [s.answers[slot.key] for s in submissions if slot.key in s.answers], bench)
        for figure in figures
        for slot in figure.slots
    }
    tables = {
        figure.key: _merge_table(figure, [s.tables[figure.key] for s in submissions if figure.key in s.tables], bench)
        for figure in figures
        if figure.columns
    }
    return slots, tables


# --- one slot, one table -------------------------------------------------------------------------------------


def _merge_slot(slot: Slot, answers: Sequence[Answer], bench: Bench) -> MergedSlot:
    if slot.fixed is not None:
        return MergedSlot(slot.key, Standing.SETTLED, slot.fixed, (), ())
    asked, given = bench.assignment.asked[slot.figure], tuple(answers)
    parties = _parties(slot.merge, answers, asked)
    sides, around = _part_sides(parties), _Around(slot, answers, asked)

    def settle(chosen: Mapping[str, str]) -> MergedSlot:
        kept = _keep(sides, chosen)
        if kept is None:
            return MergedSlot(slot.key, Standing.CONFLICT, None, (), given)
        value = _value(slot, {answer.department: answer for answer in kept}, around)
        if value is None:
            standing = around.standing
            if slot.none is not None and (none := _say_none(standing, answers)):
                return MergedSlot(slot.key, Standing.SETTLED, slot.none, none, given)
            return MergedSlot(slot.key, standing, None, (), given)
        used = [a for a in kept if slot.merge not in (Merge.ANY, Merge.LARGEST) or a.value == value]
        return MergedSlot(slot.key, Standing.SETTLED, value, tuple(used), given)

    return bench.hear(Claim(slot.key, answers, parties, settle))


def _merge_table(figure: Figure, answers: Sequence[TableAnswer], bench: Bench) -> MergedTable:
    asked, given = bench.assignment.asked[figure.key], tuple(answers)
    parties = _parties(figure.merge, answers, asked)
    sides = _part_sides(parties)

    def place(table: TableAnswer) -> tuple[int, str]:
        """Equal tables count the same; which of them is shown their names must not say."""
        at = asked.index(table.department) if table.department in asked else len(asked)
        return at, bench.hashes[table.origin.file]

    def settle(chosen: Mapping[str, str]) -> MergedTable:
        kept = _keep(sides, chosen)
        if kept is None:
            return MergedTable(figure.key, Standing.CONFLICT, None, given)
        if kept:
            return MergedTable(figure.key, Standing.SETTLED, min(kept, key=place), given)
        heard = _heard(figure.merge, answers, asked)
        standing = _telling(table.state for table in heard)
        if figure.none is not None and (none := _say_none(standing, heard)):
            return MergedTable(figure.key, Standing.SETTLED, min(none, key=place), given)
        return MergedTable(figure.key, standing, None, given)

    return bench.hear(Claim(figure.key, answers, parties, settle))


def _say_none(standing: Standing, answers: Iterable[_Spoken]) -> tuple[_Spoken, ...]:
    """The answers by which there is none to count, each with its reason (E75); none of them where that is not said."""
    said = tuple(answer for answer in answers if answer.state is State.NOT_APPLICABLE)
    reasoned = all(a.remark if isinstance(a, Answer) else reason_in(a.remark) for a in said)
    return said if standing is Standing.NOT_APPLICABLE and reasoned else ()


def _heard(merge: Merge, answers: Sequence[_Spoken], asked: Sequence[str]) -> list[_Spoken]:
    """The answers that count: all, or those of the lead department where it decides."""
    return [answer for answer in answers if merge is not Merge.LEAD or answer.department == asked[0]]


def _parties(merge: Merge, answers: Sequence[_Spoken], asked: Sequence[str]) -> dict[str, list[_Spoken]]:
    """Who must not contradict itself, and its values: all departments together (""), or each by itself, in the order
    in which they are asked and never in that of their files."""
    parties: dict[str, list[_Spoken]] = {}
    places = {department: number for number, department in enumerate(asked)}
    heard = _heard(merge, answers, asked)
    for answer in sorted(heard, key=lambda answer: places.get(answer.department, len(places))):
        if answer.state is State.VALUE:
            parties.setdefault("" if merge is Merge.AGREE else answer.department, []).append(answer)
    return parties


def _part_sides(parties: Mapping[str, Sequence[_Spoken]]) -> dict[str, dict[str, list[_Spoken]]]:
    """Party -> what it says -> the answers that say so."""
    parted: dict[str, dict[str, list[_Spoken]]] = {}
    for party, given in parties.items():
        sides = parted.setdefault(party, {})
        if len(given) == 1:  # nobody chooses among one, by whatever name
            sides[""] = list(given)
            continue
        for answer in given:
            sides.setdefault(side_key(answer), []).append(answer)
    return parted


def _keep(sides: Mapping[str, Mapping[str, list[_Spoken]]], chosen: Mapping[str, str]) -> list[_Spoken] | None:
    """The answers that count once every party keeps to the side chosen; None while one contradicts itself. It takes no
    longer than the side is: it is asked for each side of a conflict."""
    kept: list[_Spoken] = []
    for party, said in sides.items():
        if party in chosen:
            kept += said.get(chosen[party], ())
        elif len(said) > 1:
            return None
        else:
            kept += next(iter(said.values()), ())
    return kept


class _Around(Struct, frozen=True, dict=True):
    """What all answers of a slot say whichever sides are chosen: told once, and only where it is asked for."""

    slot: Slot
    answers: Sequence[Answer]
    asked: Sequence[str]

    @cached_property
    def excused(self) -> frozenset[str]:
        """The departments that say that they have none."""
        return frozenset(one for one in self.asked if _stand(self.answers, one) is Standing.NOT_APPLICABLE)

    @cached_property
    def unreadable(self) -> bool:
        return any(answer.state is State.UNREADABLE for answer in self.answers)

    @cached_property
    def standing(self) -> Standing:
        """How the slot stands where it has no value."""
        return _standing(self.slot, self.answers, self.asked)


def _value(slot: Slot, given: Mapping[str, Answer], around: _Around) -> Fraction | None:
    """The one value of answers that do not contradict each other, or None while it is not certain.

    A sum and the largest are certain once every department has given its own, or said that it has none. That nobody
    does a thing is certain once the lead department has said so, and nobody else's answer is unreadable.
    """
    values = [answer.value or Fraction(0) for answer in given.values()]
    match slot.merge:
        case Merge.AGREE | Merge.LEAD:
            return values[0] if values else None
        case Merge.SUM | Merge.LARGEST:
            if not values or set(around.asked) != given.keys() | around.excused:
                return None
            return sum(values, Fraction(0)) if slot.merge is Merge.SUM else max(values)
        case Merge.ANY:
            certain = any(values) or (around.asked[0] in given and not around.unreadable)
            return Fraction(any(values)) if certain else None


def _standing(slot: Slot, answers: Sequence[Answer], asked: Sequence[str]) -> Standing:
    """How a slot stands that has no value."""
    standing = _telling(answer.state for answer in _heard(slot.merge, answers, asked))
    said = {a.department for a in answers if a.state in (State.VALUE, State.NOT_APPLICABLE)}
    gap = slot.merge in _WHOLE and not set(asked) <= said
    return Standing.MISSING if gap and standing is Standing.NOT_APPLICABLE else standing


def _stand(answers: Iterable[Answer], department: str) -> Standing:
    """What a department's workbooks say together where none of them gives a value."""
    return _telling(answer.state for answer in answers if answer.department == department)


def _telling(states: Iterable[State]) -> Standing:
    given = set(states)
    return next((_STANDING[state] for state in _TELLING if state in given), Standing.MISSING)


# --- what the office should know -----------------------------------------------------------------------------


def _tell_overruled(catalog: Catalog, assignment: Assignment, merged: Merged) -> Iterator[Finding]:
    """Answers of others that differ from the lead department's, where its answer is the one that counts."""
    telling = (State.VALUE, State.NOT_APPLICABLE)
    named: list[tuple[Merge, str, Sequence[Answer | TableAnswer]]] = [
        *((slot.merge, key, merged.slots[key].answers) for key, slot in catalog.slots.items() if slot.fixed is None),
        *((catalog.figures[key].merge, key, table.answers) for key, table in merged.tables.items()),
    ]
    for merge, key, answers in named:
        if merge is not Merge.LEAD:
            continue
        first = assignment.asked[key.partition(".")[0]][0]
        lead = [a for a in answers if a.department == first and a.state in telling]
        says = {(a.state, side_key(a)) for a in lead}
        others = [a for a in answers if a.department != first and a.state in telling]
        others = [a for a in others if says and (a.state, side_key(a)) not in says]
        if others:
            parameters = {
                "label": catalog.label(key),
                "lead": word_sides(catalog, assignment, lead),
                "others": word_sides(catalog, assignment, others),
            }
            yield Finding("lead-differs", others[0].origin, others[0].department, key, parameters=parameters)


class _Unheard(Struct, frozen=True):
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


def _tell_unheard(catalog: Catalog, assignment: Assignment, merged: Merged) -> Iterator[Finding]:
    unheard: dict[tuple[str, str, tuple[str, ...]], list[tuple[str, Origin]]] = {}
    entries: list[tuple[Figure, str, Standing, Sequence[Answer | TableAnswer]]] = [
        *((catalog.figures[catalog.slots[key].figure], key, s.standing, s.answers) for key, s in merged.slots.items()),
        *((catalog.figures[key], key, table.standing, table.answers) for key, table in merged.tables.items()),
    ]
    for figure, key, standing, answers in entries:
        code, silent = _silence(figure, standing, answers, assignment.asked[figure.key])
        if silent and any(answer.state is State.VALUE for answer in answers):
            origin = next(answer.origin for answer in answers if answer.state is State.VALUE)
            unheard.setdefault((code, catalog.used_by[figure.key][0], silent), []).append((key, origin))
    for (code, indicator, silent), concerned in unheard.items():
        keys, origin = tuple(key for key, _ in concerned), concerned[0][1]
        told = _Unheard(code, indicator, silent, keys, catalog.label(keys[0]), origin)
        yield told.finding(assignment)


def _silence(
    figure: Figure, standing: Standing, answers: Sequence[Answer | TableAnswer], asked: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """The departments that were asked and are missed, and the code by which that is told."""
    answering = {answer.department for answer in answers}
    silent = tuple(department for department in asked if department not in answering)
    match figure.merge:
        case Merge.ANY:
            return "", ()
        case Merge.LEAD:
            return "lead-silent", asked[:1] if standing is Standing.MISSING else ()
        case Merge.SUM | Merge.LARGEST:
            return f"{figure.merge.value}-incomplete", silent
        case Merge.AGREE:
            return "not-confirmed", silent if standing is Standing.SETTLED else ()
