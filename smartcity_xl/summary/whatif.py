"""The sheet 试算: beside each adopted value a cell for another, and what the system would then come to, live.

The same rules and the same score tree as everywhere, over the cells of this sheet; the official scores stand beside
them, as the breakdown has them. A cell that is left blank is as adopted.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.live import EMPTY, Live, choose, number, text
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.whole_rows import Placed
from smartcity_xl.catalog.score_tree import TOTAL, Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Category, Dimension, IndicatorScore, Outcome, Scheme
from smartcity_xl.results.stars import reaches, starred
from smartcity_xl.summary.breakdown import BreakdownPlan
from smartcity_xl.summary.places import CONTENTS, Places
from smartcity_xl.summary.whatif_form import AT, COLUMNS, INPUT, WHATIF, WIDTHS
from smartcity_xl.summary.whatif_inputs import InputRows
from smartcity_xl.summary.whatif_marks import (
    POINTS,
    REACHED,
    SCORES,
    MarkFrame,
    SumFrame,
    difference,
    mark_frames,
    shown_columns,
    sum_frames,
)
from smartcity_xl.summary.whatif_plan import TOP, TrialPlan, plan_whatif

START = Spot(label(f"sheet.{WHATIF}"), 1, AT["code"])
"""Where links to the sheet lead: its first row and its first column are hidden."""


def write_whatif(book: Book, outcome: Outcome, breakdown: BreakdownPlan, places: Places) -> None:
    """The same outcome gives the same bytes."""
    plan, catalog, ranged = plan_whatif(outcome), outcome.catalog, "lowest" in breakdown.at
    shown = shown_columns(catalog)
    hidden = POINTS if not catalog.graded else ()
    page = book.page(label(f"sheet.{WHATIF}"), tuple(0.0 if name in hidden else WIDTHS[name] for name in COLUMNS))
    sums, marks = sum_frames(catalog, ranged), mark_frames(catalog, ranged)
    writer = _Writer(page, outcome, plan, shown, sums, marks, InputRows(page, outcome, plan), places)
    writer.write_head()
    for dimension in outcome.scores.dimensions:
        writer.write_band(Height.DIMENSION, dimension.dimension, dimension.full)
        for category in dimension.categories:
            if catalog.has_categories(dimension.dimension):
                writer.write_band(Height.CATEGORY, category.category, category.full)
            for score in category.indicators:
                writer.write_indicator(score)
    writer.write_sums()


class _Writer(Struct, frozen=True):
    """``bands``: row of a sum -> its cells so far, and how high it is."""

    page: Page
    outcome: Outcome
    plan: TrialPlan
    shown: tuple[str, ...]
    sums: Mapping[str, SumFrame]
    marks: Mapping[str, MarkFrame]
    inputs: InputRows
    places: Places
    bands: dict[int, tuple[dict[int, str], float]] = field(default_factory=dict)

    def write_head(self) -> None:
        page = self.page
        page.map_columns(MARKER + WHATIF, COLUMNS[1:])
        page.entitle(label("whatif.title"), label("whatif.hint"), AT["state"])
        page.text(1, AT["state"], label("contents.back"), "way", self.places.sheets[CONTENTS])
        head = self.plan.first - 1
        starred_heads = SCORES if self.outcome.catalog.scheme is Scheme.STARS else ()
        page.head_columns(
            head, {AT[name]: label(f"whatif.{'star_' if name in starred_heads else ''}{name}") for name in self.shown}
        )
        page.worksheet.freeze_panes(self.plan.first, AT["unit"])
        page.protect()
        page.print_on_a4(landscape=True, head=head, footer=f"&R{label('word.page')}")

    # --- dimensions, categories, and what stands on top

    def write_band(self, height: Height, one: Dimension | Category, full: Fraction) -> None:
        """The row of a sum; the sum itself is written once all cells below it are."""
        node = name_of(height, one.code)
        row, style = self.plan.nodes[node], _style(height)
        apart = isinstance(one, Dimension) and one.apart
        name, look = one.name + (label("breakdown.apart") if apart else ""), f"{style}_cell"
        cells: list[Placed] = [(AT[column], "", look, None) for column in self.shown]
        cells += [(AT["code"], one.code, look, self.places.scores.get(node)), (AT["label"], name, look, None)]
        if self.outcome.catalog.graded:
            cells.append((AT["full"], float(full), _SUMMED[style], None))
        written = dict[int, str]()
        self.page.whole.compose(row, cells, written)
        self.bands[row] = written, self.page.room_for({AT["label"]: (name, look)}, least=22)

    def write_sums(self) -> None:
        scores = self.outcome.scores
        for d in scores.dimensions:
            self._write_sum(name_of(Height.DIMENSION, d.dimension.code), d.score, _style(Height.DIMENSION))
            for c in d.categories:
                self._write_sum(name_of(Height.CATEGORY, c.category.code), c.score, _style(Height.CATEGORY))
        for row, (written, points) in self.bands.items():
            self.page.whole.put(row, written, points, 0)
        for row, top in enumerate(self.plan.tops, start=TOP):
            self._write_top(row, label(f"whatif.top_{top}", level=self._target()))
            if top == "points":
                for at, one, style, _ in self.sums[TOTAL].cells(scores.total, "total_score", "total_change"):
                    self.page.formula(row, at, one.formula, one.value, style)
                self.page.number(row, AT["full"], float(scores.full), "total_score")
            else:
                self._write_reached(row)
        self._write_told(TOP)

    def _target(self) -> str:
        return label(f"stars.level_{self.outcome.catalog.target}")

    def _write_sum(self, name: str, value: Fraction, style: str) -> None:
        if name in self.sums:
            row = self.plan.nodes[name]
            cells = self.sums[name].cells(value, _SUMMED[style], f"{style}_change")
            self.page.whole.compose(row, cells, self.bands[row][0])

    def _write_top(self, row: int, name: str) -> None:
        """A row across the sheet, above the headings."""
        for column in self.shown:
            self.page.blank(row, AT[column], "total_cell")
        self.page.text(row, AT["label"], name, "total_cell")
        self.page.height(row, {AT["label"]: name}, least=22)

    def _write_reached(self, row: int) -> None:
        scores = starred(self.outcome.scores.dimensions)
        count = sum(reaches(score, self.outcome.catalog.target) is True for score in scores)
        for name, source in zip(SCORES, REACHED, strict=True):
            self.page.formula(row, AT[name], f"SUM({self.plan.span(source)})", count, "total_count")
        self.page.formula(row, AT["difference"], difference(row, SCORES), 0.0, "total_step")
        self.page.number(row, AT["full"], len(scores), "total_count")

    def _write_told(self, row: int) -> None:
        """How many values are tried, and how many of them cannot be taken."""
        tried = Live(f"COUNTA({self.plan.span(INPUT)})", Fraction(0))
        self.page.live(row, AT[INPUT], tried, "total_count")
        wrong = Live(f"SUM({self.plan.span('wrong')})", Fraction(0))
        told = wrong & text(label("whatif.wrong"))
        self.page.live(row, AT["state"], choose(wrong > number(0), told, EMPTY), "total_cell")

    # --- an indicator

    def write_indicator(self, score: IndicatorScore) -> None:
        """Its row, and below it the figures that its rule reads."""
        indicator, catalog = score.indicator, self.outcome.catalog
        node, frame = name_of(Height.MARK, indicator.code), self.marks[indicator.code]
        row, whole, written = self.plan.nodes[node], self.page.whole, dict[int, str]()
        named = (
            (AT["code"], indicator.code, "subband_cell", self.places.scores.get(node)),
            (AT["label"], indicator.name, "subband_cell", None),
        )
        whole.compose(row, (*frame.blank, *named), written)
        for slot in self.plan.own[indicator.code]:
            self.inputs.write(slot)
        for at, _ in self.plan.again[indicator.code]:
            self.inputs.write_again(at)
        whole.compose(row, frame.cells(catalog, score), written)
        points = self.page.room_for({AT["label"]: (indicator.name, "subband_cell")}, least=22)
        whole.put(row, written, points, 0)


_SUMMED = {"total": "total_score", "bold": "score_bold"}
"""Style of a row of sums -> that of its numbers."""


def _style(height: Height) -> str:
    return "total" if height is Height.DIMENSION else "bold"
