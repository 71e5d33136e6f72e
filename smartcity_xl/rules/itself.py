"""What is known of a thing for as long as it is that very thing, whatever it holds."""

from __future__ import annotations

from typing import Generic, TypeVar

_Known = TypeVar("_Known")


class Itself(Generic[_Known]):
    """Something known by being itself, and not by what it holds: two that are alike are two."""

    __slots__ = ("one",)

    def __init__(self, one: _Known) -> None:
        self.one = one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.one is other.one

    def __hash__(self) -> int:
        return id(self.one)
