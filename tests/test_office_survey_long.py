"""Files of many responses: read in pieces, and the same as in one."""

from __future__ import annotations

import datetime
import io
import random
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from make_survey import write_csv
from python_calamine import CalamineWorkbook
from questionnaires import lost, scored, small_form
from support import with_cell

from smartcity_xl.books import package
from smartcity_xl.books.refused import Refused
from smartcity_xl.office.survey import grids, sheets
from smartcity_xl.office.survey.grids import open_grids

SHEET = "xl/worksheets/sheet1.xml"


@contextmanager
def cut_small(bytes_: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "BLOCK", bytes_)
        patch.setattr(sheets, "_FIRST", bytes_)
        patch.setattr(grids, "_PORTION", max(1, bytes_ // 100))
        yield


def rows_of(data: bytes) -> list[tuple[int, list[Any]]]:
    """All rows below the headings, their blank ends cut off."""
    found = []
    with open_grids(data, ["甲"]) as (grid,):
        assert grid.head == 0
        for numbers, rows in grid.rows():
            for number, cells in zip(numbers, rows, strict=True):
                while cells and cells[-1] == "":
                    cells.pop()
                found.append((number, cells))
    return found


def book(rows: Sequence[Sequence[object]], gaps: Sequence[int] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None and number not in gaps:
                sheet.cell(number + (number > 30) * 40, column, value)  # type: ignore[arg-type]
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def drawn(seed: int) -> bytes:
    """Texts that cells share, numbers, logical values, dates, blanks and rows that hold nothing."""
    draw = random.Random(seed)  # noqa: S311 - drawn anew the same each time
    kinds = ["满意", "不<满>意&", 3, 4.5, True, False, 0, datetime.datetime(2026, 1, 2, 3), None, " ", "=1+2"]
    rows = [["甲", "乙", None, "丙"], *([draw.choice(kinds) for _ in range(draw.choice([2, 4, 9]))] for _ in range(70))]
    return book(rows, gaps=draw.sample(range(5, 60), 12))


@pytest.mark.parametrize("seed", range(4))
def test_a_sheet_read_in_pieces_is_the_sheet_that_another_reader_sees(seed: int) -> None:
    data = drawn(seed)
    whole = rows_of(data)
    for size in (300, 1_100, 5_000):
        with cut_small(size):
            assert rows_of(data) == whole
    plain = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    seen = {number: cells for number, cells in whole if any(cell != "=1+2" for cell in cells)}
    for number, cells in enumerate(plain[1:], start=1):
        shown = [("" if cell == "=1+2" else cell) for cell in seen.get(number, [])]
        cells = [str(cell).upper() if isinstance(cell, bool) else cell for cell in cells]
        assert shown + [""] * (len(cells) - len(shown)) == cells
        assert list(map(type, shown)) == list(map(type, cells[: len(shown)]))


@pytest.mark.parametrize("seed", range(3))
def test_a_text_read_in_portions_is_the_text(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - drawn anew the same each time
    kinds = ["满意", "a,b", 'he said "no"', "two\nlines", "", " ", "5"]
    rows = [["甲", "乙"], *([draw.choice(kinds), draw.choice(kinds)] for _ in range(60))]
    with cut_small(700):
        found = rows_of(write_csv(rows))
    expected = [(number, row) for number, row in enumerate(rows[1:], start=1) if any(row)]
    assert [(number, cells + [""] * (2 - len(cells))) for number, cells in found] == expected


ODD = {
    "a cell behind the rows": ("</sheetData>", "</sheetData><c r='A9'><v>1</v></c>"),
    "a cell before the rows": ("<sheetData>", '<c r="A1"><v>1</v></c><sheetData>'),
    "a comment among the rows": ("</row>", "</row><!-- -->"),
    "a second table of cells": ("</sheetData>", '</sheetData><sheetData><row r="9"><c r="A9"/></row></sheetData>'),
    "a cell that stands in another row than it says": ('r="B2"', 'R="B2"'),
}  # fmt: skip


@pytest.mark.parametrize(("found", "planted"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("size", [300, 4 * 2**20], ids=["in pieces", "in one"])
def test_what_no_program_writes_is_refused_in_pieces_too(found: str, planted: str, size: int) -> None:
    source, stream = zipfile.ZipFile(io.BytesIO(book([["甲", "乙"], *[["满意", 4]] * 20]))), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as spoilt:
        for name in source.namelist():
            text = source.read(name)
            if name == SHEET:
                assert found.encode() in text
                text = text.replace(found.encode(), planted.encode(), 1)
            spoilt.writestr(name, text)
    with cut_small(size), pytest.raises(Refused) as refused:
        rows_of(stream.getvalue())
    assert refused.value.code in ("responses-odd", "damaged", "responses-damaged")


def test_a_cell_that_says_another_row_is_put_where_it_says() -> None:
    """Its address is what counts, for every program; it is only looked at more closely."""
    data = with_cell(book([["甲", "乙"], ["满意", 4], ["一般", 3]]), "B3", '<c r="B5"><v>3</v></c>', SHEET)
    assert rows_of(data) == [(1, ["满意", 4.0]), (2, ["一般"]), (4, ["", 3.0])]


def test_a_far_row_that_is_only_formatted_does_not_count() -> None:
    data = with_cell(book([["甲", *"乙丙丁戊己庚辛壬癸"] * 3, ["满意"]]), "A2",
                     '<c r="A2"><v>1</v></c></row><row r="1048576" ht="20" customHeight="1">', SHEET)  # fmt: skip
    assert rows_of(data)[0][1] == [1.0]


def test_true_and_one_are_two_answers(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(book([["甲", "乙"], ["满意", 1], ["满意", True], ["满意", 1.0]]))
    assert lost(scored(small_form(tmp_path), file)) == {"impossible": 1}


def test_memory_hardly_grows_with_the_number_of_responses(tmp_path: Path) -> None:
    path = small_form(tmp_path, respondent="号")

    def peak(size: int) -> int:
        rows = [["号", "甲", "乙", "话"], *([f"R{n}", "满意", str(1 + n % 5), f"各有各的话 {n}"] for n in range(size))]
        (tmp_path / "a.csv").write_bytes(write_csv(rows))
        tracemalloc.start()
        scored(path, tmp_path / "a.csv")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(2_000), peak(12_000)
    assert (large - small) / 10_000 < 600, "bytes for each response, its id and the file itself among them"
