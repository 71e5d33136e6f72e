"""The score tree as live formulas, each beside its exact value: what an indicator scores, what that is worth, and what
a sum of them comes to."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec.structs import replace

from smartcity_xl.catalog.score_tree import ScoreTree, indicator_nodes
from smartcity_xl.model import Catalog, Indicator
from smartcity_xl.rules.exact import Rows, Values, round_half_up, value_of
from smartcity_xl.rules.formula import POINTS_PLACES, Cells, render_rule, trimmed


def result_formula(catalog: Catalog, indicator: Indicator, cells: Cells) -> str:
    """What an indicator shows: its star level, its score, or the bare result of its rule where it earns nothing."""
    mark, *above = indicator_nodes(catalog, indicator)
    shown = above[0] if above and not indicator.starred else mark
    return render_rule(shown.rule, replace(cells, spelt={mark.name: mark.rule}))


def result_value(catalog: Catalog, indicator: Indicator, values: Values, tables: Mapping[str, Rows]) -> Fraction:
    """What ``result_formula`` comes to over these answers, which are complete."""
    mark, *above = indicator_nodes(catalog, indicator)
    value = value_of(mark.rule, values, tables)
    return value_of(above[0].rule, {mark.name: value}) if above and not indicator.starred else value


def worth_value(catalog: Catalog, indicator: Indicator, shown: Fraction) -> Fraction:
    """What ``worth_formula`` comes to over what the indicator shows."""
    mark, score, points = indicator_nodes(catalog, indicator)
    if indicator.starred:
        shown = value_of(score.rule, {mark.name: shown})
    worth = value_of(points.rule, {score.name: shown})
    return worth if indicator.starred else round_half_up(worth, POINTS_PLACES)


def worth_formula(catalog: Catalog, indicator: Indicator, cell: str) -> str:
    """The points of the total behind what an indicator that earns points shows in a cell."""
    _, score, points = indicator_nodes(catalog, indicator)
    spelt = {score.name: score.rule} if indicator.starred else {}
    text = render_rule(points.rule, Cells(lambda _: cell, lambda _: (), lambda _: "", spelt))
    return text if indicator.starred else trimmed(text)


def node_formula(tree: ScoreTree, name: str, addresses: Mapping[str, str]) -> str:
    """A node over the cells of the nodes below it (name -> address); what has no cell is written out."""
    spelt = {other: node.rule for other, node in tree.nodes.items() if other not in addresses}
    return render_rule(tree.nodes[name].rule, Cells(addresses.__getitem__, lambda _: (), lambda _: "", spelt))
