"""Merged answers -> scores: the marks of the indicators, and the score tree over them (``catalog.score_tree``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.catalog.score_tree import (
    APART,
    TOTAL,
    Height,
    ScoreTree,
    build_score_tree,
    earns,
    name_of,
    score_rule,
)
from smartcity_xl.catalog.told import without_errata
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Catalog,
    Category,
    CategoryScore,
    Dimension,
    DimensionScore,
    Finding,
    Gap,
    Indicator,
    IndicatorScore,
    Merged,
    MergedSlot,
    MergedTable,
    NextStar,
    Origin,
    Rounding,
    Scores,
    Standing,
)
from smartcity_xl.rules.exact import (
    Evaluation,
    Note,
    Rows,
    Values,
    evaluate,
    holds,
    round_half_up,
    value_of,
    value_of_node,
)
from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.tree import Comparison, Node, Number, Reference, names_used
from smartcity_xl.rules.words import describe_operand
from smartcity_xl.score.next_star import conditions_of
from smartcity_xl.score.value import value_tree

# What keeps an indicator from a score, the gravest first.
_GRAVEST = (Standing.CONFLICT, Standing.UNREADABLE, Standing.NOT_APPLICABLE, Standing.MISSING)


def mark_indicator(indicator: Indicator, mark: Fraction, rounding: Rounding = Rounding.EVERY_LEVEL) -> Fraction | None:
    """An indicator's score from its rule's result: times the weight, or the points of the star, or minus the points
    deducted. None for what earns no points. Not rounded yet where the office rounds only once."""
    if not earns(indicator):
        return None
    return value_of(score_rule(indicator, rounding), {name_of(Height.MARK, indicator.code): mark})


def score_merged(catalog: Catalog, merged: Merged) -> Scores:
    """The whole tree of scores. An indicator whose answers are not all settled has none, and counts 0 in the total."""
    return _score(catalog, merged, {}, ())


def score_again(catalog: Catalog, merged: Merged, before: Scores, figures: Collection[str]) -> Scores:
    """The same, where ``before`` are the scores by answers that differ in some ``figures`` at most: indicators that
    read none of these keep what they have."""
    reading = {code for figure in figures if figure in catalog.used_by for code in catalog.used_by[figure]}
    kept = {one.indicator.code: one for one in before.indicators if one.indicator.code not in reading}
    return _score(catalog, merged, kept, before.findings)


def _score(catalog: Catalog, merged: Merged, kept: Mapping[str, IndicatorScore], told: Sequence[Finding]) -> Scores:
    """``kept``: the indicators that have their scores already; ``told`` is what was found on the way there."""
    tree, findings = build_score_tree(catalog), list[Finding]()
    shown = [i for d in catalog.shown_dimensions for c in catalog.categories_of(d) for i in catalog.indicators_of(c)]
    settled: dict[str, _Evaluated] = {}
    marks: dict[str, Fraction] = {}
    for one in shown:
        if one.code in kept:
            findings += (finding for finding in told if finding.indicator == one.code)
            mark = kept[one.code].mark
        else:
            found = _settle(catalog, merged, one, findings)
            settled |= {one.code: found} if found else {}
            mark = found.value if found else None
        marks |= {} if mark is None else {one.code: mark}
    values = value_tree(tree, marks)
    reading = _Reading(catalog, merged, tree, values, settled, kept)
    dimensions = tuple(map(reading.dimension, catalog.shown_dimensions))
    counted = (i for d in dimensions if not d.dimension.apart for c in d.categories for i in c.indicators)
    assessed = tree.full_points(i.indicator.code for i in counted if i.standing is Standing.SETTLED)
    final, full = len(marks) == len(shown), tree.nodes[TOTAL].full
    return Scores(values[TOTAL], assessed, final, dimensions, tuple(findings), values[APART], full)


class _Evaluated(Struct, frozen=True):
    """An indicator whose answers are all settled: what its rule came to, and what it was given."""

    result: Evaluation
    values: Values
    tables: Mapping[str, Rows]

    @property
    def value(self) -> Fraction:
        return self.result.value


def _settle(catalog: Catalog, merged: Merged, indicator: Indicator, findings: list[Finding]) -> _Evaluated | None:
    """An indicator's mark, with what there is to tell of it; None where an answer is not settled."""
    if _open(catalog, merged, indicator):
        return None
    given = catalog.figures_of[indicator.code]
    slots = [merged.slots[slot.key] for figure in given for slot in figure.slots]
    tables = [merged.tables[figure.key] for figure in given if figure.columns]
    values = {answer.slot: answer.value for answer in slots if answer.value is not None}
    rows = {table.figure: table.used.values if table.used else () for table in tables}
    result = evaluate(indicator.rule, values, rows)
    findings += _told(catalog, merged, indicator, result)
    for query in indicator.queries:
        if holds(query.when, values, rows):
            said, told = _said_to(merged, query.when), {"say": without_errata(query.say)}
            findings.append(Finding("query", Origin(""), "", "", indicator.code, told, explanation=said))
    return _Evaluated(result, values, rows)


