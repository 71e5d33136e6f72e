"""What the sheets of a comparison share: how runs and pairs of runs are called, and lists with columns for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label
from smartcity_xl.results.compared import ComparedPoints, ComparedResults, ComparedRun, ComparedTotals
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, list_rows, write_head, write_line
from smartcity_xl.summary.places import spot

FRONT = "compare_front"
SHEETS = (FRONT, "compare_levels", "compare_indicators", "compare_points", "compare_figures", "compare_apart",
          "compare_notes")  # fmt: skip
LEVELS, INDICATORS, POINTS, FIGURES, APART, NOTES = SHEETS[1:]


class Named(Struct, frozen=True):
    """A column of a list, and its heading: those of runs have no fixed words."""

    head: Head
    heading: str


def column(name: str, width: float, heading: str, style: str = "cell") -> Named:
    return Named(Head(name, width, style), heading)


def per_run(made: ComparedResults, name: str, width: float, style: str, said: str = "") -> list[Named]:
    """A column for each run; ``said`` is the label of what stands in it."""
    what = f"\n{label(f'compare.{said}')}" if said else ""
    return [column(f"{name}{run.number}", width, name_run(run) + what, style) for run in made.runs]


def per_pair(made: ComparedResults, name: str, width: float, style: str, said: str) -> list[Named]:
    """A column for each pair of runs whose totals are held against each other."""
    return [
        column(f"{name}{pair_key(one)}", width, label(f"compare.{said}", pair=name_pair(one)), style)
        for one in made.differences
    ]


def pair_key(one: ComparedTotals) -> str:
    return f"{one.before}-{one.after}"


def name_run(run: ComparedRun) -> str:
    """Never without the mark of what is provisional."""
    state = "" if run.final else label("compare.provisional")
    return label("compare.run", number=run.number, city=run.city, round=run.round, state=state)


def name_pair(one: ComparedTotals) -> str:
    state = label("compare.provisional") if one.provisional else ""
    return label("compare.versus", before=one.before, after=one.after) + state


def write_rows(book: Book, sheet: str, columns: Sequence[Named], lines: Iterable[Line], freeze: int) -> Page:
    """A list with the way back to the first page; it can be filtered."""
    heads = tuple(one.head for one in columns)
    page = write_head(book, sheet, heads, FIRST_ROW, freeze, headings=False, home=FRONT)
    page.head_columns(FIRST_ROW - 1, {at: one.heading for at, one in enumerate(columns)})
    row, rows = FIRST_ROW - 1, list_rows(page, heads)
    for row, line in enumerate(lines, start=FIRST_ROW):
        write_line(rows, row, line)
    page.worksheet.autofilter(FIRST_ROW - 1, 0, max(row, FIRST_ROW), len(heads) - 1)
    return page


def number(value: str | None) -> float | None:
    return None if value is None else float(Fraction(value))


def cells(values: Mapping[str, float | str | None]) -> dict[str, float | str]:
    """What stands in a line: nothing where there is none."""
    return {name: value for name, value in values.items() if value is not None}


class RowPlaces(Struct, frozen=True):
    """Where entries of a comparison stand, so that sheets can lead to each other: number in its list -> row."""

    indicators: Mapping[tuple[int, str], int] = {}
    """(Number of a run, code) -> row on the sheet of indicators."""
    points: Mapping[tuple[str, str | None, str | None], int] = {}
    """(Pair, code before, code after) -> row on the sheet of points."""


def find_rows(made: ComparedResults) -> RowPlaces:
    indicators = {
        (run.number, cell.code): at
        for at, one in enumerate(made.indicators, start=FIRST_ROW)
        for run, cell in zip(made.runs, one.cells, strict=True) if cell
    }  # fmt: skip
    pairs = [(pair_key(total), one.before_code, one.after_code) for total in made.differences
             for one in moved(total)]  # fmt: skip
    return RowPlaces(indicators, {key: at for at, key in enumerate(pairs, start=FIRST_ROW)})


def moved(total: ComparedTotals) -> tuple[ComparedPoints, ...]:
    """The indicators whose points changed, or that consist of parts which cancel each other; in order."""
    return tuple(one for one in total.indicators if one.parts or one.difference != "0")


def to_indicator(rows: RowPlaces, run: int, code: str | None) -> Spot | None:
    at = rows.indicators.get((run, code or ""))
    return None if at is None else spot(INDICATORS, at)


def to_points(rows: RowPlaces, total: ComparedTotals, one: ComparedPoints) -> Spot | None:
    at = rows.points.get((pair_key(total), one.before_code, one.after_code))
    return None if at is None else spot(POINTS, at)
