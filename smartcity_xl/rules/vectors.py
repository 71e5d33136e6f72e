"""Many numbers at once, each with what is known of its exact value: the arithmetic under ``rules.arrays``.

A float64 alone cannot say whether it stands at a threshold or a hair beside it. So a column carries a bound of its
error, and a common denominator: two numbers that are both multiples of 1/q and lie closer than 1/q are the same number.
That decides ties for certain; where it does not, the row is left undecided (its error is infinite), and the exact
engine has the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import inf, lcm

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_UNIT = 2.0**-52
"""Twice what one operation on float64 can be wrong by, relative to its result: that pays for the bound's own errors."""
_WIDEST = 2**200
"""Denominators above this decide nothing."""
_SURE = 1 + 1e-9
_LEAST, _MOST = 2.0**-100, 2.0**100
"""Numbers that are smaller or greater, and not 0, are left to the exact engine: products of them may leave float64."""


class Vector(Struct, frozen=True, eq=False):
    """``value`` is at most ``error`` away from the exact number (0: it is that; infinite: undecided), which is a whole
    multiple of 1/``over``: one number for the column, or one for each row; infinite where nothing is known."""

    value: Floats
    error: Floats | float = 0.0
    over: int | Floats | float = 1
    numbers: Sequence[Fraction] | None = None
    """The exact numbers, where float64 cannot hold them."""

    @property
    def undecided(self) -> Bools:
        found: Bools = ~np.isfinite(np.broadcast_to(self.error, self.value.shape))
        return found

    def rows(self, at: slice) -> Vector:
        """Some of the rows of a column of one axis; one number for all rows stays that."""
        if not self.value.ndim:
            return self
        return Vector(
            self.value[at],
            self.error if isinstance(self.error, float) else self.error[at],
            self.over[at] if isinstance(self.over, np.ndarray) else self.over,
            None if self.numbers is None else self.numbers[at],
        )

    def exact(self, row: int) -> Fraction:
        """The exact number of a row, of a column that was made from numbers."""
        at = row if self.value.ndim else ()
        return Fraction(float(self.value[at])) if self.numbers is None else self.numbers[row if self.value.ndim else 0]


# --- from numbers ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65_536)
def constant(number: Fraction) -> Vector:
    """The same number in every row."""
    value = float(number)
    error = 0.0 if Fraction(value) == number else abs(value) * _UNIT
    if number and not _LEAST <= abs(value) <= _MOST:
        error = inf
    return Vector(np.asarray(value), error, _bounded(number.denominator), (number,))


def from_fractions(numbers: Sequence[Fraction]) -> Vector:
    """A column of exact numbers."""
    values = np.array([float(number) for number in numbers], dtype=np.float64)
    whole = all(number.denominator == 1 and abs(number.numerator) < 2**53 for number in numbers)
    if whole:
        return Vector(values)
    near = [Fraction(value) != number for value, number in zip(values.tolist(), numbers, strict=True)]
    error = np.where(near, np.abs(values) * _UNIT, 0.0)
    error[_is_extreme(values, np.array([number != 0 for number in numbers]))] = inf
    together = lcm(*(number.denominator for number in numbers))
    if together <= 2**40:
        return Vector(values, error, together, numbers)
    return Vector(values, error, np.array([float(_bounded(n.denominator)) for n in numbers]), numbers)


def from_floats(values: Floats) -> Vector:
    """A column of float64, each taken for the very number that it is. What is not finite is undecided."""
    error = _undecided(_is_extreme(values, values != 0))
    whole = values == np.rint(values)
    return Vector(values, error, 1 if whole.all() else np.where(whole, 1.0, inf))


def _is_extreme(values: Floats, some: Bools) -> Bools:
    size = np.abs(values)
    return some & ~((size >= _LEAST) & (size <= _MOST))


# --- denominators ----------------------------------------------------------------------------------------------------


def _bounded(over: int) -> int | float:
    return over if over <= _WIDEST else inf


