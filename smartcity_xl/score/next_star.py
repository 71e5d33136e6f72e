"""What keeps an indicator of a star system from its next star, in words: for the answers that counted, and as a live
formula, which says the same of the cells that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, partial
from typing import TypeAlias

from smartcity_xl.books.live import (
    EMPTY,
    FAILED,
    Live,
    Value,
    choose,
    left,
    length,
    number,
    round_to,
    say_number,
    text,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Indicator, IndicatorScore
from smartcity_xl.rules.exact import Rows, Values, holds, round_half_up, value_of_node
from smartcity_xl.rules.formula import Cells, constant, render_condition, render_node
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import Comparison, Connective, Node, Number, spell_out
from smartcity_xl.rules.words import describe_node, unit_of


def describe_next(catalog: Catalog, score: IndicatorScore) -> str:
    """What keeps an indicator from its next star, in words; empty at the top and where nothing is settled."""
    above = score.next_star
    if above is None:
        return ""
    gaps = []
    for gap in above.gaps:
        limit = _limit(gap.condition)
        found = _shown(gap.found, limit.percent) if limit and gap.found is not None else ""
        gaps.append(word_gap(catalog, gap.condition, found))
    return label("stars.next", level=label(f"stars.level_{above.level}"), gaps=label("word.list").join(gaps))


def word_gap(catalog: Catalog, condition: Node, found: str) -> str:
    """A condition that does not hold, with what was found instead, where it is a number."""
    said = describe_node(condition, catalog.label, catalog.unit)
    limit = _limit(condition)
    if found and limit and not limit.percent and isinstance(condition, Comparison):
        found += unit_of(condition.left, catalog.unit)
    return label("stars.gap", condition=said, found=found) if found else said


def _limit(condition: Node) -> Number | None:
    """The constant that a condition holds something against."""
    right = condition.right if isinstance(condition, Comparison) else None
    return right if isinstance(right, Number) else None


def conditions_of(indicator: Indicator, condition: Node) -> tuple[Node, ...]:
    """Every part of a conjunction, with the named parts of the rule spelt out: the same nodes whenever it is asked, for
    what is made of a node is known by the node."""
    return _conditions(Itself(indicator), Itself(condition))


@lru_cache(maxsize=1_024)
def _conditions(indicator: Itself[Indicator], condition: Itself[Node]) -> tuple[Node, ...]:
    def split(node: Node) -> Iterator[Node]:
        if isinstance(node, Connective) and node.operator == "and":
            for operand in node.operands:
                yield from split(operand)
        else:
            yield node

    return tuple(split(spell_out(indicator.one.rule, condition.one)))


# --- as a formula ------------------------------------------------------------------------------------------------


AsGiven: TypeAlias = Callable[[], tuple[Values, Mapping[str, Rows]] | None]
"""The answers that a rule reads, as they stand now: values and rows of tables; None while one is wanting."""


def gaps_formula(catalog: Catalog, indicator: Indicator, level: int, cells: Cells, given: AsGiven) -> Live:
    """All that keeps an indicator from a level, each with a separator after it; an error while an answer is wanting."""
    found = EMPTY
    for condition in conditions_of(indicator, dict(indicator.levels)[level]):
        met = Live(render_condition(condition, cells), _over(given, partial(holds, condition)))
        one = choose(met, EMPTY, _live_gap(catalog, condition, cells, given) & text(label("word.list")))
        found = one if found is EMPTY else found & one
    return found


def _over(given: AsGiven, find: Callable[[Values, Mapping[str, Rows]], Value]) -> Callable[[], Value]:
    def now() -> Value:
        held = given()
        return FAILED if held is None else find(*held)

    return now


def _live_gap(catalog: Catalog, condition: Node, cells: Cells, given: AsGiven) -> Live:
    limit = _limit(condition)
    if limit is None or not isinstance(condition, Comparison):
        return text(word_gap(catalog, condition, ""))
    before, after = word_gap(catalog, condition, "\0").split("\0")
    measured = _over(given, partial(value_of_node, condition.left))
    scaled = Live(f"({render_node(condition.left, cells)})", measured)
    if limit.percent:
        scaled = number(100) * scaled
    short = round_to(scaled, 4)
    sign = choose(short.equals(round_to(scaled, 10)), EMPTY, text("≈"))
    return text(before) & sign & say_number(scaled, 4) & text(("%" if limit.percent else "") + after)


def next_formula(indicator: Indicator, star: Live, gaps: Mapping[int, Live]) -> Live:
    """What the next star wants, by the cells with the gaps of each level; empty text at the top."""
    separator, found = len(label("word.list")), EMPTY
    for level, _ in indicator.levels:
        before, after = label("stars.next", level=label(f"stars.level_{level}"), gaps="\0").split("\0")
        listed = left(gaps[level], length(gaps[level]) - number(separator))
        line = text(before) & listed & text(after) if after else text(before) & listed
        found = choose(star < number(level), line, found)
    return found


def _shown(value: Fraction, percent: bool) -> str:
    """A number beside its threshold: to four decimals for reading, with a sign where that hides something."""
    scaled = 100 * value if percent else value
    short = round_half_up(scaled, 4)
    return ("" if short == scaled else "≈") + constant(short) + ("%" if percent else "")
