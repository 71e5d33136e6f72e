"""A whole round of a county so small that it can be run hundreds of times: two departments, three figures."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from assignments import SETTINGS, fill_book
from deciding_desk import filled_book
from make_samples import fill_workbook

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.cli import chance, clock, run_cli
from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog
from smartcity_xl.office.assigning import read_assignment_book

SYSTEM: Mapping[str, Any] = {
    "id": "tiny", "version": "1", "title": "小体系", "document": "试例",
    "dimensions": [{"code": "L1", "name": "维度", "weight": "100%"}],
    "categories": [{"code": "L1P1", "dimension": "L1", "name": "类", "weight": "100%"}],
    "indicators": [
        {"code": "L1P1-A1", "category": "L1P1", "name": "办结率", "weight": "60%", "source": "1",
         "rule": "ratio(done, all)"},
        {"code": "L1P1-A2", "category": "L1P1", "name": "公开", "weight": "40%", "source": "2",
         "rule": "if(open, 1, 0)"},
    ],
    "figures": [
        {"key": "all", "label": "总数", "kind": "count", "unit": "项", "max": 1000},
        {"key": "done", "label": "办结数", "kind": "count", "unit": "项", "max": 1000, "part_of": "all"},
        {"key": "open", "label": "已公开", "kind": "yesno"},
    ],
}  # fmt: skip
NAMES = {"县甲局": "", "县乙局": ""}
FIRST, SECOND = "县甲局", "县乙局"
KEY = bytes(range(32))
"""The round's: two runs of a test are to write the same."""
MORNING = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
YES = label("word.yes")


@cache
def system() -> tuple[Catalog, bytes]:
    """The system, and the assignment workbook in which the office has shared it out."""
    catalog, faults = build_catalog(dict(SYSTEM))
    assert not faults, [one.words("en") for one in faults]
    duties = {"all": (FIRST, SECOND), "done": (FIRST, SECOND), "open": (SECOND,)}
    return catalog, fill_book(catalog, duties, SETTINGS, NAMES)


def put_system(folder: Path) -> None:
    """The office's own system and its assignment, before the round begins."""
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny" / "system.toml").write_text(tomli_w.dumps(dict(SYSTEM)), encoding="utf-8")
    (folder / "分工.xlsx").write_bytes(system()[1])


@cache
def assignment() -> Assignment:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "分工.xlsx"
        path.write_bytes(system()[1])
        return read_assignment_book(path, system()[0])[1]


@cache
def report(department: str, *answers: tuple[str, Any]) -> bytes:
    """A department's workbook with these answers."""
    key = next(one.key for one in assignment().departments.values() if one.name == department)
    issue = Issue(SETTINGS["round"], SETTINGS["city"], SETTINGS["deadline"], key=KEY)
    return fill_workbook(system()[0], assignment(), key, issue, {"answers": dict(answers)})


def a(**answers: Any) -> bytes:
    return report(FIRST, *answers.items())


def b(**answers: Any) -> bytes:
    return report(SECOND, *answers.items())


class Round:
    """A round's folder, the day it is there, and its commands."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder, self.day = home, home / "round", MORNING

    def place(self, name: str) -> Path:
        return self.folder / label(f"campaign_folder.{name}")

    @property
    def out(self) -> Path:
        return self.place("summary")

    def receive(self, **files: bytes) -> None:
        for name, data in files.items():
            path = self.place("inbox") / f"{name}.xlsx"
            path.write_bytes(data)
            os.utime(path, (1_700_000_000, 1_700_000_000))

    def decide(self) -> None:
        book = self.out / label("file.decisions")
        book.write_bytes(filled_book(book.read_bytes(), done=("2", "按台账核对", "李四")))

    def run(self, *words: str) -> int:
        """Run a command in the round's folder, a day after the one before."""
        self.day += timedelta(days=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", lambda: self.day.astimezone())
            patch.setattr(chance, "new_key", lambda length: KEY[:length])
            patch.chdir(self.home if words[0] == "init" else self.folder)
            with redirect_stdout(io.StringIO()) as self.told, redirect_stderr(self.told):
                return run_cli(["--lang", "en", *words])


INIT = ("init", "round", "--catalog", "tiny", "--assignment", "分工.xlsx")


@contextmanager
def remembered() -> Iterator[None]:
    """What is the same for the same input is computed once: reading and laying out workbooks is not what is tested."""
    from smartcity_xl import summary
    from smartcity_xl.confined import Confined
    from smartcity_xl.form.returning import write
    from smartcity_xl.results import write_results
    from smartcity_xl.run import reading

    made: dict[Any, bytes] = {}
    opened: dict[str, Any] = {}
    write_summary, open_workbook = summary.write_summary, reading.open_workbook

    def summarise(one: Any, together: Any, record: Any, *more: Any) -> bytes:
        key = (write_results(record), repr(one.rulings), one.anchor, repr(more))
        if key not in made:
            made[key] = write_summary(one, together, record, *more)
        return made[key]

    def open_once(parcel: Any) -> Any:
        key = (parcel.sha256, parcel.name)
        if key not in opened:
            opened[key] = open_workbook(parcel)
        return opened[key]

    stamp_template = write.stamp_template

    def lay_out(*given: Any) -> bytes:
        key = repr(given)
        if key not in made:
            made[key] = stamp_template(*given)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "stamp_template", lay_out)
        patch.setattr(summary, "write_summary", summarise)
        patch.setattr(reading, "open_workbook", open_once)
        patch.setattr(Confined, "teach", lambda _, function: function)  # hundreds of runs: no process for each
        yield
