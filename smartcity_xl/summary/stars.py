"""What a star system shows instead of a total: how many indicators reach each level, and what keeps the others from it.

No star is worked out for the whole city: no text says how (E66).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, DimensionScore, IndicatorScore, Outcome
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.tree import Comparison, Number
from smartcity_xl.rules.words import describe_node

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


def describe_next(catalog: Catalog, score: IndicatorScore) -> str:
    """What keeps an indicator from its next star, in words; empty at the top and where nothing is settled."""
    above = score.next_star
    if above is None:
        return ""
    gaps = []
    for gap in above.gaps:
        text, condition = describe_node(gap.condition, catalog.label), gap.condition
        if gap.found is not None and isinstance(condition, Comparison) and isinstance(condition.right, Number):
            found = _shown(gap.found, condition.right.percent)
            text = label("stars.gap", condition=text, found=found)
        gaps.append(text)
    return label("stars.next", level=label(f"stars.level_{above.level}"), gaps=label("word.list").join(gaps))


def _shown(value: Fraction, percent: bool) -> str:
    """A number beside its threshold: to four decimals for reading, with a sign where that hides something."""
    scaled = 100 * value if percent else value
    short = round_half_up(scaled, 4)
    return ("" if short == scaled else "≈") + constant(short) + ("%" if percent else "")
