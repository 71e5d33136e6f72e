"""What a star system shows instead of a total: how many indicators reach each level, and which miss the target.

No star is worked out for the whole city: no text says how (E66).
"""

from __future__ import annotations

from collections.abc import Sequence

from smartcity_xl.model import DimensionScore, IndicatorScore, Outcome

LEVELS = (5, 4, 3, 2, 1, 0)


def starred(scores: Sequence[DimensionScore]) -> list[IndicatorScore]:
    """The indicators that have star levels, in order."""
    return [i for d in scores for c in d.categories for i in c.indicators if i.indicator.starred]


def count_levels(scores: Sequence[IndicatorScore]) -> dict[int, int]:
    """Level, 5 to 0 -> the number of settled indicators that stand just there."""
    return {level: sum(score.star == level for score in scores) for level in LEVELS}


def reaches(score: IndicatorScore, target: int) -> bool | None:
    """Whether an indicator reaches a level; None where the text asks nothing of it there (E55), or it is not settled.

    An indicator without conditions at the target that reaches a higher level reaches the target too.
    """
    if score.star is None:
        return None
    if score.star >= target:
        return True
    asked = any(level == target for level, _ in score.indicator.levels)
    return False if asked else None


def below_target(outcome: Outcome) -> list[IndicatorScore]:
    """The settled indicators that the text asks to reach the target, and that do not."""
    target = outcome.catalog.target
    return [score for score in starred(outcome.scores.dimensions) if reaches(score, target) is False]
