"""The one score tree: what each kind of indicator scores and is worth, what is summed, and the same in a cell and in
words. ``test_score_tree_office.py`` has LibreOffice and Gnumeric calculate it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from random_systems import roll_system
from support import figure

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.combine import under_settings
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.catalog.score_tree import (
    APART,
    TOTAL,
    Height,
    ScoreTree,
    build_score_tree,
    full_points,
    indicator_nodes,
    name_of,
)
from smartcity_xl.form.template.scores import explain
from smartcity_xl.model import Catalog, Indicator, Merged, MergedSlot, Role, Rounding, Scores, Settings, Standing
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.formula import Cells, render_node, total, trimmed
from smartcity_xl.rules.tree import (
    Arithmetic,
    Ladder,
    Number,
    Reference,
    Rounded,
    Rule,
    Sum,
    children,
    names_used,
    rewrite,
    walk,
)
from smartcity_xl.rules.words import describe_node
from smartcity_xl.score.formulas import node_formula, result_formula, worth_formula
from smartcity_xl.score.scoring import mark_indicator, score_merged, total_without
from smartcity_xl.score.stakes import points_at_stake, points_of
from smartcity_xl.score.value import value_tree

ONE, OTHER = Number(Fraction(1)), Reference("x")


def system(*indicators: Mapping[str, Any], stars: bool = False, **fields: Any) -> Catalog:
    """One dimension of 100 % with a category of 40 %, in which these indicators stand, and one of 60 % with nothing
    but an indicator of full weight. Each has a figure of its own, named as its code in small letters."""
    entries = [
        {"category": "P1", "name": f"指标{i['code']}", "source": "t", "rule": i["code"].lower(), **i}
        for i in indicators
    ]
    if not stars:
        entries.append({"code": "Q", "category": "P2", "name": "q", "source": "t", "weight": "100%", "rule": "q"})
    scheme = {"scheme": "stars", "target": 4} if stars else {}
    shares = (("P1", "40%"), ("P2", "60%"))
    categories = [{"code": code, "dimension": "L1", "name": code, "weight": weight} for code, weight in shares]
    document = {
        "id": "tree", "version": "1", "title": "t", "document": "d", **scheme,
        "dimensions": [{"code": "P1" if stars else "L1", "name": "维度"} | ({} if stars else {"weight": "100%"})],
        "indicators": entries,
        "figures": [figure(entry["code"].lower(), "number", unit="分") for entry in entries],
        **({} if stars else {"categories": categories}),
        **fields,
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    assert [fault.words("en") for fault in faults] == []
    return catalog


def scored(catalog: Catalog, **given: str | int) -> Scores:
    slots = {
        key: MergedSlot(key, Standing.SETTLED, Fraction(given[key]), (), ())
        if key in given
        else MergedSlot(key, Standing.MISSING, None, (), ())
        for key in catalog.slots
    }
    return score_merged(catalog, Merged(slots, {}, ()))


def once(catalog: Catalog) -> Catalog:
    return under_settings(catalog, Settings(rounding=Rounding.ONCE))


# --- an indicator, kind by kind ----------------------------------------------------------------------------------

WEIGHED = {"code": "A", "weight": "30%"}
CAPPED = {"code": "A", "deduct_max": "1.5"}
UNLIMITED = {"code": "A", "role": "deduction"}
SHOWN = {"code": "A", "role": "shown"}
STAR = {"code": "A", "rule": "stars(5: a >= 90, 4: a >= 60, 2: a >= 10)", "points_5": "3", "points_4": "2.5"}
BARE_STAR = {"code": "A", "rule": "stars(5: a >= 90, 4: a >= 60)"}
# indicator, answer, score rounded at every level, score rounded once, points of each
KINDS = [
    pytest.param(WEIGHED, "80", "24", "24", "9.6", "9.6", id="weighed"),
    pytest.param(WEIGHED, "3.35", "1.01", "1.005", "0.404", "0.402", id="weighed, a tie"),
    pytest.param(WEIGHED, "0", "0", "0", "0", "0", id="weighed, nothing"),
    pytest.param(WEIGHED, "100", "30", "30", "12", "12", id="weighed, everything"),
    pytest.param(CAPPED, "0.425", "-0.43", "-0.425", "-0.43", "-0.425", id="deducted, a tie away from zero"),
    pytest.param(CAPPED, "1.5", "-1.5", "-1.5", "-1.5", "-1.5", id="deducted, at the cap"),
    pytest.param(CAPPED, "7", "-1.5", "-1.5", "-1.5", "-1.5", id="deducted, above the cap"),
    pytest.param(CAPPED, "0", "0", "0", "0", "0", id="deducted, nothing"),
    pytest.param(UNLIMITED, "7.125", "-7.13", "-7.125", "-7.13", "-7.125", id="deducted without limit"),
    pytest.param(SHOWN, "80", None, None, None, None, id="shown"),
    pytest.param(STAR, "90", "3", "3", "3", "3", id="five stars"),
    pytest.param(STAR, "60", "2.5", "2.5", "2.5", "2.5", id="four stars"),
    pytest.param(STAR, "10", "0", "0", "0", "0", id="a level that earns nothing"),
    pytest.param(STAR, "9", "0", "0", "0", "0", id="no level"),
    pytest.param(BARE_STAR, "90", None, None, None, None, id="a star without points"),
]


def exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


@pytest.mark.parametrize(("indicator", "given", "each", "single", "points", "points_once"), KINDS)
def test_what_an_indicator_scores_and_is_worth(
    indicator: Mapping[str, Any], given: str, each: str, single: str, points: str, points_once: str
) -> None:
    catalog = system(indicator, stars="rule" in indicator)
    for setting, score, worth in ((catalog, each, points), (once(catalog), single, points_once)):
        found = next(scored(setting, a=given).indicators)
        assert (found.score, found.points) == (exact(score), exact(worth))
        mark = found.mark
        assert mark is not None
        assert mark_indicator(found.indicator, mark, setting.settings.rounding) == exact(score)
        bare = next(scored(setting).indicators)
        assert (bare.score, bare.points, bare.points_full) == (None, None, found.points_full)


# indicator, full points, points at stake, the lowest points
FULL = [
    pytest.param(WEIGHED, "12", "12", "0", id="weighed"),
    pytest.param(CAPPED, "0", "1.5", "-1.5", id="deducted"),
    pytest.param(UNLIMITED, "0", "0", None, id="deducted without limit"),
    pytest.param(SHOWN, "0", "0", "0", id="shown"),
    pytest.param(STAR, "3", "3", "0", id="a star with points"),
    pytest.param(BARE_STAR, "0", "1", "0", id="a star without points: each counts as one"),
]


@pytest.mark.parametrize(("indicator", "full", "stake", "low"), FULL)
def test_what_an_indicator_can_earn_and_what_hangs_on_it(
    indicator: Mapping[str, Any], full: str, stake: str, low: str | None
) -> None:
    catalog = system(indicator, stars="rule" in indicator)
    first = catalog.indicators[0]
    assert full_points(catalog, first) == Fraction(full) == next(scored(catalog).indicators).points_full
    assert points_of(catalog, first) == points_at_stake(catalog, ["a"]) == Fraction(stake)
    top = indicator_nodes(catalog, first)[-1]
    assert (top.full if top.height is Height.POINTS else 0, top.low) == (Fraction(full), exact(low))


def test_stakes_of_several_figures_add_up_whatever_their_kind() -> None:
    catalog = system({**WEIGHED, "weight": "100%"}, {**SHOWN, "code": "B"})
    assert points_at_stake(catalog, ["a", "b", "q"]) == 100
    assert points_at_stake(catalog, ["b"]) == 0


FORMULAS = [
    pytest.param(WEIGHED, "ROUND(ROUND(0.3*(N1),12),2)", "0.3*(N1)", "ROUND(S1*0.4,4)", id="weighed"),
    pytest.param(CAPPED, "0-ROUND(ROUND(MIN(1.5,N1),12),2)", "0-MIN(1.5,N1)", "ROUND(S1*1,4)", id="deducted"),
    pytest.param(UNLIMITED, "0-ROUND(ROUND(N1,12),2)", "0-(N1)", "ROUND(S1*1,4)", id="deducted without limit"),
    pytest.param(SHOWN, "N1", "N1", None, id="shown"),
    pytest.param(STAR, "IF(N1>=90,5,IF(N1>=60,4,IF(N1>=10,2,0)))", None, "CHOOSE(S1+1,0,0,0,0,2.5,3)", id="a star"),
    pytest.param(BARE_STAR, "IF(N1>=90,5,IF(N1>=60,4,0))", None, None, id="a star without points"),
]


@pytest.mark.parametrize(("indicator", "each", "single", "points"), FORMULAS)
def test_the_same_as_formulas(indicator: Mapping[str, Any], each: str, single: str | None, points: str | None) -> None:
    catalog, cells = system(indicator, stars="rule" in indicator), Cells(lambda _: "N1", lambda _: (), lambda _: "")
    first = catalog.indicators[0]
    assert result_formula(catalog, first, cells) == each
    assert result_formula(once(catalog), first, cells) == (single or each)
    if points:
        assert worth_formula(catalog, first, "S1") == points


WORDS = [
    pytest.param(WEIGHED, "“〈a〉”；再乘权重 30%", id="weighed"),
    pytest.param(CAPPED, "扣分＝“〈a〉”，最多扣 1.5 分", id="deducted"),
    pytest.param(UNLIMITED, "“〈a〉”；从总分中扣除，不设上限", id="deducted without limit"),
    pytest.param(SHOWN, "“〈a〉”；只列示，不计分", id="shown"),
]


@pytest.mark.parametrize(("indicator", "said"), WORDS)
def test_the_same_in_words(indicator: Mapping[str, Any], said: str) -> None:
    catalog = system(indicator)
    assert explain(catalog, catalog.indicators[0]) == explain(once(catalog), catalog.indicators[0]) == said


def test_a_star_in_words_names_what_its_levels_earn_the_highest_first() -> None:
    catalog = system(STAR, stars=True)
    assert explain(catalog, catalog.indicators[0]).splitlines()[1] == "5星得 3 分；4星得 2.5 分"
    bare = system(BARE_STAR, stars=True)
    assert len(explain(bare, bare.indicators[0]).splitlines()) == 1


# --- what is summed ----------------------------------------------------------------------------------------------

BESIDE = ({"code": "A", "weight": "100%"}, {**SHOWN, "code": "B"})


@pytest.mark.parametrize("order", [BESIDE, BESIDE[::-1]], ids=["after", "before"])
def test_what_is_only_shown_is_in_no_sum(order: tuple[Mapping[str, Any], ...]) -> None:
    """Once in the range of its category, and once, as the first, in place of the category's weight: 50.00 and 75.00."""
    catalog = system(*order)
    scores = scored(catalog, a=50, b=62.5, q=50)
    assert (scores.total, scores.dimensions[0].categories[0].score, scores.full) == (50, 20, 100)
    tree = build_score_tree(catalog)
    assert names_used(tree.nodes["category:P1"].expression) == ("score:A",)
    assert node_formula(tree, "category:P1", {"score:A": "D5"}) == "ROUND(ROUND(0.4*SUM(D5),12),2)"


