"""What a system adds up, as a tree of the rule language's own nodes: weights, caps, star points, rounding and sums.

Built from a catalog and from nothing else, once for all renderings: ``score.value`` evaluates it exactly, the workbooks
show it as formulas, 计分办法 says it in words, and ``score.influence`` reads what each node depends on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import groupby

from msgspec import Struct

from smartcity_xl.model import Catalog, Category, Dimension, Indicator, Role, Rounding, Scheme
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import (
    Arithmetic,
    Extremum,
    Ladder,
    Node,
    Number,
    Reference,
    Rounded,
    Rule,
    Sum,
    names_used,
)

_ZERO = Fraction(0)


class Height(StrEnum):
    """How high a node stands; its name is this, a colon, and the code of what it scores."""

    MARK = "mark"
    """An indicator's rule, unrounded: a mark to 100, points to deduct, or a star level."""
    SCORE = "score"
    """The indicator's score: weighed, capped, or the points of its star; none for what earns no points."""
    POINTS = "points"
    """What the score is worth in the total."""
    CATEGORY = "category"
    DIMENSION = "dimension"
    TOTAL = "total"
    APART = "apart"
    """What the dimensions beside the total add up to."""


TOTAL, APART = Height.TOTAL.value, Height.APART.value
"""The names of the two nodes that there is one of."""


def name_of(height: Height, code: str) -> str:
    """The name of a node, as references have it. No figure can have such a name."""
    return height + ":" + code


class ScoreNode(Struct, frozen=True):
    """One result. ``rule`` reads slots and tables (a mark), or the names of nodes below (all others).

    ``needs``: slots, tables or nodes without which it has no value; sums need nothing. It lies between ``low`` (None:
    nothing limits a deduction) and ``full``, the full marks or points; a mark that earns nothing has 0 for both.
    """

    height: Height
    code: str
    rule: Rule
    needs: tuple[str, ...]
    full: Fraction
    low: Fraction | None = _ZERO

    @property
    def name(self) -> str:
        return name_of(self.height, self.code) if self.code else self.height.value

    @property
    def expression(self) -> Node:
        return self.rule.result

    @property
    def span(self) -> Fraction:
        """How far apart its lowest and its highest value lie; 0 where nothing can be said."""
        return _ZERO if self.low is None else self.full - self.low


class ScoreTree(Struct, frozen=True):
    """``nodes``: name -> node, each after those it reads, dimensions as they are shown, then the total and what stands
    apart."""

    nodes: Mapping[str, ScoreNode]

    def of(self, height: Height, code: str) -> ScoreNode | None:
        """The node of an indicator, category or dimension; None where it has none: what is shown earns no points."""
        return self.nodes.get(name_of(height, code))

    def full_points(self, codes: Iterable[str]) -> Fraction:
        """The points of the total that these indicators can earn."""
        return sum((node.full for code in codes if (node := self.of(Height.POINTS, code))), _ZERO)


def build_score_tree(catalog: Catalog, without: Collection[str] = ()) -> ScoreTree:
    """The tree of a system. The indicators ``without`` have marks and earn nothing; what they deduct stays."""
    return _tree(Itself(catalog), frozenset(without))


@lru_cache(maxsize=64)
def _tree(catalog: Itself[Catalog], without: frozenset[str]) -> ScoreTree:
    return ScoreTree({node.name: node for node in _build_nodes(catalog.one, without)})


def indicator_nodes(catalog: Catalog, indicator: Indicator) -> tuple[ScoreNode, ...]:
    """An indicator's mark, score and points; the mark alone where it earns no points."""
    return _nodes(Itself(catalog), Itself(indicator))


@lru_cache(maxsize=1_024)
def _nodes(catalog: Itself[Catalog], indicator: Itself[Indicator]) -> tuple[ScoreNode, ...]:
    mark = _mark(catalog.one, indicator.one)
    return (mark, *_points(catalog.one, indicator.one, mark)) if earns(indicator.one) else (mark,)


def earns(indicator: Indicator) -> bool:
    """Whether the indicator adds anything to a total of points, or takes anything away."""
    return indicator.role is not Role.SHOWN and (not indicator.starred or bool(indicator.points))


def stake(catalog: Catalog, indicator: Indicator) -> Fraction:
    """The points of the total that hang on an indicator; in a system without points each star counts as one."""
    if not catalog.graded:
        return Fraction(indicator.starred)
    return indicator_nodes(catalog, indicator)[-1].span if earns(indicator) else _ZERO


def full_points(catalog: Catalog, indicator: Indicator) -> Fraction:
    """The points of the total that an indicator can earn."""
    return indicator_nodes(catalog, indicator)[-1].full if earns(indicator) else _ZERO


# --- an indicator ----------------------------------------------------------------------------------------------------


def _plain(expression: Node) -> Rule:
    return Rule("", (), expression)


def _below(rounding: Rounding, expression: Node) -> Node:
    """A result below the total: rounded, or exact where the office rounds once."""
    return Rounded(expression) if rounding is Rounding.EVERY_LEVEL else expression


