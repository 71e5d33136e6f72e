"""Merged answers -> scores. Pure arithmetic, rounded half-up to two decimals at every level (decision E6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from smartcity_xl.catalog.duties import is_required
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Category,
    CategoryScore,
    Dimension,
    DimensionScore,
    Finding,
    Gap,
    Held,
    Indicator,
    IndicatorScore,
    Merged,
    MergedSlot,
    MergedTable,
    NextStar,
    Origin,
    Role,
    Rounding,
    Scheme,
    Scores,
    Standing,
    State,
)
from smartcity_xl.rules.exact import Evaluation, Note, Rows, Values, evaluate, holds, round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.tree import Comparison, Connective, Node, Number, Reference, Rule, names_used, rewrite
from smartcity_xl.rules.words import describe_node
from smartcity_xl.score.stakes import points_of

_ZERO = Fraction(0)
# What keeps an indicator from a score, the gravest first.
_GRAVEST = (Standing.CONFLICT, Standing.UNREADABLE, Standing.NOT_APPLICABLE, Standing.MISSING)


def mark_indicator(indicator: Indicator, mark: Fraction, rounding: Rounding = Rounding.EVERY_LEVEL) -> Fraction | None:
    """An indicator's score from its rule's result: times the weight, or the points of the star, or minus the points
    deducted. None for what earns no points. Not rounded yet where the office rounds only once."""
    match indicator.role:
        case Role.SHOWN:
            return None
        case Role.DEDUCTION:
            taken = mark if indicator.deduct_max is None else min(indicator.deduct_max, mark)
            return -_rounded(taken, rounding)
    if not indicator.starred:
        return _rounded(indicator.weight * mark, rounding)
    return indicator.points.get(int(mark), _ZERO) if indicator.points else None


def _rounded(value: Fraction, rounding: Rounding) -> Fraction:
    return round_half_up(value) if rounding is Rounding.EVERY_LEVEL else value


def score_merged(catalog: Catalog, merged: Merged) -> Scores:
    """The whole tree of scores. An indicator whose answers are not all settled has none, and counts 0 in the total."""
    findings: list[Finding] = []
    dimensions = tuple(_score_dimension(catalog, merged, dimension, findings) for dimension in catalog.shown_dimensions)
    total, apart = (
        round_half_up(sum((d.score for d in dimensions if d.dimension.apart is beside), _ZERO))
        for beside in (False, True)
    )
    indicators = [(d, i) for d in dimensions for c in d.categories for i in c.indicators]
    settled = [i.indicator for d, i in indicators if i.standing is Standing.SETTLED and not d.dimension.apart]
    assessed = sum((catalog.worth(indicator) * indicator.full for indicator in settled), _ZERO)
    final = all(i.standing is Standing.SETTLED for _, i in indicators)
    return Scores(total, assessed, final, dimensions, tuple(findings), apart)


def _score_dimension(catalog: Catalog, merged: Merged, dimension: Dimension, findings: list[Finding]) -> DimensionScore:
    categories = tuple(_score_category(catalog, merged, c, findings) for c in catalog.categories_of(dimension))
    score = _rounded(sum((category.score for category in categories), _ZERO), catalog.settings.rounding)
    full = 100 * dimension.weight
    if catalog.scheme is Scheme.STARS:
        full = sum((category.full for category in categories), _ZERO)
    return DimensionScore(dimension, score, full, categories)


def _score_category(catalog: Catalog, merged: Merged, category: Category, findings: list[Finding]) -> CategoryScore:
    scores = tuple(_score_indicator(catalog, merged, i, findings) for i in catalog.indicators_of(category))
    points = (catalog.worth(s.indicator) * s.score for s in scores if s.score is not None)
    full = 100 * category.weight
    if catalog.scheme is Scheme.STARS:
        full = sum((s.indicator.full for s in scores), _ZERO)
    return CategoryScore(category, _rounded(sum(points, _ZERO), catalog.settings.rounding), full, scores)


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
    score = mark_indicator(indicator, result.value, catalog.settings.rounding)
    if not indicator.starred:
        return IndicatorScore(indicator, Standing.SETTLED, score, result.value, result.parts, ())
    star = int(result.value)
    above = find_next_star(indicator, star, values, tables)
    return IndicatorScore(indicator, Standing.SETTLED, score, result.value, result.parts, (), star, above)


def find_next_star(indicator: Indicator, star: int, values: Values, tables: Mapping[str, Rows]) -> NextStar | None:
    """The lowest level above ``star`` that the text sets conditions for, with the conditions that do not hold; None
    at the top. Levels need not be nested (E59): what lies between may be skipped."""
    above = [(level, condition) for level, condition in indicator.levels if level > star]
    if not above:
        return None
    level, condition = above[-1]
    parts = dict(indicator.rule.parts)

    def spelt_out(node: Node) -> Node:
        if isinstance(node, Reference) and node.name in parts:
            return rewrite(parts[node.name], spelt_out)
        return node

    gaps = tuple(_find_gaps(rewrite(condition, spelt_out), values, tables))
    return NextStar(level, gaps)


def _find_gaps(condition: Node, values: Values, tables: Mapping[str, Rows]) -> Iterator[Gap]:
    """Every part of a conjunction that does not hold."""
    if isinstance(condition, Connective) and condition.operator == "and":
        for operand in condition.operands:
            yield from _find_gaps(operand, values, tables)
    elif not holds(condition, values, tables):
        measured = isinstance(condition, Comparison) and isinstance(condition.right, Number)
        left = condition.left if isinstance(condition, Comparison) else condition
        yield Gap(condition, evaluate(Rule("", (), left), values, tables).value if measured else None)


def try_sides(catalog: Catalog, merged: Merged) -> dict[str, tuple[Scores, ...]]:
    """Conflict (its subject) -> the scores with each of its sides in place, all other answers as they stand."""
    return {
        conflict.subject: tuple(score_merged(catalog, _with(merged, side.settled)) for side in conflict.sides)
        for conflict in merged.conflicts
    }


def _with(merged: Merged, settled: MergedSlot | MergedTable) -> Merged:
    if isinstance(settled, MergedTable):
        return replace(merged, tables={**merged.tables, settled.figure: settled})
    return replace(merged, slots={**merged.slots, settled.slot: settled})


def total_without(catalog: Catalog, scores: Scores, codes: Collection[str]) -> Fraction:
    """The total if these indicators had earned nothing, rounded where the total is; what was deducted stays."""
    rounding = catalog.settings.rounding

    def points(category: CategoryScore) -> Fraction:
        earned = (i for i in category.indicators if i.indicator.deducts or i.indicator.code not in codes)
        return _rounded(sum((catalog.worth(i.indicator) * (i.score or _ZERO) for i in earned), _ZERO), rounding)

    counted = (dimension for dimension in scores.dimensions if not dimension.dimension.apart)
    sums = (_rounded(sum(map(points, dimension.categories), _ZERO), rounding) for dimension in counted)
    return round_half_up(sum(sums, _ZERO))


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


def points_held(catalog: Catalog, assignment: Assignment, merged: Merged, scores: Scores) -> Mapping[str, Held]:
    """The points that each department keeps back: those of the indicators without a score that wait for an answer of
    its, each once. Several departments may hold the same points. A figure that does not apply is held by nobody, once
    the reason is given.
    """
    waiting: dict[str, list[Indicator]] = {department: [] for department in assignment.departments}
    for score in scores.indicators:
        holders = {one for key in score.open for one in _holders(catalog, assignment, merged, key)}
        for department in holders:
            waiting[department].append(score.indicator)
    return {
        department: Held(sum((points_of(catalog, i) for i in mine), _ZERO), tuple(i.code for i in mine))
        for department, mine in waiting.items()
    }


def _holders(catalog: Catalog, assignment: Assignment, merged: Merged, key: str) -> Iterable[str]:
    """The departments whose answer an unsettled slot or table waits for."""
    figure = catalog.figures[key.partition(".")[0]]
    item = merged.tables[key] if key in merged.tables else merged.slots[key]
    said: dict[str, set[State]] = {}
    for answer in item.answers:
        said.setdefault(answer.department, set()).add(answer.state)
    answered = {answer.department for answer in item.answers if answer.answered}
    if item.standing is Standing.CONFLICT:
        return [department for department, states in said.items() if State.VALUE in states]

    def waits(department: str) -> bool:
        """Whether its answer cannot be read, lacks the reason that it needs, or is not there."""
        states = said.get(department, set())
        if State.UNREADABLE in states or department in answered:
            return State.UNREADABLE in states
        return State.NOT_APPLICABLE in states or is_required(assignment, figure, department)

    return [department for department in assignment.asked[figure.key] if waits(department)]
