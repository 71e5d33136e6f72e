"""A rule's value, in exact rational arithmetic.

Figures come in as fractions; only a node that says so is rounded. ``round_half_up`` is the one rounding of the project.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
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


_ARITHMETIC: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARISON: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


_ZERO, _ONE = Fraction(0), Fraction(1)
_TRUTH = {False: _ZERO, True: _ONE}


class _Evaluator(Struct):
    values: Values
    tables: Mapping[str, Rows]
    parts: dict[str, Fraction] = field(default_factory=dict)
    row: Mapping[str, Fraction] = field(default_factory=dict)
    notes: dict[Note, None] = field(default_factory=dict)

    def value(self, node: Node) -> Fraction:
        return _VALUE[type(node)](self, node)

    def is_known(self, node: Node) -> bool:
        """Whether a term of a sum has a value: a reference that leads nowhere has none."""
        scopes = (self.row, self.parts, self.values)
        return not isinstance(node, Reference) or any(node.name in scope for scope in scopes)

    def reference(self, name: str) -> Fraction:
        for scope in (self.row, self.parts, self.values):
            if name in scope:
                return scope[name]
        raise KeyError(name)

    def quotient(self, node: Quotient) -> Fraction:
        numerator, denominator = self.value(node.numerator), self.value(node.denominator)
        if denominator == 0:
            if node.zero is not None:
                return self.value(node.zero)
            self.notes[Note("zero-denominator", node, numerator, denominator)] = None
            return _ZERO
        quotient = numerator / denominator
        if node.share and quotient > 1:
            if not node.stated_cap:
                code = "ratio-literal" if node.literal else "ratio-above-one"
                self.notes[Note(code, node, numerator, denominator)] = None
            return quotient if node.literal else _ONE
        return quotient

    def mean(self, table: str, expression: Node) -> Fraction:
        rows = self.tables[table]
        if not rows:  # “we have none” (E75): as a ratio of nought to nought (E4)
            return _ZERO
        total = _ZERO
        for row in rows:
            self.row = {f"{table}.{column}": value for column, value in row.items()}
            total += self.value(expression)
        self.row = {}
        return total / len(rows)


# What each kind of node comes to. They are found by type: rules are evaluated some thousand times for each city, and to
# go through all kinds for each node was half of what that cost.


def _sum(e: _Evaluator, node: Sum) -> Fraction:
    """Added up over one denominator, and reduced once: a fraction reduces itself after every term."""
    above, below = 0, 1
    for operand in node.operands:
        if e.is_known(operand):
            numerator, denominator = e.value(operand).as_integer_ratio()
            if denominator == below:
                above += numerator
            else:
                common = lcm(below, denominator)
                above, below = above * (common // below) + numerator * (common // denominator), common
    return Fraction(above, below)


def _connective(e: _Evaluator, node: Connective) -> Fraction:
    test = all if node.operator == "and" else any
    return _TRUTH[test(e.value(operand) != 0 for operand in node.operands)]


def _band(e: _Evaluator, node: Band) -> Fraction:
    x = e.value(node.operand)
    for step in node.steps:
        if x > step.threshold or (step.inclusive and x == step.threshold):
            return e.value(step.value)
    return e.value(node.otherwise)


def _points(e: _Evaluator, node: Points) -> Fraction:
    ticked = (e.value(points) for item, points in node.points if e.values[f"{node.checklist}.{item}"])
    return sum(ticked, _ZERO)


def _count(e: _Evaluator, node: Count) -> Fraction:
    prefix = node.checklist + "."
    return Fraction(sum(value != 0 for key, value in e.values.items() if key.startswith(prefix)))


_VALUE: Mapping[type, Callable[[_Evaluator, Any], Fraction]] = {
    Number: lambda _, node: node.value,
    Reference: lambda e, node: e.reference(node.name),
    Rounded: lambda e, node: round_half_up(e.value(node.operand), node.places),
    Sum: _sum,
    Quotient: _Evaluator.quotient,
    Negative: lambda e, node: -e.value(node.operand),
    Arithmetic: lambda e, node: _ARITHMETIC[node.operator](e.value(node.left), e.value(node.right)),
    Comparison: lambda e, node: _TRUTH[_COMPARISON[node.operator](e.value(node.left), e.value(node.right))],
    Connective: _connective,
    Not: lambda e, node: _TRUTH[e.value(node.operand) == 0],
    If: lambda e, node: e.value(node.then if e.value(node.condition) else node.otherwise),
    Extremum: lambda e, node: (min if node.function == "min" else max)(map(e.value, node.operands)),
    Band: _band,
    Points: _points,
    Count: _count,
    Pick: lambda e, node: e.value(node.values[int(e.values[node.choice]) - 1][1]),
    Stars: lambda e, node: Fraction(next((level for level, condition in node.levels if e.value(condition)), 0)),
    Mean: lambda e, node: e.mean(node.table, node.expression),
    Ladder: lambda e, node: e.value(node.values[int(e.value(node.operand))]),
}


def evaluate(rule: Rule, values: Values, tables: Mapping[str, Rows] | None = None) -> Evaluation:
    """The value of a rule.

    ``values``: figure or ``checklist.item`` -> number, complete for this rule; a choice is the position of the
    option, from 1. ``tables``: table -> rows, each column -> number; no rows where there is
    none to count, whose mean is 0. A figure that is not
    there is the caller's error (KeyError): an indicator with missing figures is not evaluated at all.
    """
    evaluator = _Evaluator(values, tables or {})
    for name, node in rule.parts:
        evaluator.parts[name] = evaluator.value(node)
    value = evaluator.value(rule.result)
    return Evaluation(value, evaluator.parts, tuple(evaluator.notes))


def holds(condition: Node, values: Values, tables: Mapping[str, Rows] | None = None) -> bool:
    """Whether the condition of a query is true; arguments as for ``evaluate``."""
    return _Evaluator(values, tables or {}).value(condition) != 0


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
        return Number(evaluator.value(node)) if not isinstance(node, Number) and is_fixed(node) else node

    kept: list[tuple[str, Node]] = []
    for part, node in rule.parts:
        made = rewrite(node, fold)
        if isinstance(made, Number):
            evaluator.parts[part] = made.value
        else:
            kept.append((part, made))
    return Rule(rule.source, tuple(kept), rewrite(rule.result, fold))


def round_half_up(value: Fraction, places: int = 2) -> Fraction:
    """Round half away from zero, as the cell function ROUND does (decision E6)."""
    numerator, denominator, scale = value.numerator, value.denominator, 10**places
    magnitude = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    return Fraction(magnitude if numerator >= 0 else -magnitude, scale)


def shown(value: Fraction) -> str:
    """A number as it is told to people: in full, or to ten places where it has no finite decimal form."""
    text = constant(value)
    return text if "/" not in text else constant(round_half_up(value, 10))
