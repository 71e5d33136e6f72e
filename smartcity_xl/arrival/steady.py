"""A file of the inbox -> a parcel, where it lies there whole; what is still being written is left for the next run."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from smartcity_xl.arrival.inbox import SIZE_LIMIT, InboxFile, any_of
from smartcity_xl.books.compound import OLE
from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import parse_utc
from smartcity_xl.model.parcels import Parcel

GROWING, VANISHED = "file-growing", "file-vanished"
_LAST_MOMENTS = 30
"""Seconds since a file was last written, within which one that has no end is believed to be on its way."""
_ENDS = (
    (b"PK\x03\x04", b"PK\x05\x06"), (b"%PDF-", b"%%EOF"), (b"\xff\xd8\xff", b"\xff\xd9"), (b"\x89PNG", b"IEND"),
)  # fmt: skip
"""How files of some kinds begin, and what then stands in each that is whole."""
_SEVENZIP = b"7z\xbc\xaf\x27\x1c"
_NO_SECTOR = 0xFFFFFFFA
"""From here on the numbers of sectors mean other things."""


def is_unfinished(name: str) -> bool:
    """Whether a file's name says that a program is still writing it: a download, a copy."""
    return any_of("unfinished").fullmatch(name.rpartition("/")[2]) is not None


def read_steady(entries: Iterable[InboxFile], left: dict[str, str], now: str = "") -> Iterator[Parcel]:
    """The files as parcels, but those that are still being written or have vanished: their names go into ``left``, with
    the code of what is to be told. ``now`` (UTC) is when the run began; without it nothing is told by a file's age.

    Raises MachineFault where a file cannot be read, and where a whole folder has vanished.
    """
    passed, gone = 0, Path()
    for entry in entries:
        try:
            data, still = _read(entry.path)
        except (FileNotFoundError, NotADirectoryError) as error:
            gone = entry.path.parent
            if not gone.is_dir():
                raise MachineFault("folder-vanished", path=str(gone)) from error
            left[entry.name] = VANISHED
            continue
        except OSError as error:
            raise MachineFault("file-unreadable", path=entry.name, reason=error.strerror or str(error)) from error
        passed += 1
        if still is None or (_is_recent(still, now) and not is_whole(data)):
            left[entry.name] = GROWING
        else:
            yield Parcel(entry.name, data, hashlib.sha256(data).hexdigest())
    if VANISHED in left.values() and not passed:
        raise MachineFault("folder-vanished", path=str(gone))


def _read(path: Path) -> tuple[bytes, os.stat_result | None]:
    """A file's bytes, cut above the size limit, and how it lies there; None where it changed while it was read."""
    with path.open("rb") as stream:
        before = os.fstat(stream.fileno())
        data = stream.read(min(before.st_size, SIZE_LIMIT) + 1)  # no more: as much memory is taken as is asked for
        after = os.fstat(stream.fileno())
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return data, after if same and len(data) == min(after.st_size, SIZE_LIMIT + 1) else None


def _is_recent(state: os.stat_result, now: str) -> bool:
    return bool(now) and abs(parse_utc(now).timestamp() - state.st_mtime) <= _LAST_MOMENTS


def is_whole(data: bytes) -> bool:
    """Whether a file has the end that its beginning promises; also where its kind promises none."""
    if len(data) > SIZE_LIMIT:
        return True  # it is cut here, and told as too large
    if data.startswith(OLE):
        return _holds_sectors(data)
    if data.startswith(_SEVENZIP):
        return len(data) >= 32 and 0 < sum(struct.unpack_from("<QQ", data, 12)) <= len(data) - 32
    return bool(data) and all(end in data for start, end in _ENDS if data.startswith(start))


def _holds_sectors(data: bytes) -> bool:
    """Whether a container of Office holds every sector that its first one names."""
    if len(data) < 512:
        return False
    size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    named = struct.unpack_from("<I", data, 48) + struct.unpack_from("<109I", data, 76)
    return all((sector + 1) * size < len(data) for sector in named if sector < _NO_SECTOR)
