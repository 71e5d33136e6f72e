"""The frozen types that every room exchanges. They hold data and no opinions.

Numbers are exact (``Fraction``). A *slot* is what one cell of a workbook answers: a figure, or one item of a
checklist; its key is ``figure`` or ``figure.item``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from smartcity_xl.rules.syntax import Node, Rule

# --- the catalog: what is scored -----------------------------------------------------------------------------


class Kind(StrEnum):
    """What sort of answer a figure takes."""

    COUNT = "count"
    AREA = "area"
    LENGTH = "length"
    MONEY = "money"
    SHARE = "share"
    PERIOD = "period"
    POINTS = "points"
    NUMBER = "number"
    YESNO = "yesno"
    CHOICE = "choice"
    CHECKLIST = "checklist"
    TABLE = "table"


class Merge(StrEnum):
    """How the answers of several departments to one figure become one."""

    AGREE = "agree"
    ANY = "any"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Option:
    """An item of a checklist or an option of a choice."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One answer cell. The range is inclusive, in ``unit``; ``kind`` is never a checklist or a table."""

    key: str
    figure: str
    label: str
    kind: Kind
    unit: str
    minimum: Fraction
    maximum: Fraction
    part_of: str = ""
    same_as: str = ""
    fixed: Fraction | None = None
    options: tuple[Option, ...] = ()
    merge: Merge = Merge.AGREE

    @property
    def whole(self) -> bool:
        """Only whole numbers make sense."""
        return self.kind is Kind.COUNT

    @property
    def numeric(self) -> bool:
        return self.kind not in (Kind.YESNO, Kind.CHOICE)


@dataclass(frozen=True)
class Figure:
    """One number, choice, checklist or table that departments report. See ``docs/catalog.md`` for the fields."""

    key: str
    label: str
    kind: Kind
    unit: str
    minimum: Fraction
    maximum: Fraction
    part_of: str = ""
    same_as: str = ""
    fixed: Fraction | None = None
    items: tuple[Option, ...] = ()
    options: tuple[Option, ...] = ()
    columns: tuple[Slot, ...] = ()
    rows: int = 0
    row_label: str = ""
    merge: Merge = Merge.AGREE
    guidance: str = ""
    as_of: str = ""
    source: str = ""

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The cells that answer the figure: one, one for each item of a checklist, or none (a table)."""
        if self.kind is Kind.TABLE:
            return ()
        if self.kind is Kind.CHECKLIST:
            return tuple(
                Slot(f"{self.key}.{item.key}", self.key, item.label, Kind.YESNO, "", Fraction(0), Fraction(1),
                     merge=self.merge)
                for item in self.items
            )  # fmt: skip
        return (
            Slot(self.key, self.key, self.label, self.kind, self.unit, self.minimum, self.maximum, self.part_of,
                 self.same_as, self.fixed, self.options, self.merge),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """Something the office is asked to look at when ``when`` holds."""

    when: Node
    say: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """``weight`` is the share of the category's mark; ``deduct_max`` (points) is set for deductions only."""

    code: str
    category: str
    name: str
    weight: Fraction
    deduct_max: Fraction | None
    rule: Rule
    source: str
    evidence: tuple[str, ...] = ()
    note: str = ""
    queries: tuple[Query, ...] = ()

    @property
    def full(self) -> Fraction:
        """The highest mark on the category's scale of 100; 0 for a deduction."""
        return Fraction(0) if self.deduct_max is not None else 100 * self.weight


@dataclass(frozen=True, slots=True)
class Category:
    """``weights_open`` says why the printed weights of its indicators do not make 100 %, where they do not."""

    code: str
    dimension: str
    name: str
    weight: Fraction
    weights_open: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    code: str
    name: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Notice:
    """What every user of a system should know, with the erratum it rests on."""

    about: str
    text: str


