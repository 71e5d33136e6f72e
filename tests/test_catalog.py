"""The built-in catalogs are whole, and hold what the texts and the errata say."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from fractions import Fraction

import pytest

from smartcity_xl.catalog.lint import lint_assignment, lint_catalog
from smartcity_xl.catalog.load import DEFAULT_CATALOG, assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.errors import UsageFault
from smartcity_xl.model import Kind, Merge
from smartcity_xl.rules.tree import Quotient, names_used, walk

SYSTEMS = {system: load_catalog(system) for system in catalog_ids()}
ASSIGNMENTS = [(system, assignment) for system in SYSTEMS for assignment in assignment_ids(system)]
CATALOG = SYSTEMS["cn-2018"]
LUOYANG = load_assignment(CATALOG, "luoyang-2019")
INDICATORS = {indicator.code: indicator for indicator in CATALOG.indicators}
SURVEY = "L8P1"

# --- every built-in catalog --------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_built_in_system_has_no_fault(system: str) -> None:
    assert [fault.words("en") for fault in lint_catalog(SYSTEMS[system])] == []


@pytest.mark.parametrize(("system", "assignment"), ASSIGNMENTS)
def test_a_built_in_assignment_has_no_fault(system: str, assignment: str) -> None:
    found = lint_assignment(SYSTEMS[system], load_assignment(SYSTEMS[system], assignment))
    assert [fault.words("en") for fault in found] == []


def test_the_default_system_is_built_in_and_has_an_assignment() -> None:
    assert DEFAULT_CATALOG in SYSTEMS
    assert load_assignment(SYSTEMS[DEFAULT_CATALOG]).id == assignment_ids(DEFAULT_CATALOG)[0]


def test_an_unknown_system_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UsageFault) as caught:
        load_catalog("cn-1918")
    assert (caught.value.code, caught.value.parameters["found"]) == ("catalog-unknown", "cn-1918")
    assert "cn-2018" in caught.value.parameters["known"]


def test_an_unknown_assignment_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UsageFault) as caught:
        load_assignment(CATALOG, "atlantis-2019")
    assert (caught.value.code, caught.value.parameters["found"]) == ("assignment-unknown", "atlantis-2019")
    assert "luoyang-2019" in caught.value.parameters["known"]


@pytest.mark.parametrize("identifier", ["..", "../cn-2018", "", "system", "cn-2018/system.toml"])
def test_an_identifier_is_never_taken_as_a_path(identifier: str) -> None:
    with pytest.raises(UsageFault):
        load_catalog(identifier)
    with pytest.raises(UsageFault):
        load_assignment(CATALOG, identifier)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_figure_carries_what_a_clerk_needs_to_know(system: str) -> None:
    for figure in SYSTEMS[system].figures.values():
        assert figure.label
        assert figure.guidance or figure.fixed is not None, figure.key
        assert figure.source, figure.key


# --- cn-2018: counts and weights ---------------------------------------------------------------------------------


def test_the_system_has_8_dimensions_23_categories_and_52_indicators_besides_the_survey() -> None:
    deductions = [code for code, indicator in INDICATORS.items() if indicator.deduct_max is not None]
    scored = [code for code in INDICATORS if code not in deductions and code != SURVEY]
    assert (len(CATALOG.dimensions), len(CATALOG.categories)) == (8, 23)
    assert (len(scored), len(deductions), len(INDICATORS)) == (50, 2, 53)
    assert deductions == ["L6P1-A1", "L6P2-A1"]


def test_the_dimensions_weigh_what_the_text_says() -> None:
    weights = {dimension.code: int(100 * dimension.weight) for dimension in CATALOG.dimensions}
    assert weights == {"L1": 26, "L2": 11, "L3": 6, "L4": 5, "L5": 8, "L6": 0, "L7": 4, "L8": 40}


def test_the_categories_weigh_what_the_text_says() -> None:
    weights = {category.code: int(100 * category.weight) for category in CATALOG.categories}
    assert weights == {
        "L1P1": 5, "L1P2": 2, "L1P3": 2, "L1P4": 3, "L1P5": 3, "L1P6": 2, "L1P7": 3, "L1P8": 2, "L1P9": 2, "L1P10": 2,
        "L2P1": 3, "L2P2": 5, "L2P3": 3, "L3P1": 4, "L3P2": 2, "L4P1": 2, "L4P2": 3, "L5P1": 4, "L5P2": 4,
        "L6P1": 0, "L6P2": 0, "L7P1": 4, "L8P1": 40,
    }  # fmt: skip


def test_the_indicators_weigh_what_the_text_says() -> None:
    """As printed; E14 settles L1P10-A1 and L5P2-A1, for which the text prints no weight."""
    weights: dict[str, list[int]] = {category.code: [] for category in CATALOG.categories}
    for indicator in CATALOG.indicators:
        weights[indicator.category].append(int(100 * indicator.weight))
    assert weights == {
        "L1P1": [30, 30, 40], "L1P2": [40, 45, 15], "L1P3": [40, 40, 20], "L1P4": [40, 30, 30], "L1P5": [30, 40, 30],
        "L1P6": [50, 50], "L1P7": [30, 40, 30], "L1P8": [100], "L1P9": [40, 30, 30], "L1P10": [100],
        "L2P1": [20, 20, 20, 20, 20], "L2P2": [40, 30, 30], "L2P3": [50, 50], "L3P1": [40, 30, 30], "L3P2": [100],
        "L4P1": [40, 30, 30], "L4P2": [50, 50], "L5P1": [50, 50], "L5P2": [100], "L6P1": [0], "L6P2": [0],
        "L7P1": [30, 30, 40], "L8P1": [100],
    }  # fmt: skip


def test_the_points_of_all_indicators_make_100() -> None:
    assert sum(CATALOG.worth(indicator) * indicator.full for indicator in CATALOG.indicators) == 100
    assert CATALOG.worth(INDICATORS["L6P1-A1"]) == 1
    assert CATALOG.worth(INDICATORS["L1P1-A1"]) == Fraction("0.05")


def test_a_code_begins_with_that_of_its_category_and_its_dimension() -> None:
    for category in CATALOG.categories:
        assert category.code.partition("P")[0] == category.dimension
    for indicator in CATALOG.indicators:
        assert indicator.code.partition("-")[0] == indicator.category


# --- cn-2018: what this project decided --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "said"),
    [("E1", ["24", "23"]), ("E2", ["52", "50", "2"]), ("E7", ["40", "60"]), ("E8", ["2", "4", "0"])],
)
def test_a_decision_on_the_whole_is_said_to_every_user(about: str, said: list[str]) -> None:
    (text,) = (notice.text for notice in CATALOG.notices if notice.about == about)
    assert set(said) <= set(re.findall(r"\d+", text))


def test_no_notice_stands_twice() -> None:
    assert [about for about, times in Counter(notice.about for notice in CATALOG.notices).items() if times > 1] == []


DECIDED = {
    "L1P2-A1": ["E10"], "L1P3-A1": ["E25"], "L1P3-A3": ["E12", "E13"], "L1P4-A1": ["E19", "E20"], "L1P4-A3": ["E18"],
    "L1P5-A1": ["E16"], "L1P5-A2": ["E3"], "L1P5-A3": ["E16"], "L1P6-A2": ["E12", "E13"], "L1P7-A1": ["E13"],
    "L1P7-A2": ["E23", "E3"], "L1P7-A3": ["E12", "E13"], "L1P8-A1": ["E11", "E28"], "L1P9-A1": ["E13"],
    "L1P10-A1": ["E14"], "L2P1-A1": ["E34"], "L2P1-A4": ["E26"], "L3P1-A1": ["E3", "E24"], "L3P1-A3": ["E5", "E3"],
    "L4P1-A1": ["E3"], "L4P1-A2": ["E3"], "L4P1-A3": ["E31"], "L4P2-A1": ["E17"], "L4P2-A2": ["E30"],
    "L5P1-A1": ["E31"], "L5P1-A2": ["E22"], "L5P2-A1": ["E14"], "L6P1-A1": ["E9"], "L7P1-A3": ["E35"], "L8P1": ["E7"],
}  # fmt: skip


@pytest.mark.parametrize("code", DECIDED)
def test_a_decision_on_an_indicator_stands_in_its_note(code: str) -> None:
    assert set(DECIDED[code]) <= set(re.findall(r"E\d+", INDICATORS[code].note))


def test_a_cap_is_stated_for_three_ratios_only() -> None:
    """E3."""
    stated = [
        code
        for code, indicator in INDICATORS.items()
        if any(isinstance(node, Quotient) and node.stated_cap for node in walk(indicator.rule))
    ]
    assert stated == ["L1P5-A2", "L4P1-A1", "L4P1-A2"]


def test_the_value_at_a_zero_denominator_is_stated_for_two_ratios_only() -> None:
    """E4."""
    stated = [
        code
        for code, indicator in INDICATORS.items()
        if any(isinstance(node, Quotient) and node.zero is not None for node in walk(indicator.rule))
    ]
    assert stated == ["L1P3-A1", "L3P1-A3"]


def test_what_the_text_fixes_is_never_asked() -> None:
    """E31."""
    fixed = {key: figure.fixed for key, figure in CATALOG.figures.items() if figure.fixed is not None}
    assert fixed == {"main_sites_total": 10, "open_classes_total": 22}
    assert len(CATALOG.figures["open_classes"].items) == 22


def test_each_deduction_takes_at_most_two_points() -> None:
    """E8."""
    assert [INDICATORS[code].deduct_max for code in ("L6P1-A1", "L6P2-A1")] == [2, 2]


def test_two_figures_with_one_name_in_the_text_are_two_figures() -> None:
    """E16 (schools) and the two built-up areas."""
    assert "schools_k12_total" in names_used(INDICATORS["L1P5-A1"].rule)
    assert "schools_k12_voc_total" in names_used(INDICATORS["L1P5-A3"].rule)
    assert "built_up_area_urban" in names_used(INDICATORS["L2P1-A1"].rule)
    assert "built_up_area_planning" in names_used(INDICATORS["L4P2-A1"].rule)


def test_a_figure_that_two_indicators_read_is_one_figure() -> None:
    shared = {key: codes for key, codes in CATALOG.used_by.items() if len(codes) > 1}
    assert shared == {
        "gov_items_total": ("L1P1-A1", "L1P1-A2", "L1P1-A3"),
        "resident_population": ("L1P7-A2", "L4P1-A2"),
        "cameras_total": ("L2P2-A1", "L2P2-A2"),
    }


def test_each_department_tells_its_own_services_and_each_tick_counts_once() -> None:
    """E13."""
    merges = {key: figure.merge for key, figure in CATALOG.figures.items() if figure.merge is not Merge.AGREE}
    assert merges == {
        "mobile_services": Merge.ANY,
        "mobile_services_extra": Merge.SUM,
        "greening_management": Merge.ANY,
    }


# --- luoyang-2019: who answers -----------------------------------------------------------------------------------


def test_every_figure_is_asked_of_someone_once() -> None:
    assert LUOYANG.asked.keys() == CATALOG.figures.keys()
    for key, departments in LUOYANG.asked.items():
        assert departments, key
        assert len(set(departments)) == len(departments), key
        assert set(departments) <= LUOYANG.departments.keys(), key


def test_every_department_is_asked_for_something_and_the_figures_for_all_of_them_are_all_figures() -> None:
    asked = {department: set(LUOYANG.figures_for(department)) for department in LUOYANG.departments}
    assert all(asked.values())
    assert set().union(*asked.values()) == CATALOG.figures.keys()


def test_the_departments_stand_as_printed() -> None:
    assert len(LUOYANG.departments) == 23
    assert [*LUOYANG.departments][:3] == ["gov-data", "service-center", "transport"]
    assert LUOYANG.name("gov-data") == "市政务服务和大数据局"
    assert LUOYANG.office == [*LUOYANG.departments][-1] == "office"


def test_an_indicator_without_a_department_says_why() -> None:
    assert LUOYANG.unassigned.keys() == {"L1P7-A2", "L2P1-A4", SURVEY}
    assert "E27" in LUOYANG.unassigned["L1P7-A2"]
    assert "E26" in LUOYANG.unassigned["L2P1-A4"]
    assert "E7" in LUOYANG.unassigned[SURVEY]
    assert LUOYANG.duties.keys() == INDICATORS.keys() - LUOYANG.unassigned.keys()


def test_the_office_is_asked_just_for_what_nobody_else_holds() -> None:
    assert set(LUOYANG.figures_for("office")) == {
        "app_users_wechat", "app_users_alipay", "app_users_city", "plan_integration", "citizen_experience",
    }  # fmt: skip
    assert all(LUOYANG.asked[key] == ("office",) for key in LUOYANG.figures_for("office"))
    assert LUOYANG.asked["resident_population"] == ("industry",)


def test_the_lead_department_stands_first() -> None:
    assert LUOYANG.asked["gov_items_total"] == ("gov-data", "service-center")
    assert LUOYANG.asked["greening_management"] == ("planning", "urban-management")
    assert LUOYANG.asked["mobile_services"][0] == "gov-data"
    assert len(LUOYANG.asked["mobile_services"]) == 11


def test_no_spelling_of_a_department_means_two_of_them() -> None:
    spellings = Counter(name for d in LUOYANG.departments.values() for name in {d.name, *d.aliases})
    assert [name for name, times in spellings.items() if times > 1] == []
    aliases = {alias: key for key, d in LUOYANG.departments.items() for alias in d.aliases}
    assert aliases["住房和城乡建设局"] == "housing"
    assert aliases["市政务服务中心"] == "service-center"
    assert aliases["洛阳市互联网信息办公室"] == "cyberspace"


def test_the_head_of_the_assignment_is_that_of_the_notice() -> None:
    assert (LUOYANG.id, LUOYANG.system, LUOYANG.city, LUOYANG.round) == ("luoyang-2019", "cn-2018", "洛阳市", "2018")
    assert datetime.date.fromisoformat(LUOYANG.deadline) == datetime.date(2019, 2, 25)
    assert LUOYANG.recipients == ("市发展改革委", "市网信办")


# --- names and slots ---------------------------------------------------------------------------------------------


def test_a_slot_is_a_figure_or_an_item_and_a_table_has_none() -> None:
    for figure in CATALOG.figures.values():
        expected = {Kind.CHECKLIST: len(figure.items), Kind.TABLE: 0}.get(figure.kind, 1)
        assert len(figure.slots) == expected, figure.key
    assert "ss_remote_services.transfer" in CATALOG.slots
    assert "ss_remote_services" not in CATALOG.slots


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("gov_items_total", "政务服务事项总数"),
        ("ss_remote_services.transfer", "社保关系转移"),
        ("news_sites_accessible.three", "3家均支持"),
        ("tertiary_hospitals.outpatient_visits", "门诊总数"),
    ],
)
def test_a_name_of_the_rule_language_has_words(name: str, label: str) -> None:
    assert CATALOG.label(name) == label
