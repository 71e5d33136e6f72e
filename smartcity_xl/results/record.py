"""What a run came to, as typed records: the shape of ``results.json``, which ``docs/results.md`` describes.

Numbers are texts, so that nothing passes through a binary float: a ``Score`` has two decimals, an ``Exact`` all it has.
None means: none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from smartcity_xl.model import (
    Automatic,
    FileState,
    Kind,
    Missing,
    RatioAboveOne,
    Role,
    Rounding,
    Severity,
    Standing,
    State,
)

SCHEMA: Literal["xlscore-results/2"] = "xlscore-results/2"

Score = Annotated[str, Meta(pattern=r"^-?[0-9]+\.[0-9]{2}$", description="two decimals, rounded half-up")]
Exact = Annotated[
    str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="an exact decimal; ten places where there is no end")
]


class FileStatus(StrEnum):
    """What became of a file that came."""

    TAKEN = "taken"
    SUPERSEDED = "superseded"
    """A later one replaced it."""
    ASIDE = "aside"
    """The office has yet to admit its sender: shown, not scored."""
    ATTACHED = "attached"
    """Evidence or written material."""
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    IGNORED = "ignored"
    OPENED = "opened"
    """A mail or an archive; what it holds is listed by itself."""


class ConflictState(StrEnum):
    """Where a conflict stands."""

    OPEN = "open"
    DECIDED = "decided"
    BACK = "back"
    """Sent back to the departments."""


# --- what was scored, and under which rules ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CatalogRecord:
    """The indicator system."""

    id: str
    version: str
    title: str


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """The sharing-out among departments."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class TotalRecord:
    """``assessed``: the points that the indicators scored so far could reach; ``final``: nothing is open; ``apart``:
    the points of dimensions kept beside the total."""

    score: Score
    full: Score
    assessed: Score
    final: bool
    apart: Score | None


@dataclass(frozen=True, slots=True)
class StarsRecord:
    """What a star system shows: level -> how many indicators stand there, and the codes of those below the target."""

    target: int
    counts: Mapping[str, int]
    unsettled: int
    below: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingsRecord:
    """What the office chose where the texts are silent."""

    ratio_above_one: RatioAboveOne
    rounding: Rounding
    missing: Missing


@dataclass(frozen=True, slots=True)
class IndicatorRecord:
    """``score`` of ``full`` is on the indicator's own scale, ``points`` of ``points_full`` in the total (``factor``
    between them); ``stake`` are the points that it can bring or, as a deduction, take away: 1 in a system without
    points. ``mark`` is the rule's result before the weight, ``parts`` its b1, b2, …; ``open`` the figures that keep it
    from a score."""

    code: str
    name: str
    role: Role
    weight: Exact | None
    deduct_max: Exact | None
    standing: Standing
    score: Score | None
    full: Score
    factor: Exact
    points: Exact | None
    points_full: Exact
    stake: Exact
    mark: Exact | None
    parts: Mapping[str, Exact]
    open: tuple[str, ...]
    star: int | None
    next_star: int | None


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """``weight`` is a fraction of 1."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    indicators: tuple[IndicatorRecord, ...]


@dataclass(frozen=True, slots=True)
class DimensionRecord:
    """``weight`` is a fraction of 1."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    categories: tuple[CategoryRecord, ...]


# --- answers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CellRecord:
    """One answer cell. ``value`` is in the figure's unit, ``raw`` as typed and in ``unit``."""

    department: str
    state: State
    value: Exact | None
    raw: str
    unit: str | None
    as_of: str
    remark: str
    explanation: str
    used: bool
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class RowRecord:
    """One row of a table: its name, and one answer for each column."""

    name: str
    cells: Mapping[str, CellRecord]


@dataclass(frozen=True, slots=True)
class AnswerRecord(CellRecord):
    """A department's answer; ``rows`` is None where the figure is no table."""

    rows: tuple[RowRecord, ...] | None


@dataclass(frozen=True, slots=True)
class FigureRecord:
    """One slot, or a table: that has neither ``unit`` nor ``value``, and its answers have rows. ``asked`` are the
    departments, ``indicators`` the codes of those whose rules read it."""

    key: str
    label: str
    kind: Kind
    unit: str | None
    standing: Standing
    value: Exact | None
    asked: tuple[str, ...]
    indicators: tuple[str, ...]
    answers: tuple[AnswerRecord, ...]


# --- conflicts and decisions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """Who gave an answer, and where it stands."""

    department: str
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What an indicator comes to with one of the sides in place."""

    indicator: str
    standing: Standing
    score: Score | None
    mark: Exact | None
    star: int | None


@dataclass(frozen=True, slots=True)
class SideRecord:
    """One of the answers that contradict each other, and what the system comes to under it."""

    value: Exact | None
    answers: tuple[PlaceRecord, ...]
    scores: tuple[TrialRecord, ...]
    total: Score | None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What the office decided (``said``, in words), why, who, and where it stands."""

    figure: str
    said: str
    reason: str
    who: str
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """Answers of which only one can be true. ``department`` contradicts itself, None where several contradict each
    other; ``chosen`` is the number of a side, from 1."""

    figure: str
    department: str | None
    state: ConflictState
    chosen: int | None
    decision: DecisionRecord | None
    sides: tuple[SideRecord, ...]


