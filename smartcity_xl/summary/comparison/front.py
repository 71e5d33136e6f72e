"""The first page of a comparison: what is compared, the rates, and of what the differences consist."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.styles import BODY, INK
from smartcity_xl.messages import label
from smartcity_xl.results.attributed import PARTS
from smartcity_xl.results.compared import ComparedPoints, ComparedResults, ComparedRun, ComparedTotals
from smartcity_xl.summary.comparison.sheets import (
    FRONT,
    LEVELS,
    SHEETS,
    RowPlaces,
    moved,
    name_pair,
    name_run,
    number,
    to_points,
)
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.places import spot

_NAME, _NUMBERS = 2, 2
"""Columns that a name takes, and where the numbers of runs or pairs begin."""
_FEWEST = 8
_AT = {"number": 0, "city": 1, "round": 2, "system": 3, "total": 5, "full": 6, "state": 7, "range": 8, "open": 9}
"""Where the columns of the runs stand; a system takes two."""
_FROM = 5
"""Where it stands what an indicator's points mainly come from; it takes two columns."""
_LINE = 18.0
_CHART = 168
_MOST = 12
_COLOURS = ("#16324F", "#3F6FA0", "#8FB4D6", "#C9D6E3", "#5B7A5E", "#9BB59D", "#B26A00", "#E0B070", "#6B7785",
            "#B8C4D0", "#7A4E7E", "#C7A6CA")  # fmt: skip


class _Front(Struct, frozen=True):
    page: Page
    made: ComparedResults
    rows: RowPlaces

    @property
    def last(self) -> int:
        return len(self.page.widths) - 1

    def section(self, row: int, title: str, to: str = "") -> int:
        self.page.merged(row, 0, self.last, title, "section", spot(to, 0) if to else None)
        self.page.height(row, {}, least=22)
        return row + 1

    def name(self, row: int, text: str, style: str = "cell", to: Any = None) -> None:
        self.page.merged(row, 0, _NAME - 1, text, style, to)
        self.page.height(row, {0: text}, least=_LINE)

    def chart(self, row: int, chart: Any, caption: str) -> int:
        """Put a chart of what ``caption`` says into a row of its own; gives the next one."""
        font = {"name": BODY, "size": 8, "color": INK}
        chart.set_legend({"position": "top", "font": font})
        return self.page.chart_row(row, chart, caption, _CHART)


def write_front(book: Book, made: ComparedResults, rows: RowPlaces) -> None:
    shown = max(len(made.runs), len(made.differences), _FEWEST)
    page = book.page(label(f"sheet.{FRONT}"), (14.0, 22.0, *[13.0] * shown))
    front = _Front(page, made, rows)
    page.merged(0, 0, front.last, label("compare.title"), "title_centre")
    page.worksheet.set_row(0, 32)
    page.merged(1, 0, front.last, label("compare.subtitle", number=len(made.runs)), "subtitle")
    at = _write_ways(front, 2)
    at = _write_runs(front, at + 1)
    at = _write_rates(front, at + 1)
    at = _write_parts(front, at + 1)
    _write_movers(front, at + 1)
    page.print_on_a4(landscape=False, head=None, footer=f"&L&A&R{label('word.page')}")
    page.worksheet.activate()


def _write_ways(front: _Front, at: int) -> int:
    """Links to the other sheets."""
    for place, sheet in enumerate(SHEETS[1:], start=1):
        front.page.text(at, place, label(f"sheet.{sheet}"), "way", spot(sheet, 0))
    front.page.height(at, {}, least=_LINE)
    return at + 1


# --- what is compared ------------------------------------------------------------------------------------------------


def _write_runs(front: _Front, at: int) -> int:
    page, made = front.page, front.made
    at = front.section(at, label("compare.runs"))
    page.join(at, _AT["system"], _AT["system"] + 1, "head")
    for name, place in _AT.items():
        page.text(at, place, label(f"compare.{name}"), "head")
    page.height(at, {}, least=_LINE)
    for run in made.runs:
        at += 1
        _write_run(page, at, run)
    provisional = [str(run.number) for run in made.runs if not run.final]
    text = label("compare.all_final")
    if provisional:
        text = label("compare.warning", numbers=label("word.separator").join(provisional))
    page.merged(at + 1, 0, front.last, text, "alarm" if provisional else "cell")
    page.height(at + 1, {0: text}, least=_LINE)
    return at + 2


