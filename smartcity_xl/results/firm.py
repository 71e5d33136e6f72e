"""How firm results are, as typed records: the shape of ``xlscore firm --json``, which ``docs/firmness.md`` describes.

Numbers are texts, as in ``results.json``; ranks are whole numbers, shares of draws have four decimals.
"""

# No annotations as texts here: msgspec would evaluate each anew.

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from smartcity_xl.catalog.score_tree import earns
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Indicator, Rounding, Scores
from smartcity_xl.results.answered import ConflictRecord, SideRecord
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.record import IndicatorRecord, Results
from smartcity_xl.results.shown import exact, two
from smartcity_xl.score.firm_effects import Base, FirmSort, Levels, OpenEnds, Placed, Unsettled, try_open, try_sides
from smartcity_xl.score.firm_ranks import RankInterval
from smartcity_xl.score.firm_weights import Perturbation
from smartcity_xl.score.scoring import mark_indicator

SCHEMA: Literal["xlscore-firm/1"] = "xlscore-firm/1"


class FirmLevel(Struct, frozen=True):
    """A dimension that comes to something else; ``score`` is None where nothing limits it."""

    code: str
    name: str
    score: Score | None
    difference: Exact | None


class FirmWay(Struct, frozen=True):
    """What the city comes to if the question turns out so. ``choice`` is ``lowest``, ``highest``, the number of a side,
    or a setting's value, ``zh`` what it says; ``stands``: it is so already. ``difference`` is that to the total as it
    stands; None is what nothing limits, and of a system without points."""

    choice: str
    zh: str
    stands: bool
    total: Score | None
    difference: Exact | None
    reached: int | None
    dimensions: tuple[FirmLevel, ...]


class FirmQuestion(Struct, frozen=True):
    """One thing that is not settled, and what hangs on it alone. ``sort`` is ``open``, ``conflict`` or ``setting``;
    ``span`` how far apart its ways and the result as it stands lie: totals, or indicators that reach the target.
    ``together``, ``exact``: as in ``score.firm_effects``."""

    sort: FirmSort
    key: str
    label: str
    department: str
    span: Exact | None
    exact: bool
    together: tuple[str, ...]
    ways: tuple[FirmWay, ...]


class FirmCity(Struct, frozen=True):
    """A result as it stands. ``questions``: those on which most hangs first; told where one city is looked at."""

    source: str
    city: str
    round: str
    total: Score | None
    full: Score | None
    reached: int | None
    target: int | None
    final: bool
    questions: tuple[FirmQuestion, ...] = ()


class FirmRank(Struct, frozen=True):
    """A city's rank, and its interval under weights moved by chance; as ``score.firm_ranks.RankInterval``. ``city`` is
    the place in ``cities``, from 0."""

    city: int
    rank: int
    best: int
    low: int
    median: int
    high: int
    worst: int
    kept: str
    first: str
    total: Score
    lowest: Score
    highest: Score


class FirmDraws(Struct, frozen=True):
    """How the weights were moved."""

    draws: int
    spread: str
    seed: int


class FirmSystem(Struct, frozen=True):
    """The results of one system in one edition under the same settings. ``ranks``: the best first; none of one city,
    nor of a system without points."""

    catalog: str
    version: str
    title: str
    cities: tuple[FirmCity, ...]
    weights: FirmDraws | None
    ranks: tuple[FirmRank, ...]


# --- a city as it stands ---------------------------------------------------------------------------------------------


def base_of(record: Results, scores: Scores, catalog: Catalog) -> Base:
    """A record as the exact engine has it (``scores``), with the ends of all that is open in it, as the record tells
    them."""
    rules = {one.code: one for one in catalog.indicators}
    placed = {one.indicator.code: Placed(one.score, one.star) for one in scores.indicators if one.mark is not None}
    open_ = {one.code: _ends(one, rules[one.code], catalog.settings.rounding) for one in record.indicators if one.open}
    return Base(catalog, placed, open_)


def _placed(catalog: Catalog, code: str, mark: Exact, score: Score | None, star: int | None) -> Placed:
    """A rounded score is told in full; where the office rounds once, it follows from the mark."""
    if score is None or catalog.settings.rounding is Rounding.EVERY_LEVEL:
        return Placed(None if score is None else Fraction(score), star)
    indicator = next(one for one in catalog.indicators if one.code == code)
    return Placed(mark_indicator(indicator, Fraction(mark), catalog.settings.rounding), star)


def _ends(one: IndicatorRecord, rule: Indicator, rounding: Rounding) -> OpenEnds:
    """Of a file that does not tell ranges: whatever the indicator could come to."""
    stars: tuple[int | None, int | None] = (None, None)
    if rule.starred:
        stars = one.least_star or 0, rule.levels[0][0] if one.most_star is None else one.most_star
    if one.range is None:
        unknown = earns(rule)
        told = not unknown and (not rule.starred or one.most_star is not None)
        return OpenEnds(one.open, Placed(None, stars[0], unknown), Placed(None, stars[1], unknown), told)
    low, high = (
        Placed(None, star, True) if end is None else Placed(Fraction(end), star)
        for end, star in zip((one.range.floor, one.range.ceiling), stars, strict=True)
    )
    return OpenEnds(one.open, low, high, not one.range.slack and rounding is Rounding.EVERY_LEVEL)


