"""A piece of a formula, and beside it what it comes to over the cells as they stand."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from smartcity_xl.books.held import FAILED, Value, as_number, as_text, order
from smartcity_xl.books.reckoning import Findable, Fixed, HeldCell, Over, Reckoning
from smartcity_xl.books.texts import parted_codes
from smartcity_xl.rules.formula import constant

COMPARED, JOINED, ADDED, MULTIPLIED, ATOM = range(5)
"""How tightly the text of a piece holds together."""
_LITERAL = 250


class _Called(Findable[Value]):
    """What a function of who wrote the formula finds."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], Value]) -> None:
        self._call = call

    def find(self, over: Over) -> Value:
        return self._call()


class Live:
    """``found`` is its value or the way to it; ``rank`` says how tightly its text holds together.

    The ways are put together as the texts are. They are small, for what a form comes to is found some hundred times
    over other answers, and by then has been gone from every cache: a text is not among them, and is let go of when the
    whole formula has it.
    """

    __slots__ = ("rank", "text", "way")

    def __init__(
        self, text: str, found: Value | Callable[[], Value] | Findable[Value] = None, rank: int = ATOM
    ) -> None:
        self.text, self.rank = text, rank
        self.way: Findable[Value]
        if isinstance(found, Findable):
            self.way = found
        else:
            self.way = _Called(found) if callable(found) else Fixed(found)

    @property
    def value(self) -> Value:
        return self.way.find(())

    def within(self, rank: int) -> str:
        return f"({self.text})" if self.rank < rank else self.text

    def __add__(self, other: Live) -> Live:
        return _calculate("+", self, other, ADDED, _add)

    def __sub__(self, other: Live) -> Live:
        return _calculate("-", self, other, ADDED, _subtract)

    def __mul__(self, other: Live) -> Live:
        return _calculate("*", self, other, MULTIPLIED, _multiply)

    def __and__(self, other: Live) -> Live:
        """Two texts joined."""
        return Live(f"{self.within(JOINED)}&{other.within(JOINED)}", OfTwo(self, other, _join), JOINED)

    def __lt__(self, other: Live) -> Live:
        return _compare("<", self, other, operator.lt)

    def __le__(self, other: Live) -> Live:
        return _compare("<=", self, other, operator.le)

    def __gt__(self, other: Live) -> Live:
        return _compare(">", self, other, operator.gt)

    def __ge__(self, other: Live) -> Live:
        return _compare(">=", self, other, operator.ge)

    def equals(self, other: Live) -> Live:
        return _compare("=", self, other, operator.eq)

    def differs(self, other: Live) -> Live:
        return _compare("<>", self, other, operator.ne)


class Addressed(Live):
    """A cell by an address."""

    __slots__ = ()
    way: HeldCell

    def __init__(self, text: str, source: HeldCell) -> None:
        self.text, self.rank, self.way = text, ATOM, source


