"""The chapters of a report, in the order of the national notice's outline for it: how the round was organised, results,
experience and problems, cases and their sources, next steps; and what is annexed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smartcity_xl.messages import label
from smartcity_xl.report.chapters.annexes import write_contacts, write_marks, write_sources
from smartcity_xl.report.chapters.cases import write_cases
from smartcity_xl.report.chapters.experience import write_experience
from smartcity_xl.report.chapters.fields import fields_of
from smartcity_xl.report.chapters.numbering import number_captions
from smartcity_xl.report.chapters.organised import write_organised
from smartcity_xl.report.chapters.outcomes import is_final, write_outcomes
from smartcity_xl.report.chapters.steps import write_next
from smartcity_xl.report.facts import RecordFacts
from smartcity_xl.report.texts import shown
from smartcity_xl.report.told import Chapter, Heading, Passage, Report
from smartcity_xl.results import Results

__all__ = ["compose_report"]


def compose_report(records: Sequence[Results], contacts: bool = False) -> Report:
    """The report of a round by the records of its systems, of which there is at least one; all of one city and round.

    ``contacts``: people, telephones and addresses of mail are named; else none of them is.
    """
    facts = tuple(RecordFacts.of(number, record, contacts) for number, record in enumerate(records))
    first = records[0]
    open_ = [one for one in facts if not is_final(one.record)]
    chapters = (
        _chapter("organised", write_organised(facts)),
        _chapter("outcomes", write_outcomes(facts)),
        _chapter("experience", write_experience(facts)),
        _chapter("cases", write_cases(facts)),
        _chapter("next", write_next(facts)),
        Chapter("marks", tuple(write_marks(facts)), word_only=True),
        Chapter("sources", tuple(write_sources(facts))),
        *((Chapter("contacts", tuple(write_contacts(facts))),) if contacts else ()),
    )
    return Report(
        label("report.title", city=shown(first.city), round=shown(first.round)),
        label("word.list").join(shown(one.catalog.title) for one in records),
        label("report.provisional") if open_ else "",
        number_captions(tuple(chapter for chapter in chapters if chapter.blocks)),
        tuple(records),
        contacts,
        tuple(map(fields_of, facts)),
    )


def _chapter(name: str, blocks: Iterable[Passage]) -> Chapter:
    return Chapter(name, (Heading(1, (label(f"report_chapters.{name}"),)), *blocks))
