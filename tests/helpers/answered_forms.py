"""Departments' workbooks of every system, blank and with answers in them of every sort, as they go out again."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assignments import fill_book
from hand_worked import CATALOGS
from recalculated_forms import as_typed, fault
from recalculated_rules import draw, seeded

from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, TABLE, TABLE_NAME, TablePlan, plan_template
from smartcity_xl.form.template import CellContent, CellPlace, Given, Issue, Stamp
from smartcity_xl.messages import words
from smartcity_xl.model import Assignment, Slot
from smartcity_xl.office.assigning import read_assignment_book

MOODS = ("blank", "part", "filled", "faulty")
ISSUE = Issue("2026", "云溪市", "2026-12-31")


@cache
def one_for_all(system: str) -> Assignment:
    """An assignment in which one department answers everything."""
    with TemporaryDirectory() as folder:
        book = Path(folder) / "分工.xlsx"
        book.write_bytes(fill_book(CATALOGS[system], dict.fromkeys(CATALOGS[system].figures, ("县教育局",))))
        return read_assignment_book(book)[1]


def assignments_of(system: str) -> Iterator[tuple[Assignment, list[str]]]:
    """Assignments of a system, each with some of its departments."""
    whole = one_for_all(system)
    yield whole, [next(d for d in whole.departments if len(list(whole.figures_for(d))) > 1)]
    for name in assignment_ids(system):
        assignment = load_assignment(CATALOGS[system], name)
        yield assignment, sorted(assignment.departments)[-1:]


def odd_number(rng: random.Random, slot: Slot) -> CellContent:
    """What may stand in the cell of a number and is no plain one."""
    count = max(2, int(slot.minimum))
    texts = [f"{count}{slot.unit}", str(count), "１２", f" {count} ", f"{count} {slot.unit}", "1,200", "007", "约300",
             "三百", "12abc", "1E3", "2018-3-4", "不适用", " 不适用 ", "无", "*", ">5"]  # fmt: skip
    shown = (0.86, "0%"), (86, "0.00%"), (0, "0%"), (0.5, '0.0"亿"'), (True, ""), (-1, ""), (0.1 + 0.2, "")
    numbers = [CellContent(value, code) for value, code in shown]
    return rng.choice([*map(CellContent, texts), *numbers])


def odd_word(rng: random.Random, slot: Slot) -> CellContent:
    options = [option.label for option in slot.options] or ["是", "否"]
    typed = [
        "√",
        "×",
        "Y",
        "no",
        True,
        False,
        f" {options[0]} ",
        1,
        "部分",
        "*",
        "不适用",
        options[-1].replace("（", "("),
    ]
    return CellContent(rng.choice(typed))


def entries(slot: Slot, rng: random.Random, mood: str) -> CellContent | None:
    if mood == "part" and rng.random() < 0.5:
        return None
    if mood == "faulty" and rng.random() < 0.7:
        if rng.random() < 0.5:
            return CellContent(fault(rng, slot))
        return odd_number(rng, slot) if slot.numeric else odd_word(rng, slot)
    return CellContent(as_typed(slot, draw(rng, slot)))


def fill_table(table: TablePlan, rng: random.Random, mood: str) -> Iterator[tuple[CellPlace, CellContent]]:
    for number in range(1, {"blank": 0, "part": 1}.get(mood, 4) + 1):
        role, key = f"{TABLE}:{table.figure.key}", str(number)
        name = "第1医院" if mood == "faulty" and number == 3 else f"第{number}医院"
        yield CellPlace(role, key, TABLE_NAME), CellContent(name)
        for column in table.figure.columns:
            content: Any = as_typed(column, draw(rng, column))
            if mood == "faulty" and rng.random() < 0.3:
                content = rng.choice([None, "86", "86次", "约10", -1, 0.5])
            yield CellPlace(role, key, column.key), CellContent(content)


def give(system: str, assignment: Assignment, department: str, mood: str, dates: bool = False) -> Given:
    """What stands in a workbook. ``dates``: in the cells of numbers too, which not every program sees."""
    plan = plan_template(CATALOGS[system], assignment, department, words("sheet"))
    rng, found = seeded(f"{system} {department} {mood}"), dict[CellPlace, CellContent]()
    for row in plan.rows if mood != "blank" else ():
        slot = row.slot
        beside = {"remark": "没有此项业务", "explanation": "经核实无误"} if rng.random() < 0.4 else {}
        found |= {CellPlace(FIGURES, row.key, name): CellContent(said) for name, said in beside.items()}
        if slot is None or slot.fixed is not None:
            continue
        if content := entries(slot, rng, mood):
            found[CellPlace(FIGURES, row.key, "value")] = content
        if slot.numeric and len(slot.choices) > 1 and rng.random() < 0.4:
            unit = rng.choice([*slot.choices, "升"] if mood == "faulty" else slot.choices)
            found[CellPlace(FIGURES, row.key, "unit")] = CellContent(unit)
        if dates and slot.numeric and rng.random() < 0.2:
            found[CellPlace(FIGURES, row.key, "value")] = CellContent(datetime.date(2026, 3, 4), "yyyy-mm-dd")
    for table in plan.tables:
        found |= dict(fill_table(table, rng, mood))
    if mood == "filled":
        found |= {CellPlace(COVER, key, "value"): CellContent("甲") for key in PEOPLE}
        found |= {
            CellPlace(EVIDENCE, f"{score.indicator.code}#1", "file"): CellContent("证明.pdf") for score in plan.scores
        }
    return Given({place: content for place, content in found.items() if content.value is not None})


def write_all(folder: Path, system: str, dates: bool = False) -> Iterator[Path]:
    """Every workbook of a system that is compared."""
    for assignment, departments in assignments_of(system):
        for department in departments:
            stamp = Stamp(CATALOGS[system], assignment, department, ISSUE.round)
            for mood in MOODS if not dates else ("faulty",):
                path = folder / f"{system}-{assignment.id}-{department}-{mood}{'-dates' if dates else ''}.xlsx"
                given = give(system, assignment, department, mood, dates)
                path.write_bytes(stamp.write(ISSUE, given))
                yield path
