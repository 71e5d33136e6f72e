"""A record -> what is filed: the figures under their indicators, table by table, and what is still provisional."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from smartcity_xl.messages import is_open, label, severity, word_value
from smartcity_xl.model import Catalog, Figure, Finding, Indicator, Origin, Severity, Slot, Standing, State
from smartcity_xl.model.answers import with_unit
from smartcity_xl.results.recalled import merged_of
from smartcity_xl.results.record import AnswerRecord, FigureRecord, FileStatus, FindingRecord, Results
from smartcity_xl.results.shown import exact

_TABLE = re.compile(r"表\s?[A-Z]?\.?[0-9]+")
"""How a text names the table that an indicator stands in; one that names none has a table for each dimension."""


class Ready(StrEnum):
    """Whether a line can be filed."""

    FIRM = "firm"
    DOUBT = "doubt"
    """It has a value, and something about it is still to be corrected or confirmed."""
    OPEN = "open"
    """There is no value: missing, unreadable, or in conflict."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who filled a figure: the department's name, the file and cell, and what was typed there."""

    department: str
    place: str
    typed: str


@dataclass(frozen=True, slots=True)
class FilingLine:
    """A value to be typed or pasted. ``code`` is the indicator's; ``value`` a plain text: a number with all its digits
    and no signs between them, the words of a choice, the name of a row; ``note`` says why it is provisional, or what
    else to know. ``row`` is the row of a table, from 1, ``head`` the heading over its column."""

    code: str
    indicator: str
    key: str
    name: str
    value: str
    unit: str
    ready: Ready
    note: str
    source: str
    givers: tuple[Giver, ...]
    row: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class FilingTable:
    """An official table: its name, and its lines in its order."""

    name: str
    lines: tuple[FilingLine, ...]


@dataclass(frozen=True, slots=True)
class FilingBook:
    """All that is filed of a round under one system; ``warnings`` are what else is provisional, in words."""

    record: Results
    title: str
    tables: tuple[FilingTable, ...]
    warnings: tuple[str, ...]

    @property
    def lines(self) -> tuple[FilingLine, ...]:
        return tuple(line for table in self.tables for line in table.lines)

    def count(self, ready: Ready) -> int:
        """The figures of a sort; a table counts once."""
        return len({(one.code, one.key) for one in self.lines if one.ready is ready})

    @property
    def firm(self) -> bool:
        return not self.warnings and all(one.ready is Ready.FIRM for one in self.lines)


def plan_filing(record: Results, catalog: Catalog) -> FilingBook:
    """``catalog`` is the record's own system, as its round has it. Raises KeyError where it lacks a figure."""
    reader = _Reader.of(record, catalog)
    names = name_tables(catalog)
    lines: dict[str, list[FilingLine]] = {}
    for indicator in catalog.indicators:
        for figure in catalog.figures_of[indicator.code]:
            lines.setdefault(names[indicator.category], []).extend(reader.lines(indicator, figure))
    tables = tuple(FilingTable(name, tuple(found)) for name, found in lines.items() if found)
    return FilingBook(record, catalog.title, tables, tuple(_warn(record)))


def name_tables(catalog: Catalog) -> Mapping[str, str]:
    """Category -> the official table that it stands in: as its indicators' texts name it, else as those of the figures
    do that it reads first; a text that names none has a table for each dimension."""
    dimensions = {one.code: f"{one.code} {one.name}" for one in catalog.dimensions}
    found: dict[str, str] = {}
    for category in catalog.categories:
        mine = [one for one in catalog.indicators if one.category == category.code]
        own = [f for one in mine for f in catalog.figures_of[one.code] if catalog.used_by[f.key][0] == one.code]
        sources = [*(one.source for one in mine), *(figure.source for figure in own)]
        named = next((table[0] for source in sources if (table := _TABLE.match(source))), "")
        found[category.code] = f"{named} {category.name}" if named else dimensions[category.dimension]
    return found


