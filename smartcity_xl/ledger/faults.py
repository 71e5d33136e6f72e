"""What the disk and the database refuse, as faults with a remedy."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import MachineFault, unwritten

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place


@contextmanager
def machine_faults(folder: Place) -> Iterator[None]:
    """What the disk and the database refuse, as faults with a remedy."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        name = {
            sqlite3.SQLITE_FULL: "ledger-full",
            sqlite3.SQLITE_CORRUPT: "ledger-damaged",
            sqlite3.SQLITE_NOTADB: "ledger-damaged",
            sqlite3.SQLITE_BUSY: "ledger-in-use",
        }.get(code, "ledger-unwritable")
        raise MachineFault(name, path=str(folder), reason=str(error)) from error
    except OSError as error:
        if isinstance(error, FileExistsError | NotADirectoryError) and isinstance(folder, Path):
            raise unwritten(folder / "ledger.sqlite", error) from error
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = error.strerror or str(error)
        raise MachineFault("ledger-full" if full else "ledger-unwritable", path=str(folder), reason=reason) from error
