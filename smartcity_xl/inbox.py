"""A folder -> parcels: every file in it, as bytes with their hash, before anything looks inside."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.model import Parcel
from smartcity_xl.reading.values import tolerance

SIZE_LIMIT = 64 * 2**20


def is_litter(name: str) -> bool:
    """Whether a file's name says that a program left it: owner files, system files, unfinished downloads."""
    base = name.rpartition("/")[2]
    return any(re.fullmatch(form, base, re.IGNORECASE) for form in tolerance()["litter"])


def list_files(folder: Path, leave_out: Path | None = None) -> list[str]:
    """The paths of all regular files below a folder, relative, with forward slashes, sorted.

    ``leave_out`` is a folder not to look into (the run's own output). Symbolic links are not followed. Raises
    UsageFault where there is no such folder, MachineFault where it cannot be listed.
    """
    if not folder.is_dir():
        raise UsageFault("inbox-missing", path=str(folder))
    found: list[str] = []
    skipped = leave_out.resolve() if leave_out else None

    def refuse(error: OSError) -> None:
        raise MachineFault("folder-unreadable", path=str(error.filename), reason=error.strerror or str(error))

    for base, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if (Path(base) / name).resolve() != skipped]
        for name in files:
            path = Path(base) / name
            if path.is_file() and not path.is_symlink():
                found.append(path.relative_to(folder).as_posix())
    return sorted(found)


def read_parcels(folder: Path, names: list[str]) -> Iterator[Parcel]:
    """The files as parcels. A file above the size limit is cut there, and cannot then pass for a workbook."""
    for name in names:
        try:
            with (folder / name).open("rb") as stream:
                data = stream.read(SIZE_LIMIT + 1)
        except OSError as error:
            raise MachineFault("file-unreadable", path=name, reason=error.strerror or str(error)) from error
        yield Parcel(name, data, hashlib.sha256(data).hexdigest())
