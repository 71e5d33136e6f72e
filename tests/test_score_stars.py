"""The two star systems of DB37/T 3890: what their texts add up to, and a whole county of each through real files."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import pytest
from make_samples import fill_workbook
from support import UNPROVEN
from whole_cities import read_whole

from smartcity_xl.books.cells import cell_name
from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.catalog.lint import lint_assignment, lint_catalog
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.cli import run_cli
from smartcity_xl.form.map import SCORES, column
from smartcity_xl.form.template import Issue, file_name
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Indicator, Kind, Merge, Role, RoundTerms
from smartcity_xl.rules.tree import Node, Reference, rewrite

ZOUCHENG, ZHANGQIU = "db37-3890-zoucheng", "db37-3890-zhangqiu"
CATALOGS = {system: load_catalog(system) for system in (ZOUCHENG, ZHANGQIU)}
ASSIGNMENTS = {system: load_assignment(catalog) for system, catalog in CATALOGS.items()}
both = pytest.mark.parametrize("system", CATALOGS)


def named(system: str) -> dict[str, Indicator]:
    return {indicator.name: indicator for indicator in CATALOGS[system].indicators}


def graded(system: str) -> list[Indicator]:
    return [indicator for indicator in CATALOGS[system].indicators if indicator.role is Role.SCORED]


# --- what the texts add up to ------------------------------------------------------------------------------------


@both
def test_a_star_system_and_its_assignment_lint_clean(system: str) -> None:
    assert lint_catalog(CATALOGS[system]) == ()
    assert lint_assignment(CATALOGS[system], ASSIGNMENTS[system]) == ()


@pytest.mark.parametrize(
    ("system", "inside", "levels"),
    [(ZOUCHENG, [9, 7, 8, 10, 6, 3], 42), (ZHANGQIU, [9, 7, 8, 10, 6, 5], 43)],
    ids=["E50: 43 indicators in 6 dimensions, 42 with levels", "E64: 45 rows in 6 dimensions, 43 with levels"],
)
def test_nothing_of_the_tables_was_lost(system: str, inside: list[int], levels: int) -> None:
    counts = Counter(indicator.category for indicator in CATALOGS[system].indicators)
    assert [counts[dimension.code] for dimension in CATALOGS[system].dimensions] == inside
    assert [indicator.code for indicator in CATALOGS[system].indicators] == [str(n + 1) for n in range(sum(inside))]
    assert len(graded(system)) == levels


def test_zoucheng_leaves_as_many_levels_open_as_its_text_has_lone_slashes() -> None:
    """E52, E55: 65 of the 5 × 42 cells."""
    assert sum(5 - len(indicator.levels) for indicator in graded(ZOUCHENG)) == 65


def test_the_points_of_zhangqiu_make_80_at_four_stars_and_100_at_five() -> None:
    """E63: they are alternatives. E53, E54: it closes only with 16 and 24 at five stars alone."""
    points = {level: [i.points[level] for i in graded(ZHANGQIU) if level in i.points] for level in (4, 5)}
    assert {level: sum(values) for level, values in points.items()} == {4: 80, 5: 100}
    assert {level: len(values) for level, values in points.items()} == {4: 41, 5: 43}
    assert not any(indicator.points for indicator in CATALOGS[ZOUCHENG].indicators)


@both
def test_two_indicators_ask_nothing_below_five_stars(system: str) -> None:
    """E53, E54."""
    alone = [i.code for i in graded(system) if [level for level, _ in i.levels] == [5]]
    assert alone == ["16", "24"]


@both
def test_zhangqiu_names_four_and_five_stars_only(system: str) -> None:
    levels = {level for indicator in graded(system) for level, _ in indicator.levels}
    assert levels == ({4, 5} if system == ZHANGQIU else {1, 2, 3, 4, 5})


def test_the_leading_indicators_are_those_printed_with_a_star() -> None:
    """E65: 10 and 9; 5G coverage has its star in Zoucheng alone."""
    leading = {system: {i.code for i in CATALOGS[system].indicators if i.leading} for system in CATALOGS}
    assert leading[ZOUCHENG] == {"3", "12", "19", "21", "23", "24", "32", "33", "38", "39"}
    assert leading[ZHANGQIU] == leading[ZOUCHENG] - {"33"}


def test_leaks_and_the_base_are_no_levels() -> None:
    """E62: a count in Zoucheng, points without a limit in Zhangqiu. E64: the base is a task."""
    roles = {s: {i.code: i.role for i in CATALOGS[s].indicators if i.role is not Role.SCORED} for s in CATALOGS}
    assert roles == {ZOUCHENG: {"40": Role.SHOWN}, ZHANGQIU: {"40": Role.DEDUCTION, "45": Role.SHOWN}}
    assert named(ZHANGQIU)["信息安全"].deduct_max is None


# Where Zhangqiu asks other elements than Zoucheng (E60), or has fewer steps below.
OTHER_ELEMENTS = {"制度机制", "规划计划", "人才保障", "资金投入"}


def spelt_out(indicator: Indicator) -> dict[int, Node]:
    """Level -> its condition, with the rule's parts written out."""
    parts = dict(indicator.rule.parts)

    def inside(node: Node) -> Node:
        return rewrite(parts[node.name], inside) if isinstance(node, Reference) and node.name in parts else node

    return {level: rewrite(condition, inside) for level, condition in indicator.levels}


