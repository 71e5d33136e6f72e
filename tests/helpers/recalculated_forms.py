"""Forms filled with all that a clerk may type, and what the programs and the engine say of them."""

from __future__ import annotations

import datetime
import hashlib
import io
import math
import random
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import pytest
from msgspec.structs import replace
from recalculated_rules import ASSIGNMENT, CATALOG, Case, draw, draw_answers, plan_of, seeded, snap

from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.map import TemplatePlan
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.template.scores import score_formula
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Indicator,
    Kind,
    Merge,
    Origin,
    Outcome,
    Parcel,
    Scores,
    Slot,
    State,
    Submission,
)
from smartcity_xl.rules.formula import Cells, constant
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.units import factor

MOODS = ("sound", "edge", "units", "faulty", "faulty2", "faulty units")
WHOLE_CITY = ("sound",)
"""Moods in which every department fills its workbook; in each of the others every other one does, and two after another
are filled by all."""


def departments_of(mood: str) -> list[str]:
    """The departments that fill their workbooks in a mood."""
    departments = list(ASSIGNMENT.departments)
    return departments if mood in WHOLE_CITY else departments[MOODS.index(mood) % 2 :: 2]


def as_typed(slot: Slot, value: Fraction) -> Any:
    if slot.kind is Kind.YESNO:
        return label("word.yes" if value else "word.no")
    if slot.kind is Kind.CHOICE:
        return slot.options[int(value) - 1].label
    return int(value) if value.denominator == 1 else float(value)


def fault(rng: random.Random, slot: Slot) -> Any:
    """Something that is no usable answer; None is a cell left blank."""
    if not slot.numeric:
        return rng.choice([None, "有", "部分", "—", 1, 0, 2])
    wrong = [None, None, "约300", "三百", "—", "无", "是", float(slot.minimum) - 1, float(slot.maximum) + 1]
    if slot.whole:
        wrong += [0.5, 12.25]
    if slot.awarded:
        wrong += [61.3625, 0.001]
    if slot.kind is Kind.SHARE:
        wrong += [0.85, 1, 0.001]
    return rng.choice(wrong)


def in_a_unit(rng: random.Random, slot: Slot, value: Fraction) -> tuple[Any, str]:
    """A value as it is typed in one of the figure's units, where a cell can hold it exactly."""
    unit = rng.choice(slot.choices)
    number = value / factor(unit, slot.unit)
    if Fraction(f"{float(number):.15g}") != number:
        return as_typed(slot, value), slot.unit
    return as_typed(slot, number), unit


def in_mu(rng: random.Random, slot: Slot) -> tuple[Any, str]:
    """An area in 亩: in 平方公里 a number without a finite decimal form."""
    return rng.randint(1, 10**5) / 10, "亩"


def fill_units(rng: random.Random, plan: TemplatePlan, given: dict[str, Any], faulty: bool) -> None:
    """Give the numbers in units chosen at random; ``faulty``: some in a unit that suits neither figure nor number."""
    for row in plan.rows:
        slot = row.slot
        typed = given["answers"].get(row.key)
        if slot is None or len(slot.choices) < 2 or not isinstance(typed, (int, float)) or slot.fixed is not None:
            continue
        if "亩" in slot.choices and len(ASSIGNMENT.asked[slot.figure]) == 1 and rng.random() < 0.5:
            typed, given["units"][slot.key] = in_mu(rng, slot)
        else:
            typed, given["units"][slot.key] = in_a_unit(rng, slot, Fraction(repr(typed)))
        given["answers"][slot.key] = typed
        if faulty and rng.random() < 0.5:
            given["units"][slot.key] = rng.choice([*slot.choices, None, "升", "个个", " "])


