"""Units of measurement: which are offered for a figure, what people write for them, and the exact factor between two.

Everything is data (``units.toml``), and read only when a unit other than a figure's own turns up. Why a table and no
library: ``docs/decisions/0008-units.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from smartcity_xl.shipped import read_shipped


class Measure(Struct, frozen=True):
    """Units that can become each other. ``sizes``: unit -> its size in the smallest one; ``spellings``: what people
    write -> unit; ``offered``: what may be chosen where a figure can be ``least`` of it."""

    sizes: Mapping[str, Fraction]
    spellings: Mapping[str, str]
    offered: tuple[str, ...]
    least: int


@cache
def _data() -> dict[str, Any]:
    return read_shipped("units.toml")


@cache
def _scales() -> tuple[tuple[str, Fraction], ...]:
    """The words that multiply a unit, the longest first."""
    listed = _data()["scales"].items()
    return tuple((word, Fraction(size)) for word, size in sorted(listed, key=lambda scale: -len(scale[0])))


@cache
def measures() -> Mapping[str, Measure]:
    """Unit -> its measure, for every unit that has a line of its own."""
    found = {}
    counted = _data()["counted"]
    for unit in counted["units"]:
        spelt = dict.fromkeys((unit, *counted["aliases"].get(unit, ())), unit)
        offered = tuple(word + unit for word in counted["offered"])
        found[unit] = Measure({unit: Fraction(1)}, spelt, offered, counted["offered_from"])
    for given in _data()["measures"].values():
        sizes = {unit: Fraction(size) for unit, size in given["sizes"].items()}
        spelt = {spelling: unit for unit in sizes for spelling in (unit, *given["aliases"].get(unit, ()))}
        found |= dict.fromkeys(sizes, Measure(sizes, spelt, tuple(given.get("offered", sizes)), 1))
    return found


def _split(text: str) -> Iterator[tuple[str, str]]:
    """A text as a scale and what it multiplies, in every way; first without one."""
    yield "", text
    yield from ((word, text.removeprefix(word)) for word, _ in _scales() if text.startswith(word) and text != word)


@lru_cache(maxsize=1_024)
def _measure_of(unit: str) -> Measure | None:
    """The measure of a unit that a catalog may name, such as 万元."""
    return next((measures()[rest] for _, rest in _split(unit) if rest in measures()), None)


@lru_cache(maxsize=1_024)
def _size(unit: str) -> Fraction:
    """A unit's size in the smallest of its measure; the unit is known."""
    return next(
        (scale_of(word) or 1) * measures()[rest].sizes[rest] for word, rest in _split(unit) if rest in measures()
    )


def is_known(unit: str) -> bool:
    """Whether a catalog may name the unit."""
    return _measure_of(unit) is not None


def factor(unit: str, canonical: str) -> Fraction:
    """How many of ``canonical`` one ``unit`` is, exactly. Both are of one measure, as ``read_unit`` gives them."""
    return Fraction(1) if unit == canonical else _size(unit) / _size(canonical)


@lru_cache(maxsize=1_024)
def read_unit(text: str, canonical: str) -> str | None:
    """The unit that a text means for a figure in ``canonical`` (km² -> 平方公里), or None where it means none."""
    text = "".join(text.split())
    if text == canonical:
        return canonical
    measure = _measure_of(canonical)
    for word, rest in _split(text) if measure else ():
        if measure and rest in measure.spellings:
            return word + measure.spellings[rest]
    return None


def is_foreign(text: str) -> bool:
    """Whether a text is a unit of any measure at all."""
    return any(read_unit(text, unit) for unit in measures())


def scale_of(text: str) -> Fraction | None:
    """How much a word such as 万 multiplies by, None for any other text."""
    return dict(_scales()).get(text)


def base(unit: str) -> str:
    """The unit without a word such as 万: 元 of 万元, itself where it has none."""
    return next((rest for _, rest in _split(unit) if rest in measures()), unit)


@lru_cache(maxsize=1_024)
def offered(canonical: str, listed: tuple[str, ...], maximum: Fraction) -> tuple[str, ...]:
    """The units that a clerk may choose for a figure: those that the catalog lists, or those of the measure that the
    figure's range reaches; always with ``canonical``."""
    if listed:
        return listed
    measure = _measure_of(canonical)
    if measure is None:
        return (canonical,)
    reached = {unit for unit in measure.offered if maximum >= measure.least * factor(unit, canonical)}
    return tuple(sorted(reached | {canonical}, key=lambda unit: factor(unit, canonical)))
