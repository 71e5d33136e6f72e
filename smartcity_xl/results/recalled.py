"""A record -> the answers that counted, as the engine has them: so that what was scored can be scored again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction

from smartcity_xl.books.values import read_cell
from smartcity_xl.model import (
    Answer,
    Catalog,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Settings,
    Slot,
    TableAnswer,
    TableRow,
)
from smartcity_xl.results.record import CellRecord, FigureRecord, Results, RowRecord, StatedRecord
from smartcity_xl.results.shown import exact

_PLACES = 10
"""Decimals at which a record ends a number that has no end."""


def seal_of(record: Results) -> str:
    """A fingerprint of what was scored and under which choices: the same for two runs over the same answers."""
    figures = [
        [f.key, f.standing, f.value, [[cell.value for cell in row.cells.values()] for row in _rows(f)]]
        for f in record.figures
    ]
    settings = [record.settings.ratio_above_one, record.settings.rounding, record.settings.missing]
    told = [record.catalog.id, record.catalog.version, record.city, record.round, settings, figures]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def settings_of(record: Results) -> Settings:
    """The choices that the office had made."""
    chosen = record.settings
    target = record.stars.target if record.stars else None
    return Settings(chosen.ratio_above_one, chosen.rounding, chosen.missing, target)


def merged_of(record: Results, catalog: Catalog) -> Merged:
    """What counted of all answers, for a system of the record's own edition; KeyError where it lacks a figure.

    Only what scoring needs: who answered, and what else was answered, is left in the record.
    """
    known = {figure.key: figure for figure in record.figures}
    slots = {key: _slot(known[key], slot) for key, slot in catalog.slots.items()}
    tables = {
        key: MergedTable(key, known[key].standing, _table(known[key], {c.key: c for c in figure.columns}), ())
        for key, figure in catalog.figures.items()
        if figure.columns
    }
    return Merged(slots, tables, ())


def _slot(figure: FigureRecord, slot: Slot) -> MergedSlot:
    value = None
    if figure.value is not None:
        used = [exact_value(answer, slot) for answer in figure.answers if answer.used]
        value = _full(figure.value, [*used, sum(used, Fraction(0))])
    return MergedSlot(figure.key, figure.standing, value, (), ())


def _full(shown: str, candidates: list[Fraction]) -> Fraction:
    """The number that a record shows; one that was cut off, in full, where an answer tells."""
    whole = (value for value in candidates if _is_cut(shown) and exact(value) == shown)
    return next(whole, Fraction(shown))


def _is_cut(shown: str) -> bool:
    return len(shown.partition(".")[2]) == _PLACES


def exact_value(answer: CellRecord | StatedRecord, slot: Slot) -> Fraction:
    """An answer's value in full: 1 亩 is 1/1500 of a square kilometre, and has no finite decimal form."""
    shown = answer.value or "0"
    if not _is_cut(shown):
        return Fraction(shown)
    read = read_cell(answer.raw, slot, answer.unit or "").value
    return read if read is not None and exact(read) == shown else Fraction(shown)


def _rows(figure: FigureRecord) -> list[RowRecord]:
    """The rows of the table that counted."""
    return [row for answer in figure.answers if answer.used for row in answer.rows or ()]


def _table(figure: FigureRecord, columns: Mapping[str, Slot]) -> TableAnswer | None:
    for answer in figure.answers:
        if answer.used:
            rows = tuple(_row(row, columns) for row in answer.rows or ())
            return TableAnswer(figure.key, answer.department, answer.state, rows, _origin(answer), answer.remark)
    return None


def _row(row: RowRecord, columns: Mapping[str, Slot]) -> TableRow:
    def answer(slot: Slot, cell: CellRecord) -> Answer:
        return Answer(slot.key, cell.department, cell.state, exact_value(cell, slot), cell.raw, _origin(cell))

    return TableRow(row.name, {key: answer(columns[key], cell) for key, cell in row.cells.items()})


def _origin(answer: CellRecord) -> Origin:
    return Origin(answer.file, answer.sheet, answer.cell)
