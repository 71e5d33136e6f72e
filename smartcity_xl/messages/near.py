"""What somebody may have meant who mistyped a name, or wrote only a part of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

_SHORTEST_PART = 2


def find_near(
    name: str, known: Mapping[str, str] | Iterable[str], most: int = 3, least: float = 0.6
) -> tuple[str, ...]:
    """The known names that look like one, the likest first, then those of which it is a part; at most ``most``.

    ``known`` may say how each spelling is shown; ``least`` is the share that has to be alike, as ``difflib`` counts it.
    """
    from difflib import get_close_matches  # not at the top: only who mistyped needs it

    spelt: dict[str, str] = {}
    for text, shown in known.items() if isinstance(known, Mapping) else ((one, one) for one in known):
        spelt.setdefault(bare(text), shown)
    wanted = bare(name)
    close = get_close_matches(wanted, list(spelt), 2 * most, least) if wanted else []
    parts = [text for text in spelt if wanted in text] if len(wanted) >= _SHORTEST_PART else []
    return tuple(dict.fromkeys(spelt[text] for text in (*close, *parts)))[:most]


def find_meant(name: str, spellings: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The keys that a name means: those with a spelling that it is; where there is none, those with one of which it is
    a part."""
    wanted = bare(name)
    spelt = {key: [bare(text) for text in texts] for key, texts in spellings.items()}
    whole = tuple(key for key, texts in spelt.items() if wanted in texts)
    return whole or tuple(key for key, texts in spelt.items() if wanted and any(wanted in text for text in texts))


def bare(text: str) -> str:
    """A name alike however its signs and blanks are typed."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
