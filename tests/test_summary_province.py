"""各城市汇总.xlsx: what it shows, its links, its formulas in other programs; names that want to be more than names."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from invented_provinces import (
    city_names,
    entries_of,
    give_value,
    national_record,
    province_of,
    reach_city,
    star_record,
    value_of,
    vary_cities,
)
from links import broken_links, links_of
from msgspec.structs import replace
from office import PROGRAMS, read_values, recalculate, spoil_cached
from openxml_audit import OpenXmlValidator

from smartcity_xl.messages import label
from smartcity_xl.results.province import CityState, FirmRecord, Province, ProvinceEntry, compose_province
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.province import write_province_book
from smartcity_xl.summary.province.sheets import count_cities

HOSTILE = '=HYPERLINK("http://example.com","点我")'
LOST = (
    ProvinceEntry("空县", CityState.NOTHING, None, "收件文件夹里没有填报表"),
    ProvinceEntry("坏县", CityState.FAILED, None, HOSTILE),
)


def twelve() -> Province:
    """Certain and open scores, a planted slip, cities without results, and ways to summaries."""
    records = vary_cities(12)
    records[4] = give_value(records[4], {"agri_sales_total": str(value_of(records[4], "agri_sales_total") * 10_000)})
    entries = [replace(one, summary=f"{one.name}/汇总.xlsx") for one in entries_of(records)]
    return compose_province([*entries, *LOST], "演示省")


def open_ended() -> Province:
    """Ranges without ends, ranges that touch, ties; and ranks under moved weights."""
    given = [("10.00", None, None), ("20.00", "20.00", None), ("20.00", "20.00", "20.00"), ("20.00", "19.00", "21.00"),
             ("5.00", None, "20.00"), ("5.00", "5.00", "5.00"), ("4.99", "4.99", "5.00")]  # fmt: skip
    record = national_record()
    records = [reach_city(record, name, *one) for name, one in zip(city_names(9), given, strict=False)]
    firm = {"cn-2018": {records[0].city: FirmRecord(1, 2, 4, "0.75")}}
    return compose_province(entries_of(records), "", firm)


def mixed() -> Province:
    """Several systems, one of stars; hostile names; two cities of one name."""
    records = vary_cities(3)
    other = replace(records[1], catalog=replace(records[1].catalog, version="9"))
    names = [HOSTILE, "\x07'县&\n", "同县", "同县"]
    named = [replace(records[at % 3], city=name) for at, name in enumerate(names)]
    return province_of([*named, other, star_record()], HOSTILE)


KINDS: Mapping[str, Any] = {
    "twelve": twelve, "open": open_ended, "mixed": mixed, "one": lambda: province_of(vary_cities(1)),
    "lost": lambda: compose_province(LOST),
}  # fmt: skip
every = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def made() -> Mapping[str, Province]:
    return {name: make() for name, make in KINDS.items()}


@pytest.fixture(scope="module")
def books(made: Mapping[str, Province]) -> Mapping[str, bytes]:
    return {name: write_province_book(one) for name, one in made.items()}


@cache
def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def rows(data: bytes, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in opened(data)[label(f"sheet.province_{name}")].iter_rows(values_only=True)]


@every
def test_an_independent_judge_finds_nothing(books: Mapping[str, bytes], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(books[kind])
    assert [str(error) for error in OpenXmlValidator().validate(str(path)).errors] == []


@every
def test_every_link_leads_somewhere(
    made: Mapping[str, Province], books: Mapping[str, bytes], kind: str, tmp_path: Path
) -> None:
    """Also those to the cities' own summaries, where they are."""
    ways = [one.summary for one in made[kind].cities if one.summary]
    assert bool(ways) == (kind == "twelve")
    for way in ways:
        (tmp_path / way).parent.mkdir()
        (tmp_path / way).write_bytes(b"")
    assert list(broken_links(books[kind], tmp_path)) == []
    assert {unquote(link.target) for link in links_of(books[kind]) if link.target} == set(ways)


def test_the_same_province_gives_the_same_bytes(made: Mapping[str, Province], books: Mapping[str, bytes]) -> None:
    assert write_province_book(made["twelve"]) == books["twelve"]


@every
def test_every_city_stands_on_the_sheet_of_those_who_report(
    made: Mapping[str, Province], books: Mapping[str, bytes], kind: str
) -> None:
    shown = [row[0] for row in rows(books[kind], "cities")[FIRST_ROW:] if row[0]]
    assert len(shown) == len(made[kind].cities)


def test_the_ranking_shows_the_ranks_and_ranges_of_the_record(
    made: Mapping[str, Province], books: Mapping[str, bytes]
) -> None:
    for kind in ("twelve", "open", "one"):
        (system,) = made[kind].systems
        shown = rows(books[kind], "ranking")[FIRST_ROW:]
        for one, row in zip(system.ranking, shown, strict=True):
            span = str(one.best) if one.best == one.worst else f"{one.best}–{one.worst}"
            ends = [label("province.unlimited") if end is None else float(end) for end in (one.floor, one.ceiling)]
            assert row[:9] == (one.name, span, one.rank, one.best, one.worst, one.tied, float(one.score), *ends)
    assert rows(books["open"], "ranking")[FIRST_ROW + 3][13:17] == (1, 2, 4, 0.75)
    assert len(rows(books["twelve"], "ranking")[0]) == 13


