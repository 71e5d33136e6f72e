"""A rule as a cell formula and in words: golden renderings, and a formula reader that must agree with the engine."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hand_worked import CATALOGS, INDICATORS, every_case, every_indicator, values_of
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_xl.model import Catalog, Kind
from smartcity_xl.rules.exact import evaluate, holds, round_half_up
from smartcity_xl.rules.formula import Cells, constant, render_node, render_rule, rounded
from smartcity_xl.rules.syntax import RuleError, parse_condition, parse_rule
from smartcity_xl.rules.tree import Mean, walk
from smartcity_xl.rules.words import describe_node, describe_rule

ALLOWED = {"IF", "AND", "OR", "NOT", "MIN", "MAX", "SUM", "ROUND", "CHOOSE"}
F = Fraction


def items(checklist: str) -> tuple[str, ...]:
    return ("x", "y")


# Each figure stands in a cell of its own name: a -> A, l.x -> L_X.
CELLS = Cells(lambda name: name.upper().replace(".", "_"), items, lambda mean: f"MEAN_{mean.table.upper()}")

# --- constants ---------------------------------------------------------------------------------------------------

CONSTANTS = [
    (F(0), "0", "zero"),
    (F(7), "7", "a whole number"),
    (F(-7), "-7", "a negative whole number"),
    (F(100000000000), "100000000000", "a large number without an exponent"),
    (F(1, 2), "0.5", "a half"),
    (F(-1, 2), "-0.5", "a negative half"),
    (F(1, 100), "0.01", "a hundredth keeps its zeros"),
    (F(-1, 100), "-0.01", "a negative hundredth keeps its zeros"),
    (F(12345, 1000), "12.345", "three decimals"),
    (F(30, 10), "3", "no trailing zeros"),
    (F(1, 8), "0.125", "an eighth"),
    (F(1, 10**15), "0.000000000000001", "fifteen decimals"),
    (F(1, 3), "(1/3)", "a third has no finite form"),
    (F(-2, 3), "(-2/3)", "minus two thirds"),
    (F(1, 10**16), "(1/10000000000000000)", "sixteen decimals are too many"),
]


@pytest.mark.parametrize(("value", "text"), [row[:2] for row in CONSTANTS], ids=[row[2] for row in CONSTANTS])
def test_a_constant_is_written_as(value: Fraction, text: str) -> None:
    assert constant(value) == text


@given(st.fractions(max_denominator=10**6))
def test_a_constant_can_be_read_back_exactly(value: Fraction) -> None:
    assert F(constant(value).strip("()")) == value


# --- golden formulas ---------------------------------------------------------------------------------------------

FORMULAS = [
    ("a + b * c", "A+B*C", "no brackets where the order of operations is right"),
    ("(a + b) * c", "(A+B)*C", "brackets around a sum in a product"),
    ("a * (b * c)", "A*B*C", "brackets of a product of products mean nothing"),
    ("a - (b - c)", "A-(B-C)", "brackets on the right of a difference"),
    ("a - b - c", "A-B-C", "no brackets on the left of a difference"),
    ("a + (b - c)", "A+B-C", "brackets of a sum of sums mean nothing"),
    ("a / 3 / 4", "A/3/4", "divisions from left to right"),
    ("(a + b) / 4", "(A+B)/4", "a sum divided"),
    ("-(a + b)", "-(A+B)", "a sign before a sum"),
    ("-a * b", "-A*B", "a sign before a product"),
    ("a * -b", "A*-B", "a sign inside a product"),
    ("30% * a", "0.3*A", "a percentage is a plain number"),
    ("l.x", "L_X", "an item"),
    ("a > b", "IF(A>B,1,0)", "a comparison is 1 or 0"),
    ("a == b", "IF(A=B,1,0)", "equal"),
    ("a != b", "IF(A<>B,1,0)", "unequal"),
    ("a + b > c", "IF(ROUND(A+B,12)>C,1,0)", "what was computed is rounded before it is compared"),
    ("a and not b or c > 1", "IF(OR(AND(A<>0,NOT(B<>0)),C>1),1,0)", "connectives"),
    ("2 * (a > b)", "2*IF(A>B,1,0)", "a comparison as a number"),
    ("if(a, b, c + 1)", "IF(A<>0,B,C+1)", "if"),
    ("if(a + b, 1, 0)", "IF(ROUND(A+B,12)<>0,1,0)", "if with a sum as its condition"),
    ("min(a, b + 1, 3)", "MIN(A,B+1,3)", "min"),
    ("max(a, b)", "MAX(A,B)", "max"),
    ("ratio(a, b)", "IF(B=0,0,MIN(1,A/B))", "ratio"),
    ("ratio(a, b, max: 1)", "IF(B=0,0,MIN(1,A/B))", "a stated cap is the same number"),
    ("ratio(a, b, zero: 1)", "IF(B=0,1,MIN(1,A/B))", "a stated zero"),
    ("ratio(a + b, c + d)", "IF(ROUND(C+D,12)=0,0,MIN(1,(A+B)/(C+D)))", "sums in a ratio"),
    ("ratio(a, b / 30)", "IF(ROUND(B/30,12)=0,0,MIN(1,A/(B/30)))", "a quotient as a denominator"),
    ("ratio(a, 22)", "MIN(1,A/22)", "a constant denominator"),
    ("quotient(a, b)", "IF(B=0,0,A/B)", "quotient"),
    ("2 - quotient(a, 4)", "2-(A/4)", "a quotient by a constant keeps its brackets"),
    ("band(a, >=90%: 20, >60%: 10)", "IF(A>=0.9,20,IF(A>0.6,10,0))", "band of what was typed"),
    ("band(ratio(a, b), >=1: 2, else: c)", "IF(ROUND(IF(B=0,0,MIN(1,A/B)),12)>=1,2,C)", "band of what was computed"),
    ("points(l, x: 15, y: 10)", "15*L_X+10*L_Y", "points"),
    ("2 * points(l, x: 15, y: a + 1)", "2*(15*L_X+(A+1)*L_Y)", "points in a product"),
    ("10 * count(l)", "10*SUM(L_X,L_Y)", "count"),
    ("pick(c, x: 20, y: a + 1)", "CHOOSE(C,20,A+1)", "pick"),
    ("100 * mean(t, t.x)", "100*MEAN_T", "mean"),
    ("b1 = a + 1\nb2 = b1 * 2\nb2 - b1", "(A+1)*2-(A+1)", "parts are put in, in brackets where they need them"),
    ("b1 = a + b\nb1 > 3", "IF(ROUND(A+B,12)>3,1,0)", "a part that was computed is rounded before it is compared"),
    ("b1 = a\nb1 > 3", "IF(A>3,1,0)", "a part that was typed is not"),
]


@pytest.mark.parametrize(("source", "formula"), [row[:2] for row in FORMULAS], ids=[row[2] for row in FORMULAS])
def test_a_rule_is_rendered_as_the_formula(source: str, formula: str) -> None:
    assert render_rule(parse_rule(source), CELLS) == formula


def test_a_single_node_is_rendered_as_a_formula() -> None:
    assert render_node(parse_condition("ratio(t.x, t.y)"), CELLS) == "IF(T_Y=0,0,MIN(1,T_X/T_Y))"


def test_a_rounded_formula_is_rounded_twice() -> None:
    assert rounded("A/3") == "ROUND(ROUND(A/3,12),2)"
    assert rounded("A/3", 0) == "ROUND(ROUND(A/3,12),0)"


# --- a reader of formulas, so that the two renderings can be held against each other -----------------------------

_BINARY: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.GtE: lambda x, y: x >= y,
    ast.Gt: lambda x, y: x > y,
    ast.LtE: lambda x, y: x <= y,
    ast.Lt: lambda x, y: x < y,
    ast.Eq: lambda x, y: x == y,
    ast.NotEq: lambda x, y: x != y,
}
_EAGER: dict[str, Callable[..., Any]] = {
    "AND": lambda *tests: all(tests),
    "OR": lambda *tests: any(tests),
    "NOT": lambda test: not test,
    "MIN": min,
    "MAX": max,
    "SUM": lambda *terms: sum(terms, F(0)),
    "ROUND": lambda value, places: round_half_up(value, int(places)),
}


def compute(formula: str, cells: Mapping[str, Fraction]) -> Fraction:
    """What a spreadsheet program would show, were it exact. As there, a division by zero is an error."""
    spelled = re.sub(r"(?<![<>!])=", "==", formula.replace("<>", "!="))
    spelled = re.sub(r"(?<![A-Z_\d.])(\d+\.?\d*)", r"N('\1')", spelled)
    return _compute(ast.parse(spelled, mode="eval").body, cells)


def _compute(node: ast.expr, cells: Mapping[str, Fraction]) -> Any:
    match node:
        case ast.Call(ast.Name("N"), [ast.Constant(text)]):
            return F(text)
        case ast.Name(name):
            return cells[name]
        case ast.UnaryOp(ast.USub(), operand):
            return -_compute(operand, cells)
        case ast.BinOp(left, operator, right):
            return _BINARY[type(operator)](_compute(left, cells), _compute(right, cells))
        case ast.Compare(left, [operator], [right]):
            return _COMPARE[type(operator)](_compute(left, cells), _compute(right, cells))
        case ast.Call(ast.Name("IF"), [condition, then, otherwise]):
            return _compute(then if _compute(condition, cells) else otherwise, cells)
        case ast.Call(ast.Name("CHOOSE"), [position, *options]):
            return _compute(options[int(_compute(position, cells)) - 1], cells)
        case ast.Call(ast.Name(function), arguments):
            return _EAGER[function](*(_compute(argument, cells) for argument in arguments))
    raise AssertionError(ast.dump(node))


@pytest.mark.parametrize(
    ("formula", "value"),
    [("2+3*4", 14), ("-A+1", -4), ("A-2-1", 2), ("IF(A=5,1,1/0)", 1), ("IF(A<>5,1,0)", 0), ("CHOOSE(2,1/0,9)", 9),
     ("ROUND(A/3,2)", F("1.67")), ("IF(AND(A>=5,NOT(A<=4)),SUM(A,A),0)", 10), ("MIN(1,(A))", 1)],
)  # fmt: skip
def test_the_reader_of_formulas_can_read(formula: str, value: Fraction) -> None:
    assert compute(formula, {"A": F(5)}) == value


FIGURES = {"a": F(5), "b": F("-1.75"), "c": F(0), "d": F("0.03"), "l.x": F(1), "l.y": F(0), "k": F(2)}
FILLED = {CELLS.slot(name): value for name, value in FIGURES.items()}
SOURCES = st.recursive(
    st.sampled_from(["a", "b", "c", "d", "k", "l.x", "1", "2.5", "30%", "count(l)"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", ">=", ">", "<", "==", "!="]), inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("({} / 8)".format, inner),
        st.builds("-{}".format, inner),
        st.builds("(not {})".format, inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "quotient", "ratio"]), inner, inner),
        st.builds("ratio({}, {}, zero: {}, max: 1)".format, inner, inner, inner),
        st.builds("if({}, {}, {})".format, inner, inner, inner),
        st.builds("band({}, >=3: {}, >50%: {}, else: {})".format, inner, inner, inner, inner),
        st.builds("points(l, x: {}, y: {})".format, inner, inner),
        st.builds("pick(k, x: {}, y: {})".format, inner, inner),
    ),
    max_leaves=10,
)


@settings(max_examples=400)
@given(SOURCES, SOURCES)
def test_a_formula_has_the_value_of_its_rule(one: str, other: str) -> None:
    rule = parse_rule(f"b1 = {one}\nb2 = {other} - b1\nb1 * (b2 - 3)")
    assert compute(render_rule(rule, CELLS), FILLED) == evaluate(rule, FIGURES).value


@pytest.mark.parametrize("source", ["ratio(a, 0)", "quotient(a, 0)", "ratio(a, 0, zero: 3)", "quotient(a, 0%)"])
def test_a_denominator_that_is_written_as_zero_gives_the_same_in_a_cell(source: str) -> None:
    try:
        rule = parse_rule(source)
    except RuleError:
        return
    assert compute(render_rule(rule, CELLS), FILLED) == evaluate(rule, FIGURES).value


# --- the rules of the catalog ------------------------------------------------------------------------------------


def cells_of(catalog: Catalog) -> Cells:
    return Cells(
        CELLS.slot,
        lambda checklist: tuple(item.key for item in catalog.figures[checklist].items),
        lambda mean: f"MEAN_{mean.table.upper()}",
    )


def formulas(system: str, code: str) -> list[str]:
    """The indicator's own formula and that of each table it takes a mean of."""
    rule = INDICATORS[system, code].rule
    means = [node for node in walk(rule) if isinstance(node, Mean)]
    return [render_rule(rule, cells_of(CATALOGS[system])), *(render_node(mean.expression, CELLS) for mean in means)]


