"""A table's own sheet: one row for each hospital, with a live check and the helper columns that rules need."""

from __future__ import annotations

from fractions import Fraction

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.live import (
    EMPTY,
    Area,
    Live,
    Value,
    choose,
    count,
    count_filled,
    count_same,
    count_text,
    every,
    is_number,
    is_text,
    mean,
    meant,
    none,
    number,
    shows_date,
    some,
    total,
    trim,
)
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import TablePlan
from smartcity_xl.form.template.inputs import hint, restrict
from smartcity_xl.form.template.live import PLAIN, said, unsaid_share, within
from smartcity_xl.messages import label
from smartcity_xl.rules.exact import value_of_node
from smartcity_xl.rules.formula import Cells, render_node
from smartcity_xl.rules.tree import Mean

_NAME_WIDTH, _NUMBER_WIDTH, _CHECK_WIDTH = 40.0, 22.0, 26.0
_HEAD_ROW = 4
_PORTRAIT = 110.0
"""As wide as fits on a page in portrait and can still be read."""


def open_table(book: Book, table: TablePlan) -> Page:
    helpers = len(table.columns) - table.column("state")
    widths = (0.0, _NAME_WIDTH, *[_NUMBER_WIDTH] * len(table.figure.columns), _CHECK_WIDTH, *[0.0] * helpers)
    return book.page(table.sheet, widths)


def write_table(page: Page, table: TablePlan, footer: str) -> None:
    figure, widths = table.figure, page.widths
    page.map_columns(table.marker, table.columns[1:])
    page.hide_row(table.TOTALS_ROW)
    title = label("table.title", label=figure.label)
    page.merged(2, 1, table.column("check"), title, "title_wrap")
    page.height(2, {1: title}, least=28)
    text = label("table.hint", row_label=figure.row_label, rows=figure.rows) + figure.guidance
    page.merged(3, 1, table.column("check"), text, "hint")
    page.height(3, {1: text})
    for key, head in table.heads.items():
        page.text(_HEAD_ROW, table.column(key), head, "head")
    page.height(_HEAD_ROW, {table.column(key): head for key, head in table.heads.items()})
    page.text(_HEAD_ROW, table.column("check"), label("table.check"), "head")
    for place, row in enumerate(table.rows, start=1):
        page.text(row, 0, str(place), "plain")
        page.blank(row, 1, "input_text")
    for row in table.rows:
        _write_row(page, table, row)
    _write_state(page, table)
    page.worksheet.freeze_panes(table.FIRST_ROW, 2)
    page.protect()
    page.print_on_a4(landscape=sum(widths) > _PORTRAIT, head=_HEAD_ROW, footer=footer)


def _write_row(page: Page, table: TablePlan, row: int) -> None:
    columns, first, last = table.figure.columns, 1, table.column(table.figure.columns[-1].key)
    hint(page, row, 1, table.figure.row_label, label("person.hint", field=table.figure.row_label))
    for column in columns:
        page.blank(row, table.column(column.key), "input_number")
        address = cell_name(row, table.column(column.key))
        restrict(page, row, table.column(column.key), column, address, excuse=False)
    given = page.area((row,), first, to=last)
    page.live(row, table.column("state"), _row_state(page, table, row, given), "plain")
    page.live(row, table.column("check"), _row_check(page, table, row, given), "check")
    for mean_ in table.means:
        page.live(row, table.mean_column(mean_), _row_part(page, table, row, mean_), "plain")


def _row_state(page: Page, table: TablePlan, row: int, given: Area) -> Live:
    """1 for a row that can be used, 0 for one that cannot, empty text for one that nobody has begun."""
    columns, name = table.figure.columns, page.seen(row, 1)
    numbers = page.area((row,), table.column(columns[0].key), to=table.column(columns[-1].key))
    cells = [(column, page.seen(row, table.column(column.key))) for column in columns]
    tests = [test for column, one in cells for test in within(column, meant(one), unsaid_share(one, None))]
    dates = [shows_date(one, PLAIN) for _, one in cells]
    once = count_text(page.area(table.rows, 1), name) <= number(1)
    sound = every(trim(name).differs(EMPTY), once, none(some(*dates)), *tests)
    good = choose(count(numbers).equals(number(len(columns))), choose(sound, number(1), number(0)), number(0))
    return choose(count_filled(given).equals(number(0)), EMPTY, good)


def _row_check(page: Page, table: TablePlan, row: int, given: Area) -> Live:
    columns, fine = table.figure.columns, said("ok")
    cells = {column.key: page.seen(row, table.column(column.key)) for column in columns}
    labels = {column.key: column.label for column in columns}
    for column in columns:
        if column.part_of:
            larger = said("row_part", part=column.label, whole=labels[column.part_of])
            fine = choose(meant(cells[column.key]) > meant(cells[column.part_of]), larger, fine)
    name, state = page.seen(row, 1), page.seen(row, table.column("state"))
    twice = every(trim(name).differs(EMPTY), count_text(page.area(table.rows, 1), name) > number(1))
    wrong = choose(twice, said("row_twice"), said("row_incomplete"))
    wrong = choose(some(*map(is_text, cells.values())), said("row_text"), wrong)
    wrong = choose(some(*(shows_date(one, PLAIN) for one in cells.values())), said("date"), wrong)
    return choose(state.equals(EMPTY), EMPTY, choose(state.equals(number(1)), fine, wrong))


def _row_part(page: Page, table: TablePlan, row: int, mean_: Mean) -> Live:
    """What a row adds to an aggregate over all rows."""
    cells = {c.key: page.seen(row, table.column(c.key)) for c in table.figure.columns}
    address = Cells(lambda key: cells[key.partition(".")[2]].text, lambda _: (), lambda _: "")
    state = page.seen(row, table.column("state"))

    def find() -> Value:
        """Of a row that can be used."""
        values = {f"{table.figure.key}.{key}": one.value for key, one in cells.items()}
        numbers = {key: one for key, one in values.items() if isinstance(one, Fraction)}
        return value_of_node(mean_.expression, numbers)

    return choose(state.equals(number(1)), Live(render_node(mean_.expression, address), find), EMPTY)


def _write_state(page: Page, table: TablePlan) -> None:
    """In the hidden second row: how many rows are whole; nothing while one is not."""
    states = page.area(table.rows, table.column("state"))
    whole = choose(count(states) > number(0), total(states), EMPTY)
    page.live(
        table.TOTALS_ROW, table.column("state"), choose(count_same(states, Fraction(0)) > number(0), EMPTY, whole),
        "plain",
    )  # fmt: skip


def write_means(page: Page, table: TablePlan, check: Live) -> None:
    """In the hidden second row: the aggregates over the rows; 0 where there is none to count, as ``check`` says, the
    cell on the sheet of figures that tells how the table stands."""
    settled = is_number(page.seen(table.TOTALS_ROW, table.column("state")))
    nothing = EMPTY
    if table.figure.none is not None:
        nothing = choose(check.equals(said("not_applicable")), number(0), EMPTY)
    for mean_ in table.means:
        at = table.mean_column(mean_)
        page.live(table.TOTALS_ROW, at, choose(settled, mean(page.area(table.rows, at)), nothing), "plain")
