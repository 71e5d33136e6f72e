"""Every fault of a catalog, seen: the built-in files with one thing changed, and the fault that this makes."""

from __future__ import annotations

import copy
import string
import tomllib
from importlib import resources

import pytest
from changed_catalogs import (
    CATALOG,
    LUOYANG,
    REMOTE,
    SYSTEM,
    Change,
    Document,
    add,
    all_of,
    assignment_faults,
    catalog_faults,
    column,
    entry,
    figure,
    indicator,
    item,
    put,
    query,
    remote,
    top,
)
from expected_words import FROZEN_TESTS, OTHER_TESTS, said_in
from msgspec.structs import replace
from small_schemes import SEEN

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.errors import CatalogFault
from smartcity_xl.messages import LANGUAGES

FAULTS: dict[str, dict[str, str]] = tomllib.loads(
    (resources.files("smartcity_xl.messages") / "faults.toml").read_text(encoding="utf-8")
)
# Faults of a campaign's settings, of a roster and of a questionnaire are planted in the tests of those.


def again(section: str, name: str) -> Change:
    return lambda document: document[section].append(entry(document, section, name))


def options(said: str) -> Change:
    """Word the first option of a figure."""
    return lambda document: entry(document, "figures", "news_sites_accessible")["options"][0].update(label=said)


def duty(section: str, name: str, value: object) -> Change:
    def change(document: Document) -> None:
        document.setdefault(section, {})[name] = value

    return change


def without_office(document: Document) -> None:
    """The last department is the office; another answers for it, and nobody is named instead."""
    assert document["departments"].pop()["key"] == "office"
    document["office"] = "nobody"
    users = [f"app_users_{platform}" for platform in ("wechat", "alipay", "city")]
    document["figures"] = {key: ["reform"] for key in (*users, "plan_integration", "citizen_experience")}


