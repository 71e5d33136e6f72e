"""Rows that are written whole: what stands in one is known at once, and nothing is written to it later.

The same cells written one by one come to the same bytes; here each is its text from the start, and no formula on a page
may look at it. That is what lists of a thousand lines want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import TypeAlias

from msgspec import Struct
from xlsxwriter.format import Format

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.plain_formulas import COLUMN_NAMES, PlainWorksheet, is_plain
from smartcity_xl.books.quick_cells import QuickWorksheet, formula_ending
from smartcity_xl.books.texts import EDGES, HIGHEST, clean_text, height_of_lines, height_of_text, signs_of_a_line


class Computed(Struct, frozen=True):
    """A formula with its result. ``ending`` is what is written of both behind the look of their cell."""

    formula: str
    value: str | float | bool
    ending: str


def computed(formula: str, value: str | float | bool) -> Computed:
    """``formula`` has no sign before it, and calls old functions only."""
    ready = formula.removesuffix("}")
    if not is_plain(formula) and PlainWorksheet()._prepare_formula(formula, True) != ready:
        raise AssertionError(f"a formula with a new function: {formula}")
    return Computed(formula, value, formula_ending(ready, value))


Placed: TypeAlias = tuple[int, str | int | float | Computed, str, Spot | str | None]
"""A column, what stands there, its style, and what it leads to; a blank text leads nowhere."""


class _ColumnStyle(Struct, frozen=True):
    """A style in a column. ``number`` is that of the workbook's styles; a text of ``short`` signs has surely one line,
    which is ``high``, and ``measure`` finds how high any text is, without the edges of the row."""

    number: int
    short: int
    high: float
    measure: Callable[[str], float]


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
        self._looks: dict[tuple[int, str, bool], _ColumnStyle] = {}

    def write(self, row: int, cells: Iterable[Placed], least: float | None, level: int, measured: bool) -> None:
        """The cells of a row, in the order in which their texts and looks are counted; ``least`` points high or, where
        they are ``measured``, as high as they need; as high as any row without ``least``."""
        sheet, looks, needed, here = self._sheet, self._looks, (least or 0) - EDGES, str(row + 1)
        strings, written = sheet.str_table, dict[int, str]()
        for at, content, style, to in cells:
            linked = to is not None and content != "" and self._point(row, at, to)
            look = looks.get((at, style, linked)) or self._look(at, style, linked)
            start = f'<c r="{COLUMN_NAMES[at]}{here}" s="{look.number}"'
            if content == "":
                written[at] = f"{start}/>"
            elif isinstance(content, str):
                index = strings.string_table.get(content)
                if index is None:
                    clean = clean_text(content)
                    index = strings.string_table.get(clean) if clean != content else None
                    index = sheet.number_text(clean) if index is None else index
                strings.count += 1
                written[at] = f'{start} t="s"><v>{index}</v></c>'
                if measured:
                    one_line = len(content) <= look.short and "\n" not in content
                    high = look.high if one_line else look.measure(content)
                    needed = high if high > needed else needed
            elif isinstance(content, Computed):
                written[at] = start + content.ending
            else:
                written[at] = f"{start}><v>{_shown(content)}</v></c>"
                if measured and content:
                    needed = max(needed, height_of_text(str(content), self._widths[at]))
        sheet.put_whole(row, written)
        if least is not None:
            sheet.put_height(row, min(needed + EDGES, HIGHEST), level)

    def _look(self, column: int, style: str, linked: bool) -> _ColumnStyle:
        """A style in a column; it is numbered now, if no cell had it before."""
        form, size, width = self._form(style, linked), self._sizes[style], self._widths[column]
        measure = partial(height_of_text, width=width, size=size)
        short = int(signs_of_a_line(width, size) / 2)  # however wide they are
        look = _ColumnStyle(form._get_xf_index(), short, height_of_lines(1, size), measure)
        self._looks[column, style, linked] = look
        return look


def _shown(number: float) -> str:
    if not isfinite(number):
        raise AssertionError(f"no cell holds {number}")
    return f"{number:.16G}"
