"""The syntax tree of a rule: plain data, open to inspection.

The engine, the formula writer and the wording walk it, and so does ``influence``, which asks what a rule depends on.
Scores above the rules (weights, caps, rounding, sums) are said in the same nodes: see ``catalog.score_tree``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

_Key = TypeVar("_Key", str, int)


class Number(Struct, frozen=True):
    value: Fraction
    percent: bool = False


class Reference(Struct, frozen=True):
    """A figure (``a``), an item or a column (``a.b``), or a part of the same rule (``b1``)."""

    name: str


class Negative(Struct, frozen=True):
    operand: Node


class Arithmetic(Struct, frozen=True):
    """``operator`` is one of + - * /; the right side of / is a constant."""

    operator: str
    left: Node
    right: Node


class Comparison(Struct, frozen=True):
    """``operator`` is one of >= > <= < == !=; its value is 1 or 0."""

    operator: str
    left: Node
    right: Node


class Connective(Struct, frozen=True):
    """``operator`` is "and" or "or"; its value is 1 or 0."""

    operator: str
    operands: tuple[Node, ...]


class Not(Struct, frozen=True):
    operand: Node


class Quotient(Struct, frozen=True):
    """``numerator / denominator``.

    ``zero``: the value the text states for a zero denominator, or None where it is silent. ``share``: a part of
    a whole, at most 1. ``stated_cap``: the text itself says that above 1 counts as 1. ``literal``: a share that counts
    as it is above 1, because the text states no cap and the office keeps to the letter (decision E3).
    """

    numerator: Node
    denominator: Node
    zero: Node | None = None
    share: bool = False
    stated_cap: bool = False
    literal: bool = False


class If(Struct, frozen=True):
    condition: Node
    then: Node
    otherwise: Node


class Extremum(Struct, frozen=True):
    """``function`` is "min" or "max"."""

    function: str
    operands: tuple[Node, ...]


class BandStep(Struct, frozen=True):
    """Reached when the value is >= the threshold (``inclusive``) or > it."""

    threshold: Fraction
    inclusive: bool
    value: Node
    percent: bool = False


class Band(Struct, frozen=True):
    operand: Node
    steps: tuple[BandStep, ...]
    otherwise: Node


class Points(Struct, frozen=True):
    """The sum of the points of a checklist's ticked items."""

    checklist: str
    points: tuple[tuple[str, Node], ...]


class Count(Struct, frozen=True):
    """The number of a checklist's ticked items."""

    checklist: str


class Pick(Struct, frozen=True):
    """The value of the option chosen."""

    choice: str
    values: tuple[tuple[str, Node], ...]


class Stars(Struct, frozen=True):
    """The highest level whose own condition holds, 0 where none does. Levels fall; lower ones need not hold (E59)."""

    levels: tuple[tuple[int, Node], ...]


class Mean(Struct, frozen=True):
    """The mean of an expression over the rows of a table."""

    table: str
    expression: Node


class Rounded(Struct, frozen=True):
    """Half-up to so many decimals. No rule of a catalog says it: scores are rounded above the rules (decision E6)."""

    operand: Node
    places: int = 2


class Sum(Struct, frozen=True):
    """The sum of what has a value: a reference to a result that is not there counts 0. Of nothing it is 0."""

    operands: tuple[Node, ...]


class Ladder(Struct, frozen=True):
    """What each whole number earns, from 0 upwards: the points of a star level."""

    operand: Node
    values: tuple[Node, ...]


Node = (
    Number | Reference | Negative | Arithmetic | Comparison | Connective | Not | Quotient | If | Extremum | Band
    | Points | Count | Pick | Stars | Mean | Rounded | Sum | Ladder
)  # fmt: skip


