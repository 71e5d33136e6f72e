"""A record, and where in it each fact stands: whatever a chapter tells it takes from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from smartcity_xl.messages import label
from smartcity_xl.report.texts import shown, without_contacts
from smartcity_xl.report.told import Cited, Fragment, Fragments, listed
from smartcity_xl.results import Results
from smartcity_xl.results.record import AnswerRecord, FigureRecord, IndicatorRecord

NONE = "—"
Where = dict[str, str]


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """The record with its number among those of the round. ``contacts``: ways to reach a person may be shown."""

    number: int
    record: Results
    contacts: bool
    departments: Where = field(default_factory=dict)
    """Key -> way to its record; so for figures, and for indicators by their code."""
    figures: Where = field(default_factory=dict)
    indicators: Where = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, record: Results, contacts: bool) -> RecordFacts:
        return cls(
            number, record, contacts,
            {one.key: f"departments.{at}" for at, one in enumerate(record.departments)},
            {one.key: f"figures.{at}" for at, one in enumerate(record.figures)},
            {one.code: way for way, one in walk_indicators(record)},
        )  # fmt: skip

    def told(self, at: str, value: object) -> Cited:
        """A value of the record as it stands there."""
        return Cited(NONE if value is None else str(value), f"{self.number}.{at}")

    def weight(self, at: str, value: str) -> Cited:
        """Points; of a system without points, where an indicator counts as one, how many indicators."""
        return self.told(at, value if self.graded else value.removesuffix(".00"))

    def text(self, at: str, value: str) -> Cited:
        """A text that others wrote."""
        return Cited(shown(value) if self.contacts else without_contacts(value), f"{self.number}.{at}")

    def name(self, at: str, value: str) -> Cited:
        """A text that others wrote, and that is what it is: no telephone number is looked for in it."""
        return Cited(shown(value), f"{self.number}.{at}")

    def count(self, what: str, number: object) -> Cited:
        """A number that is counted in the record."""
        return Cited(str(number), f"{self.number}.#{what}")

    def department(self, key: str) -> Fragment:
        way = self.departments.get(key)
        named = next((one.name for one in self.record.departments if one.key == key), key)
        return self.name(f"{way}.name", named) if way else shown(key)

    def named(self, keys: Iterable[str], most: int = 0) -> Fragments:
        """Departments by their names; of more than ``most`` the first."""
        keys = tuple(keys)
        few = keys[:most] if most else keys
        names = listed(self.department(key) for key in few)
        if len(keys) > len(few):
            return (*names, label("report.and_others"))
        return names

    def code(self, code: str) -> Fragment:
        way = self.indicators.get(code)
        return self.name(f"{way}.code", code) if way else shown(code)

    def figure(self, key: str) -> Fragment:
        way = self.figures.get(key)
        return self.name(f"{way}.label", self.figure_of(key).label) if way else shown(key)

    def figure_of(self, key: str) -> FigureRecord:
        return next(one for one in self.record.figures if one.key == key)

    def asked_for(self, code: str) -> tuple[str, ...]:
        """The departments that are asked for an indicator's figures."""
        return tuple(dict.fromkeys(d for one in self.record.figures if code in one.indicators for d in one.asked))

    @property
    def graded(self) -> bool:
        return self.record.total is not None


def walk_indicators(record: Results) -> Iterator[tuple[str, IndicatorRecord]]:
    """Every indicator, with the way to it."""
    for d, dimension in enumerate(record.dimensions):
        for c, category in enumerate(dimension.categories):
            for i, indicator in enumerate(category.indicators):
                yield f"dimensions.{d}.categories.{c}.indicators.{i}", indicator


def answer_at(figure: FigureRecord, file: str, sheet: str, cell: str) -> tuple[int, AnswerRecord] | None:
    """The answer that stands in a cell, with its number."""
    found = (
        (at, one) for at, one in enumerate(figure.answers) if (one.file, one.sheet, one.cell) == (file, sheet, cell)
    )
    return next(found, None)
