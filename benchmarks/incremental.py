"""By the word of the last run, and from nothing: ``python benchmarks/incremental.py [--workbooks 1000] [--share 0.2]``.

Collects a province, delivers to a share of its cities a correction, a report that was late, or the office's word that
a file shall not count, and collects it again. Held against it are the same in a copy that remembers nothing, where
every file and every row of every ledger must be the same, and all of it collected at once, where results, what goes
back and the province must be: what changed since the last run is history, and stands in summaries and registers. It
stops where they differ, and prints a Markdown table. ``--summaries`` has each city's 汇总.xlsx written too.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cities import ASSIGNMENT, city_name, vary, write_mail, write_workbook
from city import clean_answers
from nation import EACH, command, make_nation
from timing import PYTHON, compile_all, run

from smartcity_xl.arrival.inbox import RETURNED_BEFORE
from smartcity_xl.ledger import LEDGER_FOLDER
from smartcity_xl.messages import label
from smartcity_xl.model import Verb
from smartcity_xl.run.ruling import Word, rule

_SEED, _DISTINCT = 1, 100
"""As the cities of ``nation`` are made."""
_MOMENTS = ("2019-03-01T09:00:00+08:00", "2019-03-05T09:00:00+08:00")
"""When it is collected: for an entry says when it was made."""
_AT = """
import datetime
from smartcity_xl.cli import clock, main
clock.now = lambda: datetime.datetime.fromisoformat({at!r})
main()
"""
_MEMORY = "remembered.db"
_HISTORY = (label("file.summary"), RETURNED_BEFORE)
"""What changed since the last run, and what ever went back."""
_SHOWN = 10
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Collected:
    """A pass, what it cost by the processor, and what it was held against."""

    what: str
    cpu: float
    like: str = ""


# --- what comes later --------------------------------------------------------------------------------------------


@cache
def _department(place: int) -> dict[str, Any]:
    return list(clean_answers())[place]


def _name(place: int) -> str:
    return f"{place + 1:02d}-{ASSIGNMENT.name(_department(place)['department'])}.xlsx"


def _has_number(place: int) -> bool:
    return any(type(one) is int and one > 0 for one in _department(place)["answers"].values())


@cache
def _corrected(number: int, place: int, revision: str) -> bytes:
    """The workbook of a department with another number in it."""
    given = vary(f"{_SEED}/{number}", _department(place))
    key = next(key for key, one in given["answers"].items() if type(one) is int and one > 0)
    answers = {**given["answers"], key: given["answers"][key] - 1}
    return write_workbook({**given, "answers": answers}, city_name(number), evidence=False, revision=revision)


def correct_by_mail(city: Path, number: int, place: int) -> Files:
    mail = write_mail(_department(place)["department"], {_name(place): _corrected(number, place, "")}, 25)
    return {"更正.eml": mail}


def correct_by_file(city: Path, number: int, place: int) -> Files:
    return {f"{_name(place)[:-5]} 第二版.xlsx": _corrected(number, place, "2")}


def report_late(city: Path, number: int, place: int) -> Files:
    """Its workbook is not there at first."""
    path = city / _name(place)
    data = path.read_bytes()
    path.unlink()
    return {f"{_name(place)[:-5]}.eml": write_mail(_department(place)["department"], {_name(place): data}, 26)}


def take_out(city: Path, number: int, place: int) -> Files:
    """Nothing comes: the office takes out what is there."""
    return {}


KINDS: tuple[Callable[[Path, int, int], Files], ...] = (correct_by_mail, correct_by_file, report_late, take_out)


@dataclass(frozen=True, slots=True)
class Later:
    """What comes to a province after its first run: ``files`` by their paths, and which are taken out then."""

    files: Files
    out: tuple[tuple[str, str], ...]

    def deliver(self, province: Path) -> None:
        for name, data in self.files.items():
            (province / name).write_bytes(data)

    def enter(self, out: Path) -> None:
        """The office's word, into the ledgers."""
        for city, name in self.out:
            word = Word(name, Verb.EXCLUDE, "重复报送", "李四")
            rule(out / city / LEDGER_FOLDER, word, datetime.fromisoformat(_MOMENTS[1]))


