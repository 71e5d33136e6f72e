"""Sides -> what they come to side by side, as a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from msgspec.structs import replace

from smartcity_xl.messages import label, word_value
from smartcity_xl.model import Figure, Kind, Slot, Standing
from smartcity_xl.results import compared as rec
from smartcity_xl.results.aligned import Aligned, align
from smartcity_xl.results.attributed import Attribution, attribute, why_not
from smartcity_xl.results.incomparable import find_incomparable
from smartcity_xl.results.likeness import Likeness
from smartcity_xl.results.record import FigureRecord, IndicatorRecord
from smartcity_xl.results.scored_run import ScoredRun
from smartcity_xl.results.shown import exact, two
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.score.trying import Trials, offer_trials

_PLACES = 10


def compare_sides(sides: Sequence[ScoredRun]) -> rec.ComparedResults:
    """Two sides or more, in the order in which they are shown."""
    return _Comparing(tuple(sides)).compare()


@dataclass(frozen=True)
class _Comparing:
    sides: tuple[ScoredRun, ...]
    _likes: dict[tuple[int, int], Likeness] = field(default_factory=dict)

    def like(self, i: int, j: int) -> Likeness:
        """What sides i and j, counted from 0, have in common."""
        if (i, j) not in self._likes:
            self._likes[i, j] = Likeness(self.sides[i], self.sides[j])
        return self._likes[i, j]

    @cached_property
    def chained(self) -> bool:
        return len({side.record.city for side in self.sides}) == 1

    @property
    def held(self) -> Iterator[tuple[int, int]]:
        """Which side is held against which."""
        yield from ((at - 1 if self.chained else 0, at) for at in range(1, len(self.sides)))

    def compare(self) -> rec.ComparedResults:
        likes = [self.like(i, j) for i, j in self.held]
        return rec.ComparedResults(
            rec.SCHEMA, self.chained, tuple(map(_run, self.sides)), tuple(map(_totals, likes)),
            tuple(self._levels()), tuple(self._indicators()), tuple(self._figures()),
            tuple(one for like in likes for one in find_incomparable(like)),
        )  # fmt: skip

    # --- levels ------------------------------------------------------------------------------------------------------

    def _levels(self) -> Iterator[rec.ComparedLevel]:
        dimensions = align(
            [list(side.dimensions) for side in self.sides],
            lambda i, j: ((a.code, b.code) for a, b in self.like(i, j).matches.dimensions if a and b),
        )
        categories = align(
            [list(side.categories) for side in self.sides],
            lambda i, j: ((a.code, b.code) for a, b in self.like(i, j).matches.categories if a and b),
        )
        at = 0
        for row in dimensions:
            above, at = at, at + 1
            yield rec.ComparedLevel("dimension", None, tuple(self._level_cells(row, True)))
            inner = [one for one in categories if self._belongs(one, row)]
            if any(code not in row for one in inner for code in one if code):  # else one stands for the whole of it
                at += len(inner)
                for one in inner:
                    yield rec.ComparedLevel("category", above, tuple(self._level_cells(one, False)))

    def _belongs(self, row: Aligned, above: Aligned) -> bool:
        """Whether a category is one of a dimension, by the first side that has it."""
        side, code = next((at, code) for at, code in enumerate(row) if code is not None)
        dimension = next(d for d in self.sides[side].record.dimensions for c in d.categories if c.code == code)
        return above[side] == dimension.code

    def _level_cells(self, row: Aligned, top: bool) -> Iterator[rec.LevelCell | None]:
        for side, code in zip(self.sides, row, strict=True):
            if code is None:
                yield None
                continue
            one = side.dimensions[code] if top else side.categories[code]
            rate = _rate(Fraction(one.score), Fraction(one.full))
            yield rec.LevelCell(one.code, one.name, one.weight, one.score, one.full, rate)

    # --- indicators --------------------------------------------------------------------------------------------------

    def _indicators(self) -> Iterator[rec.ComparedIndicator]:
        rows = align(
            [list(side.indicators) for side in self.sides],
            lambda i, j: ((a.code, b.code) for a, b in self.like(i, j).indicators),
        )
        for row in rows:
            cells = [None if code is None else _indicator(side.indicators[code], code in side.beside)
                     for side, code in zip(self.sides, row, strict=True)]  # fmt: skip
            first = next(at for at, code in enumerate(row) if code is not None)
            same = tuple(self._is_same(row, first, at) for at in range(len(row)))
            category = self.sides[first].category_of[str(row[first])][1]
            name = self.sides[first].categories[category].name
            yield rec.ComparedIndicator(name, tuple(cells), same)

    def _is_same(self, row: Aligned, first: int, at: int) -> bool:
        if at <= first or row[at] is None:
            return at == first
        like = self.like(first, at)
        pair = next(((a, b) for a, b in like.indicators if (a.code, b.code) == (row[first], row[at])), None)
        return pair is not None and like.is_same(*pair)

    # --- figures -----------------------------------------------------------------------------------------------------

    def _figures(self) -> Iterator[rec.ComparedFigure]:
        trials = [offer_trials(side.rules.catalog) if side.rules else None for side in self.sides]
        own = [_asked(side, trial) for side, trial in zip(self.sides, trials, strict=True)]
        rows = align(
            [list(keys) for keys in own],
            lambda i, j: ((a, b) for a in own[i] if (b := self._became(i, j, a, trials)) in own[j] and b),
        )
        for row in rows:
            cells = tuple(
                None if key is None else _figure(side, key, trial)
                for side, key, trial in zip(self.sides, row, trials, strict=True)
            )
            first = next(at for at, key in enumerate(row) if key is not None)
            wording, kind, unit = own[first][str(row[first])]
            yield rec.ComparedFigure(wording, kind, unit, cells)

    def _became(self, i: int, j: int, key: str, trials: Sequence[Trials | None]) -> str | None:
        """The key on side j of what key stands for on side i: a slot, a table, or what the rules read of a table."""
        own, theirs = trials[i], trials[j]
        mean = own.means.get(key) if own else None
        if not self.like(i, j).is_shared(mean.table if mean else key):
            return None
        return theirs.keys.get(mean) if theirs and mean else key


def _asked(side: ScoredRun, trials: Trials | None) -> Mapping[str, tuple[str, str, str]]:
    """Key -> wording, kind and unit of what is compared: slots and, of tables, what the rules read of them; where the
    rules are not at hand, what the record shows."""
    if trials is None:
        return {one.key: (one.label, one.kind.value, one.unit or "") for one in side.record.figures if not one.columns}
    told = {key: (trials.wording(slot), slot.kind.value, slot.unit) for key, slot in trials.slots.items()}
    shown = {key: side.figures[key] for key in told if key in side.figures and key not in trials.means}
    return told | {key: (_wording(side, key, one), one.kind.value, one.unit or "") for key, one in shown.items()}


def _wording(side: ScoredRun, key: str, one: FigureRecord) -> str:
    """A slot as its round words it, an item with its list."""
    figure = _whole(side, key)
    return one.label if figure is None or figure.kind is not Kind.CHECKLIST else f"{figure.label}：{one.label}"


def _whole(side: ScoredRun, key: str) -> Figure | None:
    return side.rules.catalog.figures.get(key.partition(".")[0]) if side.rules else None


def _figure(side: ScoredRun, key: str, trials: Trials | None) -> rec.FigureCell:
    if trials and side.rules and key in trials.means:
        value = trials.adopted(side.rules.merged, key)
        standing = side.rules.merged.tables[trials.means[key].table].standing
        return rec.FigureCell(key, standing.value, exact(value), _shown(trials.slots[key], value, standing))
    one = side.figures[key]
    held = None if one.value is None else Fraction(one.value)
    slot = side.rules.catalog.slots.get(key) if side.rules else None
    return rec.FigureCell(key, one.standing.value, one.value, _shown(slot, held, one.standing))


def _shown(slot: Slot | None, value: Fraction | None, standing: Standing) -> str:
    if value is None:
        return label(f"standing.{standing.value}")
    return (exact(value) or "") if slot is None else word_value(slot, value)


def _run(side: ScoredRun) -> rec.ComparedRun:
    record, total, stars = side.record, side.record.total, side.record.stars
    span, settings = total.range if total else None, record.settings
    reached = sum(count for level, count in stars.counts.items() if int(level) >= stars.target) if stars else None
    starred = sum(stars.counts.values()) + stars.unsettled if stars else None
    return rec.ComparedRun(
        side.number, side.source, record.city, record.round, record.catalog.id, record.catalog.version,
        record.catalog.title, record.terms.period, side.final, total.score if total else None,
        total.full if total else None, span.floor if span else None, span.ceiling if span else None,
        stars.target if stars else None, reached, starred, side.open,
        sum(one.standing is not Standing.SETTLED for one in record.figures), settings.ratio_above_one.value,
        settings.rounding.value, settings.missing.value, side.rules is not None,
    )  # fmt: skip


def _indicator(one: IndicatorRecord, beside: bool) -> rec.IndicatorCell:
    rate = None if one.points is None or beside else _rate(Fraction(one.points), Fraction(one.points_full))
    return rec.IndicatorCell(
        one.code, one.name, one.standing.value, one.score, one.full, one.mark, one.star, one.points, one.points_full,
        rate,
    )  # fmt: skip


def _rate(score: Fraction, full: Fraction) -> str | None:
    return exact(round_half_up(score / full, _PLACES)) if full > 0 else None


def _totals(like: Likeness) -> rec.ComparedTotals:
    first, second = like.first, like.second
    before, after = first.total, second.total
    told = rec.ComparedTotals(
        first.number, second.number, not (first.final and second.final), why_not(first, second),
        None if before is None else two(before), None if after is None else two(after),
        None if before is None or after is None else exact(after - before),
    )  # fmt: skip
    if told.unavailable:
        return told
    found = attribute(like)
    return replace(
        told, parts=_exact(found.parts), carried=two(found.carried), carried_of=found.carried_of,
        corrected=found.corrected, kept=found.kept, indicators=tuple(map(_points, found.indicators)),
    )  # fmt: skip


def _points(one: Attribution) -> rec.ComparedPoints:
    there = one.second or one.first
    return rec.ComparedPoints(
        one.first.code if one.first else None, one.second.code if one.second else None, there.name if there else "",
        _number(one.before), _number(one.after), _number(one.after - one.before), _exact(one.parts), one.waits,
    )  # fmt: skip


def _number(value: Fraction) -> str:
    return exact(value) or "0"


def _exact(parts: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: _number(value) for name, value in parts.items()}
