"""A workbook of results -> the office's answer to the figure that the system asks the citizens' survey for.

Nothing is taken on trust that the workbook itself can prove: the score, the interval and the groups are computed
again from the sums beside them, and one that was edited is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.keyed import KeyedSheet, copied_columns
from smartcity_xl.books.opener import OpenWorkbook
from smartcity_xl.books.values import Cell, parse_numeral, plain, read_number, show_cell
from smartcity_xl.form.map import SURVEY, SURVEY_GROUPS
from smartcity_xl.messages import label
from smartcity_xl.model import Answer, Assignment, Catalog, Finding, Identity, Origin, Slot, State, Submission
from smartcity_xl.model.periods import is_date
from smartcity_xl.office.survey.estimate import Estimate
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant

_CLOSE = Fraction(1, 10**6)
"""Sums are carried to ten decimals: what they give again is as near as this."""
_HALF_A_CENT, _CENT = Fraction(1, 200), Fraction(1, 100)
_LOWEST, _HIGHEST = Fraction(0), Fraction(100)


def survey_slots(catalog: Catalog) -> tuple[Slot, ...]:
    """What a survey answers in a system, or in each of those laid together; the same figure of several once."""
    found = (survey_slot(system) for system in catalog.systems)
    return tuple({slot.key: slot for slot in found if slot}.values())


def survey_slot(catalog: Catalog) -> Slot | None:
    """The one figure from 0 to 100 that the survey's dimension is scored by; None where a system has no such figure."""
    categories = {c.code for c in catalog.categories if c.dimension == catalog.survey_dimension}
    read = {f.key: f for i in catalog.indicators if i.category in categories for f in catalog.figures_of[i.code]}
    slots = [slot for figure in read.values() for slot in figure.slots]
    if len(read) != 1 or len(slots) != 1 or not slots[0].numeric or slots[0].fixed is not None:
        return None
    return slots[0] if (slots[0].minimum, slots[0].maximum) == (_LOWEST, _HIGHEST) else None


def take_survey(
    book: OpenWorkbook, catalog: Catalog, assignment: Assignment, campaign: Identity
) -> Submission | Finding:
    """What the results answer, as a submission of the office; or why they do not count.

    Where the sharing-out asks another department for the figure, it is that department's answer.
    """
    at = Origin(book.parcel.name)
    found, expected = ((one.city, one.round) for one in (book.identity, campaign))
    if found != expected:
        told = {"found": "　".join(found), "expected": "　".join(expected)}
        return Finding("survey-elsewhere", at, parameters=told)
    slots = survey_slots(catalog)
    if not slots:
        return Finding("survey-unasked", at)
    asked = assignment.asked[slots[0].figure]
    department = assignment.office if assignment.office in asked else asked[0]
    read = _read(book)
    if isinstance(read, Finding):
        return replace(read, department=department, figure=slots[0].key if len(slots) == 1 else "")
    answers = {slot.key: read.answer(slot, department) for slot in slots}
    findings = tuple(read.few(slot.key, department) for slot in slots if read.estimate.number < read.least)
    identity = replace(
        book.identity, catalog=catalog.id, version=catalog.version, assignment=assignment.id, department=department
    )
    return Submission(book.parcel.name, book.parcel.sha256, identity, answers, {}, (), {}, findings)


class _Read(Struct, frozen=True):
    """The results, once they have been computed again."""

    score: Fraction
    estimate: Estimate
    least: int
    as_of: str
    origin: Origin

    def answer(self, slot: Slot, department: str) -> Answer:
        raw = constant(self.score)
        return Answer(
            slot.key, department, State.VALUE, self.score, raw, self.origin, self.as_of, self.remark, slot.unit
        )

    def few(self, slot: str, department: str) -> Finding:
        told = {"number": str(self.estimate.number), "least": str(self.least)}
        return Finding("survey-few", self.origin, department, slot, parameters=told)

    @property
    def remark(self) -> str:
        low, high = self.estimate.interval or (None, None)
        interval = ""
        if low is not None and high is not None:
            interval = label("survey_result.remark_interval", low=f"{float(low):.2f}", high=f"{float(high):.2f}")
        return label("survey_result.remark", number=self.estimate.number, interval=interval)


class _Line(Struct, frozen=True):
    """A row with a key: column -> cell, and where it stands."""

    key: str
    cells: Mapping[str, Cell]
    places: Mapping[str, Origin]
    file: str

    def at(self, column: str) -> Origin:
        return self.places.get(column, Origin(self.file))

    def number(self, column: str) -> Fraction | None:
        """A number, or an exact one written as text; None for anything else."""
        cell = self.cells.get(column)
        if isinstance(cell, str):
            return parse_numeral(cell) if len(cell) <= 40 else None
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            return read_number(cell)
        return None


