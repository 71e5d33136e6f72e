"""Files of one run that belong together: the note that stands beside them while they are put in place.

A run that is cut off between two renames leaves it behind, for people and for us: its name says what to do, and its
lines say which file was to become what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from smartcity_xl.ledger import digest_of
from smartcity_xl.messages import label

NEVER = "0" * 64
"""The digest of a file that could not be made."""
_LINE = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64}|-) (.+)")


def note_path(folder: Path) -> Path:
    return folder / label("file.unfinished")


def write_note(files: Mapping[str, tuple[str, str]]) -> bytes:
    """``files``: name -> its digest when all are in place, and before ("": there was none)."""
    lines = [f"{after} {before or '-'} {name}" for name, (after, before) in files.items()]
    return "\r\n".join([label("file.unfinished_says"), "", *lines, ""]).encode("utf-8-sig")


def find_mixed(folder: Path) -> tuple[str, ...]:
    """The names of the files in a folder that a run which was cut off had not put in place yet, beside others that it
    had: they are of an earlier run. None where all are of one run, or nobody knows."""
    try:
        lines = note_path(folder).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return ()
    old, new = [], []
    for after, before, name in (found.groups() for line in lines if (found := _LINE.fullmatch(line))):
        here = digest_of(folder / name)
        if here == after:
            new.append(name)
        elif here == before.strip("-"):
            old.append(name)
    return tuple(old) if new else ()
