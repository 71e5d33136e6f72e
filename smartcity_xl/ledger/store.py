"""Bytes by their hash: ``ab/abcdef…``, written once, whole or not at all, and never changed.

An object is written beside the store, forced to the disk, renamed into place, and its folder forced to the disk
(``settle``) before anything may speak of it. A parcel has a note beside it, from which a lost ledger is rebuilt.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger.checksum import settle_folder

_NOTE = ".json"


class Store:
    """Methods raise OSError; ``get`` raises MachineFault for bytes that are gone or are no longer what they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tmp = folder / "tmp"
        self._unsettled: set[Path] = set()
        self.written: set[str] = set()
        """The hashes of what was put and did not lie here whole."""

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def note_path(self, sha256: str) -> Path:
        path = self.path(sha256)
        return path.with_name(path.name + _NOTE)

    def prepare(self) -> None:
        """Make the folders, and sweep away what an interrupted run left; only under the ledger's lock."""
        self._tmp.mkdir(parents=True, exist_ok=True)
        for left in self._tmp.iterdir():
            left.unlink()
        self._unsettled |= {self.folder, self.folder.parent}

    def put(self, data: bytes) -> str:
        """Keep bytes; gives their hash. Until ``settle`` they may not survive a power cut."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not (path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data):
            self._write(path, data)
            self.written.add(sha256)
        return sha256

    def restore(self, data: bytes) -> None:
        """Keep bytes anew, whatever lies in their place."""
        self._write(self.path(hashlib.sha256(data).hexdigest()), data)

    def note(self, sha256: str, facts: Mapping[str, str]) -> None:
        """Write down beside an object how it came."""
        self._write(self.note_path(sha256), json.dumps(facts, ensure_ascii=False, sort_keys=True).encode())

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.exists():
            path.parent.mkdir()
            self._unsettled.add(self.folder)
        beside = self._tmp / path.name
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
        self._unsettled.add(path.parent)

    def settle(self) -> None:
        """Force the names of all that was put to the disk."""
        for folder in sorted(self._unsettled):
            settle_folder(folder)
        self._unsettled.clear()

    def get(self, sha256: str) -> bytes:
        """Bytes, proven to be those that were put."""
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise MachineFault("store-damaged", path=str(path)) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise MachineFault("store-damaged", path=str(path))
        return data

    def holds(self, sha256: str) -> bool:
        """Whether bytes lie here whole."""
        try:
            return _digest(self.path(sha256)) == sha256
        except FileNotFoundError:
            return False

    def files(self) -> Iterator[tuple[Path, str]]:
        """Every file that lies in the store, with its digest, in the order of their paths; what an interrupted run
        left half written is none."""

        def refuse(error: OSError) -> None:
            raise error

        found = []
        for base, folders, files in os.walk(self.folder, onerror=refuse):
            here = Path(base)
            if here == self.folder:
                folders[:] = [name for name in folders if here / name != self._tmp]
            found += [here / name for name in files] + [here / name for name in folders if (here / name).is_symlink()]
        for path in sorted(found):
            yield path, _digest(path)

    def objects(self) -> Iterator[Path]:
        """Everything that lies where objects lie, but notes; whatever it holds."""
        return (path for path in sorted(self.folder.glob("??/*")) if not is_note(path))

    def read_note(self, sha256: str) -> Mapping[str, str] | None:
        """How an object came; None where that cannot be read. An empty one was never written."""
        try:
            facts = json.loads(self.note_path(sha256).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            return None
        return facts if isinstance(facts, dict) and facts else None

    def set_apart(self, path: Path, folder: Path) -> None:
        """Move a file that belongs to no entry out of the store, to where nothing of that name lies."""
        folder.mkdir(exist_ok=True)
        number, to = 1, folder / path.name
        while to.exists():
            number, to = number + 1, folder / f"{path.stem} ({number}){path.suffix}"
        os.replace(path, to)
        self._unsettled |= {path.parent, folder, folder.parent}

    def notes(self) -> Iterator[tuple[str, int, Mapping[str, str]]]:
        """Hash, size and note of every parcel, in the order of their hashes."""
        for note in sorted(self.folder.glob(f"??/*{_NOTE}")):
            kept = note.with_suffix("")
            if kept.exists():
                try:
                    facts = json.loads(note.read_text(encoding="utf-8"))
                except ValueError as error:
                    raise MachineFault("store-damaged", path=str(note)) from error
                yield kept.name, kept.stat().st_size, facts


def is_note(path: Path) -> bool:
    return path.suffix == _NOTE


def _digest(path: Path) -> str:
    """The SHA-256 of a file; nothing where it is no plain file, or one that the disk does not give away."""
    if path.is_symlink() or not path.is_file():
        path.lstat()
        return ""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        if error.errno not in (errno.EIO, errno.EACCES, errno.EPERM):
            raise
        return ""
