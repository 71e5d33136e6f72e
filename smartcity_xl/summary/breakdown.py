"""The breakdown: every indicator with weight, score, full marks, figures, and what is to be known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from smartcity_xl.books.cells import Spot, cell_name, reference
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.catalog.duties import indicators_of_figure
from smartcity_xl.catalog.score_tree import TOTAL, Height, ScoreTree, build_score_tree, name_of
from smartcity_xl.catalog.told import without_errata
from smartcity_xl.form.template.scores import counts, points_formula, score_formula, write_worth
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import (
    Catalog,
    CategoryScore,
    DimensionScore,
    Finding,
    Indicator,
    IndicatorScore,
    Outcome,
    Role,
    Scheme,
)
from smartcity_xl.results import Results
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import POINTS_PLACES
from smartcity_xl.rules.tree import Mean, walk
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.score.next_star import describe_next
from smartcity_xl.summary.adopted import AdoptedPlan
from smartcity_xl.summary.bands import depth_of
from smartcity_xl.summary.figures import word_figures
from smartcity_xl.summary.grid import FIRST_ROW, Head, write_head
from smartcity_xl.summary.places import Places
from smartcity_xl.summary.ranges import ranges_of, write_range

_HEAD = (Head("code", 9), Head("name", 24))
_WEIGHTED = (
    Head("weight", 7), Head("score", 8), Head("full", 8), Head("points", 9),
)  # fmt: skip
_STARRED = (Head("leading", 7), Head("star", 8), Head("highest", 8))
_EARNED = (Head("points", 8), Head("full", 8))
_NEXT = (Head("next_star", 38),)
_STANDING = (Head("standing", 8), Head("how", 8))
_RANGE = (Head("lowest", 8), Head("highest_reach", 8))
_TAIL = (Head("duty", 18), Head("figures", 46), Head("told", 40))
_SUMS = {Height.TOTAL: "total_score", Height.DIMENSION: "total_score", Height.CATEGORY: "score_bold"}
_TOLD = 4
"""Findings that are told beside an indicator; all of them are listed."""


def _columns(catalog: Catalog, ranged: bool) -> tuple[Head, ...]:
    span = _RANGE if ranged else ()
    if catalog.scheme is Scheme.WEIGHTS:
        return (*_HEAD, *_WEIGHTED, *span, *_STANDING, *_TAIL)
    return (*_HEAD, *_STARRED, *(_EARNED if catalog.graded else ()), *span, *_NEXT, *_STANDING, *_TAIL)


class BreakdownPlan(Struct, frozen=True, dict=True):
    """``rows``: name of a node of the score tree -> its row, an indicator by its mark. ``columns``: name of a node ->
    the column of its cell, where it has one."""

    head: tuple[Head, ...]
    tree: ScoreTree
    rows: Mapping[str, int]
    columns: Mapping[str, int]

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Name of a column -> its position."""
        return {column.name: number for number, column in enumerate(self.head)}

    @cached_property
    def cells(self) -> Mapping[str, str]:
        """Node -> its cell, as seen from this sheet."""
        return {name: cell_name(self.rows[name], at) for name, at in self.columns.items()}

    @cached_property
    def seen(self) -> Mapping[str, str]:
        """Node -> its cell, as seen from another sheet."""
        sheet = label("sheet.breakdown")
        return {name: reference(sheet, self.rows[name], at) for name, at in self.columns.items()}

    def row(self, height: Height, code: str) -> int:
        return self.rows[name_of(height, code)]

    def stars(self, codes: Sequence[str]) -> str:
        """The stars of indicators that stand below each other, as a range seen from another sheet."""
        first, last = (self.row(Height.MARK, code) for code in (codes[0], codes[-1]))
        at = self.at["star"]
        return f"{reference(label('sheet.breakdown'), first, at)}:{cell_name(last, at)}"


def plan_breakdown(outcome: Outcome) -> BreakdownPlan:
    catalog, rows = outcome.catalog, dict[str, int]()
    tree, head = build_score_tree(catalog), _columns(catalog, outcome.bounds is not None)
    for dimension in outcome.scores.dimensions:
        rows[name_of(Height.DIMENSION, dimension.dimension.code)] = FIRST_ROW + len(rows)
        for category in dimension.categories:
            if catalog.has_categories(dimension.dimension):
                rows[name_of(Height.CATEGORY, category.category.code)] = FIRST_ROW + len(rows)
            for indicator in category.indicators:
                rows[name_of(Height.MARK, indicator.indicator.code)] = FIRST_ROW + len(rows)
    rows[TOTAL] = FIRST_ROW + len(rows)
    names = [column.name for column in head]
    starred = [name_of(Height.MARK, i.code) for i in catalog.indicators if i.starred and "star" in names]
    columns = {name: names.index("star") for name in starred}
    if catalog.graded:  # scores add up, or the points of stars
        summed = names.index("score" if "score" in names else "points")
        columns |= {name: summed for name in rows if tree.nodes[name].height is not Height.MARK}
        for node in tree.nodes.values():
            if node.height is Height.SCORE:
                rows[node.name] = rows[name_of(Height.MARK, node.code)]
                columns[node.name] = summed
    return BreakdownPlan(head, tree, rows, columns)


