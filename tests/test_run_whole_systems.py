"""A whole city or county of each system, worked by hand to the total (``cases/<system>.whole.toml``), or to the stars
(``cases/<system>.counties.toml``; the file through which a county travels as workbooks is test_score_stars.py's)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from whole_cities import CITIES_2016, CITY, COUNTIES, STAR_COUNTIES, STAR_SYSTEMS

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.catalog.load import load_catalog, load_document
from smartcity_xl.model import Catalog, Kind, Merged, MergedSlot, Scores, Standing
from smartcity_xl.results.shown import two
from smartcity_xl.results.stars import count_levels, reaches, starred
from smartcity_xl.score.scoring import score_merged


def score(
    catalog: Catalog,
    given: Mapping[str, str],
    ticked: Mapping[str, list[str]] | None = None,
    missing: tuple[str, ...] = (),
) -> Scores:
    """Score a city from its figures as they stand in a case file; ``missing`` are those nobody has answered."""
    slots = {}
    for slot in catalog.slots.values():
        if slot.key in missing:
            slots[slot.key] = MergedSlot(slot.key, Standing.MISSING, None, (), ())
            continue
        if slot.fixed is not None:
            value = slot.fixed
        elif ticked and slot.figure in ticked:
            value = Fraction(slot.key.partition(".")[2] in ticked[slot.figure])
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


# --- the system of 2016 ------------------------------------------------------------------------------------------


def adapt_2016(city: Mapping[str, Any]) -> Catalog:
    """The system of 2016 after an office's changes: weights of indicators, and a province's own categories."""
    document = load_document("cn-2016")
    weights, own = city.get("weights", {}), city.get("own", {})
    for indicator in document["indicators"]:
        if indicator["code"] in weights:
            indicator["weight"] = weights[indicator["code"]]
    for name, entries in own.items():
        document[name] += entries
    catalog, faults = build_catalog(document)
    assert [fault.words("en") for fault in (*faults, *lint_catalog(catalog))] == []
    return catalog


@pytest.mark.parametrize("city", CITIES_2016, ids=lambda city: city["name"])
def test_a_city_of_2016_scores_as_worked_by_hand(city: dict[str, Any]) -> None:
    catalog = adapt_2016(city)
    missing = tuple(key for key in catalog.slots if key not in city["given"])
    assert city["given"].keys() | set(missing) == catalog.slots.keys(), "a figure that nobody asks for"
    scores = score(catalog, city["given"], missing=missing)
    check(scores, city)
    assert (two(scores.apart), two(scores.assessed), scores.full) == (city["apart"], city["assessed"], 100)
    assert scores.final is not bool(missing)
    assert scores.findings == ()


def test_the_cities_of_2016_are_marked_by_category_one_by_one_and_with_self_chosen_indicators() -> None:
    """E49, E7: each way of marking is worked through, and a total without the survey."""
    indicators = [adapt_2016(city).indicators for city in CITIES_2016]
    assert {len(entries) for entries in indicators} == {21, 51 + 2 + 9}
    assert [city["assessed"] for city in CITIES_2016].count("80.00") == 1


# --- the star systems --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "county"), STAR_COUNTIES, ids=[f"{system} {county['name']}" for system, county in STAR_COUNTIES]
)
def test_a_county_reaches_the_stars_worked_by_hand(system: str, county: dict[str, Any]) -> None:
    catalog = load_catalog(system)
    scores = score(catalog, county["given"], county["ticked"])
    found, listed = starred(scores.dimensions), county["indicator"]
    assert {i.indicator.code: i.star for i in found} == {e["code"]: e["star"] for e in listed if "star" in e}
    assert {str(level): number for level, number in count_levels(found).items()} == county["counts"]
    assert [i.indicator.code for i in found if reaches(i, catalog.target) is False] == county["below_target"]
    points = {i.indicator.code: two(i.score) for i in scores.indicators if i.score is not None}
    assert points == {e["code"]: e["score"] for e in listed if "score" in e}
    assert [f.indicator for f in scores.findings if f.code == "query"] == county["queries"]
    if catalog.graded:
        dimensions = {d.dimension.code: two(d.score) for d in scores.dimensions}
        assert dimensions == {e["code"]: e["score"] for e in county["dimension"]}
        assert (two(scores.total), scores.full) == (county["total"], 100)
    else:
        assert "total" not in county


def test_the_counties_include_one_at_the_target_one_at_the_top_and_one_with_nothing() -> None:
    """E63: 80 points at four stars, 100 at five. E8, E62: nothing keeps a total from falling below 0."""
    totals = [county["total"] for _, county in STAR_COUNTIES if "total" in county]
    assert {"80.00", "100.00", "-6.00"} <= set(totals)
    for system in STAR_SYSTEMS:
        below = [len(county["below_target"]) for of, county in STAR_COUNTIES if of == system]
        assert min(below) == 0
        assert max(below) >= 40
