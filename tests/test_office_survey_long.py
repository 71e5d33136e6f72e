"""Files of many responses: read in pieces, and the same as in one."""

from __future__ import annotations

import csv
import datetime
import io
import random
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from make_survey import write_csv
from python_calamine import CalamineWorkbook
from questionnaires import lost, scored, small_form
from support import with_cell

from smartcity_xl.books import package
from smartcity_xl.books.refused import Refused
from smartcity_xl.office.survey import grids, shared, sheets
from smartcity_xl.office.survey.grids import open_grids
from smartcity_xl.office.survey.responses import _Twins
from smartcity_xl.office.survey.table import TextColumn

SHEET = "xl/worksheets/sheet1.xml"


@contextmanager
def cut_small(bytes_: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "BLOCK", bytes_)
        patch.setattr(sheets, "_FIRST", bytes_)
        patch.setattr(grids, "_PORTION", max(1, bytes_ // 100))
        patch.setattr(grids, "_WIDE", 0)
        yield


def rows_of(data: bytes) -> list[tuple[int, list[Any]]]:
    """All rows below the headings, their blank ends cut off."""
    found = []
    with open_grids(data, ["甲"]) as (grid,):
        assert grid.head == 0
        for numbers, columns in grid.portions():
            for number, *cells in zip(numbers, *columns, strict=True):
                while cells[-1] == "":
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


def respelt(data: bytes, found: str, planted: str) -> bytes:
    """A workbook with a place of its sheet written otherwise."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            text = source.read(name)
            if name == SHEET:
                assert found.encode() in text
                text = text.replace(found.encode(), planted.encode(), 1)
            changed.writestr(name, text)
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


@pytest.mark.parametrize("width", [1, 2, 4])
def test_lines_that_are_split_at_once_are_the_rows_that_the_library_reads(width: int) -> None:
    draw, split = random.Random(width), 0  # noqa: S311 - drawn anew the same each time
    kinds = ["满意", "5", " ", "a\u2028b", "\0", ""]
    for _ in range(4_000):
        lines = [",".join(draw.choices(kinds, k=width)) for _ in range(draw.randrange(1, 5))]
        text = "".join(line + draw.choice(["\n", "\r\n"]) for line in lines)
        text = text if draw.random() < 0.7 else text.rstrip("\r\n") + "5"
        odd = draw.choice([0, 0, 0, 1, 2, width + 1])
        for at in (draw.randrange(len(text)) for _ in range(odd)):
            text = text[:at] + draw.choice([",", ",", ",", "\n", "\r", '"']) + text[at + draw.randrange(2) :]
        columns = grids._split(text, ",", width)
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert not columns or list(map(list, zip(*columns, strict=True))) == rows
        assert columns or odd or not all(map(any, rows))
        split += bool(columns)
    assert split > 500


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
    data = respelt(book([["甲", "乙"], *[["满意", 4]] * 20]), found, planted)
    with cut_small(size), pytest.raises(Refused) as refused:
        rows_of(data)
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


def test_many_columns_are_laid_out_for_many_lines_at_once() -> None:
    """What is done once for each column, for each portion, costs more than what is done for each cell."""
    wide = "\r\n".join(["甲" + "," * 16_383, *["1" + "," * 16_383] * 200]).encode()
    with open_grids(wide, ["甲"]) as (grid,):
        assert 4 < len(list(grid.portions())) < 20
    with open_grids("\n".join(["甲,乙", *["1,2"] * 20_000]).encode(), ["甲"]) as (grid,):
        assert max(len(numbers) for numbers, _ in grid.portions()) < 5_000


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

    peak(10)  # what is loaded once is not of the responses
    small, large = peak(2_000), peak(12_000)
    assert (large - small) / 10_000 < 600, "bytes for each response, its id and the file itself among them"


@pytest.mark.parametrize("odd", ["二\u200b", "\ufeff三", "\u3000", 3, 1e16, ""])
def test_many_cells_are_the_texts_that_each_is(odd: object) -> None:
    cells = [" 1", "a ", "\x1cb", odd]
    assert grids.as_texts(cells) == [grids.as_text(cell) for cell in cells]


def test_a_text_that_many_cells_hold_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(grids, "as_text", lambda cell: seen.append(cell) or str(cell).strip())
    assert grids.as_texts(["满意 ", "很满意"] * 500) == ["满意", "很满意"] * 500
    assert len(seen) == 2


def test_responses_are_twins_only_where_each_cell_is_the_same() -> None:
    twins = _Twins()
    twins.add(("甲", "乙"), [["1", "1", "12", "1", "", "1\0"], ["23", "23 ", "3", "", "1", ""]])
    twins.add(("乙", "甲"), [["23", "", "1"], ["1", "1\0", ""]])
    assert list(twins.found) == [0, 1, 0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("texts", [256, 257, 600])
def test_a_column_of_many_texts_holds_each_where_it_stood(texts: int) -> None:
    column, cells = TextColumn(grids.as_text), [str(number % texts) for number in range(1_000)]
    for first in range(0, 1_000, 100):
        column.extend(cells[first : first + 100])
    assert [column[number] for number in range(1_000)] == cells
    assert column.times() == Counter(column.codes)
    assert isinstance(column.codes, bytearray) is (texts == 256)


def saved(rows: Sequence[Sequence[object]]) -> bytes:
    """As most programs save it: texts shared, numbers without a style."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = workbook.add_worksheet()
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    workbook.close()
    return stream.getvalue()


def taken_apart(data: bytes) -> tuple[list[tuple[int, list[Any]]], int]:
    """The rows, and how many pieces of the file were taken apart without the fast reader."""
    pieces = []
    with pytest.MonkeyPatch.context() as patch:
        put = shared.SharedRows.put
        patch.setattr(shared.SharedRows, "put", lambda *given: pieces.append(put(*given)) or pieces[-1])
        return rows_of(data), sum(map(bool, pieces))


def read_fast(data: bytes) -> list[tuple[int, list[Any]]]:
    """The rows as the fast reader alone gives them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared.SharedRows, "put", lambda *_: 0)
        return rows_of(data)


USUAL = [["甲", "乙", "丙", "丁"], *[["满意", 4, None, f" {at}\n<&>"] for at in range(30)], ["", -1.5, "", "末"]]
CHANGED = {
    "nothing": ("", ""),
    "a cell of a style": ('r="A9"', 'r="A9" s="0"'),
    "a blank cell of a style": ('<c r="D9"', '<c r="C9" s="0"/><c r="D9"'),
    "a row with nothing but a height": ("</sheetData>", '<row r="90" ht="20" customHeight="1"/></sheetData>'),
    "a row of blank cells": ("</sheetData>", '<row r="90"><c r="A90" s="0"/></row></sheetData>'),
    "a row far below": ("</sheetData>", '<row r="95"><c r="B95"><v>5</v></c></row></sheetData>'),
}  # fmt: skip
LEFT = {
    "a number of a style": ('r="B9"', 'r="B9" s="0"'),
    "a truth value": ('<c r="B9"><v>4', '<c r="B9" t="b"><v>1'),
    "an error value": ('<c r="B9"><v>4', '<c r="B9" t="e"><v>#N/A'),
    "a formula": ('<c r="B9">', '<c r="B9"><f>2+2</f>'),
    "a text in the cell": ('<c r="B9"><v>4</v>', '<c r="B9" t="inlineStr"><is><t>好</t></is>'),
    "a number with an exponent": ('<c r="B9"><v>4', '<c r="B9"><v>4e2'),
    "cells out of their order": ('<c r="D9"', '<c r="C9"><v>5</v></c><c r="B9"><v>6</v></c><c r="D9"'),
    "rows out of their order": ("</sheetData>", '<row r="9"><c r="B9"><v>5</v></c></row></sheetData>'),
    "a cell of another row": ('<c r="B9">', '<c r="B90">'),
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "planted", "apart"),
    [*((*one, True) for one in CHANGED.values()), *((*one, False) for one in LEFT.values())],
    ids=[*CHANGED, *LEFT],
)
def test_rows_taken_apart_are_the_rows_that_the_fast_reader_sees(found: str, planted: str, apart: bool) -> None:
    data = respelt(saved(USUAL), found, planted)
    rows, pieces = taken_apart(data)
    assert (pieces > 0) is apart
    expected = read_fast(data)
    assert rows == expected
    assert [list(map(type, cells)) for _, cells in rows] == [list(map(type, cells)) for _, cells in expected]
    with cut_small(400):
        assert not apart or rows_of(data) == expected


@pytest.mark.parametrize("number", ["999", "99999999999999999999"])
def test_a_cell_that_names_a_text_that_is_not_there_is_damage(number: str) -> None:
    data = respelt(saved(USUAL), '<c r="A9" t="s"><v>4', f'<c r="A9" t="s"><v>{number}')
    with pytest.raises(Refused) as refused:
        rows_of(data)
    assert refused.value.code == "damaged"
