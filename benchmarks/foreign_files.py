"""Any folder of files that others have made -> what `collect` makes of each alone, and of all of them together.

``python benchmarks/foreign_files.py FOLDER … [--largest MIB] [--each]``. Beside them lies an honest workbook, which must come out the
same every time. A file alone has a process of its own, which is forked; its seconds are the processor's, its memory is the largest
resident set of the child that reads, both beyond what the honest workbook takes alone. Exit code 1: a run ended, or the honest
workbook came out otherwise, or a file was read otherwise among the others than alone.
"""

from __future__ import annotations

# ruff: noqa: E501 - a table a line
import argparse
import logging
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from smartcity_xl.errors import XlscoreError
from smartcity_xl.model import Outcome, Receipt
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice

HONEST = Path(__file__).parent.parent / "samples" / "inbox" / "10-市税务局.xlsx"
CHOICE = Choice(city="云溪市", round="2018")
FOLDER = "外来"
_AGAIN = "duplicate"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a run: of every file its status and codes (of what lies in it too), of the honest workbook whatever
    a score could rest on; or how the run ended."""

    files: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
    honest: str
    ended: str
    seconds: float
    mebibytes: float


def run(files: Mapping[str, Path]) -> Came:
    """Collect some files beside the honest workbook, in a process of its own."""
    mine, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_work, args=(files, theirs))
    process.start()
    theirs.close()
    try:
        came: Came = mine.recv()
    except EOFError:
        came = Came({}, "", "DIED", 0.0, 0.0)
    process.join()
    return came


def _work(files: Mapping[str, Path], answer: Connection) -> None:
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder)
        shutil.copyfile(HONEST, inbox / HONEST.name)
        for name, path in files.items():
            place = inbox / FOLDER / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        before = _spent()
        try:
            outcome, ended = assess(inbox, choice=CHOICE), ""
        except XlscoreError as fault:
            outcome, ended = None, f"ENDED: {fault}"
        except BaseException as error:  # noqa: BLE001 - what ends a run is what this is for
            outcome, ended = None, f"ENDED: {type(error).__name__}: {error}"
        seconds = _spent() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    found = {name: _fate(name, outcome.receipts) for name in files} if outcome else {}
    answer.send(Came(found, _honest(outcome) if outcome else "", ended[:300], seconds, peak))


def _spent() -> float:
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


def _fate(name: str, receipts: Sequence[Receipt]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    place = f"{FOLDER}/{name}"
    mine = (one for one in receipts if one.parcel == place or one.parcel.startswith(f"{place}/"))
    return tuple((one.status, tuple(finding.code for finding in one.findings)) for one in mine)


def _honest(outcome: Outcome) -> str:
    return repr((outcome.submissions, outcome.scores, outcome.merged))


def _say(fate: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    told = Counter(f"{status}: {' '.join(codes)}" if codes else status for status, codes in fate)
    return "; ".join(f"{number} × {one}" if number > 1 else one for one, number in list(told.items())[:4])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--largest", type=float, default=64, help="leave out files of more MiB (64)")
    parser.add_argument("--each", action="store_true", help="a line for every file")
    given = parser.parse_args()
    alone = run({})
    wrong = 0
    print(
        "| folder | files | slowest, s | largest, MiB | together, s | together, MiB | runs that ended | read otherwise together |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for folder in given.folders:
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        files = {
            path.relative_to(folder).as_posix(): path for path in paths if path.stat().st_size <= given.largest * 2**20
        }
        files = {name: path for name, path in files.items() if not name.startswith(".git/")}
        each = {name: run({name: path}) for name, path in files.items()}
        together = run(files)
        ended = [name for name, came in each.items() if came.ended or came.honest != alone.honest]
        other = [
            name for name, came in each.items() if _differs(came.files.get(name, ()), together.files.get(name, ()))
        ]
        seconds = {name: came.seconds - alone.seconds for name, came in each.items()}
        memory = {name: came.mebibytes - alone.mebibytes for name, came in each.items()}
        slow, large = (max(found, key=lambda name: found[name]) for found in (seconds, memory))
        lost = bool(together.ended or together.honest != alone.honest)
        wrong += len(ended) + len(other) + lost
        print(
            f"| {folder.name} | {len(files)} | {max(0.0, seconds[slow]):.1f} ({slow}) | {max(0.0, memory[large]):.0f} ({large}) | "
            f"{together.seconds:.1f} | {max(0.0, together.mebibytes - alone.mebibytes):.0f} | {len(ended) + lost} | {len(other)} |",
            flush=True,
        )
        for name in [*ended, *other] + (["all together"] if lost else []):
            came = each.get(name, together)
            told = _say(came.files.get(name, ())), _say(together.files.get(name, ())), came.ended or together.ended
            print(f"  {name}: {' | '.join(filter(None, told))}", flush=True)
        for name, came in each.items() if given.each else ():
            print(
                f"  {seconds[name]:6.2f} s {memory[name]:5.0f} MiB  {_say(came.files.get(name, ())):60} {name}",
                flush=True,
            )
    return int(bool(wrong))


def _differs(alone: Sequence[tuple[str, tuple[str, ...]]], together: Sequence[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether a file was read otherwise: that it came twice, and what came of it was told there, is no difference."""
    if any(status == _AGAIN for status, _ in together):
        return False
    return sorted(alone) != sorted(together)


if __name__ == "__main__":
    sys.exit(main())
