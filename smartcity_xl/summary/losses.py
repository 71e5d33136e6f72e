"""Where points were lost, or stars missed, on the first page; and what is strongest and weakest."""

from __future__ import annotations

from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import IndicatorScore
from smartcity_xl.results.highlights import Strength, strengths
from smartcity_xl.results.shown import two
from smartcity_xl.results.stars import below_target
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.score.next_star import describe_next
from smartcity_xl.summary.front import CODE, LAST, LINE, NAME, NUMBERS, Front

_MOST = 10
_NAMED = 3
_DUTY = NUMBERS + 5


def write_losses(front: Front, at: int) -> int:
    """The ten indicators that lost the most points; gives the row after them."""
    page, losses = front.page, front.record.lost
    front.section(at, label("overview.losses"))
    if not losses:
        page.merged(at + 1, 0, LAST, label("overview.no_losses"), "cell")
        return at + 2
    at += 1
    page.join(at, NAME, NUMBERS + 1, "head")
    page.join(at, _DUTY, LAST, "head")
    front.heads(at, {CODE: "head.code", NAME: "head.name", NUMBERS + 2: "overview.points", NUMBERS + 3: "overview.full",
                     NUMBERS + 4: "overview.lost", _DUTY: "head.duty"})  # fmt: skip
    for indicator in losses[:_MOST]:
        at += 1
        node = name_of(Height.MARK, indicator.code)
        page.text(at, CODE, indicator.code, "centre", front.places.scores.get(node))
        page.merged(at, NAME, NUMBERS + 1, indicator.name, "cell")
        page.number(at, NUMBERS + 2, float(indicator.points or 0), "score")
        page.number(at, NUMBERS + 3, float(indicator.points_full), "score")
        page.number(at, NUMBERS + 4, float(indicator.lost or 0), "score_bold")
        duty = _duty(front, indicator.code)
        page.merged(at, _DUTY, LAST, duty, "cell")
        page.height(at, {NAME: indicator.name, _DUTY: duty}, least=LINE)
    return at + 1


def _duty(front: Front, code: str) -> str:
    """The lead department, and how many there are."""
    named = front.outcome.assignment.duties.get(code, ())
    lead = front.outcome.assignment.name(named[0]) if named else ""
    return lead + (label("overview.and_others", number=len(named)) if named[1:] else "")


def write_below(front: Front, at: int) -> int:
    """The ten indicators farthest below the target level, and what the next star wants; gives the row after them."""
    page, outcome = front.page, front.outcome
    target = outcome.catalog.target
    below = sorted(below_target(outcome), key=lambda one: (one.star or 0, not one.indicator.leading))
    level = label(f"stars.level_{target}")
    front.section(at, label("stars.farthest", level=level, number=min(_MOST, len(below)), whole=len(below)))
    if not below:
        page.merged(at + 1, 0, LAST, label("stars.none_below"), "cell")
        return at + 2
    at += 1
    lost = outcome.catalog.graded
    page.join(at, NAME, NUMBERS + 1, "head")
    words = NUMBERS + 3 + lost
    page.join(at, words, LAST, "head")
    heads = {CODE: "head.code", NAME: "head.name", NUMBERS + 2: "head.star", words: "head.next_star"}
    front.heads(at, heads | ({NUMBERS + 3: "overview.lost"} if lost else {}))
    for score in below[:_MOST]:
        at += 1
        _write_below(front, at, score, words)
    return at + 1


def _write_below(front: Front, at: int, score: IndicatorScore, words: int) -> None:
    page, indicator = front.page, score.indicator
    node, text = name_of(Height.MARK, indicator.code), _cut(describe_next(front.outcome.catalog, score))
    name = indicator.name + ("★" if indicator.leading else "")
    page.text(at, CODE, indicator.code, "centre", front.places.scores.get(node))
    page.merged(at, NAME, NUMBERS + 1, name, "cell")
    page.number(at, NUMBERS + 2, score.star or 0, "star")
    if words > NUMBERS + 3:
        one = next(one for one in front.record.indicators if one.code == indicator.code)
        page.number(at, NUMBERS + 3, float(one.lost or 0), "score")
    page.merged(at, words, LAST, text, "small")
    page.height(at, {NAME: name, words: text}, least=LINE)


def _cut(text: str, most: int = 48) -> str:
    """As much of a long wording as the page has room for; the breakdown has all of it."""
    text = text.replace("\n", " ")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def write_strengths(front: Front, at: int) -> int:
    """The strongest and the weakest groups in two lines; gives the next row. None where there is no choice."""
    ranked = strengths(front.record)
    if len(ranked) < 2 * _NAMED:
        return at
    for name, groups in (("strongest", ranked[:_NAMED]), ("weakest", tuple(reversed(ranked[-_NAMED:])))):
        text = label("word.list").join(map(_word_strength, groups))
        front.page.text(at, CODE, label(f"overview.{name}"), "label")
        front.page.merged(at, NAME, LAST, text, "cell")
        front.page.height(at, {NAME: text}, least=LINE)
        at += 1
    return at


def _word_strength(one: Strength) -> str:
    return label("overview.strength", code=one.code, name=one.name, rate=two(round_half_up(one.rate * 100, 1)))
