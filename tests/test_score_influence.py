"""Which answers a result depends on, in which direction, with which steps; and between which values it can lie."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from random_systems import roll_system
from support import figure, table_figure

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.catalog.score_tree import TOTAL, Height, build_score_tree, name_of
from smartcity_xl.model import Catalog, Kind, Slot
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.syntax import parse_condition
from smartcity_xl.rules.tree import walk
from smartcity_xl.score.influence import Influence, InfluenceStep, Turn, Way, find_influences
from smartcity_xl.score.ranges import Range, range_of
from smartcity_xl.score.value import value_tree

UP, DOWN, EITHER = Way.UP, Way.DOWN, Way.EITHER


def catalog_of(rule: str, **fields: Any) -> Catalog:
    """An indicator of 30 % in a category of 100 %, over figures that a rule may read."""
    figures = [
        figure("a", "number"), figure("b", "number"), figure("some", "number", min=1),
        figure("cold", "number", min=-10, max=-1), figure("any", "number", min=-10), figure("yes", "yesno"),
        figure("fixed", "number", fixed="10"), figure("parts", "number", merge="sum"),
        figure("list", "checklist", items=[{"key": "x", "label": "甲"}, {"key": "y", "label": "乙"}]),
        figure("pick", "choice", options=[{"key": "one", "label": "一"}, {"key": "two", "label": "二"}]),
        table_figure(),
    ]  # fmt: skip
    indicator = {"code": "A", "category": "P", "name": "指标", "source": "t", "weight": "30%", "rule": rule, **fields}
    document = {
        "id": "i", "version": "1", "title": "t", "document": "d",
        "dimensions": [{"code": "L", "name": "维度", "weight": "100%"}],
        "categories": [{"code": "P", "dimension": "L", "name": "类", "weight": "100%"}],
        "indicators": [indicator], "figures": figures,
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    assert [fault.words("en") for fault in faults] == []
    return catalog


def influences(rule: str, name: str = "mark:A", **fields: Any) -> dict[str, Influence]:
    catalog = catalog_of(rule, **fields)
    return dict(find_influences(catalog, build_score_tree(catalog), name))


def turns(found: Influence) -> list[tuple[Turn, Fraction | None]]:
    return [(step.turn, step.at) for step in found.steps]


WAYS: list[tuple[str, dict[str, Way]]] = [
    ("7", {}),
    ("a", {"a": UP}),
    ("-a", {"a": DOWN}),
    ("a - b", {"a": UP, "b": DOWN}),
    ("a - a / 2", {"a": EITHER}),
    ("a * b", {"a": UP, "b": UP}),
    ("a * cold", {"a": DOWN, "cold": UP}),
    ("a * any", {"a": EITHER, "any": UP}),
    ("a * 0", {}),
    ("a / 2", {"a": UP}),
    ("b1 = 2 * a\nb1 - b", {"a": UP, "b": DOWN}),
    ("a > b", {"a": UP, "b": DOWN}),
    ("a <= b", {"a": DOWN, "b": UP}),
    ("a == b", {"a": EITHER, "b": EITHER}),
    ("yes and a > 3", {"yes": UP, "a": UP}),
    ("not yes or a < 3", {"yes": DOWN, "a": DOWN}),
    ("not any", {"any": EITHER}),
    ("ratio(a, some)", {"a": UP, "some": DOWN}),
    ("ratio(a, b)", {"a": UP, "b": EITHER}),
    ("quotient(cold, some)", {"cold": UP, "some": UP}),
    ("ratio(a, fixed)", {"a": UP, "fixed": DOWN}),
    ("if(a > 3, 50, 10)", {"a": UP}),
    ("if(a > 3, 10, 50)", {"a": DOWN}),
    ("if(a > 3, b, 10)", {"a": EITHER, "b": UP}),
    ("if(a > 3, 2000, b)", {"a": UP, "b": UP}),
    ("if(a > 3, 2000, parts)", {"a": EITHER, "parts": UP}),
    ("min(100, a)", {"a": UP}),
    ("max(0, 100 - a, b)", {"a": DOWN, "b": UP}),
    ("band(a, >=9: 100, >5: 60)", {"a": UP}),
    ("band(a, >=9: 0, >5: 60, else: 100)", {"a": DOWN}),
    ("band(a, >=9: 60, >5: 100)", {"a": EITHER}),
    ("band(-a, >=9: 60, >5: 10)", {"a": DOWN}),
    ("points(list, x: 10, y: -5)", {"list.x": UP, "list.y": DOWN}),
    ("count(list)", {"list.x": UP, "list.y": UP}),
    ("pick(pick, one: 10, two: a)", {"pick": EITHER, "a": UP}),
    ("stars(5: a >= 9, 4: b < 3)", {"a": UP, "b": DOWN}),
    ("mean(hospitals, hospitals.reads - hospitals.visits)",
     {"hospitals": EITHER, "hospitals.reads": UP, "hospitals.visits": DOWN}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "expected"), WAYS, ids=[rule for rule, _ in WAYS])
def test_what_a_greater_answer_does(rule: str, expected: dict[str, Way]) -> None:
    assert {answer: found.way for answer, found in influences(rule).items()} == expected


STEPS: list[tuple[str, str, list[tuple[Turn, str | None]]]] = [
    ("a", "a", []),
    ("band(a, >=9: 100, >5: 60)", "a", [(Turn.BAND, "9"), (Turn.BAND, "5")]),
    ("b1 = a - b\nband(b1, >=30%: 100)", "b", [(Turn.BAND, "0.3")]),
    ("if(a > 3, 50, b)", "a", [(Turn.COMPARISON, "3")]),
    ("if(a > 3, 50, b)", "b", []),
    ("if(3 < a, 50, b)", "a", [(Turn.COMPARISON, "3")]),
    ("a >= b", "a", [(Turn.COMPARISON, None)]),
    ("if(a, 1, 0)", "a", [(Turn.COMPARISON, "0")]),
    ("min(100, a)", "a", [(Turn.CAP, "100")]),
    ("max(a, b)", "a", []),
    ("ratio(a, some)", "a", [(Turn.CAP, "1")]),
    ("quotient(a, some)", "a", []),
    ("quotient(a, b)", "b", [(Turn.ZERO, "0")]),
    ("ratio(a, b)", "b", [(Turn.CAP, "1"), (Turn.ZERO, "0")]),
    ("points(list, x: 10, y: 5)", "list.x", [(Turn.TICK, None)]),
    ("count(list)", "list.y", [(Turn.TICK, None)]),
    ("band(count(list), >=2: 9)", "list.x", [(Turn.BAND, "2"), (Turn.TICK, None)]),
    ("pick(pick, one: 1, two: 2)", "pick", [(Turn.OPTION, None)]),
    ("stars(5: a >= 9, 4: a >= 5)", "a", [(Turn.COMPARISON, "9"), (Turn.COMPARISON, "5")]),
    ("mean(hospitals, min(1, hospitals.reads))", "hospitals", [(Turn.ROWS, None)]),
    ("mean(hospitals, min(1, hospitals.reads))", "hospitals.reads", [(Turn.CAP, "1")]),
]


@pytest.mark.parametrize(("rule", "answer", "expected"), STEPS, ids=[f"{a} in {rule}" for rule, a, _ in STEPS])
def test_the_steps_of_an_answer(rule: str, answer: str, expected: list[tuple[Turn, str | None]]) -> None:
    found = turns(influences(rule)[answer])
    assert found == [(turn, None if at is None else Fraction(at)) for turn, at in expected]


def test_a_deduction_falls_as_its_figure_grows_up_to_its_cap() -> None:
    found = _deducted()
    assert (found["a"].way, turns(found["a"])) == (DOWN, [(Turn.CAP, Fraction(2))])


def _deducted() -> dict[str, Influence]:
    document = {
        "id": "i", "version": "1", "title": "t", "document": "d",
        "dimensions": [{"code": "X", "name": "扣", "weight": "0%"}],
        "categories": [{"code": "P", "dimension": "X", "name": "扣", "weight": "0%"}],
        "indicators": [
            {"code": "A", "category": "P", "name": "扣", "source": "t", "deduct_max": "2", "rule": "0.2 * a"},
        ],
        "figures": [figure("a", "number")],
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    assert faults == ()
    return dict(find_influences(catalog, build_score_tree(catalog), TOTAL))


def test_what_is_only_shown_moves_no_total() -> None:
    rolled = roll_system("system 0")
    catalog, tree = rolled.catalog, build_score_tree(rolled.catalog)
    shown = {figure.key for i in catalog.indicators if i.role == "shown" for figure in catalog.figures_of[i.code]}
    assert shown
    assert not shown & find_influences(catalog, tree, TOTAL).keys()


def test_steps_are_hashable_data_that_name_their_place() -> None:
    (step,) = influences("min(100, 2 * a)")["a"].steps
    assert step == InfluenceStep(Turn.CAP, parse_condition("2 * a"), Fraction(100))


# --- claims, held against what the engine comes to ---------------------------------------------------------------


def draw(rng: random.Random, slot: Slot) -> Fraction:
    if slot.fixed is not None:
        return slot.fixed
    if slot.kind is Kind.CHOICE:
        return Fraction(rng.randint(1, len(slot.options)))
    if slot.kind is Kind.YESNO:
        return Fraction(rng.randint(0, 1))
    high = min(slot.maximum, Fraction(rng.choice([3, 40, 200, 10**6])))
    return max(slot.minimum, Fraction(rng.randint(0, 100), 100) * high)


@pytest.mark.parametrize("name", catalog_ids())
def test_no_answer_moves_a_mark_against_its_direction_nor_out_of_its_range(name: str) -> None:
    """Each claim is tried with random answers, one of them raised."""
    rng = random.Random(name)  # noqa: S311
    catalog = load_catalog(name)
    tree, tried = build_score_tree(catalog), 0
    for indicator in catalog.indicators:
        found = find_influences(catalog, tree, name_of(Height.MARK, indicator.code))
        if any(figure.columns for figure in catalog.figures_of[indicator.code]):
            continue
        slots = [slot for figure in catalog.figures_of[indicator.code] for slot in figure.slots]
        assert found.keys() == {slot.key for slot in slots}
        for _ in range(6):
            values = {slot.key: draw(rng, slot) for slot in slots}
            before = evaluate(indicator.rule, values).value
            for slot in slots:
                after = evaluate(indicator.rule, {**values, slot.key: draw_above(rng, slot, values[slot.key])}).value
                way = found[slot.key].way
                assert way is EITHER or (after >= before if way is UP else after <= before), (indicator.code, slot.key)
                tried += way is not EITHER
    assert tried > 50


def draw_above(rng: random.Random, slot: Slot, value: Fraction) -> Fraction:
    if slot.fixed is not None or slot.kind is Kind.CHOICE:
        return value
    return max(value, draw(rng, slot))


@pytest.mark.parametrize("seed", [f"moved {number}" for number in range(10)])
def test_no_answer_moves_a_total_against_its_direction(seed: str) -> None:
    rolled = roll_system(seed)
    catalog, tree, rng = rolled.catalog, build_score_tree(rolled.catalog), random.Random(seed)  # noqa: S311
    found = find_influences(catalog, tree, TOTAL)
    values = {key: draw(rng, slot) for key, slot in catalog.slots.items()}

    def come_to(given: dict[str, Fraction]) -> Fraction:
        return value_tree(tree, {i.code: evaluate(i.rule, given).value for i in catalog.indicators})[TOTAL]

    before = come_to(values)
    for key, slot in catalog.slots.items():
        after = come_to({**values, key: draw_above(rng, slot, values[key])})
        way = found[key].way if key in found else None
        assert way is not None or after == before
        assert way in (None, EITHER) or (after >= before if way is UP else after <= before), key


RANGES = [
    ("a - b", "-1000", "1000"), ("-a", "-1000", "0"), ("a * cold", "-10000", "0"), ("a / 4", "0", "250"),
    ("-a / 4", "-250", "0"), ("ratio(a, some)", "0", "1"), ("quotient(a, some)", "0", "1000"),
    ("quotient(a, b)", "0", None), ("quotient(a, b, zero: -5)", "-5", None), ("quotient(any, some)", "-10", "1000"),
    ("quotient(any, b)", None, None), ("quotient(cold, some)", "-10", "-1/1000"),
    ("ratio(cold, some)", "-10", "-1/1000"),
    ("ratio(sure, some)", "1/500", "1"), ("ratio(8, tiny)", "1", "1"), ("if(sure > 1, 3, a)", "3", "3"),
    ("if(sure >= 2, 3, a)", "3", "3"), ("if(sure > 2, 3, a)", "0", "1000"), ("if(sure == cold, 3, 4)", "4", "4"),
    ("if(sure != 1, 3, 4)", "3", "3"), ("if(sure and yes, 3, 4)", "3", "4"), ("if(sure or yes, 3, 4)", "3", "3"),
    ("if(not sure, 3, 4)", "4", "4"), ("band(sure, >5: 60, >=2: 30)", "30", "30"),
    ("band(sure, >=9: 7, >=4: 3)", "0", "3"),
    ("stars(4: a > 3, 2: sure, 1: yes)", "2", "4"), ("pick(second, one: 3, two: 8)", "8", "8"),
    ("if(yes, 3, a)", "0", "1000"), ("min(100, any)", "-10", "100"), ("max(100, any)", "100", "1000"),
    ("band(a, >=9: 100, >5: 60, else: -1)", "-1", "100"), ("points(list, x: 10, y: -5)", "-5", "10"),
    ("count(list)", "0", "2"), ("pick(pick, one: 3, two: 8)", "3", "8"), ("a > b", "0", "1"), ("not yes", "0", "1"),
    ("stars(4: a > 3)", "0", "4"), ("parts", "0", None), ("a * parts", "0", None), ("parts * cold", None, None),
    ("0 * parts", "0", "0"), ("parts - any", "-1000", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "low", "high"), RANGES, ids=[rule for rule, _, _ in RANGES])
def test_between_which_values_a_rule_can_lie(rule: str, low: str | None, high: str | None) -> None:
    ranges = {"a": (0, 1000), "b": (0, 1000), "some": (1, 1000), "cold": (-10, -1), "any": (-10, 1000), "yes": (0, 1)}
    ranges |= {"list.x": (0, 1), "list.y": (0, 1), "pick": (1, 2), "second": (2, 2), "sure": (2, 5), "tiny": (1, 2)}

    def named(name: str) -> Range:
        return Range(Fraction(0), None) if name == "parts" else Range(*map(Fraction, ranges[name]))

    found = range_of(parse_condition(rule), named, lambda name: [f"{name}.x", f"{name}.y"])
    assert found == Range(*(None if end is None else Fraction(end) for end in (low, high)))


def test_every_kind_of_node_was_asked() -> None:
    seen = {type(node) for rule, _ in WAYS for node in walk(catalog_of(rule).indicators[0].rule)}
    assert {one.__name__ for one in seen} >= {
        "Number", "Reference", "Negative", "Arithmetic", "Comparison", "Connective", "Not", "Quotient", "If",
        "Extremum", "Band", "Points", "Count", "Pick", "Stars", "Mean",
    }  # fmt: skip
