"""A figure the department must answer, and did not: left blank, or filled with a sign for “none”.

A block of blank cells, with no answer between them, is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.catalog.duties import is_required
from smartcity_xl.form.checks.cases import case_of
from smartcity_xl.model import Answer, Assignment, Catalog, Finding, State, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    department = submission.department
    for block in _blocks(catalog, assignment, submission):
        yield _tell_blank(catalog, block)
    for key, answer in submission.answers.items():
        if answer.state is State.NO_DATA:
            slot = catalog.slots[key]
            parameters = {"label": slot.label, "raw": answer.raw, "reason": answer.remark or "—"}
            parameters["case"] = case_of(catalog, slot)
            yield Finding("filler", answer.origin, department, key, parameters=parameters)
    for key, table in submission.tables.items():
        figure = catalog.figures[key]
        if table.state is State.BLANK and is_required(assignment, figure, department):
            parameters = {"label": figure.label, "case": "table"}
            yield Finding("missing", table.origin, department, key, parameters=parameters)


def _blocks(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[list[Answer]]:
    """Blank answers that stand together; one that need not be given parts no block. What a survey may answer in the
    department's place stands by itself: with its result, only that is missing no more."""
    block: list[Answer] = []
    surveyed: frozenset[str] | None = None
    for key, answer in submission.answers.items():
        if answer.state is not State.BLANK:
            if block:
                yield block
                block = []
            continue
        figure = catalog.figures[catalog.slots[key].figure]
        if not is_required(assignment, figure, submission.department):
            continue
        surveyed = frozenset(_surveyed(catalog)) if surveyed is None else surveyed
        apart = figure.key in surveyed
        if block and (apart or answer.origin.sheet != block[-1].origin.sheet):
            yield block
            block = []
        if apart:
            yield [answer]
        else:
            block.append(answer)
    if block:
        yield block


def _surveyed(catalog: Catalog) -> Iterator[str]:
    """The figures of the dimension that a survey of citizens is scored by."""
    for system in catalog.systems:
        for indicator in system.indicators:
            if system.survey_dimension and system.category_of[indicator.code].dimension == system.survey_dimension:
                yield from (figure.key for figure in system.figures_of[indicator.code])


def _tell_blank(catalog: Catalog, block: list[Answer]) -> Finding:
    first, last = block[0], block[-1]
    slot = catalog.slots[first.slot]
    if len(block) == 1:
        parameters = {"label": slot.label, "case": case_of(catalog, slot)}
        return Finding("missing", first.origin, first.department, first.slot, parameters=parameters)
    parameters = {
        "label": slot.label, "last": catalog.slots[last.slot].label, "number": str(len(block)), "case": "block",
        "cells": f"{first.origin.cell}–{last.origin.cell}",
    }  # fmt: skip
    keys = tuple(answer.slot for answer in block)
    return Finding("missing", first.origin, first.department, first.slot, parameters=parameters, concerns=keys)
