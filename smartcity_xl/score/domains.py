"""What an answer that is not settled may still be, under what the catalog states: valid ranges, whole numbers, options,
"we have none" (E75), what other departments have given of a sum, and parts that are not larger than their wholes.

A conflict is no closer than a blank: the office may send it back, and a corrected answer may be any that is valid. What
is settled is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.model import Assignment, Catalog, Merge, Merged, Slot, Standing, State
from smartcity_xl.score.ranges import Range

_ZERO, _ONE = Fraction(0), Fraction(1)


class Stretch(Struct, frozen=True):
    """A range of values, both ends inclusive: multiples of ``grid``, or anything between where that is None."""

    low: Fraction
    high: Fraction
    grid: Fraction | None = None

    @property
    def single(self) -> bool:
        return self.low == self.high

    @property
    def range(self) -> Range:
        return Range(self.low, self.high)

    def within(self, low: Fraction, high: Fraction) -> Stretch | None:
        """The part of it between two values; None where nothing is left."""
        low, high = max(low, self.low), min(high, self.high)
        if self.grid is not None:
            low, high = -(-low // self.grid) * self.grid, high // self.grid * self.grid
        return Stretch(low, high, self.grid) if low <= high else None

    def halves(self) -> tuple[Stretch, Stretch]:
        """Two parts of it, a lonely 0 apart."""
        if self.grid is None:
            middle = (self.low + self.high) / 2
            return Stretch(self.low, middle), Stretch(middle, self.high)
        cut = self.low if self.low == 0 else (self.low + self.high) // 2 // self.grid * self.grid
        return Stretch(self.low, cut, self.grid), Stretch(cut + self.grid, self.high, self.grid)


Stretches = tuple[Stretch, ...]
"""All that one answer may be: in one of these pieces."""


class OpenAnswers(Struct, frozen=True):
    """``choices``: slot, or column of a table (``table.column``: in any one row) -> what it may be; ``parts``: part and
    whole, where one of them is open; ``tables``: those that are open -> whether there may be no rows at all."""

    choices: Mapping[str, Stretches]
    parts: tuple[tuple[str, str], ...]
    tables: Mapping[str, bool]


def open_answers(catalog: Catalog, assignment: Assignment | None, merged: Merged) -> OpenAnswers:
    """What is open in a round. Without an assignment a sum is that of one department."""
    choices: dict[str, Stretches] = {}
    for key, slot in catalog.slots.items():
        if merged.slots[key].standing is not Standing.SETTLED:
            asked = assignment.asked[slot.figure] if assignment else ("",)
            choices[key] = _choice(slot, merged, asked)
    tables = {
        key: catalog.figures[key].none is not None
        for key, table in merged.tables.items()
        if table.standing is not Standing.SETTLED
    }
    for key in tables:
        columns = {f"{key}.{column.key}": (_valid(column),) for column in catalog.figures[key].columns}
        choices |= columns
    parts = tuple(_parts(catalog, merged, choices, tables))
    settled = {key: slot.value for key, slot in merged.slots.items() if slot.value is not None}
    return OpenAnswers(_narrow(choices, parts, settled), tuple(_reach_through(parts)), tables)


def _valid(slot: Slot) -> Stretch:
    if not slot.numeric:
        low, high = (_ONE, Fraction(len(slot.options))) if slot.options else (_ZERO, _ONE)
        return Stretch(low, high, _ONE)
    return Stretch(slot.minimum, slot.maximum, _ONE if slot.whole else Fraction(1, 100) if slot.awarded else None)


def _choice(slot: Slot, merged: Merged, asked: tuple[str, ...]) -> Stretches:
    valid = _valid(slot)
    if slot.merge in (Merge.SUM, Merge.LARGEST):
        valid = _together(slot, valid, merged, asked)
    if slot.none is None or valid.low <= slot.none <= valid.high:
        return (valid,)
    return (Stretch(slot.none, slot.none), valid)


def _together(slot: Slot, valid: Stretch, merged: Merged, asked: tuple[str, ...]) -> Stretch:
    """What departments have given of a sum, or of the largest, and what the others may still give."""
    answers = merged.slots[slot.key].answers
    ends = []
    for department in asked:
        mine = [answer for answer in answers if answer.department == department]
        given = {answer.value for answer in mine if answer.state is State.VALUE and answer.value is not None}
        if len(given) == 1:
            (value,) = given
            ends.append((value, value))
        else:  # one that says that it has none is left out
            ends.append((min(valid.low, _ZERO), valid.high))
    lows, highs = zip(*ends, strict=True)
    join = sum if slot.merge is Merge.SUM else max
    return Stretch(max(valid.low, Fraction(join(lows))), Fraction(join(highs)), valid.grid)


def _narrow(
    choices: Mapping[str, Stretches], parts: Sequence[tuple[str, str]], settled: Mapping[str, Fraction]
) -> dict[str, Stretches]:
    """The choices, each part no larger than the most that its whole can be, each whole no smaller than its part. What
    would leave nothing is left as it is."""
    found = dict(choices)

    def least(name: str) -> Fraction:
        return settled[name] if name in settled else min(piece.low for piece in found[name])

    def most(name: str) -> Fraction:
        return settled[name] if name in settled else max(piece.high for piece in found[name])

    for _ in parts:
        before = dict(found)
        for part, whole in parts:
            if part in found:
                found[part] = _cut(found[part], least(part), most(whole)) or found[part]
            if whole in found:
                found[whole] = _cut(found[whole], least(part), most(whole)) or found[whole]
        if found == before:
            break
    return found


def _cut(choice: Stretches, low: Fraction, high: Fraction) -> Stretches:
    return tuple(cut for piece in choice if (cut := piece.within(low, high)))


def _reach_through(parts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Parts and wholes, and the parts of parts."""
    wholes = dict(parts)
    for part, whole in parts:
        yield part, whole
        seen = {part, whole}
        while whole in wholes and wholes[whole] not in seen:
            whole = wholes[whole]
            seen.add(whole)
            yield part, whole


def _parts(
    catalog: Catalog, merged: Merged, choices: Mapping[str, Stretches], tables: Mapping[str, bool]
) -> Iterator[tuple[str, str]]:
    """Part and whole, unless what has been given already says otherwise: it counts, with a query."""
    for key, slot in catalog.slots.items():
        whole = catalog.slots.get(slot.part_of)
        if whole is None or not choices.keys() & {key, whole.key} or slot.merge is not whole.merge:
            continue
        given = [merged.slots[name] for name in (key, whole.key)]
        part, most = ([one.value] if one.value is not None else
                      [a.value for a in one.answers if a.state is State.VALUE and a.value is not None]
                      for one in given)  # fmt: skip
        if not part or not most or max(part) <= min(most):
            yield key, whole.key
    for key in tables:
        for column in catalog.figures[key].columns:
            if column.part_of:
                yield f"{key}.{column.key}", f"{key}.{column.part_of}"
