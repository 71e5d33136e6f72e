"""The one map of a template workbook: which sheet and column holds what, for the writer and the reader alike.

The map travels inside the workbook. The first row of every sheet that carries answers is hidden and names its
columns; its first cell is the sheet's *marker*. The first column, hidden too, holds the key of each row. A reader
therefore finds answers wherever rows, columns and sheets have been moved or renamed. Rows and columns count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property

from msgspec import Struct, field

from smartcity_xl.books.identity import MARKER
from smartcity_xl.catalog.duties import indicators_for, is_required, sees_all
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Figure, Indicator, Kind, Merge, Slot
from smartcity_xl.rules.tree import Mean

COVER, FIGURES, EVIDENCE, SCORES, TABLE = "cover", "figures", "evidence", "scores", "table"

SURVEY, SURVEY_GROUPS = "survey", "survey-groups"
"""The sheets of a survey's results whose numbers prove each other."""

PAPER_SHEET = "_xlscore_paper"
"""The hidden sheet that computes the code on the cover; it has no map, and nothing in it is read."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    COVER: ("key", "label", "value"),
    FIGURES: ("key", "code", "label", "value", "unit", "check", "guidance", "as_of", "remark", "explanation", "number",
              "open", "gap", "factor", "amount", "bare", "group", "sheet"),
    EVIDENCE: ("key", "code", "indicator", "wanted", "title", "file", "remark"),
    SCORES: ("key", "code", "name", "weight", "score", "full", "points", "points_full", "state", "how",
             "next", "gap5", "gap4", "gap3", "gap2", "gap1"),
    SURVEY: ("key", "label", "value", "note", "first", "exact"),
    SURVEY_GROUPS: ("key", "grouping", "group", "number", "share", "score", "low", "high", "note", "total", "squares"),
}  # fmt: skip
"""Sheet -> its columns, left to right; the first is the key. A table's are given by its ``TablePlan``."""

INPUTS: Mapping[str, tuple[str, ...]] = {
    COVER: ("value",),
    FIGURES: ("value", "unit", "as_of", "remark", "explanation"),
    EVIDENCE: ("title", "file", "remark"),
    SURVEY: ("value", "exact"),
    SURVEY_GROUPS: ("number", "score", "low", "high", "total", "squares"),
}
"""Sheet -> the columns that a clerk fills, or whose numbers are read back."""

OPTIONAL = frozenset({"explanation"})
"""Input columns that a sheet may be without: templates of older editions have none of them."""

PEOPLE = (
    "leader.name", "leader.post", "leader.phone",
    "contact.name", "contact.post", "contact.phone", "contact.mobile", "contact.mail",
)  # fmt: skip
"""Keys of the cover's rows for the responsible leader and the contact person."""

TABLE_NAME = "name"
"""The column of a table that names the row (the hospital)."""


def heading_of(catalog: Catalog, role: str, name: str) -> str:
    """What stands above a column that is filled, as people see it; of the hidden one, where it is."""
    if name == "key":
        return label("word.key_column")
    if role.startswith(f"{TABLE}:") and (figure := catalog.figures.get(role.partition(":")[2])):
        heads = {TABLE_NAME: figure.row_label, **{column.key: column_head(column) for column in figure.columns}}
        return heads.get(name, name)
    if role == EVIDENCE:
        return label("evidence.title_column" if name == "title" else f"evidence.{name}")
    return label(f"figures.{name}")


class FigureRow(Struct, frozen=True):
    """A row of the figures sheet that has a key: a slot, or a table that is filled on a sheet of its own."""

    row: int
    figure: Figure
    slot: Slot | None
    required: bool

    @property
    def key(self) -> str:
        return self.slot.key if self.slot else self.figure.key


class HeadRow(Struct, frozen=True):
    """A row that heads an indicator's figures, or (with ``figure``) the items of a checklist."""

    row: int
    indicator: Indicator
    figure: Figure | None = None


class TablePlan(Struct, frozen=True, dict=True):
    """A table's own sheet. ``means`` are the aggregates that rules ask of it, one helper column each."""

    figure: Figure
    sheet: str
    means: tuple[Mean, ...]

    FIRST_ROW = 5
    TOTALS_ROW = 1
    """Hidden below the map: the totals of the helper columns."""

    @property
    def marker(self) -> str:
        return f"{MARKER}{TABLE}:{self.figure.key}"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        helpers = tuple(f"mean{number}" for number in range(len(self.means)))
        return ("key", TABLE_NAME, *(column.key for column in self.figure.columns), "check", "state", *helpers)

    def column(self, name: str) -> int:
        return self.columns.index(name)

    @property
    def heads(self) -> Mapping[str, str]:
        """Column -> its heading, for the columns that are filled."""
        named = {column.key: column_head(column) for column in self.figure.columns}
        return {TABLE_NAME: self.figure.row_label, **named}

    @property
    def rows(self) -> range:
        return range(self.FIRST_ROW, self.FIRST_ROW + self.figure.rows)

    def mean_column(self, mean: Mean) -> int:
        return self.column(f"mean{self.means.index(mean)}")


class ScoreRow(Struct, frozen=True):
    """An indicator of the department. ``visible``: it holds every figure and no merging changes them; ``others``: the
    departments that answer too, of a visible one those that must give the same."""

    row: int
    indicator: Indicator
    visible: bool
    others: tuple[str, ...]


