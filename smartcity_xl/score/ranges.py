"""Between which values a node can lie, by the ranges of the answers that it reads: never too narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from msgspec import Struct

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


class Range(Struct, frozen=True):
    """Both ends inclusive; None is no limit."""

    low: Fraction | None
    high: Fraction | None

    @property
    def positive(self) -> bool:
        return self.low is not None and self.low.numerator > 0

    @property
    def unsigned(self) -> bool:
        """Never below 0."""
        return self.low is not None and self.low.numerator >= 0

    @property
    def negative(self) -> bool:
        """Never above 0."""
        return self.high is not None and self.high.numerator <= 0

    @property
    def nothing(self) -> bool:
        """0, and nothing else."""
        return self.low == 0 == self.high

    def __neg__(self) -> Range:
        return Range(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __add__(self, other: Range) -> Range:
        return Range(_plus(self.low, other.low), _plus(self.high, other.high))

    def __mul__(self, other: Range) -> Range:
        if self.nothing or other.nothing:
            return Range(_ZERO, _ZERO)
        ends = (self.low, self.high, other.low, other.high)
        if None not in ends:
            products = [a * b for a in ends[:2] for b in ends[2:] if a is not None and b is not None]
            return Range(min(products), max(products))
        if self.unsigned and other.unsigned:
            return Range(_ZERO, None)
        return Range(None, None)

    @property
    def truth(self) -> bool | None:
        """Whether a condition that comes to this holds: any number but 0 does; None where it may and may not."""
        if self.nothing:
            return False
        return True if self.positive or (self.high is not None and self.high < 0) else None

    def within(self, other: Range) -> Range:
        """What both have in common."""
        lows = [end for end in (self.low, other.low) if end is not None]
        highs = [end for end in (self.high, other.high) if end is not None]
        return Range(max(lows, default=None), min(highs, default=None))

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


def range_of(
    node: Node,
    named: Callable[[str], Range],
    items: Callable[[str], Sequence[str]],
    narrow: Callable[[Quotient], Range | None] = lambda _: None,
) -> Range:
    """``named``: the range of a figure, an item, a column, a part or a node below; ``items``: the items of a checklist,
    as they are named; ``narrow``: a range that a quotient with a denominator above 0 cannot leave,
    where more is known of it than of its sides."""

    def of(child: Node) -> Range:
        return range_of(child, named, items, narrow)

    match node:
        case Number(value):
            return Range(value, value)
        case Reference(name):
            return named(name)
        case Negative(operand):
            return -of(operand)
        case Rounded(operand, places):
            reach = of(operand)
            return Range(*(None if end is None else round_half_up(end, places) for end in (reach.low, reach.high)))
        case Arithmetic(sign, left, right):
            return _arithmetic(sign, of(left), of(right))
        case Comparison() | Connective() | Not():
            return _test(node, of)
        case Quotient():
            return _quotient(node, of, narrow(node))
        case If(condition, then, otherwise):
            holds = of(condition).truth
            return either((of(then), of(otherwise))) if holds is None else of(then if holds else otherwise)
        case Extremum(function, operands):
            return _extremum(function, list(map(of, operands)))
        case Band() | Stars() | Pick() | Ladder():
            return either(map(of, _reachable(node, of)))
        case Points(checklist, pairs):
            return _sum(of(points) * named(f"{checklist}.{item}") for item, points in pairs)
        case Count(checklist):
            return _sum(map(named, items(checklist)))
        case Mean(_, expression):
            return of(expression)
        case Sum(operands):
            return _sum(either((of(operand), Range(_ZERO, _ZERO))) for operand in operands)


def _test(node: Comparison | Connective | Not, of: Callable[[Node], Range]) -> Range:
    """1 or 0, or both where neither is certain."""
    match node:
        case Not(operand):
            truth = of(operand).truth
            truth = None if truth is None else not truth
        case Connective(sign, operands):
            truths = [of(operand).truth for operand in operands]
            settling = sign == "or"  # one that is true settles an "or", one that is false an "and"
            truth = settling if settling in truths else None if None in truths else not settling
        case Comparison(sign, left, right):
            truth = _compare(sign, of(left), of(right))
    return Range(_ZERO, _ONE) if truth is None else Range(Fraction(truth), Fraction(truth))


def _compare(sign: str, left: Range, right: Range) -> bool | None:
    if sign in ("<", "<="):
        return _compare({"<": ">", "<=": ">="}[sign], right, left)
    if sign in ("==", "!="):
        apart = _compare(">", left, right) or _compare(">", right, left)
        one = left == right and left.low is not None and left.low == left.high
        return (one == (sign == "==")) if one or apart else None
    strict = sign == ">"
    if _never_below(left.low, right.high, not strict):
        return True
    return False if _never_below(right.low, left.high, strict) else None


def _never_below(low: Fraction | None, high: Fraction | None, equal: bool) -> bool:
    """Whether the lowest of one is greater than the highest of another, or ``equal`` to it."""
    return low is not None and high is not None and (low >= high if equal else low > high)


def _reachable(node: Band | Stars | Pick | Ladder, of: Callable[[Node], Range]) -> Iterator[Node]:
    """The values that a node may come to choose."""
    match node:
        case Pick(choice, pairs):
            reach = of(Reference(choice))
            first, last = int(reach.low or 1) - 1, len(pairs) if reach.high is None else int(reach.high)
            yield from (value for _, value in pairs[first:last])
        case Ladder(operand, values):
            reach = of(operand)
            yield from values[int(reach.low or 0) : len(values) if reach.high is None else int(reach.high) + 1]
        case Band(operand, steps, otherwise):
            reach = of(operand)
            for step in steps:
                at = Range(step.threshold, step.threshold)
                reached = _compare(">=" if step.inclusive else ">", reach, at)
                if reached is not False:
                    yield step.value
                if reached:
                    return
            yield otherwise
        case Stars(levels):
            for level, condition in levels:
                holds = of(condition).truth
                if holds is not False:
                    yield Number(Fraction(level))
                if holds:
                    return
            yield Number(_ZERO)


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


def _quotient(node: Quotient, of: Callable[[Node], Range], known: Range | None) -> Range:
    numerator, denominator = of(node.numerator), of(node.denominator)
    divided = _divide(numerator, denominator)
    if known is not None:
        divided = divided.within(known)
    if node.share and not node.literal:
        most = _ONE if divided.high is None else divided.high
        divided = Range(*(None if end is None else min(_ONE, end) for end in (divided.low, most)))
    zero = Range(_ZERO, _ZERO) if node.zero is None else of(node.zero)
    if denominator.nothing:
        return zero
    return divided if denominator.positive else either((divided, zero))


def _divide(numerator: Range, denominator: Range) -> Range:
    """What is left where the denominator is not 0."""
    if not denominator.unsigned:
        return Range(None, None)
    return Range(
        _end(numerator.low, denominator, numerator.unsigned), _end(numerator.high, denominator, numerator.negative)
    )


def _end(of: Fraction | None, by: Range, nearest: bool) -> Fraction | None:
    """An end of a numerator divided. ``nearest`` to 0 it is the greatest denominator that makes it an end, else the
    smallest."""
    divisor = by.high if nearest else by.low
    if of is None or of == 0 or (nearest and divisor is None):
        return None if of is None else _ZERO
    return of / divisor if divisor else None


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
