"""The heat map of a system: every city under every level, as a share of the full score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label
from smartcity_xl.model import Standing
from smartcity_xl.results.province.record import LevelMeasure, LevelRecord, SystemRecord
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.province.sheets import HEAT, RANKING, Laid, WideCells, WideColumn, end_list, start_list

FIRST_LEVEL = 1
"""Where the columns of levels begin, behind the name of the city."""
_A_PAGE = 22
"""Columns of levels that can be read on one page."""
_LOW, _MIDDLE, _HIGH = "#F3B07C", "#FFFFFF", "#7FA8D1"
"""Tones that those who do not see red and green tell apart; every cell says its number too."""
_STYLES = {LevelMeasure.SHARE: "percent", LevelMeasure.POINTS: "points", LevelMeasure.STAR: "star"}


def write_heat(book: Book, laid: Laid, system: SystemRecord) -> Page:
    columns = [WideColumn(label("province.head_city"), 18)]
    columns += [WideColumn(_head(one), 9.5, _STYLES[one.measure]) for one in system.levels]
    wide = max(1, -(-len(system.levels) // _A_PAGE))
    page = start_list(book, laid.sheet(HEAT, system), label("province.hint_heat"), columns, freeze=1, wide=wide)
    cells, fulls = WideCells(page), [float(one.full) for one in system.levels]
    for row, one in enumerate(system.ranking, start=FIRST_ROW):
        page.text(row, 0, laid.names[one.city], "cell", laid.to_city(RANKING, system, one.city))
        for at, (level, full) in enumerate(zip(system.levels, fulls, strict=True), start=FIRST_LEVEL):
            value, standing = one.values[at - FIRST_LEVEL], one.standings[at - FIRST_LEVEL]
            if value is not None and standing is Standing.SETTLED:
                cells.number(row, at, to_cell(level, value, full), _STYLES[level.measure])
            else:
                cells.text(row, at, _mark(level, value, standing, full), "check")
    _colour(page, system.levels, len(system.ranking))
    end_list(page, columns, len(system.ranking))
    return page


def to_cell(level: LevelRecord, value: str, full: float) -> float:
    """What stands for a score in the heat map."""
    return float(value) / full if level.measure is LevelMeasure.SHARE else float(value)


def _head(level: LevelRecord) -> str:
    return f"{level.code}\n{level.name}"


def _mark(level: LevelRecord, value: str | None, standing: Standing | None, full: float) -> str:
    """Of what is not settled: why; of what is not whole yet, where it stands now."""
    if standing is None and value is not None:
        shown = f"{to_cell(level, value, full):.0%}" if level.measure is LevelMeasure.SHARE else value
        return label("province.provisional_mark", value=shown)
    return "" if standing is None else label(f"province.mark_{standing.value.replace('-', '_')}")


def _colour(page: Page, levels: Sequence[LevelRecord], rows: int) -> None:
    areas = [
        f"{cell_name(FIRST_ROW, FIRST_LEVEL + first)}:{cell_name(FIRST_ROW + rows - 1, FIRST_LEVEL + last)}"
        for first, last in _runs(levels)
    ]
    if not areas or not rows:
        return
    scale = {
        "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num", "min_value": 0,
        "mid_value": 0.6, "max_value": 1, "min_color": _LOW, "mid_color": _MIDDLE, "max_color": _HIGH,
    }  # fmt: skip
    for area in areas:
        page.worksheet.conditional_format(area, dict(scale))


def _runs(levels: Sequence[LevelRecord]) -> Iterator[tuple[int, int]]:
    """Neighbouring columns that are shares: first and last."""
    first = None
    for at, one in enumerate((*levels, None)):
        share = one is not None and one.measure is LevelMeasure.SHARE
        if share and first is None:
            first = at
        elif not share and first is not None:
            yield first, at - 1
            first = None
