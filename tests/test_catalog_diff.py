"""What changed between two systems: tables of one change each, and what must not be taken for a change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.diff import KINDS, Difference, diff_catalogs, normal
from smartcity_xl.catalog.load import catalog_ids, load_catalog, load_document
from smartcity_xl.cli import run_cli
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.model import Catalog

ID = "cn-2018"
Document = dict[str, Any]
Edit = Callable[[Document], object]


def entry(document: Document, section: str, name: str) -> Document:
    return next(found for found in document[section] if name in (found.get("code"), found.get("key")))


def changed(*edits: Edit) -> Catalog:
    document = copy.deepcopy(load_document(ID))
    for edit in edits:
        edit(document)
    catalog, faults = build_catalog(document)
    assert faults == ()
    return catalog


def put(section: str, code: str, /, **fields: object) -> Edit:
    return lambda document: entry(document, section, code).update(fields)


def drop(section: str, name: str) -> Edit:
    return lambda document: document[section].remove(entry(document, section, name))


def recode(old: str, new: str) -> Edit:
    """Another code for an indicator, and its row moved to the end."""

    def edit(document: Document) -> None:
        found = entry(document, "indicators", old)
        document["indicators"].remove(found)
        document["indicators"].append(found | {"code": new})

    return edit


def swap(one: str, other: str) -> Edit:
    """Two indicators exchange their codes: what a new edition does (E15)."""

    def edit(document: Document) -> None:
        first, second = entry(document, "indicators", one), entry(document, "indicators", other)
        first["code"], second["code"] = other, one

    return edit


def recode_category(old: str, new: str) -> Edit:
    def edit(document: Document) -> None:
        entry(document, "categories", old)["code"] = new
        for indicator in document["indicators"]:
            if indicator["category"] == old:
                indicator["category"] = new

    return edit


def rekey(old: str, new: str) -> Edit:
    def edit(document: Document) -> None:
        entry(document, "figures", old)["key"] = new
        for indicator in document["indicators"]:
            indicator["rule"] = indicator["rule"].replace(old, new)
        for figure in document["figures"]:
            if figure.get("part_of") == old:
                figure["part_of"] = new

    return edit


A1 = load_catalog(ID).indicators[0]
NAME = A1.name
ADDED = {
    "code": "L1P1-A9", "category": "L1P1", "name": "全新的一项", "weight": "0%", "rule": "100 * new_figure",
    "source": "本市",
}  # fmt: skip
FIGURE = {"key": "new_figure", "label": "全新的数", "kind": "yesno"}
NEW_RULE = "100 * min(1, 2 * ratio(gov_items_ecert, gov_items_total))"
CHANGES: list[tuple[str, Edit, list[tuple[str, str, str, str, str]]]] = [
    ("an indicator and a figure added",
     lambda d: [d["indicators"].insert(1, ADDED), d["figures"].append(FIGURE)],
     [("indicator", "added", "L1P1-A9", "", ""), ("figure", "added", "new_figure", "", "")]),
    ("an indicator dropped", drop("indicators", "L1P1-A1"), [("indicator", "dropped", "L1P1-A1", "", "")]),
    ("an indicator renamed", put("indicators", "L1P1-A1", name="电子证照使用率"),
     [("indicator", "renamed", "L1P1-A1", NAME, "电子证照使用率")]),
    ("an indicator with another code", recode("L1P1-A1", "L1P1-A8"),
     [("indicator", "recoded", "L1P1-A8", "L1P1-A1", "L1P1-A8")]),
    ("two indicators that exchange their codes", swap("L1P1-A1", "L1P1-A2"),
     [("indicator", "recoded", "L1P1-A2", "L1P1-A1", "L1P1-A2"),
      ("indicator", "recoded", "L1P1-A1", "L1P1-A2", "L1P1-A1")]),
    ("a weight", put("indicators", "L1P1-A1", weight="20%"), [("indicator", "reweighted", "L1P1-A1", "30%", "20%")]),
    ("the most points deducted", put("indicators", "L6P1-A1", deduct_max=3),
     [("indicator", "reweighted", "L6P1-A1", "-2", "-3")]),
    ("a scored indicator that now deducts",
     lambda d: [entry(d, "indicators", "L1P1-A1").pop("weight"), put("indicators", "L1P1-A1", deduct_max=3)(d)],
     [("indicator", "reweighted", "L1P1-A1", "30%", "-3")]),
    ("a rule", put("indicators", "L1P1-A1", rule=NEW_RULE),
     [("indicator", "rule", "L1P1-A1",
       "100×（“以唯一标识电子证照办理的政务服务事项数”÷“政务服务事项总数”，超过 1 按 1）",
       "100×取小（1，2×（“以唯一标识电子证照办理的政务服务事项数”÷“政务服务事项总数”，超过 1 按 1））")]),
    ("a rule whose words stay the same",
     put("indicators", "L1P1-A1", rule="100 * ratio(gov_items_ecert, gov_items_total, max: 1)"),
     [("indicator", "rule", "L1P1-A1", "100 * ratio(gov_items_ecert, gov_items_total)",
       "100 * ratio(gov_items_ecert, gov_items_total, max: 1)")]),
    ("an indicator in another category", put("indicators", "L1P1-A1", category="L1P2"),
     [("indicator", "moved", "L1P1-A1", "L1P1 政务服务", "L1P2 交通服务")]),
    ("a note", put("indicators", "L1P1-A1", note="本市的注"), [("indicator", "changed", "L1P1-A1", "", "本市的注")]),
    ("a category renamed",
     put("categories", "L1P1", name="政务"), [("category", "renamed", "L1P1", "政务服务", "政务")]),
    ("a category with another code", recode_category("L1P1", "L1P0"),
     [("category", "recoded", "L1P0", "L1P1", "L1P0")]),
    ("a category reweighted", put("categories", "L1P1", weight="6%"), [("category", "reweighted", "L1P1", "5%", "6%")]),
    ("a category in another dimension", put("categories", "L1P1", dimension="L2"),
     [("category", "moved", "L1P1", "L1 惠民服务", "L2 精准治理")]),
    ("a dimension renamed", put("dimensions", "L1", name="服务"), [("dimension", "renamed", "L1", "惠民服务", "服务")]),
    ("a dimension reweighted",
     put("dimensions", "L1", weight="27%"), [("dimension", "reweighted", "L1", "26%", "27%")]),
    ("a figure reworded", put("figures", "gov_items_total", label="事项总数"),
     [("figure", "renamed", "gov_items_total", "政务服务事项总数", "事项总数")]),
    ("a figure with another key", rekey("gov_items_ecert", "ecert_items"),
     [("figure", "recoded", "ecert_items", "gov_items_ecert", "ecert_items")]),
    ("a figure's range", put("figures", "gov_items_total", max=5),
     [("figure", "changed", "gov_items_total", "0–100000", "0–5")]),
    ("the edition", lambda d: d.update(version="2"), [("catalog", "changed", ID, "1", "2")]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_change_is_told_and_nothing_else(edit: Edit, expected: list[tuple[str, str, str, str, str]]) -> None:
    found = diff_catalogs(load_catalog(ID), changed(edit))
    told = [(c.sort, c.kind, c.code, c.before, c.after) for c in found if not _follows(c, expected)]
    assert sorted(told) == sorted(expected)


def _follows(change: Difference, expected: list[tuple[str, str, str, str, str]]) -> bool:
    """A figure's new key stands with every figure that is a part of it."""
    return change.field == "part_of" and any(sort == "figure" and kind == "recoded" for sort, kind, *_ in expected)


