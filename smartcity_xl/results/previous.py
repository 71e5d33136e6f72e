"""A record -> the values that the next round's answers are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from smartcity_xl.results.earlier import EarlierScores, EarlierValues

if TYPE_CHECKING:
    from smartcity_xl.results.record import FigureRecord, Results


def previous_values(record: Results) -> EarlierValues:
    """What a record holds of its round."""
    figures = record.figures
    return EarlierValues(
        record.round,
        {figure.key: Fraction(figure.value) for figure in figures if figure.value is not None},
        {key: value for figure in figures for key, value in _own(figure)},
        {key: value for figure in figures for key, value in _rows(figure)},
        {key: unit for figure in figures for key, unit in _units(figure)},
        {record.catalog.id: _scores(record)},
    )


def _scores(record: Results) -> EarlierScores:
    total = record.total.score if record.total else None
    final = record.total.final if record.total else not (record.stars and record.stars.unsettled)
    dimensions = {one.code: one.score for one in record.dimensions}
    return EarlierScores(record.round, record.catalog.version, final, total, record.stars, dimensions)


def row_key(name: str) -> str:
    """The name of a table's row, alike however its signs and blanks are typed."""
    from smartcity_xl.books.values import plain

    return "".join(plain(name).split())


def _units(figure: FigureRecord) -> Iterator[tuple[str, str]]:
    """The unit of a slot, or of each column of a table; none of a table of an edition that did not tell them."""
    if figure.unit is not None:
        yield figure.key, figure.unit
    yield from ((f"{figure.key}.{column.key}", column.unit) for column in figure.columns or ())


def _own(figure: FigureRecord) -> Iterator[tuple[tuple[str, str], Fraction]]:
    """(Department, slot) and value of every answer that counted."""
    for answer in figure.answers:
        if answer.used and answer.value is not None:
            yield (answer.department, figure.key), Fraction(answer.value)


def _rows(figure: FigureRecord) -> Iterator[tuple[tuple[str, str], Fraction]]:
    """(``figure.column``, row) and value of the table that counted. Rows that nobody can tell apart are left out."""
    rows = [row for answer in figure.answers if answer.used for row in answer.rows or ()]
    times = Counter(row_key(row.name) for row in rows)
    for row in rows:
        for column, cell in row.cells.items():
            if cell.value is not None and times[row_key(row.name)] == 1:
                yield (f"{figure.key}.{column}", row_key(row.name)), Fraction(cell.value)
