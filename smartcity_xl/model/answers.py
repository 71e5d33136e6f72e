"""What came back: answers with their origins, and workbooks as read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.model.findings import Finding, Origin
from smartcity_xl.model.parcels import Identity


class State(StrEnum):
    """What stands in an answer cell. Blank, zero, not applicable and unreadable are four different things."""

    VALUE = "value"
    BLANK = "blank"
    NO_DATA = "no-data"
    """A filler such as — or 暂无: missing, and said so."""
    NOT_APPLICABLE = "not-applicable"
    UNREADABLE = "unreadable"
    """Something stands there that is no answer, or could mean two things, or cannot be true."""


class Typed(Struct, frozen=True):
    """The cells of an answer as they stood, for writing them back: the content (as a reader of cells has it), its
    number format where that shows a number otherwise than it is stored, and what stood beside it as the unit.

    It never tells two answers apart: any two are equal.
    """

    cell: object = None
    code: str = ""
    unit: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Typed) or NotImplemented

    def __hash__(self) -> int:
        return hash(Typed)


_NOTHING_TYPED = Typed()


def with_unit(raw: str, unit: str) -> str:
    """What was typed, with its unit, unless that was typed too."""
    return f"{raw} {unit}" if unit and raw[-1:].isdecimal() else raw


class Answer(Struct, frozen=True):
    """A department's answer for one slot. ``value`` (in the slot's unit) is set just when ``state`` is VALUE; ``raw``
    is what was typed, ``unit`` the unit in which a number was meant."""

    slot: str
    department: str
    state: State
    value: Fraction | None
    raw: str
    origin: Origin
    as_of: str = ""
    remark: str = ""
    unit: str = ""
    typed: Typed = _NOTHING_TYPED
    as_of_cell: str = ""
    """Where the date of the data stands, or should."""
    explanation: str = ""
    """What the department says to what looks wrong and is right."""

    @property
    def given(self) -> str:
        """What was typed, with its unit, unless that was typed too."""
        return with_unit(self.raw, self.unit)

    @property
    def answered(self) -> bool:
        """Whether something stands here that was asked for: a value, or “not applicable” with its reason."""
        return self.state is State.VALUE or (self.state is State.NOT_APPLICABLE and bool(self.remark))


class TableRow(Struct, frozen=True):
    """One row of a table: its name (a hospital) and one answer for each column."""

    name: str
    cells: Mapping[str, Answer]


class TableAnswer(Struct, frozen=True):
    """A department's answer for a table; ``state`` as for an answer, VALUE when every row that was begun is whole."""

    figure: str
    department: str
    state: State
    rows: tuple[TableRow, ...]
    origin: Origin
    remark: str = ""
    as_of: str = ""
    explanation: str = ""
    dated_at: Origin | None = None
    """Where the date of the data stands, or should: in the table's row of the sheet of figures."""

    @property
    def values(self) -> tuple[Mapping[str, Fraction], ...]:
        return tuple({key: cell.value or Fraction(0) for key, cell in row.cells.items()} for row in self.rows)

    @property
    def answered(self) -> bool:
        """Whether something stands here that was asked for: a value, or “not applicable” with its reason."""
        return self.state is State.VALUE or (self.state is State.NOT_APPLICABLE and bool(self.remark))


class Evidence(Struct, frozen=True):
    """One line of the evidence list; ``line`` is its number among the indicator's, as the workbook has it."""

    indicator: str
    title: str
    file: str
    remark: str
    origin: Origin
    line: str = ""


class Submission(Struct, frozen=True):
    """A workbook as read. ``people`` maps a field of the cover (``leader.name``) to what was typed."""

    parcel: str
    sha256: str
    identity: Identity
    answers: Mapping[str, Answer]
    tables: Mapping[str, TableAnswer]
    evidence: tuple[Evidence, ...]
    people: Mapping[str, str]
    findings: tuple[Finding, ...]
    places: Mapping[str, Origin] = field(default_factory=dict)
    """Where a field of the cover, and (by code) an indicator's first line of evidence, stand in this workbook."""

    @property
    def department(self) -> str:
        return self.identity.department

    @property
    def revision(self) -> int:
        return int(self.identity.revision or 1)

    @property
    def cells(self) -> Iterator[tuple[str, Answer]]:
        """Every answer cell, with the name of its row in a table; a table without rows as one answer, by its state."""
        for answer in self.answers.values():
            yield "", answer
        for table in self.tables.values():
            if not table.rows:
                yield "", Answer(table.figure, table.department, table.state, None, table.remark, table.origin)
            for row in table.rows:
                for cell in row.cells.values():
                    yield row.name, cell
