"""How the round was organised: by which texts, who was asked and has reported, what came, what the office settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from smartcity_xl.messages import label
from smartcity_xl.report.facts import RecordFacts
from smartcity_xl.report.told import Fragments, Heading, Paragraph, Passage, Row, Table, ToFill, cell, listed, say
from smartcity_xl.results.highlights import silent
from smartcity_xl.results.open import count_findings
from smartcity_xl.results.record import ConflictState, DepartmentRecord, FileStatus

_FILES = (FileStatus.TAKEN, FileStatus.SUPERSEDED, FileStatus.ATTACHED, FileStatus.REJECTED, FileStatus.ASIDE,
          FileStatus.EXCLUDED)  # fmt: skip


def write_organised(facts: Sequence[RecordFacts]) -> Iterator[Passage]:
    yield Heading(2, (label("report.basis"),))
    for one in facts:
        yield Paragraph(_say_system(one))
    chosen = dict.fromkeys(_say_settings(one) for one in facts)
    for settings in chosen:
        whose = [one for one in facts if _say_settings(one) == settings]
        yield Paragraph((*(span for one in whose if len(chosen) > 1 for span in _of_system(one, facts)), *settings))
    yield from map(Paragraph, _say_terms(facts[0]))
    yield ToFill((label("report_gaps.organised"),))
    yield Heading(2, (label("report.course"),))
    yield Paragraph(_say_files(facts[0]))
    for one in facts:
        yield Paragraph((*_of_system(one, facts), *_say_reported(one)))
        if found := _say_settled(one):
            yield Paragraph((*_of_system(one, facts), *found))
    yield ToFill((label("report_gaps.course"),))
    yield Heading(2, (label("report.reporting"),))
    for one in facts:
        yield _table(one, len(facts) > 1)


def _of_system(one: RecordFacts, facts: Sequence[RecordFacts]) -> Fragments:
    """Which system is spoken of, where there are several."""
    if len(facts) == 1:
        return ()
    return say("report.of_system", system=one.name("catalog.title", one.record.catalog.title))


def _say_system(one: RecordFacts) -> Fragments:
    record = one.record
    return say(
        "report.by_system", system=one.name("catalog.title", record.catalog.title),
        version=one.name("catalog.version", record.catalog.version),
        assignment=one.name("assignment.title", record.assignment.title),
    )  # fmt: skip


def _say_settings(one: RecordFacts) -> Fragments:
    chosen = one.record.settings
    words = {"ratio": chosen.ratio_above_one, "rounding": chosen.rounding, "missing": chosen.missing}
    return tuple(label(f"settings.{name}_{choice.value.replace('-', '_')}") for name, choice in words.items())


def _say_terms(one: RecordFacts) -> Iterator[Fragments]:
    terms = one.record.terms
    said = {
        "period": (terms.period and one.name("terms.period", terms.period)),
        "basis": (terms.basis and one.name("terms.basis", terms.basis)),
        "deadline": (one.record.deadline and one.name("deadline", one.record.deadline)),
    }
    lines = [say(f"report.terms_{name}", said=told) for name, told in said.items() if told]
    if lines:
        yield tuple(span for line in lines for span in line)


def _say_reported(one: RecordFacts) -> Fragments:
    asked = [d for d in one.record.departments if d.asked]
    reported = sum(d.reported for d in asked)
    waiting = silent(one.record)
    said = say("report.reported", asked=one.count("asked", len(asked)), reported=one.count("reported", reported))
    if waiting:
        names = listed(one.department(d.key) for d in waiting)
        said += say("report.silent", number=one.count("silent", len(waiting)), names=names)
    return said


def _say_files(one: RecordFacts) -> Fragments:
    counts = Counter(file.status for file in one.record.files)
    parts = [
        say(f"report_files.{status.value}", number=one.count(f"file_{status.value}", counts[status]))
        for status in _FILES
        if counts[status] or status is FileStatus.TAKEN
    ]
    whole = one.count("files", len(one.record.files))
    return say("report.files", whole=whole, parts=listed(parts, label("word.list")))


def _say_settled(one: RecordFacts) -> Fragments:
    """What was doubtful, contested, corrected, and what the office decided."""
    record = one.record
    states = Counter(conflict.state for conflict in record.conflicts)
    counts = count_findings(record.findings)
    numbers = {
        "errors": counts.errors, "queries": counts.queries, "explained": counts.explained,
        "conflicts": len(record.conflicts), "decided": states[ConflictState.DECIDED],
        "back": states[ConflictState.BACK], "corrections": len(record.corrections), "rulings": len(record.rulings),
    }  # fmt: skip
    parts = [say(f"report_settled.{name}", number=one.count(name, n)) for name, n in numbers.items() if n]
    return (*listed(parts, label("word.list")), label("report.stop")) if parts else ()


def _table(one: RecordFacts, several: bool) -> Table:
    title = one.name("catalog.title", one.record.catalog.title)
    caption = say("report.table_reporting_of", system=title) if several else (label("report.table_reporting"),)
    heads = ("department", "reported", "filled", "asked", "errors", "queries", "held" if one.graded else "held_items")
    rows = (_row(one, at, d) for at, d in enumerate(one.record.departments) if d.asked or d.reported)
    return Table(
        caption, tuple(label(f"report_heads.{name}") for name in heads), tuple(rows),
        (34, 12, 10, 10, 12, 12, 14), frozenset(range(2, 7)), "reporting",
    )  # fmt: skip


def _row(one: RecordFacts, at: int, department: DepartmentRecord) -> Row:
    way = f"departments.{at}"
    state = label("report.has_reported" if department.reported else "report.has_not")
    return Row((
        cell(one.department(department.key)), cell(state), cell(one.told(f"{way}.filled", department.filled)),
        cell(one.told(f"{way}.asked", department.asked)), cell(one.told(f"{way}.errors", department.errors)),
        cell(one.told(f"{way}.queries", department.queries)), cell(one.weight(f"{way}.held", department.held)),
    ))  # fmt: skip
