"""Formulas of old functions are not searched for new ones; what is written is the same."""

from __future__ import annotations

import inspect
import re

import pytest
from xlsxwriter.worksheet import Worksheet

from smartcity_xl.books import plain_formulas
from smartcity_xl.books.plain_formulas import OLD, PlainWorksheet
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.run.systems import Choice, choose_round

NEW = dict.fromkeys(re.findall(r"\\b([A-Z.]+)\\\(", inspect.getsource(Worksheet._prepare_formula)))
ODD = (
    "", "1", "=1+1", "{=SUM(A1:A2)}", "{SUM(A1:A2)}", "={SUM(A1)}", "SUM(A1)}", "=IF(A1,{1,2},3)", "X.DROP(1)",
    "SUM.X(1)", "ISUM(1)", "SING LE(1)", "_SINGLE(1)", "_xlfn.CONCAT(A1)", '"SORT("&A1', "sum(A1)",
    "IF(A1,SORT(B1:B2),0)", "(A1)+(B1)",
)  # fmt: skip


def test_the_library_knows_many_new_functions_and_none_of_the_old() -> None:
    assert len(NEW) > 100
    assert not NEW.keys() & OLD


@pytest.mark.parametrize("future", [False, True])
def test_every_formula_is_prepared_as_the_library_does(future: bool) -> None:
    ours, base = PlainWorksheet(), Worksheet()
    called = [f"{name}(A1)" for name in (*NEW, *sorted(OLD))]
    mixed = [f"IF(A1,{formula},0)" for formula in called]
    for formula in (*ODD, *called, *mixed):
        assert ours._prepare_formula(formula, future) == base._prepare_formula(formula, future), formula


def test_a_form_is_the_same_to_the_byte_and_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, assignment = choose_round(Choice(city="洛阳市", round="2018"))
    issue = Issue("2018", "洛阳市", "2019-02-25")
    searched: list[str] = []
    search = Worksheet._prepare_formula

    def prepare(self: Worksheet, formula: str, expand_future_functions: bool = False) -> str:
        searched.append(formula)
        prepared: str = search(self, formula, expand_future_functions)
        return prepared

    monkeypatch.setattr(Worksheet, "_prepare_formula", prepare)
    quick = write_template(catalog, assignment, "transport", issue)
    assert searched == []
    monkeypatch.setattr(plain_formulas, "OLD", frozenset())
    assert write_template(catalog, assignment, "transport", issue) == quick
    assert len(searched) > 100
