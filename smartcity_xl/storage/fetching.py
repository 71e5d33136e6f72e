"""A folder of a place -> the same on this machine: the same names, bytes and times."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from smartcity_xl.errors import MachineFault
from smartcity_xl.storage.folder import HeldObject, StorageFolder, do_at_once
from smartcity_xl.storage.manifest import OWN


def fetch(place: StorageFolder, folder: Path, found: Mapping[str, HeldObject], limit: int | None = None) -> None:
    """Lay down what was found. An object above ``limit`` bytes is cut one byte behind it, as its reader will.

    An object without a name is the place itself, and ``folder`` then a file. An empty object that is listed and not
    there stands for a folder: some programs put such there. Raises MachineFault: a name that cannot be one of a file
    here, an object that has gone meanwhile.
    """
    (folder.parent if "" in found else folder).mkdir(parents=True, exist_ok=True)

    def lay(name: str) -> None:
        one, path, there = found[name], folder / name, place.within(name)
        data = there.read(limit + 1 if limit is not None and one.size > limit else None)
        if data is None and one.size:
            raise MachineFault("place-changed", found=str(there))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if data is None:
                path.mkdir(exist_ok=True)
                return
            path.write_bytes(data)
            os.utime(path, (one.changed, one.changed))
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
            raise MachineFault("place-name", found=str(there), reason=reason) from error

    do_at_once(lay, [name for name in found if not name.startswith(OWN)])


def hash_files(folder: Path) -> dict[str, str]:
    """Name of every file below a folder -> SHA-256."""
    found = {}
    for base, _, files in os.walk(folder):
        for name in files:
            path = Path(base, name)
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
