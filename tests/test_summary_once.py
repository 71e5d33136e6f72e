"""What comes of a system alone is found once for it: the rows of 试算 are their own all the same."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from msgspec.structs import replace
from tried_rounds import SYSTEMS, drawn_outcome, system

from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Outcome
from smartcity_xl.summary import whatif_inputs, write_summary
from smartcity_xl.summary.once import once
from smartcity_xl.summary.whatif_plan import plan_whatif

_QUOTED = re.compile(r'"[^"]*"')
_OWN = re.compile(r"(?<![\w$!'])[A-Z]{1,2}(\d+)\b")
"""A cell of the same sheet, with its row."""


def strayed(outcome: Outcome) -> list[str]:
    """The formulas in the rows of figures that read another row."""
    book = openpyxl.load_workbook(io.BytesIO(write_summary(outcome)))
    sheet, rows, found = book[label("sheet.whatif")], plan_whatif(outcome).slots.values(), []
    formulas = [cell for row in rows for cell in sheet[row + 1] if cell.data_type == "f"]
    assert len(formulas) > len(rows)
    for cell in formulas:
        read = {int(row) for row in _OWN.findall(_QUOTED.sub("", str(cell.value)))}
        if not read <= {cell.row}:
            found.append(f"{cell.coordinate}: {cell.value}")
    return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_figure_reads_its_own_row(name: str) -> None:
    assert strayed(drawn_outcome(name)) == []


def test_a_row_that_reads_another_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, move = drawn_outcome("cn-2018"), whatif_inputs._moved
    monkeypatch.setattr(whatif_inputs, "_moved", lambda placed, row: move(placed, row - row % 2))
    assert strayed(replace(outcome, catalog=replace(outcome.catalog)))


def test_what_is_found_is_that_of_the_system_and_of_what_is_asked() -> None:
    asked: list[tuple[str, bool]] = []

    @once
    def find(catalog: Catalog, ranged: bool) -> tuple[str, bool]:
        asked.append((catalog.id, ranged))
        return asked[-1]

    first, second = system("cn-2016"), system("cn-2018")
    for _ in range(2):
        for catalog in (first, second, replace(first)):
            for ranged in (False, True):
                assert find(catalog, ranged) == (catalog.id, ranged)
    assert asked.count((second.id, True)) == asked.count((second.id, False)) == 1
    assert asked.count((first.id, True)) == 3, "one that is alike is another"


def test_what_is_asked_by_name_is_asked_all_the_same() -> None:
    @once
    def find(catalog: Catalog, ranged: bool, whole: bool = False) -> tuple[bool, bool]:
        return ranged, whole

    first = system("cn-2016")
    for ranged in (False, True):
        for whole in (False, True):
            assert find(first, ranged=ranged, whole=whole) == (ranged, whole)
            assert find(first, ranged, whole=whole) == (ranged, whole)
        assert find(first, ranged) == (ranged, False)


def test_of_all_systems_the_last_are_kept() -> None:
    asked: list[str] = []

    @once
    def find(catalog: Catalog) -> int:
        asked.append(catalog.id)
        return len(asked)

    first, others = replace(system("cn-2016")), [replace(system("cn-2018")) for _ in range(8)]
    before = find(first)
    assert find(first) == before
    assert list(map(find, others)) == [*range(before + 1, before + 9)]
    assert find(first) == before + 9
