"""A tar, a tar that was compressed (gz, bz2, xz), or a single file that was -> the files inside, within the budget."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zlib
from typing import Protocol

from smartcity_xl.arrival.post.kinds import BZIP2, GZIP, XZ, Opened, Piece, Trouble, is_tar
from smartcity_xl.arrival.post.limits import BYTES, ENTRIES, Budget, mebibytes
from smartcity_xl.arrival.post.members import Member, PackedFile, collect, sort_out
from smartcity_xl.arrival.post.names import decode_bytes
from smartcity_xl.books.package import Refused

_OVERHEAD = 2**20
"""What the headers of a tar may take besides its files."""
_MEMORY = 256 * 2**20
"""What an xz may ask for to be unpacked."""
_STEP = 2**20


def open_tar(source: PackedFile) -> Opened:
    """Raises Refused; links and devices are named and not followed."""
    try:
        archive = tarfile.open(fileobj=io.BytesIO(source.data), mode="r:", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise Refused("archive-unreadable", reason=f"{type(error).__name__}: {error}"[:200]) from error
    with archive:
        members: list[Member] = []
        while (entry := _next_entry(archive)) is not None:
            if len(members) > ENTRIES:
                left = str(source.budget.members)
                raise Refused("unpack-count", found=f"> {ENTRIES}", left=left, limit=left)
            if not entry.isdir():
                trouble = None if entry.isreg() else Trouble("link", {})
                if entry.issparse():  # the library puts it together in time that grows with the square
                    trouble = Trouble("member-packing", {"method": "GNU sparse"})
                members.append(Member(_tar_name(entry), entry.size, entry, trouble))
        rest = source.data[archive.offset :]
        wanted, troubles = sort_out(members, source.budget)
        opened = collect(wanted, troubles, lambda entry, _: archive.extractfile(entry), source)
    # The library stops at a header that is damaged, or at the end, without a word.
    cut = [] if not any(rest[: tarfile.BLOCKSIZE]) else [Trouble("archive-cut", {})]
    return Opened(opened.pieces, (*opened.troubles, *cut))


def _next_entry(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return archive.next()
    except tarfile.TarError:  # the last member is not whole, which shows when it is read
        return None


def _tar_name(entry: tarfile.TarInfo) -> str:
    return decode_bytes(os.fsencode(entry.name)).replace("\\", "/").removeprefix("./")


def open_gzip(source: PackedFile) -> Opened:
    """A gz: the tar or the one file inside. Raises Refused."""
    return _open_packed(source, GZIP, gzip.GzipFile(fileobj=io.BytesIO(source.data)))


def open_bzip2(source: PackedFile) -> Opened:
    return _open_packed(source, BZIP2, bz2.BZ2File(io.BytesIO(source.data)))


def open_xz(source: PackedFile) -> Opened:
    return _open_packed(source, XZ, _Xz(source.data))


def _open_packed(source: PackedFile, kind: str, stream: Stream) -> Opened:
    data = _inflate(stream, source.budget)
    if is_tar(data):
        return open_tar(PackedFile(source.name, data, source.budget))
    source.budget.take(1, len(data))
    return Opened((Piece(_inner_name(source, kind), data),))


class Stream(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class _Xz:
    """An xz as a stream, which may not ask for more memory than it needs: the library's own has no such limit."""

    def __init__(self, data: bytes) -> None:
        self._rest, self._reader = data, self._make()

    def _make(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)

    def read1(self, size: int, /) -> bytes:
        if self._reader.eof:
            if not self._reader.unused_data.startswith(b"\xfd7zXZ"):
                return b""
            self._rest, self._reader = self._reader.unused_data, self._make()
        rest, self._rest = self._rest, b""
        found = self._reader.decompress(rest, size)
        if not found and not self._reader.eof:
            raise EOFError("xz")
        return found or self.read1(size)


def _inflate(stream: Stream, budget: Budget) -> bytes:
    """All that was packed, within what is left of the budget. Raises Refused."""
    limit, found = budget.bytes + _OVERHEAD, bytearray()
    try:
        while chunk := stream.read1(_STEP):
            found += chunk
            if len(found) > limit:
                raise Refused("unpack-size", found=f"> {mebibytes(budget.bytes)}", limit=mebibytes(BYTES))
    except EOFError as error:
        raise Refused("archive-cut") from error
    except (zlib.error, OSError, lzma.LZMAError) as error:
        if not (found and "gzip" in str(error)):  # something else behind the archive
            raise Refused("archive-unreadable", reason=f"{type(error).__name__}: {error}"[:200]) from error
    return bytes(found)


_ENDINGS = {GZIP: (".gz", ".gzip"), BZIP2: (".bz2", ".bz"), XZ: (".xz",)}


def _inner_name(source: PackedFile, kind: str) -> str:
    """What the one file inside is called: as the gz itself says, else as the archive without its ending."""
    base = source.name.rpartition("/")[2]
    for ending in _ENDINGS[kind]:
        if base.casefold().endswith(ending) and len(base) > len(ending):
            return base[: -len(ending)]
    data = source.data
    if kind == GZIP and data[3] & 8 and not data[3] & 4:  # a name, and no extra field before it
        return decode_bytes(data[10 : data.find(b"\0", 10)]).replace("\\", "/").rpartition("/")[2] or base
    return base
