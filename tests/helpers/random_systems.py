"""Indicator systems rolled with a die: weights, caps, roles, stars, rounding, dimensions apart, and answers to them.

All from a seed, so that a failure names the system that showed it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from smartcity_xl.catalog.build import build_assignment, build_catalog
from smartcity_xl.catalog.combine import under_settings
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Evidenced,
    Merged,
    MergedSlot,
    Missing,
    Outcome,
    Rounding,
    Settings,
    Standing,
)
from smartcity_xl.score.scoring import score_merged, total_without

OFFICE = "a"
_MARKS = (
    "{x}", "{x} / 3", "100 * ratio({x}, {y})", "band({x}, >=90: 100, >=60: 66.65, >20: 0.05)",
    "if({x} > {y}, 50, 12.345)", "min(100, 0.37 * {x} + {y} / 7)", "max({x} - {y}, 0)",
)  # fmt: skip
_TAKEN = ("0.2 * {x}", "{x} / 7", "if({x} > {y}, 0.425, 0)")
_LEVELS = ("stars(5: {x} >= 90, 4: {x} >= 60, 2: {y} > 10)", "stars(5: {x} > {y}, 3: {x} > 50)", "stars(4: {x} >= 30)")


@dataclass(frozen=True)
class Rolled:
    """A system with answers; ``given`` are those answered."""

    name: str
    catalog: Catalog
    assignment: Assignment
    given: Mapping[str, Fraction]
    lacking: tuple[str, ...]

    @property
    def merged(self) -> Merged:
        slots = {
            key: MergedSlot(key, Standing.SETTLED, self.given[key], (), ())
            if key in self.given
            else MergedSlot(key, Standing.MISSING, None, (), ())
            for key in self.catalog.slots
        }
        return Merged(slots, {}, ())

    @cached_property
    def outcome(self) -> Outcome:
        scores = score_merged(self.catalog, self.merged)
        evidenced = Evidenced(self.lacking, total_without(self.catalog, scores, self.lacking))
        return Outcome(
            self.catalog, self.assignment, "2018", (), (), (), self.merged, scores, scores.findings,
            evidenced=evidenced,
        )  # fmt: skip


def _shares(rng: random.Random, whole: int, number: int) -> list[int]:
    """Whole numbers above 0 that make up a whole."""
    cuts = sorted(rng.sample(range(1, whole), number - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, whole], strict=True)]


class _Roll:
    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)  # noqa: S311
        self.seed = seed
        self.figures: list[dict[str, Any]] = []
        self.indicators: list[dict[str, Any]] = []
        self.stars = self.rng.random() < 0.35
        self.graded = self.rng.random() < 0.7

    def figure(self) -> str:
        key = f"f{len(self.figures)}"
        self.figures.append(
            {"key": key, "label": f"数{len(self.figures)}", "kind": "number", "unit": "分", "max": 1000}
        )
        return key

    def indicator(self, category: str, rules: tuple[str, ...], **fields: Any) -> None:
        rule = self.rng.choice(rules)
        names = {"x": self.figure()} | ({"y": self.figure()} if "{y}" in rule else {})
        evidence = {"evidence": ["证明"]} if self.rng.random() < 0.5 else {}
        code = f"{category}-{len(self.indicators)}"
        self.indicators.append(
            {"code": code, "category": category, "name": f"指标{len(self.indicators)}", "source": "t",
             "rule": rule.format(**names), **evidence, **fields}
        )  # fmt: skip

    def scored(self, category: str) -> None:
        for weight in _shares(self.rng, 100, self.rng.randint(1, 3)):
            self.indicator(category, _MARKS, weight=f"{weight}%")
        while self.rng.random() < 0.4:
            self.indicator(category, _MARKS, role="shown")
        self.rng.shuffle(self.indicators)

    def deductions(self, category: str) -> None:
        for _ in range(self.rng.randint(1, 2)):
            most = {"deduct_max": self.rng.choice(["2", "0.5", "1.25", "3"])} if self.rng.random() < 0.6 else {}
            self.indicator(category, _TAKEN, role="deduction", **most)

    def starred(self, category: str) -> None:
        for _ in range(self.rng.randint(1, 3)):
            points = {}
            rule = self.rng.choice(_LEVELS)
            if self.graded:
                levels = [int(level) for level in "54321" if f"{level}:" in rule]
                steps = sorted((self.rng.randint(1, 16) for _ in levels), reverse=True)
                points = {f"points_{level}": str(Fraction(n, 4)) for level, n in zip(levels, steps, strict=True)}
                points = {name: f"{float(Fraction(value)):g}" for name, value in points.items()}
            self.indicator(category, (rule,), **points)
        if self.rng.random() < 0.4:
            self.indicator(category, _MARKS, role="shown")
        if self.rng.random() < 0.4:
            self.deductions(category)

    def document(self) -> dict[str, Any]:
        number = self.rng.randint(1, 3)
        codes = [f"D{n}" for n in range(number)]
        weights = _shares(self.rng, 100, number)
        own = not self.stars or self.rng.random() < 0.5  # categories of their own
        dimensions, categories = [], []
        if not self.stars and self.rng.random() < 0.5:
            codes, weights = [*codes, "Z"], [*weights, self.rng.randint(5, 20)]
        for code, weight in zip(codes, weights, strict=True):
            apart = {"apart": True} if code == "Z" else {}
            dimensions.append({"code": code, "name": f"维度{code}", **apart})
            dimensions[-1] |= {} if self.stars else {"weight": f"{weight}%"}
            shares = _shares(self.rng, weight, self.rng.randint(1, min(3, weight)))
            names = [f"{code}P{n}" for n in range(len(shares))] if own else [code]
            if own and len(shares) == 1 and self.rng.random() < 0.5:
                names = [code]  # the dimension is not divided further
            for name, share in zip(names, shares, strict=False):
                categories.append({"code": name, "dimension": code, "name": f"类{name}", "weight": f"{share}%"})
                self.starred(name) if self.stars else self.scored(name)
        if not self.stars and self.rng.random() < 0.6:
            dimensions.append({"code": "X", "name": "扣分", "weight": "0%"})
            categories.append({"code": "XP", "dimension": "X", "name": "扣分项", "weight": "0%"})
            self.deductions("XP")
        entries = {"categories": categories} if own else {}
        scheme = {"scheme": "stars", "target": 4} if self.stars else {}
        return {
            "id": self.seed, "version": "1", "title": f"体系{self.seed}", "document": "t", **scheme,
            "dimensions": dimensions, **entries, "indicators": self.indicators, "figures": self.figures,
        }  # fmt: skip

    def answers(self, catalog: Catalog) -> dict[str, Fraction]:
        """Numbers with few decimals, so that ties come up; one in eight is missing."""
        given = {}
        for key in catalog.slots:
            if self.rng.random() < 0.125:
                continue
            given[key] = Fraction(self.rng.randint(0, 1050), self.rng.choice([10, 20, 100]))
            if self.rng.random() < 0.1:
                given[key] = Fraction(self.rng.choice([0, 60, 90, 100, 1000]))
        return given


@cache
def roll_system(seed: str) -> Rolled:
    """A whole system that the linter is content with, under settings of its own, with answers."""
    roll = _Roll(seed)
    catalog, faults = build_catalog(roll.document())
    assert [fault.words("en") for fault in (*faults, *lint_catalog(catalog))] == [], seed
    rounding = roll.rng.choice([Rounding.EVERY_LEVEL, Rounding.EVERY_LEVEL, Rounding.ONCE])
    missing = roll.rng.choice(list(Missing))
    catalog = under_settings(catalog, Settings(rounding=rounding, missing=missing))
    assignment, faults = build_assignment(
        {
            "id": "assigned", "system": seed, "city": "云溪市", "title": "t", "document": "d", "round": "2018",
            "deadline": "2019-02-25", "recipients": ["办公室"], "office": OFFICE,
            "departments": [{"key": OFFICE, "name": "市a局"}],
            "indicators": {i.code: [OFFICE] for i in catalog.indicators}, "figures": {}, "unassigned": {},
        },
        catalog,
    )  # fmt: skip
    assert [fault.words("en") for fault in faults] == []
    lacking = tuple(i.code for i in catalog.indicators if i.evidence and roll.rng.random() < 0.5)
    return Rolled(seed, catalog, assignment, roll.answers(catalog), lacking)
