"""Other answers in place of those that stand -> the scores again, by the same rules. Nothing of a round is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from smartcity_xl.model import (
    Answer,
    Catalog,
    Indicator,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Scores,
    Standing,
    State,
    TableAnswer,
    TableRow,
)
from smartcity_xl.rules.tree import Mean, Node, Number, rewrite_rule
from smartcity_xl.score.scoring import score_merged

_NOWHERE = Origin("")


@dataclass(frozen=True, slots=True)
class Trial:
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
