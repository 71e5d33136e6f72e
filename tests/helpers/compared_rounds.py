"""Two rounds of a county under two editions of its system, as worked by hand (``cases/comparison.toml``), collected."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from assignments import SETTINGS, fill_book
from make_samples import fill_workbook

from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.form.template import Issue
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.systems import Choice

CASE: Mapping[str, Any] = tomllib.loads(
    (Path(__file__).parent.parent / "cases" / "comparison.toml").read_text(encoding="utf-8")
)
OFFICE = "县甲局"


def collect_round(
    folder: Path,
    system: Mapping[str, Any],
    sent: Sequence[Mapping[str, Any]],
    round_: str = "2026",
    city: str = "清溪县",
) -> Path:
    """A round of one department, whose workbooks (each the next revision) hold these answers; gives the folder of its
    results. The system lies in ``folder/county``."""
    home, inbox = folder / "county", folder / "inbox"
    for place in (home, inbox):
        place.mkdir(parents=True)
    (home / "system.toml").write_text(tomli_w.dumps(dict(system)), encoding="utf-8")
    catalog = load_catalog(str(home))
    settings = {**SETTINGS, "round": round_, "city": city, "deadline": f"{round_}-12-31"}
    book = folder / "分工.xlsx"
    book.write_bytes(fill_book(catalog, dict.fromkeys(catalog.figures, (OFFICE,)), settings, {OFFICE: ""}))
    _, assignment = read_assignment_book(book, catalog)
    (department,) = assignment.departments
    for number, answers in enumerate(sent, start=1):
        issue = Issue(round_, city, f"{round_}-12-31", revision=str(number) if number > 1 else "")
        data = fill_workbook(catalog, assignment, department, issue, {"answers": dict(answers)})
        (inbox / f"{number}.xlsx").write_bytes(data)
    collect(inbox, folder / "out", Choice(systems=(str(home),), assignment_book=book))
    return folder / "out"


def first_round(folder: Path) -> Path:
    return collect_round(folder, CASE["first"], [CASE["answers"]["first"]], "2025")


def second_round(folder: Path) -> Path:
    answers = CASE["answers"]
    return collect_round(folder, CASE["second"], [answers["second_at_first"], answers["second"]])