@pytest.mark.parametrize("name", [name for name in named(ZOUCHENG) if named(ZOUCHENG)[name].role is Role.SCORED])
def test_four_and_five_stars_ask_the_same_in_both_texts(name: str) -> None:
    first, second = named(ZOUCHENG)[name], named(ZHANGQIU)[name]
    assert first.levels[0][0] == second.levels[0][0] == 5
    if name not in OTHER_ELEMENTS:
        above = {level: condition for level, condition in spelt_out(first).items() if level >= 4}
        assert spelt_out(second) == above


NATIONAL = ("cn-2018", "gbt33356-2022-city", "gbt33356-2022-county")
SHARED = {
    "cameras_intact", "cameras_shared", "cameras_total", "criminal_cases_total", "criminal_cases_video", "gdp_total",
    "gov_departments_sharing", "gov_departments_total", "gov_items_ecert", "gov_items_total", "key_areas_hd_video",
    "key_areas_total", "key_buildings_metered", "key_buildings_total", "leak_events", "main_sites_ipv6",
    "main_sites_total", "map_1000_area", "open_data_classes", "open_data_classes_total", "planning_area",
    "video_served_departments",
}  # fmt: skip
"""What the texts ask in the very words of a national system (E16); look-alikes have keys of their own."""


def test_what_the_national_systems_ask_too_is_one_figure_and_nothing_else_is() -> None:
    """``lay_together`` refuses one key that means two things."""
    national = [load_catalog(system) for system in NATIONAL]
    together = lay_together([*national, *CATALOGS.values()])
    known = {key for catalog in national for key in catalog.figures}
    own = [set(catalog.figures) for catalog in CATALOGS.values()]
    assert [figures & known for figures in own] == [SHARED, SHARED]
    assert len(together.figures) == len(known | own[0] | own[1])


# --- who answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "written", "department"),
    [
        (ZOUCHENG, "市大数据局", "gov-data"),
        (ZOUCHENG, "市政府办公室(市大数据局)", "gov-data"),
        (ZOUCHENG, "市国有企业发展服务中心", "finance"),
        (ZOUCHENG, "市人力资源和社会保障局", "hrss"),
        (ZHANGQIU, "移动", "mobile"),
        (ZHANGQIU, "市生态环境局章丘分局", "ecology"),
    ],
)
def test_the_spellings_of_one_unit_are_one_department(system: str, written: str, department: str) -> None:
    """E67: brackets do not make two units."""
    spelt = {s: key for key, d in ASSIGNMENTS[system].departments.items() for s in (d.name, *d.aliases)}
    assert spelt[written] == department


