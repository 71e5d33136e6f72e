"""The parent's side: functions that are called here and run in a child, one child for many files.

A child that dies or exceeds a bound is replaced by a new one. What befalls a file in a child that has read others
before is tried once more in a new child, so that no file pays for another, and the order of files decides nothing.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from msgspec import Struct

from smartcity_xl.books import limits
from smartcity_xl.confined import bounds, child
from smartcity_xl.errors import MachineFault

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")
_LOG = logging.getLogger(__name__)
_ABORTED_FOR_MEMORY = b"memory allocation of "
"""What a reader written in Rust prints before it ends its process."""
_SHOWN, _SEARCHED = 1_500, 65_536
"""Bytes of what a child printed that are logged, and that are looked through."""
_START = "spawn" if sys.platform == "win32" else "fork"
"""A child that is forked has all that its parent has loaded, and is there at once."""
_START_ANEW = "spawn"
"""A child that follows one that has served many: what its parent has laid out meanwhile would be held twice."""
_PATIENCE = 10
"""Seconds that the parent waits beyond the child's own time."""


class NotRead(Struct, frozen=True):
    """Why there is no result: the code of a finding, and its parameters."""

    code: str
    parameters: Mapping[str, str]


def own_bug(error: str) -> NotRead:
    """An error of ours over one file."""
    return NotRead("own-bug", {"error": error})


_CERTAIN = ("reader-time", "reader-output")
"""What comes of a file whatever was read before it."""


_MOST_ASKED = 20_000
"""Questions after which a child that serves many is replaced: what libraries leave behind in it shall not grow."""


class _Standing:
    """The child that waits, between one ``Confined`` and the next, within ``one_child``."""

    depth = 0
    child: _Child | None = None
    replaced = False
    """Whether one has been asked so often that it was let go."""

    @classmethod
    def take(cls) -> _Child | None:
        taken, cls.child = cls.child, None
        return taken if taken and taken.parent == os.getpid() else None  # a forked process has none of its parent's

    @classmethod
    def leave(cls, child: _Child) -> None:
        if cls.depth and cls.child is None and child.asked < _MOST_ASKED:
            cls.child = child
        else:
            cls.replaced = cls.replaced or (cls.depth > 0 and child.asked >= _MOST_ASKED)
            child.end()


@contextmanager
def one_child() -> Iterator[None]:
    """Within it one child serves one ``Confined`` after another, for many cities in one process: it need not be started
    for each, and knows the texts that their workbooks share. What befalls a file in it is tried once more in a new
    child, as always."""
    _Standing.depth += 1
    try:
        yield
    finally:
        _Standing.depth -= 1
        if not _Standing.depth:
            _Standing.replaced = False
            if child := _Standing.take():
                child.end()


class Confined:
    """Runs functions in a child process. What ``teach`` gives never raises over a file; it raises MachineFault where
    no process can be started."""

    def __init__(self, meanwhile: Iterable[object] = ()) -> None:
        """``meanwhile``: what is to be done anyhow, step by step: one is done each time an answer is waited for. What
        is wrong with a step is told where its outcome is wanted."""
        self._meanwhile = iter(meanwhile)
        self._taught: dict[int, child.Function] = {}
        self._child: _Child | None = None

    def __enter__(self) -> Confined:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        left, self._child = self._child, None
        if left and not left.spent and kind is None:
            _Standing.leave(left)
        elif left:
            left.end()

    def teach(self, function: Callable[[_Given], _Found]) -> Callable[[_Given], _Found | NotRead]:
        """The function as it runs in the child. What it takes and gives must be data."""
        number = len(self._taught)
        self._taught[number] = function
        if self._child and not self._child.send(child.TEACH, number, function):
            self._end()

        def call(given: _Given) -> _Found | NotRead:
            used = self._child is not None or _Standing.child is not None
            found: _Found | NotRead = self._ask(number, given)
            if used and self._child is None and _perhaps_of_others(found):  # what was read before it may be at fault
                found = self._ask(number, given)
            return found

        return call

    def finish(self) -> None:
        """All is asked: the child may go while this process does something else, unless it waits for others."""
        if self._child and not _Standing.depth:
            self._child.stop()

    def _ask(self, number: int, given: Any) -> Any:
        if self._child is None:
            self._child = self._take_over() or _Child(self._taught)
        try:
            answer = self._child.ask(number, given, self._meanwhile)
        except BaseException:  # Ctrl-C too: an answer that nobody waits for must not be taken for the next one's
            self._end()
            raise
        if self._child.spent:
            self._end()
        return answer

    def _take_over(self) -> _Child | None:
        """The child that served another, once it was taught what this one asks."""
        given = _Standing.take()
        if given and not all(given.send(child.TEACH, number, one) for number, one in self._taught.items()):
            given.end()
            return None
        return given

    def _end(self) -> None:
        ended, self._child = self._child, None
        if ended:
            ended.end()


