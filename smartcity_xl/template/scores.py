"""The sheet of the live scores: each indicator that the department can see in full, and a clear word for the others."""

from __future__ import annotations

from collections.abc import Iterable

from smartcity_xl.layout import COLUMNS, FIGURES, MARKER, SCORES, ScoreRow, TemplatePlan, cell_name, column, reference
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Indicator
from smartcity_xl.rules.formula import Cells, constant, render_rule, rounded
from smartcity_xl.rules.tree import Mean, walk
from smartcity_xl.rules.words import describe_rule
from smartcity_xl.sheets import Book, Page
from smartcity_xl.template.live import quoted

_WIDTHS = (0, 10, 32, 8, 10, 8, 10, 10, 26, 64)
_HEADINGS = ("code", "name", "weight", "score", "full", "points", "points_full", "state", "how")
_NAMES_SHOWN = 3


def col(name: str) -> int:
    return column(SCORES, name)


def score_reference(plan: TemplatePlan, code: str) -> str:
    """The cell, as seen from another sheet, that holds an indicator's score."""
    row = next(score.row for score in plan.scores if score.indicator.code == code)
    return reference(label("sheet.scores"), row, col("score"))


def totals_row(plan: TemplatePlan) -> int:
    return plan.FIRST_ROW + len(plan.scores)


def visible_full(plan: TemplatePlan) -> float:
    """Points of the total of 100 that the department can see itself earn."""
    return float(sum(plan.catalog.worth(s.indicator) * s.indicator.full for s in plan.scores if s.visible))


def write_scores(book: Book, plan: TemplatePlan, footer: str) -> None:
    page = book.page(label("sheet.scores"), _WIDTHS)
    page.map_columns(MARKER + SCORES, COLUMNS[SCORES][1:])
    page.entitle(label("scores.title"), label("scores.hint"), col("how"))
    page.head_columns(3, {col(name): label(f"scores.{name}") for name in _HEADINGS})
    for score in plan.scores:
        _write_score(page, plan, score)
    _write_total(page, plan)
    page.worksheet.freeze_panes(plan.FIRST_ROW, col("weight"))
    page.protect()
    page.print_on_a4(landscape=True, head=3, footer=footer)


def score_formula(indicator: Indicator, cells: Cells, numbers: Iterable[str], count: int, otherwise: str) -> str:
    """An indicator's score once its ``count`` numbers all stand in the cells ``numbers`` (addresses or ranges)."""
    rule = render_rule(indicator.rule, cells)
    if indicator.deduct_max is None:
        score = rounded(f"{constant(indicator.weight)}*({rule})")
    else:
        score = f"0-{rounded(f'MIN({constant(indicator.deduct_max)},{rule})')}"
    return f"IF(COUNT({','.join(numbers)})={count},{score},{quoted(otherwise)})"


def explain(catalog: Catalog, indicator: Indicator) -> str:
    """How the indicator is scored, in words, with what the catalog notes about it."""
    rule = describe_rule(indicator.rule, catalog.label)
    if indicator.deduct_max is None:
        text = label("scores.rule", rule=rule, weight=f"{constant(indicator.weight * 100)}%")
    else:
        text = label("scores.rule_deduction", rule=rule, points=constant(indicator.deduct_max))
    open_ = catalog.category_of[indicator.code].weights_open
    return "\n".join(part for part in (text, indicator.note, open_) if part)


def _cells(plan: TemplatePlan) -> Cells:
    sheet, number = label("sheet.figures"), column(FIGURES, "number")

    def mean(node: Mean) -> str:
        table = plan.table(node.table)
        return reference(table.sheet, table.TOTALS_ROW, table.mean_column(node))

    return Cells(
        slot=lambda key: reference(sheet, plan.row_of[key].row, number),
        items=lambda key: tuple(item.key for item in plan.catalog.figures[key].items),
        mean=mean,
    )


