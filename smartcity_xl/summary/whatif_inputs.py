"""The rows of 试算 that are filled: one for each figure, with its adopted value and a cell for another.

A table is tried by what the rules read of it: the aggregate over its rows.
"""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.live import EMPTY, Live, choose, is_number, number, text, trim
from smartcity_xl.books.pages import Page
from smartcity_xl.form.map import shown_unit
from smartcity_xl.form.template.inputs import grouped, restrict
from smartcity_xl.form.template.live import RowCells, amount_formula, bare_text, number_formula
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Outcome, Slot
from smartcity_xl.results.shown import shown_answer, shown_value
from smartcity_xl.rules.formula import constant
from smartcity_xl.summary.adopted import AdoptedPlan
from smartcity_xl.summary.whatif_form import AT, INPUT
from smartcity_xl.summary.whatif_plan import TrialPlan


class InputRows(Struct, frozen=True):
    page: Page
    outcome: Outcome
    plan: TrialPlan
    adopted: AdoptedPlan

    def write(self, slot: Slot) -> None:
        row, page = self.plan.slots[slot.key], self.page
        name, (said, value) = self.plan.trials.wording(slot), self._adopted(slot)
        page.text(row, 0, slot.key, "plain")
        page.text(row, AT["code"], "", "cell")
        page.text(row, AT["label"], name, "item")
        page.text(row, AT["unit"], shown_unit(slot) if slot.numeric else "", "centre")
        page.text(row, AT["adopted"], said, "fixed" if slot.numeric else "centre")
        self._finish(row)
        adopted = Live(self._address(slot), value)
        if slot.fixed is not None:
            page.blank(row, AT[INPUT], "fixed")
            page.text(row, AT["state"], label("check.fixed"), "small")
            page.live(row, AT["taken"], adopted, "plain")
            return
        page.blank(row, AT[INPUT], "input_number" if slot.numeric else "input_choice")
        restrict(page, row, AT[INPUT], slot, cell_name(row, AT[INPUT]), excuse=slot.none is not None)
        self._write_taken(row, slot, adopted)
        refused = _refused(slot)
        wrong = page.seen(row, AT["wrong"])
        page.live(row, AT["state"], choose(wrong.equals(number(1)), text(refused), EMPTY), "small")
        page.height(row, {AT["label"]: name, AT["adopted"]: said, AT["state"]: refused})

    def write_again(self, row: int, figure: str) -> None:
        """A figure that stands under another indicator."""
        name = label("whatif.again", label=self.plan.trials.catalog.figures[figure].label)
        for column in ("code", "unit", "adopted", INPUT):
            self.page.blank(row, AT[column], "cell")
        self._finish(row)
        self.page.text(row, AT["label"], name, "item")
        self.page.height(row, {AT["label"]: name})

    def _finish(self, row: int) -> None:
        """Cells that hold nothing in the row of a figure."""
        for column in ("score", "score_tried", "points", "points_tried", "difference", "full", "state"):
            if self.page.widths[AT[column]]:
                self.page.blank(row, AT[column], "cell")

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

    def _write_taken(self, row: int, slot: Slot, adopted: Live) -> None:
        """The number that was typed, as a form would take it, else the adopted one; and whether something was typed
        that is none."""
        page = self.page

        def cells() -> RowCells:
            seen = [page.seen(row, AT[name]) for name in (INPUT, "unit", "bare", "amount", "number")]
            value, unit, bare, amount, typed = seen
            return RowCells(value, unit, bare, None, amount, typed, EMPTY, text(label("whatif.title")), EMPTY)

        if slot.numeric:
            page.live(row, AT["bare"], bare_text(cells().value, cells().unit), "plain")
            page.live(row, AT["amount"], amount_formula(slot, cells()), "plain")
        page.live(row, AT["number"], number_formula(slot, cells()), "plain")
        typed = page.seen(row, AT["number"])
        kept = choose(is_number(adopted), adopted, EMPTY)
        page.live(row, AT["taken"], choose(is_number(typed), typed, kept), "plain")
        blank = trim(cells().value).equals(EMPTY)
        page.live(row, AT["wrong"], choose(is_number(typed), number(0), choose(blank, number(0), number(1))), "plain")


def _refused(slot: Slot) -> str:
    """What is said of what cannot be taken."""
    if not slot.numeric:
        return label("whatif.refused_choice")
    what = label("hint.what_whole" if slot.whole else "hint.what_mark" if slot.awarded else "hint.what_number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum))}
    name = "refused_share" if slot.kind is Kind.SHARE else "refused"
    return label(f"whatif.{name}", what=what, unit=slot.unit, **bounds)
