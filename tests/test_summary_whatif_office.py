"""The sheet 试算, filled, in other people's programs: what LibreOffice and Gnumeric calculate of it is what the engine
and ``xlscore whatif`` come to. All workbooks go through each program in one batch."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import pytest
from msgspec.structs import replace
from tried_rounds import SYSTEMS, drawn_outcome, drawn_trial, fill_sheet, typed

from smartcity_xl.books.cells import cell_name
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Outcome, Role, Rounding, Scores
from smartcity_xl.results import from_outcome, write_results
from smartcity_xl.results.stars import starred
from smartcity_xl.results.tried import TriedSystem
from smartcity_xl.run.whatif import read_attempt, try_values
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.score.trying import offer_trials, score_trial
from smartcity_xl.summary import whatif_marks, write_summary
from smartcity_xl.summary.whatif_form import AT, INPUT
from smartcity_xl.summary.whatif_plan import TOP, plan_whatif

pytestmark = pytest.mark.xdist_group("office")
RANDOM = ("system 0", "system 1", "system 2", "system 3")
NAMES = (*SYSTEMS, *RANDOM)
SHEET = label("sheet.whatif")
PENDING = label("standing.none")
_CLOSE, _LAST = 1e-9, 1e-12
"""How near a program comes to a score that the office does not round, and to what is merely shown, unrounded."""


@dataclass(frozen=True)
class Bench:
    outcomes: Mapping[str, Outcome]
    trials: Mapping[str, Mapping[str, Fraction]]
    files: Mapping[str, Path]
    saved: Mapping[str, Mapping[str, Path]]
    """Program -> system -> the workbook that it recalculated and saved."""
    values: Mapping[str, Mapping[str, office.Values]]
    ours: Mapping[str, office.Values]
    """System -> the summary as we wrote it, with nothing tried."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("whatif")
    outcomes = {name: drawn_outcome(name) for name in NAMES}
    trials = {name: drawn_trial(outcome, name) for name, outcome in outcomes.items()}
    files, ours = {}, {}
    for name, outcome in outcomes.items():
        offered, data = offer_trials(outcome.catalog), write_summary(outcome)
        ours[name] = office.read_values(io.BytesIO(data))
        contents = {key: typed(offered, key, value) for key, value in trials[name].items()}
        (folder / name).mkdir()
        files[name] = folder / name / f"{name}.xlsx"
        files[name].write_bytes(office.spoil_cached(fill_sheet(data, outcome, contents)))
        (folder / name / "results.json").write_bytes(write_results(from_outcome(outcome)))
    with ThreadPoolExecutor(len(office.PROGRAMS)) as pool:
        running = {p: pool.submit(office.recalculate, p, list(files.values()), folder / p) for p in office.PROGRAMS}
    saved = {program: {name: job.result()[file] for name, file in files.items()} for program, job in running.items()}
    values = {p: {name: office.read_values(file) for name, file in found.items()} for p, found in saved.items()}
    return Bench(outcomes, trials, files, saved, values, ours)


def cells(outcome: Outcome, scores: Scores, kind: str) -> Iterator[tuple[str, object]]:
    """Cell of the sheet -> what it must show; ``kind`` is "" for the official scores, else ``_tried``."""
    plan, graded = plan_whatif(outcome), outcome.catalog.graded

    def at(row: int, column: str) -> str:
        return cell_name(row, AT[f"{column}{kind}"])

    for dimension in scores.dimensions if graded else ():
        yield at(plan.nodes[name_of(Height.DIMENSION, dimension.dimension.code)], "points"), float(dimension.score)
        for category in dimension.categories:
            if row := plan.nodes.get(name_of(Height.CATEGORY, category.category.code)):
                yield at(row, "points"), float(category.score)
    for score in scores.indicators:
        row = plan.nodes[name_of(Height.MARK, score.indicator.code)]
        shown = score.mark if score.indicator.starred or score.indicator.role is Role.SHOWN else score.score
        yield at(row, "score"), PENDING if shown is None else float(shown)
        if graded and score.points is not None:
            yield at(row, "points"), float(score.points)
    for row, top in enumerate(plan.tops, start=TOP):
        if top == "points":
            yield at(row, "points"), float(scores.total)
        else:
            reached = sum((one.star or 0) >= outcome.catalog.target for one in starred(scores.dimensions))
            yield at(row, "score"), reached


def disagreements(outcome: Outcome, sheet: Mapping[str, object], scores: Scores, kind: str) -> list[str]:
    close = 0.0 if outcome.catalog.settings.rounding is Rounding.EVERY_LEVEL else _CLOSE
    points = {cell_name(0, AT[f"points{kind}"])[:-1]}
    wrong, seen = [], 0
    for cell, expected in cells(outcome, scores, kind):
        seen += 1
        near = 5.1e-5 if cell.rstrip("0123456789") in points else _LAST
        if not _same(sheet.get(cell), expected, max(close, near) if _unrounded(expected) else close):
            wrong.append(f"{outcome.catalog.id} {cell}: {sheet.get(cell)!r}, engine {expected!r}")
    assert seen > len(list(scores.indicators))
    return wrong