def _warn(record: Results) -> Iterator[str]:
    """What of the round as a whole is not final."""
    if record.total and not record.total.final:
        yield label("filing.warn_total")
    aside = sum(one.status is FileStatus.ASIDE for one in record.files)
    if aside:
        yield label("filing.warn_aside", number=aside)
    if record.lapsed:
        yield label("filing.warn_lapsed", number=len(record.lapsed))
    if silent := [one.name for one in record.departments if one.asked and not one.reported]:
        yield label("filing.warn_silent", names=label("word.separator").join(silent))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Looks up what a record says of a figure."""

    catalog: Catalog
    figures: Mapping[str, FigureRecord]
    values: Mapping[str, Fraction | None]
    names: Mapping[str, str]
    open: Mapping[str, tuple[FindingRecord, ...]]
    first: dict[str, str]
    """Figure -> the indicator that it was told under first."""

    @classmethod
    def of(cls, record: Results, catalog: Catalog) -> _Reader:
        merged = merged_of(record, catalog)
        found: dict[str, tuple[FindingRecord, ...]] = {}
        for finding in record.findings:
            if finding.figure and _is_open(finding):
                found[finding.figure] = (*found.get(finding.figure, ()), finding)
        return cls(
            catalog, {one.key: one for one in record.figures}, {k: s.value for k, s in merged.slots.items()},
            {one.key: one.name for one in record.departments}, found, {},
        )  # fmt: skip

    def lines(self, indicator: Indicator, figure: Figure) -> Iterator[FilingLine]:
        again = self.first.setdefault(figure.key, indicator.code)
        repeated = label("filing.again", code=again) if again != indicator.code else ""
        found = self._table(indicator, figure) if figure.columns else self._slots(indicator, figure)
        for line in found:
            note = label("word.separator").join(filter(None, (line.note, repeated)))
            yield replace(line, note=note)

    def _slots(self, indicator: Indicator, figure: Figure) -> Iterator[FilingLine]:
        for slot in figure.slots:
            record = self.figures[slot.key]
            used = [one for one in record.answers if one.used]
            none = bool(used) and all(one.state is State.NOT_APPLICABLE for one in used)
            value = self.values[slot.key]
            ready, note = self._ready(record, figure.key)
            shown = label("state.not-applicable") if none else "" if value is None else _shown(slot, value)
            if value is not None and not none and slot.numeric and Fraction(shown) != value:
                note = label("word.separator").join(filter(None, (note, label("filing.endless"))))
            name = figure.label if slot.label == figure.label else f"{figure.label}：{slot.label}"
            yield FilingLine(
                indicator.code, indicator.name, slot.key, name, shown, slot.unit if slot.numeric else "", ready, note,
                figure.source, tuple(map(self._giver, used or record.answers)),
            )  # fmt: skip

    def _table(self, indicator: Indicator, figure: Figure) -> Iterator[FilingLine]:
        """A line for each cell of each row, its name first; one line for a table without rows."""
        record = self.figures[figure.key]
        used = [one for one in record.answers if one.used]
        ready, note = self._ready(record, figure.key)
        common = FilingLine(
            indicator.code, indicator.name, figure.key, figure.label, "", "", ready, note, figure.source,
            tuple(map(self._giver, used or record.answers)),
        )  # fmt: skip
        rows = [row for one in used for row in one.rows or ()]
        if not rows:
            none = bool(used) and ready is not Ready.OPEN
            yield replace(common, value=label("filing.no_rows") if none else "")
        for number, row in enumerate(rows, start=1):
            yield replace(common, value=row.name, row=number, head=figure.row_label)
            for column in figure.columns:
                cell = row.cells[column.key]
                shown = "" if cell.value is None else _shown(column, Fraction(cell.value))
                head = f"{column.label}（{column.unit}）" if column.unit else column.label
                yield replace(common, value=shown, unit=column.unit, row=number, head=head)

    def _giver(self, one: AnswerRecord) -> Giver:
        place = f"{one.file} {one.sheet}!{one.cell}" if one.cell else one.file
        return Giver(self.names.get(one.department, one.department), place, with_unit(one.raw, one.unit or ""))

    def _ready(self, record: FigureRecord, figure: str) -> tuple[Ready, str]:
        """Whether a figure can be filed, and why not."""
        if record.standing is not Standing.SETTLED:
            return Ready.OPEN, label(f"filing.open_{record.standing.value.replace('-', '_')}")
        findings = (*self.open.get(record.key, ()), *(self.open.get(figure, ()) if figure != record.key else ()))
        if findings:
            gravest = max(findings, key=lambda one: one.severity is Severity.ERROR)
            return Ready.DOUBT, label("filing.doubt", found=gravest.zh.found)
        return Ready.FIRM, ""


def _is_open(finding: FindingRecord) -> bool:
    if finding.explanation or severity(finding.code) is Severity.INFO:
        return False
    return is_open(Finding(finding.code, Origin(finding.file)))


def _shown(slot: Slot, value: Fraction) -> str:
    """A value as it is typed: a number in full, without signs between its digits; a choice in its words."""
    return exact(value) or "" if slot.numeric else word_value(slot, value)


def blank_doubts(lines: Sequence[FilingLine]) -> tuple[FilingLine, ...]:
    """The lines with no value where it is provisional: what cannot be pasted cannot be filed unnoticed."""
    return tuple(replace(one, value="") if one.ready is Ready.DOUBT else one for one in lines)
