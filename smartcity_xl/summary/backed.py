"""The score without the indicators that lack evidence, as a live line of the overview."""

from __future__ import annotations

from smartcity_xl.books.pages import Page
from smartcity_xl.messages import label
from smartcity_xl.model import Indicator, Outcome, Rounding
from smartcity_xl.rules.formula import constant, rounded
from smartcity_xl.summary.breakdown import BreakdownPlan


def write_evidenced(page: Page, outcome: Outcome, plan: BreakdownPlan, at: int, last: int) -> int:
    """One line up to the column ``last``, where any evidence is wanted and there is a total; the next free row."""
    catalog, lacking = outcome.catalog, outcome.evidenced.lacking
    if not catalog.graded or not any(indicator.evidence for indicator in catalog.indicators):
        return at
    page.text(at, 0, label("overview.evidenced"), "label")
    page.formula(at, 1, _without(outcome, plan), float(outcome.evidenced.total), "score_bold")
    text = label("overview.lacking", number=len(lacking)) if lacking else label("overview.backed")
    page.merged(at, 2, last, text, "cell")
    page.height(at, {2: text}, {2: sum(page.widths[2 : last + 1])}, least=24)
    return at + 1


def _counts(outcome: Outcome, indicator: Indicator) -> bool:
    return indicator.deducts or indicator.code not in outcome.evidenced.lacking


def _without(outcome: Outcome, plan: BreakdownPlan) -> str:
    """The total over the indicators that have evidence, rounded where the total is."""
    catalog, every = outcome.catalog, outcome.catalog.settings.rounding is Rounding.EVERY_LEVEL
    dimensions = []
    for dimension in (d for d in outcome.scores.dimensions if not d.dimension.apart):
        categories = []
        for category in dimension.categories:
            counted = [i.indicator for i in category.indicators if _counts(outcome, i.indicator)]
            if counted:
                inside = ",".join(plan.score(f"I:{indicator.code}") for indicator in counted)
                points = f"{constant(catalog.worth(counted[0]))}*SUM({inside})"
                categories.append(rounded(points) if every else points)
        if categories:
            dimensions.append(rounded("+".join(categories)) if every else "+".join(categories))
    return rounded("+".join(dimensions)) if dimensions else "0"
