"""A sheet that is one list under headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.whole_rows import Content, ListRows
from smartcity_xl.messages import label
from smartcity_xl.summary.places import CONTENTS

FIRST_ROW = 3
"""The first row of a list, below its title, its hint and its headings."""
_TITLE = 22
"""The width that a title takes: what stands beside it begins behind that."""
_CENTRED = frozenset({
    "severity", "state", "reported", "used", "asked", "filled", "number", "cell", "cell_sheet", "as_of", "code", "also",
    "status", "kind", "before", "after", "effect", "received", "decision", "option", "unit", "given_unit", "own_unit",
    "standing", "answers", "evidence_state", "backed", "characters", "figures_tables", "ruling_holds",
})  # fmt: skip


class Head(Struct, frozen=True, dict=True):
    """``name`` is the heading's key in the labels, section ``head``; ``style`` that of the cells below it."""

    name: str
    width: float
    style: str = ""

    @cached_property
    def below(self) -> str:
        return self.style or ("centre" if self.name in _CENTRED else "cell")


class Line(Struct, frozen=True):
    """A row of a list: name of a column -> what stands there (nothing where it is left out), and what that leads to.
    ``level`` is how deep it can be folded away. ``style`` is that of the whole row, where it heads others; ``styles``
    those of single cells."""

    cells: Mapping[str, Content]
    to: Mapping[str, Spot | str | None] = field(default_factory=dict)
    level: int = 0
    style: str = ""
    styles: Mapping[str, str] = field(default_factory=dict)


def write_head(
    book: Book,
    sheet: str,
    columns: tuple[Head, ...],
    first_row: int,
    freeze: int,
    headings: bool = True,
    home: str = CONTENTS,
) -> Page:
    """Start a list sheet: title in row 0, and beside it the way to the sheet ``home``; a hint in row 1, headings right
    above ``first_row``; A4, landscape."""
    page = book.page(label(f"sheet.{sheet}"), tuple(column.width for column in columns))
    page.text(0, 0, label(f"sheet.{sheet}"), "title")
    page.worksheet.set_row(0, 28)
    write_way_back(page, home)
    hint = label(f"sheet_hint.{sheet}")
    page.merged(1, 0, len(columns) - 1, hint, "hint")
    page.height(1, {0: hint}, {0: sum(column.width for column in columns)})
    if headings:
        heads = {number: label(f"head.{column.name}") for number, column in enumerate(columns)}
        page.head_columns(first_row - 1, heads)
    page.worksheet.freeze_panes(first_row, freeze)
    page.worksheet.outline_settings(True, False, True, False)  # what can be folded stands below what heads it
    page.print_on_a4(landscape=True, head=first_row - 1, footer=f"&L&A&R{label('word.page')}")
    return page


def write_way_back(page: Page, home: str = CONTENTS) -> None:
    """The link to the contents, or to another sheet that leads to all, in the first row behind the title."""
    at, covered = 0, 0.0
    while covered < _TITLE and at < len(page.widths) - 1:
        covered, at = covered + page.widths[at], at + 1
    page.text(0, at, label(f"sheet.{home}"), "way", Spot(label(f"sheet.{home}"), 0))


def write_list(
    book: Book, sheet: str, columns: tuple[Head, ...], lines: Iterable[Line], freeze: int, filtered: bool = True
) -> None:
    """Write a list under its headings. No formula looks into it: of its cells nothing is kept but what is written."""
    page = write_head(book, sheet, columns, FIRST_ROW, freeze)
    row, rows = FIRST_ROW - 1, list_rows(page, columns)
    for row, line in enumerate(lines, start=FIRST_ROW):
        write_line(rows, row, line)
    if filtered:
        page.worksheet.autofilter(FIRST_ROW - 1, 0, max(row, FIRST_ROW), len(columns) - 1)


def list_rows(page: Page, columns: tuple[Head, ...]) -> ListRows:
    return page.whole.list([(one.name, one.below) for one in columns])


def write_line(rows: ListRows, row: int, line: Line) -> None:
    rows.write(row, line.cells, line.to, line.styles, line.style, 22 if line.style else 20, line.level)