@dataclass(frozen=True)
class Catalog:
    """One edition of an indicator system."""

    id: str
    version: str
    title: str
    document: str
    dimensions: tuple[Dimension, ...]
    categories: tuple[Category, ...]
    indicators: tuple[Indicator, ...]
    figures: Mapping[str, Figure]
    notices: tuple[Notice, ...] = ()
    survey_dimension: str = ""

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        """Every slot by its key, in the order of the figures."""
        return {slot.key: slot for figure in self.figures.values() for slot in figure.slots}

    @cached_property
    def used_by(self) -> Mapping[str, tuple[str, ...]]:
        """Figure -> codes of the indicators whose rules read it, in order."""
        users: dict[str, list[str]] = {key: [] for key in self.figures}
        for indicator in self.indicators:
            for figure in self.figures_of[indicator.code]:
                users[figure.key].append(indicator.code)
        return {key: tuple(codes) for key, codes in users.items()}

    @cached_property
    def figures_of(self) -> Mapping[str, tuple[Figure, ...]]:
        """Indicator code -> the figures its rule reads, in the order of the catalog."""
        from smartcity_xl.rules.syntax import names_used

        found = {}
        for indicator in self.indicators:
            used = {name.partition(".")[0] for name in names_used(indicator.rule)}
            found[indicator.code] = tuple(figure for key, figure in self.figures.items() if key in used)
        return found

    def categories_of(self, dimension: Dimension) -> Iterator[Category]:
        return (category for category in self.categories if category.dimension == dimension.code)

    def indicators_of(self, category: Category) -> Iterator[Indicator]:
        return (indicator for indicator in self.indicators if indicator.category == category.code)

    @cached_property
    def category_of(self) -> Mapping[str, Category]:
        """Indicator code -> its category."""
        by_code = {category.code: category for category in self.categories}
        return {indicator.code: by_code[indicator.category] for indicator in self.indicators}

    def worth(self, indicator: Indicator) -> Fraction:
        """Points of the total of 100 that one point of the indicator's mark is worth."""
        return Fraction(1) if indicator.deduct_max is not None else self.category_of[indicator.code].weight

    def label(self, name: str) -> str:
        """The wording of a figure, a checklist's item, a choice's option or a table's column."""
        key, _, member = name.partition(".")
        figure = self.figures[key]
        if not member:
            return figure.label
        named = {option.key: option.label for option in (*figure.items, *figure.options)}
        named |= {column.key: column.label for column in figure.columns}
        return named[member]


# --- the assignment: who answers -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Department:
    key: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """A city's sharing-out of the figures. In every tuple of departments the lead department stands first."""

    id: str
    system: str
    city: str
    title: str
    document: str
    round: str
    deadline: str
    recipients: tuple[str, ...]
    office: str
    departments: Mapping[str, Department]
    duties: Mapping[str, tuple[str, ...]]
    """Indicator code -> departments."""
    asked: Mapping[str, tuple[str, ...]]
    """Figure -> departments, never empty."""
    unassigned: Mapping[str, str]
    """Indicator code -> why the text names no department."""

    def name(self, department: str) -> str:
        return self.departments[department].name

    def figures_for(self, department: str) -> Iterator[str]:
        return (figure for figure, asked in self.asked.items() if department in asked)


# --- answers: what came back ---------------------------------------------------------------------------------


class State(StrEnum):
    """What stands in an answer cell. Blank, zero, not applicable and unreadable are four different things."""

    VALUE = "value"
    BLANK = "blank"
    NO_DATA = "no-data"
    """A filler such as — or 暂无: missing, and said so."""
    NOT_APPLICABLE = "not-applicable"
    UNREADABLE = "unreadable"
    """Something stands there that is no answer, or could mean two things, or cannot be true."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something stands. ``file`` is the path inside the inbox, with forward slashes."""

    file: str
    sheet: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A department's answer for one slot. ``value`` is set just when ``state`` is VALUE; ``raw`` is what was typed."""

    slot: str
    department: str
    state: State
    value: Fraction | None
    raw: str
    origin: Origin
    as_of: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table: its name (a hospital) and one answer for each column."""

    name: str
    cells: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """A department's answer for a table; ``state`` as for an answer, VALUE when every row that was begun is whole."""

    figure: str
    department: str
    state: State
    rows: tuple[TableRow, ...]
    origin: Origin
    remark: str = ""

    @property
    def values(self) -> tuple[Mapping[str, Fraction], ...]:
        return tuple({key: cell.value or Fraction(0) for key, cell in row.cells.items()} for row in self.rows)


