"""What came back: answers with their origins, findings, submissions and receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.model.letters import Letter


class State(StrEnum):
    """What stands in an answer cell. Blank, zero, not applicable and unreadable are four different things."""

    VALUE = "value"
    BLANK = "blank"
    NO_DATA = "no-data"
    """A filler such as — or 暂无: missing, and said so."""
    NOT_APPLICABLE = "not-applicable"
    UNREADABLE = "unreadable"
    """Something stands there that is no answer, or could mean two things, or cannot be true."""


class Origin(Struct, frozen=True):
    """Where something stands. ``file`` is the path inside the inbox, with forward slashes."""

    file: str
    sheet: str = ""
    cell: str = ""


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


class Severity(StrEnum):
    """ERROR (强制性): must be corrected, does not count. QUERY (核实性): counts; the department may confirm it with an
    explanation, else a person should look. INFO: for the record."""

    ERROR = "error"
    QUERY = "query"
    INFO = "info"


class Finding(Struct, frozen=True):
    """A problem with the data. ``code`` picks the severity and the words; ``parameters`` fill them."""

    code: str
    origin: Origin
    department: str = ""
    figure: str = ""
    """The slot or figure concerned, if any."""
    indicator: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    concerns: tuple[str, ...] = ()
    """All slots, figures or indicators concerned, where they are more than the one above."""
    explanation: str = ""
    """Why it is right all the same, in the department's words; only a QUERY has one."""


class Parcel(Struct, frozen=True):
    """A file as received. ``name`` is its path inside the inbox as people read it, with forward slashes.

    What was taken out of a mail or an archive has the whole way in its name (``信.eml/附件.zip/表.xlsx``), and
    knows the hash of the file in the inbox that it came out of and the outermost mail on its way.

    ``sender`` and ``received`` (by our clock or our mail server's, UTC) are as the ledger has them, or empty.
    """

    name: str
    data: bytes
    sha256: str
    container: str = ""
    letter: Letter | None = None
    sender: str = ""
    received: str = ""


class Identity(Struct, frozen=True):
    """Which template a workbook is; the strings that the writer put inside it.

    ``revision`` counts the workbooks issued to one department, from 1; the first carries none. ``seal`` is that of the
    locked cells. ``code`` is the round's own over all the others; "" where the round had no key.
    """

    kind: str
    catalog: str
    version: str
    assignment: str
    department: str
    round: str
    city: str
    layout: str
    settings: str = ""
    """The office's choices (``Settings.as_text``); "" is the defaults."""
    revision: str = ""
    seal: str = ""
    deadline: str = ""
    """The ISO date that it shows; what is due is said by the round, and never by this."""
    code: str = ""


class Recognised(Struct, frozen=True):
    """A parcel that is a workbook of ours, and what it says it is."""

    parcel: Parcel
    identity: Identity


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


class Receipt(Struct, frozen=True):
    """What became of a parcel, and why: ``taken``, ``superseded`` (replaced by a later
    one), ``attached`` (evidence or written material), ``duplicate``,
    ``rejected``, ``ignored``, ``opened`` (a mail or an archive whose content has receipts of its own),
    ``aside`` (waits for the office to let it in) or ``excluded`` (the office has taken it out).

    ``container`` and ``letter`` as for a parcel; the receipt of a mail has the mail's own letter.
    """

    parcel: str
    sha256: str
    status: str
    department: str
    findings: tuple[Finding, ...]
    container: str = ""
    letter: Letter | None = None
