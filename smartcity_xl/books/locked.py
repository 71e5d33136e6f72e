"""Files that are locked: the lock that nobody knows of is opened, and the others are called by their names.

Excel locks a workbook whose structure is protected with a password of its own, the same for everybody, and opens it
without asking. A department's security software encrypts files that leave it: they are no damaged files.
"""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any

from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.shipped import read_shipped

_DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - everybody's: Excel tries it before it asks
_SPINS = re.compile(rb'spinCount="(\d+)"')
_SPINS_LIMIT = 1_000_000
"""Rounds of hashing that are worth waiting for; Excel asks for 100,000."""
_HEAD = 512


@cache
def _sealers() -> tuple[tuple[bytes, str], ...]:

    listed: dict[str, Any] = read_shipped("books/sealed.toml")
    return tuple((entry["mark"].encode("latin-1"), entry["name"]) for entry in listed["software"])


def say_sealed(data: bytes) -> str:
    """The security software that has encrypted a file, by the mark that it leaves at the beginning; "" for none. A text
    that only speaks of it has no noughts among its letters."""
    head = data[:_HEAD]
    if b"\0" not in head:
        return ""
    return next((name for mark, name in _sealers() if mark in head), "")


def open_default(data: bytes) -> bytes:
    """A workbook that is locked with Excel's own password, opened; anything else as it is."""
    if not data.startswith(b"\xd0\xcf\x11\xe0") or "EncryptedPackage".encode("utf-16-le") not in data:
        return data
    return try_default(data)


def try_default(data: bytes) -> bytes:
    """An encrypted file, opened with Excel's own password where that is the one; else as it is."""
    if any(len(spins) > 7 or int(spins) > _SPINS_LIMIT for spins in _SPINS.findall(data)):
        return data
    import msoffcrypto

    try:
        locked = msoffcrypto.OfficeFile(io.BytesIO(data))
        locked.load_key(password=_DEFAULT_PASSWORD)
        opened = io.BytesIO()
        locked.decrypt(opened)
    except Exception as error:  # noqa: BLE001 - it names many kinds, and all mean: this is not the password
        let_memory_pass(error)
        return data
    return opened.getvalue()
