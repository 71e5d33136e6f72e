"""The exact value of every node of a score tree, from its marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from smartcity_xl.catalog.score_tree import Height, Itself, ScoreTree, name_of
from smartcity_xl.rules.exact import value_of
from smartcity_xl.rules.tree import names_used


def value_tree(tree: ScoreTree, marks: Mapping[str, Fraction]) -> Mapping[str, Fraction]:
    """Name of a node -> its value. ``marks``: indicator -> what its rule came to, for those whose answers are settled;
    what rests on no mark has no value, and counts 0 in the sums above it."""
    values = {name_of(Height.MARK, code): mark for code, mark in marks.items()}
    for name, node in tree.nodes.items():
        if node.height is not Height.MARK and all(needed in values for needed in node.needs):
            values[name] = value_of(node.rule, values)
    return values


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
    values: Mapping[str, Fraction],
    marks: Mapping[str, Fraction],
) -> Mapping[str, Fraction]:
    """The values of a tree with some marks changed: what rests on none of them stays as it was. ``above`` as from
    ``rests_on``."""
    changed = {name_of(Height.MARK, code): mark for code, mark in marks.items()}
    found = {**values, **changed}
    for name in _in_order(tree, [above.get(mark, ()) for mark in changed]):
        if name in values:
            found[name] = value_of(tree.nodes[name].rule, found)
    return found


def _in_order(tree: ScoreTree, touched: Sequence[Sequence[str]]) -> Sequence[str]:
    """The nodes of several marks, each once, behind all that it needs."""
    if len(touched) == 1:
        return touched[0]
    every = set[str]().union(*touched)
    return [name for name in tree.nodes if name in every]
