"""Many cities by a cluster of Dask: its scheduler hands out batches, its workers collect them as this machine would.

What a worker is given is this program's own; the engine, its queue, and what becomes of work whose worker is gone are
Dask's. ``docs/decisions/0030-beyond-one-machine.md`` says why so.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from smartcity_xl.confined import bounds
from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.model.headway import Follow, Headway, unfollowed
from smartcity_xl.run.batch import LOCAL, pack_batches, run_batch, size_of_batch, stop_batches
from smartcity_xl.run.cities import FAILED, KILLED, ROUND, CityOutcome, CityTask, fail_city
from smartcity_xl.run.fingerprint import program_digest
from smartcity_xl.storage import is_place

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT, ARRIVE, RETURN = 10.0, 30.0, 60.0
"""Seconds until an address answers, until a first worker is there, and until one is there again."""
_LOOK = 0.5
"""Seconds after which the run looks up at the latest."""
_AGAIN = ("place-unreachable", "place-failed", "place-changed", "cluster-other-program")
"""Faults that may be gone another time, on another machine: such a city is tried once more."""


class WorkerSeen(Struct, frozen=True):
    """What a worker says of itself: its machine, its program, and which of the folders it does not see."""

    host: str
    program: str
    unseen: tuple[str, ...]


def collect_clustered(
    tasks: Sequence[CityTask],
    address: str,
    jobs: int = 1,
    follow: Follow = unfollowed,
    elapsed: Callable[[], float] = lambda: 0.0,
) -> Iterator[CityOutcome]:
    """Each city's outcome, in the order of the tasks: the same as ``collect_cities`` gives, and the same bytes.

    ``address`` is a scheduler's, or LOCAL; ``elapsed`` tells seconds, and without it no cluster is gone too long.
    Raises UsageFault, MachineFault; a batch that fails is no exception.
    """
    with _connected(address, jobs) as client:
        _prove_workers(client, tasks)
        run = _Run(client, tasks, follow, elapsed)
        try:
            yield from run.outcomes()
        finally:
            run.end()


@contextmanager
def _connected(address: str, jobs: int) -> Iterator[Client]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MachineFault("cluster-extra", package=error.name or "distributed") from error
    with dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT}s"}):
        if address == LOCAL:
            with _local(LocalCluster, jobs) as cluster, Client(cluster, set_as_default=False) as client:
                yield client
                return
        try:
            client = _connect(Client, address)
        except (TypeError, RuntimeError) as error:  # no certificate where one is wanted, or encryption where none is
            raise MachineFault("cluster-tls", address=address, reason=str(error)) from error
        except (OSError, TimeoutError) as error:
            if reason := _say_tls(error):
                raise MachineFault("cluster-tls", address=address, reason=reason) from error
            raise MachineFault("cluster-unreachable", address=address, seconds=round(CONNECT)) from error
        except ValueError as error:
            raise UsageFault("cluster-address", found=address) from error
        with client:
            yield client


def _say_tls(error: BaseException | None) -> str:
    """What is wrong with the certificates, where it is that; "" where nobody answers."""
    from ssl import SSLError

    while error:
        if isinstance(error, SSLError | FileNotFoundError):
            return str(error)
        error = error.__cause__ or error.__context__
    return ""


def _connect(kind: Any, address: str) -> Any:
    """Once more where the thread that speaks to the cluster did not begin within the ten seconds that Dask gives it: a
    machine that stood still for a moment."""
    try:
        return kind(address, timeout=CONNECT, set_as_default=False)
    except AssertionError:
        return kind(address, timeout=CONNECT, set_as_default=False)


def _local(kind: Any, jobs: int) -> Any:
    """A cluster on this machine. Ctrl-C is this process's to hear, and of none of those that are started here."""
    if sys.platform != "win32":  # what keeps order among spawned processes would hear it again as it starts
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()
    with bounds.unheard_interrupts():
        return kind(
            n_workers=jobs, threads_per_worker=1, memory_limit=0, dashboard_address="127.0.0.1:0", host="127.0.0.1",
            silence_logs=logging.CRITICAL,
        )  # fmt: skip


def _prove_workers(client: Client, tasks: Sequence[CityTask]) -> None:
    """Raise where there is none, where one is another program, and where one does not see a folder that all must."""
    try:
        client.wait_for_workers(1, timeout=ARRIVE)
    except TimeoutError as error:
        raise MachineFault("cluster-no-workers", address=_address(client), seconds=round(ARRIVE)) from error
    with _token(tasks) as paths:
        try:
            seen: Mapping[str, WorkerSeen] = client.run(look_around, paths)
        except (ImportError, AttributeError) as error:
            raise MachineFault("cluster-no-program", address=_address(client), reason=str(error)) from error
        except OSError as error:
            raise MachineFault("cluster-lost", address=_address(client)) from error
    others = sorted({one.host for one in seen.values() if one.program != program_digest()})
    if others:
        raise MachineFault("cluster-other-program", workers=", ".join(others))
    for one in seen.values():
        if one.unseen:
            raise MachineFault("cluster-not-shared", path=str(Path(one.unseen[0]).parent), worker=one.host)


