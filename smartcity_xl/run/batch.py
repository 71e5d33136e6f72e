"""Several cities in a program of their own: whoever asks for them, a thread or a worker of a cluster, is never forked,
and a file that kills its reader kills nobody but a process of that program.

Cities travel there as plain data, and with them the files of the office's own that the command named; no key of a
storage does: each machine has its own.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import count
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.confined import bounds
from smartcity_xl.errors import MachineFault
from smartcity_xl.model.headway import Follow, Headway, unfollowed
from smartcity_xl.run.cities import FAILED, CityOutcome, CityTask, fail_city
from smartcity_xl.run.fingerprint import program_digest
from smartcity_xl.storage import is_place

_LUGGAGE = "luggage:"
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from smartcity_xl.cli.batch import main;"
    " main(int(sys.argv[2]))"
)
"""The very modules that are loaded here, wherever they lie."""
_UNDER_WAY: dict[subprocess.Popen[bytes], str] = {}
"""The programs that this process has started and that have not ended, and the run that each is of."""
_STOPPED: set[str] = set()
"""Runs that nobody asks any more. A batch of theirs may still come: it was on its way."""
_RUNS = count(1)


LOCAL = "local"
"""In place of a scheduler's address: a cluster on this machine, for as long as the run."""
_BATCH, _SHARES = 10, 4
"""Cities at most in a batch, about 300 workbooks; batches that each worker gets at least, where cities are enough."""
_LOOK = 0.5
"""Seconds after which the run looks up at the latest."""


class Batch(Struct, frozen=True):
    """``luggage``: name -> bytes; a task names what of it is its own. ``program``: the digest of the one that is to
    collect them. ``home``: the folder from which their paths count, so that everybody names them as they were typed;
    "" where all are whole."""

    tasks: tuple[CityTask, ...]
    luggage: dict[str, bytes]
    program: str
    home: str = ""

    def __repr__(self) -> str:
        return f"Batch({', '.join(task.name for task in self.tasks)})"


def pack_batches(tasks: Sequence[CityTask], size: int) -> list[Batch]:
    """So many cities each. What a task names as a file or a folder here goes with it. Raises MachineFault."""
    luggage: dict[str, bytes] = {}
    packed: dict[str, str] = {}

    def pack(text: str) -> str:
        path = Path(text)
        if not text or not path.exists():
            return text
        if text not in packed:
            packed[text] = f"{_LUGGAGE}{len(packed)}/{path.resolve().name}"
            luggage.update(_read(path, packed[text].removeprefix(_LUGGAGE)))
        return packed[text]

    ready = [replace(task, assignment=pack(task.assignment), systems=tuple(map(pack, task.systems))) for task in tasks]
    home = str(Path.cwd()) if any(map(_is_relative, ready)) else ""
    return [Batch(tuple(ready[at : at + size]), luggage, program_digest(), home) for at in range(0, len(ready), size)]


def _is_relative(task: CityTask) -> bool:
    paths = (one for one in (task.place, task.out, task.ledger) if one and not is_place(one))
    return not all(Path(one).is_absolute() for one in paths)


def _read(path: Path, name: str) -> dict[str, bytes]:
    try:
        if path.is_file():
            return {name: path.read_bytes()}
        return {
            f"{name}/{one.relative_to(path).as_posix()}": one.read_bytes() for one in path.rglob("*") if one.is_file()
        }
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error


