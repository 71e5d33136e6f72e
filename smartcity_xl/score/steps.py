"""What would win points back: for each indicator the answers that would have to be others, found by its rule and held
against the engine; the best of them for the city, and for each department.

Only what would have to be true is said, never that a figure be written. No step makes a whole smaller, moves what
somebody awards, or breaks a part and its whole; and what earns points is nowhere to be less than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm

from msgspec import Struct, field

from smartcity_xl.catalog.duties import is_drawn_in, is_required
from smartcity_xl.catalog.score_tree import TOTAL, Height, ScoreTree, build_score_tree, name_of, score_rule
from smartcity_xl.model import (
    Advance,
    Advances,
    Assignment,
    Catalog,
    Indicator,
    IndicatorScore,
    Merged,
    Move,
    Reach,
    Rounding,
    Scores,
)
from smartcity_xl.rules.exact import Rows, Unreduced, Values, evaluate_pair, holds
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import Rule
from smartcity_xl.score.moves import Room, effort_of, is_near, read_by, remembered, takes_back
from smartcity_xl.score.next_star import conditions_of
from smartcity_xl.score.value import rests_on, value_again, value_tree

OF_CITY, OF_DEPARTMENT, OF_INDICATOR = 10, 3, 4
"""How many steps are told at most."""
_ZERO = Fraction(0)


def find_advances(catalog: Catalog, assignment: Assignment, merged: Merged, scores: Scores) -> Advances:
    """The steps of every indicator that is settled and could have more."""
    seeker = _Seeker(catalog, assignment, merged, build_score_tree(catalog), scores)
    found = {
        one.indicator.code: steps for one in scores.indicators if one.mark is not None and (steps := seeker.seek(one))
    }
    near = [step for steps in found.values() for step in steps if is_near(catalog, step.moves)]
    ranked = seeker.rank(near)
    asked = [(step, seeker.asked_by(step)) for step in ranked]
    departments = {
        key: seeker.reach([step for step, by in asked if key in by], OF_DEPARTMENT) for key in assignment.departments
    }
    return Advances(found, seeker.reach(ranked, OF_CITY), {key: one for key, one in departments.items() if one.steps})


class _Seeker(Struct):
    catalog: Catalog
    assignment: Assignment
    merged: Merged
    tree: ScoreTree
    scores: Scores
    now: dict[str, Fraction] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)
    values: Mapping[str, Unreduced] = field(default_factory=dict)
    today: Fraction = _ZERO
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scored: Mapping[str, Indicator] = field(default_factory=dict)
    given: dict[str, Values] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = {key: slot.value for key, slot in self.merged.slots.items() if slot.value is not None}
        self.tables = {key: one.used.values if one.used else () for key, one in self.merged.tables.items()}
        marks = {one.indicator.code: one.mark for one in self.scores.indicators if one.mark is not None}
        values = value_tree(self.tree, marks)
        self.values = {name: value.as_integer_ratio() for name, value in values.items()}
        self.above, self.today = rests_on(Itself(self.tree)), values[TOTAL]
        self.scored = {one.indicator.code: one.indicator for one in self.scores.indicators if one.mark is not None}

    # --- one indicator -------------------------------------------------------------------------------------------

    def seek(self, score: IndicatorScore) -> tuple[Advance, ...]:
        """Its steps, the smallest first; none that the engine does not confirm."""
        indicator, full = score.indicator, score.points_full
        if indicator.starred:
            moves = self.towards_star(score)
        elif score.points is not None and score.points < full:
            moves = self.towards_mark(score)
        else:
            return ()
        judged = (self.judge(indicator, tuple(one)) for one in moves if one and self.unsays_nothing(indicator, one))
        better = (step for step in judged if self.is_better(step, score))
        found: list[Advance] = []
        for step in sorted(better, key=lambda step: (effort_of(self.catalog, step.moves), -step.gain)):
            if not any(_does_as_much(one, step) for one in found):
                found.append(step)
        return tuple(found[:OF_INDICATOR])

    def is_better(self, step: Advance, score: IndicatorScore) -> bool:
        """Whether it brings something."""
        return step.gain > 0 if self.catalog.graded else (step.star or 0) > (score.star or 0)

    def unsays_nothing(self, indicator: Indicator, moves: Sequence[Move]) -> bool:
        """Whether all that counts for the indicator stays."""
        return indicator.deducts or not takes_back(self.catalog, moves)

    def room(self, indicator: Indicator) -> Room:
        return Room(self.catalog, self.merged, indicator, self.now, self.tables)

    def towards_mark(self, score: IndicatorScore) -> Iterator[list[Move]]:
        """One answer moved: to the next value that brings more, and to the one that brings most."""
        indicator, room = score.indicator, self.room(score.indicator)
        goal = _ZERO if indicator.deducts else indicator.full
        rule = _score_of_answers(Itself(indicator), self.catalog.settings.rounding)
        given = self.read(indicator)
        today = evaluate_pair(rule, given, self.tables, {})
        for slot in room.slots():
            worth = remembered(room.over(rule, slot.key, given), {self.now[slot.key].as_integer_ratio(): today})
            for value in room.targets(slot, worth, goal):
                yield [Move(slot.key, self.now[slot.key], value)]

    def towards_star(self, score: IndicatorScore) -> Iterator[list[Move]]:
        """All that keeps it from the next level, and from the one after."""
        indicator, room = score.indicator, self.room(score.indicator)
        for level, condition in reversed(indicator.levels):
            if level <= (score.star or 0):
                continue
            at, moves = dict(self.now), dict[str, Move]()
            for one in conditions_of(indicator, condition):
                if holds(one, at, self.tables):
                    continue
                found = room.make_hold(one, at)
                if found is None:
                    break
                for move in found:
                    at[move.slot] = move.then
                    moves[move.slot] = Move(move.slot, self.now[move.slot], move.then)
            else:
                yield list(moves.values())

    # --- what it comes to ----------------------------------------------------------------------------------------

    def apply(self, moves: Iterable[Move]) -> Mapping[str, Unreduced]:
        """The tree with some answers moved: the engine's word on a step."""
        moved = {move.slot: move.then for move in moves}
        codes = {code for slot in moved for code in self.catalog.used_by[slot.partition(".")[0]]}
        scored = [self.scored[code] for code in sorted(codes) if code in self.scored]
        marks = {one.code: evaluate_pair(one.rule, {**self.read(one), **moved}, self.tables, {}) for one in scored}
        return value_again(self.tree, self.above, self.values, marks)

    def read(self, indicator: Indicator) -> Values:
        """The answers that an indicator reads."""
        if indicator.code not in self.given:
            self.given[indicator.code] = read_by(self.catalog, indicator.rule, self.now)
        return self.given[indicator.code]

    def judge(self, indicator: Indicator, moves: tuple[Move, ...]) -> Advance:
        after = self.apply(moves)
        star = int(Fraction(*after[name_of(Height.MARK, indicator.code)])) if indicator.starred else None
        total = Fraction(*after[TOTAL])
        figures = dict.fromkeys(move.slot.partition(".")[0] for move in moves)
        asked = dict.fromkeys(one for figure in figures for one in self.assignment.asked[figure])
        score = after.get(name_of(Height.SCORE, indicator.code))
        scored = None if score is None else Fraction(*score)
        return Advance(indicator.code, moves, total - self.today, scored, star, total, tuple(asked))

    # --- the best of them ----------------------------------------------------------------------------------------

    def rank(self, steps: Sequence[Advance]) -> list[Advance]:
        """By what is gained for what would have to change, the most first; of equals the greater gain."""
        gains = [step.gain if self.catalog.graded else Fraction(1) for step in steps]
        efforts = [effort_of(self.catalog, step.moves) for step in steps]
        ratios = _in_one_part([gain / effort for gain, effort in zip(gains, efforts, strict=True)])
        keys = list(zip(ratios, _in_one_part(gains), strict=True))
        return [steps[at] for at in sorted(range(len(steps)), key=keys.__getitem__, reverse=True)]

    def asked_by(self, step: Advance) -> tuple[str, ...]:
        """The departments that must give the answers themselves that a step rests on."""
        figures = [self.catalog.figures[key] for key in dict.fromkeys(m.slot.partition(".")[0] for m in step.moves)]
        return tuple(
            department
            for department in (self.assignment.asked[figures[0].key] if figures else self.assignment.departments)
            if is_drawn_in(self.catalog, self.assignment, department, step.indicator)
            and all(
                department in self.assignment.asked[figure.key] and is_required(self.assignment, figure, department)
                for figure in figures
            )
        )

    def reach(self, ranked: Sequence[Advance], most: int) -> Reach:
        """The best that can be taken together: one of each indicator, none that moves what another moves."""
        chosen: list[Advance] = []
        codes, moved = set[str](), set[str]()
        for step in ranked:
            slots = {move.slot for move in step.moves}
            if step.indicator not in codes and moved.isdisjoint(slots):
                chosen.append(step)
                codes.add(step.indicator)
                moved |= slots
            if len(chosen) == most:
                break
        if not chosen:
            return Reach((), _ZERO)
        together = self.apply(move for step in chosen for move in step.moves)
        return Reach(tuple(chosen), Fraction(*together[TOTAL]) - self.today)


@lru_cache(maxsize=1_024)
def _score_of_answers(indicator: Itself[Indicator], rounding: Rounding) -> Rule:
    """An indicator's score from its answers: its rule, and what the score makes of the mark."""
    rule, mark = indicator.one.rule, name_of(Height.MARK, indicator.one.code)
    return Rule("", (*rule.parts, (mark, rule.result)), score_rule(indicator.one, rounding).result)


def _in_one_part(numbers: Sequence[Fraction]) -> list[int]:
    """Each as a whole number of one part that all are whole numbers of: to sort by these is quicker."""
    common = lcm(*(one.denominator for one in numbers))
    return [one.numerator * (common // one.denominator) for one in numbers]


def _does_as_much(one: Advance, other: Advance) -> bool:
    """Whether a step moves the same answers as another, and brings no less."""
    same = {move.slot for move in one.moves} == {move.slot for move in other.moves}
    return same and one.gain >= other.gain and (one.star or 0) >= (other.star or 0)
