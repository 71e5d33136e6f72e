"""Sentences that were false in some of the cases in which they appeared: with the cases, and what stands there now.

A finding's words must fit the cell (a number, a yes or no, a choice, a table) and the case.
"""

from __future__ import annotations

import errno
import os
import re
import string
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest
from support import CATALOG as NATIONAL
from support import answer, codes, figure, small_assignment, small_catalog, submission, table_figure

from smartcity_xl.books.values import read_cell
from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.combine import part_of_findings
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.errors import MachineFault
from smartcity_xl.form.checks import check_submission, required
from smartcity_xl.messages import finding_codes, severity, word_error, word_finding, words
from smartcity_xl.model import Finding, Merge, Origin, Severity, State
from smartcity_xl.results.open import task_of
from smartcity_xl.rules.syntax import parse_rule
from smartcity_xl.rules.words import describe_operand, describe_rule
from smartcity_xl.run.systems import lay_together
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged

CATALOG = small_catalog(
    figure("total"), figure("part", part_of="total"), figure("again"), figure("rate", "share"),
    figure("mark", "points", unit="分", max=100), figure("cycle", "period", unit="年", max=100),
    figure("shared", merge="sum"), figure("yes", "yesno"), figure("yes_again", "yesno", same_as="yes"),
    figure("list", "checklist", items=[{"key": "x", "label": "甲"}, {"key": "y", "label": "乙"}]),
    figure("pick", "choice", options=[{"key": "one", "label": "一"}, {"key": "two", "label": "二"}]),
    table_figure(),
)  # fmt: skip
ASSIGNMENT = small_assignment(CATALOG, "a", "b")


def checked(given: Mapping[str, object], tables: Any = None, **fields: Any) -> list[Finding]:
    return list(check_submission(CATALOG, ASSIGNMENT, submission(CATALOG, given, tables, **fields)).findings)


def said(finding: Finding) -> str:
    """All that is said of a finding, to the office and to the clerk."""
    return f"{word_finding(finding)} {task_of(finding)}"


# code, what stands in the cell, remark, what must be said, what must not
KINDS: list[tuple[str, str, object, str, tuple[str, ...], tuple[str, ...]]] = [
    ("missing", "total", None, "", ("填 0",), ("填“不适用”并", "“是”", "下拉")),
    ("missing", "yes", None, "", ("填“否”",), ("填数", "填 0", "填“不适用”并")),
    ("missing", "list.x", None, "", ("填“否”",), ("填数", "填 0")),
    ("missing", "pick", None, "", ("下拉框",), ("填数", "填 0", "不适用", "“否”")),
    ("missing", "rate", None, "", ("填数", "“不适用”"), ("填 0", "“否”")),
    ("missing", "cycle", None, "", ("填数", "“不适用”"), ("填 0",)),
    ("missing", "mark", None, "", ("填分数", "先空着"), ("不适用",)),
    ("missing", "shared", None, "", ("填 0",), ("填“不适用”并",)),
    ("filler", "total", "—", "", ("填 0",), ("没有此项业务", "“是”")),
    ("filler", "yes", "无", "", ("“是”或“否”",), ("数值", "填 0")),
    ("filler", "pick", "无", "", ("下拉框",), ("数值", "填 0", "“是”或")),
    ("filler", "mark", "—", "", ("分数",), ("填 0",)),
    ("not-applicable", "total", "不适用", "没有", ("应填 0",), ("“否”", "不计分")),
    ("not-applicable", "yes", "不适用", "没有", ("应填“否”",), ("填 0", "不计分")),
    ("not-applicable", "pick", "不适用", "没有", ("核对理由",), ("填 0", "“否”", "不计分")),
    ("not-applicable", "shared", "不适用", "没有", ("这个单位按没有计",), ("没有得分", "不计分")),
    ("reason-missing", "yes", "不适用", "", ("按实际填写",), ("填数", "数值")),
    ("reason-missing", "total", "不适用", "", ("按实际填写",), ()),
]


@pytest.mark.parametrize(
    ("code", "key", "cell", "remark", "says", "never"), KINDS, ids=[f"{row[0]}: {row[1]}" for row in KINDS]
)
def test_a_remedy_fits_the_kind_of_cell(
    code: str, key: str, cell: object, remark: str, says: tuple[str, ...], never: tuple[str, ...]
) -> None:
    [finding] = [one for one in checked({key: cell}, remarks={key: remark} if remark else {}) if one.code == code]
    text = said(finding)
    assert [word for word in says if word not in text] == []
    assert [word for word in never if word in text] == []


