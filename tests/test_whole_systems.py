"""A whole city or county of each system, worked by hand to the total (``cases/<system>.whole.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.model import Catalog, Kind, Merged, MergedSlot, Scores, Standing
from smartcity_xl.scoring import score_merged
from smartcity_xl.summary.results import two

HOME = Path(__file__).parent / "cases"


def read_whole(name: str) -> dict[str, Any]:
    return tomllib.loads((HOME / f"{name}.whole.toml").read_text(encoding="utf-8"))


COUNTIES = read_whole("gbt33356-2022-county")["county"]
CITY = read_whole("gbt33356-2022-city")


def score(catalog: Catalog, given: Mapping[str, str]) -> Scores:
    """Score a city from its figures as they stand in a case file."""
    slots = {}
    for slot in catalog.slots.values():
        if slot.fixed is not None:
            value = slot.fixed
        elif slot.kind is Kind.CHOICE:
            value = Fraction([option.key for option in slot.options].index(given[slot.key]) + 1)
        else:
            value = Fraction(given[slot.key])
        slots[slot.key] = MergedSlot(slot.key, Standing.SETTLED, value, (), ())
    return score_merged(catalog, Merged(slots, {}, ()))


def check(scores: Scores, expected: Mapping[str, Any]) -> None:
    found = {i.indicator.code: two(i.score) for i in scores.indicators if i.score is not None}
    listed = {entry["code"]: entry["score"] for entry in expected.get("indicator", [])}
    inside = {code: score for entry in expected["category"] for code, score in entry.get("indicators", {}).items()}
    assert found == listed | inside
    categories = {c.category.code: two(c.score) for d in scores.dimensions for c in d.categories}
    assert categories == {entry["code"]: entry["score"] for entry in expected["category"]}
    dimensions = {d.dimension.code: two(d.score) for d in scores.dimensions}
    assert dimensions == {entry["code"]: entry["score"] for entry in expected["dimension"]}
    assert two(scores.total) == expected["total"]


@pytest.mark.parametrize("county", COUNTIES, ids=lambda county: county["name"])
def test_a_county_scores_as_worked_by_hand(county: dict[str, Any]) -> None:
    scores = score(load_catalog("gbt33356-2022-county"), county["given"])
    check(scores, county)
    assert sorted(f.indicator for f in scores.findings if f.code == "query") == sorted(county.get("queries", []))


def test_the_best_possible_county_reaches_98_45() -> None:
    """E40 and E41: as printed, 100 cannot be reached, and nothing is scaled up."""
    assert max(Fraction(county["total"]) for county in COUNTIES) == Fraction("98.45")


def test_the_city_scores_as_worked_by_hand() -> None:
    scores = score(load_catalog("gbt33356-2022-city"), CITY["given"])
    check(scores, CITY)
    notes: dict[str, list[str]] = {}
    queries: dict[str, int] = {}
    for finding in scores.findings:
        if finding.code == "query":
            queries[finding.indicator] = queries.get(finding.indicator, 0) + 1
        else:
            notes.setdefault(finding.indicator, []).append(finding.code)
    assert (notes, queries) == (CITY["notes"], CITY["queries"])
