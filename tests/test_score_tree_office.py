"""The score tree over random systems: what the engine scores, what a summary and a template show, and what LibreOffice
and Gnumeric calculate of both, are one. The workbooks of all systems go through each program in one batch."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import office
import pytest
import xlsxwriter
from make_samples import fill_workbook
from msgspec.structs import replace
from random_systems import OFFICE, Rolled, roll_system

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.plain_formulas import PlainWorksheet
from smartcity_xl.catalog.score_tree import APART, TOTAL, Height, ScoreTree, build_score_tree, earns, name_of
from smartcity_xl.form.map import SCORES, column, plan_template
from smartcity_xl.form.template import Issue
from smartcity_xl.form.template.scores import points_formula, score_formula
from smartcity_xl.messages import label, words
from smartcity_xl.model import IndicatorScore, Outcome, Role, Rounding, Scheme
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import Cells
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.summary import breakdown, write_summary
from smartcity_xl.summary.breakdown import plan_breakdown

pytestmark = pytest.mark.xdist_group("office")
MANY = tuple(f"system {number}" for number in range(80))
"""Systems whose trees are written into one workbook, a sheet for each."""
SEEDS = MANY[:5]
"""Systems of which a whole summary is written, and of the first ones a template."""
TEMPLATES = SEEDS[:4]
_CLOSE = 1e-9
"""How near a program comes to a score that the office does not round."""
_LAST = 1e-12
"""How near a program comes to what is shown as it was calculated, without rounding to two decimals."""
_ISSUE = Issue("2018", "云溪市", "2019-02-25")


@dataclass(frozen=True)
class Bench:
    rolled: Mapping[str, Rolled]
    outcomes: Mapping[str, Outcome]
    ours: Mapping[str, office.Values]
    """Summary as we wrote it: what its cells show before anything recalculates them."""
    summaries: Mapping[str, Mapping[str, office.Values]]
    """Program -> system -> summary, recalculated."""
    templates: Mapping[str, Mapping[str, office.Values]]
    trees: Mapping[str, office.Values]
    """Program -> one sheet for each of ``MANY``."""
    where: Mapping[str, Mapping[str, tuple[str, object]]]
    """System -> cell on its sheet -> node, and the engine's value."""


def _fill(rolled: Rolled) -> bytes:
    answers = {key: int(value) if value.denominator == 1 else float(value) for key, value in rolled.given.items()}
    return fill_workbook(rolled.catalog, rolled.assignment, OFFICE, _ISSUE, {"answers": answers})


def _write_trees(path: Path) -> dict[str, dict[str, tuple[str, object]]]:
    """The tree of every system as formulas: its answers in column A, indicators in B and C, sums in D, and in E the
    total without what lacks evidence. System -> cell -> node and the engine's value."""
    book = xlsxwriter.Workbook(str(path))
    where = {seed: _write_tree(book.add_worksheet(seed, PlainWorksheet), roll_system(seed)) for seed in MANY}
    book.close()
    return where


def _write_tree(sheet: Any, rolled: Rolled) -> dict[str, tuple[str, object]]:
    catalog, outcome = rolled.catalog, rolled.outcome
    tree, values = build_score_tree(catalog), node_values(outcome)
    slots = {key: f"A{row}" for row, key in enumerate(catalog.slots, start=1)}
    for key, value in rolled.given.items():
        sheet.write_number(slots[key], float(value))
    cells = Cells(slots.__getitem__, lambda _: (), lambda _: "")
    addresses: dict[str, str] = {}
    where: dict[str, tuple[str, object]] = {}

    def write(cell: str, name: str, formula: str, value: object) -> None:
        sheet.write_formula(cell, "=" + formula, None, office.SPOILT)
        where[cell] = name, value

    for row, score in enumerate(outcome.scores.indicators, start=1):
        indicator = score.indicator
        numbers = [slots[slot.key] for figure in catalog.figures_of[indicator.code] for slot in figure.slots]
        held = name_of(Height.MARK if indicator.starred else Height.SCORE, indicator.code)
        shown = score.mark if indicator.starred or indicator.role is Role.SHOWN else score.score
        formula = score_formula(catalog, indicator, cells, numbers, len(numbers), "?")
        write(f"B{row}", held, formula, "?" if shown is None else float(shown))
        addresses[held] = f"B{row}"
        if catalog.graded and earns(indicator):
            points = None if score.points is None else score.points
            trimmed = points if points is None or indicator.starred else round_half_up(points, 4)
            formula = points_formula(catalog, indicator, f"B{row}")
            write(f"C{row}", name_of(Height.POINTS, indicator.code), formula, "" if trimmed is None else float(trimmed))
            if indicator.starred:
                addresses[name_of(Height.SCORE, indicator.code)] = f"C{row}"
    earned = {name: cell for name, cell in addresses.items() if name.startswith(Height.SCORE.value)}
    sums = [name for name, node in tree.nodes.items() if node.height not in (Height.MARK, Height.SCORE, Height.POINTS)]
    addresses |= {name: f"D{row}" for row, name in enumerate(sums, start=1)}
    if catalog.graded:
        for name in sums:
            write(addresses[name], name, node_formula(tree, name, addresses), values[name])
        backed = build_score_tree(catalog, rolled.lacking)
        write("E1", "backed", node_formula(backed, TOTAL, earned), float(outcome.evidenced.total))
    return where


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("random")
    rolled = {seed: roll_system(seed) for seed in SEEDS}
    outcomes = {seed: one.outcome for seed, one in rolled.items()}
    written = {seed: write_summary(outcome) for seed, outcome in outcomes.items()}
    ours = {seed: office.read_values(io.BytesIO(data)) for seed, data in written.items()}
    files: dict[tuple[str, str], Path] = {}
    made = [("summary", seed, written[seed]) for seed in SEEDS]
    made += [("template", seed, _fill(rolled[seed])) for seed in TEMPLATES]
    for kind, seed, data in made:
        files[kind, seed] = folder / f"{kind} {seed}.xlsx"
        files[kind, seed].write_bytes(office.spoil_cached(data))
    files["trees", ""] = folder / "trees.xlsx"
    where = _write_trees(files["trees", ""])
    read: dict[str, dict[str, dict[str, office.Values]]] = {"summary": {}, "template": {}, "trees": {}}
    with ThreadPoolExecutor(len(office.PROGRAMS)) as pool:
        running = {p: pool.submit(office.recalculate, p, list(files.values()), folder / p) for p in office.PROGRAMS}
    for program, job in running.items():
        for (kind, seed), file in files.items():
            read[kind].setdefault(program, {})[seed] = office.read_values(job.result()[file])
    trees = {program: found[""] for program, found in read["trees"].items()}
    return Bench(rolled, outcomes, ours, read["summary"], read["template"], trees, where)


