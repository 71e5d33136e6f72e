"""What the tests of reading, checking and merging share: small catalogs, answers, and workbooks with one thing wrong.

A small catalog has one indicator that uses all its figures. Answers are given as cells (``{"total": 12}``) and go
through the production ``read_cell``, so a test can say what a clerk typed.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import time
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from loaded_books import open_book
from make_samples import fill_workbook
from msgspec.structs import replace

from smartcity_xl.books.identity import IDENTITY_SHEET, LAYOUT, TEMPLATE_KIND
from smartcity_xl.books.values import read_cell, show_cell
from smartcity_xl.catalog.build import build_assignment, build_catalog
from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.duties import indicators_for
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.map import FIGURES, PEOPLE, TemplatePlan, column, plan_template
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label, word_finding, words
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Evidence,
    Finding,
    Identity,
    Kind,
    Option,
    Origin,
    Outcome,
    Parcel,
    Receipt,
    Slot,
    State,
    Submission,
    TableAnswer,
    TableRow,
)
from smartcity_xl.model.periods import year_period

ISSUE = Issue("2018", "云溪市", "2019-02-25")
CATALOG: Catalog = for_period(load_catalog("cn-2018"), year_period(2018))
ASSIGNMENT: Assignment = load_assignment(CATALOG)

# --- small catalogs ------------------------------------------------------------------------------------------


def slot(kind: Kind = Kind.COUNT, **fields: Any) -> Slot:
    """One answer cell of a kind, with room for any number."""
    unit = {Kind.COUNT: "个", Kind.SHARE: "%", Kind.YESNO: "", Kind.CHOICE: ""}.get(kind, "万元")
    given = {
        "key": "total",
        "figure": "total",
        "label": "总数",
        "minimum": Fraction(-(10**9)),
        "maximum": Fraction(10**9),
    }
    return Slot(**{**given, "kind": kind, "unit": unit, **fields})


CHOICE = slot(Kind.CHOICE, options=(Option("three", "3家均支持"), Option("none", "均不支持")))


def _term(figure: Mapping[str, Any]) -> str:
    match figure["kind"]:
        case "checklist":
            return f"count({figure['key']})"
        case "choice":
            return f"pick({figure['key']}, {', '.join(o['key'] + ': 1' for o in figure['options'])})"
        case "table":
            return f"mean({figure['key']}, {figure['key']}.{figure['columns'][0]['key']})"
    return str(figure["key"])


def figure(key: str, kind: str = "count", **fields: Any) -> dict[str, Any]:
    """A figure as a catalog file has it; a number without a ``max`` may be up to 1,000."""
    numeric = kind in ("count", "area", "length", "money", "period", "points", "number")
    return {
        "key": key,
        "label": f"〈{key}〉",
        "kind": kind,
        **({"max": 1000, "unit": "个"} if numeric else {}),
        **fields,
    }


def table_figure(key: str = "hospitals", **fields: Any) -> dict[str, Any]:
    """A table of two columns, the first a part of the second."""
    columns = [
        {"key": "reads", "label": "调阅", "kind": "count", "unit": "次", "max": 1000, "part_of": "visits"},
        {"key": "visits", "label": "门诊", "kind": "count", "unit": "次", "max": 1000},
    ]
    return {"key": key, "label": "医院", "kind": "table", "rows": 5, "row_label": "医院", "columns": columns, **fields}


def small_catalog(*figures: Mapping[str, Any], evidence: Sequence[str] = ()) -> Catalog:
    """A catalog of these figures, all used by the indicator ``L1P1-A1``, which calls for this evidence."""
    indicator = {
        "code": "L1P1-A1", "category": "L1P1", "name": "指标", "weight": "100%", "source": "test",
        "rule": " + ".join(map(_term, figures)), "evidence": list(evidence),
    }  # fmt: skip
    document = {
        "id": "small", "version": "1", "title": "小体系", "document": "test",
        "dimensions": [{"code": "L1", "name": "维度", "weight": "100%"}],
        "categories": [{"code": "L1P1", "dimension": "L1", "name": "类", "weight": "100%"}],
        "indicators": [indicator], "figures": [dict(figure) for figure in figures],
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    assert not faults, [fault.words("en") for fault in faults]
    return catalog


def small_assignment(catalog: Catalog, *departments: str, **asked: Sequence[str]) -> Assignment:
    """All figures asked of all departments (``a`` alone where none is named), the first in the lead."""
    named = departments or ("a",)
    document = {
        "id": "assigned", "system": "small", "city": "云溪市", "title": "t", "document": "d", "round": "2018",
        "deadline": "2019-02-25", "recipients": ["办公室"], "office": named[0],
        "departments": [{"key": key, "name": f"市{key}局"} for key in named],
        "indicators": {"L1P1-A1": list(named)}, "figures": {key: list(value) for key, value in asked.items()},
        "unassigned": {},
    }  # fmt: skip
    assignment, faults = build_assignment(document, catalog)
    assert not faults, [fault.words("en") for fault in faults]
    return assignment


# --- answers -------------------------------------------------------------------------------------------------


def answer(slot_: Slot, cell: object, department: str, origin: Origin, remark: str = "") -> Answer:
    reading = read_cell(cell, slot_)
    return Answer(
        slot_.key, department, reading.state, reading.value, show_cell(cell), origin, "", remark, reading.unit
    )


def submission(
    catalog: Catalog,
    given: Mapping[str, object],
    tables: Mapping[str, Sequence[tuple[str, Mapping[str, object]]] | State] | None = None,
    department: str = "a",
    parcel: str = "a.xlsx",
    remarks: Mapping[str, str] | None = None,
    dates: Mapping[str, str] | None = None,
    explanations: Mapping[str, str] | None = None,
    evidence: Sequence[tuple[str, str, str]] | None = None,
    people: Mapping[str, str] | None = None,
    round_: str = "2018",
    revision: str = "",
) -> Submission:
    """What a department sent: slot -> cell, and table -> rows (name, column -> cell) or a state without rows; lines of
    evidence (title, file, remark) for the one indicator. Without evidence or people the sheet itself is not there."""
    told, said = remarks or {}, explanations or {}
    answers = {
        key: replace(
            answer(catalog.slots[key], cell, department, Origin(parcel, "填报表", f"D{number}"), told.get(key, "")),
            as_of=(dates or {}).get(key, ""), as_of_cell=f"H{number}", explanation=said.get(key, ""),
        )
        for number, (key, cell) in enumerate(given.items(), start=5)
    }  # fmt: skip
    identity = Identity(
        TEMPLATE_KIND, catalog.id, catalog.version, "assigned", department, round_, "云溪市", LAYOUT, revision=revision
    )
    laid = {
        key: replace(_table(catalog, key, rows, department, parcel, told.get(key, "")), explanation=said.get(key, ""))
        for key, rows in (tables or {}).items()
    }
    code = catalog.indicators[0].code
    listed = tuple(
        Evidence(code, *line, Origin(parcel, "支撑资料", f"F{n}")) for n, line in enumerate(evidence or (), 5)
    )
    places = {code: Origin(parcel, "支撑资料", "F5")} if evidence is not None else {}
    if people is not None:
        places |= {key: Origin(parcel, "封面", f"C{number}") for number, key in enumerate(PEOPLE, start=24)}
        people = {key: people.get(key, "") for key in PEOPLE}
    sha256 = hashlib.sha256(parcel.encode()).hexdigest()
    return Submission(parcel, sha256, identity, answers, laid, listed, people or {}, (), places)


def _table(
    catalog: Catalog, key: str, rows: Sequence[tuple[str, Mapping[str, object]]] | State, department: str, parcel: str,
    remark: str,
) -> TableAnswer:  # fmt: skip
    origin = Origin(parcel, "明细表1")
    if isinstance(rows, State):
        return TableAnswer(key, department, rows, (), origin, remark)
    laid = tuple(
        TableRow(name, {
            c.key: answer(replace(c, key=f"{key}.{c.key}"), cells.get(c.key), department,
                          Origin(parcel, "明细表1", f"{'CDEFGH'[at]}{line}"))
            for at, c in enumerate(catalog.figures[key].columns)
        })
        for line, (name, cells) in enumerate(rows, start=6)
    )  # fmt: skip
    whole = all(cell.state is State.VALUE for row in laid for cell in row.cells.values())
    return TableAnswer(key, department, State.VALUE if whole else State.UNREADABLE, laid, origin, remark)


# --- filled workbooks of the built-in catalog, and how to spoil them -----------------------------------------


UNPROVEN = frozenset({"evidence-none", "evidence-missing", "leader-missing", "contact-missing"})
"""What is told of workbooks that hold answers, and neither evidence nor people."""

PERSONS = {
    "leader.name": "赵演文", "leader.phone": "0379-0000-0001",
    "contact.name": "钱演林", "contact.mail": "form@example.com",
}  # fmt: skip


def proofs(department: str) -> list[dict[str, str]]:
    """A line of evidence for every indicator of a department."""
    codes = [indicator.code for indicator in indicators_for(CATALOG, ASSIGNMENT, department)]
    return [{"indicator": code, "title": "证明", "file": f"{code}.pdf"} for code in codes]


@cache
def _filled(department: str, given: tuple[tuple[str, Any], ...]) -> bytes:
    sections = {"answers": dict(given), "as_of": "2018-12-31", "people": PERSONS, "evidence": proofs(department)}
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, sections)


def filled(department: str = "secrecy", **answers: Any) -> bytes:
    """A department's workbook with these answers (``__`` in a name stands for the point of an item)."""
    return _filled(department, tuple((key.replace("__", "."), value) for key, value in answers.items()))


