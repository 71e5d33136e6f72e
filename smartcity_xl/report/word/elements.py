"""Fragments of WordprocessingML: paragraphs, runs, fields, tables, many at a time and without styles of their own."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

Element = Any
"""An element of lxml, which comes without types."""


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element) -> Element:
    """``w:tag`` with its attributes, whose names may leave out ``w:``."""
    made = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        made.set(qn(name if ":" in name else f"w:{name}"), value)
    for child in children:
        made.append(child)
    return made


def run(text: str, properties: Sequence[Element] = (), style: str = "") -> Element:
    made = element("w:r")
    inside = [*([element("w:rStyle", {"val": style})] if style else []), *properties]
    if inside:
        made.append(element("w:rPr", None, *inside))
    said = element("w:t", {"xml:space": "preserve"})
    said.text = text
    made.append(said)
    return made


def paragraph(style: str | None, runs: Iterable[Element], *properties: Element) -> Element:
    """``properties`` stand in the order of the schema; ``style`` is the id of a style."""
    made = element("w:p")
    inside = [*([element("w:pStyle", {"val": style})] if style else []), *properties]
    if inside:
        made.append(element("w:pPr", None, *inside))
    for one in runs:
        made.append(one)
    return made


def field(code: str, shown: str, properties: Sequence[Element] = ()) -> list[Element]:
    """A field with the result that it has now."""

    def part(inner: Element) -> Element:
        copies = [element("w:rPr", None, *[_copy(one) for one in properties])] if properties else []
        return element("w:r", None, *copies, inner)

    instruction = element("w:instrText", {"xml:space": "preserve"})
    instruction.text = f" {code} "
    return [
        part(element("w:fldChar", {"fldCharType": "begin"})), part(instruction),
        part(element("w:fldChar", {"fldCharType": "separate"})), run(shown, [_copy(one) for one in properties]),
        part(element("w:fldChar", {"fldCharType": "end"})),
    ]  # fmt: skip


def _copy(one: Element) -> Element:
    return copy.deepcopy(one)


def table(widths: Sequence[int], head: Sequence[Element], rows: Iterable[tuple[Sequence[Element], bool]]) -> Element:
    """A table of paragraphs, its first row repeated on every page. ``widths`` are twentieths of a point; a row that is
    ``strong`` is shaded."""
    borders = element("w:tblBorders", None, *(
        element(f"w:{side}", {"val": "single", "sz": "4", "space": "0", "color": "808080"})
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    ))  # fmt: skip
    margins = element("w:tblCellMar", None, *(
        element(f"w:{side}", {"w": "70", "type": "dxa"}) for side in ("left", "right")
    ))  # fmt: skip
    made = element(
        "w:tbl", None,
        element("w:tblPr", None, element("w:tblW", {"w": str(sum(widths)), "type": "dxa"}),
                element("w:jc", {"val": "center"}), borders, element("w:tblLayout", {"type": "fixed"}), margins),
        element("w:tblGrid", None, *(element("w:gridCol", {"w": str(width)}) for width in widths)),
    )  # fmt: skip
    made.append(_row(widths, head, "D9E2EC", head=True))
    for cells, strong in rows:
        made.append(_row(widths, cells, "EEF2F6" if strong else ""))
    return made


def _row(widths: Sequence[int], cells: Sequence[Element], fill: str, head: bool = False) -> Element:
    properties = [element("w:cantSplit"), *([element("w:tblHeader")] if head else [])]
    made = element("w:tr", None, element("w:trPr", None, *properties))
    for width, inside in zip(widths, cells, strict=True):
        about = [element("w:tcW", {"w": str(width), "type": "dxa"})]
        if fill:
            about.append(element("w:shd", {"val": "clear", "color": "auto", "fill": fill}))
        about.append(element("w:vAlign", {"val": "center"}))
        made.append(element("w:tc", None, element("w:tcPr", None, *about), inside))
    return made
