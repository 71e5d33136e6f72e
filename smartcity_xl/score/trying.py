"""Other answers in place of those that stand -> the scores again, by the same rules. Nothing of a round is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Catalog,
    Figure,
    Indicator,
    Kind,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Scores,
    Slot,
    Standing,
    State,
    TableAnswer,
    TableRow,
)
from smartcity_xl.rules.exact import value_of_node
from smartcity_xl.rules.tree import Mean, Node, Number, Reference, rewrite_rule
from smartcity_xl.rules.words import describe_node
from smartcity_xl.score.ranges import Range, range_of
from smartcity_xl.score.scoring import score_merged

_NOWHERE = Origin("")


class Trial(Struct, frozen=True):
    """What is tried, each in the figure's own unit; what is not named stands as it was adopted.

    ``values``: slot -> number (a choice by its position, from 1). ``tables``: table -> rows, each column -> number.
    ``means``: aggregate over a table -> number, for who knows the share and not the rows.
    """

    values: Mapping[str, Fraction] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Mapping[str, Fraction]]] = field(default_factory=dict)
    means: Mapping[Mean, Fraction] = field(default_factory=dict)


def score_trial(catalog: Catalog, merged: Merged, trial: Trial) -> Scores:
    """The whole tree of scores with the tried answers in place, all others as they stand.

    An answer that is open can be tried too. KeyError for a slot or table that the catalog does not have.
    """
    slots = {key: _settled(merged.slots[key], value) for key, value in trial.values.items()}
    tables = {key: _settled_rows(merged.tables[key], rows) for key, rows in trial.tables.items()}
    tried = replace(merged, slots={**merged.slots, **slots}, tables={**merged.tables, **tables})
    return score_merged(_with_means(catalog, trial.means), tried)


def _settled(slot: MergedSlot, value: Fraction) -> MergedSlot:
    return replace(slot, standing=Standing.SETTLED, value=value, used=())


def _settled_rows(table: MergedTable, rows: Sequence[Mapping[str, Fraction]]) -> MergedTable:
    made = tuple(
        TableRow(str(number), {key: _said(f"{table.figure}.{key}", value) for key, value in row.items()})
        for number, row in enumerate(rows, start=1)
    )
    said = TableAnswer(table.figure, "", State.VALUE, made, _NOWHERE)
    return replace(table, standing=Standing.SETTLED, used=said)


def _said(slot: str, value: Fraction) -> Answer:
    return Answer(slot, "", State.VALUE, value, "", _NOWHERE)


def _with_means(catalog: Catalog, means: Mapping[Mean, Fraction]) -> Catalog:
    """The catalog with numbers in place of aggregates: an indicator all of whose aggregates are tried needs no rows."""

    def known(node: Node) -> Node:
        return Number(means[node]) if isinstance(node, Mean) and node in means else node

    def changed(indicator: Indicator) -> Indicator:
        return replace(indicator, rule=rewrite_rule(indicator.rule, known))

    return replace(catalog, indicators=tuple(map(changed, catalog.indicators))) if means else catalog


# --- what can be tried -----------------------------------------------------------------------------------------------

_DECIMAL = "小数"
"""The unit of a share of one: 85% may be typed for 0.85."""
_LIMIT = Fraction(10**12)
"""How far an aggregate may go to which the columns set no limit."""


class Trials(Struct, frozen=True, dict=True):
    """What can be tried of a system, by key: ``catalog`` is the system with each aggregate as a figure of its own in
    the place of its table; ``means`` says which aggregate a key is."""

    catalog: Catalog
    means: Mapping[str, Mean]

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        """Key -> what is typed, in the order of the figures; those that the text fixes stand as they are."""
        return {key: slot for key, slot in self.catalog.slots.items() if slot.fixed is None}

    @cached_property
    def keys(self) -> Mapping[Mean, str]:
        return {mean: key for key, mean in self.means.items()}

    def slots_of(self, indicator: Indicator) -> Iterator[Slot]:
        """All that an indicator's rule reads, what the text fixes too."""
        return (slot for figure in self.catalog.figures_of[indicator.code] for slot in figure.slots)

    def wording(self, slot: Slot) -> str:
        """What is typed, by its whole name: an item with that of its list."""
        figure = self.catalog.figures[slot.figure]
        return slot.label if slot.label == figure.label else f"{figure.label}：{slot.label}"

    def adopted(self, merged: Merged, key: str) -> Fraction | None:
        """The number that counts now; None while it is open."""
        mean = self.means.get(key)
        if mean is None:
            return merged.slots[key].value
        table = merged.tables[mean.table]
        if table.used is None or table.standing is not Standing.SETTLED:
            return None
        return value_of_node(mean, {}, {mean.table: table.used.values})

    def trial(self, values: Mapping[str, Fraction]) -> Trial:
        """Key -> number, as it is scored."""
        means = {self.means[key]: value for key, value in values.items() if key in self.means}
        return Trial({key: value for key, value in values.items() if key not in self.means}, means=means)


def offer_trials(catalog: Catalog) -> Trials:
    """A table is tried by what the rules read of it, its aggregates: by the table's key, others by ``table#2`` …"""
    figures: dict[str, Figure] = {}
    means: dict[str, Mean] = {}
    for figure in catalog.figures.values():
        asked = catalog.means_of.get(figure.key, ())
        for number, mean in enumerate(asked, start=1):
            key = figure.key if number == 1 else f"{figure.key}#{number}"
            means[key] = mean
            figures[key] = _aggregate(catalog, figure, mean, key)
        if not asked:
            figures[figure.key] = figure
    keys = {mean: key for key, mean in means.items()}

    def named(node: Node) -> Node:
        return Reference(keys[node]) if isinstance(node, Mean) else node

    indicators = tuple(replace(i, rule=rewrite_rule(i.rule, named)) for i in catalog.indicators)
    return Trials(replace(catalog, figures=figures, indicators=indicators), means)


def _aggregate(catalog: Catalog, figure: Figure, mean: Mean, key: str) -> Figure:
    columns = {f"{figure.key}.{column.key}": Range(column.minimum, column.maximum) for column in figure.columns}
    found = range_of(mean, columns.__getitem__, lambda _: ())
    low, high = (-_LIMIT if found.low is None else found.low), (_LIMIT if found.high is None else found.high)
    share = low >= 0 and high <= 1
    words = f"{figure.label}：{label('adopted.mean')} {describe_node(mean.expression, catalog.label)}"
    none = None if figure.none is None else Fraction(0)  # the mean of no rows
    return Figure(key, words, Kind.NUMBER, _DECIMAL if share else "", low, high, none=none)
