"""The program as a process of its own: on a terminal, in a pipe, and stopped by Ctrl-C at a chosen moment."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import pytest

_Found = TypeVar("_Found")
LIMIT = 120
"""Seconds after which what must happen is given up, on however slow a machine."""
_GIVEN_UP: list[str] = []
"""What has not happened. From then on nobody waits so long: the suite is red, and must come to say so."""
AT_ONCE = "import smartcity_xl.cli.headway as h; h._PATIENCE = h._REFRESH = h._LINE = 0\n"
"""Shows how far a job is from its first moment on."""
RUN = "from smartcity_xl.cli import main\nmain()"
"""The program itself."""
_INTERRUPT = """
import os, signal, smartcity_xl.cli.headway as h
at = {at!r}
def told(following=h.following):
    from contextlib import contextmanager
    @contextmanager
    def watched(speaker):
        with following(speaker) as follow:
            count = 0
            def heard(now):
                nonlocal count
                if now.step == at[0]:
                    count += 1
                    if count == at[1]:
                        os.killpg(0, signal.SIGINT)
                follow(now)
            yield heard
    return watched
import smartcity_xl.cli.commands.collect as c1, smartcity_xl.cli.commands.fetch as c2
import smartcity_xl.cli.commands.make_templates as c3, smartcity_xl.cli.mailing as c4
import smartcity_xl.cli.commands.survey.score as c5
for module in (c1, c2, c3, c4, c5):
    module.following = told()
"""


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it wrote. ``left`` are processes of its group that outlived it."""

    code: int
    out: bytes
    err: bytes = b""
    left: tuple[int, ...] = ()


def on_a_terminal(*arguments: object, columns: int = 100, **environment: str) -> Ended:
    """What a command writes to a pseudo-terminal, byte for byte; its bar is there from the first moment."""
    command = [sys.executable, "-c", AT_ONCE + RUN, *map(str, arguments)]
    given = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return run_on_a_terminal(command, given | {"TERM": "xterm", **environment}, columns)


def run_on_a_terminal(command: list[str], environment: Mapping[str, str], columns: int = 0) -> Ended:
    """What a process writes to a pseudo-terminal, byte for byte; ``columns``: its width, 0 for one that tells none."""
    import fcntl
    import termios

    ours, theirs = os.openpty()
    if columns:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    read: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                if not (data := os.read(ours, 65_536)):
                    return
            except OSError:  # how a terminal ends
                return
            read.append(data)

    listener = threading.Thread(target=listen)
    listener.start()
    done = subprocess.run(command, stdin=theirs, stdout=theirs, stderr=theirs, check=False, env=environment)
    os.close(theirs)
    listener.join()
    os.close(ours)
    return Ended(done.returncode, b"".join(read))


def in_a_pipe(*arguments: object, **environment: str) -> Ended:
    command = [sys.executable, "-c", AT_ONCE + RUN, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **environment})
    return Ended(done.returncode, done.stdout, done.stderr)


def interrupted(
    step: str, number: int, *arguments: object, environment: Mapping[str, str] | None = None
) -> Ended:  # fmt: skip
    """A command whose whole group hears SIGINT, as from a terminal, when it tells of a step for the ``number``-th
    time."""
    return _stopped(_INTERRUPT.format(at=(step, number)) + RUN, arguments, environment)


_WATCH = """
import atexit, os, signal, sys, time
seen = []
def hold(gate, starter=os.getppid()):
    open(gate + ".reached", "w").close()
    while not os.path.exists(gate) and os.getppid() == starter:
        time.sleep(0.01)
def watch(event, told, home=os.getpid()):
    if event.partition(".")[0] not in ("open", "os", "sqlite3"):
        return  # a module, or a word, has a name as well
    if told and isinstance(told[0], str | os.PathLike) and os.getpid() == home:
        if os.path.abspath(told[0]).startswith({folder!r}):
            seen.append(event)
            if len(seen) == {number}:
                {act}
sys.addaudithook(watch)
"""
_TELL = "atexit.register(lambda: os.write(2, f'{len(seen)}'.encode()))\n"


def _acting(number: int, folder: Path, act: str) -> str:
    """A program that does something as it asks the system for the ``number``-th time for what lies in a folder, or for
    the folder itself: the same moment however quick the machine is."""
    return _WATCH.format(folder=str(folder), number=number, act=act)


