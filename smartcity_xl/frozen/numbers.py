"""A record -> the numbers in it, as a document: what must come out the same, whatever else is left out."""

from __future__ import annotations

from typing import Any

import msgspec

from smartcity_xl.results.record import Results

_WHOLE = ("total", "stars", "settings", "dimensions", "reach")
_PARTS = {
    "figures": ("key", "standing", "value"),
    "conflicts": ("figure", "department", "state", "chosen"),
    "departments": ("key", "reported", "asked", "filled", "held", "holds", "reach"),
    "corrections": ("department", "by", "total_before", "total_after", "effects"),
}


def numbers_of(record: Results) -> dict[str, Any]:
    """Scores, ranges and steps as a whole; of figures, conflicts, departments and corrections what they came to."""
    plain = msgspec.to_builtins(record)
    found = {name: plain[name] for name in _WHOLE}
    found |= {name: [{key: one[key] for key in keys} for one in plain[name]] for name, keys in _PARTS.items()}
    sides = [[{"value": side["value"], "total": side["total"]} for side in one["sides"]] for one in plain["conflicts"]]
    evidence = {name: plain["evidence"][name] for name in ("score_without", "lacking")}
    return {**found, "sides": sides, "evidence": evidence}
