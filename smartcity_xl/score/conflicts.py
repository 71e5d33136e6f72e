"""Answers that contradict each other -> the sides to choose from, under the decisions that the office has made.

A decision holds for the very answers that it was made over, and for no others: see ``fingerprint``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Generic, TypeVar

from msgspec import Struct, field

from smartcity_xl.messages import label, word_value
from smartcity_xl.model import (
    SEND_BACK,
    Answer,
    Assignment,
    Catalog,
    Conflict,
    Decision,
    Finding,
    Merged,
    MergedSlot,
    MergedTable,
    Side,
    State,
    TableAnswer,
)
from smartcity_xl.rules.formula import constant

_ZERO = Fraction(0)
_Given = TypeVar("_Given", Answer, TableAnswer)
_Settled = TypeVar("_Settled", MergedSlot, MergedTable)


def side_key(answer: Answer | TableAnswer) -> str:
    """What an answer says, in one text: the same for equal answers, whoever gave them and wherever they stand. Empty
    for an answer without a value."""
    if answer.state is not State.VALUE:
        return ""
    return constant(answer.value or _ZERO) if isinstance(answer, Answer) else "rows:" + _digest(_rows(answer))


def _differ(given: Sequence[Answer] | Sequence[TableAnswer]) -> bool:
    return len(given) > 1 and len(set(map(side_key, given))) > 1


def _rows(table: TableAnswer) -> list[list[str]]:
    """The rows of a table by their names; their order on the sheet means nothing."""
    return sorted(
        [row.name, *(f"{key}={constant(cell.value or _ZERO)}" for key, cell in sorted(row.cells.items()))]
        for row in table.rows
    )


def fingerprint(figure: str, answers: Iterable[Answer | TableAnswer], hashes: Mapping[str, str]) -> str:
    """The very answers that a decision is made over: who gave them, what they say, and from which files, by hash.

    Blanks are no answers. Neither the order of the files nor their names matter.
    """
    given = (answer for answer in answers if answer.state is not State.BLANK)
    told = sorted([a.department, a.state.value, side_key(a), hashes[a.origin.file]] for a in given)
    return _digest([figure, told])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


class Claim(Struct, Generic[_Given, _Settled], frozen=True):
    """All answers for one slot or table. ``parties``: who must not contradict itself (a department, or "" for all
    together) -> its answers that have a value; ``settle`` gives what comes of them once the parties named keep to one
    side each (party -> key)."""

    figure: str
    answers: Sequence[_Given]
    parties: Mapping[str, Sequence[_Given]]
    settle: Callable[[Mapping[str, str]], _Settled]


class Bench(Struct):
    """Where contradictions are brought before the decisions. ``decisions``: at most one for a subject; ``hashes``:
    name of a file -> its hash. ``conflicts`` grows with every claim."""

    assignment: Assignment
    hashes: Mapping[str, str]
    decisions: Mapping[str, Decision]
    conflicts: list[Conflict] = field(default_factory=list)

    def hear(self, claim: Claim[_Given, _Settled]) -> _Settled:
        """What becomes of a slot or table; its conflicts are noted on the way."""
        parties = {party: given for party, given in claim.parties.items() if _differ(given)}
        prints = {party: self._print(claim, party) for party in parties}
        made = {party: self._decision(claim.figure, party, prints[party], given) for party, given in parties.items()}
        chosen = {party: d.choice for party, d in made.items() if d and d.choice != SEND_BACK}
        for party, given in parties.items():
            sides = tuple(
                Side(key, same, claim.settle({**chosen, party: key})) for key, same in self._sides(claim.figure, given)
            )
            self.conflicts.append(Conflict(claim.figure, party, prints[party], sides, made[party]))
        return claim.settle(chosen)

    def _print(self, claim: Claim[_Given, _Settled], party: str) -> str:
        return fingerprint(claim.figure, (a for a in claim.answers if party in ("", a.department)), self.hashes)

    def _decision(self, figure: str, party: str, answers: str, given: Sequence[_Given]) -> Decision | None:
        """The decision made over just these answers; one for a side that nobody takes is none."""
        decision = self.decisions.get(Conflict(figure, party, answers, ()).subject)
        return decision if decision and decision.choice in {SEND_BACK, *map(side_key, given)} else None

    def _sides(self, figure: str, given: Sequence[_Given]) -> list[tuple[str, tuple[_Given, ...]]]:
        """Equal answers together, in the order of the departments asked; never in that of the files."""
        asked = self.assignment.asked[figure.partition(".")[0]]
        places = {department: number for number, department in enumerate(asked)}

        def place(answer: _Given) -> tuple[object, ...]:
            at = places.get(answer.department, len(places))
            return (at, answer.value) if isinstance(answer, Answer) else (at, len(answer.rows), _rows(answer))

        sides: dict[str, list[_Given]] = {}
        for answer in sorted(given, key=place):
            sides.setdefault(side_key(answer), []).append(answer)
        return [(key, tuple(same)) for key, same in sides.items()]

    @property
    def lapsed(self) -> tuple[Decision, ...]:
        """The decisions that hold for no conflict."""
        held = {conflict.decision.subject for conflict in self.conflicts if conflict.decision}
        return tuple(sorted((d for d in self.decisions.values() if d.subject not in held), key=lambda d: d.subject))


# --- in words ------------------------------------------------------------------------------------------------


def word_answer(catalog: Catalog, answer: Answer | TableAnswer) -> str:
    """What an answer says, in the figure's own unit: 是, an option, a number and its unit, how many rows; or 不适用."""
    if answer.state is not State.VALUE:
        return label(f"state.{answer.state.value}")
    if isinstance(answer, TableAnswer):
        return label("decide.rows", number=len(answer.rows))
    slot = catalog.slots[answer.slot]
    return f"{word_value(slot, answer.value or _ZERO)}{slot.unit}"