def test_a_category_of_nothing_but_what_is_shown_comes_to_nought_and_is_in_no_sum() -> None:
    tree = build_score_tree(system(SHOWN))
    assert value_tree(tree, {"A": Fraction(50)})["category:P1"] == 0
    assert node_formula(tree, "category:P1", {}) == "ROUND(ROUND(0,12),2)"
    assert names_used(tree.nodes["dimension:L1"].expression) == ("category:P2",)


def test_a_dimension_that_is_not_divided_further_has_the_weight_in_its_own_formula() -> None:
    document: dict[str, Any] = {
        "dimensions": [{"code": "L1", "name": "甲", "weight": "40%"}, {"code": "L2", "name": "乙", "weight": "60%"}],
        "categories": [
            {"code": "L1", "dimension": "L1", "name": "甲", "weight": "40%"},
            {"code": "P2", "dimension": "L2", "name": "乙", "weight": "60%"},
        ],
    }
    catalog = system({"code": "A", "category": "L1", "weight": "100%"}, **document)
    tree, cells = build_score_tree(catalog), {"score:A": "D4", "score:Q": "D7", "dimension:L1": "D3"}
    assert node_formula(tree, "dimension:L1", cells) == "ROUND(ROUND(0.4*SUM(D4),12),2)"
    assert scored(catalog, a=50, q=0).dimensions[0].score == 20


