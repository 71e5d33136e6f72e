"""Between which values a node can lie, by the ranges of the answers that it reads: never too narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from smartcity_xl.rules.exact import round_half_up
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

_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends inclusive; None is no limit."""

    low: Fraction | None
    high: Fraction | None

    @property
    def positive(self) -> bool:
        return self.low is not None and self.low > 0

    @property
    def unsigned(self) -> bool:
        """Never below 0."""
        return self.low is not None and self.low >= 0

    @property
    def negative(self) -> bool:
        """Never above 0."""
        return self.high is not None and self.high <= 0

    def __neg__(self) -> Range:
        return Range(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __add__(self, other: Range) -> Range:
        return Range(_plus(self.low, other.low), _plus(self.high, other.high))

    def __mul__(self, other: Range) -> Range:
        if self == Range(_ZERO, _ZERO) or other == Range(_ZERO, _ZERO):
            return Range(_ZERO, _ZERO)
        ends = (self.low, self.high, other.low, other.high)
        if None not in ends:
            products = [a * b for a in ends[:2] for b in ends[2:] if a is not None and b is not None]
            return Range(min(products), max(products))
        if self.unsigned and other.unsigned:
            return Range(_ZERO, None)
        return Range(None, None)

    def above(self, other: Range) -> bool:
        """Whether nothing here is less than anything there."""
        return self.low is not None and other.high is not None and self.low >= other.high


def _plus(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    return None if a is None or b is None else a + b


def either(ranges: Iterable[Range]) -> Range:
    """The range of a value that may be any of these."""
    lows, highs = zip(*((one.low, one.high) for one in ranges), strict=True)
    return Range(
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


def range_of(node: Node, named: Callable[[str], Range], items: Callable[[str], int]) -> Range:
    """``named``: the range of a figure, an item, a column, a part or a node below; ``items``: length of a checklist."""

    def of(child: Node) -> Range:
        return range_of(child, named, items)

    match node:
        case Number(value):
            return Range(value, value)
        case Reference(name):
            return named(name)
        case Negative(operand):
            return -of(operand)
        case Rounded(operand, places):
            inside = of(operand)
            return Range(*(None if end is None else round_half_up(end, places) for end in (inside.low, inside.high)))
        case Arithmetic(sign, left, right):
            return _arithmetic(sign, of(left), of(right))
        case Comparison() | Connective() | Not():
            return Range(_ZERO, _ONE)
        case Quotient():
            return _quotient(node, of)
        case If(_, then, otherwise):
            return either((of(then), of(otherwise)))
        case Extremum(function, operands):
            return _extremum(function, list(map(of, operands)))
        case Band(_, steps, otherwise):
            return either((*(of(step.value) for step in steps), of(otherwise)))
        case Points(_, pairs):
            return _sum(either((of(points), Range(_ZERO, _ZERO))) for _, points in pairs)
        case Count(checklist):
            return Range(_ZERO, Fraction(items(checklist)))
        case Pick(_, pairs):
            return either(of(value) for _, value in pairs)
        case Stars(levels):
            return Range(_ZERO, Fraction(levels[0][0]))
        case Mean(_, expression):
            return of(expression)
        case Sum(operands):
            return _sum(either((of(operand), Range(_ZERO, _ZERO))) for operand in operands)
        case Ladder(_, values):
            return either(map(of, values))


def _arithmetic(sign: str, left: Range, right: Range) -> Range:
    match sign:
        case "+":
            return left + right
        case "-":
            return left + -right
        case "*":
            return left * right
    divisor = right.low or _ONE  # a constant that is not 0
    return left * Range(1 / divisor, 1 / divisor)


def _quotient(node: Quotient, of: Callable[[Node], Range]) -> Range:
    numerator, denominator = of(node.numerator), of(node.denominator)
    zero = Range(_ZERO, _ZERO) if node.zero is None else of(node.zero)
    divided = Range(None, None)
    if numerator.unsigned and denominator.unsigned:
        most = None
        if numerator.high is not None and denominator.low is not None and denominator.low > 0:
            most = numerator.high / denominator.low
        divided = Range(_ZERO, most)
    if node.share and not node.literal:
        divided = Range(divided.low, _ONE if divided.high is None else min(_ONE, divided.high))
    return divided if denominator.positive else either((divided, zero))


def _extremum(function: str, ranges: list[Range]) -> Range:
    lows, highs = [one.low for one in ranges], [one.high for one in ranges]
    known_lows, known_highs = [low for low in lows if low is not None], [high for high in highs if high is not None]
    if function == "min":
        return Range(None if None in lows else min(known_lows), min(known_highs, default=None))
    return Range(max(known_lows, default=None), None if None in highs else max(known_highs))


def _sum(ranges: Iterable[Range]) -> Range:
    total = Range(_ZERO, _ZERO)
    for one in ranges:
        total += one
    return total
