"""Names of files as mail programs and archives really write them -> text.

The bytes of a name are put together first and decoded once: programs split a name inside a character, and label GBK
as gb2312. Headers are given as raw bytes, folded as they came.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from smartcity_xl.arrival.post.limits import NAME

_CHINESE = {"gb2312", "gbk", "gb18030", "cp936", "ms936", "gb_2312-80", "x-gbk", "euc-cn", "hz-gb-2312", "gb2312-80"}
# A quoted value, where a backslash may be the second byte of a Chinese character; possessive, so that it stays linear.
_QUOTED = re.compile(rb'"((?:[\x81-\xfe][\x40-\x7e\x80-\xfe]|\\.|[^"\\])*+)"?', re.DOTALL)
_IN_QUOTES = re.compile(rb"([\x81-\xfe][\x40-\x7e\x80-\xfe])|\\(.)", re.DOTALL)
_TOKEN = re.compile(rb"[^;]*+")
_GAP = re.compile(rb"[;\s]*+")
_KEY = re.compile(rb"([^\s=;\"]++)\s*+=\s*+")
_FOLD = re.compile(rb"\r?\n[ \t]*+")
_WORD = re.compile(rb"=\?([\w.:+-]++)(?:\*[\w-]*+)?\?([bBqQ])\?([^?]*+)\?=")
_PERCENT = re.compile(rb"%[89A-Fa-f][0-9A-Fa-f]")


def decode_bytes(data: bytes, charset: str = "") -> str:
    """Bytes as text: by their label, GBK for what calls itself GB2312; without one as UTF-8, else as GB18030."""
    label = charset.strip().casefold()
    tries = ["gb18030", "utf-8"] if label in _CHINESE else [label, "utf-8", "gb18030"]
    for encoding in tries:
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError, ValueError):  # wrong bytes, no such encoding, no label at all
            continue
    return data.decode("gb18030" if label in _CHINESE else "utf-8", "replace")


def decode_words(raw: bytes) -> str:
    """The text of a header: encoded words (RFC 2047), raw bytes, or both."""
    parts: list[tuple[str, bytes]] = []
    at = 0
    for word in _WORD.finditer(raw):
        between = _FOLD.sub(b" ", raw[at : word.start()])
        if between.strip() or (between and not at):
            parts.append(("", between))
        parts.append((word[1].decode("ascii", "replace"), _decode_word(word[2], word[3])))
        at = word.end()
    parts.append(("", _FOLD.sub(b" ", raw[at:])))
    text, run = "", b""
    for number, (charset, data) in enumerate(parts):
        run += data
        following = parts[number + 1][0] if number + 1 < len(parts) else None
        if following is None or following.casefold() != charset.casefold():
            text, run = text + decode_bytes(run, charset), b""
    return unicodedata.normalize("NFC", text.strip())


def _decode_word(form: bytes, data: bytes) -> bytes:
    if form in b"qQ":
        return quopri.decodestring(data.replace(b"_", b"=20"))
    data = b"".join(data.split())
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def parameters(raw: bytes) -> tuple[str, dict[str, bytes]]:
    """A header such as Content-Disposition: its value in lower case, and its parameters, undecoded."""
    at = _end(_TOKEN, raw, 0)
    value = raw[:at].decode("ascii", "replace").strip().casefold()
    found: dict[str, bytes] = {}
    while (at := _end(_GAP, raw, at)) < len(raw):
        key = _KEY.match(raw, at)
        if not key:
            at = max(_end(_TOKEN, raw, at), at + 1)
            continue
        quoted = _QUOTED.match(raw, key.end())
        at = quoted.end() if quoted else _end(_TOKEN, raw, key.end())
        data = _IN_QUOTES.sub(lambda part: part[1] or part[2], quoted[1]) if quoted else raw[key.end() : at].strip()
        found.setdefault(key[1].decode("ascii", "replace").casefold(), data)
    return value, found


def _end(pattern: re.Pattern[bytes], raw: bytes, at: int) -> int:
    """Where a pattern that matches everywhere ends."""
    match = pattern.match(raw, at)
    return match.end() if match else at


def attachment_name(disposition: bytes, content_type: bytes) -> str:
    """The name of a part, from its two headers; "" where neither gives one."""
    for header, key in ((disposition, "filename"), (content_type, "name")):
        _, given = parameters(header)
        if name := _extended(given, key) or _plain(given.get(key, b"")):
            return unicodedata.normalize("NFC", name)
    return ""


def _extended(given: dict[str, bytes], key: str) -> str:
    """A name by RFC 2231, in one piece or in numbered segments; their bytes are put together, then decoded."""
    numbered = {}
    for name, data in given.items():
        segment = re.fullmatch(re.escape(key) + r"\*(\d{1,4})?(\*?)", name)
        if segment:
            numbered[int(segment[1] or 0)] = (segment[1] is None or bool(segment[2]), data)
    if 0 not in numbered:
        return ""
    charset, joined, encoded = b"", b"", numbered[0][0]
    for number in range(len(numbered)):
        if number not in numbered:
            break
        is_encoded, data = numbered[number]
        if number == 0 and is_encoded and data.count(b"'") >= 2:
            charset, _, data = data.split(b"'", 2)
        joined += unquote_to_bytes(data) if is_encoded else data
    return decode_bytes(joined, charset.decode("ascii", "replace")) if encoded else _plain(joined)


def _plain(data: bytes) -> str:
    """A name as a plain value: encoded words, percent signs or raw bytes."""
    if _PERCENT.search(data) and data.isascii() and b"=?" not in data:
        for encoding in ("utf-8", "gb18030"):
            try:
                return unquote_to_bytes(data).decode(encoding)
            except UnicodeDecodeError:
                continue
    return decode_words(data)


# --- names as they are shown -----------------------------------------------------------------------------------

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def show_name(name: str, otherwise: str) -> str:
    """A name as people read it: cut before its ending, and nothing in it hidden.

    ``otherwise`` is used where there is no name.
    """
    named = unicodedata.normalize("NFC", name).strip() or otherwise
    if len(named) > NAME:
        stem, dot, ending = named.rpartition(".")
        kept = f"…{dot}{ending}" if stem and len(ending) < 10 else "…"
        named = named[: NAME - len(kept)] + kept
    return show_text(named)


def show_text(text: str) -> str:
    """Text from outside, cut, with the signs that hide or turn text spelled out."""
    return "".join(_escape(sign) if unicodedata.category(sign) in _UNSEEN else sign for sign in text[:NAME])


def _escape(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def apart(name: str, taken: Iterable[str]) -> str:
    """A name that differs from those taken: ``表.xlsx``, ``表 (2).xlsx`` …"""
    if name not in (taken := set(taken)):
        return name
    folder, slash, base = name.rpartition("/")
    stem, dot, ending = base.rpartition(".")
    number = 2
    while (other := f"{folder}{slash}{stem or base} ({number}){dot if stem else ''}{ending if stem else ''}") in taken:
        number += 1
    return other