def test_the_levels_above_over_cells_and_written_out() -> None:
    tree = build_score_tree(system(WEIGHED))
    assert node_formula(tree, "dimension:L1", {"category:P1": "D4", "category:P2": "D6"}) == (
        "ROUND(ROUND(SUM(D4,D6),12),2)"
    )
    written = node_formula(tree, TOTAL, {"score:A": "D5", "score:Q": "D7"})
    assert written.count("ROUND(ROUND(") == 4
    assert "ROUND(ROUND(0.4*SUM(D5),12),2),ROUND(ROUND(0.6*SUM(D7),12),2)" in written
    single = build_score_tree(once(system(WEIGHED)))
    written = node_formula(single, TOTAL, {"score:A": "D5", "score:Q": "D7"})
    assert written == "ROUND(ROUND(SUM(SUM(0.4*SUM(D5),0.6*SUM(D7))),12),2)"


def test_a_sum_passes_over_what_has_no_value_and_a_score_has_none_without_its_mark() -> None:
    tree = build_score_tree(system(WEIGHED))
    values = value_tree(tree, {"Q": Fraction(50)})
    assert "score:A" not in values
    assert "points:A" not in values
    assert (values["category:P1"], values["category:P2"], values[TOTAL], values[APART]) == (0, 30, 30, 0)


