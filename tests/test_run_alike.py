"""What many workbooks say alike is held once, and each says just what it said; of lists what is written is kept."""

from __future__ import annotations

import datetime
import pickle
from collections.abc import Iterator
from fractions import Fraction

import pytest
from msgspec import Struct
from msgspec.structs import replace
from support import figure, small_catalog, submission

from smartcity_xl.books.pages import Book
from smartcity_xl.model import Submission, Typed
from smartcity_xl.run.alike import Alike
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, write_list

CATALOG = small_catalog(figure("one"), figure("two"))
CELLS = [1, 1.0, True, 0, 0.0, False, -0.0, "1", "", None, datetime.date(2019, 3, 1), 2**70, float("nan")]


def come(number: int, cell: object = "7") -> Submission:
    """A workbook as it comes from another process: with nothing that another one has."""
    found = submission(CATALOG, {"one": Fraction(7, 3), "two": 2}, parcel=f"{number:04}.xlsx")
    answers = {key: replace(one, typed=Typed(cell, "0.00", "万元")) for key, one in found.answers.items()}
    given: Submission = pickle.loads(pickle.dumps(replace(found, answers=answers)))  # noqa: S301 - our own
    return given


def parts(one: object) -> Iterator[object]:
    """All that is in it."""
    yield one
    inside: object = ()
    if isinstance(one, Struct):
        inside = [getattr(one, name) for name in one.__struct_fields__]
    elif isinstance(one, dict):
        inside = [*one, *one.values()]
    elif isinstance(one, tuple):
        inside = one
    for part in inside:  # type: ignore[attr-defined]
        yield from parts(part)


def own(one: Submission, other: Submission) -> list[object]:
    """What the second holds and the first does not, beside what tells one workbook from another."""
    known = {id(part) for part in parts(one)}
    return [part for part in parts(other) if isinstance(part, str | Fraction | Typed) and id(part) not in known]


def test_two_workbooks_hold_in_common_what_they_say_alike() -> None:
    alike = Alike(few=0)
    first, second = alike.share(come(1)), alike.share(come(2))
    assert {part for part in own(first, second) if isinstance(part, str)} == {second.parcel, second.sha256}
    assert second.identity is first.identity
    assert len(own(come(1), come(2))) > 10  # what comes has nothing in common


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_every_workbook_says_what_it_said(cell: object) -> None:
    alike = Alike(few=0)
    for other in CELLS:
        alike.share(come(1, other))
    assert repr(alike.share(come(2, cell))) == repr(come(2, cell))


def test_a_few_workbooks_are_left_as_they_came() -> None:
    alike, given = Alike(few=2), [come(number) for number in range(3)]
    assert [alike.share(one) is one for one in given] == [True, True, False]


def test_a_list_keeps_nothing_of_its_cells_but_what_is_written() -> None:
    book, columns = Book("清单"), (Head("file", 20), Head("status", 10))
    lines = (Line({"file": f"{number:04}.xlsx", "status": "采用"}) for number in range(50))
    write_list(book, "files", columns, lines, freeze=1)
    (page,) = book.pages
    assert page.worksheet.dim_rowmax >= 50
    assert not [at for kept in (page._held, page._styles) for at in kept if at[0] >= FIRST_ROW]
