"""Functions of a cell over ranges of cells.

Of what several formulas ask of the same range (where a number stands, how often a text) all is found at once, and
again once a cell of it holds something else: a list that looks for each of its rows in turn would else read every cell
as many times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

from smartcity_xl.books.held import FAILED, Value, as_text
from smartcity_xl.books.live.pieces import Live
from smartcity_xl.books.reckoning import Findable, HeldCell, Over, Reckoned
from smartcity_xl.rules.formula import constant


class Area:
    """A range of cells, in order."""

    __slots__ = ("_places", "_words", "cells", "text")

    def __init__(self, text: str, cells: Sequence[HeldCell]) -> None:
        self.text, self.cells = text, cells
        self._places: Reckoned[dict[tuple[int, int], int]] | None = None
        self._words: Reckoned[Counter[str]] | None = None

    def values(self, _: Over = ()) -> list[Value]:
        return _held_in(self.cells)

    def places(self) -> Reckoned[dict[tuple[int, int], int]]:
        """Where numbers stand, from 1; the first of those that are the same."""
        if self._places is None:
            self._places = self.cells[0].reckoning.share(_Places(self.cells))
        return self._places

    def words(self) -> Reckoned[Counter[str]]:
        """How many cells say a text, whatever its case."""
        if self._words is None:
            self._words = self.cells[0].reckoning.share(_Words(self.cells))
        return self._words


class BroughtArea(Area):
    """Neighbours among the cells that a way is found over: from one as far as another, by their numbers."""

    __slots__ = ("_first", "_last")

    def __init__(self, text: str, first: int, last: int) -> None:
        super().__init__(text, ())
        self._first, self._last = first, last

    def values(self, over: Over = ()) -> list[Value]:
        return _held_in(over[self._first : self._last + 1])


def _held_in(cells: Over) -> list[Value]:
    return [one.held if one.known else one.look() for one in cells]


class _Places(Findable[dict[tuple[int, int], int]]):
    def __init__(self, cells: Sequence[HeldCell]) -> None:
        self._cells = cells

    def find(self, over: Over) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for at, value in enumerate(_held_in(self._cells), start=1):
            if type(value) is Fraction:
                found.setdefault(value.as_integer_ratio(), at)
        return found


class _Words(Findable[Counter[str]]):
    def __init__(self, cells: Sequence[HeldCell]) -> None:
        self._cells = cells

    def find(self, over: Over) -> Counter[str]:
        return Counter(value.casefold() for value in _held_in(self._cells) if type(value) is str)


class _OfArea(Findable[Value]):
    """What a function makes of what stands in a range."""

    __slots__ = ("_area", "_work")

    def __init__(self, area: Area, work: Callable[[list[Value]], Value]) -> None:
        self._area, self._work = area, work

    def find(self, over: Over) -> Value:
        return self._work(self._area.values(over))


def _numbers(values: list[Value]) -> list[Fraction]:
    return [value for value in values if type(value) is Fraction]


def count(area: Area) -> Live:
    """COUNT: how many numbers."""
    return Live(f"COUNT({area.text})", _OfArea(area, _count))


def _count(values: list[Value]) -> Value:
    return Fraction(len(_numbers(values)))


def count_filled(area: Area) -> Live:
    """COUNTA."""
    return Live(f"COUNTA({area.text})", _OfArea(area, _count_filled))


def _count_filled(values: list[Value]) -> Value:
    return Fraction(sum(value is not None for value in values))


def count_same(area: Area, wanted: Fraction) -> Live:
    """COUNTIF for a number."""
    return Live(f"COUNTIF({area.text},{constant(wanted)})", _OfArea(area, partial(_count_same, wanted)))


def _count_same(wanted: Fraction, values: list[Value]) -> Value:
    return Fraction(_numbers(values).count(wanted))


def count_from(area: Area, least: int) -> Live:
    """COUNTIF for numbers that reach one."""
    return Live(f'COUNTIF({area.text},">={least}")', _OfArea(area, partial(_count_from, least)))


def _count_from(least: int, values: list[Value]) -> Value:
    return Fraction(sum(number >= least for number in _numbers(values)))


def count_text(area: Area, wanted: Live) -> Live:
    """COUNTIF for a text: how many say the same, whatever the case."""
    return Live(f"COUNTIF({area.text},{wanted.text})", _CountText(area, wanted))


class _CountText(Findable[Value]):
    __slots__ = ("_wanted", "_words")

    def __init__(self, area: Area, wanted: Live) -> None:
        self._words, self._wanted = area.words(), wanted.way

    def find(self, over: Over) -> Value:
        return Fraction(self._words.find()[as_text(self._wanted.find(over)).casefold()])


def total(area: Area) -> Live:
    """SUM, which passes over words."""
    return Live(f"SUM({area.text})", _OfArea(area, _total))


def _total(values: list[Value]) -> Value:
    return _sum(_numbers(values))


def mean(area: Area) -> Live:
    """AVERAGE."""
    return Live(f"AVERAGE({area.text})", _OfArea(area, _mean))


def _mean(values: list[Value]) -> Value:
    numbers = _numbers(values)
    return _sum(numbers) / len(numbers) if numbers else FAILED


def _sum(numbers: list[Fraction]) -> Fraction:
    if all(value.denominator == 1 for value in numbers):
        return Fraction(sum(value.numerator for value in numbers))
    return sum(numbers, Fraction(0))


def match(wanted: Live, area: Area) -> Live:
    """MATCH of a number, exactly: its place from 1."""
    return Live(f"MATCH({wanted.text},{area.text},0)", _Match(wanted, area))


class _Match(Findable[Value]):
    __slots__ = ("_places", "_wanted")

    def __init__(self, wanted: Live, area: Area) -> None:
        self._places, self._wanted = area.places(), wanted.way

    def find(self, over: Over) -> Value:
        sought, places = self._wanted.find(over), self._places
        if type(sought) is not Fraction:
            return FAILED
        at = (places.held if places.known else places.look()).get(sought.as_integer_ratio())
        return FAILED if at is None else Fraction(at)


def pick(area: Area, place: Live) -> Live:
    """INDEX."""
    return Live(f"INDEX({area.text},{place.text})", _Pick(area, place))


class _Pick(Findable[Value]):
    __slots__ = ("_cells", "_place")

    def __init__(self, area: Area, place: Live) -> None:
        self._cells, self._place = area.cells, place.way

    def find(self, over: Over) -> Value:
        at = self._place.find(over)
        if type(at) is not Fraction:
            return FAILED
        place = at.numerator // at.denominator
        return self._cells[place - 1].find() if 1 <= place <= len(self._cells) else FAILED
