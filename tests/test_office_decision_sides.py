"""A conflict with more sides than a drop-down holds still gets its decision workbook, and can be decided in it."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from support import figure, small_assignment, small_catalog, submission

from smartcity_xl.messages import label
from smartcity_xl.model import Documents, Outcome
from smartcity_xl.office.deciding import read_decision_book
from smartcity_xl.office.deciding.form import INPUTS
from smartcity_xl.office.deciding.write import write_decision_book
from smartcity_xl.run.concluding import conclude
from smartcity_xl.score.corrections import settle_submissions

CATALOG = small_catalog(figure("one"))
OFFICES = small_assignment(CATALOG, "a")


def contradicting(sides: int) -> Outcome:
    sent = [submission(CATALOG, {"one": at}, parcel=f"{at:04}.xlsx") for at in range(sides)]
    return conclude(CATALOG, OFFICES, sent[0].identity, settle_submissions(sent, {}), [], Documents(), (), ())


@pytest.mark.parametrize(("sides", "kind"), [(2, "list"), (87, "list"), (88, "custom"), (300, "custom")])
def test_every_side_can_be_chosen(sides: int, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "裁定表.xlsx"
    path.write_bytes(write_decision_book([contradicting(sides)]))
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book[label("decide.sheet")]
    tests = {one.type for one in sheet.data_validations.dataValidation if one.prompt and "编号" in one.prompt}
    assert tests == {kind}
    at = {name: column for column, name in enumerate((cell.value for cell in sheet[1]), start=1)}
    row = max(cell.row for cell in sheet["A"] if cell.value)
    for name, text in (("choice", sides), ("reason", "以统计公报为准"), ("who", "办公室")):
        sheet.cell(row, at[INPUTS[name]]).value = text
    book.save(path)
    (decision,) = read_decision_book(path).decisions
    assert decision.choice == str(sides - 1)
