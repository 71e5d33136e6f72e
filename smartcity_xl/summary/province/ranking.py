"""The ranking of a system: where each city stands, and between which ranks it can still come to lie. The ranks are
formulas over the scores beside them."""

from __future__ import annotations

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label
from smartcity_xl.results.province.record import RankBy, RankedRecord, SystemRecord
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.province.sheets import (
    HEAT,
    RANKING,
    Laid,
    WideCells,
    WideColumn,
    end_list,
    number,
    start_list,
)

CITY, SPAN, RANK, BEST, WORST, TIED, SCORE, FLOOR, CEILING, WIDTH, STATE, OPEN, WAY = range(13)
FIRM = WAY + 1


def write_ranking(book: Book, laid: Laid, system: SystemRecord) -> Page:
    columns = _columns(system)
    hint = label(f"province.hint_ranking_{system.by}", full=system.full, target=system.target)
    page = start_list(book, laid.sheet(RANKING, system), hint, columns, freeze=1)
    cells, last = WideCells(page), FIRST_ROW + len(system.ranking) - 1
    for row, one in enumerate(system.ranking, start=FIRST_ROW):
        page.text(row, CITY, laid.names[one.city], "cell", laid.to_city(HEAT, system, one.city))
        _write_ranks(cells, row, last, one, len(system.ranking))
        _write_score(cells, row, one, system)
        _write_way(page, row, laid.cities[one.city].summary)
        _write_firm(cells, row, one, len(columns) > FIRM)
    end_list(page, columns, len(system.ranking))
    return page


def _columns(system: SystemRecord) -> list[WideColumn]:
    points = "score" if system.by is RankBy.TOTAL else "centre"
    names = {
        CITY: ("city", 20, "cell"), SPAN: ("span", 12, "score_bold"), RANK: ("rank", 9, "centre"),
        BEST: ("best", 9, "centre"), WORST: ("worst", 9, "centre"), TIED: ("tied", 9, "centre"),
        SCORE: (f"score_{system.by}", 11, points), FLOOR: ("floor", 11, points), CEILING: ("ceiling", 11, points),
        WIDTH: ("width", 11, points), STATE: ("state", 10, "centre"), OPEN: ("open", 9, "centre"),
        WAY: ("way", 10, "centre"),
    }  # fmt: skip
    if any(one.firm for one in system.ranking):
        names |= {FIRM: ("firm_best", 9, "centre"), FIRM + 1: ("firm_middle", 9, "centre"),
                  FIRM + 2: ("firm_worst", 9, "centre"), FIRM + 3: ("firm_share", 10, "percent")}  # fmt: skip
    return [WideColumn(label(f"province.head_{name}"), width, style) for name, width, style in names.values()]


def _write_ranks(cells: WideCells, row: int, last: int, one: RankedRecord, number_: int) -> None:
    """Live where every end is a number; a range without an end is told as it is."""

    def column(at: int) -> str:
        first = cell_name(FIRST_ROW, at)
        return f"{first[0]}${first[1:]}:{first[0]}${last + 1}"

    score, floor, ceiling = (cell_name(row, at) for at in (SCORE, FLOOR, CEILING))
    best, worst = cell_name(row, BEST), cell_name(row, WORST)
    span = str(one.best) if one.best == one.worst else f"{one.best}–{one.worst}"
    cells.formula(row, SPAN, f'IF({best}={worst},{best}&"",{best}&"–"&{worst})', span, "score_bold")
    cells.formula(row, RANK, f"RANK({score},{column(SCORE)})", one.rank, "centre")
    if one.ceiling is None:
        cells.number(row, BEST, one.best, "centre")
    else:
        cells.formula(row, BEST, f'1+COUNTIF({column(FLOOR)},">"&{ceiling})', one.best, "centre")
    if one.floor is None:
        cells.number(row, WORST, one.worst, "centre")
    else:
        free = f'+COUNTIF({column(CEILING)},"{label("province.unlimited")}")'
        itself = f"-IF({ceiling}>{floor},1,0)"
        formula = f'1+COUNTIF({column(CEILING)},">"&{floor}){free}{itself}'
        cells.formula(row, WORST, formula, one.worst, "centre")
    cells.formula(row, TIED, f"COUNTIF({column(SCORE)},{score})-1", one.tied, "centre")


def _write_score(cells: WideCells, row: int, one: RankedRecord, system: SystemRecord) -> None:
    style = "score" if system.by is RankBy.TOTAL else "centre"
    cells.number(row, SCORE, float(one.score), style)
    for at, end in ((FLOOR, one.floor), (CEILING, one.ceiling)):
        if end is None:
            cells.text(row, at, label("province.unlimited"), "centre")
        else:
            cells.number(row, at, float(end), style)
    if one.floor is None or one.ceiling is None:
        cells.text(row, WIDTH, label("province.unlimited"), "centre")
    else:
        formula = f"ROUND({cell_name(row, CEILING)}-{cell_name(row, FLOOR)},2)"
        cells.formula(row, WIDTH, formula, round(float(one.ceiling) - float(one.floor), 2), style)
    cells.text(row, STATE, label("province.final" if one.final else "province.provisional"),
               "centre" if one.final else "alarm")  # fmt: skip
    cells.number(row, OPEN, one.open, "centre")


def _write_way(page: Page, row: int, summary: str) -> None:
    if summary:
        page.text(row, WAY, label("contents.open"), "centre", summary)
    else:
        page.text(row, WAY, "", "centre")


def _write_firm(cells: WideCells, row: int, one: RankedRecord, told: bool) -> None:
    if not told:
        return
    firm = one.firm
    values = (firm.best, firm.middle, firm.worst, number(firm.share)) if firm else (None,) * 4
    for at, value in enumerate(values, start=FIRM):
        if value is None:
            cells.text(row, at, "", "centre")
        else:
            cells.number(row, at, value, "percent" if at == FIRM + 3 else "centre")
