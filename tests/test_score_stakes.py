"""How many points hang on an answer, against points counted by hand from the tables of 2018."""

from __future__ import annotations

from fractions import Fraction

import pytest
from support import CATALOG

from smartcity_xl.score.stakes import points_at_stake, points_of

INDICATOR = {indicator.code: indicator for indicator in CATALOG.indicators}


def test_all_figures_together_hold_the_hundred_points_and_the_deductions() -> None:
    deductions = sum((i.deduct_max or Fraction(0) for i in CATALOG.indicators), Fraction(0))
    assert points_at_stake(CATALOG, CATALOG.figures) == 100 + deductions == 104


@pytest.mark.parametrize(
    "code", ["L1P1-A1", "L6P1-A1", "L8P1"], ids=["a share of a category", "a deduction", "the citizens' survey"]
)
def test_a_figure_that_one_indicator_reads_holds_its_points(code: str) -> None:
    own = [f.key for f in CATALOG.figures_of[code] if CATALOG.used_by[f.key] == (code,)]
    assert own
    assert {points_at_stake(CATALOG, [key]) for key in own} == {points_of(CATALOG, INDICATOR[code])}


def test_points_by_hand() -> None:
    # L1P1 weighs 5 % of the total, A1 30 % of the category; leaks and reviews cost 2 points together
    expected = {code: f"{float(points_of(CATALOG, INDICATOR[code])):.2f}" for code in ("L1P1-A1", "L6P1-A1", "L8P1")}
    assert expected == {"L1P1-A1": "1.50", "L6P1-A1": "2.00", "L8P1": "40.00"}


def test_an_indicator_counts_once_and_one_read_by_several_counts_for_each() -> None:
    shared = next(key for key, codes in CATALOG.used_by.items() if len(codes) > 1)
    several = sum((points_of(CATALOG, INDICATOR[code]) for code in CATALOG.used_by[shared]), Fraction(0))
    assert points_at_stake(CATALOG, [shared]) == points_at_stake(CATALOG, [shared, shared]) == several


def test_an_item_and_a_column_hold_what_their_figure_holds() -> None:
    for figure in CATALOG.figures.values():
        for member in (*figure.items, *figure.columns):
            assert points_at_stake(CATALOG, [f"{figure.key}.{member.key}"]) == points_at_stake(CATALOG, [figure.key])


def test_what_no_rule_reads_holds_nothing() -> None:
    assert points_at_stake(CATALOG, []) == points_at_stake(CATALOG, ["nobody"]) == 0
