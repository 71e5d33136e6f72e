"""The figures behind an indicator in words: what each came to."""

from __future__ import annotations

from collections.abc import Sequence

from smartcity_xl.messages import label
from smartcity_xl.model import Figure, Indicator, MergedSlot, Outcome, Slot, Standing
from smartcity_xl.results.shown import is_none, shown_answer

_LISTED = 6


def word_figures(outcome: Outcome, indicator: Indicator) -> str:
    """The indicator's figures with their values, a line each."""
    return "\n".join(_word(outcome, figure) for figure in outcome.catalog.figures_of[indicator.code])


def _word(outcome: Outcome, figure: Figure) -> str:
    if figure.columns:
        used = outcome.merged.tables[figure.key].used
        return label("breakdown.table", label=figure.label, number=len(used.rows) if used else 0)
    merged = [outcome.merged.slots[slot.key] for slot in figure.slots]
    return _value(figure.slots[0], merged[0]) if len(merged) == 1 else _checklist(figure, merged)


def _value(slot: Slot, merged: MergedSlot) -> str:
    if merged.standing is not Standing.SETTLED:
        return f"{slot.label}＝{label(f'standing.{merged.standing.value}')}"
    said = shown_answer(slot, merged)
    return f"{slot.label}＝{said}{'' if is_none(merged) else slot.unit}"


def _checklist(figure: Figure, merged: Sequence[MergedSlot]) -> str:
    """How many items of a checklist are ticked, and the first of them by name."""
    ticked = [slot.label for slot, entry in zip(figure.slots, merged, strict=True) if entry.value]
    names = label("word.separator").join(ticked[:_LISTED]) + ("…" if len(ticked) > _LISTED else "")
    return label("breakdown.list", label=figure.label, ticked=len(ticked), items=len(merged), names=names)