def word_sides(catalog: Catalog, assignment: Assignment, answers: Iterable[Answer | TableAnswer]) -> str:
    """Answers beside each other, each with its department, file and cell."""
    return label("word.list").join(
        label("word.side", department=assignment.name(a.department), value=word_answer(catalog, a), file=a.origin.file,
              place=f"{a.origin.sheet}!{a.origin.cell}" if a.origin.cell else a.origin.sheet)
        for a in answers
    )  # fmt: skip


def tell_conflict(catalog: Catalog, assignment: Assignment, conflict: Conflict) -> Iterator[Finding]:
    """What the office should know of a conflict: that it is open, how it was decided, or that it was sent back."""
    answers = [answer for side in conflict.sides for answer in side.answers]
    parameters = {
        "label": catalog.label(conflict.figure),
        "sides": word_sides(catalog, assignment, answers),
    }
    first, decision, chosen = answers[0], conflict.decision, conflict.chosen
    if decision is None:
        yield Finding("conflict", first.origin, first.department, conflict.figure, parameters=parameters)
        return
    parameters |= {"reason": decision.reason, "who": decision.who}
    if chosen is None:
        for department, origin in {a.department: a.origin for a in reversed(answers)}.items():
            yield Finding("sent-back", origin, department, conflict.figure, parameters=parameters)
        return
    aside = [answer for side in conflict.sides if side is not chosen for answer in side.answers]
    parameters["chosen"] = word_sides(catalog, assignment, chosen.answers)
    parameters["aside"] = word_sides(catalog, assignment, aside)
    first = chosen.answers[0]
    yield Finding("decided", first.origin, first.department, conflict.figure, parameters=parameters)


def tell_lapsed(catalog: Catalog, assignment: Assignment, merged: Merged, decision: Decision) -> Finding:
    """A decision that holds no more, with the answers as they are now."""
    table = merged.tables.get(decision.figure)
    answers: Sequence[Answer | TableAnswer] = table.answers if table else merged.slots[decision.figure].answers
    given = [answer for answer in answers if answer.state is not State.BLANK]
    parameters = {
        "label": catalog.label(decision.figure),
        "said": decision.said,
        "who": decision.who,
        "reason": decision.reason,
        "now": word_sides(catalog, assignment, given) or label("decide.nothing"),
    }
    return Finding("decision-lapsed", decision.origin, "", decision.figure, parameters=parameters)