READ = [("yes", 3), ("yes", "=1/0"), ("pick", "三"), ("total", "约5"), ("total", "12 34")]


@pytest.mark.parametrize(("key", "cell"), READ, ids=[f"{key}: {cell}" for key, cell in READ])
def test_what_cannot_be_read_is_not_asked_for_as_a_number_where_none_is(key: str, cell: object) -> None:
    for code, parameters in read_cell(cell, CATALOG.slots[key]).problems:
        text = said(Finding(code, Origin("a.xlsx"), "a", key, parameters=parameters))
        assert ("数字" in text or "填数" in text) <= CATALOG.slots[key].numeric


GENERIC = ("cell-error", "formula-uncached", "formula-kept", "picture-in-cell", "reason-missing", "calculated-by-hand")


@pytest.mark.parametrize("code", GENERIC)
def test_what_any_cell_may_have_speaks_of_answers_and_not_of_numbers(code: str) -> None:
    parameters = dict.fromkeys(("label", "raw", "value", "number", "cells", "unit"), "x")
    text = said(Finding(code, Origin("a.xlsx"), parameters=parameters))
    assert "填数" not in text
    assert "数字" not in text


def test_no_finding_about_one_answer_says_what_becomes_of_the_indicator() -> None:
    """Another department may have settled it: “补填前该项指标不计分” was false there."""
    told = [code for code in finding_codes() if severity(code) is Severity.ERROR]
    every = dict.fromkeys(_names(), "x")
    text = "\n".join(str(word_finding(Finding(code, Origin("a"), parameters=every))) for code in told)
    assert re.findall("前该项指标不计分|前不计分|until then the indicator has no score", text) == []


