"""Two records of a run -> where they differ, by the names that people know the places by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_NAMES = ("code", "key", "figure", "subject", "parcel", "name", "id", "department")
"""What an entry of a list is called by, the first that it has."""
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Unequal:
    """A place, what stands there in the first, and what in the second; "" where nothing does."""

    at: str
    before: str
    after: str


def differ(before: object, after: object, at: str = "") -> Iterator[Unequal]:
    """Every place at which two documents (as JSON has them) differ, in their order."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            place = f"{at}.{key}" if at else str(key)
            if key in before and key in after:
                yield from differ(before[key], after[key], place)
            else:
                yield Unequal(place, _show(before, key), _show(after, key))
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        yield from _differ_lists(before, after, at)
    elif before != after or type(before) is not type(after):
        yield Unequal(at, _word(before), _word(after))


def _differ_lists(before: Sequence[object], after: Sequence[object], at: str) -> Iterator[Unequal]:
    """By what the entries are called, where each has a name of its own; else by their places."""
    mine, theirs = _named(before), _named(after)
    if mine is None or theirs is None:
        mine, theirs = _numbered(before), _numbered(after)
    for key in {**mine, **theirs}:
        place = f"{at}[{key}]"
        if key in mine and key in theirs:
            yield from differ(mine[key], theirs[key], place)
        else:
            yield Unequal(place, _show(mine, key), _show(theirs, key))


def _named(entries: Sequence[object]) -> dict[object, object] | None:
    if not all(isinstance(one, Mapping) for one in entries):
        return None
    for name in _NAMES:
        found = {one[name]: one for one in entries if isinstance(one, Mapping) and isinstance(one.get(name), str)}
        if len(found) == len(entries):
            return dict(found)
    return None


def _numbered(entries: Sequence[object]) -> dict[object, object]:
    return dict(enumerate(entries))


def _show(entries: Mapping[object, object], key: object) -> str:
    return _word(entries[key]) if key in entries else ""


def _word(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
