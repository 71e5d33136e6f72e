"""The score without the indicators that lack evidence, as a live line of the first page."""

from __future__ import annotations

from smartcity_xl.catalog.score_tree import TOTAL, Height, build_score_tree
from smartcity_xl.messages import label
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.summary.front import CODE, LAST, LINE, NAME, NUMBERS, Front
from smartcity_xl.summary.places import spot


def write_evidenced(front: Front, at: int) -> int:
    """One line, where any evidence is wanted and there is a total; the next free row."""
    page, catalog, lacking = front.page, front.outcome.catalog, front.outcome.evidenced.lacking
    if not catalog.graded or not any(indicator.evidence for indicator in catalog.indicators):
        return at
    text = label("overview.lacking", number=len(lacking)) if lacking else label("overview.backed")
    page.text(at, CODE, label("overview.evidenced"), "label")
    page.join(at, NAME, NUMBERS - 1, "score_bold")
    page.formula(at, NAME, _without(front), float(front.outcome.evidenced.total), "score_bold", spot("evidence", 0))
    page.merged(at, NUMBERS, LAST, text, "cell")
    page.height(at, {CODE: label("overview.evidenced"), NUMBERS: text}, least=LINE)
    return at + 1


def _without(front: Front) -> str:
    """The total over the indicators that have evidence, each level between written out."""
    tree, plan = build_score_tree(front.outcome.catalog, front.outcome.evidenced.lacking), front.plan
    scores = {name: cell for name, cell in plan.seen.items() if plan.tree.nodes[name].height is Height.SCORE}
    return node_formula(tree, TOTAL, scores)
