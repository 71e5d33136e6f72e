"""The manifest of a pack: which program made it, which runs it holds, and the SHA-256 of every file in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

SCHEMA: Literal["xlscore-pack/1"] = "xlscore-pack/1"
MANIFEST = "manifest.json"


class Scope(StrEnum):
    """How much of a round a pack holds."""

    WHOLE = "whole"
    """All that the departments sent, contacts included: it is run again from their own files."""
    REDACTED = "redacted"
    """The answers as read, without mails, contacts, evidence and free words: it is run again from these."""


@dataclass(frozen=True, slots=True)
class FrozenFile:
    """A file of a pack. ``size`` is in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Made:
    """What made a pack: the versions of the program, of Python, and of the libraries (name -> version)."""

    program: str
    python: str
    libraries: Mapping[str, str]

    def unlike(self, other: Made) -> tuple[tuple[str, str, str], ...]:
        """Name, version there and version in ``other``, of all that differs; "" where it is not known."""
        mine, theirs = (
            {"smartcity-xl": one.program, "python": one.python, **dict(one.libraries)} for one in (self, other)
        )
        names = [*mine, *(name for name in theirs if name not in mine)]
        pairs = [(name, mine.get(name, ""), theirs.get(name, "")) for name in names]
        return tuple(pair for pair in pairs if pair[1] != pair[2])


@dataclass(frozen=True, slots=True)
class FrozenRun:
    """A run in a pack. ``results`` is the SHA-256 of its ``results.json``; of a redacted pack, of the one without
    contacts."""

    catalog: str
    version: str
    total: str
    final: bool
    results: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``at`` is the moment of the run (UTC); ``files`` are in the order of their names, and all but the manifest."""

    schema: Literal["xlscore-pack/1"]
    scope: Scope
    made: Made
    city: str
    round: str
    at: str
    runs: tuple[FrozenRun, ...]
    files: tuple[FrozenFile, ...]


def write_manifest(manifest: Manifest) -> bytes:
    """UTF-8 JSON with a stable order of keys."""
    return (json.dumps(msgspec.to_builtins(manifest), ensure_ascii=False, indent=1) + "\n").encode()


def read_manifest(data: bytes) -> Manifest:
    """Raises ValueError with what is wrong."""
    return msgspec.json.decode(data, type=Manifest)


def seal_of(manifest: bytes) -> str:
    """The SHA-256 of a manifest as it stands: it stands for every byte of the pack. It is no signature: whoever changes
    a file and the manifest has another seal, and only one that was written down elsewhere tells."""
    return hashlib.sha256(manifest).hexdigest()
