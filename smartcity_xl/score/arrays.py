"""The score tree of many cities at once, or of one under many answers: ``score.value`` over columns.

An indicator with an open answer has no value, and sums pass over it, as everywhere. What float64 cannot decide for
certain is settled by the exact engine, row by row: no level that is rounded ever differs from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from msgspec import Struct

from smartcity_xl.catalog.score_tree import Height, ScoreNode, ScoreTree
from smartcity_xl.model import Catalog, Merged, Standing
from smartcity_xl.rules.arrays import TableColumns, evaluate_columns
from smartcity_xl.rules.exact import Rows, Values, evaluate
from smartcity_xl.rules.vectors import Bools, Floats, Vector, from_floats, from_fractions
from smartcity_xl.score.value import value_tree

AT_ONCE = 8_192
"""Rows that are walked together: what a processor keeps near itself."""


class AnswerColumns(Struct, frozen=True, eq=False):
    """The answers of so many cities (or of so many trials of one).

    ``values``: slot -> its column, any number where there is no answer; ``known``: slot or table -> the rows in which
    it is settled, for those that are not in all. The columns of a table have its rows, all others the cities.
    """

    number: int
    values: Mapping[str, Vector]
    known: Mapping[str, Bools]
    tables: Mapping[str, TableColumns]

    def rows(self, start: int, stop: int) -> AnswerColumns:
        at = slice(start, stop)
        return AnswerColumns(
            min(stop, self.number) - start,
            {key: column.rows(at) for key, column in self.values.items()},
            {key: known[at] for key, known in self.known.items()},
            {key: _part_of_table(table, start, stop) for key, table in self.tables.items()},
        )


def _part_of_table(table: TableColumns, start: int, stop: int) -> TableColumns:
    first, last = int(table.counts[:start].sum()), int(table.counts[:stop].sum())
    return TableColumns(
        table.counts[start:stop], {key: column.rows(slice(first, last)) for key, column in table.columns.items()}
    )


class TreeColumns(Struct, frozen=True, eq=False):
    """So many rows. ``values``: name of a node -> a number for each row, any where it has none; ``known``: name -> the
    rows that have a value, for those that are not all. ``settled`` counts those that the exact engine was asked for."""

    number: int
    values: Mapping[str, Floats]
    known: Mapping[str, Bools]
    settled: int

    def value(self, name: str) -> Floats:
        """A number for each row, not-a-number where there is none."""
        return np.where(self.rows_known(name), self.full(name), np.nan)

    def full(self, name: str) -> Floats:
        return np.broadcast_to(self.values.get(name, np.asarray(0.0)), self.number)

    def rows_known(self, name: str) -> Bools:
        return np.broadcast_to(self.known.get(name, np.asarray(name in self.values)), self.number)


# --- answers as columns ----------------------------------------------------------------------------------------------


def answers_of(catalog: Catalog, cities: Sequence[Merged]) -> AnswerColumns:
    """What counted in each city, in their order, as the engine has it."""
    known: dict[str, Bools] = {}
    values = {}
    for key in catalog.slots:
        column = [city.slots[key].value for city in cities]
        values[key] = from_fractions([Fraction(0) if value is None else value for value in column])
        _note(known, key, [value is not None for value in column])
    tables = {}
    for key, figure in catalog.figures.items():
        if figure.columns:
            found = [_rows_of(city, key) for city in cities]
            columns = tuple(f"{key}.{column.key}" for column in figure.columns)
            tables[key] = _table(found, columns)
            _note(known, key, [city.tables[key].standing is Standing.SETTLED for city in cities])
    return AnswerColumns(len(cities), values, known, tables)


def _rows_of(city: Merged, table: str) -> Rows:
    one = city.tables[table]
    return one.used.values if one.used and one.standing is Standing.SETTLED else ()


def _table(cities: Sequence[Rows], columns: Sequence[str]) -> TableColumns:
    counts = np.array([len(rows) for rows in cities], dtype=np.int64)
    flat = [row for rows in cities for row in rows]
    found = {name: from_fractions([row[name.partition(".")[2]] for row in flat]) for name in columns}
    return TableColumns(counts, found)


def _note(known: dict[str, Bools], key: str, rows: Sequence[bool]) -> None:
    if not all(rows):
        known[key] = np.array(rows, dtype=np.bool_)


def answers_from_floats(
    values: Mapping[str, Floats], tables: Mapping[str, TableColumns] | None = None
) -> AnswerColumns:
    """Slot -> a number for each row, in the figure's own unit (a choice by its position, from 1), not-a-number where
    there is no answer. Each is taken for the very number that it is: 0.1 is what float64 makes of it."""
    known = {key: ~np.isnan(column) for key, column in values.items() if np.isnan(column).any()}
    filled = {key: np.where(known[key], column, 0.0) if key in known else column for key, column in values.items()}
    number = max((len(column) for column in values.values()), default=0)
    return AnswerColumns(number, {key: from_floats(column) for key, column in filled.items()}, known, tables or {})


# --- the walk --------------------------------------------------------------------------------------------------------


def value_answers(tree: ScoreTree, answers: AnswerColumns) -> TreeColumns:
    """Every node of a tree for every row of answers."""
    starts = range(0, answers.number, AT_ONCE) or (0,)
    parts = [_value_part(tree, answers.rows(start, start + AT_ONCE)) for start in starts]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: Sequence[TreeColumns]) -> TreeColumns:
    names = dict.fromkeys(name for part in parts for name in part.values)
    lacking = [name for name in names if any(name in part.known or name not in part.values for part in parts)]
    return TreeColumns(
        sum(part.number for part in parts),
        {name: np.concatenate([part.full(name) for part in parts]) for name in names},
        {name: np.concatenate([part.rows_known(name) for part in parts]) for name in lacking},
        sum(part.settled for part in parts),
    )


def _value_part(tree: ScoreTree, answers: AnswerColumns) -> TreeColumns:
    found = walk_tree(tree, mark_answers(tree, answers))
    undecided = undecided_rows(found, (answers.number,))
    at = np.flatnonzero(undecided)
    if not len(at):
        return TreeColumns(answers.number, {name: one.value for name, one in found.columns.items()}, found.known, 0)
    values = {name: np.broadcast_to(one.value, answers.number).copy() for name, one in found.columns.items()}
    for row in at:
        for name, number in value_exactly(tree, answers, int(row)).items():
            values[name][row] = float(number)
    return TreeColumns(answers.number, values, found.known, len(at))


class Walked(Struct, frozen=True, eq=False):
    """Nodes as columns; ``known`` as in ``TreeColumns``."""

    columns: dict[str, Vector]
    known: dict[str, Bools]


def mark_answers(tree: ScoreTree, answers: AnswerColumns) -> Walked:
    """The marks of all indicators that have what they need; one that has it in no row is left out."""
    columns, known = {}, {}
    for name, node in tree.nodes.items():
        if node.height is Height.MARK and (rows := _rows_known(node, answers)) is not False:
            columns[name] = evaluate_columns(node.rule, answers.values, answers.known, answers.tables)
            if not isinstance(rows, bool):
                known[name] = rows
    return Walked(columns, known)


def _rows_known(node: ScoreNode, answers: AnswerColumns) -> Bools | bool:
    if any(needed not in answers.values and needed not in answers.tables for needed in node.needs):
        return False
    return _all_known([answers.known[needed] for needed in node.needs if needed in answers.known])


def _all_known(rows: Sequence[Bools]) -> Bools | bool:
    """Where all are known; True in all rows, False in none."""
    together: Bools | bool = True
    for one in rows:
        together = one if together is True else together & one
    return together if isinstance(together, bool) or together.any() else False


def walk_tree(tree: ScoreTree, marks: Walked) -> Walked:
    """What rests on the marks: sums of what has a value, everything else where all that it needs has one. Names among
    ``marks`` that are no nodes can be read too: weights that are tried."""
    columns, known = dict(marks.columns), dict(marks.known)
    for name, node in tree.nodes.items():
        if node.height is Height.MARK or any(needed not in columns for needed in node.needs):
            continue
        rows = _all_known([known[needed] for needed in node.needs if needed in known])
        if rows is False:
            continue
        columns[name] = evaluate_columns(node.rule, columns, known)
        if not isinstance(rows, bool):
            known[name] = rows
    return Walked(columns, known)


def undecided_rows(walked: Walked, shape: tuple[int, ...]) -> Bools:
    """The rows in which a node that has a value is not decided."""
    found = np.zeros(shape, dtype=np.bool_)
    for name, one in walked.columns.items():
        if isinstance(one.error, float) and np.isfinite(one.error):
            continue
        undecided = ~np.isfinite(one.error)
        if undecided.any():
            found |= undecided & walked.known[name] if name in walked.known else undecided
    return found


# --- the judge -------------------------------------------------------------------------------------------------------


def value_exactly(tree: ScoreTree, answers: AnswerColumns, row: int) -> Mapping[str, Fraction]:
    """The nodes of one row, by the exact engine, from the numbers that its columns stand for."""
    values = {key: column.exact(row) for key, column in answers.values.items() if _is_known(answers, key, row)}
    tables = {key: _rows(table, row) for key, table in answers.tables.items() if _is_known(answers, key, row)}
    marks = {
        node.code: evaluate(node.rule, values, tables).value
        for node in tree.nodes.values()
        if node.height is Height.MARK and all(needed in values or needed in tables for needed in node.needs)
    }
    return value_tree(tree, marks)


def _is_known(answers: AnswerColumns, key: str, row: int) -> bool:
    return key not in answers.known or bool(answers.known[key][row])


def _rows(table: TableColumns, row: int) -> Sequence[Values]:
    first = int(table.counts[:row].sum())
    return [
        {name.partition(".")[2]: column.exact(at) for name, column in table.columns.items()}
        for at in range(first, first + int(table.counts[row]))
    ]
