"""The parts of a workbook -> the file. Parts that many files share are deflated once.

The bytes are those that Python's zipfile writes of the same parts, each with the first moment that a zip file knows.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from msgspec import Struct

_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
_VERSION, _UNIX, _DEFLATED, _NO_TIME, _FIRST_DAY = 20, 3 << 8, 8, 0, 1 << 5 | 1
_UTF_8 = 0x800
_PRIVATE = 0o600 << 16
_STORED = 0
LEVEL = 1
"""Of zlib: half the time of its usual one, for files that are a sixth larger."""


class Packed(Struct, frozen=True):
    """A part as it lies in the file (``data``), and what it was made of."""

    raw: bytes
    data: bytes
    sum: int
    method: int = _DEFLATED


def deflate(raw: bytes) -> Packed:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
    return Packed(raw, packer.compress(raw) + packer.flush(), zlib.crc32(raw))


def store(raw: bytes) -> Packed:
    """A part that is not packed at all, for a file that lives for a moment."""
    return Packed(raw, raw, zlib.crc32(raw), _STORED)


def pack(parts: Iterable[tuple[str, Packed]]) -> bytes:
    """Name and content of each part, in order -> the bytes of the file."""
    files, entries, at = list[bytes](), list[bytes](), 0
    for name, part in parts:
        called = name.encode()
        flags = 0 if name.isascii() else _UTF_8
        about = (flags, part.method, _NO_TIME, _FIRST_DAY, part.sum, len(part.data), len(part.raw), len(called))
        head = _LOCAL.pack(b"PK\3\4", _VERSION, *about, 0) + called
        entries.append(_CENTRAL.pack(b"PK\1\2", _UNIX | _VERSION, _VERSION, *about, 0, 0, 0, 0, _PRIVATE, at) + called)
        files += head, part.data
        at += len(head) + len(part.data)
    central = b"".join(entries)
    end = _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(central), at, 0)
    return b"".join((*files, central, end))
