"""What a department's workbook holds in the locked cells that matter: names, guidance, and the formulas that check
and score. For the seal that the writer puts on a workbook, and for the check that they came back as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from smartcity_xl.form.map import FIGURES, SCORES, TABLE, TemplatePlan
from smartcity_xl.form.template.figures import locked_row, locked_texts
from smartcity_xl.form.template.scores import locked_score
from smartcity_xl.rules.formula import bare_formula

LockedRow = tuple[str, str]
"""The role of a sheet (as its marker has it), and the key of a row; on the sheet of scores the row's number."""

HEAD = "#head"
"""Stands for the key in the row of a table's headings, which has none."""

_NOTHING: Mapping[LockedRow, str] = {}
TEXTS, FORMULA = ("label", "guidance"), "check"
"""The columns of the figures sheet whose locked cells matter: those with words, and the one with a formula."""


def locked_cells(plan: TemplatePlan, written: Mapping[LockedRow, str] = _NOTHING) -> dict[LockedRow, tuple[str, ...]]:
    """The locked cells that matter, row by row: of a figure as named above, of a table its headings, of an indicator
    the formula of its score. A formula is bare, after an equals sign. ``written``: those formulas as they were just
    written, by the number of the row; they need not be put together again."""
    found: dict[LockedRow, tuple[str, ...]] = {}
    for row in plan.rows:
        known = written.get((FIGURES, str(row.row)))
        locked = locked_row(plan, row) if known is None else locked_texts(plan, row) | {FORMULA: f"={known}"}
        found[FIGURES, row.key] = (*(locked[name] for name in TEXTS), bare_formula(locked[FORMULA]))
    for table in plan.tables:
        found[f"{TABLE}:{table.figure.key}", HEAD] = tuple(table.heads.values())
    for score in plan.scores:
        if score.visible:
            place = (SCORES, str(score.row))
            found[place] = ("=" + bare_formula(written.get(place) or locked_score(plan, score.indicator)),)
    return found


def seal_of(rows: Mapping[LockedRow, Iterable[str]]) -> str:
    """A digest of locked cells, in whatever order. No secret: it tells a workbook that came back as it went from one
    that did not."""
    lines = sorted("\x1f".join((*row, *cells)) for row, cells in rows.items())
    return hashlib.sha256("\x1e".join(lines).encode("utf-8", "replace")).hexdigest()[:32]
