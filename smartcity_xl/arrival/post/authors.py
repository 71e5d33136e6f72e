"""The From of a mail -> the one address that wrote it, as RFC 5322 takes such a header apart; or that it names none.

Names and comments mean nothing, whatever addresses stand in them: ``a@dept (x) <x@evil>`` is x@evil. Where it cannot be
one address (several, a group, brackets that do not close, two headers that differ) nobody guesses which is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, field

from smartcity_xl.arrival.post.names import decode_bytes, decode_words, show_text
from smartcity_xl.model.letters import fold_address

_LONGEST = 8 * 2**10
"""Bytes of a header that is taken apart."""
_ATOM = r'[^\s()<>\[\]:;@\\,."\x00-\x20\x7f]+'
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"((?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*)"')
_IN_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
_LITERAL = re.compile(r"\[[0-9A-Za-z:.-]+\]")
_LONGEST_DOMAIN = 253


class Author(Struct, frozen=True):
    """Who wrote a mail: a bare address, "" where none is named. ``unclear``: what stands there where addresses do, and
    not one."""

    address: str = ""
    name: str = ""
    unclear: str = ""


def read_author(headers: Sequence[bytes]) -> Author:
    """The author by all headers of that name; several must name the same."""
    found = [_read_one(raw) for raw in headers]
    if len({(one.address, bool(one.unclear)) for one in found}) > 1:
        return Author(unclear=show_text(" / ".join(decode_words(raw[:_LONGEST]) for raw in headers)))
    return found[0] if found else Author()


def _read_one(raw: bytes) -> Author:
    text = " ".join(decode_bytes(raw[:_LONGEST]).split())
    boxes = _take_apart(text) if len(raw) <= _LONGEST else None
    named = [one for one in boxes or () if one.angle is not None or "@" in one.bare]
    addresses = [_plain_address(one.bare if one.angle is None else one.angle) for one in named]
    if len(addresses) == 1 and addresses[0]:
        return Author(addresses[0], _say_name(named[0]))
    if "@" not in text:  # a name alone, as some programs save it: there is no address to take for another
        return Author(name=_say_name(named[0] if named else _Box(text)))
    return Author(unclear=show_text(decode_words(raw[:_LONGEST])))


def _say_name(box: _Box) -> str:
    words = box.bare if box.angle is not None or "@" not in box.bare else ""
    named = _IN_NAME.sub(lambda part: re.sub(r"\\(.)", r"\1", part[1]), words).strip() or box.comment.strip()
    return show_text(decode_words(named.encode("utf-8", "surrogatepass")))


class _Box(Struct):
    """One of the mailboxes that a header lists: what stands outside brackets, in them, and in comments."""

    bare: str = ""
    angle: str | None = None
    comment: str = ""


class _Scan(Struct):
    """A header, sign by sign."""

    boxes: list[_Box] = field(default_factory=lambda: [_Box()])
    depth: int = 0
    quoted: bool = False
    inside: bool = False
    escaped: bool = False

    def take(self, sign: str) -> bool:
        """Whether the header can go on so."""
        if self.escaped or (sign == "\\" and (self.depth or self.quoted)):
            self.escaped = not self.escaped
            return self.put(sign)
        if self.depth:
            self.depth += {"(": 1, ")": -1}.get(sign, 0)
            return self.put(sign) if self.depth else True
        if sign == '"':
            self.quoted = not self.quoted
            return self.put(sign)
        return self.put(sign) if self.quoted else self.special(sign)

    def special(self, sign: str) -> bool:
        box = self.boxes[-1]
        match sign:
            case "(":
                self.depth = 1
            case "<" if not self.inside and box.angle is None:
                self.inside, box.angle = True, ""
            case ">" if self.inside:
                self.inside = False
            case "," if not self.inside:
                self.boxes.append(_Box())
            case "<" | ">" | ")" | ":":
                return False
            case _:
                return self.put(sign)
        return True

    def put(self, sign: str) -> bool:
        box = self.boxes[-1]
        if self.depth:
            box.comment += sign
        elif self.inside:
            box.angle = (box.angle or "") + sign
        elif box.angle is not None and not sign.isspace():
            return False  # something follows the brackets
        else:
            box.bare += sign
        return True

    @property
    def whole(self) -> bool:
        return not (self.depth or self.quoted or self.inside or self.escaped)


def _take_apart(text: str) -> list[_Box] | None:
    """The mailboxes of a header; None for a group, and for what does not close."""
    scan = _Scan()
    return scan.boxes if all(map(scan.take, text)) and scan.whole else None


def _plain_address(text: str) -> str:
    """An address as it is compared: small letters, its domain as the network writes it; "" for what is none."""
    local, at, domain = (piece.strip() for piece in text.rpartition("@"))
    if quoted := _QUOTED.fullmatch(local):
        inner = re.sub(r"\\(.)", r"\1", quoted[1])
        local = inner if _DOT_ATOM.fullmatch(inner) else local
    elif not _DOT_ATOM.fullmatch(local):
        return ""
    where = domain.lower() if _LITERAL.fullmatch(domain) else _plain_domain(domain)
    return f"{fold_address(local)}{at}{where}" if where else ""


def _plain_domain(domain: str) -> str:
    try:
        name = domain.encode("idna").decode("ascii").lower() if not domain.isascii() else domain.lower()
    except UnicodeError:
        return ""
    return name if len(name) <= _LONGEST_DOMAIN and _DOMAIN.fullmatch(name) else ""
