"""What changed between two editions of a system, or between two systems, as data.

Entries are matched by the figures their rules read and by their names, never by code alone: a code means another
thing in another edition (erratum E15).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from msgspec import Struct

from smartcity_xl.catalog.show import worth_words
from smartcity_xl.model import Catalog, Category, Dimension, Figure, Indicator, Option, Slot
from smartcity_xl.rules.formula import constant, percent
from smartcity_xl.rules.tree import names_used
from smartcity_xl.rules.words import describe_node, describe_rule

ADDED, DROPPED, RENAMED, RECODED, MOVED, REWEIGHTED, RULE, CHANGED = (
    "added", "dropped", "renamed", "recoded", "moved", "reweighted", "rule", "changed",
)  # fmt: skip
KINDS = (ADDED, DROPPED, RENAMED, RECODED, MOVED, REWEIGHTED, RULE, CHANGED)
"""Every kind of change, in the order in which one entry's are told."""

CATALOG, DIMENSION, CATEGORY, INDICATOR, FIGURE = "catalog", "dimension", "category", "indicator", "figure"
_Entry = TypeVar("_Entry")
_HALF = Fraction(1, 2)
_AROUND = ("units", "guidance", "as_of", "source")
"""What is said around a figure: it stays the same figure when these change."""


class Difference(Struct, frozen=True):
    """One change: of what sort of entry, which one (code or key and name; of the second side, if it is there).

    ``field`` is set for CHANGED only; ``before`` and ``after`` are in words, "" where there is nothing.
    """

    sort: str
    kind: str
    code: str
    name: str
    before: str = ""
    after: str = ""
    field: str = ""


Pairs = list[tuple[_Entry | None, _Entry | None]]


def diff_catalogs(first: Catalog, second: Catalog) -> tuple[Difference, ...]:
    """Every change from the first to the second, from the top of the system downwards, in the second's order."""
    matched, figures = match_catalogs(first, second), match_figures(first, second)
    dimensions, categories, indicators = matched.dimensions, matched.categories, matched.indicators
    return (
        *_fields(CATALOG, second.id, second.title, _of_catalog(first), _of_catalog(second)),
        *_diff_named(DIMENSION, dimensions),
        *_diff_named(CATEGORY, categories),
        *_moved(CATEGORY, categories, "dimension", dimensions),
        *(change for pair in indicators for change in _diff_indicator(first, second, *pair)),
        *_moved(INDICATOR, indicators, "category", categories),
        *(change for pair in figures for change in _diff_figure(*pair)),
    )


class Matches(Struct, frozen=True):
    """What of one system has become what of another, in the second's order; None on the side where there is none."""

    dimensions: Pairs[Dimension]
    categories: Pairs[Category]
    indicators: Pairs[Indicator]


def match_catalogs(first: Catalog, second: Catalog) -> Matches:
    """Indicators by the figures that their rules read and by their names; what is above them by names, else by most of
    what it holds."""
    indicators = _match(first.indicators, second.indicators, lambda a, b: _alike(first, second, a, b))
    both = [(a, b) for a, b in indicators if a and b]
    categories = _match_above(first.categories, second.categories, [(a.category, b.category) for a, b in both])
    above = [(a.dimension, b.dimension) for a, b in categories if a and b]
    return Matches(_match_above(first.dimensions, second.dimensions, above), categories, indicators)


# --- matching --------------------------------------------------------------------------------------------------


def normal(name: str) -> str:
    """A name without what does not matter: width, case, blanks, punctuation."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


def _match(
    first: Sequence[_Entry], second: Sequence[_Entry], alike: Callable[[_Entry, _Entry], Fraction]
) -> list[tuple[_Entry | None, _Entry | None]]:
    """Pairs, the most alike first, each entry once; then what is left alone. In the second's order, dropped last."""
    ranked = sorted(
        ((-score, i, j) for i, a in enumerate(first) for j, b in enumerate(second) if (score := alike(a, b))),
    )
    taken: dict[int, int] = {}
    for _, i, j in ranked:
        if i not in taken.values() and j not in taken:
            taken[j] = i
    paired: Pairs[_Entry] = [(first[taken[j]] if j in taken else None, b) for j, b in enumerate(second)]
    return paired + [(a, None) for i, a in enumerate(first) if i not in taken.values()]


