"""Cases and written material: what came, how it measures against its outline, which files can be named as sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.messages import label
from smartcity_xl.model import FileState
from smartcity_xl.report.facts import RecordFacts
from smartcity_xl.report.told import Fragments, Heading, Paragraph, Passage, Row, Table, ToFill, cell, listed, say
from smartcity_xl.results.record import WrittenRecord

_SOURCES = 10


def write_cases(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    """Written material belongs to the round: it stands the same in every record, and is told once."""
    one = facts[0]
    written = list(enumerate(one.record.written))
    cases = [(at, found) for at, found in written if label("report.case") in found.kind]
    if written:
        yield Paragraph(say("report.written", number=one.count("written", len(written)),
                            cases=one.count("cases", len(cases))))  # fmt: skip
        yield _table(one)
    else:
        yield Paragraph((label("report.no_written"),))
    for at, found in cases:
        title = one.text(f"written.{at}.title", found.title) if found.title else label("report.untitled")
        yield Heading(2, cell(title))
        yield Paragraph(_say_origin(one, at, found))
        yield from map(Paragraph, _say_sources(facts, found))
        yield ToFill((label("report_gaps.case"),))
    if not cases:
        yield ToFill((label("report_gaps.no_case"),))


def _table(one: RecordFacts) -> Table:
    rows = []
    for at, found in enumerate(one.record.written):
        way = f"written.{at}"
        rows.append(Row((
            cell(one.name(f"{way}.kind", found.kind)), _owner(one, found),
            cell(one.text(f"{way}.title", found.title or found.file)),
            cell(one.told(f"{way}.characters", found.characters)), cell(one.told(f"{way}.figures", found.figures)),
            cell(one.told(f"{way}.tables", found.tables)), _say_found(one, found),
        )))  # fmt: skip
    heads = ("kind", "department", "document", "characters", "figures", "tables", "found")
    return Table(
        (label("report.table_written"),), tuple(label(f"report_heads.{head}") for head in heads), tuple(rows),
        (11, 16, 24, 9, 7, 7, 26), frozenset({3, 4, 5}), "written",
    )  # fmt: skip


def _owner(one: RecordFacts, found: WrittenRecord) -> Fragments:
    return cell(one.department(found.department)) if found.department else (label("word.unknown"),)


def _say_found(one: RecordFacts, written: WrittenRecord) -> Fragments:
    said = [
        one.text(f"findings.{at}.zh.found", finding.zh.found)
        for at, finding in enumerate(one.record.findings)
        if finding.file == written.file and finding.code in written.findings
    ]
    return listed(said, label("word.list")) if said else (label("report.as_wanted"),)


def _say_origin(one: RecordFacts, at: int, found: WrittenRecord) -> Fragments:
    return say("report.case_from", department=_owner(one, found), file=one.text(f"written.{at}.file", found.file))


def _say_sources(facts: Sequence[RecordFacts], found: WrittenRecord) -> Iterator[Fragments]:
    """The evidence of the department that wrote the case: what its figures can be shown to rest on."""
    for one in facts:
        files = [
            (f"evidence.named.{at}.title", named.title or named.named)
            for at, named in enumerate(one.record.evidence.named)
            if found.department and named.department == found.department and named.state is FileState.PRESENT
        ]
        if files:
            names = listed(say("report.quoted", name=one.text(way, text)) for way, text in files[:_SOURCES])
            code = "report.sources_some" if len(files) > _SOURCES else "report.sources"
            yield say(code, names=names, number=one.count(f"sources_{found.department}", len(files)))
