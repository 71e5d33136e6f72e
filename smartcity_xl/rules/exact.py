"""A rule's value, in exact rational arithmetic.

Figures come in as fractions; only a node that says so is rounded. ``round_half_up`` is the one rounding of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.functions import Always, AtHand, NodeFunction, Rows, Unreduced, Values, function_of, round_pair
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import Count, Mean, Node, Pick, Points, Quotient, Reference, Rule, children, walk

__all__ = [
    "AtHand",
    "Evaluation",
    "Functions",
    "Note",
    "Rows",
    "Unreduced",
    "Values",
    "count_rounded",
    "evaluate",
    "evaluate_pair",
    "functions_of",
    "holds",
    "narrow",
    "round_half_up",
    "shown",
    "value_of",
    "value_of_node",
]


class Note(Struct, frozen=True):
    """Something the text is silent about happened on the way: the office is told.

    ``code`` is "zero-denominator", "ratio-above-one" or "ratio-literal"; ``where`` the division it happened in.
    """

    code: str
    where: Quotient
    numerator: Fraction
    denominator: Fraction


class Evaluation(Struct, frozen=True):
    """``value`` is unrounded; ``parts`` holds b1, b2, … as the rule names them."""

    value: Fraction
    parts: Mapping[str, Fraction]
    notes: tuple[Note, ...]


class Functions(Struct, frozen=True):
    """A rule as functions. ``nodes``: each node of it, by its identity, for as long as the rule lives."""

    parts: tuple[tuple[str, NodeFunction], ...]
    result: NodeFunction
    nodes: Mapping[int, NodeFunction]

    def run(self, given: AtHand) -> Unreduced:
        """The value, with what is given; the parts of the rule are known afterwards."""
        for name, part in self.parts:
            given.known[name] = part(given)
        return self.result(given)


@lru_cache(maxsize=2_048)
def functions_of(rule: Itself[Rule]) -> Functions:
    """A system's rules are the same for all its cities: they are made into functions once."""
    nodes: dict[int, NodeFunction] = {}

    def make(node: Node) -> NodeFunction:
        nodes[id(node)] = made = function_of(node, make)
        return made

    parts = tuple((name, make(node)) for name, node in rule.one.parts)
    return Functions(parts, make(rule.one.result), nodes)


@lru_cache(maxsize=1_024)
def _function_of_node(alone: Itself[Node]) -> NodeFunction:
    def make(node: Node) -> NodeFunction:
        return function_of(node, make)

    return make(alone.one)


def evaluate(rule: Rule, values: Values, tables: Mapping[str, Rows] | None = None) -> Evaluation:
    """The value of a rule.

    ``values``: figure or ``checklist.item`` -> number, complete for this rule; a choice is the position of the
    option, from 1. ``tables``: table -> rows, each column -> number; no rows where there is
    none to count, whose mean is 0. A figure that is not
    there is the caller's error (KeyError): an indicator with missing figures is not evaluated at all.
    """
    given = AtHand(values, tables or {}, {}, {})
    value = Fraction(*functions_of(Itself(rule)).run(given))
    parts = {name: Fraction(*part) for name, part in given.known.items()}
    noted = (Note(code, where, Fraction(*over), Fraction(*under)) for code, where, over, under in given.notes or ())
    return Evaluation(value, parts, tuple(dict.fromkeys(noted)))


def value_of(rule: Rule, values: Values, tables: Mapping[str, Rows] | None = None) -> Fraction:
    """The value of a rule alone; arguments as for ``evaluate``."""
    return Fraction(*evaluate_pair(rule, values, tables or {}, {}))


def evaluate_pair(rule: Rule, values: Values, tables: Mapping[str, Rows], known: dict[str, Unreduced]) -> Unreduced:
    """The same, not reduced. What is ``known`` goes before the ``values``; the parts of the rule are added to it."""
    return functions_of(Itself(rule)).run(AtHand(values, tables, known))


def holds(condition: Node, values: Values, tables: Mapping[str, Rows] | None = None) -> bool:
    """Whether the condition of a query is true; arguments as for ``evaluate``."""
    return _function_of_node(Itself(condition))(AtHand(values, tables or {}, {}))[0] != 0


def value_of_node(node: Node, values: Values, tables: Mapping[str, Rows] | None = None) -> Fraction:
    """The value of a node that reads no part of its rule; arguments as for ``evaluate``."""
    return Fraction(*_function_of_node(Itself(node))(AtHand(values, tables or {}, {})))


def narrow(rule: Rule, values: Values, tables: Mapping[str, Rows], name: str) -> Callable[[Unreduced], Unreduced]:
    """The rule as a function of a single answer: whatever does not read ``name`` is worked out here, once. Arguments
    as for ``evaluate``."""
    made, reading = functions_of(Itself(rule)), _reading(Itself(rule), name)
    given = AtHand(values, tables, {})

    def make(node: Node) -> NodeFunction:
        if id(node) in reading:
            return function_of(node, make)
        return Always(made.nodes[id(node)](given))

    kept = []
    for part, node in rule.parts:
        if id(node) in reading:
            kept.append((part, make(node)))
        else:
            given.known[part] = made.nodes[id(node)](given)
    result = make(rule.result)
    tried: dict[str, Fraction] | None = None
    if _ITS_LIST in reading:
        tried = dict(values)
        given.values = tried

    def value(answer: Unreduced) -> Unreduced:
        given.known[name] = answer
        if tried is not None:
            tried[name] = Fraction(*answer)
        for part, computed in kept:
            given.known[part] = computed(given)
        return result(given)

    return value


_ITS_LIST = 0
"""Among the identities of the nodes that read an answer: it is read as one of a list, by a node that looks at them all.
No node has it for its own."""


@lru_cache(maxsize=8_192)
def _reading(rule: Itself[Rule], name: str) -> frozenset[int]:
    """The nodes of a rule, by identity, whose value may be another where the answer is another."""
    found: set[int] = set()
    parts: set[str] = {name}

    def look(node: Node) -> bool:
        below = [look(child) for child in children(node)]
        reads = any(below)
        match node:
            case Reference(one):
                reads = one in parts
            case Points(key) | Count(key) | Pick(key) if key == name.partition(".")[0]:
                found.add(_ITS_LIST)
                reads = True
            case Mean() if reads:  # in no row is what is worked out beside it the same
                found.update(map(id, walk(node)))
        if reads:
            found.add(id(node))
        return reads

    for part, node in rule.one.parts:
        if look(node):
            parts.add(part)
    look(rule.one.result)
    return frozenset(found)


def round_half_up(value: Fraction, places: int = 2) -> Fraction:
    """Round half away from zero, as the cell function ROUND does (decision E6)."""
    return Fraction(*round_pair(*value.as_integer_ratio(), 10**places))


def count_rounded(value: Fraction, places: int = 2) -> int:
    """The same, as the number of its smallest units: of hundredths, as a rule."""
    return round_pair(*value.as_integer_ratio(), 10**places)[0]


def shown(value: Fraction) -> str:
    """A number as it is told to people: in full, or to ten places where it has no finite decimal form."""
    text = constant(value)
    return text if "/" not in text else constant(round_half_up(value, 10))