def test_every_kind_of_change_has_been_seen() -> None:
    assert {kind for _, _, expected in CHANGES for _, kind, *_ in expected} == set(KINDS)


@pytest.mark.parametrize("system", catalog_ids())
def test_a_system_does_not_differ_from_itself(system: str) -> None:
    assert diff_catalogs(load_catalog(system), load_catalog(system)) == ()


UNCHANGED: list[tuple[str, Edit]] = [
    ("a rule laid out in another way",
     put("indicators", "L1P1-A1", rule="# the same\n100 * ratio(gov_items_ecert,\n  gov_items_total)")),
    ("a weight written in another way", put("indicators", "L1P1-A1", weight="0.3")),
    ("rows in another order", lambda d: d["indicators"].reverse()),
    ("figures in another order", lambda d: d["figures"].reverse()),
]  # fmt: skip


@pytest.mark.parametrize("edit", [row[1] for row in UNCHANGED], ids=[row[0] for row in UNCHANGED])
def test_what_means_the_same_is_no_change(edit: Edit) -> None:
    assert diff_catalogs(load_catalog(ID), changed(edit)) == ()


def test_two_editions_are_never_matched_by_code() -> None:
    """E15: L5P1-A1 is the opening of data in 2018, and their sharing in 2022."""
    first, second = load_catalog(ID), load_catalog("gbt33356-2022-city")
    changes = diff_catalogs(first, second)
    names = {c.code: (i.code, i.name) for c, i in ((i, i) for i in second.indicators)}
    recoded = {c.after: c.before for c in changes if c.sort == "indicator" and c.kind == "recoded"}
    assert recoded["L5P1-A1"] == "L5P1-A2"
    assert names["L5P1-A1"][1] == next(i.name for i in first.indicators if i.code == "L5P1-A2")
    assert ("dropped", "L5P1-A1") in [(c.kind, c.code) for c in changes if c.sort == "indicator"]
    figures = {c: {f.key for f in catalog.figures_of[c]} for catalog in (second,) for c in catalog.figures_of}
    for change in changes:
        if change.sort == "indicator" and change.kind == "renamed":
            before = next(i for i in first.indicators if i.name == change.before)
            assert figures[change.code] & {f.key for f in first.figures_of[before.code]}


