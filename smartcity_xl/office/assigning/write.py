"""A catalog -> the workbook in which the office says who answers what, blank or begun from another assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.kinds import ASSIGNMENT_KIND
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.office.assigning.carry import Carried
from smartcity_xl.office.assigning.form import (
    DEPARTMENT_COLUMNS,
    DEPARTMENT_ROWS,
    DEPARTMENTS,
    DUTIES,
    FIRST_ROW,
    SETTING_COLUMNS,
    SETTING_KEYS,
    SETTINGS,
)
from smartcity_xl.office.assigning.kept import write_kept
from smartcity_xl.office.assigning.rows import DutyRows, write_duty_rows
from smartcity_xl.office.assigning.told import tell_carried


def write_assignment_book(catalog: Catalog, carried: Carried | None = None) -> bytes:
    """The assignment workbook of a system, blank, or begun from another assignment. The same gives the same bytes."""
    book = Book(label("assign.title", system=catalog.title))
    _write_settings(book, catalog, carried)
    rows = _write_departments(book, carried)
    _write_duties(book, catalog, carried, rows)
    if carried:
        write_kept(book, carried)
    fields = {"kind": ASSIGNMENT_KIND, "catalog": catalog.id, "version": catalog.version}
    write_identity(book, fields.items())
    return book.close()


def _start(book: Book, name: str, headings: Mapping[str, str], widths: Sequence[float], title: str, hint: str) -> Page:
    """A sheet with its hidden row, title, hint and headings (column -> heading, the first of them the keys); a width of
    0 hides a column."""
    page = book.page(label(f"assign.sheet_{name}"), tuple(widths))
    columns = tuple(headings)
    page.map_columns(MARKER + name, columns[1:])
    shown = [at for at, width in enumerate(widths) if width]
    last = min(shown[-1], shown[0] + 6)
    page.text(1, shown[0], title, "title")
    page.worksheet.set_row(1, 28)
    page.merged(2, shown[0], last, hint, "hint")
    page.height(2, {shown[0]: hint}, {shown[0]: sum(widths[shown[0] : last + 1])})
    page.head_columns(FIRST_ROW - 1, {at: headings[columns[at]] for at in shown})
    page.worksheet.freeze_panes(FIRST_ROW, 0)
    page.print_on_a4(landscape=name == DUTIES, head=FIRST_ROW - 1, footer=f"&R{label('word.page')}")
    return page


def _headings(name: str, columns: Sequence[str]) -> dict[str, str]:
    return {column: label(f"assign.{name}_{column}") if column != "key" else "" for column in columns}


def _write_settings(book: Book, catalog: Catalog, carried: Carried | None) -> None:
    title = label("assign.title", system=catalog.title)
    headings = _headings(SETTINGS, SETTING_COLUMNS)
    page = _start(book, SETTINGS, headings, (0, 22, 44, 44), title, label("assign.hint_settings"))
    given = carried.settings if carried else {}
    for row, key in enumerate(SETTING_KEYS, start=FIRST_ROW):
        page.text(row, 0, key, "plain")
        page.text(row, 1, label(f"assign.setting_{key}"), "label")
        page.text(row, 2, given.get(key, ""), "input_text")
        text = label(f"assign.setting_{key}_hint")
        page.text(row, 3, text, "small")
        page.height(row, {2: given.get(key, ""), 3: text}, least=26)
    row = FIRST_ROW + len(SETTING_KEYS)
    for line, style in tell_carried(catalog, carried) if carried else ():
        row += 1
        page.merged(row, 1, 3, line, style)
        page.height(row, {1: line}, {1: sum(page.widths)})
    page.protect()


def _write_departments(book: Book, carried: Carried | None) -> DutyRows:
    """The departments; gives where their names stand, for the sheet of the duties."""
    listed = tuple(carried.assignment.departments.values()) if carried else ()
    rows = max(DEPARTMENT_ROWS, len(listed) + 20)
    hint = label("assign.hint_departments", rows=rows)
    if listed:
        hint = "\n".join((hint, label("assign.hint_former")))
    headings = _headings(DEPARTMENTS, DEPARTMENT_COLUMNS)
    widths = (40, 60, 40 if listed else 0)
    page = _start(book, DEPARTMENTS, headings, widths, label("assign.sheet_departments"), hint)
    for at in range(rows):
        row, one = FIRST_ROW + at, listed[at] if at < len(listed) else None
        page.text(row, 0, one.name if one else "", "input_text")
        page.text(row, 1, label("word.separator").join(one.aliases) if one else "", "input_text")
        page.text(row, 2, one.name if one else "", "small")
        page.height(row, {1: label("word.separator").join(one.aliases)} if one else {})
    page.protect()
    sheet, last = label("assign.sheet_departments"), FIRST_ROW + rows
    names = tuple(f"'{sheet}'!${column}${FIRST_ROW + 1}:${column}${last}" for column in "ABC")
    book.workbook.define_name("xlscore_departments", f"={names[0]}")
    return DutyRows(names[0], names[2] if listed else "", frozenset(one.name for one in listed))


def _write_duties(book: Book, catalog: Catalog, carried: Carried | None, rows: DutyRows) -> None:
    rows = rows.for_catalog(catalog, carried)
    widths = [0.0, 16.0, 44.0, 10.0, 26.0, 34.0, 18.0, 20.0, *((26.0, 26.0) if carried else (0.0, 0.0))]
    headings = _headings(DUTIES, rows.columns) | rows.suggested
    widths += [32.0] * len(rows.suggested)
    title = label("assign.sheet_duties")
    page = _start(book, DUTIES, headings, widths, title, label("assign.hint_duties"))
    last = write_duty_rows(page, catalog, carried, rows)
    _mark_open(page, last)
    page.worksheet.autofilter(FIRST_ROW - 1, 1, last, len(headings) - 1)
    page.worksheet.freeze_panes(FIRST_ROW, 3)
    page.worksheet.print_area(f"A1:{cell_name(last, len(rows.columns) - 1)}")
    page.protect()


def _mark_open(page: Page, last: int) -> None:
    """What is left to do stands out, and goes as soon as it is done."""
    column = page.columns["check"]
    for name, style in (("open", "warn"), ("unknown", "bad"), ("both", "bad")):
        page.worksheet.conditional_format(FIRST_ROW, column, last, column, {
            "type": "cell", "criteria": "==", "value": '"' + label(f"assign.check_{name}") + '"',
            "format": page.book.format(style),
        })  # fmt: skip
