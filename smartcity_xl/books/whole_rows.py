"""Rows that are written whole: what stands in one is known at once, and nothing is written to it later.

The same cells written one by one come to the same bytes; here each is its text from the start, and no formula on a page
may look at it. That is what lists of a thousand lines want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import TypeAlias

from msgspec import Struct
from xlsxwriter.format import Format
from xlsxwriter.sharedstrings import SharedStringTable

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.plain_formulas import COLUMN_NAMES, PlainWorksheet, is_plain
from smartcity_xl.books.quick_cells import QuickWorksheet, escaped, worded_ending
from smartcity_xl.books.texts import (
    EDGES,
    HIGHEST,
    SHORT,
    clean_text,
    height_of_lines,
    height_of_text,
    known_height,
    signs_of_a_line,
)


class Computed(Struct, frozen=True):
    """A formula with its result. ``ending`` is what is written of both behind the look of their cell."""

    formula: str
    value: str | float | bool
    ending: str

    def moved(self, sign: str, said: str) -> Computed:
        """With something in the place of a sign that stands in its formula, and nowhere else."""
        return Computed(self.formula.replace(sign, said), self.value, self.ending.replace(sign, said))


class ReadyFormula(Struct, frozen=True):
    """A formula that many workbooks have, each with its own result."""

    formula: str
    worded: str

    def giving(self, value: str | float | bool) -> Computed:
        return Computed(self.formula, value, worded_ending(self.worded, value))


def ready(formula: str) -> ReadyFormula:
    """``formula`` has no sign before it, and calls old functions only."""
    plain = formula.removesuffix("}")
    if not is_plain(formula) and PlainWorksheet()._prepare_formula(formula, True) != plain:
        raise AssertionError(f"a formula with a new function: {formula}")
    return ReadyFormula(formula, f"><f>{escaped(plain)}</f><v>")


def computed(formula: str, value: str | float | bool) -> Computed:
    """As ``ready``, with its result."""
    return ready(formula).giving(value)


Content: TypeAlias = str | int | float | Computed
Placed: TypeAlias = tuple[int, Content, str, Spot | str | None]
"""A column, what stands there, its style, and what it leads to; a blank text leads nowhere."""


class ColumnStyle(Struct, frozen=True):
    """A style in a column: what is written before and after the number of a row in which a cell of it holds a text
    (``start``, ``text``) or nothing (``blank``). A text of ``short`` signs has surely one line, which is ``high``,
    without the edges of the row, as that of others of this ``width`` and ``size``."""

    start: str
    style: str
    text: str
    blank: str
    short: int
    high: float
    width: float
    size: float

    def height(self, text: str) -> float:
        """How high a text is."""
        if len(text) <= self.short and "\n" not in text:
            return self.high
        if len(text) < SHORT:
            return known_height(text, self.width, self.size)
        return height_of_text(text, self.width, self.size)


class WholeRows:
    """Those of a sheet. ``look`` is the format of a style, or of its cells that lead somewhere; ``point`` has a cell
    lead there, if there is room; ``sizes`` says how high the signs of a style are."""

    def __init__(
        self,
        sheet: QuickWorksheet,
        widths: Sequence[float],
        sizes: Mapping[str, float],
        look: Callable[[str, bool], Format],
        point: Callable[[int, int, Spot | str], bool],
    ) -> None:
        self._sheet, self._widths, self._sizes, self._form, self._point = sheet, widths, sizes, look, point
        self._looks: dict[tuple[int, str, bool], ColumnStyle] = {}

    def write(
        self, row: int, cells: Iterable[Placed], least: float | None = 20, level: int = 0, measured: bool = True
    ) -> None:
        """The cells of a row, in the order in which their texts and looks are counted; ``least`` points high or, where
        they are ``measured``, as high as they need; as high as any row without ``least``."""
        written = dict[int, str]()
        needed = max(self.compose(row, cells, written, measured), (least or 0) - EDGES)
        self.put(row, written, None if least is None else needed + EDGES, level)

    def compose(self, row: int, cells: Iterable[Placed], written: dict[int, str], measured: bool = False) -> float:
        """Word cells of a row into ``written``, over what stands there; gives the height that they need, without the
        edges of the row, where they are ``measured``. The row is still to be put in place."""
        needed, here, strings, looks = 0.0, str(row + 1), self._sheet.str_table, self._looks
        for at, content, style, to in cells:
            look = (looks.get((at, style, False)) if to is None else None) or self.look(row, at, style, content, to)
            if content == "":
                written[at] = f"{look.start}{here}{look.blank}"
            elif isinstance(content, str):
                index = strings.string_table.get(content)
                if index is None:
                    index = self.number(content)
                strings.count += 1
                written[at] = f"{look.start}{here}{look.text}{index}</v></c>"
                if measured and (high := look.height(content)) > needed:
                    needed = high
            elif isinstance(content, Computed):
                written[at] = f"{look.start}{here}{look.style}{content.ending}"
            else:
                written[at] = f"{look.start}{here}{look.style}><v>{_shown(content)}</v></c>"
                if measured:
                    needed = max(needed, self.height(at, content))
        return needed

    def put(self, row: int, written: Mapping[int, str], points: float | None, level: int) -> None:
        """Put a row that was composed in place; as high as any row without ``points``."""
        self._sheet.put_whole(row, written)
        if points is not None:
            self._sheet.put_height(row, min(points, HIGHEST), level)

    def number(self, text: str) -> int:
        """The number of a text that no cell has yet, as it was given."""
        clean = clean_text(text)
        index = self._sheet.str_table.string_table.get(clean) if clean != text else None
        return self._sheet.number_text(clean) if index is None else index

    def look(self, row: int, column: int, style: str, content: Content, to: Spot | str | None) -> ColumnStyle:
        """How a cell looks that may lead somewhere, where there is room for one more link."""
        linked = to is not None and content != "" and self._point(row, column, to)
        return self._looks.get((column, style, linked)) or self._find_look(column, style, linked)

    def _find_look(self, column: int, style: str, linked: bool) -> ColumnStyle:
        """A style in a column; it is numbered now, if no cell had it before."""
        form, size, width = self._form(style, linked), self._sizes[style], self._widths[column]
        short = int(signs_of_a_line(width, size) / 2)  # however wide they are
        start, style_ = f'<c r="{COLUMN_NAMES[column]}', f'" s="{form._get_xf_index()}"'
        look = ColumnStyle(
            start, style_, f'{style_} t="s"><v>', f"{style_}/>", short, height_of_lines(1, size), width, size
        )
        self._looks[column, style, linked] = look
        return look

    def list(self, heads: Sequence[tuple[str, str]]) -> ListRows:
        """Rows with a cell for each of ``heads``, names and styles of columns, from the first."""
        return ListRows(self, heads)

    def put_listed(self, row: int, last: int, text: str, points: float, level: int) -> None:
        """As ``put``, where the cells from the first to the ``last`` are one text already."""
        self._sheet.put_joined(row, 0, last, text)
        self._sheet.put_height(row, min(points, HIGHEST), level)

    def height(self, column: int, number: float) -> float:
        """How high the digits of a number are."""
        return height_of_text(str(number), self._widths[column]) if number else 0.0

    @property
    def strings(self) -> SharedStringTable:
        return self._sheet.str_table


class ListRows:
    """Rows of one list: what stands in them is known by the names of its columns, and most of it is text in the style
    of its column."""

    def __init__(self, whole: WholeRows, heads: Sequence[tuple[str, str]]) -> None:
        self._whole, self._heads = whole, heads
        self._usual: list[ColumnStyle | None] = [None] * len(heads)
        """How texts look that lead nowhere, as far as there was one."""

    def write(
        self, row: int, cells: Mapping[str, Content], ways: Mapping[str, Spot | str | None], styles: Mapping[str, str],
        style: str, least: float, level: int,
    ) -> None:  # fmt: skip
        """``style`` is that of the whole row, ``styles`` of single cells. What has no name in ``cells`` is blank."""
        whole, usual, plain = self._whole, self._usual, not style and not styles
        needed, here, written, strings = least - EDGES, str(row + 1), list[str](), self._whole.strings
        known, find, leads = strings.string_table.get, cells.get, ways.get
        for at, (name, own) in enumerate(self._heads):
            content, look = find(name, ""), usual[at]
            if content == "" and plain and look is not None:
                written.append(f"{look.start}{here}{look.blank}")
                continue
            to = leads(name)
            if to is not None or not plain or look is None or type(content) is not str:
                look = self._look(row, at, style or styles.get(name) or own, content, to)
                if plain and to is None and isinstance(content, str):
                    usual[at] = look
            if isinstance(content, str):
                if content == "":
                    written.append(f"{look.start}{here}{look.blank}")
                    continue
                index = known(content)
                if index is None:
                    index = whole.number(content)
                strings.count += 1
                written.append(f"{look.start}{here}{look.text}{index}</v></c>")
                high = look.high if len(content) <= look.short and "\n" not in content else look.height(content)
                if high > needed:
                    needed = high
            elif isinstance(content, Computed):
                written.append(f"{look.start}{here}{look.style}{content.ending}")
            else:
                written.append(f"{look.start}{here}{look.style}><v>{_shown(content)}</v></c>")
                needed = max(needed, whole.height(at, content))
        whole.put_listed(row, len(self._heads) - 1, "".join(written), needed + EDGES, level)

    def _look(self, row: int, at: int, style: str, content: Content, to: Spot | str | None) -> ColumnStyle:
        """How a cell looks; numbers have two styles of their own in columns of text."""
        if style == "cell" and not isinstance(content, str):
            style = "score" if isinstance(content, float) else "centre"
        return self._whole.look(row, at, style, content, to)


def _shown(number: float) -> str:
    if not isfinite(number):
        raise AssertionError(f"no cell holds {number}")
    return f"{number:.16G}"
