"""Answer cells drawn together into one: only the upper left one holds what is seen over all of them."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.beside import merged_spans
from smartcity_xl.form.checks.look import Look
from smartcity_xl.model import Finding


def check(look: Look) -> Iterator[Finding]:
    for role in look.answered:
        areas = merged_spans(look.texts[role])
        asked = look.asked_cells(role) if areas.spans else ()
        held = [cell for cell in asked if areas.hold(cell.row, cell.column)]
        if held:
            yield look.tell("answers-merged", role, held)
