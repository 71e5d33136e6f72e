"""What the rule language accepts, as what tree, and what it refuses, where and with which words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from smartcity_xl.rules.syntax import RuleError, parse_condition, parse_rule
from smartcity_xl.rules.tree import (
    Arithmetic,
    Band,
    BandStep,
    Comparison,
    Connective,
    Count,
    Extremum,
    If,
    Mean,
    Negative,
    Node,
    Not,
    Number,
    Pick,
    Points,
    Quotient,
    Reference,
    Rule,
    children,
    names_used,
    walk,
)

A, B, C, D = (Reference(name) for name in "abcd")


def n(value: str, percent: bool = False) -> Number:
    return Number(Fraction(value), percent)


EXPRESSIONS = [
    # numbers
    pytest.param("7", n("7"), id="a whole number"),
    pytest.param("007", n("7"), id="leading zeros mean nothing"),
    pytest.param("2.50", n("5/2"), id="a decimal is exact"),
    pytest.param("0.1", n("1/10"), id="a tenth is a tenth and no binary fraction"),
    pytest.param("30%", n("3/10", True), id="a percentage is divided by 100 and remembers its sign"),
    pytest.param("0.5%", n("1/200", True), id="a percentage with decimals"),
    pytest.param("30 %", n("3/10", True), id="a blank before the percent sign"),
    # references
    pytest.param("a", A, id="a figure"),
    pytest.param("a_1b", Reference("a_1b"), id="a name with digits and underscores"),
    pytest.param("a.b", Reference("a.b"), id="an item of a checklist"),
    pytest.param("min", Reference("min"), id="a function's name without brackets is a figure"),
    pytest.param("android", Reference("android"), id="a name may begin with a keyword"),
    # precedence
    pytest.param("a + b * c", Arithmetic("+", A, Arithmetic("*", B, C)), id="a product binds tighter than a sum"),
    pytest.param("(a + b) * c", Arithmetic("*", Arithmetic("+", A, B), C), id="brackets go first"),
    pytest.param("a - b - c", Arithmetic("-", Arithmetic("-", A, B), C), id="differences from left to right"),
    pytest.param("a - (b - c)", Arithmetic("-", A, Arithmetic("-", B, C)), id="a bracket on the right stays"),
    pytest.param("a / 2 / 3", Arithmetic("/", Arithmetic("/", A, n("2")), n("3")), id="divisions from left to right"),
    pytest.param("a / (2)", Arithmetic("/", A, n("2")), id="a bracketed constant is a constant"),
    pytest.param("a / 50%", Arithmetic("/", A, n("1/2", True)), id="division by a percentage"),
    pytest.param("-a * b", Arithmetic("*", Negative(A), B), id="a sign binds tighter than a product"),
    pytest.param("a * -b", Arithmetic("*", A, Negative(B)), id="a sign on the right of a product"),
    pytest.param("--a", Negative(Negative(A)), id="two signs"),
    pytest.param("a + 1 > b", Comparison(">", Arithmetic("+", A, n("1")), B), id="a comparison takes whole sums"),
    pytest.param("not a > b", Not(Comparison(">", A, B)), id="not takes the whole comparison"),
    pytest.param("not not a", Not(Not(A)), id="not twice"),
    pytest.param("not a and b", Connective("and", (Not(A), B)), id="not binds tighter than and"),
    pytest.param("a or b and c", Connective("or", (A, Connective("and", (B, C)))), id="and binds tighter than or"),
    pytest.param("(a or b) and c", Connective("and", (Connective("or", (A, B)), C)), id="brackets around or"),
    pytest.param("a and b and c", Connective("and", (A, B, C)), id="one connective for a chain"),
    pytest.param("(a > b) + 1", Arithmetic("+", Comparison(">", A, B), n("1")), id="a comparison is a number"),
    # functions
    pytest.param("ratio(a, b)", Quotient(A, B, None, True, False), id="ratio"),
    pytest.param("ratio(a, b, max: 1)", Quotient(A, B, None, True, True), id="ratio with a stated cap"),
    pytest.param("ratio(a, b, max: 1.0)", Quotient(A, B, None, True, True), id="the stated cap as a decimal"),
    pytest.param("ratio(a, b, zero: c)", Quotient(A, B, C, True, False), id="ratio with a stated zero"),
    pytest.param("ratio(a, b, max: 1, zero: 0)", Quotient(A, B, n("0"), True, True), id="options in any order"),
    pytest.param("quotient(a, b)", Quotient(A, B), id="quotient"),
    pytest.param("quotient(a, b, zero: 2)", Quotient(A, B, n("2")), id="quotient with a stated zero"),
    pytest.param("if(a, b, c)", If(A, B, C), id="if"),
    pytest.param("min(a, b)", Extremum("min", (A, B)), id="min of two"),
    pytest.param("max(a, b, c, d)", Extremum("max", (A, B, C, D)), id="max of many"),
    pytest.param(
        "band(a, >=90%: 20, >60%: b)",
        Band(A, (BandStep(Fraction(9, 10), True, n("20"), True), BandStep(Fraction(3, 5), False, B, True)), n("0")),
        id="band, its steps with and without their thresholds",
    ),
    pytest.param(
        "band(a, >=1: 2, else: c)", Band(A, (BandStep(Fraction(1), True, n("2")),), C), id="band with another remainder"
    ),
    pytest.param(
        "band(a, >5: 2, >=5: 1)",
        Band(A, (BandStep(Fraction(5), False, n("2")), BandStep(Fraction(5), True, n("1"))), n("0")),
        id="above five and five itself are two steps",
    ),
    pytest.param("points(a, x: 1, y: b)", Points("a", (("x", n("1")), ("y", B))), id="points"),
    pytest.param("count(a)", Count("a"), id="count"),
    pytest.param("pick(a, x: 1, y: 2)", Pick("a", (("x", n("1")), ("y", n("2")))), id="pick"),
    pytest.param("mean(a, a.x + b)", Mean("a", Arithmetic("+", Reference("a.x"), B)), id="mean"),
    # layout
    pytest.param("ratio (a,b)", Quotient(A, B, None, True, False), id="blanks mean nothing"),
    pytest.param("min(a,\n  b  # the smaller\n)", Extremum("min", (A, B)), id="a bracket may span lines"),
    pytest.param("\n\n# first\na # last\n\n", A, id="empty lines and comments around"),
    pytest.param("a\t+\tb\r\n", Arithmetic("+", A, B), id="tabs and carriage returns"),
]


@pytest.mark.parametrize(("source", "tree"), EXPRESSIONS)
def test_an_expression_is_read_as_the_tree(source: str, tree: Node) -> None:
    assert parse_condition(source) == tree
    assert parse_rule(source) == Rule(source.strip(), (), tree)


NAMES = [
    pytest.param("1 + 2", (), id="numbers name nothing"),
    pytest.param("b + a + b", ("b", "a"), id="each once, in reading order"),
    pytest.param("b1 = a\nb2 = b1 + b\nb1 + b2", ("a", "b"), id="parts are no figures"),
    pytest.param("points(a, x: 1, y: b)", ("a", "b"), id="a checklist by its own name"),
    pytest.param("count(a) + pick(b, x: c) + mean(d, d.x)", ("a", "b", "c", "d", "d.x"), id="the subject goes first"),
    pytest.param("if(a, ratio(b, c, zero: d), band(e, >=1: f, else: g))", tuple("abcdefg"), id="all children"),
    pytest.param("not -a.x", ("a.x",), id="an item by its full name"),
]


@pytest.mark.parametrize(("source", "names"), NAMES)
def test_a_rule_tells_which_figures_it_reads(source: str, names: tuple[str, ...]) -> None:
    assert names_used(parse_rule(source)) == names


def test_parts_stand_in_order_and_may_use_those_above() -> None:
    rule = parse_rule("b1 = a\n\nb2 = b1 * 2  # twice\nb1 + b2")
    assert rule.parts == (("b1", A), ("b2", Arithmetic("*", Reference("b1"), n("2"))))
    assert rule.result == Arithmetic("+", Reference("b1"), Reference("b2"))


def test_a_part_may_have_the_name_of_a_function() -> None:
    assert parse_rule("min = a\nmin(min, 1)").result == Extremum("min", (Reference("min"), n("1")))


def test_walking_a_tree_meets_every_node_once_and_parents_first() -> None:
    tree = parse_condition("if(not a, ratio(b, c, zero: 1), band(d, >=2: -a)) or points(l, x: 3) + mean(t, 4) > 5")
    met = list(walk(tree))
    assert met[0] is tree
    assert len(met) == 1 + sum(len(children(node)) for node in met)


OUTSIDE = "a number, a name or an operator"
ATOM = "a number, a figure, a function or “(”"
END = "the end of the rule"
CONSTANT = "a constant other than 0 after “/”"
REFUSED = [
    # nothing there, or not enough
    pytest.param("", 1, 1, END, ATOM, id="an empty rule"),
    pytest.param(" \n ", 2, 2, END, ATOM, id="a blank rule"),
    pytest.param("# only words", 1, 13, END, ATOM, id="a comment alone"),
    pytest.param("1 +", 1, 4, END, ATOM, id="a sum without its right side"),
    pytest.param("* 2", 1, 1, "“*”", ATOM, id="a product without its left side"),
    pytest.param("not", 1, 4, END, ATOM, id="not of nothing"),
    pytest.param("a and", 1, 6, END, ATOM, id="and of nothing"),
    pytest.param("or a", 1, 1, "“or”", ATOM, id="a keyword is no name"),
    pytest.param("()", 1, 2, "“)”", ATOM, id="empty brackets"),
    pytest.param("(a", 1, 3, END, "“)”", id="a bracket left open"),
    pytest.param("a)", 1, 2, "“)”", END, id="a bracket closed twice"),
    pytest.param("a +\nb", 1, 4, "the end of the line", ATOM, id="a line that breaks outside brackets"),
    # too much
    pytest.param("1 2", 1, 3, "“2”", END, id="two numbers"),
    pytest.param("a b", 1, 3, "“b”", END, id="two figures"),
    pytest.param("a\nb", 1, 2, "the end of the line", END, id="two results"),
    pytest.param("a < b < c", 1, 7, "“<”", END, id="a chain of comparisons"),
    pytest.param("5%%", 1, 3, "“%”", END, id="percent twice"),
    pytest.param("a%", 1, 2, "“%”", END, id="percent of a figure"),
    pytest.param("a.b.c", 1, 4, "“.”", END, id="a name of three steps"),
    pytest.param("a.1", 1, 3, "“1”", "the name of an item or a column", id="an item that is a number"),
    # numbers
    pytest.param(".5", 1, 1, "“.”", ATOM, id="a decimal without its zero"),
    pytest.param("1.", 1, 2, "“.”", END, id="a decimal without decimals"),
    pytest.param("1e5", 1, 2, "“e5”", END, id="an exponent"),
    pytest.param("1,000", 1, 2, "“,”", END, id="a comma for thousands"),
    pytest.param("1_000", 1, 2, "“_”", OUTSIDE, id="an underscore for thousands"),
    pytest.param("１ + a", 1, 1, "“１”", OUTSIDE, id="a full-width digit"),
    pytest.param("a + ٣", 1, 5, "“٣”", OUTSIDE, id="a digit of another script"),
    # parts
    pytest.param("a = 1", 1, 6, END, "the end of the line after a part", id="a part and no result"),
    pytest.param("a = 1 b", 1, 7, "“b”", "the end of the line after a part", id="a part and a result on one line"),
    pytest.param("b = 1\nb = 2\nb", 2, 1, "“b”", "not used twice", id="a part named twice"),
    pytest.param("a.b = 1\na", 1, 5, "“=”", END, id="a part with a point in its name"),
    pytest.param("and = 1\n1", 1, 1, "“and”", ATOM, id="a part named as a keyword"),
    pytest.param("b1 = 1\n\n  b1 + ?", 3, 8, "“?”", OUTSIDE, id="a line further down"),
    # division
    pytest.param("a / b", 1, 5, "“b”", CONSTANT, id="division by a figure"),
    pytest.param("a / 0", 1, 5, "“0”", CONSTANT, id="division by zero"),
    pytest.param("a / 0.00%", 1, 5, "“0.00”", CONSTANT, id="division by zero, hidden"),
    pytest.param("a / (b + 1)", 1, 5, "“(”", CONSTANT, id="division by a sum"),
    pytest.param("a / -2", 1, 5, "“-”", CONSTANT, id="division by a negative number"),
    # functions
    pytest.param("sqrt(a)", 1, 1, "“sqrt”", "one of the functions band, count, if,", id="an unknown function"),
    pytest.param("1 + sum(a, b)", 1, 5, "“sum”", "one of the functions", id="a function of spreadsheets only"),
    pytest.param("min(a,)", 1, 7, "“)”", ATOM, id="a comma too many"),
    pytest.param("min(a b)", 1, 7, "“b”", "“,”", id="a comma too few"),
    pytest.param("min()", 1, 5, "“)”", ATOM, id="no argument"),
    pytest.param("min(a)", 1, 1, "“min”", "at least two values in min", id="the smallest of one"),
    pytest.param("max(a, b: 1)", 1, 1, "“max”", "max(a, b, …)", id="a label where none belongs"),
    pytest.param("ratio(a)", 1, 1, "“ratio”", "ratio(a, b", id="a ratio of one"),
    pytest.param("ratio(a, b, c)", 1, 1, "“ratio”", "ratio(a, b", id="a ratio of three"),
    pytest.param("ratio(a, b, max: 2)", 1, 1, "“ratio”", "max: 1", id="a cap other than 1"),
    pytest.param("ratio(a, b, max: c)", 1, 1, "“ratio”", "max: 1", id="a cap that is a figure"),
    pytest.param("ratio(a, b, nul: 1)", 1, 1, "“ratio”", "zero: value", id="an unknown option"),
    pytest.param("ratio(a, b, zero: 1, zero: 0)", 1, 1, "“ratio”", "each label only once", id="an option twice"),
    pytest.param("ratio(a, b, >=1: 2)", 1, 1, "“ratio”", "ratio(a, b", id="a step where none belongs"),
    pytest.param("ratio(zero: 1, a, b)", 1, 1, "“ratio”", "ratio(a, b", id="an option before the figures"),
    pytest.param("quotient(a, b, max: 1)", 1, 1, "“quotient”", "quotient(a, b", id="a quotient has no cap"),
    pytest.param("if(a, b)", 1, 1, "“if”", "if(condition, then, otherwise)", id="if without else"),
    pytest.param("if(a, b, else: c)", 1, 1, "“if”", "if(condition", id="if with a label"),
    pytest.param("band(a)", 1, 1, "“band”", "band(x,", id="band without steps"),
    pytest.param("band(a, else: 1)", 1, 1, "“band”", "band(x,", id="band with a remainder alone"),
    pytest.param("band(a, else: 1, >=1: 2)", 1, 1, "“band”", "band(x,", id="band with its remainder first"),
    pytest.param("band(a, 1)", 1, 1, "“band”", "band(x,", id="band with a bare step"),
    pytest.param("band(a, <=1: 1)", 1, 9, "“<=”", ATOM, id="band with a falling step"),
    pytest.param("band(a, >=b: 1)", 1, 11, "“b”", "the threshold of the step, a number", id="a threshold by name"),
    pytest.param("band(a, >=-1: 1)", 1, 11, "“-”", "a number", id="a negative threshold"),
    pytest.param("band(a, >=1: 2, >=2: 3)", 1, 17, "“>=”", "fall from left to right", id="thresholds that rise"),
    pytest.param("band(a, >=1: 2, >=1: 3)", 1, 17, "“>=”", "fall from left to right", id="a threshold twice"),
    pytest.param("band(a, >=1: 2,\n >1: 3)", 2, 2, "“>”", "without overlap", id="a step that nothing can reach"),
    pytest.param("band(a, >=0.5: 2, >=50%: 3)", 1, 19, "“>=”", "without overlap", id="a half and 50%"),
    pytest.param("points(a.b, x: 1)", 1, 1, "“points”", "points(checklist,", id="points of an item"),
    pytest.param("points(a, 1)", 1, 1, "“points”", "points(checklist,", id="points without a label"),
    pytest.param("points(a, x: 1, x: 2)", 1, 1, "“points”", "each label only once", id="points of an item twice"),
    pytest.param("count(a + b)", 1, 1, "“count”", "count(checklist)", id="count of a sum"),
    pytest.param("count(a, b)", 1, 1, "“count”", "count(checklist)", id="count of two"),
    pytest.param("pick(1, x: 1)", 1, 1, "“pick”", "pick(choice,", id="pick from a number"),
    pytest.param("pick(a, x)", 1, 1, "“pick”", "pick(choice,", id="pick without a value"),
    pytest.param("mean(a)", 1, 1, "“mean”", "mean(table, expression)", id="mean of nothing"),
    pytest.param("mean(a.b, 1)", 1, 1, "“mean”", "mean(table, expression)", id="mean over a column"),
    pytest.param("mean(a, x: 1)", 1, 1, "“mean”", "mean(table, expression)", id="mean with a label"),
    # anything but arithmetic
    pytest.param("__import__('os')", 1, 1, "“_”", OUTSIDE, id="an import"),
    pytest.param("import os", 1, 8, "“os”", END, id="an import statement"),
    pytest.param("eval(a)", 1, 1, "“eval”", "one of the functions", id="eval"),
    pytest.param("open(a)", 1, 1, "“open”", "one of the functions", id="a file"),
    pytest.param("a.__class__", 1, 3, "“_”", OUTSIDE, id="a dunder attribute"),
    pytest.param("a.b(1)", 1, 4, "“(”", END, id="a method"),
    pytest.param("min(a, b)(1)", 1, 10, "“(”", END, id="a call of a result"),
    pytest.param("'a'", 1, 1, "“'”", OUTSIDE, id="a string"),
    pytest.param('"a"', 1, 1, "“\"”", OUTSIDE, id="a string in double quotes"),
    pytest.param("f'{a}'", 1, 2, "“'”", OUTSIDE, id="a formatted string"),
    pytest.param("a[0]", 1, 2, "“[”", OUTSIDE, id="an index"),
    pytest.param("{a}", 1, 1, "“{”", OUTSIDE, id="a set"),
    pytest.param("a ** b", 1, 4, "“*”", ATOM, id="a power"),
    pytest.param("a // 2", 1, 4, "“/”", ATOM, id="a whole division"),
    pytest.param("a ^ 2", 1, 3, "“^”", OUTSIDE, id="a power as spreadsheets write it"),
    pytest.param("a & b", 1, 3, "“&”", OUTSIDE, id="text joined"),
    pytest.param("=a", 1, 1, "“=”", ATOM, id="a formula"),
    pytest.param("a <> b", 1, 4, "“>”", ATOM, id="unequal as spreadsheets write it"),
    pytest.param("lambda a: a", 1, 8, "“a”", END, id="a function of one's own"),
    pytest.param("a if b else c", 1, 3, "“if”", END, id="a conditional of Python"),
    pytest.param("a; b", 1, 2, "“;”", OUTSIDE, id="two statements"),
    pytest.param("a := 1", 1, 3, "“:”", END, id="an assignment inside"),
    pytest.param("A", 1, 1, "“A”", OUTSIDE, id="a capital letter"),
    pytest.param("_a", 1, 1, "“_”", OUTSIDE, id="a name that begins with an underscore"),
    pytest.param("a + 数", 1, 5, "“数”", OUTSIDE, id="a Chinese name"),
    pytest.param("a（b）", 1, 2, "“（”", OUTSIDE, id="full-width brackets"),
    pytest.param("a\0", 1, 2, "“\0”", OUTSIDE, id="a null byte"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "line", "column", "found", "expected"), REFUSED)
def test_a_rule_is_refused_with_its_place(source: str, line: int, column: int, found: str, expected: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(source)
    error = caught.value
    assert (error.line, error.column, error.found) == (line, column, found)
    assert expected in error.expected
    assert str(error) == f"line {line}, column {column}: found {found}, expected {error.expected}"


def test_a_condition_has_no_parts() -> None:
    with pytest.raises(RuleError, match="a single condition, without named parts"):
        parse_condition("b1 = a\nb1 > 0")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("b1 = b1 + 1\nb1", id="of itself"),
        pytest.param("b1 = b2\nb2 = 1\nb1 + b2", id="of a part below"),
    ],
)
def test_a_part_can_not_be_made(source: str) -> None:
    """“Each may use those above it”: anything else has no value, or none in a cell."""
    with pytest.raises(RuleError):
        parse_rule(source)


DEEP = [
    pytest.param("(" * 5000 + "a" + ")" * 5000, id="5,000 brackets"),
    pytest.param("-" * 5000 + "a", id="5,000 signs"),
    pytest.param("not " * 5000 + "a", id="5,000 negations"),
    pytest.param("min(1, " * 5000 + "a" + ")" * 5000, id="5,000 calls inside each other"),
    pytest.param("ratio(a, b, zero: " * 5000 + "a" + ")" * 5000, id="5,000 options inside each other"),
    pytest.param("(" * 5000, id="5,000 brackets left open"),
]


@pytest.mark.parametrize("source", DEEP)
def test_a_rule_nested_beyond_reason_is_refused(source: str) -> None:
    with pytest.raises(RuleError):
        parse_rule(source)


@pytest.mark.parametrize("source", ["+".join(["a"] * 5000), "*".join(["a"] * 5000)], ids=["sum", "product"])
def test_a_sum_or_product_of_5000_terms_is_refused_or_can_be_walked(source: str) -> None:
    """It parses in a loop, but leans to the left 5,000 nodes deep, where everything that walks it must follow."""
    try:
        rule = parse_rule(source)
    except RuleError:
        return
    assert names_used(rule) == ("a",)


def test_a_rule_nested_as_deep_as_people_write_is_read() -> None:
    assert parse_rule("(" * 20 + "a" + ")" * 20).result == A
    assert names_used(parse_rule("min(1, " * 20 + "a" + ")" * 20)) == ("a",)
