"""Rules over columns, held against the exact engine: random trees, ties, thresholds and one step beside them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pytest

from smartcity_xl.rules import arrays
from smartcity_xl.rules.arrays import TableColumns, evaluate_columns
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.tree import (
    Arithmetic,
    Band,
    BandStep,
    Comparison,
    Connective,
    Count,
    Extremum,
    If,
    Ladder,
    Mean,
    Negative,
    Node,
    Not,
    Number,
    Pick,
    Points,
    Quotient,
    Reference,
    Rounded,
    Rule,
    Stars,
    Sum,
)
from smartcity_xl.rules.vectors import Vector, constant, from_floats, from_fractions, round_half_up

NAMES = ("a", "b", "c", "d")
ROWS = 60
CONSTANTS = [Fraction(text) for text in ("0", "1", "2", "-1", "0.5", "0.3", "0.005", "100", "1/3", "0.85", "12.5")]


def plain(node: Node) -> Rule:
    return Rule("", (), node)


class Tree:
    """A random expression over four numbers, a list, a choice and a table."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)  # noqa: S311
        self.in_table = False

    def number(self) -> Number:
        return Number(self.rng.choice(CONSTANTS))

    def node(self, depth: int) -> Node:
        if depth == 0 or self.rng.random() < 0.1:
            names = ("t.x", "t.y") if self.in_table and self.rng.random() < 0.6 else NAMES
            return Reference(self.rng.choice(names)) if self.rng.random() < 0.75 else self.number()
        return self.rng.choice(self.KINDS)(self, depth - 1)

    def quotient(self, depth: int) -> Node:
        share, zero = self.rng.random() < 0.6, self.number() if self.rng.random() < 0.4 else None
        literal = share and self.rng.random() < 0.3
        return Quotient(self.node(depth), self.node(depth), zero, share, share and not literal, literal)

    def arithmetic(self, depth: int) -> Node:
        sign = self.rng.choice("+-*/")
        right: Node = Number(Fraction(self.rng.choice((2, 3, 7, 100)))) if sign == "/" else self.node(depth)
        return Arithmetic(sign, self.node(depth), right)

    def condition(self, depth: int) -> Node:
        if depth > 0 and self.rng.random() < 0.4:
            several = tuple(self.condition(depth - 1) for _ in range(self.rng.randint(2, 3)))
            return Not(several[0]) if self.rng.random() < 0.3 else Connective(self.rng.choice(("and", "or")), several)
        sign = self.rng.choice((">=", ">", "<=", "<", "==", "!="))
        return Comparison(sign, self.node(depth), self.number() if self.rng.random() < 0.6 else self.node(depth))

    def branch(self, depth: int) -> Node:
        return If(self.condition(depth), self.node(depth), self.node(depth))

    def band(self, depth: int) -> Node:
        thresholds = sorted({self.rng.choice(CONSTANTS) for _ in range(3)}, reverse=True)
        steps = tuple(BandStep(one, self.rng.random() < 0.5, self.node(depth)) for one in thresholds)
        return Band(self.node(depth), steps, self.node(depth))

    def stars(self, depth: int) -> Node:
        levels = sorted({self.rng.randint(1, 5) for _ in range(3)}, reverse=True)
        return Stars(tuple((level, self.condition(depth)) for level in levels))

    def mean(self, depth: int) -> Node:
        if self.in_table:
            return self.quotient(depth)
        self.in_table = True
        found = Mean("t", self.node(depth))
        self.in_table = False
        return found

    def several(self, depth: int) -> tuple[Node, ...]:
        return tuple(self.node(depth) for _ in range(self.rng.randint(1, 3)))

    KINDS = (
        quotient, quotient, arithmetic, arithmetic, branch, band, stars, mean, condition,
        lambda self, depth: Extremum(self.rng.choice(("min", "max")), self.several(depth)),
        lambda self, depth: Negative(self.node(depth)),
        lambda self, depth: Rounded(self.node(depth), self.rng.choice((0, 2))),
        lambda self, depth: Sum((*self.several(depth), Reference("nowhere"))),
        lambda self, depth: Points("l", (("p", self.number()), ("q", self.node(depth)))),
        lambda self, _: Count("l"),
        lambda self, depth: Pick("k", (("u", self.node(depth)), ("v", self.number()))),
        lambda self, depth: Ladder(self.stars(depth), tuple(self.number() for _ in range(6))),
    )  # fmt: skip


