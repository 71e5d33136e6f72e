"""Ranks with their intervals: how firm the order of cities is, as the weights are moved by chance.

Marks stay as they are, exact; the score tree above them is walked for all cities and many draws at once. What float64
cannot decide is settled by the exact engine, so each draw gives the ranks that it gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from smartcity_xl.catalog.score_tree import TOTAL, Height, ScoreTree, build_score_tree, name_of
from smartcity_xl.model import Catalog
from smartcity_xl.model.headway import Follow, Headway, unfollowed
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.vectors import Floats, Vector, from_floats, from_fractions
from smartcity_xl.score.arrays import AT_ONCE, Walked, undecided_rows, walk_tree
from smartcity_xl.score.firm_weights import (
    USUAL,
    Perturbation,
    Siblings,
    draw_weights,
    find_siblings,
    loosen_tree,
    with_weights,
)
from smartcity_xl.score.value import value_tree

Marks = Mapping[str, Fraction]
_LOW, _MIDDLE, _HIGH = 0.05, 0.5, 0.95


class RankInterval(Struct, frozen=True):
    """A city's rank under the printed weights, and under weights moved by chance. Ranks count from 1, the highest
    total first; those with the same total share the better rank.

    ``best`` and ``worst`` are the extremes of all draws; nine draws in ten lie from ``low`` to ``high``. ``kept`` is
    the share of draws with the printed rank, ``first`` of those at the head; ``lowest`` and ``highest`` are totals.
    """

    rank: int
    best: int
    low: int
    median: int
    high: int
    worst: int
    kept: float
    first: float
    total: Fraction
    lowest: float
    highest: float


def rank_under_weights(
    catalog: Catalog, cities: Sequence[Marks], perturbation: Perturbation = USUAL, follow: Follow = unfollowed
) -> tuple[RankInterval, ...]:
    """In the order of the cities. ``cities``: indicator -> mark, of those that have one; the others count nothing, as
    in any total. Of a system without points there is nothing to rank by."""
    number, marks = len(cities), _columns(catalog, cities)
    totals = _printed_totals(build_score_tree(catalog), cities, marks)
    now = _ranks(np.array([float(total) for total in totals]).reshape(-1, 1))[:, 0]
    tally = _Tally(np.zeros((number, number + 1), dtype=np.int64), np.full(number, np.inf), np.full(number, -np.inf))
    walk = _Walk(catalog, loosen_tree(catalog), find_siblings(catalog), cities, marks)
    size = max(1, AT_ONCE // max(1, number))
    for start in range(0, perturbation.draws, size):
        follow(Headway("draws", start, perturbation.draws))
        tally.add(walk.totals(perturbation, range(start, min(start + size, perturbation.draws))))
    follow(Headway("draws", perturbation.draws, perturbation.draws))
    return tuple(tally.read(at, int(rank), totals[at]) for at, rank in enumerate(now))


def _printed_totals(tree: ScoreTree, cities: Sequence[Marks], marks: Walked) -> list[Fraction]:
    found, shape = walk_tree(tree, marks), (len(cities), 1)
    totals, undecided = np.broadcast_to(found.columns[TOTAL].value, shape)[:, 0], undecided_rows(found, shape)[:, 0]
    return [
        value_tree(tree, city)[TOTAL] if asks else round_half_up(Fraction(total))
        for city, total, asks in zip(cities, totals.tolist(), undecided.tolist(), strict=True)
    ]


def _columns(catalog: Catalog, cities: Sequence[Marks]) -> Walked:
    """The marks as columns that stand upright: cities down, draws across."""
    columns, known = {}, {}
    for indicator in catalog.indicators:
        marks = [one.get(indicator.code) for one in cities]
        if any(mark is not None for mark in marks):
            name = name_of(Height.MARK, indicator.code)
            columns[name] = _upright(from_fractions([Fraction(0) if mark is None else mark for mark in marks]))
            if None in marks:
                known[name] = np.array([[mark is not None] for mark in marks])
    return Walked(columns, known)


def _upright(one: Vector) -> Vector:
    error = one.error if isinstance(one.error, float) else one.error[:, None]
    return Vector(one.value[:, None], error, one.over[:, None] if isinstance(one.over, np.ndarray) else one.over)


class _Walk(Struct, frozen=True):
    catalog: Catalog
    tree: ScoreTree
    siblings: Sequence[Siblings]
    cities: Sequence[Marks]
    marks: Walked

    def totals(self, perturbation: Perturbation, draws: range) -> Floats:
        """Cities down, draws across."""
        weights = draw_weights(self.catalog, perturbation, draws, self.siblings)
        given = {name: from_floats(values[None, :]) for name, values in weights.items()}
        found = walk_tree(self.tree, Walked({**self.marks.columns, **given}, self.marks.known))
        shape = len(self.cities), len(draws)
        totals = np.array(np.broadcast_to(found.columns[TOTAL].value, shape))
        undecided = undecided_rows(found, shape)
        for city, draw in zip(*np.nonzero(undecided), strict=True):
            exact = {name: Fraction(float(values[draw])) for name, values in weights.items()}
            tree = build_score_tree(with_weights(self.catalog, exact))
            totals[city, draw] = float(value_tree(tree, self.cities[city])[TOTAL])
        return totals


class _Tally(Struct):
    """How often each city had each rank, and its lowest and highest total."""

    counts: NDArray[np.int64]
    lowest: Floats
    highest: Floats

    def add(self, totals: Floats) -> None:
        ranks, cities = _ranks(totals), np.arange(len(totals))
        for draw in range(totals.shape[1]):
            self.counts[cities, ranks[:, draw]] += 1
        self.lowest = np.minimum(self.lowest, totals.min(axis=1))
        self.highest = np.maximum(self.highest, totals.max(axis=1))

    def read(self, at: int, rank: int, total: Fraction) -> RankInterval:
        counts = self.counts[at]
        draws, up_to = int(counts.sum()), np.cumsum(counts)
        had = np.flatnonzero(counts)

        def quantile(share: float) -> int:
            return int(np.searchsorted(up_to, share * draws - 1e-9))

        return RankInterval(
            rank, int(had[0]), quantile(_LOW), quantile(_MIDDLE), quantile(_HIGH), int(had[-1]),
            int(counts[rank]) / draws, int(counts[1]) / draws, total, float(self.lowest[at]), float(self.highest[at]),
        )  # fmt: skip


def _ranks(totals: Floats) -> NDArray[np.int64]:
    """1 and the number of those with more, in each draw."""
    ranks = np.empty(totals.shape, dtype=np.int64)
    ordered = np.sort(totals, axis=0)
    for draw in range(totals.shape[1]):
        ranks[:, draw] = 1 + len(totals) - np.searchsorted(ordered[:, draw], totals[:, draw], side="right")
    return ranks
