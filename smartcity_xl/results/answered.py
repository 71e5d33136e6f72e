"""What was answered, what contradicts itself, and what the office decided, as records."""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from smartcity_xl.model import Kind, Standing, State
from smartcity_xl.results.numbers import Exact, Score


class CellRecord(Struct, frozen=True):
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


class RowRecord(Struct, frozen=True):
    """One row of a table: its name, and one answer for each column."""

    name: str
    cells: Mapping[str, CellRecord]


class AnswerRecord(CellRecord, frozen=True):
    """A department's answer; ``rows`` is None where the figure is no table."""

    rows: tuple[RowRecord, ...] | None


class ColumnRecord(Struct, frozen=True):
    """A column of a table, and the unit in which its values stand."""

    key: str
    label: str
    kind: Kind
    unit: str


class FigureRecord(Struct, frozen=True):
    """One slot, or a table: that has neither ``unit`` nor ``value``, but ``columns`` (None where an older file did not
    tell them), and its answers have rows. ``asked`` are the departments, ``indicators`` the codes of those whose rules
    read it."""

    key: str
    label: str
    kind: Kind
    unit: str | None
    standing: Standing
    value: Exact | None
    columns: tuple[ColumnRecord, ...] | None
    asked: tuple[str, ...]
    indicators: tuple[str, ...]
    answers: tuple[AnswerRecord, ...]


class ConflictState(StrEnum):
    """Where a conflict stands."""

    OPEN = "open"
    DECIDED = "decided"
    BACK = "back"
    """Sent back to the departments."""


class PlaceRecord(Struct, frozen=True):
    """Who gave an answer, and where it stands."""

    department: str
    file: str
    sheet: str
    cell: str


class TrialRecord(Struct, frozen=True):
    """What an indicator comes to with one of the sides in place."""

    indicator: str
    standing: Standing
    score: Score | None
    mark: Exact | None
    star: int | None


class SideRecord(Struct, frozen=True):
    """One of the answers that contradict each other, and what the system comes to under it."""

    value: Exact | None
    answers: tuple[PlaceRecord, ...]
    scores: tuple[TrialRecord, ...]
    total: Score | None


class DecisionRecord(Struct, frozen=True):
    """What the office decided (``said``, in words), why, who, and where it stands."""

    figure: str
    said: str
    reason: str
    who: str
    file: str
    sheet: str
    cell: str


class ConflictRecord(Struct, frozen=True):
    """Answers of which only one can be true. ``department`` contradicts itself, None where several contradict each
    other; ``chosen`` is the number of a side, from 1."""

    figure: str
    department: str | None
    state: ConflictState
    chosen: int | None
    decision: DecisionRecord | None
    sides: tuple[SideRecord, ...]
