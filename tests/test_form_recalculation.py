"""LibreOffice and Gnumeric recalculate what we write, and agree with the engine to the last digit.

Every workbook goes to both programs with its cached values taken away or spoilt. All cases of a kind stand in one
workbook, and LibreOffice starts once for all of them.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import office
import pytest
from make_samples import fill_workbook
from recalculated_forms import (
    _LITERAL,
    _PRINT_HASHES,
    EXCEL_2007,
    FINE,
    KNOWN_LENIENT,
    MOODS,
    ODD,
    SEEN_BY_SOME,
    WHOLE_CITY,
    WIDE_BLANKS,
    Bench,
    _cut_off,
    all_formulas,
    complain,
    departments_of,
    differences,
    each_filled,
    engine_scores,
    every_mood,
    every_program,
    every_summary,
    expected_check,
    fill_in,
    fill_odd,
    functions_in,
    submit,
    unit_origin,
)
from recalculated_rules import (
    ASSIGNMENT,
    CATALOG,
    HERE,
    ISSUE,
    KINDS,
    PENDING,
    _0,
    blank,
    disagreements,
    is_tie,
    make_cases,
    plan_of,
    write_cases,
)
from support import codes, parcel

from smartcity_xl.books.cells import cell_name
from smartcity_xl.form.checks import locked_cells
from smartcity_xl.form.checks.look import Look
from smartcity_xl.form.map import FIGURES, SCORES, column
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.messages import label, severity
from smartcity_xl.model import (
    Severity,
    State,
)
from smartcity_xl.rules.tree import Quotient, walk
from smartcity_xl.run.collecting import collect

pytestmark = pytest.mark.xdist_group("office")  # the programs run once for the whole file

# --- all workbooks, and both programs over them ------------------------------------------------------------------


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("recalculation")
    for program in office.PROGRAMS:
        office.find_program(program)
    files = {"rules": folder / "rules.xlsx"}
    cases = write_cases(files["rules"], make_cases())
    for department in {at for at, _, _ in ODD.values()}:
        path = files[f"odd {department}"] = folder / f"odd-{department}.xlsx"
        path.write_bytes(fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, fill_odd(department)))
    for department in ASSIGNMENT.departments:
        files[f"blank {department}"] = folder / f"blank-{department}.xlsx"
        files[f"blank {department}"].write_bytes(office.spoil_cached(blank(department)))
        for mood in (mood for mood in MOODS if department in departments_of(mood)):
            path = files[f"{mood} {department}"] = folder / mood / f"{mood}-{department}.xlsx"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, fill_in(department, mood)))
    outcomes = {}
    for name, inbox in {"samples": HERE.parent / "samples" / "inbox", **{m: folder / m for m in MOODS}}.items():
        out = folder / f"summary-{name}"
        outcomes[name], _ = collect(inbox, out)
        files[f"summary {name}"] = folder / f"summary-{name}.xlsx"
        files[f"summary {name}"].write_bytes(office.spoil_cached((out / label("file.summary")).read_bytes()))
    with ThreadPoolExecutor(2) as pool:
        running = {p: pool.submit(office.recalculate, p, list(files.values()), folder / p) for p in office.PROGRAMS}
    return Bench(folder, files, cases, outcomes, {program: job.result() for program, job in running.items()})


# --- 1. every rule -----------------------------------------------------------------------------------------------


@pytest.mark.office
@every_program
@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_gives_the_engines_score(bench: Bench, program: str, kind: str) -> None:
    cases = {where: case for where, case in bench.cases.items() if case.kind == kind}
    complain(disagreements(bench.values(program, "rules"), cases), len(cases))


def test_cases_are_many_and_reach_the_ties() -> None:
    cases = make_cases()
    assert len(cases) >= 8000
    ties = {case.indicator.code for case in cases if case.kind == "tie" and is_tie(case.unrounded)}
    can_tie = {
        indicator.code
        for indicator in CATALOG.indicators
        if any(isinstance(node, Quotient) for node in walk(indicator.rule))
    }
    without = can_tie - ties
    assert without <= {"L1P8-A1", "L2P1-A1", "L4P1-A3", "L5P1-A1"}, f"no tie was found for {sorted(without)}"
    assert sum(is_tie(case.unrounded) for case in cases) >= 1500
    assert all(any(case.indicator is indicator for case in cases) for indicator in CATALOG.indicators)


# --- 2. every template -------------------------------------------------------------------------------------------


@pytest.mark.office
@every_program
def test_blank_templates_show_what_a_program_calculates(bench: Bench, program: str) -> None:
    """The values cached in a template, of every formula on every sheet, are those that it has when opened."""
    found, number = [], 0
    for department in ASSIGNMENT.departments:
        template = io.BytesIO(blank(department))
        cached, formulas = office.read_values(template), office.read_formulas(template)
        number += len(formulas)
        values = bench.values(program, f"blank {department}")
        found += [f"{department} {text}" for text in differences(values, cached, formulas)]
    assert number > 2500
    complain(found, number)


@pytest.mark.office
@every_program
def test_every_departments_workbook_comes_back_unchanged_from_a_program(bench: Bench, program: str) -> None:
    """No cell that nobody may change is taken for a changed one because a program has saved it."""
    found = {}
    for department in ASSIGNMENT.departments:
        saved = bench.saved[program][bench.files[f"blank {department}"]].read_bytes()
        look = Look(CATALOG, ASSIGNMENT, open_workbook(parcel(saved)))
        found[department] = codes(list(locked_cells.check(look)))
    assert found == {department: [] for department in ASSIGNMENT.departments}


@pytest.mark.office
@every_program
@every_mood
def test_filled_templates_show_the_engines_scores(bench: Bench, program: str, mood: str) -> None:
    found, number, settled = [], 0, 0
    for plan, submission, values in each_filled(bench, program, mood):
        scores = {score.indicator.code: score for score in engine_scores(submission).indicators}
        sheet, points = values[label("sheet.scores")], _0
        for row in plan.scores:
            if not row.visible:
                continue
            number += 1
            score = scores[row.indicator.code].score
            settled += score is not None
            expected = PENDING if score is None else float(score)
            shown = sheet.get(cell_name(row.row, column(SCORES, "score")))
            if shown != expected:
                found.append(f"{plan.department} {row.indicator.code}: shown {shown!r}, engine {expected!r}")
            if score is not None:
                worth = CATALOG.worth(row.indicator) * score
                points += worth
                shown = sheet.get(cell_name(row.row, column(SCORES, "points")))
                if shown != float(worth):
                    found.append(f"{plan.department} {row.indicator.code}: points {shown!r}, engine {float(worth)!r}")
        shown = sheet[cell_name(plan.sections[0].total, column(SCORES, "points"))]
        if shown != float(points):
            found.append(f"{plan.department}: sum {shown!r}, engine {float(points)!r}")
    assert number >= (60 if mood in WHOLE_CITY else 25)
    assert settled == number or mood.startswith("faulty")
    complain(found, number)


@pytest.mark.office
@every_program
@pytest.mark.parametrize("mood", ["units", "faulty units"])
def test_a_number_in_another_unit_is_the_engines_amount(bench: Bench, program: str, mood: str) -> None:
    """The number that the rules read is the engine's to every digit that a cell can show, and stands just where the
    engine has one."""
    found, number = [], 0
    for plan, submission, values in each_filled(bench, program, mood):
        sheet = values[label("sheet.figures")]
        for row in plan.rows:
            if row.slot is None or row.slot.fixed is not None:
                continue
            answer, shown = submission.answers[row.key], sheet.get(cell_name(row.row, column(FIGURES, "number")))
            number += answer.unit not in ("", row.slot.unit) and answer.value is not None
            expected = "" if answer.value is None else f"{float(answer.value):.15g}"
            if (f"{shown:.15g}" if isinstance(shown, (int, float)) else "") != expected:
                found.append(f"{plan.department} {row.key}: shows {shown!r}, {answer.given} is {expected}")
    assert number > (12 if mood == "units" else 5)
    complain(found, number)


@pytest.mark.office
@every_program
@every_mood
def test_check_column_says_what_collect_finds(bench: Bench, program: str, mood: str) -> None:
    found, number = [], 0
    for plan, submission, values in each_filled(bench, program, mood):
        sheet = values[label("sheet.figures")]
        for row in plan.rows:
            number += 1
            shown = sheet.get(cell_name(row.row, column(FIGURES, "check")))
            expected = expected_check(plan, submission, row.key)
            if shown != expected:
                found.append(f"{plan.department} {row.key}: says {shown!r}, collect finds {expected!r}")
            if row.slot is not None and row.slot.fixed is None:
                answer = submission.answers[row.key]
                places = {answer.origin, unit_origin(answer)}
                codes = [finding.code for finding in submission.findings if finding.origin in places]
                errors = [code for code in codes if severity(code) is Severity.ERROR]
                if bool(errors) != (shown not in FINE) and "part-exceeds-whole" not in codes:
                    found.append(f"{plan.department} {row.key}: says {shown!r}, collect's errors are {errors}")
    assert number > (350 if mood in WHOLE_CITY else 140)
    complain(found, number)


@pytest.mark.office
@every_program
@every_mood
def test_cover_counts_what_collect_counts(bench: Bench, program: str, mood: str) -> None:
    found = []
    statuses = {status.department.key: status for status in bench.outcomes[mood].departments}
    items = label("cover.items")
    for department in departments_of(mood):
        cover = bench.values(program, f"{mood} {department}")[label("sheet.cover")]
        place = {value: address for address, value in cover.items()}
        right = {name: chr(ord(place[label(f"cover.{name}")][0]) + 1) + place[label(f"cover.{name}")][1:]
                 for name in ("asked", "filled", "open")}  # fmt: skip
        shown = {name: cover[address] for name, address in right.items()}
        status = statuses[department]
        expected = {"asked": f"{status.asked} {items}", "filled": f"{status.filled} {items}"}
        if {name: shown[name] for name in expected} != expected:
            found.append(f"{department}: {shown}, collect counts {expected}")
    complain(found, len(departments_of(mood)))


@pytest.mark.office
@every_mood
def test_both_programs_show_the_same_in_every_formula_cell(bench: Bench, mood: str) -> None:
    found, number = [], 0
    for department in departments_of(mood):
        name = f"{mood} {department}"
        formulas = office.read_formulas(bench.files[name])
        number += len(formulas)
        first, second = (bench.values(program, name) for program in office.PROGRAMS)
        found += [f"{department} {text}" for text in differences(first, second, formulas)]
    complain(found, number)


@pytest.mark.office
@every_program
@every_mood
def test_a_workbook_saved_by_the_program_reads_the_same(bench: Bench, program: str, mood: str) -> None:
    """A clerk's program saves what was typed; nothing of it may change on the way."""
    found = []
    for department in departments_of(mood):
        path = bench.files[f"{mood} {department}"]
        before, after = bench.submission(f"{mood} {department}"), submit(bench.saved[program][path].read_bytes())
        for key, answer in before.answers.items():
            other = after.answers.get(key)
            if other is None or (other.state, other.value) != (answer.state, answer.value):
                found.append(f"{department} {key}: {answer.state} {answer.value} {answer.raw!r} became {other}")
        tables = [{key: (t.state, t.values) for key, t in side.tables.items()} for side in (before, after)]
        if tables[0] != tables[1]:
            found.append(f"{department}: {tables}")
    complain(found, len(departments_of(mood)))