@contextmanager
def _token(tasks: Sequence[CityTask]) -> Iterator[list[str]]:
    """What every worker must see, by its whole path: a file that is just laid into each folder that is written to, and
    what is read."""
    written = (task.place if task.kind == ROUND else task.out for task in tasks)
    roots = sorted({Path(one).absolute().parent for one in written if not is_place(one)})
    read = sorted({str(Path(task.place).absolute().parent) for task in tasks if not is_place(task.place)})
    name = f".xlscore-seen-{socket.gethostname()}-{os.getpid()}"
    try:
        for root in roots:
            root.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
        yield [*(str(root / name) for root in roots), *read]
    except OSError as error:
        raise MachineFault(
            "folder-unwritable", path=str(error.filename), reason=error.strerror or str(error)
        ) from error
    finally:
        for root in roots:
            (root / name).unlink(missing_ok=True)


def look_around(paths: Sequence[str]) -> WorkerSeen:
    """What a worker says of itself; it is asked for by name."""
    return WorkerSeen(socket.gethostname(), program_digest(), tuple(path for path in paths if not Path(path).exists()))


class _Run:
    """The batches under way, and what has come of them."""

    def __init__(self, client: Client, tasks: Sequence[CityTask], follow: Follow, elapsed: Callable[[], float]) -> None:
        self.client, self.tasks, self.follow, self.elapsed = client, tasks, follow, elapsed
        self.under_way: dict[Future, tuple[int, ...]] = {}
        self.came: dict[int, CityOutcome] = {}
        self.again: set[int] = set()
        self.accused: list[int] = []
        self.alone: set[int] = set()
        self.alone_since = 0.0

    def outcomes(self) -> Iterator[CityOutcome]:
        told, whole = 0, len(self.tasks)
        self._hand_out(range(whole), size_of_batch(whole, self._count_threads()))
        self.follow(Headway("cities", 0, whole))
        while told < whole:
            if not self.under_way:
                self._try_alone(self.accused.pop(0))
            for future in self._wait():
                self._take_in(future, self.under_way.pop(future))
            self.follow(Headway("cities", told + len(self.came), whole))
            while told in self.came:
                yield self.came.pop(told)
                told += 1

    def _count_threads(self) -> int:
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    def _hand_out(self, numbers: Sequence[int], size: int) -> None:
        batches = pack_batches([self.tasks[number] for number in numbers], size)
        for at, batch in enumerate(batches):
            future = self.client.submit(run_batch, batch, self.client.id, retries=1, pure=False)
            self.under_way[future] = tuple(numbers[at * size : (at + 1) * size])

    def _wait(self) -> list[Future]:
        """Those that are over; none where nothing has happened for a while. Raises MachineFault where nobody is left
        who could go on."""
        from distributed import wait

        try:
            with self.client.as_current():
                done = wait(list(self.under_way), timeout=_LOOK, return_when="FIRST_COMPLETED").done
            if any(future.status in ("cancelled", "lost") for future in done):
                raise MachineFault("cluster-lost", address=_address(self.client))
            return sorted(done, key=lambda future: self.under_way[future])
        except TimeoutError:
            self._prove_somebody_works()
            return []
        except OSError as error:
            raise MachineFault("cluster-lost", address=_address(self.client)) from error

    def _prove_somebody_works(self) -> None:
        there = self.client.status == "running" and self.client.scheduler_info(n_workers=1)["n_workers"]
        self.alone_since = 0.0 if there else self.alone_since or self.elapsed()
        if self.alone_since and self.elapsed() - self.alone_since > RETURN:
            raise MachineFault("cluster-lost", address=_address(self.client))

    def _take_in(self, future: Future, numbers: tuple[int, ...]) -> None:
        if future.status == "finished":
            for number, outcome in zip(numbers, future.result(), strict=True):
                self._note(number, outcome)
        elif len(numbers) > 1:  # one of them may be at fault, and no other shall pay for it
            self._hand_out(numbers, 1)
        elif _was_killed(error := future.exception()) and numbers[0] not in self.alone:
            self.accused += numbers
        else:
            self.came[numbers[0]] = _failed(self.tasks[numbers[0]], error)

    def _try_alone(self, number: int) -> None:
        """Dask counts a worker's end against all that it was given, what only waited there too. With nothing beside it
        a city pays for itself."""
        self.alone.add(number)
        self._hand_out((number,), 1)

    def _note(self, number: int, outcome: CityOutcome) -> None:
        if outcome.state == FAILED and outcome.fault and outcome.fault.code in _AGAIN and number not in self.again:
            self.again.add(number)
            self._hand_out((number,), 1)
        else:
            self.came[number] = outcome

    def end(self) -> None:
        """Where it is left before its end, nothing goes on without it."""
        if not self.under_way:
            return
        try:
            self.client.cancel(list(self.under_way), force=True)
            self.client.run(stop_batches, self.client.id)
        except Exception as error:  # noqa: BLE001 - the cluster may be gone, which is told already
            logging.getLogger(__name__).warning("batches may go on: %s", error)


def _was_killed(error: Any) -> bool:
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)


def _failed(task: CityTask, error: Any) -> CityOutcome:
    if _was_killed(error):
        return fail_city(task, KILLED, XlscoreError("cluster-killed", city=task.name, worker=error.last_worker.host))
    return fail_city(task, KILLED, XlscoreError("cluster-failed", city=task.name, reason=str(error)))


def _address(client: Client) -> str:
    return str(client.scheduler.address) if client.scheduler else "–"
