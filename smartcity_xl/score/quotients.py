"""The least and the greatest that a quotient comes to whose both sides are sums of parabolas, each over one answer.

Such is a mean weighted by itself, (Σx²)/(Σx): its least stands at no end of its answers. After Dinkelbach: what a
quotient cannot exceed is where numerator minus that many denominators comes to 0, and such a difference is found
answer by answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.rules.tree import Arithmetic, Negative, Node, Number, Reference
from smartcity_xl.score.domains import Stretch

_ZERO = Fraction(0)
_ROUNDS = 24


class SumOfParabolas(Struct, frozen=True):
    """``fixed``, and for each answer x the terms a·x + b·x²."""

    fixed: Fraction
    terms: Mapping[str, tuple[Fraction, Fraction]] = field(default_factory=dict)

    def __add__(self, other: SumOfParabolas) -> SumOfParabolas:
        found = dict(self.terms)
        for name, (a, b) in other.terms.items():
            one, two = found.get(name, (_ZERO, _ZERO))
            found[name] = (one + a, two + b)
        return SumOfParabolas(self.fixed + other.fixed, found)

    def times(self, by: Fraction) -> SumOfParabolas:
        return SumOfParabolas(self.fixed * by, {name: (a * by, b * by) for name, (a, b) in self.terms.items()})

    def at(self, point: Mapping[str, Fraction]) -> Fraction:
        return self.fixed + sum((a * point[name] + b * point[name] ** 2 for name, (a, b) in self.terms.items()), _ZERO)


def read_sum(node: Node, known: Mapping[str, Fraction], parts: Mapping[str, Node]) -> SumOfParabolas | None:
    """A node as such a sum over the answers that are not known; None where it is none."""
    match node:
        case Number(value):
            return SumOfParabolas(value)
        case Reference(name) if name in parts:
            return read_sum(parts[name], known, parts)
        case Reference(name):
            return SumOfParabolas(known[name]) if name in known else SumOfParabolas(_ZERO, {name: (Fraction(1), _ZERO)})
        case Negative(operand):
            inner = read_sum(operand, known, parts)
            return None if inner is None else inner.times(Fraction(-1))
        case Arithmetic(sign, left, right):
            one, other = read_sum(left, known, parts), read_sum(right, known, parts)
            return None if one is None or other is None else _join(sign, one, other)
    return None


def _join(sign: str, one: SumOfParabolas, other: SumOfParabolas) -> SumOfParabolas | None:
    if sign in "+-":
        return one + (other if sign == "+" else other.times(Fraction(-1)))
    if not other.terms:
        return one.times(1 / other.fixed if sign == "/" else other.fixed)
    if sign == "*" and not one.terms:
        return other.times(one.fixed)
    if sign == "*" and one.terms.keys() == other.terms.keys() and len(one.terms) == 1:
        ((name, (a, b)),), (c, d) = one.terms.items(), next(iter(other.terms.values()))
        if not b and not d:
            return SumOfParabolas(one.fixed * other.fixed, {name: (a * other.fixed + c * one.fixed, a * c)})
    return None


def find_quotient_end(
    over: SumOfParabolas, under: SumOfParabolas, box: Mapping[str, Stretch], sign: int
) -> tuple[Fraction, Mapping[str, Fraction]]:
    """What a quotient cannot exceed (``sign`` -1: fall below) in a box where its denominator is above 0, and where it
    comes nearest to that."""
    names = sorted(over.terms.keys() | under.terms.keys())
    point = {name: box[name].low for name in names}
    value = over.at(point) / under.at(point)
    for _ in range(_ROUNDS):
        rest = over + under.times(-value)
        point = {name: _best(*rest.terms.get(name, (_ZERO, _ZERO)), box[name], sign) for name in names}
        beyond = rest.at(point) * sign
        if beyond <= 0:
            return value, point
        value = over.at(point) / under.at(point)
    return value + sign * beyond / least_of(under, box), point


def least_of(total: SumOfParabolas, box: Mapping[str, Stretch]) -> Fraction:
    """The least that a sum comes to in a box."""
    return total.at({name: _best(a, b, box[name], -1) for name, (a, b) in total.terms.items()})


def _best(a: Fraction, b: Fraction, stretch: Stretch, sign: int) -> Fraction:
    """Where a·x + b·x² is greatest (``sign`` 1) or least in a stretch."""
    tried = [stretch.low, stretch.high]
    if b * sign < 0:
        top = -a / (2 * b)
        for half in (stretch.within(stretch.low, top), stretch.within(top, stretch.high)):
            tried += [half.high if half.high <= top else half.low] if half else []
    return max(tried, key=lambda x: (a * x + b * x * x) * sign)
