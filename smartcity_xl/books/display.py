"""What a cell shows besides its value: text in pieces that are struck through, raised or lowered, a value struck
through as a whole, and number formats that hold under a condition.

A reader of values joins the pieces: 98 struck through and 95 beside it are 9895, and 600 with a raised footnote mark 1
is 6001. Few workbooks have any of it, so the text is searched for the words first.
"""

from __future__ import annotations

import io
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from xml.etree import ElementTree

from msgspec import Struct, field

from smartcity_xl.books import limits
from smartcity_xl.books.formats import tells
from smartcity_xl.books.known import by_text
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.parts import crowded
from smartcity_xl.books.plain_text import column_number, outline
from smartcity_xl.books.texts import decoded
from smartcity_xl.messages import label

_MARKS = re.compile(rb"<(?:[^\s<>/:]+:)?(?:strike|vertAlign)\b")
_CONDITIONAL = re.compile(rb"<(?:[^\s<>/:]+:)?conditionalFormatting\b")
_NO_ZEROS = re.compile(rb"<(?:[^\s<>/:]+:)?sheetView\b[^<>]*\bshowZeros\s*=\s*[\"'](?:0|false)[\"']")
_ZERO, _HIDDEN = re.compile(r"-?0(?:\.0*)?"), ";;;"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_OFF = ("0", "false")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "lessThan": operator.lt, "lessThanOrEqual": operator.le, "greaterThan": operator.gt,
    "greaterThanOrEqual": operator.ge, "equal": operator.eq, "notEqual": operator.ne,
}  # fmt: skip


class Displayed(Struct, frozen=True):
    """What is seen on a sheet, by (row, column) from 0: ``marked`` cells and what they show, ``struck`` ones, and
    ``formats`` that hold under a condition: the code, and whether the condition is known to hold."""

    marked: Mapping[tuple[int, int], str] = field(default_factory=dict)
    struck: frozenset[tuple[int, int]] = frozenset()
    formats: Mapping[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)


NOTHING = Displayed()


def shares_marks(package: Package) -> bool:
    """Whether the texts or the styles that the sheets of a workbook share have pieces that are marked. Raises
    Refused."""
    return _is_marked(package.strings or b"") or _is_marked(package.styles)


def find_displayed(package: Package, xml: bytes, columns: frozenset[int], shared: bool) -> Displayed:
    """What is seen in some columns of a sheet; ``shared`` is what ``shares_marks`` says. Raises Refused."""
    strings, styles = package.strings or b"", package.styles
    lines = outline(xml)  # nothing of the kind stands in plain rows
    marks = shared or _is_marked(lines)
    conditional = _changes_formats(styles) and _is_conditional(lines)
    if (marks or conditional) and (found := xml.count(b"<") - xml.count(b"</")) > limits.ELEMENTS_SHOWN:
        raise crowded("elements", found, limits.ELEMENTS_SHOWN)
    zeros = b"showZeros" in lines and _NO_ZEROS.search(lines) is not None
    if not marks and not conditional and not zeros:
        return NOTHING
    style_tree = _parse(styles) if styles else None
    texts = _table(strings) if _is_marked(strings) else {}
    cells, blocks = _read_sheet(xml, columns)
    struck_styles = _struck_styles(style_tree)
    marked, struck = {}, set()
    for cell in cells:
        if described := texts.get(cell.value, "") if cell.kind == "s" else cell.described:
            marked[cell.at] = described
        elif cell.style in struck_styles:
            struck.add(cell.at)
    formats = dict(_conditional(blocks, style_tree, cells)) if conditional and style_tree is not None else {}
    if zeros:
        formats |= {cell.at: (_HIDDEN, True) for cell in cells if cell.kind == "n" and _ZERO.fullmatch(cell.value)}
    return Displayed(marked, frozenset(struck), formats)


@by_text()
def _is_marked(text: bytes) -> bool:
    """Whether a part has pieces of text that are marked. A search for the bare words rules most parts out, at a tenth
    of the time."""
    return (b"strike" in text or b"vertAlign" in text) and _MARKS.search(text) is not None


@by_text()
def _changes_formats(styles: bytes) -> bool:
    """Whether a format of numbers is among what the styles let hold under a condition."""
    return b"numFmt" in styles[styles.find(b"dxfs") : styles.rfind(b"dxfs")]


@by_text()
def _is_conditional(lines: bytes) -> bool:
    return _CONDITIONAL.search(lines) is not None


class _Cell(Struct, frozen=True):
    """A cell that holds something, as it is written: ``kind`` of value, number of its ``style``, ``value``, and what is
    seen of a text in pieces."""

    at: tuple[int, int]
    kind: str
    style: int
    value: str
    described: str


def _read_sheet(xml: bytes, columns: frozenset[int]) -> tuple[list[_Cell], list[ElementTree.Element]]:
    """The cells of some columns that hold something, and the blocks of conditional formats; one row at a time."""
    cells, blocks = [], []
    for element in _elements(xml):
        if _name(element) == "row":
            cells += [cell for each in element if (cell := _read_cell(each)) and cell.at[1] in columns]
            element.clear()
        elif _name(element) == "conditionalFormatting":
            blocks.append(element)
    return cells, blocks


def _read_cell(cell: ElementTree.Element) -> _Cell | None:
    match, style = _ADDRESS.fullmatch(cell.get("r", "").strip().upper()), cell.get("s", "0")
    if match is None or not len(cell):
        return None
    at = int(match[2]) - 1, column_number(match[1].encode())
    described = _describe(_child(cell, "is"))
    return _Cell(at, cell.get("t", "n"), int(style) if style.isdecimal() else 0, _value(cell), described)


