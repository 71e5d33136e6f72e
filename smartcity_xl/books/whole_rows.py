"""Rows that are written whole: what stands in one is known at once, and nothing is written to it later.

The same cells written one by one come to the same bytes; here each is its text from the start, and no formula on a page
may look at it. That is what lists of a thousand lines want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from math import isfinite
from typing import Any, TypeAlias

from msgspec import Struct, field
from xlsxwriter.format import Format

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.live import Live
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


def ready(formula: str | Live) -> ReadyFormula:
    """``formula`` has no sign before it, and calls old functions only: one that is put together of pieces does."""
    if isinstance(formula, Live):
        return _worded(formula.text)
    plain = formula.removesuffix("}")
    if not is_plain(formula) and PlainWorksheet()._prepare_formula(formula, True) != plain:
        raise AssertionError(f"a formula with a new function: {formula}")
    return _worded(formula)


def _worded(formula: str) -> ReadyFormula:
    return ReadyFormula(formula, f"><f>{escaped(formula.removesuffix('}'))}</f><v>")


def computed(formula: str, value: str | float | bool) -> Computed:
    """As ``ready``, with its result."""
    return ready(formula).giving(value)


Content: TypeAlias = str | int | float | Computed
Placed: TypeAlias = tuple[int, Content, str, Spot | str | None]
"""A column, what stands there, its style, and what it leads to; a blank text leads nowhere."""


class ColumnStyle(Struct, frozen=True):
    """A style in a column. ``start`` and ``style`` are what is written of a cell before and after the number of its
    row. A text of ``short`` signs has surely one line, which is ``high``, without the edges of the row, as that of
    others of this ``width`` and ``size``."""

    start: str
    style: str
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


class _Endings(dict[Any, str]):
    """What is written of a content behind the look of its cell. A text is numbered when it is asked for first, as it is
    given; its cells are counted by who asks."""

    def __init__(self, sheet: QuickWorksheet) -> None:
        self._sheet = sheet

    def __missing__(self, content: Content) -> str:
        if isinstance(content, Computed):
            return content.ending
        if not isinstance(content, str):
            return f"><v>{_shown(content)}</v></c>"
        ending = self[content] = f' t="s"><v>{self._number(content)}</v></c>' if content else "/>"
        return ending

    def _number(self, text: str) -> int:
        known = self._sheet.str_table.string_table
        index: int | None = known.get(text)
        if index is None and (clean := clean_text(text)) is not text:
            text, index = clean, known.get(clean)
        return self._sheet.number_text(text) if index is None else index


class RowFrame(Struct, frozen=True):
    """A row that many workbooks have, whatever stands in some of its cells: column, what stands there (None, where each
    workbook puts something), style. Texts and styles are counted from the left. ``contents`` are the texts and what is
    put there, in ``places`` among them; ``worded`` is how it is written, by the numbers of the ``styles``."""

    row: int
    cells: tuple[tuple[int, Content | None, str], ...]
    styles: tuple[str, ...]
    contents: tuple[Content | None, ...]
    places: tuple[int, ...]
    worded: dict[tuple[int, ...], str] = field(default_factory=dict)

    def word(self, numbers: tuple[int, ...]) -> str:
        """How the cells are written, with room for the contents, where the styles have these numbers."""
        known = self.worded.get(numbers)
        if known is None:
            if len(self.worded) >= _MOST:
                self.worded.clear()
            number_of = dict(zip(self.styles, numbers, strict=True))
            cells = (
                f'<c r="{COLUMN_NAMES[at]}{self.row + 1}" s="{number_of[style]}"{_leave_room(content)}'
                for at, content, style in self.cells
            )
            known = self.worded[numbers] = "".join(cells)
        return known


_MOST = 4
"""Numberings of styles for which it is known how a row is written: those of one system differ little."""


def _leave_room(content: Content | None) -> str:
    """How a content is written that is the same in all workbooks, or room for it."""
    if isinstance(content, Computed):
        return content.ending.replace("%", "%%")
    return "/>" if content == "" else "%s"


def frame_row(row: int, cells: Mapping[int, tuple[Content | None, str]]) -> RowFrame:
    """Column -> what stands there, or None; style."""
    ordered = tuple((at, *cells[at]) for at in sorted(cells))
    contents = tuple(content for _, content, _ in ordered if content != "" and not isinstance(content, Computed))
    places = tuple(place for place, content in enumerate(contents) if content is None)
    return RowFrame(row, ordered, tuple(dict.fromkeys(style for _, _, style in ordered)), contents, places)


class WholeRows:
    """Those of a sheet. ``look`` is the format of a style, or of its cells that lead somewhere; ``sizes`` says how high
    the signs of a style are."""

    def __init__(
        self,
        sheet: QuickWorksheet,
        widths: Sequence[float],
        sizes: Mapping[str, float],
        look: Callable[[str, bool], Format],
    ) -> None:
        self._sheet, self._widths, self._sizes, self._form, self.point = sheet, widths, sizes, look, sheet.point
        self._looks: dict[tuple[int, str, bool], ColumnStyle] = {}
        self._numbers: dict[tuple[str, ...], tuple[int, ...]] = {}
        self.endings = _Endings(sheet)

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
        needed, here, endings, looks, texts = 0.0, str(row + 1), self.endings, self._looks, 0
        for at, content, style, to in cells:
            linked = to is not None and content != "" and self.point(row, at, to)
            look = looks.get((at, style, linked)) or self.look(at, style, linked)
            if isinstance(content, Computed):
                written[at] = f"{look.start}{here}{look.style}{content.ending}"
                continue
            written[at] = f"{look.start}{here}{look.style}{endings[content]}"
            if isinstance(content, str) and content:
                texts += 1
                if measured and (high := look.height(content)) > needed:
                    needed = high
            elif content and measured:
                needed = max(needed, self.height(at, content))
        self.count(texts)
        return needed

    def fill(self, frame: RowFrame, contents: Sequence[Content], points: float | None, level: int = 0) -> None:
        """Write the row of a frame with these contents in its places; as high as any row without ``points``."""
        numbers = self._numbers.get(frame.styles)
        if numbers is None:
            forms = [self._form(style, False) for style in frame.styles]
            numbers = self._numbers[frame.styles] = tuple(form._get_xf_index() for form in forms)
        held: list[Any] = [*frame.contents]
        for place, content in zip(frame.places, contents, strict=True):
            held[place] = content
        self.count(sum(isinstance(content, str) and content != "" for content in held))
        text = frame.word(numbers) % tuple([self.endings[content] for content in held])
        self.put_worded(frame.row, frame.cells[0][0], frame.cells[-1][0], text, points, level)

    def put(self, row: int, written: Mapping[int, str], points: float | None, level: int) -> None:
        """Put a row that was composed in place; as high as any row without ``points``."""
        self._sheet.put_whole(row, written)
        if points is not None:
            self._sheet.put_height(row, min(points, HIGHEST), level)

    def put_worded(self, row: int, first: int, last: int, text: str, points: float | None, level: int) -> None:
        """The same of a row whose cells, from the first to the last, are one text already."""
        self._sheet.put_joined(row, first, last, text)
        if points is not None:
            self._sheet.put_height(row, min(points, HIGHEST), level)

    def count(self, texts: int) -> None:
        """Note how many cells hold a text."""
        self._sheet.str_table.count += texts

    def look(self, column: int, style: str, linked: bool) -> ColumnStyle:
        """How cells of a style look in a column, and those that lead somewhere; numbered, if none looked so before."""
        found = self._looks.get((column, style, linked))
        if found is None:
            form, size, width = self._form(style, linked), self._sizes[style], self._widths[column]
            short = int(signs_of_a_line(width, size) / 2)  # however wide they are
            start, style_ = f'<c r="{COLUMN_NAMES[column]}', f'" s="{form._get_xf_index()}"'
            found = ColumnStyle(start, style_, short, height_of_lines(1, size), width, size)
            self._looks[column, style, linked] = found
        return found

    def list(self, heads: Sequence[tuple[str, str]]) -> ListRows:
        """Rows with a cell for each of ``heads``, names and styles of columns, from the first."""
        return ListRows(self, heads)

    def height(self, column: int, number: float) -> float:
        """How high the digits of a number are."""
        return height_of_text(str(number), self._widths[column]) if number else 0.0


class _Shape(Struct, frozen=True):
    """Rows of a list that look alike. ``text`` is how the cells of one are written, with ``_ROW`` for its number and
    room for what stands in each. ``texts`` are the columns of texts, each with a number of signs that surely need no
    higher row, and its look; ``numbers`` those of numbers."""

    text: str
    texts: tuple[tuple[int, int, ColumnStyle], ...]
    numbers: tuple[int, ...]


_ROW = "\0"
"""Stands for the number of a row."""


class ListRows:
    """Rows of one list: what stands in them is known by the names of its columns, and most of it is text in the style
    of its column. How rows that look alike are written is found once."""

    def __init__(self, whole: WholeRows, heads: Sequence[tuple[str, str]]) -> None:
        self._whole, self._names, self._styles = whole, *zip(*heads, strict=True)
        self._at = {name: at for at, name in enumerate(self._names)}
        self._shapes: dict[object, _Shape] = {}

    def write(
        self, row: int, cells: Mapping[str, Content], ways: Mapping[str, Spot | str | None], styles: Mapping[str, str],
        style: str, least: float, level: int,
    ) -> None:  # fmt: skip
        """``style`` is that of the whole row, ``styles`` of single cells. What has no name in ``cells`` is blank."""
        contents, whole = [*map(cells.get, self._names, repeat(""))], self._whole
        linked = self._point(row, contents, ways) if ways else ()
        look = style, least, linked, *styles.items(), *map(type, contents)
        shape = self._shapes.get(look)
        if shape is None:
            shape = self._shapes[look] = self._find_shape(contents, linked, style, styles, least)
        needed, many = least - EDGES, len(shape.texts)
        for at, short, one in shape.texts:
            text: Any = contents[at]
            if text == "":
                many -= 1
            elif (len(text) > short or "\n" in text) and (high := one.height(text)) > needed:
                needed = high
        for at in shape.numbers:
            number: Any = contents[at]
            needed = max(needed, whole.height(at, number))
        whole.count(many)
        text = shape.text.replace(_ROW, str(row + 1)) % (*map(whole.endings.__getitem__, contents),)
        whole.put_worded(row, 0, len(contents) - 1, text, needed + EDGES, level)

    def _point(self, row: int, contents: Sequence[Content], ways: Mapping[str, Spot | str | None]) -> tuple[int, ...]:
        """The columns whose cells lead somewhere: a blank one does not."""
        point, found = self._whole.point, []
        for name in filter(ways.__contains__, self._names):
            at, to = self._at[name], ways[name]
            if to is not None and contents[at] != "" and point(row, at, to):
                found.append(at)
        return tuple(found)

    def _find_shape(
        self, contents: Sequence[Content], linked: tuple[int, ...], style: str, styles: Mapping[str, str], least: float
    ) -> _Shape:
        pieces, texts, numbers = list[str](), list[tuple[int, int, ColumnStyle]](), list[int]()
        for at, content in enumerate(contents):
            usual = style or styles.get(self._names[at]) or self._styles[at]
            if usual == "cell" and not isinstance(content, str):  # numbers in columns of text
                usual = "score" if isinstance(content, float) else "centre"
            look = self._whole.look(at, usual, at in linked)
            pieces.append(f"{look.start}{_ROW}{look.style}%s")
            if isinstance(content, str):
                texts.append((at, look.short if look.high <= least - EDGES else 0, look))
            elif not isinstance(content, Computed):
                numbers.append(at)
        return _Shape("".join(pieces), tuple(texts), tuple(numbers))


def _shown(number: float) -> str:
    if not isfinite(number):
        raise AssertionError(f"no cell holds {number}")
    return f"{number:.16G}"
