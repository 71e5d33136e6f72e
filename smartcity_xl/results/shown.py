"""How numbers and results are shown: the same in ``results.json``, in the workbooks and on the command line."""

from __future__ import annotations

from fractions import Fraction

from smartcity_xl.messages import label, word_value
from smartcity_xl.model import MergedSlot, Outcome, Slot, State
from smartcity_xl.results.stars import reaches, starred
from smartcity_xl.rules.exact import count_rounded, shown


def two(value: Fraction) -> str:
    """A score: two decimals, rounded half-up."""
    hundredths = count_rounded(value)
    if hundredths < 0:
        return f"-{-hundredths // 100}.{-hundredths % 100:02d}"
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def exact(value: Fraction | None) -> str | None:
    """A number in full; one that has no finite decimal form to ten places."""
    return None if value is None else shown(value)


def shown_value(slot: Slot, value: Fraction | None) -> str:
    """A slot's value as people write it; empty where there is none."""
    return "" if value is None else word_value(slot, value)


def is_none(merged: MergedSlot) -> bool:
    """Whether a slot is settled by “we have none” (E75): there is a value to count with, and none that was given."""
    return bool(merged.used) and all(answer.state is State.NOT_APPLICABLE for answer in merged.used)


def shown_answer(slot: Slot, merged: MergedSlot) -> str:
    """A slot's value as people write it; 不适用 where there is none to count."""
    return label("state.not-applicable") if is_none(merged) else shown_value(slot, merged.value)


def result_words(outcome: Outcome) -> str:
    """What a run came to, in a few words: the total, or how many indicators reach the target."""
    scores = outcome.scores
    if outcome.catalog.graded:
        return label("overview.result", score=two(scores.total), full=two(scores.full))
    levels = starred(scores.dimensions)
    reached = sum(reaches(score, outcome.catalog.target) is True for score in levels)
    level = label(f"stars.level_{outcome.catalog.target}")
    return label("overview.result_stars", level=level, reached=reached, whole=len(levels))