@pytest.mark.office
@every_program
@pytest.mark.parametrize("oddity", ODD)
def test_sheet_and_collect_take_an_odd_answer_alike(bench: Bench, program: str, oddity: str) -> None:
    """The sheet counts an answer exactly when ``collect`` does; some text numbers are taken by ``collect`` alone."""
    department, key, _ = ODD[oddity]
    plan, submission = plan_of(department), bench.submission(f"odd {department}")
    sheet, row = bench.values(program, f"odd {department}")[label("sheet.figures")], plan.row_of[key].row
    counted = sheet.get(cell_name(row, column(FIGURES, "number"))) is not None
    said = sheet.get(cell_name(row, column(FIGURES, "check")))
    answer = submission.answers[key]
    taken = answer.state is State.VALUE
    codes = [f.code for f in submission.findings if f.origin == answer.origin and severity(f.code) is not Severity.INFO]
    if oddity in KNOWN_LENIENT:
        assert (taken, bool(codes), said) == (True, True, label("check.reread"))
        return
    if oddity in SEEN_BY_SOME and program == office.GNUMERIC:
        assert (counted, taken, bool(codes)) == (True, False, True)
        return
    if oddity == WIDE_BLANKS:
        assert (counted, answer.state.value) == (False, "not-applicable")
        return
    fine = said in FINE
    told = f"{key} holds {answer.raw!r}: the sheet says {said!r}, collect {answer.state.value!r} {codes}"
    assert counted == taken, told
    assert fine == (not codes or codes == ["not-applicable"]), told


