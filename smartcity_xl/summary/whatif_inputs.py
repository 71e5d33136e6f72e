"""The rows of 试算 that are filled: one for each figure, with its adopted value and a cell for another.

A table is tried by what the rules read of it: the aggregate over its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.live import EMPTY, Addressed, Live, cached, choose, is_number, number, text, trim
from smartcity_xl.books.pages import Page, word_rule
from smartcity_xl.books.quick_cells import ReadyRule
from smartcity_xl.books.reckoning import HeldCell, Reckoning
from smartcity_xl.books.whole_rows import Computed, Placed, ReadyFormula, computed, ready
from smartcity_xl.form.map import shown_unit
from smartcity_xl.form.template.inputs import grouped, rule_of
from smartcity_xl.form.template.live import RowCells, amount_formula, bare_text, number_formula
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Kind, Outcome, Slot
from smartcity_xl.results.shown import shown_answer, shown_value
from smartcity_xl.rules.formula import constant
from smartcity_xl.summary.adopted import data_rows
from smartcity_xl.summary.once import once
from smartcity_xl.summary.whatif_form import AT, INPUT
from smartcity_xl.summary.whatif_plan import TrialPlan, plan_trials

_RESULTS = ("score", "score_tried", "points", "points_tried", "difference", "full", "state")


class InputRows(Struct, frozen=True):
    page: Page
    outcome: Outcome
    plan: TrialPlan

    def write(self, slot: Slot) -> None:
        page, (said, value) = self.page, self._adopted(slot)
        row, frame = self.plan.slots[slot.key], _frames(self.outcome.catalog)[slot.key]
        frame.adopted.hold(value)
        cells = (
            *frame.head,
            (AT["adopted"], said, frame.look, None),
            *self._nothing(),
            *frame.before,
            (AT["taken"], frame.taken.giving(cached(frame.takes.value)), "plain", None),
            *frame.behind,
        )
        if frame.rule is None:
            page.whole.write(row, cells, None, measured=False)
            return
        page.put_rule(frame.rule)
        texts = {AT["label"]: (frame.name, "item"), AT["adopted"]: (said, frame.look), AT["state"]: frame.room}
        page.whole.write(row, cells, page.room_for(texts), measured=False)

    def write_again(self, row: int, figure: str) -> None:
        """A figure that stands under another indicator."""
        name = label("whatif.again", label=self.plan.trials.catalog.figures[figure].label)
        blank: list[Placed] = [(AT[column], "", "cell", None) for column in ("code", "unit", "adopted", INPUT)]
        cells = [*blank, *self._nothing(), (AT["label"], name, "item", None)]
        self.page.whole.write(row, cells)

    def _nothing(self) -> list[Placed]:
        """Cells that hold nothing in the row of a figure."""
        return [(AT[name], "", "cell", None) for name in _RESULTS if self.page.widths[AT[name]]]

    def _adopted(self, slot: Slot) -> tuple[str, Fraction | None]:
        """What was adopted, in words and as a number; the words say why where there is none."""
        mean, merged = self.plan.trials.means.get(slot.key), self.outcome.merged
        value = self.plan.trials.adopted(merged, slot.key)
        if value is None:
            standing = merged.tables[mean.table].standing if mean else merged.slots[slot.key].standing
            return label(f"standing.{standing.value}"), None
        return shown_value(slot, value) if mean else shown_answer(slot, merged.slots[slot.key]), value


class _InputFrame(Struct, frozen=True):
    """What stands in the row of a figure as long as nothing is typed there, whatever was adopted: the cells before that
    of the adopted value, which has the ``look``, and those around that of the number that is ``taken``; what that
    number ``takes`` from the cell ``adopted``. ``rule`` says what may be typed; none, where nothing may. ``room``
    is kept for what may have to be said."""

    name: str
    look: str
    head: tuple[Placed, ...]
    before: tuple[Placed, ...]
    behind: tuple[Placed, ...]
    taken: ReadyFormula
    takes: Live
    adopted: HeldCell
    rule: ReadyRule | None
    room: tuple[str, str]


@once
def _frames(catalog: Catalog) -> dict[str, _InputFrame]:
    """By key."""
    plan = plan_trials(catalog)
    return {slot.key: _frame(catalog, plan, slot) for slots in plan.own.values() for slot in slots}


def _frame(catalog: Catalog, plan: TrialPlan, slot: Slot) -> _InputFrame:
    name, look = plan.trials.wording(slot), "fixed" if slot.numeric else "centre"
    head: tuple[Placed, ...] = (
        (0, slot.key, "plain", None),
        (AT["code"], "", "cell", None),
        (AT["label"], name, "item", None),
        (AT["unit"], shown_unit(slot) if slot.numeric else "", "centre", None),
    )
    held, mean, cells = HeldCell(Reckoning()), plan.trials.means.get(slot.key), data_rows(catalog).cells
    adopted = Addressed(cells.mean(mean) if mean else cells.slot(slot.key), held)
    room = (_refused(slot), "small")
    if slot.fixed is not None:
        before: tuple[Placed, ...] = (
            (AT[INPUT], "", "fixed", None),
            (AT["state"], label("check.fixed"), "small", None),
        )
        return _InputFrame(name, look, head, before, (), ready(adopted.text), adopted, held, None, room)
    row = plan.slots[slot.key]
    untried = _untried(replace(slot, key="", figure="", label="", part_of="", same_as=""))
    typed = Addressed(cell_name(row, AT["number"]), untried.typed)
    taken = choose(is_number(typed), typed, choose(is_number(adopted), adopted, EMPTY))
    rule = word_rule(row, AT[INPUT], rule_of(slot, cell_name(row, AT[INPUT]), excuse=slot.none is not None))
    before, behind = (tuple(_moved(one, row) for one in cells) for cells in (untried.before, untried.behind))
    return _InputFrame(name, look, head, before, behind, ready(taken.text), taken, held, rule, room)


_ROW = "\0"
"""Stands for the number of a row in formulas that are the same in many rows but for that; no formula has this sign."""


class _Untried(Struct, frozen=True):
    """The cells before and behind that of the number that is taken, in whatever row: the number that was ``typed`` as a
    form would take it, and whether something was typed that is none."""

    typed: HeldCell
    before: tuple[Placed, ...]
    behind: tuple[Placed, ...]


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
    input_: Placed = (AT[INPUT], "", "input_number" if slot.numeric else "input_choice", None)
    return _Untried(held["number"], (input_, *_placed(first)), tuple(_placed(then)))


def _placed(found: Mapping[str, Live]) -> Iterator[Placed]:
    for name, live in found.items():
        yield AT[name], computed(live.text, cached(live.value)), "small" if name == "state" else "plain", None


def _moved(placed: Placed, row: int) -> Placed:
    """A cell in its row."""
    at, content, style, to = placed
    return at, content.moved(_ROW, str(row + 1)) if isinstance(content, Computed) else content, style, to


def _refused(slot: Slot) -> str:
    """What is said of what cannot be taken."""
    if not slot.numeric:
        return label("whatif.refused_choice")
    what = label("hint.what_whole" if slot.whole else "hint.what_mark" if slot.awarded else "hint.what_number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum))}
    name = "refused_share" if slot.kind is Kind.SHARE else "refused"
    return label(f"whatif.{name}", what=what, unit=slot.unit, **bounds)
