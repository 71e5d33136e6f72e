"""What a catalog tells clerks against what their cells take: where the linter speaks, and where it stays silent."""

from __future__ import annotations

import pytest
from changed_catalogs import Change, catalog_faults, column, figure, indicator

from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.catalog.lint_texts import lint_texts
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.rules import words

SPEAKS: list[tuple[str, str, Change]] = [
    ("guidance-unit", "one unit where two are offered", figure("resident_population", guidance="按人填，不按万人。")),
    ("guidance-unit", "a unit forbidden that is offered", figure("resident_population", guidance="不按万人。")),
    ("guidance-unit", "one unit of money", figure("total_investment", guidance="总额，按万元填。")),
    ("guidance-unit", "another word for it", figure("total_investment", guidance="以万元计。")),
    ("guidance-unit", "a unit that is not offered at all", figure("air_stations", guidance="按平方公里填。")),
    ("guidance-unit", "a spelling of a unit", figure("city_area", guidance="单位统一为km²。")),
    ("guidance-unit", "a unit to turn numbers into", figure("city_area", guidance="面积请换算成亩。")),
    ("guidance-unit", "per cent where decimals may be chosen", figure("case_filing_rate", guidance="填百分号前的数。")),
    ("guidance-unit", "a year where months may be chosen", figure("map_update_cycle", guidance="按年填。")),
    ("guidance-unit", "a unit that no heading has", figure("tertiary_hospitals", guidance="每家一行，按万人次填。")),
    ("label-unit", "a label with another unit", figure("total_investment", label="智慧城市总投资数（亿元）")),
    ("label-unit", "a heading with another unit", column(1, label="门诊总数（万人次）")),
    ("guidance-tick", "a checklist to be ticked", figure("open_classes", guidance="有的才勾。")),
    ("guidance-tick", "a yes or no to be ticked", figure("portal_accessible", guidance="支持的打√。")),
    ("guidance-tick", "a number to be ticked", figure("streets_total", guidance="勾选街道。")),
    ("guidance-kind", "nought for no", figure("portal_accessible", guidance="不支持填0。")),
    ("guidance-kind", "a number for a choice", figure("news_sites_accessible", guidance="填数，如3。")),
    ("guidance-kind", "yes for a choice", figure("news_sites_accessible", guidance="都支持的填“是”。")),
    ("guidance-kind", "yes for a number", figure("streets_total", guidance="有街道的填“是”。")),
    ("guidance-kind", "a drop-down for a number", figure("streets_total", guidance="从下拉框中选择。")),
    ("cap-denied", "a note that denies the cap", indicator("L1P9-A2", note="可以超过1，不封顶。")),
    ("cap-denied", "guidance that denies it", figure("agri_info_stations", guidance="可多于行政村，照实计算。")),
    (
        "cap-absent", "a cap that the rule has not",
        indicator("L1P9-A2", rule="quotient(agri_info_stations, admin_villages_total) * 100", note="超过1按1计。"),
    ),
]  # fmt: skip

SILENT: list[tuple[str, Change]] = [
    ("the only unit there is", figure("streets_total", guidance="按个填。")),
    ("the unit of a heading", figure("tertiary_hospitals", guidance="每家一行，按人次填。")),
    ("what counts as one", figure("teachers_total", guidance="以人计，兼职的也计。")),
    ("a size in the definition", figure("energy_users_total", guidance="2万平方米以上的公共建筑。")),
    ("a number of years in the definition", figure("governance_areas", guidance="正式运营半年以上。")),
    ("nought for a number", figure("streets_total", guidance="没有街道填0。")),
    ("yes and no for a checklist", figure("open_classes", guidance="有的填“是”，没有的填“否”。")),
    ("不适用 for a number", figure("streets_total", guidance="没有这项业务的填“不适用”。")),
    ("a unit left to choose", figure("total_investment", guidance="单位可在下一格选。")),
    ("a label with its own unit", figure("total_investment", label="智慧城市总投资数（万元）")),
    ("a cap that is not stated", indicator("L1P9-A2", note="文本未写封顶。")),
    (
        "no cap where none is in the rule",
        indicator("L1P9-A2", rule="quotient(agri_info_stations, admin_villages_total) * 100", note="不封顶。"),
    ),
]


@pytest.mark.parametrize(("code", "change"), [row[::2] for row in SPEAKS], ids=[row[1] for row in SPEAKS])
def test_words_that_contradict_the_cell_are_a_fault(code: str, change: Change) -> None:
    assert [fault.code for fault in catalog_faults(change)] == [code]


@pytest.mark.parametrize("change", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_words_that_fit_the_cell_are_none(change: Change) -> None:
    assert catalog_faults(change) == []


@pytest.mark.parametrize("system", catalog_ids())
def test_every_built_in_system_says_what_its_cells_take(system: str) -> None:
    assert lint_catalog(load_catalog(system)) == ()


def test_a_rule_in_words_that_keeps_its_cap_to_itself_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """cap-unsaid: nobody could tell from 计分办法 that a ratio above 1 counts as 1."""
    catalog = load_catalog("cn-2018")
    assert "超过 1 按 1" in words.describe_rule(catalog.indicators[0].rule, catalog.label)
    monkeypatch.setattr(words._Speaker, "quotient", lambda self, node: "A÷B")
    assert {fault.code for fault in lint_texts(catalog)} == {"cap-unsaid"}
