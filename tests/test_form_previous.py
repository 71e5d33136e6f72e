"""Last round's values beside the cells, and returned workbooks in other programs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import openpyxl
import pytest
from make_samples import fill_workbook
from returned import INBOX, full, returned, write_returns
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    figures_sheet,
    parcel,
    plan,
    put,
    read,
)

from smartcity_xl.books.cells import column_name
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.map import FIGURES, column
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.messages import label
from smartcity_xl.model import State
from smartcity_xl.run.collecting import assess, collect
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, choose_round
from smartcity_xl.run.templates import make_templates

# --- last round's values -----------------------------------------------------------------------------------------


def with_previous(tmp_path: Path, edit: Any = None) -> dict[str, bytes]:
    put(tmp_path / "in", {"a.xlsx": full("transport", transit_trips_total=1250)})
    collect(tmp_path / "in", tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_bytes())
    if edit:
        edit(results)
    (tmp_path / "before.json").write_text(json.dumps(results), encoding="utf-8")
    make_templates(tmp_path / "issue", round_="2019", previous=(tmp_path / "before.json",))
    return {path.name: path.read_bytes() for path in (tmp_path / "issue").iterdir()}


def previous_of(data: bytes, key: str) -> object:
    sheet = figures_sheet(openpyxl.load_workbook(io.BytesIO(data)))
    columns = {cell.value: cell.column for cell in sheet[1]}
    at = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == key)
    return sheet.cell(at, columns["previous"]).value if "previous" in columns else None


def transport(files: Mapping[str, bytes]) -> bytes:
    return next(data for name, data in files.items() if "交通" in name)


def test_last_rounds_answer_stands_beside_the_cell_and_is_none(tmp_path: Path) -> None:
    files = with_previous(tmp_path)
    unit = CATALOG.slots["transit_trips_total"].unit
    assert previous_of(transport(files), "transit_trips_total") == f"1250 {unit}"
    after = read_submission(open_workbook(parcel(transport(files))), CATALOG, ASSIGNMENT)
    assert all(answer.state is State.BLANK for answer in after.answers.values())
    others = [data for name, data in files.items() if "交通" not in name]
    assert all(previous_of(data, "leak_events") is None for data in others if b"leak_events" in data)


@pytest.mark.parametrize(("field", "other"), [("kind", "share"), ("unit", "another")])
def test_a_figure_that_has_changed_is_not_compared(tmp_path: Path, field: str, other: str) -> None:
    def edit(results: dict[str, Any]) -> None:
        for entry in results["figures"]:
            entry[field] = other

    assert previous_of(transport(with_previous(tmp_path, edit)), "transit_trips_total") is None


def test_without_a_previous_round_a_template_is_the_blank_one(tmp_path: Path) -> None:
    make_templates(tmp_path)
    catalog, assignment = choose_round(EVERYTHING_DEFAULT)
    for department in assignment.departments:
        issue = Issue(assignment.round, assignment.city, assignment.deadline)
        blank = write_template(catalog, assignment, department, issue)
        assert any(path.read_bytes() == blank for path in tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"figures": [1], "round": ""}', '{"figures": 3}'])
def test_results_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageFault, match="results-"):
        make_templates(tmp_path / "issue", previous=(path,))
    assert run_cli(["make-templates", "--previous", str(tmp_path / "none"), "--out", str(tmp_path / "x")]) == 2


# --- other programs ----------------------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_returned_workbook_shows_the_checks_of_its_answers_when_it_is_opened(program: str, tmp_path: Path) -> None:
    returns = write_returns(assess(INBOX))
    files = [put(tmp_path, {f"{number}.xlsx": one.data}) / f"{number}.xlsx" for number, one in enumerate(returns)]
    saved = office.recalculate(program, files, tmp_path / "out")
    for file, one in zip(files, returns, strict=True):
        assert office.read_errors(saved[file]) == []
        values = office.read_values(saved[file])[label("sheet.figures")]
        after = check_submission(CATALOG, ASSIGNMENT, read(one.data))
        for key, answer in after.answers.items():
            at = f"{column_name(column(FIGURES, 'number'))}{plan(one.department).row_of[key].row + 1}"
            if isinstance(answer.typed.cell, (int, float)) and answer.value is not None:
                assert Fraction(str(values[at])) == answer.value, (one.name, key)
            elif answer.value is None and not isinstance(answer.typed.cell, date):  # a number to any program
                assert at not in values, (one.name, key)


def test_an_explanation_goes_back_with_the_answers_and_an_explained_doubt_does_not(tmp_path: Path) -> None:
    """A part larger than its whole, explained; something else brings the workbook back."""
    given = {
        "answers": {"credit_units_total": 40, "credit_units_sharing": 41, "credit_leadership": "也许"},
        "explanations": {"credit_units_sharing": "含两家撤并单位"},
    }
    sent = fill_workbook(CATALOG, ASSIGNMENT, "credit", ISSUE, given)
    (back,) = returned(tmp_path, {"a.xlsx": sent})
    assert read(back.data).answers["credit_units_sharing"].explanation == "含两家撤并单位"
    found = " ".join(problem.found for problem in back.problems)
    assert "也许" in found
    assert CATALOG.label("credit_units_sharing") not in found


def test_what_is_missing_beside_the_figures_is_marked_where_it_belongs(tmp_path: Path) -> None:
    answers = {"credit_units_total": 40, "credit_units_sharing": 30, "credit_leadership": "是"}
    listed = [{"indicator": "L2P3-A1", "title": "", "file": "L2P3-A1.pdf"}]
    given = {"answers": answers, "as_of": "2020-06-30", "evidence": listed, "people": {"contact.name": "甲"}}
    (back,) = returned(tmp_path, {"a.xlsx": fill_workbook(CATALOG, ASSIGNMENT, "credit", ISSUE, given)})
    places = {
        (problem.place.role, problem.place.key, problem.place.column) for problem in back.problems if problem.place
    }
    assert {("evidence", "L2P3-A2#1", "file"), ("cover", "leader.name", "value"), ("cover", "contact.phone", "value"),
            ("figures", "credit_units_total", "as_of")} <= places  # fmt: skip
