"""Weights moved by chance: each within a stated spread of what is printed, each set brought back to its sum.

A weight is multiplied by a number drawn evenly between 1 - spread and 1 + spread, and the weights of one parent are
then divided by what they have come to, so that a hundred stays a hundred: dimensions in the total, categories in their
dimension, indicators in their category. The full points of star levels are moved in the same way. That is how the
uncertainty of weights is studied for composite indicators (OECD and JRC, Handbook on Constructing Composite Indicators,
2008, step 7). What is deducted, and what stands apart, stays as it is.

Chance is a pure function of a seed, the name of the weight and the number of the draw (SplitMix64; Steele, Lea and
Flood 2014): no order of cities, indicators or portions can change a draw, and no edition of a library either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.catalog.score_tree import Height, ScoreNode, ScoreTree, build_score_tree, name_of
from smartcity_xl.model import Catalog, Indicator, Role, Scheme
from smartcity_xl.rules.tree import Arithmetic, Ladder, Node, Number, Reference, rewrite_rule
from smartcity_xl.rules.vectors import Floats


class Perturbation(Struct, frozen=True):
    """How often weights are drawn, how far each may go from what is printed (a share of it), and from which seed."""

    draws: int = 10_000
    spread: float = 0.2
    seed: int = 1


USUAL = Perturbation()


class Weight(Struct, frozen=True):
    """A weight that is moved. ``name`` is what rules read it by; ``printed`` what it is in the text."""

    name: str
    printed: float


class Siblings(Struct, frozen=True):
    """Weights that keep their sum."""

    weights: tuple[Weight, ...]


def weight_of(kind: str, code: str) -> str:
    """The name of a weight. No node of a tree has such a name."""
    return f"weight:{kind}:{code}"


def loosen_tree(catalog: Catalog) -> ScoreTree:
    """The score tree with weights to be read where it has numbers: what an indicator has in its category, and what a
    category has in the total; of star levels, by what their points are multiplied."""
    indicators = {one.code: one for one in catalog.indicators}
    moved = {weight.name for one in find_siblings(catalog) for weight in one.weights}
    nodes = {}
    for name, node in build_score_tree(catalog).nodes.items():
        nodes[name] = _loosen(catalog, indicators, node, moved)
    return ScoreTree(nodes)


def _loosen(catalog: Catalog, indicators: Mapping[str, Indicator], node: ScoreNode, moved: set[str]) -> ScoreNode:
    if node.height is Height.SCORE:
        indicator, weight = indicators[node.code], Reference(weight_of("indicator", node.code))
        if weight.name not in moved:
            return node

        def loose(one: Node) -> Node:
            if isinstance(one, Ladder):
                return Arithmetic("*", weight, one)
            return weight if one == Number(indicator.weight, percent=True) else one

        return replace(node, rule=rewrite_rule(node.rule, loose))
    category = next((one for one in catalog.categories if _is_sum_of(catalog, node, one.code)), None)
    if category is None or weight_of("category", category.code) not in moved:
        return node

    def outer(one: Node) -> Node:
        return Reference(weight_of("category", category.code)) if one == Number(category.weight) else one

    return replace(node, rule=rewrite_rule(node.rule, outer))


def _is_sum_of(catalog: Catalog, node: ScoreNode, category: str) -> bool:
    """Whether a node multiplies by a category's weight: the category, or the dimension that it stands for."""
    return node.code == category and node.height in (Height.CATEGORY, Height.DIMENSION)


# --- which weights there are -----------------------------------------------------------------------------------------


def find_siblings(catalog: Catalog) -> tuple[Siblings, ...]:
    """The weights of the total, in sets that keep their sums; none of a system without points."""
    if not catalog.graded:
        return ()
    found = list(_within_categories(catalog))
    if catalog.scheme is Scheme.WEIGHTS:
        shown = [one for one in catalog.shown_dimensions if not one.apart and one.weight]
        found.append(Siblings(tuple(Weight(weight_of("dimension", d.code), float(d.weight)) for d in shown)))
        for dimension in shown:
            inner = [one for one in catalog.categories_of(dimension) if one.weight]
            found.append(Siblings(tuple(Weight(weight_of("category", c.code), float(c.weight)) for c in inner)))
    return tuple(found)


