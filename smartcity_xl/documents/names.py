"""Names of files as people write them: folded, taken apart, and compared from the strictest to the loosest way."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from smartcity_xl.books.values import plain
from smartcity_xl.shipped import read_shipped

_ENDING = re.compile(r"(.+)\.((?=[0-9]*[a-z])[a-z0-9]{2,5})", re.DOTALL)
_CHINESE = "一二三四五六七八九"


@cache
def forms() -> dict[str, Any]:
    """The separators and patterns of ``forms.toml``."""
    return read_shipped("documents/forms.toml")


@cache
def _signs() -> dict[int, str | None]:
    return {**dict.fromkeys(map(ord, forms()["ignored"]), None), **dict.fromkeys(map(ord, forms()["dashes"]), "-")}


@lru_cache(maxsize=8_192)
def fold(text: str) -> str:
    """A name without what makes no difference: composed, ordinary signs, lower case, no blanks, no quotes."""
    folded = plain(unicodedata.normalize("NFC", text)).translate(_signs()).casefold()
    return "".join(folded.split())


class FileName(Struct, frozen=True):
    """A name taken apart: ``stem`` without leading number and ending, ``bare`` without the mark of a copy as well."""

    whole: str
    stem: str
    bare: str
    number: int | None
    ending: str


@lru_cache(maxsize=8_192)
def parse_name(text: str, code: str = "") -> FileName:
    """A file's name (no folders) taken apart. ``code`` is an indicator's, which may stand in front like a number."""
    whole = fold(text)
    match = _ENDING.fullmatch(whole)
    stem, ending = (match[1], match[2]) if match else (whole, "")
    if code and (rest := stem.removeprefix(fold(code))) != stem:
        stem = rest.lstrip("-_.、:") or stem
    number, stem = _cut_number(stem)
    return FileName(whole, stem, _cut_copy(stem), number, ending)


def _cut_number(stem: str) -> tuple[int | None, str]:
    for pattern in forms()["numbering"]:
        if (match := re.match(pattern, stem)) and (rest := stem[match.end() :]):
            return _count(match[1]), rest
    return None, stem


def _count(numeral: str) -> int:
    """1, 一, 十二 and ① as numbers."""
    if numeral.isdecimal():
        return int(numeral)
    if len(numeral) == 1 and numeral not in _CHINESE + "十":
        return int(unicodedata.numeric(numeral))
    tens, ten, ones = numeral.rpartition("十")
    return (10 * (_CHINESE.find(tens) + 1 or 1) if ten else 0) + (_CHINESE.find(ones) + 1)


def _cut_copy(stem: str) -> str:
    for pattern in forms()["copies"]:
        if (match := re.search(f"(?:{pattern})$", stem)) and match.start():
            return stem[: match.start()]
    return stem


def compare_names(named: FileName, file: FileName) -> int | None:
    """How well a file answers to a name; None where it does not.

    0 the same name; 1 but for signs or the code in front; 2 one has no ending; 3 another ending; 4 only one of them is
    numbered; 5 the file is a copy. Two different numbers never answer to each other.
    """
    if named.whole == file.whole:
        return 0
    numbers = {named.number, file.number} - {None}
    if len(numbers) > 1:
        return None
    if named.stem != file.stem:
        return 5 if named.stem == file.bare else None
    if named.number != file.number:
        return 4
    if named.ending == file.ending:
        return 1
    return 3 if named.ending and file.ending else 2


# --- what programs make of names on the way ----------------------------------------------------------------------

_QUOTED = re.compile(r"%[0-9A-Fa-f]{2}")
_MISREAD = (
    ("gb18030", "utf-8"),
    ("cp437", "utf-8"),
    ("cp437", "gb18030"),
    ("latin-1", "utf-8"),
    ("latin-1", "gb18030"),
)
"""The encoding in which a program read a name, and the one in which it was written."""
_MOST = 24
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")


@lru_cache(maxsize=8_192)
def spellings(text: str) -> tuple[str, ...]:
    """A name, and what it may have been before a program quoted it as an address, for a page, or misread its bytes."""
    found = [text]
    for one in found:
        if len(found) < _MOST:
            found += [other for other in _undone(one) if other not in found]
    return tuple(found)


def _undone(text: str) -> list[str]:
    found = [html.unescape(text)]
    if _QUOTED.search(text) and text.isascii():
        found += [other for encoding in ("utf-8", "gb18030") if (other := _decoded(unquote_to_bytes(text), encoding))]
    elif _QUOTED.search(text):
        found.append(_QUOTED.sub(lambda code: chr(int(code.group()[1:], 16)), text))
    for read, written in _MISREAD if not text.isascii() else ():
        try:
            data = text.encode(read)
        except UnicodeError:
            continue
        found.append(_decoded(data, written))
    return [other for other in found if other and not _CONTROLS.search(other)]


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return ""


def loose_keys(text: str) -> frozenset[str]:
    """What a name is known by when programs have put other signs for its blanks, quoted it or misread it: its words, in
    order, and its ending, each way it can be read."""
    return frozenset(filter(None, map(_words, spellings(text))))


def _words(text: str) -> str:
    folded = plain(unicodedata.normalize("NFC", text)).translate(_signs()).casefold()
    match = _ENDING.fullmatch(folded)
    stem, ending = (match[1], match[2]) if match else (folded, "")
    words = [word for word in re.split(forms()["between_words"], stem) if word]
    return f"{' '.join(words)}.{ending}" if words else ""
