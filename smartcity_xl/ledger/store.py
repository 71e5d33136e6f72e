"""Bytes by their hash: ``ab/abcdef…``, written once, whole or not at all, and never changed.

An object is written beside the store, forced to the disk, renamed into place, and its folder forced to the disk
(``settle``) before anything may speak of it. A parcel has a note beside it, from which a lost ledger is rebuilt. Small
parcels that come together lie with their notes in one file (``bundles``); what lies as a file of its own goes before.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import bundles
from smartcity_xl.ledger.bundles import ComingBundle, EntryPlace, pack_note
from smartcity_xl.ledger.checksum import hash_file, open_new, settle_folder
from smartcity_xl.ledger.database import Database

_NOTE = ".json"
_UNGIVEN = (errno.EIO, errno.EACCES, errno.EPERM, errno.EISDIR)
"""What the disk says of a file that it does not give away."""


class Store:
    """Methods raise OSError; ``get`` raises MachineFault for bytes that are gone or are no longer what they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tmp = folder / "tmp"
        self._unsettled: set[Path] = set()
        self._entries: dict[str, EntryPlace] = {}
        """What lies in bundles: the name of an entry -> its place, in the last that has it."""
        self._listed: set[Path] = set()
        self._alone = self._looked = False
        """Whether nobody else writes, and whether the bundles have been looked at: they need not be again."""
        self._folders: set[str] = set()
        """The folders that there are, while nobody else writes."""
        self._coming: ComingBundle | None = None
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
        self._folders = set(os.listdir(self.folder))  # noqa: PTH208 - names are all that is asked
        self._unsettled |= {self.folder, self.folder.parent}
        self._alone = True

    def is_empty(self) -> bool:
        """Whether nothing was ever kept here."""
        return self._folders <= {self._tmp.name}

    def put(self, data: bytes) -> str:
        """Keep bytes as a file of their own; gives their hash. Until ``settle`` they may not survive a power cut."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._put(sha256, data)
        return sha256

    def _put(self, sha256: str, data: bytes) -> None:
        if not self._has(sha256, data):
            self._write(self.path(sha256), data)
            self.written.add(sha256)

    def keep(self, sha256: str, data: bytes, note: Mapping[str, str] | None) -> None:
        """Keep a parcel, and how it came where that is new; a small one with the others that come until ``settle``."""
        if self._coming and sha256 in self._coming:
            if note:
                self._coming.note(sha256, note)
        elif note and len(data) <= bundles.SMALL and not self._lies_alone(sha256) and not self._has(sha256, data):
            self._coming = self._coming or ComingBundle(self._tmp / "bundle")
            self._coming.add(sha256, data, note)
            self.written.add(sha256)
            if self._coming.is_full:
                self._finish_bundle()
        else:
            self._put(sha256, data)
            if note:
                self.note(sha256, note)

    def _lies_alone(self, sha256: str) -> bool:
        """Whether anything lies where an object of its own would."""
        return not (self._alone and sha256[:2] not in self._folders) and self.path(sha256).exists()

    def _has(self, sha256: str, data: bytes) -> bool:
        """Whether these very bytes lie here."""
        if self._lies_alone(sha256) and (path := self.path(sha256)).is_file():
            return path.stat().st_size == len(data) and path.read_bytes() == data
        place = self._place(sha256)
        return place is not None and place.size == len(data) and bundles.read_entry(place) == data

    def restore(self, data: bytes) -> None:
        """Keep bytes anew, whatever lies in their place."""
        self._write(self.path(hashlib.sha256(data).hexdigest()), data)

    def note(self, sha256: str, facts: Mapping[str, str]) -> None:
        """Write down beside an object how it came."""
        self._write(self.note_path(sha256), pack_note(facts))

    def _finish_bundle(self) -> None:
        """Put the bundle that is being written into place; what came alone lies as a file of its own."""
        coming, self._coming = self._coming, None
        if coming is None:
            return
        if coming.only:
            sha256, data, note = coming.only
            self._write(self.path(sha256), data)
            self.note(sha256, note)
            return
        path = bundles.next_bundle(self.folder)
        if not path.parent.exists():
            path.parent.mkdir()
            self._unsettled.add(self.folder)
        self._folders.add(path.parent.name)
        os.replace(coming.finish(), path)
        self._unsettled.add(path.parent)
        self._list(path)

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.exists():
            path.parent.mkdir()
            self._unsettled.add(self.folder)
        self._folders.add(path.parent.name)
        beside = self._tmp / path.name
        with open_new(beside) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
        self._unsettled.add(path.parent)

    def settle(self) -> None:
        """Force all that was put or kept, and its names, to the disk."""
        self._finish_bundle()
        for folder in sorted(self._unsettled):
            settle_folder(folder)
        self._unsettled.clear()

    def begin(self, database: Database) -> None:
        """Begin a transaction in which rows may speak of all that was put or kept."""
        self.settle()
        database.begin()

    def get(self, sha256: str) -> bytes:
        """Bytes, proven to be those that were put."""
        for data in self._copies(sha256):
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        raise MachineFault("store-damaged", path=str(self.path(sha256)))

    def holds(self, sha256: str) -> bool:
        """Whether bytes lie here whole."""
        return any(hashlib.sha256(data).hexdigest() == sha256 for data in self._copies(sha256))

    def lies_at(self, sha256: str) -> str:
        """Where a person finds the bytes, from the ledger's folder: a file, or an entry of a bundle."""
        bundle = self.bundle_of(self.path(sha256))
        return (bundle / sha256 if bundle else self.path(sha256)).relative_to(self.folder.parent).as_posix()

    def lies(self, path: Path) -> bool:
        """Whether a file of its own lies at a path."""
        return path.exists() or path.is_symlink()

    def is_begun(self) -> bool:
        return self.folder.is_dir()

    def bundles(self) -> Iterator[Path]:
        return bundles.list_bundles(self.folder)

    def read(self, path: Path) -> bytes:
        """The bytes of a file of the store, whatever they are; in a bundle it has the path that it would have alone."""
        place = None if path.exists() else self._place(path.name)
        return bundles.read_entry(place) if place else path.read_bytes()

    def _copies(self, sha256: str) -> Iterator[bytes]:
        """The bytes that lie under a hash, as a file of their own and in a bundle; there first where it is known. What
        the disk does not give away is passed over, for the other may be whole."""
        known = self._entries.get(sha256)
        if known and (data := _given(partial(bundles.read_entry, known))) is not None:
            yield data
        if (data := _given(self.path(sha256).read_bytes)) is not None:
            yield data
        if not known and (place := self._place(sha256)):
            yield bundles.read_entry(place)

    def _place(self, name: str) -> EntryPlace | None:
        """Where an entry lies in a bundle, if in any."""
        if name not in self._entries and not (self._alone and self._looked):
            for bundle in bundles.list_bundles(self.folder):
                self._list(bundle)
            self._looked = True
        return self._entries.get(name)

    def _list(self, bundle: Path) -> None:
        if bundle not in self._listed:
            self._listed.add(bundle)
            self._entries |= bundles.list_entries(bundle)

    def files(self) -> Iterator[tuple[Path, str]]:
        """Every file that lies in the store, with its digest, in the order of their paths; what an interrupted run
        left half written is none. What lies in a bundle has the path that it would have alone, and a bundle none unless
        it is not as it was written."""

        def refuse(error: OSError) -> None:
            raise error

        found: dict[Path, EntryPlace | None] = {}
        whole = set()
        for bundle in bundles.list_bundles(self.folder):
            entries = bundles.list_entries(bundle).items()
            found |= {self.path(name.removesuffix(_NOTE)).with_name(name): place for name, place in entries}
            whole |= {bundle} if bundles.is_as_written(bundle) else set()
        for base, folders, files in os.walk(self.folder, onerror=refuse):
            here = Path(base)
            if here == self.folder:
                folders[:] = [name for name in folders if here / name != self._tmp]
            paths = [here / name for name in files] + [here / name for name in folders if (here / name).is_symlink()]
            found |= dict.fromkeys(path for path in paths if path not in whole)
        for path, place in sorted(found.items()):
            yield path, hashlib.sha256(bundles.read_entry(place)).hexdigest() if place else _digest(path)

    def size(self, sha256: str) -> int:
        """Raises FileNotFoundError where there is no such object."""
        place = None if self.path(sha256).exists() else self._place(sha256)
        return place.size if place else self.path(sha256).stat().st_size

    def objects(self) -> Iterator[Path]:
        """Everything that lies where objects lie, but notes; whatever it holds. What lies in a bundle has the path that
        it would have alone."""
        self._place("")
        alone = {path for path in self.folder.glob("??/*") if not is_note(path)}
        inside = {self.path(name) for name in self._entries if not name.endswith(_NOTE)}
        return iter(sorted(alone | inside))

    def read_note(self, sha256: str) -> Mapping[str, str] | None:
        """How an object came; None where that cannot be read. An empty one was never written."""
        try:
            facts = json.loads(self._note_bytes(sha256))
        except FileNotFoundError:
            return {}
        except ValueError:
            return None
        return facts if isinstance(facts, dict) and facts else None

    def _note_bytes(self, sha256: str) -> bytes:
        """Raises FileNotFoundError."""
        path = self.note_path(sha256)
        place = None if path.exists() else self._place(path.name)
        return bundles.read_entry(place) if place else path.read_bytes()

    def loosen(self, bundle: Path, folder: Path) -> None:
        """Lay what a bundle holds out as files, where no whole one lies, and set the bundle itself apart."""
        for name, place in bundles.list_entries(bundle).items():
            path, data = self.path(name.removesuffix(_NOTE)).with_name(name), bundles.read_entry(place)
            if not path.exists():
                self._write(path, data)
        self.settle()
        self.set_apart(bundle, folder)
        self._entries = {name: place for name, place in self._entries.items() if place.bundle != bundle}

    def loosen_damaged(self, folder: Path) -> None:
        """``loosen`` every bundle that is not as it was written."""
        for bundle in list(bundles.list_bundles(self.folder)):
            if not bundles.is_as_written(bundle):
                self.loosen(bundle, folder)

    def bundle_of(self, path: Path) -> Path | None:
        """The bundle in which what has this path lies; None where it lies as a file of its own, or not at all."""
        place = None if path.exists() else self._place(path.name)
        return place.bundle if place else None

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
        for path in self.objects():
            try:
                facts = json.loads(self._note_bytes(path.name))
            except FileNotFoundError:
                continue
            except ValueError as error:
                raise MachineFault("store-damaged", path=str(self.note_path(path.name))) from error
            yield path.name, self.size(path.name), facts


def is_note(path: Path) -> bool:
    return path.suffix == _NOTE


def _given(read: Callable[[], bytes]) -> bytes | None:
    """The bytes of a file; None where it is not there, or the disk does not give it away. Raises OSError."""
    try:
        return read()
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in _UNGIVEN:
            raise
        return None


def _digest(path: Path) -> str:
    """The SHA-256 of a file; nothing where it is no plain file, or one that the disk does not give away."""
    if path.is_symlink() or not path.is_file():
        path.lstat()
        return ""
    try:
        return hash_file(path)
    except OSError as error:
        if error.errno not in _UNGIVEN:
            raise
        return ""