def run_batch(batch: Batch, run: str = "") -> list[CityOutcome]:
    """What came of each city. ``run``: by what name it is stopped. Raises RuntimeError where the program itself was
    ended: memory too little for it, a machine that is being shut down, a run that was stopped."""
    if run in _STOPPED:
        raise RuntimeError("stopped")
    modules = [str(Path(one).absolute()) for one in sys.path]
    with subprocess.Popen(  # noqa: S603 - this program
        [sys.executable, "-P", "-c", _START, json.dumps(modules), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as program:
        _UNDER_WAY[program] = run
        try:
            if run in _STOPPED:  # while it was started: it has nothing in hand yet
                program.kill()
            answer, _ = program.communicate(pickle.dumps(batch))
        finally:
            del _UNDER_WAY[program]
            if program.poll() is None:
                program.kill()
    if program.returncode:
        raise RuntimeError(bounds.say_exit(program.returncode))
    return cast(list[CityOutcome], pickle.loads(answer))  # noqa: S301 - our own program's


def collect_in_programs(tasks: Sequence[CityTask], jobs: int, follow: Follow = unfollowed) -> Iterator[CityOutcome]:
    """Each city's outcome, in the order of the tasks, by so many programs at once on this machine."""
    with ThreadPoolExecutor(jobs) as pool:
        size, told, run = size_of_batch(len(tasks), jobs), 0, f"{next(_RUNS)}"
        asked = [pool.submit(run_batch, batch, run) for batch in pack_batches(tasks, size)]
        try:
            while told < len(asked):
                done = sum(one.done() for one in asked)
                follow(Headway("cities", min(done * size, len(tasks)), len(tasks)))
                wait(asked[told:], timeout=_LOOK, return_when=FIRST_COMPLETED)
                while told < len(asked) and asked[told].done():
                    yield from asked[told].result()
                    told += 1
            follow(Headway("cities", len(tasks), len(tasks)))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_batches(run)
            raise


def size_of_batch(cities: int, workers: int) -> int:
    """So many that the start of a program counts for little, and so few that no worker is left alone with the last."""
    shares = 1 if cities <= workers * _BATCH else _SHARES
    return max(1, min(_BATCH, -(-cities // (workers * shares))))


def stop_batches(run: str) -> None:
    """Interrupt what runs here for a run, and what will, as Ctrl-C: cities are left in order."""
    _STOPPED.add(run)
    for program, whose in tuple(_UNDER_WAY.items()):
        if whose == run:
            program.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)


def _collect(batch: Batch, elapsed: Callable[[], float]) -> Iterator[CityOutcome]:
    from smartcity_xl.run.city_workers import collect_cities
    from smartcity_xl.run.placed import collect_placed

    if batch.program != program_digest():
        fault = MachineFault("cluster-other-program", workers=_say_machine())
        yield from (fail_city(task, FAILED, fault) for task in batch.tasks)
        return
    with tempfile.TemporaryDirectory(prefix="xlscore-luggage-", ignore_cleanup_errors=True) as folder:
        for name, data in batch.luggage.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

        def unpack(text: str) -> str:
            return str(Path(folder, text.removeprefix(_LUGGAGE))) if text.startswith(_LUGGAGE) else text

        tasks = [
            replace(task, assignment=unpack(task.assignment), systems=tuple(map(unpack, task.systems)))
            for task in _go_home(batch)
        ]
        yield from collect_cities(tasks, 1, work=collect_placed, elapsed=elapsed, apart=True)


def _go_home(batch: Batch) -> Sequence[CityTask]:
    """Its tasks, whose paths count from where this process is then. Where this machine has no such folder, what lies
    elsewhere may be here all the same: their paths are whole ones."""

    def whole(text: str) -> str:
        return text if not text or is_place(text) else os.path.normpath(Path(batch.home, text))

    try:
        os.chdir(batch.home or ".")
    except OSError:
        return [replace(one, place=whole(one.place), out=whole(one.out), ledger=whole(one.ledger))
                for one in batch.tasks]  # fmt: skip
    return batch.tasks


def _say_machine() -> str:
    import socket

    return socket.gethostname()


def serve(parent: int, elapsed: Callable[[], float]) -> None:
    """Read a batch, and write what came of it to the process of that number, which has started this one."""
    bounds.end_with_parent(parent)
    if sys.platform != "win32":  # whoever started it may hear none
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    batch = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own program's
    answer = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    try:
        outcomes = list(_collect(batch, elapsed))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    with open(answer, "wb") as stream:  # noqa: PTH123 - a descriptor
        pickle.dump(outcomes, stream)