def test_zoucheng_42_is_the_publicity_departments_and_43_the_others() -> None:
    """E67, with the towns, an open group, left out."""
    duties = ASSIGNMENTS[ZOUCHENG].duties
    assert (duties["42"], duties["43"]) == (("publicity",), ("politics-law", "gov-data", "housing"))


@both
def test_the_office_is_the_big_data_bureau(system: str) -> None:
    assignment = ASSIGNMENTS[system]
    assert "大数据局" in assignment.name(assignment.office)
    assert assignment.unassigned == {}


@both
def test_each_department_gives_its_part_of_a_sum_and_only_lists_are_ticked_by_any(system: str) -> None:
    merged = {figure.key: figure.merge for figure in CATALOGS[system].figures.values()}
    shared = {key for key, asked in ASSIGNMENTS[system].asked.items() if len(asked) > 1}
    assert "supported_projects" in shared
    assert merged["supported_projects"] is Merge.SUM
    assert all(CATALOGS[system].figures[key].kind is Kind.CHECKLIST for key in merged if merged[key] is Merge.ANY)


# --- a whole county of each, through real files ------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """One system's rehearsal: what was expected, by hand, and what came of it."""

    expected: Mapping[str, Any]
    issued: frozenset[str]
    code: int
    results: Mapping[str, Any]
    folder: Path

    @property
    def summary(self) -> Path:
        return self.folder / "out" / "汇总.xlsx"

    @property
    def indicators(self) -> dict[str, Any]:
        found = (i for d in self.results["dimensions"] for c in d["categories"] for i in c["indicators"])
        return {indicator["code"]: indicator for indicator in found}


def type_answers(catalog: Catalog, assignment: Assignment, department: str, whole: Mapping[str, Any]) -> dict[str, Any]:
    """What one department types: its own part where there are parts, its own ticks, else what the county says."""
    answers: dict[str, Any] = {}
    for key in assignment.figures_for(department):
        figure = catalog.figures[key]
        if figure.kind is Kind.CHECKLIST:
            lead = assignment.asked[key][0] == department
            own = whole["ticked_by"].get(key, {}).get(department, whole["ticked"][key])
            every = lead or key not in whole["ticked_by"]  # the others may leave blank what is not theirs
            for item in figure.items:
                if item.key in own or every:
                    answers[f"{key}.{item.key}"] = "是" if item.key in own else "否"
        elif figure.slots[0].fixed is None:
            typed = Fraction(whole["parts"].get(key, {}).get(department, whole["given"].get(key)))
            yes = "是" if typed else "否"
            answers[key] = yes if figure.kind is Kind.YESNO else float(typed) if typed.denominator > 1 else int(typed)
    return answers


def rehearse(system: str, folder: Path) -> Round:
    """Issue the templates, fill every one, collect them."""
    whole, assignment = read_whole(system), ASSIGNMENTS[system]
    (folder / "inbox").mkdir(parents=True)
    own = ["--city", whole["name"], "--round", assignment.round]
    command = ["make-templates", "--catalog", system, *own, "--out", str(folder / "issued")]
    assert run_cli(command) == 0
    for department in assignment.departments:
        fill_one(system, folder, whole, department)
    return take(whole, frozenset(path.name for path in (folder / "issued").iterdir()), folder)


def fill_one(system: str, folder: Path, whole: Mapping[str, Any], department: str) -> None:
    catalog, assignment = CATALOGS[system], ASSIGNMENTS[system]
    issue = Issue(assignment.round, whole["name"], assignment.deadline)
    answers = type_answers(catalog, assignment, department, whole)
    data = fill_workbook(catalog, assignment, department, issue, {"answers": answers})
    (folder / "inbox" / file_name(assignment, department)).write_bytes(data)


def take(whole: Mapping[str, Any], issued: frozenset[str], folder: Path) -> Round:
    """Collect what is in the inbox."""
    code = run_cli(["collect", str(folder / "inbox"), "--out", str(folder / "out")])
    results = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return Round(whole, issued, code, results, folder)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Round]:
    return {system: rehearse(system, tmp_path_factory.mktemp(system)) for system in CATALOGS}


