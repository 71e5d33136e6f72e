"""The province's record and workbook, also where its cities, or the folder that they go to, lie in object storage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from smartcity_xl.run.cities import CityOutcome
from smartcity_xl.run.cities_together import CitiesTogether
from smartcity_xl.storage import is_place, open_place, parse_place


class TogetherAnywhere:
    """As ``CitiesTogether``. Records are fetched into ``scratch`` one city after another, and lie there as they do in
    the storage, so that the ways between the files are the same."""

    def __init__(self, out: str, scratch: Path) -> None:
        self._out, self._scratch = out, scratch
        self._here = self._lies(out)
        self._together = CitiesTogether(self._here)

    def add(self, outcome: CityOutcome) -> None:
        here = {self._fetch(path): digest for path, digest in outcome.files.items()}
        self._together.add(replace(outcome, files=here))
        for path in sorted(here.keys() - outcome.files.keys()):
            Path(path).unlink()

    def write(self) -> tuple[str, ...]:
        """Names of what was written. Raises MachineFault."""
        self._here.mkdir(parents=True, exist_ok=True)
        done = self._together.write()
        if not is_place(self._out):
            return tuple(map(str, (*done.written, *done.unchanged)))
        there = open_place(parse_place(self._out))
        for path in done.written:
            there.within(path.name).write(path.read_bytes())
        return tuple(str(there.within(path.name)) for path in done.written)

    def _lies(self, text: str) -> Path:
        return self._scratch / parse_place(text).path if is_place(text) else Path(text)

    def _fetch(self, text: str) -> str:
        """Where a file of a city's lies: a record as it is; of others only that they are there is asked."""
        if not is_place(text):
            return text
        path = self._lies(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        if path.suffix == ".json" and (data := open_place(parse_place(text)).read()) is not None:
            path.write_bytes(data)
        return str(path)


@contextmanager
def summing_up(out: str) -> Iterator[TogetherAnywhere]:
    with tempfile.TemporaryDirectory(prefix="xlscore-place-", ignore_cleanup_errors=True) as scratch:
        yield TogetherAnywhere(out, Path(scratch).resolve())