class _Child:
    """One child process, and the pipe to it."""

    def __init__(self, taught: Mapping[int, child.Function]) -> None:
        """Raises MachineFault."""
        start = _START_ANEW if _Standing.replaced else _START
        context: Any = multiprocessing.get_context(start)
        if start == "fork":
            _load_usual_readers()
        self.parent, self.asked = os.getpid(), 0
        self.spent = False
        """Whether it must not be asked again."""
        try:
            self.folder = tempfile.TemporaryDirectory(prefix="xlscore-", ignore_cleanup_errors=True)
            self.mine, theirs = context.Pipe()
            bounds.bound_wait(self.mine, limits.READER_CLOCK + _PATIENCE)
            arguments = (theirs, taught, self.folder.name)
            self.process: BaseProcess = context.Process(target=child.serve, args=arguments, daemon=True)
            with theirs, bounds.unheard_interrupts():
                self.process.start()
            self.arrives = bounds.waiting_for(self.mine)
        except (OSError, AssertionError) as error:
            raise MachineFault("reader-unstartable", reason=str(error)) from error

    def send(self, verb: str, number: int, given: Any) -> bool:
        """Whether the child could be told."""
        try:
            self.mine.send((verb, number, given))
        except BlockingIOError:  # it stands still, and whoever waits for its end would wait for ever
            self.stop()
            return False
        except OSError:
            return False
        return True

    def ask(self, number: int, given: Any, meanwhile: Iterator[object]) -> Any:
        """The answer of a function; NotRead where there is none."""
        self.spent = True
        self.asked += 1
        packed = None
        if self.send(child.ASK, number, given):
            with suppress(Exception):
                next(meanwhile, None)
            packed = self._receive()
        if isinstance(packed, NotRead):
            return packed
        if packed is None:
            return self._say_end()
        kind, content, records = pickle.loads(packed)  # noqa: S301 - our own child's: docs/decisions/0015
        for record in records:
            logging.getLogger(record.name).handle(record)
        self.spent = kind not in (child.DONE, child.BUG)
        match kind:
            case child.DONE:
                return content
            case child.BUG:
                return own_bug(content)
            case child.MEMORY:
                return _too_much_memory()
        return NotRead("reader-output", {"limit": _mebibytes(limits.READER_OUTPUT)})

    def _receive(self) -> bytes | NotRead | None:
        """The answer as it came; None where the child has ended."""
        try:
            if not self.arrives(limits.READER_CLOCK + _PATIENCE):
                return NotRead("reader-time", {"limit": str(limits.READER_CLOCK)})
            packed: bytes = self.mine.recv_bytes(limits.READER_OUTPUT)
            return packed
        except BlockingIOError:  # it stands still half way
            return NotRead("reader-time", {"limit": str(limits.READER_CLOCK)})
        except (EOFError, OSError):
            return None

    def _say_end(self) -> NotRead:
        """Why a child has ended that was not asked to."""
        self.process.join(_PATIENCE)
        code = self.process.exitcode
        said = self._read_noise()
        if code == child.NO_MEMORY:
            return _too_much_memory()
        if bounds.ended_by_time(code):
            limit = limits.READER_SECONDS if bounds.say_exit(code) == "SIGXCPU" else limits.READER_CLOCK
            return NotRead("reader-time", {"limit": str(limit)})
        _LOG.error("a reader ended (%s): %s", bounds.say_exit(code), said[:_SHOWN].decode("utf-8", "replace"))
        if _ABORTED_FOR_MEMORY in said:
            return _too_much_memory()
        return NotRead("reader-crashed", {"reason": bounds.say_exit(code)})

    def _read_noise(self) -> bytes:
        try:
            return Path(self.folder.name, child.NOISE).read_bytes()[-_SEARCHED:]
        except OSError:
            return b""

    def stop(self) -> None:
        if self.process.pid:
            bounds.kill_group(self.process.pid)
        self.process.kill()

    def end(self) -> None:
        self.stop()
        self.process.join()
        self.mine.close()
        self.folder.cleanup()


def _load_usual_readers() -> None:
    """What every run needs is loaded once, before the first child, and not in each; a machine without it says so."""
    import ctypes  # noqa: F401

    import python_calamine  # noqa: F401


def _perhaps_of_others(found: object) -> bool:
    return isinstance(found, NotRead) and found.code not in _CERTAIN


def _too_much_memory() -> NotRead:
    return NotRead("reader-memory", {"limit": _mebibytes(limits.READER_MEMORY)})


def _mebibytes(number: int) -> str:
    return f"{number // 2**20} MiB"
