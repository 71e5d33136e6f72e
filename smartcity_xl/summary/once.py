"""What comes of a system alone is found once for it, however many cities are written in one process."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from smartcity_xl.model import Catalog

T = TypeVar("T")
_MOST = 8
"""Systems that are kept: those of a round, and some more."""


def once(find: Callable[[Catalog], T]) -> Callable[[Catalog], T]:
    """Found once for each system, which is known by itself: what it holds never changes, and is much to compare."""
    known: dict[int, tuple[Catalog, T]] = {}

    @wraps(find)
    def found(catalog: Catalog) -> T:
        held = known.get(id(catalog))
        if held is None:  # it is kept as long as its number: no other system has that
            while len(known) >= _MOST:
                known.pop(next(iter(known)), None)
            held = known[id(catalog)] = catalog, find(catalog)
        return held[1]

    return found