class _Reading(Struct, frozen=True):
    """The values of a tree, laid out as the scores of dimensions, categories and indicators."""

    catalog: Catalog
    merged: Merged
    tree: ScoreTree
    values: Mapping[str, Fraction]
    settled: Mapping[str, _Evaluated]
    kept: Mapping[str, IndicatorScore]

    def dimension(self, dimension: Dimension) -> DimensionScore:
        name = name_of(Height.DIMENSION, dimension.code)
        categories = tuple(map(self.category, self.catalog.categories_of(dimension)))
        return DimensionScore(dimension, self.values[name], self.tree.nodes[name].full, categories)

    def category(self, category: Category) -> CategoryScore:
        name = name_of(Height.CATEGORY, category.code)
        indicators = tuple(map(self.indicator, self.catalog.indicators_of(category)))
        return CategoryScore(category, self.values[name], self.tree.nodes[name].full, indicators)

    def indicator(self, indicator: Indicator) -> IndicatorScore:
        if indicator.code in self.kept:
            return self.kept[indicator.code]
        settled, code = self.settled.get(indicator.code), indicator.code
        full = self.tree.full_points([code])
        if settled is None:
            open_ = _open(self.catalog, self.merged, indicator)
            gravest = next(standing for standing in _GRAVEST if standing in open_.values())
            return IndicatorScore(indicator, gravest, None, None, {}, tuple(open_), None, full)
        score, points = (self.values.get(name_of(height, code)) for height in (Height.SCORE, Height.POINTS))
        star = int(settled.value) if indicator.starred else None
        above = None if star is None else find_next_star(indicator, star, settled.values, settled.tables)
        parts = settled.result.parts
        return IndicatorScore(
            indicator, Standing.SETTLED, score, settled.value, parts, (), points, full, star, above
        )  # fmt: skip


def _open(catalog: Catalog, merged: Merged, indicator: Indicator) -> dict[str, Standing]:
    """The slots and tables that keep an indicator from a score."""
    found: dict[str, Standing] = {}
    for figure in catalog.figures_of[indicator.code]:
        if figure.columns:
            found[figure.key] = merged.tables[figure.key].standing
        for slot in figure.slots:
            found[slot.key] = merged.slots[slot.key].standing
    return {key: standing for key, standing in found.items() if standing is not Standing.SETTLED}


def find_next_star(indicator: Indicator, star: int, values: Values, tables: Mapping[str, Rows]) -> NextStar | None:
    """The lowest level above ``star`` that the text sets conditions for, with the conditions that do not hold; None
    at the top. Levels need not be nested (E59): what lies between may be skipped."""
    above = [(level, condition) for level, condition in indicator.levels if level > star]
    if not above:
        return None
    level, condition = above[-1]
    return NextStar(level, tuple(_find_gaps(conditions_of(indicator, condition), values, tables)))


def _find_gaps(conditions: Iterable[Node], values: Values, tables: Mapping[str, Rows]) -> Iterator[Gap]:
    """Every condition that does not hold."""
    for condition in conditions:
        if not holds(condition, values, tables):
            measured = isinstance(condition, Comparison) and isinstance(condition.right, Number)
            left = condition.left if isinstance(condition, Comparison) else condition
            yield Gap(condition, value_of_node(left, values, tables) if measured else None)


def try_sides(catalog: Catalog, merged: Merged, scores: Scores) -> dict[str, tuple[Scores, ...]]:
    """Conflict (its subject) -> the scores with each of its sides in place, all other answers as they stand, by which
    there are ``scores``."""
    return {
        conflict.subject: tuple(
            score_again(catalog, _with(merged, side.settled), scores, [conflict.figure.partition(".")[0]])
            for side in conflict.sides
        )
        for conflict in merged.conflicts
    }


def _with(merged: Merged, settled: MergedSlot | MergedTable) -> Merged:
    if isinstance(settled, MergedTable):
        return replace(merged, tables={**merged.tables, settled.figure: settled})
    return replace(merged, slots={**merged.slots, settled.slot: settled})


def total_without(catalog: Catalog, scores: Scores, codes: Collection[str]) -> Fraction:
    """The total if these indicators had earned nothing; what was deducted stays."""
    marks = {score.indicator.code: score.mark for score in scores.indicators if score.mark is not None}
    return value_tree(build_score_tree(catalog, codes), marks)[TOTAL]


def _told(catalog: Catalog, merged: Merged, indicator: Indicator, result: Evaluation) -> Iterable[Finding]:
    """What the text is silent about, and the engine had to settle (decisions E3 and E4)."""
    for note in result.notes:
        if _is_told_by_form(catalog, merged, note):
            continue
        parameters, said = _parameters(catalog, note), _said_to(merged, note.where)
        yield Finding(note.code, Origin(""), "", "", indicator.code, parameters, explanation=said)


def _is_told_by_form(catalog: Catalog, merged: Merged, note: Note) -> bool:
    """Whether a ratio above 1 is a part larger than its whole in one workbook, or in a row of a table: that is told
    where it stands (``part-exceeds-whole``), and one fault is told once."""
    match note.where.numerator, note.where.denominator:
        case Reference(part), Reference(whole) if note.code != "zero-denominator":
            columns = {f"{f.key}.{c.key}": f"{f.key}.{c.part_of}" for f in catalog.figures.values() for c in f.columns}
            if part not in merged.slots:
                return columns.get(part) == whole
            return catalog.slots[part].part_of == whole and _are_together(catalog, merged, part, whole)
    return False


def _are_together(catalog: Catalog, merged: Merged, part: str, whole: str) -> bool:
    """Whether each answer for a part stands beside the whole that counts, in a workbook or fixed by the text."""
    used = merged.slots[part].used
    wholes = {answer.origin.file for answer in merged.slots[whole].used}
    fixed = catalog.slots[whole].fixed is not None
    return bool(used) and all(fixed or answer.origin.file in wholes for answer in used)


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
        "numerator_label": describe_operand(note.where.numerator, word),
        "denominator_label": describe_operand(note.where.denominator, word),
        "numerator": _short(note.numerator),
        "denominator": _short(note.denominator),
    }


def _short(value: Fraction) -> str:
    """A number for a message: exact where it is short, else to four decimals."""
    text = constant(value)
    return text if len(text) <= 15 and "/" not in text else constant(round_half_up(value, 4))
