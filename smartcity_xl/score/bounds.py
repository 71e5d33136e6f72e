"""Between which values every level of a system can still lie.

An indicator's range is over all answers that would settle it. Above the indicators one that is open may also stay
without a score, as it does while an answer is not there, or for good where one is 不适用: then it counts 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, reduce

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.catalog.score_tree import APART, TOTAL, Height, ScoreTree, build_score_tree, name_of, score_rule
from smartcity_xl.model import (
    Assignment,
    Bounds,
    Catalog,
    Indicator,
    IndicatorBounds,
    IndicatorScore,
    Merged,
    ScoreBounds,
    Scores,
    Slack,
)
from smartcity_xl.rules.exact import Rows, value_of
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import Arithmetic, Node, Reference, Rule, names_used, rewrite, spell_out
from smartcity_xl.score.domains import OpenAnswers, open_answers
from smartcity_xl.score.extremes import End, KnownWays, OpenRule, find_end

_ZERO = Fraction(0)
_GRAVEST = (Slack.EFFORT, Slack.LIMIT, Slack.SHARED, Slack.NONE)


def find_bounds(catalog: Catalog, assignment: Assignment | None, merged: Merged, scores: Scores) -> ScoreBounds:
    """The range of every level. Without an assignment a sum over departments is taken for that of one."""
    surveyor = _Surveyor(catalog, merged, build_score_tree(catalog), open_answers(catalog, assignment, merged))
    return surveyor.survey(scores)


class _Reached(Struct, frozen=True):
    """An open indicator: between which values its rule and its score lie."""

    indicator: Indicator
    mark: Bounds
    score: Bounds | None


class _Surveyor(Struct):
    catalog: Catalog
    merged: Merged
    tree: ScoreTree
    open: OpenAnswers
    reached: dict[str, _Reached] = field(default_factory=dict)

    def survey(self, scores: Scores) -> ScoreBounds:
        indicators = {one.indicator.code: self.indicator(one) for one in scores.indicators}
        floors = self.levels(scores, top=False)
        ceilings = self.levels(scores, top=True) if self.reached else floors  # nothing is open: both ends are one
        levels = {name: _range(floors[name], ceilings[name]) for name in floors}
        return ScoreBounds(
            indicators,
            {c.category.code: levels[name_of(Height.CATEGORY, c.category.code)]
             for d in scores.dimensions for c in d.categories},
            {d.dimension.code: levels[name_of(Height.DIMENSION, d.dimension.code)] for d in scores.dimensions},
            levels[TOTAL], levels[APART],
        )  # fmt: skip

    # --- an indicator --------------------------------------------------------------------------------------------

    def indicator(self, score: IndicatorScore) -> IndicatorBounds:
        indicator, worth = score.indicator, self.catalog.worth(score.indicator)
        if score.mark is not None:
            points = score.points
            return IndicatorBounds(
                Bounds(score.mark, score.mark),
                None if score.score is None else Bounds(score.score, score.score),
                None if points is None else Bounds(points, points),
            )
        found = self.reached[indicator.code] = self.reach(indicator)
        earned = found.score
        if earned is None:
            return IndicatorBounds(found.mark, None, None)
        floor, ceiling = (None if end is None else worth * end for end in (earned.floor, earned.ceiling))
        return IndicatorBounds(found.mark, earned, Bounds(floor, ceiling, earned.slack))

    def reach(self, indicator: Indicator) -> _Reached:
        """Both ends of a rule. A table that is open is there with a row, or, where the catalog allows it, without."""
        question = self.question([indicator], indicator.rule)
        earns = self.tree.of(Height.SCORE, indicator.code) is not None

        def enough(bound: Fraction, best: Fraction) -> bool:
            return bound == best or (earns and self.score(indicator, bound) == self.score(indicator, best))

        known: KnownWays = {}
        low, high = (find_end(question, sign, enough, known) for sign in (-1, 1))
        for table in question.rows:
            if self.open.tables[table]:
                bare = replace(question, rows=(), tables={**question.tables, table: ()}, choices={
                    name: one for name, one in question.choices.items() if not name.startswith(f"{table}.")
                })  # fmt: skip
                low, high = _hull(low, find_end(bare, -1, enough), -1), _hull(high, find_end(bare, 1, enough), 1)
        mark = _bounds(low, high)
        return _Reached(indicator, mark, self.earned(indicator, low, high) if earns else None)

    def earned(self, indicator: Indicator, low: End, high: End) -> Bounds:
        """The score at both ends of the rule. What nothing limits, a cap may."""
        most = indicator.deduct_max if indicator.deducts else None
        ends = [self.score(indicator, end.bound) if end.bound is not None else None if most is None else -most
                for end in (low, high)]  # fmt: skip
        found = [self.score(indicator, end.best) for end in (low, high)]
        exact = ends == found
        if indicator.deducts:
            ends.reverse()
        slack = Slack.NONE if exact else Slack.LIMIT if None in ends else Slack.EFFORT
        return Bounds(ends[0], ends[1], slack)

    def score(self, indicator: Indicator, mark: Fraction) -> Fraction:
        rule = score_rule(indicator, self.catalog.settings.rounding)
        return value_of(rule, {name_of(Height.MARK, indicator.code): mark})

    def question(self, indicators: Iterable[Indicator], rule: Rule) -> OpenRule:
        """A rule over the answers that some indicators read."""
        settled: dict[str, Fraction] = {}
        tables: dict[str, Rows] = {}
        read: set[str] = set()
        rows = []
        for figure in (figure for one in indicators for figure in self.catalog.figures_of[one.code]):
            for slot in figure.slots:
                value = self.merged.slots[slot.key].value
                read.add(slot.key)
                settled |= {} if value is None else {slot.key: value}
            if figure.key in self.open.tables:
                rows.append(figure.key)
                read |= {f"{figure.key}.{column.key}" for column in figure.columns}
            elif figure.columns:
                used = self.merged.tables[figure.key].used
                tables[figure.key] = used.values if used else ()
        choices = {name: one for name, one in self.open.choices.items() if name in read}
        parts = tuple(pair for pair in self.open.parts if set(pair) <= read)
        return OpenRule(self.catalog, self.tree, rule, settled, tables, choices, parts, tuple(dict.fromkeys(rows)))

    # --- what they add up to -------------------------------------------------------------------------------------

    def levels(self, scores: Scores, top: bool) -> Mapping[str, tuple[Fraction | None, Slack]]:
        """Every level above the indicators, with all that is open at its highest, or at its lowest."""
        values: dict[str, Fraction] = {}
        slack: dict[str, Slack] = {}
        endless = set()
        for one in scores.indicators:
            code, name = one.indicator.code, name_of(Height.SCORE, one.indicator.code)
            if one.score is not None:
                values[name] = one.score
            elif code in self.reached and (bounds := self.reached[code].score):
                end = bounds.ceiling if top else bounds.floor
                endless |= {name} if end is None else set()
                values[name] = max(end or _ZERO, _ZERO) if top else min(end or _ZERO, _ZERO)
                slack[name] = bounds.slack if values[name] else Slack.NONE
        loose = self.tie(values, slack, top)
        return self.climb(values, slack, endless, loose)

    def climb(
        self, values: dict[str, Fraction], slack: Mapping[str, Slack], endless: set[str], loose: list[frozenset[str]]
    ) -> Mapping[str, tuple[Fraction | None, Slack]]:
        """Every level by the scores below it, and why its end may be wider than what can be reached."""
        found, reads = {}, _reads_of(Itself(self.tree))
        below: dict[str, frozenset[str]] = {name: frozenset({name}) for name in values}
        for name, node in self.tree.nodes.items():
            if node.height in (Height.MARK, Height.SCORE, Height.POINTS):
                continue
            below[name] = frozenset(score for one in reads[name] for score in below.get(one, ()))
            values[name] = value_of(node.rule, values)
            why = {slack[score] for score in below[name] if score in slack}
            why |= {Slack.SHARED for group in loose if len(group & below[name]) > 1}
            end = None if below[name] & endless else values[name]
            found[name] = end, next((one for one in _GRAVEST if one in why), Slack.NONE)
        return found

    # --- indicators that read one open answer --------------------------------------------------------------------

    def tie(self, values: dict[str, Fraction], slack: dict[str, Slack], top: bool) -> list[frozenset[str]]:
        """Indicators that read one open answer and cannot all come to their ends: where they stand in one category the
        sum of their scores is brought to what it can be. Given back are those of which that cannot be said."""
        loose = []
        for group in self.groups(values):
            names = [name_of(Height.SCORE, one.indicator.code) for one in group]
            goal = sum((values[name] for name in names), _ZERO)
            together = find_end(self.sum_of(group), 1 if top else -1)
            if together.best == goal:
                continue
            one_sided = all(one.indicator.deducts is not top and _keeps_side(one, top) for one in group)
            category = len({one.indicator.category for one in group}) == 1
            if category and one_sided and together.bound is not None and not any(map(self.may_lack_rows, group)):
                values[names[0]] += together.bound - goal
                slack[names[0]] = Slack.NONE if together.reached else Slack.SHARED
            else:
                loose.append(frozenset(names))
        return loose

    def groups(self, values: Mapping[str, Fraction]) -> Iterator[list[_Reached]]:
        """The open indicators that hang together by open answers and count at this end. One that counts nothing there
        is left out where an answer of its own alone can keep it without a score."""
        left = {code: one for code, one in self.reached.items() if one.score}
        reads = {code: self.reads(one.indicator) for code, one in left.items()}
        while left:
            code, first = left.popitem()
            group, names = [first], set(reads[code])
            while more := [code for code in left if reads[code] & names]:
                group += [left.pop(code) for code in more]
                names = names.union(*(reads[code] for code in more))
            if any(values[name_of(Height.SCORE, one.indicator.code)] for one in group):
                bound = [one for one in group if self.counts(one, group, values, reads)]
                if len(bound) > 1:
                    yield sorted(bound, key=lambda one: one.indicator.code)

    def counts(
        self, one: _Reached, group: list[_Reached], values: Mapping[str, Fraction], reads: Mapping[str, set[str]]
    ) -> bool:
        code = one.indicator.code
        others = set[str]().union(*(reads[other.indicator.code] for other in group if other is not one))
        return bool(values[name_of(Height.SCORE, code)]) or not reads[code] - others

    def reads(self, indicator: Indicator) -> set[str]:
        """The open answers that an indicator reads, and those that a part and its whole tie to them."""
        question = self.question([indicator], indicator.rule)
        tied = {name for pair in self.open.parts if question.choices.keys() & set(pair) for name in pair}
        return question.choices.keys() | (tied & self.open.choices.keys())

    def may_lack_rows(self, one: _Reached) -> bool:
        return any(self.open.tables.get(f.key) for f in self.catalog.figures_of[one.indicator.code])

    def sum_of(self, group: Iterable[_Reached]) -> OpenRule:
        """The sum of the scores of some indicators, as one rule."""
        indicators = [one.indicator for one in group]
        terms = [self.score_of(one) for one in indicators]
        total = reduce(lambda left, right: Arithmetic("+", left, right), terms[1:], terms[0])
        return self.question(indicators, Rule("", (), total))

    def score_of(self, indicator: Indicator) -> Node:
        """An indicator's score by its answers, in one node."""
        mark, rule = Reference(name_of(Height.MARK, indicator.code)), spell_out(indicator.rule)
        score = score_rule(indicator, self.catalog.settings.rounding)
        return rewrite(score.result, lambda node: rule if node == mark else node)


