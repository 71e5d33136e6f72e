"""The cases worked by hand from the official texts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.model import Catalog, Figure, Indicator, Kind

HOME = Path(__file__).parent.parent / "cases"
CATALOGS = {system: load_catalog(system) for system in catalog_ids()}
CASES: dict[str, list[dict[str, Any]]] = {
    system: tomllib.loads((HOME / f"{system}.toml").read_text(encoding="utf-8"))["case"] for system in CATALOGS
}
INDICATORS = {(system, i.code): i for system, catalog in CATALOGS.items() for i in catalog.indicators}
Values = dict[str, Fraction]
Tables = dict[str, tuple[dict[str, Fraction], ...]]
every_case = pytest.mark.parametrize(
    ("system", "case"),
    [(system, case) for system, cases in CASES.items() for case in cases],
    ids=[f"{system} {case['indicator']} {case['name']}" for system, cases in CASES.items() for case in cases],
)
every_indicator = pytest.mark.parametrize(("system", "code"), INDICATORS, ids=map(" ".join, INDICATORS))


def _figure_values(figure: Figure, case: Mapping[str, Any]) -> Values:
    """The numbers that a case gives for one figure; what the text fixes comes from the catalog."""
    given, ticked = case["given"], case.get("ticked", {})
    if figure.kind is Kind.CHECKLIST and figure.key in ticked:
        return {slot.key: Fraction(slot.key.partition(".")[2] in ticked[figure.key]) for slot in figure.slots}
    if figure.kind is Kind.CHOICE:
        return {figure.key: Fraction([option.key for option in figure.options].index(given[figure.key]) + 1)}
    return {slot.key: slot.fixed if slot.fixed is not None else Fraction(given[slot.key]) for slot in figure.slots}


def values_of(catalog: Catalog, indicator: Indicator, case: Mapping[str, Any]) -> tuple[Values, Tables]:
    """The figures and the tables of a case, complete and exact, as the engine takes them."""
    values: Values = {}
    for figure in catalog.figures_of[indicator.code]:
        values |= _figure_values(figure, case)
    tables = {
        table: tuple({column: Fraction(number) for column, number in row.items()} for row in rows)
        for table, rows in case.get("tables", {}).items()
    }
    return values, tables
