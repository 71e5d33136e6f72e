"""Figures with all that was answered, and the cells that say it, as records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.model import Answer, Figure, Kind, Outcome, Slot, TableAnswer
from smartcity_xl.results import record as rec
from smartcity_xl.results.shown import exact


def compose_figures(outcome: Outcome) -> Iterator[rec.FigureRecord]:
    """One for each slot and each table, in the catalog's order, with what counts and what lies aside."""
    for figure in outcome.catalog.figures.values():
        if figure.columns:
            yield _table(outcome, figure)
        for slot in figure.slots:
            yield _slot(outcome, slot)


def _slot(outcome: Outcome, slot: Slot) -> rec.FigureRecord:
    merged = outcome.merged.slots[slot.key]
    aside = [one.answers[slot.key] for one in outcome.aside if slot.key in one.answers]
    used = {answer.origin for answer in merged.used}
    answers = [_answer(answer, answer.origin in used) for answer in merged.answers]
    return rec.FigureRecord(
        slot.key, slot.label, slot.kind, slot.unit, merged.standing, exact(merged.value), None,
        outcome.assignment.asked[slot.figure], tuple(outcome.catalog.used_by[slot.figure]),
        (*answers, *(_answer(answer, False) for answer in aside)),
    )  # fmt: skip


def _table(outcome: Outcome, figure: Figure) -> rec.FigureRecord:
    merged = outcome.merged.tables[figure.key]
    aside: Sequence[TableAnswer] = [one.tables[figure.key] for one in outcome.aside if figure.key in one.tables]
    columns = tuple(rec.ColumnRecord(c.key, c.label, c.kind, c.unit) for c in figure.columns)
    return rec.FigureRecord(
        figure.key, figure.label, Kind.TABLE, None, merged.standing, None, columns,
        outcome.assignment.asked[figure.key], tuple(outcome.catalog.used_by[figure.key]),
        tuple(_table_answer(table, table is merged.used) for table in (*merged.answers, *aside)),
    )  # fmt: skip


def _answer(answer: Answer, used: bool) -> rec.AnswerRecord:
    at = answer.origin
    return rec.AnswerRecord(
        answer.department, answer.state, exact(answer.value), answer.raw, answer.unit or None, answer.as_of,
        answer.remark, answer.explanation, used, at.file, at.sheet, at.cell, None,
    )  # fmt: skip


def _table_answer(table: TableAnswer, used: bool) -> rec.AnswerRecord:
    at = table.origin
    return rec.AnswerRecord(
        table.department, table.state, None, "", None, table.as_of, table.remark, table.explanation, used, at.file,
        at.sheet, at.cell,
        tuple(rec.RowRecord(row.name, {key: _cell(cell, used) for key, cell in row.cells.items()})
              for row in table.rows),
    )  # fmt: skip


def _cell(answer: Answer, used: bool) -> rec.CellRecord:
    at = answer.origin
    return rec.CellRecord(
        answer.department, answer.state, exact(answer.value), answer.raw, answer.unit or None, answer.as_of,
        answer.remark, answer.explanation, used, at.file, at.sheet, at.cell,
    )  # fmt: skip


def answer_place(answer: Answer | TableAnswer) -> rec.PlaceRecord:
    at = answer.origin
    return rec.PlaceRecord(answer.department, at.file, at.sheet, at.cell)


def state_answer(answer: Answer) -> rec.StatedRecord:
    """What a cell said, without who said it."""
    at = answer.origin
    return rec.StatedRecord(
        answer.state, exact(answer.value), answer.raw, answer.unit or None, at.file, at.sheet, at.cell
    )
