"""Invented provinces: the record of one city, collected once, with other sizes, scores and names."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from msgspec.structs import replace
from summaries import sum_up

from smartcity_xl.model import Slack, Standing
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.province import CityState, Province, ProvinceEntry, compose_province
from smartcity_xl.results.record import FigureRecord, RangeRecord

SIZED = frozenset({"count", "area", "length", "money"})
_CENT = Decimal("0.01")


def vary_city(record: Results, name: str, seed: int, spread: float = 0.35) -> Results:
    """The same city once more: so many times as large (``spread``: on a logarithmic scale), and its figures as far from
    those of others by head as figures are."""
    draw = random.Random(f"{seed}/{name}")  # noqa: S311
    size = 10 ** draw.gauss(0, spread)
    figures = tuple(_vary_figure(one, draw, size) for one in record.figures)
    share = draw.uniform(0.75, 1.0)
    dimensions = tuple(
        replace(
            dimension, score=_times(dimension.score, factor := min(1.0, share * draw.uniform(0.8, 1.2))),
            categories=tuple(
                replace(category, score=_times(category.score, factor), indicators=tuple(
                    replace(one, score=one.score and _times(one.score, min(1.0, factor * draw.uniform(0.9, 1.1))))
                    for one in category.indicators
                )) for category in dimension.categories
            ),
        ) for dimension in record.dimensions
    )  # fmt: skip
    total = record.total
    if total:
        score = sum((Decimal(one.score) for one in dimensions), Decimal(0))
        room = Decimal(total.range.ceiling or 0) - Decimal(total.range.floor or 0) if total.range else Decimal(0)
        total = replace(total, score=str(score), range=RangeRecord(str(score), str(score + room), Slack.NONE))
    return replace(record, city=name, figures=figures, dimensions=dimensions, total=total)


def _times(score: str, factor: float) -> str:
    return str((Decimal(score) * Decimal(factor)).quantize(_CENT))


def _vary_figure(one: FigureRecord, draw: random.Random, size: float) -> FigureRecord:
    if one.value is None or one.kind not in SIZED:
        if one.kind == "share" and one.value:
            return replace(one, value=str(round(min(100.0, float(one.value) * draw.uniform(0.85, 1.1)), 2)))
        return one
    value = float(one.value)
    if value < 100:  # a few of something: no more of it in a large city
        return replace(one, value=str(max(1, round(value * draw.uniform(0.6, 1.4)))) if value else one.value)
    return replace(one, value=str(round(value * size * 10 ** draw.gauss(0, 0.08))))


def give_value(record: Results, values: Mapping[str, str]) -> Results:
    """The same with other values of some figures: as if the department had typed them."""
    figures = tuple(
        replace(one, value=values[one.key], standing=Standing.SETTLED) if one.key in values else one
        for one in record.figures
    )
    return replace(record, figures=figures)


def value_of(record: Results, key: str) -> Decimal:
    (found,) = (one.value for one in record.figures if one.key == key)
    return Decimal(found or 0)


def close_city(record: Results) -> Results:
    """With nothing open: its score is certain."""
    total = record.total
    assert total
    closed = replace(total, final=True, range=RangeRecord(total.score, total.score, Slack.NONE))
    dimensions = tuple(
        replace(dimension, categories=tuple(
            replace(category, indicators=tuple(replace(one, open=()) for one in category.indicators))
            for category in dimension.categories
        )) for dimension in record.dimensions
    )  # fmt: skip
    return replace(record, total=closed, dimensions=dimensions)


def reach_city(record: Results, name: str, score: str, floor: str | None, ceiling: str | None) -> Results:
    """A city with a total of its own, and between which it lies."""
    assert record.total
    total = replace(
        record.total, score=score, final=floor is not None and floor == ceiling,
        range=RangeRecord(floor, ceiling, Slack.NONE),
    )  # fmt: skip
    return replace(record, city=name, total=total)


def city_names(number: int) -> list[str]:
    return [f"云溪{at}县" for at in range(1, number + 1)]


def entries_of(records: Sequence[Results]) -> list[ProvinceEntry]:
    return [ProvinceEntry(one.city, CityState.COLLECTED, one) for one in records]


def province_of(records: Sequence[Results], name: str = "演示省") -> Province:
    return compose_province(entries_of(records), name)


@cache
def national_record() -> Results:
    """The example city, collected once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        return from_outcome(sum_up("cn-2018", Path(folder)).outcome)


@cache
def star_record() -> Results:
    """A county under a system of stars, with nothing open."""
    with tempfile.TemporaryDirectory() as folder:
        return from_outcome(sum_up("db37-3890-zoucheng", Path(folder)).outcome)


def vary_cities(number: int, seed: int = 1) -> list[Results]:
    """Counties of the national system; each third with a certain score."""
    made = [vary_city(national_record(), name, seed) for name in city_names(number)]
    return [close_city(one) if at % 3 == 0 else one for at, one in enumerate(made)]
