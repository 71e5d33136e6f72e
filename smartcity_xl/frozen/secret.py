"""Whether a round's key stands in anything that would be packed: a file, or a part of a workbook or an archive."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from smartcity_xl.books import limits


def find_key(folder: Path, key: bytes) -> tuple[str, ...]:
    """The files of a folder in which the key stands, as bytes or in hexadecimal digits."""
    forms = (bytes(key), key.hex().encode(), key.hex().upper().encode())
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and _holds(path, forms))
    return tuple(path.relative_to(folder).as_posix() for path in found)


def _holds(path: Path, forms: Sequence[bytes]) -> bool:
    """Whether one of these stands in a file, or in a part of it where it is a workbook or an archive."""
    longest = max(map(len, forms))
    with path.open("rb") as stream:
        if any(form in piece for piece in _pieces(stream, longest, path.stat().st_size) for form in forms):
            return True
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    if any(form in piece for piece in _pieces(stream, longest) for form in forms):
                        return True
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError):
        return False  # what no program opens was received so: its bytes were looked through above
    return False


def _pieces(stream: IO[bytes], overlap: int, most: int = limits.PART) -> Iterator[bytes]:
    """What a file holds, piece by piece, each with the end of the one before; of a bomb as much as a part may hold."""
    before, left = b"", most
    while left > 0 and (piece := stream.read(2**20)):
        left -= len(piece)
        yield before + piece
        before = (before + piece)[-overlap:]
