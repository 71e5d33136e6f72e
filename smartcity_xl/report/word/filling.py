"""A template, filled: words in the place of placeholders, the report's chapters where they are wanted, and, while
results are provisional, the mark of that on the first page and in every header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from smartcity_xl.catalog.entry import Fault, fault_at
from smartcity_xl.errors import TemplateFault
from smartcity_xl.messages import label
from smartcity_xl.report.told import Chart, Fragments, Heading, Passage, Report, Table, flat
from smartcity_xl.report.word.blocks import BlockWriter
from smartcity_xl.report.word.elements import Element, element, paragraph, run
from smartcity_xl.report.word.styles import LEVELS, Styles, find_styles
from smartcity_xl.report.word.template import (
    PLACEHOLDER,
    HeldPlace,
    OwnTemplate,
    find_places,
    open_document,
    text_of,
    texts_in,
)

if TYPE_CHECKING:
    from docx.document import Document

_BODY = "body"
_MARKS = frozenset({"provisional", "mark"})
_LINE = 8844
"""Twentieths of a point: the line of a page of GB/T 9704, where a template says nothing of its own."""
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def fill_template(report: Report, template: OwnTemplate) -> Document:
    """The document with the report in it; a template without any placeholder has the report at its end.

    Raises TemplateFault with every fault of the template.
    """
    document = open_document(template)
    places, faults = find_places(document, len(report.records))
    styles = find_styles(document)
    wanted = {id(place.paragraph): _blocks_for(report, place.part, place.system) for place in places if place.part}
    if not places:
        wanted[0] = _blocks_for(report, _BODY, 1)
    faults += _missing_styles(styles, (block for blocks in wanted.values() for block in blocks))
    if faults:
        raise TemplateFault(template.name, list({fault.words(): fault for fault in faults}.values()))
    marked = {place.field: place for place in places if place.field in _MARKS and _in_body(document, place)}
    headed = any(place.field in _MARKS and not _in_body(document, place) for place in places)
    if report.provisional:
        _mark(document, report, first=not marked, headers=not headed)
    writer = BlockWriter(document.part, styles, _line_of(document), _drawings(document))
    for place in places:
        if place.part:
            _replace(place.paragraph, writer.write(wanted[id(place.paragraph)]))
    _fill_fields(document, report, [place for place in places if place.field])
    if not places:
        end = document.element.body.sectPr
        for made in writer.write(wanted[0]):
            end.addprevious(made) if end is not None else document.element.body.append(made)
    if not template.name:
        document.core_properties.title = report.title[:200]
    return document


# --- what is wanted ----------------------------------------------------------------------------------------------


def _blocks_for(report: Report, part: str, system: int) -> tuple[Passage, ...]:
    """The blocks that a placeholder asks for; a table or chart of one system by its name and the system's number."""
    if part == _BODY:
        return tuple(block for chapter in report.chapters for block in chapter.blocks)
    chapters = [chapter for chapter in report.chapters if chapter.name == part]
    if chapters:
        return tuple(block for chapter in chapters for block in chapter.blocks)
    found = [
        block for chapter in report.chapters for block in chapter.blocks
        if isinstance(block, Table | Chart) and block.name == part and _is_of(block, system - 1)
    ]  # fmt: skip
    return tuple(found)


def _is_of(block: Table | Chart, number: int) -> bool:
    """Whether a table, or that of a chart, tells of the record with this number."""
    rows = block.rows if isinstance(block, Table) else block.table.rows
    told = (span for row in rows for cell in row.cells for span in cell if not isinstance(span, str))
    return next((span.at.split(".", 1)[0] for span in told), "0") == str(number)


def _missing_styles(styles: Styles, blocks: Iterable[Passage]) -> Iterable[Fault]:
    used = {block.level for block in blocks if isinstance(block, Heading)}
    for level in LEVELS:
        if level in used and level not in styles.headings:
            yield fault_at((), "template-style-missing", found=label(f"report_styles.heading_{level}"), level=level)


# --- putting it in place -----------------------------------------------------------------------------------------


def _in_body(document: Document, place: HeldPlace) -> bool:
    return any(above is document.element.body for above in place.paragraph.iterancestors())


def _replace(paragraph_: Element, made: Iterable[Element]) -> None:
    """Blocks in the place of a paragraph; the end of a section that hangs in it stays."""
    for one in made:
        paragraph_.addprevious(one)
    if paragraph_.xpath("w:pPr/w:sectPr"):
        for node in texts_in(paragraph_):
            node.text = ""
    else:
        paragraph_.getparent().remove(paragraph_)


def _fill_fields(document: Document, report: Report, places: Iterable[HeldPlace]) -> None:
    paragraphs = {id(place.paragraph): place.paragraph for place in places}
    values: Mapping[tuple[str, int], Fragments] = {
        (name, number): spans for number, fields in enumerate(report.fields, start=1) for name, spans in fields.items()
    }
    typed = {place.typed: _value(report, place, values) for place in places}
    for one in paragraphs.values():
        alone = PLACEHOLDER.fullmatch(text_of(one).strip())
        _fill_paragraph(one, typed)
        if alone and not text_of(one).strip() and one.getparent() is document.element.body:
            one.getparent().remove(one)


def _value(report: Report, place: HeldPlace, values: Mapping[tuple[str, int], Fragments]) -> str:
    if place.field == "provisional":
        return report.provisional
    if place.field == "mark":
        return label("report.provisional_header") if report.provisional else ""
    return flat(values[place.field, place.system])


def _fill_paragraph(one: Element, typed: Mapping[str, str]) -> None:
    """Word cuts a text into runs where it likes: what stands for a placeholder goes where that begins."""
    nodes = texts_in(one)
    whole = "".join(node.text or "" for node in nodes)
    for found in reversed(list(PLACEHOLDER.finditer(whole))):
        at = 0
        for node in nodes:
            text = node.text or ""
            begin, end = max(found.start() - at, 0), min(found.end() - at, len(text))
            if begin < end:
                said = typed[found[0]] if at <= found.start() < at + len(text) else ""
                node.text = text[:begin] + said + text[end:]
                node.set(_SPACE, "preserve")
            at += len(text)


def _mark(document: Document, report: Report, first: bool, headers: bool) -> None:
    """Say that the results are provisional, where the template has no place of its own for that."""
    red = [element("w:b"), element("w:color", {"val": "C00000"})]
    if first:
        document.element.body.insert(0, paragraph(None, [run(report.provisional, red)]))
    if not headers:
        return
    text = label("report.provisional_header")
    for number, section in enumerate(document.sections):
        kinds = [section.header, *([section.first_page_header] if section.different_first_page_header_footer else [])]
        if document.settings.odd_and_even_pages_header_footer:
            kinds.append(section.even_page_header)
        for header in kinds:
            if number == 0 or not header.is_linked_to_previous:
                runs = [run(text, [element("w:b"), element("w:color", {"val": "C00000"})])]
                header._element.insert(0, paragraph(None, runs, element("w:jc", {"val": "center"})))


def _line_of(document: Document) -> int:
    section = document.sections[-1] if len(document.sections) else None
    sizes = (section.page_width, section.left_margin, section.right_margin) if section else (None,) * 3
    if section is None or any(size is None for size in sizes):
        return _LINE
    wide, left, right = (int(size or 0) for size in sizes)
    return max((wide - left - right) // 635, 2_000)


def _drawings(document: Document) -> int:
    numbers = (one.get("id", "0") for one in document.element.body.iter(
        "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"))  # fmt: skip
    return max((int(number) for number in numbers if number.isdecimal()), default=0)
