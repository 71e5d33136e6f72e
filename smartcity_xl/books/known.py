"""What was found out about a text that many workbooks share: those of one form have most parts in common, to the byte.

Nothing is known by a name or a place, only by the whole text.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

_Found = TypeVar("_Found")
_More = ParamSpec("_More")
_LONGEST = 64 * 2**10
"""Bytes of a text that is known by what it holds: to look up a longer one costs what it saves."""
_RECENT, _LARGEST, _TOGETHER = 8, 4 * 2**20, 8 * 2**20
"""How many texts are known by being the same object, the length of one, and of all of them: what was found in a text
may take many times its length, and belongs to a stranger's file."""
_WORD = 256
"""Signs of a word beside a text; with a longer one, nothing is remembered: what is found may hold it many times."""


class Remembered(Generic[_Found]):
    """Key -> what was found, of the size that each is said to have; what was of no use for the longest goes first."""

    def __init__(self, room: int) -> None:
        self._room, self._held = room, 0
        self._known: OrderedDict[object, tuple[_Found, int]] = OrderedDict()

    def get(self, key: object) -> tuple[_Found, int] | None:
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def put(self, key: object, found: _Found, size: int) -> None:
        """Only what is not known yet."""
        self._known[key] = found, size
        self._held += size
        while self._held > self._room:
            self._held -= self._known.popitem(last=False)[1][1]


def by_text(
    room: int = 4 * 2**20, long: bool = True
) -> Callable[[Callable[Concatenate[bytes, _More], _Found]], Callable[Concatenate[bytes, _More], _Found]]:
    """For a function that depends on nothing but the text that it is given first, and few short words beside it, and
    gives what nobody changes: it is asked once for each text while that is remembered. What it raises is not. Not
    ``long``: nothing of texts that are too long to be looked up."""

    def wrap(find: Callable[Concatenate[bytes, _More], _Found]) -> Callable[Concatenate[bytes, _More], _Found]:
        known = Remembered[_Found](room)
        recent: deque[tuple[bytes, tuple[Any, ...], _Found]] = deque(maxlen=_RECENT)

        @wraps(find)
        def ask(text: bytes, *more: Any, **named: Any) -> _Found:
            if named or len(text) > (_LARGEST if long else _LONGEST):
                return find(text, *more, **named)
            if len(text) > _LONGEST:
                for one, others, found in recent:
                    if one is text and others == more:
                        return found
                found = find(text, *more)  # type: ignore[call-arg]
                if _are_short(more):
                    recent.append((text, more, found))
                    while sum(len(one) for one, _, _ in recent) > _TOGETHER:
                        recent.popleft()
                return found
            if held := known.get((text, more)):
                return held[0]
            found = find(text, *more)  # type: ignore[call-arg]
            if _are_short(more):
                known.put((text, more), found, len(text) + 200)
            return found

        return ask  # type: ignore[return-value]

    return wrap


def _are_short(words: tuple[object, ...]) -> bool:
    return all(len(one) <= _WORD for one in words if isinstance(one, str | bytes))
