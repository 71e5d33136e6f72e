"""What harm costs a province: ``python benchmarks/harmed.py [--workbooks 10000] [--jobs 2] [--folder F]``.

Collects the same province undisturbed, with workers killed on the way, cut off and started again by SIGKILL and by
Ctrl-C. It stops where one of them comes to other results or gives other workbooks back, and prints a Markdown table.
Linux only: a process's children are found in /proc.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nation import EACH, command, digest_of, make_nation
from timing import compile_all, environment

_EVERY = 20
"""Of so many cities one loses its worker: a city that loses two is told as one that cannot be collected."""
_SETTLE = 120.0
"""Seconds within which a run that was cut off lets go of everything."""


@dataclass(frozen=True, slots=True)
class Harmed:
    """A run and how it was harmed: by the clock, how many cities it had done when it was cut off, what it came to."""

    harm: str
    wall: float
    done: int
    digest: str


def run_to_the_end(words: list[str], out: Path, harm: Callable[[subprocess.Popen[bytes], Path], None] | None) -> int:
    """How many cities had results when it was harmed."""
    with tempfile.TemporaryFile() as told:
        running = subprocess.Popen(words, stdout=told, stderr=subprocess.STDOUT, env=environment())
        done = 0
        if harm:
            harm(running, out)
            done = _cities(out)
        code = running.wait()
        told.seek(0)
        said = told.read().decode("utf-8", "replace")
    cut_off = code in (-signal.SIGKILL, 130)
    if (code not in (0, 1) and not (harm and cut_off)) or "Traceback" in said:
        raise SystemExit(f"{words} ended with {code}:\n{said[-4_000:]}")
    return done


def _cities(out: Path) -> int:
    return sum(1 for _ in out.glob("*/results.json"))


def _wait_for(cities: int, running: subprocess.Popen[bytes], out: Path) -> None:
    while running.poll() is None and _cities(out) < cities:
        time.sleep(0.2)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:  # it has ended
        raise SystemExit("the run ended before it could be harmed; give it more workbooks") from None
    return found


def kill_workers(cities: int) -> Callable[[subprocess.Popen[bytes], Path], None]:
    """One after the other, as the run goes on."""

    def harm(running: subprocess.Popen[bytes], out: Path) -> None:
        for number in range(cities // _EVERY):
            _wait_for((number + 1) * _EVERY - _EVERY // 2, running, out)
            os.kill(_children(running.pid)[number % 2 - 1], signal.SIGKILL)

    return harm


def stop_half_way(sent: signal.Signals, cities: int) -> Callable[[subprocess.Popen[bytes], Path], None]:
    def harm(running: subprocess.Popen[bytes], out: Path) -> None:
        _wait_for(cities // 2, running, out)
        family = _children(running.pid)
        running.send_signal(sent)
        running.wait()
        until = time.monotonic() + _SETTLE
        while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < until:
            time.sleep(0.1)

    return harm


def measure(folder: Path, workbooks: int, jobs: int) -> Iterator[Harmed]:
    cities = max(_EVERY, round(workbooks / EACH))
    province = make_nation(folder, cities)
    out = folder / "out"
    words = command(province, out, jobs, lean=True)
    harms = {
        "none": None,
        f"{cities // _EVERY} workers killed": kill_workers(cities),
        "killed half way, run again": stop_half_way(signal.SIGKILL, cities),
        "Ctrl-C half way, run again": stop_half_way(signal.SIGINT, cities),
    }
    first = ""
    for name, harm in harms.items():
        shutil.rmtree(out, ignore_errors=True)
        began = time.perf_counter()
        done = run_to_the_end(words, out, harm)
        if name.endswith("again"):
            run_to_the_end(words, out, None)
        wall, digest = time.perf_counter() - began, digest_of(out)
        first = first or digest
        if harm and name.endswith("again") and done in (0, cities):
            raise SystemExit(f"{name}: {done} cities were done by then, which is not half way")
        if digest != first:
            raise SystemExit(f"{name}: other results, or other workbooks that go back")
        yield Harmed(name, wall, done, digest)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workbooks", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    given = parser.parse_args()
    compile_all()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else one in the background hands on that Ctrl-C passes
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        print("| harm | clock | cities done by then | results and workbooks that go back |\n| --- | --- | --- | --- |")
        for one in measure(Path(folder), given.workbooks, given.jobs):
            print(f"| {one.harm} | {one.wall:,.1f} s | {one.done or ''} | {one.digest[:12]} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
