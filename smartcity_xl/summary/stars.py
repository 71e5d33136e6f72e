"""What keeps an indicator of a star system from its next star, in words."""

from __future__ import annotations

from fractions import Fraction

from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, IndicatorScore
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.tree import Comparison, Number
from smartcity_xl.rules.words import describe_node, unit_of


def describe_next(catalog: Catalog, score: IndicatorScore) -> str:
    """What keeps an indicator from its next star, in words; empty at the top and where nothing is settled."""
    above = score.next_star
    if above is None:
        return ""
    gaps = []
    for gap in above.gaps:
        text, condition = describe_node(gap.condition, catalog.label, catalog.unit), gap.condition
        if gap.found is not None and isinstance(condition, Comparison) and isinstance(condition.right, Number):
            unit = "" if condition.right.percent else unit_of(condition.left, catalog.unit)
            found = _shown(gap.found, condition.right.percent) + unit
            text = label("stars.gap", condition=text, found=found)
        gaps.append(text)
    return label("stars.next", level=label(f"stars.level_{above.level}"), gaps=label("word.list").join(gaps))


def _shown(value: Fraction, percent: bool) -> str:
    """A number beside its threshold: to four decimals for reading, with a sign where that hides something."""
    scaled = 100 * value if percent else value
    short = round_half_up(scaled, 4)
    return ("" if short == scaled else "≈") + constant(short) + ("%" if percent else "")
