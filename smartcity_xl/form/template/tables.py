"""A table's own sheet: one row for each hospital, with a live check and the helper columns that rules need."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.live import (
    EMPTY,
    Live,
    OfAll,
    SharedFormula,
    Value,
    between,
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
    stand_ins,
    total,
    trim,
)
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import TABLE_NAME, TablePlan
from smartcity_xl.form.template.inputs import hint, rule_of
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
    formulas = _row_formulas(page, table)
    for row in table.rows:
        _write_row(page, table, row, formulas)
    _write_state(page, table)
    page.worksheet.freeze_panes(table.FIRST_ROW, 2)
    page.protect()
    page.print_on_a4(landscape=sum(widths) > _PORTRAIT, head=_HEAD_ROW, footer=footer)


def _write_row(page: Page, table: TablePlan, row: int, formulas: Mapping[str, SharedFormula]) -> None:
    hint(page, row, 1, table.figure.row_label, label("person.hint", field=table.figure.row_label))
    for column in table.figure.columns:
        at = table.column(column.key)
        page.blank(row, at, "input_number")
        page.validate(row, at, rule_of(column, cell_name(row, at), excuse=False))
    cells = page.cells((row, at) for at in range(len(table.columns)))
    for name, formula in formulas.items():
        page.live(row, table.column(name), formula.at(cells), "check" if name == "check" else "plain")


def _row_formulas(page: Page, table: TablePlan) -> dict[str, SharedFormula]:
    """Column -> its formula in every row. Each column of a row has its stand-in."""
    seen = dict(zip(table.columns, stand_ins(len(table.columns)), strict=True))
    many = count_text(page.area(table.rows, table.column(TABLE_NAME)), seen[TABLE_NAME])
    formulas = {"state": _row_state(table, seen, many), "check": _row_check(table, seen, many)}
    formulas |= {f"mean{number}": _row_part(table, seen, mean_) for number, mean_ in enumerate(table.means)}
    return {name: SharedFormula(formula) for name, formula in formulas.items()}


def _row_state(table: TablePlan, seen: Mapping[str, Live], many: Live) -> Live:
    """1 for a row that can be used, 0 for one that cannot, empty text for one that nobody has begun. ``many``: how many
    rows have its name."""
    columns, name = table.figure.columns, seen[TABLE_NAME]
    first, last = (table.column(column.key) for column in (columns[0], columns[-1]))
    tests = [test for one in columns for test in within(one, meant(seen[one.key]), unsaid_share(seen[one.key], None))]
    dates = [shows_date(seen[column.key], PLAIN) for column in columns]
    sound = every(trim(name).differs(EMPTY), many <= number(1), none(some(*dates)), *tests)
    whole = count(between(first, last)).equals(number(len(columns)))
    good = choose(whole, choose(sound, number(1), number(0)), number(0))
    return choose(count_filled(between(table.column(TABLE_NAME), last)).equals(number(0)), EMPTY, good)


def _row_check(table: TablePlan, seen: Mapping[str, Live], many: Live) -> Live:
    columns, fine = table.figure.columns, said("ok")
    labels = {column.key: column.label for column in columns}
    for column in columns:
        if column.part_of:
            larger = said("row_part", part=column.label, whole=labels[column.part_of])
            fine = choose(meant(seen[column.key]) > meant(seen[column.part_of]), larger, fine)
    twice = every(trim(seen[TABLE_NAME]).differs(EMPTY), many > number(1))
    wrong = choose(twice, said("row_twice"), said("row_incomplete"))
    wrong = choose(some(*(is_text(seen[column.key]) for column in columns)), said("row_text"), wrong)
    wrong = choose(some(*(shows_date(seen[column.key], PLAIN) for column in columns)), said("date"), wrong)
    return choose(seen["state"].equals(EMPTY), EMPTY, choose(seen["state"].equals(number(1)), fine, wrong))


def _row_part(table: TablePlan, seen: Mapping[str, Live], mean_: Mean) -> Live:
    """What a row adds to an aggregate over all rows."""
    keys = [column.key for column in table.figure.columns]
    address = Cells(lambda key: seen[key.partition(".")[2]].text, lambda _: (), lambda _: "")

    def find(held: list[Value]) -> Value:
        """Of a row that can be used."""
        values = {f"{table.figure.key}.{key}": one for key, one in zip(keys, held, strict=True)}
        numbers = {key: one for key, one in values.items() if isinstance(one, Fraction)}
        return value_of_node(mean_.expression, numbers)

    part = Live(render_node(mean_.expression, address), OfAll([seen[key] for key in keys], find))
    return choose(seen["state"].equals(number(1)), part, EMPTY)


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
