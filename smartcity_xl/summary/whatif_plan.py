"""Where everything stands on the sheet 试算: under each indicator the figures that its rule reads."""

from __future__ import annotations

from msgspec import Struct, field

from smartcity_xl.books.cells import cell_name
from smartcity_xl.catalog.score_tree import TOTAL, Height, name_of
from smartcity_xl.model import Catalog, Indicator, Outcome, Scheme, Slot
from smartcity_xl.rules.formula import Cells
from smartcity_xl.score.trying import Trials, offer_trials
from smartcity_xl.summary.once import once
from smartcity_xl.summary.whatif_form import AT

TOP = 3
"""The first row of what stands above the headings: the total, and how many indicators reach the target."""


class TrialPlan(Struct, frozen=True):
    """``slots``: key of a figure -> row. ``nodes``: name of a node of the score tree -> row, an indicator by its mark.
    Code of an indicator -> ``own``, the figures that stand below it; ``again``, row and key of those that it reads and
    that stand above already."""

    trials: Trials
    tops: tuple[str, ...]
    slots: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    own: dict[str, list[Slot]] = field(default_factory=dict)
    again: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return TOP + len(self.tops) + 1

    @property
    def last(self) -> int:
        """The last row so far."""
        repeated = (row for rows in self.again.values() for row, _ in rows)
        return max((*self.slots.values(), *self.nodes.values(), *repeated), default=self.first - 1)

    @property
    def cells(self) -> Cells:
        """Where the rules find the numbers that are tried."""
        figures, keys = self.trials.catalog.figures, self.trials.keys
        return Cells(
            slot=lambda key: cell_name(self.slots[key], AT["taken"]),
            items=lambda key: tuple(item.key for item in figures[key].items),
            mean=lambda mean: cell_name(self.slots[keys[mean]], AT["taken"]),
        )

    def span(self, column: str) -> str:
        """A column from the first row to the last."""
        return f"{cell_name(self.first, AT[column])}:{cell_name(self.last, AT[column])}"


def plan_whatif(outcome: Outcome) -> TrialPlan:
    return plan_trials(outcome.catalog)


@once
def plan_trials(catalog: Catalog) -> TrialPlan:
    both = (("points", catalog.graded), ("stars", catalog.scheme is Scheme.STARS))
    plan = TrialPlan(offer_trials(catalog), tuple(name for name, there in both if there))
    rows = _Rows(plan.first)
    for dimension in catalog.shown_dimensions:
        plan.nodes[name_of(Height.DIMENSION, dimension.code)] = rows.take()
        for category in catalog.categories_of(dimension):
            if catalog.has_categories(dimension):
                plan.nodes[name_of(Height.CATEGORY, category.code)] = rows.take()
            for indicator in catalog.indicators_of(category):
                _place(plan, rows, indicator)
    if catalog.graded:
        plan.nodes[TOTAL] = TOP + plan.tops.index("points")
    return plan


class _Rows(Struct):
    at: int

    def take(self) -> int:
        self.at += 1
        return self.at - 1


def _place(plan: TrialPlan, rows: _Rows, indicator: Indicator) -> None:
    code = indicator.code
    plan.nodes[name_of(Height.MARK, code)] = rows.take()
    read = list(plan.trials.slots_of(indicator))
    above = dict.fromkeys(slot.figure for slot in read if slot.key in plan.slots)
    plan.own[code] = [slot for slot in read if slot.key not in plan.slots]
    for slot in plan.own[code]:
        plan.slots[slot.key] = rows.take()
    plan.again[code] = [(rows.take(), figure) for figure in above]