@every_indicator
def test_a_formula_of_the_catalog_uses_the_shared_functions_only(system: str, code: str) -> None:
    for formula in formulas(system, code):
        assert set(re.findall(r"([A-Za-z_.]+)\(", formula)) <= ALLOWED
        assert len(formula) <= 8192, "the longest formula of Excel 2007"


@every_indicator
def test_the_brackets_of_a_formula_of_the_catalog_close_and_are_not_too_deep(system: str, code: str) -> None:
    for formula in formulas(system, code):
        depth = deepest = 0
        for sign in formula:
            depth += (sign == "(") - (sign == ")")
            deepest = max(deepest, depth)
            assert depth >= 0
        assert depth == 0
        assert deepest <= 64, "the deepest nesting of Excel 2007"


@every_case
def test_a_formula_agrees_with_the_engine_on_the_case_worked_by_hand(system: str, case: dict[str, Any]) -> None:
    catalog, indicator = CATALOGS[system], INDICATORS[system, case["indicator"]]
    catalog_cells = cells_of(catalog)
    values, tables = values_of(catalog, indicator, case)
    cells = {CELLS.slot(name): value for name, value in values.items()}
    for mean in (node for node in walk(indicator.rule) if isinstance(node, Mean)):
        expression = render_node(mean.expression, CELLS)
        column = [
            compute(expression, {CELLS.slot(f"{mean.table}.{name}"): value for name, value in row.items()})
            for row in tables[mean.table]
        ]
        cells[catalog_cells.mean(mean)] = sum(column, F(0)) / len(column)
    exact = evaluate(indicator.rule, values, tables).value
    assert compute(rounded(render_rule(indicator.rule, catalog_cells)), cells) == round_half_up(exact)
    for query in indicator.queries:
        assert bool(compute(render_node(query.when, catalog_cells), cells)) == holds(query.when, values, tables)


