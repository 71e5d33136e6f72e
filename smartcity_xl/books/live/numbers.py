"""Functions of a cell that make numbers of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from smartcity_xl.books.held import Value, as_number
from smartcity_xl.books.live.pieces import ATOM, MULTIPLIED, Live, OfOne, OfTwo, number
from smartcity_xl.rules.exact import round_half_up


def whole_part(one: Live) -> Live:
    """INT."""
    return Live(f"INT({one.text})", OfOne(one, _floor))


def _floor(held: Value) -> Value:
    number = as_number(held)
    return number if number.denominator == 1 else Fraction(math.floor(number))


def divide(one: Live, by: Live) -> Live:
    """One number by another, which is not 0."""
    return Live(f"{one.within(MULTIPLIED)}/{by.within(ATOM)}", OfTwo(one, by, _divide), MULTIPLIED)


def _divide(first: Value, second: Value) -> Value:
    return as_number(first) / as_number(second)


def size(one: Live) -> Live:
    """ABS."""
    return Live(f"ABS({one.text})", OfOne(one, _size))


def _size(held: Value) -> Value:
    return abs(as_number(held))


def round_to(one: Live, places: int) -> Live:
    return Live(f"ROUND({one.text},{number(places).text})", OfOne(one, _rounding_to(places)))


@lru_cache(maxsize=32)
def _rounding_to(places: int) -> Callable[[Value], Value]:
    return lambda held: round_half_up(as_number(held), places)


def meant(one: Live) -> Live:
    """A binary number to the 15 digits that a cell keeps and shows, which is how the reader takes it: 0.57*100 is 57,
    not 56.99999999999999.

    Programs differ in whether they compare binary numbers bit by bit or to some 15 digits; after this they agree.
    (No program rounds to more than 20 places, and below 0.000001 nothing is compared.)
    """
    given = one.text
    large = f"ABS({given})"
    small = f"IF({large}<0.000001,{given},ROUND({given},14-INT(LOG10({large}))))"
    return Live(f"IF({large}<1,{small},ROUND({given},15-LEN(INT({large}))))", one.way)
