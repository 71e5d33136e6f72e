"""The workbook of a comparison, sheet by sheet. The same comparison gives the same bytes."""

from __future__ import annotations

from smartcity_xl.books.identity import COMPARISON_KIND, LAYOUT
from smartcity_xl.books.pages import Book, write_identity
from smartcity_xl.messages import label
from smartcity_xl.results.compared import ComparedResults
from smartcity_xl.summary.comparison.front import write_front
from smartcity_xl.summary.comparison.lists import (
    write_apart,
    write_figures,
    write_indicators,
    write_levels,
    write_notes,
    write_points,
)
from smartcity_xl.summary.comparison.sheets import find_rows


def write_comparison(made: ComparedResults) -> bytes:
    book, rows = Book(label("compare.title")), find_rows(made)
    write_front(book, made, rows)
    write_levels(book, made)
    write_indicators(book, made, rows)
    write_points(book, made, rows)
    write_figures(book, made)
    write_apart(book, made, rows)
    write_notes(book, made)
    write_identity(book, (("kind", COMPARISON_KIND), ("layout", LAYOUT)))
    return book.close()
