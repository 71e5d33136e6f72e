"""The SHA-256 of the whole database file, beside it while nobody writes: it tells of bytes that no entry uses, too."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

CHECKSUM = "ledger.sha256"
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_AT_ONCE = 2**14
"""Bytes that are asked for at once: few files of a program are larger, and room for more takes time too."""


class Agreement(StrEnum):
    """Whether a database is, byte for byte, what its last writer left."""

    SAME = "same"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    """The last writer did not come to its end, refused or cut off, or a program that knows nothing of it wrote last."""
    SERVED = "served"
    """It lies on a server, which alone sees its bytes."""


def drop_checksum(database: Path) -> None:
    """Say no more of a database: it is going to be written. Raises OSError."""
    path = database.with_name(CHECKSUM)
    if path.exists():
        path.unlink()
        settle_folder(path.parent)


def write_checksum(database: Path) -> None:
    """What a database is now that its writer has closed it; nothing where part of it is still in its log.

    The file is one that ``sha256sum --check`` reads. Raises OSError.
    """
    if not database.exists() or _unfinished(database):
        return
    path = database.with_name(CHECKSUM)
    beside = path.with_name(f"{CHECKSUM}.tmp")
    with open_new(beside) as stream:
        stream.write(_line(database))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)
    settle_folder(path.parent)


def compare_checksum(database: Path) -> Agreement:
    """Raises OSError."""
    path = database.with_name(CHECKSUM)
    if not path.exists() or _unfinished(database):
        return Agreement.UNKNOWN
    return Agreement.SAME if path.read_bytes() == _line(database) else Agreement.CHANGED


def _line(database: Path) -> bytes:
    return f"{hash_file(database)}  {database.name}\n".encode()


def _unfinished(database: Path) -> bool:
    """Whether something lies in a log that is not yet part of the database."""
    logs = (database.with_name(f"{database.name}-{tail}") for tail in ("wal", "journal"))
    return any(log.exists() and log.stat().st_size for log in logs)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; "" where there is none that can be read."""
    try:
        return hash_file(path)
    except OSError:
        return ""


def hash_file(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    digest = hashlib.sha256()
    feed_file(digest.update, path)
    return digest.hexdigest()


def feed_file(take: Callable[[bytes], object], path: Path | str) -> int:
    """Hand over what a file holds, and give its size; without what a stream would do about it and the room that it
    takes, for there are hundreds at each start. Raises OSError."""
    descriptor, size = os.open(path, _READ), 0
    try:
        while block := os.read(descriptor, _AT_ONCE):  # less than was asked for is not yet the end on every disk
            take(block)
            size += len(block)
        return size
    finally:
        os.close(descriptor)


def open_new(path: Path) -> BinaryIO:
    """A new file for writing, in place of any that lies there. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
    return os.fdopen(descriptor, "wb")


def settle_folder(folder: Path) -> None:
    """Force the names in a folder to the disk. Windows offers no such thing. Raises OSError."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