def fill_in(department: str, mood: str) -> dict[str, Any]:
    """One department's answers, in the form of ``city.toml``. Sound ones are the same in every department."""
    plan = plan_of(department)
    wholes = {slot.part_of for slot in CATALOG.slots.values()} - {""}
    city = draw_answers(seeded(mood), CATALOG.slots.values(), wholes, "edge" if mood == "edge" else "any")
    rng = seeded(f"{department} {mood}")
    given: dict[str, Any] = {"answers": {}, "remarks": {}, "formulas": {}, "tables": {}, "units": {}}
    for row in plan.rows:
        slot = row.slot
        if slot is None or slot.fixed is not None:
            continue
        value = city[slot.key] if slot.merge is Merge.AGREE else draw(rng, slot)
        typed = as_typed(slot, value)
        if mood.startswith("faulty") and rng.random() < (0.5 if mood == "faulty" else 0.12):
            which = rng.random()
            if which < 0.15:
                typed = label("word.not_applicable")
                if rng.random() < 0.7:
                    given["remarks"][slot.key] = "没有此项业务"
            elif which < 0.22:
                given["formulas"][slot.key] = {"formula": rng.choice(["=1/0", "=NA()"])}
            elif which < 0.4 and slot.part_of and slot.part_of in city:
                typed = as_typed(slot, snap(slot, city[slot.part_of] + rng.choice([1, 2, 1000])))
            else:
                typed = fault(rng, slot)
        if typed is not None and slot.key not in given["formulas"]:
            given["answers"][slot.key] = typed
    if mood.endswith("units"):
        fill_units(rng, plan, given, mood.startswith("faulty"))
    for table in plan.tables:
        number = {"edge": table.figure.rows, "faulty": 9, "faulty2": 3}.get(mood, 7)
        given["tables"][table.figure.key] = list(_table_rows(rng, table.figure.columns, number, mood))
    return given


def _table_rows(rng: random.Random, columns: Iterable[Slot], number: int, mood: str) -> Iterator[dict[str, Any]]:
    columns = list(columns)
    wholes = {slot.part_of for slot in columns} - {""}
    for at in range(number):
        values = draw_answers(rng, columns, wholes, "edge" if mood == "edge" else "any")
        row: dict[str, Any] = {"name": f"第{at + 1}医院"} | {s.key: as_typed(s, values[s.key]) for s in columns}
        if mood == "faulty" and at % 3 == 1:
            row[rng.choice(list(row))] = rng.choice([None, -1, 0.5, "约10"])
        yield row


def submit(data: bytes, name: str = "one.xlsx") -> Submission:
    book = open_workbook(Parcel(name, data, hashlib.sha256(data).hexdigest()))
    return check_submission(CATALOG, ASSIGNMENT, read_submission(book, CATALOG, ASSIGNMENT))


def engine_scores(submission: Submission) -> Scores:
    return score_merged(CATALOG, merge_submissions(CATALOG, ASSIGNMENT, [submission]))


FINE = {label(f"check.{name}") for name in ("ok", "optional", "fixed", "not_applicable")}
"""What the check column says where nothing need be done."""


def unit_origin(answer: Answer) -> Origin:
    """Where the unit of an answer stands: right of its value."""
    at = answer.origin
    return replace(at, cell=at.cell.replace("D", "E"))


def expected_check(plan: TemplatePlan, submission: Submission, key: str) -> str:
    """What the check column must say of a slot or table, by what ``collect`` finds."""
    row = plan.row_of[key]
    if row.slot is None:
        table = submission.tables[key]
        names = {State.VALUE: "ok", State.BLANK: "table_blank", State.NOT_APPLICABLE: "not_applicable"}
        return label(f"check.{names.get(table.state, 'table_wrong')}")
    slot = row.slot
    if slot.fixed is not None:
        return label("check.fixed")
    answer = submission.answers[key]
    places = {answer.origin, unit_origin(answer)}
    codes = {finding.code for finding in submission.findings if finding.origin in places}
    bounds = {"minimum": constant(slot.minimum), "maximum": constant(slot.maximum), "unit": slot.unit}
    several = "_unit" if len(slot.choices) > 1 else ""
    range_ = label(f"check.range{several}", **bounds)
    no_answer = label("check.not_number" if slot.numeric else "check.not_choice")
    kept = label("check.explained" if answer.explanation else "check.text" if slot.numeric else "check.kept")
    words_of = {
        "missing": label("check.blank"),
        "cell-error": label("check.error"), "formula-uncached": label("check.error"),
        "not-a-number": no_answer, "not-a-choice": no_answer, "filler": no_answer,
        "date-for-number": label("check.date"),
        "unit-unknown": label("check.unit"), "out-of-range": range_, "unit-suspected": range_,
        "not-whole": label(f"check.whole{several}", unit=slot.unit), "share-scale": label("check.scale"),
        "mark-decimals": label("check.decimals"),
        "reason-missing": label("check.reason"), "not-applicable": label("check.not_applicable"),
        "text-number": kept, "choice-kept": kept,
        "part-exceeds-whole": label("check.part", whole=CATALOG.label(slot.part_of)) if slot.part_of else "",
    }  # fmt: skip
    for code, said in words_of.items():
        if code in codes:
            return said
    if answer.state is State.BLANK:
        return label("check.optional")
    return label("check.ok")


