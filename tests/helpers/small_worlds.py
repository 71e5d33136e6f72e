"""Systems so small that every way to answer them can be tried, and answers to a part of them."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import Any

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.combine import under_settings
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.model import (
    Catalog,
    Merged,
    MergedSlot,
    MergedTable,
    RatioAboveOne,
    Rounding,
    Settings,
    Slot,
    Standing,
)

FIGURES: dict[str, dict[str, Any]] = {
    "n": {"kind": "count", "unit": "个", "max": 3},
    "w": {"kind": "count", "unit": "个", "max": 3},
    "p": {"kind": "count", "unit": "个", "max": 3, "part_of": "w"},
    "q": {"kind": "count", "unit": "个", "max": 2, "part_of": "p"},
    "s": {"kind": "count", "unit": "个", "min": 1, "max": 3},
    "e": {"kind": "count", "unit": "个", "min": 1, "max": 2, "none": "0"},
    "g": {"kind": "count", "unit": "个", "max": 9, "fixed": "4"},
    "y": {"kind": "yesno"},
    "z": {"kind": "yesno"},
    "c": {"kind": "choice", "options": [{"key": "a", "label": "甲"}, {"key": "b", "label": "乙"},
                                        {"key": "d", "label": "丙"}]},
    "l": {"kind": "checklist", "items": [{"key": "a", "label": "子"}, {"key": "b", "label": "丑"}]},
}  # fmt: skip
MARKS = (
    "100 * ratio(p, w)", "50 * ratio(p, w) + 50 * ratio(q, p)", "50 * ratio(p, w, zero: 1) + 50 * ratio(n, w)",
    "(ratio(p, s) + ratio(n, s)) / 2 * 100", "100 * ratio(q, g)", "25 * count(l) + 50 * y",
    "points(l, a: 60, b: -15) + 15 + 40 * y", "pick(c, a: 100, b: 30, d: 55)",
    "band(ratio(p, w), >=90%: 100, >=50%: 40)",
    "if(y, 20 * n + 40 * z, 5)", "min(100, 30 * n) - 10 * z + 10", "band(n + p, >5: 100, >=2: 30, else: 10)",
    "if(y and n > 1 or not z, 80, 12.5 * w)", "100 * quotient(1, max(1, n))", "100 * ratio(count(l) + n, s + 2)",
    "100 * ratio(quotient(n * n + w * w, n + w), 3)", "20 * max(n, w) - 5 * min(n, w)",
    "b1 = n - w\nif(b1 >= 1, 90, 30 - b1)",
    "33.335 * e", "if(e == 0, 60, 100 * quotient(1, e))",
)  # fmt: skip
TAKEN = ("0.7 * n", "y + 0.3 * w", "if(z, 0, 1)")
LEVELS = (
    "b1 = ratio(p, w)\nstars(5: b1 > 60% and y, 4: b1 >= 50%, 2: n > 1)",
    "stars(5: n >= 3 and l.a and l.b, 3: l.a or n > 1)",
    "stars(4: quotient(n - w, s) >= 50%, 1: n > w)",
)  # fmt: skip


@dataclass(frozen=True)
class SmallWorld:
    catalog: Catalog
    given: Mapping[str, Fraction]

    def with_answers(self, more: Mapping[str, Fraction]) -> Merged:
        known = {**self.given, **more, **{k: s.fixed for k, s in self.catalog.slots.items() if s.fixed is not None}}
        slots = {
            key: MergedSlot(key, Standing.SETTLED, known[key], (), ())
            if key in known else MergedSlot(key, Standing.MISSING, None, (), ())
            for key in self.catalog.slots
        }  # fmt: skip
        tables = {k: MergedTable(k, Standing.MISSING, None, ()) for k, f in self.catalog.figures.items() if f.columns}
        return Merged(slots, tables, ())

    @property
    def merged(self) -> Merged:
        return self.with_answers({})

    @property
    def open(self) -> list[str]:
        return [key for key, slot in self.catalog.slots.items() if slot.fixed is None and key not in self.given]

    def completions(self, names: list[str]) -> Iterator[dict[str, Fraction]]:
        """Every way to answer some slots that keeps parts within their wholes."""
        for values in product(*(valid_values(self.catalog.slots[name]) for name in names)):
            answers = dict(zip(names, values, strict=True))
            if keeps(self.catalog, {**self.given, **answers}, names):
                yield answers


def settle(
    catalog: Catalog, given: Mapping[str, Fraction], settled: Collection[str], excused: Collection[str] = ()
) -> Merged:
    """The answers ``settled`` of those given and all that is fixed; ``excused`` are 不适用, the rest is missing."""
    slots = {}
    for key, slot in catalog.slots.items():
        value = slot.fixed if slot.fixed is not None else given[key] if key in settled else None
        gap = Standing.NOT_APPLICABLE if key in excused else Standing.MISSING
        slots[key] = MergedSlot(key, gap if value is None else Standing.SETTLED, value, (), ())
    tables = {key: MergedTable(key, Standing.MISSING, None, ()) for key, f in catalog.figures.items() if f.columns}
    return Merged(slots, tables, ())


def world_of(rule: str, *figures: dict[str, Any], stars: bool = False, **fields: Any) -> Catalog:
    """One indicator, of a star system where it gives ``stars``."""
    weight = {} if stars or "role" in fields else {"weight": "100%"}
    indicator = {"code": "A", "category": "L", "name": "指标", "source": "t", **weight, "rule": rule, **fields}
    if stars:
        document = {"id": "i", "version": "1", "title": "t", "document": "d", "scheme": "stars", "target": 4,
                    "dimensions": [{"code": "L", "name": "维度"}], "indicators": [indicator],
                    "figures": list(figures)}  # fmt: skip
        catalog, faults = build_catalog(document)
        assert [fault.words("en") for fault in faults] == []
        return catalog
    document = {
        "id": "i", "version": "1", "title": "t", "document": "d",
        "dimensions": [{"code": "L", "name": "维度", "weight": "100%"}],
        "categories": [{"code": "L", "dimension": "L", "name": "类", "weight": "100%"}],
        "indicators": [indicator], "figures": list(figures),
    }  # fmt: skip
    catalog, faults = build_catalog(document)
    assert [fault.words("en") for fault in faults] == []
    return catalog


def number_of_ways(world: SmallWorld) -> int:
    """How many ways there are to answer what is open, or to leave it."""
    return prod(1 + len(valid_values(world.catalog.slots[name])) for name in world.open)


def valid_values(slot: Slot) -> list[Fraction]:
    if not slot.numeric:
        return [Fraction(n) for n in (range(1, len(slot.options) + 1) if slot.options else (0, 1))]
    found = [Fraction(n) for n in range(int(slot.minimum), int(slot.maximum) + 1)]
    return found if slot.none is None or slot.none in found else [slot.none, *found]


def keeps(catalog: Catalog, known: Mapping[str, Fraction], fresh: list[str]) -> bool:
    """Whether no part among the fresh answers, or of a fresh whole, is larger than its whole."""
    for key, slot in catalog.slots.items():
        whole = slot.part_of
        tied = key in fresh or whole in fresh
        if whole and tied and key in known and whole in known and known[key] > known[whole]:
            return False
    return True


@cache
def roll_world(seed: str, stars: bool = False) -> SmallWorld:
    rng = random.Random(seed)  # noqa: S311
    rules = rng.sample(LEVELS if stars else MARKS, 3)
    shares = [30, 30, 40]
    indicators = [
        {"code": f"A{n}", "category": "P" if n < 2 else "Q", "name": f"项{n}", "source": "t", "rule": rule}
        | ({} if stars else {"weight": f"{shares[n] if n < 2 else 100}%"})
        for n, rule in enumerate(rules)
    ]
    if not stars:
        indicators[0]["weight"], indicators[1]["weight"] = "35%", "65%"
        if rng.random() < 0.6:
            most = {"deduct_max": "1.5"} if rng.random() < 0.5 else {}
            indicators.append({"code": "X", "category": "T", "name": "扣", "source": "t", "role": "deduction",
                               "rule": rng.choice(TAKEN), **most})  # fmt: skip
    used = {name for one in indicators for name in FIGURES if _reads(str(one["rule"]), name)}
    while more := {str(FIGURES[name]["part_of"]) for name in used if "part_of" in FIGURES[name]} - used:
        used |= more
    figures = [{"key": key, "label": f"数{key}", **fields} for key, fields in FIGURES.items() if key in used]
    document: dict[str, Any] = {"id": "w", "version": "1", "title": "t", "document": "t",
                                "indicators": indicators, "figures": figures}  # fmt: skip
    if stars:
        document |= {
            "scheme": "stars",
            "target": 4,
            "dimensions": [{"code": "P", "name": "维"}, {"code": "Q", "name": "度"}],
        }
    else:
        document |= {
            "dimensions": [{"code": "L", "name": "维度", "weight": "100%"},
                           {"code": "D", "name": "扣分", "weight": "0%"}],
            "categories": [{"code": "P", "dimension": "L", "name": "甲", "weight": "60%"},
                           {"code": "Q", "dimension": "L", "name": "乙", "weight": "40%"},
                           {"code": "T", "dimension": "D", "name": "扣", "weight": "0%"}],
        }  # fmt: skip
        if len(indicators) == 3:
            document["dimensions"].pop()
            document["categories"].pop()
    catalog, faults = build_catalog(document)
    assert [f.words("en") for f in (*faults, *lint_catalog(catalog)) if f.code != "figure-unused"] == [], rules
    settings = Settings(
        rounding=rng.choice(list(Rounding)), ratio_above_one=rng.choice([RatioAboveOne.CAP, RatioAboveOne.LITERAL])
    )
    catalog = under_settings(catalog, settings)
    given: dict[str, Fraction] = {}
    for key, slot in catalog.slots.items():
        if slot.fixed is None and rng.random() < 0.45:
            value = rng.choice(valid_values(slot))
            if keeps(catalog, {**given, key: value}, [key]):
                given[key] = value
    return SmallWorld(catalog, given)


def _reads(rule: str, name: str) -> bool:
    return bool(re.search(rf"(?<![\w.]){name}(?![\w:])", rule))
