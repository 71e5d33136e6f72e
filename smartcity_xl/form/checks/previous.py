"""What a previous round's ``results.json`` holds of figures: the values that this round's answers are held against."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from smartcity_xl.books.values import plain


@dataclass(frozen=True, slots=True)
class Previous:
    """The values of another round.

    ``whole``: slot -> the value that counted. ``own``: (department, slot) -> what it gave to that. ``rows``: of the
    tables that counted, (``figure.column``, name of the row as ``row_key`` has it) -> value. ``units``: slot or
    ``figure.column`` -> the unit of all these.
    """

    round: str = ""
    whole: Mapping[str, Fraction] = field(default_factory=dict)
    own: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def with_others(self, other: Previous) -> Previous:
        """The values of another system's results of the same round, too."""
        return Previous(
            other.round,
            {**self.whole, **other.whole},
            {**self.own, **other.own},
            {**self.rows, **other.rows},
            {**self.units, **other.units},
        )


NO_PREVIOUS = Previous()


def read_previous(data: bytes) -> Previous:
    """The values of a ``results.json``. Raises ValueError for anything else."""
    try:
        results = json.loads(data)
        figures = results["figures"]
        whole = {f["key"]: Fraction(f["value"]) for f in figures if f.get("value") is not None}
        units = {key: unit for figure in figures for key, unit in _units(figure)}
        own = {key: value for figure in figures if "value" in figure for key, value in _own(figure)}
        rows = {key: value for figure in figures if "value" not in figure for key, value in _rows(figure)}
        return Previous(str(results["round"]), whole, own, rows, units)
    except (KeyError, TypeError, AttributeError, ZeroDivisionError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def row_key(name: str) -> str:
    """The name of a table's row, alike however its signs and blanks are typed."""
    return "".join(plain(name).split())


def _units(figure: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The unit of a slot, or of each column of a table; none of a table of an edition that did not tell them."""
    if "unit" in figure:
        yield figure["key"], figure["unit"]
    yield from ((f"{figure['key']}.{column['key']}", column["unit"]) for column in figure.get("columns", ()))


def _own(figure: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Fraction]]:
    """(Department, slot) and value of every answer that counted."""
    yield from (
        ((answer["department"], figure["key"]), Fraction(answer["value"]))
        for answer in figure["answers"] if answer["used"]
    )  # fmt: skip


def _rows(figure: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Fraction]]:
    """(``figure.column``, row) and value of the table that counted. Rows that nobody can tell apart are left out."""
    rows = [row for answer in figure["answers"] if answer["used"] for row in answer["rows"]]
    times = Counter(row_key(row["name"]) for row in rows)
    for row in rows:
        for column, cell in row.items():
            if column != "name" and cell["value"] is not None and times[row_key(row["name"])] == 1:
                yield (f"{figure['key']}.{column}", row_key(row["name"])), Fraction(cell["value"])
