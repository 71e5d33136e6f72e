"""What the rows of sums and of indicators on 试算 hold, whatever they come to: found once for each system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.books.cells import cell_name, reference
from smartcity_xl.books.live import quoted
from smartcity_xl.books.whole_rows import Computed, Placed, ReadyFormula, computed, ready
from smartcity_xl.catalog.score_tree import TOTAL, Height, name_of
from smartcity_xl.form.template.scores import counts, points_formula, score_formula
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Indicator, IndicatorScore, Role, Scheme
from smartcity_xl.rules.formula import POINTS_PLACES, constant
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.summary.breakdown import BreakdownPlan, lay_breakdown, points_shown
from smartcity_xl.summary.once import once
from smartcity_xl.summary.whatif_form import AT, COLUMNS, WIDTHS
from smartcity_xl.summary.whatif_plan import TrialPlan, plan_trials

SCORES, POINTS = ("score", "score_tried"), ("points", "points_tried")
REACHED = ("reached", "reached_tried")


def shown_columns(catalog: Catalog) -> tuple[str, ...]:
    """The columns that can be seen of a system."""
    unused = () if catalog.graded else POINTS
    return tuple(name for name in COLUMNS if WIDTHS[name] and name not in unused)


def difference(row: int, pair: tuple[str, str]) -> str:
    """What the trial adds; an indicator without a score counts 0."""
    official, tried = (cell_name(row, AT[name]) for name in pair)
    added = f"ROUND({tried}-IF(ISNUMBER({official}),{official},0),{POINTS_PLACES})"
    return f'IF(ISNUMBER({tried}),{added},"")'


class MarkFrame(Struct, frozen=True):
    """Of an indicator. ``blank`` are the cells that stay so. ``official`` is none where the breakdown does not show
    what it comes to, ``points`` where it counts for no total; ``added`` is the difference, in its style."""

    blank: tuple[Placed, ...]
    official: ReadyFormula | None
    tried: ReadyFormula
    reached: tuple[ReadyFormula, ...]
    points: tuple[ReadyFormula, ReadyFormula] | None
    full: tuple[Placed, ...]
    added: tuple[ReadyFormula, str] | None

    def cells(self, catalog: Catalog, score: IndicatorScore) -> Iterator[Placed]:
        """What it comes to: its star, its score, or what is merely shown, officially and as tried; its points."""
        indicator, pending = score.indicator, label("standing.none")
        value = score.mark if indicator.starred or indicator.role is Role.SHOWN else score.score
        shown = pending if value is None else float(value)
        style = "subband_star" if indicator.starred else "subband_score"
        official = self.official.giving(shown) if self.official else _spelt(shown)
        yield AT["score"], official, style, None
        yield AT["score_tried"], self.tried.giving(shown), style, None
        for name, test in zip(REACHED, self.reached, strict=False):
            yield AT[name], test.giving(int(score.star is not None and score.star >= catalog.target)), "plain", None
        yield from self._points(catalog, score)
        yield from self.full
        if self.added:
            settled = (score.points if self.points else score.star) is not None
            yield AT["difference"], self.added[0].giving(0.0 if settled else ""), self.added[1], None

    def _points(self, catalog: Catalog, score: IndicatorScore) -> Iterator[Placed]:
        if self.points is None:
            return
        shown = tried = points_shown(score)
        if score.points is None and catalog.scheme is Scheme.STARS and score.indicator.deducts:
            shown = label("standing.none")
        for name, formula, result in zip(POINTS, self.points, (shown, tried), strict=True):
            yield AT[name], formula.giving(result), "subband_points", None


def _spelt(shown: str | float) -> Computed:
    return computed(quoted(shown) if isinstance(shown, str) else constant(Fraction(repr(shown))), shown)


@once
def mark_frames(catalog: Catalog, ranged: bool) -> dict[str, MarkFrame]:
    """By code; ``ranged``: whether the breakdown shows ranges."""
    plan, breakdown = plan_trials(catalog), lay_breakdown(catalog, ranged)
    return {one.code: _frame(catalog, plan, breakdown, one) for one in catalog.indicators}


def _frame(catalog: Catalog, plan: TrialPlan, breakdown: BreakdownPlan, indicator: Indicator) -> MarkFrame:
    row, pending = plan.nodes[name_of(Height.MARK, indicator.code)], label("standing.none")
    needed = [cell_name(plan.slots[slot.key], AT["taken"]) for slot in plan.trials.slots_of(indicator)]
    tried = score_formula(catalog, indicator, plan.cells, needed, len(needed), pending)
    reached = _reached(row, catalog.target) if indicator.starred else ()
    points: tuple[ReadyFormula, ReadyFormula] | None = None
    full: tuple[Placed, ...] = ()
    added: tuple[ReadyFormula, str] | None = None
    if counts(catalog, indicator):
        result = points_formula(catalog, indicator, cell_name(row, AT["score_tried"]))
        points = ready(_afar(breakdown, indicator, "points")), ready(result)
        worth = breakdown.tree.full_points([indicator.code])
        full = ((AT["full"], float(worth), "subband_points", None),)
        added = ready(difference(row, POINTS)), "subband_change"
    elif indicator.starred:
        full = ((AT["full"], indicator.levels[0][0], "subband_star", None),)
        added = ready(difference(row, SCORES)), "subband_step"
    filled = {"key", "code", "label", *SCORES, *(POINTS if points else ()), *(("full", "difference") if added else ())}
    blank: tuple[Placed, ...] = tuple(
        (AT[name], "", "subband_cell", None) for name in shown_columns(catalog) if name not in filled
    )
    return MarkFrame(blank, _official(catalog, breakdown, indicator), ready(tried), reached, points, full, added)


def _reached(row: int, target: int) -> tuple[ReadyFormula, ...]:
    """Whether a star reaches the target, officially and as tried."""
    cells = (cell_name(row, AT[source]) for source in SCORES)
    least = constant(Fraction(target))
    return tuple(ready(f"IF(ISNUMBER({cell}),IF({cell}>={least},1,0),0)") for cell in cells)


def _official(catalog: Catalog, breakdown: BreakdownPlan, indicator: Indicator) -> ReadyFormula | None:
    """The cell of the breakdown that holds what an indicator comes to; what that does not show stands here."""
    name = "score"
    if catalog.scheme is Scheme.STARS:
        name = "star" if indicator.starred else "points" if indicator.deducts else ""
    return ready(_afar(breakdown, indicator, name)) if name in breakdown.at else None


def _afar(breakdown: BreakdownPlan, indicator: Indicator, column: str) -> str:
    """A cell of the breakdown."""
    return reference(label("sheet.breakdown"), breakdown.row(Height.MARK, indicator.code), breakdown.at[column])


class SumFrame(Struct, frozen=True):
    """Of a total, dimension or category: its sum officially and as tried, and the difference."""

    official: ReadyFormula
    tried: ReadyFormula
    added: ReadyFormula

    def cells(self, value: Fraction, shown: str, change: str) -> Iterator[tuple[int, Computed, str, None]]:
        yield AT["points"], self.official.giving(float(value)), shown, None
        yield AT["points_tried"], self.tried.giving(float(value)), shown, None
        yield AT["difference"], self.added.giving(0.0), change, None


@once
def sum_frames(catalog: Catalog, ranged: bool) -> Mapping[str, SumFrame]:
    """By node; none where there are no points."""
    plan, breakdown = plan_trials(catalog), lay_breakdown(catalog, ranged)
    addresses: dict[str, str] = {}
    for indicator in catalog.indicators:
        if counts(catalog, indicator):
            row = plan.nodes[name_of(Height.MARK, indicator.code)]
            column = "points_tried" if indicator.starred else "score_tried"
            addresses[name_of(Height.SCORE, indicator.code)] = cell_name(row, AT[column])
    sums = [name for name in breakdown.sums if name in plan.nodes]
    addresses |= {name: cell_name(plan.nodes[name], AT["points_tried"]) for name in sums if name != TOTAL}
    return {
        name: SumFrame(
            ready(breakdown.seen[name]),
            ready(node_formula(breakdown.tree, name, addresses)),
            ready(difference(plan.nodes[name], POINTS)),
        )
        for name in sums
    }
