"""Locked cells that came back changed: the name or the guidance of a figure, or a formula.

Protection is a hint that any program may ignore. A name that is another row's means that rows were mixed up: the
answer beside it does not count. So it is with the heading of a table's column that is another's, or that no longer
names the column's unit: the table does not count. A changed formula changes no score, for scores are calculated anew;
but the department has not seen what it would have said. (A unit beside a figure that must not stand there is told by
the reader.)

A workbook whose seal still fits came back as it went, whichever edition of this program wrote it. Guidance and
formulas are compared only where this edition would have written the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.marks import formula_cells
from smartcity_xl.books.sheets import Sheet
from smartcity_xl.books.values import plain, show_cell
from smartcity_xl.form.checks.look import Look, listed
from smartcity_xl.form.map import FIGURES, SCORES, TABLE_NAME, column, column_head
from smartcity_xl.form.template.locked import FORMULA, HEAD, TEXTS, LockedRow, locked_cells, seal_of
from smartcity_xl.model import Figure, Finding, Kind, Origin
from smartcity_xl.units import is_foreign, read_unit

_TOKEN = re.compile(r"\s|(?<![\w.])\$?([A-Za-z]{1,3})\$?\d+(?![\w(])|([a-z]+)|(?<![\w.$])(\d+\.\d+)")
_UNIT = re.compile(r"\(([^()]*)\)\s*$")
"""The unit at the end of a column's heading."""
_UNTOLD = "="
"""A formula that stands in the file by reference to another."""


def check(look: Look) -> Iterator[Finding]:
    if look.book.identity.version != look.catalog.version:
        return  # the reader judges row by row whether a form of another version asks the same
    seen = dict(_seen(look))
    seal = look.book.identity.seal
    if seal_of(seen) == seal:
        return
    expected = locked_cells(look.plan)
    if SCORES in look.texts:
        seen |= {row: ("",) for row in expected if row[0] == SCORES and row not in seen}
    changed = list(_changes(look, seen, expected))
    yield from (finding for change in changed if (finding := _tell(look, change)))
    if seal_of(expected) == seal:
        yield from _tell_together(look, "wording-changed", [c for c in changed if c.name == "guidance"])
        if look.book.package.came_as:
            return  # other formats were read without their formulas
        yield from _tell_together(look, "formula-changed", [c for c in changed if c.expected.startswith("=")])


# --- what stands there ---------------------------------------------------------------------------------------


def _seen(look: Look) -> Iterator[tuple[LockedRow, tuple[str, ...]]]:
    """The cells of ``locked_cells`` as they came back, wherever they stand now."""
    for role, sheet in look.answered.items():
        columns, rows = look.columns[role], look.rows[role]
        if role != FIGURES:
            names = _heads(look, role)
            for _, row in rows[:1]:
                yield (role, HEAD), tuple(_text(sheet, row - 1, columns.get(name)) for name in names)
        elif FORMULA in columns:
            formulas = formula_cells(look.texts[role], column_name(columns[FORMULA]))
            at = [columns.get(name) for name in TEXTS]
            for key, row in rows:
                if _heads_list(look, key):
                    continue
                yield (role, key), (*(_text(sheet, row, place) for place in at), formulas.get(row, ""))
    if SCORES in look.texts:
        for row, formula in formula_cells(look.texts[SCORES], column_name(column(SCORES, "score"))).items():
            yield (SCORES, str(row)), (formula,)


def _heads_list(look: Look, key: str) -> bool:
    """Whether a row heads a checklist: it has a key, for what is said once beside all items, and nothing locked."""
    return key in look.catalog.figures and look.catalog.figures[key].kind is Kind.CHECKLIST


def _heads(look: Look, role: str) -> tuple[str, ...]:
    figure = look.catalog.figures.get(role.partition(":")[2])
    return (TABLE_NAME, *(column.key for column in figure.columns)) if figure else ()


def _text(sheet: Sheet, row: int, place: int | None) -> str:
    cell = sheet.cell(row, place) if place is not None else None
    return cell if isinstance(cell, str) else show_cell(cell)


# --- what differs --------------------------------------------------------------------------------------------


class ChangedCell(Struct, frozen=True):
    """A locked cell that came back changed; ``key`` as in ``locked_cells``, ``name`` that of its column."""

    role: str
    key: str
    name: str
    expected: str
    found: str


def _changes(
    look: Look, seen: Mapping[LockedRow, tuple[str, ...]], expected: Mapping[LockedRow, tuple[str, ...]]
) -> Iterator[ChangedCell]:
    for (role, key), texts in expected.items():
        names = (*TEXTS, FORMULA) if role == FIGURES else ("score",) if role == SCORES else _heads(look, role)
        for name, text, found in zip(names, texts, seen.get((role, key), texts), strict=True):
            if _differs(found, text):
                yield ChangedCell(role, key, name, text, found)


def _differs(found: str, expected: str) -> bool:
    if found in (expected, _UNTOLD):
        return False
    plain = _plain_formula if expected.startswith("=") else _squeezed
    return plain(found) != plain(expected)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _plain_formula(formula: str) -> str:
    """A formula as every program writes it, without the numbers of rows: those change when a row is inserted."""

    def plain(match: re.Match[str]) -> str:
        letters, word, decimal = match.groups()
        return f"{float(decimal):.15g}" if decimal else (letters or word or "").upper()

    return _TOKEN.sub(plain, formula)


def _tell(look: Look, change: ChangedCell) -> Finding | None:
    """A name, which the catalog gives whatever the edition."""
    role, key = change.role, change.key
    parameters = {"label": change.expected, "raw": change.found[:80]}
    if key == HEAD:
        figure = look.catalog.figures[role.partition(":")[2]]
        return look.finding(_judge_heading(figure, change), role, key, change.name, figure.key, parameters)
    if change.name == "label":
        others = {_squeezed(row.slot.label) for row in look.plan.rows if row.slot and row.key != key}
        mixed = _squeezed(change.found) in others
        at = "value" if mixed else "label"
        return look.finding("row-mixed" if mixed else "label-changed", role, key, at, key, parameters)
    return None


def _judge_heading(figure: Figure, change: ChangedCell) -> str:
    """The code for a changed heading of a table's column: another column's, one that names another unit, or another."""
    slot = next((column for column in figure.columns if column.key == change.name), None)
    heads = {_squeezed(column_head(other)) for other in figure.columns} | {_squeezed(figure.row_label)}
    if _squeezed(change.found) in heads:
        return "column-mixed"
    if slot is None:
        return "label-changed"
    typed = plain(change.found)
    bracketed = _UNIT.findall(typed)
    named = bracketed[0] if bracketed else typed.removeprefix(plain(slot.label))
    unit = read_unit(named, slot.unit)
    return "column-unit" if unit not in (None, slot.unit) or (unit is None and is_foreign(named)) else "label-changed"


def _tell_together(look: Look, code: str, changes: Sequence[ChangedCell]) -> Iterator[Finding]:
    """One finding for all changes of a sheet."""
    codes = {str(score.row): score.indicator.code for score in look.plan.scores}
    for role in dict.fromkeys(change.role for change in changes):
        mine = [change for change in changes if change.role == role]
        keys = tuple(codes[change.key] if role == SCORES else change.key for change in mine)
        cells = [look.place(role, change.key, change.name) for change in mine]
        parameters = {"number": str(len(mine)), "cells": listed(cells)}
        origin = Origin(look.book.parcel.name, look.sheet_name(role), cells[0])
        yield Finding(code, origin, look.department, parameters=parameters, concerns=keys)