def _names() -> set[str]:
    text = (resources.files("smartcity_xl.messages") / "findings.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)
    return {name for _, name, _, _ in string.Formatter().parse(text.replace("{ ", "").replace(" }", "")) if name}


# --- one cause, one finding --------------------------------------------------------------------------------------


def test_a_block_of_blank_cells_is_one_line() -> None:
    given = dict.fromkeys(("total", "part", "again", "rate"))
    [finding] = required.check(CATALOG, ASSIGNMENT, submission(CATALOG, given))
    assert finding.concerns == ("total", "part", "again", "rate")
    assert word_finding(finding).found.startswith("D5–D8 共 4 格未填")
    assert "4 cells are blank" in word_finding(finding, "en").found


def test_an_answer_parts_a_block() -> None:
    given = {"total": None, "part": None, "again": 5, "rate": None}
    found = list(required.check(CATALOG, ASSIGNMENT, submission(CATALOG, given)))
    assert [one.concerns or (one.figure,) for one in found] == [("total", "part"), ("rate",)]


def test_a_block_is_told_in_every_system_that_asks_for_some_of_it() -> None:
    other = load_catalog("gbt33356-2022-city")
    whole = lay_together((NATIONAL, other))
    own = next(key for key in NATIONAL.figures if key not in other.figures)
    both = next(key for key in NATIONAL.figures if key in other.figures)
    block = Finding("missing", Origin("a.xlsx"), figure=own, concerns=(own, both))
    assert [one.concerns for one in part_of_findings([block], whole, other)] == [(both,)]
    alone = Finding("missing", Origin("a.xlsx"), figure=own, concerns=(own,))
    assert part_of_findings([alone], whole, other) == []


def ratio_findings(rule: str, given: Mapping[str, object], whole_by: str = "a") -> list[str]:
    """What is told of a city of two departments; ``whole_by`` gives the whole."""
    document = {
        "id": "small", "version": "1", "title": "小体系", "document": "test",
        "dimensions": [{"code": "L1", "name": "维度", "weight": "100%"}],
        "categories": [{"code": "L1P1", "dimension": "L1", "name": "类", "weight": "100%"}],
        "indicators": [{"code": "L1P1-A1", "category": "L1P1", "name": "指标", "weight": "100%", "source": "t",
                        "rule": rule}],
        "figures": [figure("total"), figure("part", part_of="total"), figure("free")],
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    assert not faults
    assignment = small_assignment(catalog, "a", "b")
    mine = {key: value for key, value in given.items() if key != "total" or whole_by == "a"}
    sent = [submission(catalog, mine)]
    if whole_by == "b":
        sent.append(submission(catalog, {"total": given["total"]}, department="b", parcel="b.xlsx"))
    looked = [check_submission(catalog, assignment, one) for one in sent]
    scores = score_merged(catalog, merge_submissions(catalog, assignment, looked))
    found = [*(one for sub in looked for one in sub.findings), *scores.findings]
    return [code for code in codes(found) if code in ("part-exceeds-whole", "ratio-above-one", "zero-denominator")]


ONCE = [
    ("a part above its whole", "100 * ratio(part, total)", {"part": 6, "total": 5}, "a", ["part-exceeds-whole"]),
    ("the whole from another department", "100 * ratio(part, total)", {"part": 6, "total": 5}, "b",
     ["ratio-above-one"]),
    ("no part of anything", "100 * ratio(free, total)", {"free": 6, "total": 5}, "a", ["ratio-above-one"]),
    ("another ratio", "100 * ratio(part + free, total)", {"part": 4, "free": 2, "total": 5}, "a", ["ratio-above-one"]),
    ("no ratio at all", "part + total", {"part": 6, "total": 5}, "a", ["part-exceeds-whole"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "whole_by", "told"), [row[1:] for row in ONCE], ids=[row[0] for row in ONCE])
def test_a_part_above_its_whole_and_the_ratio_above_1_are_one_fault(
    rule: str, given: Mapping[str, object], whole_by: str, told: list[str]
) -> None:
    assert ratio_findings(rule, given, whole_by) == told


def test_a_part_above_its_whole_claims_no_ratio() -> None:
    [finding] = [one for one in checked({"total": 5, "part": 6}) if one.code == "part-exceeds-whole"]
    assert "比率" not in said(finding)
    assert "ratio" not in str(word_finding(finding, "en"))
    assert "6 个" in said(finding)
    assert "5 个" in said(finding)


# --- words for numbers -------------------------------------------------------------------------------------------


def test_choices_are_told_in_words_and_thresholds_with_their_unit() -> None:
    zoucheng = load_catalog("db37-3890-zoucheng")
    rules = {i.code: describe_rule(i.rule, zoucheng.label, zoucheng.unit) for i in zoucheng.indicators}
    assert "≥2000万元" in rules["38"]
    assert "b1≥2个" in rules["41"]
    assert "是否已开通县区分厅”为是且" in rules["5"]
    assert "≤25%" in rules["5"]
    rules = {i.code: describe_rule(i.rule, NATIONAL.label, NATIONAL.unit) for i in NATIONAL.indicators}
    assert "为是得 15，为否得 0" in rules["L1P2-A1"]
    assert "［若“是否建成城市交通运行指数公共平台”为是：" in rules["L1P2-A1"]
    assert "≥5个 得 100" in rules["L2P2-A3"]
    assert "≥95% 得 20" in rules["L2P1-A1"]


def test_two_answers_that_must_be_the_same_are_told_in_words() -> None:
    [finding] = [one for one in checked({"yes": "是", "yes_again": "否"}) if one.code == "same-differs"]
    assert {"是", "否"} == {finding.parameters["value"], finding.parameters["other"]}


def test_a_sum_inside_a_message_stands_in_brackets() -> None:
    rule = parse_rule("ratio(a + b, c)").result
    assert describe_operand(rule.numerator, str.upper) == "（“A”＋“B”）"  # type: ignore[union-attr]
    assert describe_operand(rule.denominator, str.upper) == "“C”"  # type: ignore[union-attr]


def test_a_clerk_is_never_told_that_an_explanation_will_do_where_none_does() -> None:
    """What must be corrected cannot be explained away."""
    every = dict.fromkeys(_names(), "x") | {"case": ""}
    for code in finding_codes():
        if severity(code) is Severity.ERROR:
            assert "核实说明" not in task_of(Finding(code, Origin("a"), parameters=every)), code


def test_the_kinds_of_not_applicable_are_those_of_the_merge() -> None:
    assert CATALOG.figures["shared"].merge is Merge.SUM
    assert answer(CATALOG.slots["shared"], "不适用", "a", Origin("a"), "没有").state is State.NOT_APPLICABLE
    assert set(words("todo")) >= {"missing.block", "missing.yesno"}


def test_why_a_system_refused_is_told_in_chinese_with_its_own_words_beside() -> None:
    for code in ("ENOENT", "EACCES", "EISDIR", "ENOTDIR", "EEXIST", "ENOSPC", "EROFS", "ENAMETOOLONG", "EIO"):
        reason = os.strerror(getattr(errno, code))
        fault = MachineFault("folder-unreadable", path="收件", reason=reason)
        assert re.search(rf"[\u4e00-\u9fff]（{reason}）", word_error(fault, "zh")), code
        assert f"({reason})" not in word_error(fault, "en")
    assert "再试" in word_error(MachineFault("folder-unreadable", path="收件", reason="再试"), "zh")
