"""A folder -> parcels: every file in it, as bytes with their hash, before anything looks inside."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import holds_ledger
from smartcity_xl.model import Parcel
from smartcity_xl.reading.values import tolerance

SIZE_LIMIT = 64 * 2**20


def is_litter(name: str) -> bool:
    """Whether a file's name says that a program left it: owner files, system files, unfinished downloads."""
    base = name.rpartition("/")[2]
    return any(re.fullmatch(form, base, re.IGNORECASE) for form in tolerance()["litter"])


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file in the inbox. ``name`` is its path inside as people read it, with forward slashes; ``link`` marks what
    is no file of its own and is not followed."""

    path: Path
    name: str
    link: bool = False


def shown_name(path: Path) -> str:
    """A path as text, also where its name is not UTF-8 but as an archive from a Chinese Windows left it."""
    raw = os.fsencode(path.as_posix())
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "backslashreplace")


def list_files(folder: Path, leave_out: Path | None = None) -> list[InboxFile]:
    """All files below a folder, in the order of their names.

    ``leave_out`` is a folder not to look into (the run's own output); nor is a ledger's. Raises UsageFault where there
    is no such folder, MachineFault where it cannot be listed.
    """
    if not folder.is_dir():
        raise UsageFault("inbox-missing", path=str(folder))
    found: list[InboxFile] = []
    skipped = leave_out.resolve() if leave_out else None

    def refuse(error: OSError) -> None:
        raise MachineFault("folder-unreadable", path=str(error.filename), reason=error.strerror or str(error))

    for base, folders, files in os.walk(folder, onerror=refuse):
        if holds_ledger(files):
            folders.clear()
            continue
        folders[:] = [name for name in folders if (Path(base) / name).resolve() != skipped]
        linked = [name for name in folders if (Path(base) / name).is_symlink()]
        for name in (*files, *linked):
            path = Path(base) / name
            special = path.is_symlink() or not path.is_file()
            found.append(InboxFile(path, shown_name(path.relative_to(folder)), special))
    return sorted(found, key=lambda entry: entry.name)


def read_parcels(entries: Iterable[InboxFile]) -> Iterator[Parcel]:
    """The files as parcels. A file above the size limit is cut there, and cannot then pass for a workbook."""
    for entry in entries:
        try:
            with entry.path.open("rb") as stream:
                data = stream.read(SIZE_LIMIT + 1)
        except OSError as error:
            raise MachineFault("file-unreadable", path=entry.name, reason=error.strerror or str(error)) from error
        yield Parcel(entry.name, data, hashlib.sha256(data).hexdigest())