def _alike(first: Catalog, second: Catalog, a: Indicator, b: Indicator) -> Fraction:
    """How alike two indicators are; 0 where they are strangers. The code only ever breaks a tie."""
    figures, others = ({f.key for f in c.figures_of[i.code]} for c, i in ((first, a), (second, b)))
    shared = Fraction(len(figures & others), max(1, len(figures | others)))
    named = normal(a.name) == normal(b.name)
    if not named and shared <= _HALF:
        return Fraction(0)
    same_place = normal(first.category_of[a.code].name) == normal(second.category_of[b.code].name)
    return shared + named * Fraction(3, 4) + same_place * Fraction(1, 10) + (a.code == b.code) * Fraction(1, 100)


Above = TypeVar("Above", Dimension, Category)


def _match_above(
    first: Sequence[Above], second: Sequence[Above], below: Sequence[tuple[str, str]]
) -> list[tuple[Above | None, Above | None]]:
    """Categories or dimensions: by name, else by most of what they hold (``below``: the codes of matched entries)."""

    def alike(a: Above, b: Above) -> Fraction:
        mine = [pair for pair in below if pair[0] == a.code or pair[1] == b.code]
        shared = Fraction(mine.count((a.code, b.code)), max(1, len(mine)))
        named = normal(a.name) == normal(b.name)
        return shared + named if named or shared > _HALF else Fraction(0)

    return _match(first, second, alike)


def match_figures(first: Catalog, second: Catalog) -> list[tuple[Figure | None, Figure | None]]:
    """By key; what is left, by label and kind."""

    def alike(a: Figure, b: Figure) -> Fraction:
        if a.key == b.key:
            return Fraction(2)
        apart = a.key not in second.figures and b.key not in first.figures
        return Fraction(apart and a.kind is b.kind and normal(a.label) == normal(b.label))

    return _match(tuple(first.figures.values()), tuple(second.figures.values()), alike)


# --- changes ---------------------------------------------------------------------------------------------------


def _fields(
    sort: str, code: str, name: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Difference]:  # fmt: skip
    for field in before:
        if before[field] != after[field]:
            yield Difference(sort, CHANGED, code, name, before[field], after[field], field)


def _of_catalog(catalog: Catalog) -> dict[str, str]:
    notices = "\n".join(f"{notice.about} {notice.text}".strip() for notice in catalog.notices)
    return {
        "id": catalog.id, "version": catalog.version, "title": catalog.title, "document": catalog.document,
        "short": catalog.short, "survey_dimension": catalog.survey_dimension, "scheme": catalog.scheme.value,
        "target": str(catalog.target or ""), "notices": notices,
    }  # fmt: skip


def _alone(sort: str, a: Any, b: Any, code: str, name: str) -> Difference:
    """An entry that stands on one side only."""
    entry = b or a
    return Difference(sort, ADDED if b else DROPPED, getattr(entry, code), getattr(entry, name))


def _diff_named(sort: str, pairs: Sequence[tuple[Above | None, Above | None]]) -> Iterator[Difference]:
    for a, b in pairs:
        if a is None or b is None:
            yield _alone(sort, a, b, "code", "name")
            continue
        if a.name != b.name:
            yield Difference(sort, RENAMED, b.code, b.name, a.name, b.name)
        if a.code != b.code:
            yield Difference(sort, RECODED, b.code, b.name, a.code, b.code)
        if a.weight != b.weight:
            yield Difference(sort, REWEIGHTED, b.code, b.name, percent(a.weight), percent(b.weight))
        if isinstance(a, Category) and isinstance(b, Category):
            yield from _fields(sort, b.code, b.name, _of_category(a), _of_category(b))
        if isinstance(a, Dimension) and isinstance(b, Dimension):
            yield from _fields(sort, b.code, b.name, _of_dimension(a), _of_dimension(b))


def _of_category(category: Category) -> dict[str, str]:
    return {"weights_open": category.weights_open, "items": _options(category.items)}


def _of_dimension(dimension: Dimension) -> dict[str, str]:
    return {
        "apart": "+" if dimension.apart else "",
        "most_categories": str(dimension.most_categories or ""),
        "most_indicators": str(dimension.most_indicators or ""),
    }


def _moved(
    sort: str, pairs: Sequence[tuple[Any, Any]], field: str, above: Sequence[tuple[Any, Any]]
) -> Iterator[Difference]:
    """Entries that stand under another parent than the one that theirs has become."""
    became = {a.code: b.code for a, b in above if a and b}
    names = [{side.code: side.name for side in sides if side} for sides in zip(*above, strict=True)]
    for a, b in pairs:
        if a and b and became.get(getattr(a, field)) != getattr(b, field):
            before, after = (
                f"{getattr(entry, field)} {known.get(getattr(entry, field), '')}".strip()
                for entry, known in zip((a, b), names, strict=True)
            )
            yield Difference(sort, MOVED, b.code, b.name, before, after)


