"""A department's workbook as it looks: for the checks of how the sheets came back, not of what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.keyed import KEY
from smartcity_xl.books.opener import OpenWorkbook
from smartcity_xl.books.sheets import COLUMN_LIMIT, Sheet
from smartcity_xl.books.values import Cell
from smartcity_xl.form.map import FIGURES, SCORES, TABLE, TemplatePlan, column, plan_template
from smartcity_xl.form.template.locked import HEAD
from smartcity_xl.messages import label, words
from smartcity_xl.model import Assignment, Catalog, Finding, Origin

_SHOWN = 6


class Filled(Struct, frozen=True):
    """A cell that holds an answer: the slot (of a table ``figure.column``), and where it stands, counted from 0."""

    slot: str
    row: int
    column: int

    @property
    def name(self) -> str:
        return cell_name(self.row, self.column)


class Look(Struct, frozen=True, dict=True):
    """An opened workbook beside what its template was made from. Sheets are named by their role, as in the map."""

    catalog: Catalog
    assignment: Assignment
    book: OpenWorkbook

    @property
    def department(self) -> str:
        return self.book.identity.department

    @cached_property
    def plan(self) -> TemplatePlan:
        return plan_template(self.catalog, self.assignment, self.department, words("sheet"))

    @cached_property
    def answered(self) -> Mapping[str, Sheet]:
        """The sheets on which answers stand."""
        return {role: sheet for role, sheet in self.book.sheets.items() if role == FIGURES or role.startswith(TABLE)}

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, int]]:
        """Where the columns of those sheets are now."""
        return {role: self.book.pages[role].columns for role in self.answered}

    @cached_property
    def rows(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Key and row of every row of those sheets that has a key."""
        pages = self.book.pages
        return {role: tuple(pages[role].keyed()) if KEY in self.columns[role] else () for role in self.answered}

    @cached_property
    def _row_of(self) -> Mapping[str, Mapping[str, int]]:
        return {role: dict(rows) for role, rows in self.rows.items()}

    @cached_property
    def texts(self) -> Mapping[str, bytes]:
        """The XML of those sheets, and of the one with scores. Raises Refused."""
        scores = self.book.package.sheets.get(label("sheet.scores"))
        texts = {role: sheet.xml for role, sheet in self.answered.items()}
        return texts | ({SCORES: self.book.package.part(scores)} if scores else {})

    @cached_property
    def filled(self) -> Mapping[str, tuple[Filled, ...]]:
        """The cells that hold an answer, sheet by sheet."""
        return {role: tuple(self._filled(role, sheet)) for role, sheet in self.answered.items()}

    def _filled(self, role: str, sheet: Sheet) -> Iterator[Filled]:
        return (cell for cell in self.asked_cells(role) if _holds(sheet.cell(cell.row, cell.column)))

    def asked_cells(self, role: str) -> Iterator[Filled]:
        """The cells in which an answer may stand, whether one does or not."""
        columns, rows, sheet = self.columns[role], self.rows[role], self.answered[role]
        if role == FIGURES:
            at = columns.get("value", COLUMN_LIMIT)
            for key, row in rows:
                slot = self.catalog.slots.get(key)
                if slot and slot.fixed is None:
                    yield Filled(key, row, at)
            return
        figure = self.catalog.figures.get(role.partition(":")[2])
        places = {f"{figure.key}.{c.key}": columns[c.key] for c in figure.columns if c.key in columns} if figure else {}
        for row in range(rows[0][1] if rows else 0, len(sheet.rows)):
            for slot_key, at in places.items():
                yield Filled(slot_key, row, at)

    def sheet_name(self, role: str) -> str:
        return self.answered[role].name if role in self.answered else label("sheet.scores")

    def place(self, role: str, key: str, name: str) -> str:
        """The cell of a column in the row of a key, where it stands now."""
        if role == SCORES:
            return cell_name(int(key), column(SCORES, name))
        first = self.rows[role][0][1] if self.rows[role] else 1
        row = first - 1 if key == HEAD else self._row_of[role][key]
        return cell_name(row, self.columns[role].get(name, 0))

    def finding(self, code: str, role: str, key: str, name: str, figure: str, parameters: Mapping[str, str]) -> Finding:
        """A finding about one cell of a row."""
        origin = Origin(self.book.parcel.name, self.sheet_name(role), self.place(role, key, name))
        return Finding(code, origin, self.department, figure, parameters=parameters)

    def tell(self, code: str, role: str, cells: Iterable[Filled], /, **parameters: str) -> Finding:
        """One finding about several cells of a sheet: their number, and the first of them by name."""
        found = tuple(cells)
        names = [cell.name for cell in found]
        slots = tuple(dict.fromkeys(cell.slot for cell in found))
        at = Origin(self.book.parcel.name, self.answered[role].name, names[0])
        told = {"number": str(len(found)), "cells": listed(names), **parameters}
        return Finding(code, at, self.department, parameters=told, concerns=slots)


def listed(cells: Sequence[str]) -> str:
    """The first of some cells, and the last."""
    shown = label("word.separator").join(cells[:_SHOWN])
    return f"{shown}…{cells[-1]}" if len(cells) > _SHOWN else shown


def _holds(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
