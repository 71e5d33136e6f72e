"""A mean over respondents with its interval, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt, lcm

from msgspec import Struct

from smartcity_xl.rules.exact import round_half_up

Z = Fraction(196, 100)
"""The standard normal distribution holds 95 % of its mass within this distance of its centre."""
_FINE = 10**10
_LOWEST, _HIGHEST = Fraction(0), Fraction(100)


class Estimate(Struct, frozen=True):
    """What ``number`` scores between 0 and 100 say: their sum and the sum of their squares."""

    number: int
    total: Fraction
    squares: Fraction

    @property
    def score(self) -> Fraction:
        """The mean, half-up to two decimals. There must be a score."""
        return round_half_up(self.total / self.number)

    @property
    def interval(self) -> tuple[Fraction, Fraction] | None:
        """The mean ± 1.96·√(s²/n), s² the variance over n − 1, cut at 0 and 100; two decimals. None below two scores.

        The normal approximation of a mean; it takes the respondents for a simple random sample of a large population.
        """
        if self.number < 2:
            return None
        mean = self.total / self.number
        variance = max(_LOWEST, self.squares - self.number * mean**2) / (self.number - 1)
        squared = Z**2 * variance / self.number
        half = Fraction(isqrt(squared.numerator * _FINE**2 // squared.denominator), _FINE)
        return round_half_up(max(_LOWEST, mean - half)), round_half_up(min(_HIGHEST, mean + half))


class Tally:
    """Adds up scores that are quotients of whole numbers; whole numbers alone grow on the way, so many are quick."""

    def __init__(self) -> None:
        self.sums: dict[int, list[int]] = {}
        """Denominator -> how many scores have it, the sum of their numerators, the sum of the squares of those."""

    def add(self, numerator: int, denominator: int, times: int = 1) -> None:
        entry = self.sums.get(denominator)
        if entry is None:
            entry = self.sums[denominator] = [0, 0, 0]
        entry[0] += times
        entry[1] += numerator * times
        entry[2] += numerator * numerator * times

    def estimate(self, unit: int = 1) -> Estimate:
        """Over all that was added, each divided by ``unit``."""
        common = lcm(*self.sums)
        number = sum(entry[0] for entry in self.sums.values())
        total = sum(entry[1] * (common // one) for one, entry in self.sums.items())
        squares = sum(entry[2] * (common // one) ** 2 for one, entry in self.sums.items())
        return Estimate(number, Fraction(total, common * unit), Fraction(squares, (common * unit) ** 2))


def whole_numbers(values: Iterable[Fraction]) -> tuple[list[int], int]:
    """Fractions as whole numbers over one denominator."""
    given = list(values)
    common = lcm(*(value.denominator for value in given))
    return [int(value * common) for value in given], common
