"""A rule's value for many at once: the same tree as ``rules.exact``, walked over columns of numbers.

The exact engine stays the judge. A row that float64 cannot decide for certain (a threshold, a tie of rounding) is told
as undecided and never guessed; ``score.arrays`` has the exact engine settle it. Nothing is noted on the way: what a
text is silent about is told by the exact engine alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from smartcity_xl.rules.tree import (
    Arithmetic,
    Band,
    Comparison,
    Connective,
    Count,
    Extremum,
    If,
    Ladder,
    Mean,
    Negative,
    Node,
    Not,
    Number,
    Pick,
    Points,
    Quotient,
    Reference,
    Rounded,
    Rule,
    Stars,
    Sum,
)
from smartcity_xl.rules.vectors import (
    Bools,
    Holding,
    Vector,
    add,
    all_of,
    any_of,
    compare,
    constant,
    divide,
    extreme,
    is_not_zero,
    mean_of_rows,
    multiply,
    negate,
    none_of,
    only_where,
    round_half_up,
    select,
)

_ZERO, _ONE = constant(Fraction(0)), constant(Fraction(1))
_BROKEN = Vector(np.asarray(0.0), np.inf)
"""What has no value: the exact engine says why."""


class TableColumns(Struct, frozen=True, eq=False):
    """The rows of a table of all cities, one city's after the other's: ``counts`` says how many each has, ``columns``
    has one entry for each row."""

    counts: NDArray[np.int64]
    columns: Mapping[str, Vector]


def evaluate_columns(
    rule: Rule,
    values: Mapping[str, Vector],
    known: Mapping[str, Bools] | None = None,
    tables: Mapping[str, TableColumns] | None = None,
) -> Vector:
    """The value of a rule in every row. Names and numbers are those of ``exact.evaluate``.

    ``known``: name -> the rows in which it has a value, for those that lack some: a sum passes over the others. What
    else reads such a name means nothing in the others, and it is the caller who knows it.
    """
    walker = _Walker(values, known or {}, tables or {})
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for name, node in rule.parts:
            walker.parts[name] = walker.value(node)
        return walker.value(rule.result)


class _Walker(Struct):
    values: Mapping[str, Vector]
    known: Mapping[str, Bools]
    tables: Mapping[str, TableColumns]
    parts: dict[str, Vector] = field(default_factory=dict)
    row: Mapping[str, Vector] = field(default_factory=dict)
    counts: NDArray[np.int64] | None = None

    def value(self, node: Node) -> Vector:
        match node:
            case Number(number):
                return constant(number)
            case Reference(name):
                return self.reference(name)
            case Rounded(operand, places):
                return round_half_up(self.value(operand), places)
            case Sum(operands):
                return self.total([self.term(operand) for operand in operands if self.is_there(operand)])
            case Quotient():
                return self.quotient(node)
            case Negative(operand):
                return negate(self.value(operand))
            case Arithmetic("/", left, Number(number)):
                return multiply(self.value(left), constant(1 / number))
            case Arithmetic(sign, left, right):
                return self.arithmetic(sign, self.value(left), self.value(right))
            case Comparison() | Connective() | Not():
                return self.truth(node).column()
            case If(condition, then, otherwise):
                return select(self.truth(condition), self.value(then), self.value(otherwise))
            case Extremum(function, operands):
                return reduce(lambda one, other: extreme(function, one, other), map(self.value, operands))
            case Band():
                return self.band(node)
            case Points(checklist, pairs):
                return self.total(
                    [select(is_not_zero(self.figure(f"{checklist}.{item}")), self.value(points), _ZERO)
                     for item, points in pairs]
                )  # fmt: skip
            case Count(checklist):
                items = [key for key in self.values if key.startswith(checklist + ".")]
                return self.total([is_not_zero(self.figure(item)).column() for item in items])
            case Pick(choice, pairs):
                return self.chosen(self.figure(choice), [value for _, value in pairs], first=1)
            case Stars(levels):
                reached = _ZERO
                for level, condition in reversed(levels):
                    reached = select(self.truth(condition), constant(Fraction(level)), reached)
                return reached
            case Mean(table, expression):
                return self.mean(table, expression)
            case Ladder(operand, steps):
                return self.chosen(self.value(operand), steps, first=0)

    def truth(self, node: Node) -> Holding:
        match node:
            case Comparison(sign, left, right):
                return compare(sign, self.value(left), self.value(right))
            case Connective(sign, operands):
                return (all_of if sign == "and" else any_of)([self.truth(operand) for operand in operands])
            case Not(operand):
                return none_of(self.truth(operand))
            case _:
                return is_not_zero(self.value(node))

    def reference(self, name: str) -> Vector:
        if name in self.row:
            return self.row[name]
        return self.figure(name)

    def figure(self, name: str) -> Vector:
        """What stands outside a table: in a row of it, that of the row's city."""
        found = self.parts[name] if name in self.parts else self.values[name]
        return found if self.counts is None else _repeat(found, self.counts)

    def is_there(self, node: Node) -> bool:
        return not isinstance(node, Reference) or any(node.name in one for one in (self.row, self.parts, self.values))

    def term(self, node: Node) -> Vector:
        """What a term adds to a sum: nothing where it has no value."""
        found = self.value(node)
        known = self.known.get(node.name) if isinstance(node, Reference) and node.name not in self.row else None
        if known is None:
            return found
        return only_where(known if self.counts is None else np.repeat(known, self.counts), found)

    def total(self, terms: Sequence[Vector]) -> Vector:
        return reduce(add, terms) if terms else _ZERO

    def arithmetic(self, sign: str, left: Vector, right: Vector) -> Vector:
        match sign:
            case "*":
                return multiply(left, right)
            case "/":
                return divide(left, right)
            case _:
                return add(left, right, 1 if sign == "+" else -1)

    def quotient(self, node: Quotient) -> Vector:
        numerator, denominator = self.value(node.numerator), self.value(node.denominator)
        there = is_not_zero(denominator)
        found = divide(numerator, select(there, denominator, _ONE))
        if node.share and not node.literal:
            found = extreme("min", found, _ONE)
        return select(there, found, _ZERO if node.zero is None else self.value(node.zero))

    def band(self, node: Band) -> Vector:
        operand, found = self.value(node.operand), self.value(node.otherwise)
        for step in reversed(node.steps):
            reached = compare(">=" if step.inclusive else ">", operand, constant(step.threshold))
            found = select(reached, self.value(step.value), found)
        return found

    def chosen(self, which: Vector, options: Sequence[Node], first: int) -> Vector:
        found = _BROKEN
        for number, option in enumerate(options, start=first):
            found = select(compare("==", which, constant(Fraction(number))), self.value(option), found)
        return found

    def mean(self, table: str, expression: Node) -> Vector:
        rows = self.tables[table]
        inner = _Walker(self.values, self.known, self.tables, self.parts, rows.columns, rows.counts)
        return mean_of_rows(inner.value(expression), rows.counts)


def _repeat(one: Vector, counts: NDArray[np.int64]) -> Vector:
    """A city's number beside each of its rows."""

    def again(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.repeat(numbers, counts) if numbers.ndim else numbers

    over = again(one.over) if isinstance(one.over, np.ndarray) else one.over
    return Vector(again(one.value), one.error if isinstance(one.error, float) else again(one.error), over)
