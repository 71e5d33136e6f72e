"""Merged answers -> scores. Pure arithmetic, rounded half-up to two decimals at every level (decision E6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from smartcity_xl.messages import label
from smartcity_xl.model import (
    Catalog,
    Category,
    CategoryScore,
    Dimension,
    DimensionScore,
    Finding,
    Indicator,
    IndicatorScore,
    Merged,
    Origin,
    Scores,
    Standing,
)
from smartcity_xl.rules.exact import Evaluation, Note, evaluate, holds, round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.tree import Node, names_used
from smartcity_xl.rules.words import describe_node

_ZERO = Fraction(0)
# What keeps an indicator from a score, the gravest first.
_GRAVEST = (Standing.CONFLICT, Standing.UNREADABLE, Standing.NOT_APPLICABLE, Standing.MISSING)


def mark_indicator(indicator: Indicator, mark: Fraction) -> Fraction:
    """An indicator's score from its rule's result: times the weight, or minus the points deducted; rounded."""
    if indicator.deduct_max is not None:
        return -round_half_up(min(indicator.deduct_max, mark))
    return round_half_up(indicator.weight * mark)


def score_merged(catalog: Catalog, merged: Merged) -> Scores:
    """The whole tree of scores. An indicator whose answers are not all settled has none, and counts 0 in the total."""
    findings: list[Finding] = []
    dimensions = tuple(_score_dimension(catalog, merged, dimension, findings) for dimension in catalog.dimensions)
    total = round_half_up(sum((dimension.score for dimension in dimensions), _ZERO))
    indicators = [i for d in dimensions for c in d.categories for i in c.indicators]
    settled = [i.indicator for i in indicators if i.standing is Standing.SETTLED]
    assessed = sum((catalog.worth(indicator) * indicator.full for indicator in settled), _ZERO)
    return Scores(total, assessed, len(settled) == len(indicators), dimensions, tuple(findings))


def _score_dimension(catalog: Catalog, merged: Merged, dimension: Dimension, findings: list[Finding]) -> DimensionScore:
    categories = tuple(_score_category(catalog, merged, c, findings) for c in catalog.categories_of(dimension))
    score = round_half_up(sum((category.score for category in categories), _ZERO))
    return DimensionScore(dimension, score, 100 * dimension.weight, categories)


def _score_category(catalog: Catalog, merged: Merged, category: Category, findings: list[Finding]) -> CategoryScore:
    scores = tuple(_score_indicator(catalog, merged, i, findings) for i in catalog.indicators_of(category))
    points = (catalog.worth(s.indicator) * s.score for s in scores if s.score is not None)
    return CategoryScore(category, round_half_up(sum(points, _ZERO)), 100 * category.weight, scores)


def _score_indicator(catalog: Catalog, merged: Merged, indicator: Indicator, findings: list[Finding]) -> IndicatorScore:
    standings: dict[str, Standing] = {}
    values: dict[str, Fraction] = {}
    tables: dict[str, tuple[Mapping[str, Fraction], ...]] = {}
    for figure in catalog.figures_of[indicator.code]:
        if figure.key in merged.tables:
            table = merged.tables[figure.key]
            standings[figure.key] = table.standing
            tables[figure.key] = table.used.values if table.used else ()
        for slot in figure.slots:
            answer = merged.slots[slot.key]
            standings[slot.key] = answer.standing
            if answer.value is not None:
                values[slot.key] = answer.value
    open_ = tuple(key for key, standing in standings.items() if standing is not Standing.SETTLED)
    if open_:
        gravest = next(standing for standing in _GRAVEST if standing in standings.values())
        return IndicatorScore(indicator, gravest, None, None, {}, open_)
    result = evaluate(indicator.rule, values, tables)
    findings += _told(catalog, merged, indicator, result)
    for query in indicator.queries:
        if holds(query.when, values, tables):
            said = _said_to(merged, query.when)
            findings.append(Finding("query", Origin(""), "", "", indicator.code, {"say": query.say}, explanation=said))
    score = mark_indicator(indicator, result.value)
    return IndicatorScore(indicator, Standing.SETTLED, score, result.value, result.parts, ())


def _told(catalog: Catalog, merged: Merged, indicator: Indicator, result: Evaluation) -> Iterable[Finding]:
    """What the text is silent about, and the engine had to settle (decisions E3 and E4)."""
    for note in result.notes:
        parameters, said = _parameters(catalog, note), _said_to(merged, note.where)
        yield Finding(note.code, Origin(""), "", "", indicator.code, parameters, explanation=said)


def _said_to(merged: Merged, node: Node) -> str:
    """What the departments say to the answers that a part of a rule reads, where one looks wrong and is right."""
    said: dict[str, None] = {}
    for name in names_used(node):
        slot, table = merged.slots.get(name), merged.tables.get(name.partition(".")[0])
        answers = slot.used if slot else (table.used,) if table and table.used else ()
        said |= dict.fromkeys(answer.explanation for answer in answers if answer.explanation)
    return label("word.list").join(said)


def _parameters(catalog: Catalog, note: Note) -> dict[str, str]:
    def word(name: str) -> str:
        """Words for a name in a rule; a part (b1) is called by its own name."""
        return catalog.label(name) if name.partition(".")[0] in catalog.figures else name

    return {
        "numerator_label": describe_node(note.where.numerator, word),
        "denominator_label": describe_node(note.where.denominator, word),
        "numerator": _short(note.numerator),
        "denominator": _short(note.denominator),
    }


def _short(value: Fraction) -> str:
    """A number for a message: exact where it is short, else to four decimals."""
    text = constant(value)
    return text if len(text) <= 15 and "/" not in text else constant(round_half_up(value, 4))
