"""The page of the shared figures says which figures the systems have in common, and names every look-alike."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.model import Catalog, Figure

PAGE = (Path(__file__).parent.parent / "docs" / "shared-figures.md").read_text(encoding="utf-8")
SYSTEMS: Mapping[str, Catalog] = {identity: load_catalog(identity) for identity in catalog_ids()}
# Above this likeness of their labels, two figures could be taken for one by a reader in a hurry.
ALIKE = 0.8
FIELDS = (
    "label", "kind", "unit", "minimum", "maximum", "fixed", "items", "options", "columns", "rows", "row_label", "merge",
)  # fmt: skip


def short_names(page: str) -> dict[str, str]:
    """System -> the short name that the page gives it."""
    return {identity: name for name, identity in re.findall(r"^\| (\S+) \| `(\S+)` \| \d+ of ", page, re.MULTILINE)}


def holders(systems: Mapping[str, Catalog]) -> dict[str, list[str]]:
    """Figure -> the systems that ask for it."""
    found: dict[str, list[str]] = {}
    for identity, catalog in systems.items():
        for key in catalog.figures:
            found.setdefault(key, []).append(identity)
    return found


def rows_of_systems(systems: Mapping[str, Catalog], names: Mapping[str, str]) -> list[str]:
    """The rows of the table of systems: short name, system, how many of its figures are shared."""
    shared = {key for key, among in holders(systems).items() if len(among) > 1}
    counts = {identity: len(catalog.figures.keys() & shared) for identity, catalog in systems.items()}
    return [f"| {names[s]} | `{s}` | {counts[s]} of {len(systems[s].figures)} |" for s in names]


def expected_rows(systems: Mapping[str, Catalog], names: Mapping[str, str]) -> dict[str, str]:
    """Shared figure -> its row on the page: label, key, and where each system asks for it."""
    rows = {}
    for key, among in holders(systems).items():
        if len(among) > 1:
            ordered = sorted(among, key=list(names).index)
            places = " · ".join(f"{names[s]} {', '.join(systems[s].used_by[key])}" for s in ordered)
            rows[key] = f"| {systems[among[0]].figures[key].label} | `{key}` | {places} |"
    return rows


def faults_of_rows(systems: Mapping[str, Catalog], page: str) -> Iterator[str]:
    names = short_names(page)
    if names.keys() != systems.keys():
        yield f"the table of systems should hold {sorted(systems)}"
        return
    rows, lines = expected_rows(systems, names), page.splitlines()
    for row in (*rows_of_systems(systems, names), *rows.values()):
        if lines.count(row) != 1:
            yield f"the page should hold, once: {row}"
    for line in lines:
        if re.match(r"\| [^|`]+ \| `\w+` \| ", line) and line not in rows.values():
            yield f"the page should not hold: {line}"


def faults_of_definitions(systems: Mapping[str, Catalog]) -> Iterator[str]:
    """Where two systems use one key for two things."""
    for key, among in holders(systems).items():
        first, *others = (systems[identity].figures[key] for identity in among)
        for other in others:
            for field in FIELDS:
                if getattr(first, field) != getattr(other, field):
                    yield f"{key}: {field} differs: {getattr(first, field)!r}, {getattr(other, field)!r}"
    for (_, one), (_, two) in combinations(systems.items(), 2):
        for key in one.figures.keys() & two.figures.keys():
            wholes = {catalog.figures[key].part_of for catalog in (one, two)}
            if len(wholes) > 1 and all(whole in one.figures and whole in two.figures for whole in wholes - {""}):
                yield f"{key}: part_of differs: {sorted(wholes)}"


def look_alikes(systems: Mapping[str, Catalog]) -> Iterator[tuple[str, str]]:
    """Figures of two systems, under two keys and with labels that hardly differ. A system that holds both of a pair
    tells them apart itself."""
    asked = [(identity, figure) for identity, catalog in systems.items() for figure in catalog.figures.values()]
    together = {
        frozenset(pair) for c in systems.values() for pair in combinations(c.figures, 2)
    }  # fmt: skip
    for (one, a), (two, b) in combinations(asked, 2):
        if one != two and a.key != b.key and frozenset((a.key, b.key)) not in together and _like(a.label, b.label):
            yield a.key, b.key


def _like(a: str, b: str) -> bool:
    matcher = difflib.SequenceMatcher(None, a, b)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def told_apart(page: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Each row of look-alikes: its line, and the figures it names as (short name of a system, key, label)."""
    rows = []
    for line in page.splitlines():
        if line.startswith("| ") and "<br>" in line:
            rows.append((line, re.findall(r"(?:\| |<br>)(\S+) `(\w+)` ([^<|]+?)(?=<br>| \|)", line)))
    return rows