class Brought(Findable[Value]):
    """One of the cells that a way is found over, by its number among them."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def find(self, over: Over) -> Value:
        one = over[self.at]
        return one.held if one.known else one.look()


class OfOne(Findable[Value]):
    """What a function makes of a value, an error of which is one of the whole; a ValueError says that the function
    does not take the value: a text where a number was wanted."""

    __slots__ = ("_one", "_work")

    def __init__(self, one: Live, work: Callable[[Any], Value]) -> None:
        self._one, self._work = one.way, work

    def find(self, over: Over) -> Value:
        held = self._one.find(over)
        if held is FAILED:
            return FAILED
        try:
            return self._work(held)
        except ValueError:
            return FAILED


class OfTwo(Findable[Value]):
    """The same of two values."""

    __slots__ = ("_first", "_second", "_work")

    def __init__(self, first: Live, second: Live, work: Callable[[Any, Any], Value]) -> None:
        self._first, self._second, self._work = first.way, second.way, work

    def find(self, over: Over) -> Value:
        first, second = self._first.find(over), self._second.find(over)
        if first is FAILED or second is FAILED:
            return FAILED
        try:
            return self._work(first, second)
        except ValueError:
            return FAILED


class InOneStep(Live):
    """A piece that is put together of others, and found in one step where ``pieces`` are all numbers: to what the
    others come too, which the tests hold ``work`` to. It gives None where it does not know."""

    __slots__ = ("composed",)

    def __init__(self, composed: Live, pieces: Sequence[Live], work: Callable[[list[Fraction]], Value]) -> None:
        super().__init__(composed.text, _InOneStep(composed, pieces, work), composed.rank)
        self.composed = composed


class _InOneStep(Findable[Value]):
    __slots__ = ("_composed", "_pieces", "_work")

    def __init__(self, composed: Live, pieces: Sequence[Live], work: Callable[[list[Fraction]], Value]) -> None:
        self._composed, self._pieces, self._work = composed.way, tuple(one.way for one in pieces), work

    def find(self, over: Over) -> Value:
        numbers = []
        for one in self._pieces:
            held = one.find(over)
            if type(held) is not Fraction:
                return self._composed.find(over)
            numbers.append(held)
        found = self._work(numbers)
        return self._composed.find(over) if found is None else found


class OfAll(Findable[Value]):
    """What a function of who wrote the formula makes of values, errors among them."""

    __slots__ = ("_pieces", "_work")

    def __init__(self, pieces: Sequence[Live], work: Callable[[list[Value]], Value]) -> None:
        self._pieces, self._work = [one.way for one in pieces], work

    def find(self, over: Over) -> Value:
        return self._work([one.find(over) for one in self._pieces])


def cell(address: str, content: object = None, code: str = "") -> Live:
    """A cell by its address; ``content`` as a reader has it, ``code`` its number format."""
    return Addressed(address, HeldCell(Reckoning(), content, code))


def quoted(text: str) -> str:
    """Text as a string literal of a formula; as several, where it has what looks like a sign by its code (_x000D_):
    programs differ in whether it is one in a formula."""
    literal = '"' + text.replace('"', '""') + '"'
    parted = parted_codes(literal, '_"&"')
    return literal if parted == literal else f"({parted})"


@lru_cache(maxsize=4096)
def text(words: str) -> Live:
    """Words; a literal of a formula holds 255 signs."""
    if len(words) <= _LITERAL:
        return Live(quoted(words), words)
    pieces = [words[at : at + _LITERAL] for at in range(0, len(words), _LITERAL)]
    return Live("&".join(map(quoted, pieces)), words, JOINED)


@lru_cache(maxsize=4096)
def number(value: Fraction | int) -> Live:
    exact = Fraction(value)
    return Live(constant(exact), exact)


EMPTY = text("")
NEVER = Live("1=0", False, COMPARED)


# --- calculating and comparing -----------------------------------------------------------------------------------


def _calculate(sign: str, first: Live, second: Live, rank: int, work: Callable[[Value, Value], Value]) -> Live:
    said = f"{first.within(rank)}{sign}{second.within(rank + (sign == '-'))}"
    return Live(said, OfTwo(first, second, work), rank)


def _add(first: Value, second: Value) -> Value:
    one, other = as_number(first), as_number(second)
    if one.denominator == other.denominator == 1:  # most are whole, and those are quick
        return Fraction(one.numerator + other.numerator)
    return one + other


def _subtract(first: Value, second: Value) -> Value:
    one, other = as_number(first), as_number(second)
    if one.denominator == other.denominator == 1:
        return Fraction(one.numerator - other.numerator)
    return one - other


def _multiply(first: Value, second: Value) -> Value:
    one, other = as_number(first), as_number(second)
    if one.denominator == other.denominator == 1:
        return Fraction(one.numerator * other.numerator)
    return one * other


def _join(first: Value, second: Value) -> Value:
    return as_text(first) + as_text(second)


class _Compared(Findable[Value]):
    """Whether two values stand so to each other."""

    __slots__ = ("_first", "_holds", "_second")

    def __init__(self, first: Live, second: Live, holds: Callable[[int, int], bool]) -> None:
        self._first, self._second, self._holds = first.way, second.way, holds

    def find(self, over: Over) -> Value:
        first, second = self._first.find(over), self._second.find(over)
        if first is FAILED or second is FAILED:
            return FAILED
        return self._holds(order(first, second), 0)


class _ComparedWithWords(Findable[Value]):
    """Whether a value is a text that stands in the formula, or, where it is not, is another."""

    __slots__ = ("_folded", "_one", "_same", "_words")

    def __init__(self, one: Live, words: str, same: bool) -> None:
        self._one, self._words, self._folded, self._same = one.way, words, words.casefold(), same

    def find(self, over: Over) -> Value:
        held = self._one.find(over)
        if type(held) is str:
            return (held == self._words or held.casefold() == self._folded) is self._same
        if held is FAILED:
            return FAILED
        return (order(held, self._words) == 0) is self._same


class _ComparedWithNumber(Findable[Value]):
    """How a value stands to a number that stands in the formula."""

    __slots__ = ("_denominator", "_holds", "_number", "_numerator", "_one")

    def __init__(self, one: Live, number: Fraction, holds: Callable[[int, int], bool]) -> None:
        self._one, self._holds = one.way, holds
        self._number, self._numerator, self._denominator = number, number.numerator, number.denominator

    def find(self, over: Over) -> Value:
        held = self._one.find(over)
        if type(held) is Fraction:
            above, below = held.as_integer_ratio()
            return self._holds(above * self._denominator, self._numerator * below)
        if held is FAILED:
            return FAILED
        return self._holds(order(held, self._number), 0)


def _compare(sign: str, first: Live, second: Live, holds: Callable[[int, int], bool]) -> Live:
    said = f"{first.within(JOINED)}{sign}{second.within(JOINED)}"
    given = second.way.held if isinstance(second.way, Fixed) else None
    if isinstance(given, str) and sign in ("=", "<>"):
        return Live(said, _ComparedWithWords(first, given, sign == "="), COMPARED)
    if isinstance(given, Fraction):
        return Live(said, _ComparedWithNumber(first, given, holds), COMPARED)
    return Live(said, _Compared(first, second, holds), COMPARED)
