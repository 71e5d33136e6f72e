"""The results of a round before, as a command names them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from smartcity_xl.results.earlier import EarlierValues


def open_previous(paths: Iterable[Path]) -> EarlierValues:
    """What the results of a previous round hold, several files as one. Raises UsageFault."""
    from smartcity_xl.results import read_results
    from smartcity_xl.results.previous import previous_values

    found = EarlierValues()
    for path in paths:
        found = found.with_others(previous_values(read_results(path)))
    return found
