"""The score without the indicators that lack evidence, as a live line of the overview."""

from __future__ import annotations

from smartcity_xl.books.pages import Page
from smartcity_xl.catalog.score_tree import TOTAL, Height, build_score_tree
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.score.formulas import node_formula
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


def _without(outcome: Outcome, plan: BreakdownPlan) -> str:
    """The total over the indicators that have evidence, each level between written out."""
    tree = build_score_tree(outcome.catalog, outcome.evidenced.lacking)
    scores = {name: cell for name, cell in plan.seen.items() if plan.tree.nodes[name].height is Height.SCORE}
    return node_formula(tree, TOTAL, scores)