SERVICES = "transfer: 25, residence_check: 25, medical_settlement: 25, pension_comparison: 25"
MEAN = "mean(tertiary_hospitals, ratio(tertiary_hospitals.record_reads, tertiary_hospitals.outpatient_visits))"
NEWS = "three: 1, two: 1, one: 1, none: 1"
NEW_FIGURE = {"label": "新项", "kind": "count", "unit": "个", "max": 9}
SYSTEM_CHANGES: list[tuple[str, str, str, Change]] = [
    # form
    (
        "field-missing",
        "figures gov_items_total label",
        "a figure without a label",
        figure("gov_items_total", label=None),
    ),
    ("field-missing", "figures one_card_areas unit", "a number without a unit", figure("one_card_areas", unit=None)),
    ("field-missing", "indicators L1P1-A1 source", "an indicator without a source", indicator("L1P1-A1", source=None)),
    ("field-missing", "title", "a system without a title", top(title=None)),
    ("field-unknown", "figures gov_items_total lable", "a slip of the pen", figure("gov_items_total", lable="x")),
    (
        "field-unknown",
        "figures ss_remote_services items transfer hint",
        "a field of an item",
        item("ss_remote_services", 0, hint="x"),
    ),
    ("field-unknown", "categorys", "an unknown list", top(categorys=[])),
    ("field-unknown", "indicators L6P1-A1 weight", "a weight of a deduction", indicator("L6P1-A1", weight="10%")),
    ("field-type", "figures gov_items_total guidance", "a number as guidance", figure("gov_items_total", guidance=3)),
    ("field-type", "figures one_card_areas source", "a source that is a number", figure("one_card_areas", source=1)),
    ("field-type", "indicators L1P1-A1 evidence", "evidence that is no text", indicator("L1P1-A1", evidence=[1])),
    ("field-type", "version", "a version that is a number", top(version=1)),
    ("field-type", "notices", "notices that are no list", top(notices="E1")),
    ("field-type", "notices", "a notice that is no table", top(notices=["E1"])),
    ("number-unreadable", "figures gov_items_total min", "a binary float", figure("gov_items_total", min=0.5)),
    ("number-unreadable", "figures gov_items_total min", "a word as a number", figure("gov_items_total", min="none")),
    ("number-unreadable", "figures gov_items_total min", "a truth value", figure("gov_items_total", min=False)),
    (
        "choice-unknown",
        "figures gov_items_total kind",
        "a kind that is not known",
        figure("gov_items_total", kind="cuont"),
    ),
    (
        "choice-unknown",
        "figures gov_items_total merge",
        "a merge that is not known",
        figure("gov_items_total", merge="vote"),
    ),
    (
        "rule-unreadable",
        "indicators L1P1-A1 queries gov_items_total > when",
        "a query that cannot be read",
        indicator("L1P1-A1", queries=query("gov_items_total >")),
    ),
    ("duplicate", "figures gov_items_total key", "a figure twice", again("figures", "gov_items_total")),
    (
        "duplicate",
        "figures ss_remote_services items",
        "an item twice",
        all_of(remote("25 * count(ss_remote_services)"), item("ss_remote_services", 0, key="residence_check")),
    ),
    # weights
    ("weights-open", "categories L1P1", "the weights of a category", indicator("L1P1-A1", weight="31%")),
    ("weights-open", "dimensions L1", "the weights of a dimension", put("categories", "L1P1", weight="4%")),
    (
        "weights-open",
        "dimensions",
        "the weights of all dimensions",
        all_of(put("dimensions", "L1", weight="25%"), put("categories", "L1P1", weight="4%")),
    ),
    (
        "category-empty",
        "categories L1P11",
        "a category without indicators",
        add("categories", code="L1P11", dimension="L1", name="空", weight="0%"),
    ),
    (
        "deduction-mixed",
        "categories L1P1",
        "a deduction among scored indicators",
        add(
            "indicators", code="L1P1-A9", category="L1P1", name="扣", deduct_max="1", rule="gov_items_total", source="x"
        ),
    ),
    (
        "deduction-mixed",
        "categories L6P1",
        "deductions that weigh something",
        all_of(
            put("categories", "L6P1", weight="1%"),
            put("dimensions", "L6", weight="1%"),
            put("dimensions", "L7", weight="3%"),
            put("categories", "L7P1", weight="3%"),
        ),
    ),
    (
        "weight-negative",
        "indicators L1P1-A1 weight",
        "weights that close only because one is negative",
        all_of(indicator("L1P1-A1", weight="-10%"), indicator("L1P1-A2", weight="70%")),
    ),
    # names
    (
        "name-unknown",
        "categories L1P11 dimension",
        "an unknown dimension",
        all_of(
            add("categories", code="L1P11", dimension="L9", name="新", weight="0%"),
            add(
                "indicators",
                code="L1P11-A1",
                category="L1P11",
                name="新",
                weight="100%",
                rule="gov_items_total",
                source="x",
            ),
        ),
    ),
    (
        "name-unknown",
        "indicators L9P9-A1 category",
        "an unknown category",
        add("indicators", code="L9P9-A1", category="L9P9", name="新", weight="1%", rule="gov_items_total", source="x"),
    ),
    ("name-unknown", "survey_dimension", "an unknown dimension for the survey", top(survey_dimension="L9")),
    (
        "name-unknown",
        "figures gov_items_ecert part_of",
        "part of something unknown",
        figure("gov_items_ecert", part_of="everything"),
    ),
    (
        "name-unknown",
        "figures gov_items_ecert part_of",
        "part of itself",
        figure("gov_items_ecert", part_of="gov_items_ecert"),
    ),
    (
        "name-unknown",
        "figures gov_items_ecert same_as",
        "the same as something unknown",
        figure("gov_items_ecert", same_as="everything"),
    ),
    (
        "name-unknown",
        "indicators L1P1-A1 rule",
        "a rule that reads something unknown",
        indicator("L1P1-A1", rule="ratio(gov_items_ecert, gov_items_total) + everything"),
    ),
    (
        "name-unknown",
        "indicators L1P1-A1 queries",
        "a query that reads something unknown",
        indicator("L1P1-A1", queries=query("everything > 0")),
    ),
    (
        "name-unknown",
        f"indicators {REMOTE} rule",
        "points of an unknown checklist",
        remote("count(ss_remote_services) + points(nothing, x: 1)"),
    ),
    (
        "name-unknown",
        f"indicators {REMOTE} rule",
        "a mean over an unknown table",
        remote("count(ss_remote_services) + mean(nothing, 1)"),
    ),
    # figures
    ("text-long", "figures gov_items_total", "a label that is too long", figure("gov_items_total", label="长" * 61)),
    (
        "text-long",
        "figures gov_items_total",
        "guidance that is too long",
        figure("gov_items_total", guidance="长" * 121),
    ),
    (
        "members",
        "figures gov_items_total items",
        "items of a number",
        figure("gov_items_total", items=[{"key": "x", "label": "x"}]),
    ),
    (
        "members",
        "figures ss_remote_services items",
        "a checklist without items",
        figure("ss_remote_services", items=[]),
    ),
    (
        "members",
        "figures gov_items_total options",
        "options of a number",
        figure("gov_items_total", options=[{"key": "x", "label": "x"}]),
    ),
    ("options-list", "figures news_sites_accessible options", "a comma in an option", options("三家,均支持")),
    ("options-list", "figures news_sites_accessible options", "a quote in an option", options('"三家"均支持')),
    ("options-list", "figures news_sites_accessible options", "options that are too long", options("长" * 237)),
    ("options-list", "figures news_sites_accessible options", "many rare signs in an option", options("𠀀" * 119)),
    ("table-size", "figures tertiary_hospitals", "a table without rows", figure("tertiary_hospitals", rows=0)),
    (
        "table-size",
        "figures tertiary_hospitals",
        "a table that does not say what a row is",
        figure("tertiary_hospitals", row_label=""),
    ),
    ("range", "figures gov_items_total", "a range that holds nothing", figure("gov_items_total", min=10, max=9)),
    ("range", "figures gov_items_total", "a range of one number", figure("gov_items_total", min=9, max=9)),
    ("range", "figures main_sites_total", "a fixed value above its range", figure("main_sites_total", fixed=11)),
    ("range", "figures tertiary_hospitals", "a range of a column", column(0, min=5, max=5)),
    (
        "units-differ",
        "figures gov_items_ecert part_of",
        "part of something in another unit",
        figure("gov_items_ecert", unit="件"),
    ),
    (
        "units-differ",
        "figures gov_items_ecert same_as",
        "the same as something in another unit",
        figure("gov_items_ecert", same_as="bus_lines_total"),
    ),
    ("unit-unknown", "figures one_card_areas unit", "a slip in a unit", figure("one_card_areas", unit="各")),
    (
        "unit-unknown",
        "figures tertiary_hospitals columns record_reads unit",
        "a slip in a column",
        column(0, unit="次数"),
    ),
    (
        "unit-foreign",
        "figures gov_items_total units",
        "a unit of another measure",
        figure("gov_items_total", units=["项", "公里"]),
    ),
    (
        "unit-foreign",
        "figures city_area units",
        "another spelling of a unit",
        figure("city_area", units=["平方公里", "km²"]),
    ),
    (
        "duplicate",
        "figures city_area units",
        "a unit offered twice",
        figure("city_area", units=["平方公里", "亩", "亩"]),
    ),
    ("units-lack", "figures city_area units", "units without the figure's own", figure("city_area", units=["亩"])),
    (
        "units-idle",
        "figures smart_city_leadership units",
        "units of a yes or no",
        figure("smart_city_leadership", units=["个"]),
    ),
    # rules
    (
        "part-shadows",
        f"indicators {REMOTE} rule",
        "a part with the name of a figure",
        remote("gov_items_total = 25\ngov_items_total * count(ss_remote_services)"),
    ),
    (
        "part-unused",
        f"indicators {REMOTE} rule",
        "a part that nothing uses",
        remote("b1 = 25\n25 * count(ss_remote_services)"),
    ),
    (
        "column-outside",
        "indicators L1P4-A3 rule",
        "a column outside a mean",
        indicator("L1P4-A3", rule=f"{MEAN} + tertiary_hospitals.record_reads"),
    ),
    (
        "column-outside",
        "indicators L1P4-A3 rule",
        "a table as a number",
        indicator("L1P4-A3", rule=f"{MEAN} + tertiary_hospitals"),
    ),
    (
        "column-foreign",
        "indicators L1P4-A3 rule",
        "a figure inside a mean",
        indicator("L1P4-A3", rule=f"mean(tertiary_hospitals, gov_items_total) + {MEAN}"),
    ),
    (
        "query-foreign",
        "indicators L1P1-A1 queries",
        "a query that reads a figure its rule does not read",
        indicator("L1P1-A1", queries=query("bus_lines_total > 0")),
    ),
    ("merge-kind", "figures portal_accessible merge", "a sum of yes and no", figure("portal_accessible", merge="sum")),
    ("merge-kind", "figures gov_items_total merge", "any of two numbers", figure("gov_items_total", merge="any")),
    (
        "column-foreign",
        "indicators L1P4-A3 rule",
        "a column that the table lacks",
        indicator("L1P4-A3", rule="mean(tertiary_hospitals, tertiary_hospitals.beds)"),
    ),
    ("not-a-number", f"indicators {REMOTE} rule", "a checklist as a number", remote("25 * ss_remote_services")),
    (
        "not-a-number",
        "indicators L1P8-A1 queries",
        "a choice as a number",
        indicator("L1P8-A1", queries=query("news_sites_accessible > 1")),
    ),
    (
        "not-a-number",
        f"indicators {REMOTE} rule",
        "an item that the checklist lacks",
        remote("25 * ss_remote_services.other"),
    ),
    (
        "not-a-number",
        "indicators L1P1-A1 queries",
        "an item of a number",
        indicator("L1P1-A1", queries=query("gov_items_total.x > 0")),
    ),
    (
        "kind-wrong",
        f"indicators {REMOTE} rule",
        "a count of a number",
        remote("count(ss_remote_services) + count(gov_items_total)"),
    ),
    (
        "kind-wrong",
        f"indicators {REMOTE} rule",
        "a pick from a checklist",
        remote(f"pick(ss_remote_services, {SERVICES})"),
    ),
    (
        "kind-wrong",
        "indicators L1P8-A1 queries",
        "points of a choice",
        indicator("L1P8-A1", queries=query(f"points(news_sites_accessible, {NEWS})")),
    ),
    ("kind-wrong", f"indicators {REMOTE} rule", "a mean over a checklist", remote("mean(ss_remote_services, 1)")),
    (
        "members-named",
        f"indicators {REMOTE} rule",
        "points that leave an item out",
        remote("points(ss_remote_services, transfer: 25)"),
    ),
    ("members-named", f"indicators {REMOTE} rule", "points of no item", remote("points(ss_remote_services)")),
    (
        "members-named",
        f"indicators {REMOTE} rule",
        "points of one item too many",
        remote(f"points(ss_remote_services, {SERVICES}, other: 1)"),
    ),
    (
        "members-named",
        "indicators L1P8-A1 queries",
        "options in another order",
        indicator("L1P8-A1", queries=query("pick(news_sites_accessible, two: 1, three: 1, one: 1, none: 1)")),
    ),
    ("figure-unused", "figures spare", "a figure that no rule reads", add("figures", key="spare", **NEW_FIGURE)),
    (
        "figure-unused",
        "figures gov_items_ecert",
        "a figure that a rule no longer reads",
        indicator("L1P1-A1", rule="gov_items_total"),
    ),
]
# No rule can read a figure whose key is no name, so that the second fault is always there as well.
KEY_FORMS = ["Spare", "spare-part", "9spare", "数据项", "spare part", "spare.part", "", "_spare"]
ASSIGNMENT_CHANGES: list[tuple[str, str, str, Change]] = [
    ("date-form", "deadline", "a deadline that is no date", top(deadline="soon")),
    ("field-missing", "deadline", "an assignment without a deadline", top(deadline=None)),
    ("field-missing", "departments tax name", "a department without a name", put("departments", "tax", name=None)),
    ("field-unknown", "departments tax alias", "a slip of the pen", put("departments", "tax", alias="x")),
    ("field-unknown", "duties", "an unknown section", top(duties={})),
    ("field-type", "recipients", "a recipient that is no list", top(recipients="市网信办")),
    (
        "field-type",
        "indicators L1P1-A1",
        "departments that are no list",
        all_of(duty("indicators", "L1P1-A1", "gov-data"), duty("unassigned", "L1P1-A1", "x")),
    ),
    (
        "duplicate",
        "departments tax key",
        "a department twice",
        lambda d: d["departments"].append({"key": "tax", "name": "市财政局"}),
    ),
    ("duplicate", "departments", "a spelling for two departments", put("departments", "tax", aliases=["教育局"])),
    ("duplicate", "departments", "a name that is the alias of another", put("departments", "tax", name="卫生健康委")),
    ("name-unknown", "indicators L9P9-A1", "duties for an unknown indicator", duty("indicators", "L9P9-A1", ["tax"])),
    ("name-unknown", "indicators L9P9-A1", "a reason for an unknown indicator", duty("unassigned", "L9P9-A1", "x")),
    ("name-unknown", "figures everything", "an unknown figure", duty("figures", "everything", ["tax"])),
    ("name-unknown", "office", "an office that is no department", without_office),
    ("system-wrong", "system", "an assignment of another system", top(system="cn-2016")),
    ("nobody-answers", "indicators L2P1-A4", "nobody and no reason", lambda d: d["unassigned"].pop("L2P1-A4")),
    ("nobody-answers", "indicators L1P1-A1", "departments and a reason besides", duty("unassigned", "L1P1-A1", "无")),
    ("nobody-answers", "indicators L2P1-A4", "a reason of no words", duty("unassigned", "L2P1-A4", "")),
    (
        "department-unknown",
        "indicators L1P2-A2",
        "a duty of an unknown department",
        duty("indicators", "L1P2-A2", ["transport", "railways"]),
    ),
    (
        "department-unknown",
        "indicators bus_lines_total",
        "a figure asked of an unknown department",
        duty("figures", "bus_lines_total", ["railways"]),
    ),
    (
        "department-idle",
        "departments railways",
        "a department without figures",
        add("departments", key="railways", name="市铁路局"),
    ),
]


