"""What commands and calls cost: the clock's time and the processor's, in pairs that take turns."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the clock and of the processor, those of all children included."""

    wall: float
    cpu: float


def environment() -> dict[str, str]:
    """That of every child: bytecode may be written and is used, the language is fixed."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "XLSCORE_LANG")
    }
    paths = [str(ROOT), *filter(None, kept.get("PYTHONPATH", "").split(os.pathsep))]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "XLSCORE_LANG": "en", "PYTHONIOENCODING": "utf-8"}


def compile_all() -> None:
    """Bytecode for all that is measured, before anything is."""
    for folder in (ROOT / "smartcity_xl", ROOT / "benchmarks", ROOT / "samples"):
        compileall.compile_dir(folder, quiet=2)


def run(command: Sequence[str]) -> tuple[Spent, str]:
    """Run a command to its end; what it cost, and what it printed. An exit code of 1 only says that something is left
    for a person."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=errors, env=environment())
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        told = errors.read().decode("utf-8", "replace")
        if child.returncode not in (0, 1) or "Traceback" in told:
            raise SystemExit(f"{command} ended with {child.returncode}:\n{told}")
        out.seek(0)
        return Spent(wall, usage.ru_utime + usage.ru_stime), out.read().decode("utf-8", "replace")


Job = Callable[[], Spent]


def command(given: Sequence[str], before: Callable[[], object] = lambda: None) -> Job:
    """A command as a job; ``before`` is not counted."""

    def job() -> Spent:
        before()
        return run(given)[0]

    return job


def call(given: Callable[[], object]) -> Job:
    """A call in this process as a job."""

    def job() -> Spent:
        cpu, wall = time.process_time(), time.perf_counter()
        given()
        return Spent(time.perf_counter() - wall, time.process_time() - cpu)

    return job


def take_turns(jobs: Mapping[str, Job], rounds: int, warm: bool = True) -> dict[str, list[Spent]]:
    """What each job cost in each round, one after another, each second round backwards; a round first that does not
    count, to warm the disk."""
    spent: dict[str, list[Spent]] = {name: [] for name in jobs}
    for number in range(-int(warm), rounds):
        names = list(jobs) if number % 2 else list(reversed(jobs))
        for name in names:
            one = jobs[name]()
            if number >= 0:
                spent[name].append(one)
    return spent


def ratio(above: Sequence[Spent], below: Sequence[Spent]) -> float:
    """How many times dearer one of a pair is, by the processor: the median of the pairs."""
    return statistics.median(one.cpu / other.cpu for one, other in zip(above, below, strict=True))


_FIXED = "total = 0\nfor number in range(3_000_000):\n    total += number * number % 7"


def noise(rounds: int) -> tuple[float, float]:
    """How far a fixed job's times lie apart: (largest - smallest) / median, by the clock and by the processor."""
    spent = take_turns({"fixed": command([PYTHON, "-c", _FIXED])}, max(3, rounds))["fixed"]
    return _spread([one.wall for one in spent]), _spread([one.cpu for one in spent])


def _spread(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / statistics.median(values)