# --- departments, corrections, findings --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """Where a department stands in this system. ``errors`` and ``queries`` count its open findings; ``stake`` are the
    points of the indicators that these are about, each once; ``held`` those of the indicators without a score
    (``holds``) that wait for an answer of its."""

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


@dataclass(frozen=True, slots=True)
class StatedRecord:
    """What a cell said before or after a correction."""

    state: State
    value: Exact | None
    raw: str
    unit: str | None
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A slot, or a table's column in a row, that two workbooks answer differently; no answer where it was blank."""

    figure: str
    label: str
    row: str | None
    before: tuple[StatedRecord, ...]
    after: tuple[StatedRecord, ...]


@dataclass(frozen=True, slots=True)
class StandingRecord:
    """An indicator on one side of a correction."""

    standing: Standing
    score: Score | None
    star: int | None


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """An indicator that scores otherwise after a correction."""

    indicator: str
    before: StandingRecord
    after: StandingRecord


@dataclass(frozen=True, slots=True)
class CorrectionRecord:
    """What a workbook changed that replaced another; ``by`` its ``revision`` or when they were ``received``."""

    department: str
    by: Literal["revision", "received"]
    earlier: tuple[str, ...]
    later: tuple[str, ...]
    total_before: Score
    total_after: Score
    changes: tuple[ChangeRecord, ...]
    effects: tuple[EffectRecord, ...]


@dataclass(frozen=True, slots=True)
class WordingRecord:
    """A finding in words."""

    found: str
    expected: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FindingRecord:
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


# --- what came besides figures -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MaterialRecord:
    """A file that came along."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A name in an evidence list, as typed, and the files it stands for."""

    indicator: str
    department: str
    title: str
    named: str
    state: FileState
    files: tuple[MaterialRecord, ...]
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """``score_without``: the total without the indicators that lack evidence (``lacking``); ``unmentioned``: what
    nobody names."""

    score_without: Score | None
    lacking: tuple[str, ...]
    named: tuple[NamedRecord, ...]
    unmentioned: tuple[MaterialRecord, ...]


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """Written material held against its outline; the measures are None where it could not be read, ``findings`` are
    codes."""

    outline: str
    kind: str
    department: str | None
    file: str
    sha256: str
    title: str | None
    characters: int | None
    figures: int | None
    tables: int | None
    headings: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaidRecord:
    """One of the things that is said of a person, and the files that say so."""

    text: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleRecord:
    """Field of the cover -> all that is said of it; ``missing`` are groups of fields of which one is needed."""

    department: str
    missing: tuple[tuple[str, ...], ...]
    said: Mapping[str, tuple[SaidRecord, ...]]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailRecord:
    """A mail's envelope. ``dated`` is by the sender's clock, ``received`` by the office's server; ``authentication`` is
    what that stated."""

    message_id: str
    sender: str
    sender_name: str
    subject: str
    dated: str | None
    received: str | None
    automatic: Automatic | None
    undelivered: tuple[str, ...]
    clouds: tuple[str, ...]
    authentication: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that came, and what became of it. ``reasons`` are codes of findings, where it was not taken; ``container``
    is the hash of the file in the inbox that it came out of."""

    file: str
    sha256: str | None
    status: FileStatus
    department: str | None
    reasons: tuple[str, ...]
    container: str | None
    mail: MailRecord | None


@dataclass(frozen=True, slots=True)
class Results:
    """All that a run found out about one system. ``deadline`` is an ISO date, ``total`` None for star systems without
    points, ``stars`` None for others; ``lapsed`` are decisions whose answers have changed."""

    schema: Literal["xlscore-results/2"]
    catalog: CatalogRecord
    assignment: AssignmentRecord
    city: str
    round: str
    deadline: str
    total: TotalRecord | None
    stars: StarsRecord | None
    settings: SettingsRecord
    dimensions: tuple[DimensionRecord, ...]
    figures: tuple[FigureRecord, ...]
    conflicts: tuple[ConflictRecord, ...]
    lapsed: tuple[DecisionRecord, ...]
    departments: tuple[DepartmentRecord, ...]
    corrections: tuple[CorrectionRecord, ...]
    findings: tuple[FindingRecord, ...]
    evidence: EvidenceRecord
    written: tuple[WrittenRecord, ...]
    people: tuple[PeopleRecord, ...]
    files: tuple[FileRecord, ...]

    @property
    def indicators(self) -> tuple[IndicatorRecord, ...]:
        return tuple(i for dimension in self.dimensions for c in dimension.categories for i in c.indicators)
