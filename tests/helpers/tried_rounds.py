"""Rounds with answers drawn by a die, for trials: what was adopted, what is tried, and summaries filled with it."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

from random_systems import OFFICE, roll_system

from smartcity_xl.books.cells import cell_name
from smartcity_xl.catalog.build import build_assignment
from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.messages import label, word_value
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Evidenced,
    Kind,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Outcome,
    Slot,
    Standing,
    State,
    TableAnswer,
    TableRow,
)
from smartcity_xl.model.periods import year_period
from smartcity_xl.score.scoring import score_merged, total_without
from smartcity_xl.score.trying import Trials, offer_trials
from smartcity_xl.summary.whatif_form import AT, INPUT
from smartcity_xl.summary.whatif_plan import plan_whatif

SYSTEMS = ("cn-2016", "cn-2018", "db37-3890-zhangqiu", "db37-3890-zoucheng", "gbt33356-2022-city",
           "gbt33356-2022-county")  # fmt: skip
_STEPS = (0, 1, 2, 3, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95, 100, 200)
"""Numbers whose ratios fall on the steps of rules as often as beside them."""
Given = Mapping[str, Fraction]


def seeded(name: str) -> random.Random:
    """Chance that is the same in every run."""
    return random.Random(name)  # noqa: S311


def draw(slot: Slot, rng: random.Random) -> Fraction:
    """A value that a department could give."""
    if slot.kind is Kind.CHOICE:
        return Fraction(rng.randint(1, len(slot.options)))
    if slot.kind is Kind.YESNO:
        return Fraction(rng.randint(0, 1))
    value = Fraction(rng.choice(_STEPS)) if rng.random() < 0.8 else Fraction(rng.randint(0, 10**6))
    if not slot.whole and rng.random() < 0.3:
        value += Fraction(rng.randint(1, 99), 100)
    value = min(max(value, slot.minimum), slot.maximum)
    return Fraction(2) if slot.kind is Kind.SHARE and 0 < value <= 1 else value


def draw_all(slots: Mapping[str, Slot], rng: random.Random, share: float) -> dict[str, Fraction]:
    return {key: draw(slot, rng) for key, slot in slots.items() if rng.random() < share}


def free_slots(catalog: Catalog) -> dict[str, Slot]:
    return {key: slot for key, slot in catalog.slots.items() if slot.fixed is None}


def merged(catalog: Catalog, given: Given, rows: int | None = None) -> Merged:
    """What is not given is missing; ``rows`` of every table, of which nothing was said where that is None."""
    held = {key: slot.fixed if slot.fixed is not None else given.get(key) for key, slot in catalog.slots.items()}
    slots = {
        key: MergedSlot(key, Standing.MISSING if value is None else Standing.SETTLED, value, (), ())
        for key, value in held.items()
    }
    tables = {key: _table(catalog, key, rows) for key, figure in catalog.figures.items() if figure.columns}
    return Merged(slots, tables, ())


def _table(catalog: Catalog, key: str, rows: int | None) -> MergedTable:
    if rows is None:
        return MergedTable(key, Standing.MISSING, None, ())
    columns, at = catalog.figures[key].columns, Origin("a.xlsx", "明细表1", "B5")
    lines = tuple(
        TableRow(f"第{row}院", {
            c.key: Answer(c.key, OFFICE, State.VALUE, Fraction(10 * row + place), "", at)
            for place, c in enumerate(columns)
        })
        for row in range(1, rows + 1)
    )  # fmt: skip
    used = TableAnswer(key, OFFICE, State.VALUE, lines, at)
    return MergedTable(key, Standing.SETTLED, used, (used,))


@cache
def system(name: str) -> Catalog:
    return for_period(load_catalog(name), year_period(2018))


def assignment_of(catalog: Catalog) -> Assignment:
    """One office answers everything."""
    made, faults = build_assignment(
        {
            "id": "assigned", "system": catalog.id, "city": "云溪市", "title": "t", "document": "d", "round": "2018",
            "deadline": "2019-02-25", "recipients": ["办公室"], "office": OFFICE,
            "departments": [{"key": OFFICE, "name": "市a局"}],
            "indicators": {i.code: [OFFICE] for i in catalog.indicators}, "figures": {}, "unassigned": {},
        },
        catalog,
    )  # fmt: skip
    assert [fault.words("en") for fault in faults] == []
    return made


def outcome_of(catalog: Catalog, answers: Merged) -> Outcome:
    scores = score_merged(catalog, answers)
    backed = Evidenced((), total_without(catalog, scores, ()))
    return Outcome(
        catalog, assignment_of(catalog), "2018", (), (), (), answers, scores, scores.findings, evidenced=backed
    )  # fmt: skip


def drawn_outcome(name: str) -> Outcome:
    """A round of a built-in system, with some answers missing; of a random one where none has that name."""
    if name not in SYSTEMS:
        return roll_system(name).outcome
    catalog, rng = system(name), seeded(f"round {name}")
    return outcome_of(catalog, merged(catalog, draw_all(free_slots(catalog), rng, 0.93), rows=3))


def drawn_trial(outcome: Outcome, name: str) -> dict[str, Fraction]:
    """Another value for some figures, open ones among them; of aggregates too."""
    trials, rng = offer_trials(outcome.catalog), seeded(f"trial {name}")
    values = draw_all(trials.slots, rng, 0.4)
    return values | {key: Fraction(rng.randint(0, 100), 100) for key in trials.means}


def typed(trials: Trials, key: str, value: Fraction) -> str | float:
    """What somebody types for a value."""
    slot = trials.slots[key]
    return float(value) if slot.numeric else word_value(slot, value)


def fill_sheet(data: bytes, outcome: Outcome, contents: Mapping[str, str | float]) -> bytes:
    """A summary with something typed into 试算, as a program saves it; nothing is recalculated."""
    rows = plan_whatif(outcome).slots
    cells = {cell_name(rows[key], AT[INPUT]): content for key, content in contents.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        part = _part_of(source, label("sheet.whatif"))
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry, _filled(content.decode(), cells) if entry.filename == part else content)
    return stream.getvalue()


def _part_of(book: zipfile.ZipFile, name: str) -> str:
    sheets = re.findall(r'<sheet name="([^"]*)"[^>]* r:id="([^"]*)"', book.read("xl/workbook.xml").decode())
    targets = dict(re.findall(r'Id="([^"]*)"[^>]*?Target="([^"]*)"', book.read("xl/_rels/workbook.xml.rels").decode()))
    return "xl/" + (targets or {})[dict(sheets)[name]]


def _filled(sheet: str, cells: Mapping[str, str | float]) -> str:
    for address, content in cells.items():
        kind, inside = "", f"<v>{content!r}</v>"
        if isinstance(content, str):
            kind, inside = ' t="inlineStr"', f"<is><t>{content}</t></is>"
        sheet, done = re.subn(rf'<c r="{address}"( s="\d+")/>', rf'<c r="{address}"\1{kind}>{inside}</c>', sheet)
        assert done == 1, address
    return sheet


def write_filled(path: Path, data: bytes, outcome: Outcome, contents: Mapping[str, str | float]) -> Path:
    path.write_bytes(fill_sheet(data, outcome, contents))
    return path