# --- 3. the summary ----------------------------------------------------------------------------------------------


@pytest.mark.office
@every_program
@every_summary
def test_summary_shows_what_a_program_calculates(bench: Bench, program: str, name: str) -> None:
    summary = bench.folder / f"summary-{name}" / label("file.summary")
    cached, formulas = office.read_values(summary), office.read_formulas(summary)
    values = bench.values(program, f"summary {name}")
    assert len(formulas) > 130
    complain(differences(values, cached, formulas), len(formulas))


@pytest.mark.office
@every_program
@every_summary
def test_no_cell_of_a_summary_is_an_error(bench: Bench, program: str, name: str) -> None:
    """A department's own error value is quoted as text in the lists; no cell of ours holds one."""
    assert office.read_errors(bench.saved[program][bench.files[f"summary {name}"]]) == []


@pytest.mark.office
@every_program
@every_summary
def test_summary_results_and_engine_have_the_same_scores(bench: Bench, program: str, name: str) -> None:
    results = json.loads((bench.folder / f"summary-{name}" / "results.json").read_text(encoding="utf-8"))
    sheet = bench.values(program, f"summary {name}")[label("sheet.breakdown")]
    shown = {sheet[f"A{row}"]: sheet.get(f"D{row}") for row in range(4, 100) if f"A{row}" in sheet}
    scores = bench.outcomes[name].scores
    expected: dict[str, Any] = {}
    for dimension in scores.dimensions:
        expected[dimension.dimension.code] = dimension.score
        for category in dimension.categories:
            expected[category.category.code] = category.score
            # the survey is a category and an indicator of one code: its indicator, the lower row, is the one compared
            expected |= {i.indicator.code: i.score for i in category.indicators}
    assert set(shown) == set(expected)
    open_ = label("standing.none")
    found = [
        f"{code}: shown {shown[code]!r}, engine {score}"
        for code, score in expected.items()
        if shown[code] != (open_ if score is None else float(score))
    ]
    complain(found, len(expected))
    total = bench.values(program, f"summary {name}")[label("sheet.overview")]["B4"]
    assert total == float(scores.total) == float(results["total"]["score"])