class Rule(Struct, frozen=True):
    """``parts`` are the named intermediate results, in order; each may use those above it."""

    source: str
    parts: tuple[tuple[str, Node], ...]
    result: Node


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in reading order."""
    match node:
        case Negative(operand) | Not(operand) | Rounded(operand):
            return (operand,)
        case Arithmetic(_, left, right) | Comparison(_, left, right):
            return (left, right)
        case Connective(_, operands) | Extremum(_, operands) | Sum(operands):
            return operands
        case Ladder(operand, values):
            return (operand, *values)
        case Quotient(numerator, denominator, zero):
            return (numerator, denominator) if zero is None else (numerator, denominator, zero)
        case If(condition, then, otherwise):
            return (condition, then, otherwise)
        case Band(operand, steps, otherwise):
            return (operand, *(step.value for step in steps), otherwise)
        case Points(_, pairs) | Pick(_, pairs):
            return tuple(value for _, value in pairs)
        case Stars(levels):
            return tuple(condition for _, condition in levels)
        case Mean(_, expression):
            return (expression,)
        case Number() | Reference() | Count():
            return ()


def walk(rule: Rule | Node) -> Iterator[Node]:
    """Every node of a rule or of a tree, parents before children."""
    if isinstance(rule, Rule):
        for _, node in rule.parts:
            yield from walk(node)
        yield from walk(rule.result)
        return
    yield rule
    for child in children(rule):
        yield from walk(child)


def rewrite(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with every node replaced by what ``change`` makes of it, children before parents."""

    def again(child: Node) -> Node:
        return rewrite(child, change)

    def pairs(entries: tuple[tuple[_Key, Node], ...]) -> tuple[tuple[_Key, Node], ...]:
        return tuple((key, again(value)) for key, value in entries)

    made: Node
    match node:
        case Negative(operand):
            made = Negative(again(operand))
        case Not(operand):
            made = Not(again(operand))
        case Arithmetic(sign, left, right):
            made = Arithmetic(sign, again(left), again(right))
        case Comparison(sign, left, right):
            made = Comparison(sign, again(left), again(right))
        case Connective(sign, operands):
            made = Connective(sign, tuple(map(again, operands)))
        case Extremum(function, operands):
            made = Extremum(function, tuple(map(again, operands)))
        case Quotient(numerator, denominator, zero):
            made = replace(
                node,
                numerator=again(numerator),
                denominator=again(denominator),
                zero=None if zero is None else again(zero),
            )
        case If(condition, then, otherwise):
            made = If(again(condition), again(then), again(otherwise))
        case Band(operand, steps, otherwise):
            made = Band(again(operand), tuple(replace(s, value=again(s.value)) for s in steps), again(otherwise))
        case Points(checklist, points):
            made = Points(checklist, pairs(points))
        case Pick(choice, values):
            made = Pick(choice, pairs(values))
        case Stars(levels):
            made = Stars(pairs(levels))
        case Mean(table, expression):
            made = Mean(table, again(expression))
        case Rounded(operand, places):
            made = Rounded(again(operand), places)
        case Sum(operands):
            made = Sum(tuple(map(again, operands)))
        case Ladder(operand, steps):
            made = Ladder(again(operand), tuple(map(again, steps)))
        case Number() | Reference() | Count():
            made = node
    return change(made)


def rewrite_rule(rule: Rule, change: Callable[[Node], Node]) -> Rule:
    """The rule with ``rewrite`` done to each of its parts and to its result."""
    parts = tuple((name, rewrite(node, change)) for name, node in rule.parts)
    return replace(rule, parts=parts, result=rewrite(rule.result, change))


def spell_out(rule: Rule, node: Node | None = None) -> Node:
    """The result of a rule, or a node in it, with the named parts written out."""
    parts = dict(rule.parts)

    def written(one: Node) -> Node:
        return rewrite(parts[one.name], written) if isinstance(one, Reference) and one.name in parts else one

    return rewrite(rule.result if node is None else node, written)


def names_used(rule: Rule | Node) -> tuple[str, ...]:
    """The figures, items and columns that a rule reads (parts excluded), each once, in reading order."""
    parts = {name for name, _ in rule.parts} if isinstance(rule, Rule) else set()
    found: dict[str, None] = {}
    for node in walk(rule):
        match node:
            case Reference(name) if name not in parts:
                found[name] = None
            case Points(name) | Count(name) | Pick(name) | Mean(name):
                found[name] = None
    return tuple(found)
