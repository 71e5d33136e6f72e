"""What the round came to: total or stars, range, dimensions and categories, as tables and charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.messages import label
from smartcity_xl.model import Standing
from smartcity_xl.report.facts import NONE, RecordFacts
from smartcity_xl.report.told import Chart, Fragment, Fragments, Heading, Paragraph, Passage, Row, Table, cell, say
from smartcity_xl.results import Results
from smartcity_xl.results.record import CategoryRecord, DimensionRecord, IndicatorRecord, RangeRecord
from smartcity_xl.results.stars import LEVELS

_SCORED = ("code", "name", "score", "full", "floor", "ceiling")
_LIMITS = frozenset(range(2, 6))


def is_final(record: Results) -> bool:
    """Whether nothing is open that a result hangs on."""
    scored = record.total.final if record.total else True
    return scored and not (record.stars and record.stars.unsettled)


def write_outcomes(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    """For one system under headings of the second level; of several each under one of its own."""
    several = len(facts) > 1
    if several:
        yield Paragraph((label("report.together"),))
    for one in facts:
        if several:
            yield Heading(2, cell(one.name("catalog.title", one.record.catalog.title)))
        level = 3 if several else 2
        yield Heading(level, (label("report.overall"),))
        yield from map(Paragraph, _say_total(one))
        yield from map(Paragraph, _say_stars(one))
        if one.graded:
            yield Heading(level, (label("report.dimensions"),))
            yield from _dimensions(one)
            yield from _categories(one, level)
        if one.record.stars:
            yield Heading(level, (label("report.levels"),))
            yield from _levels(one)


# --- in words ----------------------------------------------------------------------------------------------------


def _say_total(one: RecordFacts) -> Iterator[Fragments]:
    total = one.record.total
    if total is None:
        return
    score, full = one.told("total.score", total.score), one.told("total.full", total.full)
    if total.final:
        yield say("report.total_final", score=score, full=full)
    else:
        open_ = sum(i.standing is not Standing.SETTLED for i in one.record.indicators)
        yield say(
            "report.total_provisional", score=score, full=full, assessed=one.told("total.assessed", total.assessed),
            open=one.count("unsettled", open_),
        )  # fmt: skip
        if total.range:
            yield _say_range(one, total.range)
    if total.apart is not None:
        yield say("report.apart", apart=one.told("total.apart", total.apart))
    if one.record.evidence.score_without is not None and one.record.evidence.lacking:
        number = one.count("lacking", len(one.record.evidence.lacking))
        without = one.told("evidence.score_without", one.record.evidence.score_without)
        yield say("report.evidenced", number=number, score=without)


def _say_range(one: RecordFacts, span: RangeRecord) -> Fragments:
    ends = {name: _end(one, "total.range", span, name) for name in ("floor", "ceiling")}
    return (*say("report.range", **ends), label(f"overview.slack_{span.slack}"))


def _end(one: RecordFacts, way: str, span: RangeRecord | None, name: str) -> Fragment:
    if span is None:
        return NONE
    value = getattr(span, name)
    return label("overview.unlimited") if value is None else one.told(f"{way}.{name}", value)


def _say_stars(one: RecordFacts) -> Iterator[Fragments]:
    stars = one.record.stars
    if stars is None:
        return
    level = label(f"stars.level_{stars.target}")
    reached = sum(number for star, number in stars.counts.items() if int(star) >= stars.target)
    whole = sum(stars.counts.values()) + stars.unsettled
    yield say(
        "report.stars", whole=one.count("starred", whole), level=level, reached=one.count("stars_reached", reached),
        below=one.count("stars_below", len(stars.below)), open=one.told("stars.unsettled", stars.unsettled),
    )  # fmt: skip
    if stars.unsettled and stars.certain:
        target = str(stars.target)
        yield say(
            "report.stars_range", level=level, certain=one.told(f"stars.certain.{target}", stars.certain[target]),
            possible=one.told(f"stars.possible.{target}", stars.possible[target]),
        )  # fmt: skip


# --- in tables and charts ----------------------------------------------------------------------------------------


def _name(one: RecordFacts, way: str, group: DimensionRecord | CategoryRecord) -> Fragment:
    return one.name(f"{way}.name", group.name)


def _scored_row(one: RecordFacts, way: str, group: DimensionRecord | CategoryRecord, strong: bool = False) -> Row:
    return Row((
        cell(one.name(f"{way}.code", group.code)), cell(_name(one, way, group)),
        cell(one.told(f"{way}.score", group.score)), cell(one.told(f"{way}.full", group.full)),
        cell(_end(one, f"{way}.range", group.range, "floor")), cell(_end(one, f"{way}.range", group.range, "ceiling")),
    ), strong)  # fmt: skip


def _scored_table(one: RecordFacts, caption: str, rows: tuple[Row, ...], name: str) -> Table:
    title = one.name("catalog.title", one.record.catalog.title)
    heads = tuple(label(f"report_heads.{head}") for head in _SCORED)
    return Table(say(caption, system=title), heads, rows, (12, 36, 13, 13, 13, 13), _LIMITS, name)


def _dimensions(one: RecordFacts) -> Iterator[Passage]:
    total = one.record.total
    rows = [_scored_row(one, f"dimensions.{at}", d) for at, d in enumerate(one.record.dimensions)]
    if total:
        span = total.range
        rows.append(Row((
            (), (label("report.total"),), cell(one.told("total.score", total.score)),
            cell(one.told("total.full", total.full)), cell(_end(one, "total.range", span, "floor")),
            cell(_end(one, "total.range", span, "ceiling")),
        ), strong=True))  # fmt: skip
    table = _scored_table(one, "report.table_dimensions", tuple(rows), "results")
    title = one.name("catalog.title", one.record.catalog.title)
    yield Chart(say("report.chart_dimensions", system=title), table, 1, (2, 3), name="results_chart")
    yield table


def _categories(one: RecordFacts, level: int) -> Iterator[Passage]:
    rows = []
    for d, dimension in enumerate(one.record.dimensions):
        rows.append(_scored_row(one, f"dimensions.{d}", dimension, strong=True))
        if len(dimension.categories) > 1:
            ways = ((f"dimensions.{d}.categories.{c}", found) for c, found in enumerate(dimension.categories))
            rows += [_scored_row(one, way, found) for way, found in ways]
    if not all(row.strong for row in rows):
        yield Heading(level, (label("report.categories"),))
        yield _scored_table(one, "report.table_categories", tuple(rows), "categories")


def _levels(one: RecordFacts) -> Iterator[Passage]:
    heads = ("code", "name", *(f"level_{level}" for level in LEVELS), "unsettled", "all")
    rows = []
    for d, dimension in enumerate(one.record.dimensions):
        mine = [i for c in dimension.categories for i in c.indicators if _starred(i)]
        if mine:
            way = f"dimensions.{d}"
            names = cell(one.name(f"{way}.code", dimension.code)), cell(_name(one, way, dimension))
            rows.append(Row((*names, *_counted(one, f"star_{dimension.code}", mine))))
    everything = [i for i in one.record.indicators if _starred(i)]
    rows.append(Row(((), (label("stars.all"),), *_counted(one, "star", everything)), strong=True))
    title = one.name("catalog.title", one.record.catalog.title)
    heads_said = tuple(
        label(f"stars.{head}" if "level" in head or head in ("unsettled", "all") else f"report_heads.{head}")
        for head in heads
    )
    widths = (11, 25, *[8] * 8)
    table = Table(
        say("report.table_levels", system=title), heads_said, tuple(rows), widths, frozenset(range(2, 10)), "results"
    )
    yield Chart(say("report.chart_levels", system=title), table, 1, tuple(range(2, 9)), True, "results_chart")
    yield table


def _starred(indicator: IndicatorRecord) -> bool:
    return indicator.most_star is not None or indicator.star is not None


def _counted(one: RecordFacts, what: str, indicators: Sequence[IndicatorRecord]) -> tuple[Fragments, ...]:
    counts = {f"{level}": sum(i.star == level for i in indicators) for level in LEVELS}
    counts |= {"open": sum(i.star is None for i in indicators), "all": len(indicators)}
    return tuple(cell(one.count(f"{what}_{name}", number)) for name, number in counts.items())
