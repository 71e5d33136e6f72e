"""The breakdown: every indicator with weight, figures, score, full marks and where each figure came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from smartcity_xl.books.cells import cell_name, reference
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.template.scores import earns, points_formula, round_below, score_formula, write_worth
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import (
    Catalog,
    CategoryScore,
    DimensionScore,
    Figure,
    Finding,
    Indicator,
    IndicatorScore,
    MergedSlot,
    Outcome,
    Role,
    Scheme,
    Slot,
    Standing,
)
from smartcity_xl.rules.formula import constant, rounded
from smartcity_xl.rules.tree import Mean, walk
from smartcity_xl.summary.adopted import AdoptedPlan
from smartcity_xl.summary.grid import Head, write_head
from smartcity_xl.summary.results import shown_value
from smartcity_xl.summary.stars import describe_next

_HEAD = (Head("code", 9), Head("name", 24))
_WEIGHTED = (
    Head("weight", 7), Head("score", 8), Head("full", 8), Head("points", 9), Head("standing", 8),
)  # fmt: skip
_STARRED = (Head("leading", 7), Head("star", 8), Head("highest", 8))
_EARNED = (Head("points", 8), Head("full", 8))
_NEXT = (Head("next_star", 38), Head("standing", 8))
_TAIL = (
    Head("duty", 16), Head("figures", 38), Head("origin", 34), Head("told", 30),
)  # fmt: skip
FIRST_ROW = 3
_LISTED = 6


def _columns(catalog: Catalog) -> tuple[Head, ...]:
    if catalog.scheme is Scheme.WEIGHTS:
        return (*_HEAD, *_WEIGHTED, *_TAIL)
    return (*_HEAD, *_STARRED, *(_EARNED if catalog.graded else ()), *_NEXT, *_TAIL)


@dataclass(frozen=True)
class BreakdownPlan:
    """Code of a dimension, category or indicator -> its row; ``total`` is the row of the total."""

    columns: tuple[Head, ...]
    rows: Mapping[str, int]
    total: int

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Name of a column -> its position."""
        return {column.name: number for number, column in enumerate(self.columns)}

    @property
    def summed(self) -> str:
        """The column that adds up: scores, or the points of stars."""
        return "score" if "score" in self.at else "points"

    def score(self, code: str) -> str:
        """The cell of a score that adds up, as seen from another sheet."""
        return reference(label("sheet.breakdown"), self.rows[code], self.at[self.summed])

    def total_score(self) -> str:
        return reference(label("sheet.breakdown"), self.total, self.at[self.summed])

    def stars(self, codes: Sequence[str]) -> str:
        """The stars of indicators that stand below each other, as a range seen from another sheet."""
        first, last = (self.rows[f"I:{code}"] for code in (codes[0], codes[-1]))
        at = self.at["star"]
        return f"{reference(label('sheet.breakdown'), first, at)}:{cell_name(last, at)}"


def plan_breakdown(outcome: Outcome) -> BreakdownPlan:
    rows: dict[str, int] = {}
    at = FIRST_ROW
    for dimension in outcome.scores.dimensions:
        rows[f"D:{dimension.dimension.code}"] = at
        at += 1
        for category in dimension.categories:
            if outcome.catalog.has_categories(dimension.dimension):
                rows[f"C:{category.category.code}"] = at
                at += 1
            for indicator in category.indicators:
                rows[f"I:{indicator.indicator.code}"] = at
                at += 1
    return BreakdownPlan(_columns(outcome.catalog), rows, at)


def write_breakdown(book: Book, outcome: Outcome, plan: BreakdownPlan, adopted: AdoptedPlan) -> None:
    page = write_head(book, "breakdown", plan.columns, FIRST_ROW, freeze=2)
    told = _told_by_indicator(outcome)
    for dimension in outcome.scores.dimensions:
        _write_dimension(page, outcome, plan, dimension)
        for category in dimension.categories:
            if outcome.catalog.has_categories(dimension.dimension):
                _write_category(page, outcome, plan, category)
            for indicator in category.indicators:
                code = indicator.indicator.code
                _write_indicator(page, outcome, plan, adopted, indicator, told.get(code, []))
    if outcome.catalog.graded:
        _write_total(page, outcome, plan)


