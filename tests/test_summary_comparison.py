"""比较.xlsx: what it shows, its links, its sums in other programs, and names that want to be more than names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from compared_rounds import CASE, collect_round, first_round, second_round
from links import broken_links, links_of
from msgspec.structs import replace
from office import PROGRAMS, read_values, recalculate, spoil_cached
from openxml_audit import OpenXmlValidator

from smartcity_xl.arrival.inbox import is_own_output
from smartcity_xl.messages import label
from smartcity_xl.results import read_results
from smartcity_xl.results.compared import ComparedResults
from smartcity_xl.results.comparing import compare_sides
from smartcity_xl.results.scored_run import ScoredRun
from smartcity_xl.run.comparing import compare_results
from smartcity_xl.run.scored_again import find_rules
from smartcity_xl.summary.comparison import write_comparison

HOSTILE = '=HYPERLINK("http://example.com","点我")'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ComparedResults]:
    """Two editions; three cities; and two editions one of which has an open answer, under hostile names."""
    home = tmp_path_factory.mktemp("compared")
    first, second = first_round(home / "first"), second_round(home / "second")
    other = collect_round(home / "other", CASE["first"], [{**CASE["answers"]["first"], "done": 160}], "2025", "乙县")
    silent = {key: value for key, value in CASE["answers"]["first"].items() if key != "open"}
    open_ = collect_round(home / "open", CASE["first"], [silent], "2025", "丙县")
    systems = [str(home / name / "county") for name in ("first", "second")]
    (editions,) = compare_results([first, second], systems=systems)
    (cities,) = compare_results([first, other, open_], systems=systems)
    records = [read_results(folder / "results.json") for folder in (open_, second)]
    hostile = [
        ScoredRun(number, HOSTILE, replace(record, city=HOSTILE, round="2025\n\x07年&A"), find_rules(record, systems))
        for number, record in enumerate(records, start=1)
    ]
    return {"editions": editions, "cities": cities, "hostile": compare_sides(hostile)}


@pytest.fixture(scope="module")
def books(made: Mapping[str, ComparedResults]) -> Mapping[str, bytes]:
    return {name: write_comparison(one) for name, one in made.items()}


KINDS = ("editions", "cities", "hostile")
every = pytest.mark.parametrize("kind", KINDS)


def sheet(data: bytes, name: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))[label(f"sheet.compare_{name}")]


def rows(data: bytes, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in sheet(data, name).iter_rows(values_only=True)]


@every
def test_every_link_leads_somewhere_and_none_leads_out(books: Mapping[str, bytes], kind: str) -> None:
    links = links_of(books[kind])
    assert len(links) > 15
    assert list(broken_links(books[kind])) == []
    assert [link for link in links if link.target] == []


@every
def test_an_independent_judge_finds_nothing(books: Mapping[str, bytes], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(books[kind])
    assert [str(error) for error in OpenXmlValidator().validate(str(path)).errors] == []


@every
def test_the_same_comparison_gives_the_same_bytes(
    made: Mapping[str, ComparedResults], books: Mapping[str, bytes], kind: str
) -> None:
    assert write_comparison(made[kind]) == books[kind]


def test_names_stay_names(books: Mapping[str, bytes]) -> None:
    """Formulas are only those that add and subtract; a name stands as a text, in cells and in charts."""
    book = openpyxl.load_workbook(io.BytesIO(books["hostile"]))
    found = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert found
    assert not [formula for formula in found if "HYPERLINK" in str(formula)]
    texts = [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value == HOSTILE]
    assert len(texts) == 2
    with zipfile.ZipFile(io.BytesIO(books["hostile"])) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 2
    assert not any("<c:f>HYPERLINK" in chart for chart in charts)


def test_what_is_provisional_is_marked_wherever_it_stands(books: Mapping[str, bytes]) -> None:
    mark = label("compare.provisional")
    front = rows(books["cities"], "front")
    names = [cell for row in front for cell in row if isinstance(cell, str) and cell.startswith("3 丙县")]
    assert names
    assert all(mark in name for name in names)
    for name in ("levels", "indicators", "figures"):
        heads = [str(cell) for cell in rows(books["cities"], name)[2] if cell and "丙县" in str(cell)]
        assert heads
        assert all(mark in head for head in heads)
    assert label("compare.versus", before=1, after=3) + mark in {row[0] for row in rows(books["cities"], "points")}
    assert mark not in str(rows(books["editions"], "front"))
    assert label("compare.all_final") in str(rows(books["editions"], "front"))


def test_the_first_page_and_the_list_of_points_show_the_case_worked_by_hand(books: Mapping[str, bytes]) -> None:
    front = {row[0]: row[2] for row in rows(books["editions"], "front") if row[0]}
    for part, value in CASE["total"]["parts"].items():
        assert front[label(f"compare.part_{part}")] == float(value)
    points = rows(books["editions"], "points")[3:]
    found = {(row[1], row[2]): (row[4], row[5], row[6]) for row in points}
    for case in CASE["indicator"]:
        before, after = (float(case[name]) for name in ("before", "after"))
        codes = (case.get("before_code", "—"), case.get("after_code", "—"))
        assert found[codes] == (before, after, float(Fraction(case["after"]) - Fraction(case["before"])))


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_other_programs_come_to_the_same_sums(books: Mapping[str, bytes], program: str, tmp_path: Path) -> None:
    files = []
    for name, data in books.items():
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(spoil_cached(data))
    for file, saved in recalculate(program, files, tmp_path / "out").items():
        name = label("sheet.compare_front")
        told, again = (read_values(source)[name] for source in (io.BytesIO(books[file.stem]), saved))
        formulas = [
            cell.coordinate
            for row in openpyxl.load_workbook(file).worksheets[0].iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]
        assert len(formulas) >= 2
        for cell in formulas:
            assert abs(float(str(told[cell])) - float(str(again[cell]))) < 1e-9, (file.name, cell)


def test_it_is_known_as_ours_in_an_output_folder(books: Mapping[str, bytes], tmp_path: Path) -> None:
    own, foreign = tmp_path / label("file.comparison"), tmp_path / label("file.comparison_of", system="a")
    own.write_bytes(books["cities"])
    foreign.write_bytes(b"something else")
    assert is_own_output(own, tmp_path)
    assert not is_own_output(foreign, tmp_path)
