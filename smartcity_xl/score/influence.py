"""Which answers a node of the score tree depends on, in which direction, and with which steps.

A direction is claimed only where it holds for all values that the other answers can have. Rounding is no step: it is
everywhere, and moves nothing by more than half a hundredth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct, field

from smartcity_xl.catalog.score_tree import ScoreTree
from smartcity_xl.model import Catalog, Merge
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
    names_used,
)
from smartcity_xl.score.ranges import Range, range_of

_ZERO = Fraction(0)


class Way(StrEnum):
    """What a greater answer does to a result: it never lowers it, never raises it, or may do either."""

    UP = "increasing"
    DOWN = "decreasing"
    EITHER = "either"

    def __neg__(self) -> Way:
        return {Way.UP: Way.DOWN, Way.DOWN: Way.UP}.get(self, self)


class Turn(StrEnum):
    """Why a result changes all at once, or stops changing."""

    BAND = "band"
    COMPARISON = "comparison"
    CAP = "cap"
    """The smaller or greater of two, one of them a constant; a share that counts as 1 at most."""
    ZERO = "zero"
    """A denominator that may be 0."""
    TICK = "tick"
    OPTION = "option"
    ROWS = "rows"
    """The number of rows of a table."""


class InfluenceStep(Struct, frozen=True):
    """``operand`` reaches or passes ``at``; None where it is held against something that is no constant."""

    turn: Turn
    operand: Node
    at: Fraction | None = None


class Influence(Struct, frozen=True):
    """What one answer does to a node."""

    way: Way
    steps: tuple[InfluenceStep, ...]


Ways = Mapping[str, Way]


def find_influences(catalog: Catalog, tree: ScoreTree, name: str) -> Mapping[str, Influence]:
    """Answer -> what it does to the node ``name``: a slot, a column of a table (``table.column``), or a whole table."""
    reader = _Reader(catalog, tree)
    ways, steps = reader.result(tree.nodes[name].rule)
    return {answer: Influence(way, tuple(dict.fromkeys(steps.get(answer, ())))) for answer, way in ways.items()}


def find_ways(catalog: Catalog, tree: ScoreTree, rule: Rule, given: Mapping[str, Range]) -> Ways:
    """Answer -> what it does to a rule, while all answers lie in the ranges ``given``."""
    return _Reader(catalog, tree, given=given).result(rule)[0]


def _join(all_: Iterable[Ways]) -> Ways:
    """What several parts of a result make of an answer together."""
    found: dict[str, Way] = {}
    for ways in all_:
        for name, way in ways.items():
            found[name] = way if found.get(name, way) is way else Way.EITHER
    return found


def _turn(ways: Ways) -> Ways:
    return {name: -way for name, way in ways.items()}


def _blur(ways: Ways) -> Ways:
    return dict.fromkeys(ways, Way.EITHER)


def _signed(ways: Ways, by: Range) -> Ways:
    """The ways of a factor, where the other one lies in ``by``."""
    if by.nothing:
        return {}
    return ways if by.unsigned else _turn(ways) if by.negative else _blur(ways)


class _Reader(Struct, dict=True):
    """Reads one node after the other. ``parts`` are the named results of the rule that is being read."""

    catalog: Catalog
    tree: ScoreTree
    parts: dict[str, Node] = field(default_factory=dict)
    steps: dict[str, list[InfluenceStep]] = field(default_factory=dict)
    known: dict[str, tuple[Ways, Range]] = field(default_factory=dict)
    """Node of the tree -> what it depends on, and its range, once read."""
    given: Mapping[str, Range] = field(default_factory=dict)
    """What is known of answers beside what the catalog says: name -> its range."""

    def result(self, rule: Rule) -> tuple[Ways, Mapping[str, list[InfluenceStep]]]:
        return self._rule(rule)[0], self.steps

    def _rule(self, rule: Rule) -> tuple[Ways, Range]:
        outer, self.parts = self.parts, dict(rule.parts)
        found = self.ways(rule.result), self.range(rule.result)
        self.parts = outer
        return found

    def _node(self, name: str) -> tuple[Ways, Range]:
        if name not in self.known:
            self.known[name] = self._rule(self.tree.nodes[name].rule)
        return self.known[name]

    # --- ranges --------------------------------------------------------------------------------------------------

    def range(self, node: Node) -> Range:
        return range_of(node, self._named, self._items)

    def _items(self, checklist: str) -> list[str]:
        return [slot.key for slot in self.catalog.figures[checklist].slots]

    def _named(self, name: str) -> Range:
        if name in self.given:
            return self.given[name]
        if name in self.parts:
            return self.range(self.parts[name])
        if name in self.tree.nodes:
            return self._node(name)[1]
        figure, _, member = name.partition(".")
        columns = {f"{figure}.{column.key}": column for column in self.catalog.figures[figure].columns}
        slot = columns[name] if member and columns else self.catalog.slots[name]
        if slot.fixed is not None:
            return Range(slot.fixed, slot.fixed)
        return Range(slot.minimum, None if slot.merge is Merge.SUM else slot.maximum)

    # --- directions, and the steps on the way --------------------------------------------------------------------

    def note(self, turn: Turn, operand: Node, at: Fraction | None = None) -> None:
        """A step for every answer that the operand depends on."""
        for answer in self._answers(operand):
            self.steps.setdefault(answer, []).append(InfluenceStep(turn, operand, at))

    def _answers(self, node: Node) -> Iterator[str]:
        for name in names_used(node):
            if name in self.parts:
                yield from self._answers(self.parts[name])
            elif name in self.tree.nodes:
                yield from self._node(name)[0]
            elif name in self.catalog.figures and self.catalog.figures[name].items:
                yield from (slot.key for slot in self.catalog.figures[name].slots)
            else:
                yield name

    def ways(self, node: Node) -> Ways:
        match node:
            case Number():
                return {}
            case Reference(name):
                return self._reference(name)
            case Negative(operand):
                return _turn(self.ways(operand))
            case Rounded(operand):
                return self.ways(operand)
            case Arithmetic(sign, left, right):
                return self._arithmetic(sign, left, right)
            case Comparison():
                return self._comparison(node)
            case Connective(_, operands):
                return _join(map(self._truth, operands))
            case Not(operand):
                return _turn(self._truth(operand))
            case Quotient():
                return self._quotient(node)
            case If(condition, then, otherwise):
                return _join((self._choice(condition, then, otherwise), self.ways(then), self.ways(otherwise)))
            case Extremum(_, operands):
                return self._extremum(operands)
            case Band(operand, steps, otherwise):
                for step in steps:
                    self.note(Turn.BAND, operand, step.threshold)
                return self._rising(operand, [otherwise, *(step.value for step in reversed(steps))])
            case Ladder(operand, values):
                return self._rising(operand, values)
            case Points() | Count() | Pick() | Mean():
                return self._listed(node)
            case Stars(levels):
                return _join(self._truth(condition) for _, condition in levels)
            case Sum(operands):
                return _join(map(self.ways, operands))

    def _reference(self, name: str) -> Ways:
        if name in self.parts:
            return self.ways(self.parts[name])
        return self._node(name)[0] if name in self.tree.nodes else {name: Way.UP}

    def _truth(self, condition: Node) -> Ways:
        """What makes a condition hold: any number but 0 counts as true."""
        ways = self.ways(condition)
        if not isinstance(condition, (Comparison, Connective, Not)):
            self.note(Turn.COMPARISON, condition, _ZERO)
        reach = self.range(condition)
        return ways if reach.unsigned else _turn(ways) if reach.negative else _blur(ways)

    def _arithmetic(self, sign: str, left: Node, right: Node) -> Ways:
        ways, others = self.ways(left), self.ways(right)
        if sign in "+-":
            return _join((ways, others if sign == "+" else _turn(others)))
        return _join((_signed(ways, self.range(right)), _signed(others, self.range(left))))

    def _comparison(self, node: Comparison) -> Ways:
        for side, other in ((node.left, node.right), (node.right, node.left)):
            self.note(Turn.COMPARISON, side, other.value if isinstance(other, Number) else None)
        ways, others = self.ways(node.left), self.ways(node.right)
        if node.operator in ("==", "!="):
            return _blur(_join((ways, others)))
        found = _join((ways, _turn(others)))
        return found if node.operator in (">", ">=") else _turn(found)

    def _quotient(self, node: Quotient) -> Ways:
        ways, others = self.ways(node.numerator), self.ways(node.denominator)
        numerator, denominator = self.range(node.numerator), self.range(node.denominator)
        if node.share and not node.literal:
            self.note(Turn.CAP, node, Fraction(1))
        zero: Ways = {} if node.zero is None else self.ways(node.zero)
        below = _turn(_signed(others, numerator))
        if not denominator.positive:  # from 0 to anything it may rise, whatever it does then
            self.note(Turn.ZERO, node.denominator, _ZERO)
            below = _blur(others)
        return _join((_signed(ways, denominator), below, zero))

    def _choice(self, condition: Node, then: Node, otherwise: Node) -> Ways:
        """What the condition of an ``if`` does, by which of its ends is the greater one."""
        ways, one, other = self._truth(condition), self.range(then), self.range(otherwise)
        return ways if one.above(other) else _turn(ways) if other.above(one) else _blur(ways)

    def _extremum(self, operands: tuple[Node, ...]) -> Ways:
        for constant in (operand for operand in operands if isinstance(operand, Number)):
            for operand in operands:
                self.note(Turn.CAP, operand, constant.value)
        return _join(map(self.ways, operands))

    def _rising(self, operand: Node, values: Iterable[Node]) -> Ways:
        """Values that an operand reaches one after the other, from the lowest."""
        values = tuple(values)
        reaches, ways = list(map(self.range, values)), self.ways(operand)
        pairs = list(pairwise(reaches))
        if not all(later.above(earlier) for earlier, later in pairs):
            ways = _turn(ways) if all(earlier.above(later) for earlier, later in pairs) else _blur(ways)
        return _join((ways, *map(self.ways, values)))

    def _listed(self, node: Points | Count | Pick | Mean) -> Ways:
        match node:
            case Points(checklist, pairs):
                for item, _ in pairs:
                    self.note(Turn.TICK, Reference(f"{checklist}.{item}"))
                ticks = (_signed({f"{checklist}.{item}": Way.UP}, self.range(points)) for item, points in pairs)
                return _join((*ticks, *(self.ways(points) for _, points in pairs)))
            case Count(checklist):
                items = [slot.key for slot in self.catalog.figures[checklist].slots]
                for item in items:
                    self.note(Turn.TICK, Reference(item))
                return dict.fromkeys(items, Way.UP)
            case Pick(choice, pairs):
                self.note(Turn.OPTION, Reference(choice))
                return _join(({choice: Way.EITHER}, *(self.ways(value) for _, value in pairs)))
            case Mean(table, expression):
                self.steps.setdefault(table, []).append(InfluenceStep(Turn.ROWS, node))
                return _join((self.ways(expression), {table: Way.EITHER}))
