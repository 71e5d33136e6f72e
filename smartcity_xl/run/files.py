"""Putting files in place: whole or not at all, and never over somebody's answers."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO

from msgspec import Struct

from smartcity_xl.arrival.inbox import UNFINISHED
from smartcity_xl.errors import MachineFault, UsageFault, unread, unwritten
from smartcity_xl.ledger import digest_of, settle_folder
from smartcity_xl.results.together import NEVER, find_mixed, note_path, write_note

_NUMBERS = itertools.count()
"""Of the names of files that are being written: none is given twice by a process, for several threads write here, and
what one has put in place it takes away under the name that the file had."""
NO_FILES: Mapping[Path, bytes] = MappingProxyType({})
NO_DIGESTS: Mapping[Path, str] = MappingProxyType({})
_FEW, _AT_ONCE = 4, 4
"""Files that are not worth a thread, and threads that wait for the disk."""
_OPEN = 32
"""Files that are written before the disk is waited for."""


class Written(Struct, frozen=True):
    """Files a job wrote, and files that already stood there with the very same bytes.

    ``returned`` are workbooks that go back, ``kept`` files that stand where one should, changed by somebody, and
    ``failed`` those that could not be made, each with the reason ("": open or locked); everything else was written.
    ``digests`` is the SHA-256 of those of them whose bytes the job has had in its hands.
    """

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    returned: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    failed: tuple[tuple[Path, str], ...] = ()
    digests: Mapping[Path, str] = NO_DIGESTS

    def digest(self, path: Path) -> str:
        """The SHA-256 of a file: of what was written there, or else of what stands there now, "" where nothing does."""
        return self.digests.get(path) or digest_of(path)


def write_once(files: Mapping[Path, bytes], overwrite: bool, private: Mapping[Path, bytes] = NO_FILES) -> Written:
    """Write files, but for those that stand there already; where others stand, write nothing unless ``overwrite``.

    Those that are ``private`` come first, for nobody else to read, and never in the place of one that stands.
    """
    for path in files:
        refuse_folder(path)
    standing = {path for path in files if path.exists()}
    same = {path for path in standing if _holds(path, files[path])}
    if (others := sorted(standing - same)) and not overwrite:
        raise UsageFault("would-overwrite", files="\n".join(f"  {path}" for path in others))
    for path, data in private.items():
        _write_private(path, data)
    for path, data in files.items():
        if path not in same:
            write_file(path, data)
    return Written(tuple(path for path in files if path not in same), tuple(path for path in files if path in same))


def refuse_folder(path: Path) -> None:
    """Raises UsageFault where a folder stands in the place of a file that is to be written."""
    if path.is_dir():
        raise UsageFault("file-folder", path=str(path))


def _write_private(path: Path, data: bytes) -> None:
    """Put a new file in place whole or not at all, which only its owner may read. Raises MachineFault, also where one
    stands there: another run was faster."""
    with told_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = _write_beside(path, data, 0o600)
        try:
            try:
                os.link(new, path)
            except FileExistsError:
                raise
            except OSError:  # a disk that knows no second names
                new.rename(path)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)


def _holds(path: Path, data: bytes) -> bool:
    return read_file(path) == data


def read_file(path: Path) -> bytes:
    """Raises UsageFault where there is no such file, MachineFault."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unread(path, error) from error


