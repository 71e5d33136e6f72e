"""The official scores beside those that a trial comes to, as typed records: the shape of ``xlscore whatif --json``.

Numbers are texts, as in ``results.json``: scores and totals with two decimals, points and differences in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.messages import Wording, word_finding
from smartcity_xl.model import Catalog, IndicatorScore, Scores, Slot
from smartcity_xl.results.found import WordingRecord
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.record import Results
from smartcity_xl.results.shown import exact, shown_value, two
from smartcity_xl.results.stars import reaches, starred


class TriedValue(Struct, frozen=True):
    """A figure that is tried: what was adopted (None while it is open), and what stands in its place, each in ``unit``
    and as people write it."""

    key: str
    label: str
    unit: str
    adopted: str | None
    tried: str


class SummedTrial(Struct, frozen=True):
    """A sum of points, officially and as tried. ``code`` is that of a dimension or a category; "" for the total."""

    code: str
    name: str
    official: Score
    tried: Score
    difference: Exact
    full: Score


class Reached(Struct, frozen=True):
    """How many indicators reach the target level of a star system, of how many that have levels."""

    target: int
    official: int
    tried: int
    whole: int


class TriedState(Struct, frozen=True):
    """An indicator's result: ``score`` on its own scale, ``mark`` its rule's result, ``points`` of the total."""

    standing: str
    score: Score | None
    mark: Exact | None
    star: int | None
    points: Exact | None


class TriedIndicator(Struct, frozen=True):
    """An indicator that comes to something else; ``difference`` in points of the total, None where there are none."""

    code: str
    name: str
    official: TriedState
    tried: TriedState
    difference: Exact | None
    full: Score
    points_full: Exact


class TriedFinding(Struct, frozen=True):
    """What the office would be told of the tried values, and is not told of those adopted."""

    code: str
    indicator: str
    figure: str
    zh: WordingRecord
    en: WordingRecord


class TriedSystem(Struct, frozen=True):
    """``total`` is None for a system without points, ``stars`` for one without levels. ``dimensions``, ``categories``
    and ``indicators`` are those that come to something else. ``final``: whether nothing would be open."""

    catalog: str
    version: str
    title: str
    city: str
    round: str
    values: tuple[TriedValue, ...]
    total: SummedTrial | None
    stars: Reached | None
    final: bool
    dimensions: tuple[SummedTrial, ...]
    categories: tuple[SummedTrial, ...]
    indicators: tuple[TriedIndicator, ...]
    findings: tuple[TriedFinding, ...]


class Tried(Struct, frozen=True):
    """One system under one trial: the scores as they stand, and those with the tried values in place."""

    catalog: Catalog
    official: Scores
    tried: Scores


def compose_trial(record: Results, tried: Tried, values: Sequence[TriedValue]) -> TriedSystem:
    """What a trial changes; ``record`` says which round and system it is about."""
    catalog, official, now = tried.catalog, tried.official, tried.tried
    graded = catalog.graded
    pairs = list(zip(official.dimensions, now.dimensions, strict=True))
    inner = [pair for a, b in pairs for pair in zip(a.categories, b.categories, strict=True)]
    dimensions = [
        _sum(a.dimension.code, a.dimension.name, a.score, b.score, a.full) for a, b in pairs if a.score != b.score
    ]
    categories = [
        _sum(a.category.code, a.category.name, a.score, b.score, a.full)
        for a, b in inner
        if a.score != b.score and a.category.code not in {d.code for d in catalog.dimensions}
    ]
    return TriedSystem(
        catalog.id, catalog.version, catalog.title, record.city, record.round, tuple(values),
        _sum("", "", official.total, now.total, official.full) if graded else None, _reached(tried), now.final,
        tuple(dimensions) if graded else (), tuple(categories) if graded else (), tuple(_indicators(tried)),
        tuple(_findings(tried)),
    )  # fmt: skip


def value_tried(slot: Slot, adopted: Fraction | None, value: Fraction) -> TriedValue:
    was = None if adopted is None else shown_value(slot, adopted)
    return TriedValue(slot.key, slot.label, slot.unit, was, shown_value(slot, value))


def _sum(code: str, name: str, official: Fraction, tried: Fraction, full: Fraction) -> SummedTrial:
    return SummedTrial(code, name, two(official), two(tried), exact(tried - official) or "0", two(full))


def _reached(tried: Tried) -> Reached | None:
    target = tried.catalog.target
    before, after = (starred(scores.dimensions) for scores in (tried.official, tried.tried))
    if not before:
        return None
    counts = [sum(reaches(score, target) is True for score in scores) for scores in (before, after)]
    return Reached(target, counts[0], counts[1], len(before))


def _indicators(tried: Tried) -> Iterator[TriedIndicator]:
    for before, after in zip(tried.official.indicators, tried.tried.indicators, strict=True):
        was, now = _state(before), _state(after)
        if (before.mark, before.score, before.points) == (after.mark, after.score, after.points):
            continue
        difference = None
        if after.points is not None:
            difference = exact(after.points - (before.points or 0))
        yield TriedIndicator(
            before.indicator.code, before.indicator.name, was, now, difference, two(before.indicator.full),
            exact(before.points_full) or "0",
        )  # fmt: skip


def _state(score: IndicatorScore) -> TriedState:
    shown = None if score.score is None else two(score.score)
    return TriedState(score.standing.value, shown, exact(score.mark), score.star, exact(score.points))


def _findings(tried: Tried) -> Iterator[TriedFinding]:
    known = {(finding.code, finding.indicator, finding.figure) for finding in tried.official.findings}
    for finding in tried.tried.findings:
        if (finding.code, finding.indicator, finding.figure) not in known:
            zh, en = (_words(word_finding(finding, language)) for language in ("zh", "en"))
            yield TriedFinding(finding.code, finding.indicator, finding.figure, zh, en)


def _words(said: Wording) -> WordingRecord:
    return WordingRecord(said.found, said.expected, said.remedy)
