"""Who has reported, how complete, and what is open, as ``results.open`` decided it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from smartcity_xl.books.pages import Book
from smartcity_xl.books.whole_rows import Content
from smartcity_xl.messages import label
from smartcity_xl.results.record import DepartmentRecord
from smartcity_xl.summary.grid import Head, Line, write_list
from smartcity_xl.summary.places import Places


def write_departments(book: Book, graded: bool, departments: Sequence[DepartmentRecord], places: Places) -> None:
    held, stake = ("held", "stake") if graded else ("held_items", "stake_items")
    columns = (
        Head("department", 26), Head("reported", 10), Head("asked", 8), Head("filled", 8), Head("errors", 8),
        Head("queries", 8), Head(held, 10), Head(stake, 10), Head("file", 60),
    )  # fmt: skip
    write_list(book, "departments", columns, (_line(one, places) for one in departments), freeze=1)


def _line(status: DepartmentRecord, places: Places) -> Line:
    cells: dict[str, Content] = {
        "department": status.name,
        "reported": label("departments.reported" if status.reported else "departments.missing"),
        "asked": status.asked,
        "filled": status.filled,
        "errors": status.errors,
        "queries": status.queries,
        "held": float(status.held),
        "held_items": int(Fraction(status.held)),
        "stake": float(status.stake),
        "stake_items": int(Fraction(status.stake)),
        "file": "\n".join(status.files),
    }
    to = {"reported": places.files.get(status.files[0])} if len(status.files) == 1 else {}
    return Line(cells, to, styles={} if status.reported else {"reported": "alarm"})
