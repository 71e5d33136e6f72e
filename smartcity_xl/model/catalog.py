"""What is scored, and who answers: indicator systems and assignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, field

from smartcity_xl.model.periods import Period
from smartcity_xl.model.settings import DEFAULT_SETTINGS, Settings
from smartcity_xl.rules.tree import Mean, Node, Rule, Stars, names_used, walk
from smartcity_xl.units import offered


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


class Scheme(StrEnum):
    """How a system adds up: weighted marks to 100, or a star level for each indicator (with or without points)."""

    WEIGHTS = "weights"
    STARS = "stars"


class Role(StrEnum):
    """What an indicator does in a total: it earns, takes away, or is only shown."""

    SCORED = "scored"
    DEDUCTION = "deduction"
    SHOWN = "shown"


class Merge(StrEnum):
    """How the answers of several departments to one figure become one."""

    AGREE = "agree"
    """All must give the same."""
    ANY = "any"
    """A tick counts if one department ticks."""
    SUM = "sum"
    """Each gives its own part."""
    LEAD = "lead"
    """The lead department's answer counts; the others are compared with it."""
    LARGEST = "largest"
    """Each gives its own, and the largest counts."""


class Option(Struct, frozen=True):
    """An item of a checklist or an option of a choice."""

    key: str
    label: str


class Slot(Struct, frozen=True):
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
    units: tuple[str, ...] = ()
    none: Fraction | None = None
    """What “we have none” (不适用, with its reason) counts as (E75); None where the figure then has no value."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The units in which a clerk may give it: those in ``units``, else those that follow from ``unit``."""
        return offered(self.unit, self.units, self.maximum) if self.numeric else ()

    @property
    def whole(self) -> bool:
        """Only whole numbers make sense."""
        return self.kind is Kind.COUNT

    @property
    def awarded(self) -> bool:
        """Points that somebody awards: two decimals at most, as all scores have (decision E6)."""
        return self.kind is Kind.POINTS

    @property
    def numeric(self) -> bool:
        return self.kind not in (Kind.YESNO, Kind.CHOICE)


class Figure(Struct, frozen=True, dict=True):
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
    units: tuple[str, ...] = ()
    none: Fraction | None = None
    """As for a slot; of a table, that there are no rows."""

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
                 self.same_as, self.fixed, self.options, self.merge, self.units, self.none),
        )  # fmt: skip


class Query(Struct, frozen=True):
    """Something the office is asked to look at when ``when`` holds."""

    when: Node
    say: str


class Indicator(Struct, frozen=True):
    """``weight`` is the share of the category's mark. ``deduct_max`` is the most points a deduction takes, None without
    a limit. Under stars the rule gives the level, ``points`` what each level earns (empty: nothing is added up), and
    ``leading`` marks the indicators printed with ★."""

    code: str
    category: str
    name: str
    weight: Fraction
    rule: Rule
    source: str
    role: Role = Role.SCORED
    deduct_max: Fraction | None = None
    points: Mapping[int, Fraction] = field(default_factory=dict)
    leading: bool = False
    evidence: tuple[str, ...] = ()
    note: str = ""
    queries: tuple[Query, ...] = ()

    @property
    def deducts(self) -> bool:
        return self.role is Role.DEDUCTION

    @property
    def starred(self) -> bool:
        """Whether the rule gives a star level."""
        return self.role is Role.SCORED and isinstance(self.rule.result, Stars)

    @property
    def levels(self) -> tuple[tuple[int, Node], ...]:
        """The levels that the text sets conditions for, the highest first."""
        return self.rule.result.levels if isinstance(self.rule.result, Stars) else ()

    @property
    def full(self) -> Fraction:
        """The highest mark: on the category's scale of 100, or in points; 0 for what earns nothing."""
        if self.role is not Role.SCORED:
            return Fraction(0)
        return max(self.points.values()) if self.points else 100 * self.weight


class Category(Struct, frozen=True):
    """``weights_open`` says why the printed weights of its indicators do not make 100 %, where they do not. ``items``
    are indicators that the text merely names: without weights of their own, the category is marked as a whole (E49)."""

    code: str
    dimension: str
    name: str
    weight: Fraction
    weights_open: str = ""
    items: tuple[Option, ...] = ()


class Dimension(Struct, frozen=True):
    """``apart``: reported beside the total and never in it (自选指标, E49), with at most so many categories, and so
    many indicators in each; 0 is no limit."""

    code: str
    name: str
    weight: Fraction
    apart: bool = False
    most_categories: int = 0
    most_indicators: int = 0