def _common(one: Vector, other: Vector) -> int | Floats | float:
    """A denominator that both have."""
    if isinstance(one.over, int) and isinstance(other.over, int):
        return one.over if one.over == other.over else _bounded(lcm(one.over, other.over))
    return _product(one.over, other.over)


def _product(one: int | Floats | float, other: int | Floats | float) -> int | Floats | float:
    if isinstance(one, int) and isinstance(other, int):
        return _bounded(one * other)
    return one * other


# --- arithmetic ------------------------------------------------------------------------------------------------------


def add(one: Vector, other: Vector, sign: int = 1) -> Vector:
    value = one.value + other.value if sign > 0 else one.value - other.value
    return Vector(value, one.error + other.error + np.abs(value) * _UNIT, _common(one, other))


def negate(one: Vector) -> Vector:
    return Vector(-one.value, one.error, one.over)


def multiply(one: Vector, other: Vector) -> Vector:
    value = one.value * other.value
    error = np.abs(value) * _UNIT + _times(one.value, other.error) + _times(other.value, one.error)
    if not (_is_exact(one) or _is_exact(other)):
        error = error + one.error * other.error
    return Vector(value, error, _product(one.over, other.over))


def _times(value: Floats, error: Floats | float) -> Floats | float:
    """What an error grows to. An infinite one at 0 is not a number, and as undecided."""
    return 0.0 if isinstance(error, float) and error == 0.0 else np.abs(value) * error


def divide(one: Vector, other: Vector) -> Vector:
    """Rows that are divided by 0 are undecided. Where a whole number comes out, that is known."""
    size = np.abs(other.value)
    least = size - other.error
    apart = least > 0
    value = one.value / np.where(apart, other.value, 1.0)
    error = (one.error + _times(value, other.error)) / np.where(apart, least, 1.0) + np.abs(value) * _UNIT
    common = _common(one, other)
    over = common * size * _SURE  # i/q by j/q is i/j
    whole = np.rint(value)
    missed = np.abs(one.value - whole * other.value)
    within = one.error + _times(whole, other.error) + np.abs(one.value) * _UNIT
    even = (missed <= within) & (2 * within * common < 1)
    return Vector(
        np.where(even, whole, value), np.where(apart, np.where(even, 0.0, error), inf), np.where(even, 1.0, over)
    )


def round_half_up(one: Vector, places: int) -> Vector:
    """Half away from zero, as ``exact.round_half_up``."""
    scale = 10.0**places
    lifted = np.abs(one.value * scale) + 0.5
    error = one.error * scale + lifted * _UNIT
    nearest = np.rint(lifted)
    near = ~(np.abs(lifted - nearest) > error)
    units = np.floor(lifted)
    undecided: Floats | float = 0.0
    if near.any():
        units = np.where(near, nearest, units)
        undecided = _undecided(near & ~(4 * error * _as_float(one.over) < 1))
    value = np.copysign(units, one.value) / scale
    return Vector(value, np.abs(value) * _UNIT + undecided, 10**places)


def _undecided(rows: Bools) -> Floats | float:
    return np.where(rows, inf, 0.0) if rows.any() else 0.0


def _as_float(over: int | Floats | float) -> Floats | float:
    return float(over) if isinstance(over, int) else over


def _is_exact(one: Vector) -> bool:
    return isinstance(one.error, float) and one.error == 0.0


# --- decisions -------------------------------------------------------------------------------------------------------


class Holding(Struct, frozen=True, eq=False):
    """Whether something holds, and in which rows that is not decided (None: it is in all)."""

    holds: Bools
    undecided: Bools | None = None

    def column(self) -> Vector:
        return Vector(self.holds.astype(np.float64), 0.0 if self.undecided is None else _undecided(self.undecided))


def is_not_zero(one: Vector) -> Holding:
    if _is_exact(one):
        return Holding(one.value != 0)
    near = ~(np.abs(one.value) > one.error)
    if not near.any():
        return Holding(one.value != 0)
    zero = near & (2 * one.error * _as_float(one.over) < 1)
    undecided = near & ~zero
    return Holding((one.value != 0) & ~zero, undecided if undecided.any() else None)


