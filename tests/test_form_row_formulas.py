"""Formulas that are composed once for all rows that are asked alike are those that each would compose for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from answered_forms import one_for_all
from hand_worked import CATALOGS
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.held import FAILED, Value
from smartcity_xl.books.live import (
    Live,
    Operands,
    SharedFormula,
    begins,
    between,
    cell,
    choose,
    count,
    count_filled,
    is_error,
    is_number,
    is_text,
    number,
    shows_percentage,
    stand_in,
    stand_ins,
    text,
    total,
)
from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.form.map import FIGURES, FigureRow, TemplatePlan, column
from smartcity_xl.form.template import figures, live, row_formulas
from smartcity_xl.form.template.write import plan_department
from smartcity_xl.model import Slot

HELD = st.one_of(
    st.none(), st.just(FAILED), st.booleans(), st.sampled_from(["", "是", "甲a", "1"]), st.fractions(-3, 3)
)

# --- a formula of stand-ins ------------------------------------------------------------------------------------------


def composed(one: Live, other: Live) -> list[Live]:
    """Formulas of two cells that read them in all the quick ways, and in others."""
    return [
        choose(is_number(one), other, number(7)),
        choose(is_text(one), one, choose(is_error(other), text("甲{0}"), one & other)),
        choose(is_number(one & other), one, begins(other, "甲")),
        one + other * one,
        choose(shows_percentage(one), one, other.equals(one)),
    ]


@given(HELD, HELD)
def test_what_stands_in_for_cells_comes_to_what_the_cells_do(first: Value, second: Value) -> None:
    one, other = cell("甲!$B$3", first), cell("C4", second)
    for shared, plainly in zip(map(SharedFormula, composed(*stand_ins(2))), composed(one, other), strict=True):
        placed = shared.at(Operands.of(one, other))
        assert (placed.text, placed.rank, placed.value) == (plainly.text, plainly.rank, plainly.value)


@given(st.lists(HELD, min_size=3, max_size=5))
def test_neighbours_among_the_cells_of_a_place_are_a_range(held: list[Value]) -> None:
    cells = Operands.of(*(cell(cell_name(4, at), one) for at, one in enumerate(held)))
    last = len(held) - 1
    for work in (count, count_filled, total):
        placed = SharedFormula(work(between(1, last))).at(cells)
        alone = [SharedFormula(work(between(at, at))).at(cells).value for at in range(1, last + 1)]
        assert placed.text.endswith(f"(B5:{cell_name(4, last)})")
        assert placed.value == sum(one for one in alone if isinstance(one, Fraction))


def test_what_takes_the_place_of_a_stand_in_is_a_cell_or_a_number() -> None:
    assert SharedFormula(stand_in(0) * stand_in(1)).at(Operands.of(cell("A1", 3), number(7))).value == 21
    with pytest.raises(TypeError):
        Operands.of(cell("A1") + cell("B1"))
    with pytest.raises(TypeError):
        shows_percentage(SharedFormula(stand_in(0)).at(Operands.of(cell("A1"))))


def test_a_formula_of_stand_ins_alone_has_no_value() -> None:
    with pytest.raises(IndexError):
        _ = (stand_in(0) & stand_in(1)).value


# --- the rows of a form ----------------------------------------------------------------------------------------------


def plans() -> Iterator[TemplatePlan]:
    for system, catalog in CATALOGS.items():
        named = [load_assignment(catalog, name) for name in assignment_ids(system)] or [one_for_all(system)]
        for assignment in named:
            yield from (plan_department(catalog, assignment, department) for department in assignment.departments)


def own_cells(plan: TemplatePlan, row: FigureRow) -> live.RowCells:
    """The cells of a row, each by its own address."""

    def at(name: str) -> Live:
        return cell(cell_name(row.row, column(FIGURES, name)))

    def beside(name: str) -> Live:
        head = plan.list_rows.get(row.figure.key)
        return at(name) if head is None else at(name) & cell(cell_name(head, column(FIGURES, name)))

    assert row.slot is not None
    whole = plan.row_of.get(row.slot.part_of)
    related = (cell(cell_name(whole.row, column(FIGURES, "number"))), whole.figure.label) if whole else None
    times = at("factor") if row.slot.fixed is None and len(row.slot.choices) > 1 else None
    return live.RowCells(at("value"), at("unit"), at("bare"), times, at("amount"), at("number"), at("check"),
                         beside("remark"), beside("explanation"), related)  # fmt: skip


def rows_that_differ() -> list[str]:
    """Rows of all forms of all systems with a formula that is not the one that they would compose for themselves."""
    found = []
    for plan in plans():
        for row in plan.rows:
            if row.slot is None:
                continue
            cells, shared, places = own_cells(plan, row), figures._formulas(plan, row), figures._places(plan, row)
            slot, addresses = row.slot, [cell_name(*place) for place in places]
            expected: dict[str, Live] = {
                "number": live.number_formula(slot, cells),
                "check": live.check_formula(slot, cells, row.required),
                "gap": live.gap_formula(cells),
                "settled": live.settled(cells),
            }
            if slot.numeric and slot.fixed is None:
                expected |= {
                    "amount": live.amount_formula(slot, cells),
                    "bare": live.bare_text(cells.value, cells.unit),
                }
            if cells.factor:
                expected["factor"] = live.factor_formula(slot, cells.unit)
            found += [
                f"{plan.catalog.id} {plan.department} {row.key}: {name}"
                for name, formula in expected.items()
                if getattr(shared, name).text(addresses) != formula.text
            ]
    return found


def test_every_row_has_the_formulas_that_it_would_compose_for_itself() -> None:
    assert rows_that_differ() == []


def same_bounds(slot: Slot) -> Slot:
    return replace(slot, key="", figure="", label="", maximum=Fraction(1))


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "bounds": lambda patch: patch.setattr(row_formulas, "alike", same_bounds),
    "the row above": lambda patch: patch.setattr(figures, "ABOVE", ("explanation", "remark")),
    "the cells in order": lambda patch: patch.setattr(figures, "OWN", tuple(reversed(figures.OWN))),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_rows_that_are_taken_for_others_are_seen(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    row_formulas._formulas_of.cache_clear()
    BROKEN[fault](monkeypatch)
    try:
        assert rows_that_differ() != []
    finally:
        row_formulas._formulas_of.cache_clear()