def write_breakdown(
    book: Book, outcome: Outcome, plan: BreakdownPlan, adopted: AdoptedPlan, places: Places, record: Results
) -> None:
    page = write_head(book, "breakdown", plan.head, FIRST_ROW, freeze=2)
    told = _told_by_indicator(outcome)
    for dimension in outcome.scores.dimensions:
        _write_dimension(page, plan, dimension, places)
        for category in dimension.categories:
            if outcome.catalog.has_categories(dimension.dimension):
                _write_category(page, plan, category, places)
            for indicator in category.indicators:
                code = indicator.indicator.code
                _write_indicator(page, outcome, plan, adopted, indicator, told.get(code, []), places)
    if outcome.catalog.graded:
        _write_total(page, outcome, plan)
    if "lowest" in plan.at:
        _write_ranges(page, plan, record)


def _write_ranges(page: Page, plan: BreakdownPlan, record: Results) -> None:
    """Between which values every level can still lie, on the scale of its score or as stars."""
    columns = plan.at["lowest"], plan.at["highest_reach"]
    stars = {name_of(Height.MARK, one.code) for one in record.indicators if one.most_star is not None}
    for node, ends in ranges_of(record).items():
        style = "star" if node in stars else _SUMS.get(plan.tree.nodes[node].height, "score")
        if node in plan.rows:
            write_range(page, plan.rows[node], columns, ends, style)


def _write_band(
    page: Page, plan: BreakdownPlan, row: int, texts: Mapping[str, str], style: str, to: Spot | None = None
) -> None:
    for column in plan.head:
        text = texts.get(column.name, "")
        page.text(row, plan.at[column.name], text, style, to if column.name == "code" and text else None)
    page.height(row, {plan.at["name"]: texts["name"]}, least=22)


def _write_sum(page: Page, plan: BreakdownPlan, name: str, value: Fraction, style: str) -> None:
    """The live cell of a sum, and the full marks beside it; neither where there are no points."""
    if name not in plan.columns:
        return
    formula = node_formula(plan.tree, name, plan.cells)
    page.formula(plan.rows[name], plan.columns[name], formula, float(value), style)
    page.number(plan.rows[name], plan.at["full"], float(plan.tree.nodes[name].full), style)


def _write_dimension(page: Page, plan: BreakdownPlan, score: DimensionScore, places: Places) -> None:
    dimension, node = score.dimension, name_of(Height.DIMENSION, score.dimension.code)
    name = dimension.name + (label("breakdown.apart") if dimension.apart else "")
    texts = {"code": dimension.code, "name": name, "weight": f"{float(dimension.weight):.0%}"}
    _write_band(page, plan, plan.rows[node], texts, "total_cell", places.data.get(node))
    _write_sum(page, plan, node, score.score, "total_score")


def _write_category(page: Page, plan: BreakdownPlan, score: CategoryScore, places: Places) -> None:
    category, node = score.category, name_of(Height.CATEGORY, score.category.code)
    texts = {"code": category.code, "name": category.name, "weight": f"{float(category.weight):.0%}"}
    _write_band(page, plan, plan.rows[node], texts, "bold_cell", places.data.get(node))
    _write_sum(page, plan, node, score.score, "score_bold")
    page.fold(plan.rows[node], 1)


def _write_total(page: Page, outcome: Outcome, plan: BreakdownPlan) -> None:
    _write_band(page, plan, plan.rows[TOTAL], {"name": label("breakdown.total"), "weight": "100%"}, "total_cell")
    _write_sum(page, plan, TOTAL, outcome.scores.total, "total_score")


def _told_by_indicator(outcome: Outcome) -> dict[str, list[str]]:
    """What the office should know about each indicator: the findings that concern it, without their remedies."""
    told: dict[str, list[str]] = {}
    for finding in outcome.findings:
        figure = finding.figure.partition(".")[0]
        using = indicators_of_figure(outcome.catalog, outcome.assignment, finding.department, figure)
        for code in dict.fromkeys(filter(None, (finding.indicator, *using))):
            told.setdefault(code, []).append(_tell(finding))
    return told