def plan_later(province: Path, share: float) -> Later:
    """For a share of the cities, each kind as often as the others."""
    draw = random.Random(f"{_SEED}/later")
    cities = sorted(province.iterdir())
    places = [place for place in range(EACH) if _has_number(place)]
    files, out = dict[str, bytes](), list[tuple[str, str]]()
    for count, at in enumerate(sorted(draw.sample(range(len(cities)), max(len(KINDS), round(share * len(cities)))))):
        kind, place = KINDS[count % len(KINDS)], draw.choice(places)
        came = kind(cities[at], at % _DISTINCT, place)
        files |= {f"{cities[at].name}/{name}": data for name, data in came.items()}
        if kind is take_out:
            out.append((cities[at].name, _name(place)))
    return Later(files, tuple(out))


# --- three ways to the same --------------------------------------------------------------------------------------


def collect(province: Path, out: Path, jobs: int, lean: bool, moment: int) -> float:
    """Seconds of the processor."""
    said = command(province, out, jobs, lean)
    return run([PYTHON, "-c", _AT.format(at=_MOMENTS[moment]), *said[said.index("collect") :]])[0].cpu


def forget(out: Path) -> None:
    for path in out.glob(f"*/{LEDGER_FOLDER}/{_MEMORY}"):
        path.unlink()


def read_out(out: Path, history: bool) -> dict[str, str]:
    """Path -> digest of all that lies there; of a ledger its rows, and those only with the ``history``."""
    found = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        name, parts = str(path.relative_to(out)), path.relative_to(out).parts
        if LEDGER_FOLDER in parts:
            if history and path.name == "ledger.sqlite3":
                found[name] = _digest_rows(path)
        elif history or path.name not in _HISTORY:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _digest_rows(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()


def hold_against(what: str, one: Mapping[str, str], other: Mapping[str, str]) -> None:
    if differing := sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)):
        shown = "\n".join(differing[:_SHOWN])
        raise SystemExit(f"{what}: {len(differing)} of {len(one)} files differ:\n{shown}")


def measure(folder: Path, workbooks: int, share: float, jobs: int, lean: bool) -> Iterator[Collected]:
    province = make_nation(folder, max(len(KINDS), round(workbooks / EACH)))
    remembering, forgetful, once = (folder / name for name in ("remembering", "forgetful", "once"))
    later = plan_later(province, share)
    yield Collected("first", collect(province, remembering, jobs, lean, 0))
    shutil.copytree(remembering, forgetful)
    forget(forgetful)
    later.deliver(province)
    for out in (remembering, forgetful):
        later.enter(out)
    yield Collected("again", collect(province, remembering, jobs, lean, 1))
    spent = collect(province, forgetful, jobs, lean, 1)
    hold_against("remembering nothing", read_out(remembering, True), read_out(forgetful, True))
    yield Collected("again, remembering nothing", spent, "all files, all rows of all ledgers")
    shutil.rmtree(forgetful)
    yield Collected("at once, from nothing", collect(province, once, jobs, lean, 0))
    later.enter(once)
    forget(once)
    spent = collect(province, once, jobs, lean, 1)
    hold_against("at once, from nothing", read_out(remembering, False), read_out(once, False))
    yield Collected("then what is taken out, remembering nothing", spent, "all files but summaries")
    said = f"{len(later.files)} deliveries and {len(later.out)} exclusions, {len(list(province.iterdir()))} cities"
    print(f"\n{said}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workbooks", type=int, default=1_000)
    parser.add_argument("--share", type=float, default=0.2, help="of the cities, to which something comes later (0.2)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--summaries", action="store_true", help="with every city's summary")
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    given = parser.parse_args()
    compile_all()
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        print("| pass | processor | the same |\n| --- | --- | --- |")
        for one in measure(Path(folder), given.workbooks, given.share, given.jobs, not given.summaries):
            print(f"| {one.what} | {one.cpu:,.1f} s | {one.like} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
