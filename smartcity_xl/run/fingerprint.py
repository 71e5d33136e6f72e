"""What a result depends on -> a digest. Two runs that agree in it come to the same."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import platform
import sys
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import unread
from smartcity_xl.ledger import feed_file, local_time

if TYPE_CHECKING:
    from smartcity_xl.rules.itself import Itself

_PACKAGE = Path(__file__).parent.parent
_LEFT_OUT = "__pycache__"
_MOMENTS = ("2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z")
"""What the local time is at these tells the zone, its summer time too."""


@cache
def program_digest() -> str:
    """Of the program that runs: every file of this package, the versions of all that is installed beside it, the
    interpreter and the zone of the local time.

    Files are read (6 ms), and not merely their versions or times: a number of the version says nothing of a program
    that is being changed, and a time nothing of one that was copied.
    """
    digest, home = hashlib.sha256(), str(_PACKAGE)
    files = [(path.removeprefix(home), feed_file(digest.update, path)) for path in sorted(_files_below(home))]
    zone = tuple(map(local_time, _MOMENTS))
    told = (files, sys.version, sys.platform, platform.machine(), zone, sorted(set(_installed())))
    digest.update(repr(told).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files_below(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            inside = entry.is_dir()
        except OSError:  # a link to itself: whoever reads it says so
            inside = False
        if not inside:
            yield entry.path
        elif entry.name != _LEFT_OUT and not entry.is_symlink():
            yield from _files_below(entry.path)


def _installed() -> Iterator[str]:
    """The names under which packages are installed, each with its version in it."""
    for folder in sys.path:
        try:
            names = [entry.name for entry in os.scandir(folder or ".")]
        except OSError:
            continue
        yield from (name for name in names if name.endswith((".dist-info", ".egg-info")))


def digest_data(*parts: object) -> str:
    """Of plain data and frozen types of ours: their names and all that they hold, in order. What cannot be told is
    unlike everything: the digest of another run is another."""
    told = io.BytesIO()
    pickler = pickle.Pickler(told, 5)
    pickler.fast = True  # by what is held, and not by what is shared
    pickler.dump(parts)
    return hashlib.sha256(told.getbuffer()).hexdigest()


def digest_known(part: object) -> str:
    """The same, of what is one object for many cities: worked out once while it is remembered."""
    from smartcity_xl.rules.itself import Itself  # not at the top: what is merely repeated needs no catalog

    return _digest_itself(Itself(part))


@lru_cache(maxsize=16)
def _digest_itself(part: Itself[object]) -> str:
    return digest_data(part.one)


def digest_paths(paths: Iterable[Path]) -> str:
    """Of files, and of all files in folders: names and bytes. Raises UsageFault, MachineFault."""
    digest = hashlib.sha256()
    for path in paths:
        inside = sorted(_files_below(str(path))) if path.is_dir() else [str(path)] if path.exists() else []
        digest.update(f"{path}\0{len(inside)}\n".encode("utf-8", "surrogateescape"))
        for name in inside:
            try:
                found = hashlib.sha256(Path(name).read_bytes()).hexdigest()
            except OSError as error:
                raise unread(name, error) from error
            digest.update(f"{name}\0{found}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