@both
def test_a_workbook_is_issued_to_every_department(rounds: Mapping[str, Round], system: str) -> None:
    own = ASSIGNMENTS[system]
    assignment = under_terms(own, rounds[system].expected["name"], own.round, RoundTerms())  # another city's names
    assert rounds[system].issued == {file_name(assignment, department) for department in assignment.departments}
    assert all(d["reported"] and d["filled"] == d["asked"] for d in rounds[system].results["departments"])


@both
def test_every_indicator_has_the_star_worked_by_hand(rounds: Mapping[str, Round], system: str) -> None:
    found = {code: indicator["star"] for code, indicator in rounds[system].indicators.items()}
    assert found == {entry["code"]: entry.get("star") for entry in rounds[system].expected["indicator"]}


@both
def test_stars_are_counted_and_none_is_worked_out_for_the_county(rounds: Mapping[str, Round], system: str) -> None:
    """E66; and E55: the two that ask nothing at four stars are not below four."""
    stars, expected = rounds[system].results["stars"], rounds[system].expected
    assert stars == {"target": 4, "counts": expected["counts"], "unsettled": 0, "below": expected["below"]}


def test_zhangqius_points_add_up_to_the_total_worked_by_hand(rounds: Mapping[str, Round]) -> None:
    held, expected = rounds[ZHANGQIU], rounds[ZHANGQIU].expected
    listed = {entry["code"]: entry.get("score") for entry in expected["indicator"]}
    assert {code: indicator["score"] for code, indicator in held.indicators.items()} == listed
    dimensions = {dimension["code"]: dimension["score"] for dimension in held.results["dimensions"]}
    assert dimensions == {entry["code"]: entry["score"] for entry in expected["dimension"]}
    total = held.results["total"]
    assert (total["score"], total["full"], total["final"]) == (expected["total"], "100.00", True)


def test_zoucheng_has_no_total_and_no_points(rounds: Mapping[str, Round]) -> None:
    assert rounds[ZOUCHENG].results["total"] is None
    assert {indicator["score"] for indicator in rounds[ZOUCHENG].indicators.values()} == {None}


@both
def test_the_office_is_asked_about_what_the_texts_leave_open_and_nothing_else(
    rounds: Mapping[str, Round], system: str
) -> None:
    found: dict[str, list[str]] = {}
    for finding in rounds[system].results["findings"]:
        if finding["code"] not in UNPROVEN:
            found.setdefault(finding["code"], []).append(finding["indicator"])
    found = {code: sorted(indicators, key=int) for code, indicators in found.items()}
    expected = rounds[system].expected
    asked = {"query": expected["queries"], "zero-denominator": expected["zero_denominators"]}
    assert found == {code: indicators for code, indicators in asked.items() if indicators}
    assert rounds[system].code == 1


def test_departments_that_contradict_each_other_keep_the_star_back(rounds: Mapping[str, Round], tmp_path: Path) -> None:
    whole = read_whole(ZOUCHENG)
    whole["parts"]["smart_communities"] = {"politics-law": "38", "gov-data": "38", "housing": "39"}
    shutil.copytree(rounds[ZOUCHENG].folder / "inbox", tmp_path / "inbox")
    for department in ASSIGNMENTS[ZOUCHENG].asked["smart_communities"]:
        fill_one(ZOUCHENG, tmp_path, whole, department)
    held = take(whole, frozenset(), tmp_path)
    indicator = held.indicators["43"]
    assert (indicator["standing"], indicator["star"], indicator["open"]) == ("conflict", None, ["smart_communities"])
    assert held.results["stars"]["unsettled"] == 1


def test_one_department_that_has_not_given_its_part_keeps_the_sum_back(
    rounds: Mapping[str, Round], tmp_path: Path
) -> None:
    held = rounds[ZHANGQIU]
    shutil.copytree(held.folder / "inbox", tmp_path / "inbox")
    (tmp_path / "inbox" / file_name(ASSIGNMENTS[ZHANGQIU], "telecom")).unlink()
    assert run_cli(["collect", str(tmp_path / "inbox"), "--out", str(tmp_path / "again")]) == 1
    results = json.loads((tmp_path / "again" / "results.json").read_text(encoding="utf-8"))
    still = {i["code"]: i for d in results["dimensions"] for c in d["categories"] for i in c["indicators"]}
    assert {code for code, i in still.items() if i["standing"] != "settled"} == {"25", "31"}
    points = {code: Fraction(i["score"]) for code, i in held.indicators.items() if i["score"]}
    assert Fraction(results["total"]["score"]) == sum(points.values()) - points["25"] - points["31"]


