"""Text from outside -> the same, with the signs spelled out that a terminal, a mail program or a reader's eye obeys:
escape sequences, bells, backspaces, returns, marks of direction, signs of no width.

They are written as JSON writes them (``\\u001b``), so that what is printed as JSON stays JSON.
"""

from __future__ import annotations

import re
from functools import cache

_ARMED = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""All but the end of a line and the tab; none of them is printable, as Python counts."""
_PLAIN = str.maketrans("", "", "\n\t\u3000")


def unarm(text: str) -> str:
    """The text as it can be shown anywhere; ends of lines and tabs stay."""
    if text.translate(_PLAIN).isprintable():
        return text
    return _armed().sub(_spell, text)


@cache
def _armed() -> re.Pattern[str]:
    """Made when the first such sign comes, which is hardly ever: making it takes longer than a page of help."""
    return re.compile(_ARMED)


def on_one_line(text: str) -> str:
    """The same for a place that has one line: a text of theirs must not look like the next line of ours."""
    lines = [line.strip(" \t") for line in text.strip().splitlines()]
    return unarm(" ".join(filter(None, lines)))


def _spell(sign: re.Match[str]) -> str:
    code = ord(sign[0])
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
