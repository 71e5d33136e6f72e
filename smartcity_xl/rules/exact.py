"""A rule's value, in exact rational arithmetic.

Figures come in as fractions; only a node that says so is rounded. ``round_half_up`` is the one rounding of the project.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
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
        match node:
            case Number(value):
                return value
            case Reference(name):
                return self.reference(name)
            case Rounded(operand, places):
                return round_half_up(self.value(operand), places)
            case Sum(operands):
                return sum((self.value(operand) for operand in operands if self.is_known(operand)), _ZERO)
            case Quotient():
                return self.quotient(node)
            case Negative(operand):
                return -self.value(operand)
            case Arithmetic(sign, left, right):
                return _ARITHMETIC[sign](self.value(left), self.value(right))
            case Comparison(sign, left, right):
                return _TRUTH[_COMPARISON[sign](self.value(left), self.value(right))]
            case Connective(sign, operands):
                test = all if sign == "and" else any
                return _TRUTH[test(self.value(operand) != 0 for operand in operands)]
            case Not(operand):
                return _TRUTH[self.value(operand) == 0]
            case If(condition, then, otherwise):
                return self.value(then if self.value(condition) else otherwise)
            case Extremum(function, operands):
                return (min if function == "min" else max)(self.value(operand) for operand in operands)
            case Band(operand, steps, otherwise):
                x = self.value(operand)
                for step in steps:
                    if x > step.threshold or (step.inclusive and x == step.threshold):
                        return self.value(step.value)
                return self.value(otherwise)
            case Points(checklist, pairs):
                ticked = (self.value(points) for item, points in pairs if self.values[f"{checklist}.{item}"])
                return sum(ticked, _ZERO)
            case Count(checklist):
                prefix = checklist + "."
                return Fraction(sum(value != 0 for key, value in self.values.items() if key.startswith(prefix)))
            case Pick(choice, pairs):
                return self.value(pairs[int(self.values[choice]) - 1][1])
            case Stars(levels):
                return Fraction(next((level for level, condition in levels if self.value(condition)), 0))
            case Mean(table, expression):
                return self.mean(table, expression)
            case Ladder(operand, steps):
                return self.value(steps[int(self.value(operand))])

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


def round_half_up(value: Fraction, places: int = 2) -> Fraction:
    """Round half away from zero, as the cell function ROUND does (decision E6)."""
    numerator, denominator, scale = value.numerator, value.denominator, 10**places
    magnitude = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    return Fraction(magnitude if numerator >= 0 else -magnitude, scale)


def shown(value: Fraction) -> str:
    """A number as it is told to people: in full, or to ten places where it has no finite decimal form."""
    text = constant(value)
    return text if "/" not in text else constant(round_half_up(value, 10))
