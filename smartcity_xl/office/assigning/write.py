"""A catalog -> the workbook in which the office says who answers what."""

from __future__ import annotations

from collections.abc import Mapping

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.kinds import ASSIGNMENT_KIND
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Figure
from smartcity_xl.office.assigning.form import (
    DEPARTMENT_COLUMNS,
    DEPARTMENT_ROWS,
    DEPARTMENTS,
    DUTIES,
    DUTY_COLUMNS,
    FIRST_ROW,
    SETTING_COLUMNS,
    SETTING_KEYS,
    SETTINGS,
    is_asked,
)


def suggest_departments(catalog: Catalog) -> Mapping[str, str]:
    """Figure -> the departments that other systems' assignments name for the very same figure, with their source."""
    found: dict[str, list[str]] = {}
    for system in catalog_ids():
        other = load_catalog(system)
        for name in assignment_ids(system):
            assignment = load_assignment(other, name)
            for key in filter(assignment.asked.__contains__, catalog.figures):
                names = label("word.separator").join(assignment.name(d) for d in assignment.asked[key])
                if any(code in assignment.duties for code in other.used_by[key]):  # else the office stands in
                    text = label("assign.suggested", names=names, city=assignment.city, system=other.title)
                    found.setdefault(key, []).append(text)
    return {key: label("word.list").join(texts) for key, texts in found.items()}


def write_assignment_book(catalog: Catalog) -> bytes:
    """The blank assignment workbook of a system. The same system gives the same bytes."""
    book = Book(label("assign.title", system=catalog.title))
    _write_settings(book, catalog)
    _write_departments(book)
    _write_duties(book, catalog)
    fields = {"kind": ASSIGNMENT_KIND, "catalog": catalog.id, "version": catalog.version}
    write_identity(book, fields.items())
    return book.close()


def _start(book: Book, name: str, columns: tuple[str, ...], widths: tuple[float, ...], title: str, hint: str) -> Page:
    page = book.page(label(f"assign.sheet_{name}"), widths)
    page.map_columns(MARKER + name, columns[1:])
    first = next(number for number, width in enumerate(widths) if width)
    page.text(1, first, title, "title")
    page.worksheet.set_row(1, 28)
    page.merged(2, first, len(columns) - 1, hint, "hint")
    page.height(2, {first: hint}, {first: sum(widths)})
    shown = {at: column for at, column in enumerate(columns) if widths[at]}
    page.head_columns(FIRST_ROW - 1, {at: label(f"assign.{name}_{column}") for at, column in shown.items()})
    page.worksheet.freeze_panes(FIRST_ROW, 0)
    page.print_on_a4(landscape=name == DUTIES, head=FIRST_ROW - 1, footer=f"&R{label('word.page')}")
    return page


def _write_settings(book: Book, catalog: Catalog) -> None:
    title = label("assign.title", system=catalog.title)
    page = _start(book, SETTINGS, SETTING_COLUMNS, (0, 22, 44, 44), title, label("assign.hint_settings"))
    for row, key in enumerate(SETTING_KEYS, start=FIRST_ROW):
        page.text(row, 0, key, "plain")
        page.text(row, 1, label(f"assign.setting_{key}"), "label")
        page.blank(row, 2, "input_text")
        text = label(f"assign.setting_{key}_hint")
        page.text(row, 3, text, "small")
        page.height(row, {3: text}, least=26)
    page.protect()


def _write_departments(book: Book) -> None:
    hint = label("assign.hint_departments", rows=DEPARTMENT_ROWS)
    page = _start(book, DEPARTMENTS, DEPARTMENT_COLUMNS, (40, 60), label("assign.sheet_departments"), hint)
    for row in range(FIRST_ROW, FIRST_ROW + DEPARTMENT_ROWS):
        for at in range(len(DEPARTMENT_COLUMNS)):
            page.blank(row, at, "input_text")
    page.protect()


def _unit(figure: Figure) -> str:
    return figure.unit or label(f"assign.kind_{figure.kind.value}")


def _write_duties(book: Book, catalog: Catalog) -> None:
    widths = (0.0, 16.0, 44.0, 10.0, 26.0, 34.0, 20.0, 50.0)
    hint = label("assign.hint_duties")
    page = _start(book, DUTIES, DUTY_COLUMNS, widths, label("assign.sheet_duties"), hint)
    suggestions = suggest_departments(catalog)
    sheet = label("assign.sheet_departments")
    last = FIRST_ROW + DEPARTMENT_ROWS
    names = f"'{sheet}'!$A${FIRST_ROW + 1}:$A${last}"
    book.workbook.define_name("xlscore_departments", f"={names}")
    row = FIRST_ROW - 1
    for figure in catalog.figures.values():
        if not is_asked(figure):
            continue
        row += 1
        codes = label("word.separator").join(catalog.used_by[figure.key])
        suggestion = suggestions.get(figure.key, "")
        page.text(row, 0, figure.key, "plain")
        page.text(row, 1, codes, "centre")
        page.text(row, 2, figure.label)
        page.text(row, 3, _unit(figure), "centre")
        page.blank(row, 4, "input_text")
        page.validate(row, 4, {
            "validate": "list", "source": "=xlscore_departments", "error_type": "stop",
            "error_title": label("hint.error_title"), "error_message": label("assign.error_department"),
        })  # fmt: skip
        page.blank(row, 5, "input_text")
        lead = cell_name(row, 4)
        states = {name: '"' + label(f"assign.check_{name}") + '"' for name in ("office", "ok", "unknown")}
        known = f"COUNTIF({names},{lead})>0"
        page.formula(
            row, 6, f'IF(TRIM({lead})="",{states["office"]},IF({known},{states["ok"]},{states["unknown"]}))',
            label("assign.check_office"), "check",
        )  # fmt: skip
        page.text(row, 7, suggestion, "small")
        page.height(row, {1: codes, 2: figure.label, 7: suggestion})
    page.worksheet.autofilter(FIRST_ROW - 1, 1, row, len(DUTY_COLUMNS) - 1)
    page.worksheet.freeze_panes(FIRST_ROW, 3)
    page.protect()
