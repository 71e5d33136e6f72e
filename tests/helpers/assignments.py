"""Assignment workbooks, filled as an office fills them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import openpyxl

from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Kind
from smartcity_xl.office.assigning import write_assignment_book
from smartcity_xl.office.assigning.form import DUTY_COLUMNS, FIRST_ROW, SETTING_KEYS

SETTINGS = {
    "city": "清溪县", "round": "2026", "deadline": "2026-12-31", "recipients": "县发展改革局、县委网信办",
    "office": "县智慧城市工作专班",
}  # fmt: skip
DEPARTMENTS = {"县卫生健康局": "卫健局", "县教育局": "", "县公安局": "公安局；县公安", "县农业农村局": ""}
NAMES = tuple(DEPARTMENTS)
Edit = Mapping[str, Any]


def fill_book(
    catalog: Catalog, duties: Mapping[str, tuple[str, ...]], settings: Edit = SETTINGS, names: Edit = DEPARTMENTS
) -> bytes:
    """The assignment workbook of a system, filled: figure -> names of departments, the lead first."""
    book = openpyxl.load_workbook(io.BytesIO(write_assignment_book(catalog)))
    sheet = book[label("assign.sheet_settings")]
    for row, key in enumerate(SETTING_KEYS, start=FIRST_ROW + 1):
        sheet.cell(row, 3).value = settings.get(key)
    sheet = book[label("assign.sheet_departments")]
    for row, (name, aliases) in enumerate(names.items(), start=FIRST_ROW + 1):
        sheet.cell(row, 1).value, sheet.cell(row, 2).value = name, aliases or None
    sheet = book[label("assign.sheet_duties")]
    lead, others = (DUTY_COLUMNS.index(name) + 1 for name in ("lead", "others"))
    for row in range(FIRST_ROW + 1, sheet.max_row + 1):
        named = duties.get(sheet.cell(row, 1).value, ())
        if named:
            sheet.cell(row, lead).value = named[0] or None
            sheet.cell(row, others).value = "、".join(named[1:]) or None
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


COUNTY = "gbt33356-2022-county"


def typed(catalog: Catalog, given: Mapping[str, str], department: str, assignment: Assignment) -> dict[str, Any]:
    """What a department's clerk types, from a case worked by hand."""
    answers: dict[str, Any] = {}
    for key in assignment.figures_for(department):
        figure = catalog.figures[key]
        for slot in figure.slots:
            if slot.fixed is not None:
                continue
            if slot.kind is Kind.CHOICE:
                answers[slot.key] = next(option.label for option in slot.options if option.key == given[slot.key])
            elif slot.kind is Kind.YESNO:
                answers[slot.key] = label("word.yes" if Fraction(given[slot.key]) else "word.no")
            else:
                answers[slot.key] = float(given[slot.key])
    return answers
