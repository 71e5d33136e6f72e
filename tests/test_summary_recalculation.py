"""The hand-worked cases of every system, and its templates filled with a whole city or county, recalculated by
LibreOffice and Gnumeric: what they show is what was worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import office
import pytest
import xlsxwriter
from assignments import fill_book, typed
from hand_worked import CASES, CATALOGS, INDICATORS, values_of
from make_samples import fill_workbook
from recalculated_systems import by_hand, stands_as

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.plain_formulas import PlainWorksheet
from smartcity_xl.form.map import SCORES, column, plan_template
from smartcity_xl.form.template import Issue
from smartcity_xl.form.template.scores import points_formula, score_formula
from smartcity_xl.messages import label, words
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.rules.formula import Cells

pytestmark = pytest.mark.xdist_group("office")
OTHERS = [system for system in CATALOGS if system != "cn-2018"]  # which test_form_recalculation.py has at length


def write_system(path: Path, system: str) -> dict[tuple[str, str], tuple[str, Fraction]]:
    """One sheet for each indicator, one row for each case; (sheet, address) -> (case, what is there by hand). The score
    stands in column ZZ, and beside the star the points it earns in column ZY."""
    catalog, where = CATALOGS[system], {}
    book = xlsxwriter.Workbook(str(path))
    for indicator in catalog.indicators:
        sheet = book.add_worksheet(indicator.code, PlainWorksheet)
        cases = [case for case in CASES[system] if case["indicator"] == indicator.code]
        for row, case in enumerate(cases):
            values, tables = values_of(catalog, INDICATORS[system, indicator.code], case)
            assert not tables, "no rule of these systems reads a table"
            address: dict[str, str] = {}
            for key, value in values.items():
                address[key] = cell_name(row, len(address))
                sheet.write_number(address[key], float(value))
            cells = Cells(
                lambda key, address=address: address[key],
                lambda key: tuple(item.key for item in catalog.figures[key].items),
                lambda _: "",
            )
            formula = score_formula(catalog, indicator, cells, address.values(), len(address), "?")
            sheet.write_formula(f"ZZ{row + 1}", "=" + formula, None, office.SPOILT)
            where[indicator.code, f"ZZ{row + 1}"] = (case["name"], stands_as(case))
            if indicator.starred and "score" in case:
                points = points_formula(catalog, indicator, f"ZZ{row + 1}")
                sheet.write_formula(f"ZY{row + 1}", "=" + points, None, office.SPOILT)
                where[indicator.code, f"ZY{row + 1}"] = (case["name"], Fraction(case["score"]))
    book.close()
    return where


@dataclass(frozen=True)
class Filled:
    """Templates of one system, filled with a whole city: file -> address of a score -> (indicator, score by hand)."""

    files: Mapping[Path, Mapping[str, tuple[str, Fraction]]]


def fill_system(folder: Path, system: str) -> Filled:
    catalog = CATALOGS[system]
    given, scores = by_hand(system)
    book = folder / "分工.xlsx"
    everything = dict.fromkeys(catalog.figures, ("县教育局",))  # one department sees every indicator in full
    book.write_bytes(fill_book(catalog, everything))
    _, assignment = read_assignment_book(book)
    files = {}
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    for department in assignment.departments:
        path = folder / f"{system}-{department}.xlsx"
        answers = typed(catalog, given, department, assignment)
        path.write_bytes(fill_workbook(catalog, assignment, department, issue, {"answers": answers}))
        plan = plan_template(catalog, assignment, department, words("sheet"))
        at = column(SCORES, "score")
        seen = [score for score in plan.scores if score.visible]
        files[path] = {cell_name(s.row, at): (s.indicator.code, scores[s.indicator.code]) for s in seen}
    return Filled(files)


@dataclass(frozen=True)
class Bench:
    where: Mapping[str, Mapping[tuple[str, str], tuple[str, Fraction]]]
    filled: Mapping[str, Filled]
    cases: Mapping[str, Path]
    values: Mapping[str, Mapping[Path, office.Values]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("systems")
    where, filled, cases = {}, {}, {}
    for system in OTHERS:
        (folder / system).mkdir()
        cases[system] = folder / system / f"{system}.xlsx"
        where[system] = write_system(cases[system], system)
        filled[system] = fill_system(folder / system, system)
    files = [*cases.values(), *(path for system in OTHERS for path in filled[system].files)]
    values = {}
    for program in office.PROGRAMS:
        saved = office.recalculate(program, files, folder / program)
        values[program] = {path: office.read_values(saved[path]) for path in files}
    return Bench(where, filled, cases, values)


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
@pytest.mark.parametrize("system", OTHERS)
def test_every_case_worked_by_hand_is_what_a_program_calculates(bench: Bench, system: str, program: str) -> None:
    shown = bench.values[program][bench.cases[system]]
    wrong = [
        f"{sheet} {name}: shown {shown[sheet].get(address)!r}, by hand {float(score)}"
        for (sheet, address), (name, score) in bench.where[system].items()
        if shown[sheet].get(address) != float(score)
    ]
    assert wrong == []
    assert len({address for address in bench.where[system] if address[1].startswith("ZZ")}) == len(CASES[system])


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
@pytest.mark.parametrize("system", OTHERS)
def test_a_filled_template_shows_the_scores_worked_by_hand(bench: Bench, system: str, program: str) -> None:
    seen = 0
    for path, scores in bench.filled[system].files.items():
        sheet = bench.values[program][path][label("sheet.scores")]
        shown = {code: sheet.get(address) for address, (code, _) in scores.items()}
        assert shown == {code: float(score) for code, score in scores.values()}
        seen += len(shown)
    assert seen == len(CATALOGS[system].indicators)