def _within_categories(catalog: Catalog) -> Iterator[Siblings]:
    apart = {one.code for one in catalog.dimensions if one.apart}
    stars = catalog.scheme is Scheme.STARS
    together: list[Weight] = []
    for category in catalog.categories:
        if category.dimension in apart:
            continue
        earning = [one for one in catalog.indicators_of(category) if one.role is Role.SCORED and one.full]
        mine = [Weight(weight_of("indicator", one.code), float(one.full)) for one in earning
                if one.starred == stars]  # fmt: skip
        if stars:  # points of star levels are points of the total, whatever their category
            together += mine
        elif mine:
            yield Siblings(tuple(Weight(one.name, one.printed / 100) for one in mine))
    if together:
        yield Siblings(tuple(together))


# --- draws -----------------------------------------------------------------------------------------------------------


def draw_weights(
    catalog: Catalog, perturbation: Perturbation, draws: range, siblings: Sequence[Siblings] | None = None
) -> Mapping[str, Floats]:
    """Name of a weight that the loosened tree reads -> its value in each of the draws, counted from 0. ``siblings``:
    those of the catalog, for who has them already."""
    drawn: dict[str, Floats] = {}
    siblings = find_siblings(catalog) if siblings is None else siblings
    for one in siblings:
        drawn |= _together(one.weights, perturbation, draws)
    if catalog.scheme is Scheme.STARS:
        printed = {weight.name: weight.printed for one in siblings for weight in one.weights}
        return {name: values / printed[name] for name, values in drawn.items()}
    for category in catalog.categories:  # what a category has of its dimension, as that is moved
        name, above = weight_of("category", category.code), weight_of("dimension", category.dimension)
        if name in drawn:
            dimension = next(one for one in catalog.dimensions if one.code == category.dimension)
            drawn[name] = drawn[name] * (drawn[above] / float(dimension.weight))
    return {name: values for name, values in drawn.items() if not name.startswith(weight_of("dimension", ""))}


def _together(weights: Sequence[Weight], perturbation: Perturbation, draws: range) -> Mapping[str, Floats]:
    moved = {one.name: one.printed * _factors(one.name, perturbation, draws) for one in weights}
    whole = sum(one.printed for one in weights)
    reached = sum(moved.values(), np.zeros(len(draws)))
    return {name: values * (whole / reached) for name, values in moved.items()}


def _factors(name: str, perturbation: Perturbation, draws: range) -> Floats:
    shares = chance(f"{perturbation.seed}\n{name}", draws)
    return 1.0 + perturbation.spread * (2.0 * shares - 1.0)


def chance(key: str, draws: range) -> Floats:
    """Numbers from 0 up to 1, spread evenly: those with the numbers ``draws`` of the sequence that a key stands for."""
    start = np.uint64(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
    with np.errstate(over="ignore"):
        state = start + np.arange(draws.start + 1, draws.stop + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    found: Floats = (state >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found


def with_weights(catalog: Catalog, weights: Mapping[str, Fraction]) -> Catalog:
    """The system with other weights, by their names, as exact numbers: what one draw stands for."""

    def indicator(one: Indicator) -> Indicator:
        weight = weights.get(weight_of("indicator", one.code))
        if weight is None:
            return one
        if one.starred:
            return replace(one, points={star: weight * points for star, points in one.points.items()})
        return replace(one, weight=weight)

    categories = tuple(replace(one, weight=weights.get(weight_of("category", one.code), one.weight))
                       for one in catalog.categories)  # fmt: skip
    return replace(catalog, indicators=tuple(map(indicator, catalog.indicators)), categories=categories)


def mark_names(marks: Mapping[str, Fraction]) -> Mapping[str, Fraction]:
    return {name_of(Height.MARK, code): mark for code, mark in marks.items()}
