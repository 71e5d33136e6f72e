"""What a child process may use, as its system can be told: once as it begins, and anew for every file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from pathlib import Path

from smartcity_xl.books import limits

if sys.platform == "win32":
    from smartcity_xl.confined.windows import bound_memory, free_memory

    def stand_alone() -> None:
        """Nothing: what Ctrl-C does to the child there, it does to the parent too."""

    def end_with_parent(_: int = 0) -> None:
        """Nothing: there it sees that its pipe is closed."""

    def bound_time() -> None:
        """Nothing: there the parent looks at the clock."""

    def free_time() -> None:
        """Nothing, as nothing was bound."""

    def waiting_for(connection: Connection) -> Callable[[float], bool]:
        """Waits so many seconds for an answer: whether one is there, or the other end is closed."""
        return connection.poll

    def bound_wait(connection: Connection, seconds: float) -> None:
        """Nothing: there a message comes whole or not at all."""

    @contextmanager
    def unheard_interrupts() -> Iterator[None]:
        """Nothing: a child that is spawned hears Ctrl-C as its parent does."""
        yield

else:
    import resource
    import select
    import signal
    import socket
    import struct

    def stand_alone() -> None:
        """Stand in a group of its own, so that Ctrl-C is the parent's to hear and whatever was started here ends with
        the child; and end with the parent, where the system knows how."""
        os.setpgid(0, 0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        if hard == resource.RLIM_INFINITY or hard > limits.READER_OUTPUT:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limits.READER_OUTPUT, hard))
        end_with_parent()

    def end_with_parent(parent: int = 0) -> None:
        """Be killed as soon as the parent is gone, where the system knows how; and end now where it was gone before
        that could be asked for. ``parent`` as for ``is_parent_gone``."""
        if sys.platform == "linux":
            import ctypes

            ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
        if is_parent_gone(parent):
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def unheard_interrupts() -> Iterator[None]:
        """Within it Ctrl-C waits: a child that is forked here would tell of it in Python's words before it stands
        alone."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def bound_memory(bytes_more: int) -> None:
        """Let the process have so much memory beyond what it has now. Where nothing tells how much that is (macOS),
        it stays without a bound."""
        used = _memory_used()
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = used + bytes_more
        if used and (hard == resource.RLIM_INFINITY or wanted < hard):
            resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))

    def free_memory() -> None:
        """Lift the bound, so that it can be told that it was reached."""
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))

    def waiting_for(connection: Connection) -> Callable[[float], bool]:
        """Waits so many seconds for an answer: whether one is there, or the other end is closed. The connection's own
        way makes ready to wait each time, which takes longer than to be told."""
        told = select.poll()
        told.register(connection.fileno(), select.POLLIN)
        return lambda seconds: bool(told.poll(1_000 * seconds))

    def bound_wait(connection: Connection, seconds: float) -> None:
        """Let whoever reads or writes here hear BlockingIOError once nothing has moved for so long: a process that is
        stopped half way through a message would else be waited for without end. ``connection``: of a duplex pipe."""
        whole, part = divmod(seconds, 1)
        with socket.socket(fileno=os.dup(connection.fileno())) as ours:
            ours.setblocking(True)  # whatever a program that calls us wants of all its sockets
            for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                ours.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", int(whole), int(part * 1_000_000)))

    def bound_time() -> None:
        """Let the system end the process once it has worked, or merely been there, too long over one file: also where
        it hangs in a library and hears nothing."""
        spent = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        wanted = int(spent.ru_utime + spent.ru_stime + limits.READER_SECONDS) + 1
        if hard == resource.RLIM_INFINITY or wanted < hard:
            resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))
        signal.alarm(limits.READER_CLOCK)

    def free_time() -> None:
        """Lift the bound of merely being there: a child that waits to be asked takes no time over any file."""
        signal.alarm(0)


_PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of Linux."""


def is_parent_gone(parent: int = 0) -> bool:
    """Whether another process looks after this one by now. ``parent`` is the number of the one that started it;
    multiprocessing knows it of what it has started."""
    started_by = parent_process()
    return os.getppid() != (started_by.pid if started_by else parent)


def _memory_used() -> int:
    """Bytes of memory of its own that this process has asked for; 0 where nothing tells it."""
    try:
        status = Path("/proc/self/status").read_bytes()
    except OSError:
        return 0
    found = status.partition(b"\nVmData:")[2].split(None, 1)
    return int(found[0]) * 1024 if found else 0


def ended_by_time(exit_code: int | None) -> bool:
    """Whether a process was ended for having taken too long."""
    if sys.platform == "win32" or exit_code is None:
        return False
    return -exit_code in (signal.SIGXCPU, signal.SIGALRM)


def say_exit(exit_code: int | None) -> str:
    """How a process ended, in the words of its system."""
    if exit_code is not None and exit_code < 0 and sys.platform != "win32":
        try:
            return signal.Signals(-exit_code).name
        except ValueError:
            return f"signal {-exit_code}"
    return f"exit {exit_code}"


def kill_group(pid: int) -> None:
    """End all that a child has started, and the child, at once. On Windows its job object does that."""
    if sys.platform != "win32":
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it has come to no group of its own, and started nothing
            return
