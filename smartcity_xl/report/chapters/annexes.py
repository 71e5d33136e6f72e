"""What is annexed: every indicator's score, every file named as evidence, and, only where asked for, the people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.form.people import describe_fields
from smartcity_xl.messages import label
from smartcity_xl.report.facts import NONE, RecordFacts
from smartcity_xl.report.told import Fragments, Heading, Paragraph, Passage, Row, Table, cell, listed, say
from smartcity_xl.results.record import IndicatorRecord, PeopleRecord


def write_marks(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    """Every indicator under its dimension and category."""
    yield Heading(1, (label("report_chapters.marks"),), numbered=False)
    for one in facts:
        title = one.name("catalog.title", one.record.catalog.title)
        heads = ("code", "name", *(("points", "full") if one.graded else ()), "star_or", "standing")
        heads = tuple(head for head in heads if head != "star_or" or one.record.stars)
        widths = {"code": 13, "name": 45, "points": 12, "full": 10, "star_or": 8, "standing": 12}
        yield Table(
            say("report.table_marks", system=title), tuple(label(f"report_heads.{head}") for head in heads),
            tuple(_mark_rows(one, heads)), tuple(widths[head] for head in heads),
            frozenset(at for at, head in enumerate(heads) if head in ("points", "full", "star_or")), "marks",
        )  # fmt: skip


def _mark_rows(one: RecordFacts, heads: Sequence[str]) -> Iterator[Row]:
    blank = [()] * (len(heads) - 2)
    for d, dimension in enumerate(one.record.dimensions):
        way = f"dimensions.{d}"
        names = cell(one.name(f"{way}.code", dimension.code)), cell(one.name(f"{way}.name", dimension.name))
        yield Row((*names, *_sums(one, way, dimension.score, dimension.full, heads, blank)), strong=True)
        for c, category in enumerate(dimension.categories):
            way = f"dimensions.{d}.categories.{c}"
            if len(dimension.categories) > 1:
                names = cell(one.name(f"{way}.code", category.code)), cell(one.name(f"{way}.name", category.name))
                yield Row((*names, *_sums(one, way, category.score, category.full, heads, blank)), strong=True)
            for i, indicator in enumerate(category.indicators):
                yield _mark_row(one, f"{way}.indicators.{i}", indicator, heads)


def _sums(
    one: RecordFacts, way: str, score: str, full: str, heads: Sequence[str], blank: Sequence[Fragments]
) -> tuple[Fragments, ...]:
    if not one.graded:
        return tuple(blank)
    return (cell(one.told(f"{way}.score", score)), cell(one.told(f"{way}.full", full)), *blank[2:])


def _mark_row(one: RecordFacts, way: str, indicator: IndicatorRecord, heads: Sequence[str]) -> Row:
    cells: dict[str, Fragments] = {
        "code": cell(one.name(f"{way}.code", indicator.code)),
        "name": cell(one.name(f"{way}.name", indicator.name)),
        "points": cell(one.told(f"{way}.points", indicator.points)),
        "full": cell(one.told(f"{way}.points_full", indicator.points_full)),
        "star_or": cell(one.told(f"{way}.star", indicator.star)),
        "standing": (label(f"standing.{indicator.standing.value}"),),
    }
    return Row(tuple(cells[head] for head in heads))


def write_sources(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    """Every file that a department names as evidence, and whether it came."""
    if not any(one.record.evidence.named for one in facts):
        return
    yield Heading(1, (label("report_chapters.sources"),), numbered=False)
    for one in facts:
        rows = []
        for at, named in enumerate(one.record.evidence.named):
            way = f"evidence.named.{at}"
            rows.append(Row((
                cell(one.name(f"{way}.indicator", named.indicator)), cell(one.department(named.department)),
                cell(one.text(f"{way}.title", named.title)), cell(one.text(f"{way}.named", named.named or NONE)),
                (label(f"file_state.{named.state.value}"),),
            )))  # fmt: skip
        heads = tuple(label(f"report_heads.{head}") for head in ("code", "department", "evidence", "file", "state"))
        title = one.name("catalog.title", one.record.catalog.title)
        if rows:
            yield Table(
                say("report.table_sources", system=title), heads, tuple(rows), (13, 21, 26, 29, 11), name="sources"
            )


def write_contacts(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    """Who answers for each department, by its workbooks: for those who were told to name people."""
    one = facts[0]
    yield Heading(1, (label("report_chapters.contacts"),), numbered=False)
    yield Paragraph((label("report.contacts_warning"),))
    rows = [Row((cell(one.department(who.department)), _say_people(one, at, who))) for at, who in
            enumerate(one.record.people)]  # fmt: skip
    heads = tuple(label(f"report_heads.{head}") for head in ("department", "people"))
    yield Table((label("report.table_contacts"),), heads, tuple(rows), (30, 70), name="contacts")


def _say_people(one: RecordFacts, at: int, who: PeopleRecord) -> Fragments:
    parts = []
    for key, said in who.said.items():
        texts = (one.text(f"people.{at}.said.{key}.{n}.text", entry.text) for n, entry in enumerate(said))
        parts.append(say("report.person", field=describe_fields((key,)), said=listed(texts)))
    return listed(parts, label("word.list")) if parts else (NONE,)