# --- 4. the functions used ---------------------------------------------------------------------------------------


def test_only_functions_that_every_program_has(tmp_path: Path) -> None:
    books = [blank(department) for department in ASSIGNMENT.departments]
    collect(HERE.parent / "samples" / "inbox", tmp_path)
    books.append((tmp_path / label("file.summary")).read_bytes())
    formulas = [formula for data in books for formula in all_formulas(data)]
    used = {function for formula in formulas for function in functions_in(formula)}
    assert len(formulas) > 3500
    assert {"IF", "ROUND", "MIN", "CHOOSE", "AVERAGE"} <= used
    assert used <= EXCEL_2007
    bare = [_LITERAL.sub("", formula) for formula in formulas]  # without texts and the names of sheets
    assert not [formula for formula in bare if "{" in formula or "_xl" in formula]


@pytest.mark.parametrize(
    ("formula", "used"),
    [
        ("IF(A1=\"SUMIFS(\",1,'X(1)'!A1)", {"IF"}),
        ("_xlfn.XLOOKUP(1,A1:A9,B1:B9)", {"_xlfn.XLOOKUP"}),
        ('TEXT(1,"0""(")&LET (x,1,x)', {"TEXT", "LET"}),
    ],
)
def test_a_function_is_seen(formula: str, used: set[str]) -> None:
    assert functions_in(formula) == used


# --- 5. the same bytes -------------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes() -> None:
    """In two processes that differ in the order of their sets, the hour, the place, the zone and the language."""
    inbox = str(HERE.parent / "samples" / "inbox")
    settings = ({"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C.UTF-8"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai"})
    lines = []
    for setting in settings:
        done = subprocess.run(
            [sys.executable, "-c", _PRINT_HASHES, inbox], env={**os.environ, **setting}, capture_output=True, check=True
        )
        lines.append(done.stdout.decode().splitlines())
    assert len(lines[0]) > len(ASSIGNMENT.departments) + 2  # templates, summary, results, and what goes back
    assert lines[0] == lines[1]


# --- the guards themselves ---------------------------------------------------------------------------------------


@pytest.mark.office
@every_program
def test_a_broken_rounding_is_seen(tmp_path: Path, program: str) -> None:
    """Planted fault: ties tip down."""
    ties_found = [case for case in make_cases() if case.kind == "tie"]
    cases = [case for i in CATALOG.indicators for case in [one for one in ties_found if one.indicator is i][:12]]
    where = write_cases(tmp_path / "broken.xlsx", cases, _cut_off)
    saved = office.recalculate(program, [tmp_path / "broken.xlsx"], tmp_path / "out")
    found = disagreements(office.read_values(saved[tmp_path / "broken.xlsx"]), where)
    ties = sum(is_tie(case.unrounded) for case in cases)
    assert len(found) > 0.9 * ties
