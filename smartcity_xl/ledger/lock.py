"""One writer at a time: a lock of the operating system, which frees it when its holder ends, however it ends."""

from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from smartcity_xl.errors import MachineFault

_HELD = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
"""What the systems say of a lock that another process holds."""
_FAR = 2**30
"""Where Windows locks, which also bars reading: behind the words that say who holds the lock."""


class Lock:
    """Held from construction to ``close``. The file says who holds it: process, host, since when."""

    def __init__(self, path: Path, at: str) -> None:
        """Raises MachineFault where another process holds it, and OSError."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._descriptor)
            holder = json.dumps({"pid": os.getpid(), "host": name_host(), "since": at}).encode()
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, holder)
        except BaseException as error:
            os.close(self._descriptor)
            if isinstance(error, OSError) and error.errno in _HELD:
                raise _busy(path) from error
            raise

    def close(self) -> None:
        with suppress(OSError):  # who held it is of no more use; that it is free is
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def name_host() -> str:
    """What this machine is called."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket  # it takes longer than all else about a lock

    return socket.gethostname()


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _busy(path: Path) -> MachineFault:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        told = {name: str(holder[name]) for name in ("pid", "host", "since")}
    except (OSError, ValueError, KeyError, TypeError):  # it is just being written
        told = {"pid": "?", "host": "?", "since": "?"}
    return MachineFault("ledger-locked", path=str(path.parent), **told)
