"""The hand-worked cases of every system as formulas."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from assignments import COUNTY
from hand_worked import CATALOGS
from whole_cities import CITIES_2016, CITY, COUNTIES, STAR_COUNTIES

from smartcity_xl.model import Catalog


def stands_as(entry: Mapping[str, Any]) -> Fraction:
    """What the cell of an indicator's score holds, by hand: its star, or what is merely shown, or its score."""
    return Fraction(next(entry[name] for name in ("star", "shown", "score") if name in entry))


def spell_ticks(catalog: Catalog, county: Mapping[str, Any]) -> dict[str, str]:
    """The figures of a county, with each item of its checklists a figure of its own."""
    slots = [slot for figure in county["ticked"] for slot in catalog.figures[figure].slots]
    ticked = {slot.key: slot.key.partition(".")[2] in county["ticked"][slot.figure] for slot in slots}
    return county["given"] | {key: str(int(tick)) for key, tick in ticked.items()}


def by_hand(system: str) -> tuple[Mapping[str, str], dict[str, Fraction]]:
    """The figures of a whole city or county, and what stands as the score of each indicator."""
    stars = dict(reversed(STAR_COUNTIES))  # the first county of each
    whole = stars.get(system) or {COUNTY: COUNTIES[0], "cn-2016": CITIES_2016[0]}.get(system, CITY)
    scores = {entry["code"]: stands_as(entry) for entry in whole.get("indicator", [])}
    for entry in whole.get("category", []):
        scores |= {code: Fraction(score) for code, score in entry.get("indicators", {}).items()}
    return spell_ticks(CATALOGS[system], whole) if system in stars else whole["given"], scores
