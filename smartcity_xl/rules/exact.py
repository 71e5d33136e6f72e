"""A rule's value, in exact rational arithmetic.

Figures come in as fractions; only a node that says so is rounded. ``round_half_up`` is the one rounding of the project.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any

from msgspec import Struct, field

from smartcity_xl.rules.formula import constant
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
    children,
    rewrite,
    walk,
)

Values = Mapping[str, Fraction]
Rows = Sequence[Mapping[str, Fraction]]


class Note(Struct, frozen=True):
    """Something the text is silent about happened on the way: the office is told.

    ``code`` is "zero-denominator", "ratio-above-one" or "ratio-literal"; ``where`` the division it happened in.
    """

    code: str
    where: Quotient
    numerator: Fraction
    denominator: Fraction


class Evaluation(Struct, frozen=True):
    """``value`` is unrounded; ``parts`` holds b1, b2, … as the rule names them."""

    value: Fraction
    parts: Mapping[str, Fraction]
    notes: tuple[Note, ...]


Unreduced = tuple[int, int]
"""Numerator and denominator, which is above 0: not reduced, for that is most of what a fraction costs."""
_ZERO, _ONE = (0, 1), (1, 1)
_TRUTH: Mapping[bool, Unreduced] = {False: _ZERO, True: _ONE}
_COMPARISON: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


def _add(one: Unreduced, other: Unreduced) -> Unreduced:
    if one[1] == other[1]:
        return one[0] + other[0], one[1]
    common = lcm(one[1], other[1])
    return one[0] * (common // one[1]) + other[0] * (common // other[1]), common


def _divide(one: Unreduced, other: Unreduced) -> Unreduced:
    if other[0] < 0:
        return -one[0] * other[1], -one[1] * other[0]
    if not other[0]:
        raise ZeroDivisionError
    return one[0] * other[1], one[1] * other[0]


_ARITHMETIC: dict[str, Callable[[Unreduced, Unreduced], Unreduced]] = {
    "+": _add,
    "-": lambda one, other: _add(one, (-other[0], other[1])),
    "*": lambda one, other: (one[0] * other[0], one[1] * other[1]),
    "/": _divide,
}


class _Evaluator(Struct):
    values: Values
    tables: Mapping[str, Rows]
    parts: dict[str, Unreduced] = field(default_factory=dict)
    row: Mapping[str, Fraction] = field(default_factory=dict)
    notes: dict[Note, None] = field(default_factory=dict)

    def value(self, node: Node) -> Unreduced:
        return _VALUE[type(node)](self, node)

    def result(self, rule: Rule) -> Fraction:
        for name, node in rule.parts:
            self.parts[name] = self.value(node)
        return Fraction(*self.value(rule.result))

    def is_known(self, node: Node) -> bool:
        """Whether a term of a sum has a value: a reference that leads nowhere has none."""
        return type(node) is not Reference or (
            node.name in self.values or node.name in self.parts or node.name in self.row
        )

    def reference(self, node: Reference) -> Unreduced:
        name = node.name
        if name in self.row:
            return self.row[name].as_integer_ratio()
        return self.parts[name] if name in self.parts else self.values[name].as_integer_ratio()

    def quotient(self, node: Quotient) -> Unreduced:
        numerator, denominator = self.value(node.numerator), self.value(node.denominator)
        if not denominator[0]:
            if node.zero is not None:
                return self.value(node.zero)
            self.note("zero-denominator", node, numerator, denominator)
            return _ZERO
        quotient = _divide(numerator, denominator)
        if node.share and quotient[0] > quotient[1]:
            if not node.stated_cap:
                self.note("ratio-literal" if node.literal else "ratio-above-one", node, numerator, denominator)
            return quotient if node.literal else _ONE
        return quotient

    def note(self, code: str, node: Quotient, numerator: Unreduced, denominator: Unreduced) -> None:
        self.notes[Note(code, node, Fraction(*numerator), Fraction(*denominator))] = None

    def mean(self, node: Mean) -> Unreduced:
        rows = self.tables[node.table]
        if not rows:  # “we have none” (E75): as a ratio of nought to nought (E4)
            return _ZERO
        total = _ZERO
        for row in rows:
            self.row = {f"{node.table}.{column}": value for column, value in row.items()}
            total = _add(total, self.value(node.expression))
        self.row = {}
        return total[0], total[1] * len(rows)


# What each kind of node comes to. They are found by type: rules are evaluated some thousand times for each city, and to
# go through all kinds for each node was half of what that cost.


def _connective(e: _Evaluator, node: Connective) -> Unreduced:
    test = all if node.operator == "and" else any
    return _TRUTH[test(e.value(operand)[0] for operand in node.operands)]


def _comparison(e: _Evaluator, node: Comparison) -> Unreduced:
    (above, below), (other, under) = e.value(node.left), e.value(node.right)
    return _TRUTH[_COMPARISON[node.operator](above * under, other * below)]


def _extremum(e: _Evaluator, node: Extremum) -> Unreduced:
    first, *others = map(e.value, node.operands)
    for other in others:
        less = other[0] * first[1] < first[0] * other[1]
        if less == (node.function == "min"):
            first = other
    return first


def _band(e: _Evaluator, node: Band) -> Unreduced:
    above, below = e.value(node.operand)
    for step in node.steps:
        threshold, under = step.threshold.as_integer_ratio()
        far, least = above * under, threshold * below
        if far > least or (step.inclusive and far == least):
            return e.value(step.value)
    return e.value(node.otherwise)


def _points(e: _Evaluator, node: Points) -> Unreduced:
    return reduce(
        _add, (e.value(points) for item, points in node.points if e.values[f"{node.checklist}.{item}"]), _ZERO
    )


def _count(e: _Evaluator, node: Count) -> Unreduced:
    prefix = node.checklist + "."
    return sum(value != 0 for key, value in e.values.items() if key.startswith(prefix)), 1


def _negative(e: _Evaluator, node: Negative) -> Unreduced:
    above, below = e.value(node.operand)
    return -above, below


def _rounded(e: _Evaluator, node: Rounded) -> Unreduced:
    return _round(*e.value(node.operand), 10**node.places)


_VALUE: Mapping[type, Callable[[_Evaluator, Any], Unreduced]] = {
    Number: lambda _, node: node.value.as_integer_ratio(),
    Reference: _Evaluator.reference,
    Rounded: _rounded,
    Sum: lambda e, node: reduce(_add, (e.value(one) for one in node.operands if e.is_known(one)), _ZERO),
    Quotient: _Evaluator.quotient,
    Negative: _negative,
    Arithmetic: lambda e, node: _ARITHMETIC[node.operator](e.value(node.left), e.value(node.right)),
    Comparison: _comparison,
    Connective: _connective,
    Not: lambda e, node: _TRUTH[not e.value(node.operand)[0]],
    If: lambda e, node: e.value(node.then if e.value(node.condition)[0] else node.otherwise),
    Extremum: _extremum,
    Band: _band,
    Points: _points,
    Count: _count,
    Pick: lambda e, node: e.value(node.values[int(e.values[node.choice]) - 1][1]),
    Stars: lambda e, node: (next((level for level, condition in node.levels if e.value(condition)[0]), 0), 1),
    Mean: _Evaluator.mean,
    Ladder: lambda e, node: e.value(node.values[int(Fraction(*e.value(node.operand)))]),
}


def evaluate(rule: Rule, values: Values, tables: Mapping[str, Rows] | None = None) -> Evaluation:
    """The value of a rule.

    ``values``: figure or ``checklist.item`` -> number, complete for this rule; a choice is the position of the
    option, from 1. ``tables``: table -> rows, each column -> number; no rows where there is
    none to count, whose mean is 0. A figure that is not
    there is the caller's error (KeyError): an indicator with missing figures is not evaluated at all.
    """
    evaluator = _Evaluator(values, tables or {})
    value = evaluator.result(rule)
    parts = {name: Fraction(*part) for name, part in evaluator.parts.items()}
    return Evaluation(value, parts, tuple(evaluator.notes))


def value_of(rule: Rule, values: Values, tables: Mapping[str, Rows] | None = None) -> Fraction:
    """The value of a rule alone; arguments as for ``evaluate``."""
    return _Evaluator(values, tables or {}).result(rule)


def holds(condition: Node, values: Values, tables: Mapping[str, Rows] | None = None) -> bool:
    """Whether the condition of a query is true; arguments as for ``evaluate``."""
    return _Evaluator(values, tables or {}).value(condition)[0] != 0


def narrow(rule: Rule, values: Values, tables: Mapping[str, Rows], name: str) -> Rule:
    """The rule as one of a single answer: whatever does not read ``name`` is the number that it comes to."""
    evaluator = _Evaluator(values, tables)

    def is_fixed(node: Node) -> bool:
        match node:
            case Reference(one):
                return one != name and evaluator.is_known(node)  # a part that reads the answer is not known
            case Mean(table, expression):
                read = (one.name for one in walk(expression) if isinstance(one, Reference))
                return all(one.startswith(f"{table}.") for one in read)
            case Points(key) | Count(key) | Pick(key) if key == name.partition(".")[0]:
                return False
        return all(isinstance(child, Number) for child in children(node))

    def fold(node: Node) -> Node:
        return Number(Fraction(*evaluator.value(node))) if not isinstance(node, Number) and is_fixed(node) else node

    kept: list[tuple[str, Node]] = []
    for part, node in rule.parts:
        made = rewrite(node, fold)
        if isinstance(made, Number):
            evaluator.parts[part] = made.value.as_integer_ratio()
        else:
            kept.append((part, made))
    return Rule(rule.source, tuple(kept), rewrite(rule.result, fold))


def round_half_up(value: Fraction, places: int = 2) -> Fraction:
    """Round half away from zero, as the cell function ROUND does (decision E6)."""
    return Fraction(*_round(*value.as_integer_ratio(), 10**places))


def count_rounded(value: Fraction, places: int = 2) -> int:
    """The same, as the number of its smallest units: of hundredths, as a rule."""
    return _round(*value.as_integer_ratio(), 10**places)[0]


def _round(numerator: int, denominator: int, scale: int) -> Unreduced:
    magnitude = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    return (magnitude if numerator >= 0 else -magnitude), scale


def shown(value: Fraction) -> str:
    """A number as it is told to people: in full, or to ten places where it has no finite decimal form."""
    text = constant(value)
    return text if "/" not in text else constant(round_half_up(value, 10))
