"""Things that are made in this process and in others at once: one is forked for each further core, and has all that is
known here without being told.

Nothing rests on a helper. What it does not hand back, for whatever reason, is made here, and what is wrong with a thing
is told where it is made here: as if there were no helpers. They take from one queue, so that nobody waits for the
slowest, hand over in the end, and leave nothing behind.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, TypeVar

from smartcity_xl.confined import bounds, child

_Thing = TypeVar("_Thing")
Make = Callable[[], bytes]
BytesOrBug = bytes | Exception
"""The bytes of a thing, or our own bug."""
_WORTH = 2
"""Things for each helper: of fewer it would make none before they are made."""
_MOST_HELPERS = 3
"""Each comes to hold much of what this process holds a second time."""
_PATIENCE = 20.0
"""Seconds without a word from a helper when all else is made, in the middle of what it hands over too: a thing takes a
tenth of one, and on the busiest machine less than to be made twice."""


class Helpers:
    """Within it helpers make some of the ``things``; ``finish`` makes the rest."""

    def __init__(self, things: Mapping[str, Make], helpers: int = 0) -> None:
        """``things``: name -> what makes it, the same bytes whoever does. None helps where a system cannot fork, or
        where it would not pay."""
        self._things = things
        self._wanted = 0 if sys.platform == "win32" else min(helpers, _MOST_HELPERS, len(things) // _WORTH)
        self._queue = _Queue(list(things) if self._wanted > 0 else [])
        self._helpers: list[_Helper] = []

    def __enter__(self) -> Helpers:
        try:
            self._queue.open()
            for _ in range(self._wanted):
                self._helpers.append(_Helper(self._queue, self._things))
                self._helpers[-1].start()
        except (OSError, AssertionError):  # no room for another process, or not from here: fewer are enough
            pass
        except BaseException:  # Ctrl-C too: nobody else knows of those that have begun
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def finish(self) -> dict[str, BytesOrBug]:
        """All things, by their names and in their order."""
        made = {name: attempt(self._things[name]) for name in self._queue}
        for helper in self._helpers:
            made |= helper.take()
        return {name: made[name] if name in made else attempt(make) for name, make in self._things.items()}

    def _end(self) -> None:
        for helper in self._helpers:
            helper.end()
        self._queue.close()


def attempt(make: Callable[[], _Thing]) -> _Thing | Exception:
    """What is made, or our own bug."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - our own bug, whatever it is: it costs this one thing, and is told
        return error


class _Queue:
    """Names, of which each is taken by one process: their numbers lie in a pipe, and who reads one has it."""

    _SIZE, _MOST = 2, 1_000
    """Bytes of a number, and numbers that any pipe takes at once; what is beyond is not queued."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.descriptor = -1

    def open(self) -> None:
        """Raises OSError."""
        if self._names:
            self.descriptor, giving = os.pipe()
            numbers = range(min(len(self._names), self._MOST))
            try:
                os.write(giving, b"".join(number.to_bytes(self._SIZE, "little") for number in numbers))
            finally:
                os.close(giving)

    def __iter__(self) -> Iterator[str]:
        """Until none is left."""
        while self.descriptor >= 0 and (number := os.read(self.descriptor, self._SIZE)):
            yield self._names[int.from_bytes(number, "little")]

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class _Helper:
    """A process that helps, and the pipe by which it hands over."""

    def __init__(self, queue: _Queue, things: Mapping[str, Make]) -> None:
        """Raises OSError."""
        context: Any = multiprocessing.get_context("fork")
        self.mine, theirs = context.Pipe()
        bounds.bound_wait(self.mine, _PATIENCE)
        self._theirs: Connection = theirs
        self.process: BaseProcess = context.Process(target=_help, args=(theirs, queue, things), daemon=True)

    def start(self) -> None:
        """Raises OSError, AssertionError; and KeyboardInterrupt, once it has begun."""
        with self._theirs, bounds.unheard_interrupts():
            self.process.start()

    def take(self) -> dict[str, BytesOrBug]:
        """What it has made; nothing where it is gone, does not end, or stands still."""
        try:
            made: dict[str, BytesOrBug] = self.mine.recv()
        except (EOFError, OSError):
            return {}
        return made

    def end(self) -> None:
        if self.process.pid:
            self.process.kill()
            self.process.join()
        self.mine.close()


def _help(theirs: Connection, queue: _Queue, things: Mapping[str, Make]) -> None:
    """In the helper: make what nobody else has taken, and hand it over."""
    child.forget_the_parent(os.open(os.devnull, os.O_WRONLY), theirs.fileno(), queue.descriptor)
    log = child.keep_log()
    logging.captureWarnings(True)
    made = {}
    for name in queue:
        if bounds.is_parent_gone():  # and no system has ended its helper with it
            return
        found = attempt(things[name])
        if isinstance(found, bytes) and not log:  # what has something to say is made where it is heard
            made[name] = found
        log.clear()
    theirs.send(made)
