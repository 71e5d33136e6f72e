"""The exact value of every node of a score tree, from its marks."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcity_xl.catalog.score_tree import Height, ScoreTree, name_of
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.tree import names_used


def value_tree(tree: ScoreTree, marks: Mapping[str, Fraction]) -> Mapping[str, Fraction]:
    """Name of a node -> its value. ``marks``: indicator -> what its rule came to, for those whose answers are settled;
    what rests on no mark has no value, and counts 0 in the sums above it."""
    values = {name_of(Height.MARK, code): mark for code, mark in marks.items()}
    for name, node in tree.nodes.items():
        if node.height is not Height.MARK and all(needed in values for needed in node.needs):
            values[name] = evaluate(node.rule, values).value
    return values


def read_names(tree: ScoreTree) -> Mapping[str, frozenset[str]]:
    """Name of a node above the marks -> the names in its rule."""
    return {
        name: frozenset(names_used(node.rule)) for name, node in tree.nodes.items() if node.height is not Height.MARK
    }


def value_again(
    tree: ScoreTree,
    reads: Mapping[str, frozenset[str]],
    values: Mapping[str, Fraction],
    marks: Mapping[str, Fraction],
) -> Mapping[str, Fraction]:
    """The values of a tree with some marks changed: what rests on none of them stays as it was. ``reads`` as from
    ``read_names``."""
    changed = {name_of(Height.MARK, code): mark for code, mark in marks.items()}
    found = {**values, **changed}
    for name, read in reads.items():
        if name in values and not read.isdisjoint(changed):
            changed[name] = found[name] = evaluate(tree.nodes[name].rule, found).value
    return found
