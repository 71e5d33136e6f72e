"""The sheet 试算: beside each adopted value a cell for another, and what the system would then come to, live.

The same rules and the same score tree as everywhere, over the cells of this sheet; the official scores stand beside
them, as the breakdown has them. A cell that is left blank is as adopted.
"""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.books.cells import Spot, cell_name, reference
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.live import EMPTY, Live, choose, number, quoted, text
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.catalog.score_tree import TOTAL, Height, name_of
from smartcity_xl.form.template.scores import counts, points_formula, score_formula
from smartcity_xl.messages import label
from smartcity_xl.model import Category, Dimension, Indicator, IndicatorScore, Outcome, Role, Scheme
from smartcity_xl.results.stars import reaches, starred
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import POINTS_PLACES, constant
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.summary.adopted import AdoptedPlan
from smartcity_xl.summary.breakdown import BreakdownPlan
from smartcity_xl.summary.places import CONTENTS, Places
from smartcity_xl.summary.whatif_form import AT, COLUMNS, INPUT, WHATIF, WIDTHS
from smartcity_xl.summary.whatif_inputs import InputRows
from smartcity_xl.summary.whatif_plan import TOP, TrialPlan, plan_whatif

_SCORES, _POINTS = ("score", "score_tried"), ("points", "points_tried")
_REACHED = ("reached", "reached_tried")
START = Spot(label(f"sheet.{WHATIF}"), 1, AT["code"])
"""Where links to the sheet lead: its first row and its first column are hidden."""


def write_whatif(book: Book, outcome: Outcome, breakdown: BreakdownPlan, adopted: AdoptedPlan, places: Places) -> None:
    """The same outcome gives the same bytes."""
    plan = plan_whatif(outcome)
    unused = () if outcome.catalog.graded else _POINTS
    page = book.page(label(f"sheet.{WHATIF}"), tuple(0.0 if name in unused else WIDTHS[name] for name in COLUMNS))
    writer = _Writer(page, outcome, plan, breakdown, InputRows(page, outcome, plan, adopted), places)
    writer.write_head()
    for dimension in outcome.scores.dimensions:
        writer.write_band(Height.DIMENSION, dimension.dimension, dimension.full)
        for category in dimension.categories:
            if outcome.catalog.has_categories(dimension.dimension):
                writer.write_band(Height.CATEGORY, category.category, category.full)
            for score in category.indicators:
                writer.write_indicator(score)
    writer.write_sums()