def _elements(text: bytes) -> Iterator[ElementTree.Element]:
    """The elements of a part, each when it is complete."""
    try:
        yield from (element for _, element in ElementTree.iterparse(io.BytesIO(text)))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused("damaged", reason=str(error)) from error


def _parse(text: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused("damaged", reason=str(error)) from error


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return next((child for child in element if _name(child) == name), None) if element is not None else None


def _value(cell: ElementTree.Element) -> str:
    value = _child(cell, "v")
    return (value.text or "").strip() if value is not None else ""


def _table(strings: bytes) -> dict[str, str]:
    """The texts of the shared table that do not say one thing: number -> what is seen."""
    found, number = {}, 0
    for element in _elements(strings):
        if _name(element) == "si":
            if said := _describe(element):
                found[str(number)] = said
            number += 1
            element.clear()
    return found


def _describe(text: ElementTree.Element | None) -> str:
    """A text in pieces with the marked ones named, or "" where none matters."""
    pieces = [_piece(run) for run in text if _name(run) == "r"] if text is not None else []
    before, found, said = "", False, ""
    for words, mark in pieces:
        harmless = not words.strip() or (mark == "raised" and _is_power(before, words))
        found |= bool(mark) and not harmless
        said += f"{words}{label(f'word.{mark}')}" if mark and not harmless else words
        before = words or before
    return said if found else ""


def _is_power(before: str, words: str) -> bool:
    """The 2 of m² and ㎡ is part of a unit."""
    return before[-1:] in ("m", "M", "米") and words.strip() in ("2", "3")


def _piece(run: ElementTree.Element) -> tuple[str, str]:
    """The words of a piece, and what is done to them."""
    text, font = _child(run, "t"), _child(run, "rPr")
    words = decoded(text.text or "") if text is not None else ""
    if _is_struck(font):
        return words, "struck"
    height = _child(font, "vertAlign")
    placed = height.get("val", "") if height is not None else ""
    return words, {"superscript": "raised", "subscript": "lowered"}.get(placed, "")


def _is_struck(font: ElementTree.Element | None) -> bool:
    strike = _child(font, "strike")
    return strike is not None and strike.get("val", "1") not in _OFF


def _struck_styles(styles: ElementTree.Element | None) -> frozenset[int]:
    """The styles of cells whose font is struck through."""
    if styles is None:
        return frozenset()
    fonts = [_is_struck(font) for font in _child(styles, "fonts") or ()]
    if not any(fonts):
        return frozenset()
    named = [xf.get("fontId", "") for xf in _child(styles, "cellXfs") or ()]
    return frozenset(
        at for at, font in enumerate(named) if font.isdecimal() and int(font) < len(fonts) and fonts[int(font)]
    )


def _conditional(
    blocks: list[ElementTree.Element], styles: ElementTree.Element, cells: list[_Cell]
) -> Iterator[tuple[tuple[int, int], tuple[str, bool]]]:
    """The cells under a condition that changes how a number is shown, as far as it is not known to fail."""
    codes = {}
    for at, changed in enumerate(_child(styles, "dxfs") or ()):
        number = _child(changed, "numFmt")
        if number is not None and tells(number.get("formatCode", "")):
            codes[str(at)] = number.get("formatCode", "")
    numbers = [cell for cell in cells if cell.kind == "n" and cell.value]
    told = [(block, rules) for block in blocks if (rules := [r for r in block if r.get("dxfId", "") in codes])]
    if (found := sum(len(rules) for _, rules in told)) > limits.CONDITIONS:
        raise crowded("conditions", found, limits.CONDITIONS)
    areas = 0
    for block, rules in told:
        spans = [span for place in block.get("sqref", "").split() if (span := _span(place))]
        wide = [span for span in spans if span[:2] != span[2:]]
        areas += len(wide)
        if areas > limits.CONDITIONS:
            raise crowded("conditions", areas, limits.CONDITIONS)
        single = {span[:2] for span in spans if span[:2] == span[2:]}
        under = [cell for cell in numbers if cell.at in single or any(_within(span, cell.at) for span in wide)]
        for rule in rules:
            for cell in under:
                if (holds := _holds(rule, cell.value)) is not False:
                    yield cell.at, (codes[rule.get("dxfId", "")], holds is True)


def _within(span: tuple[int, int, int, int], at: tuple[int, int]) -> bool:
    top, left, bottom, right = span
    return top <= at[0] <= bottom and left <= at[1] <= right


def _span(place: str) -> tuple[int, int, int, int] | None:
    ends = [_ADDRESS.fullmatch(end) for end in place.replace("$", "").split(":")]
    if not 1 <= len(ends) <= 2 or not all(ends):
        return None
    rows = [int(end[2]) - 1 for end in ends if end]
    columns = [column_number(end[1].encode()) for end in ends if end]
    return rows[0], columns[0], rows[-1], columns[-1]


def _holds(rule: ElementTree.Element, value: str) -> bool | None:
    """Whether a condition holds for a number; None where that would need a calculation."""
    try:
        number, limits = float(value), [float(f.text or "") for f in rule if _name(f) == "formula"]
    except ValueError:
        return None
    sign = rule.get("operator", "")
    if rule.get("type") != "cellIs" or not limits:
        return None
    if sign in ("between", "notBetween") and len(limits) > 1:
        return (min(limits[:2]) <= number <= max(limits[:2])) == (sign == "between")
    return _COMPARE[sign](number, limits[0]) if sign in _COMPARE else None