def _tell(finding: Finding) -> str:
    """What was found, with what the department says to it."""
    found = word_finding(finding).found
    return found + (label("breakdown.explained", text=finding.explanation) if finding.explanation else "")


def _write_indicator(
    page: Page,
    outcome: Outcome,
    plan: BreakdownPlan,
    adopted: AdoptedPlan,
    score: IndicatorScore,
    told: list[str],
    places: Places,
) -> None:
    indicator, node = score.indicator, name_of(Height.MARK, score.indicator.code)
    row = plan.rows[node]
    texts = {
        "code": indicator.code,
        "name": indicator.name,
        "duty": _duty(outcome, indicator),
        "figures": word_figures(outcome, indicator),
        "told": _draw_together(told),
        "standing": label(f"standing.{score.standing.value}"),
        "next_star": describe_next(outcome.catalog, score),
    }
    to = {"code": places.data.get(node), "standing": places.findings.get(indicator.code)}
    for name, text in texts.items():
        if name in plan.at:
            style = "centre" if name in ("code", "standing") else "cell"
            page.text(row, plan.at[name], text, style, to.get(name))
    _write_marks(page, outcome, plan, adopted, score)
    if method := places.methods.get(indicator.code):
        page.text(row, plan.at["how"], label("contents.go"), "centre", method)
    page.height(row, {plan.at[name]: text for name, text in texts.items() if name in plan.at})
    page.fold(row, depth_of(outcome.catalog, indicator.code))


def _draw_together(told: list[str]) -> str:
    """The first findings about an indicator, and how many more there are."""
    more = len(told) - _TOLD
    return "\n".join(told[:_TOLD] + ([label("breakdown.more", number=more)] if more > 0 else []))


def _write_marks(
    page: Page, outcome: Outcome, plan: BreakdownPlan, adopted: AdoptedPlan, score: IndicatorScore
) -> None:
    """The live cells of an indicator: its score or star, and its points of the total.

    The column of stars holds stars only, so that they can be counted.
    """
    indicator, catalog = score.indicator, outcome.catalog
    row, stars = plan.row(Height.MARK, indicator.code), catalog.scheme is Scheme.STARS
    write_worth(page, row, plan.at["leading" if stars else "weight"], catalog, indicator)
    for name in ("star", "highest", "points", "full", "lowest", "highest_reach"):
        if name in plan.at:
            page.blank(row, plan.at[name])
    pending = label("standing.none")
    formula = score_formula(catalog, indicator, adopted.cells, *_numbers(outcome, adopted, indicator), pending)
    if indicator.starred:
        page.formula(row, plan.at["star"], formula, pending if score.star is None else score.star, "star")
        page.number(row, plan.at["highest"], indicator.levels[0][0], "star")
    elif not stars:
        value = score.mark if indicator.role is Role.SHOWN else score.score
        page.formula(row, plan.at["score"], formula, pending if value is None else float(value), "score")
    if not counts(catalog, indicator):
        return
    if stars and indicator.deducts:
        page.formula(row, plan.at["points"], formula, pending if score.score is None else float(score.score), "points")
    else:
        cell = cell_name(row, plan.at["star" if stars else "score"])
        page.formula(row, plan.at["points"], points_formula(catalog, indicator, cell), _points_shown(score), "points")
    page.number(row, plan.at["full"], float(indicator.full), "score")


def _points_shown(score: IndicatorScore) -> str | float:
    """What stands in the cell of an indicator's points, as ``points_formula`` has it."""
    if score.points is None:
        return ""
    return float(score.points if score.indicator.starred else round_half_up(score.points, POINTS_PLACES))


def _numbers(outcome: Outcome, adopted: AdoptedPlan, indicator: Indicator) -> tuple[list[str], int]:
    """The cells that an indicator's score needs, and their number."""
    slots = [slot.key for figure in outcome.catalog.figures_of[indicator.code] for slot in figure.slots]
    means = list(dict.fromkeys(node for node in walk(indicator.rule) if isinstance(node, Mean)))
    cells = [adopted.cells.slot(key) for key in slots] + [adopted.cells.mean(mean) for mean in means]
    return cells, len(cells)


def _duty(outcome: Outcome, indicator: Indicator) -> str:
    named = outcome.assignment.duties.get(indicator.code, ())
    if named:
        return label("word.separator").join(outcome.assignment.name(department) for department in named)
    return without_errata(outcome.assignment.unassigned.get(indicator.code, ""))
