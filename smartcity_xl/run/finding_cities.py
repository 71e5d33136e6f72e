"""A province's folder -> its cities: one sub-folder, round or archive each. What is none is told, and never dropped."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import archive_stem, is_archive, is_litter, shown_name
from smartcity_xl.arrival.nearby import near_folders
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import is_ledger
from smartcity_xl.office.campaign import SETTINGS_FILE
from smartcity_xl.run.cities import INBOX, ROUND, CityTask

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 60


class NoCity(Struct, frozen=True):
    """What lies in a province's folder and is no city: its name, and why (a code of ``no_city_…``)."""

    name: str
    why: str


class CitiesFound(Struct, frozen=True):
    """In the order of their names. ``alike``: what is called as another is, in its folder, and its name instead."""

    tasks: tuple[CityTask, ...]
    others: tuple[NoCity, ...]
    alike: tuple[tuple[str, str], ...] = ()


def find_cities(folder: Path, out: Path, like: CityTask) -> CitiesFound:
    """The cities of a province's folder, each to be done as ``like``: a round in its own folders, every other in a
    folder of its own in ``out``.

    Raises UsageFault (no such folder, a file, one city's round, no city in it), MachineFault.
    """
    if folder.is_file():
        raise UsageFault("cities-file", path=str(folder))
    if not folder.is_dir():
        raise UsageFault("inbox-missing", path=str(folder)).like(near_folders(folder))
    if (folder / SETTINGS_FILE).is_file():
        raise UsageFault("cities-one-round", path=str(folder))
    places, others = list[tuple[str, Path, str]](), list[NoCity]()
    for path in _list(folder):
        name = shown_name(Path(path.name))
        if _is_same(path, out):
            continue
        if why := _why_none(path):
            others.append(NoCity(name, why))
        else:
            places.append((name, path, ROUND if (path / SETTINGS_FILE).is_file() else INBOX))
    if not places:
        if not others:
            raise UsageFault("cities-empty", path=str(folder))
        raise UsageFault("cities-none", path=str(folder), files=len(others))
    names = name_cities([(name, path.is_dir()) for name, path, _ in places])
    tasks = (
        replace(like, name=name, place=str(path), kind=kind, out="" if kind == ROUND else str(out / name))
        for name, (_, path, kind) in zip(names, places, strict=True)
    )
    alike = tuple(
        (given, name) for name, (given, path, _) in zip(names, places, strict=True)
        if name not in (_safe(given), _safe(archive_stem(given)))
    )  # fmt: skip
    return CitiesFound(tuple(tasks), tuple(others), alike)


def name_cities(found: list[tuple[str, bool]]) -> list[str]:
    """A name for each, by what it is called in its folder and whether it is one: such as any system takes for that of
    a folder, and none like another, also where a system does not tell large letters from small ones."""
    plain = [_safe(name if folder else archive_stem(name)) for name, folder in found]
    often = Counter(map(_key, plain))
    return [
        name
        if often[_key(name)] == 1
        else f"{name}-{hashlib.sha256(given.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
        for name, (given, _) in zip(plain, found, strict=True)
    ]


def _safe(name: str) -> str:
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", name))[:_LONGEST].strip(" .")
    return f"_{name}" if not name or _DEVICES.fullmatch(name) else name


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda path: shown_name(Path(path.name)))
    except OSError as error:
        raise MachineFault("folder-unreadable", path=str(folder), reason=error.strerror or str(error)) from error


def _is_same(path: Path, other: Path) -> bool:
    return path.is_dir() and path.resolve() == other.resolve()


def _why_none(path: Path) -> str:
    """Why this is no city; "" where it is one."""
    if path.is_symlink():
        return "link"
    if path.is_dir():
        if is_ledger(path):
            return "ledger"
        return "" if _holds_files(path) else "empty"
    if is_litter(path.name) or not path.is_file():
        return "litter"
    return "" if is_archive(path.name) else "loose"


def _holds_files(folder: Path) -> bool:
    """Whether anything lies in a folder, however deep; what cannot be listed is told when it is collected."""
    unlisted: list[OSError] = []
    return any(files for _, _, files in os.walk(folder, onerror=unlisted.append)) or bool(unlisted)
