"""How the scores of each level lie over the cities: formulas over the heat map."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from smartcity_xl.books.cells import Spot, column_name, reference
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label
from smartcity_xl.results.province.record import LevelMeasure, LevelRecord, SystemRecord
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.province.heat import FIRST_LEVEL
from smartcity_xl.summary.province.sheets import HEAT, SPREAD, Laid, WideCells, WideColumn, end_list, start_list

SORT, CODE, NAME, FULL, COUNT, LEAST, LOWER, MIDDLE, UPPER, MOST, MEAN, OPEN, MISSING, APPLIES, UNREADABLE, CONFLICT = (
    range(16)
)
_STYLES = {LevelMeasure.SHARE: "rate", LevelMeasure.POINTS: "points", LevelMeasure.STAR: "points"}
_FUNCTIONS = {COUNT: "COUNT({})", LEAST: "MIN({})", LOWER: "QUARTILE({},1)", MIDDLE: "MEDIAN({})",
              UPPER: "QUARTILE({},3)", MOST: "MAX({})", MEAN: "AVERAGE({})"}  # fmt: skip


def write_spread(book: Book, laid: Laid, system: SystemRecord) -> Page:
    heads = (("level", 8, "centre"), ("code", 12, "centre"), ("name", 40, "cell"), ("full", 9, "score"),
             *((name, 9, "rate") for name in ("count", "least", "lower", "middle", "upper", "most", "mean")),
             *((name, 8, "centre") for name in ("unsettled", "missing", "not_applicable", "unreadable",
                                                "conflict")))  # fmt: skip
    columns = [WideColumn(label(f"province.head_{name}"), width, style) for name, width, style in heads]
    page = start_list(book, laid.sheet(SPREAD, system), label("province.hint_spread"), columns, freeze=3)
    cells = WideCells(page)
    for at, level in enumerate(system.levels):
        to = Spot(laid.sheet(HEAT, system), FIRST_ROW - 1, FIRST_LEVEL + at)
        _write_level(page, cells, FIRST_ROW + at, level, _area(laid, system, at), to)
    end_list(page, columns, len(system.levels))
    return page


def _area(laid: Laid, system: SystemRecord, at: int) -> str:
    """The column of a level on the heat map."""
    column = FIRST_LEVEL + at
    last = FIRST_ROW + len(system.ranking)
    return f"{reference(laid.sheet(HEAT, system), FIRST_ROW, column)}:${column_name(column)}${last}"


def _write_level(page: Page, cells: WideCells, row: int, level: LevelRecord, area: str, to: Spot) -> None:
    bold = "bold_cell" if level.sort == "dimension" else "cell"
    cells.text(row, SORT, label(f"province.level_{level.sort}"), "centre")
    page.text(row, CODE, level.code, "centre", to)
    cells.text(row, NAME, level.name, bold)
    page.height(row, {NAME: level.name})
    cells.number(row, FULL, float(level.full), "score")
    spread = level.spread
    told = {COUNT: str(spread.count), LEAST: spread.least, LOWER: spread.lower, MIDDLE: spread.middle,
            UPPER: spread.upper, MOST: spread.most, MEAN: spread.mean}  # fmt: skip
    for at, value in told.items():
        style = "centre" if at == COUNT else _STYLES[level.measure]
        if value is None:
            cells.text(row, at, "", "centre")
        else:
            result = float(value) if at == COUNT else shown(level, value)
            cells.formula(row, at, _FUNCTIONS[at].format(area), result, style)
    others = (spread.open, spread.missing, spread.not_applicable, spread.unreadable, spread.conflict)
    for at, count in enumerate(others, start=OPEN):
        cells.number(row, at, count, "centre")


def shown(level: LevelRecord, value: str) -> float:
    """As the heat map has it."""
    if level.measure is not LevelMeasure.SHARE:
        return float(value)
    return float(Fraction(Decimal(value)) / Fraction(Decimal(level.full)))
