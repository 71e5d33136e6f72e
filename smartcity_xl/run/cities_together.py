"""The outcomes of many cities, as they come -> the province's record and workbook, in a folder or at a place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import XlscoreError
from smartcity_xl.messages import label, word_error
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.results.files import read_results
from smartcity_xl.results.province import CityState, ProvinceBuilder, ProvinceEntry, read_lean, write_province
from smartcity_xl.results.province.lean import LeanRecord
from smartcity_xl.results.record import Results
from smartcity_xl.run.cities import DONE, FAILED, KILLED, NOTHING, CityOutcome
from smartcity_xl.run.province import RECORD, count_namesakes, summary_of, way_below, write_summary
from smartcity_xl.run.records import systems_around
from smartcity_xl.run.ways import is_plain
from smartcity_xl.storage import is_place, open_place, parse_place
from smartcity_xl.summary.province import write_province_book

if TYPE_CHECKING:
    from smartcity_xl.run.firm_province import RanksWeigher

_STATES = {
    DONE: CityState.COLLECTED, NOTHING: CityState.NOTHING, FAILED: CityState.FAILED, KILLED: CityState.KILLED,
}  # fmt: skip


class CitiesTogether:
    """Takes one city after another; of each, what many are summed up by is kept, and its record let go."""

    def __init__(self, out: str, weigher: RanksWeigher | None = None) -> None:
        """``out``: a folder, or the address of a place. ``weigher`` ranks the cities as weights are moved, where that
        is wanted."""
        self._out, self._builder, self._weigher = out, ProvinceBuilder(), weigher
        self.namesakes: dict[str, int] = {}
        """Once written: the names that several different records of one system bear, and how many."""

    def add(self, outcome: CityOutcome) -> None:
        for entry in self._entries(outcome):
            self._builder.add(entry)

    def write(self, follow: Follow = unfollowed) -> tuple[Path | str, ...]:
        """What was written. Raises MachineFault."""
        province = self._builder.finish(self._weigher.finish(follow) if self._weigher else {})
        self.namesakes = count_namesakes(province)
        if not is_place(self._out):
            return write_summary(province, Path(self._out)).written
        files = {RECORD: write_province(province), label("file.province"): write_province_book(province)}
        place = open_place(parse_place(self._out))
        for name, data in files.items():
            place.within(name).write(data)
        return tuple(str(place.within(name)) for name in files)

    def _entries(self, one: CityOutcome) -> Iterator[ProvinceEntry]:
        """Of each record of a city; or that it has none, and why."""
        for path in one.results:
            yield self._read_entry(one, path)
        if not one.results:
            state = CityState.FAILED if one.state == DONE else _STATES[one.state]  # its record could not be made
            yield ProvinceEntry(one.name, state, None, one.words.get("zh", ""))

    def _read_entry(self, one: CityOutcome, path: str) -> ProvinceEntry:
        try:
            data = open_place(parse_place(path)).read() or b"" if is_place(path) else Path(path)
            record = self._read(one, data, path)
        except XlscoreError as fault:
            return ProvinceEntry(one.name, CityState.FAILED, None, word_error(fault, "zh"))
        folder, name = path[: -len(Path(path).name)], Path(path).name
        summary = f"{folder}{summary_of(Path(name), record.catalog.id).name}"
        ways = [self._find_way(one, file) for file in (summary, path)]
        return ProvinceEntry(record.city or one.name, _STATES[one.state], record, "", *ways)

    def _read(self, one: CityOutcome, data: bytes | Path, path: str) -> LeanRecord | Results:
        """As much of a record as is wanted of it."""
        if self._weigher is None:
            return read_lean(data, path)
        record = read_results(data, path)
        if _STATES[one.state] is CityState.COLLECTED:
            self._weigher.add(one.name, record, () if is_place(path) else systems_around(Path(path)))
        return record

    def _find_way(self, one: CityOutcome, path: str) -> str:
        """The way to a file of a city, as seen from the province's workbook; "" where there is none."""
        if path not in one.files:
            return ""
        if not (is_place(path) or is_place(self._out)):
            return way_below(Path(self._out), Path(path))
        start = f"{self._out.rstrip('/')}/"
        way = path.removeprefix(start) if path.startswith(start) else ""
        return way if way and all(map(is_plain, way.split("/"))) else ""
