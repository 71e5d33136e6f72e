"""A zip -> the files inside, inflated within what is left of the parcel's budget."""

from __future__ import annotations

import importlib.util
import io
import stat
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from smartcity_xl.arrival.post.foreign import of_several_disks
from smartcity_xl.arrival.post.kinds import Opened, Trouble
from smartcity_xl.arrival.post.limits import ENTRIES
from smartcity_xl.arrival.post.members import LOCKED, Member, PackedFile, collect, sort_out
from smartcity_xl.books.package import Refused


def open_zip(source: PackedFile) -> Opened:
    """Raises Refused for what is damaged, locked, beyond the limits, one of several volumes, or built to harm."""
    data, budget = source.data, source.budget
    if data.count(b"PK\x01\x02") > ENTRIES:
        raise Refused("unpack-count", found=f"> {ENTRIES}", left=str(budget.members), limit=str(budget.members))
    if of_several_disks(data):
        raise Refused("archive-volumes")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        code = "archive-suspicious" if "verlap" in str(error) else "archive-unreadable"
        raise Refused(code, reason=str(error)) from error
    with ExitStack() as opened:
        opened.enter_context(archive)
        entries = archive.infolist()
        _refuse_overlap(data, entries, archive.start_dir)
        members = [Member(_zip_name(e), e.file_size, e, _zip_trouble(e)) for e in entries if not e.is_dir()]
        wanted, troubles = sort_out(members, budget, source.passwords)
        locked: dict[int, Any] = {}
        if any(member.entry.compress_type == _AES for member in wanted):
            reader = opened.enter_context(_aes_reader(data))
            locked = {entry.header_offset: entry for entry in reader.infolist()}

        def read(entry: Any, key: bytes | None) -> Any:
            if entry.compress_type == _DEFLATE64:
                return _inflate64(data, entry)
            if entry.compress_type == _AES:
                return reader.open(locked[entry.header_offset], pwd=key)
            return archive.open(entry, pwd=key)

        return collect(wanted, troubles, read, source)


_STORED, _DEFLATED, _DEFLATE64, _BZIP2, _LZMA, _AES = 0, 8, 9, 12, 14, 99
_METHODS = {
    1: "Shrink", 2: "Reduce", 3: "Reduce", 4: "Reduce", 5: "Reduce", 6: "Implode", 9: "Deflate64", 10: "DCL Implode",
    16: "CMPSC", 18: "TERSE", 19: "LZ77", 20: "Zstandard", 93: "Zstandard", 94: "MP3", 95: "XZ", 96: "JPEG",
    97: "WavPack", 98: "PPMd",
}  # fmt: skip


def _aes_reader(data: bytes) -> Any:
    """A reader of AES-encrypted members. Raises Refused where the optional one is not installed."""
    try:
        import pyzipper
    except ImportError as error:
        raise Refused(
            "archive-program", kind="AES-ZIP", program="pyzipper", how="pip install smartcity-xl[aes]"
        ) from error
    return pyzipper.AESZipFile(io.BytesIO(data))


def _inflate64(data: bytes, entry: zipfile.ZipInfo) -> io.BytesIO:
    """A member packed by Deflate64, as the optional library unpacks it; no more than it announces."""
    import inflate64

    at = entry.header_offset
    lengths = int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")
    start, found, checksum = at + 30 + lengths, bytearray(), 0
    inflater = inflate64.Inflater()
    for step in range(start, start + entry.compress_size, 2**14):
        found += inflater.inflate(data[step : min(step + 2**14, start + entry.compress_size)])
        if len(found) > entry.file_size:
            raise EOFError("size")
    checksum = zlib.crc32(found)
    if checksum != entry.CRC:
        raise zipfile.BadZipFile("Bad CRC-32")
    return io.BytesIO(bytes(found))


def _has_inflate64() -> bool:
    return importlib.util.find_spec("inflate64") is not None


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """A member's name: as flagged UTF-8, or the bytes that Python took for code page 437, as UTF-8 or GB18030."""
    if entry.flag_bits & 0x800:
        name = entry.orig_filename
    else:
        raw = entry.orig_filename.encode("cp437", "replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", "replace")
    return name.replace("\\", "/")


def _zip_trouble(entry: zipfile.ZipInfo) -> Trouble | None:
    """Why a member cannot be read as it lies there. What is locked may be opened with a password."""
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return Trouble("link", {})
    method = _aes_method(entry) if entry.compress_type == _AES else entry.compress_type
    readable = method in (_STORED, _DEFLATED, _BZIP2, _LZMA) or (
        method == _DEFLATE64 and not entry.flag_bits & 0x1 and _has_inflate64()
    )
    if not readable:
        return Trouble("member-packing", {"method": _METHODS.get(method, str(method))})
    return Trouble(LOCKED, {}) if entry.flag_bits & 0x1 else None


def _aes_method(entry: zipfile.ZipInfo) -> int:
    """The way of packing under the encryption, as the extra field of an AES member states it (WinZip AE)."""
    at = entry.extra.find(b"\x01\x99\x07\x00")
    return int.from_bytes(entry.extra[at + 9 : at + 11], "little") if 0 <= at <= len(entry.extra) - 11 else _AES


def _refuse_overlap(data: bytes, entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    """Entries that share their bytes make much of little; older versions of Python do not look. Raises Refused."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, limit in zip(ordered, [*(e.header_offset for e in ordered[1:]), end], strict=True):
        at = entry.header_offset
        lengths = int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")
        if at < 0 or at + 30 + lengths + entry.compress_size > limit:
            raise Refused("archive-suspicious", reason="overlap")
