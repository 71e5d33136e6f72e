"""Measure the project against a peer and against what is physically possible; prints a Markdown table.

``python benchmarks/run.py [ROUNDS]`` (7 rounds unless told otherwise). Nothing here is a test: times depend on the
machine, so every figure stands beside a peer's and a limit's from the same run. ``README.md`` explains the rows.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from city import INBOX, make_clean_inbox
from floors import read_bare, record_cells, write_bare
from peer import read_workbook

from smartcity_xl.arrival.inbox import is_litter, list_files, read_parcels
from smartcity_xl.books.package import Refused
from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.errors import XlscoreError
from smartcity_xl.form.checks import check_workbook
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.model import Parcel
from smartcity_xl.model.periods import period_of_round

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
ASSIGNMENT = load_assignment(load_catalog("cn-2018"))
CATALOG = for_period(load_catalog("cn-2018"), period_of_round(ASSIGNMENT.round))

STAGES = """
import sys, time
from smartcity_xl import cli
from smartcity_xl.run import collecting
loaded, plain, spent = time.perf_counter(), collecting.assess_intake, []
def assess(*given, **named):
    at = time.perf_counter()
    try:
        return plain(*given, **named)
    finally:
        spent.append(time.perf_counter() - at)
collecting.assess_intake = assess
code = cli.run_cli(["collect", sys.argv[1], "--out", sys.argv[2]])
print(spent[0], time.perf_counter() - loaded - spent[0], file=sys.stderr)
sys.exit(code)
"""
"""A collect that tells, on its last line of errors, the seconds of assessing and of all that follows its imports."""

PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""A launcher too small to be mistaken for the peak of the command that it runs."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. Quantities are in ``unit``; a floor or a peer of None was not measured."""

    name: str
    unit: str
    ours: Sequence[float]
    floor: Sequence[float] | None = None
    peer: Sequence[float] | None = None
    aim: str = ""
    met: str = ""


# --- measuring -----------------------------------------------------------------------------------------------


def run_once(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; 1 only says that something is left for a person."""
    environment = {**os.environ, "XLSCORE_LANG": "en", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr}")
    return done


def time_commands(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each command in each round, the commands taking turns; one round first to warm the disk."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            run_once(command)
            if number:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def time_calls(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """As ``time_commands``, in this process and warm."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if number:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def each(seconds: Sequence[float], number: int) -> list[float]:
    return [second / number for second in seconds]


# --- the rows ------------------------------------------------------------------------------------------------


def collect_command(inbox: Path, out: Path) -> list[str]:
    return [PYTHON, "-m", "smartcity_xl", "collect", str(inbox), "--out", str(out)]


def measure_collect(name: str, inbox: Path, work: Path, rounds: int, aim: float | None) -> Iterator[Row]:
    """The whole job from a cold start, against the peer's script and the bare libraries; then where it goes."""
    ours, cells = collect_command(inbox, work / "out"), work / "cells.json"
    run_once(ours)
    summary = next((work / "out").glob("*.xlsx"))
    cells.write_text(json.dumps(record_cells(summary.read_bytes())), encoding="utf-8")
    bare = work / "bare"
    bare.mkdir(exist_ok=True)
    for number, parcel in enumerate(readable(inbox)):
        (bare / f"{number}.xlsx").write_bytes(parcel.data)
    seconds = time_commands(
        {
            "ours": ours,
            "peer": [PYTHON, str(HERE / "peer.py"), str(inbox), str(work / "peer")],
            "floor": [PYTHON, str(HERE / "floors.py"), str(bare), str(cells), str(work / "floor.xlsx")],
        },
        rounds,
    )
    best = min(seconds["ours"])
    yield Row(f"collect, {name}, cold", "s", seconds["ours"], seconds["floor"], seconds["peer"],
              f"< {aim:g} s" if aim else "", yes(best < aim) if aim else "")  # fmt: skip
    stages = []
    for _ in range(rounds):
        began = time.perf_counter()
        told = run_once([PYTHON, "-c", STAGES, str(inbox), str(work / "out")]).stderr.splitlines()[-1]
        whole = time.perf_counter() - began
        assessing, rest = (float(part) for part in told.split())
        stages.append((whole - assessing - rest, assessing, rest))
    for part, title in enumerate(("start-up", "reading, checking, scoring", "writing and telling")):
        yield Row(f"– {title}", "s", [stage[part] for stage in stages])


def readable(inbox: Path) -> list[Parcel]:
    """The workbooks of an inbox that can be opened."""
    found = []
    for parcel in read_parcels(entry for entry in list_files(inbox) if not is_litter(entry.name)):
        with contextlib.suppress(Refused, XlscoreError):
            open_workbook(parcel)
            found.append(parcel)
    return found


def measure_reading(name: str, inbox: Path, rounds: int) -> Row:
    """Opening, reading and checking one workbook, in process and warm, against calamine and pandas alone."""
    parcels = readable(inbox)

    def ours() -> None:
        for parcel in parcels:
            book = open_workbook(parcel)
            check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT))

    seconds = time_calls(
        {
            "ours": ours,
            "floor": lambda: [read_bare(parcel.data) for parcel in parcels],
            "peer": lambda: [read_workbook(inbox / parcel.name) for parcel in parcels],
        },
        rounds,
    )
    times = {key: each(values, len(parcels)) for key, values in seconds.items()}
    best, floor, peer = (min(times[key]) for key in ("ours", "floor", "peer"))
    return Row(f"read and check a workbook, {name}, warm", "ms", times["ours"], times["floor"], times["peer"],
               "≤ 3 × floor; peer ≥ 10 × ours", f"{yes(best <= 3 * floor)}; {yes(peer >= 10 * best)}")  # fmt: skip


