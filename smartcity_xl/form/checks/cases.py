"""Which words fit an answer: what is honest where there is nothing to report differs from one kind to another."""

from __future__ import annotations

from smartcity_xl.model import Catalog, Kind, Merge, Slot

_ALWAYS_MORE = (Kind.PERIOD, Kind.SHARE, Kind.NUMBER)
"""Kinds of which nought is no plain “none”: a cycle of 0 years, a rate or a speed that nobody has measured."""


def case_of(catalog: Catalog, slot: Slot) -> str:
    """``yesno`` (否 is honest), ``choice``, ``number`` (0 is), ``measure`` (neither is), or ``mark`` (blank is, until
    somebody has given it). A deduction is a number: 0 where there is no ground for it."""
    if slot.kind is Kind.YESNO:
        return "yesno"
    if slot.kind is Kind.CHOICE:
        return "choice"
    if slot.kind is Kind.POINTS:
        deducting = {indicator.code for indicator in catalog.indicators if indicator.deducts}
        return "number" if deducting.issuperset(catalog.used_by[slot.figure]) else "mark"
    return "measure" if slot.kind in _ALWAYS_MORE or slot.minimum > 0 else "number"


def case_of_excuse(catalog: Catalog, slot: Slot) -> str:
    """The same for 不适用: where departments' numbers are drawn together, it counts as none of its own."""
    if slot.none is not None:
        return "none"
    return "own" if slot.merge in (Merge.SUM, Merge.LARGEST) else case_of(catalog, slot)
