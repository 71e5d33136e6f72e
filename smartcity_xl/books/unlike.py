"""Two workbooks, by what they state (``stated``) -> where the one says otherwise than the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.stated import StatedCell, StatedSheet

_CLOSE = 1e-9
"""How far two programs' results of one formula may lie apart, as a share."""
_Row = tuple[tuple[int, object], ...]


@dataclass(frozen=True, slots=True)
class SaidOtherwise:
    """Something that a workbook does not state as it should. ``code`` is the code of a sentence, ``cell`` "" where it
    is about a whole sheet; ``expected`` is what the run said, ``found`` what stands there."""

    code: str
    sheet: str
    cell: str = ""
    expected: str = ""
    found: str = ""


def find_unlike(
    expected: tuple[StatedSheet, ...], found: tuple[StatedSheet, ...], own: str = ""
) -> Iterator[SaidOtherwise]:
    """What ``found`` states otherwise than ``expected``. ``own`` is the sheet that no person sees: programs show it."""
    mine, theirs = ({sheet.name: sheet for sheet in sheets} for sheets in (expected, found))
    for name in mine:
        if name not in theirs:
            yield SaidOtherwise("sheet-gone", name)
    for name, sheet in theirs.items():
        if name not in mine:
            yield SaidOtherwise("sheet-added", name, found=f"{len(sheet.cells)}")
    if [name for name in mine if name in theirs] != [name for name in theirs if name in mine]:
        yield SaidOtherwise("sheets-moved", "", expected="、".join(mine), found="、".join(theirs))
    for name, sheet in mine.items():
        if name in theirs:
            yield from _unlike_sheet(sheet, theirs[name], name == own)


def _unlike_sheet(expected: StatedSheet, found: StatedSheet, own: bool) -> Iterator[SaidOtherwise]:
    if not own and found.hidden and not expected.hidden:
        yield SaidOtherwise("sheet-hidden", expected.name)
    used = {row for row, _ in expected.cells}, {column for _, column in expected.cells}
    for row in sorted((found.hidden_rows - expected.hidden_rows) & used[0]):
        yield SaidOtherwise("row-hidden", expected.name, str(row + 1))
    for column in sorted((found.hidden_columns - expected.hidden_columns) & used[1]):
        yield SaidOtherwise("column-hidden", expected.name, cell_name(0, column)[:-1])
    if found.covered > expected.covered:
        yield SaidOtherwise("covered", expected.name, expected=str(expected.covered), found=str(found.covered))
    moved = _moved_rows(expected, found)
    yield from moved.told
    for place in sorted(expected.cells.keys() | moved.cells.keys()):
        yield from _unlike_cell(expected.name, place, expected.cells.get(place), moved.cells.get(place), moved.to_found)


@dataclass(frozen=True, slots=True)
class _Moved:
    """The cells of a sheet at the rows at which they are expected; ``to_found`` leads back to where they stand."""

    cells: Mapping[tuple[int, int], StatedCell]
    to_found: Mapping[int, int]
    told: tuple[SaidOtherwise, ...]


def _moved_rows(expected: StatedSheet, found: StatedSheet) -> _Moved:
    """Rows that were put in or taken out, where the rows around them say so: all below them stand elsewhere."""
    mine, theirs = _rows_of(expected), _rows_of(found)
    if len(mine) == len(theirs):
        return _Moved(found.cells, {}, ())
    to_found: dict[int, int] = {}
    told: list[SaidOtherwise] = []
    for _, i1, i2, j1, j2 in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        same = min(i2 - i1, j2 - j1)
        to_found |= {i1 + step: j1 + step for step in range(same)}
        more, less = range(j1 + same, j2), range(i1 + same, i2)
        told += [SaidOtherwise("row-added", expected.name, str(row + 1), found=_say(theirs[row])) for row in more]
        told += [SaidOtherwise("row-gone", expected.name, str(row + 1), expected=_say(mine[row])) for row in less]
    back = {there: here for here, there in to_found.items()}
    gone = {row for row in range(len(mine)) if row not in to_found}
    cells = {(back[row], column): stated for (row, column), stated in found.cells.items() if row in back}
    cells |= {place: stated for place, stated in expected.cells.items() if place[0] in gone}
    return _Moved(cells, to_found, tuple(told))


def _rows_of(sheet: StatedSheet) -> list[_Row]:
    """Each row by what it shows; of formulas, that they are ones: those below a new row are written otherwise."""
    rows: dict[int, list[tuple[int, object]]] = {}
    for (row, column), stated in sorted(sheet.cells.items(), key=lambda one: one[0]):
        rows.setdefault(row, []).append((column, "=" if stated.formula else stated.value))
    return [tuple(rows.get(row, ())) for row in range(max(rows, default=-1) + 1)]


def _say(row: _Row) -> str:
    return "　".join(str(value) for _, value in row if value != "=")


def _unlike_cell(
    sheet: str,
    place: tuple[int, int],
    expected: StatedCell | None,
    found: StatedCell | None,
    to_found: Mapping[int, int],
) -> Iterator[SaidOtherwise]:
    cell = cell_name(to_found.get(place[0], place[0]), place[1])
    if expected is None or found is None:
        yield SaidOtherwise(
            "cell-added" if expected is None else "cell-gone", sheet, cell, _show(expected), _show(found)
        )
    elif expected.formula != found.formula and not (to_found and expected.formula and found.formula):
        yield SaidOtherwise("formula-changed", sheet, cell, _show(expected), _show(found))
    elif found.masked and not expected.masked:
        yield SaidOtherwise("format-masks", sheet, cell, _show(expected), _show(found))
    elif not _same_value(expected, found):
        yield SaidOtherwise("result-changed" if expected.formula else "value-changed", sheet, cell,
                     _show_value(expected.value), _show_value(found.value))  # fmt: skip


def _same_value(expected: StatedCell, found: StatedCell) -> bool:
    """A constant must be the same to the last digit; of a formula, the result that another program saved may be
    lacking, or differ in what no cell shows."""
    if not expected.formula:
        return expected.value == found.value and type(expected.value) is type(found.value)
    if found.value is None or expected.value is None or expected.value == found.value:
        return True
    if isinstance(expected.value, float) and isinstance(found.value, float):
        return abs(expected.value - found.value) <= _CLOSE * max(1.0, abs(expected.value))
    return {expected.value, found.value} <= {"", 0.0}


def _show(stated: StatedCell | None) -> str:
    if stated is None:
        return ""
    if stated.formula:
        return f"={stated.formula}" if stated.formula != "=" else "="
    return _show_value(stated.value)


def _show_value(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value or ""