def _write_run(page: Page, at: int, run: ComparedRun) -> None:
    system = f"{run.title}（{run.version}）"
    state = label("compare.final" if run.final else "compare.provisional_state")
    span = "" if run.floor is None or run.floor == run.ceiling else f"{run.floor} — {run.ceiling or '—'}"
    page.text(at, _AT["number"], str(run.number), "centre")
    page.text(at, _AT["city"], run.city, "cell")
    page.text(at, _AT["round"], run.round, "centre")
    page.merged(at, _AT["system"], _AT["system"] + 1, system, "cell")
    if run.total is None:
        page.text(at, _AT["total"], _reached(run), "centre")
        page.text(at, _AT["full"], "", "centre")
    else:
        page.number(at, _AT["total"], float(Fraction(run.total)), "score_bold")
        page.number(at, _AT["full"], float(Fraction(run.full or 0)), "score")
    page.text(at, _AT["state"], state, "centre" if run.final else "alarm")
    page.text(at, _AT["range"], span, "centre")
    page.number(at, _AT["open"], len(run.open_indicators), "centre")
    wrapped = {"city": run.city, "round": run.round, "system": system, "total": _reached(run), "range": span}
    page.height(at, {_AT[name]: text for name, text in wrapped.items()}, least=_LINE)


def _reached(run: ComparedRun) -> str:
    """What stands for the total in a system without one."""
    if run.total is not None or run.target is None:
        return ""
    level = label("compare.reached", level=label(f"stars.level_{run.target}"))
    return f"{level} {label('compare.reached_of', reached=run.reached, whole=run.starred)}"


# --- rates -----------------------------------------------------------------------------------------------------------


def _write_rates(front: _Front, at: int) -> int:
    page, made = front.page, front.made
    at = front.section(at, label("compare.rates"), LEVELS)
    page.join(at, 0, _NAME - 1, "head")
    page.text(at, 0, label("compare.name"), "head")
    for place, run in enumerate(made.runs, start=_NUMBERS):
        page.text(at, place, name_run(run), "head")
    page.height(at, {place: name_run(run) for place, run in enumerate(made.runs, start=_NUMBERS)}, least=_LINE)
    head, rated = at, [(row, one) for row, one in enumerate(made.levels) if one.level == "dimension"]
    rated = [(row, one) for row, one in rated if any(cell and cell.rate for cell in one.cells)]
    for row, one in rated:
        at += 1
        name = " / ".join(dict.fromkeys(cell.name for cell in one.cells if cell))
        front.name(at, name, to=spot(LEVELS, FIRST_ROW + row))
        for place, cell in enumerate(one.cells, start=_NUMBERS):
            if cell is None or cell.rate is None:
                page.text(at, place, label("compare.is_absent"), "centre")
            else:
                page.number(at, place, float(Fraction(cell.rate)), "rate")
    if not rated:
        return at + 1
    series = [(name_run(run), _NUMBERS + place) for place, run in enumerate(made.runs)]
    return front.chart(at + 1, _columns(front.page, head + 1, at, series, "0%", 0), label("compare.chart_rates"))


def _columns(page: Page, first: int, last: int, series: Sequence[tuple[str, int]], code: str, least: int | None) -> Any:
    """Columns in tones that a printer without colours tells apart, as far as there are tones; ``least`` is where the
    axis begins, lest a small difference look large."""
    chart = page.book.workbook.add_chart({"type": "column"})
    for place, (name, column) in enumerate(series):
        chart.add_series({
            "name": name,
            "categories": [page.name, first, 0, last, 0],
            "values": [page.name, first, column, last, column],
            "fill": {"color": _COLOURS[place % len(_COLOURS)]}, "border": {"color": INK, "width": 0.5},
            "gap": 60,
        })  # fmt: skip
    font = {"name": BODY, "size": 8, "color": INK}
    chart.set_title({"none": True})
    chart.set_x_axis({"num_font": font, "label_position": "low"})
    chart.set_y_axis({"num_font": font, "num_format": code, "min": least,
                      "major_gridlines": {"visible": True, "line": {"color": "#E3E8EE"}}})  # fmt: skip
    return chart


# --- of what the differences consist ---------------------------------------------------------------------------------


def _write_parts(front: _Front, at: int) -> int:
    page, made = front.page, front.made
    at = front.section(at, label("compare.parts"), SHEETS[3])
    page.join(at, 0, _NAME - 1, "head")
    page.text(at, 0, label("compare.part"), "head")
    names = {place: name_pair(one) for place, one in enumerate(made.differences, start=_NUMBERS)}
    for place, name in names.items():
        page.text(at, place, name, "head")
    page.height(at, names, least=_LINE)
    before = at + 1
    for row, name in enumerate(("before", "after"), start=before):
        front.name(row, label(f"compare.{name}"))
        for place, one in enumerate(made.differences, start=_NUMBERS):
            _write_total(page, row, place, one.before_total if name == "before" else one.after_total)
    at = _write_difference(front, before + 2, before)
    told = [part for part in PARTS if any(part in one.parts for one in made.differences)]
    first = at
    for part in told:
        front.name(at, label(f"compare.part_{part}"))
        for place, one in enumerate(made.differences, start=_NUMBERS):
            _write_part(page, at, place, one, part)
        at += 1
    if told:
        at = _write_sum(front, at, first)
        series = [(name, place) for place, name in names.items() if not made.differences[place - _NUMBERS].unavailable]
        chart = _columns(page, first, first + len(told) - 1, series, "0.0", None)
        at = front.chart(at, chart, label("compare.chart_parts"))
    return _write_remarks(front, at)


