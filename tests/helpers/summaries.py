"""A summary of every system, from a whole city or county as worked by hand."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assignments import fill_book, typed
from hand_worked import CATALOGS
from make_samples import fill_workbook
from recalculated_systems import by_hand

from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.systems import Choice

SAMPLES = Path(__file__).parent.parent.parent / "samples" / "inbox"
_LEAD, _SECOND = "县教育局", "县卫生健康局"


@dataclass(frozen=True)
class Summed:
    """What a collection came to, and where it was written."""

    outcome: Outcome
    folder: Path

    @property
    def summary(self) -> Path:
        return self.folder / label("file.summary")


def sum_up(system: str, folder: Path) -> Summed:
    """The example city of the national system, with all its faults; of any other, one without a fault. Collected once
    for all files of tests, and laid into the folder."""
    outcome, files = _summed(system)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Summed(outcome, folder / "out")


@cache
def _summed(system: str) -> tuple[Outcome, dict[str, bytes]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        summed = _sum_up(system, folder)
        return summed.outcome, {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }


def _sum_up(system: str, folder: Path) -> Summed:
    out = folder / "out"
    if system == "cn-2018":
        return Summed(collect(SAMPLES, out)[0], out)
    catalog = CATALOGS[system]
    given, _ = by_hand(system)
    book, inbox = folder / "分工.xlsx", folder / "inbox"
    inbox.mkdir(parents=True)
    keys = list(catalog.figures)
    book.write_bytes(fill_book(catalog, {key: (_LEAD if n % 3 else _SECOND,) for n, key in enumerate(keys)}))
    _, assignment = read_assignment_book(book)
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    for department in assignment.departments:
        answers = {"answers": typed(catalog, given, department, assignment)}
        data = fill_workbook(catalog, assignment, department, issue, answers)
        (inbox / f"{department}.xlsx").write_bytes(data)
    return Summed(collect(inbox, out, Choice(assignment_book=book))[0], out)
