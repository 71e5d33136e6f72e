"""Departments, corrections and findings, as records."""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from smartcity_xl.model import Severity, Standing, State
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.scored import NO_REACH, ReachRecord


class DepartmentRecord(Struct, frozen=True):
    """Where a department stands in this system. ``errors`` and ``queries`` count its open findings; ``stake`` are the
    points of the indicators that these are about, each once; ``held`` those of the indicators without a score
    (``holds``) that wait for an answer of its. ``reach``: the best steps among the answers that it must give."""

    key: str
    name: str
    reported: bool
    files: tuple[str, ...]
    asked: int
    filled: int
    people: tuple[Mapping[str, str], ...]
    errors: int
    queries: int
    stake: Score
    held: Score
    holds: tuple[str, ...]
    reach: ReachRecord = NO_REACH


class StatedRecord(Struct, frozen=True):
    """What a cell said before or after a correction."""

    state: State
    value: Exact | None
    raw: str
    unit: str | None
    file: str
    sheet: str
    cell: str


class ChangeRecord(Struct, frozen=True):
    """A slot, or a table's column in a row, that two workbooks answer differently; no answer where it was blank."""

    figure: str
    label: str
    row: str | None
    before: tuple[StatedRecord, ...]
    after: tuple[StatedRecord, ...]


class StandingRecord(Struct, frozen=True):
    """An indicator on one side of a correction."""

    standing: Standing
    score: Score | None
    star: int | None


class EffectRecord(Struct, frozen=True):
    """An indicator that scores otherwise after a correction."""

    indicator: str
    before: StandingRecord
    after: StandingRecord


class Replaced(StrEnum):
    """Why a workbook replaced another: by its number, by its time of receipt, or because the office said so."""

    REVISION = "revision"
    RECEIVED = "received"
    RULING = "ruling"


class CorrectionRecord(Struct, frozen=True):
    """What a workbook changed that replaced another, and why it did."""

    department: str
    by: Replaced
    earlier: tuple[str, ...]
    later: tuple[str, ...]
    total_before: Score
    total_after: Score
    changes: tuple[ChangeRecord, ...]
    effects: tuple[EffectRecord, ...]


class WordingRecord(Struct, frozen=True):
    """A finding in words."""

    found: str
    expected: str
    remedy: str


class FindingRecord(Struct, frozen=True):
    """A problem with the data. ``points`` hang on what it is about: those of ``indicators``, as part of the total."""

    code: str
    severity: Severity
    points: Score
    indicators: tuple[str, ...]
    explanation: str | None
    department: str | None
    indicator: str | None
    figure: str | None
    file: str
    sheet: str
    cell: str
    parameters: Mapping[str, str]
    zh: WordingRecord
    en: WordingRecord