class Notice(Struct, frozen=True):
    """What every user of a system should know, with the erratum it rests on."""

    about: str
    text: str


class Catalog(Struct, frozen=True, dict=True):
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
    scheme: Scheme = Scheme.WEIGHTS
    target: int = 0
    """The star level aimed for; 0 where there are no stars."""
    settings: Settings = DEFAULT_SETTINGS
    short: str = ""
    """A name of a few characters, put before codes where several systems stand side by side."""
    parts: tuple[Catalog, ...] = ()
    """The systems laid together in this one, where it is what departments are asked for several of them."""

    @property
    def systems(self) -> tuple[Catalog, ...]:
        """The systems to score: those laid together, or this one."""
        return self.parts or (self,)

    def code_of(self, system: Catalog, code: str) -> str:
        """How a system's code stands in this catalog: two systems give one code different meanings (E15)."""
        return f"{system.short} {code}" if self.parts else code

    @property
    def graded(self) -> bool:
        """Whether there are points to add up; some star systems have none."""
        return self.scheme is Scheme.WEIGHTS or any(indicator.points for indicator in self.indicators)

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

        found = {}
        for indicator in self.indicators:
            used = {name.partition(".")[0] for name in names_used(indicator.rule)}
            found[indicator.code] = tuple(figure for key, figure in self.figures.items() if key in used)
        return found

    @cached_property
    def means_of(self) -> Mapping[str, tuple[Mean, ...]]:
        """Table -> the aggregates that the rules ask of it, each once."""
        found: dict[str, dict[Mean, None]] = {key: {} for key, figure in self.figures.items() if figure.columns}
        for node in (node for indicator in self.indicators for node in walk(indicator.rule)):
            if isinstance(node, Mean):
                found[node.table][node] = None
        return {key: tuple(means) for key, means in found.items()}

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
        """Points of the total that one point of the indicator's mark is worth."""
        if indicator.role is not Role.SCORED or indicator.starred:
            return Fraction(1)
        return self.category_of[indicator.code].weight

    def has_categories(self, dimension: Dimension) -> bool:
        """Whether the text divides a dimension further; where not, one category stands for the whole of it."""
        return any(category.code != dimension.code for category in self.categories_of(dimension))

    @property
    def shown_dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions that hold anything; one kept apart may be empty."""
        return tuple(d for d in self.dimensions if not d.apart or any(True for _ in self.categories_of(d)))

    def label(self, name: str) -> str:
        """The wording of a figure, a checklist's item, a choice's option or a table's column."""
        key, _, member = name.partition(".")
        figure = self.figures[key]
        if not member:
            return figure.label
        named = {option.key: option.label for option in (*figure.items, *figure.options)}
        named |= {column.key: column.label for column in figure.columns}
        return named[member]

    def unit(self, name: str) -> str | None:
        """The unit of a figure, an item or a column; None for what is answered by yes or no."""
        key, _, member = name.partition(".")
        figure = self.figures.get(key)
        named = {slot.key.rpartition(".")[2]: slot for slot in (*figure.slots, *figure.columns)} if figure else {}
        slot = named.get(member or key)
        return "" if slot is None else None if slot.kind is Kind.YESNO else slot.unit


class Department(Struct, frozen=True):
    """``elsewhere`` is the name where another city takes the assignment over, if ``name`` bears its own city's."""

    key: str
    name: str
    aliases: tuple[str, ...] = ()
    elsewhere: str = ""


class Assignment(Struct, frozen=True):
    """A city's sharing-out of the figures. In every tuple of departments the lead department stands first.

    City, title, document, round, deadlines and recipients are those of the round that it is used in; "" where that says
    none; ``period`` is the time that the round evaluates. ``deadline`` and ``contacts_deadline`` (of the list of
    leaders and contacts, where a notice wants it earlier) are ISO dates; ``phone``, ``mail`` and ``address`` are the
    office's.
    """

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
    notices: tuple[Notice, ...] = ()
    """What is this sharing-out's own choice and not printed, and what is printed and not asked: for the office."""
    contacts_deadline: str = ""
    period: Period | None = None
    phone: str = ""
    mail: str = ""
    address: str = ""
    places: tuple[str, ...] = ()
    """Proper names of the city that wrote it: what bears one is not said in another city's round."""

    def name(self, department: str) -> str:
        return self.departments[department].name

    def figures_for(self, department: str) -> Iterator[str]:
        return (figure for figure, asked in self.asked.items() if department in asked)