def ask_record(record: Results, base: Base) -> Iterator[Unsettled]:
    """The conflicts of a record by their sides, and what else is open in it."""
    for conflict in record.conflicts:
        yield _ask_conflict(base, conflict)
    yield from try_open(base, [conflict.figure for conflict in record.conflicts])


def _ask_conflict(base: Base, conflict: ConflictRecord) -> Unsettled:
    sides = [
        {
            trial.indicator: Placed(None)
            if trial.mark is None
            else _placed(base.catalog, trial.indicator, trial.mark, trial.score, trial.star)
            for trial in side.scores
        }
        for side in conflict.sides
    ]
    return try_sides(base, conflict.figure, conflict.department or "", sides, conflict.chosen or 0)


# --- as records ------------------------------------------------------------------------------------------------------


def compose_city(record: Results, source: str, base: Base, questions: Sequence[Unsettled] = ()) -> FirmCity:
    now, starred = base.levels(), record.stars is not None
    told = [_question(record, base, now, one) for one in questions]
    total = record.total
    return FirmCity(
        source, record.city, record.round, total.score if total else None, total.full if total else None,
        now.reached if starred else None, record.stars.target if record.stars else None,
        not any(one.open for one in record.indicators),
        tuple(sorted(told, key=lambda one: (one.span is not None, -Fraction(one.span or 0)))),
    )  # fmt: skip


def _question(record: Results, base: Base, now: Levels, question: Unsettled) -> FirmQuestion:
    graded, starred = base.catalog.graded, record.stars is not None
    ways = tuple(
        FirmWay(
            way.choice, _word_way(record, question, way.choice), way.stands,
            two(way.levels.total) if graded and way.levels.total is not None else None,
            _difference(way.levels.total, now.total) if graded else None,
            way.levels.reached if starred else None, tuple(_moved(base, now, way.levels)) if graded else (),
        )
        for way in question.ways
    )  # fmt: skip
    names = {one.key: one.name for one in record.departments}
    said = (
        label(f"firm.setting_{question.key}")
        if question.sort is FirmSort.SETTING
        else _wording(base.catalog, question.key)
    )
    return FirmQuestion(
        question.sort, question.key, said, names.get(question.department, question.department),
        _span(graded, now, [way.levels for way in question.ways]), question.exact, question.together, ways,
    )  # fmt: skip


def _wording(catalog: Catalog, key: str) -> str:
    """A figure by its whole name: an item with that of its list."""
    figure, said = catalog.figures[key.partition(".")[0]].label, catalog.label(key)
    return said if said == figure else f"{figure}：{said}"


def _difference(one: Fraction | None, other: Fraction | None) -> Exact | None:
    return None if one is None or other is None else exact(one - other)


def _span(graded: bool, now: Levels, ways: Sequence[Levels]) -> Exact | None:
    if not graded:
        counts = [one.reached for one in (now, *ways)]
        return str(max(counts) - min(counts))
    totals = [one.total for one in (now, *ways)]
    known = [total for total in totals if total is not None]
    return exact(max(known) - min(known)) if len(known) == len(totals) else None


def _moved(base: Base, now: Levels, then: Levels) -> Iterator[FirmLevel]:
    for one in base.catalog.shown_dimensions:
        before, after = now.dimensions[one.code], then.dimensions[one.code]
        if before != after:
            yield FirmLevel(one.code, one.name, None if after is None else two(after), _difference(after, before))


def _word_way(record: Results, question: Unsettled, choice: str) -> str:
    if question.sort is FirmSort.OPEN:
        return label(f"firm.{choice}")
    if question.sort is FirmSort.SETTING:
        return label(f"firm.{question.key}_{choice.replace('-', '_')}")
    conflict = next(one for one in record.conflicts if one.figure == question.key
                    and (one.department or "") == question.department)  # fmt: skip
    return _word_side(record, conflict.sides[int(choice) - 1])


def _word_side(record: Results, side: SideRecord) -> str:
    names = {one.key: one.name for one in record.departments}
    who = label("word.list").join(dict.fromkeys(names.get(one.department, one.department) for one in side.answers))
    return who if side.value is None else label("firm.side", value=side.value, department=who)


def compose_ranks(intervals: Sequence[RankInterval], cities: Sequence[FirmCity]) -> tuple[FirmRank, ...]:
    """The best first; of equals by city, round and source."""
    found = [
        FirmRank(
            at, one.rank, one.best, one.low, one.median, one.high, one.worst, f"{one.kept:.4f}", f"{one.first:.4f}",
            two(one.total), f"{one.lowest:.2f}", f"{one.highest:.2f}",
        )
        for at, one in enumerate(intervals)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.rank, cities[one.city].city, cities[one.city].round, one.city)))


def compose_draws(perturbation: Perturbation) -> FirmDraws:
    return FirmDraws(perturbation.draws, f"{perturbation.spread:g}", perturbation.seed)
