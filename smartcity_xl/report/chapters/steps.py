"""What to do next: what would win points back, what must still be had or corrected, and for whom it waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.messages import label
from smartcity_xl.model import Severity
from smartcity_xl.report.facts import NONE, RecordFacts
from smartcity_xl.report.told import Chart, Heading, Paragraph, Passage, Row, Table, ToFill, cell, say
from smartcity_xl.results.record import FindingRecord

_MUST, _NAMES = 20, 3


def write_next(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    if any(one.record.reach.steps for one in facts):
        yield Heading(2, (label("report.win"),))
        for one in facts:
            yield from _reach(one)
    if any(_must(one) for one in facts):
        yield Heading(2, (label("report.must"),))
        for one in facts:
            yield from _open(one)
    yield Heading(2, (label("report.work"),))
    yield ToFill((label("report_gaps.next"),))


def _reach(one: RecordFacts) -> Iterator[Passage]:
    reach = one.record.reach
    if not reach.steps:
        return
    rows = []
    for at, step in enumerate(reach.steps):
        way = f"reach.steps.{at}"
        gained = (f"{way}.gain", step.gain) if one.graded else (f"{way}.star", step.star)
        rows.append(Row((
            cell(one.name(f"{way}.indicator", step.indicator)), cell(one.name(f"{way}.zh", step.zh)),
            cell(one.told(*gained)), one.named(step.departments, _NAMES) if step.departments else (NONE,),
        )))  # fmt: skip
    heads = ("code", "step", "gain" if one.graded else "star_then", "duty")
    title = one.name("catalog.title", one.record.catalog.title)
    table = Table(
        say("report.table_steps", system=title), tuple(label(f"report_heads.{head}") for head in heads), tuple(rows),
        (13, 53, 11, 23), frozenset({2}), "steps",
    )  # fmt: skip
    yield Paragraph(say("report.reach", reach=one.name("reach.zh", reach.zh)))
    if one.graded:
        yield Chart(say("report.chart_steps", system=title), table, 0, (2,), name="steps_chart")
    yield table


def _must(one: RecordFacts) -> list[tuple[int, FindingRecord]]:
    """What must be corrected or sent, those first on which most points hang. What is said of a person is left out."""
    of_people = {code for person in one.record.people for code in person.findings}
    return [
        (at, found)
        for at, found in enumerate(one.record.findings)
        if found.severity is Severity.ERROR and not found.explanation and (one.contacts or found.code not in of_people)
    ]


def _open(one: RecordFacts) -> Iterator[Passage]:
    must = _must(one)
    if not must:
        return
    rows = []
    for at, found in must[:_MUST]:
        way = f"findings.{at}"
        rows.append(Row((
            cell(one.department(found.department)) if found.department else (NONE,),
            cell(one.text(f"{way}.zh.found", found.zh.found)), cell(one.text(f"{way}.zh.remedy", found.zh.remedy)),
            cell(one.weight(f"{way}.points", found.points)),
        )))  # fmt: skip
    heads = ("department", "found", "remedy", "stake" if one.graded else "stake_items")
    title = one.name("catalog.title", one.record.catalog.title)
    code = "report.must_some" if len(must) > _MUST else "report.must_all"
    yield Paragraph(
        say(code, number=one.count("must", len(must)), shown=one.count("must_shown", min(len(must), _MUST)))
    )
    yield Table(
        say("report.table_must", system=title), tuple(label(f"report_heads.{head}") for head in heads), tuple(rows),
        (20, 36, 32, 12), frozenset({3}), "must",
    )  # fmt: skip
