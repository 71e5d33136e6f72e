"""A department's workbook on paper: every word large enough to be read, rows as high as their text, no title cut."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import openpyxl
import pytest
from answered_forms import ISSUE, assignments_of, give
from hand_worked import CATALOGS
from openpyxl.utils import get_column_letter
from returned import INBOX, write_returns

from smartcity_xl.books.texts import lines_needed
from smartcity_xl.form.template import Given, write_template
from smartcity_xl.messages import label
from smartcity_xl.run.collecting import assess

LEAST = 8.0
"""Points; what is smaller cannot be read on paper."""
CHECKED = 5
"""Lines that the longest words of a live check take: a row has room for what its check may come to."""
A4 = (8.27, 11.69)
_EDGES = 5 / 7
"""What a file says of a column's width beyond its units."""


def books(system: str) -> Iterator[Any]:
    """Blank, with answers, and with last round's values beside them."""
    catalog = CATALOGS[system]
    earlier = Given(previous=dict.fromkeys(catalog.slots, "123,456 万元"), previous_round="2025")
    for assignment, departments in assignments_of(system):
        for given in (give(system, assignment, departments[0], "faulty"), earlier):
            data = write_template(catalog, assignment, departments[0], ISSUE, given)
            yield openpyxl.load_workbook(io.BytesIO(data))


@lru_cache(maxsize=8)
def widths(sheet: Any) -> dict[str, float]:
    """Letter of a column that is shown -> its width in units."""
    found = {}
    for column in sheet.column_dimensions.values():
        if not column.hidden:
            for at in range(column.min, column.max + 1):
                found[get_column_letter(at)] = column.width - _EDGES
    return found


@lru_cache(maxsize=8)
def scale(sheet: Any) -> float:
    """By how much a sheet is made smaller to be one page wide."""
    across = A4[1] if sheet.page_setup.orientation == "landscape" else A4[0]
    room = 72 * (across - sheet.page_margins.left - sheet.page_margins.right)
    return min(1.0, room / (0.75 * sum(7 * width + 5 for width in widths(sheet).values())))


def read_cells(sheet: Any) -> Iterator[Any]:
    """The cells of shown rows and columns that hold words of ours."""
    shown = widths(sheet)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, str) and cell.value and cell.column_letter in shown:
                yield cell


@pytest.mark.parametrize("system", CATALOGS)
def test_every_word_can_be_read_on_paper(system: str) -> None:
    found = []
    for book in books(system):
        for sheet in (one for one in book.worksheets if one.sheet_state == "visible"):
            for cell in read_cells(sheet):
                if cell.font.size * scale(sheet) < LEAST:
                    found.append(f"{sheet.title}!{cell.coordinate} {cell.font.size} at {scale(sheet):.2f}")
    assert found == []


@lru_cache(maxsize=8)
def drawn_together(sheet: Any) -> dict[str, Any]:
    """Cells that are drawn together, by the first of them, which is the one that holds their words."""
    return {f"{get_column_letter(one.min_col)}{one.min_row}": one for one in sheet.merged_cells.ranges}


def span_of(sheet: Any, cell: Any) -> float:
    """The width that a cell has for its text, drawn together with others or not."""
    shown = widths(sheet)
    merged = drawn_together(sheet).get(cell.coordinate)
    if merged is None:
        return shown[cell.column_letter]
    letters = [get_column_letter(at) for at in range(merged.min_col, merged.max_col + 1)]
    listed = [shown[one] for one in letters if one in shown]
    return sum(listed) + (len(listed) - 1) * 5 / 7


def needed(sheet: Any, cell: Any) -> int:
    lines = lines_needed(cell.value, span_of(sheet, cell), cell.font.size)
    return lines if cell.alignment.wrap_text else 1


@pytest.mark.parametrize("system", CATALOGS)
def test_no_words_of_ours_are_cut(system: str) -> None:
    """What does not wrap fits in its width; what wraps, in its height. (What formulas say is shorter.)"""
    found = []
    for book in books(system):
        for sheet in (one for one in book.worksheets if one.sheet_state == "visible"):
            for cell in read_cells(sheet):
                height = sheet.row_dimensions[cell.row].height or 15
                if cell.value.startswith("="):
                    continue
                if height + 1 < needed(sheet, cell) * cell.font.size * 1.3:
                    found.append(f"{sheet.title}!{cell.coordinate} {cell.value[:30]} in {height}")
                beyond = lines_needed(cell.value, span_of(sheet, cell), cell.font.size) > 1
                if not cell.alignment.wrap_text and beyond and cell.column > 2:
                    found.append(f"{sheet.title}!{cell.coordinate} {cell.value[:30]} runs over")
    assert found == []


@pytest.mark.parametrize("system", CATALOGS)
def test_no_row_is_higher_than_its_words_need(system: str) -> None:
    found = []
    for book in books(system):
        sheet = book[label("sheet.figures")]
        for row in sheet.iter_rows(min_row=5):
            lines = max((needed(sheet, cell) for cell in row if isinstance(cell.value, str) and cell.value[:1] != "="
                         and cell.column_letter in widths(sheet)), default=1)  # fmt: skip
            height = sheet.row_dimensions[row[0].row].height or 15
            if height > 24 and height > 5 + math.ceil(max(lines, CHECKED) * 10 * 1.4) + 1:
                found.append(f"{row[0].row} {row[2].value}: {height} for {lines} lines")
    assert found == []


def test_a_returned_workbook_can_be_read_on_paper() -> None:
    one = write_returns(assess(INBOX))[0]
    for sheet in openpyxl.load_workbook(io.BytesIO(one.data)).worksheets:
        if sheet.sheet_state == "visible":
            assert min(cell.font.size for cell in read_cells(sheet)) * scale(sheet) >= LEAST


LINES = [
    ("", 10, 1, "nothing"),
    ("一二三四五", 10.5, 1, "five ideographs in ten units"),
    ("一二三四五六", 10.5, 2, "six"),
    ("一二三四五。", 11, 2, "a closing sign takes the sign before it along"),
    ("ABCDEFGHIJ", 11, 1, "ten letters"),
    ("一二三 ABCDEFG", 11, 2, "a word is not parted"),
    ("一\n二", 10, 2, "two lines"),
    ("x" * 30, 10, 4, "a word longer than the column"),
]


@pytest.mark.parametrize(("text", "width", "lines"), [row[:3] for row in LINES], ids=[row[3] for row in LINES])
def test_lines_that_a_text_takes(text: str, width: float, lines: int) -> None:
    assert lines_needed(text, width) == lines
