"""The outcomes of many cities, as they come -> the province's record and workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartcity_xl.results.province import CityState, ProvinceBuilder
from smartcity_xl.run.cities import DONE, FAILED, KILLED, NOTHING, CityOutcome
from smartcity_xl.run.files import Written
from smartcity_xl.run.province import CitySource, read_entry, write_summary

_STATES = {
    DONE: CityState.COLLECTED, NOTHING: CityState.NOTHING, FAILED: CityState.FAILED, KILLED: CityState.KILLED,
}  # fmt: skip


class CitiesTogether:
    """Takes one city after another; of each, what many are summed up by is kept, and its record let go."""

    def __init__(self, out: Path) -> None:
        self._out, self._builder = out, ProvinceBuilder()

    def add(self, outcome: CityOutcome) -> None:
        for source in _sources(outcome):
            self._builder.add(read_entry(source, self._out))

    def write(self) -> Written:
        """Raises MachineFault."""
        return write_summary(self._builder.finish(), self._out)


def _sources(one: CityOutcome) -> Iterator[CitySource]:
    """The records of a city; or that it has none, and why."""
    for path in one.results:
        yield CitySource(one.name, Path(path), _STATES[one.state])
    if not one.results:
        state = CityState.FAILED if one.state == DONE else _STATES[one.state]  # its record could not be made
        yield CitySource(one.name, None, state, one.words.get("zh", ""))