def _diff_indicator(first: Catalog, second: Catalog, a: Indicator | None, b: Indicator | None) -> Iterator[Difference]:
    if a is None or b is None:
        yield _alone(INDICATOR, a, b, "code", "name")
        return
    if a.name != b.name:
        yield Difference(INDICATOR, RENAMED, b.code, b.name, a.name, b.name)
    if a.code != b.code:
        yield Difference(INDICATOR, RECODED, b.code, b.name, a.code, b.code)
    if worth_words(a) != worth_words(b):
        yield Difference(INDICATOR, REWEIGHTED, b.code, b.name, worth_words(a), worth_words(b))
    yield from _diff_rule(first, second, a, b)
    yield from _fields(INDICATOR, b.code, b.name, _of_indicator(first, a), _of_indicator(second, b))


def diff_scoring(first: Catalog, second: Catalog, a: Indicator, b: Indicator) -> tuple[Difference, ...]:
    """What makes one indicator score otherwise than another would for the same answers: its rule and its weight."""
    return tuple(d for d in _diff_indicator(first, second, a, b) if d.kind in (REWEIGHTED, RULE))


def _diff_rule(first: Catalog, second: Catalog, a: Indicator, b: Indicator) -> Iterator[Difference]:
    if (a.rule.parts, a.rule.result) == (b.rule.parts, b.rule.result):
        return
    before, after = (describe_rule(i.rule, c.label, c.unit) for i, c in ((a, first), (b, second)))
    if before == after:
        if names_used(a.rule) != names_used(b.rule):
            return  # the same figures under other keys
        before, after = a.rule.source, b.rule.source  # what the words leave out: whether a ratio is capped
    yield Difference(INDICATOR, RULE, b.code, b.name, before, after)


def _of_indicator(catalog: Catalog, indicator: Indicator) -> dict[str, str]:
    queries = [f"{describe_node(query.when, catalog.label, catalog.unit)}：{query.say}" for query in indicator.queries]
    return {
        "leading": "★" if indicator.leading else "",
        "source": indicator.source, "evidence": "\n".join(indicator.evidence), "note": indicator.note,
        "queries": "\n".join(queries),
    }  # fmt: skip


def _diff_figure(a: Figure | None, b: Figure | None) -> Iterator[Difference]:
    if a is None or b is None:
        yield _alone(FIGURE, a, b, "key", "label")
        return
    if a.label != b.label:
        yield Difference(FIGURE, RENAMED, b.key, b.label, a.label, b.label)
    if a.key != b.key:
        yield Difference(FIGURE, RECODED, b.key, b.label, a.key, b.key)
    yield from _fields(FIGURE, b.key, b.label, _of_figure(a), _of_figure(b))


def diff_definitions(a: Figure, b: Figure) -> tuple[Difference, ...]:
    """What makes two figures of one key, or of one wording, two things: all but their keys and what is said around."""
    return tuple(d for d in _diff_figure(a, b) if d.kind != RECODED and d.field not in _AROUND)


def _of_figure(figure: Figure) -> dict[str, str]:
    return {
        "kind": figure.kind.value, "unit": figure.unit, "units": "\n".join(figure.units),
        "range": f"{constant(figure.minimum)}–{constant(figure.maximum)}",
        "part_of": figure.part_of, "same_as": figure.same_as,
        "fixed": "" if figure.fixed is None else constant(figure.fixed),
        "items": _options(figure.items), "options": _options(figure.options),
        "columns": "\n".join(map(_column, figure.columns)),
        "rows": str(figure.rows or ""), "row_label": figure.row_label, "merge": figure.merge.value,
        "guidance": figure.guidance, "as_of": figure.as_of, "source": figure.source,
    }  # fmt: skip


def _options(options: Sequence[Option]) -> str:
    return "\n".join(f"{option.key} {option.label}" for option in options)


def _column(column: Slot) -> str:
    limits = f"{constant(column.minimum)}–{constant(column.maximum)}"
    parts = (column.key, column.label, column.kind.value, column.unit, "/".join(column.units), limits,
             column.part_of)  # fmt: skip
    return " ".join(part for part in parts if part)
