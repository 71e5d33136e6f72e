"""Every function of the rule language as exact arithmetic: tables for each, and laws that hold for all numbers."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_xl.rules.exact import Evaluation, Note, evaluate, holds, narrow, round_half_up
from smartcity_xl.rules.syntax import RuleError, parse_condition, parse_rule
from smartcity_xl.rules.tree import Quotient, Reference

Numbers = dict[str, Fraction]


def calculate(source: str, tables: dict[str, list[Numbers]] | None = None, **values: object) -> Evaluation:
    """Evaluate a rule; ``list__item=1`` is the item ``list.item``."""
    numbers = {name.replace("__", "."): Fraction(str(value)) for name, value in values.items()}
    return evaluate(parse_rule(source), numbers, tables or {})


def codes(result: Evaluation) -> list[str]:
    return [note.code for note in result.notes]


ZERO, ABOVE = "zero-denominator", "ratio-above-one"
DIVISIONS = [
    ("ratio(a, b)", "3", "4", "3/4", [], "a part of a whole"),
    ("ratio(a, b)", "1", "3", "1/3", [], "a ratio that does not terminate stays exact"),
    ("ratio(a, b)", "0", "4", "0", [], "no part"),
    ("ratio(a, b)", "4", "4", "1", [], "exactly 1 is not above 1"),
    ("ratio(a, b)", "5", "4", "1", [ABOVE], "above 1 counts as 1 and is told"),
    ("ratio(a, b)", "4.0000000001", "4", "1", [ABOVE], "a hair above 1 is above 1"),
    ("ratio(a, b)", "3", "0", "0", [ZERO], "no denominator gives 0 and is told"),
    ("ratio(a, b)", "0", "0", "0", [ZERO], "nothing of nothing is told too"),
    ("ratio(a, b)", "0.5", "0.25", "1", [ABOVE], "decimals above 1"),
    ("ratio(a, b, max: 1)", "5", "4", "1", [], "a stated cap is silent"),
    ("ratio(a, b, max: 1)", "3", "4", "3/4", [], "a stated cap changes nothing below 1"),
    ("ratio(a, b, max: 1)", "3", "0", "0", [ZERO], "a stated cap says nothing of a zero denominator"),
    ("ratio(a, b, zero: 1)", "3", "0", "1", [], "a stated zero is silent"),
    ("ratio(a, b, zero: 0)", "3", "0", "0", [], "a stated zero of 0 is silent as well"),
    ("ratio(a, b, zero: a)", "3", "0", "3", [], "a stated zero is taken as it is, not capped"),
    ("ratio(a, b, zero: 1)", "5", "4", "1", [ABOVE], "a stated zero says nothing of a ratio above 1"),
    ("ratio(a, b, zero: 1, max: 1)", "5", "4", "1", [], "both stated, above 1"),
    ("ratio(a, b, zero: 1, max: 1)", "5", "0", "1", [], "both stated, no denominator"),
    ("quotient(a, b)", "3", "4", "3/4", [], "a quotient below 1"),
    ("quotient(a, b)", "5", "4", "5/4", [], "a quotient has no cap"),
    ("quotient(a, b)", "5", "0", "0", [ZERO], "a quotient without a denominator is told"),
    ("quotient(a, b, zero: 7)", "5", "0", "7", [], "a quotient with a stated zero is silent"),
    ("ratio(a, b / 30)", "1", "60", "1/2", [], "a denominator that is computed"),
    ("ratio(a, b - b)", "1", "60", "0", [ZERO], "a denominator that is computed to 0"),
    ("ratio(a, b) + ratio(a, b)", "1", "0", "0", [ZERO], "the same division twice is told once"),
    ("ratio(a, b) + quotient(a, b)", "1", "0", "0", [ZERO, ZERO], "two divisions are told twice"),
    ("ratio(ratio(a, b), b)", "2", "1", "1", [ABOVE], "the inner ratio is told, the outer is 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "a", "b", "value", "notes"), [row[:5] for row in DIVISIONS], ids=[row[5] for row in DIVISIONS]
)
def test_a_division(source: str, a: str, b: str, value: str, notes: list[str]) -> None:
    result = calculate(source, a=a, b=b)
    assert (result.value, codes(result)) == (Fraction(value), notes)


def test_a_note_holds_the_division_and_its_numbers() -> None:
    (note,) = calculate("100 * ratio(a + 1, b)", a=4, b=2).notes
    assert isinstance(note, Note)
    assert isinstance(note.where, Quotient)
    assert (note.code, note.where.denominator) == (ABOVE, Reference("b"))
    assert (note.numerator, note.denominator) == (5, 2)


def test_a_division_on_the_way_not_taken_is_not_told() -> None:
    assert codes(calculate("if(a, ratio(1, b), 0)", a=0, b=0)) == []
    assert codes(calculate("if(a, ratio(1, b), 0)", a=1, b=0)) == [ZERO]
    assert codes(calculate("ratio(1, b, zero: ratio(2, b))", b=1)) == []


VALUES = [
    # numbers and arithmetic
    ("30%", "3/10", "30% is 0.3 exactly"),
    ("0.1 + 0.2", "3/10", "0.1 + 0.2 is 0.3 exactly"),
    ("30% * a", "3/2", "a percentage of a figure"),
    ("a - b - c", "2", "differences from left to right"),
    ("a - (b - c)", "4", "a bracket on the right of a difference"),
    ("a / 3 * 3", "5", "a third three times"),
    ("a / 2 / 5", "1/2", "two divisions from left to right"),
    ("2 + 3 * 4", "14", "products before sums"),
    ("(2 + 3) * 4", "20", "brackets first"),
    ("-a + 1", "-4", "a sign before a sum"),
    ("--a", "5", "two signs"),
    ("2 * -b", "-4", "a sign in a product"),
    # comparisons: a is 5, b is 2, c is 1, z is 0
    ("a > 5", "0", "not above itself"),
    ("a >= 5", "1", "at least itself"),
    ("a < 5", "0", "not below itself"),
    ("a <= 5", "1", "at most itself"),
    ("a == 5.00", "1", "equal, however it is written"),
    ("a != 5", "0", "not unequal"),
    ("a == b", "0", "not equal"),
    ("a != b", "1", "unequal"),
    ("a / 3 == 5 / 3", "1", "thirds are equal exactly"),
    ("(a > b) + (a > c)", "2", "comparisons can be counted"),
    # connectives
    ("a and b", "1", "any number but 0 is true"),
    ("a and z", "0", "0 is false"),
    ("z or z", "0", "neither"),
    ("z or b", "1", "one of two, as 1 and not as itself"),
    ("-1 and 0.001", "1", "negative and small numbers are true"),
    ("not z", "1", "not 0"),
    ("not a", "0", "not 5"),
    ("not not a", "1", "not twice gives 1"),
    ("not a > 9", "1", "not of a comparison"),
    ("z and z or c", "1", "and before or"),
    ("z and (z or c)", "0", "brackets around or"),
    ("a and b and c and z", "0", "a chain of and"),
    # if
    ("if(a > b, 10, 20)", "10", "the condition holds"),
    ("if(a < b, 10, 20)", "20", "the condition does not hold"),
    ("if(z, 10, 20)", "20", "a figure as a condition"),
    ("if(-1, 10, 20)", "10", "a negative number holds"),
    ("if(z, 1, if(c, 2, 3))", "2", "a gate inside a gate"),
    # min, max
    ("min(a, b)", "2", "the smaller"),
    ("max(a, b)", "5", "the larger"),
    ("min(a, b, c, 3)", "1", "the smallest of four"),
    ("max(-a, -b, -c)", "-1", "the largest of negatives"),
    ("min(a, 5)", "5", "both the same"),
    ("min(3, max(a, 1))", "3", "between 1 and 3"),
]


@pytest.mark.parametrize(("source", "value"), [row[:2] for row in VALUES], ids=[row[2] for row in VALUES])
def test_an_expression_has_the_value(source: str, value: str) -> None:
    result = calculate(source, a=5, b=2, c=1, z=0)
    assert (result.value, codes(result)) == (Fraction(value), [])


STEPS = "band(x, >=95: 20, >=90: 15, >85: 10)"
SHARES = "band(ratio(x, 999), >=90%: 3, >60%: 2, else: 1)"
BANDS = [
    (STEPS, "100", "20", "above the highest step"),
    (STEPS, "95", "20", "on an inclusive step"),
    (STEPS, "94.9999999999999999", "15", "a hair below it"),
    (STEPS, "90", "15", "on the next step"),
    (STEPS, "85.0000000000000001", "10", "a hair above an exclusive step"),
    (STEPS, "85", "0", "on an exclusive step"),
    (STEPS, "0", "0", "below all steps"),
    (STEPS, "-3", "0", "a negative number"),
    (SHARES, "899.1", "3", "exactly 90%"),
    (SHARES, "899", "2", "899 of 999 is not 90%"),
    (SHARES, "599.4", "1", "exactly 60% is not above 60%"),
    (SHARES, "0", "1", "below all steps with a stated remainder"),
    ("band(x, >5: 2, >=5: 1)", "5", "1", "five itself where above five is another step"),
    ("band(x, >5: 2, >=5: 1)", "6", "2", "above five where five itself is another step"),
    ("band(x, >=0: x * 2, else: -x)", "4", "8", "a step whose value is computed"),
    ("band(x, >=0: x * 2, else: -x)", "-4", "4", "a remainder that is computed"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "x", "value"), [row[:3] for row in BANDS], ids=[row[3] for row in BANDS])
def test_a_band(source: str, x: str, value: str) -> None:
    assert calculate(source, x=x).value == Fraction(value)


POINTS = [
    ("points(l, x: 15, y: 10, z: 5)", (0, 0, 0), "0", "nothing ticked"),
    ("points(l, x: 15, y: 10, z: 5)", (1, 0, 0), "15", "one item"),
    ("points(l, x: 15, y: 10, z: 5)", (0, 1, 1), "15", "two items"),
    ("points(l, x: 15, y: 10, z: 5)", (1, 1, 1), "30", "all items"),
    ("points(l, x: a, y: 2 * a, z: 0.5)", (1, 1, 1), "25/2", "points that are computed"),
    ("points(l, x: -1, y: 1, z: 1)", (1, 1, 0), "0", "points below 0"),
    ("count(l)", (0, 0, 0), "0", "a count of nothing"),
    ("count(l)", (1, 0, 1), "2", "a count of two"),
    ("25 * count(l)", (1, 1, 1), "75", "a count of all"),
    ("count(l) >= 2 and l.x", (1, 1, 0), "1", "an item by its own name"),
]


@pytest.mark.parametrize(("source", "ticks", "value"), [row[:3] for row in POINTS], ids=[row[3] for row in POINTS])
def test_a_checklist(source: str, ticks: tuple[int, int, int], value: str) -> None:
    x, y, z = ticks
    assert calculate(source, a=4, l__x=x, l__y=y, l__z=z, ll__x=1, other=1).value == Fraction(value)


@pytest.mark.parametrize(("position", "value"), [(1, "20"), (2, "10"), (3, "-1/2")])
def test_a_pick_takes_the_value_of_the_position_counted_from_1(position: int, value: str) -> None:
    assert calculate("pick(c, one: 20, two: a, none: -0.5)", c=position, a=10).value == Fraction(value)


def rows(*pairs: tuple[int, int]) -> dict[str, list[Numbers]]:
    return {"t": [{"x": Fraction(x), "y": Fraction(y)} for x, y in pairs]}


MEANS = [
    ("mean(t, t.x)", rows((4, 0)), "4", [], "one row"),
    ("mean(t, t.x)", rows((1, 0), (2, 0)), "3/2", [], "two rows"),
    ("mean(t, ratio(t.x, t.y))", rows((1, 2), (1, 4)), "3/8", [], "a mean of ratios, not a ratio of sums"),
    ("mean(t, ratio(t.x, t.y))", rows((1, 3), (1, 3), (1, 3)), "1/3", [], "thirds do not drift"),
    ("mean(t, ratio(t.x, t.y))", rows((9, 2), (0, 4)), "1/2", [ABOVE], "a row above 1 counts as 1"),
    ("mean(t, ratio(t.x, t.y))", rows((9, 2), (9, 2)), "1", [ABOVE], "the same row twice is told once"),
    ("mean(t, ratio(t.x, t.y))", rows((9, 2), (8, 2)), "1", [ABOVE, ABOVE], "two rows above 1 are told twice"),
    ("mean(t, ratio(t.x, t.y))", rows((0, 0), (1, 1)), "1/2", [ZERO], "a row without a denominator stays a row"),
    ("mean(t, t.x * a)", rows((1, 0), (3, 0)), "20", [], "a figure inside a mean"),
    ("mean(t, t.x) - mean(t, t.y)", rows((5, 1), (7, 2)), "9/2", [], "two means of one table"),
    ("b1 = 2\nmean(t, t.x * b1)", rows((1, 0), (3, 0)), "4", [], "a part inside a mean"),
]


@pytest.mark.parametrize(
    ("source", "tables", "value", "notes"), [row[:4] for row in MEANS], ids=[row[4] for row in MEANS]
)
def test_a_mean(source: str, tables: dict[str, list[Numbers]], value: str, notes: list[str]) -> None:
    result = calculate(source, tables, a=10)
    assert (result.value, codes(result)) == (Fraction(value), notes)


def test_a_mean_inside_a_mean_is_refused() -> None:
    with pytest.raises(RuleError, match="row's own columns"):
        parse_rule("mean(t, mean(u, u.v) + t.x)")


def test_parts_are_told_by_name_and_are_not_rounded() -> None:
    result = calculate("b1 = a / 3\nb2 = b1 * 2\n100 * (b1 + b2)", a=1)
    assert dict(result.parts) == {"b1": Fraction(1, 3), "b2": Fraction(2, 3)}
    assert list(result.parts) == ["b1", "b2"]
    assert result.value == 100


def test_a_figure_that_is_not_there_is_no_zero() -> None:
    with pytest.raises(KeyError):
        calculate("a + b", a=1)


def test_a_condition_holds_where_its_value_is_not_zero() -> None:
    values = {"a": Fraction(1, 100), "b": Fraction(0), "l.x": Fraction(1)}
    held = {text: holds(parse_condition(text), values) for text in ("a", "b", "a > b", "b > a", "count(l)", "-a")}
    assert held == {"a": True, "b": False, "a > b": True, "b > a": False, "count(l)": True, "-a": True}


# --- rounding ----------------------------------------------------------------------------------------------------

ROUNDED = [
    ("1.005", 2, "1.01", "a tie goes up"),
    ("1.015", 2, "1.02", "the next tie goes up as well"),
    ("2.5", 0, "3", "a tie at whole numbers"),
    ("3.5", 0, "4", "an odd tie at whole numbers"),
    ("0.125", 2, "0.13", "a tie that binary arithmetic knows exactly"),
    ("0.005", 2, "0.01", "the smallest tie"),
    ("0.00499999999999999999999", 2, "0", "just below the smallest tie"),
    ("1.00499999999999999999999", 2, "1", "just below a tie"),
    ("1.00500000000000000000001", 2, "1.01", "just above a tie"),
    ("-1.005", 2, "-1.01", "a negative tie goes away from zero"),
    ("-0.005", 2, "-0.01", "the smallest negative tie"),
    ("-0.0049", 2, "0", "a small negative number is 0 and not minus 0"),
    ("-2.5", 0, "-3", "a negative tie at whole numbers"),
    ("99.995", 2, "100", "a carry through all digits"),
    ("1/3", 2, "0.33", "a third"),
    ("2/3", 4, "0.6667", "two thirds to four places"),
    ("12345.678", 2, "12345.68", "a large number"),
    ("7", 2, "7", "a whole number"),
    ("0", 2, "0", "zero"),
]


@pytest.mark.parametrize(("value", "places", "expected"), [row[:3] for row in ROUNDED], ids=[row[3] for row in ROUNDED])
def test_rounding_is_half_up(value: str, places: int, expected: str) -> None:
    assert round_half_up(Fraction(value), places) == Fraction(expected)


def test_rounding_is_to_two_places_unless_said_otherwise() -> None:
    assert round_half_up(Fraction("0.12345")) == Fraction("0.12")


DECIMALS = st.decimals(-1000, 1000, places=5).map(Fraction)
FRACTIONS = st.fractions(-1000, 1000, max_denominator=1000)


@given(DECIMALS)
def test_rounding_agrees_with_the_decimal_module(value: Fraction) -> None:
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    assert round_half_up(value) == Fraction(decimal.quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(FRACTIONS)
def test_rounding_moves_at_most_half_a_step_and_is_odd_and_idempotent(value: Fraction) -> None:
    rounded = round_half_up(value)
    assert abs(rounded - value) <= Fraction(1, 200)
    assert round_half_up(-value) == -rounded
    assert round_half_up(rounded) == rounded


@given(FRACTIONS, FRACTIONS)
def test_rounding_never_turns_the_order(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert round_half_up(low) <= round_half_up(high)


# --- laws --------------------------------------------------------------------------------------------------------

NATURAL = st.integers(0, 10**9).map(Fraction)
POSITIVE = st.fractions(Fraction(1, 1000), 10**6, max_denominator=1000)
RATIO, QUOTIENT = parse_rule("ratio(a, b)"), parse_rule("quotient(a, b)")
BAND = parse_rule(STEPS)


def ratio(a: Fraction, b: Fraction) -> Fraction:
    return evaluate(RATIO, {"a": a, "b": b}).value


@given(NATURAL, NATURAL, POSITIVE)
def test_a_ratio_does_not_know_the_unit(a: Fraction, b: Fraction, unit: Fraction) -> None:
    assert ratio(a * unit, b * unit) == ratio(a, b)


@given(NATURAL, NATURAL)
def test_a_ratio_lies_between_0_and_1_and_says_when_it_had_to_be_settled(a: Fraction, b: Fraction) -> None:
    result = evaluate(RATIO, {"a": a, "b": b})
    assert 0 <= result.value <= 1
    assert codes(result) == ([ZERO] if b == 0 else [ABOVE] if a > b else [])
    if b and a <= b:
        assert result.value * b == a


@given(NATURAL, NATURAL, NATURAL)
def test_a_ratio_never_falls_when_its_part_grows(a: Fraction, more: Fraction, b: Fraction) -> None:
    assert ratio(a + more, b) >= ratio(a, b)


@given(NATURAL, NATURAL.filter(bool))
def test_a_part_and_its_rest_make_one(a: Fraction, rest: Fraction) -> None:
    assert ratio(a, a + rest) + ratio(rest, a + rest) == 1


@given(NATURAL, POSITIVE)
def test_a_quotient_is_undone_by_its_denominator(a: Fraction, b: Fraction) -> None:
    assert evaluate(QUOTIENT, {"a": a, "b": b}).value * b == a


@given(FRACTIONS, FRACTIONS)
def test_a_band_never_falls_when_its_figure_grows(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one / 10, other / 10))
    assert evaluate(BAND, {"x": low}).value <= evaluate(BAND, {"x": high}).value


@given(st.lists(st.booleans(), min_size=3, max_size=3))
def test_points_of_one_each_are_the_count(ticks: list[bool]) -> None:
    values = {f"l.{item}": Fraction(tick) for item, tick in zip("xyz", ticks, strict=True)}
    points = evaluate(parse_rule("points(l, x: 1, y: 1, z: 1)"), values).value
    assert points == evaluate(parse_rule("count(l)"), values).value == sum(ticks)


@given(st.lists(FRACTIONS, min_size=1, max_size=8), FRACTIONS)
def test_a_mean_is_linear_and_does_not_know_the_order(column: list[Fraction], shift: Fraction) -> None:
    def mean(source: str, numbers: list[Fraction]) -> Fraction:
        return evaluate(parse_rule(source), {"s": shift}, {"t": [{"x": x} for x in numbers]}).value

    assert mean("mean(t, t.x + s)", column) == mean("mean(t, t.x)", column) + shift
    assert mean("mean(t, t.x)", column[::-1]) == mean("mean(t, t.x)", column) == sum(column) / len(column)


Written = tuple[str, Fraction]
FIGURES: Numbers = {"a": Fraction(5), "b": Fraction(-7, 4), "c": Fraction(0), "d": Fraction("0.03")}
SIGNS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
    ">=": lambda x, y: Fraction(x >= y), ">": lambda x, y: Fraction(x > y), "<": lambda x, y: Fraction(x < y),
    "<=": lambda x, y: Fraction(x <= y), "==": lambda x, y: Fraction(x == y), "!=": lambda x, y: Fraction(x != y),
    "and": lambda x, y: Fraction(bool(x) and bool(y)), "or": lambda x, y: Fraction(bool(x) or bool(y)),
}  # fmt: skip


def literal(cents: int) -> Written:
    return f"{cents // 100}.{cents % 100:02}", Fraction(cents, 100)


def joined(x: Written, sign: str, y: Written) -> Written:
    return f"({x[0]} {sign} {y[0]})", SIGNS[sign](x[1], y[1])


def divided(function: str, a: Written, b: Written, zero: Written) -> Written:
    value = a[1] / b[1] if b[1] else zero[1]
    shared = min(value, Fraction(1)) if function == "ratio" and b[1] else value
    return f"{function}({a[0]}, {b[0]}, zero: {zero[0]})", shared


def not_the_constant_zero(written: Written) -> bool:
    """The parser refuses a denominator that is plainly 0."""
    return not re.fullmatch(r"\(*0(\.0+)?%?\)*", written[0])


def stepped(x: Written, thresholds: list[int], worth: list[Written], otherwise: Written) -> Written:
    falling = sorted(set(thresholds), reverse=True)
    steps = list(zip(falling, worth, strict=False))
    value = next((value for threshold, (_, value) in steps if x[1] >= threshold), otherwise[1])
    listed = ", ".join(f">={threshold}: {text}" for threshold, (text, _) in steps)
    return f"band({x[0]}, {listed}, else: {otherwise[0]})", value


def larger(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    return st.one_of(
        st.builds(joined, inner, st.sampled_from([*SIGNS]), inner),
        st.builds(lambda x: (f"(-{x[0]})", -x[1]), inner),
        st.builds(lambda x: (f"(not {x[0]})", Fraction(not x[1])), inner),
        st.builds(lambda x, y: (f"({x[0]} / {y})", x[1] / y), inner, st.integers(1, 99)),
        st.builds(lambda x, y, z: (f"min({x[0]}, {y[0]}, {z[0]})", min(x[1], y[1], z[1])), inner, inner, inner),
        st.builds(lambda x, y: (f"max({x[0]}, {y[0]})", max(x[1], y[1])), inner, inner),
        st.builds(lambda x, y, z: (f"if({x[0]}, {y[0]}, {z[0]})", y[1] if x[1] else z[1]), inner, inner, inner),
        st.builds(divided, st.sampled_from(["ratio", "quotient"]), inner, inner.filter(not_the_constant_zero), inner),
        st.builds(
            stepped, inner, st.lists(st.integers(0, 20), min_size=1, max_size=3),
            st.lists(inner, min_size=3, max_size=3), inner,
        ),
    )  # fmt: skip


WRITTEN = st.recursive(
    st.one_of(
        st.integers(0, 5000).map(literal),
        st.integers(0, 200).map(lambda percent: (f"{percent}%", Fraction(percent, 100))),
        st.sampled_from([*FIGURES]).map(lambda name: (name, FIGURES[name])),
    ),
    larger,
    max_leaves=12,
)


@settings(max_examples=400)
@given(WRITTEN)
def test_the_engine_agrees_with_an_evaluator_of_its_own(written: Written) -> None:
    source, value = written
    assert evaluate(parse_rule(source), FIGURES).value == value


@given(WRITTEN, WRITTEN, WRITTEN)
def test_without_brackets_the_usual_order_of_operations_holds(x: Written, y: Written, z: Written) -> None:
    source = f"{x[0]} + {y[0]} * {z[0]} - {x[0]} / 8 >= {z[0]} or not {y[0]} < {x[0]}"
    expected = x[1] + y[1] * z[1] - x[1] / 8 >= z[1] or not y[1] < x[1]
    assert evaluate(parse_rule(source), FIGURES).value == expected


@given(WRITTEN)
def test_a_part_is_worth_what_it_stands_for(written: Written) -> None:
    source, value = written
    result = evaluate(parse_rule(f"part = {source}\npart - ({source})"), FIGURES)
    assert (result.value, result.parts["part"]) == (0, value)


def test_in_the_rows_of_a_table_nothing_is_worked_out_ahead_where_an_answer_is_read() -> None:
    """Beside the answer stands a column, which is another in each row."""
    rule, values = parse_rule("mean(t, min(t.x + 1, n)) + n * m"), {"n": Fraction(2), "m": Fraction(3)}
    tables = {"t": [{"x": Fraction(1)}, {"x": Fraction(7)}]}
    narrowed = narrow(rule, values, tables, "n")
    for tried in (0, 2, 5, 9):
        whole = evaluate(rule, {**values, "n": Fraction(tried)}, tables).value
        assert Fraction(*narrowed((3 * tried, 3))) == whole
