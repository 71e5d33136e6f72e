"""Files to be double-clicked beside a round's folders, for those who fear a terminal: collect, show the progress."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path

from smartcity_xl.messages import words

_KINDS = ("cmd", "sh", "desktop")
RUNNABLE = ("sh", "desktop")
"""What must be marked as a program, where the system has such a mark."""


def write_starters(python: Path) -> dict[str, bytes]:
    """Name -> content. Each goes by its own place, and so works wherever its folder is moved. ``python`` is tried
    before any other: what is installed for one person alone may be found nowhere else."""
    return {
        f"{one['name']}.{kind}": _write(kind, one["name"], one["comment"], one["command"], str(python))
        for one in words("starter").values()
        for kind in _KINDS
    }


def _write(kind: str, name: str, comment: str, command: str, python: str) -> bytes:
    text = (files(__package__) / "starter_texts" / f"start.{kind}").read_text(encoding="utf-8")
    told = shlex.quote(python) if kind == "sh" else python.replace("%", "%%")
    for mark, value in (("name", name), ("comment", comment), ("command", command), ("python", told)):
        text = text.replace(f"{{{mark}}}", value)
    return (text.replace("\n", "\r\n") if kind == "cmd" else text).encode()