# --- other people's programs show the same -----------------------------------------------------------------------


@pytest.fixture(scope="module", params=office.PROGRAMS)
def recalculated(
    request: pytest.FixtureRequest, rounds: Mapping[str, Round], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Mapping[Path, office.Values]]:
    """Every workbook filled and the summary of each round, calculated anew: system -> file -> what it shows."""
    shown = {}
    for system, held in rounds.items():
        files = [*sorted((held.folder / "inbox").iterdir()), held.summary]
        saved = office.recalculate(request.param, files, tmp_path_factory.mktemp(system) / request.param)
        shown[system] = {file: office.read_values(saved[file]) for file in files}
    return shown


def by_code(sheet: Mapping[str, object], column: str) -> dict[str, object]:
    """Code of an indicator -> what stands in a column, for the rows that name one."""
    codes = {address[1:]: value for address, value in sheet.items() if re.fullmatch(r"A\d+", address)}
    return {str(code): sheet.get(f"{column}{row}") for row, code in codes.items()}


def stars_by_hand(held: Round) -> dict[str, int]:
    return {entry["code"]: entry["star"] for entry in held.expected["indicator"] if "star" in entry}


@pytest.mark.office
@both
def test_the_summary_recalculates_to_the_stars_and_points_worked_by_hand(
    rounds: Mapping[str, Round], recalculated: Mapping[str, Mapping[Path, office.Values]], system: str
) -> None:
    sheet = recalculated[system][rounds[system].summary][label("sheet.breakdown")]
    stars, expected = by_code(sheet, "D"), stars_by_hand(rounds[system])
    assert {code: stars[code] for code in expected} == expected
    points = {
        entry["code"]: float(entry["score"]) for entry in rounds[system].expected["indicator"] if "score" in entry
    }
    assert {code: by_code(sheet, "F")[code] for code in points} == points


@pytest.mark.office
@both
def test_each_departments_workbook_recalculates_to_the_stars_worked_by_hand(
    rounds: Mapping[str, Round], recalculated: Mapping[str, Mapping[Path, office.Values]], system: str
) -> None:
    """But for what several departments add up or tick together: no one of them can show it."""
    expected, seen, wrong = stars_by_hand(rounds[system]), set(), []
    score = cell_name(0, column(SCORES, "score")).rstrip("1")
    for file, sheets in recalculated[system].items():
        if file == rounds[system].summary:
            continue
        stars = {c: s for c, s in by_code(sheets[label("sheet.scores")], score).items() if isinstance(s, (int, float))}
        wrong += [
            f"{file.name} {code}: {stars[code]}" for code in expected.keys() & stars if stars[code] != expected[code]
        ]
        seen |= stars.keys() & expected.keys()
    assert wrong == []
    catalog, asked = CATALOGS[system], ASSIGNMENTS[system].asked
    apart = {
        indicator.code
        for indicator in graded(system)
        if len({asked[f.key] for f in catalog.figures_of[indicator.code] if f.slots[0].fixed is None}) > 1
        or any(f.merge is not Merge.AGREE and len(asked[f.key]) > 1 for f in catalog.figures_of[indicator.code])
    }
    assert expected.keys() - seen <= apart
    assert len(seen) >= 36


def test_the_case_files_name_every_indicator_once() -> None:
    for system, catalog in CATALOGS.items():
        text = (Path(__file__).parent / "cases" / f"{system}.whole.toml").read_text(encoding="utf-8")
        listed = [entry["code"] for entry in tomllib.loads(text)["indicator"]]
        assert listed == [indicator.code for indicator in catalog.indicators]
