"""Many small objects with their notes in one file: ``bundles/000001.zip``, written once, whole or not at all.

A file for each costs two waits for the disk an object; a bundle costs one for all that came together. It is a plain ZIP
in which nothing is compressed, so that any program gives back what lies in it, also where its end is lost. Every entry
has the name that it would have as a file: the SHA-256 of its bytes, or that with ``.json`` for its note.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from smartcity_xl.ledger.checksum import open_new

FOLDER = "bundles"
SMALL = 256 * 2**10
"""Bytes up to which an object goes into a bundle: above, waiting for the disk is no longer what it costs
(``docs/decisions/0020``)."""
FULL, MANY = 64 * 2**20, 20_000
"""Bytes and objects with which a bundle is full, and the next one begins."""
_NOTE = ".json"
_LOCAL = struct.Struct("<4s5HLLLHH")
_CENTRAL = struct.Struct("<4s6HLLLHHHHHLL")
_END = struct.Struct("<4s4HLLH")
_MADE, _DAY = 20, 0x21
"""The version of the format, and the first day that it knows: when something came stands in its note."""


class EntryPlace(NamedTuple):
    """Where the bytes of an entry lie."""

    bundle: Path
    offset: int
    size: int


class Bundle:
    """A bundle on its way: what is added goes to the ``stream`` at once, notes and directory with ``finish``."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._directory, self.size = stream, list[bytes](), 0
        self.notes: dict[str, Mapping[str, str]] = {}
        """Hash -> what its note says; one for each object."""

    def add(self, sha256: str, data: bytes, note: Mapping[str, str]) -> None:
        self._write(sha256, data)
        self.notes[sha256] = note

    def finish(self) -> None:
        for sha256, note in self.notes.items():
            self._write(sha256 + _NOTE, pack_note(note))
        number, directory = len(self._directory), b"".join(self._directory)
        end = _END.pack(b"PK\x05\x06", 0, 0, number, number, len(directory), self.size, 0)
        self._stream.write(directory + end)

    def _write(self, name: str, data: bytes) -> None:
        told = (0, 0, 0, _DAY, zlib.crc32(data), len(data), len(data), len(name))
        self._directory.append(
            _CENTRAL.pack(b"PK\x01\x02", _MADE, _MADE, *told, 0, 0, 0, 0, 0, self.size) + name.encode()
        )
        written = _LOCAL.pack(b"PK\x03\x04", _MADE, *told, 0) + name.encode() + data
        self._stream.write(written)
        self.size += len(written)


class ComingBundle:
    """A bundle that is being written beside the store. Its first object is held back: it may stay the only one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self._bundle: Bundle | None = None
        self.only: tuple[str, bytes, Mapping[str, str]] | None = None

    def __contains__(self, sha256: str) -> bool:
        return bool(self.only and self.only[0] == sha256) or bool(self._bundle and sha256 in self._bundle.notes)

    @property
    def is_full(self) -> bool:
        return self._bundle is not None and (self._bundle.size >= FULL or len(self._bundle.notes) >= MANY)

    def add(self, sha256: str, data: bytes, note: Mapping[str, str]) -> None:
        if self._bundle is None and self.only is None:
            self.only = sha256, data, note
            return
        if self._bundle is None:
            self._stream = open_new(self._path)
            self._bundle = Bundle(self._stream)
        first, self.only = self.only, None
        if first:
            self._bundle.add(*first)
        self._bundle.add(sha256, data, note)

    def note(self, sha256: str, note: Mapping[str, str]) -> None:
        if self._bundle:
            self._bundle.notes[sha256] = note
        elif self.only:
            self.only = (*self.only[:2], note)

    def finish(self) -> Path:
        """Force it to the disk; gives where it lies, until it is put into place."""
        if self._bundle and self._stream:
            with self._stream as stream:
                self._bundle.finish()
                stream.flush()
                os.fsync(stream.fileno())
        return self._path


def pack_note(note: Mapping[str, str]) -> bytes:
    return json.dumps(note, ensure_ascii=False, sort_keys=True).encode()


def list_bundles(folder: Path) -> Iterator[Path]:
    """The bundles of a store, the first first. Raises OSError."""
    return (path for path in sorted((folder / FOLDER).glob("*.zip")) if path.stem.isdecimal() and path.is_file())


def next_bundle(folder: Path) -> Path:
    """Where the next bundle of a store goes."""
    numbers = [int(path.stem) for path in list_bundles(folder)]
    return folder / FOLDER / f"{max(numbers, default=0) + 1:06}.zip"


def list_entries(bundle: Path) -> dict[str, EntryPlace]:
    """Name -> place, by a bundle's directory; where that is damaged, by what stands before each entry, as far as that
    can be followed. Raises OSError."""
    with bundle.open("rb") as stream:
        try:
            return {name: EntryPlace(bundle, *place) for name, place in _read_directory(stream)}
        except (struct.error, ValueError):
            return {name: EntryPlace(bundle, *place) for name, place in _follow(stream)}


def _read_directory(stream: BinaryIO) -> Iterator[tuple[str, tuple[int, int]]]:
    """Raises ValueError, struct.error where it is not one that we wrote."""
    whole = stream.seek(0, 2)
    stream.seek(max(0, whole - _END.size))
    sign, _, _, here, number, size, begin, _ = _END.unpack(stream.read())
    if sign != b"PK\x05\x06" or here != number or begin + size + _END.size != whole:
        raise ValueError
    stream.seek(begin)
    directory, at = stream.read(size), 0
    for _ in range(number):
        sign, *_, method, _, _, _, packed, length, named, _, _, _, _, _, offset = _CENTRAL.unpack_from(directory, at)
        name = directory[at + _CENTRAL.size : at + _CENTRAL.size + named].decode("ascii")
        first = offset + _LOCAL.size + named
        if sign != b"PK\x01\x02" or method or packed != length or first + length > begin:
            raise ValueError
        yield name, (first, length)
        at += _CENTRAL.size + named


def _follow(stream: BinaryIO) -> Iterator[tuple[str, tuple[int, int]]]:
    """The entries from the first on, as long as one stands behind the other."""
    whole, at = stream.seek(0, 2), 0
    while at + _LOCAL.size <= whole:
        stream.seek(at)
        sign, _, _, _, _, _, _, packed, length, named, more = _LOCAL.unpack(stream.read(_LOCAL.size))
        name, at = stream.read(named), at + _LOCAL.size + named + more
        if sign != b"PK\x03\x04" or packed != length or at + length > whole or not name.isascii():
            return
        yield name.decode(), (at, length)
        at += length


def read_entry(place: EntryPlace) -> bytes:
    """Raises OSError."""
    with open(place.bundle, "rb", buffering=0) as stream:  # noqa: PTH123 - one for each object
        stream.seek(place.offset)
        return stream.read(place.size) or b""


def is_as_written(bundle: Path) -> bool:
    """Whether a bundle is, byte for byte, one that we wrote: it is made again of what lies in it. Raises OSError."""
    data, made = bundle.read_bytes(), BytesIO()
    again, entries = Bundle(made), list_entries(bundle)
    try:
        for name, (_, offset, size) in entries.items():
            if not name.endswith(_NOTE):
                again.add(name, data[offset : offset + size], {})
        for name, (_, offset, size) in entries.items():
            if name.endswith(_NOTE):
                again.notes[name.removesuffix(_NOTE)] = json.loads(data[offset : offset + size])
        again.finish()
    except (ValueError, TypeError, RecursionError):
        return False
    return made.getvalue() == data
