"""Texts in cells: as a cell can hold them, and how high one is where it is wrapped."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from smartcity_xl.books import limits
from smartcity_xl.messages.width import sign_width

TEXT_LIMIT = limits.TEXT
_LOOKED_AT = 5_000
"""Signs of a text that are laid out in lines: with more, every row is as high as rows can be."""
SHORT = 200
"""Texts whose width and lines are remembered: longer ones, by the thousand, would fill the memory."""
BODY_SIZE = 10.5
_LINE = 1.4
"""The height of a line by the size of its signs."""
PIXELS, _PIXELS_A_POINT, _PADDING = 7, 96 / 72, -3
"""A unit of a column's width, a point, and what a cell has beyond its units and keeps free at its edges."""
_PIECES = re.compile(r"([!-~]+)|([\u4e00-\u9fff，。；：！？、）（”“》《】【％]+)|(.)")
"""A word, a run of signs that are as wide as they are high, any other sign."""
_CLOSING = frozenset("，。；：！？、）”’》】％%…")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CODED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LIKE_A_CODE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")
EDGES = 5
"""Points of a row above and below its texts."""
HIGHEST = 409.0
"""Points of the highest row that Excel takes."""


def signs_of_a_line(width: float, size: float = BODY_SIZE) -> float:
    """How many signs of some size, each half as wide as it is high, a line has room for."""
    return max((PIXELS * width + _PADDING) / (size * _PIXELS_A_POINT / 2), 2.0)


def lines_needed(text: str, width: float, size: float = BODY_SIZE) -> int:
    """Lines that a text of some size takes when wrapped in a column of this width: an ideograph is as wide as it is
    high, other signs half of that. Words and numbers are not parted, and no line begins with a closing sign."""
    room = signs_of_a_line(width, size)
    if 2 * len(text) <= room and "\n" not in text:  # however wide its signs are
        return 1
    return _lines(text, room)


def _lines(text: str, room: float) -> int:
    return sum(_wrapped(line, room) for line in text[:_LOOKED_AT].split("\n"))


def _wrapped(line: str, room: float) -> int:
    lines, used, last = 1, 0.0, 0.0
    for word, run, sign in _PIECES.findall(line):
        if run:
            more, used, last = _wrap_run(run, room, used, last)
            lines += more
            continue
        width = float(len(word)) if word else sign_width(sign)  # signs of a word are narrow
        if used + width <= room or sign == " ":
            used += width
        elif (word or sign) in _CLOSING and used:
            lines, used = lines + 1, last + width
        else:
            more = max(math.ceil(width / room) - 1, 0)
            lines, used = lines + (1 if used else 0) + more, width - more * room
        last = width
    return lines


def _wrap_run(run: str, room: float, used: float, last: float) -> tuple[int, float, float]:
    """Signs that are surely as wide as they are high, on a line of which so much is used, by its ``last`` sign too: how
    many more lines that makes, and the same of the last one."""
    lines, at, many = 0, 0, len(run)
    while at < many and used + 2 * (many - at) > room:
        fitting = max(int((room - used) // 2), 0)
        if fitting:
            at, used, last = at + fitting, used + 2 * fitting, 2.0
        lines, used = lines + 1, last + 2 if run[at] in _CLOSING else 2.0
        at, last = at + 1, 2.0
    return lines, used + 2 * (many - at), 2.0


def height_of_lines(lines: int, size: float = BODY_SIZE) -> float:
    """Points that lines of some size take."""
    return math.ceil(lines * size * _LINE)


def height_of_text(text: str, width: float, size: float = BODY_SIZE) -> float:
    """Points that a text of some size takes in a column of this width."""
    return known_height(text, width, size) if len(text) < SHORT else _height(text, width, size)


def _height(text: str, width: float, size: float) -> float:
    return height_of_lines(lines_needed(text, width, size), size)


known_height = lru_cache(maxsize=16_384)(_height)


def clean_text(text: str) -> str:
    """Text as a cell can hold it: no control characters, not longer than the limit."""
    if len(text) <= TEXT_LIMIT and text.isprintable():
        return text
    return _FORBIDDEN.sub("\ufffd", text)[:TEXT_LIMIT]


def coded(text: str) -> str:
    """Text as a part of a workbook has it (``ST_Xstring``): a sign that XML has no room for by its code, _x000D_, and
    the first sign of what only looks like one by its own."""
    if "_x" not in text and text.isprintable():
        return text
    return _CODED.sub(lambda sign: f"_x{ord(sign[0]):04X}_", parted_codes(text, "_x005F_"))


def parted_codes(text: str, first: str) -> str:
    """Text with ``first`` for the first sign of each piece that looks like a sign by its code."""
    return _LIKE_A_CODE.sub(first, text)


def decoded(text: str) -> str:
    """The same read back, as Excel reads it. Half a sign is none."""
    if "_x" not in text:
        return text
    found = _CODE.sub(lambda code: chr(int(code[1], 16)), text)
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def short_note(text: str) -> str:
    """A note that a program shows whole; what is cut off stands elsewhere, in a list or in the file that came."""
    return text if len(text) <= limits.NOTE else text[: limits.NOTE - 1] + "…"


def property_text(text: str) -> str:
    """Text as a property of a document can hold it."""
    return clean_text(text)[:255]


def footer_words(text: str) -> str:
    """Words in a footer, where an ampersand begins a command, and which is not longer than 255 signs in all."""
    return clean_text(text).replace("\n", " ").replace("&", "＆")[:120]
