"""Many cities, each a task: in this process, or in worker processes of which one that dies costs one city alone.

The outcomes come in the order of the tasks, and do not depend on who did which, or when. A worker does one city after
another, so that what they have in common is made once. ``docs/decisions/0026-many-cities.md`` says why so.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.confined import bounds, child, one_child
from smartcity_xl.errors import MachineFault, XlscoreError
from smartcity_xl.form.many import many_cities
from smartcity_xl.model import Parcel
from smartcity_xl.model.headway import Follow, Headway, unfollowed
from smartcity_xl.run.cities import KILLED, CityOutcome, CityTask, collect_city, fail_city

Work = Callable[[CityTask, Follow, Callable[[Parcel | None], None]], CityOutcome]
_START = "spawn" if sys.platform == "win32" else "fork"
_NOTE = 1_024
"""Bytes in which a worker notes what it is reading."""
_LEAVE = 10.0
"""Seconds that a worker has to leave its city in order."""


class WorkerBounds(Struct, frozen=True):
    """What a worker may use: ``memory`` in bytes, beyond what it has as it begins; ``seconds`` by the clock for one
    city."""

    memory: int = 2 * 2**30
    seconds: float = 3_600.0


USUAL_BOUNDS = WorkerBounds()


class ReadingNow(Struct, frozen=True):
    """The parcel that a worker was reading; "" where it was reading none."""

    sha256: str
    name: str


def _no_time() -> float:
    return 0.0


def collect_cities(
    tasks: Sequence[CityTask],
    jobs: int = 1,
    follow: Follow = unfollowed,
    within: WorkerBounds = USUAL_BOUNDS,
    work: Work = collect_city,
    elapsed: Callable[[], float] = _no_time,
    apart: bool = False,
) -> Iterator[CityOutcome]:
    """Each city's outcome, in the order of the tasks. With one job, or one city, in this process, unless they are to be
    done ``apart`` from it in any case. ``follow`` is told how many are done; ``elapsed`` tells seconds, and without it
    no city takes too long. Ctrl-C, and whoever stops asking, ends the workers in order."""
    if not apart and (jobs <= 1 or len(tasks) <= 1):
        yield from _one_after_another(tasks, follow, work)
        return
    yield from _Office(tasks, min(jobs, len(tasks)), follow, within, work, elapsed).run()


def _one_after_another(tasks: Sequence[CityTask], follow: Follow, work: Work) -> Iterator[CityOutcome]:
    with one_child(), many_cities(len(tasks) > 1):
        for done, task in enumerate(tasks):
            now = Headway("cities", done, len(tasks))
            follow(now)
            yield work(task, lambda _, now=now: follow(now), _unnoted)  # type: ignore[misc]
    follow(Headway("cities", len(tasks), len(tasks)))


def _unnoted(_: Parcel | None) -> None:
    """In this process nobody is left to read the note."""


# --- the parent's side -------------------------------------------------------------------------------------------


class _Office:
    """Hands out the cities, and takes in what comes of them."""

    def __init__(
        self,
        tasks: Sequence[CityTask],
        jobs: int,
        follow: Follow,
        within: WorkerBounds,
        work: Work,
        elapsed: Callable[[], float],
    ) -> None:
        self.tasks, self.jobs, self.follow, self.within, self.work = tasks, jobs, follow, within, work
        self.elapsed = elapsed
        self.waiting = deque(enumerate(tasks))
        self.outcomes: dict[int, CityOutcome] = {}
        self.deaths: dict[int, list[ReadingNow]] = {}
        self.workers: list[_Worker] = []

    def run(self) -> Iterator[CityOutcome]:
        _load_what_all_need()
        told = 0
        self.follow(Headway("cities", 0, len(self.tasks)))
        try:
            while told < len(self.tasks):
                self._hand_out()
                self._take_in()
                self.follow(Headway("cities", told + len(self.outcomes), len(self.tasks)))
                while told in self.outcomes:
                    yield self.outcomes.pop(told)
                    told += 1
            for worker in self.workers:
                worker.dismiss()
        finally:
            self._end()

    def _hand_out(self) -> None:
        while self.waiting and (free := self._free()):
            free.give(*self.waiting.popleft())

    def _free(self) -> _Worker | None:
        free = next((worker for worker in self.workers if worker.number is None), None)
        if free is None and len(self.workers) < self.jobs:
            many = len(self.tasks) > self.jobs  # each has more than one, but for the last
            free = _Worker(self.within, self.work, self.elapsed, many)
            self.workers.append(free)
        return free

    def _take_in(self) -> None:
        """Wait until something comes of a city, or somebody has pressed Ctrl-C; a worker that was too long over one is
        ended."""
        ready = connection.wait([worker.mine for worker in self.workers], timeout=_LOOK)
        for worker in list(self.workers):
            number = worker.number
            if worker.mine in ready and (outcome := worker.take()) is not None:
                assert number is not None  # noqa: S101 - nobody else answers
                spared = tuple(note.name for note in self.deaths.get(number, ())[1:2])
                self.outcomes[number] = replace(outcome, spared=spared) if spared else outcome
            elif worker.mine in ready or worker.is_late():
                self._bury(worker)

    def _bury(self, worker: _Worker) -> None:
        """A worker is gone. Its city is tried once more in a new one, for whatever ended it may have nothing to do with
        the city; where the new one goes too, over the same file, once more without that file."""
        self.workers.remove(worker)
        number, late, ended, note = worker.number, worker.is_late(), worker.end(), worker.read_note()
        if number is None:  # it had nothing in its hands
            return
        task, before = self.tasks[number], self.deaths.setdefault(number, [])
        before.append(note)
        if late:
            fault = XlscoreError("city-late", city=task.name, minutes=round(self.within.seconds / 60))
        elif len(before) == 1:
            self.waiting.appendleft((number, task))
            return
        elif len(before) == 2 and note.sha256 and note == before[0]:
            self.waiting.appendleft((number, replace(task, spared=(*task.spared, (note.sha256, ended)))))
            return
        else:
            fault = XlscoreError("city-killed", city=task.name, reason=ended, file=note.name or "–")
        self.outcomes[number] = fail_city(task, KILLED, fault)

    def _end(self) -> None:
        for worker in self.workers:
            worker.interrupt()
        for worker in self.workers:
            worker.end(_LEAVE)


_LOOK = 0.5
"""Seconds after which the parent looks up at the latest."""


_STILL = 60.0
"""Seconds in which nothing more may come of an outcome that has begun to come: it is all there when it is sent."""


class _Worker:
    """One worker process, the pipe to it, and the number of the city that it has in hand."""

    def __init__(self, within: WorkerBounds, work: Work, elapsed: Callable[[], float], many: bool) -> None:
        """Raises MachineFault."""
        self.elapsed = elapsed
        context: Any = multiprocessing.get_context(_START)
        self.within, self.since = within, 0.0
        self.number: int | None = None
        try:
            self.note = context.RawArray("c", _NOTE)
            self.mine, theirs = context.Pipe()
            bounds.bound_wait(self.mine, _STILL)
            self.process: BaseProcess = context.Process(target=serve, args=(theirs, self.note, within, work, many))
            with theirs, bounds.unheard_interrupts():
                self.process.start()
        except OSError as error:
            raise MachineFault("worker-unstartable", reason=str(error)) from error

    def give(self, number: int, task: CityTask) -> None:
        self.number, self.since = number, self.elapsed()
        try:
            self.mine.send(task)
        except OSError:  # it is gone, which is seen when it is waited for
            return

    def take(self) -> CityOutcome | None:
        """What came of its city; None where the worker is gone, or stands still half way."""
        try:
            answer: tuple[CityOutcome, list[logging.LogRecord]] = self.mine.recv()
        except (EOFError, OSError):
            return None
        for record in answer[1]:
            logging.getLogger(record.name).handle(record)
        self.number = None
        return answer[0]

    def is_late(self) -> bool:
        return self.number is not None and self.elapsed() - self.since > self.within.seconds

    def read_note(self) -> ReadingNow:
        sha256, _, name = bytes(self.note.value).decode("utf-8", "replace").partition(" ")
        return ReadingNow(sha256, name)

    def dismiss(self) -> None:
        """Tell it that nothing more comes."""
        try:
            self.mine.send(None)
        except OSError:
            return

    def interrupt(self) -> None:
        """As Ctrl-C: it leaves its city in order. Where a system knows no such signal it is ended at once."""
        if self.process.pid and self.process.is_alive() and sys.platform != "win32":
            os.kill(self.process.pid, signal.SIGINT)

    def end(self, patience: float = 0.0) -> str:
        """End it, now or if it does not by itself, with all that it has started; and say how it ended."""
        if patience or not self.is_late():
            self.process.join(patience or _GONE)
        if self.process.exitcode is None:
            if self.process.pid:
                bounds.kill_group(self.process.pid)
            self.process.kill()
            self.process.join()
        self.mine.close()
        return bounds.say_exit(self.process.exitcode)


_GONE = 1.0
"""Seconds until a process whose pipe is closed is gone."""


def _load_what_all_need() -> None:
    """Once, before the first worker is forked, and not in each."""
    import smartcity_xl.form.returning
    import smartcity_xl.run.collecting
    import smartcity_xl.run.remembering
    import smartcity_xl.run.rounds
    import smartcity_xl.summary  # noqa: F401
    from smartcity_xl.run.fingerprint import program_digest

    program_digest()


# --- the worker's side -------------------------------------------------------------------------------------------


def serve(pipe: Any, note: Any, within: WorkerBounds, work: Work, many: bool) -> None:
    """Do one city after another until nothing more comes."""

    def noted(parcel: Parcel | None) -> None:
        note.value = f"{parcel.sha256} {parcel.name}".encode("utf-8", "replace")[: _NOTE - 1] if parcel else b""

    try:
        _stand_alone()
        bounds.bound_memory(within.memory)
        log = child.keep_log()
        with one_child(), many_cities(many):
            while (task := pipe.recv()) is not None:
                noted(None)
                pipe.send((work(task, unfollowed, noted), log))
                log.clear()
    except (EOFError, OSError, KeyboardInterrupt):  # nobody asks any more
        return


def _stand_alone() -> None:
    """Ctrl-C is the parent's to hear, who tells its workers; and a worker ends with its parent, where the system knows
    how. What a library prints goes nowhere."""
    gc.freeze()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    bounds.end_with_parent()