def _write_total(page: Page, at: int, place: int, total: str | None) -> None:
    if total is None:
        page.text(at, place, label("compare.no_total"), "centre")
    else:
        page.number(at, place, float(Fraction(total)), "score")


def _write_difference(front: _Front, at: int, before: int) -> int:
    front.name(at, label("compare.difference"), "bold_cell")
    for place, one in enumerate(front.made.differences, start=_NUMBERS):
        if one.difference is None:
            front.page.text(at, place, label("compare.is_absent"), "centre")
        else:
            formula = f"{cell_name(before + 1, place)}-{cell_name(before, place)}"
            front.page.formula(at, place, formula, float(Fraction(one.difference)), "bold_change")
    return at + 1


def _write_part(page: Page, at: int, place: int, one: ComparedTotals, part: str) -> None:
    if part in one.parts:
        page.number(at, place, float(Fraction(one.parts[part])), "points")
    else:
        page.text(at, place, label("compare.is_absent") if one.unavailable else "", "centre")


def _write_sum(front: _Front, at: int, first: int) -> int:
    front.name(at, label("compare.sum"), "bold_cell")
    for place, one in enumerate(front.made.differences, start=_NUMBERS):
        if one.unavailable:
            front.page.text(at, place, label("compare.is_absent"), "centre")
            continue
        whole = float(Fraction(one.difference or 0))
        formula = f"SUM({cell_name(first, place)}:{cell_name(at - 1, place)})"
        front.page.formula(at, place, formula, whole, "bold_change")
    return at + 1


def _write_remarks(front: _Front, at: int) -> int:
    """What the answers before come to under the rules after; or why nothing is told apart."""
    reasons = {(one.before, one.after): one.zh for one in front.made.incomparable if one.sort == "run"
               and one.reason not in ("provisional", "settings")}  # fmt: skip
    for one in front.made.differences:
        if one.unavailable:
            why = reasons.get((one.before, one.after), "")
            text = label("compare.unavailable", why=why)
        elif not (set(one.parts) & {"rules", "weights", "both", "unlike", "added", "dropped"}):
            continue
        else:
            text = label("compare.carried", score=one.carried, number=one.carried_of)
        front.page.merged(at, 0, front.last, f"{name_pair(one)}：{text}", "cell")
        front.page.height(at, {0: f"{name_pair(one)}：{text}"}, least=_LINE)
        at += 1
    return at


# --- movers ----------------------------------------------------------------------------------------------------------


def _write_movers(front: _Front, at: int) -> None:
    page = front.page
    at = front.section(at, label("compare.movers"), SHEETS[3])
    found = [(total, one) for total in front.made.differences for one in moved(total) if one.difference != "0"]
    found.sort(key=lambda pair: -abs(Fraction(pair[1].difference)))
    if not found:
        page.merged(at, 0, front.last, label("compare.no_movers"), "cell")
        return
    heads = ("pair", "indicator", "before", "after", "difference", "comes_from")
    page.text(at, 0, label("compare.pair"), "head")
    page.join(at, _FROM, _FROM + 1, "head")
    for place, name in enumerate(heads[1:], start=1):
        page.text(at, place, label(f"compare.{name}"), "head")
    for total, one in found[:_MOST]:
        at += 1
        page.text(at, 0, name_pair(total), "centre")
        page.text(at, 1, one.name, "cell", to_points(front.rows, total, one))
        page.number(at, 2, number(one.before) or 0, "points")
        page.number(at, 3, number(one.after) or 0, "points")
        page.number(at, 4, number(one.difference) or 0, "bold_change")
        page.merged(at, _FROM, _FROM + 1, _main_part(one), "cell")
        page.height(at, {0: name_pair(total), 1: one.name, _FROM: _main_part(one)}, least=_LINE)


def _main_part(one: ComparedPoints) -> str:
    """The largest part in the direction of the difference."""
    sign = 1 if Fraction(one.difference) > 0 else -1
    part = max(one.parts, key=lambda name: sign * Fraction(one.parts[name]), default="")
    return label(f"compare.part_{part}") if part else ""
