"""What stands in a workbook as it goes out: a department's own answers, marks at faulty cells, last round's values.

It is written over the blank workbook, cell by cell, by the map that the workbook carries.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from smartcity_xl.books.pages import Book
from smartcity_xl.books.styles import DOUBT, FAULT
from smartcity_xl.form.map import FIGURES, TemplatePlan
from smartcity_xl.form.template.notice import NOTICE_STYLES, CellPlace, ReturnNotice
from smartcity_xl.messages import label

PREVIOUS = "previous"
"""The column of last round's values; only a workbook that holds some has it."""
_PREVIOUS_WIDTH = 16.0
_UNLOCKED = frozenset({"unit", "as_of", "remark", "explanation"})
"""Columns in which something may stand where nothing is asked: it can be corrected."""


class CellContent(Struct, frozen=True):
    """What a cell holds: None, a text, a number, a truth value or a date. ``code``: its number format, if any."""

    value: object
    code: str = ""


class Mark(Struct, frozen=True):
    """A faulty cell: whether it must be corrected, and the note at it."""

    must: bool
    note: str


class Given(Struct, frozen=True):
    """All that is written into a workbook besides its form; blank by default.

    A cell that is marked and may be filled has an entry too, be it an empty one. ``lines`` (indicator) and ``rows``
    (table) make room for what is more than a blank workbook has room for. ``previous`` are values of the round
    ``previous_round`` by slot, in words: for comparison, never in a cell that is filled.
    """

    entries: Mapping[CellPlace, CellContent] = field(default_factory=dict)
    marks: Mapping[CellPlace, Mark] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    notice: ReturnNotice | None = None
    previous: Mapping[str, str] = field(default_factory=dict)
    previous_round: str = ""


BLANK = Given()


def hold_entries(book: Book, given: Given) -> None:
    """Let formulas see what is given, where there is a place for it; nothing is written."""
    for place, entry in given.entries.items():
        page = book.marked[place.role]
        if place.key in page.rows and place.column in page.columns:
            page.hold(page.rows[place.key], page.columns[place.column], entry.value, entry.code)


def fill_in(book: Book, plan: TemplatePlan, given: Given) -> None:
    """Write what is given over a workbook that is complete but for it."""
    for place, entry in given.entries.items():
        page, mark = book.marked[place.role], given.marks.get(place)
        row, column = page.rows[place.key], page.columns[place.column]
        colour = (FAULT if mark.must else DOUBT) if mark else ""
        page.refill(row, column, entry.value, entry.code, colour, unlock=place.column in _UNLOCKED)
    for place, mark in given.marks.items():
        page = book.marked[place.role]
        page.comment(page.rows[place.key], page.columns[place.column], mark.note)
    if given.previous:
        _compare(book, plan, given)


def name_styles(book: Book) -> None:
    """How the cells of a workbook that goes back look, all that are usual: they are the same in every one."""
    for style in NOTICE_STYLES:
        book.format(style)
    for style in ("input_number", "input_choice", "input_text"):
        for colour in (FAULT, DOUBT):
            book.format_filled(style, "", colour, unlock=False)
    for style in ("input_text", "input_choice"):
        for colour in ("", FAULT, DOUBT):
            book.format_filled(style, "", colour, unlock=True)


def _compare(book: Book, plan: TemplatePlan, given: Given) -> None:
    """Last round's values in a locked column of their own, to the right of all that is filled."""
    page = book.marked[FIGURES]
    at = len(page.columns)
    page.worksheet.set_column(at, at, _PREVIOUS_WIDTH)
    page.widths = (*page.widths, _PREVIOUS_WIDTH)
    page.text(0, at, PREVIOUS, "plain")
    heading = label("figures.previous", round=given.previous_round)
    page.text(plan.FIRST_ROW - 1, at, heading, "head")
    page.height(plan.FIRST_ROW - 1, {at: heading})
    for row in plan.rows:
        said = given.previous.get(row.key, "")
        page.text(row.row, at, said, "previous")
        page.height(row.row, {at: said})
    for head in plan.heads:
        page.blank(head.row, at, "band")