def plan(department: str) -> TemplatePlan:
    return plan_template(CATALOG, ASSIGNMENT, department, words("sheet"))


def value_cell(department: str, key: str) -> str:
    """The cell of the sheet 填报表 that answers a slot: D6."""
    return f"D{plan(department).row_of[key].row + 1}"


def edited(data: bytes, edit: Callable[[Any], object]) -> bytes:
    """A workbook after an edit with openpyxl, saved by it."""
    book = open_book(data)
    edit(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def figures_sheet(book: Any) -> Any:
    return book[label("sheet.figures")]


def column_of(name: str) -> int:
    """Column of the figures sheet, as openpyxl counts."""
    return column(FIGURES, name) + 1


def identified(data: bytes, **fields: str) -> bytes:
    """A workbook with fields of its hidden identity changed, or added where they were not written."""

    def edit(book: Any) -> None:
        sheet = book[IDENTITY_SHEET]
        rows = {row[0].value: row[0].row for row in sheet.iter_rows()}
        for field, value in fields.items():
            at = rows.get(field, sheet.max_row + 1)
            sheet.cell(at, 1).value, sheet.cell(at, 2).value = field, value

    return edited(data, edit)


FIGURES_PART = "xl/worksheets/sheet2.xml"
"""The part of the sheet 填报表 in a workbook that openpyxl saved."""


def repacked(
    data: bytes,
    change: Mapping[str, Callable[[bytes], bytes]] | None = None,
    add: Sequence[tuple[str, bytes]] = (),
    drop: Sequence[str] = (),
) -> bytes:
    """A package with parts changed, added (even a second time) or dropped."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in drop:
                new.writestr(
                    zipfile.ZipInfo(name), (change or {}).get(name, bytes)(old.read(name)), zipfile.ZIP_DEFLATED
                )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two parts of one name are what some tests are about
            for name, part in add:
                new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def with_cell(data: bytes, cell: str, xml: str, part: str = FIGURES_PART) -> bytes:
    """A workbook in which one cell of a sheet is replaced by raw XML; ``xml`` may be several cells or none."""
    pattern = re.compile(rb'<c r="' + cell.encode() + rb'"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)

    def change(sheet: bytes) -> bytes:
        assert len(pattern.findall(sheet)) == 1, cell
        return pattern.sub(lambda _: xml.encode(), sheet)

    return repacked(data, {part: change})


def parcel(data: bytes, name: str = "a.xlsx") -> Parcel:
    return Parcel(name, data, hashlib.sha256(data).hexdigest())


def read(data: bytes, name: str = "a.xlsx") -> Submission:
    """A workbook of the built-in catalog, through the production reader."""
    return read_submission(open_workbook(parcel(data, name)), CATALOG, ASSIGNMENT)


# --- findings ------------------------------------------------------------------------------------------------


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def assert_worded(findings: Sequence[Finding]) -> None:
    """Every finding can be said in both languages, with nothing left open."""
    for finding in findings:
        for language in ("zh", "en"):
            assert str(word_finding(finding, language))
            marked = replace(finding, parameters=dict.fromkeys(finding.parameters, "·"))
            assert "{" not in str(word_finding(marked, language))


def receipt(outcome: Outcome, name: str) -> Receipt:
    return next(receipt for receipt in outcome.receipts if receipt.parcel == name)


def put(inbox: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into an inbox, folders and all."""
    for name, data in files.items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return inbox


def check_growth(work: Callable[[int], object], size: int, most: float = 24) -> None:
    """Eight times the work must take less than ``most`` times as long: about 8 times where time grows with size, 64
    where it grows with its square. Another program's moment only adds to a time: the shortest of each counts, and
    what is too much by them is measured on."""

    def measure(amount: int) -> float:
        began = time.process_time()
        work(amount)
        return time.process_time() - began

    short = long = math.inf
    for turn in range(20):
        short, long = min(short, measure(size)), min(long, measure(8 * size))
        if turn > 1 and long < most * short:
            return
    pytest.fail(f"the work took {short:.5f} s, and eight times the work {long:.5f} s: {most} times as long and more")
