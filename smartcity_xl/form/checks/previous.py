"""What a previous round's ``results.json`` holds of figures: the values that this round's answers are held against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Previous:
    """The values of another round. A key is that of a slot; of a table ``figure.column``, with the name of the row.

    ``whole`` are the values that counted, ``own`` what each department gave to them; ``units`` the unit of each slot.
    """

    round: str = ""
    whole: Mapping[str, Fraction] = field(default_factory=dict)
    own: Mapping[tuple[str, str, str], Fraction] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def with_others(self, other: Previous) -> Previous:
        """The values of another system's results of the same round, too."""
        return Previous(
            other.round, {**self.whole, **other.whole}, {**self.own, **other.own}, {**self.units, **other.units}
        )


NO_PREVIOUS = Previous()


def read_previous(data: bytes) -> Previous:
    """The values of a ``results.json``. Raises ValueError for anything else."""
    try:
        results = json.loads(data)
        figures = results["figures"]
        whole = {f["key"]: Fraction(f["value"]) for f in figures if f.get("value") is not None}
        units = {figure["key"]: figure["unit"] for figure in figures if "unit" in figure}
        own = {key: value for figure in figures for key, value in _own(figure)}
        return Previous(str(results["round"]), whole, own, units)
    except (KeyError, TypeError, AttributeError, ZeroDivisionError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _own(figure: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str], Fraction]]:
    """(Department, slot, name of the row or "") and value of every answer to a figure that counted."""
    for answer in figure["answers"]:
        if not answer["used"]:
            continue
        if "rows" not in answer:
            yield (answer["department"], figure["key"], ""), Fraction(answer["value"])
            continue
        for row in answer["rows"]:
            for column, cell in row.items():
                if column != "name" and cell["value"] is not None:
                    yield (answer["department"], f"{figure['key']}.{column}", row["name"]), Fraction(cell["value"])
