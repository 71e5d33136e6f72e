"""The rows of 试算 that are filled: one for each figure, with its adopted value and a cell for another.

A table is tried by what the rules read of it: the aggregate over its rows.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.live import EMPTY, Addressed, Live, cached, choose, is_number, number, text, trim
from smartcity_xl.books.pages import Page, word_rule
from smartcity_xl.books.quick_cells import ReadyRule
from smartcity_xl.books.reckoning import HeldCell, Reckoning
from smartcity_xl.books.styles import SIZES
from smartcity_xl.books.texts import EDGES, height_of_text
from smartcity_xl.books.whole_rows import Computed, Content, ReadyFormula, RowFrame, frame_row, ready
from smartcity_xl.form.map import shown_unit
from smartcity_xl.form.template.inputs import grouped, rule_of
from smartcity_xl.form.template.live import RowCells, amount_formula, bare_text, number_formula
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Kind, Outcome, Slot
from smartcity_xl.results.shown import shown_answer, shown_value
from smartcity_xl.rules.formula import constant
from smartcity_xl.summary.adopted import data_rows
from smartcity_xl.summary.once import once
from smartcity_xl.summary.whatif_form import AT, INPUT, WIDTHS
from smartcity_xl.summary.whatif_marks import shown_columns
from smartcity_xl.summary.whatif_plan import TrialPlan, plan_trials

_LEAST = 20 - EDGES
"""Points that every row has between its edges."""
_RESULTS = ("score", "score_tried", "points", "points_tried", "difference", "full", "state")


_Cells: TypeAlias = dict[int, tuple[Content | None, str]]


class InputRows(Struct, frozen=True):
    page: Page
    outcome: Outcome
    plan: TrialPlan

    def write(self, slot: Slot) -> None:
        page, (said, value) = self.page, self._adopted(slot)
        frame = _frames(self.outcome.catalog)[slot.key]
        frame.adopted.hold(value)
        taken = frame.taken.giving(cached(frame.takes.value))
        if frame.rule is None:
            page.whole.fill(frame.row, (said, taken), None)
            return
        page.put_rule(frame.rule)
        page.whole.fill(frame.row, (said, taken), max(frame.needed, _height(said, "adopted", frame.look)) + EDGES)

    def write_again(self, row: int) -> None:
        """A figure that stands under another indicator."""
        frame, needed = _frames_again(self.outcome.catalog)[row]
        self.page.whole.fill(frame, (), needed + EDGES)

    def _adopted(self, slot: Slot) -> tuple[str, Fraction | None]:
        """What was adopted, in words and as a number; the words say why where there is none."""
        mean, merged = self.plan.trials.means.get(slot.key), self.outcome.merged
        value = self.plan.trials.adopted(merged, slot.key)
        if value is None:
            standing = merged.tables[mean.table].standing if mean else merged.slots[slot.key].standing
            return label(f"standing.{standing.value}"), None
        return shown_value(slot, value) if mean else shown_answer(slot, merged.slots[slot.key]), value


class _InputFrame(Struct, frozen=True):
    """The ``row`` of a figure as long as nothing is typed there, whatever was adopted: its places are for what is said
    of that, in the style ``look``, and for the number that is ``taken``; what that number ``takes`` from the cell
    ``adopted``. ``rule`` says what may be typed; none, where nothing may. ``needed`` is the height of all other texts,
    without the edges of the row."""

    row: RowFrame
    look: str
    taken: ReadyFormula
    takes: Live
    adopted: HeldCell
    rule: ReadyRule | None
    needed: float


@once
def _frames(catalog: Catalog) -> dict[str, _InputFrame]:
    """By key."""
    plan, blank = plan_trials(catalog), _blank(catalog, "code", *_RESULTS)
    return {slot.key: _frame(catalog, plan, slot, blank) for slots in plan.own.values() for slot in slots}


def _frame(catalog: Catalog, plan: TrialPlan, slot: Slot, blank: _Cells) -> _InputFrame:
    """``blank`` are the cells that hold nothing in any such row."""
    row, name, look = plan.slots[slot.key], plan.trials.wording(slot), "fixed" if slot.numeric else "centre"
    row_cells: _Cells = blank | {
        0: (slot.key, "plain"),
        AT["label"]: (name, "item"),
        AT["unit"]: (shown_unit(slot) if slot.numeric else "", "centre"),
        AT["adopted"]: (None, look),
        AT["taken"]: (None, "plain"),
    }
    held, mean, cells = HeldCell(Reckoning()), plan.trials.means.get(slot.key), data_rows(catalog).cells
    adopted = Addressed(cells.mean(mean) if mean else cells.slot(slot.key), held)
    if slot.fixed is not None:
        row_cells |= {AT[INPUT]: ("", "fixed"), AT["state"]: (label("check.fixed"), "small")}
        return _InputFrame(frame_row(row, row_cells), look, ready(adopted), adopted, held, None, 0)
    untried = _untried(replace(slot, key="", figure="", label="", part_of="", same_as=""))
    typed = Addressed(cell_name(row, AT["number"]), untried.typed)
    taken = choose(is_number(typed), typed, choose(is_number(adopted), adopted, EMPTY))
    rule = word_rule(row, AT[INPUT], rule_of(slot, cell_name(row, AT[INPUT]), excuse=slot.none is not None))
    row_cells |= {at: (_moved(content, row), style) for at, (content, style) in untried.cells.items()}
    needed = max(_height(name, "label", "item"), _height(_refused(slot), "state", "small"), _LEAST)
    return _InputFrame(frame_row(row, row_cells), look, ready(taken), taken, held, rule, needed)


@once
def _frames_again(catalog: Catalog) -> dict[int, tuple[RowFrame, float]]:
    """Row -> that of a figure that stands under another indicator, and the height that it needs."""
    found = {}
    for row, figure in itertools.chain.from_iterable(plan_trials(catalog).again.values()):
        name = label("whatif.again", label=catalog.figures[figure].label)
        cells = _blank(catalog, "code", "unit", "adopted", INPUT, *_RESULTS) | {AT["label"]: (name, "item")}
        found[row] = frame_row(row, cells), max(_height(name, "label", "item"), _LEAST)
    return found


def _blank(catalog: Catalog, *names: str) -> _Cells:
    """Cells that hold nothing, as far as the columns can be seen."""
    return {AT[name]: ("", "cell") for name in shown_columns(catalog) if name in names}


def _height(text: str, column: str, style: str) -> float:
    """How high a text is in a column of the sheet."""
    return height_of_text(text, WIDTHS[column], SIZES[style])


_ROW = "\0"
"""Stands for the number of a row in formulas that are the same in many rows but for that; no formula has this sign."""


class _Untried(Struct, frozen=True):
    """The cells of a row where nothing was typed, in whatever row, with the number that is ``typed``, as a form would
    take it."""

    typed: HeldCell
    cells: _Cells


@lru_cache(maxsize=512)
def _untried(slot: Slot) -> _Untried:
    """Of all figures that differ in nothing but what they are called."""
    held = {name: HeldCell(Reckoning()) for name in (INPUT, "unit", "bare", "amount", "number", "wrong")}
    held["unit"].hold(shown_unit(slot) if slot.numeric else None)
    seen = {name: Addressed(f"{column_name(AT[name])}{_ROW}", cell) for name, cell in held.items()}
    value, unit, typed = seen[INPUT], seen["unit"], seen["number"]
    cells = RowCells(value, unit, seen["bare"], None, seen["amount"], typed, EMPTY, text(label("whatif.title")), EMPTY)
    first: dict[str, Live] = {}
    if slot.numeric:
        first |= {"bare": bare_text(value, unit), "amount": amount_formula(slot, cells)}
    first["number"] = number_formula(slot, cells)
    blank = trim(value).equals(EMPTY)
    then = {
        "wrong": choose(is_number(typed), number(0), choose(blank, number(0), number(1))),
        "state": choose(seen["wrong"].equals(number(1)), text(_refused(slot)), EMPTY),
    }
    for name, formula in (first | then).items():
        if name in held:
            held[name].compute(formula.way)
    found: _Cells = {AT[INPUT]: ("", "input_number" if slot.numeric else "input_choice")}
    for name, live in (first | then).items():
        found[AT[name]] = ready(live).giving(cached(live.value)), "small" if name == "state" else "plain"
    return _Untried(held["number"], found)


def _moved(content: Content | None, row: int) -> Content | None:
    """What stands in a cell of the row."""
    return content.moved(_ROW, str(row + 1)) if isinstance(content, Computed) else content


def _refused(slot: Slot) -> str:
    """What is said of what cannot be taken."""
    if not slot.numeric:
        return label("whatif.refused_choice")
    what = label("hint.what_whole" if slot.whole else "hint.what_mark" if slot.awarded else "hint.what_number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum))}
    name = "refused_share" if slot.kind is Kind.SHARE else "refused"
    return label(f"whatif.{name}", what=what, unit=slot.unit, **bounds)
