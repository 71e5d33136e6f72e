"""What many workbooks say alike, held once: names of slots, sheets and cells, dates, units, figures that return.

Each workbook comes from another process, or from what was remembered, with strings of its own for all of that; they
were two thirds of what a workbook as read took in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import attrgetter
from typing import Any, TypeVar

from msgspec import Struct

from smartcity_xl.model import Identity, Typed

_AnyData = TypeVar("_AnyData")
_FEW = 100
"""Workbooks that are left as they are: to look for what they say alike takes longer than it is worth."""
_WHOLE = (Identity, Typed)
"""What many workbooks share as a whole, and not in its parts only."""


class Alike:
    """Data, each part of which that was said before is replaced by the very thing that said it."""

    def __init__(self, few: int = _FEW) -> None:
        self._left = few
        self._texts: dict[str, str] = {}
        self._figures: dict[tuple[int, int], Fraction] = {}
        self._whole: dict[tuple[object, ...], Any] = {}
        self._parts_of: dict[type, Callable[[Any], tuple[Any, ...]]] = {}
        self._ways: dict[type, Callable[[Any], Any]] = {
            str: lambda one: self._texts.setdefault(one, one),
            Fraction: lambda one: self._figures.setdefault((one.numerator, one.denominator), one),
            tuple: lambda one: tuple(map(self._share, one)) if one else one,
            dict: lambda one: {self._share(key): self._share(value) for key, value in one.items()},
        }

    def share(self, one: _AnyData) -> _AnyData:
        """The same, and equal to it in everything."""
        if self._left:
            self._left -= 1
            return one
        shared: _AnyData = self._share(one)
        return shared

    def _share(self, one: Any) -> Any:
        kind = type(one)
        if way := self._ways.get(kind):
            return way(one)
        return self._share_parts(one, kind) if isinstance(one, Struct) else one

    def _share_parts(self, one: Struct, kind: type[Any]) -> Any:
        texts, share = self._texts.setdefault, self._share
        parts_of = self._parts_of.get(kind) or self._parts_of.setdefault(kind, _all_of(kind.__struct_fields__))
        parts = [texts(part, part) if type(part) is str else share(part) for part in parts_of(one)]
        if kind not in _WHOLE:
            return kind(*parts)
        # by the very parts: two that hold cells are equal whatever stands in them, and 1 equals 1.0 and True
        return self._whole.setdefault((kind, *map(id, parts)), kind(*parts))


def _all_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*names) if len(names) > 1 else lambda one: tuple(getattr(one, name) for name in names)
