"""An indicator system as lines of text, for someone who wants to read it."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.catalog.dates import for_period
from smartcity_xl.model import Catalog, Indicator, Role, Scheme
from smartcity_xl.rules.formula import constant, percent
from smartcity_xl.rules.words import describe_rule


def worth_words(indicator: Indicator) -> str:
    """What an indicator can earn or cost: its weight, the points of its levels, or the most it takes away."""
    match indicator.role:
        case Role.SHOWN:
            return "○"
        case Role.DEDUCTION:
            return "-" if indicator.deduct_max is None else f"-{constant(indicator.deduct_max)}"
    if indicator.starred:
        return " ".join(f"{level}★={constant(points)}" for level, points in sorted(indicator.points.items()))
    return percent(indicator.weight)


def describe_catalog(catalog: Catalog) -> Iterator[str]:
    """Dimensions, categories and indicators with weights, rules in words, figures and notes, in the catalog's order.
    Dates are those of no round: N stands for the year."""
    catalog = for_period(catalog, None)
    yield f"{catalog.id}  {catalog.title}"
    yield catalog.document
    for notice in catalog.notices:
        yield f"  {notice.about}  {notice.text}"
    weighted = catalog.scheme is Scheme.WEIGHTS
    for dimension in catalog.dimensions:
        yield ""
        weight = f"  {percent(dimension.weight)}" if weighted else ""
        yield f"{dimension.code} {dimension.name}{weight}{' +' if dimension.apart else ''}"
        for category in catalog.categories_of(dimension):
            if weighted:
                yield f"  {category.code} {category.name}  {percent(category.weight)}"
            if category.weights_open:
                yield f"    ! {category.weights_open}"
            for item in category.items:
                yield f"      · {item.key} {item.label}"
            for indicator in catalog.indicators_of(category):
                yield from _describe_indicator(catalog, indicator)


def _describe_indicator(catalog: Catalog, indicator: Indicator) -> Iterator[str]:
    yield f"    {indicator.code} {indicator.name}{'★' if indicator.leading else ''}  {worth_words(indicator)}".rstrip()
    for line in describe_rule(indicator.rule, catalog.label, catalog.unit).split("\n"):
        yield f"      {line}"
    for figure in catalog.figures_of[indicator.code]:
        yield f"      - {figure.key}: {figure.label} {figure.unit}".rstrip()
    if indicator.note:
        yield f"      * {indicator.note}"
