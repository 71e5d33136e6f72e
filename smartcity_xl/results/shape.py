"""What a record tells of the system that it was scored by, as a catalog: enough to see what of two systems is one
thing, where the system itself is not at hand any more. Nothing can be scored by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from smartcity_xl.model import Catalog, Category, Dimension, Figure, Indicator, Kind, Option, Scheme, Slot
from smartcity_xl.results.record import FigureRecord, Results
from smartcity_xl.rules.tree import Reference, Rule, Sum

_NOTHING = Fraction(0)


def shape_of(record: Results) -> Catalog:
    """Dimensions, categories, indicators with the figures that they read, and figures: names, kinds and units."""
    grouped = [(key, list(slots)) for key, slots in groupby(record.figures, lambda one: one.key.partition(".")[0])]
    figures = {key: _figure(key, slots) for key, slots in grouped}
    reads = {key: slots[0].indicators for key, slots in grouped}
    return Catalog(
        record.catalog.id, record.catalog.version, record.catalog.title, "",
        tuple(Dimension(one.code, one.name, Fraction(one.weight)) for one in record.dimensions),
        tuple(Category(one.code, dimension.code, one.name, Fraction(one.weight))
              for dimension in record.dimensions for one in dimension.categories),
        tuple(_indicators(record, reads)), figures,
        scheme=Scheme.STARS if record.stars else Scheme.WEIGHTS, target=record.stars.target if record.stars else 0,
    )  # fmt: skip


def _indicators(record: Results, reads: dict[str, tuple[str, ...]]) -> Iterator[Indicator]:
    for dimension in record.dimensions:
        for category in dimension.categories:
            for one in category.indicators:
                rule = Rule("", (), Sum(tuple(Reference(key) for key, codes in reads.items() if one.code in codes)))
                most = None if one.deduct_max is None else Fraction(one.deduct_max)
                weight = Fraction(one.weight or 0)
                yield Indicator(one.code, category.code, one.name, weight, rule, "", one.role, most)


def _figure(key: str, slots: Sequence[FigureRecord]) -> Figure:
    first = slots[0]
    if "." in first.key:
        items = tuple(Option(slot.key.partition(".")[2], slot.label) for slot in slots)
        return Figure(key, key, Kind.CHECKLIST, "", _NOTHING, _NOTHING, items=items)
    columns = tuple(
        Slot(one.key, key, one.label, one.kind, one.unit, _NOTHING, _NOTHING) for one in first.columns or ()
    )
    return Figure(key, first.label, first.kind, first.unit or "", _NOTHING, _NOTHING, columns=columns)