@pytest.mark.parametrize("name", catalog_ids())
def test_each_node_reads_only_answers_or_nodes_before_it(name: str) -> None:
    catalog = load_catalog(name)
    tree, before = build_score_tree(catalog), set[str]()
    for node in tree.nodes.values():
        if node.height is Height.MARK:
            assert {used.partition(".")[0] for used in names_used(node.rule)} <= catalog.figures.keys()
        else:
            assert set(names_used(node.rule)) <= before
        before.add(node.name)
    indicators = [node.code for node in tree.nodes.values() if node.height is Height.MARK]
    assert indicators == [indicator.code for indicator in catalog.indicators]


@pytest.mark.parametrize("name", catalog_ids())
def test_full_marks_are_what_the_tree_comes_to_at_its_best(name: str) -> None:
    catalog = load_catalog(name)
    tree = build_score_tree(catalog)

    def best(indicator: Indicator) -> Fraction:
        return indicator_nodes(catalog, indicator)[0].full

    values = value_tree(tree, {indicator.code: best(indicator) for indicator in catalog.indicators})
    for node in tree.nodes.values():
        open_ = any(category.weights_open for category in catalog.categories)
        if node.height in (Height.SCORE, Height.POINTS) or not open_:
            assert values[node.name] == node.full, node.name


# --- the total without what lacks evidence -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [f"without {number}" for number in range(12)])
def test_the_total_without_some_is_the_total_had_they_scored_nothing(seed: str) -> None:
    rolled = roll_system(seed)
    catalog, scores = rolled.catalog, rolled.outcome.scores
    assert total_without(catalog, scores, ()) == scores.total
    marks = {one.indicator.code: one.mark for one in scores.indicators if one.mark is not None}
    for code in rolled.lacking:
        indicator = next(one for one in catalog.indicators if one.code == code)
        if not indicator.deducts:
            marks[code] = Fraction(0)
    assert total_without(catalog, scores, rolled.lacking) == value_tree(build_score_tree(catalog), marks)[TOTAL]


