"""The story of the rehearsal, as data: who sends what and when, and what the right end is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from smartcity_xl.catalog.build import build_assignment, build_catalog
from smartcity_xl.model import Assignment, Catalog

SYSTEM = "rehearsal"
"""The id of the rehearsal's indicator system: by it a round is known to be one."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that a department sends: in a mail of ``sender``, or laid into the inbox by hand where there is none.

    ``answers``: figure -> what is typed. ``revision`` is that of the workbook that had gone back.
    """

    wave: int
    file: str
    department: str
    answers: Mapping[str, str | int]
    sender: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class RightSide:
    """The conflict that is to be decided, and the answer that holds."""

    figure: str
    value: str


@dataclass(frozen=True, slots=True)
class Story:
    """``total`` and ``scores`` (by indicator) are the right end, two decimals; ``trial`` is the file that must not
    count, ``private`` the one that must be let in; ``boxes``: department -> its address."""

    total: str
    conflict: RightSide
    trial: str
    private: str
    scores: Mapping[str, str]
    boxes: Mapping[str, str]
    arrivals: tuple[Incoming, ...]


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


@cache
def read_story() -> Story:
    return msgspec.convert(tomllib.loads(_text("story.toml")), Story)


def system_text() -> str:
    """The file of the indicator system, as it is laid into the round's folder."""
    return _text("system.toml")


@cache
def rehearsal_system() -> tuple[Catalog, Assignment]:
    """The system and who answers what."""
    catalog, faults = build_catalog(tomllib.loads(system_text()))
    assignment, more = build_assignment(tomllib.loads(_text("assignment.toml")), catalog)
    if faults or more:
        raise ValueError([*faults, *more])
    return catalog, assignment
