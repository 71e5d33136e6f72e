"""Blocks of a report -> paragraphs and tables of a document, in its styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smartcity_xl.messages import label
from smartcity_xl.report.numerals import Counter
from smartcity_xl.report.told import Chart, Fragments, Heading, Paragraph, Passage, Row, Table, ToFill, flat
from smartcity_xl.report.word.charts import place_chart
from smartcity_xl.report.word.elements import Element, element, paragraph, run, table
from smartcity_xl.report.word.elements import field as word_field
from smartcity_xl.report.word.styles import Styles

if TYPE_CHECKING:
    from docx.opc.part import Part

_TABLE_SIZE = "21"
"""Half points of the text of a table, where the template has no style for it."""


@dataclass
class BlockWriter:
    """Writes blocks into a part: ``width`` is that of its lines, in twentieths of a point; drawings are numbered from
    ``drawings``, above those that the template has."""

    part: Part
    styles: Styles
    width: int
    drawings: int
    counter: Counter = field(default_factory=Counter)

    def write(self, blocks: Iterable[Passage]) -> Iterator[Element]:
        for block in blocks:
            match block:
                case Heading():
                    yield self._heading(block)
                case Paragraph():
                    yield self._body([run(flat(block.spans))])
                case ToFill():
                    yield self._body(self._gap(block.spans))
                case Table():
                    yield self._caption("table", block.caption, above=True)
                    yield self._table(block)
                    yield paragraph(self.styles.table, ())  # so that nothing sticks to a table
                case Chart():
                    yield self._drawing(block)
                    yield self._caption("chart", block.caption, above=False)

    def _heading(self, heading: Heading) -> Element:
        level = heading.level
        style, numbered = self.styles.headings[level], level in self.styles.numbered
        properties, number = [], ""
        if not heading.numbered and self.styles.annex:
            style = self.styles.annex
        elif heading.numbered:
            number = "" if numbered else self.counter.next(level)
        elif numbered:
            properties = [element("w:numPr", None, element("w:ilvl", {"val": "0"}), element("w:numId", {"val": "0"}))]
        return paragraph(style, [run(number + flat(heading.spans))], *properties)

    def _body(self, runs: Iterable[Element]) -> Element:
        if self.styles.body:
            return paragraph(self.styles.body, runs)
        return paragraph(None, runs, element("w:ind", {"firstLineChars": "200", "firstLine": "480"}))

    def _gap(self, spans: Fragments) -> list[Element]:
        text = label("report.to_fill", what=flat(spans))
        if self.styles.gap:
            return [run(text, style=self.styles.gap)]
        return [run(text, [element("w:highlight", {"val": "yellow"})])]

    def _caption(self, kind: str, caption: Fragments, above: bool) -> Element:
        """The number is a field, so that Word counts on where a table is added by hand."""
        word, (number, *rest) = label(f"report.{kind}_word"), caption
        runs = [run(word), *word_field(f"SEQ {word} \\* ARABIC", flat((number,))), run(f"　{flat(rest)}")]
        keep = [element("w:keepNext", {} if above else {"val": "0"})]
        if self.styles.caption:
            return paragraph(self.styles.caption, runs, *keep)
        return paragraph(None, runs, *keep, element("w:jc", {"val": "center"}))

    def _table(self, block: Table) -> Element:
        whole = sum(block.widths)
        widths = [int(self.width * share / whole) for share in block.widths]
        head = [self._cell((text,), centred=True, strong=True) for text in block.heads]
        return table(widths, head, ((self._cells(block, row), row.strong) for row in block.rows))

    def _cells(self, block: Table, row: Row) -> list[Element]:
        return [self._cell(spans, at in block.numbers, row.strong) for at, spans in enumerate(row.cells)]

    def _cell(self, spans: Fragments, centred: bool, strong: bool) -> Element:
        small = [] if self.styles.table else [element("w:sz", {"val": _TABLE_SIZE})]
        bold = [element("w:b")] if strong else []
        text = flat(spans)
        runs = [run(text, [*bold, *small])] if text else []
        return paragraph(self.styles.table, runs, *([element("w:jc", {"val": "center"})] if centred else []))

    def _drawing(self, chart: Chart) -> Element:
        self.drawings += 1
        drawn = element("w:r", None, place_chart(self.part, chart, self.drawings))
        return paragraph(
            self.styles.chart, [drawn], element("w:keepNext"),
            element("w:spacing", {"line": "240", "lineRule": "auto"}), element("w:ind", {"firstLine": "0"}),
            element("w:jc", {"val": "center"}),
        )  # fmt: skip
