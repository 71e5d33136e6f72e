"""A table's own sheet: one row for each hospital, with a live check and the helper columns that rules need."""

from __future__ import annotations

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import TablePlan
from smartcity_xl.form.template.inputs import hint, restrict
from smartcity_xl.form.template.live import meant, quoted, within
from smartcity_xl.messages import label
from smartcity_xl.rules.formula import Cells, render_node

_NAME_WIDTH, _NUMBER_WIDTH, _CHECK_WIDTH = 40.0, 22.0, 26.0
_HEAD_ROW = 4


def write_table(book: Book, table: TablePlan, footer: str, check: str) -> None:
    """``check``: the cell on the sheet of figures that says how the table stands."""
    figure = table.figure
    helpers = len(table.columns) - table.column("state")
    widths = (0.0, _NAME_WIDTH, *[_NUMBER_WIDTH] * len(figure.columns), _CHECK_WIDTH, *[0.0] * helpers)
    page = book.page(table.sheet, widths)
    page.map_columns(table.marker, table.columns[1:])
    page.hide_row(table.TOTALS_ROW)
    page.text(2, 1, label("table.title", label=figure.label), "title")
    page.worksheet.set_row(2, 28)
    text = label("table.hint", row_label=figure.row_label, rows=figure.rows) + figure.guidance
    page.merged(3, 1, table.column("check"), text, "hint")
    page.height(3, {1: text}, {1: sum(widths)})
    for key, head in table.heads.items():
        page.text(_HEAD_ROW, table.column(key), head, "head")
    page.height(_HEAD_ROW, {table.column(key): head for key, head in table.heads.items()})
    page.text(_HEAD_ROW, table.column("check"), label("table.check"), "head")
    for number, row in enumerate(table.rows, start=1):
        _write_row(page, table, row, number)
    _write_totals(page, table, check)
    page.worksheet.freeze_panes(table.FIRST_ROW, 2)
    page.protect()
    page.print_on_a4(landscape=False, head=_HEAD_ROW, footer=footer)


def _write_row(page: Page, table: TablePlan, row: int, number: int) -> None:
    columns = table.figure.columns
    page.text(row, 0, str(number), "plain")
    page.blank(row, 1, "input_text")
    hint(page, row, 1, table.figure.row_label, label("person.hint", field=table.figure.row_label))
    cells = {column.key: cell_name(row, table.column(column.key)) for column in columns}
    for column in columns:
        page.blank(row, table.column(column.key), "input_number")
        restrict(page, row, table.column(column.key), column, cells[column.key], excuse=False)
    name, state = cell_name(row, 1), cell_name(row, table.column("state"))
    first, last = cells[columns[0].key], cells[columns[-1].key]
    tests = ",".join(within(column, meant(cells[column.key])) for column in columns)
    good = f'IF(COUNT({first}:{last})={len(columns)},IF(AND(TRIM({name})<>"",{tests}),1,0),0)'
    page.formula(row, table.column("state"), f'IF(COUNTA({name}:{last})=0,"",{good})', "", "plain")
    fine = quoted(label("check.ok"))
    labels = {column.key: column.label for column in columns}
    for column in columns:
        if column.part_of:
            larger = quoted(label("check.row_part", part=column.label, whole=labels[column.part_of]))
            fine = f"IF({meant(cells[column.key])}>{meant(cells[column.part_of])},{larger},{fine})"
    check = f'IF({state}="","",IF({state}=1,{fine},{quoted(label("check.row_incomplete"))}))'
    page.formula(row, table.column("check"), check, "", "check")
    address = Cells(lambda key: cells[key.partition(".")[2]], lambda _: (), lambda _: "")
    for mean in table.means:
        page.formula(
            row, table.mean_column(mean), f'IF({state}=1,{render_node(mean.expression, address)},"")', "", "plain"
        )


def _write_totals(page: Page, table: TablePlan, check: str) -> None:
    """The hidden second row: how many rows are whole (nothing while one is not), and the aggregates over them."""

    def span(at: int) -> str:
        return f"{cell_name(table.rows[0], at)}:{cell_name(table.rows[-1], at)}"

    state = table.column("state")
    rows = span(state)
    page.formula(table.TOTALS_ROW, state, f'IF(COUNTIF({rows},0)>0,"",IF(COUNT({rows})>0,SUM({rows}),""))', "", "plain")
    total = cell_name(table.TOTALS_ROW, state)
    nothing = '""' if table.figure.none is None else f'IF({check}={quoted(label("check.not_applicable"))},0,"")'
    for mean in table.means:
        at = table.mean_column(mean)
        page.formula(table.TOTALS_ROW, at, f"IF(ISNUMBER({total}),AVERAGE({span(at)}),{nothing})", "", "plain")
