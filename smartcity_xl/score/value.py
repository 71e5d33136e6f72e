"""The exact value of every node of a score tree, from its marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from smartcity_xl.catalog.score_tree import Height, ScoreTree, name_of
from smartcity_xl.rules.exact import AtHand, Functions, Unreduced, functions_of
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import names_used

_NOTHING: Mapping[str, Fraction] = {}


def value_tree(tree: ScoreTree, marks: Mapping[str, Fraction]) -> Mapping[str, Fraction]:
    """Name of a node -> its value. ``marks``: indicator -> what its rule came to, for those whose answers are settled;
    what rests on no mark has no value, and counts 0 in the sums above it."""
    values = {name_of(Height.MARK, code): mark for code, mark in marks.items()}
    known = {name: mark.as_integer_ratio() for name, mark in values.items()}
    given = AtHand(_NOTHING, {}, known)
    for name, (needs, made) in _above_marks(Itself(tree)).items():
        if needs <= known.keys():
            known[name] = found = made.run(given)
            values[name] = Fraction(*found)
    return values


@lru_cache(maxsize=64)
def _above_marks(tree: Itself[ScoreTree]) -> Mapping[str, tuple[frozenset[str], Functions]]:
    """Name of a node above the marks -> what it needs, and its rule as functions; each behind all that it reads."""
    return {
        name: (frozenset(node.needs), functions_of(Itself(node.rule)))
        for name, node in tree.one.nodes.items()
        if node.height is not Height.MARK
    }


@lru_cache(maxsize=16)
def rests_on(tree: Itself[ScoreTree]) -> Mapping[str, tuple[str, ...]]:
    """Name of a mark -> the nodes above the marks that rest on it, each behind all that it needs."""
    found: dict[str, list[str]] = {}
    below: dict[str, set[str]] = {}
    for name, node in tree.one.nodes.items():
        if node.height is Height.MARK:
            below[name] = {name}
            continue
        below[name] = set[str]().union(*(below.get(read, ()) for read in names_used(node.rule)))
        for mark in below[name]:
            found.setdefault(mark, []).append(name)
    return {mark: tuple(names) for mark, names in found.items()}


def value_again(
    tree: ScoreTree,
    above: Mapping[str, tuple[str, ...]],
    values: Mapping[str, Unreduced],
    marks: Mapping[str, Unreduced],
) -> Mapping[str, Unreduced]:
    """The values of a tree with some marks changed, not reduced: what rests on none of them is as ``values`` has it.
    ``above`` as from ``rests_on``."""
    changed = {name_of(Height.MARK, code): mark for code, mark in marks.items()}
    found = {**values, **changed}
    given, nodes = AtHand(_NOTHING, {}, found), _above_marks(Itself(tree))
    for name in _in_order(tree, [above.get(mark, ()) for mark in changed]):
        if name in values:
            found[name] = nodes[name][1].run(given)
    return found


def _in_order(tree: ScoreTree, touched: Sequence[Sequence[str]]) -> Sequence[str]:
    """The nodes of several marks, each once, behind all that it needs."""
    if len(touched) == 1:
        return touched[0]
    every = set[str]().union(*touched)
    return [name for name in tree.nodes if name in every]