@lru_cache(maxsize=64)
def _reads_of(tree: Itself[ScoreTree]) -> Mapping[str, tuple[str, ...]]:
    """Name of a node -> the names that it reads."""
    return {name: names_used(node.rule) for name, node in tree.one.nodes.items()}


def _keeps_side(one: _Reached, top: bool) -> bool:
    """Whether settled it never brings less to this end than without a score."""
    if one.score is None:
        return False
    end = one.score.floor if top else one.score.ceiling
    return end is not None and (end >= 0 if top else end <= 0)


def _bounds(low: End, high: End) -> Bounds:
    reached = low.reached and high.reached
    slack = Slack.NONE if reached else Slack.LIMIT if None in (low.bound, high.bound) else Slack.EFFORT
    return Bounds(low.bound, high.bound, slack)


def _range(floor: tuple[Fraction | None, Slack], ceiling: tuple[Fraction | None, Slack]) -> Bounds:
    return Bounds(floor[0], ceiling[0], min(floor[1], ceiling[1], key=_GRAVEST.index))


def _hull(one: End, other: End, sign: int) -> End:
    """The end over two sorts of answers: what limits neither, and the better of what was found."""
    ends = [end.bound for end in (one, other)]
    best = max((one, other), key=lambda end: end.best * sign)
    known = [end for end in ends if end is not None]
    return End(None if None in ends else max(known, key=lambda end: end * sign), best.best, best.at)