# What may be typed, one oddity each: department, slot, what stands in its cell.
ODD: dict[str, tuple[str, str, Any]] = {
    "a text number": ("gov-data", "gov_items_total", "1200"),
    "a text number with separators": ("gov-data", "gov_items_ecert", "1,100"),
    "a number with its unit": ("gov-data", "mobile_services_extra", "86项"),
    "a number, a blank and its unit": ("gov-data", "gov_site_departments_total", "20 个 "),
    "a number in another unit than is chosen": ("gov-data", "social_capital", "3亿元"),
    "another word for yes": ("gov-data", "portal_accessible", "√"),
    "a full-width choice": ("gov-data", "news_sites_accessible", "３家均支持"),
    "a full-width letter for yes": ("gov-data", "smart_city_leadership_active", "Ｙ"),
    "a word for yes in letters of odd case": ("gov-data", "third_party_operation", "yEs"),
    "a truth value for a choice": ("gov-data", "smart_city_leadership", True),
    "a truth value for a number": ("gov-data", "gov_departments_total", True),
    "blanks around a choice": ("gov-data", "smart_city_in_appraisal", " 是 "),
    "blanks alone in an asked cell": ("gov-data", "smart_city_project_rules", "  "),
    "blanks alone in a cell that may stay empty": ("tax", "mobile_services.tax_service", "  "),
    "not applicable between blanks": ("gov-data", "gov_items_onestop", " 不适用 "),
    "not applicable between wide blanks": ("gov-data", "gov_items_unified_login", "　不适用　"),
    "a date": ("gov-data", "total_investment", datetime.date(2018, 3, 4)),
    "a part of an impossible whole": ("transport", "bus_lines_forecast", 3),
}
ODD_WHOLES = {"bus_lines_total": 2.5}
KNOWN_LENIENT = {"a text number with separators", "a number in another unit than is chosen"}
"""What ``collect`` takes, with a query, and the sheet does not read: it asks to look, and calls nothing wrong."""
SEEN_BY_SOME = {"a date"}
"""What ``collect`` refuses and Gnumeric cannot tell: to its cells a date is a number."""
WIDE_BLANKS = "not applicable between wide blanks"
"""Taken by ``collect``; whether TRIM takes wide blanks away is each program's own affair."""


def fill_odd(department: str) -> dict[str, Any]:
    given = fill_in(department, "sound") | {"dates": {}}
    typed = {key: value for at, key, value in ODD.values() if at == department}
    typed |= {key: value for key, value in ODD_WHOLES.items() if key in given["answers"]}
    for key, value in typed.items():
        if isinstance(value, datetime.date):
            del given["answers"][key]
            given["dates"][key] = value
        else:
            given["answers"][key] = value
        if "不适用" in str(value):
            given["remarks"][key] = "没有此项业务"
    return given