def measure_templates(rounds: int) -> Row:
    """All departments' workbooks, in memory and warm, against XlsxWriter writing the same cells without formats."""
    issue = Issue(ASSIGNMENT.round, "云溪市", ASSIGNMENT.deadline)

    def ours() -> list[bytes]:
        return [write_template(CATALOG, ASSIGNMENT, department, issue) for department in ASSIGNMENT.departments]

    cells = [record_cells(data) for data in ours()]
    seconds = time_calls({"ours": ours, "floor": lambda: [write_bare(sheets) for sheets in cells]}, rounds)
    return Row(f"write the {len(cells)} templates of a city, warm", "s", seconds["ours"], seconds["floor"])


def measure_help(rounds: int) -> Iterator[Row]:
    seconds = time_commands(
        {
            "ours": [PYTHON, "-m", "smartcity_xl", "--help"],
            "click": [PYTHON, "-c", "import click"],
            "pass": [PYTHON, "-c", "pass"],
            "peer": [PYTHON, "-c", "import pandas, openpyxl"],
        },
        rounds,
    )
    best = min(seconds["ours"])
    yield Row("xlscore --help (floor: import click)", "s", seconds["ours"], seconds["click"], seconds["peer"],
              "< 0.1 s", yes(best < 0.1))  # fmt: skip
    yield Row("xlscore --help (floor: python -c pass)", "s", seconds["ours"], seconds["pass"])


def measure_memory(name: str, inbox: Path, work: Path) -> Row:
    """Peak resident memory of the whole job; ``work`` as ``measure_collect`` left it."""
    commands = {
        "ours": collect_command(inbox, work / "out"),
        "peer": [PYTHON, str(HERE / "peer.py"), str(inbox), str(work / "peer")],
        "floor": [PYTHON, str(HERE / "floors.py"), str(work / "bare"), str(work / "cells.json"),
                  str(work / "floor.xlsx")],
    }  # fmt: skip
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peaks = {
        key: [int(run_once([PYTHON, "-c", PEAK, *command]).stdout) / unit for _ in range(3)]
        for key, command in commands.items()
    }
    return Row(f"peak memory of collect, {name}", "MiB", peaks["ours"], peaks["floor"], peaks["peer"])


def compare_totals(inbox: Path, work: Path) -> str:
    ours = json.loads((work / "out" / "results.json").read_text(encoding="utf-8"))["total"]["score"]
    peer = run_once([PYTHON, str(HERE / "peer.py"), str(inbox), str(work / "peer")]).stdout.strip()
    return f"total {ours} by ours, {peer} by the peer"


# --- the table -----------------------------------------------------------------------------------------------

_SCALE = {"s": (1, 3), "ms": (1000, 2), "MiB": (1, 0)}


def yes(met: bool) -> str:
    return "yes" if met else "**no**"


def show(values: Sequence[float] | None, unit: str) -> str:
    if values is None:
        return ""
    scale, places = _SCALE[unit]
    return f"{min(values) * scale:.{places}f} ({statistics.median(values) * scale:.{places}f}) {unit}"


def show_row(row: Row) -> str:
    best = min(row.ours)
    floor = f"{best / min(row.floor):.1f} ×" if row.floor else ""
    peer = f"{min(row.peer) / best:.1f} ×" if row.peer else ""
    cells = (row.name, show(row.ours, row.unit), show(row.floor, row.unit), floor, show(row.peer, row.unit), peer,
             row.aim, row.met)  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def main(rounds: int) -> None:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print("| what | ours: best (median) | floor | ours ÷ floor | peer | peer ÷ ours | aim | met |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")

    def tell(row: Row) -> None:
        print(show_row(row), flush=True)

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        clean, inbox, first, second = (work / name for name in ("clean", "inbox", "first", "second"))
        for path in (clean, first, second):
            path.mkdir()
        shutil.copytree(INBOX, inbox)  # so that nobody changes it meanwhile
        number = make_clean_inbox(clean)
        for row in measure_collect(f"{number} clean workbooks", clean, first, rounds, 1.0):
            tell(row)
        for row in measure_collect("samples/inbox", inbox, second, rounds, None):
            tell(row)
        tell(measure_reading("clean", clean, rounds))
        tell(measure_reading("samples/inbox", inbox, rounds))
        tell(measure_templates(rounds))
        for row in measure_help(3 * rounds):
            tell(row)
        tell(measure_memory("clean", clean, first))
        tell(measure_memory("samples/inbox", inbox, second))
        print(f"\nClean city: {compare_totals(clean, first)}. samples/inbox: {compare_totals(inbox, second)}.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
