"""A package -> its listing, and a part of it as nearly every program packs it, unpacked in one go."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from smartcity_xl.books import limits
from smartcity_xl.books.known import Remembered

_LOCAL = struct.Struct("<4s5H3L2H")
_ODD = 1 | 1 << 5 | 1 << 6
"""Flags of a part that is encrypted, or patched."""
_LONGEST = 128 * 2**10
_SAME = Remembered[bytes](16 * 2**20)
"""Parts as they lie in files -> unpacked. Workbooks of one form share most of them, and what is known of a text is the
faster found where it is the same object (``known``)."""


_LISTED = 4 * 2**20
"""Bytes of a file whose listing is kept until the next one is read, unless it names more parts than a package may."""


class _LastListing:
    """The file whose listing was read last: who finds out what a file is, and who opens it, ask for the same one."""

    read: tuple[bytes, zipfile.ZipFile] | None = None
    """In one, so that no thread ever sees the listing of another file."""


def zip_of(data: bytes) -> zipfile.ZipFile:
    """A file as a ZIP, its listing read once. It is shared, and not to be closed. Raises as ``zipfile.ZipFile``."""
    last = _LastListing.read
    if last is not None and last[0] is data:
        return last[1]
    archive = zipfile.ZipFile(io.BytesIO(data))
    if len(data) <= _LISTED and len(archive.filelist) <= limits.PARTS:
        _LastListing.read = data, archive
    return archive


def unpack_plainly(archive: zipfile.ZipFile, name: str, limit: int) -> bytes | None:
    """The bytes of a part, the same that zipfile gives and with the same checksum verified; None for whatever is large,
    damaged, encrypted or packed in an unusual way: zipfile shall say what it is. Raises KeyError where the part is not
    there."""
    entry = archive.getinfo(name)
    stream = archive.fp
    if not isinstance(stream, io.BytesIO) or entry.flag_bits & _ODD or entry.file_size > limit:
        return None
    view = memoryview(stream.getvalue())  # the bytes themselves: getbuffer would copy them
    head = view[entry.header_offset : entry.header_offset + _LOCAL.size]
    if len(head) < _LOCAL.size:
        return None
    mark, *_, called, extra = _LOCAL.unpack(head)
    at = entry.header_offset + _LOCAL.size
    if mark != b"PK\3\4" or not name.isascii() or view[at : at + called] != entry.orig_filename.encode():
        return None
    at += called + extra
    beyond = getattr(entry, "_end_offset", None)  # newer editions of zipfile refuse parts that overlap
    if beyond is not None and at + entry.compress_size > beyond:
        return None
    packed = view[at : at + entry.compress_size]
    if entry.file_size > _LONGEST:
        return _verify(packed, entry)
    key = entry.compress_type, entry.file_size, entry.CRC, bytes(packed)
    if known := _SAME.get(key):
        return known[0]
    data = _verify(packed, entry)
    if data is not None:
        _SAME.put(key, data, len(data) + len(packed))
    return data


def _verify(packed: memoryview, entry: zipfile.ZipInfo) -> bytes | None:
    data = _unpack(packed, entry)
    return data if data is not None and zlib.crc32(data) == entry.CRC else None


def _unpack(packed: memoryview, entry: zipfile.ZipInfo) -> bytes | None:
    """As many bytes as were announced, or None."""
    if entry.compress_type == zipfile.ZIP_STORED:
        data = bytes(packed)
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        try:
            data = zlib.decompressobj(-15).decompress(packed, entry.file_size + 1)
        except zlib.error:
            return None
    else:
        return None
    return data if len(data) == entry.file_size else None
