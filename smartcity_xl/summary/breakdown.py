"""The breakdown: every indicator with weight, figures, score, full marks and where each figure came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smartcity_xl.layout import cell_name, reference
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import (
    CategoryScore,
    DimensionScore,
    Figure,
    Finding,
    Indicator,
    IndicatorScore,
    MergedSlot,
    Outcome,
    Slot,
    Standing,
)
from smartcity_xl.rules.formula import constant, rounded
from smartcity_xl.rules.tree import Mean, walk
from smartcity_xl.sheets import Book, Page
from smartcity_xl.summary.adopted import AdoptedPlan
from smartcity_xl.summary.grid import Column, write_head
from smartcity_xl.summary.results import shown_value
from smartcity_xl.template.scores import score_formula

_COLUMNS = (
    Column("code", 9),
    Column("name", 24),
    Column("weight", 7),
    Column("score", 8),
    Column("full", 8),
    Column("points", 9),
    Column("standing", 8),
    Column("duty", 16),
    Column("figures", 38),
    Column("origin", 34),
    Column("told", 30),
)
_AT = {column.name: number for number, column in enumerate(_COLUMNS)}
FIRST_ROW = 3
_LISTED = 6


@dataclass(frozen=True, slots=True)
class BreakdownPlan:
    """Code of a dimension, category or indicator -> its row; ``total`` is the row of the total."""

    rows: Mapping[str, int]
    total: int

    def score(self, code: str) -> str:
        """The cell of a score, as seen from another sheet."""
        return reference(label("sheet.breakdown"), self.rows[code], _AT["score"])

    def total_score(self) -> str:
        return reference(label("sheet.breakdown"), self.total, _AT["score"])


def plan_breakdown(outcome: Outcome) -> BreakdownPlan:
    rows: dict[str, int] = {}
    at = FIRST_ROW
    for dimension in outcome.scores.dimensions:
        rows[f"D:{dimension.dimension.code}"] = at
        at += 1
        for category in dimension.categories:
            rows[f"C:{category.category.code}"] = at
            at += 1
            for indicator in category.indicators:
                rows[f"I:{indicator.indicator.code}"] = at
                at += 1
    return BreakdownPlan(rows, at)


def write_breakdown(book: Book, outcome: Outcome, plan: BreakdownPlan, adopted: AdoptedPlan) -> None:
    page = write_head(book, "breakdown", _COLUMNS, FIRST_ROW, freeze=2)
    told = _told_by_indicator(outcome)
    for dimension in outcome.scores.dimensions:
        _write_dimension(page, plan, dimension)
        for category in dimension.categories:
            _write_category(page, outcome, plan, category)
            for indicator in category.indicators:
                code = indicator.indicator.code
                _write_indicator(page, outcome, plan, adopted, indicator, told.get(code, []))
    _write_total(page, outcome, plan)


def _sum(plan: BreakdownPlan, codes: Iterable[str]) -> str:
    return "SUM(" + ",".join(cell_name(plan.rows[code], _AT["score"]) for code in codes) + ")"


def _write_band(page: Page, row: int, code: str, name: str, style: str, weight: float) -> None:
    page.text(row, _AT["code"], code, style)
    page.text(row, _AT["name"], name, style)
    page.text(row, _AT["weight"], f"{weight:.0%}", style)
    for column in ("points", "standing", "duty", "figures", "origin", "told"):
        page.blank(row, _AT[column], style)
    page.worksheet.set_row(row, 22)


def _write_dimension(page: Page, plan: BreakdownPlan, score: DimensionScore) -> None:
    dimension = score.dimension
    row = plan.rows[f"D:{dimension.code}"]
    _write_band(page, row, dimension.code, dimension.name, "total_cell", float(dimension.weight))
    formula = rounded(_sum(plan, (f"C:{c.category.code}" for c in score.categories)))
    page.formula(row, _AT["score"], formula, float(score.score), "total_score")
    page.number(row, _AT["full"], float(score.full), "total_score")


def _write_category(page: Page, outcome: Outcome, plan: BreakdownPlan, score: CategoryScore) -> None:
    category = score.category
    row = plan.rows[f"C:{category.code}"]
    _write_band(page, row, category.code, category.name, "bold_cell", float(category.weight))
    worth = constant(outcome.catalog.worth(score.indicators[0].indicator))
    inside = _sum(plan, (f"I:{i.indicator.code}" for i in score.indicators))
    page.formula(row, _AT["score"], rounded(f"{worth}*{inside}"), float(score.score), "score_bold")
    page.number(row, _AT["full"], float(score.full), "score_bold")


def _write_total(page: Page, outcome: Outcome, plan: BreakdownPlan) -> None:
    scores = outcome.scores
    _write_band(page, plan.total, "", label("breakdown.total"), "total_cell", 1.0)
    formula = rounded(_sum(plan, (f"D:{d.dimension.code}" for d in scores.dimensions)))
    page.formula(plan.total, _AT["score"], formula, float(scores.total), "total_score")
    page.number(plan.total, _AT["full"], float(sum(d.full for d in scores.dimensions)), "total_score")


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
    }
    for name, text in texts.items():
        style = "centre" if name in ("code", "standing") else "small" if name == "origin" else "cell"
        page.text(row, _AT[name], text, style)
    if indicator.deduct_max is None:
        page.number(row, _AT["weight"], float(indicator.weight), "percent")
    else:
        page.text(row, _AT["weight"], label("scores.deduction"), "centre")
    pending = label("standing.none")
    formula = score_formula(indicator, adopted.cells, *_numbers(outcome, adopted, indicator), pending)
    page.formula(row, _AT["score"], formula, pending if score.score is None else float(score.score), "score")
    page.number(row, _AT["full"], float(indicator.full), "score")
    cell, worth = cell_name(row, _AT["score"]), catalog.worth(indicator)
    points = "" if score.score is None else float(score.score * worth)
    page.formula(row, _AT["points"], f'IF(ISNUMBER({cell}),ROUND({cell}*{constant(worth)},4),"")', points, "points")
    page.height(row, {_AT[name]: text for name, text in texts.items()})


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