def compare(operator: str, one: Vector, other: Vector) -> Holding:
    """``operator`` is one of >= > <= < == !=."""
    difference = one.value - other.value
    apart = is_not_zero(Vector(difference, _gap_error(one, other, difference), _common(one, other)))
    same, above = ~apart.holds, difference > 0
    holds = {
        ">=": same | above, ">": apart.holds & above, "<=": same | ~above, "<": apart.holds & ~above,
        "==": same, "!=": apart.holds,
    }[operator]  # fmt: skip
    return Holding(holds, apart.undecided)


def _gap_error(one: Vector, other: Vector, difference: Floats) -> Floats | float:
    if _is_exact(one) and _is_exact(other):
        return 0.0  # the sign of a difference of two float64 is never wrong
    return one.error + other.error + np.abs(difference) * _UNIT


def all_of(operands: Sequence[Holding]) -> Holding:
    """One that surely does not hold decides, whatever the others."""
    holds = operands[0].holds
    for operand in operands[1:]:
        holds = holds & operand.holds
    doubts = [operand.undecided for operand in operands if operand.undecided is not None]
    if not doubts:
        return Holding(holds)
    refuted = np.zeros(holds.shape, dtype=np.bool_)
    for operand in operands:
        refuted = refuted | (~operand.holds if operand.undecided is None else ~operand.holds & ~operand.undecided)
    undecided = np.logical_or.reduce(np.broadcast_arrays(*doubts)) & ~refuted
    return Holding(holds, undecided if undecided.any() else None)


def none_of(operand: Holding) -> Holding:
    return Holding(~operand.holds, operand.undecided)


def any_of(operands: Sequence[Holding]) -> Holding:
    return none_of(all_of([none_of(operand) for operand in operands]))


def select(condition: Holding, then: Vector, otherwise: Vector) -> Vector:
    """The one where it holds, the other where not; undecided where that is."""
    value = np.where(condition.holds, then.value, otherwise.value)
    error: Floats | float = 0.0
    if not (_is_exact(then) and _is_exact(otherwise)):
        error = np.where(condition.holds, then.error, otherwise.error)
    if condition.undecided is not None:
        error = np.where(condition.undecided, inf, error)
    if isinstance(then.over, int) and isinstance(otherwise.over, int):
        return Vector(value, error, _common(then, otherwise))
    return Vector(value, error, np.where(condition.holds, _as_float(then.over), _as_float(otherwise.over)))


def extreme(function: str, one: Vector, other: Vector) -> Vector:
    """``function`` is "min" or "max"."""
    value = (np.minimum if function == "min" else np.maximum)(one.value, other.value)
    return Vector(value, np.maximum(one.error, other.error), _common(one, other))


def only_where(rows: Bools, one: Vector) -> Vector:
    """0 in all other rows."""
    return select(Holding(rows), one, constant(Fraction(0)))


def mean_of_rows(one: Vector, counts: NDArray[np.int64]) -> Vector:
    """The mean over consecutive rows, so many for each; 0 where there are none."""
    owner = np.repeat(np.arange(len(counts)), counts)
    shape = owner.shape

    def added(numbers: Floats | float) -> Floats:
        weights = np.broadcast_to(np.asarray(numbers, dtype=np.float64), shape)
        return np.bincount(owner, weights=weights, minlength=len(counts)).astype(np.float64)

    many, size = np.maximum(counts, 1).astype(np.float64), added(np.abs(np.broadcast_to(one.value, shape)))
    value = added(one.value) / many
    error = added(one.error) / many + size * _UNIT
    if isinstance(one.over, int):
        return Vector(value, error, one.over * many)
    with np.errstate(over="ignore"):  # as a product: by its logarithm, with something to spare
        return Vector(value, error, np.exp2(added(np.log2(_as_float(one.over)) + 1e-6)) * many * _SURE)
