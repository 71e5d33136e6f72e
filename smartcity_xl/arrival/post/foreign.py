"""A file that is no container that is opened here -> what it is, where that is more than "no form".

A volume of a split archive, an archive of another kind, a file that is encrypted or has a rights label, a shortcut to
something that was not sent: each is told as what it is, and never as damaged or as mere material.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from smartcity_xl.arrival.post.names import decode_bytes, show_text
from smartcity_xl.arrival.post.transfer import decode_base64, is_whole
from smartcity_xl.shipped import read_shipped

Foreign = tuple[str, dict[str, str]]
"""A finding code and its parameters."""

_HEAD = 512
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KNOWN = (
    b"PK\x03\x04", _OLE, b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF",
    b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\t\x00", b"\t\x02", b"\t\x04", b"\t\x08", b"\xdb\xa5",
)  # fmt: skip
"""How files begin that are told as what they are elsewhere: documents, pictures, marked text, old Excel and Word."""
_SHORTCUT = re.compile(rb"\s*\[InternetShortcut\].{0,2000}?^URL=([^\r\n]{1,2000})", re.I | re.S | re.M)
_LINK_FILE = b"L\0\0\0\x01\x14\x02\0"
_PROGRAM = b"MZ"
_LOTUS = b"\0\0\x1a\0"
"""How a table of Lotus 1-2-3 begins, whose names end with .123."""
_PACKED = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"PK\x05\x06")


@cache
def _signs() -> Mapping[str, Any]:
    return read_shipped("arrival/post/foreign.toml")


def recognise(name: str, data: bytes) -> Foreign | None:
    """What a file is that is not opened, or None where it is a workbook, a document, a picture, or nothing known."""
    base = name.rpartition("/")[2].casefold()
    if found := _by_signature(base, data):
        return found
    if is_volume(base) and not _stands_alone(data):
        return "archive-volumes", {}
    if data.startswith(b"PK\x07\x08") or (base.endswith((".zip", ".zipx")) and of_several_disks(data)):
        return "archive-volumes", {}
    if shortcut := _SHORTCUT.match(data[:4096]):
        return "shortcut", {"target": show_text(decode_bytes(shortcut[1]))}
    if data.startswith(_LINK_FILE) and base.endswith(".lnk"):
        return "shortcut", {"target": base}
    if data and base.endswith((".mht", ".mhtml")):
        return "web-archive", {}
    if data.startswith(_PROGRAM):
        return ("archive-program-file", {}) if any(sign in data for sign in _PACKED) else None
    return None


_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def say_sealing(data: bytes) -> str:
    """What an S/MIME envelope is, by how it begins: all inside a signature, readable for everybody, or encrypted."""
    head = data[:_HEAD]
    if not head.startswith(b"0"):  # as base64, perhaps between lines of words
        lines = (line for line in head.splitlines() if line.strip() and not line.startswith(b"-"))
        head = decode_base64(b"".join(lines)[:88])[0]
    return "signed-wrapping" if _SIGNED_DATA in head[:64] else "mail-sealed"


class _Sign(Struct, frozen=True):
    """How files of a kind begin, at a place; how their names end; and how they must where the beginning proves
    little."""

    code: str
    kind: str
    magic: tuple[bytes, ...]
    at: int
    endings: tuple[str, ...]
    proving: tuple[str, ...]


@cache
def _beginnings() -> tuple[_Sign, ...]:
    codes = {"archive": "archive-kind", "mailbox": "mail-store", "rights": "rights-label", "sealed": "sealed-file"}
    found = []
    for section, code in codes.items():
        for entry in _signs()[section]:
            magic, at, kind = tuple(map(bytes.fromhex, entry["magic"])), entry.get("offset", 0), entry["kind"]
            little = section == "archive" and at == 0 and len(magic[0]) < 4
            proving = (f".{kind.casefold()}", ".z") if little else ("",)
            found.append(_Sign(code, kind, magic, at, tuple(entry.get("endings", ("\0",))), proving))
    return tuple(found)


def _by_signature(base: str, data: bytes) -> Foreign | None:
    for sign in _beginnings():
        begins = data.startswith(sign.magic, sign.at) and base.endswith(sign.proving)
        if begins or (data and base.endswith(sign.endings)):
            if sign.kind == "S/MIME" and say_sealing(data) == "signed-wrapping":
                return "signed-wrapping", {}
            return sign.code, {"kind": sign.kind}
    return None


def is_volume(name: str) -> bool:
    """Whether a name is that of one piece of a split archive."""
    return _volume_names().search(name.rpartition("/")[2].casefold()) is not None


@cache
def _volume_names() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{ending})$" for ending in _signs()["volumes"]["endings"]))


def of_several_disks(data: bytes) -> bool:
    """Whether a zip says of itself that it is the last of several volumes."""
    at = data.rfind(b"PK\x05\x06")
    return at >= 0 and data[at + 4 : at + 8] not in (b"\0\0\0\0", b"\xff\xff\xff\xff") and len(data) >= at + 22


def _stands_alone(data: bytes) -> bool:
    """Whether a file with the name of a volume is something whole all the same."""
    if data.startswith(b"PK"):  # an archive inside the volume has its end somewhere, but not there
        end = data.rfind(b"PK\x05\x06")
        return end >= 0 and end + 22 + int.from_bytes(data[end + 20 : end + 22], "little") == len(data)
    return is_whole(data) or data.startswith((_OLE, _LOTUS, b"<", b"{\\rtf")) or _is_text(data)


def _is_text(data: bytes) -> bool:
    head = data[:_HEAD]
    return b"\0" not in head and sum(sign < 9 or 13 < sign < 32 for sign in head) == 0 and _decodes(head)


def _decodes(head: bytes) -> bool:
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the last character may be cut in two
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False


def unlike_its_name(name: str, data: bytes) -> Foreign | None:
    """What is to be said of a file of which no reader knows what it is, and whose name says more: it calls itself an
    archive or a document, and holds nothing that one could begin with."""
    base = name.rpartition("/")[2].casefold()
    claims = _signs()["claims"]
    archive, document = base.endswith(tuple(claims["archives"])), base.endswith(tuple(claims["documents"]))
    if not data or not (archive or document):
        return None
    if data.count(0) == len(data):
        return "file-zeros", {}
    if archive:
        return None if data.startswith(_KNOWN) and not data.startswith(b"<") else ("archive-none", {})
    known = data.startswith(_KNOWN) or b"%PDF-" in data[:1024] or _is_text(data)
    return None if known else ("content-unknown", {})