def _sum(plan: BreakdownPlan, codes: Iterable[str]) -> str:
    return "SUM(" + ",".join(cell_name(plan.rows[code], plan.at[plan.summed]) for code in codes) + ")"


def _write_band(page: Page, plan: BreakdownPlan, row: int, texts: Mapping[str, str], style: str) -> None:
    for column in plan.columns:
        page.text(row, plan.at[column.name], texts.get(column.name, ""), style)
    page.worksheet.set_row(row, 22)


def _write_dimension(page: Page, outcome: Outcome, plan: BreakdownPlan, score: DimensionScore) -> None:
    dimension = score.dimension
    row = plan.rows[f"D:{dimension.code}"]
    name = dimension.name + (label("breakdown.apart") if dimension.apart else "")
    texts = {"code": dimension.code, "name": name, "weight": f"{float(dimension.weight):.0%}"}
    _write_band(page, plan, row, texts, "total_cell")
    if not outcome.catalog.graded:
        return
    inside = [f"C:{c.category.code}" for c in score.categories]
    if not outcome.catalog.has_categories(dimension):
        inside = [f"I:{i.indicator.code}" for c in score.categories for i in c.indicators]
    formula = round_below(outcome.catalog, _sum(plan, inside))
    page.formula(row, plan.at[plan.summed], formula, float(score.score), "total_score")
    page.number(row, plan.at["full"], float(score.full), "total_score")


def _write_category(page: Page, outcome: Outcome, plan: BreakdownPlan, score: CategoryScore) -> None:
    category = score.category
    row = plan.rows[f"C:{category.code}"]
    texts = {"code": category.code, "name": category.name, "weight": f"{float(category.weight):.0%}"}
    _write_band(page, plan, row, texts, "bold_cell")
    worth = constant(outcome.catalog.worth(score.indicators[0].indicator))
    inside = _sum(plan, (f"I:{i.indicator.code}" for i in score.indicators))
    page.formula(
        row, plan.at["score"], round_below(outcome.catalog, f"{worth}*{inside}"), float(score.score), "score_bold"
    )
    page.number(row, plan.at["full"], float(score.full), "score_bold")


def _write_total(page: Page, outcome: Outcome, plan: BreakdownPlan) -> None:
    scores = outcome.scores
    _write_band(page, plan, plan.total, {"name": label("breakdown.total"), "weight": "100%"}, "total_cell")
    counted = (f"D:{d.dimension.code}" for d in scores.dimensions if not d.dimension.apart)
    formula = rounded(_sum(plan, counted))
    page.formula(plan.total, plan.at[plan.summed], formula, float(scores.total), "total_score")
    page.number(plan.total, plan.at["full"], float(scores.full), "total_score")


def _told_by_indicator(outcome: Outcome) -> dict[str, list[str]]:
    """What the office should know about each indicator: the findings that concern it, without their remedies."""
    told: dict[str, list[str]] = {}
    for finding in outcome.findings:
        codes = {finding.indicator} if finding.indicator else set()
        if finding.figure:
            codes |= set(outcome.catalog.used_by.get(finding.figure.partition(".")[0], ()))
        for code in codes:
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
) -> None:
    indicator, catalog = score.indicator, outcome.catalog
    row = plan.rows[f"I:{indicator.code}"]
    figures, origins = _figures(outcome, indicator)
    texts = {
        "code": indicator.code,
        "name": indicator.name,
        "duty": _duty(outcome, indicator),
        "figures": figures,
        "origin": origins,
        "told": "\n".join(told),
        "standing": label(f"standing.{score.standing.value}"),
        "next_star": describe_next(catalog, score),
    }
    for name, text in texts.items():
        if name in plan.at:
            style = "centre" if name in ("code", "standing") else "small" if name == "origin" else "cell"
            page.text(row, plan.at[name], text, style)
    _write_marks(page, outcome, plan, adopted, score)
    page.height(row, {plan.at[name]: text for name, text in texts.items() if name in plan.at})