def numbers_needed(plan: TemplatePlan, indicator: Indicator) -> tuple[list[str], int]:
    """The cells that must all hold a number before the indicator has a score: ranges, and how many cells they are."""
    sheet, number, cells = label("sheet.figures"), column(FIGURES, "number"), _cells(plan)
    rows = [plan.row_of[slot.key].row for f in plan.catalog.figures_of[indicator.code] for slot in f.slots]
    ranges = list(column_ranges(sheet, number, rows))
    means = list(dict.fromkeys(cells.mean(node) for node in walk(indicator.rule) if isinstance(node, Mean)))
    return ranges + means, len(rows) + len(means)


def column_ranges(sheet: str, at: int, rows: Iterable[int]) -> Iterable[str]:
    """Rows of one column as references from another sheet, neighbours drawn together."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and runs[-1][-1] + 1 == row:
            runs[-1].append(row)
        else:
            runs.append([row])
    for run in runs:
        first, last = reference(sheet, run[0], at), reference(sheet, run[-1], at).partition("!")[2]
        yield first if len(run) == 1 else f"{first}:{last}"


def locked_score(plan: TemplatePlan, indicator: Indicator) -> str:
    """The formula of an indicator that the department can see in full."""
    numbers, count = numbers_needed(plan, indicator)
    return score_formula(indicator, _cells(plan), numbers, count, label("scores.pending"))


def _write_score(page: Page, plan: TemplatePlan, score: ScoreRow) -> None:
    indicator, at = score.indicator, score.row
    how = explain(plan.catalog, indicator)
    page.text(at, 0, indicator.code, "plain")
    page.text(at, col("code"), indicator.code, "centre")
    page.text(at, col("name"), indicator.name)
    deduction = indicator.deduct_max is not None
    if deduction:
        page.text(at, col("weight"), label("scores.deduction"), "centre")
    else:
        page.number(at, col("weight"), float(indicator.weight), "percent")
    page.number(at, col("full"), float(indicator.full), "score")
    page.text(at, col("how"), how, "small")
    others = label("word.separator").join(plan.assignment.name(d) for d in score.others[:_NAMES_SHOWN])
    if len(score.others) > _NAMES_SHOWN:
        others = label("scores.many", names=others, number=len(score.others))
    if score.visible:
        pending = label("scores.pending")
        page.formula(at, col("score"), locked_score(plan, indicator), pending, "score")
        cell = cell_name(at, col("score"))
        worth = constant(plan.catalog.worth(indicator))
        page.formula(at, col("points"), f'IF(ISNUMBER({cell}),ROUND({cell}*{worth},4),"")', "", "points")
        state = label("scores.must_agree", others=others) if score.others else ""
        done, join = label("scores.done"), "；" if state else ""
        page.formula(
            at, col("state"), f"IF(ISNUMBER({cell}),{quoted(done + join + state)},{quoted(pending + join + state)})",
            pending + join + state,
        )  # fmt: skip
        state = done + join + state
        page.number(at, col("points_full"), float(plan.catalog.worth(indicator) * indicator.full), "points")
    else:
        state = label("scores.shared", others=others)
        page.text(at, col("score"), "—", "centre")
        page.blank(at, col("points"), "centre")
        page.text(at, col("state"), state)
        page.blank(at, col("points_full"), "centre")
    page.height(at, {col("name"): indicator.name, col("state"): state, col("how"): how})


def _write_total(page: Page, plan: TemplatePlan) -> None:
    at, points = totals_row(plan), col("points")
    page.merged(at, 1, col("full"), label("scores.sum"), "bold_cell")
    for column_at, cached in ((points, 0.0), (col("points_full"), visible_full(plan))):
        first, last = cell_name(plan.FIRST_ROW, column_at), cell_name(at - 1, column_at)
        page.formula(at, column_at, f"ROUND(SUM({first}:{last}),4)", cached, "score_bold")
    for name in ("state", "how"):
        page.blank(at, col(name), "bold_cell")
    page.worksheet.set_row(at, 22)
