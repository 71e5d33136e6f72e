"""The lowest and the highest that a rule can come to over open answers, each with answers that bring it there.

A box holds a piece for each open answer. Interval arithmetic says what no answers in a box can exceed (``ranges``; an
answer that moves the rule one way only stands at its end: ``influence``), the engine says what chosen answers come to.
Where both meet, the end is exact; else the box that promises most is cut in two, for as long as the effort allows.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count, product

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.catalog.score_tree import ScoreTree
from smartcity_xl.model import Catalog
from smartcity_xl.rules.exact import Rows, Values, value_of
from smartcity_xl.rules.tree import Count, Node, Pick, Points, Quotient, Reference, Rule, walk
from smartcity_xl.score.domains import Stretch, Stretches
from smartcity_xl.score.influence import Way, find_ways
from smartcity_xl.score.quotients import find_quotient_end, least_of, read_sum
from smartcity_xl.score.ranges import Range, range_of

MOST_BOXES = 48
"""Boxes that are looked into for one end."""
_MOST_CORNERS = 64
"""Boxes that pieces are laid out in at the start."""
_TRIED = 12
"""Answers of one box that are moved one by one in search of better ones."""

Box = Mapping[str, Stretch]


class OpenRule(Struct, frozen=True):
    """A rule to be taken to an end. ``settled``: the answers that are; ``tables``: the rows of tables that are;
    ``choices``: the open ones; ``parts``: part and whole; ``rows``: tables that are open, each taken with one row (the
    mean over several lies between those of each alone)."""

    catalog: Catalog
    tree: ScoreTree
    rule: Rule
    settled: Values
    tables: Mapping[str, Rows]
    choices: Mapping[str, Stretches]
    parts: Sequence[tuple[str, str]] = ()
    rows: tuple[str, ...] = ()


class End(Struct, frozen=True):
    """``bound``: what cannot be exceeded, None where nothing limits it; ``best``: the most that was found, and ``at``
    which answers."""

    bound: Fraction | None
    best: Fraction
    at: Mapping[str, Fraction]

    @property
    def reached(self) -> bool:
        return self.bound == self.best


Enough = Callable[[Fraction, Fraction], bool]
"""Whether a bound and what was found are as good as one."""


KnownWays = dict[frozenset[tuple[str, Stretch]], Mapping[str, Way]]
"""What answers do to a rule in a box, once read: both ends of a rule begin in the same boxes."""


def find_end(
    question: OpenRule, sign: int, enough: Enough = lambda bound, best: bound == best, known: KnownWays | None = None
) -> End:
    """The highest (``sign`` 1) or the lowest (-1) end of a rule; ``known`` is shared by the two ends of one."""
    try:
        return _Search(question, sign, enough, {} if known is None else known).run()
    except _NoRoom:  # what is settled leaves none for a part and its whole: it counts, with a query
        return _Search(replace(question, parts=()), sign, enough, {}).run()


class _NoRoom(Exception):
    """No answers keep to all that is stated."""


class _Search(Struct):
    """Works with the rule's value times ``sign``: the highest of it is looked for."""

    question: OpenRule
    sign: int
    enough: Enough
    known: KnownWays
    best: Fraction | None = None
    at: Mapping[str, Fraction] = field(default_factory=dict)
    number: Iterator[int] = field(default_factory=lambda: count(0, -1))
    """Of boxes that promise the same, the newest is looked into first."""

    uses: Mapping[str, int] = field(default_factory=dict)
    hints: list[Mapping[str, Fraction]] = field(default_factory=list)
    """Answers at which a quotient of the box that is looked into has an end."""

    def run(self) -> End:
        self.uses = self.count_uses()
        heap: list[tuple[tuple[int, Fraction], int, Box]] = []
        for box in self.first_boxes():
            self.push(heap, box)
        for _ in range(MOST_BOXES):
            if not heap or self.is_enough(self.bound_of(heap)):
                break
            _, _, box = heapq.heappop(heap)
            for half in self.cut(box):  # of one point nothing: it has been tried
                self.push(heap, half)
        bound, best = self.bound_of(heap), self.best
        if best is None:
            raise _NoRoom
        if bound is not None:
            bound = max(bound, best) * self.sign
        return End(bound, best * self.sign, self.at)

    def is_enough(self, bound: Fraction | None) -> bool:
        if bound is None or self.best is None:
            return False
        return bound <= self.best or self.enough(bound * self.sign, self.best * self.sign)

    def bound_of(self, heap: list[tuple[tuple[int, Fraction], int, Box]]) -> Fraction | None:
        if not heap:
            return self.best
        endless, bound = heap[0][0]
        return None if endless else -bound

    def push(self, heap: list[tuple[tuple[int, Fraction], int, Box]], box: Box) -> None:
        """Look into a box: what it promises, and what can be found in it."""
        self.hints = []
        tight = self.tighten(box)
        if tight is None:
            return
        ways = self.ways(tight)
        bound = self.reach(tight, ways)
        if self.best is None or bound is None or bound > self.best:
            self.try_points(tight, ways, bound)
            if bound is None or self.best is None or bound > self.best:
                order = (-1, Fraction(0)) if bound is None else (0, -bound)
                heapq.heappush(heap, (order, next(self.number), tight))

    # --- boxes ---------------------------------------------------------------------------------------------------

    def first_boxes(self) -> Iterator[Box]:
        """One box for every way to pick pieces; those beyond count are told by their hull."""
        names = list(self.question.choices)
        pieces = [self.question.choices[name] for name in names]
        corners = 1
        for at, one in enumerate(pieces):
            corners *= len(one)
            if corners > _MOST_CORNERS:
                corners //= len(one)
                pieces[at] = (Stretch(min(p.low for p in one), max(p.high for p in one)),)
        for chosen in product(*pieces):
            yield dict(zip(names, chosen, strict=True))

    def tighten(self, box: Box) -> Box | None:
        """The box without answers that break a part and its whole; None where nothing is left."""
        found = dict(box)
        settled = self.question.settled
        for _ in range(len(self.question.parts) + 1):
            before = dict(found)
            for part, whole in self.question.parts:
                inner, outer = found.get(part), found.get(whole)
                least = inner.low if inner else settled.get(part)
                most = outer.high if outer else settled.get(whole)
                if inner and most is not None:
                    cut = inner.within(inner.low, most)
                    if cut is None:
                        return None
                    found[part] = cut
                if outer and least is not None:
                    cut = outer.within(least, outer.high)
                    if cut is None:
                        return None
                    found[whole] = cut
            if found == before:
                break
        return found

    def cut(self, box: Box) -> Iterator[Box]:
        """Two halves of a box, at the answer that is read most often among those that are not settled in it."""
        wide = [name for name, piece in box.items() if not piece.single]
        if not wide:
            return
        name = min(wide, key=lambda name: self.rank(name, box[name]))
        for half in box[name].halves():
            yield {**box, name: half}

    def rank(self, name: str, piece: Stretch) -> tuple[bool, int, Fraction]:
        lonely = piece.low == 0 and piece.grid is not None
        return not lonely, -self.uses.get(name, 0), piece.low - piece.high

    def count_uses(self) -> Mapping[str, int]:
        """Answer -> how often the rule reads it, parts spelt out."""
        parts = dict(self.question.rule.parts)
        found: Counter[str] = Counter()

        def read(node: Node) -> None:
            for one in walk(node):
                match one:
                    case Reference(name) if name in parts:
                        read(parts[name])
                    case Reference(name) | Pick(name):
                        found[name] += 1
                    case Points(checklist, pairs):
                        found.update(f"{checklist}.{item}" for item, _ in pairs)
                    case Count(checklist):
                        found.update(self.items(checklist))

        read(self.question.rule.result)
        return found

    # --- what a box promises -------------------------------------------------------------------------------------

    def ways(self, box: Box) -> Mapping[str, Way]:
        key = frozenset(box.items())
        if key not in self.known:
            given = self.ranges(box)
            self.known[key] = find_ways(self.question.catalog, self.question.tree, self.question.rule, given)
        return self.known[key]

    def ranges(self, box: Box, ends: Mapping[str, Fraction] | None = None) -> dict[str, Range]:
        given = {name: Range(value, value) for name, value in self.question.settled.items()}
        given |= {name: piece.range for name, piece in box.items()}
        given |= {name: Range(value, value) for name, value in (ends or {}).items()}
        return given

    def reach(self, box: Box, ways: Mapping[str, Way]) -> Fraction | None:
        """The most that the rule times the sign can be in a box; None where nothing limits it."""
        question, parts = self.question, dict(self.question.rule.parts)
        often = [name for name, uses in self.uses.items() if uses > 1 and name in box]
        given = self.ranges(box, {name: end for name in often if (end := self.end(box, ways, name)) is not None})

        def narrow(node: Quotient) -> Range | None:
            return self.narrow(node, box)

        def named(name: str) -> Range:
            if name not in given:
                if name not in parts:
                    return self.rows_of(name)
                given[name] = range_of(parts[name], named, self.items, narrow)
            return given[name]

        found = range_of(question.rule.result, named, self.items, narrow)
        end = found.high if self.sign > 0 else found.low
        return None if end is None else end * self.sign

    def rows_of(self, name: str) -> Range:
        """The range of a column of a settled table."""
        table, _, column = name.partition(".")
        values = [row[column] for row in self.question.tables.get(table, ())] or [Fraction(0)]
        return Range(min(values), max(values))

    def items(self, checklist: str) -> list[str]:
        return [slot.key for slot in self.question.catalog.figures[checklist].slots]

    def narrow(self, node: Quotient, box: Box) -> Range | None:
        """What no answers in a box can make of a quotient, by more than the ranges of its sides: a part of its whole is
        1 at most, a weighted mean may have its least inside the box."""
        match node.numerator, node.denominator:
            case Reference(part), Reference(whole) if (part, whole) in self.question.parts:
                return Range(None, Fraction(1))
        known = {**self.question.settled, **{name: one.low for name, one in box.items() if one.single}}
        parts = dict(self.question.rule.parts)
        over, under = (read_sum(side, known, parts) for side in (node.numerator, node.denominator))
        if over is None or under is None or not any(b for _, b in over.terms.values()):
            return None
        if not (over.terms.keys() | under.terms.keys()) <= box.keys() or least_of(under, box) <= 0:
            return None
        ends = {sign: find_quotient_end(over, under, box, sign) for sign in (-1, 1)}
        self.hints = [point for _, point in ends.values()]
        return Range(ends[-1][0], ends[1][0])

    def end(self, box: Box, ways: Mapping[str, Way], name: str) -> Fraction | None:
        """Where an answer that moves the rule one way only stands at the best; None for others."""
        way = ways.get(name, Way.UP)
        if way is Way.EITHER:
            return None
        return box[name].high if (way is Way.UP) == (self.sign > 0) else box[name].low

    # --- what is found in it -------------------------------------------------------------------------------------

    def try_points(self, box: Box, ways: Mapping[str, Way], bound: Fraction | None) -> None:
        """The corner where all answers stand best, then neighbours of the best point, one answer at a time."""
        ends = {name: self.end(box, ways, name) for name in box}
        start = {name: box[name].high if end is None else end for name, end in ends.items()}
        self.try_point(box, start)
        for hint in self.hints:
            self.try_point(box, {**start, **hint})
        moving = [name for name, piece in box.items() if not piece.single and (ends[name] is None or self.tied(name))]
        for _ in range(2):
            before = self.best
            for name in moving[:_TRIED]:
                for value in _stops(box[name]):
                    if bound is not None and self.best is not None and bound <= self.best:
                        return
                    here = self.at if self.at.keys() == box.keys() and _holds(box, self.at) else start
                    self.try_point(box, {**here, name: value})
            if self.best == before:
                return

    def tied(self, name: str) -> bool:
        return any(name in pair for pair in self.question.parts)

    def try_point(self, box: Box, point: Mapping[str, Fraction]) -> None:
        for repaired in self.repair(box, point):
            value = self.value(repaired) * self.sign
            if self.best is None or value > self.best:
                self.best, self.at = value, repaired

    def repair(self, box: Box, point: Mapping[str, Fraction]) -> list[Mapping[str, Fraction]]:
        """The point, with parts made smaller or wholes made larger where a part exceeds its whole."""
        broken = [pair for pair in self.question.parts if pair[0] in point and pair[1] in point]
        if all(point[part] <= point[whole] for part, whole in broken):
            return [point]
        lowered, raised = dict(point), dict(point)
        for _ in broken:
            for part, whole in broken:
                if lowered[part] > lowered[whole]:
                    cut = box[part].within(box[part].low, lowered[whole])
                    lowered[part] = cut.high if cut else lowered[part]
                if raised[part] > raised[whole]:
                    cut = box[whole].within(raised[part], box[whole].high)
                    raised[whole] = cut.low if cut else raised[whole]
        return [one for one in (lowered, raised) if all(one[part] <= one[whole] for part, whole in broken)]

    def value(self, point: Mapping[str, Fraction]) -> Fraction:
        return evaluate_at(self.question, point)


def evaluate_at(question: OpenRule, point: Mapping[str, Fraction]) -> Fraction:
    """What the rule comes to with the open answers at ``point``."""
    tables = dict(question.tables)
    for table in question.rows:
        prefix = table + "."
        tables[table] = ({name.removeprefix(prefix): v for name, v in point.items() if name.startswith(prefix)},)
    return value_of(question.rule, {**question.settled, **point}, tables)


def _stops(piece: Stretch) -> Iterable[Fraction]:
    """Where an answer is tried: its ends, and beside 0."""
    yield piece.low
    yield piece.high
    first, second = piece.halves()
    yield from (second.low, first.high) if piece.grid is None else (second.low,)


def _holds(box: Box, point: Mapping[str, Fraction]) -> bool:
    return all(piece.low <= point[name] <= piece.high for name, piece in box.items())
