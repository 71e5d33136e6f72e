"""From one city to the nation: ``python benchmarks/nation.py [--workbooks 23,1000,…] [--jobs 1,2] [--ways lean]``.

Collects provinces of that many workbooks with ``xlscore collect --by-city``, a fresh process each, and prints a
Markdown table: time by the clock and by the processor, the peak of memory of the whole family of processes, and each
workbook's time. Above 100 cities the folders are copies of the first 100 (their workbooks hard links, where the disk
knows them): each is collected anew all the same, for every city has a ledger, a memory and an output of its own.
``--small`` tries the whole at a few workbooks.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cities import make_rounds
from peak import watch
from timing import PYTHON, compile_all, environment

_DISTINCT = 100
"""Cities that are made; more are copies of these."""
EACH = 23
"""Workbooks of a city."""
_LOOK = 0.25
"""Seconds between two looks at the memory: a run of minutes is not to be slowed down by them."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What collecting a province cost. ``digest``: of every results.json and every workbook that goes back."""

    workbooks: int
    jobs: int
    lean: bool
    wall: float
    cpu: float
    family: float
    largest: float
    digest: str


def make_nation(folder: Path, cities: int) -> Path:
    """A folder for each city, in provinces of none: all lie side by side."""
    made = folder / f"made-{min(cities, _DISTINCT)}"
    if not made.exists():
        make_rounds(made, min(cities, _DISTINCT))
    own = sorted(made.iterdir())
    whole = folder / f"cities-{cities}"
    for number in range(cities):
        city = whole / f"{number:05d}"
        city.mkdir(parents=True)
        for path in own[number % len(own)].iterdir():
            try:
                os.link(path, city / path.name)
            except OSError:
                shutil.copyfile(path, city / path.name)
    return whole


def command(folder: Path, out: Path, jobs: int, lean: bool) -> list[str]:
    return [PYTHON, "-m", "smartcity_xl", "collect", str(folder), "--by-city", "--jobs", str(jobs), "--out", str(out),
            "--no-campaign", *(["--no-summary"] if lean else [])]  # fmt: skip


def collect(folder: Path, jobs: int, lean: bool) -> Collected:
    workbooks = sum(1 for _ in folder.glob("*/*.xlsx"))
    out = folder.with_name("out")
    shutil.rmtree(out, ignore_errors=True)
    words = command(folder, out, jobs, lean)
    before, began = _cpu(), time.perf_counter()
    with tempfile.TemporaryFile() as told:
        peak = watch(words, _LOOK, stdout=told, stderr=subprocess.STDOUT, env=environment())
        wall, cpu = time.perf_counter() - began, _cpu() - before
        told.seek(0)
        said = told.read().decode("utf-8", "replace")
    if peak.code not in (0, 1) or "Traceback" in said:
        raise SystemExit(f"{words} ended with {peak.code}:\n{said[-4_000:]}")
    digest = digest_of(out)
    shutil.rmtree(out)
    return Collected(workbooks, jobs, lean, wall, cpu, peak.family, peak.largest, digest)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def digest_of(out: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted((*out.glob("*/results*.json"), *out.glob("*/*/*.xlsx"))):
        digest.update(f"{path.relative_to(out)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def measure(folder: Path, workbooks: Sequence[int], jobs: Sequence[int], ways: Sequence[bool]) -> Iterator[Collected]:
    for number in workbooks:
        province = make_nation(folder, max(1, round(number / EACH)))
        for lean in ways:
            runs = [collect(province, one, lean) for one in jobs]
            if len({run.digest for run in runs}) > 1:
                raise SystemExit(f"{number} workbooks: another number of workers came to other bytes")
            yield from runs
        shutil.rmtree(province)


_HEADINGS = ("workbooks", "processes", "summaries", "clock", "processor", "each workbook, by the processor",
             "ahead of one process, by the clock", "memory, workers included (largest process)")  # fmt: skip


def tell(runs: Iterator[Collected]) -> None:
    print(f"| {' | '.join(_HEADINGS)} |\n|{' --- |' * len(_HEADINGS)}")
    alone: dict[tuple[int, bool], float] = {}
    for one in runs:
        ahead = alone.setdefault((one.workbooks, one.lean), one.wall) / one.wall
        cells = (
            f"{one.workbooks:,}", str(one.jobs), "on demand" if one.lean else "all", f"{one.wall:,.1f} s",
            f"{one.cpu:,.1f} s", f"{one.cpu / one.workbooks * 1000:.1f} ms", f"{ahead:.2f} ×",
            f"{one.family:.0f} MiB ({one.largest:.0f})",
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workbooks", default="23,1000,2300,10000,90000", help="how many, each a row of its own")
    parser.add_argument(
        "--jobs", default="1,2", help="numbers of processes, the first what others are held against (1,2)"
    )
    parser.add_argument("--ways", default="lean,whole", help="summaries on demand (lean), all written (whole), or both")
    parser.add_argument(
        "--folder", type=Path, help="where to work: 90,000 workbooks take some 15 GB (a temporary folder)"
    )
    parser.add_argument("--small", action="store_true", help="a few workbooks, to try it")
    given = parser.parse_args()
    compile_all()
    sizes = [23, 92] if given.small else list(map(int, given.workbooks.split(",")))
    ways = [one == "lean" for one in given.ways.split(",")]
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        tell(measure(Path(folder), sizes, list(map(int, given.jobs.split(","))), ways))
    return 0


if __name__ == "__main__":
    sys.exit(main())
