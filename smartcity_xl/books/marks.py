"""What the text of a sheet says about its cells and no reader of values tells: what is hidden, which cells are under
a rule of input (a drop-down, a test), and the formulas. Rows and columns count from 0.

Looks for what spreadsheet programs write; of a text that is put together in another way it sees nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from msgspec import Struct, field

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.known import by_text
from smartcity_xl.books.plain_text import column_number, outline, unescape
from smartcity_xl.rules.formula import bare_formula

_RULES_LIMIT = 5_000
"""Rules that are looked at: many more than any form of ours has."""
_ROW = re.compile(rb'<row [^<>]*(?:\bhidden="(?:1|true)"|\bht="0(?:\.0*)?")[^<>]*>')
_COLUMN = re.compile(rb'<col [^<>]*(?:\bhidden="(?:1|true)"|\bwidth="0(?:\.0*)?")[^<>]*>')
_TESTING = frozenset({b"list", b"custom", b"whole", b"decimal"})
_RANGE = re.compile(rb"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_FORMULA = rb'<c r="%s(\d{1,7})"[^<>]*>\s*<f(?:\s[^<>]*)?(?:/>|>([^<\0]*)<)'


def _number(name: bytes, tag: bytes) -> int:
    """The value of an attribute, counted from 0; -1 where there is none."""
    value = _attribute(name, tag)
    return int(value) - 1 if value.isdigit() and len(value) < 8 else -1


def hidden_rows(xml: bytes) -> frozenset[int]:
    """The rows that are hidden, by hand, by a filter, or by a height of nought."""
    return _hidden_in(outline(xml))


@by_text()
def _hidden_in(lines: bytes) -> frozenset[int]:
    return frozenset(_number(b"r", tag) for tag in _ROW.findall(lines)) - {-1}


def hidden_columns(xml: bytes, among: Iterable[int]) -> frozenset[int]:
    """Those of some columns that are hidden, by hand or by a width of nought."""
    spans = _hidden_spans(outline(xml))
    return frozenset(column for column in among if any(first <= column <= last for first, last in spans))


@by_text()
def _hidden_spans(lines: bytes) -> tuple[tuple[int, int], ...]:
    """The first and the last column of every run of hidden ones."""
    tags = _COLUMN.findall(lines, 0, lines.find(b"<sheetData"))
    return tuple((_number(b"min", tag), _number(b"max", tag)) for tag in tags)


Block = tuple[int, int, int, int]
"""Top, left, bottom, right."""


class Areas(Struct, frozen=True):
    """Many ranges of cells, asked for many cells: in each column they are laid together once."""

    spans: tuple[Block, ...]
    _laid: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.spans)

    def hold(self, row: int, column: int) -> bool:
        tops, bottoms = self._laid.get(column) or self._lay(column)
        at = bisect_right(tops, row) - 1
        return at >= 0 and row <= bottoms[at]

    def _lay(self, column: int) -> tuple[list[int], list[int]]:
        tops: list[int] = []
        bottoms: list[int] = []
        for top, bottom in sorted((span[0], span[2]) for span in self.spans if span[1] <= column <= span[3]):
            if bottoms and top <= bottoms[-1]:
                bottoms[-1] = max(bottoms[-1], bottom)
            else:
                tops.append(top)
                bottoms.append(bottom)
        self._laid[column] = tops, bottoms
        return tops, bottoms


class Ruled(Struct, frozen=True):
    """The cells under a rule of input: single cells by their names, and ranges."""

    cells: frozenset[bytes]
    ranges: Areas

    def holds(self, row: int, column: int) -> bool:
        return self.ranges.hold(row, column) or (len(self.cells) > 0 and cell_name(row, column).encode() in self.cells)


def ruled_cells(xml: bytes) -> Ruled:
    """The cells whose input is tested; a hint that appears and tests nothing is no rule."""
    return _ruled_in(outline(xml))


@by_text()
def _ruled_in(lines: bytes) -> Ruled:
    below = lines[lines.rfind(b"</sheetData>") :]
    cells: list[bytes] = []
    ranges = []
    for rule in below.split(b"<dataValidation", _RULES_LIMIT)[1:]:
        tag = rule[: rule.find(b">")]
        if _attribute(b"type", tag) in _TESTING:
            for place in _attribute(b"sqref", tag).split(None, _RULES_LIMIT):
                if span := _RANGE.fullmatch(place):
                    left, top, right, bottom = span.groups()
                    ranges.append((int(top) - 1, column_number(left), int(bottom) - 1, column_number(right)))
                else:
                    cells.append(place)
    return Ruled(frozenset(cells), Areas(tuple(ranges[:_RULES_LIMIT])))


def _attribute(name: bytes, tag: bytes) -> bytes:
    start = tag.find(b" " + name + b'="') + len(name) + 3
    return tag[start : tag.find(b'"', start)] if start > len(name) + 2 else b""


@by_text()
def formula_cells(xml: bytes, column: str) -> dict[int, str]:
    """Row -> formula of one column (letters), bare, after an equals sign; “=” alone for a reference to another one."""
    found = re.findall(_FORMULA % column.encode(), xml)
    if not found:
        return {}
    bare = _bare_formulas(b"\0".join(formula for _, formula in found))
    return {int(row) - 1: formula for (row, _), formula in zip(found, bare, strict=True)}


@by_text()
def _bare_formulas(written: bytes) -> tuple[str, ...]:
    """Formulas as they are written, with a nought between them, all at once: there are hundreds, and those of one form
    are the same wherever its rows stand as they did."""
    text = written.decode("utf-8", "replace").replace("&quot;", '"')
    return tuple(f"={formula}" for formula in unescape(bare_formula(text)).split("\0"))