@pytest.mark.parametrize(
    ("one", "other"), [("政务（服务）", "政务服务"), ("5Ｇ 网络", "5g网络"), ("企业、事业单位", "企业事业单位")]
)
def test_names_are_compared_without_what_does_not_matter(one: str, other: str) -> None:
    assert normal(one) == normal(other)
    assert normal(one) != normal(other + "率")


def test_every_entry_of_both_sides_is_accounted_for() -> None:
    for one in catalog_ids():
        for other in catalog_ids():
            first, second = load_catalog(one), load_catalog(other)
            changes = diff_catalogs(first, second)
            for sort, count in (("indicator", lambda c: len(c.indicators)), ("figure", lambda c: len(c.figures))):
                added = sum(c.kind == "added" for c in changes if c.sort == sort)
                dropped = sum(c.kind == "dropped" for c in changes if c.sort == sort)
                assert count(first) - dropped == count(second) - added


@pytest.fixture(scope="module")
def fields() -> set[str]:
    """Every field in which any two systems differ, or one and what was edited in it."""
    found = {change.field for one in catalog_ids() for other in catalog_ids()
             for change in diff_catalogs(load_catalog(one), load_catalog(other)) if change.field}  # fmt: skip
    for _, edit, _ in CHANGES:
        found |= {change.field for change in diff_catalogs(load_catalog(ID), changed(edit)) if change.field}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_words_in_both_languages(fields: set[str], language: str) -> None:
    assert fields
    assert all(sentence("cli", f"field_{field}", language) for field in fields)
    for kind in KINDS:
        assert sentence("cli", f"diff_{kind}", language, sort="s", code="c", name="n", field="f")


def test_the_command_tells_the_changes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_cli(["--lang", "en", "catalog", "diff", ID, ID]) == 0
    assert capsys.readouterr().out == "No differences.\n"
    book = tmp_path / "book.xlsx"
    assert run_cli(["catalog", "export", ID, "--out", str(book)]) == 0
    capsys.readouterr()
    assert run_cli(["--lang", "zh", "catalog", "diff", str(book), "gbt33356-2022-city"]) == 0
    told = capsys.readouterr().out
    assert "分项改代码　信息资源部门间共享率\n    - L5P1-A2\n    + L5P1-A1\n" in told
    assert run_cli(["catalog", "diff", ID, str(tmp_path / "none.xlsx")]) == 2
    assert run_cli(["catalog", "diff", ID, "none"]) == 2
