"""A round with conflicts, and the decision workbook as an office fills it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from make_samples import fill_workbook
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    edited,
)

from smartcity_xl.cli import run_cli
from smartcity_xl.messages import label
from smartcity_xl.office.deciding.form import read_decision_row

BOOK, SHEET = label("file.decisions"), label("decide.sheet")
ITEMS = {"gov_items_total": 1000, "gov_items_onestop": 700, "gov_items_unified_login": 900}
LEAD, SECOND = ASSIGNMENT.asked["gov_items_total"]
HOSPITALS = "tertiary_hospitals"
[HEALTH] = ASSIGNMENT.asked[HOSPITALS]
FIRST_TABLE = [{"name": "一院", "record_reads": 50, "outpatient_visits": 100},
               {"name": "二院", "record_reads": 80, "outpatient_visits": 100}]  # fmt: skip
SECOND_TABLE = [FIRST_TABLE[0], {**FIRST_TABLE[1], "record_reads": 90}]
WHY = ("2", "按台账核对", "李四")


def sent_by(department: str, answers: Mapping[str, object], **tables: Any) -> bytes:
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {"answers": answers, "tables": tables})


class Desk:
    """An office's desk: an inbox, an output folder, and what a run of ``collect`` left there."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.out = folder / "inbox", folder / "out"
        self.inbox.mkdir(parents=True)
        self.book = self.out / BOOK

    def receive(self, **files: bytes) -> None:
        for name, data in files.items():
            (self.inbox / f"{name}.xlsx").write_bytes(data)

    def collect(self, *arguments: str) -> int:
        return run_cli(["collect", str(self.inbox), "--out", str(self.out), "--lang", "en", *arguments])

    def decide(self, **choices: tuple[object, object, object]) -> Path:
        self.book.write_bytes(filled_book(self.book.read_bytes(), **choices))
        return self.book

    @property
    def written(self) -> dict[str, bytes]:
        """What stands in the output folder, but for the ledger."""
        return {path.name: path.read_bytes() for path in self.out.iterdir() if path.is_file()}

    @property
    def results(self) -> dict[str, Any]:
        return json.loads((self.out / "results.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def indicator(self, code: str) -> tuple[str, str | None]:
        found = (i for d in self.results["dimensions"] for c in d["categories"] for i in c["indicators"])
        return next((i["standing"], i["score"]) for i in found if i["code"] == code)

    def findings(self, code: str) -> list[dict[str, Any]]:
        return [finding for finding in self.results["findings"] if finding["code"] == code]

    def states(self) -> dict[str, str]:
        return {conflict["figure"]: conflict["state"] for conflict in self.results["conflicts"]}


def decision_cells(book: Any) -> dict[str, tuple[Any, Any, Any]]:
    """Figure -> the cells for choice, reason and name."""
    sheet, found = book[SHEET], {}
    for row in range(1, sheet.max_row + 1):
        if subject := read_decision_row(str(sheet.cell(row, 1).value or "")):
            found[subject.split("|")[0]] = (sheet.cell(row, 3), sheet.cell(row, 5), sheet.cell(row, 9))
    return found


def filled_book(data: bytes, **choices: tuple[object, object, object]) -> bytes:
    def fill(book: Any) -> None:
        for key, values in choices.items():
            for cell, value in zip(decision_cells(book)[key], values, strict=True):
                cell.value = value

    return edited(data, fill)


@cache
def gov() -> Mapping[str, bytes]:
    """Two departments of two minds over one figure."""
    return {
        "lead": sent_by(LEAD, {**ITEMS, "gov_items_ecert": 800}),
        "second": sent_by(SECOND, {**ITEMS, "gov_items_ecert": 850}),
    }


@cache
def care() -> Mapping[str, bytes]:
    """One department that contradicts itself in a table."""
    return {
        "health": sent_by(HEALTH, {}, tertiary_hospitals=FIRST_TABLE),
        "corrected": sent_by(HEALTH, {}, tertiary_hospitals=SECOND_TABLE),
    }