class _Writer(Struct):
    """``addresses``: name of a node of the score tree -> the cell with what it comes to as tried."""

    page: Page
    outcome: Outcome
    plan: TrialPlan
    breakdown: BreakdownPlan
    inputs: InputRows
    places: Places
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def stars(self) -> bool:
        return self.outcome.catalog.scheme is Scheme.STARS

    def write_head(self) -> None:
        page = self.page
        page.map_columns(MARKER + WHATIF, COLUMNS[1:])
        page.entitle(label("whatif.title"), label("whatif.hint"), AT["state"])
        page.text(1, AT["state"], label("contents.back"), "way", self.places.sheets[CONTENTS])
        head = self.plan.first - 1
        starred_heads = _SCORES if self.stars else ()
        shown = [name for name in COLUMNS if page.widths[AT[name]]]
        page.head_columns(
            head, {AT[name]: label(f"whatif.{'star_' if name in starred_heads else ''}{name}") for name in shown}
        )
        page.worksheet.freeze_panes(self.plan.first, AT["unit"])
        page.protect()
        page.print_on_a4(landscape=True, head=head, footer=f"&R{label('word.page')}")

    # --- dimensions, categories, and what stands on top

    def write_band(self, height: Height, one: Dimension | Category, full: Fraction) -> None:
        """The row of a sum; the sum itself is written once all cells below it are known."""
        name = name_of(height, one.code)
        row, style = self.plan.nodes[name], _style(height)
        apart = isinstance(one, Dimension) and one.apart
        self._fill(row, one.name + (label("breakdown.apart") if apart else ""), f"{style}_cell", one.code, name)
        if self.outcome.catalog.graded:
            self.addresses[name] = cell_name(row, AT["points_tried"])
            self.page.number(row, AT["full"], float(full), _SUMMED[style])

    def _fill(self, row: int, name: str, style: str, code: str = "", node: str = "") -> None:
        """A row across the sheet; its code leads to the breakdown's row of the ``node``."""
        for column in COLUMNS[1:]:
            if self.page.widths[AT[column]]:
                self.page.blank(row, AT[column], style)
        self.page.text(row, AT["code"], code, style, self.places.scores.get(node))
        self.page.text(row, AT["label"], name, style)
        self.page.height(row, {AT["label"]: name}, least=22)

    def write_sums(self) -> None:
        scores = self.outcome.scores
        if self.outcome.catalog.graded:
            for d in scores.dimensions:
                self._write_sum(name_of(Height.DIMENSION, d.dimension.code), d.score, _style(Height.DIMENSION))
                for c in d.categories:
                    if (name := name_of(Height.CATEGORY, c.category.code)) in self.plan.nodes:
                        self._write_sum(name, c.score, _style(Height.CATEGORY))
        for row, top in enumerate(self.plan.tops, start=TOP):
            self._fill(row, label(f"whatif.top_{top}", level=self._target()), "total_cell")
            if top == "points":
                self.plan.nodes[TOTAL] = row
                self._write_sum(TOTAL, scores.total, "total")
                self.page.number(row, AT["full"], float(scores.full), "total_score")
            else:
                self._write_reached(row)
        self._write_told(TOP)

    def _target(self) -> str:
        return label(f"stars.level_{self.outcome.catalog.target}")

    def _write_sum(self, name: str, value: Fraction, style: str) -> None:
        row, shown = self.plan.nodes[name], _SUMMED[style]
        formula = node_formula(self.breakdown.tree, name, self.addresses)
        self.page.formula(row, AT["points"], self.breakdown.seen[name], float(value), shown)
        self.page.formula(row, AT["points_tried"], formula, float(value), shown)
        self._write_difference(row, _POINTS, f"{style}_change", Fraction(0))

    def _write_reached(self, row: int) -> None:
        scores = starred(self.outcome.scores.dimensions)
        count = sum(reaches(score, self.outcome.catalog.target) is True for score in scores)
        for name, source in zip(_SCORES, _REACHED, strict=True):
            self.page.formula(row, AT[name], f"SUM({self.plan.span(source)})", count, "total_count")
        self._write_difference(row, _SCORES, "total_step", Fraction(0))
        self.page.number(row, AT["full"], len(scores), "total_count")

    def _write_told(self, row: int) -> None:
        """How many values are tried, and how many of them cannot be taken."""
        tried = Live(f"COUNTA({self.plan.span(INPUT)})", Fraction(0))
        self.page.live(row, AT[INPUT], tried, "total_count")
        wrong = Live(f"SUM({self.plan.span('wrong')})", Fraction(0))
        told = wrong & text(label("whatif.wrong"))
        self.page.live(row, AT["state"], choose(wrong > number(0), told, EMPTY), "total_cell")

    def _write_difference(self, row: int, pair: tuple[str, str], style: str, value: Fraction | None) -> None:
        """What the trial adds; an indicator without a score counts 0."""
        official, tried = (cell_name(row, AT[name]) for name in pair)
        added = f"ROUND({tried}-IF(ISNUMBER({official}),{official},0),{POINTS_PLACES})"
        formula = f'IF(ISNUMBER({tried}),{added},"")'
        self.page.formula(row, AT["difference"], formula, "" if value is None else float(value), style)

    # --- an indicator

    def write_indicator(self, score: IndicatorScore) -> None:
        """Its row, and below it the figures that its rule reads."""
        indicator, catalog = score.indicator, self.outcome.catalog
        node = name_of(Height.MARK, indicator.code)
        row = self.plan.nodes[node]
        self._fill(row, indicator.name, "subband_cell", indicator.code, node)
        for slot in self.plan.own[indicator.code]:
            self.inputs.write(slot)
        for at, figure in self.plan.again[indicator.code]:
            self.inputs.write_again(at, figure)
        self._write_result(row, score)
        if counts(catalog, indicator):
            self._write_points(row, score)
        self._write_full(row, indicator)
        if catalog.graded and counts(catalog, indicator):
            settled = None if score.points is None else Fraction(0)
            self._write_difference(row, _POINTS, "subband_change", settled)
        elif indicator.starred:
            settled = None if score.star is None else Fraction(0)
            self._write_difference(row, _SCORES, "subband_step", settled)

    def _write_result(self, row: int, score: IndicatorScore) -> None:
        """Its star, its score, or what is merely shown: officially, and as tried."""
        indicator, catalog, pending = score.indicator, self.outcome.catalog, label("standing.none")
        value = score.mark if indicator.starred or indicator.role is Role.SHOWN else score.score
        shown = pending if value is None else float(value)
        style = "subband_star" if indicator.starred else "subband_score"
        self.page.formula(row, AT["score"], self._official(indicator, shown), shown, style)
        needed = [cell_name(self.plan.slots[s.key], AT["taken"]) for s in self.plan.trials.slots_of(indicator)]
        formula = score_formula(catalog, indicator, self.plan.cells, needed, len(needed), pending)
        self.page.formula(row, AT["score_tried"], formula, shown, style)
        if indicator.starred:
            for source, target in zip(_SCORES, _REACHED, strict=True):
                cell = cell_name(row, AT[source])
                least = constant(Fraction(catalog.target))
                reached = int(score.star is not None and score.star >= catalog.target)
                test = f"IF(ISNUMBER({cell}),IF({cell}>={least},1,0),0)"
                self.page.formula(row, AT[target], test, reached, "plain")

    def _official(self, indicator: Indicator, shown: str | float) -> str:
        """The cell of the breakdown that holds it; what that does not show stands here."""
        name = "score"
        if self.stars:
            name = "star" if indicator.starred else "points" if indicator.deducts else ""
        if name not in self.breakdown.at:
            return quoted(shown) if isinstance(shown, str) else constant(Fraction(repr(shown)))
        return self._cell_of(indicator, name)

    def _cell_of(self, indicator: Indicator, column: str) -> str:
        """A cell of the breakdown."""
        row, at = self.breakdown.row(Height.MARK, indicator.code), self.breakdown.at[column]
        return reference(label("sheet.breakdown"), row, at)

    def _write_points(self, row: int, score: IndicatorScore) -> None:
        indicator, catalog = score.indicator, self.outcome.catalog
        shown: str | float = ""
        if score.points is not None:
            shown = float(score.points if indicator.starred else round_half_up(score.points, POINTS_PLACES))
        official = self._cell_of(indicator, "points")
        result, points = cell_name(row, AT["score_tried"]), cell_name(row, AT["points_tried"])
        if self.stars and indicator.deducts and score.points is None:
            shown = label("standing.none")
        self.page.formula(row, AT["points"], official, shown, "subband_points")
        self.page.formula(row, AT["points_tried"], points_formula(catalog, indicator, result),
                          "" if score.points is None else shown, "subband_points")  # fmt: skip
        self.addresses[name_of(Height.SCORE, indicator.code)] = points if indicator.starred else result

    def _write_full(self, row: int, indicator: Indicator) -> None:
        """The most that stands in the column where the difference is counted."""
        catalog = self.outcome.catalog
        if catalog.graded and counts(catalog, indicator):
            full = self.breakdown.tree.full_points([indicator.code])
            self.page.number(row, AT["full"], float(full), "subband_points")
        elif indicator.starred:
            self.page.number(row, AT["full"], indicator.levels[0][0], "subband_star")


_SUMMED = {"total": "total_score", "bold": "score_bold"}
"""Style of a row of sums -> that of its numbers."""


def _style(height: Height) -> str:
    return "total" if height is Height.DIMENSION else "bold"
