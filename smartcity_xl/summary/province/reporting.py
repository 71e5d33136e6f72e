"""Who has reported, by city and by department; cities of which there is nothing among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label
from smartcity_xl.results.points import plain
from smartcity_xl.results.province.record import CityRecord, CityState, DepartmentBrief, Province
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.province.sheets import (
    CITIES,
    DEPARTMENTS,
    RANKING,
    Laid,
    WideCells,
    WideColumn,
    end_list,
    start_list,
    write_all,
)

MOST_COLUMNS = 60
"""Departments that get a column of their own: where each city has other ones, their table is a list."""
_MOST_NAMED = 20
_HEADS = (("city", 18, "cell"), ("state", 12, "centre"), ("system", 6, "centre"), ("reported", 10, "centre"),
          ("filled", 9, "percent"), ("errors", 8, "centre"), ("queries", 8, "centre"), ("conflicts", 8, "centre"),
          ("held", 10, "score"), ("silent", 26, "cell"), ("reason", 26, "cell"), ("way", 8, "centre"))  # fmt: skip
_STATE, _WAY = 1, len(_HEADS) - 1


def write_cities(book: Book, laid: Laid) -> None:
    names = department_names(laid.province)
    shown = names if len(names) <= MOST_COLUMNS else []
    columns = [WideColumn(label(f"province.head_{name}"), width, style) for name, width, style in _HEADS]
    columns += [WideColumn(name, 11, "check") for name in shown]
    wide = max(1, -(-len(shown) // 12))
    page = start_list(book, label(f"sheet.{CITIES}"), label("province.hint_cities"), columns, freeze=1, wide=wide)
    cells = WideCells(page)
    for row, one in enumerate(laid.province.cities, start=FIRST_ROW):
        _write_city(page, cells, row, laid, one, columns, shown)
    end_list(page, columns, len(laid.province.cities))


def _write_city(
    page: Page,
    cells: WideCells,
    row: int,
    laid: Laid,
    one: CityRecord,
    columns: Sequence[WideColumn],
    shown: Sequence[str],
) -> None:
    told = _city(one)
    write_all(cells, row, columns[: len(_HEADS)], told)
    system = next((each for each in laid.systems if each.number == one.system), None)
    to = laid.to_city(RANKING, system, one.number) if system else None
    page.text(row, 0, laid.names[one.number], "cell", to)
    bad = one.state is not CityState.COLLECTED or one.copy_of is not None
    page.text(row, _STATE, _state(one), "alarm" if bad else "centre")
    if one.summary:
        page.text(row, _WAY, label("contents.open"), "centre", one.summary)
    of = {each.name: each for each in one.departments}
    for at, name in enumerate(shown, start=len(_HEADS)):
        cells.text(row, at, _mark(of[name]) if name in of else "", _style(of.get(name)))
    page.height(row, {0: laid.names[one.number], 9: str(told.get(9) or ""), 10: str(told.get(10) or "")})


def _state(one: CityRecord) -> str:
    return label("province.state_copy" if one.copy_of is not None else f"province.state_{one.state}")


def _city(one: CityRecord) -> dict[int, float | str | None]:
    reported = sum(each.reported for each in one.departments)
    asked, filled = sum(each.asked for each in one.departments), sum(each.filled for each in one.departments)
    silent = [each.name for each in one.departments if not each.reported]
    told: dict[int, float | str | None] = {2: one.system, 10: one.reason}
    if one.copy_of is not None:
        told[10] = label("province.copy_of")
    if not one.departments:
        return told
    return told | {
        3: label("province.of", part=reported, whole=len(one.departments)), 4: filled / asked if asked else None,
        5: sum(each.errors for each in one.departments), 6: sum(each.queries for each in one.departments),
        7: one.open_conflicts, 8: _most_held(one.departments), 9: _named(silent),
    }  # fmt: skip


def _most_held(departments: Iterable[DepartmentBrief]) -> float:
    """The points that the department which holds most waits for: several may hold the same ones, and a sum would count
    them twice."""
    return float(max(Decimal(one.held) for one in departments))


def _named(names: Sequence[str]) -> str:
    more = label("province.and_more", number=len(names)) if len(names) > _MOST_NAMED else ""
    return label("word.separator").join(names[:_MOST_NAMED]) + more


def _mark(one: DepartmentBrief) -> str:
    """Who has reported, and what is open then."""
    if not one.reported:
        return label("province.silent")
    open_ = [label(f"province.open_{name}", number=number)
             for name, number in (("errors", one.errors), ("queries", one.queries)) if number]  # fmt: skip
    if open_:
        return " ".join(open_)
    return label("province.reported" if one.filled >= one.asked else "province.reported_in_part")


def _style(one: DepartmentBrief | None) -> str:
    return "alarm" if one is not None and not one.reported else "check"


# --- by department ---------------------------------------------------------------------------------------------------


class _Sum(Struct):
    """What the departments of one name come to over the cities."""

    cities: int = 0
    reported: int = 0
    asked: int = 0
    filled: int = 0
    errors: int = 0
    queries: int = 0
    held: Decimal = Decimal(0)
    silent: list[str] = []

    def add(self, one: DepartmentBrief, city: str) -> None:
        self.cities += 1
        self.reported += one.reported
        self.asked += one.asked
        self.filled += one.filled
        self.errors += one.errors
        self.queries += one.queries
        self.held += Decimal(one.held)
        if not one.reported:
            self.silent.append(city)


def department_names(province: Province) -> list[str]:
    """Those most cities have first, and then in the order in which cities have them."""
    return list(_sums(province, {}))


def _sums(province: Province, names: Mapping[int, str]) -> dict[str, _Sum]:
    sums: dict[str, _Sum] = {}
    for city in province.cities:
        if city.copy_of is not None:
            continue
        for one in city.departments:
            sums.setdefault(one.name, _Sum(silent=[])).add(one, names.get(city.number, city.name))
    return dict(sorted(sums.items(), key=lambda pair: -pair[1].cities))


def write_departments(book: Book, laid: Laid) -> None:
    heads = (("department", 30, "cell"), ("cities", 9, "centre"), ("reported", 10, "centre"), ("filled", 9, "percent"),
             ("errors", 9, "centre"), ("queries", 9, "centre"), ("held_all", 12, "score"),
             ("silent_cities", 70, "cell"))  # fmt: skip
    columns = [WideColumn(label(f"province.head_{name}"), width, style) for name, width, style in heads]
    page = start_list(book, label(f"sheet.{DEPARTMENTS}"), label("province.hint_departments"), columns, freeze=1)
    cells, sums = WideCells(page), _sums(laid.province, laid.names)
    for row, (name, one) in enumerate(sums.items(), start=FIRST_ROW):
        told: dict[int, float | str | None] = {
            0: name, 1: one.cities, 2: label("province.of", part=one.reported, whole=one.cities),
            3: one.filled / one.asked if one.asked else None, 4: one.errors, 5: one.queries,
            6: float(plain(one.held)), 7: _named(one.silent),
        }  # fmt: skip
        write_all(cells, row, columns, told)
        page.height(row, {0: name, 7: _named(one.silent)})
    if not sums:
        page.merged(FIRST_ROW, 0, len(columns) - 1, label("province.no_departments"), "cell")
    end_list(page, columns, len(sums))