def test_what_was_deducted_stays_though_it_lacks_evidence() -> None:
    document: dict[str, Any] = {
        "dimensions": [{"code": "L1", "name": "甲", "weight": "100%"}, {"code": "X", "name": "扣", "weight": "0%"}],
        "categories": [
            {"code": "P1", "dimension": "X", "name": "扣", "weight": "0%"},
            {"code": "P2", "dimension": "L1", "name": "乙", "weight": "100%"},
        ],
    }
    catalog = system(CAPPED, **document)
    scores = scored(catalog, a=1, q=50)
    assert (scores.total, total_without(catalog, scores, {"A", "Q"}), scores.full) == (49, -1, 100)
    assert build_score_tree(catalog).nodes[TOTAL].low == Fraction("-1.5")


# --- the nodes themselves ----------------------------------------------------------------------------------------


def value(node: Any, **values: str) -> Fraction:
    return evaluate(Rule("", (), node), {key: Fraction(given) for key, given in values.items()}).value


def test_rounding_a_sum_and_a_ladder_exactly() -> None:
    assert (value(Rounded(OTHER), x="0.125"), value(Rounded(OTHER, 0), x="-0.5")) == (Fraction("0.13"), -1)
    assert value(Sum((OTHER, Reference("y"), ONE)), y="2") == 3
    assert value(Sum(())) == 0
    steps = tuple(Number(Fraction(step)) for step in (0, 5, 7))
    assert [value(Ladder(OTHER, steps), x=str(level)) for level in range(3)] == [0, 5, 7]


def test_a_reference_outside_a_sum_is_never_passed_over() -> None:
    with pytest.raises(KeyError):
        value(Sum((Arithmetic("*", OTHER, ONE),)))


def test_the_nodes_as_formulas() -> None:
    cells = Cells(
        lambda name: name.upper(), lambda _: (), lambda _: "", {"r": Rule("", (), Arithmetic("+", OTHER, ONE))}
    )
    named = Reference("r")
    assert render_node(Rounded(named, 4), cells) == "ROUND(ROUND(X+1,12),4)"
    assert render_node(Sum((OTHER, named)), cells) == "SUM(X,X+1)"
    assert render_node(Arithmetic("*", ONE, named), cells) == "1*(X+1)"
    assert render_node(Arithmetic("*", ONE, OTHER), cells) == "1*X"
    assert render_node(Ladder(named, (ONE, OTHER)), cells) == "CHOOSE((X+1)+1,1,X)"
    assert (total([]), total(["A1:A3"]), trimmed("A1*2")) == ("0", "SUM(A1:A3)", "ROUND(A1*2,4)")


def test_the_nodes_in_words_and_as_a_tree() -> None:
    node = Rounded(Sum((OTHER, Ladder(OTHER, (ONE, ONE)))))
    said = describe_node(node, lambda name: name)
    assert said == "［［合计：“x”、［“x”：0 得 1、1 得 1］］，四舍五入到 2 位小数］"
    assert [type(child) for child in children(node.operand)] == [Reference, Ladder]
    assert sum(1 for _ in walk(node)) == 7
    assert names_used(node) == ("x",)
    renamed = rewrite(node, lambda child: Reference("z") if child == OTHER else child)
    assert names_used(renamed) == ("z",)


def test_names_of_nodes_are_no_names_of_figures() -> None:
    assert name_of(Height.MARK, "f0") == "mark:f0"
    tree = build_score_tree(system(WEIGHED))
    assert isinstance(tree, ScoreTree)
    assert (tree.of(Height.SCORE, "A"), tree.of(Height.SCORE, "none")) == (tree.nodes["score:A"], None)
    assert {node.code for node in tree.nodes.values() if not node.code} == {""}
    assert all(":" in name or name in (TOTAL, APART) for name in tree.nodes)


def test_every_role_was_tried() -> None:
    tried = {row.values[0].get("role", "scored" if "deduct_max" not in row.values[0] else "deduction") for row in FULL}
    assert tried == {role.value for role in Role}