def as_seen_from(folder: Path, reference: str) -> str:
    """What a settings file in a folder names: an id as it is, a path as seen from there, so that both can be moved."""
    path = Path(reference)
    if not path.exists():
        return reference
    path, home = path.resolve(), folder.resolve()
    try:
        return Path(os.path.relpath(path, home)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed runs left half written; only where no other run can be writing. Raises MachineFault."""
    try:
        for path in folder.glob(f"{UNFINISHED}*.tmp"):
            path.unlink()
    except OSError as error:
        raise MachineFault("file-unwritable", path=str(folder), reason=error.strerror or str(error)) from error


def _begin(path: Path, private: int = 0) -> tuple[int, str]:
    """A new file beside the one to come. Who may read it the umask says, and the file that it will replace: contacts
    stand in what we write. (``tempfile`` makes files that nobody else may ever read.) ``private``: the mode instead."""
    mode = private or _mode_of(path)
    for number in _NUMBERS:
        name = os.path.join(path.parent, f"{UNFINISHED}{os.getpid()}-{number}.tmp")  # noqa: PTH118 - for each file
        with suppress(FileExistsError):
            return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode), name
    raise AssertionError("numbers do not end")


def _mode_of(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o666


def write_file(path: Path, data: bytes) -> None:
    """Put a file in place whole or not at all. Raises MachineFault."""
    write_together({path: data})


def put_file(path: Path, data: bytes) -> None:
    """Put a file in place whole or not at all, one that belongs with no other; it is left to the system when it reaches
    the disk: for what is made again where it is missing. Raises MachineFault."""
    with told_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = _write_beside(path, data, settle=False)
        try:
            os.replace(new, path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def put_all(files: Mapping[Path, bytes]) -> frozenset[Path]:
    """Put files in place that belong with no other, each whole and on the disk or not at all, and give those that are
    open or locked. Most of the time passes in waiting for the disk, which takes many at once. Raises MachineFault."""
    _make_folders(files)
    waiting, locked = iter(files.items()), set[Path]()
    while some := dict(itertools.islice(waiting, _OPEN)):
        locked |= _put_some(some)
    return frozenset(locked)


def _make_folders(files: Mapping[Path, bytes]) -> list[Path]:
    """Each folder once; what the machine refuses is told of a file in it, which is what somebody asked for."""
    wanted = {path.parent: path for path in sorted(files, reverse=True)}
    for folder in sorted(wanted):
        with told_of(wanted[folder]):
            folder.mkdir(parents=True, exist_ok=True)
    return sorted(wanted)


def _put_some(files: Mapping[Path, bytes]) -> set[Path]:
    names: dict[Path, str] = {}
    opened: dict[Path, int] = {}
    locked: set[Path] = set()
    try:
        for path, data in files.items():
            with _unless_locked(path, locked):
                opened[path], names[path] = _begin(path)
                _write_whole(opened[path], data)
        _force_all({path: opened[path] for path in opened if path not in locked}, locked)
        for path in [path for path in opened if path not in locked]:
            with _unless_locked(path, locked):
                os.close(opened.pop(path))
                os.replace(names[path], path)
                del names[path]
    finally:  # what is locked, and all of a run that ends here
        for descriptor in opened.values():
            with suppress(OSError):
                os.close(descriptor)
        for name in names.values():
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)
    return locked


def _write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _force_all(opened: Mapping[Path, int], locked: set[Path]) -> None:
    """The system is told of all of them first, where it can be: whoever then waits for one waits for many."""
    if hasattr(os, "posix_fadvise"):
        for descriptor in opened.values():
            with suppress(OSError):  # a disk that takes no advice is waited for all the same
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def force(some: Sequence[Path]) -> None:
        for path in some:
            with _unless_locked(path, locked):
                os.fsync(opened[path])

    if len(opened) < _FEW:
        force([*opened])
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_AT_ONCE) as threads:  # all are over before any process is forked
        for _ in threads.map(force, [[*opened][first::_AT_ONCE] for first in range(_AT_ONCE)]):
            pass


@contextmanager
def _unless_locked(path: Path, locked: set[Path]) -> Iterator[None]:
    """A file that is open or locked is noted as such; whatever else the machine refuses is a fault."""
    try:
        with told_of(path):
            yield
    except MachineFault as fault:
        if fault.code != "file-locked":
            raise  # a full disk takes no register either
        locked.add(path)


def write_together(files: Mapping[Path, bytes], stale: Sequence[Path] = ()) -> None:
    """Put files that belong together in place: all of them, or none. Raises MachineFault.

    All lie whole on the disk before the first is put in place: a disk that is full leaves everything as it was. Where
    one cannot be put in place (open in Excel), those before it are put back. Where several belong together, a note
    beside them says what they are to be, from before the first rename until after the last: a power cut between two
    leaves it behind, and files of two runs are not taken for those of one (``results.together``). ``stale`` are files
    that belong with them and could not be made: where earlier ones stand there, the note stays.
    """
    begun: dict[Path, Path] = {}
    before: dict[Path, Path] = {}
    placed: list[Path] = []
    notes: list[Path] = []
    try:
        folders = _make_folders(files)
        for path, data in files.items():
            with told_of(path):
                begun[path] = _write_beside(path, data)
        for folder in folders:
            _note_together(folder, files, stale, notes)
        for number, (path, new) in enumerate(begun.items(), start=1):
            with told_of(path):
                if number < len(begun) and path.exists():
                    before[path] = _set_aside(path)
                os.replace(new, path)
                placed.append(path)
    except BaseException:  # Ctrl-C too leaves all as it was
        for path in reversed(placed):
            with suppress(OSError):
                os.replace(before[path], path) if path in before else path.unlink()
        _drop_notes(notes)
        raise
    else:
        _drop_notes(notes)
    finally:
        for left in (*begun.values(), *before.values()):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _note_together(folder: Path, files: Mapping[Path, bytes], stale: Sequence[Path], notes: list[Path]) -> None:
    """Note, on the disk, what several files of a folder are to be; before the first of them is put in place."""
    mine = {path: data for path, data in files.items() if path.parent == folder}
    missing = [path for path in stale if path.parent == folder and path.exists()]
    if len(mine) + len(missing) > 1:
        meant = {path: hashlib.sha256(data).hexdigest() for path, data in mine.items()} | dict.fromkeys(missing, NEVER)
        digests = {path.name: (digest, digest_of(path)) for path, digest in meant.items()}
        note = note_path(folder)
        with told_of(note):
            beside = _write_beside(note, write_note(digests))
            notes += (beside, note)
            os.replace(beside, note)
            settle_folder(folder)


def _drop_notes(notes: Sequence[Path]) -> None:
    """All stands as it is to be, or as it was before; where that could not be had, the note stays."""
    for note in notes:
        with suppress(OSError):
            settle_folder(note.parent)
            if note.name.startswith(UNFINISHED) or not find_mixed(note.parent):
                note.unlink(missing_ok=True)


@contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that is written piece by piece, and put in place whole or not at all. Raises MachineFault."""
    with told_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = _begin(path)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, path)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """What the machine refuses, as a fault that names the file."""
    try:
        yield
    except OSError as error:
        raise unwritten(path, error) from error


def _write_beside(path: Path, data: bytes, private: int = 0, settle: bool = True) -> Path:
    """The bytes in a new file beside the one to come, on the disk and not merely on the way there unless ``settle`` is
    off."""
    descriptor, name = _begin(path, private)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            if settle:
                stream.flush()
                os.fsync(stream.fileno())
    except BaseException:  # Ctrl-C too leaves nothing half written behind
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _set_aside(path: Path) -> Path:
    """A second name for a file that is about to be replaced; where the disk knows none, a copy."""
    for number in _NUMBERS:
        name = path.parent / f"{UNFINISHED}{os.getpid()}-{number}.tmp"
        if not name.exists():
            try:
                os.link(path, name)
            except OSError:
                import shutil  # not at the top: nearly every disk knows them

                shutil.copy2(path, name)
            return name
    raise AssertionError("numbers do not end")
