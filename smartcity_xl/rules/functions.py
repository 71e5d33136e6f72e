"""What each kind of node comes to: a node becomes a function of the answers, made once and called often.

The value that a function gives is exact, as a numerator and a denominator that is above 0. It is not reduced: that is
most of what a fraction costs, and is done once, at the end.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any

from msgspec import Struct

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
    Stars,
    Sum,
)

Unreduced = tuple[int, int]
Values = Mapping[str, Fraction]
Rows = Sequence[Mapping[str, Fraction]]
Noted = dict[tuple[str, Quotient, Unreduced, Unreduced], None]
"""What the text is silent about happened: a code, the division it happened in, its numerator and denominator."""


class AtHand(Struct):
    """What functions read. ``values``: answers by name; ``known``, which go before them: parts of the rule, the columns
    of a row, what is tried. ``notes``: None where nobody asks for them."""

    values: Values
    tables: Mapping[str, Rows]
    known: dict[str, Unreduced]
    notes: Noted | None = None


NodeFunction = Callable[[AtHand], Unreduced]
MakeFunction = Callable[[Node], NodeFunction]
"""What makes the function of a node below."""

_ZERO, _ONE = (0, 1), (1, 1)
_COMPARISON: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


def function_of(node: Node, make: MakeFunction) -> NodeFunction:
    """The function of a node over those that ``make`` makes of the nodes below it."""
    return _KINDS[type(node)](node, make)


class Always:
    """The function of what is the same whatever is at hand: those above it can do their part of the work at once."""

    __slots__ = ("value",)

    def __init__(self, value: Unreduced) -> None:
        self.value = value

    def __call__(self, _: AtHand) -> Unreduced:
        return self.value


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


def _number(node: Number, _: MakeFunction) -> NodeFunction:
    return Always(node.value.as_integer_ratio())


def _reference(node: Reference, _: MakeFunction) -> NodeFunction:
    name = node.name

    def read(at: AtHand) -> Unreduced:
        found = at.known.get(name)
        return at.values[name].as_integer_ratio() if found is None else found

    return read


def _rounded(node: Rounded, make: MakeFunction) -> NodeFunction:
    operand, scale = make(node.operand), 10**node.places

    def rounded(at: AtHand) -> Unreduced:
        return round_pair(*operand(at), scale)

    return rounded


def _sum(node: Sum, make: MakeFunction) -> NodeFunction:
    """A reference that leads nowhere has no value, and is passed over."""
    terms = [(one.name if isinstance(one, Reference) else "", make(one)) for one in node.operands]

    def added(at: AtHand) -> Unreduced:
        above, below = _ZERO
        known, values = at.known, at.values
        for name, term in terms:
            if name and name not in known and name not in values:
                continue
            more, under = term(at)
            if under == below:
                above += more
            else:
                above, below = _add((above, below), (more, under))
        return above, below

    return added


def _quotient(node: Quotient, make: MakeFunction) -> NodeFunction:
    over, under = make(node.numerator), make(node.denominator)
    if isinstance(under, Always) and under.value[0] > 0 and not node.share:
        return _times(over, under.value[::-1])
    zero = None if node.zero is None else make(node.zero)
    share, above_one = node.share, "" if node.stated_cap else "ratio-literal" if node.literal else "ratio-above-one"

    def divided(at: AtHand) -> Unreduced:
        numerator, denominator = over(at), under(at)
        if not denominator[0]:
            if zero is not None:
                return zero(at)
            if at.notes is not None:
                at.notes["zero-denominator", node, numerator, denominator] = None
            return _ZERO
        quotient = _divide(numerator, denominator)
        if share and quotient[0] > quotient[1]:
            if above_one and at.notes is not None:
                at.notes[above_one, node, numerator, denominator] = None
            return quotient if node.literal else _ONE
        return quotient

    return divided


def _negative(node: Negative, make: MakeFunction) -> NodeFunction:
    operand = make(node.operand)

    def negated(at: AtHand) -> Unreduced:
        above, below = operand(at)
        return -above, below

    return negated


def _arithmetic(node: Arithmetic, make: MakeFunction) -> NodeFunction:
    left, right, does = make(node.left), make(node.right), _ARITHMETIC[node.operator]
    if node.operator == "/" and isinstance(right, Always) and right.value[0] > 0:
        return _times(left, right.value[::-1])
    if node.operator == "*" and isinstance(right, Always):
        return _times(left, right.value)
    if node.operator == "*" and isinstance(left, Always):
        return _times(right, left.value)
    return lambda at: does(left(at), right(at))


def _times(operand: NodeFunction, factor: Unreduced) -> NodeFunction:
    over, under = factor

    def multiplied(at: AtHand) -> Unreduced:
        above, below = operand(at)
        return above * over, below * under

    return multiplied


def _comparison(node: Comparison, make: MakeFunction) -> NodeFunction:
    left, right, holds = make(node.left), make(node.right), _COMPARISON[node.operator]
    if isinstance(right, Always):
        limit, parts = right.value

        def held(at: AtHand) -> Unreduced:
            above, below = left(at)
            return _ONE if holds(above * parts, limit * below) else _ZERO

        return held

    def compared(at: AtHand) -> Unreduced:
        above, below = left(at)
        other, under = right(at)
        return _ONE if holds(above * under, other * below) else _ZERO

    return compared


def _connective(node: Connective, make: MakeFunction) -> NodeFunction:
    operands, settles = [make(one) for one in node.operands], node.operator == "or"
    early, late = (_ONE, _ZERO) if settles else (_ZERO, _ONE)

    def connected(at: AtHand) -> Unreduced:
        for one in operands:
            if bool(one(at)[0]) is settles:
                return early
        return late

    return connected


def _not(node: Not, make: MakeFunction) -> NodeFunction:
    operand = make(node.operand)
    return lambda at: _ZERO if operand(at)[0] else _ONE


def _if(node: If, make: MakeFunction) -> NodeFunction:
    condition, then, otherwise = make(node.condition), make(node.then), make(node.otherwise)
    return lambda at: then(at) if condition(at)[0] else otherwise(at)


def _extremum(node: Extremum, make: MakeFunction) -> NodeFunction:
    (first, *others), least = [make(one) for one in node.operands], node.function == "min"

    def best(at: AtHand) -> Unreduced:
        found = first(at)
        for one in others:
            other = one(at)
            if (other[0] * found[1] < found[0] * other[1]) is least:
                found = other
        return found

    return best


def _band(node: Band, make: MakeFunction) -> NodeFunction:
    operand, otherwise = make(node.operand), make(node.otherwise)
    steps = [(*step.threshold.as_integer_ratio(), step.inclusive, make(step.value)) for step in node.steps]

    def reached(at: AtHand) -> Unreduced:
        above, below = operand(at)
        for threshold, under, inclusive, value in steps:
            far, least = above * under, threshold * below
            if far > least or (inclusive and far == least):
                return value(at)
        return otherwise(at)

    return reached


def _points(node: Points, make: MakeFunction) -> NodeFunction:
    items = [(f"{node.checklist}.{item}", make(points)) for item, points in node.points]
    return lambda at: reduce(_add, (points(at) for name, points in items if at.values[name]), _ZERO)


def _count(node: Count, _: MakeFunction) -> NodeFunction:
    prefix = node.checklist + "."
    return lambda at: (sum(value != 0 for key, value in at.values.items() if key.startswith(prefix)), 1)


def _pick(node: Pick, make: MakeFunction) -> NodeFunction:
    options, choice = [make(value) for _, value in node.values], node.choice
    return lambda at: options[int(at.values[choice]) - 1](at)


def _stars(node: Stars, make: MakeFunction) -> NodeFunction:
    levels = [((level, 1), make(condition)) for level, condition in node.levels]
    return lambda at: next((level for level, condition in levels if condition(at)[0]), _ZERO)


def _mean(node: Mean, make: MakeFunction) -> NodeFunction:
    expression, table = make(node.expression), node.table

    def averaged(at: AtHand) -> Unreduced:
        rows = at.tables[table]
        if not rows:  # “we have none” (E75): as a ratio of nought to nought (E4)
            return _ZERO
        total, known = _ZERO, at.known
        for row in rows:
            columns = {f"{table}.{column}": value.as_integer_ratio() for column, value in row.items()}
            at.known = {**known, **columns}
            total = _add(total, expression(at))
        at.known = known
        return total[0], total[1] * len(rows)

    return averaged


def _ladder(node: Ladder, make: MakeFunction) -> NodeFunction:
    operand, rungs = make(node.operand), [make(one) for one in node.values]
    return lambda at: rungs[int(Fraction(*operand(at)))](at)


_KINDS: Mapping[type, Callable[[Any, MakeFunction], NodeFunction]] = {
    Number: _number,
    Reference: _reference,
    Rounded: _rounded,
    Sum: _sum,
    Quotient: _quotient,
    Negative: _negative,
    Arithmetic: _arithmetic,
    Comparison: _comparison,
    Connective: _connective,
    Not: _not,
    If: _if,
    Extremum: _extremum,
    Band: _band,
    Points: _points,
    Count: _count,
    Pick: _pick,
    Stars: _stars,
    Mean: _mean,
    Ladder: _ladder,
}


def round_pair(numerator: int, denominator: int, scale: int) -> Unreduced:
    """Half away from zero, to so many parts of one."""
    magnitude = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    return (magnitude if numerator >= 0 else -magnitude), scale
