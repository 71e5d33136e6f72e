"""What every workbook of ours shares: fonts, colours, heights, and writing that cannot turn text into a formula.

A thin layer over XlsxWriter. The same inputs give the same bytes: nothing here reads a clock.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from smartcity_xl.books.cells import Spot, cell_name, reference
from smartcity_xl.books.charts import describe_drawn
from smartcity_xl.books.identity import IDENTITY_SHEET, MARKER
from smartcity_xl.books.live import Addressed, Area, Live, Operands, cached
from smartcity_xl.books.reckoning import HeldCell, Reckoning
from smartcity_xl.books.styles import BASE, BODY, CONDITIONAL, LINKED, SIZES, STYLES
from smartcity_xl.books.texts import (
    EDGES,
    HIGHEST,
    PIXELS,
    clean_text,
    height_of_text,
    lines_needed,
    property_text,
    short_note,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format

    from smartcity_xl.books.quick_cells import QuickWorksheet, ReadyRule
    from smartcity_xl.books.stamped_sheet import StampedSheet
    from smartcity_xl.books.whole_rows import WholeRows

_EPOCH = datetime.datetime(2000, 1, 1)


class _InFull(float):
    """A number that is written with all its digits: XlsxWriter gives it sixteen, and a few numbers need one more."""

    def __format__(self, code: str) -> str:
        shown = format(float(self), code)
        return shown if float(shown) == self else repr(float(self))


class Book:
    """A workbook being written to memory; ``close`` gives its bytes."""

    def __init__(self, title: str) -> None:
        from smartcity_xl.books.stamping import StampedWorkbook

        self.workbook = StampedWorkbook()
        self.entitle(title)
        self.pages: list[Page] = []
        self.marked: dict[str, Page] = {}
        """The pages that carry a map, by their role."""
        self.reckoning = Reckoning()
        self.formulas: list[PendingFormula] = []
        self._formats: dict[object, Format] = {}
        self._laid_out: dict[HeldCell, PendingFormula] = {}
        """The formulas that stand there already, with the results that they have while nothing is filled in."""

    def entitle(self, title: str) -> None:
        self.workbook.set_properties({"title": property_text(title), "created": _EPOCH})

    def format(self, style: str, **changes: object) -> Format:
        """How cells look. Formats are numbered as they are made: those of the cells that are written last come last."""
        key = (style, *sorted(changes.items())) if changes else style
        known = self._formats.get(key)
        if known is None:
            base = {} if style in CONDITIONAL else BASE
            look = {**base, **STYLES[style], **changes}
            alike = (style in CONDITIONAL, *sorted(look.items()))  # else its number were looked for at every cell
            known = self._formats.get(alike)
            if known is None:
                known = self._formats[alike] = self.workbook.add_format(look)
                if style not in CONDITIONAL:
                    known._get_xf_index()
            self._formats[key] = known
        return known

    def format_filled(self, style: str, code: str, mark: str, unlock: bool) -> Format:
        """How a cell looks that was filled: with a number format and a fill, and open to be corrected."""
        key = style, code, mark, unlock
        known = self._formats.get(key)
        if known is None:
            changes: dict[str, object] = {"num_format": code[:255]} if code else {}
            if mark:
                changes["bg_color"] = mark
            if unlock:
                changes["locked"] = False
            known = self._formats[key] = self.format(style, **changes)
        return known

    def page(self, name: str, widths: tuple[float, ...]) -> Page:
        from smartcity_xl.books.stamped_sheet import StampedSheet

        worksheet = self.workbook.add_worksheet(name, StampedSheet)
        page = Page(self, worksheet, name, widths)
        worksheet.put_widths(widths)
        self.pages.append(page)
        return page

    def close(self) -> bytes:
        self._write_results()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            data = self.workbook.packed()
        self._fall_apart()
        return data

    def _fall_apart(self) -> None:
        """What was written is large, and all of it hangs together in rings: whole, it would wait until somebody looks
        for those, and be looked through once more."""
        for one in self.formulas:
            one.cell.formula = None
        for page in self.pages:
            page.forget()
        self.formulas.clear()
        self.pages.clear()
        self.marked.clear()
        self.reckoning.forget_shared()
        self.workbook.worksheets_objs.clear()
        self.workbook.sheetnames.clear()

    def lay_out(self) -> None:
        """The workbook is done but for what differs from one to the next; that is written to forks of it."""
        with self.reckoning.laying_out():
            self._write_results()
        self._laid_out = {one.cell: one for one in self.formulas if one.cell.formula is not None}
        self.formulas = []
        self.workbook.remember()

    @contextmanager
    def fork(self) -> Iterator[Book]:
        """This workbook once more, to be written to and closed, and without a trace."""
        other = object.__new__(Book)
        vars(other).update(vars(self))
        other.workbook = self.workbook.fork()
        other.pages = [page.fork(other) for page in self.pages]
        other.marked = {role: other.pages[page.index] for role, page in self.marked.items()}
        other._formats, other.formulas = dict(self._formats), []
        try:
            with self.reckoning.trying():
                yield other
        finally:
            other.pages.clear()  # each holds the book: in a ring they would wait until garbage is looked for
            other.marked.clear()

    def _write_results(self) -> None:
        """Write every formula; of those that were laid out, all that come to something else."""
        pages, laid_out = self.pages, self._laid_out
        for cell in self.reckoning.other_results():
            if cell.formula is not None:  # nothing was written over it
                one = laid_out[cell]
                pages[one.page].settle_again(one)
        for one in self.formulas:
            if one.cell.formula is not None:
                pages[one.page].settle(one)


class PendingFormula(Struct, frozen=True):
    """A formula of a page, to be written once all cells hold what they will hold. Without ``text``: not a cell, but
    words whose height a row must have room for."""

    page: int
    row: int
    column: int
    cell: HeldCell
    style: str
    text: str


class Page:
    """A worksheet being written. A width of 0 hides a column. Rows and columns count from 0."""

    def __init__(self, book: Book, worksheet: StampedSheet, name: str, widths: tuple[float, ...]) -> None:
        self.book, self.name, self.widths = book, name, widths
        self.index = worksheet.index
        self._worksheet: StampedSheet | None = worksheet
        self.columns: dict[str, int] = {}
        self.rows: dict[str, int] = {}
        """Where the columns and keys of the map stand."""
        self._held: dict[tuple[int, int], HeldCell | object] = {}
        """What stands in a cell: as formulas on the page see it, or, until one looks, its content."""
        self._styles: dict[tuple[int, int], str] = {}
        self._heights: dict[int, float] = {}
        self._needs: dict[int, float] = {}
        """The height that the result of a formula needs."""
        self._spans: dict[tuple[int, int], float] = {}
        self._levels: dict[int, int] = {}
        self._whole: WholeRows | None = None
        self._seen: dict[tuple[int, int], Live] = {}

    def fork(self, book: Book) -> Page:
        other = object.__new__(Page)
        vars(other).update(vars(self))
        other.book, other._worksheet, other._whole, other._seen = book, None, None, {}
        return other

    def forget(self) -> None:
        """Let go of what was only needed to write."""
        if self._worksheet is not None:
            self._held.clear()
            self._seen.clear()
            self._whole = None

    @property
    def worksheet(self) -> StampedSheet:
        """To be written to; of a fork, its own from now on."""
        return self._own()

    def _own(self) -> StampedSheet:
        if self._worksheet is None:
            self._worksheet = self.book.workbook.own(self.index)
            for name in ("columns", "rows", "_held", "_styles", "_heights", "_needs", "_spans", "_levels"):
                setattr(self, name, getattr(self, name).copy())
        return self._worksheet

    def text(self, row: int, column: int, value: str, style: str = "cell", to: Spot | str | None = None) -> None:
        """Write text as text, whatever it looks like; ``to`` is what the cell leads to, if to anything."""
        sheet = self._worksheet or self._own()
        if column == 0 and row and self.columns:
            self.rows[value] = row
        if not value:
            self.blank(row, column, style)
            return
        at = row, column
        self._styles[at] = style
        if type(self._held.get(at)) is HeldCell:
            self.hold(row, column, value)
        else:
            self._held[at] = value
        form = self.book.format(style) if to is None else self._linked(row, column, style, to)
        sheet.put_text(row, column, clean_text(value), form)

    def number(self, row: int, column: int, value: float, style: str = "number", to: Spot | str | None = None) -> None:
        sheet = self.worksheet
        self.hold(row, column, value)
        sheet.put_number(row, column, value, self._linked(row, column, style, to))

    def _linked(self, row: int, column: int, style: str, to: Spot | str | None) -> Format:
        """The format of a cell that may lead somewhere: to a cell of this workbook, or to a file beside it (its way
        from here, with forward slashes). What a sheet has no room for stays what it is."""
        return self.look(style, to is not None and self.point(row, column, to))

    def point(self, row: int, column: int, to: Spot | str) -> bool:
        """Have a cell lead somewhere, whatever stands in it; whether there was room for one more."""
        return (self._worksheet or self._own()).point(row, column, to)

    def look(self, style: str, linked: bool = False) -> Format:
        """How cells of a style look; of those that lead somewhere."""
        return self.book.format(style, **LINKED) if linked else self.book.format(style)

    @property
    def whole(self) -> WholeRows:
        """The rows to which nothing is written later, and at which no formula here looks."""
        if self._whole is None:
            from smartcity_xl.books.whole_rows import WholeRows

            self._whole = WholeRows(self.worksheet, self.widths, SIZES, self.look)
        return self._whole

    def blank(self, row: int, column: int, style: str = "cell") -> None:
        sheet = self._worksheet or self._own()
        at = row, column
        self._styles[at] = style
        if type(self._held.get(at)) is HeldCell:
            self.hold(row, column, None)
        else:
            self._held[at] = None
        sheet.put_blank(row, column, self.book.format(style))

    def formula(
        self, row: int, column: int, formula: str, cached: str | float, style: str = "cell", to: Spot | None = None
    ) -> None:
        """Write a formula together with the value it has now, which is what viewers and readers show."""
        sheet = self.worksheet
        self.hold(row, column, cached)
        self._styles[row, column] = style
        sheet.put_formula(row, column, formula, self._linked(row, column, style, to), cached)

    def live(self, row: int, column: int, formula: Live, style: str = "cell") -> None:
        """Write a formula; its result is what it comes to when the workbook is closed."""
        self._own()
        self._styles[row, column] = style
        self.book.format(style)
        found = self._cell(row, column)
        found.compute(formula.way)
        self.book.formulas.append(PendingFormula(self.index, row, column, found, style, formula.text))

    def make_room(self, row: int, column: int, words: Live) -> None:
        """Make a row high enough for what one formula in it comes to."""
        found = HeldCell(self.book.reckoning)
        found.compute(words.way)
        self.book.formulas.append(PendingFormula(self.index, row, column, found, "", ""))

    def settle(self, one: PendingFormula) -> None:
        """Write a formula with what it comes to now."""
        sheet, value = self._worksheet or self._own(), one.cell.find()
        if one.text:
            sheet.put_plain(one.row, one.column, one.text, self.book.format(one.style), cached(value))
        else:
            self._needs[one.row] = EDGES + self._needed(one.row, one.column, str(value), {})
            self._set_row(one.row)

    def settle_again(self, one: PendingFormula) -> None:
        """The same of one that stands there already, with another result."""
        sheet = self._worksheet or self._own()
        if one.text:
            sheet.replace_result(one.row, one.column, cached(one.cell.held))
        else:
            self.settle(one)

    def hold(self, row: int, column: int, content: object, code: str = "") -> None:
        """Note what a cell holds, for formulas; ``code`` is its number format."""
        if self._worksheet is None:
            self._own()
        held = self._held.get((row, column))
        if type(held) is HeldCell:
            held.hold(content, code)
        elif code:
            self._held[row, column] = HeldCell(self.book.reckoning, content, code)
        else:
            self._held[row, column] = content

    def _cell(self, row: int, column: int) -> HeldCell:
        at = row, column
        held = self._held.get(at)
        if type(held) is HeldCell:
            return held
        made = self._held[at] = HeldCell(self.book.reckoning, held)
        return made

    def seen(self, row: int, column: int) -> Live:
        """A cell as formulas on this page see it."""
        at = row, column
        known = self._seen.get(at)
        if known is None:
            known = self._seen[at] = Addressed(cell_name(row, column), self._cell(row, column))
        return known

    def cells(self, places: Iterable[tuple[int, int]]) -> Operands:
        """Operands as formulas on this page see them: each by its row and column."""
        listed = list(places)
        return Operands([cell_name(*at) for at in listed], [self._cell(*at) for at in listed])

    def seen_afar(self, row: int, column: int) -> Live:
        """A cell as formulas on other pages see it."""
        return Addressed(reference(self.name, row, column), self._cell(row, column))

    def area(self, rows: Sequence[int], column: int, afar: bool = False, to: int | None = None) -> Area:
        """Neighbouring rows of a column, or of all columns as far as ``to``."""
        first, last = rows[0], rows[-1]
        start = reference(self.name, first, column) if afar else cell_name(first, column)
        end = cell_name(last, column if to is None else to)
        if afar:
            end = reference("", last, column if to is None else to).partition("!")[2]
        held, columns = self._held.get, range(column, (column if to is None else to) + 1)
        return Area(
            f"{start}:{end}",
            [
                one if type(one := held((row, at))) is HeldCell else self._cell(row, at)
                for row in rows
                for at in columns
            ],
        )

    def areas_down(self, first: int, last: int, column: int) -> Callable[[int], Area]:
        """What gives the neighbouring rows of a column from the first as far as a row, itself not."""
        whole, start = self.area(range(first, last), column), cell_name(first, column)
        return lambda end: Area(f"{start}:{cell_name(end - 1, column)}", whole.cells[: end - first])

    def refill(
        self, row: int, column: int, value: object, code: str = "", mark: str = "", unlock: bool = False
    ) -> None:
        """Write over a cell of the map, in its own style: ``value`` is None, a text, a number, a truth value or a date.

        ``code`` is a number format, ``mark`` a fill. A text stays text, whatever it looks like.
        """
        style, sheet = self._styles.get((row, column), "cell"), self._worksheet or self._own()
        form = self.book.format_filled(style, code, mark, unlock)
        self.hold(row, column, value, code)
        match value:
            case None | "":
                sheet.put_blank(row, column, form)
            case bool():
                _must(sheet.write_boolean(row, column, value, form))
            case int() | float():
                sheet.put_number(row, column, _InFull(value), form)
            case datetime.date():
                _must(sheet.write_datetime(row, column, value, form))
            case _:
                said, width = str(value), self._spans.get((row, column)) or self.widths[column]
                sheet.put_text(row, column, clean_text(said), form)
                points = EDGES + height_of_text(said, width, SIZES[style])
                needed = max(points, self._heights.get(row, 20))
                if needed != self._heights.get(row):
                    self._heights[row] = needed
                    self._set_row(row)

    def link(self, row: int, column: int, sheet: str, cell: str, text: str) -> None:
        """A link to a cell of this workbook."""
        _must(self.worksheet.write_url(row, column, f"internal:'{sheet}'!{cell}", self.book.format("link"), text))

    def chart(self, row: int, column: int, chart: Any, caption: str, **place: Any) -> None:
        """A chart at a cell, with words for who cannot see it: ``caption`` says what it shows of a table."""
        said = {"description": describe_drawn(chart, caption)}
        _must(self.worksheet.insert_chart(row, column, chart, said | place))

    def chart_row(self, row: int, chart: Any, caption: str, height: int) -> int:
        """A chart as wide as the page in a row of its own, ``height`` points high; gives the next row."""
        self.worksheet.set_row(row, height)
        width = sum(int(width * 7 + 5) for width in self.widths)
        chart.set_size({"width": width - 8, "height": int(height * 96 / 72) - 6})
        self.chart(row, 0, chart, caption, x_offset=4, y_offset=3, object_position=2)
        return row + 1

    def comment(self, row: int, column: int, text: str) -> None:
        """A note at a cell, large enough to be read."""
        text = short_note(clean_text(text))
        lines = lines_needed(text, 40)
        size = {"width": 300, "height": 24 + 18 * lines, "font_name": BODY, "font_size": 10, "author": ""}
        _must(self.worksheet.write_comment(row, column, text, size))

    def merged(self, row: int, first: int, last: int, value: str, style: str, to: Spot | str | None = None) -> None:
        if first != last:
            self.join(row, first, last, style)
        self.text(row, first, value, style, to)

    def join(self, row: int, first: int, last: int, style: str) -> None:
        """Draw cells of a row together; what stands in the first is still to be written."""
        self.worksheet.put_merged(row, first, last, self.book.format(style))
        self._spans[row, first] = self.span(first, last)

    def span(self, first: int, last: int) -> float:
        """The width of columns drawn together: each brings its edges."""
        shown = [width for width in self.widths[first : last + 1] if width]
        return sum(shown) + (len(shown) - 1) * 5 / PIXELS

    def height(self, row: int, texts: dict[int, str], span: dict[int, float] | None = None, least: float = 20) -> None:
        """Make a row high enough for its texts: column -> text; ``span`` overrides a column's width."""
        self._own()
        needed = max(least, self._heights.get(row, 0))
        for column, text in texts.items():
            points = EDGES + self._needed(row, column, text, span or {})
            if points > needed:
                needed = points
        self._heights[row] = needed
        self._set_row(row)

    def room_for(self, texts: Mapping[int, tuple[str, str]], least: float = 20) -> float:
        """How high a row must be for texts: column -> text and its style."""
        heights = (height_of_text(said, self.widths[at], SIZES[style]) for at, (said, style) in texts.items())
        return max(least, EDGES + max(heights, default=0.0))

    def fold(self, row: int, level: int) -> None:
        """Put a row below the next one above it that has a lower level, where it can be folded away."""
        self._own()
        self._levels[row] = level
        self._set_row(row)

    def _set_row(self, row: int) -> None:
        known = max(self._heights.get(row, -1.0), self._needs.get(row, -1.0))
        height = min(known, HIGHEST) if known >= 0 else None
        (self._worksheet or self._own()).put_height(row, height, self._levels.get(row, 0))

    def _needed(self, row: int, column: int, text: str, span: Mapping[int, float]) -> float:
        size = SIZES[self._styles.get((row, column), "cell")]
        width = span.get(column) or self._spans.get((row, column)) or self.widths[column]
        return height_of_text(text, width, size)

    def height_of(self, row: int) -> float:
        return self._heights.get(row, 0.0)

    def map_columns(self, marker: str, columns: Iterable[str]) -> None:
        """The hidden first row: the sheet's marker, then the names of the columns after the first."""
        role = marker.removeprefix(MARKER)
        self.book.marked[role] = self
        for position, name in enumerate((marker, *columns)):
            self.text(0, position, name, "plain")
            self.columns["key" if position == 0 else name] = position
        self.hide_row(0)

    def entitle(self, title: str, hint: str, last: int) -> None:
        """Title in row 1, and a hint in row 2 from the second column to the column ``last``."""
        self.text(1, 1, title, "title")
        self.worksheet.set_row(1, 28)
        self.merged(2, 1, last, hint, "hint")
        self.height(2, {1: hint})

    def head_columns(self, row: int, headings: Mapping[int, str]) -> None:
        """The row of headings: column -> heading."""
        for column, heading in headings.items():
            self.text(row, column, heading, "head")
        self.height(row, dict(headings), least=22)

    def hide_row(self, row: int) -> None:
        self.worksheet.set_row(row, None, None, {"hidden": True})

    def validate(self, row: int, column: int, options: dict[str, Any]) -> None:
        """What may be typed into a cell."""
        sheet = self.worksheet
        sheet.put_rule(sheet.word_rule(row, column, options))

    def put_rule(self, rule: ReadyRule) -> None:
        """The rule of a cell, as ``word_rule`` has it."""
        self.worksheet.put_rule(rule)

    def protect(self) -> None:
        """Lock all but the input cells; columns and rows may still be resized, so that nothing stays cut off."""
        self.worksheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})

    def print_on_a4(self, landscape: bool, head: int | None, footer: str, one_page: bool = False) -> None:
        """One page wide on A4; ``head`` is the last row (from 0) of the headings repeated on every page."""
        if landscape:
            self.worksheet.set_landscape()
        self.worksheet.set_paper(9)
        self.worksheet.center_horizontally()
        self.worksheet.fit_to_pages(1, 1 if one_page else 0)
        self.worksheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.worksheet.set_footer(footer)
        if head is not None:
            self.worksheet.repeat_rows(head)  # the heading row alone: titles need not stand on every page


