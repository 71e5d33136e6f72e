"""The rows of 试算 that are filled: one for each figure, with its adopted value and a cell for another.

A table is tried by what the rules read of it: the aggregate over its rows.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.live import EMPTY, Addressed, Live, cached, choose, is_number, number, text, trim
from smartcity_xl.books.pages import Page, word_rule
from smartcity_xl.books.quick_cells import ReadyRule
from smartcity_xl.books.reckoning import HeldCell, Reckoning
from smartcity_xl.books.whole_rows import Placed, computed
from smartcity_xl.form.map import shown_unit
from smartcity_xl.form.template.inputs import grouped, rule_of
from smartcity_xl.form.template.live import RowCells, amount_formula, bare_text, number_formula
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Outcome, Slot
from smartcity_xl.results.shown import shown_answer, shown_value
from smartcity_xl.rules.formula import constant
from smartcity_xl.summary.adopted import AdoptedPlan
from smartcity_xl.summary.whatif_form import AT, INPUT
from smartcity_xl.summary.whatif_plan import TrialPlan

_RESULTS = ("score", "score_tried", "points", "points_tried", "difference", "full", "state")


class InputRows(Struct, frozen=True):
    page: Page
    outcome: Outcome
    plan: TrialPlan
    adopted: AdoptedPlan

    def write(self, slot: Slot) -> None:
        row, name, (said, value) = self.plan.slots[slot.key], self.plan.trials.wording(slot), self._adopted(slot)
        cells: list[Placed] = [
            (0, slot.key, "plain", None),
            (AT["code"], "", "cell", None),
            (AT["label"], name, "item", None),
            (AT["unit"], shown_unit(slot) if slot.numeric else "", "centre", None),
            (AT["adopted"], said, "fixed" if slot.numeric else "centre", None),
            *self._nothing(),
        ]
        adopted = Live(self._address(slot), value)
        texts = {AT["label"]: (name, "item"), AT["adopted"]: (said, "fixed" if slot.numeric else "centre")}
        if slot.fixed is not None:
            cells += [
                (AT[INPUT], "", "fixed", None),
                (AT["state"], label("check.fixed"), "small", None),
                (AT["taken"], computed(adopted.text, cached(adopted.value)), "plain", None),
            ]
            self.page.line(row, cells, None, measured=False)
            return
        untried = _untried(slot, row)
        kept = choose(is_number(adopted), adopted, EMPTY)
        taken = choose(is_number(untried.typed), untried.typed, kept)
        result = computed(taken.text, cached(taken.value))
        cells += [one if one[0] != AT["taken"] else (AT["taken"], result, "plain", None) for one in untried.cells]
        self.page.put_rule(untried.rule)
        texts[AT["state"]] = (_refused(slot), "small")
        self.page.line(row, cells, self.page.room_for(texts), measured=False)

    def write_again(self, row: int, figure: str) -> None:
        """A figure that stands under another indicator."""
        name = label("whatif.again", label=self.plan.trials.catalog.figures[figure].label)
        blank: list[Placed] = [(AT[column], "", "cell", None) for column in ("code", "unit", "adopted", INPUT)]
        cells = [*blank, *self._nothing(), (AT["label"], name, "item", None)]
        self.page.line(row, cells)

    def _nothing(self) -> list[Placed]:
        """Cells that hold nothing in the row of a figure."""
        return [(AT[name], "", "cell", None) for name in _RESULTS if self.page.widths[AT[name]]]

    def _address(self, slot: Slot) -> str:
        """Where the adopted number stands."""
        mean = self.plan.trials.means.get(slot.key)
        return self.adopted.cells.mean(mean) if mean else self.adopted.cells.slot(slot.key)

    def _adopted(self, slot: Slot) -> tuple[str, Fraction | None]:
        """What was adopted, in words and as a number; the words say why where there is none."""
        mean, merged = self.plan.trials.means.get(slot.key), self.outcome.merged
        value = self.plan.trials.adopted(merged, slot.key)
        if value is None:
            standing = merged.tables[mean.table].standing if mean else merged.slots[slot.key].standing
            return label(f"standing.{standing.value}"), None
        return shown_value(slot, value) if mean else shown_answer(slot, merged.slots[slot.key]), value


class _Untried(Struct, frozen=True):
    """What stands in the row of a figure as long as nothing is typed there, whatever was adopted: ``typed`` is the cell
    of the number that was typed, ``rule`` says what may be."""

    cells: tuple[Placed, ...]
    typed: Live
    rule: ReadyRule


@lru_cache(maxsize=2048)
def _untried(slot: Slot, row: int) -> _Untried:
    """The number that was typed, as a form would take it; and whether something was typed that is none. The one that
    is taken, in its column, is still to be found."""
    held = {name: HeldCell(Reckoning()) for name in (INPUT, "unit", "bare", "amount", "number", "wrong")}
    held["unit"].hold(shown_unit(slot) if slot.numeric else None)
    seen = {name: Addressed(cell_name(row, AT[name]), cell) for name, cell in held.items()}
    value, unit, typed = seen[INPUT], seen["unit"], seen["number"]
    cells = RowCells(value, unit, seen["bare"], None, seen["amount"], typed, EMPTY, text(label("whatif.title")), EMPTY)
    found: dict[str, Live] = {}
    if slot.numeric:
        found |= {"bare": bare_text(value, unit), "amount": amount_formula(slot, cells)}
    found["number"] = number_formula(slot, cells)
    found["taken"] = EMPTY
    blank = trim(value).equals(EMPTY)
    found["wrong"] = choose(is_number(typed), number(0), choose(blank, number(0), number(1)))
    found["state"] = choose(seen["wrong"].equals(number(1)), text(_refused(slot)), EMPTY)
    for name, formula in found.items():
        if name in held:
            held[name].compute(formula.way)
    placed: list[Placed] = [(AT[INPUT], "", "input_number" if slot.numeric else "input_choice", None)]
    placed += [
        (AT[name], computed(live.text, cached(live.value)), "small" if name == "state" else "plain", None)
        for name, live in found.items()
    ]
    rule = rule_of(slot, cell_name(row, AT[INPUT]), excuse=slot.none is not None)
    return _Untried(tuple(placed), typed, word_rule(row, AT[INPUT], rule))


def _refused(slot: Slot) -> str:
    """What is said of what cannot be taken."""
    if not slot.numeric:
        return label("whatif.refused_choice")
    what = label("hint.what_whole" if slot.whole else "hint.what_mark" if slot.awarded else "hint.what_number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum))}
    name = "refused_share" if slot.kind is Kind.SHARE else "refused"
    return label(f"whatif.{name}", what=what, unit=slot.unit, **bounds)