def _same(shown: Any, expected: Any, close: float) -> bool:
    if isinstance(shown, (int, float)) and isinstance(expected, (int, float)):
        return abs(shown - expected) <= close
    return bool(shown == expected)


def _tolerance(outcome: Outcome) -> float:
    return 0.0 if outcome.catalog.settings.rounding is Rounding.EVERY_LEVEL else _CLOSE


def node_values(outcome: Outcome) -> Mapping[str, float]:
    """Name of a node of the tree -> the engine's value, for those that have one."""
    scores = outcome.scores
    found = {name_of(Height.DIMENSION, d.dimension.code): d.score for d in scores.dimensions}
    found |= {name_of(Height.CATEGORY, c.category.code): c.score for d in scores.dimensions for c in d.categories}
    found[TOTAL], found[APART] = scores.total, scores.apart
    for one in scores.indicators:
        if one.score is not None:
            found[name_of(Height.SCORE, one.indicator.code)] = one.score
        if one.star is not None and one.mark is not None:
            found[name_of(Height.MARK, one.indicator.code)] = one.mark
    return {name: float(value) for name, value in found.items()}


def disagreements(outcome: Outcome, values: office.Values) -> Iterator[str]:
    """The cells of the breakdown that do not show the engine's value."""
    plan, sheet = plan_breakdown(outcome), values[label("sheet.breakdown")]
    expected, close = node_values(outcome), _tolerance(outcome)
    for name, cell in plan.cells.items():
        known = expected.get(name, label("standing.none"))
        if not _same(sheet.get(cell), known, close):
            yield f"{outcome.catalog.id} {name} {cell}: {sheet.get(cell)!r}, engine {known!r}"


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_the_trees_of_many_systems_come_to_the_engines_values(bench: Bench, program: str) -> None:
    wrong, seen = [], 0
    for seed, cells in bench.where.items():
        close = _tolerance(roll_system(seed).outcome)
        for cell, (name, expected) in cells.items():
            shown = bench.trees[program].get(seed, {}).get(cell, "")
            seen += 1
            exact = name.partition(":")[0] not in (Height.POINTS.value, Height.SCORE.value) or isinstance(expected, str)
            if not _same(shown, expected, close if exact else max(close, _LAST)):
                wrong.append(f"{seed} {cell} {name}: {shown!r}, engine {expected!r}")
    assert not wrong, f"{len(wrong)} of {seen}:\n" + "\n".join(wrong[:20])
    assert seen > 2000


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_program_calculates_every_node_as_the_engine_does(bench: Bench, program: str) -> None:
    outcomes = bench.outcomes.items()
    assert [line for seed, one in outcomes for line in disagreements(one, bench.summaries[program][seed])] == []


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_summary_shows_what_a_program_calculates(bench: Bench, program: str) -> None:
    """Law 11, in every cell: the backed total, what stands apart, rates, counts of stars, points."""
    wrong = []
    for seed, ours in bench.ours.items():
        close = max(_tolerance(bench.outcomes[seed]), _LAST)
        for sheet, cells in ours.items():
            shown = bench.summaries[program][seed].get(sheet, {})
            wrong += [
                f"{seed} {sheet}!{at}: {shown.get(at)!r}, we wrote {value!r}"
                for at, value in cells.items() if not _same(shown.get(at), value, close)
            ]  # fmt: skip
    assert wrong == []