def word_rule(row: int, column: int, options: dict[str, Any]) -> ReadyRule:
    """The rule of a cell, for all the sheets that have the same one there."""
    return _sheet_of_rules().word_rule(row, column, options)


@cache
def _sheet_of_rules() -> QuickWorksheet:
    """One on which nothing ever stands."""
    from smartcity_xl.books.quick_cells import QuickWorksheet

    return QuickWorksheet()


def open_identity(book: Book) -> Page:
    """The very hidden sheet that says what a workbook is, still empty."""
    page = book.page(IDENTITY_SHEET, (16, 40))
    page.worksheet.very_hidden()
    page.protect()
    return page


def write_identity(book: Book, fields: Iterable[tuple[str, str]], opened: Page | None = None) -> None:
    """What a workbook is, on its very hidden sheet and as document properties."""
    page = opened or open_identity(book)
    for row, (field, value) in enumerate(fields):
        page.whole.write(row, [(0, field, "plain", None), (1, value, "plain", None)], None, measured=False)
        book.workbook.note_property(f"xlscore.{field}", property_text(value))


def _must(result: int | None) -> None:
    """XlsxWriter reports a cell it drops by a number; a dropped cell is a bug of ours."""
    if result:
        raise AssertionError(f"XlsxWriter refused a cell: {result}")
