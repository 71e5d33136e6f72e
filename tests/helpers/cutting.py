"""The end of a process before any call that the ledger makes, as far as a test can have it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smartcity_xl.ledger.lock import Lock

ROOM = str(Path(__file__).parent.parent.parent / "smartcity_xl" / "ledger")
STEPS = frozenset({
    "open", "write", "flush", "fsync", "replace", "rename", "mkdir", "unlink", "ftruncate", "flock", "connect",
    "execute", "executemany", "close", "fdopen", "read",
})  # fmt: skip
"""Calls of the operating system and of the database, between which a process can end."""

NO_STEPS = frozenset({"msgspec._core"})
"""Modules whose functions have such a name, and write nothing."""


class Cut(BaseException):
    """The end of a process, as far as a test can have it without ending itself."""


@contextmanager
def cut_at(step: int, end: Callable[[], None]) -> Iterator[list[str]]:
    """Call ``end`` before the ``step``-th call that the ledger makes; gives the list of the calls made."""
    calls: list[str] = []

    def watch(frame: Any, event: str, argument: Any) -> None:
        if event != "c_call" or argument.__name__ not in STEPS or argument.__module__ in NO_STEPS:
            return
        if frame.f_code is Lock.close.__code__ and end is not kill_self:
            return  # a process that goes on must be able to let go of its lock
        at = frame
        while at is not None and not at.f_code.co_filename.startswith(ROOM):
            at = at.f_back
        if at is not None:
            calls.append(argument.__name__)
            if len(calls) == step:
                end()

    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def raise_cut() -> None:
    raise Cut


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
