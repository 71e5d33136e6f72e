"""The rounds of many cities -> their summary: ``province.json`` and its workbook, from the records alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from smartcity_xl.arrival.inbox import shown_name
from smartcity_xl.errors import ResultsFault, UsageFault, XlscoreError
from smartcity_xl.messages import label, word_error
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.results.files import read_results
from smartcity_xl.results.province import (
    CityState,
    Firm,
    Province,
    ProvinceBuilder,
    ProvinceEntry,
    read_province,
    write_province,
)
from smartcity_xl.results.province.record import CityRecord
from smartcity_xl.results.record import Results
from smartcity_xl.run.files import Written, write_once, write_together
from smartcity_xl.run.sent_records import holds_records, unpack_records
from smartcity_xl.run.ways import is_plain
from smartcity_xl.summary.province import write_province_book

RECORD = "province.json"
_RECORDS = "results*.json"
_DEEPEST = 5
"""How deep below a folder records are looked for: a province, its cities, their counties, rounds and results."""


class CitySource(Struct, frozen=True):
    """A city whose round was run: its record's file, or a mail or an archive that holds records; or (``path`` None) why
    there is none. ``name`` is used where the record has none."""

    name: str
    path: Path | None = None
    state: CityState = CityState.COLLECTED
    reason: str = ""


def find_records(given: Sequence[Path]) -> tuple[CitySource, ...]:
    """Each record once, however it is named: files, all that lie below folders, and the mails and archives that lie in
    folders themselves.

    Of cities that a run of the whole province had no record of, the folder's own ``province.json`` says so. Where one
    lies in the folder of such a city all the same, of an earlier run or a later one, it counts, and says that. Those in
    a mail or an archive do not: it is known again only as a whole, and not which of them could not be read.

    Raises UsageFault where nothing is named, or there is nothing."""
    if not given:
        raise UsageFault("province-unnamed")
    found: dict[Path, CitySource] = {}
    without: list[CitySource] = []
    for place in given:
        files = sorted(_below(place)) if place.is_dir() else [place] if place.is_file() else []
        if not files:
            raise UsageFault("results-nowhere" if place.exists() else "results-missing", path=str(place))
        told = _told_before(place) if place.is_dir() else {}
        with_record = set[str]()
        for path in files:
            way = path.relative_to(place).as_posix() if told else ""
            known = (way, way.partition("/")[0])
            last = None if holds_records(path) else next((told[one] for one in known if one in told), None)
            found.setdefault(path.resolve(), CitySource(_name_of(path), path, reason=_word_standing(last)))
            with_record.update(known)
        without += [
            CitySource(one.name, None, one.state, one.reason)
            for key, one in told.items()
            if key not in with_record and one.system is None and not one.results  # of what is gone nothing is said
        ]
    return (*found.values(), *without)


def _told_before(folder: Path) -> dict[str, CityRecord]:
    """The cities of which the province's run that wrote to a folder had no results, by the ways to what it could not
    read, or the names of their folders; and those of which it had others, and said so."""
    try:
        cities = read_province(folder / RECORD).cities if (folder / RECORD).is_file() else ()
    except ResultsFault:  # none of ours, or of another edition: it is no record of a city either
        return {}
    return {one.results or one.name: one for one in cities if one.system is None or one.reason}


def _word_standing(last: CityRecord | None) -> str:
    """What is said of a record of a city of which the last run of the province had none."""
    if last is None or last.state == CityState.COLLECTED:
        return last.reason if last else ""
    return label("province.standing", state=label(f"province.state_{last.state}"))


def _name_of(path: Path) -> str:
    """What a city is called whose record does not say it: as its folder, or as its file where that has another name."""
    return shown_name(Path(path.parent.name if path.name == "results.json" and path.parent.name else path.name))


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob(_RECORDS):
        if len(path.relative_to(folder).parts) <= _DEEPEST and path.is_file():
            yield path
    packs = {label("file.pack_whole"), label("file.pack_redacted")}  # of what lies beside them
    yield from (path for path in folder.iterdir() if holds_records(path) and path.name not in packs)


TellLost = Callable[[str, XlscoreError], None]
"""Told the name of a city of which there is no record, and why."""


def _silent(name: str, fault: XlscoreError) -> None:
    """Nobody listens."""


def sum_up_province(
    sources: Sequence[CitySource],
    out: Path,
    name: str = "",
    firm: Firm | None = None,
    tell: TellLost = _silent,
    follow: Follow = unfollowed,
) -> Province:
    """Read the records one after the other, and let each go. One that cannot be read is a city that failed; what an
    earlier run said of a city that is lost anyway is not said again."""
    builder, lost = ProvinceBuilder(name), set[str]()
    for source in followed(sorted(sources, key=lambda one: one.path is None), "results", follow, len(sources)):
        if source.path is None and source.name in lost:
            continue
        for entry in read_entries(source, out, tell):
            builder.add(entry)
            lost |= set() if entry.record else {entry.name}
    return builder.finish(firm or {})


def read_entries(source: CitySource, out: Path, tell: TellLost = _silent) -> Iterator[ProvinceEntry]:
    """What a province has of a source: of a mail or an archive, each record that it holds."""
    if source.path is None or not holds_records(source.path):
        yield read_entry(source, out, tell)
        return
    results = way_below(out, source.path)
    try:
        found = unpack_records(source.path)
    except XlscoreError as fault:
        yield _fail(source.name, fault, tell, results)
        return
    for name, data in found:
        try:
            record = read_results(data, str(source.path.parent / name))
        except ResultsFault as fault:
            yield _fail(name, fault, tell, results)
        else:
            yield _entry(source, record)


def read_entry(source: CitySource, out: Path, tell: TellLost = _silent) -> ProvinceEntry:
    """What a province has of a city; the ways are those from ``out``."""
    if source.path is None:
        return ProvinceEntry(source.name, source.state, None, source.reason)
    results = way_below(out, source.path)
    try:
        record = read_results(source.path)
    except ResultsFault as fault:
        return _fail(source.name, fault, tell, results)
    return _entry(source, record, way_below(out, summary_of(source.path, record.catalog.id)), results)


def _entry(source: CitySource, record: Results, summary: str = "", results: str = "") -> ProvinceEntry:
    return ProvinceEntry(record.city or source.name, source.state, record, source.reason, summary, results)


def _fail(name: str, fault: XlscoreError, tell: TellLost, results: str) -> ProvinceEntry:
    """``results``: the way to what could not be read, by which it is known again once it is mended."""
    tell(name, fault)
    return ProvinceEntry(name, CityState.FAILED, None, word_error(fault, "zh"), results=results)


def count_namesakes(province: Province) -> dict[str, int]:
    """The names that several different records of one system bear, and how many do."""
    met = Counter((one.name, one.system) for one in province.cities if one.system is not None and one.copy_of is None)
    return {name: number for (name, _), number in met.items() if number > 1}


def summary_of(record: Path, system: str) -> Path:
    """The summary that was written with a record."""
    of = label("file.summary_of", system=record.stem.removeprefix("results-") if "-" in record.stem else system)
    named = label("file.summary") if record.stem == "results" else of
    return record.with_name(named)


def way_below(out: Path, path: Path) -> str:
    """The way from a folder to a file below it, with forward slashes; "" where it lies elsewhere, is not there, or has
    a name that a link could take for more than a name."""
    try:
        relative = PurePosixPath(Path(os.path.relpath(path.resolve(), out.resolve())).as_posix())
    except ValueError:  # another drive
        return ""
    plain = all(map(is_plain, relative.parts)) and ".." not in relative.parts and not relative.is_absolute()
    return str(relative) if plain and path.is_file() else ""


def write_summary(province: Province, out: Path, overwrite: bool = True) -> Written:
    """Both files together, or none. Without ``overwrite`` nothing is written over another one. Raises UsageFault,
    MachineFault."""
    files = {out / RECORD: write_province(province), out / label("file.province"): write_province_book(province)}
    if not overwrite:
        return write_once(files, overwrite)
    write_together(files)
    return Written(tuple(files), ())
