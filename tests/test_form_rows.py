"""A row that stands twice in a workbook, in every pair of states and in either order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from support import ASSIGNMENT, CATALOG, codes, column_of, edited, figures_sheet, filled, parcel, plan

from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.model import State, Submission

KEY = "leak_events"
CELLS: dict[str, object] = {
    "a value": 1, "nought": 0, "blank": None, "no data": "—", "not applicable": "不适用", "unreadable": "约5",
}  # fmt: skip
STATES = {
    "a value": State.VALUE, "nought": State.VALUE, "blank": State.BLANK, "no data": State.NO_DATA,
    "not applicable": State.NOT_APPLICABLE, "unreadable": State.UNREADABLE,
}  # fmt: skip


def standing_twice(*names: str) -> Submission:
    """A workbook in which a row stands as often as there are states, each in one of them."""

    def copy(book: Any) -> None:
        sheet, row = figures_sheet(book), plan("secrecy").row_of[KEY].row + 1
        sheet.cell(row, column_of("value")).value = CELLS[names[0]]
        for name in names[1:]:
            at = sheet.max_row + 1
            for column in range(1, sheet.max_column + 1):
                sheet.cell(at, column).value = sheet.cell(row, column).value
            sheet.cell(at, column_of("value")).value = CELLS[name]

    return read_submission(open_workbook(parcel(edited(filled("secrecy"), copy))), CATALOG, ASSIGNMENT)


PAIRS = [pair for two in combinations(CELLS, 2) for pair in permutations(two)]


@pytest.mark.parametrize("pair", PAIRS, ids=[" and ".join(pair) for pair in PAIRS])
def test_a_row_that_stands_twice_in_different_states_is_unreadable_and_told(pair: Sequence[str]) -> None:
    found = standing_twice(*pair)
    assert (found.answers[KEY].state, found.answers[KEY].value) == (State.UNREADABLE, None)
    assert "row-twice" in codes(found.findings)


@pytest.mark.parametrize("name", CELLS)
def test_a_row_that_stands_twice_and_says_the_same_counts_once(name: str) -> None:
    found = standing_twice(name, name)
    assert found.answers[KEY].state is STATES[name]
    assert "row-twice" not in codes(found.findings)


@pytest.mark.parametrize("rows", sorted(set(permutations(["a value", "a value", "nought"]))))
def test_of_three_rows_one_that_differs_is_enough_wherever_it_stands(rows: Sequence[str]) -> None:
    found = standing_twice(*rows)
    assert found.answers[KEY].state is State.UNREADABLE
    assert "row-twice" in codes(found.findings)
