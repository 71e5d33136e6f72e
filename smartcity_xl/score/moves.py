"""One answer that would have to be another: which ones a rule leaves room for, and how far off they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm

from msgspec import Struct

from smartcity_xl.model import Catalog, Indicator, Kind, Merged, Move, Slot, Standing, State
from smartcity_xl.rules.exact import Rows, Unreduced, Values, evaluate_pair, narrow, value_of_node
from smartcity_xl.rules.itself import Itself
from smartcity_xl.rules.tree import Comparison, Node, Quotient, Rule, names_used, spell_out, walk

_ZERO, _HALF, _ONE = Fraction(0), Fraction(1, 2), Fraction(1)
_LEAST = Fraction(1, 20)
"""The effort below which nothing counts as less."""
_MOST_MOVES = 5
"""More answers than these are no step."""
_MOST_NEAR = 2
_COUNTED = frozenset({Kind.COUNT, Kind.YESNO, Kind.MONEY})
_FINEST = 4
"""Decimals of what is moved, at most."""

Worth = Callable[[Unreduced], Unreduced]
"""What a value of an answer brings, the more the better; both as they come, not reduced."""


def effort_of(catalog: Catalog, moves: Sequence[Move]) -> Fraction:
    """How much would have to change: of a number the part of it, a twentieth at least; a half for a yes or a choice."""
    efforts = [_effort(catalog.slots[move.slot], move) for move in moves]
    return efforts[0] if len(efforts) == 1 else sum(efforts, _ZERO)


def _effort(slot: Slot, move: Move) -> Fraction:
    if not slot.numeric:
        return _HALF
    (then, under), (now, below) = move.then.as_integer_ratio(), move.now.as_integer_ratio()
    then, now = then * below, now * under
    change, most = abs(then - now), max(abs(then), abs(now))
    return _LEAST if change * _LEAST.denominator < most * _LEAST.numerator else Fraction(change, most)


def is_near(catalog: Catalog, moves: Sequence[Move]) -> bool:
    """Whether it is within reach: nothing that was counted would have to be less, no number more than twice what it
    is, and no more than two answers others than they are."""
    small = all(_effort(catalog.slots[move.slot], move) <= _HALF for move in moves)
    return small and len(moves) <= _MOST_NEAR and not takes_back(catalog, moves)


def takes_back(catalog: Catalog, moves: Sequence[Move]) -> bool:
    """Whether something that was counted, or is there, would have to be less: true of some facts, within the reach of
    none."""
    return any(catalog.slots[move.slot].kind in _COUNTED and move.then < move.now for move in moves)


def read_by(catalog: Catalog, rule: Rule, values: Values) -> Values:
    """The answers that a rule reads, of all that there are."""
    return {one.key: values[one.key] for one in _slots_of(Itself(catalog), Itself(rule)) if one.key in values}


class Room(Struct, frozen=True):
    """Where the answers of an indicator can go. ``now``: the settled answers."""

    catalog: Catalog
    merged: Merged
    indicator: Indicator
    now: Values
    tables: Mapping[str, Rows]

    # --- which answers -------------------------------------------------------------------------------------------

    def slots(self, node: Node | None = None) -> list[Slot]:
        """The slots that can be moved, of those that the rule, or a node in it, reads. Not what a whole is measured by,
        what somebody awards, what a text fixes, and what is said not to be there."""
        catalog, rule = Itself(self.catalog), self.indicator.rule
        read = _slots_of(catalog, Itself(rule)) if node is None else _slots_read(self.catalog, node)
        bases = _bases(Itself(rule))
        return [slot for slot in read if slot.key not in bases and self.is_movable(slot)]

    def is_movable(self, slot: Slot) -> bool:
        if slot.fixed is not None or slot.awarded:
            return False
        merged = self.merged.slots[slot.key]
        absent = bool(merged.used) and all(answer.state is State.NOT_APPLICABLE for answer in merged.used)
        return merged.standing is Standing.SETTLED and not absent

    def is_gain(self, slot: Slot, then: Fraction) -> bool:
        """Whether another answer unsays nothing that counts for the indicator (``takes_back``)."""
        return self.indicator.deducts or slot.kind not in _COUNTED or then > self.now[slot.key]

    def read(self, rule: Rule, values: Values) -> Values:
        """The answers that a rule reads, of all that there are."""
        return read_by(self.catalog, rule, values)

    def over(self, rule: Rule, key: str, at: Values) -> Worth:
        """What a rule comes to with one answer in place of another, all others as they are ``at`` present."""
        if self.catalog.slots[key].numeric:
            return narrow(rule, at, self.tables, key)

        def worth(value: Unreduced) -> Unreduced:  # there is little else to try: to narrow the rule would cost more
            return evaluate_pair(rule, {**at, key: Fraction(*value)}, self.tables, {})

        return worth

    # --- how far they can go -------------------------------------------------------------------------------------

    def limits(self, slot: Slot, values: Values) -> tuple[Fraction, Fraction]:
        """Between which values an answer can lie: its range, its whole, its parts."""
        low, high = slot.minimum, slot.maximum
        if slot.part_of:
            whole = values.get(slot.part_of, self.merged.slots[slot.part_of].value)
            high = min(high, values[slot.key] if whole is None else whole)
        for part in _parts_of(Itself(self.catalog)).get(slot.key, ()):
            least = values.get(part, self.merged.slots[part].value)
            low = max(low, values[slot.key] if least is None else least)
        return low, high

    def targets(self, slot: Slot, worth: Worth, goal: Fraction) -> Iterator[Fraction]:
        """Values that bring more: the next that does, and the nearest that brings all that this answer can bring, up to
        ``goal``."""
        now = self.now[slot.key]
        if not slot.numeric:
            least, others = worth(now.as_integer_ratio()), [one for one in self.others(slot, now)
                                                            if self.is_gain(slot, one)]  # fmt: skip
            better = [one for one in others if _is_less(least, worth(one.as_integer_ratio()))]
            better.sort(key=lambda one: _value(worth, one))
            yield from dict.fromkeys(better[:1] + better[-1:])
            return
        for end in self.ends(slot, self.now):
            if self.is_gain(slot, end):
                most, limit = worth(end.as_integer_ratio()), goal.as_integer_ratio()
                most = limit if _is_less(limit, most) else most
                if _is_less(worth(now.as_integer_ratio()), most):
                    yield from self.on_the_way(slot, worth, end, most)

    def on_the_way(self, slot: Slot, worth: Worth, end: Fraction, most: Unreduced) -> Iterator[Fraction]:
        """Towards an end: the first value that brings more, or a tenth of the way's end further where each brings a
        little; and the first that brings ``most``."""
        now, grid = self.now[slot.key], _grid(slot, self.now[slot.key])
        (least, under), (goal, parts) = worth(now.as_integer_ratio()), most

        def is_more(value: Unreduced) -> bool:
            above, below = worth(value)
            return above * under > least * below

        def is_most(value: Unreduced) -> bool:
            above, below = worth(value)
            return above * parts >= goal * below

        first, full = _nearest(is_more, now, end, grid), _nearest(is_most, now, end, grid)
        if first is None or full is None:
            return
        up = end > now
        way = grid if up else -grid
        if first == now + way and first != end and _value(worth, first + way) > _value(worth, first):
            part = max(grid, -(-abs(full) // 10 // grid) * grid)
            first = now + part if up else now - part
        if (first < full) if up else (first > full):  # both lie on one side
            yield first
        yield full

    def others(self, slot: Slot, now: Fraction) -> list[Fraction]:
        """What else can be answered to a choice, or a yes or no."""
        numbers = range(1, len(slot.options) + 1) if slot.options else (0, 1)
        return [Fraction(number) for number in numbers if number != now]

    def ends(self, slot: Slot, values: Values) -> list[Fraction]:
        """How far a number can go, up and down."""
        low, high = self.limits(slot, values)
        return [end for end in (high, low) if end != values[slot.key]]

    # --- a condition ---------------------------------------------------------------------------------------------

    def make_hold(self, condition: Node, values: Values) -> list[Move] | None:
        """The least that would have to change for a condition to hold; None where nothing is found."""
        slots, single = self.slots(condition), []
        for slot in slots:
            value = self.first_holding(condition, slot, values)
            if value is not None:
                single.append([Move(slot.key, values[slot.key], value)])
        if single:
            return min(single, key=lambda moves: effort_of(self.catalog, moves))
        return self.make_hold_together(condition, slots, values)

    def first_holding(self, condition: Node, slot: Slot, values: Values) -> Fraction | None:
        """The value of an answer nearest to today's with which a condition holds."""

        rule = _alone(Itself(condition))
        worth = self.over(rule, slot.key, self.read(rule, values))

        def kept(value: Unreduced) -> bool:
            return worth(value)[0] != 0

        now = values[slot.key]
        if not slot.numeric:
            return next((one for one in self.others(slot, now) if kept(one.as_integer_ratio())), None)
        found = (_nearest(kept, now, end, _grid(slot, now)) for end in self.ends(slot, values))
        return min((one for one in found if one is not None), key=lambda one: abs(one - now), default=None)

    def make_hold_together(self, condition: Node, slots: Sequence[Slot], values: Values) -> list[Move] | None:
        """Several answers, each taken as far as it goes, the last no further than it must."""
        if not isinstance(condition, Comparison) or condition.operator not in (">", ">="):
            return None
        found: list[Move] = []
        at = dict(values)
        for slot in slots:
            now, value = values[slot.key], self.first_holding(condition, slot, at)
            if value is not None:
                return [*found, Move(slot.key, now, value)]
            best = self.most_of(condition.left, slot, at)
            if best != now:
                found.append(Move(slot.key, now, best))
                at[slot.key] = best
            if len(found) >= _MOST_MOVES:
                return None
        return None

    def most_of(self, node: Node, slot: Slot, values: Values) -> Fraction:
        """The value of an answer at which a node is greatest; today's where none does better."""
        now = values[slot.key]
        tried = [now, *(self.ends(slot, values) if slot.numeric else self.others(slot, now))]
        return max(tried, key=lambda one: value_of_node(node, {**values, slot.key: one}, self.tables))