# --- golden words ------------------------------------------------------------------------------------------------

WORDS = [
    ("a + b * c", "“甲”＋“乙”×“丙”", "no brackets where none are needed"),
    ("(a + b) * c", "（“甲”＋“乙”）×“丙”", "brackets around a sum in a product"),
    ("a - (b - c)", "“甲”－（“乙”－“丙”）", "brackets on the right of a difference"),
    ("a - b - c", "“甲”－“乙”－“丙”", "no brackets on the left of a difference"),
    ("-(a + b)", "－（“甲”＋“乙”）", "a sign before a sum"),
    ("a * -2", "“甲”×（－2）", "a sign inside a product"),
    ("a / 3", "“甲”÷3", "a division by a constant"),
    ("30% * a", "30%×“甲”", "a percentage stays a percentage"),
    ("0.5 * a", "0.5×“甲”", "a decimal stays a decimal"),
    ("a >= b", "“甲”≥“乙”", "at least"),
    ("a != 0", "“甲”≠0", "unequal"),
    ("a and not b", "“甲”且非“乙”", "and, not"),
    ("a > 1 or b", "（“甲”＞1）或“乙”", "a comparison in brackets"),
    ("if(a, b, 0)", "［若“甲”：“乙”；否则：0］", "if"),
    ("min(a, 5)", "取小（“甲”，5）", "the smaller"),
    ("max(a, 5)", "取大（“甲”，5）", "the larger"),
    ("100 * ratio(a, b)", "100×（“甲”÷“乙”，超过 1 按 1）", "a ratio with nothing stated"),
    ("ratio(a, b + c)", "（“甲”÷（“乙”＋“丙”），超过 1 按 1）", "a sum as a denominator"),
    ("ratio(a, b, max: 1)", "（“甲”÷“乙”，超过 1 按 1）", "a stated cap"),
    ("ratio(a, b, zero: 1)", "（“甲”÷“乙”，超过 1 按 1，分母为 0 时取 1）", "a stated zero"),
    ("band(a, >=90%: 20, >60%: 10)", "［“甲”：≥90% 得 20；＞60% 得 10；其余得 0］", "band"),
    ("points(l, x: 15, y: 10)", "［逐项计分：子项 15、丑项 10］", "points"),
    ("25 * count(l)", "25×“清单”的项数", "count"),
    ("pick(l, x: 20, y: 0)", "［“清单”：子项 得 20、丑项 得 0］", "pick"),
    ("mean(l, l.x)", "［“清单”各行的平均：“子项”］", "mean"),
    ("b1 = a + b\nb2 = 2 * b1\nb1 + b2", "b1＝“甲”＋“乙”\nb2＝2×b1\nb1＋b2", "parts by their own names"),
]
LABELS = {"a": "甲", "b": "乙", "c": "丙", "l": "清单", "l.x": "子项", "l.y": "丑项"}