def rolled(rng: random.Random, floats: bool) -> Fraction:
    """Numbers at which the constants above are reached, or missed by one step of float64."""
    number = rng.choice([rng.choice(CONSTANTS), Fraction(rng.randint(0, 400), rng.choice((1, 2, 20, 200)))])
    if not floats:
        return number
    near = float(number)
    return Fraction(float(np.nextafter(near, near + rng.choice((-1, 0, 1)))))


class World:
    """Numbers for every row: as fractions, and as columns."""

    def __init__(self, seed: str) -> None:
        rng = random.Random(seed)  # noqa: S311
        floats = rng.random() < 0.5
        self.rows: list[dict[str, Fraction]] = []
        self.tables: list[list[dict[str, Fraction]]] = []
        for _ in range(ROWS):
            ticks = {f"l.{item}": Fraction(rng.randint(0, 1)) for item in "pq"}
            self.rows.append({n: rolled(rng, floats) for n in NAMES} | ticks | {"k": Fraction(rng.randint(1, 2))})
            self.tables.append([{c: rolled(rng, floats) for c in "xy"} for _ in range(rng.choice((0, 1, 2, 3)))])
        self.floats = floats

    def column(self, numbers: Sequence[Fraction]) -> Vector:
        return from_floats(np.array([float(one) for one in numbers])) if self.floats else from_fractions(numbers)

    @property
    def values(self) -> Mapping[str, Vector]:
        return {key: self.column([row[key] for row in self.rows]) for key in self.rows[0]}

    @property
    def table(self) -> TableColumns:
        flat = [row for rows in self.tables for row in rows]
        counts = np.array([len(rows) for rows in self.tables], dtype=np.int64)
        return TableColumns(counts, {f"t.{key}": self.column([row[key] for row in flat]) for key in "xy"})


def differences(node: Node, world: World) -> tuple[int, int]:
    """How many rows are not what the exact engine says, and how many are not decided."""
    found = evaluate_columns(plain(node), world.values, tables={"t": world.table})
    value, error = (np.broadcast_to(one, ROWS) for one in (found.value, found.error))
    wrong = 0
    for row, (given, rows) in enumerate(zip(world.rows, world.tables, strict=True)):
        if np.isfinite(error[row]):
            exact = evaluate(plain(node), given, {"t": rows}).value
            wrong += abs(Fraction(float(value[row])) - exact) > Fraction(float(error[row]))
            assert error[row] <= 1e-9 * max(1, abs(value[row]))
    return wrong, int((~np.isfinite(error)).sum())


@pytest.mark.parametrize("block", range(6))
def test_random_trees_come_to_what_the_exact_engine_says_or_are_not_decided(block: int) -> None:
    undecided = whole = 0
    for number in range(30):
        seed = f"tree {block} {number}"
        wrong, left = differences(Tree(seed).node(3), World(seed))
        assert wrong == 0, seed
        undecided, whole = undecided + left, whole + ROWS
    assert undecided < whole / 5


