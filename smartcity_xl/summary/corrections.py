"""What later workbooks changed: for each, the total, the indicators and the answers, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Answer, Change, Correction, Effect, IndicatorScore, Outcome
from smartcity_xl.results.shown import two
from smartcity_xl.summary.grid import Head, Line, write_list
from smartcity_xl.summary.places import Places

_COLUMNS = (
    Head("department", 20), Head("kind", 9), Head("code", 10), Head("label", 36), Head("before", 16),
    Head("after", 16), Head("effect", 12), Head("earlier", 28), Head("later", 28), Head("cell", 14),
)  # fmt: skip


def write_corrections(book: Book, outcome: Outcome, places: Places) -> None:
    lines = (
        _line(outcome, correction, row, places)
        for correction in outcome.corrections
        for row in _rows(outcome, correction)
    )
    write_list(book, "corrections", _COLUMNS, lines, freeze=1)


def _rows(outcome: Outcome, correction: Correction) -> list[dict[str, str]]:
    changes = [_change_row(outcome, change) for change in correction.changes]
    return [_total_row(correction), *map(_effect_row, correction.effects), *changes]


def _line(outcome: Outcome, correction: Correction, row: dict[str, str], places: Places) -> Line:
    cells = {
        "department": outcome.assignment.name(correction.department),
        "earlier": "\n".join(correction.earlier),
        "later": "\n".join(correction.later),
        **row,
    }
    head = row["kind"] == label("corrections.total")
    to = {"code": places.scores.get(name_of(Height.MARK, row.get("code", "")))}
    return Line(cells, to, 0 if head else 1, "bold_cell" if head else "")


def _total_row(correction: Correction) -> dict[str, str]:
    before, after = correction.total_before, correction.total_after
    return {
        "kind": label("corrections.total"),
        "label": label(f"corrections.by_{correction.by}" if correction.changes else "corrections.same"),
        "before": two(before),
        "after": two(after),
        "effect": _signed(after - before),
    }


def _effect_row(effect: Effect) -> dict[str, str]:
    before, after = effect.before, effect.after
    moved = (after.score or Fraction(0)) - (before.score or Fraction(0))
    return {
        "kind": label("corrections.score"),
        "code": after.indicator.code,
        "label": after.indicator.name,
        "before": _score_text(before),
        "after": _score_text(after),
        "effect": _signed(moved) if after.star is None and before.star is None else "",
    }


def _score_text(score: IndicatorScore) -> str:
    if score.star is not None:
        return label("corrections.star", star=score.star)
    return label(f"standing.{score.standing.value}") if score.score is None else two(score.score)


def _signed(value: Fraction) -> str:
    return f"+{two(value)}" if value > 0 else two(value)


def _change_row(outcome: Outcome, change: Change) -> dict[str, str]:
    catalog = outcome.catalog
    figure = catalog.figures[change.slot.partition(".")[0]]
    inside = (change.item, catalog.label(change.slot)) if change.slot != figure.key else ()
    return {
        "kind": label("corrections.answer"),
        "code": catalog.used_by[figure.key][0],
        "label": "：".join(part for part in (figure.label, *inside) if part),
        "before": _said(change.before),
        "after": _said(change.after),
        "cell": "\n".join(f"{a.origin.sheet}!{a.origin.cell}" for a in change.after or change.before),
    }


def _said(answers: Iterable[Answer]) -> str:
    """What was typed; a table without rows says what became of it."""
    return "\n".join(a.given or label(f"state.{a.state.value}") for a in answers) or label("state.blank")