def ids(rows: list[tuple[str, str, str, Change]]) -> list[str]:
    return [f"{code}: {what}" for code, _, what, _ in rows]


def test_the_built_in_files_have_no_fault_unless_something_is_changed() -> None:
    assert catalog_faults(lambda document: None) == []
    assert assignment_faults(lambda document: None) == []


@pytest.mark.parametrize(("code", "where", "what", "change"), SYSTEM_CHANGES, ids=ids(SYSTEM_CHANGES))
def test_a_change_of_the_system_makes_this_fault_and_no_other(code: str, where: str, what: str, change: Change) -> None:
    _expect(catalog_faults(change), code, where)


@pytest.mark.parametrize(("code", "where", "what", "change"), ASSIGNMENT_CHANGES, ids=ids(ASSIGNMENT_CHANGES))
def test_a_change_of_the_assignment_makes_this_fault_and_no_other(
    code: str, where: str, what: str, change: Change
) -> None:
    _expect(assignment_faults(change), code, where)


def _expect(faults: list[Fault], code: str, where: str) -> None:
    told = [fault.words("en") for fault in faults]
    assert {fault.code for fault in faults} == {code}, told
    assert where in {fault.where for fault in faults}, told
    for fault in faults:
        for language in LANGUAGES:
            words = fault.words(language)
            assert words.startswith(f"{fault.where}: ")
            assert not set("{}") & set(words) or set("{}") & set("".join(fault.parameters.values()))