def faults_of_look_alikes(systems: Mapping[str, Catalog], page: str) -> Iterator[str]:
    by_name = {name: identity for identity, name in short_names(page).items()}
    rows = told_apart(page)
    for line, named in rows:
        if len(named) < 2 or not line.rstrip(" |").rpartition("|")[2].strip():
            yield f"a row names two figures or more, and says why: {line}"
        for name, key, label in named:
            figures = systems[by_name[name]].figures if name in by_name else {}
            if key not in figures or figures[key].label != label:
                yield f"no such figure: {name} {key} {label}"
    apart = {frozenset(pair) for _, named in rows for pair in combinations((key for _, key, _ in named), 2)}
    for pair in sorted(set(look_alikes(systems))):
        if frozenset(pair) not in apart:
            yield f"look alike, and the page does not say why they are two: {pair[0]}, {pair[1]}"


def test_every_shared_figure_is_on_the_page_once_as_the_systems_ask_for_it() -> None:
    assert list(faults_of_rows(SYSTEMS, PAGE)) == []


def test_a_shared_figure_is_the_same_thing_in_every_system() -> None:
    assert list(faults_of_definitions(SYSTEMS)) == []


def test_figures_that_look_alike_and_are_not_shared_are_told_apart() -> None:
    assert list(faults_of_look_alikes(SYSTEMS, PAGE)) == []


# --- the guards are seen to fail ---------------------------------------------------------------------------------


def with_figure(identity: str, figure: Figure) -> dict[str, Catalog]:
    """The systems, after one of them took in a figure."""
    catalog = SYSTEMS[identity]
    return {**SYSTEMS, identity: replace(catalog, figures={**catalog.figures, figure.key: figure})}


CITY, COUNTY = "gbt33356-2022-city", "gbt33356-2022-county"
SHARED = SYSTEMS[CITY].figures["residents_total"]


def test_a_key_that_comes_to_be_shared_is_missed_on_the_page() -> None:
    systems = with_figure(COUNTY, SYSTEMS[CITY].figures["gdp_total"])
    assert any("`gdp_total`" in fault for fault in faults_of_rows(systems, PAGE))


def test_a_row_of_a_figure_that_is_shared_no_more_is_seen() -> None:
    catalog = SYSTEMS[COUNTY]
    kept = {key: figure for key, figure in catalog.figures.items() if key != SHARED.key}
    systems = {**SYSTEMS, COUNTY: replace(catalog, figures=kept)}
    assert any("should not hold" in fault for fault in faults_of_rows(systems, PAGE))


def test_a_system_without_a_short_name_is_missed() -> None:
    assert list(faults_of_rows({**SYSTEMS, "new": SYSTEMS[CITY]}, PAGE))


@pytest.mark.parametrize(
    "change", [{"label": "常住人口"}, {"unit": "万人"}, {"maximum": SHARED.maximum + 1}, {"part_of": "students_total"}]
)
def test_a_key_that_means_two_things_is_seen(change: dict[str, object]) -> None:
    assert list(faults_of_definitions(with_figure(COUNTY, replace(SHARED, **change))))  # type: ignore[arg-type]


def test_a_new_look_alike_is_seen() -> None:
    systems = with_figure(COUNTY, replace(SYSTEMS[CITY].figures["gdp_total"], key="county_gdp"))
    assert any("county_gdp" in fault for fault in faults_of_look_alikes(systems, PAGE))


def test_a_look_alike_that_is_no_figure_of_its_system_is_seen() -> None:
    wrong = PAGE + "\n| city `nothing` 无此项<br>county `residents_total` 辖区内常住居民数 | because |\n"
    assert any("nothing" in fault for fault in faults_of_look_alikes(SYSTEMS, wrong))
