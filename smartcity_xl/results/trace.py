"""From an indicator's points to the cells, files and senders behind them, and from a file's cells to the points.

Everything is read from a score run as the ledger keeps it, so that it holds whatever has happened since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, Run, Seen, Stated
from smartcity_xl.messages.near import find_near
from smartcity_xl.results.glance import (
    DUPLICATE,
    TAKEN,
    CellGlance,
    FigureGlance,
    FileGlance,
    IndicatorGlance,
    TraceGlance,
    glance_runs,
)
from smartcity_xl.results.points import plain

if TYPE_CHECKING:
    from smartcity_xl.results.record import FileRecord

_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?[0-9]+")
_SHOWN = 6
_File = TypeVar("_File", "FileRecord", "FileGlance")


class Source(Struct, frozen=True):
    """An answer behind a figure: the cell, the file, and how that came. ``row`` is the name of a table's row."""

    department: str
    state: str
    raw: str
    unit: str
    used: bool
    row: str
    file: str
    sheet: str
    cell: str
    sha256: str
    sender: str
    received: str


class TracedFigure(Struct, frozen=True):
    key: str
    label: str
    unit: str
    value: str | None
    standing: str
    sources: tuple[Source, ...]


class PointsTrace(Struct, frozen=True):
    """What an indicator brings: ``score`` of ``full`` on its own scale, ``points`` of ``points_full`` in the total;
    None while it has no score, and in systems without points. ``star`` is its level, where there are levels."""

    code: str
    name: str
    standing: str
    score: str | None
    full: str
    points: str | None
    points_full: str
    star: int | None


class TracedIndicator(Struct, frozen=True):
    at: str
    indicator: PointsTrace
    figures: tuple[TracedFigure, ...]


class TracedCell(Struct, frozen=True):
    """An answer cell of a file. ``use``: ``used``, ``not-used``, or the fate of the whole file."""

    sheet: str
    cell: str
    figure: str
    label: str
    row: str
    state: str
    raw: str
    unit: str
    use: str
    indicators: tuple[str, ...]


class TracedFile(Struct, frozen=True):
    """A file of a run: how it came, what became of it, its answers, and the indicators that rest on those used."""

    at: str
    file: str
    sha256: str
    status: str
    department: str
    reasons: tuple[str, ...]
    seen: tuple[Seen, ...]
    cells: tuple[TracedCell, ...]
    indicators: tuple[PointsTrace, ...]
    points: str


Traced = TracedIndicator | TracedFile


def trace(ledger: Ledger, what: str, as_of: str = "") -> tuple[Traced, ...]:
    """What stands behind an indicator (its code), or rests on a file (``FILE``, ``FILE!CELL``, ``FILE!SHEET!CELL``; a
    path, a part of one, or at least eight signs of its hash), in each system of the newest run that knows of it.

    Raises UsageFault (no run; nothing, or several files, of that name; no answer in that cell), MachineFault.
    """
    tracers = [_Tracer(ledger, run, record) for run, record in glance_runs(ledger, TraceGlance, as_of)]
    found = [
        tracer.indicator(code) for tracer in tracers for code in tracer.points if code.casefold() == what.casefold()
    ]
    if found:
        return tuple(found)
    return tuple(tracer.file(*_find_file(tracer, what)) for tracer in tracers)


def _find_file(tracer: _Tracer, what: str) -> tuple[FileGlance, str, str]:
    """The file that is meant, and the sheet and cell where they are given."""
    files = tracer.files
    name, sheet, cell = what, "", ""
    found = match_files(files, name)
    if not found and "!" in name:
        name, _, cell = name.rpartition("!")
        found = match_files(files, name)
        if not found and "!" in name:
            name, _, sheet = name.rpartition("!")
            found = match_files(files, name)
    if not found:
        raise UsageFault("trace-unknown", found=what).like(tracer.near(what))
    if len({entry.sha256 or entry.file for entry in found}) > 1:
        listed = "\n".join(f"  {entry.file}" for entry in found)
        raise UsageFault("trace-ambiguous", found=name, files=listed)
    return found[0], sheet.strip("'"), cell.replace("$", "").upper() if _CELL.fullmatch(cell) else cell


def match_files(files: Sequence[_File], name: str) -> list[_File]:
    """The files that a name means: the whole path; its end; a longer path's end; a hash; or else any part of it."""
    name = name.replace("\\", "/")
    ways: tuple[Callable[[str, str], bool], ...] = (
        lambda file, _: file == name,
        lambda file, _: file.endswith(f"/{name}"),
        lambda file, _: name.endswith(f"/{file}"),
        lambda _, sha256: len(name) >= 8 and sha256.startswith(name.lower()),
        lambda file, _: bool(name) and name in file,
    )
    found = ([entry for entry in files if way(entry.file, entry.sha256 or "")] for way in ways)
    return next(filter(None, found), [])


