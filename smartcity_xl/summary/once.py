"""What comes of a system alone is found once for it, however many cities are written in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, wraps
from inspect import signature
from typing import Concatenate, ParamSpec, TypeVar

from smartcity_xl.model import Catalog

T = TypeVar("T")
_More = ParamSpec("_More")
_MOST = 8
"""Systems that are kept: those of a round, and some more."""
_ASKED_ALONE: list[Callable[[Catalog], object]] = []
"""What is asked of a system with nothing more."""


def once(find: Callable[Concatenate[Catalog, _More], T]) -> Callable[Concatenate[Catalog, _More], T]:
    """Found once for each system, which is known by itself: what it holds never changes, and is much to compare. What
    more is asked by, named or not, is a truth value or two."""
    known: dict[int, tuple[Catalog, dict[object, T]]] = {}

    @wraps(find)
    def found(catalog: Catalog, /, *more: _More.args, **named: _More.kwargs) -> T:
        held = known.get(id(catalog))
        if held is None:  # it is kept as long as its number: no other system has that
            while len(known) >= _MOST:
                known.pop(next(iter(known)), None)
            held = known[id(catalog)] = catalog, {}
        asked: object = (more, *sorted(named.items())) if named else more
        answers = held[1]
        if asked not in answers:
            answers[asked] = find(catalog, *more, **named)
        return answers[asked]

    if len(signature(find).parameters) == 1:
        _ASKED_ALONE.append(found)
    return found


def find_ahead(catalog: Catalog) -> Iterator[Callable[[], object]]:
    """The steps by which most of it is found before anybody asks."""
    return (partial(find, catalog) for find in _ASKED_ALONE)
