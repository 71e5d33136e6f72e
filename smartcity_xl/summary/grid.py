"""A sheet that is one list under headings."""

from __future__ import annotations

from dataclasses import dataclass

from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label


@dataclass(frozen=True, slots=True)
class Head:
    """``name`` is the heading's key in the labels, section ``head``."""

    name: str
    width: float


def write_head(
    book: Book, sheet: str, columns: tuple[Head, ...], first_row: int, freeze: int, headings: bool = True
) -> Page:
    """Start a list sheet: title in row 0, a hint in row 1, headings right above ``first_row``; A4, landscape."""
    page = book.page(label(f"sheet.{sheet}"), tuple(column.width for column in columns))
    page.text(0, 0, label(f"sheet.{sheet}"), "title")
    page.worksheet.set_row(0, 28)
    hint = label(f"sheet_hint.{sheet}")
    page.merged(1, 0, len(columns) - 1, hint, "hint")
    page.height(1, {0: hint}, {0: sum(column.width for column in columns)})
    if headings:
        for number, column in enumerate(columns):
            page.text(first_row - 1, number, label(f"head.{column.name}"), "head")
        page.worksheet.set_row(first_row - 1, 22)
    page.worksheet.freeze_panes(first_row, freeze)
    page.print_on_a4(landscape=True, head=first_row - 1, footer=f"&R{label('word.page')}")
    return page
