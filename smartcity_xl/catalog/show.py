"""An indicator system as lines of text, for someone who wants to read it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcity_xl.model import Catalog, Indicator
from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.words import describe_rule


def _percent(value: Fraction) -> str:
    return f"{constant(100 * value)}%"


def describe_catalog(catalog: Catalog) -> Iterator[str]:
    """Dimensions, categories and indicators with weights, rules in words, figures and notes, in the catalog's order."""
    yield f"{catalog.id}  {catalog.title}"
    yield catalog.document
    for notice in catalog.notices:
        yield f"  {notice.about}  {notice.text}"
    for dimension in catalog.dimensions:
        yield ""
        yield f"{dimension.code} {dimension.name}  {_percent(dimension.weight)}"
        for category in catalog.categories_of(dimension):
            yield f"  {category.code} {category.name}  {_percent(category.weight)}"
            if category.weights_open:
                yield f"    ! {category.weights_open}"
            for indicator in catalog.indicators_of(category):
                yield from _describe_indicator(catalog, indicator)


def _describe_indicator(catalog: Catalog, indicator: Indicator) -> Iterator[str]:
    weight = f"-{constant(indicator.deduct_max)}" if indicator.deduct_max is not None else _percent(indicator.weight)
    yield f"    {indicator.code} {indicator.name}  {weight}"
    for line in describe_rule(indicator.rule, catalog.label).split("\n"):
        yield f"      {line}"
    for figure in catalog.figures_of[indicator.code]:
        yield f"      - {figure.key}: {figure.label} {figure.unit}".rstrip()
    if indicator.note:
        yield f"      * {indicator.note}"
