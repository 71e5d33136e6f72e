"""How far a job is, as it tells whoever asked it to: with nothing of how that is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import Struct

_One = TypeVar("_One")


class Headway(Struct, frozen=True):
    """``done`` of ``whole`` in one step of a job; ``whole`` is None where nobody knows beforehand.

    ``step`` is a word for what is being done: the code of its sentence, without ``doing_``.
    """

    step: str
    done: int
    whole: int | None = None


Follow = Callable[[Headway], None]
"""Is told as a step begins (0 done), after each thing that is done, and as nothing is left. Whatever it raises ends the
job as Ctrl-C does."""


def unfollowed(_: Headway) -> None:
    """For a job that nobody watches."""


def followed(things: Iterable[_One], step: str, follow: Follow, whole: int | None = None) -> Iterator[_One]:
    """The things, one after another, each told once it is done with; none is asked for before it is wanted."""
    done = 0
    follow(Headway(step, 0, whole))
    for done, thing in enumerate(things, start=1):
        yield thing
        follow(Headway(step, done, whole))
    if whole is None:
        follow(Headway(step, done, done))


def ticking(step: str, follow: Follow, whole: int | None = None) -> Callable[[_One], _One]:
    """What hands on what it is given, and tells that one more is done."""
    done = 0
    follow(Headway(step, 0, whole))

    def tick(thing: _One) -> _One:
        nonlocal done
        done += 1
        follow(Headway(step, done, whole))
        return thing

    return tick