@lru_cache(maxsize=4_096)
def _slots_of(catalog: Itself[Catalog], rule: Itself[Rule]) -> tuple[Slot, ...]:
    """The slots that a rule reads, each once, in reading order: the same for all cities of a system."""
    return _slots_read(catalog.one, rule.one)


def _slots_read(catalog: Catalog, node: Rule | Node) -> tuple[Slot, ...]:
    found: dict[str, Slot] = {}
    for name in names_used(node):
        figure = catalog.figures.get(name)
        found |= {slot.key: slot for slot in (figure.slots if figure else (catalog.slots.get(name),)) if slot}
    return tuple(found.values())


@lru_cache(maxsize=16)
def _parts_of(catalog: Itself[Catalog]) -> Mapping[str, Sequence[str]]:
    """Whole -> its parts, in the catalog's order."""
    found: dict[str, list[str]] = {}
    for key, slot in catalog.one.slots.items():
        if slot.part_of:
            found.setdefault(slot.part_of, []).append(key)
    return found


@lru_cache(maxsize=1_024)
def _alone(condition: Itself[Node]) -> Rule:
    return Rule("", (), condition.one)


@lru_cache(maxsize=1_024)
def _bases(rule: Itself[Rule]) -> frozenset[str]:
    """What something else is divided by, unless it stands above the line too."""
    above: set[str] = set()
    below: set[str] = set()
    for node in walk(spell_out(rule.one)):
        if isinstance(node, Quotient) and names_used(node.numerator):
            above |= set(names_used(node.numerator))
            below |= set(names_used(node.denominator))
    return frozenset(below - above)