def test_cells_that_are_open_say_so_in_words(books: Mapping[str, bytes]) -> None:
    heat = [cell for row in rows(books["twelve"], "heat")[FIRST_ROW:] for cell in row[1:]]
    words = {cell for cell in heat if isinstance(cell, str)}
    assert {label("province.mark_conflict"), label("province.mark_unreadable")} <= words
    assert any(cell.startswith("暂 ") for cell in words)
    assert all(0 <= cell <= 1 or cell < 0 for cell in heat if isinstance(cell, float))


def test_a_planted_slip_is_asked_for_with_its_cell(books: Mapping[str, bytes], made: Mapping[str, Province]) -> None:
    (query,) = made["twelve"].systems[0].queries
    row = rows(books["twelve"], "queries")[FIRST_ROW]
    assert (row[1], row[3], row[8]) == (query.name, query.label, label("province.slip_10000"))
    assert (row[10], row[11]) == (query.places[0].file, f"{query.places[0].sheet} {query.places[0].cell}")
    lines = [" ".join(str(cell) for cell in each if cell) for each in rows(books["twelve"], "front")]
    assert any(query.name in line and query.label in line for line in lines)
    assert any("坏县" in line and HOSTILE in line for line in lines)
    assert label("province.too_few") in [str(cell) for each in rows(books["one"], "front") for cell in each]


def test_systems_that_are_not_ranked_together_have_sheets_of_their_own(
    made: Mapping[str, Province], books: Mapping[str, bytes]
) -> None:
    names = opened(books["mixed"]).sheetnames
    for number in (1, 2, 3):
        assert f"{label('sheet.province_ranking')}{number}" in names
    notes = str(rows(books["mixed"], "notes"))
    assert all(one.zh in notes for one in made["mixed"].apart)
    assert "同县（第" in str(rows(books["mixed"], "cities"))


def test_names_stay_names(books: Mapping[str, bytes]) -> None:
    for kind in ("mixed", "twelve"):
        book = openpyxl.load_workbook(io.BytesIO(books[kind]))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
        assert formulas
        assert not [one for one in formulas if "HYPERLINK" in one]
        assert [cell for cell in cells if HOSTILE in str(cell.value) and cell.data_type == "s"]


def test_charts_have_words_for_who_cannot_see_them(books: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(books["twelve"])) as package:
        (drawing,) = (name for name in package.namelist() if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name))
        described = re.findall(r'descr="([^"]+)"', package.read(drawing).decode())
    assert len(described) == 2


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_other_programs_come_to_the_same_ranks_and_quartiles(
    books: Mapping[str, bytes], program: str, tmp_path: Path
) -> None:
    files = []
    for name in ("twelve", "open", "mixed"):
        data = books[name]
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(spoil_cached(data))
    for file, saved in recalculate(program, files, tmp_path / "out").items():
        told, again = (read_values(source) for source in (io.BytesIO(books[file.stem]), saved))
        number = 0
        for sheet in openpyxl.load_workbook(file).worksheets:
            formulas = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
            number += len(formulas)
            for cell in formulas:
                here, there = told[sheet.title].get(cell), again[sheet.title].get(cell)
                if isinstance(here, int | float):
                    assert abs(float(here) - float(str(there))) < 1e-9, (file.name, sheet.title, cell)
                else:
                    assert str(here) == str(there), (file.name, sheet.title, cell)
        assert number > 100


def test_of_many_cities_the_first_page_shows_the_first_and_says_so() -> None:
    data = write_province_book(province_of(vary_cities(45)))
    front = [str(cell) for row in rows(data, "front") for cell in row if cell]
    assert label("province.more_ranked", number=35) in front
    assert label("province.chart_ranking_part", number=40) in front
    assert len(rows(data, "heat")) == FIRST_ROW + 45


def test_a_city_under_two_systems_is_one_and_two_of_one_name_are_two() -> None:
    records = vary_cities(3)
    again = replace(records[0], catalog=replace(records[0].catalog, id="own"))
    named = replace(records[1], city=records[2].city)
    made = compose_province([*entries_of([*records, again, named]), *LOST])
    assert count_cities(made.cities) == 6
    front = rows(write_province_book(made), "front")
    assert front[1][0] == label("province.subtitle", number=6, scored=4)
    assert front[5][:2] == ("6", "4")


def test_systems_beyond_the_sheets_are_named_with_where_their_numbers_are() -> None:
    record = vary_cities(1)[0]
    records = [replace(record, catalog=replace(record.catalog, version=str(number))) for number in range(1, 8)]
    for count in (6, 7):
        book = write_province_book(province_of(records[:count]))
        sheets = [name for name in opened(book).sheetnames if name.startswith(label("sheet.province_ranking"))]
        assert len(sheets) == 6
        for name in ("front", "notes"):
            told = [str(cell) for row in rows(book, name) for cell in row if cell]
            assert any("第 7 组没有" in one and "province.json" in one for one in told) is (count == 7), name
    front = [str(cell) for row in rows(book, "front") for cell in row if cell]
    assert any(one.startswith("第 7 组") and "第 7 版" in one for one in front)