def _unrounded(expected: object) -> bool:
    """Whether a number has more decimals than points beside a score are shown with."""
    return isinstance(expected, float) and round(expected, 4) != expected


def _same(shown: Any, expected: Any, close: float) -> bool:
    if isinstance(shown, (int, float)) and isinstance(expected, (int, float)):
        return abs(shown - expected) <= close
    return bool(shown == expected)


def tried_scores(bench: Bench, name: str) -> Scores:
    outcome = bench.outcomes[name]
    trial = offer_trials(outcome.catalog).trial(bench.trials[name])
    return score_trial(outcome.catalog, outcome.merged, trial)


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_program_calculates_what_the_engine_comes_to(bench: Bench, name: str, program: str) -> None:
    outcome, sheet = bench.outcomes[name], bench.values[program][name][SHEET]
    tried = tried_scores(bench, name)
    assert disagreements(outcome, sheet, tried, "_tried") == []
    assert disagreements(outcome, sheet, outcome.scores, "") == [], "the official scores stay"
    if outcome.catalog.graded and name in SYSTEMS:
        assert tried.total != outcome.scores.total


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_the_rest_of_a_summary_is_as_it_was(bench: Bench, program: str) -> None:
    for name in NAMES:
        for sheet, held in bench.ours[name].items():
            if sheet != SHEET:
                shown = bench.values[program][name].get(sheet, {})
                assert [at for at, value in held.items() if not _same(shown.get(at), value, _CLOSE)] == []


def told(found: TriedSystem) -> dict[str, object]:
    return {one.code: (one.tried.score, one.tried.star, one.tried.mark) for one in found.indicators}


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_copy_that_a_program_saved_is_read_as_it_was_filled(bench: Bench, name: str, program: str) -> None:
    results = bench.files[name].parent / "results.json"
    (ours,) = try_values(read_attempt([str(results), str(bench.files[name])]))
    (theirs,) = try_values(read_attempt([str(results), str(bench.saved[program][name])]))
    assert ours == theirs
    outcome, tried = bench.outcomes[name], tried_scores(bench, name)
    if outcome.catalog.graded:
        assert ours.total is not None
        assert Fraction(ours.total.tried) == tried.total
        assert Fraction(ours.total.official) == outcome.scores.total
    was = {score.indicator.code: score for score in outcome.scores.indicators}
    moved = {s.indicator.code: s for s in tried.indicators if s.mark != was[s.indicator.code].mark}
    assert set(told(ours)) == set(moved)
    assert {one.code: one.tried.star for one in ours.indicators} == {code: s.star for code, s in moved.items()}


@pytest.mark.office
def test_what_cannot_be_taken_is_told_beside_the_cell_and_a_fault_in_a_formula_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, name = drawn_outcome("cn-2018"), "cn-2018"
    share = next(key for key, slot in offer_trials(outcome.catalog).slots.items() if slot.kind is Kind.SHARE)
    wrong: dict[str, str | float] = {"gov_items_total": 3.5, "gov_items_ecert": "很多", share: 0.5}
    known: dict[str, str | float] = {"gov_items_onestop": "12 项", "gov_items_unified_login": 7.0}
    with monkeypatch.context() as patch:
        patch.setattr(whatif_marks, "node_formula", lambda *given: node_formula(*given) + "+0.01")
        another = replace(outcome, catalog=replace(outcome.catalog))  # of the one that is known, the formulas are
        planted = office.spoil_cached(write_summary(another))
    files = [tmp_path / "planted.xlsx", tmp_path / f"{name}.xlsx"]
    files[0].write_bytes(planted)
    files[1].write_bytes(office.spoil_cached(fill_sheet(write_summary(outcome), outcome, wrong | known)))
    saved = office.recalculate(office.GNUMERIC, files, tmp_path / "out")
    assert disagreements(outcome, office.read_values(saved[files[0]])[SHEET], outcome.scores, "_tried") != []
    sheet, plan, offered = (
        office.read_values(saved[files[1]])[SHEET],
        plan_whatif(outcome),
        offer_trials(outcome.catalog),
    )
    values = {key: Fraction(12 if isinstance(content, str) else content) for key, content in known.items()}
    tried = score_trial(outcome.catalog, outcome.merged, offered.trial(values))
    assert disagreements(outcome, sheet, tried, "_tried") == []
    said = {key: str(sheet.get(cell_name(plan.slots[key], AT["state"]), "")) for key in wrong | known}
    assert {key for key, words in said.items() if words.startswith("未采用：应为")} == set(wrong)
    assert sheet[cell_name(TOP, AT["state"])] == f"{len(wrong)} 处填写未采用，见各行提示"
    assert sheet[cell_name(TOP, AT[INPUT])] == len(wrong | known)
