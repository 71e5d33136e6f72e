"""How much hangs on one thing alone: each open question, each side of a conflict, each setting that the texts leave
open; all else stays as it stands. One-at-a-time sensitivity, by the exact engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, field

from smartcity_xl.catalog.score_tree import TOTAL, Height, ScoreTree, build_score_tree, name_of
from smartcity_xl.model import Catalog, Merged
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.score.scoring import score_merged

LOWEST, HIGHEST = "lowest", "highest"
"""The two ways in which an open question is tried."""
_BELOW = (Height.MARK, Height.SCORE, Height.POINTS)


class FirmSort(StrEnum):
    """What is not settled."""

    OPEN = "open"
    CONFLICT = "conflict"
    SETTING = "setting"


class Levels(Struct, frozen=True):
    """What a system comes to: the total, its dimensions by their codes, and how many indicators reach the target star.
    None is what nothing limits."""

    total: Fraction | None
    dimensions: Mapping[str, Fraction | None]
    reached: int


class Variant(Struct, frozen=True):
    """One way in which it may turn out. ``choice`` is ``LOWEST`` or ``HIGHEST``, the number of a side from 1, or a
    setting's value; ``stands``: it is so already."""

    choice: str
    levels: Levels
    stands: bool = False


class Unsettled(Struct, frozen=True):
    """One thing that is not settled. ``key`` is that of a figure, or the name of a setting; ``department`` the one that
    contradicts itself. Open answers that settle nothing alone are tried with those that their indicators wait for too:
    ``together``. ``exact``: both ends of an open question are reached, else they may lie wider than that."""

    sort: FirmSort
    key: str
    ways: tuple[Variant, ...]
    department: str = ""
    together: tuple[str, ...] = ()
    exact: bool = True


class Placed(Struct, frozen=True):
    """What an indicator comes to: its score, None without one, and its star level where it has levels. ``endless``:
    nothing limits the score, and no sum above it."""

    score: Fraction | None
    star: int | None = None
    endless: bool = False


class OpenEnds(Struct, frozen=True):
    """An open indicator: the keys that it waits for, and what it comes to at its lowest and at its highest."""

    open: tuple[str, ...]
    lowest: Placed
    highest: Placed
    exact: bool


class Base(Struct, frozen=True, dict=True):
    """A city as it stands. ``placed``: indicator -> what it comes to, for those that are settled."""

    catalog: Catalog
    placed: Mapping[str, Placed]
    open: Mapping[str, OpenEnds] = field(default_factory=dict)

    @cached_property
    def tree(self) -> ScoreTree:
        return build_score_tree(self.catalog)

    def levels(self, others: Mapping[str, Placed] | None = None) -> Levels:
        """The levels with some indicators in another place, all others as they stand."""
        placed = {**self.placed, **(others or {})}
        values = {name_of(Height.SCORE, code): one.score for code, one in placed.items() if one.score is not None}
        for name, node in self.tree.nodes.items():
            if node.height not in _BELOW:
                values[name] = evaluate(node.rule, values).value
        endless = {self.catalog.category_of[code].dimension for code, one in placed.items() if one.endless}
        apart = {one.code for one in self.catalog.dimensions if one.apart}
        dimensions = {
            one.code: None if one.code in endless else values[name_of(Height.DIMENSION, one.code)]
            for one in self.catalog.shown_dimensions
        }
        reached = sum(one.star is not None and one.star >= self.catalog.target for one in placed.values())
        return Levels(None if endless - apart else values[TOTAL], dimensions, reached)


def try_open(base: Base, but: Iterable[str] = ()) -> Iterator[Unsettled]:
    """Each figure that is open, answered so that least comes of it, and most; those of ``but`` are passed over: a
    conflict is tried by its sides."""
    passed = set(but)
    for key in dict.fromkeys(key for ends in base.open.values() for key in ends.open):
        waiting = {code: ends for code, ends in base.open.items() if key in ends.open}
        if key in passed or all(one.lowest == one.highest == Placed(None) for one in waiting.values()):
            continue
        together = dict.fromkeys(other for ends in waiting.values() for other in ends.open if other != key)
        low = base.levels({code: ends.lowest for code, ends in waiting.items()})
        high = base.levels({code: ends.highest for code, ends in waiting.items()})
        exact = len(waiting) == 1 and all(one.exact for one in waiting.values())
        yield Unsettled(FirmSort.OPEN, key, (Variant(LOWEST, low), Variant(HIGHEST, high)), "", tuple(together), exact)


def try_sides(
    base: Base, figure: str, department: str, sides: Sequence[Mapping[str, Placed]], chosen: int = 0
) -> Unsettled:
    """A conflict with each of its sides in place; ``chosen`` counts from 1."""
    ways = (Variant(str(n), base.levels(side), n == chosen) for n, side in enumerate(sides, start=1))
    return Unsettled(FirmSort.CONFLICT, figure, tuple(ways), department)


def try_setting(name: str, merged: Merged, systems: Mapping[str, Catalog], chosen: str) -> Unsettled:
    """A setting with each of its values: the answers scored anew by the system as that makes it."""
    ways = (Variant(value, _scored(catalog, merged), value == chosen) for value, catalog in systems.items())
    return Unsettled(FirmSort.SETTING, name, tuple(ways))


def _scored(catalog: Catalog, merged: Merged) -> Levels:
    scores = score_merged(catalog, merged)
    stars = (one.star for one in scores.indicators if one.star is not None)
    return Levels(
        scores.total, {one.dimension.code: one.score for one in scores.dimensions},
        sum(star >= catalog.target for star in stars),
    )  # fmt: skip