@dataclass
class Bench:
    """Everything that was written, and for each program what it saved."""

    folder: Path
    files: dict[str, Path]
    cases: dict[tuple[str, str], Case]
    outcomes: dict[str, Outcome]
    saved: dict[str, dict[Path, Path]]

    def __post_init__(self) -> None:
        self._read: dict[Path, office.Values] = {}
        self._submitted: dict[str, Submission] = {}

    def submission(self, name: str) -> Submission:
        if name not in self._submitted:
            self._submitted[name] = submit(self.files[name].read_bytes())
        return self._submitted[name]

    def values(self, program: str, name: str) -> office.Values:
        path = self.saved[program][self.files[name]]
        if path not in self._read:
            self._read[path] = office.read_values(path)
        return self._read[path]


every_program = pytest.mark.parametrize("program", office.PROGRAMS)
every_mood = pytest.mark.parametrize("mood", MOODS)
every_summary = pytest.mark.parametrize("name", ["samples", *MOODS])


def complain(found: list[str], of: int) -> None:
    assert not found, f"{len(found)} of {of} disagree:\n" + "\n".join(found[:20])


def differences(values: office.Values, expected: office.Values, cells: Iterable[tuple[str, str]]) -> list[str]:
    """Cells that differ. Numbers are the same when no digit that can be shown (15) differs, but for the rounding of the
    last one: a program that saves 15 digits of ...0950 rounds twice."""
    found = []
    for sheet, address in cells:
        here, there = (side.get(sheet, {}).get(address, "") for side in (values, expected))
        numbers = isinstance(here, (int, float)) and isinstance(there, (int, float))
        close = numbers and (f"{here:.15g}" == f"{there:.15g}" or math.isclose(here, there, rel_tol=1e-15))
        if here != there and not close:
            found.append(f"{sheet}!{address}: {here!r} instead of {there!r}")
    return found


def each_filled(bench: Bench, program: str, mood: str) -> Iterator[tuple[TemplatePlan, Submission, office.Values]]:
    for department in departments_of(mood):
        name = f"{mood} {department}"
        yield plan_of(department), bench.submission(name), bench.values(program, name)


EXCEL_2007 = frozenset(
    ("IF", "AND", "OR", "NOT", "MIN", "MAX", "SUM", "ROUND", "CHOOSE", "COUNT", "COUNTA", "COUNTIF", "ISNUMBER",
     "ISTEXT", "ISBLANK", "ISLOGICAL", "ISERROR", "IFERROR", "TRIM", "LEFT", "INT", "INDEX", "MATCH", "TEXT", "AVERAGE",
     "ABS", "LOG10", "LEN", "ASC", "CELL", "FIND", "EXACT", "HYPERLINK", "RIGHT", "VALUE", "MID")
)  # fmt: skip
"""What every program of every office has."""
_LITERAL = re.compile(r'"(?:[^"]|"")*"|\'[^\']*\'')


def functions_in(formula: str) -> set[str]:
    return set(re.findall(r"([A-Za-z_][A-Za-z0-9_.]*)\s*\(", _LITERAL.sub("0", formula)))


def all_formulas(data: bytes) -> Iterator[str]:
    """Every formula of a package: cells, rules of input, colours, names, charts."""
    import html

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.endswith(".xml"):
                text = package.read(name).decode("utf-8")
                tags = r"<((?:c:)?f|formula|formula1|formula2|definedName)(?: [^>]*)?>([^<]*)</\1>"
                yield from (html.unescape(found) for _, found in re.findall(tags, text))


_PRINT_HASHES = """
import hashlib, sys, tempfile
from pathlib import Path
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.templates import make_templates
with tempfile.TemporaryDirectory() as folder:
    make_templates(Path(folder) / "templates")
    collect(Path(sys.argv[1]), Path(folder) / "out")
    for path in sorted(Path(folder).rglob("*.*")):
        sys.stdout.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}\\n")
"""


def _cut_off(indicator: Indicator, cells: Cells, numbers: Iterable[str], count: int, otherwise: str) -> str:
    """The score's formula rounding to even at ties: wrong by 0.01 at every second one."""
    return re.sub(
        r"ROUND\(ROUND\((.*),12\),2\)", r"ROUND(ROUND(\1,12)-0.0000000001,2)",
        score_formula(CATALOG, indicator, cells, numbers, count, otherwise),
    )  # fmt: skip
