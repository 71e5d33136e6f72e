"""The breakdown: every indicator with weight, score, full marks, figures, and what is to be known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, field

from smartcity_xl.books.cells import Spot, cell_name, reference
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.texts import EDGES
from smartcity_xl.books.whole_rows import Placed, ReadyFormula, ready
from smartcity_xl.catalog.duties import indicators_of_figure
from smartcity_xl.catalog.score_tree import TOTAL, Height, ScoreTree, build_score_tree, name_of
from smartcity_xl.catalog.told import without_errata
from smartcity_xl.form.template.scores import counts, points_formula, score_formula, worth_of
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
from smartcity_xl.summary.adopted import DataRows, data_rows
from smartcity_xl.summary.bands import depth_of
from smartcity_xl.summary.figures import word_figures
from smartcity_xl.summary.grid import FIRST_ROW, Head, write_head
from smartcity_xl.summary.once import once
from smartcity_xl.summary.places import Places
from smartcity_xl.summary.ranges import range_cells, ranges_of

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
    catalog: Catalog
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

    @cached_property
    def sums(self) -> Mapping[str, ReadyFormula]:
        """Total, dimension or category -> what adds it up, on this sheet."""
        named = (name for name in self.columns if self.tree.nodes[name].height in _SUMS)
        return {name: ready(node_formula(self.tree, name, self.cells)) for name in named}

    @cached_property
    def points(self) -> Mapping[str, ReadyFormula]:
        """Code of an indicator that counts -> what its points are worth, on this sheet."""
        shown = self.at["star" if self.catalog.scheme is Scheme.STARS else "score"]
        return {
            one.code: ready(points_formula(self.catalog, one, cell_name(self.row(Height.MARK, one.code), shown)))
            for one in self.catalog.indicators if counts(self.catalog, one)
        }  # fmt: skip

    def row(self, height: Height, code: str) -> int:
        return self.rows[name_of(height, code)]

    def stars(self, codes: Sequence[str]) -> str:
        """The stars of indicators that stand below each other, as a range seen from another sheet."""
        first, last = (self.row(Height.MARK, code) for code in (codes[0], codes[-1]))
        at = self.at["star"]
        return f"{reference(label('sheet.breakdown'), first, at)}:{cell_name(last, at)}"


def plan_breakdown(outcome: Outcome) -> BreakdownPlan:
    return lay_breakdown(outcome.catalog, outcome.bounds is not None)


@once
def lay_breakdown(catalog: Catalog, ranged: bool) -> BreakdownPlan:
    """``ranged``: whether it is known between which values every level lies."""
    rows = dict[str, int]()
    tree, head = build_score_tree(catalog), _columns(catalog, ranged)
    for dimension in catalog.shown_dimensions:
        rows[name_of(Height.DIMENSION, dimension.code)] = FIRST_ROW + len(rows)
        for category in catalog.categories_of(dimension):
            if catalog.has_categories(dimension):
                rows[name_of(Height.CATEGORY, category.code)] = FIRST_ROW + len(rows)
            for indicator in catalog.indicators_of(category):
                rows[name_of(Height.MARK, indicator.code)] = FIRST_ROW + len(rows)
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
    return BreakdownPlan(head, tree, catalog, rows, columns)


def write_breakdown(book: Book, outcome: Outcome, plan: BreakdownPlan, places: Places, record: Results) -> None:
    page = write_head(book, "breakdown", plan.head, FIRST_ROW, freeze=2)
    rows, told = _BreakdownRows(page, plan), _told_by_indicator(outcome)
    for dimension in outcome.scores.dimensions:
        _write_dimension(rows, dimension, places)
        for category in dimension.categories:
            if outcome.catalog.has_categories(dimension.dimension):
                _write_category(rows, category, places)
            for indicator in category.indicators:
                _write_indicator(rows, outcome, indicator, told.get(indicator.indicator.code, []), places)
    if outcome.catalog.graded:
        _write_total(rows, outcome)
    if "lowest" in plan.at:
        _write_ranges(rows, record)
    rows.put_all()


class _BreakdownRows(Struct, frozen=True):
    """The rows of the page, each composed in several steps: row -> its cells so far; how high, and how deep it is."""

    page: Page
    plan: BreakdownPlan
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    sizes: dict[int, tuple[float, int]] = field(default_factory=dict)

    def add(self, row: int, cells: Iterable[Placed], measured: bool = False) -> float:
        """Cells of a row, over what stands there; the height that they need."""
        return self.page.whole.compose(row, cells, self.cells.setdefault(row, {}), measured)

    def put_all(self) -> None:
        for row, cells in self.cells.items():
            self.page.whole.put(row, cells, *self.sizes[row])


def _write_ranges(rows: _BreakdownRows, record: Results) -> None:
    """Between which values every level can still lie, on the scale of its score or as stars."""
    plan = rows.plan
    columns = plan.at["lowest"], plan.at["highest_reach"]
    stars = {name_of(Height.MARK, one.code) for one in record.indicators if one.most_star is not None}
    for node, ends in ranges_of(record).items():
        style = "star" if node in stars else _SUMS.get(plan.tree.nodes[node].height, "score")
        if node in rows.plan.rows and plan.rows[node] in rows.cells:
            rows.add(plan.rows[node], range_cells(columns, ends, style))


def _write_band(
    rows: _BreakdownRows,
    node: str,
    texts: Mapping[str, str],
    style: str,
    value: Fraction,
    to: Spot | None = None,
    level: int = 0,
) -> None:
    """A row that heads others; with the live cell of its sum, and the full marks beside it, where there are points."""
    plan, row = rows.plan, rows.plan.rows[node]
    rows.add(row, [
        (at, texts.get(column.name, ""), style, to if column.name == "code" else None)
        for at, column in enumerate(plan.head)
    ])  # fmt: skip
    rows.sizes[row] = rows.page.room_for({plan.at["name"]: (texts["name"], style)}, least=22), level
    if node in plan.columns:
        summed = _SUMS[plan.tree.nodes[node].height]
        rows.add(row, [
            (plan.columns[node], plan.sums[node].giving(float(value)), summed, None),
            (plan.at["full"], float(plan.tree.nodes[node].full), summed, None),
        ])  # fmt: skip


def _write_dimension(rows: _BreakdownRows, score: DimensionScore, places: Places) -> None:
    dimension, node = score.dimension, name_of(Height.DIMENSION, score.dimension.code)
    name = dimension.name + (label("breakdown.apart") if dimension.apart else "")
    texts = {"code": dimension.code, "name": name, "weight": f"{float(dimension.weight):.0%}"}
    _write_band(rows, node, texts, "total_cell", score.score, places.data.get(node))


def _write_category(rows: _BreakdownRows, score: CategoryScore, places: Places) -> None:
    category, node = score.category, name_of(Height.CATEGORY, score.category.code)
    texts = {"code": category.code, "name": category.name, "weight": f"{float(category.weight):.0%}"}
    _write_band(rows, node, texts, "bold_cell", score.score, places.data.get(node), 1)


def _write_total(rows: _BreakdownRows, outcome: Outcome) -> None:
    texts = {"name": label("breakdown.total"), "weight": "100%"}
    _write_band(rows, TOTAL, texts, "total_cell", outcome.scores.total)


def _told_by_indicator(outcome: Outcome) -> dict[str, list[str]]:
    """What the office should know about each indicator: the findings that concern it, without their remedies."""
    told: dict[str, list[str]] = {}
    for finding in outcome.findings:
        figure = finding.figure.partition(".")[0]
        using = indicators_of_figure(outcome.catalog, outcome.assignment, finding.department, figure)
        said = _tell(finding)
        for code in dict.fromkeys(filter(None, (finding.indicator, *using))):
            told.setdefault(code, []).append(said)
    return told


def _tell(finding: Finding) -> str:
    """What was found, with what the department says to it."""
    found = word_finding(finding).found
    return found + (label("breakdown.explained", text=finding.explanation) if finding.explanation else "")


def _write_indicator(
    rows: _BreakdownRows, outcome: Outcome, score: IndicatorScore, told: list[str], places: Places
) -> None:
    plan, indicator, node = rows.plan, score.indicator, name_of(Height.MARK, score.indicator.code)
    row = plan.rows[node]
    texts = {
        "code": indicator.code,
        "name": indicator.name,
        "duty": _duty(outcome, indicator),
        "figures": word_figures(outcome, indicator),
        "told": _draw_together(told),
        "standing": label(f"standing.{score.standing.value}"),
        "next_star": describe_next(outcome.catalog, score) if "next_star" in plan.at else "",
    }
    to = {"code": places.data.get(node), "standing": places.findings.get(indicator.code)}
    needed = rows.add(row, [
        (plan.at[name], text, "centre" if name in ("code", "standing") else "cell", to.get(name))
        for name, text in texts.items() if name in plan.at
    ], measured=True)  # fmt: skip
    rows.add(row, _marks(outcome.catalog, plan, score))
    if method := places.methods.get(indicator.code):
        rows.add(row, [(plan.at["how"], label("contents.go"), "centre", method)])
    rows.sizes[row] = max(20, needed + EDGES), depth_of(outcome.catalog, indicator.code)


def _draw_together(told: list[str]) -> str:
    """The first findings about an indicator, and how many more there are."""
    more = len(told) - _TOLD
    return "\n".join(told[:_TOLD] + ([label("breakdown.more", number=more)] if more > 0 else []))


def _marks(catalog: Catalog, plan: BreakdownPlan, score: IndicatorScore) -> Iterator[Placed]:
    """The live cells of an indicator: its score or star, and its points of the total.

    The column of stars holds stars only, so that they can be counted.
    """
    indicator, stars, pending = score.indicator, catalog.scheme is Scheme.STARS, label("standing.none")
    yield plan.at["leading" if stars else "weight"], *worth_of(catalog, indicator), None
    for name in ("star", "highest", "points", "full", "lowest", "highest_reach"):
        if name in plan.at:
            yield plan.at[name], "", "cell", None
    formula = _formulas(catalog)[indicator.code]
    if indicator.starred:
        yield plan.at["star"], formula.giving(pending if score.star is None else score.star), "star", None
        yield plan.at["highest"], indicator.levels[0][0], "star", None
    elif not stars:
        value = score.mark if indicator.role is Role.SHOWN else score.score
        yield plan.at["score"], formula.giving(pending if value is None else float(value)), "score", None
    if not counts(catalog, indicator):
        return
    if stars and indicator.deducts:
        value = score.score
        yield plan.at["points"], formula.giving(pending if value is None else float(value)), "points", None
    else:
        yield plan.at["points"], plan.points[indicator.code].giving(points_shown(score)), "points", None
    yield plan.at["full"], float(indicator.full), "score", None


@once
def _formulas(catalog: Catalog) -> dict[str, ReadyFormula]:
    """Code of an indicator -> what computes its score, over the data."""
    rows, pending = data_rows(catalog), label("standing.none")
    return {
        one.code: ready(score_formula(catalog, one, rows.cells, *_numbers(catalog, rows, one), pending))
        for one in catalog.indicators
    }


def points_shown(score: IndicatorScore) -> str | float:
    """What stands in the cell of an indicator's points, as ``points_formula`` has it."""
    if score.points is None:
        return ""
    return float(score.points if score.indicator.starred else round_half_up(score.points, POINTS_PLACES))


def _numbers(catalog: Catalog, rows: DataRows, indicator: Indicator) -> tuple[list[str], int]:
    """The cells that an indicator's score needs, and their number."""
    slots = [slot.key for figure in catalog.figures_of[indicator.code] for slot in figure.slots]
    means = list(dict.fromkeys(node for node in walk(indicator.rule) if isinstance(node, Mean)))
    cells = [rows.cells.slot(key) for key in slots] + [rows.cells.mean(mean) for mean in means]
    return cells, len(cells)


def _duty(outcome: Outcome, indicator: Indicator) -> str:
    named = outcome.assignment.duties.get(indicator.code, ())
    if named:
        return label("word.separator").join(outcome.assignment.name(department) for department in named)
    return without_errata(outcome.assignment.unassigned.get(indicator.code, ""))
