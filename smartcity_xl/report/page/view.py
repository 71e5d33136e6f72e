"""Chapters as the template of the page takes them: headings with their numbers, tables and charts with their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartcity_xl.books.charts import LYING, describe_chart
from smartcity_xl.messages import label
from smartcity_xl.report.facts import walk_indicators
from smartcity_xl.report.numerals import Counter
from smartcity_xl.report.told import Chapter, Chart, Fragments, Heading, Paragraph, Passage, Report, Table, ToFill, flat

_LONG = 40
"""Rows from which on a table is folded."""


@dataclass(frozen=True, slots=True)
class View:
    """A block; ``kind`` says how the template shows it. ``place`` is the table's own, or that of a chart's table."""

    kind: str
    spans: Fragments
    level: int = 0
    number: str = ""
    place: str = ""
    table: Table | None = None
    chart: Chart | None = None
    folded: bool = False

    @property
    def alt(self) -> str:
        caption = f"{label('report.chart_word')}{self.number}　{flat(self.spans)}"
        return describe_chart(LYING, self.chart is not None and self.chart.stacked, caption)


@dataclass(frozen=True, slots=True)
class ChapterView:
    name: str
    title: View
    blocks: tuple[View, ...]


def view_chapters(report: Report) -> tuple[ChapterView, ...]:
    """The chapters that the page shows. What a person has still to write stands in the document alone."""
    counter = Counter()
    chapters = []
    for chapter in report.chapters:
        if not chapter.word_only:
            first, *rest = _view_chapter(chapter, counter)
            chapters.append(ChapterView(chapter.name, first, tuple(rest)))
    return tuple(chapters)


def _view_chapter(chapter: Chapter, counter: Counter) -> list[View]:
    views = []
    blocks = [one for one in chapter.blocks if not isinstance(one, ToFill)]
    for at, block in enumerate(blocks):
        following = blocks[at + 1 :]
        if isinstance(block, Heading) and at and _is_empty(block, following):
            continue
        views.append(_view(block, counter))
    return views


def _is_empty(heading: Heading, following: Sequence[Passage]) -> bool:
    """Whether nothing stands under a heading, what was under it being for a person to write."""
    return not following or (isinstance(following[0], Heading) and following[0].level <= heading.level)


def _view(block: Passage, counter: Counter) -> View:
    match block:
        case Heading():
            number = counter.next(block.level) if block.numbered else ""
            return View("heading", block.spans, block.level + 1, number)
        case Table():
            of, *caption = block.caption
            return View("table", tuple(caption), number=flat((of,)), place=_place(block), table=block,
                        folded=len(block.rows) > _LONG)  # fmt: skip
        case Chart():
            of, *caption = block.caption
            return View("chart", tuple(caption), number=flat((of,)), place=_place(block.table), chart=block)
        case Paragraph() | ToFill():
            return View("paragraph", block.spans)


def _place(table: Table) -> str:
    """The table's place on the page: by what it tells, which no other table tells with the same heads."""
    first = next(
        (span.at for row in table.rows for cell in row.cells for span in cell if not isinstance(span, str)), "0"
    )
    return f"t-{table.name}-{first.split('.', 1)[0]}"


def anchors_of(report: Report) -> Mapping[str, str]:
    """Where the code of an indicator is told -> its place in the tree."""
    return {
        f"{number}.{way}.code": f"n-{number}-{indicator.code}"
        for number, record in enumerate(report.records)
        for way, indicator in walk_indicators(record)
    }
