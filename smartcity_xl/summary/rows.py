"""The rows of the tables adopted, each with the helper columns that the aggregates rest on."""

from __future__ import annotations

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, TableRow
from smartcity_xl.rules.exact import value_of_node
from smartcity_xl.rules.formula import Cells, render_node
from smartcity_xl.summary.adopted import AdoptedPlan, RowsPlan
from smartcity_xl.summary.grid import FIRST_ROW, Head, write_head
from smartcity_xl.summary.places import Places


def write_rows(book: Book, outcome: Outcome, plan: AdoptedPlan, places: Places) -> None:
    """One block for each table, under headings of its own."""
    widest = max((len(outcome.catalog.figures[key].columns) for key in plan.tables), default=1)
    columns = (
        Head("row_name", 40),
        *[Head("row_value", 22)] * widest,
        Head("row_cell", 22),
        Head("row_helper", 18),
    )
    page = write_head(book, "rows", columns, FIRST_ROW, freeze=1, headings=False)
    for key, table in plan.tables.items():
        figure = outcome.catalog.figures[key]
        head = table.first - 1
        page.text(head, 0, f"{figure.label}（{figure.row_label}）", "head")
        page.height(head, {0: f"{figure.label}（{figure.row_label}）"}, least=36)
        names = [f"{column.label}（{column.unit}）" for column in figure.columns] + [label("adopted.row_origin")]
        for number, name in enumerate(names, start=1):
            page.text(head, number, name, "head")
        for number, at in enumerate(table.mean_columns.values(), start=1):
            page.text(head, at, label("adopted.row_mark", number=number), "head")
        for row, entry in enumerate(table.rows, start=table.first):
            _write_table_row(page, table, row, entry, [column.key for column in figure.columns], places)


def _write_table_row(
    page: Page, table: RowsPlan, row: int, entry: TableRow, columns: list[str], places: Places
) -> None:
    page.text(row, 0, entry.name, "cell")
    cells_at = []
    for at, key in enumerate(columns, start=1):
        cell = entry.cells[key]
        page.number(row, at, float(cell.value or 0), "number", places.cell(cell.origin))
        cells_at.append(cell.origin.cell)
    page.text(row, len(columns) + 1, f"{entry.cells[columns[0]].origin.sheet}!{'、'.join(cells_at)}", "centre")
    address = {key: cell_name(row, at) for at, key in enumerate(columns, start=1)}
    cells = Cells(lambda name: address[name.partition(".")[2]], lambda _: (), lambda _: "")
    values = {key: cell.value or 0 for key, cell in entry.cells.items()}
    for mean, at in table.mean_columns.items():
        value = value_of_node(mean, {}, {mean.table: (values,)})  # type: ignore[dict-item]
        page.formula(row, at, render_node(mean.expression, cells), float(value), "number")
