"""The sheets of a workbook that an office edits or fills, begun: the settings with the steps to take, and the lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label, words
from smartcity_xl.office.editing.form import (
    COLUMN_HINT_ROW,
    FIRST_ROW,
    HEAD_ROW,
    HINT_ROW,
    SETTINGS,
    TITLE_ROW,
    Column,
    Form,
)

STYLES = {
    Form.TEXT: "input_text", Form.CODE: "input_text", Form.RULE: "input_code", Form.NUMBER: "input_number",
    Form.SHARE: "input_percent", Form.LINES: "input_text", Form.WORD: "input_choice", Form.FLAG: "input_choice",
    Form.SHOWN: "small",
}  # fmt: skip


def start_list(
    book: Book,
    section: str,
    name: str,
    columns: tuple[Column, ...],
    freeze: int = 1,
    hidden: Collection[str] = (),
) -> Page:
    """A sheet with its machine row, title, hints and headings; its words stand in a section of the labels."""
    widths = tuple(0.0 if column.name in hidden else column.width for column in columns)
    page = book.page(label(f"{section}.sheet_{name}"), (0.0, *widths))
    page.map_columns(MARKER + name, (column.name for column in columns))
    page.text(TITLE_ROW, 1, label(f"{section}.sheet_{name}"), "title")
    page.worksheet.set_row(TITLE_ROW, 28)
    page.text(HINT_ROW, 1, label(f"{section}.hint_{name}"), "remark")
    page.worksheet.set_row(HINT_ROW, 20)
    hints = {}
    for at, column in enumerate(columns, start=1):
        hints[at] = label(f"{section}.{name}_{column.name}_hint")
        page.text(COLUMN_HINT_ROW, at, hints[at], "hint")
        page.text(HEAD_ROW, at, label(f"{section}.{name}_{column.name}"), "head")
    page.height(COLUMN_HINT_ROW, {at: hint for at, hint in hints.items() if widths[at - 1]})
    page.worksheet.set_row(HEAD_ROW, 22)
    page.worksheet.freeze_panes(FIRST_ROW, freeze)
    page.print_on_a4(landscape=True, head=HEAD_ROW, footer=f"&R{label('word.page')}")
    return page


def write_settings(
    book: Book, section: str, title: str, given: Mapping[str, str], styles: Mapping[str, str] | None = None
) -> tuple[Page, int]:
    """The first sheet: the steps to take, and a row for each setting. The page, and the row of the first setting."""
    page = book.page(label(f"{section}.sheet_{SETTINGS}"), (0.0, 22.0, 60.0, 50.0))
    page.map_columns(MARKER + SETTINGS, ("label", "value", "hint"))
    page.text(TITLE_ROW, 1, title, "title")
    page.worksheet.set_row(TITLE_ROW, 28)
    steps = words(section)["steps"]
    for row, step in enumerate(steps, start=HINT_ROW):
        page.merged(row, 1, 3, step, "plain")
        page.height(row, {1: step}, {1: 132.0})
    head = HINT_ROW + len(steps) + 1
    page.head_columns(head, {
        at: label(f"{section}.{SETTINGS}_{name}") for at, name in enumerate(("label", "value", "hint"), start=1)
    })  # fmt: skip
    for row, (key, value) in enumerate(given.items(), start=head + 1):
        hint = label(f"{section}.setting_{key}_hint")
        page.text(row, 0, key, "plain")
        page.text(row, 1, label(f"{section}.setting_{key}"), "label")
        page.text(row, 2, value, (styles or {}).get(key, "input_text"))
        page.text(row, 3, hint, "small")
        page.height(row, {2: value, 3: hint}, least=26)
    page.print_on_a4(landscape=True, head=None, footer=f"&R{label('word.page')}")
    return page, head + 1


def offer_list(page: Page, column: int, first: int, last: int, source: Any, message: str) -> None:
    """A drop-down in the rows ``first`` to ``last`` of a column."""
    page.worksheet.data_validation(first, column, last, column, {
        "validate": "list", "source": source, "error_type": "stop",
        "error_title": label("hint.error_title"), "error_message": message,
    })  # fmt: skip