class ScoreSection(Struct, frozen=True):
    """One system on the sheet of scores. ``head`` is the row of its name where there are several; ``total`` the row
    below its indicators."""

    system: Catalog
    head: int | None
    scores: tuple[ScoreRow, ...]
    total: int


class TemplatePlan(Struct, frozen=True, dict=True):
    """Where everything stands in one department's workbook."""

    catalog: Catalog
    assignment: Assignment
    department: str
    heads: tuple[HeadRow, ...]
    rows: tuple[FigureRow, ...]
    tables: tuple[TablePlan, ...]
    sections: tuple[ScoreSection, ...]
    lines: Mapping[str, int] = field(default_factory=dict)
    """Indicator -> lines of its evidence list, where they are more than a blank one has."""

    FIRST_ROW = 4
    """First row below the headings, on the figures, scores and evidence sheets."""

    @cached_property
    def scores(self) -> tuple[ScoreRow, ...]:
        return tuple(score for section in self.sections for score in section.scores)

    @cached_property
    def row_of(self) -> Mapping[str, FigureRow]:
        return {row.key: row for row in self.rows}

    @property
    def last_row(self) -> int:
        return max((row.row for row in self.rows), default=self.FIRST_ROW)

    @cached_property
    def list_rows(self) -> Mapping[str, int]:
        """Shared checklist -> the row that heads it."""
        found = {head.figure.key: head for head in self.heads if head.figure}
        return {
            key: head.row for key, head in found.items() if head.figure and is_shared_list(self.assignment, head.figure)
        }

    def codes_of(self, figure: Figure) -> list[str]:
        """The department's indicators that a figure counts for."""
        mine = {score.indicator.code for score in self.scores}
        return [code for code in self.catalog.used_by[figure.key] if code in mine]

    def table(self, key: str) -> TablePlan:
        return next(table for table in self.tables if table.figure.key == key)


def is_shared_list(assignment: Assignment, figure: Figure) -> bool:
    """Whether a figure is a checklist that several departments tick: what stands beside its items (date, remark,
    explanation) is asked once for the whole list."""
    return figure.kind is Kind.CHECKLIST and figure.merge is Merge.ANY and len(assignment.asked[figure.key]) > 1


@cache
def column(sheet: str, name: str) -> int:
    return COLUMNS[sheet].index(name)


def shown_unit(slot: Slot) -> str:
    """What stands in the unit column of a figure: its unit, or how it is answered."""
    return slot.unit or label("figures.choose" if slot.kind is Kind.CHOICE else "figures.tick")


def column_head(column: Slot) -> str:
    """The heading of a table's column."""
    return f"{column.label}（{column.unit}）"


def plan_template(catalog: Catalog, assignment: Assignment, department: str, sheets: Mapping[str, str]) -> TemplatePlan:
    """Lay out a department's workbook. ``sheets`` names the table sheets: key ``table``, with {number}."""
    mine = set(assignment.figures_for(department))
    indicators = indicators_for(catalog, assignment, department)
    heads: list[HeadRow] = []
    rows: list[FigureRow] = []
    tables: list[TablePlan] = []
    placed: set[str] = set()
    at = TemplatePlan.FIRST_ROW
    for indicator in indicators:
        new = [f for f in catalog.figures_of[indicator.code] if f.key in mine and f.key not in placed]
        if not new:
            continue
        heads.append(HeadRow(at, indicator))
        at += 1
        for figure in new:
            placed.add(figure.key)
            required = is_required(assignment, figure, department)
            if figure.kind is Kind.TABLE:
                name = sheets[TABLE].format(number=len(tables) + 1)
                tables.append(TablePlan(figure, name, catalog.means_of[figure.key]))
                rows.append(FigureRow(at, figure, None, required))
                at += 1
                continue
            if figure.kind is Kind.CHECKLIST:
                heads.append(HeadRow(at, indicator, figure))
                at += 1
            for slot in figure.slots:
                rows.append(FigureRow(at, figure, slot, required))
                at += 1
    sections = tuple(_plan_sections(catalog, assignment, department, indicators))
    return TemplatePlan(catalog, assignment, department, tuple(heads), tuple(rows), tuple(tables), sections)


def _plan_sections(
    catalog: Catalog, assignment: Assignment, department: str, indicators: tuple[Indicator, ...]
) -> Iterator[ScoreSection]:
    """The sheet of scores, system by system: its name, its indicators, its total."""
    at = TemplatePlan.FIRST_ROW
    for system in catalog.systems:
        codes = {catalog.code_of(system, indicator.code) for indicator in system.indicators}
        mine = [indicator for indicator in indicators if indicator.code in codes]
        if not mine:
            continue
        head = at if catalog.parts else None
        first = at + len(catalog.parts[:1])
        scores = tuple(
            _score_row(row, catalog, assignment, department, indicator)
            for row, indicator in enumerate(mine, start=first)
        )
        at = first + len(scores) + 1
        yield ScoreSection(system, head, scores, at - 1)


def _score_row(row: int, catalog: Catalog, assignment: Assignment, department: str, indicator: Indicator) -> ScoreRow:
    visible, figures = sees_all(catalog, assignment, department, indicator), catalog.figures_of[indicator.code]
    shared = (figure for figure in figures if not visible or figure.merge is Merge.AGREE)
    others = dict.fromkeys(d for figure in shared for d in assignment.asked[figure.key] if d != department)
    return ScoreRow(row, indicator, visible, tuple(others))
