"""Last round's record -> what each department gave then, for comparison beside this round's cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from smartcity_xl.model import Assignment, Catalog, State
from smartcity_xl.model.answers import with_unit
from smartcity_xl.results.record import FigureRecord, Results

_Key = tuple[str, str]


class EarlierAnswers(Struct, frozen=True):
    """What departments gave in a round. ``given``: (department, slot) -> (kind, unit of the slot, answer in words)."""

    round: str = ""
    given: Mapping[_Key, tuple[str, str, str]] = field(default_factory=dict)


def previous_answers(*records: Results) -> EarlierAnswers:
    """The answers that counted in a round, in words, whichever of its systems asked; tables are not compared."""
    figures = [figure for record in records for figure in record.figures]
    round_ = records[0].round if records else ""
    return EarlierAnswers(round_, {key: said for figure in figures for key, said in _answers(figure)})


def _answers(figure: FigureRecord) -> Iterator[tuple[_Key, tuple[str, str, str]]]:
    for answer in figure.answers:
        if answer.used and answer.state is State.VALUE and answer.rows is None:
            words = with_unit(answer.raw, answer.unit or "")
            yield (answer.department, figure.key), (figure.kind.value, figure.unit or "", words)


def say_previous(catalog: Catalog, assignment: Assignment, department: str, previous: EarlierAnswers) -> dict[str, str]:
    """Slot -> what the department gave last time, where the figure still has the same kind and unit."""
    said = {}
    for key in assignment.figures_for(department):
        for slot in catalog.figures[key].slots:
            kind, unit, words = previous.given.get((department, slot.key), ("", "", ""))
            if words and (kind, unit) == (slot.kind.value, slot.unit) and slot.fixed is None:
                said[slot.key] = words
    return said
