"""How many points of the total hang on an answer."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcity_xl.model import Catalog, Indicator


def points_of(catalog: Catalog, indicator: Indicator) -> Fraction:
    """The points of the total that an indicator can bring, or, as a deduction, take away."""
    marks = indicator.full if indicator.deduct_max is None else indicator.deduct_max
    return catalog.worth(indicator) * marks


def points_at_stake(catalog: Catalog, keys: Iterable[str]) -> Fraction:
    """The points of all indicators whose rules read one of these figures or slots, each indicator once.

    A key is that of a figure, a checklist's item (``figure.item``) or a table's column; others weigh nothing.
    """
    codes = {code for key in keys for code in catalog.used_by.get(key.partition(".")[0], ())}
    return sum((points_of(catalog, i) for i in catalog.indicators if i.code in codes), Fraction(0))
