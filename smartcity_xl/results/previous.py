"""What a record holds of a previous round: the values that the checks of another round compare with."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcity_xl.form.checks.previous import Previous
from smartcity_xl.results.record import FigureRecord, Results


def previous_values(record: Results) -> Previous:
    """The values that counted, and what each department gave to them."""
    figures = record.figures
    whole = {figure.key: Fraction(figure.value) for figure in figures if figure.value is not None}
    units = {figure.key: figure.unit for figure in figures if figure.unit is not None}
    own = {key: value for figure in figures for key, value in _own(figure)}
    return Previous(record.round, whole, own, units)


def _own(figure: FigureRecord) -> Iterator[tuple[tuple[str, str, str], Fraction]]:
    """(Department, slot, name of the row or "") and value of every answer to a figure that counted."""
    for answer in figure.answers:
        if answer.used and answer.value is not None:
            yield (answer.department, figure.key, ""), Fraction(answer.value)
        for row in answer.rows or () if answer.used else ():
            for column, cell in row.cells.items():
                if cell.value is not None:
                    yield (answer.department, f"{figure.key}.{column}", row.name), Fraction(cell.value)
