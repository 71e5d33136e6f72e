"""A command as it is typed in a shell: words with blanks or brackets in quotes, Chinese ones as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[\w@%+=:,./-]+")
_PLAIN_ON_WINDOWS = re.compile(r"[\w@+:./\\-]+")


def as_typed(words: Iterable[str], system: str = os.name) -> str:
    """Words on one line, each as one argument of the shell of this system: a POSIX one, or cmd where it is ``nt``."""
    return " ".join(_quoted_for_cmd(word) if system == "nt" else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def _quoted_for_cmd(word: str) -> str:
    """A path can hold no double quote there; what else stands between two is taken as it is."""
    return word if _PLAIN_ON_WINDOWS.fullmatch(word) else f'"{word}"'