def test_a_comparison_that_trusts_float64_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.1 and 0.2 are 0.3, and as float64 more than that."""
    tenths = [Arithmetic("*", Number(Fraction(n, 10)), Reference("a")) for n in (1, 2, 3)]
    node, given = Comparison(">", Sum((tenths[0], tenths[1])), tenths[2]), [Fraction(1), Fraction(3)]
    true = arrays.compare

    def bare(operator: str, one: Vector, other: Vector) -> arrays.Holding:
        return true(operator, Vector(np.asarray(one.value)), Vector(np.asarray(other.value)))

    assert evaluate_columns(plain(node), {"a": from_fractions(given)}).value.tolist() == [0, 0]
    monkeypatch.setattr(arrays, "compare", bare)
    assert evaluate_columns(plain(node), {"a": from_fractions(given)}).value.tolist() != [0, 0]


def test_a_rounding_that_trusts_float64_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(one: Vector, places: int) -> Vector:
        return Vector(np.round(one.value, places), 0.0, 10**places)

    monkeypatch.setattr(arrays, "round_half_up", bare)
    assert sum(differences(Tree(f"tree 0 {n}").node(3), World(f"tree 0 {n}"))[0] for n in range(40)) > 0


# --- ties and thresholds ---------------------------------------------------------------------------------------------

TIES = [Fraction(2 * n + 1, 200) * sign for n in (0, 1, 50, 67, 100, 2222, 9999) for sign in (1, -1)]


def test_ties_are_rounded_away_from_zero_and_none_is_left_undecided() -> None:
    times = Arithmetic("*", Number(Fraction(3, 10)), Reference("a"))
    for node, given in ((Reference("a"), TIES), (times, [tie / Fraction(3, 10) for tie in TIES])):
        found = evaluate_columns(plain(Rounded(node)), {"a": from_fractions(given)})
        assert not found.undecided.any()
        assert found.value.tolist() == [float(evaluate(plain(Rounded(node)), {"a": one}).value) for one in given]


def test_one_step_of_float64_beside_a_tie_is_not_the_tie() -> None:
    ties = np.array([0.125, 0.375, 2.5, 100.625])
    for beside in (np.nextafter(ties, 0), ties, np.nextafter(ties, 1e9)):
        found = round_half_up(from_floats(beside), 2)
        exact = [float(evaluate(plain(Rounded(Reference("a"))), {"a": Fraction(one)}).value) for one in beside.tolist()]
        for value, right, undecided in zip(found.value.tolist(), exact, found.undecided.tolist(), strict=True):
            assert undecided or value == right


@pytest.mark.parametrize("sign", [">=", ">", "<=", "<", "==", "!="])
def test_a_threshold_is_met_exactly_and_one_step_beside_it_is_not(sign: str) -> None:
    node = Comparison(sign, Reference("a"), Number(Fraction(60)))
    given = np.array([np.nextafter(60, 0), 60.0, np.nextafter(60, 100)])
    found = evaluate_columns(plain(node), {"a": from_floats(given)})
    assert not found.undecided.any()
    assert found.value.tolist() == [float(evaluate(plain(node), {"a": Fraction(x)}).value) for x in given.tolist()]


def test_a_ratio_at_its_threshold_is_decided_by_its_denominator() -> None:
    """85 of 100, 17 of 20, 1 of 3: float64 has none of them."""
    numerators, denominators = [85, 17, 850_001, 849_999], [100, 20, 1_000_000, 1_000_000]
    ratio = Quotient(Reference("a"), Reference("b"), share=True)
    node = Comparison(">=", ratio, Number(Fraction(85, 100)))
    values = {
        "a": from_fractions(list(map(Fraction, numerators))),
        "b": from_fractions(list(map(Fraction, denominators))),
    }
    found = evaluate_columns(plain(node), values)
    assert (found.value.tolist(), found.undecided.any()) == ([1, 1, 1, 0], False)


def test_what_float64_cannot_tell_from_a_threshold_is_not_decided() -> None:
    close = Fraction(60) + Fraction(1, 10**30)
    node = Comparison(">", Reference("a"), Number(Fraction(60)))
    found = evaluate_columns(plain(node), {"a": from_fractions([close, Fraction(61), Fraction(60)])})
    assert found.undecided.tolist()[:2] == [True, False]
    assert found.value[1] == 1


def test_a_choice_that_is_no_option_and_what_is_not_finite_are_not_decided() -> None:
    node = Pick("k", (("u", Number(Fraction(5))), ("v", Number(Fraction(7)))))
    found = evaluate_columns(plain(node), {"k": from_floats(np.array([1.0, 2.0, 3.0, 0.0, 1.5, np.inf]))})
    assert (found.value[:2].tolist(), found.undecided.tolist()) == ([5, 7], [False, False, True, True, True, True])


def test_a_sum_passes_over_the_rows_that_have_no_value() -> None:
    values = {"a": from_fractions([Fraction(1), Fraction(2)]), "b": from_fractions([Fraction(10), Fraction(20)])}
    node = Sum((Reference("a"), Reference("b"), Reference("c")))
    found = evaluate_columns(plain(node), values, {"b": np.array([True, False])})
    assert found.value.tolist() == [11, 2]
    with pytest.raises(KeyError):
        evaluate_columns(plain(Reference("c")), values)


def test_parts_of_a_rule_are_computed_once_and_in_order() -> None:
    rule = Rule("", (("b1", Arithmetic("+", Reference("a"), Number(Fraction(1)))),), Reference("b1"))
    assert evaluate_columns(rule, {"a": constant(Fraction(2))}).value == 3
