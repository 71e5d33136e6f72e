"""Formulas of old functions are not searched for new ones; what is written is the same."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest
from support import filled, put
from xlsxwriter.worksheet import Worksheet

from smartcity_xl.books import plain_formulas
from smartcity_xl.books.plain_formulas import OLD, PlainWorksheet
from smartcity_xl.catalog.load import load_document
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.model import Outcome
from smartcity_xl.office.assigning import write_assignment_book
from smartcity_xl.office.editing import write_catalog_book
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice, choose_round
from smartcity_xl.summary import write_summary

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


def write_form() -> bytes:
    catalog, assignment = choose_round(Choice(city="洛阳市", round="2018"))
    return write_template(catalog, assignment, "transport", Issue("2018", "洛阳市", "2019-02-25"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("plain"), {"机要.xlsx": filled(), "税务.xlsx": filled("tax")}))


# workbook -> what writes it
WRITTEN: dict[str, Callable[[Outcome], bytes]] = {
    "a form": lambda _: write_form(), "the summary": write_summary,
    "an assignment to fill": lambda one: write_assignment_book(one.catalog),
    "a system to edit": lambda one: write_catalog_book(one.catalog, load_document(one.catalog.id)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_a_workbook_is_the_same_to_the_byte_and_needs_no_search(
    name: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    search = Worksheet._prepare_formula

    def prepare(self: Worksheet, formula: str, expand_future_functions: bool = False) -> str:
        searched.append(formula)
        prepared: str = search(self, formula, expand_future_functions)
        return prepared

    monkeypatch.setattr(Worksheet, "_prepare_formula", prepare)
    quick = WRITTEN[name](outcome)
    assert searched == []
    monkeypatch.setattr(plain_formulas, "OLD", frozenset())
    assert WRITTEN[name](outcome) == quick
    assert searched


def test_the_library_still_prepares_formulas_where_the_guard_stands() -> None:
    """Else the guard would guard nothing, and nobody would notice."""
    assert list(inspect.signature(Worksheet._prepare_formula).parameters) == [
        "self",
        "formula",
        "expand_future_functions",
    ]
    assert "self._prepare_formula(formula)" in inspect.getsource(Worksheet._write_formula)