class _Tracer(Struct, frozen=True, dict=True):
    """The parts of one run's record, and the ledger behind it."""

    ledger: Ledger
    run: Run
    results: TraceGlance

    @property
    def files(self) -> Sequence[FileGlance]:
        return self.results.files

    @cached_property
    def points(self) -> Mapping[str, PointsTrace]:
        return {entry.code: _points(entry) for entry in self.results.indicators}

    @cached_property
    def names(self) -> Mapping[str, str]:
        return {entry.key: entry.name for entry in self.results.departments}

    @cached_property
    def figures(self) -> Mapping[str, FigureGlance]:
        return {figure.key: figure for figure in self.results.figures}

    @cached_property
    def seen(self) -> Mapping[str, tuple[Seen, ...]]:
        found: dict[str, tuple[Seen, ...]] = {}
        for one in self.ledger.sightings():
            found[one.sha256] = (*found.get(one.sha256, ()), one)
        return found

    def near(self, what: str) -> tuple[str, ...]:
        """What may have been meant: an indicator, by its code or name or by a figure that it reads, or a file."""
        shown = {code: f"{code}（{points.name}）" for code, points in self.points.items()}
        spelt = {text: shown[code] for code, points in self.points.items() for text in (code, points.name)}
        for figure in self.results.figures:
            read = [code for code in figure.indicators if code in shown]
            if read:
                spelt.setdefault(figure.label, shown[read[0]])
                spelt.setdefault(figure.key, shown[read[0]])
        for one in self.files:
            spelt.setdefault(one.file, one.file)
            spelt.setdefault(one.file.rpartition("/")[2], one.file)
        return find_near(what, spelt) or find_near(what.partition("!")[0], spelt)

    # From an indicator to its cells

    def indicator(self, code: str) -> TracedIndicator:
        figures = [figure for figure in self.results.figures if code in figure.indicators]
        return TracedIndicator(self.run.at, self.points[code], tuple(map(self._figure, figures)))

    def _figure(self, figure: FigureGlance) -> TracedFigure:
        sources = tuple(self._source(row, cell, used) for row, cell, used in _cells(figure))
        return TracedFigure(figure.key, figure.label, figure.unit or "", figure.value, figure.standing, sources)

    def _source(self, row: str, cell: CellGlance, used: bool) -> Source:
        sha256 = next((entry.sha256 for entry in self.files if entry.file == cell.file), "") or ""
        came = self.seen[sha256][0]
        return Source(
            self.names.get(cell.department, cell.department), cell.state, cell.raw, cell.unit or "", used, row,
            cell.file, cell.sheet, cell.cell, sha256, came.sender, came.received,
        )  # fmt: skip

    # From a file to its points

    def file(self, entry: FileGlance, sheet: str, cell: str) -> TracedFile:
        sha256 = entry.sha256 or ""
        kept = next((e for e in self.files if e.sha256 == sha256 and e.status != DUPLICATE), entry)
        used = {
            (one.file, one.sheet, one.cell)
            for figure in self.results.figures for _, one, counts in _cells(figure) if counts
        }  # fmt: skip
        cells = [self._cell(stated, kept, used) for stated in self.ledger.answers(self.run, sha256)]
        if cell:
            known = [f"{one.sheet}!{one.cell}" for one in cells if one.cell]
            cells = [one for one in cells if one.cell == cell and sheet in ("", one.sheet)]
            if not cells:
                at = f"{sheet}!{cell}" if sheet else cell
                raise UsageFault("trace-cell", file=kept.file, found=at, known=", ".join(known[:_SHOWN]) or "—")
        resting = {code for one in cells if one.use == "used" for code in one.indicators}
        indicators = tuple(points for code, points in self.points.items() if code in resting)
        total = sum((Decimal(points.points or 0) for points in indicators), Decimal(0))
        return TracedFile(
            self.run.at, entry.file, sha256, entry.status, self.names.get(kept.department or "", ""),
            entry.reasons, self.seen.get(sha256, ()), tuple(cells), indicators, plain(total),
        )  # fmt: skip

    def _cell(self, stated: Stated, entry: FileGlance, used: set[tuple[str, str, str]]) -> TracedCell:
        figure = self.figures.get(stated.slot) or self.figures.get(stated.slot.partition(".")[0])
        counts = (entry.file, stated.sheet, stated.cell) in used
        use = "used" if counts else "not-used" if entry.status == TAKEN else entry.status
        return TracedCell(
            stated.sheet, stated.cell, stated.slot, figure.label if figure else stated.slot, stated.item, stated.state,
            stated.raw, stated.unit, use, figure.indicators if figure else (),
        )  # fmt: skip


def _cells(figure: FigureGlance) -> Iterator[tuple[str, CellGlance, bool]]:
    """Row of the table, answer, and whether it counts, for every answer cell of a figure."""
    for answer in figure.answers:
        if not answer.rows:
            yield "", answer, answer.used
        for row in answer.rows or ():
            for cell in row.cells.values():
                yield row.name, cell, answer.used


def _points(entry: IndicatorGlance) -> PointsTrace:
    return PointsTrace(
        entry.code, entry.name, entry.standing, entry.score, entry.full, entry.points, entry.points_full,
        entry.star,
    )  # fmt: skip
