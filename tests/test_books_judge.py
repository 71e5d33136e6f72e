"""An independent judge of the Office schemas finds nothing in any workbook that we write."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hand_worked import CATALOGS
from kinds_of_books import SORTS
from openxml_audit import OpenXmlValidator
from returned import write_returns
from summaries import sum_up

from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.form.template import Issue, Stamp
from smartcity_xl.office.filing import plan_filing, write_filing
from smartcity_xl.results import from_outcome

ISSUE = Issue("2018", "云溪市", "2019-02-25")


def faults(path: Path) -> list[str]:
    return [str(error) for error in OpenXmlValidator().validate(str(path)).errors]


@pytest.mark.parametrize("system", CATALOGS)
def test_forms_and_summaries_of_every_system_pass(system: str, tmp_path: Path) -> None:
    summed = sum_up(system, tmp_path)
    assert faults(summed.summary) == []
    catalog = CATALOGS[system]
    for name in assignment_ids(system)[:1]:
        assignment = load_assignment(catalog, name)
        path = tmp_path / "form.xlsx"
        path.write_bytes(Stamp(catalog, assignment, next(iter(assignment.departments)), ISSUE.round).write(ISSUE))
        assert faults(path) == []
    path = tmp_path / "filing.xlsx"
    path.write_bytes(write_filing(plan_filing(from_outcome(summed.outcome), summed.outcome.catalog), ""))
    assert faults(path) == []
    for one in write_returns(summed.outcome)[:1]:
        path = tmp_path / "back.xlsx"
        path.write_bytes(one.data)
        assert faults(path) == []


@pytest.mark.parametrize("kind", SORTS)
def test_what_the_office_fills_passes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(SORTS[kind].write())
    assert faults(path) == []


def test_the_judge_sees_a_fault(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    good.write_bytes(SORTS["roster"].write())
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"<sheetData>", b"<sheetDatum/><sheetData>"))
    assert faults(good) == []
    assert faults(bad) != []
