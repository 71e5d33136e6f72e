"""Answers in hidden rows, columns or sheets, or behind a filter: they count, and nobody sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.marks import hidden_columns, hidden_rows
from smartcity_xl.form.checks.look import Look
from smartcity_xl.messages import label
from smartcity_xl.model import Finding


def check(look: Look) -> Iterator[Finding]:
    for role, cells in look.filled.items():
        sheet, xml = look.answered[role], look.texts[role]
        rows = hidden_rows(xml)
        columns = hidden_columns(xml, {cell.column for cell in cells})
        whole = sheet.name in look.book.package.hidden_sheets
        hidden = [cell for cell in cells if whole or cell.row in rows or cell.column in columns]
        if hidden:
            places = [sheet.name] if whole else [
                *(f"{column_name(column)}:{column_name(column)}" for column in sorted(columns)),
                *_spans(cell.row for cell in hidden if cell.row in rows),
            ]  # fmt: skip
            yield look.tell("hidden-values", role, hidden, places=label("word.separator").join(places))


def _spans(rows: Iterable[int]) -> Iterator[str]:
    """Rows as a spreadsheet program writes them, neighbours drawn together: 7:7, 9:12."""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and runs[-1][-1] + 1 == row:
            runs[-1][1:] = [row]
        else:
            runs.append([row])
    yield from (f"{run[0] + 1}:{run[-1] + 1}" for run in runs)
