"""Files and folders named like one that is not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from smartcity_xl.errors import UsageFault
from smartcity_xl.messages.near import find_near

_LOOKED_AT = 5_000
"""Names that are looked at: an inbox may be a whole disk."""


def near_files(path: Path, folders: Iterable[Path] = ()) -> tuple[str, ...]:
    """Files like one that is not there: beside it, and anywhere in some folders."""
    there = {one: str(path.parent / one) for one in _entries(path.parent) if (path.parent / one).is_file()}
    for folder in folders:
        for place in islice(_walk(folder), _LOOKED_AT):
            there.setdefault(place.name, str(place))
    return find_near(path.name, there)


def near_folders(path: Path) -> tuple[str, ...]:
    """Folders beside one that is not there, and like it."""
    there = {one: str(path.parent / one) for one in _entries(path.parent) if (path.parent / one).is_dir()}
    return find_near(path.name, there)


def refuse_missing(paths: Iterable[Path], folders: Iterable[Path] = ()) -> None:
    """Raises UsageFault for the first path where nothing is, with what lies beside it or in some folders and is named
    like it."""
    for path in paths:
        if not path.exists():
            raise UsageFault("file-missing", path=str(path)).like(near_files(path, folders))


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(one.name for one in folder.iterdir())
    except OSError:
        return []


def _walk(folder: Path) -> Iterator[Path]:
    for place, inner, names in os.walk(folder):
        inner.sort()
        yield from (Path(place, name) for name in sorted(names))
