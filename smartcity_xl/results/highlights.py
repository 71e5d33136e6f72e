"""What a leader asks of a record first: what is strong and weak, for whom points wait, and what is contested."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from smartcity_xl.model import Role, Standing
from smartcity_xl.results.record import (
    ConflictRecord,
    ConflictState,
    DepartmentRecord,
    DimensionRecord,
    IndicatorRecord,
    Results,
)

_ZERO = Fraction(0)


class Strength(Struct, frozen=True):
    """A group of indicators, and the share of the points of its scored indicators that these brought."""

    code: str
    name: str
    rate: Fraction


def strengths(record: Results) -> tuple[Strength, ...]:
    """The categories, or the dimensions where a system has no categories, the strongest first. A group of which nothing
    is scored, or that earns nothing, is in no place."""
    groups = ((code, name, of) for d in record.dimensions for code, name, of in _groups(d))
    rated = []
    for code, name, indicators in groups:
        scored = [i for i in indicators if i.role is Role.SCORED and i.standing is Standing.SETTLED and i.points]
        if full := sum((Fraction(i.points_full) for i in scored), _ZERO):
            rated.append(Strength(code, name, sum((Fraction(i.points or 0) for i in scored), _ZERO) / full))
    return tuple(sorted(rated, key=lambda one: -one.rate))


def _groups(dimension: DimensionRecord) -> tuple[tuple[str, str, tuple[IndicatorRecord, ...]], ...]:
    if len(dimension.categories) == 1:
        return ((dimension.code, dimension.name, dimension.categories[0].indicators),)
    return tuple((one.code, one.name, one.indicators) for one in dimension.categories)


def silent(record: Results) -> tuple[DepartmentRecord, ...]:
    """The departments that were asked and have not reported; those that hold the most points first."""
    found = (one for one in record.departments if one.asked and not one.reported)
    return tuple(sorted(found, key=lambda one: -Fraction(one.held)))


def open_conflicts(record: Results) -> tuple[ConflictRecord, ...]:
    """The conflicts that wait for the office or for a department that they were sent back to."""
    return tuple(one for one in record.conflicts if one.state is not ConflictState.DECIDED)