@pytest.mark.parametrize("key", KEY_FORMS)
def test_a_key_that_the_rule_language_cannot_name_is_a_fault(key: str) -> None:
    """Exactly the names of the rule language: a–z, then a–z, 0–9, _."""
    codes = {fault.code for fault in catalog_faults(add("figures", key=key, **NEW_FIGURE))}
    assert codes == {"key-form", "figure-unused"}


COMPANIONS = [
    ("field-missing", "range", "a number without an upper bound", figure("gov_items_total", max=None)),
    ("field-type", "table-size", "rows in quotation marks", figure("tertiary_hospitals", rows="60")),
    ("rule-unreadable", "figure-unused", "a rule in words", indicator("L6P2-A1", rule="扣分")),
    ("rule-unreadable", "figure-unused", "an empty rule", indicator("L6P2-A1", rule="")),
]


@pytest.mark.parametrize(("code", "companion", "what", "change"), COMPANIONS, ids=ids(COMPANIONS))
def test_a_fault_of_form_may_bring_one_of_substance_along(code: str, companion: str, what: str, change: Change) -> None:
    """What cannot be read is read as nothing: the cause is told first."""
    assert [fault.code for fault in catalog_faults(change)] == [code, companion]


def test_a_rule_that_cannot_be_read_is_told_with_its_place() -> None:
    faults = catalog_faults(indicator("L6P2-A1", rule="min(2,\n 0.2 ** crypto_failing_systems)"))
    (unreadable,) = (fault for fault in faults if fault.code == "rule-unreadable")
    assert unreadable.where == "indicators L6P2-A1 rule"
    assert unreadable.parameters["line"] == "2"
    assert unreadable.parameters["column"] == "7"
    assert "“*”" in unreadable.words("en")
    assert "第 2 行第 7 列" in unreadable.words("zh")