@pytest.mark.parametrize(("source", "words"), [row[:2] for row in WORDS], ids=[row[2] for row in WORDS])
def test_a_rule_is_described_as(source: str, words: str) -> None:
    assert describe_rule(parse_rule(source), LABELS.__getitem__) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a > b) + 1", "a > b + 1"),
        ("(a and b) + 1", "a and b + 1"),
        ("(a - b) * c", "a - b * c"),
        ("a - (b - c)", "a - b - c"),
        ("-(a + b)", "-a + b"),
        ("not (a > b)", "(not a) > b"),
        ("(a or b) and c", "a or b and c"),
        ("a * ratio(b + c, a)", "ratio(a * b + c, a)"),
        ("min(a, b) + c", "min(a, b + c)"),
    ],
)
def test_two_rules_that_differ_differ_in_words_and_in_their_formulas(one: str, other: str) -> None:
    first, second = parse_rule(one), parse_rule(other)
    assert render_rule(first, CELLS) != render_rule(second, CELLS)
    assert describe_rule(first, LABELS.__getitem__) != describe_rule(second, LABELS.__getitem__)


def test_a_single_node_is_described() -> None:
    assert describe_node(parse_condition("a + 1"), LABELS.__getitem__) == "“甲”＋1"


@every_indicator
def test_the_words_of_a_rule_of_the_catalog_name_all_its_figures(system: str, code: str) -> None:
    catalog = CATALOGS[system]
    words = describe_rule(INDICATORS[system, code].rule, catalog.label)
    for figure in catalog.figures_of[code]:
        named = [item.label for item in figure.items]
        if figure.kind is Kind.TABLE:
            named = [figure.label, *(column.label for column in figure.columns)]
        assert figure.label in words or (named and all(name in words for name in named)), figure.key
    assert not re.search(r"\b(ratio|band|points|count|pick|mean|quotient)\b", words)
    assert words.count("（") == words.count("）")
    assert words.count("［") == words.count("］")
