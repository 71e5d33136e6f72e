"""Last round's ``results.json`` -> what each department gave then, for comparison beside this round's cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smartcity_xl.model import Assignment, Catalog
from smartcity_xl.model.answers import with_unit

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Previous:
    """What departments gave in a round. ``given``: (department, slot) -> (kind, unit of the slot, answer in words)."""

    round: str = ""
    given: Mapping[_Key, tuple[str, str, str]] = field(default_factory=dict)


def read_previous(data: bytes) -> Previous:
    """The answers that counted in a round. Raises ValueError for anything but the results of one."""
    try:
        results = json.loads(data)
        figures = [figure for figure in results["figures"] if figure["kind"] != "table"]
        return Previous(str(results["round"]), {key: said for figure in figures for key, said in _answers(figure)})
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _answers(figure: Mapping[str, Any]) -> Iterator[tuple[_Key, tuple[str, str, str]]]:
    for answer in figure["answers"]:
        if answer["used"] and answer["state"] == "value":
            words = with_unit(str(answer["raw"]), str(answer.get("unit") or ""))
            yield (str(answer["department"]), str(figure["key"])), (figure["kind"], figure["unit"], words)


def say_previous(catalog: Catalog, assignment: Assignment, department: str, previous: Previous) -> dict[str, str]:
    """Slot -> what the department gave last time, where the figure still has the same kind and unit."""
    said = {}
    for key in assignment.figures_for(department):
        for slot in catalog.figures[key].slots:
            kind, unit, words = previous.given.get((department, slot.key), ("", "", ""))
            if words and (kind, unit) == (slot.kind.value, slot.unit) and slot.fixed is None:
                said[slot.key] = words
    return said