def test_all_faults_are_told_at_once() -> None:
    change = all_of(
        figure("gov_items_total", label=None),
        indicator("L1P1-A1", weight="31%"),
        remote("25 * ss_remote_services"),
        add("figures", key="spare", **NEW_FIGURE),
    )
    codes = [fault.code for fault in catalog_faults(change)]
    assert codes == ["field-missing", "weights-open", "not-a-number", "figure-unused"]


def test_every_fault_has_been_seen() -> None:
    seen = {code for code, *_ in (*SYSTEM_CHANGES, *ASSIGNMENT_CHANGES)} | {"key-form", "file-unreadable"}
    seen |= SEEN.keys()  # of stars, and of marks for a whole category: tests/test_score_schemes.py
    seen |= {"lead-missing"}  # of the assignment workbook: tests/test_office_assigning.py
    seen |= {code for code in FAULTS if code.startswith("decision-")}  # tests/test_office_deciding.py
    seen |= {code for code in FAULTS if code.startswith("tried-")}  # by their words: tests/test_run_whatif.py
    seen |= {"key-unreadable"}  # tests/test_office_key.py
    seen |= {code for code in FAULTS if code.startswith(("cell-", "sheet-", "column-missing"))}  # of its cells
    elsewhere = {code for code in FAULTS if any(f'"{code}"' in text for text in OTHER_TESTS)}
    elsewhere |= {code for code in FAULTS if said_in(FAULTS[code], FROZEN_TESTS)}
    elsewhere |= {code for code in FAULTS if any(f'"{code}"' in text for text in FROZEN_TESTS)}
    elsewhere |= {"part-too-large"}  # of a workbook of responses too: tests/test_books_two_readers.py plants it
    assert FAULTS.keys() - seen - elsewhere == set()
    assert seen <= FAULTS.keys()


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_has_the_same_places_to_fill_in_both_languages(code: str) -> None:
    def places(language: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(FAULTS[code][language]) if name is not None}

    assert FAULTS[code].keys() == set(LANGUAGES)
    assert places("zh") == places("en")


def test_a_built_in_file_with_a_fault_of_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = copy.deepcopy(SYSTEM)
    figure("gov_items_total", label=None)(document)
    monkeypatch.setattr("smartcity_xl.catalog.load._built", lambda text, shipped: build_catalog(document))
    with pytest.raises(CatalogFault) as caught:
        load_catalog("cn-2018")
    assert tuple(fault.words("en") for fault in caught.value.faults) == (
        "figures gov_items_total label: the field is missing; add it",
    )


def test_a_built_in_assignment_with_a_fault_of_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = copy.deepcopy(LUOYANG)
    top(deadline=None)(document)
    monkeypatch.setattr("smartcity_xl.catalog.load._parse", lambda text, shipped: document)
    with pytest.raises(CatalogFault) as caught:
        load_assignment(replace(CATALOG))  # the one that is known was built already
    assert tuple(fault.words("en") for fault in caught.value.faults) == ("deadline: the field is missing; add it",)