class Severity(StrEnum):
    """ERROR: must be corrected, does not count. QUERY: counts, a person should look. INFO: for the record."""

    ERROR = "error"
    QUERY = "query"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with the data. ``code`` picks the severity and the words; ``parameters`` fill them."""

    code: str
    origin: Origin
    department: str = ""
    figure: str = ""
    """The slot or figure concerned, if any."""
    indicator: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as received. ``name`` is its path inside the inbox as people read it, with forward slashes."""

    name: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which template a workbook is; the strings that the writer put inside it."""

    kind: str
    catalog: str
    version: str
    assignment: str
    department: str
    round: str
    city: str
    layout: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the evidence list."""

    indicator: str
    title: str
    file: str
    remark: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Submission:
    """A workbook as read. ``people`` maps a field of the cover (``leader.name``) to what was typed."""

    parcel: str
    sha256: str
    identity: Identity
    answers: Mapping[str, Answer]
    tables: Mapping[str, TableAnswer]
    evidence: tuple[Evidence, ...]
    people: Mapping[str, str]
    findings: tuple[Finding, ...]

    @property
    def department(self) -> str:
        return self.identity.department


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a parcel: ``taken``, ``duplicate``, ``rejected`` or ``ignored``, and why."""

    parcel: str
    sha256: str
    status: str
    department: str
    findings: tuple[Finding, ...]


# --- merging and scoring -------------------------------------------------------------------------------------


class Standing(StrEnum):
    """Where a slot, a table or an indicator stands once all answers are in."""

    SETTLED = "settled"
    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"
    UNREADABLE = "unreadable"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class MergedSlot:
    """The one answer for a slot. ``value`` is set exactly when settled; ``used`` are the answers it rests on."""

    slot: str
    standing: Standing
    value: Fraction | None
    used: tuple[Answer, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class MergedTable:
    figure: str
    standing: Standing
    used: TableAnswer | None
    answers: tuple[TableAnswer, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """All answers of a round, one for each slot and table of the catalog."""

    slots: Mapping[str, MergedSlot]
    tables: Mapping[str, MergedTable]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """``score`` is on the category's scale (0–100 × weight), or minus the points deducted; None unless settled.

    ``mark`` is the rule's exact result before the weight; ``parts`` its b1, b2, …; ``open`` the slots and tables that
    keep an unsettled indicator from a score.
    """

    indicator: Indicator
    standing: Standing
    score: Fraction | None
    mark: Fraction | None
    parts: Mapping[str, Fraction]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryScore:
    category: Category
    score: Fraction
    full: Fraction
    indicators: tuple[IndicatorScore, ...]


@dataclass(frozen=True, slots=True)
class DimensionScore:
    dimension: Dimension
    score: Fraction
    full: Fraction
    categories: tuple[CategoryScore, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """``total`` counts what is settled; ``final`` says that nothing is open. ``assessed`` is the weight (points) that
    the settled indicators cover."""

    total: Fraction
    assessed: Fraction
    final: bool
    dimensions: tuple[DimensionScore, ...]
    findings: tuple[Finding, ...]

    @property
    def indicators(self) -> Iterator[IndicatorScore]:
        for dimension in self.dimensions:
            for category in dimension.categories:
                yield from category.indicators


@dataclass(frozen=True, slots=True)
class DepartmentStatus:
    """``filled`` of ``asked`` required slots and tables hold an answer; ``files`` are those taken."""

    department: Department
    files: tuple[str, ...]
    filled: int
    asked: int

    @property
    def reported(self) -> bool:
        return bool(self.files)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one run of ``collect`` found out; what the summary and the results are written from."""

    catalog: Catalog
    assignment: Assignment
    round: str
    receipts: tuple[Receipt, ...]
    submissions: tuple[Submission, ...]
    departments: tuple[DepartmentStatus, ...]
    merged: Merged
    scores: Scores
    findings: tuple[Finding, ...]