def _mark(catalog: Catalog, indicator: Indicator) -> ScoreNode:
    needs: list[str] = []
    for figure in catalog.figures_of[indicator.code]:
        needs += [figure.key] if figure.columns else [slot.key for slot in figure.slots]
    full = _ZERO
    if indicator.role is Role.SCORED:
        full = Fraction(indicator.levels[0][0] if indicator.starred else 100)
    return ScoreNode(Height.MARK, indicator.code, indicator.rule, tuple(needs), full)


def _points(catalog: Catalog, indicator: Indicator, mark: ScoreNode) -> Iterator[ScoreNode]:
    low = _ZERO if not indicator.deducts else None if indicator.deduct_max is None else -indicator.deduct_max
    rule = score_rule(indicator, catalog.settings.rounding)
    score = ScoreNode(Height.SCORE, indicator.code, rule, (mark.name,), indicator.full, low)
    yield score
    worth, points = catalog.worth(indicator), Reference(score.name)
    weighed = points if indicator.starred else Arithmetic("*", points, Number(worth))
    yield ScoreNode(
        Height.POINTS, indicator.code, _plain(weighed), (score.name,), worth * indicator.full,
        None if low is None else worth * low,
    )  # fmt: skip


def score_rule(indicator: Indicator, rounding: Rounding) -> Rule:
    """An indicator's score from its mark, for one that earns points: weighed, deducted, or the points of a star. Asked
    again it is the same rule, for what is made of a rule is known by the rule."""
    return _score_rule(Itself(indicator), rounding)


@lru_cache(maxsize=1_024)
def _score_rule(scored: Itself[Indicator], rounding: Rounding) -> Rule:
    indicator, mark = scored.one, Reference(name_of(Height.MARK, scored.one.code))
    if indicator.starred:
        return _plain(Ladder(mark, tuple(Number(indicator.points.get(level, _ZERO)) for level in range(6))))
    if not indicator.deducts:
        return _plain(_below(rounding, Arithmetic("*", Number(indicator.weight, percent=True), mark)))
    most = indicator.deduct_max
    taken = mark if most is None else Extremum("min", (Number(most), mark))
    return _plain(Arithmetic("-", Number(_ZERO), _below(rounding, taken)))


# --- what they add up to ---------------------------------------------------------------------------------------------


def _build_nodes(catalog: Catalog, without: frozenset[str]) -> Iterator[ScoreNode]:
    dimensions: dict[bool, list[ScoreNode]] = {False: [], True: []}
    for dimension in catalog.shown_dimensions:
        categories = []
        for category in catalog.categories_of(dimension):
            scores, worths = [], []
            for indicator in catalog.indicators_of(category):
                nodes = indicator_nodes(catalog, indicator)
                if indicator.code in without and not indicator.deducts:
                    nodes = nodes[:1]
                yield from nodes
                if len(nodes) > 1:
                    scores.append(nodes[1])
                    worths.append(catalog.worth(indicator))
            node = _category(catalog, category, scores, worths)
            categories.append(node)
            yield node
        node = _dimension(catalog, dimension, categories)
        dimensions[dimension.apart].append(node)
        yield node
    yield _total(Height.TOTAL, dimensions[False])
    yield _total(Height.APART, dimensions[True])


def _category(
    catalog: Catalog, category: Category, scores: Sequence[ScoreNode], worths: Sequence[Fraction]
) -> ScoreNode:
    """The scores times what one of them is worth; of a catalog that is not whole, which mixes them, group by group."""
    terms = [
        _times(worth, _sum([score for score, _ in group]))
        for worth, group in groupby(zip(scores, worths, strict=True), key=lambda pair: pair[1])
    ]
    expression = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    full = 100 * category.weight
    if catalog.scheme is Scheme.STARS:
        full = sum((score.full for score in scores), _ZERO)
    low = _lowest(None if s.low is None else w * s.low for s, w in zip(scores, worths, strict=True))
    return ScoreNode(
        Height.CATEGORY, category.code, _plain(_below(catalog.settings.rounding, expression)), (), full, low
    )


def _dimension(catalog: Catalog, dimension: Dimension, categories: Sequence[ScoreNode]) -> ScoreNode:
    full = 100 * dimension.weight
    if catalog.scheme is Scheme.STARS:
        full = sum((category.full for category in categories), _ZERO)
    rule = _plain(_below(catalog.settings.rounding, _sum(categories)))
    if not catalog.has_categories(dimension):  # the one that stands for the whole of it
        rule = categories[0].rule
    return ScoreNode(Height.DIMENSION, dimension.code, rule, (), full, _lowest(c.low for c in categories))


def _total(height: Height, dimensions: Sequence[ScoreNode]) -> ScoreNode:
    """Rounded whatever the setting."""
    full = sum((dimension.full for dimension in dimensions), _ZERO)
    return ScoreNode(height, "", _plain(Rounded(_sum(dimensions))), (), full, _lowest(d.low for d in dimensions))


def _sum(nodes: Sequence[ScoreNode]) -> Sum:
    """The sum of those that can be anything but 0."""
    return Sum(tuple(Reference(node.name) for node in nodes if names_used(node.rule)))


def _times(worth: Fraction, points: Sum) -> Node:
    return points if worth == 1 else Arithmetic("*", Number(worth), points)


def _lowest(lows: Iterable[Fraction | None]) -> Fraction | None:
    known = list(lows)
    return None if None in known else sum((low for low in known if low is not None), _ZERO)