def _write_marks(
    page: Page, outcome: Outcome, plan: BreakdownPlan, adopted: AdoptedPlan, score: IndicatorScore
) -> None:
    """The live cells of an indicator: its score or star, and its points of the total.

    The column of stars holds stars only, so that they can be counted.
    """
    indicator, catalog = score.indicator, outcome.catalog
    row, stars = plan.rows[f"I:{indicator.code}"], catalog.scheme is Scheme.STARS
    write_worth(page, row, plan.at["leading" if stars else "weight"], catalog, indicator)
    for name in {"star", "highest", "points", "full"} & plan.at.keys():
        page.blank(row, plan.at[name])
    pending = label("standing.none")
    formula = score_formula(catalog, indicator, adopted.cells, *_numbers(outcome, adopted, indicator), pending)
    if indicator.starred:
        page.formula(row, plan.at["star"], formula, pending if score.star is None else score.star, "star")
        page.number(row, plan.at["highest"], indicator.levels[0][0], "star")
    elif not stars:
        value = score.mark if indicator.role is Role.SHOWN else score.score
        page.formula(row, plan.at["score"], formula, pending if value is None else float(value), "score")
    if not earns(catalog, indicator):
        return
    points = "" if score.score is None else float(score.score * catalog.worth(indicator))
    if stars and indicator.deducts:
        page.formula(row, plan.at["points"], formula, pending if points == "" else points, "points")
    else:
        cell = cell_name(row, plan.at["star" if stars else "score"])
        page.formula(row, plan.at["points"], points_formula(catalog, indicator, cell), points, "points")
    page.number(row, plan.at["full"], float(indicator.full), "score")


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
    return outcome.assignment.unassigned.get(indicator.code, "")


def _figures(outcome: Outcome, indicator: Indicator) -> tuple[str, str]:
    """The indicator's figures with their values, and the cells they came from, drawn together by file and sheet."""
    values: list[str] = []
    places: dict[tuple[str, str, str], list[str]] = {}
    for figure in outcome.catalog.figures_of[indicator.code]:
        if figure.columns:
            used = outcome.merged.tables[figure.key].used
            values.append(label("breakdown.table", label=figure.label, number=len(used.rows) if used else 0))
            if used:
                places[used.department, used.origin.file, used.origin.sheet] = []
            continue
        merged = [outcome.merged.slots[slot.key] for slot in figure.slots]
        values.append(_value(figure.slots[0], merged[0]) if len(merged) == 1 else _checklist(figure, merged))
        for answer in (answer for entry in merged for answer in entry.used):
            at = answer.origin
            places.setdefault((answer.department, at.file, at.sheet), []).append(at.cell)
    origins = (
        f"{outcome.assignment.name(department)}　{file}　{sheet}{'!' if cells else ''}{_cells(cells)}"
        for (department, file, sheet), cells in places.items()
    )
    return "\n".join(values), "\n".join(origins)


def _value(slot: Slot, merged: MergedSlot) -> str:
    if merged.standing is not Standing.SETTLED:
        return f"{slot.label}＝{label(f'standing.{merged.standing.value}')}"
    return f"{slot.label}＝{shown_value(slot, merged.value)}{slot.unit}"


def _checklist(figure: Figure, merged: Sequence[MergedSlot]) -> str:
    """How many items of a checklist are ticked, and the first of them by name."""
    ticked = [slot.label for slot, entry in zip(figure.slots, merged, strict=True) if entry.value]
    names = label("word.separator").join(ticked[:_LISTED]) + ("…" if len(ticked) > _LISTED else "")
    return label("breakdown.list", label=figure.label, ticked=len(ticked), items=len(merged), names=names)


def _cells(cells: Sequence[str]) -> str:
    listed = label("word.separator").join(cells[:_LISTED])
    return f"{listed}…{cells[-1]}" if len(cells) > _LISTED else listed
