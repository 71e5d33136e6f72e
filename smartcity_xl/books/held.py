"""What formulas see of a cell: a value of few kinds, how two of them compare, and as what a workbook keeps one.

Values mean what they mean in a cell: Excel, WPS, LibreOffice and Gnumeric take them so. A number is exact, where a
program has the nearest binary one.
"""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TypeAlias

from msgspec import Struct

from smartcity_xl.books.formats import read_format
from smartcity_xl.books.values import read_number
from smartcity_xl.rules.formula import constant

_EPOCH = datetime.datetime(1899, 12, 30)


class Failed(Struct, frozen=True):
    """An error value."""


FAILED = Failed()
Value: TypeAlias = str | bool | Fraction | Failed | None
"""What a cell or a piece of a formula holds; None is a blank cell. There is no other error value than ``FAILED``."""


def read_content(content: object, code: str = "") -> tuple[Value, str]:
    """What formulas see of a cell, ``content`` as a reader has it and ``code`` its number format: its value, and its
    form: whether it shows a "date" or a "percentage"."""
    match content:
        case None | "":
            return None, ""
        case str():
            return str(content), ""
        case bool() | Failed():
            return content, ""
        case int() | float():
            number = read_number(content)
            percent = number is not None and _is_percentage(code, number)
            return FAILED if number is None else number, "percentage" if percent else ""
        case Fraction():
            return content, ""
        case datetime.datetime():
            return Fraction((content - _EPOCH) / datetime.timedelta(days=1)), "date"
        case datetime.date():
            return Fraction((content - _EPOCH.date()).days), "date"
    raise TypeError(f"no cell holds {content!r}")


def _is_percentage(code: str, number: Fraction) -> bool:
    return "%" in code and read_format(code, number).scale == 100


def cached(value: Value) -> str | float | bool:
    """A result as a workbook keeps it. A formula that refers to a blank cell gives 0."""
    if type(value) is Fraction:
        return value.numerator / value.denominator
    if value is None:
        return 0.0
    return "#VALUE!" if value is FAILED else value  # type: ignore[return-value]


def order(first: Value, second: Value) -> int:
    """How two values compare, neither of which is an error: below 0, 0 or above. Numbers stand below texts below truth
    values; a blank is what the other one would be; texts are the same in capitals."""
    if type(first) is type(second) is Fraction:
        if first.denominator == second.denominator:
            return (first.numerator > second.numerator) - (first.numerator < second.numerator)
        return (first > second) - (first < second)
    ranks, keys = [], []
    for value, other in ((first, second), (second, first)):
        if value is None:
            value = "" if isinstance(other, str) else False if isinstance(other, bool) else Fraction(0)
        ranks.append(2 if isinstance(value, bool) else 1 if isinstance(value, str) else 0)
        keys.append(value.casefold() if isinstance(value, str) else value)
    if ranks[0] != ranks[1]:
        return ranks[0] - ranks[1]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])  # type: ignore[operator]


def as_number(value: Value) -> Fraction:
    """What arithmetic takes a value for. Raises ValueError for a text."""
    if type(value) is Fraction:
        return value
    if isinstance(value, str):
        raise ValueError(value)
    if isinstance(value, Fraction):
        return value
    return Fraction(1 if value is True else 0)


def as_text(value: Value) -> str:
    """What a function of texts takes a value for."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else constant(value) if isinstance(value, Fraction) else ""
