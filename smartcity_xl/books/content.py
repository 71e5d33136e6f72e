"""What a cell holds, kept apart by type: blank, text, number, truth value, date, error value, formula with a saved
result, formula without one, and what nobody can read. Words are taken from it, or a reason why there are none.
"""

from __future__ import annotations

import datetime
import math

from msgspec import Struct

from smartcity_xl.books.values import Cell, ErrorCell, FormulaCell, MarkedText, PictureCell, shows_nothing, trimmed
from smartcity_xl.books.values import show_cell as show

SHOWN = 80
"""Signs of a cell that a fault repeats."""


class Blank(Struct, frozen=True):
    """Nothing, or nothing that can be seen."""


class Text(Struct, frozen=True):
    """At least one sign that can be seen; ``text`` as it was typed, pieces that are struck through, raised or lowered
    named as that."""

    text: str


class NumberCell(Struct, frozen=True):
    number: int | float


class Truth(Struct, frozen=True):
    """TRUE or FALSE."""

    value: bool


class Date(Struct, frozen=True):
    """A date, a time, or a span of time: what a spreadsheet program has made of it."""

    moment: datetime.date | datetime.time | datetime.timedelta


class ErrorValue(Struct, frozen=True):
    """#N/A, #REF! …"""

    text: str


class Formula(Struct, frozen=True):
    """A formula, and what it showed when the workbook was saved."""

    formula: str
    result: Blank | Text | NumberCell | Truth | Date | ErrorValue | Unreadable


class Unsaved(Struct, frozen=True):
    """A formula whose result was not saved: what it shows is known to no reader."""

    formula: str


class Unreadable(Struct, frozen=True):
    """A number that is none, a picture, or a type that no spreadsheet program writes."""

    shown: str


Plain = Blank | Text | NumberCell | Truth | Date | ErrorValue | Unreadable
Content = Plain | Formula | Unsaved


class Odd(Struct, frozen=True):
    """Why a cell gives no words: the code of a fault, and what was found."""

    code: str
    found: str


def read_content(cell: Cell) -> Content:
    """What a cell holds. A formula that gives an empty text was saved with a result: a blank."""
    if not isinstance(cell, FormulaCell):
        return _plain(cell)
    if cell.cached is None:
        return Unsaved(cell.formula)
    return Formula(cell.formula, _plain(cell.cached))


def _plain(cell: Cell) -> Plain:
    match cell:
        case None:
            return Blank()
        case str():
            return Blank() if shows_nothing(cell) else Text(cell)
        case bool():
            return Truth(cell)
        case int():
            return NumberCell(cell)
        case float() if math.isfinite(cell):
            return NumberCell(cell)
        case datetime.date() | datetime.time() | datetime.timedelta():
            return Date(cell)
        case ErrorCell(text):
            return ErrorValue(text)
        case MarkedText(shown):
            return Text(shown)
        case PictureCell():
            return Unreadable(show(cell))
    return Unreadable(str(cell))


def words_in(content: Content, results: bool = False, dates: bool = False, truths: bool = False) -> str | Odd:
    """A cell's words as a person would copy them, "" for a blank one; or why there are none.

    A number is words (2026, a telephone number). A formula is taken by its saved result only where ``results``; a date
    and a truth value are words only where ``dates`` and ``truths``.
    """
    match content:
        case Blank():
            return ""
        case Text(text):
            return trimmed(text)
        case NumberCell(number):
            return show(number)
        case Date(moment):
            return show(moment) if dates else Odd("cell-date", show(moment)[:SHOWN])
        case Truth(value):
            return show(value) if truths else Odd("cell-logical", show(value))
        case ErrorValue(text):
            return Odd("cell-error", text[:SHOWN])
        case Unreadable(shown):
            return Odd("cell-unreadable", shown[:SHOWN])
        case Unsaved(formula):
            return Odd("cell-unsaved" if results else "cell-formula", formula[:SHOWN])
        case Formula(formula, ErrorValue(text)):
            return Odd("cell-error" if results else "cell-formula", f"{formula[:SHOWN]} → {text}")
        case Formula(formula, result):
            return words_in(result, False, dates, truths) if results else Odd("cell-formula", formula[:SHOWN])
