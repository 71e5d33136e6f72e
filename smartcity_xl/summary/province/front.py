"""The first page of a province: how many cities have come, who leads, how firm that is, what is to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from smartcity_xl.books.cells import Spot, reference
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.styles import BODY, INK
from smartcity_xl.messages import label
from smartcity_xl.results.province.record import CityRecord, CityState, LevelMeasure, RankBy, RankedRecord, SystemRecord
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.places import spot
from smartcity_xl.summary.province import ranking, spread
from smartcity_xl.summary.province.sheets import (
    CITIES,
    DEPARTMENTS,
    FIGURES,
    FRONT,
    HEAT,
    NOTES,
    QUERIES,
    RANKING,
    SPREAD,
    Laid,
    count_cities,
    say_bare,
)

_WIDTHS = (12.0, 16.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0)
_LAST = len(_WIDTHS) - 1
_LINE = 18.0
_SHOWN, _CHARTED, _NAMED = 10, 40, 12
"""Rows of a ranking, columns of its chart, and names on this page; the sheets have all."""


class _Opening(Struct, frozen=True):
    page: Page
    laid: Laid

    def section(self, row: int, title: str, to: Spot | None = None) -> int:
        self.page.merged(row, 0, _LAST, title, "section", to)
        self.page.height(row, {}, least=22)
        return row + 1

    def line(self, row: int, text: str, style: str = "cell", to: Spot | None = None) -> int:
        self.page.merged(row, 0, _LAST, text, style, to)
        self.page.height(row, {0: text}, least=_LINE)
        return row + 1

    def about(self, row: int, city: int, text: str, to: Spot, style: str = "cell") -> int:
        """A city, which leads to where more is told, and some words about it."""
        name = self.laid.names[city]
        self.page.merged(row, 0, 1, name, "cell", to)
        self.page.merged(row, 2, _LAST, text, style)
        self.page.height(row, {0: name, 2: text}, least=_LINE)
        return row + 1


def write_front(book: Book, laid: Laid) -> Page:
    page = book.page(label(f"sheet.{FRONT}"), _WIDTHS)
    front = _Opening(page, laid)
    page.merged(0, 0, _LAST, label("province.title", name=laid.province.name), "title_centre")
    page.worksheet.set_row(0, 32)
    cities = [one for one in laid.province.cities if one.copy_of is None]
    scored = _count_scored(cities)
    page.merged(1, 0, _LAST, label("province.subtitle", number=count_cities(cities), scored=scored), "subtitle")
    _write_ways(front, 2)
    at = _write_counts(front, 4)
    at = _write_troubles(front, at)
    for system in laid.systems:
        at = _write_system(front, at, system)
    at = _write_bare(front, at)
    at = _write_queries(front, at)
    _write_apart(front, at)
    page.print_on_a4(landscape=False, head=None, footer=f"&L&A&R{label('word.page')}")
    page.worksheet.activate()
    return page


def _write_ways(front: _Opening, at: int) -> None:
    sheets = (QUERIES, CITIES, DEPARTMENTS, FIGURES, NOTES)
    for place, sheet in enumerate(sheets):
        front.page.text(at, place, label(f"sheet.{sheet}"), "way", spot(sheet, 0))
    front.page.height(at, {}, least=_LINE)


def _write_counts(front: _Opening, at: int) -> int:
    province = front.laid.province
    cities = [one for one in province.cities if one.copy_of is None]
    final = sum(one.final for system in province.systems for one in system.ranking)
    departments = [each for one in cities for each in one.departments]
    counts = {
        "cities": str(count_cities(cities)), "collected": str(_count_scored(cities)),
        "final": str(final),
        "nothing": str(sum(one.state is CityState.NOTHING for one in cities)),
        "failed": str(sum(one.state in (CityState.FAILED, CityState.KILLED) for one in cities)),
        "reported": label("province.of", part=sum(one.reported for one in departments), whole=len(departments)),
        "open": str(sum(one.errors + one.queries for one in departments)),
        "queries": str(sum(len(system.queries) for system in province.systems)),
    }  # fmt: skip
    to = {"queries": spot(QUERIES, 0), "reported": spot(DEPARTMENTS, 0)}
    for place, (name, text) in enumerate(counts.items()):
        front.page.text(at, place, label(f"province.count_{name}"), "head")
        front.page.text(at + 1, place, text, "centre", to.get(name, spot(CITIES, 0)))
    front.page.height(at, {place: label(f"province.count_{name}") for place, name in enumerate(counts)}, least=_LINE)
    front.page.height(at + 1, {}, least=22)
    return at + 3


def _count_scored(cities: Iterable[CityRecord]) -> int:
    return count_cities(one for one in cities if one.system is not None)


def _write_troubles(front: _Opening, at: int) -> int:
    """Cities that are not in any ranking, and why."""
    lost = [one for one in front.laid.province.cities if one.system is None]
    if not lost:
        return at
    at = front.section(at, label("province.without"), spot(CITIES, 0))
    for one in lost[:_NAMED]:
        state = label(f"province.state_{one.state}")
        text = label("province.without_line", state=state, reason=one.reason).rstrip("　")
        at = front.about(at, one.number, text, spot(CITIES, front.laid.reported[one.number]), "alarm_text")
    if len(lost) > _NAMED:
        at = front.line(at, label("province.more_cities", number=len(lost) - _NAMED))
    return at + 1


# --- one system ------------------------------------------------------------------------------------------------------


def _write_system(front: _Opening, at: int, system: SystemRecord) -> int:
    laid = front.laid
    about = label("province.system_about", title=system.catalog.title, version=system.catalog.version,
                  round=system.round, number=len(system.ranking))  # fmt: skip
    if len(laid.province.systems) > 1:
        about = label("province.system", number=system.number, about=about)
    at = front.section(at, about)
    for place, sheet in enumerate((RANKING, SPREAD, HEAT)):
        front.page.text(at, place, laid.sheet(sheet, system), "way", Spot(laid.sheet(sheet, system), 0))
    at = _write_best(front, at + 1, system)
    rows = system.ranking[:_CHARTED]
    if any(one.floor is not None for one in rows):
        more = len(system.ranking) > len(rows)
        caption = label("province.chart_ranking_part" if more else "province.chart_ranking", number=len(rows))
        at = front.page.chart_row(at, _totals(front, system, len(rows)), caption, 170)
        at = front.line(at, caption, "hint")
    return _write_dimensions(front, at + 1, system)


def _write_best(front: _Opening, at: int, system: SystemRecord) -> int:
    heads = ("span", "city", "rank", f"score_{system.by}", "floor", "ceiling", "state", "open")
    front.page.head_columns(at, {place: label(f"province.head_{name}") for place, name in enumerate(heads)})
    sheet = front.laid.sheet(RANKING, system)
    columns = (ranking.SPAN, ranking.CITY, ranking.RANK, ranking.SCORE, ranking.FLOOR, ranking.CEILING)
    shown = system.ranking if len(system.ranking) <= _SHOWN + 2 else system.ranking[:_SHOWN]
    for row, one in enumerate(shown, start=FIRST_ROW):
        at += 1
        for place, column in enumerate(columns):
            _refer(front, at, place, (sheet, row, column), one, system)
        front.page.text(at, 6, label("province.final" if one.final else "province.provisional"),
                        "centre" if one.final else "alarm")  # fmt: skip
        front.page.number(at, 7, one.open, "centre")
        front.page.height(at, {1: front.laid.names[one.city]}, least=_LINE)
    if len(shown) < len(system.ranking):
        at += 1
        text = label("province.more_ranked", number=len(system.ranking) - len(shown))
        front.line(at, text, "small", Spot(sheet, FIRST_ROW + len(shown)))
    return at + 1


def _refer(
    front: _Opening, at: int, place: int, cell: tuple[str, int, int], one: RankedRecord, system: SystemRecord
) -> None:
    """What stands on the sheet of the ranking, here too."""
    sheet, row, column = cell
    unlimited = label("province.unlimited")
    span = str(one.best) if one.best == one.worst else f"{one.best}–{one.worst}"
    values: dict[int, str | float] = {
        ranking.SPAN: span, ranking.CITY: front.laid.names[one.city], ranking.RANK: one.rank,
        ranking.SCORE: float(one.score), ranking.FLOOR: unlimited if one.floor is None else float(one.floor),
        ranking.CEILING: unlimited if one.ceiling is None else float(one.ceiling),
    }  # fmt: skip
    points = "score" if system.by is RankBy.TOTAL else "centre"
    styles = {ranking.SPAN: "score_bold", ranking.CITY: "cell", ranking.RANK: "centre"}
    to = Spot(sheet, row) if column == ranking.CITY else None
    front.page.formula(at, place, reference(sheet, row, column), values[column], styles.get(column, points), to)


def _totals(front: _Opening, system: SystemRecord, rows: int) -> Any:
    """Columns: what is certain, and above it what can still come."""
    chart = front.page.book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    sheet, last = front.laid.sheet(RANKING, system), FIRST_ROW + rows - 1
    series = ((ranking.FLOOR, "province.series_floor", {"color": "#3F6FA0"}),
              (ranking.WIDTH, "province.series_width", {"color": "#E0B070"}))  # fmt: skip
    for column, name, fill in series:
        chart.add_series({
            "name": label(name), "categories": [sheet, FIRST_ROW, ranking.CITY, last, ranking.CITY],
            "values": [sheet, FIRST_ROW, column, last, column], "fill": fill, "border": {"color": INK, "width": 0.5},
            "gap": 40,
        })  # fmt: skip
    return _styled(chart, "0", -90 if rows > 12 else 0)


def _styled(chart: Any, code: str, turned: int = 0) -> Any:
    font = {"name": BODY, "size": 8, "color": INK}
    chart.set_title({"none": True})
    chart.set_x_axis({"num_font": {**font, "rotation": turned} if turned else font, "label_position": "low"})
    chart.set_y_axis({"num_font": font, "num_format": code, "min": 0,
                      "major_gridlines": {"visible": True, "line": {"color": "#E3E8EE"}}})  # fmt: skip
    chart.set_legend({"position": "top", "font": font})
    return chart


_QUARTILES = (spread.LEAST, spread.LOWER, spread.MIDDLE, spread.UPPER, spread.MOST)


def _write_dimensions(front: _Opening, at: int, system: SystemRecord) -> int:
    """The quartiles of the dimensions, referring to their sheet, and a chart of them."""
    page, sheet = front.page, front.laid.sheet(SPREAD, system)
    rows = [(FIRST_ROW + at_, one) for at_, one in enumerate(system.levels) if one.sort == "dimension"
            and one.measure is LevelMeasure.SHARE and one.spread.count > 1]  # fmt: skip
    if not rows:
        return at
    page.text(at, 0, label("province.level_dimension"), "head")
    page.join(at, 0, 1, "head")
    page.text(at, 0, label("province.level_dimension"), "head")
    for place, name in enumerate(("count", "least", "lower", "middle", "upper", "most"), start=2):
        page.text(at, place, label(f"province.head_{name}"), "head")
    page.height(at, {}, least=_LINE)
    first = at + 1
    for row, one in rows:
        at += 1
        page.merged(at, 0, 1, one.name, "cell", Spot(sheet, row))
        page.formula(at, 2, reference(sheet, row, spread.COUNT), one.spread.count, "centre")
        told = (one.spread.least, one.spread.lower, one.spread.middle, one.spread.upper, one.spread.most)
        for place, (column, value) in enumerate(zip(_QUARTILES, told, strict=True), start=3):
            page.formula(at, place, reference(sheet, row, column), spread.shown(one, value or "0"), "rate")
        page.height(at, {0: one.name}, least=_LINE)
    caption = label("province.chart_dimensions")
    at = page.chart_row(at + 1, _quartiles(page, first, at), caption, 150)
    return front.line(at, caption, "hint") + 1


def _quartiles(page: Page, first: int, last: int) -> Any:
    chart = page.book.workbook.add_chart({"type": "column"})
    for place, colour in ((4, "#C9D6E3"), (5, "#3F6FA0"), (6, "#16324F")):
        chart.add_series({
            "name": [page.name, first - 1, place], "categories": [page.name, first, 0, last, 0],
            "values": [page.name, first, place, last, place], "fill": {"color": colour},
            "border": {"color": INK, "width": 0.5}, "gap": 60,
        })  # fmt: skip
    return _styled(chart, "0%")


def _write_bare(front: _Opening, at: int) -> int:
    """The systems without sheets, each by its name, and where their numbers are."""
    bare = front.laid.bare
    if not bare:
        return at
    at = front.section(at, label("province.note_more"), spot(NOTES, 0))
    at = front.line(at, say_bare(front.laid))
    for one in bare[:_NAMED]:
        about = label("province.system_about", title=one.catalog.title, version=one.catalog.version, round=one.round,
                      number=len(one.ranking))  # fmt: skip
        at = front.line(at, label("province.system", number=one.number, about=about))
    if len(bare) > _NAMED:
        at = front.line(at, label("province.more_systems", number=len(bare) - _NAMED), "small")
    return at + 1


# --- what is to be asked, and what is apart --------------------------------------------------------------------------


def _write_queries(front: _Opening, at: int) -> int:
    laid = front.laid
    found = [(system, one) for system in laid.province.systems for one in system.queries]
    at = front.section(at, label("province.to_ask", number=len(found)), spot(QUERIES, 0))
    if not found:
        few = all(len(system.ranking) < 8 for system in laid.province.systems)
        return front.line(at, label("province.too_few" if few else "province.no_queries")) + 1
    for row, (_, one) in list(enumerate(found, start=FIRST_ROW))[:_SHOWN]:
        said = one.zh.removesuffix(label("province.query_ask"))
        at = front.about(at, one.city, said, spot(QUERIES, row))
    if len(found) > _SHOWN:
        at = front.line(at, label("province.more_queries", number=len(found) - _SHOWN), "small")
    return at + 1


def _write_apart(front: _Opening, at: int) -> int:
    province = front.laid.province
    if not province.apart:
        return at
    at = front.section(at, label("province.note_apart"), spot(NOTES, 0))
    for one in province.apart[:_NAMED]:
        at = front.line(at, one.zh)
    return at
