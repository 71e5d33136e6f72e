"""The built-in catalogs and assignments against the texts, clause by clause: words that narrowed or widened them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from smartcity_xl.catalog.duties import indicators_for, indicators_of_figure
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.map import plan_template
from smartcity_xl.messages import words

NATIONAL = load_catalog("cn-2018")
LUOYANG = load_assignment(NATIONAL)
AREAS = (
    "综合交通", "公用事业缴费", "就业", "社保", "公积金", "风景名胜区", "社区", "停车场管理", "商超支付",
    "医疗", "移动支付",
)  # fmt: skip

# system, figure, what its label and guidance must say, and what they must not say
CLAUSES: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
    ("cn-2018", "pipes_total_length", ("所有", "供热"), ("三类管网管线全部",)),  # E72
    ("cn-2018", "pipes_smart_length", (), ("水电气管线",)),
    ("gbt33356-2022-city", "pipes_gas_water_total", ("所有", "三类包括在内"), ()),
    ("gbt33356-2022-city", "pipes_gas_water_smart", ("全部管线",), ("三类管线中",)),
    ("gbt33356-2022-county", "pipes_district_length", ("所有",), ()),
    ("cn-2018", "one_card_areas", AREAS, ()),  # E78
    ("cn-2018", "env_events_reported", ("被举报",), ("受理的",)),  # E79
    ("gbt33356-2022-city", "env_events_reported", ("被举报",), ("受理的",)),
    ("cn-2018", "schools_k12_voc_wifi", ("统一提供", "由谁提供不限"), ("由学校统一提供",)),
    ("cn-2018", "secrecy_review_deduction", ("发布前", "输入非涉密网络前"), ()),
    ("gbt33356-2022-city", "secrecy_review_deduction", ("发布前", "输入非涉密网络前"), ()),
    ("gbt33356-2022-county", "secrecy_review_deduction", ("发布前", "输入非涉密网络前"), ()),
    ("db37-3890-zoucheng", "pilots_other", ("国家或省级", "相关领域", "地级市的试点不计"), ()),  # E71
    ("gbt33356-2022-county", "smart_city_organs", ("都没有的都填“否”，得0分",), ()),
    ("gbt33356-2022-city", "smart_city_organs", ("都没有的都填“否”，得0分",), ()),
    ("db37-3890-zoucheng", "app_hall_rank", ("不适用",), ("填100",)),  # E58, E75
    ("db37-3890-zhangqiu", "app_hall_rank", ("不适用",), ("填100",)),
]


@pytest.mark.parametrize(
    ("system", "key", "says", "never"), CLAUSES, ids=[f"{system} {key}" for system, key, *_ in CLAUSES]
)
def test_a_figure_is_asked_for_as_the_text_has_it(
    system: str, key: str, says: tuple[str, ...], never: tuple[str, ...]
) -> None:
    figure = load_catalog(system).figures[key]
    text = f"{figure.label} {figure.guidance}"
    assert [word for word in says if word not in text] == []
    assert [word for word in never if word in text] == []


def test_the_county_names_its_three_maxima_and_claims_no_other() -> None:
    """E7, E40, E41: 100 by the weights of the dimensions, 99.20 by those of the indicators, 98.45 within reach."""
    catalog = load_catalog("gbt33356-2022-county")
    told = " ".join([n.text for n in catalog.notices] + [i.note for i in catalog.indicators])
    assert "已评60分" not in told
    assert [number for number in ("99.20", "98.45", "59.20", "58.45") if number not in told] == []


# --- who is asked for what ---------------------------------------------------------------------------------------


def test_a_department_is_not_drawn_into_an_indicator_that_others_answer() -> None:
    """E74: 市工信局 gives 常住人口 for L4P1-A2; L1P7-A2, which reads it too, is not its business."""
    assert [i.code for i in indicators_for(NATIONAL, LUOYANG, "industry")] == ["L4P1-A1", "L4P1-A2"]
    assert indicators_of_figure(NATIONAL, LUOYANG, "industry", "resident_population") == ("L4P1-A2",)
    assert "L1P7-A2" in {i.code for i in indicators_for(NATIONAL, LUOYANG, "office")}
    plan = plan_template(NATIONAL, LUOYANG, "industry", words("sheet"))
    assert {head.indicator.code for head in plan.heads} == {"L4P1-A1", "L4P1-A2"}


def test_it_is_drawn_in_as_soon_as_it_is_named() -> None:
    named = replace(LUOYANG, duties={**LUOYANG.duties, "L1P7-A2": ("industry",)})
    assert "L1P7-A2" in {i.code for i in indicators_for(NATIONAL, named, "industry")}


NOTICES = [
    ("cn-2018", ("等相关委局", "L1P7-A2", "市政务服务中心")),  # E78, E74, E27
    (
        "db37-3890-zoucheng",
        ("市国有企业发展服务中心（第2项）", "总户数", "这是本分工的安排", "没有规定填报截止日", "各镇街"),
    ),
    ("db37-3890-zhangqiu", ("总户数", "第13项", "这是本分工的安排", "没有规定填报截止日", "各有关镇街")),
]


@pytest.mark.parametrize(("system", "told"), NOTICES, ids=[system for system, _ in NOTICES])
def test_what_a_sharing_out_chose_by_itself_is_told_to_the_office(system: str, told: tuple[str, ...]) -> None:
    notices = " ".join(f"{n.about} {n.text}" for n in load_assignment(load_catalog(system)).notices)
    assert [words for words in told if words not in notices] == []


PRINTED = [
    (
        "cn-2018",
        "洛阳市发展和改革委员会 洛阳市互联网信息办公室关于组织开展新型智慧城市评价工作的通知（洛发改高技〔2019〕3号）",
        ("市发展改革委", "市网信办"),
    ),
    (
        "db37-3890-zoucheng",
        "邹城市人民政府关于印发邹城市省级新型智慧城市试点建设实施方案的通知（邹政字〔2021〕11号）"
        "附件2新型智慧城市试点建设任务指标责任分工表",
        ("邹城市省级新型智慧城市建设试点工作领导小组办公室（市政府办公室（市大数据局））",),
    ),
    (
        "db37-3890-zhangqiu",
        "济南市章丘区人民政府关于加快推进新型智慧城市建设的意见（章政发〔2020〕3号）附件新型智慧城市试点建设重点任务清单",
        ("区大数据局", "区工信局"),
    ),
]


@pytest.mark.parametrize(("system", "document", "recipients"), PRINTED, ids=[row[0] for row in PRINTED])
def test_basis_and_recipients_stand_as_printed(system: str, document: str, recipients: tuple[str, ...]) -> None:
    assignment = load_assignment(load_catalog(system))
    assert (assignment.document, assignment.recipients) == (document, recipients)
