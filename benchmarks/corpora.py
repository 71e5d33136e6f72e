"""Folders of files that others have published -> what becomes of each, how long it takes, and how much memory.

``python benchmarks/corpora.py FOLDER … [--csv FILE]`` lays every file, alone, into an inbox, and says what `xlscore
collect` would say of it. A workbook that is none of ours is then read all the same, every sheet and what stands beside
its cells. Each file has a process of its own, with a limit of time and memory: one that ends it is told, and the rest
goes on. ``docs/corpora.md`` says where such folders come from.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from smartcity_xl.arrival.inbox import read_parcels
from smartcity_xl.arrival.post import unpack
from smartcity_xl.books.beside import cells_twice, find_drawn, find_embedded, find_notes, merged_spans
from smartcity_xl.books.cells import column_name
from smartcity_xl.books.others import open_package
from smartcity_xl.books.package import Refused
from smartcity_xl.books.sheets import COLUMN_LIMIT, read_sheets
from smartcity_xl.errors import NothingUsable, UsageFault
from smartcity_xl.messages import severity
from smartcity_xl.model import Parcel
from smartcity_xl.run.collecting import assess

_READERS = ("openpyxl", "python_calamine", "xlrd", "xlsxwriter", "olefile", "msoffcrypto", "rarfile", "py7zr", "oxmsg")
_COLUMNS = tuple(map(column_name, range(COLUMN_LIMIT)))
_NO_WORKBOOK = ("not-a-workbook", "archive")
CRASHED, TOO_LONG = "CRASHED", "TOO LONG"


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one file. ``told``: codes of findings, ``read``: what the reading of its sheets came to.

    ``seconds`` are the processor's; of a file that was stopped, the clock's.
    """

    name: str
    told: str
    words: str
    read: str
    seconds: float
    mebibytes: float


