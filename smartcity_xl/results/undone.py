"""The answers of a round as they were before its corrections: what a department's first workbook said, in the place of
what it says now, all other departments as they stand."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Department,
    Identity,
    Merged,
    MergedSlot,
    MergedTable,
    Origin,
    Slot,
    State,
    Submission,
    TableAnswer,
    TableRow,
)
from smartcity_xl.results.answered import AnswerRecord, CellRecord, FigureRecord
from smartcity_xl.results.came import FileStatus
from smartcity_xl.results.found import ChangeRecord, StatedRecord
from smartcity_xl.results.recalled import exact_value
from smartcity_xl.results.record import Results
from smartcity_xl.score.merge import merge_submissions

_OUT = (FileStatus.ASIDE, FileStatus.EXCLUDED, FileStatus.SUPERSEDED)
"""Files whose answers do not count, though a record shows some of them."""


class Undone(Struct, frozen=True):
    """``merged``: what counted before the corrections. ``figures`` are those that were taken back; ``kept`` are keys
    whose corrections cannot be taken back by what the record tells: they stay as they are."""

    merged: Merged
    figures: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


_Said = Answer | TableAnswer
_Cells = Mapping[tuple[str, str], tuple[StatedRecord, ...]]


@dataclass
class _Earlier:
    """What one department's first workbook said otherwise: slot, or (table, row, column) -> answers. ``several``: it
    was not one workbook, and no record says which rows of a table stood in which."""

    slots: dict[str, tuple[StatedRecord, ...]] = field(default_factory=dict)
    cells: dict[str, dict[tuple[str, str], tuple[StatedRecord, ...]]] = field(default_factory=dict)
    several: bool = False


def undo_corrections(record: Results, catalog: Catalog, merged: Merged, known: Collection[str] = ()) -> Undone:
    """The answers before the corrections of a record, but for those by files whose hashes are ``known``: an earlier run
    of the round had them already. ``merged`` is what counts now."""
    earlier = _earlier_answers(record, known)
    keys = {key for one in earlier.values() for key in (*one.slots, *one.cells)}
    untold = {department for department, one in earlier.items() if one.several}
    keys |= {one.key for one in record.figures if one.columns and untold & {said.department for said in one.answers}}
    slots, tables = dict(merged.slots), dict(merged.tables)
    changed: list[str] = []
    kept: list[str] = []
    for figure in (figure for figure in record.figures if figure.key in keys):
        before = _Figure(figure, record, catalog, merged).before(earlier)
        if isinstance(before, MergedSlot):
            slots[figure.key] = before
        elif before is not None:
            tables[figure.key] = before
        (kept if before is None else changed).append(figure.key)
    return Undone(replace(merged, slots=slots, tables=tables), tuple(changed), tuple(kept))


def _earlier_answers(record: Results, known: Collection[str]) -> Mapping[str, _Earlier]:
    """Department -> what it said at first. Of several corrections the first that touched an answer tells."""
    hashes = {file.file: file.sha256 for file in record.files}
    found: dict[str, _Earlier] = {}
    for entry in record.corrections:
        if known and all(hashes.get(file) in known for file in entry.later):
            continue
        own = found.setdefault(entry.department, _Earlier())
        own.several |= len(entry.earlier) > 1
        for change in entry.changes:
            _note(own, change)
    return {department: one for department, one in found.items() if one.slots or one.cells or one.several}


def _note(own: _Earlier, change: ChangeRecord) -> None:
    if change.row is None:
        own.slots.setdefault(change.figure, change.before)
        return
    table, _, column = change.figure.partition(".")
    own.cells.setdefault(table, {}).setdefault((change.row, column), change.before)


class _Figure(Struct, frozen=True):
    """A figure of a record whose answers are laid together as they were."""

    figure: FigureRecord
    record: Results
    catalog: Catalog
    merged: Merged

    def before(self, earlier: Mapping[str, _Earlier]) -> MergedSlot | MergedTable | None:
        """What it came to; None where that cannot be told for certain: a conflict that the office settled, a “not
        applicable” whose reason is not on record, rows that nobody can tell apart."""
        out = {file.file for file in self.record.files if file.status in _OUT}
        now = [answer for answer in self.figure.answers if answer.file not in out]
        if not self._agrees(self._merge([self._said_now(answer) for answer in now])):
            return None
        answers: list[_Said] = []
        for department in dict.fromkeys((*(one.department for one in now), *earlier)):
            own = [answer for answer in now if answer.department == department]
            said = self._said_before(department, own, earlier.get(department, _Earlier()))
            if said is None:
                return None
            answers += said
        return self._merge(answers)

    def _agrees(self, again: MergedSlot | MergedTable) -> bool:
        """Whether the answers of now give what the record says: no decision stands behind it."""
        if isinstance(again, MergedTable):
            was = self.merged.tables[self.figure.key]
            return again.standing is was.standing and _rows_of(again) == _rows_of(was)
        slot = self.merged.slots[self.figure.key]
        return (again.standing, again.value) == (slot.standing, slot.value)

    def _merge(self, answers: Sequence[_Said]) -> MergedSlot | MergedTable:
        """Answers laid together by the house's own merging: the catalog cut down to this one figure."""
        key = self.figure.key.partition(".")[0]
        codes = self.catalog.used_by[key]
        indicators = tuple(one for one in self.catalog.indicators if one.code in codes)
        alone = replace(self.catalog, figures={key: self.catalog.figures[key]}, indicators=indicators)
        submissions = [_submission(self.figure, one) for one in answers]
        merged = merge_submissions(alone, _assignment(self.figure, key, self.record), submissions)
        return merged.tables[key] if self.figure.columns else merged.slots[self.figure.key]

    def _said_now(self, answer: AnswerRecord) -> _Said:
        at, key = Origin(answer.file, answer.sheet, answer.cell), self.figure.key
        if answer.rows is None:
            return self._answer(key, answer.department, answer, answer.remark)
        rows = tuple(
            TableRow(row.name, {
                name: self._answer(f"{key}.{name}", answer.department, cell) for name, cell in row.cells.items()
            })
            for row in answer.rows
        )  # fmt: skip
        return TableAnswer(key, answer.department, answer.state, rows, at, answer.remark)

    def _answer(self, slot: str, department: str, cell: CellRecord | StatedRecord, remark: str = "") -> Answer:
        at = Origin(cell.file, cell.sheet, cell.cell)
        value = None if cell.value is None else exact_value(cell, self._slot(slot))
        return Answer(slot, department, cell.state, value, cell.raw, at, remark=remark)

    def _slot(self, key: str) -> Slot:
        figure = self.catalog.figures[key.partition(".")[0]]
        columns = {f"{figure.key}.{column.key}": column for column in figure.columns}
        return columns[key] if columns else self.catalog.slots[key]

    def _said_before(self, department: str, own: Sequence[AnswerRecord], earlier: _Earlier) -> list[_Said] | None:
        """What a department said of it at first: as now, where no correction touched it; None where that is not on
        record."""
        key = self.figure.key
        if self.figure.columns and own and (earlier.several or key in earlier.slots):
            return None  # what was said of the table as a whole, or by several workbooks
        if key in earlier.cells:
            table = self._table_before(department, own, earlier.cells[key])
            return None if table is None else [table]
        if key not in earlier.slots:
            return [self._said_now(one) for one in own]
        said = earlier.slots[key]
        if self.figure.columns or any(one.state is State.NOT_APPLICABLE for one in said):
            return None
        return [self._answer(key, department, one) for one in said]

    def _table_before(self, department: str, own: Sequence[AnswerRecord], cells: _Cells) -> TableAnswer | None:
        """The table before; None unless it is one table of rows with different names, whole, each cell of which said
        one thing."""
        key, columns = self.figure.key, [column.key for column in self.figure.columns or ()]
        if len(own) != 1 or not own[0].rows or any(len(said) > 1 for said in cells.values()):
            return None
        now = {row.name: row for row in own[0].rows}
        rows = []
        for name in dict.fromkeys((*now, *(row for row, _ in cells))):
            held = now[name].cells if name in now else {}
            said = {column: self._answer(f"{key}.{column}", department, cell) for column, cell in held.items()}
            for column in columns:
                for one in cells.get((name, column), ()):
                    said[column] = self._answer(f"{key}.{column}", department, one)
                if cells.get((name, column), (None,)) == ():
                    said.pop(column, None)
            if said:
                rows.append(TableRow(name, said))
        whole = all(len(row.cells) == len(columns) and _is_said(row) for row in rows)
        if not rows or not whole or len(now) != len(own[0].rows):
            return None
        return TableAnswer(key, department, State.VALUE, tuple(rows), Origin(own[0].file, own[0].sheet))


def _is_said(row: TableRow) -> bool:
    return all(cell.state is State.VALUE for cell in row.cells.values())


def _rows_of(table: MergedTable) -> object:
    return Counter(tuple(sorted(row.items())) for row in table.used.values) if table.used else None


def _submission(figure: FigureRecord, said: _Said) -> Submission:
    parcel = said.origin.file
    identity = Identity("", "", "", "", said.department, "", "", "")
    answers = {figure.key: said} if isinstance(said, Answer) else {}
    tables = {figure.key: said} if isinstance(said, TableAnswer) else {}
    digest = hashlib.sha256(parcel.encode()).hexdigest()
    return Submission(parcel, digest, identity, answers, tables, (), {}, ())


def _assignment(figure: FigureRecord, key: str, record: Results) -> Assignment:
    """Who is asked for the figure, in their order."""
    departments = {one.key: Department(one.key, one.name) for one in record.departments}
    departments |= {one: Department(one, one) for one in figure.asked if one not in departments}
    return Assignment("", "", "", "", "", "", "", (), "", departments, {}, {key: figure.asked}, {})