def count_calls(folder: Path, *arguments: object, cwd: Path | None = None) -> int:
    """How often a command asks for something in a folder."""
    return int(_stopped(_acting(0, folder, "pass") + _TELL + RUN, arguments, cwd=cwd).err.splitlines()[-1])


def killed_at(number: int, folder: Path, *arguments: object) -> Ended:
    """A command that is killed at such a moment."""
    return _stopped(_acting(number, folder, "os.kill(home, signal.SIGKILL)") + RUN, arguments)


def interrupted_at(number: int, folder: Path, *arguments: object) -> Ended:
    """A command whose whole group hears SIGINT at such a moment."""
    return _stopped(_acting(number, folder, "os.killpg(0, signal.SIGINT)") + RUN, arguments)


def held_at(number: int, folder: Path, gate: Path) -> str:
    """A program as ``main`` is, that stops at such a moment until a file ``gate`` is there; one with ``.reached`` at
    its name says that it has come so far."""
    return _acting(number, folder, f"hold({str(gate)!r})") + RUN


_AS_IT_BEGINS = """
import os, signal
from smartcity_xl.cli.stopping import Stopping
listen = Stopping.listen
Stopping.listen = lambda self: (listen(self), os.killpg(0, signal.SIGINT))
"""
_AT_THE_END = "import gc, os, signal\ngc.freeze = lambda: os.killpg(0, signal.SIGINT)\n"


def interrupted_as_it_begins(*arguments: object) -> Ended:
    """A command whose whole group hears SIGINT as soon as anybody listens."""
    return _stopped(_AS_IT_BEGINS + RUN, arguments)


def interrupted_at_the_end(*arguments: object) -> Ended:
    """A command whose whole group hears SIGINT when all is done and said."""
    return _stopped(_AT_THE_END + RUN, arguments)


def _hear_it() -> None:
    """A suite that runs in the background hands down that Ctrl-C is passed over."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stopped(
    code: str, arguments: Sequence[object], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ended:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    given, hear = {**os.environ, **(environment or {})}, _hear_it if os.name == "posix" else None
    return run_group(command, 3 * LIMIT, cwd=cwd, env=given, preexec_fn=hear)


def run_group(command: Sequence[str], seconds: float, **given: Any) -> Ended:
    """A program to its end. What does not end is ended with all that it has started."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **given
    ) as run:  # fmt: skip
        try:
            out, err = run.communicate(timeout=seconds)
        except BaseException:  # whatever breaks off the wait, Ctrl-C too, leaves nothing running
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            raise
    return Ended(run.returncode, out, err, tuple(_of_session(run.pid)))


def _of_session(session: int) -> list[int]:
    """The processes of a session that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if words[3] == str(session) and words[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(happened: Callable[[], _Found], what: str) -> _Found:
    """What ``happened`` gives, as soon as it gives something; fails where it does not, and not by an Exception: a job
    would take that for a fault of one thing, and wait for the next as long."""
    limit = LIMIT / 12 if _GIVEN_UP else LIMIT
    until = time.monotonic() + limit
    while not (found := happened()):
        if time.monotonic() > until:
            _GIVEN_UP.append(what)
            pytest.fail(f"not within {limit:g} s: {what}")
        time.sleep(0.01)
    return found


def stand_still_half_way(monkeypatch: pytest.MonkeyPatch, once: Path) -> None:
    """From now on the first process forked from this one that hands over more than a line is stopped in the middle of
    it, as by SIGSTOP from outside; ``once`` is a file that is there from then on."""
    home, send = os.getpid(), Connection._send  # type: ignore[attr-defined]

    def half(self: Connection, data: Any, *more: Any) -> None:
        if os.getpid() != home and len(data) > 1_000 and not once.exists():
            once.touch()
            send(self, data[: len(data) // 2], *more)
            os.kill(os.getpid(), signal.SIGSTOP)
        send(self, data, *more)

    monkeypatch.setattr(Connection, "_send", half)


def ended(process_id: int) -> bool:
    """Whether a process is gone, as far as it can go by itself."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    try:
        return ") Z " in Path(f"/proc/{process_id}/stat").read_text()  # dead, and nobody has looked yet
    except OSError:
        return True
