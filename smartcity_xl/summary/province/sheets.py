"""What the sheets of a province's workbook share: how they are called, lists under headings, and cells by the hundred
thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.texts import clean_text
from smartcity_xl.messages import label
from smartcity_xl.results.province.record import CityRecord, Province, SystemRecord
from smartcity_xl.summary.grid import FIRST_ROW, write_way_back

FRONT = "province_front"
RANKING, SPREAD, HEAT = "province_ranking", "province_spread", "province_heat"
FIGURES, QUERIES, CITIES, DEPARTMENTS, NOTES = (
    "province_figures", "province_queries", "province_cities", "province_departments", "province_notes",
)  # fmt: skip
MOST_SYSTEMS = 6
"""Systems that have sheets of their own, those with most cities: more sheets nobody finds his way in."""


class Laid(Struct, frozen=True, dict=True):
    """A province, and where its entries stand."""

    province: Province

    @property
    def systems(self) -> tuple[SystemRecord, ...]:
        """Those that have sheets of their own."""
        return self.province.systems[:MOST_SYSTEMS]

    @property
    def bare(self) -> tuple[SystemRecord, ...]:
        """Those that have none: their numbers stand in the record alone."""
        return self.province.systems[MOST_SYSTEMS:]

    @cached_property
    def cities(self) -> Mapping[int, CityRecord]:
        return {one.number: one for one in self.province.cities}

    @cached_property
    def names(self) -> Mapping[int, str]:
        """Number of a city -> how it is called, as a cell can hold it; two of one name in one system with their
        numbers."""
        cities = [(one, clean_text(one.name)) for one in self.province.cities]
        met = Counter((name, one.system) for one, name in cities)
        return {
            one.number: name if met[name, one.system] == 1
            else label("province.namesake", name=name, number=one.number)
            for one, name in cities
        }  # fmt: skip

    @cached_property
    def rows(self) -> Mapping[int, int]:
        """Number of a city -> its row on its sheets of ranking and heat map."""
        return {one.city: row for system in self.systems for row, one in enumerate(system.ranking, start=FIRST_ROW)}

    @cached_property
    def reported(self) -> Mapping[int, int]:
        """Number of a city -> its row among those who report."""
        return {one.number: row for row, one in enumerate(self.province.cities, start=FIRST_ROW)}

    def sheet(self, sheet: str, system: SystemRecord) -> str:
        """The name of a sheet of a system: with its number where there are several."""
        name = label(f"sheet.{sheet}")
        return name if len(self.province.systems) == 1 else f"{name}{system.number}"

    def to_city(self, sheet: str, system: SystemRecord, city: int) -> Spot | None:
        return Spot(self.sheet(sheet, system), self.rows[city]) if city in self.rows else None


def say_bare(laid: Laid) -> str:
    """Which systems have no sheets, and where their numbers are."""
    first, last = laid.bare[0].number, laid.bare[-1].number
    which = label("province.bare_one" if first == last else "province.bare_several", first=first, last=last)
    return label("province.note_more_text", shown=MOST_SYSTEMS, which=which)


def count_cities(records: Iterable[CityRecord]) -> int:
    """How many cities they are of: one under several systems is one, two of one name under one system are two."""
    most: dict[str, int] = {}
    for (name, _), number_ in Counter((one.name, one.system) for one in records).items():
        most[name] = max(most.get(name, 0), number_)
    return sum(most.values())


class WideColumn(Struct, frozen=True):
    heading: str
    width: float
    style: str = "cell"


def start_list(book: Book, name: str, hint: str, columns: Sequence[WideColumn], freeze: int, wide: int = 1) -> Page:
    """A sheet that is one list: title, the way to the first page, a hint, headings right above ``FIRST_ROW``; A4,
    landscape, ``wide`` pages beside each other."""
    page = book.page(name, tuple(one.width for one in columns))
    page.text(0, 0, name, "title")
    page.worksheet.set_row(0, 28)
    write_way_back(page, FRONT)
    first = freeze if wide > 1 else 0  # not in columns that every page repeats
    last, covered = first, 0.0
    while last < len(columns) and covered + columns[last].width <= (_HINT if wide == 1 else _PAGE):
        covered, last = covered + columns[last].width, last + 1
    page.merged(1, first, max(last - 1, first), hint, "hint")
    page.height(1, {first: hint}, {first: max(covered, columns[first].width)})
    page.head_columns(FIRST_ROW - 1, {at: one.heading for at, one in enumerate(columns)})
    page.worksheet.freeze_panes(FIRST_ROW, freeze)
    page.print_on_a4(landscape=True, head=FIRST_ROW - 1, footer=f"&L&A&R{label('word.page')}")
    if wide > 1:
        page.worksheet.fit_to_pages(wide, 0)
        page.worksheet.repeat_columns(0, freeze - 1)
    return page


_HINT, _PAGE = 140, 100
"""The width of a hint: what a screen shows without being moved, and less than a page where there are several."""


def end_list(page: Page, columns: Sequence[WideColumn], rows: int) -> None:
    """The list can be filtered."""
    page.worksheet.autofilter(FIRST_ROW - 1, 0, FIRST_ROW - 1 + max(rows, 1), len(columns) - 1)


class WideCells:
    """Writes cells that no formula of ours looks at and that lead nowhere: a page remembers each of its own, and a
    nation has half a million."""

    def __init__(self, page: Page) -> None:
        self._book, self._sheet = page.book, page.worksheet

    def text(self, row: int, column: int, value: str, style: str) -> None:
        form = self._book.format(style)
        if value:
            self._sheet.write_string(row, column, clean_text(value), form)
        else:
            self._sheet.write_blank(row, column, None, form)

    def number(self, row: int, column: int, value: float, style: str) -> None:
        self._sheet.write_number(row, column, value, self._book.format(style))

    def formula(self, row: int, column: int, formula: str, result: float | str, style: str) -> None:
        """With what it comes to now."""
        self._sheet.write_formula(row, column, f"={formula}", self._book.format(style), result)


def write_all(
    cells: WideCells, row: int, columns: Sequence[WideColumn], values: Mapping[int, float | str | None]
) -> None:
    """A row of a list: nothing where there is none."""
    for at, column in enumerate(columns):
        value = values.get(at)
        if value is None or isinstance(value, str):
            cells.text(row, at, value or "", column.style)
        else:
            cells.number(row, at, value, column.style)


def number(value: str | None) -> float | None:
    return None if value is None else float(value)
