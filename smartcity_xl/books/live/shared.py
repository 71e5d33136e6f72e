"""A formula that stands in many places, each time over other cells, is composed once.

What differs from one place to the next are addresses, and at most a number: while the formula is composed, stand-ins
take their places, and the functions that compose it know nothing of that. Then each place puts its addresses into the
text, and its cells under the way, which all of them share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from smartcity_xl.books.held import Value
from smartcity_xl.books.live.areas import Area, BroughtArea
from smartcity_xl.books.live.pieces import Brought, Live
from smartcity_xl.books.reckoning import Findable, Fixed, Over, Reckoned

_FIRST, _MOST = 0xD800, 0x400
"""Signs that stand for addresses: halves of a sign, which no text holds that was ever read."""
_STAND_IN = re.compile(f"([{chr(_FIRST)}-{chr(_FIRST + _MOST - 1)}])")


class _OverThese(Findable[Value]):
    """A way that many share, over the cells of one place."""

    __slots__ = ("_over", "_way")

    def __init__(self, way: Findable[Value], over: Over) -> None:
        self._way, self._over = way, over

    def find(self, over: Over) -> Value:
        return self._way.find(self._over)


class Operands:
    """What takes the places of the stand-ins: cells by their addresses, and numbers by their digits."""

    __slots__ = ("addresses", "over")

    def __init__(self, addresses: list[str], over: Over) -> None:
        self.addresses, self.over = addresses, over

    @classmethod
    def of(cls, *pieces: Live) -> Operands:
        over = [one.way for one in pieces if isinstance(one.way, (Reckoned, Fixed))]
        if len(over) != len(pieces):
            raise TypeError(f"neither cells nor numbers: {[one.text for one in pieces]}")
        return cls([one.text for one in pieces], over)


class SharedFormula:
    """A formula that was composed of stand-ins."""

    __slots__ = ("_order", "_parts", "_rank", "_way")

    def __init__(self, composed: Live) -> None:
        self._parts = _STAND_IN.split(composed.text)
        self._order = [ord(sign) - _FIRST for sign in self._parts[1::2]]
        self._way, self._rank = composed.way, composed.rank

    def text(self, addresses: Sequence[str]) -> str:
        """What is written of it with these addresses."""
        parts = self._parts.copy()
        parts[1::2] = [addresses[at] for at in self._order]
        return "".join(parts)

    def at(self, operands: Operands) -> Live:
        """The formula of one place."""
        return Live(self.text(operands.addresses), _OverThese(self._way, operands.over), self._rank)


def stand_in(number: int) -> Live:
    """What stands for a cell, or a number, while a formula is composed, by its number among those of a place."""
    if number >= _MOST:
        raise ValueError(f"no sign stands for {number}")
    return Live(chr(_FIRST + number), Brought(number))


def stand_ins(many: int) -> list[Live]:
    return list(map(stand_in, range(many)))


def between(first: int, last: int) -> Area:
    """The cells of a place from one stand-in as far as another, which are neighbours."""
    return BroughtArea(f"{stand_in(first).text}:{stand_in(last).text}", first, last)