def run_all(folder: Path, seconds: float, mebibytes: int, jobs: int) -> Iterator[Run]:
    """Every file below a folder, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    waiting = [(path, path.relative_to(folder).as_posix()) for path in reversed(files)]
    running: list[_Child] = []
    done: dict[str, Run] = {}
    names = [name for _, name in reversed(waiting)]
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(_Child(*waiting.pop(), seconds, mebibytes))
        time.sleep(0.002)
        for child in list(running):
            if outcome := child.outcome():
                running.remove(child)
                done[outcome.name] = outcome
        while names and names[0] in done:
            yield done.pop(names.pop(0))


class _Child:
    """One file in a process of its own."""

    def __init__(self, path: Path, name: str, seconds: float, mebibytes: int) -> None:
        self.name, self.seconds, self.begun = name, seconds, time.monotonic()
        self.mine, theirs = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=_work, args=(path, mebibytes, theirs))
        self.process.start()
        theirs.close()

    def outcome(self) -> Run | None:
        """What came of it, or None while it runs."""
        taken = time.monotonic() - self.begun
        if self.mine.poll():
            try:
                told, words, read, seconds, peak = self.mine.recv()
            except EOFError:
                self.process.join()
                return Run(self.name, CRASHED, f"exit {self.process.exitcode}", "", taken, 0)
            self.process.join()
            return Run(self.name, told, words, read, seconds, peak)
        if taken > self.seconds:
            self.process.kill()
            self.process.join()
            return Run(self.name, TOO_LONG, "", "", taken, 0)
        return None


def _work(path: Path, mebibytes: int, answer: Connection) -> None:
    _limit_memory(mebibytes)
    begun = _spent()
    try:
        told, words = say_told(path)
        read = say_read(path)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
        told, words, read = CRASHED, f"{type(error).__name__}: {error}", ""
    answer.send((told, words, read, _spent() - begun, _peak()))


def _limit_memory(mebibytes: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (mebibytes * 2**20, mebibytes * 2**20))
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak of the process that this one came from
    except (ImportError, OSError, ValueError):
        return


def _spent() -> float:
    """Seconds of the processor, those of the children that read included."""
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


def _peak() -> float:
    """The largest resident set of this process or of a child that read, in MiB; 0 where nothing tells it."""
    try:
        import resource

        status = Path("/proc/self/status").read_text()
    except (ImportError, OSError):
        return 0
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(status.partition("VmHWM:")[2].split()[0]), children) / 1024


def say_told(path: Path) -> tuple[str, str]:
    """The codes and the words that `collect` has for a file that lies alone in the inbox."""
    with tempfile.TemporaryDirectory() as inbox:
        shutil.copyfile(path, Path(inbox) / path.name)
        try:
            outcome = assess(Path(inbox))
        except NothingUsable as reason:
            findings = [(one.finding.code, one.words("en")) for one in reason.faults]
        except UsageFault as fault:
            return fault.code, ""
        else:
            return "USED", f"{len(outcome.submissions)} submissions"
    return " ".join(dict.fromkeys(code for code, _ in findings)), " | ".join(words for _, words in findings[:4])


def say_read(path: Path) -> str:
    """What the sheets of the workbooks in a file hold; why not, of those that cannot be read."""
    parcels = [parcel for file in read_parcels([_Entry(path)]) for parcel in unpack(file).parcels]
    said = [found for found in map(_read_workbook, parcels) if found]
    return "; ".join(said[:10])


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    name: str = "file"

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.path.name)


def _read_workbook(parcel: Parcel) -> str:
    try:
        package = open_package(parcel.data, needed="")
        sheets = read_sheets(package, frozenset(), lambda _: _COLUMNS)
        beside = 0
        for sheet in sheets:
            beside += len(find_notes(package, sheet.part)) + len(list(find_drawn(package, sheet.part)))
            beside += len(list(find_embedded(package, sheet.part))) + len(merged_spans(sheet.xml))
            beside += len(cells_twice(sheet.xml))
    except Refused as reason:
        return "" if reason.code in _NO_WORKBOOK else f"{reason.code} {dict(reason.parameters)}"
    cells = sum(cell is not None for sheet in sheets for row in sheet.rows for cell in row)
    return f"{len(sheets)} sheets, {cells} cells, {beside} beside"


def summarise(runs: Iterable[Run]) -> Iterator[str]:
    """Lines of Markdown: how many files were told what, with the slowest and the largest of each."""
    by_code: dict[str, list[Run]] = {}
    for run in runs:
        for code in run.told.split(" ") if run.told.islower() else [run.told]:
            by_code.setdefault(code, []).append(run)
    yield "| told | severity | files | slowest, s | largest, MiB |"
    yield "| --- | --- | --- | --- | --- |"
    for code, found in sorted(by_code.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        try:
            level: str = severity(code).value
        except KeyError:
            level = ""
        slowest, largest = max(run.seconds for run in found), max(run.mebibytes for run in found)
        yield f"| {code} | {level} | {len(found)} | {slowest:.2f} | {largest:.0f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--csv", type=Path, help="write a row for each file here")
    parser.add_argument("--seconds", type=float, default=60, help="longest that a file may take (60)")
    parser.add_argument("--memory", type=int, default=4096, help="most MiB that a file may ask for (4096)")
    parser.add_argument("--jobs", type=int, default=1, help="files at a time (1)")
    given = parser.parse_args()
    ended = False
    rows = []
    for reader in _READERS:  # once, and not in the process of every file
        if importlib.util.find_spec(reader):
            importlib.import_module(reader)
    for folder in given.folders:
        runs = []
        for run in run_all(folder, given.seconds, given.memory, given.jobs):
            runs.append(run)
            print(f"{run.seconds:7.2f} s {run.mebibytes:6.0f} MiB  {run.told:40} {run.name}  [{run.read}]", flush=True)
        counts = Counter(run.told for run in runs)
        ended = ended or counts[CRASHED] + counts[TOO_LONG] > 0
        print(f"\n## {folder}: {len(runs)} files, {sum(run.seconds for run in runs):.0f} s\n")
        print("\n".join(summarise(runs)), flush=True)
        rows += [(folder.name, r.name, r.told, r.read, f"{r.seconds:.3f}", f"{r.mebibytes:.0f}", r.words) for r in runs]
    if given.csv:
        with given.csv.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(("folder", "file", "told", "read", "seconds", "mebibytes", "words"))
            writer.writerows(rows)
    return int(ended)


if __name__ == "__main__":
    sys.exit(main())
