"""Whole cities drawn with a die, parts within their wholes, and who is asked for what."""

from __future__ import annotations

import random
from fractions import Fraction

from smartcity_xl.catalog.build import build_assignment
from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.model import Assignment, Catalog, Kind, Slot


def assigned(catalog: Catalog) -> Assignment:
    """The built-in sharing-out of a system, or all of it to one department."""
    for name in assignment_ids(catalog.id):
        return load_assignment(catalog, name)
    made, faults = build_assignment(
        {
            "id": "assigned", "system": catalog.id, "city": "云溪市", "title": "t", "document": "d", "round": "2018",
            "deadline": "2019-02-25", "recipients": ["办公室"], "office": "a",
            "departments": [{"key": "a", "name": "市a局"}], "indicators": {i.code: ["a"] for i in catalog.indicators},
            "figures": {}, "unassigned": {},
        },
        catalog,
    )  # fmt: skip
    assert faults == ()
    return made


def draw(rng: random.Random, slot: Slot) -> Fraction:
    if slot.kind in (Kind.CHOICE, Kind.YESNO):
        low, high = (1, len(slot.options)) if slot.options else (0, 1)
        return Fraction(rng.randint(low, high))
    high = min(slot.maximum, Fraction(rng.choice([3, 40, 200, 10**6])))
    value = max(slot.minimum, Fraction(rng.randint(0, 100), 100) * high)
    return max(slot.minimum, Fraction(int(value))) if slot.whole else value


def draw_city(catalog: Catalog, rng: random.Random) -> dict[str, Fraction]:
    """Answers to everything, parts within their wholes."""
    given = {key: slot.fixed if slot.fixed is not None else draw(rng, slot) for key, slot in catalog.slots.items()}
    for _ in range(3):
        for key, slot in catalog.slots.items():
            if slot.part_of:
                given[key] = min(given[key], given[slot.part_of])
    return given
