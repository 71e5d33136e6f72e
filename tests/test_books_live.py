"""What a piece of a formula comes to, however it is found: quick ways are held to the plain ones."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_xl.books import live
from smartcity_xl.books.held import FAILED, Value, cached, order
from smartcity_xl.books.live import (
    Area,
    Live,
    begins,
    cell,
    choose,
    count_text,
    every,
    is_number,
    left,
    match,
    meant,
    number,
    or_else,
    pick,
    same,
    same_as_any,
    shows_percentage,
    some,
    text,
)
from smartcity_xl.books.reckoning import HeldCell, Reckoned, Reckoning

WORDS = st.sampled_from(["", "是", "A", "a", "aß", "ASS", "否", "*", " a"])
NUMBERS = st.one_of(st.integers(-3, 3).map(Fraction), st.fractions(-3, 3, max_denominator=4))
HELD = st.one_of(st.none(), st.just(FAILED), st.booleans(), WORDS, NUMBERS)
SIGNS: tuple[tuple[Callable[[Live, Live], Live], Callable[[int, int], bool]], ...] = (
    (operator.lt, operator.lt), (operator.le, operator.le), (operator.gt, operator.gt), (operator.ge, operator.ge),
    (Live.equals, operator.eq), (Live.differs, operator.ne),
)  # fmt: skip


def holding(held: Value) -> Live:
    """A piece of which nobody knows what it is made of."""
    return Live("A1", lambda: held)


@given(HELD, st.one_of(WORDS, NUMBERS), st.sampled_from(SIGNS))
def test_what_is_compared_with_a_literal_is_compared_as_with_any_cell(
    held: Value, literal: str | Fraction, sign: tuple[Callable[[Live, Live], Live], Callable[[int, int], bool]]
) -> None:
    compare, holds = sign
    fixed = text(literal) if isinstance(literal, str) else number(literal)
    expected: Value = FAILED if held is FAILED else holds(order(held, literal), 0)
    assert compare(holding(held), fixed).value is expected
    assert compare(holding(held), holding(literal)).value is expected


@given(HELD, WORDS)
def test_whether_a_text_begins_so_is_asked_in_one_step(held: Value, words: str) -> None:
    one = holding(held)
    composed = left(one, number(len(words))).equals(text(words))
    assert begins(one, words).value is composed.value
    assert begins(one, words).text == composed.text


@given(HELD, st.lists(WORDS, min_size=1, max_size=4))
def test_whether_a_text_is_one_of_several_is_asked_in_one_step(held: Value, words: list[str]) -> None:
    one = holding(held)
    composed = some(*(same(one, text(said)) for said in words))
    assert same_as_any(one, words).value is composed.value
    assert same_as_any(one, words).text == composed.text


@given(st.lists(HELD, min_size=1, max_size=4))
def test_an_error_of_a_condition_is_one_of_all_and_a_text_one_where_it_decides(held: list[Value]) -> None:
    conditions = list(map(holding, held))
    for asked, decided in ((every, False), (some, True)):
        expected: Value = not decided
        for one in held:
            if isinstance(one, str) and expected is not decided:
                expected = FAILED
                break
            if one is not FAILED and bool(one) is decided:
                expected = decided
        assert asked(*conditions).value is (FAILED if FAILED in held else expected)


@given(HELD, HELD)
def test_what_is_chosen_by_a_kind_is_chosen_by_any_condition(held: Value, other: Value) -> None:
    one, then = cell("A1", held), cell("B1", other)
    asked = is_number(one)
    plainly = choose(Live(asked.text, lambda: asked.value), then, number(7))
    assert choose(asked, then, number(7)).value == plainly.value
    assert choose(asked, then, number(7)).text == plainly.text


# --- over ranges -----------------------------------------------------------------------------------------------------


def area_of(reckoning: Reckoning, *held: Value) -> Area:
    return Area("A1:A9", [HeldCell(reckoning, one) for one in held])


@given(st.lists(HELD, min_size=1, max_size=6), NUMBERS)
def test_a_number_is_found_where_it_first_stands(held: list[Value], sought: Fraction) -> None:
    places = [at for at, one in enumerate(held, start=1) if isinstance(one, Fraction) and one == sought]
    area = area_of(Reckoning(), *held)
    found = match(number(sought), area)
    assert found.value == (places[0] if places else FAILED)
    assert or_else(pick(area, found), text("")).value == (sought if places else "")


@given(st.lists(HELD, min_size=1, max_size=6), HELD)
def test_texts_are_counted_whatever_their_case(held: list[Value], wanted: Value) -> None:
    sought = live.trim(cell("B1", wanted)).value if wanted is not FAILED else ""
    many = sum(isinstance(one, str) and one != "" and one.casefold() == str(sought).casefold() for one in held)
    if isinstance(wanted, str) and wanted == wanted.strip():
        assert count_text(area_of(Reckoning(), *held), cell("B1", wanted)).value == many


@pytest.mark.parametrize("place", [0, -1, 4, "1", None, FAILED])
def test_there_is_nothing_outside_a_range(place: Value | int) -> None:
    assert pick(area_of(Reckoning(), *map(Fraction, (1, 2, 3))), cell("B1", place)).value is FAILED


# --- over other answers --------------------------------------------------------------------------------------------


class Sheet:
    """A sheet that was laid out blank: an answer, and what the list in front says of three rows, where one is open."""

    def __init__(self, wanted: int | None = 1) -> None:
        self.reckoning = Reckoning()
        self.rows = [HeldCell(self.reckoning) for _ in range(3)]
        self.wanted = HeldCell(self.reckoning, wanted)
        area = Area("A1:A3", self.rows)
        asked = live.Addressed("B1", self.wanted)
        first = choose(is_number(asked), match(asked, area), number(0))
        self.first, self.twice = HeldCell(self.reckoning), HeldCell(self.reckoning)
        self.first.compute(first.way)
        self.twice.compute((live.Addressed("C1", self.first) + live.Addressed("C1", self.first)).way)
        with self.reckoning.laying_out():
            self.twice.find()

    def results(self) -> list[Value]:
        return [one.find() for one in (self.first, self.twice)]


def test_what_reads_a_changed_cell_is_found_again_and_all_is_as_it_was_afterwards() -> None:
    sheet = Sheet()
    assert sheet.results() == [FAILED, FAILED]
    for at in (2, 0):
        with sheet.reckoning.trying():
            sheet.rows[at].hold(1)
            assert list(sheet.reckoning.other_results()) == [sheet.first, sheet.twice]
            assert sheet.results() == [at + 1, 2 * at + 2]
        assert sheet.results() == [FAILED, FAILED]
        assert list(sheet.reckoning.other_results()) == []


def test_what_comes_to_the_same_again_is_no_other_result() -> None:
    sheet = Sheet()
    with sheet.reckoning.trying():
        sheet.rows[1].hold(5)
        assert list(sheet.reckoning.other_results()) == []


def test_a_range_that_no_formula_asked_about_at_first_is_never_out_of_date() -> None:
    """Blank, the formula takes another way; what it asks of the range in one workbook is gone in the next."""
    sheet = Sheet(None)
    for at in (2, 0):
        with sheet.reckoning.trying():
            sheet.wanted.hold(1)
            sheet.rows[at].hold(1)
            assert sheet.results() == [at + 1, 2 * at + 2]


def test_a_range_that_is_first_asked_about_in_a_workbook_leaves_nothing_to_the_next() -> None:
    """Who asks came when all was laid out: no change is told to it."""
    sheet = Sheet()
    area = Area("A1:A3", sheet.rows)
    for at in (2, 0, 1):
        with sheet.reckoning.trying():
            asked = match(number(1), area)
            assert asked.value is FAILED
            sheet.rows[at].hold(1)
            assert asked.value == at + 1
    assert sheet.reckoning._shared == []


def test_what_stands_in_the_place_of_a_formula_stays_whatever_that_has_read() -> None:
    sheet = Sheet()
    for at in (0, 1):
        with sheet.reckoning.trying():
            sheet.first.hold(9)
            assert sheet.results() == [9, 18]
            sheet.rows[at].hold(1)
            assert sheet.results() == [9, 18]
            sheet.first.hold("甲")
            sheet.rows[2].hold(1)
            assert sheet.results() == ["甲", FAILED]
        assert sheet.results() == [FAILED, FAILED]
        with sheet.reckoning.trying():
            sheet.rows[at].hold(1)
            assert sheet.results() == [at + 1, 2 * at + 2]


def test_after_a_workbook_that_broke_off_all_is_as_it_was() -> None:
    sheet = Sheet()
    with suppress(ValueError), sheet.reckoning.trying():
        sheet.rows[0].hold(1)
        sheet.first.hold(9)
        assert sheet.twice.find() == 18
        raise ValueError("broken off")
    assert sheet.results() == [FAILED, FAILED]
    with sheet.reckoning.trying():
        sheet.rows[1].hold(1)
        assert sheet.results() == [2, 4]


def test_a_formula_that_was_written_over_comes_back() -> None:
    sheet = Sheet()
    for _ in range(2):
        with sheet.reckoning.trying():
            sheet.rows[0].hold(1)
            sheet.first.hold(9)
            assert sheet.results() == [9, 18]
            assert sheet.twice in list(sheet.reckoning.other_results())
        assert sheet.results() == [FAILED, FAILED]


def test_a_range_whose_index_is_not_learnt_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reckoning, "share", lambda reckoning, way: Reckoned(reckoning, way))
    with pytest.raises(AssertionError):
        test_a_range_that_no_formula_asked_about_at_first_is_never_out_of_date()


# --- as a workbook keeps it ------------------------------------------------------------------------------------------


@given(st.fractions())
def test_a_number_is_kept_as_the_nearest_binary_one(held: Fraction) -> None:
    assert cached(held) == float(held)


def test_whatever_is_found_can_be_kept() -> None:
    assert [cached(one) for one in (None, FAILED, True, "甲", Fraction(1, 2))] == [0.0, "#VALUE!", True, "甲", 0.5]


def test_only_a_cell_shows_its_number_in_a_form() -> None:
    assert shows_percentage(cell("A1", 0.5, "0%")).value is True
    assert meant(cell("A1", 0.5)).value == Fraction(1, 2)
    with pytest.raises(TypeError):
        shows_percentage(text("50%"))