class _Broken(Exception):
    """The results are not what was written; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def _read(book: OpenWorkbook) -> _Read | Finding:
    try:
        return _Proof(book).read()
    except _Broken as broken:
        return broken.finding


class _Proof:
    def __init__(self, book: OpenWorkbook) -> None:
        self.book, self.file = book, book.parcel.name
        self.lines: dict[str, _Line] = {}
        for line in self.sheet(SURVEY):
            if self.lines.setdefault(line.key, line).cells != line.cells:
                raise self.broken(label("survey_result.sheet_overview"), line.at("value"))
        self.groups = list(self.sheet(SURVEY_GROUPS))

    def sheet(self, role: str) -> Iterator[_Line]:
        """The keyed rows of a sheet, wherever its rows and columns are now."""
        sheet, name = self.book.sheets.get(role), {SURVEY: "overview", SURVEY_GROUPS: "groups"}[role]
        if sheet is None or copied_columns(sheet):
            raise self.broken(label(f"survey_result.sheet_{name}"), Origin(self.file, sheet.name if sheet else ""))
        page = KeyedSheet(sheet)
        for key, row in page.keyed():
            cells = {name: page.cell(row, name) for name in page.columns}
            places = {name: Origin(self.file, sheet.name, cell_name(row, at)) for name, at in page.columns.items()}
            yield _Line(key, cells, places, self.file)

    def broken(self, what: str, at: Origin) -> _Broken:
        return _Broken(Finding("survey-broken", at, parameters={"what": what}))

    def line(self, key: str) -> _Line:
        if key not in self.lines:
            raise self.broken(label(f"survey_result.{key}"), Origin(self.file))
        return self.lines[key]

    def exact(self, key: str) -> Fraction:
        line = self.line(key)
        value = line.number("exact")
        if value is None:
            raise self.broken(label(f"survey_result.{key}"), line.at("value"))
        return value

    def read(self) -> _Read:
        number, least = self.exact("number"), self.exact("least")
        score_at = self.line("score").at("value")
        if number < 1:
            raise _Broken(Finding("survey-empty", score_at))
        if number.denominator != 1 or least.denominator != 1:
            raise self.broken(label("survey_result.number"), self.line("number").at("value"))
        estimate = Estimate(int(number), self.exact("total"), self.exact("squares"))
        for key in ("score", "number", "total", "squares", "least"):
            self.agree(self.line(key), "value", key, self.exact(key), _CENT if key in ("total", "squares") else _CLOSE)
        score = self.exact("score")
        self.agree(self.line("score"), "value", "score", estimate.total / number, _HALF_A_CENT + _CLOSE)
        if score != round_half_up(score) or not _LOWEST <= score <= _HIGHEST:
            raise self.broken(label("survey_result.score"), score_at)
        self.prove_interval(estimate, (self.line("low"), "value"), (self.line("high"), "value"))
        self.prove_groups(estimate)
        return _Read(score, estimate, int(least), self.as_of(), score_at)

    def as_of(self) -> str:
        """The date of the survey; "" where none stands there."""
        line = self.line("as_of")
        date = plain(show_cell(line.cells.get("exact")))
        if date and not is_date(date):
            raise self.broken(label("survey_result.as_of"), line.at("value"))
        return date

    def agree(self, line: _Line, column: str, name: str, expected: Fraction, within: Fraction) -> None:
        """The shown number is the expected one, but for its rounding."""
        shown = line.number(column)
        if shown is None or abs(shown - expected) > within:
            raw = show_cell(line.cells.get(column))[:80] or label("check.blank")
            told = {"label": label(f"survey_result.{name}"), "raw": raw, "expected": constant(round_half_up(expected))}
            raise _Broken(Finding("survey-edited", line.at(column), parameters=told))

    def prove_interval(self, estimate: Estimate, low: tuple[_Line, str], high: tuple[_Line, str]) -> None:
        """The bounds, each given by its line and column, come from the sums."""
        for (line, column), name, bound in zip((low, high), ("low", "high"), estimate.interval or (), strict=False):
            self.agree(line, column, name, bound, _CENT + _CLOSE)

    def prove_groups(self, whole: Estimate) -> None:
        """Each group's score comes from its sums, and the groups of one column together are the whole."""
        sums: dict[str, tuple[Fraction, Fraction]] = {}
        for line in self.groups:
            number, total, squares = (line.number(name) for name in ("number", "total", "squares"))
            if number is None or total is None or squares is None or number < 1 or number.denominator != 1:
                raise self.broken(label("survey_result.sheet_groups"), line.at("number"))
            estimate = Estimate(int(number), total, squares)
            self.agree(line, "score", "group_score", total / number, _HALF_A_CENT + _CLOSE)
            self.prove_interval(estimate, (line, "low"), (line, "high"))
            before = sums.get(line.key.partition(".")[0], (Fraction(0), Fraction(0)))
            sums[line.key.partition(".")[0]] = (before[0] + number, before[1] + total)
        for number, total in sums.values():
            if number != whole.number:
                self.agree(self.line("number"), "value", "number", number, Fraction(0))
            self.agree(self.line("total"), "value", "total", total, _CENT)
