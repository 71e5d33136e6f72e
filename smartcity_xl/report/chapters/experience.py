"""Experience and problems: what is strong, where points were lost, who is silent, what is contested or unproven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.messages import label
from smartcity_xl.report.facts import NONE, RecordFacts, answer_at
from smartcity_xl.report.told import (
    Chart,
    Fragment,
    Fragments,
    Heading,
    Paragraph,
    Passage,
    Row,
    Table,
    ToFill,
    cell,
    listed,
    say,
)
from smartcity_xl.results.highlights import open_conflicts, silent, strengths
from smartcity_xl.results.record import ConflictRecord, ConflictState, SideRecord
from smartcity_xl.results.shown import two

_STRONG, _LOSSES, _BELOW, _CONFLICTS, _NAMES, _CODES = 5, 10, 20, 10, 3, 12


def write_experience(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    yield Heading(2, (label("report.strong"),))
    for one in facts:
        yield from map(Paragraph, _say_strong(one))
    yield ToFill((label("report_gaps.experience"),))
    yield Heading(2, (label("report.problems"),))
    for one in facts:
        yield from _losses(one)
        yield from _below(one)
    for one in facts:
        yield from map(Paragraph, _say_waiting(one))
        yield from _conflicts(one)
        yield from map(Paragraph, _say_lacking(one))
    yield ToFill((label("report_gaps.problems"),))


def _say_strong(one: RecordFacts) -> Iterator[Fragments]:
    found = strengths(one.record) if one.graded else ()
    if not found:
        yield (label("report.no_strong"),)
        return
    ways = _ways(one)
    for code, some in (("best", found[:_STRONG]), ("weakest", found[_STRONG:][::-1][:_STRONG])):
        parts = [
            say("report.rate", code=one.name(f"{ways[s.code]}.code", s.code),
                name=one.name(f"{ways[s.code]}.name", s.name),
                rate=one.count(f"rate_{s.code}", two(s.rate * 100)))
            for s in some
        ]  # fmt: skip
        if parts:
            yield say(f"report.{code}", parts=listed(parts))


def _ways(one: RecordFacts) -> dict[str, str]:
    """Code of a dimension or category -> the way to it."""
    ways = {}
    for d, dimension in enumerate(one.record.dimensions):
        ways[dimension.code] = f"dimensions.{d}"
        ways |= {found.code: f"dimensions.{d}.categories.{c}" for c, found in enumerate(dimension.categories)
                 if found.code not in ways}  # fmt: skip
    return ways


def _losses(one: RecordFacts) -> Iterator[Passage]:
    """The settled indicators that lost the most points of the total."""
    lost = one.record.lost if one.graded else ()
    if not lost:
        return
    rows = []
    for indicator in lost[:_LOSSES]:
        way = one.indicators[indicator.code]
        rows.append(Row((
            cell(one.code(indicator.code)), cell(one.name(f"{way}.name", indicator.name)),
            cell(one.told(f"{way}.points", indicator.points)),
            cell(one.told(f"{way}.points_full", indicator.points_full)),
            cell(one.told(f"{way}.lost", indicator.lost)), one.named(one.asked_for(indicator.code), _NAMES),
        )))  # fmt: skip
    heads = tuple(label(f"report_heads.{name}") for name in ("code", "name", "points", "full", "lost", "duty"))
    title = one.name("catalog.title", one.record.catalog.title)
    caption = say("report.table_losses", system=title, number=one.count("lost_shown", len(rows)))
    table = Table(caption, heads, tuple(rows), (12, 34, 11, 10, 10, 23), frozenset({2, 3, 4}), "losses")
    yield Paragraph(say("report.losses", number=one.count("lost", len(lost))))
    yield Chart(say("report.chart_losses", system=title), table, 0, (4,), name="losses_chart")
    yield table


def _below(one: RecordFacts) -> Iterator[Passage]:
    """The indicators that are below the target star."""
    stars = one.record.stars
    if not stars or not stars.below:
        return
    known = {i.code: i for i in one.record.indicators}
    below = sorted((known[code] for code in stars.below if code in known), key=lambda i: i.star or 0)
    rows = []
    for indicator in below[:_BELOW]:
        way = one.indicators[indicator.code]
        rows.append(Row((
            cell(one.code(indicator.code)), cell(one.name(f"{way}.name", indicator.name)),
            cell(one.told(f"{way}.star", indicator.star)), cell(one.told(f"{way}.next_star", indicator.next_star)),
            one.named(one.asked_for(indicator.code), _NAMES),
        )))  # fmt: skip
    heads = tuple(label(f"report_heads.{name}") for name in ("code", "name", "star", "next_star", "duty"))
    yield Paragraph(
        say("report.below", level=label(f"stars.level_{stars.target}"), number=one.count("stars_below", len(below)))
    )
    title = one.name("catalog.title", one.record.catalog.title)
    yield Table(say("report.table_below", system=title), heads, tuple(rows), (14, 40, 10, 12, 24), frozenset({2, 3}),
                "below")  # fmt: skip


def _say_waiting(one: RecordFacts) -> Iterator[Fragments]:
    code = "report.waits" if one.graded else "report.waits_items"
    waits = [
        say(code, name=one.department(d.key), held=one.weight(f"{one.departments[d.key]}.held", d.held))
        for d in silent(one.record)
    ]
    if waits:
        yield say("report.waiting", waits=listed(waits))


def _conflicts(one: RecordFacts) -> Iterator[Passage]:
    """The conflicts that nobody has settled."""
    waiting = open_conflicts(one.record)
    if not waiting:
        return
    rows = [Row((cell(one.figure(c.figure)), _say_sides(one, c), (_state(c),))) for c in waiting[:_CONFLICTS]]
    heads = tuple(label(f"report_heads.{name}") for name in ("figure", "sides", "conflict_state"))
    title = one.name("catalog.title", one.record.catalog.title)
    yield Paragraph(say("report.conflicts", number=one.count("open_conflicts", len(waiting))))
    yield Table(say("report.table_conflicts", system=title), heads, tuple(rows), (34, 50, 16), name="conflicts")


def _state(conflict: ConflictRecord) -> str:
    return label("report.sent_back" if conflict.state is ConflictState.BACK else "report.undecided")


def _say_sides(one: RecordFacts, conflict: ConflictRecord) -> Fragments:
    return listed((_say_side(one, conflict, side) for side in conflict.sides), label("word.list"))


def _say_side(one: RecordFacts, conflict: ConflictRecord, side: SideRecord) -> Fragments:
    """Who says it, and what: as it was typed."""
    names = listed(dict.fromkeys(one.department(answer.department) for answer in side.answers))
    first = side.answers[0]
    known = conflict.figure in one.figures
    found = answer_at(one.figure_of(conflict.figure), first.file, first.sheet, first.cell) if known else None
    value: Fragment = label("report.rows_differ")
    if found and found[1].rows is None:
        value = one.name(f"{one.figures[conflict.figure]}.answers.{found[0]}.raw", found[1].raw or NONE)
    return say("report.side", names=names, value=value)


def _say_lacking(one: RecordFacts) -> Iterator[Fragments]:
    lacking = one.record.evidence.lacking
    if lacking:
        codes = listed(one.name(f"evidence.lacking.{at}", code) for at, code in enumerate(lacking[:_CODES]))
        yield say(
            "report.lacking" if len(lacking) <= _CODES else "report.lacking_some",
            number=one.count("lacking", len(lacking)),
            codes=codes,
        )
