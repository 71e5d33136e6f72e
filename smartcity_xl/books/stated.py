"""A workbook package -> what it states, cell by cell, whatever program saved it.

A re-save changes how a cell is written down: texts move into a table or out of it, numbers are written with more
digits, formulas lose blanks and quotes or are shared between cells, results are saved or not. None of this is a
difference. A text, a number, a formula, a sheet, a row that is hidden: these are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

from openpyxl.formula.translate import Translator

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.texts import decoded

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_SIGNIFICANT = 15
"""Digits of a number that every spreadsheet program keeps."""
_TOKEN = re.compile(
    r'"(?:[^"]|"")*"'  # a text
    r"|'(?:[^']|'')*'!?"  # a sheet
    r"|(?:\$?[A-Za-z]{1,3}\$?[0-9]+|[^\W\d][\w.]*)(?=$|[^\w.])"  # a cell, or a name
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|\s+|."
)
_PREFIX = re.compile(r"^(?:_xlfn\.|_xlws\.|_xlpm\.|of:|com\.\w+\.)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatedCell:
    """A cell: its formula ("" for none), and what it shows: a text, a number, a truth value, None for a formula whose
    result was not saved."""

    formula: str
    value: str | float | bool | None
    masked: bool = False
    """Whether its format shows something else in the place of a number."""


@dataclass(frozen=True, slots=True)
class StatedSheet:
    """``cells``: (row, column) from 0 -> what stands there, but for blanks. ``covered`` counts notes, pictures and
    shapes."""

    name: str
    hidden: bool
    cells: Mapping[tuple[int, int], StatedCell]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    covered: int = 0


@dataclass(slots=True)
class _Shared:
    """Formulas that several cells share: number -> where the first stands, and what it says there."""

    origins: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_stated(package: Package) -> tuple[StatedSheet, ...]:
    """All sheets of cells, in the order of their tabs. Raises Refused."""
    texts, masks = _read_texts(package), _masking_styles(package)
    parts = package.sheet_parts(package.sheets)
    hidden = package.hidden_sheets
    found = []
    for name, part in package.sheets.items():
        try:
            root = ElementTree.fromstring(parts[name])
        except ElementTree.ParseError as error:
            raise Refused("damaged", reason=str(error)) from error
        cells, rows, columns = _read_cells(root, texts, masks)
        found.append(StatedSheet(name, name in hidden, cells, rows, columns, _count_covering(package, part)))
    return tuple(found)


def _count_covering(package: Package, part: str) -> int:
    """The notes, pictures and shapes on a sheet."""
    notes = (package.tree(one).iter(f"{_MAIN}comment") for one in package.related_as(part, "comments"))
    drawn = (package.tree(one) for one in package.related_as(part, "drawing"))
    anchors = (child for tree in drawn for child in tree if child.tag.endswith("Anchor"))
    return sum(1 for one in notes for _ in one) + sum(1 for _ in anchors)


def _masking_styles(package: Package) -> frozenset[str]:
    """The styles whose number format shows words or digits of its own in the place of a number, or nothing."""
    if not package.styles:
        return frozenset()
    root = ElementTree.fromstring(package.styles)
    codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in root.iter(f"{_MAIN}numFmt")}
    masks = {name for name, code in codes.items() if _masks(code)}
    formats = root.find(f"{_MAIN}cellXfs")
    styles = enumerate(formats if formats is not None else ())
    return frozenset(str(number) for number, one in styles if one.get("numFmtId") in masks)


def _masks(code: str) -> bool:
    literals = re.findall(r'"[^"]*"|\\.', code)
    rest = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].', "", code).partition(";")[0]
    shows = re.search(r"[0#?@]|general|[ymdhs]", rest, re.IGNORECASE)
    return not shows or any(sign.isdigit() for text in literals for sign in text)


def _read_texts(package: Package) -> list[str]:
    data = package.strings
    if data is None:
        return []
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise Refused("damaged", reason=str(error)) from error
    return [_text_of(item) for item in root.iter(f"{_MAIN}si")]


def _text_of(item: ElementTree.Element) -> str:
    """The words of a text, of all its pieces; how they are to be read aloud is none of them."""
    pieces = [one.text or "" for one in item.findall(f"{_MAIN}t")]
    pieces += [one.text or "" for one in item.findall(f"{_MAIN}r/{_MAIN}t")]
    return _clean("".join(pieces))


def _clean(text: str) -> str:
    """A text without what a re-save changes and nobody sees: the kind of its line ends, blanks around it."""
    return re.sub(r"[ \t]*\r?\n|\r", "\n", decoded(text)).strip()


def _read_cells(
    root: ElementTree.Element, texts: list[str], masks: frozenset[str]
) -> tuple[dict[tuple[int, int], StatedCell], frozenset[int], frozenset[int]]:
    """The cells of a sheet, and which of its rows and columns are hidden."""
    cells: dict[tuple[int, int], StatedCell] = {}
    rows, columns, shared = set(), set(), _Shared()
    for entry in root.iter(f"{_MAIN}col"):
        if entry.get("hidden") in ("1", "true"):
            first, last = int(entry.get("min", "1")), int(entry.get("max", "1"))
            columns |= set(range(first - 1, min(last, first + 1_000)))
    next_row = 0
    for row in root.iter(f"{_MAIN}row"):
        number = int(row.get("r", next_row + 1)) - 1
        next_row, next_column = number + 1, 0
        if row.get("hidden") in ("1", "true"):
            rows.add(number)
        for cell in row.iter(f"{_MAIN}c"):
            place = _place_of(cell.get("r", ""), number, next_column)
            next_column = place[1] + 1
            if (stated := _read_cell(cell, place, texts, shared)) is not None:
                masked = cell.get("s", "") in masks and not isinstance(stated.value, str)
                cells[place] = replace(stated, masked=masked)
    return cells, frozenset(rows), frozenset(columns)


def _place_of(said: str, row: int, column: int) -> tuple[int, int]:
    found = _PLACE.fullmatch(said)
    if not found:
        return row, column
    number = 0
    for sign in found[1]:
        number = number * 26 + ord(sign) - 64
    return int(found[2]) - 1, number - 1


def _read_cell(
    cell: ElementTree.Element, place: tuple[int, int], texts: list[str], shared: _Shared
) -> StatedCell | None:
    formula = _formula_of(cell, place, shared)
    value = _value_of(cell, texts)
    if not formula and value in (None, ""):
        return None
    return StatedCell(formula, value)


def _value_of(cell: ElementTree.Element, texts: list[str]) -> str | float | bool | None:
    kind, raw = cell.get("t", "n"), cell.findtext(f"{_MAIN}v")
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return _text_of(inline) if inline is not None else ""
    if raw is None or (raw == "" and kind != "str"):
        return None
    try:
        if kind == "s":
            return texts[int(raw)]
        if kind == "n":
            return round_number(float(raw))
    except (ValueError, IndexError) as error:
        raise Refused("damaged", reason=f"{cell.get('r', '')}: {raw[:40]}") from error
    if kind == "b":
        return raw.strip() in ("1", "true")
    return _clean(raw)


def round_number(value: float) -> float:
    """A number as every spreadsheet program keeps it."""
    return float(f"{value:.{_SIGNIFICANT - 1}e}") + 0.0


def _formula_of(cell: ElementTree.Element, place: tuple[int, int], shared: _Shared) -> str:
    entry = cell.find(f"{_MAIN}f")
    if entry is None:
        return ""
    text, number = entry.text or "", entry.get("si", "")
    if entry.get("t") == "shared" and number:
        if text:
            shared.origins[number] = (cell_name(*place), text)
        elif number in shared.origins:
            origin, first = shared.origins[number]
            text = Translator(f"={first}", origin).translate_formula(cell_name(*place))[1:]
    return plain_formula(text) or "="


def plain_formula(text: str) -> str:
    """A formula without what a re-save changes: blanks, quotes around sheets, digits of numbers, prefixes of names."""
    return "".join(map(_plain_token, _TOKEN.findall(text.removeprefix("="))))


def _plain_token(token: str) -> str:
    if token.startswith('"'):
        return '"' + _clean(token[1:-1]) + '"'
    if token.startswith("'"):
        return token.replace("'", "") if token.endswith("!") else token
    if token[0].isdigit() or token[0] == ".":
        return repr(round_number(float(token)))
    if token.isspace():
        return ""
    return _PREFIX.sub("", token).upper()