def _grid(slot: Slot, now: Fraction) -> Fraction:
    """The steps in which an answer is moved: whole numbers, or as many decimals as it has, two at least."""
    if slot.whole:
        return _ONE
    places = next((n for n in range(2, _FINEST) if 10**n % now.denominator == 0), _FINEST)
    return Fraction(1, 10**places)


def remembered(worth: Worth, known: dict[Unreduced, Unreduced]) -> Worth:
    """The same, each value worked out once: it is asked again and again on the way. ``known`` is what is known."""

    def once(value: Unreduced) -> Unreduced:
        found = known.get(value)
        if found is None:
            found = known[value] = worth(value)
        return found

    return once


def _is_less(one: Unreduced, other: Unreduced) -> bool:
    return one[0] * other[1] < other[0] * one[1]


def _value(worth: Worth, value: Fraction) -> Fraction:
    return Fraction(*worth(value.as_integer_ratio()))


def _nearest(good: Callable[[Unreduced], bool], now: Fraction, end: Fraction, grid: Fraction) -> Fraction | None:
    """The value nearest to ``now``, in steps of a grid towards ``end``, that is good, where all beyond it are."""
    common = lcm(now.denominator, end.denominator, grid.denominator)  # all in whole numbers of one part
    start, last, step = (above * (common // below) for above, below in map(Fraction.as_integer_ratio, (now, end, grid)))
    if not good((last, common)):
        return None
    most, way = abs(last - start) // step, step if last > start else -step
    low, high = 0, 1
    while high < most and not good((start + high * way, common)):
        low, high = high, min(2 * high, most)
    if most == 0 or not good((start + high * way, common)):
        return end
    while high - low > 1:
        middle = (low + high) // 2
        if good((start + middle * way, common)):
            high = middle
        else:
            low = middle
    return Fraction(start + high * way, common)