def template_cells(rolled: Rolled, outcome: Outcome) -> Iterator[tuple[str, Any]]:
    """Cell of the sheet of scores -> what it must show."""
    plan = plan_template(rolled.catalog, rolled.assignment, OFFICE, words("sheet"))
    scores = {score.indicator.code: score for score in outcome.scores.indicators}
    points = 0
    for row in plan.scores:
        score = scores[row.indicator.code]
        shown = score.mark if row.indicator.role is Role.SHOWN or score.star is not None else score.score
        yield cell_name(row.row, column(SCORES, "score")), label("scores.pending") if shown is None else float(shown)
        if outcome.catalog.graded and row.indicator.role is not Role.SHOWN:
            rounded = None if score.points is None else round_half_up(score.points, 4)
            points += rounded or 0
            yield cell_name(row.row, column(SCORES, "points")), None if rounded is None else float(rounded)
            full = score.points_full
            yield cell_name(row.row, column(SCORES, "points_full")), float(full)
    (section,) = plan.sections
    if outcome.catalog.graded:
        yield cell_name(section.total, column(SCORES, "points")), float(points)


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_template_shows_the_engines_scores_and_points(bench: Bench, program: str) -> None:
    wrong, seen = [], 0
    for seed in TEMPLATES:
        outcome = bench.outcomes[seed]
        sheet = bench.templates[program][seed][label("sheet.scores")]
        for cell, expected in template_cells(bench.rolled[seed], outcome):
            seen += 1
            if not _same(sheet.get(cell), expected, max(_tolerance(outcome), _LAST)):
                wrong.append(f"{seed} {cell}: {sheet.get(cell)!r}, engine {expected!r}")
    assert wrong == []
    assert seen > 100


def _indicators(outcomes: Mapping[str, Outcome]) -> list[IndicatorScore]:
    return [score for outcome in outcomes.values() for score in outcome.scores.indicators]


def test_the_random_systems_hold_all_that_a_system_can_hold() -> None:
    outcomes = {seed: roll_system(seed).outcome for seed in MANY}
    kinds = {(one.catalog.scheme, one.catalog.graded, one.catalog.settings.rounding) for one in outcomes.values()}
    assert {(scheme, graded) for scheme, graded, _ in kinds} == {
        (Scheme.WEIGHTS, True), (Scheme.STARS, True), (Scheme.STARS, False),
    }  # fmt: skip
    assert {rounding for _, _, rounding in kinds} == set(Rounding)
    found = _indicators(outcomes)
    assert {score.indicator.role for score in found} == set(Role)
    limits = {score.indicator.deduct_max is None for score in found if score.indicator.deducts}
    assert limits == {True, False}
    assert {score.score is None for score in found if score.indicator.role is Role.SCORED} == {True, False}
    assert any(one.scores.apart for one in outcomes.values())
    assert any(outcome.evidenced.lacking for outcome in outcomes.values())
    divided = {one.catalog.has_categories(d) for one in outcomes.values() for d in one.catalog.dimensions}
    assert divided == {True, False}


Render = Callable[[ScoreTree, str, Mapping[str, str]], str]


def _summing_what_is_shown(outcome: Outcome) -> Render:
    """The formula of a category as it was: the scores of all its indicators, what is only shown among them."""
    plan, scores = plan_breakdown(outcome), outcome.scores

    def render(tree: ScoreTree, name: str, cells: Mapping[str, str]) -> str:
        for category in (category for dimension in scores.dimensions for category in dimension.categories):
            if name == name_of(Height.CATEGORY, category.category.code):
                rows = [plan.row(Height.MARK, one.indicator.code) for one in category.indicators]
                inside = ",".join(cell_name(row, plan.at["score"]) for row in rows)
                weight = float(category.category.weight)
                return f"ROUND(ROUND({weight}*SUM({inside}),12),2)"
        return node_formula(tree, name, cells)

    return render


@pytest.mark.office
def test_a_sum_over_what_is_only_shown_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = (roll_system(seed).outcome for seed in MANY)
    outcome = next(
        one for one in outcomes
        if one.catalog.scheme is Scheme.WEIGHTS and not list(_unwritten(one))
    )  # fmt: skip
    outcome = replace(outcome, catalog=replace(outcome.catalog))  # of one that is known, the formulas are
    file = tmp_path / "planted.xlsx"
    monkeypatch.setattr(breakdown, "node_formula", _summing_what_is_shown(outcome))
    file.write_bytes(office.spoil_cached(write_summary(outcome)))
    monkeypatch.undo()
    saved = office.recalculate(office.GNUMERIC, [file], tmp_path / "out")
    found = list(disagreements(outcome, office.read_values(saved[file])))
    assert any(f" {Height.CATEGORY.value}:" in line for line in found)


def _unwritten(outcome: Outcome) -> Iterator[str]:
    """Why the fault could not show in this system: nothing shown counts beside something scored."""
    for dimension in outcome.scores.dimensions:
        if outcome.catalog.has_categories(dimension.dimension):
            for category in dimension.categories:
                shown = [i for i in category.indicators if i.indicator.role is Role.SHOWN and i.mark]
                if shown and category.category.weight:
                    return
    yield outcome.catalog.id
