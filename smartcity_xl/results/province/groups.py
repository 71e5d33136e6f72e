"""Which cities can be ranked together, and why others cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from smartcity_xl.messages import label
from smartcity_xl.results.province.brief import SystemShape
from smartcity_xl.results.province.record import ApartRecord

_Reason = Literal["system", "version", "round", "settings", "scheme"]


def order_key(shape: SystemShape) -> tuple[str, ...]:
    """An order of shapes that does not depend on which city came first."""
    told = shape.settings
    rest = repr((shape.by, shape.full, shape.target, shape.levels, shape.figures))
    return (
        shape.catalog.id,
        shape.catalog.version,
        shape.round,
        told.ratio_above_one,
        told.rounding,
        told.missing,
        rest,
    )


def tell_apart(shapes: Sequence[SystemShape]) -> Iterator[ApartRecord]:
    """Why each of the systems is not ranked with the first, or with an earlier one that it is nearer to."""
    for number, one in enumerate(shapes[1:], start=2):
        earlier = list(enumerate(shapes[: number - 1], start=1))
        at, other = max(earlier, key=lambda pair: (_alike(pair[1], one), -pair[0]))
        reason = _why(other, one)
        zh = label(
            f"province.apart_{reason}", one=number, other=at, title=one.catalog.title, version=one.catalog.version,
            round=one.round, other_title=other.catalog.title, other_version=other.catalog.version,
            other_round=other.round,
        )  # fmt: skip
        yield ApartRecord(number, at, reason, zh)


def _alike(one: SystemShape, other: SystemShape) -> int:
    return sum((
        16 * (one.catalog.id == other.catalog.id), 8 * (one.catalog.version == other.catalog.version),
        4 * (one.round == other.round), 2 * (one.settings == other.settings), one.levels == other.levels,
    ))  # fmt: skip


def _why(one: SystemShape, other: SystemShape) -> _Reason:
    if one.catalog.id != other.catalog.id:
        return "system"
    if one.catalog.version != other.catalog.version:
        return "version"
    if one.round != other.round:
        return "round"
    return "settings" if one.settings != other.settings else "scheme"
