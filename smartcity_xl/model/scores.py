"""What becomes of the answers of a round: the tree of scores, and the outcome of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.model.answers import Answer, Submission
from smartcity_xl.model.bounds import Advances, ScoreBounds
from smartcity_xl.model.catalog import Assignment, Catalog, Category, Department, Dimension, Indicator
from smartcity_xl.model.decisions import Conflict, Decision
from smartcity_xl.model.documents import Documents, Evidenced, PeopleEntry
from smartcity_xl.model.findings import Finding
from smartcity_xl.model.merged import MergedSlot, MergedTable, Standing
from smartcity_xl.model.parcels import Receipt
from smartcity_xl.model.rulings import NO_RULINGS, Rulings
from smartcity_xl.rules.tree import Node


class Merged(Struct, frozen=True):
    """All answers of a round, one for each slot and table of the catalog. ``conflicts`` holds the decided ones too;
    ``lapsed`` are decisions whose answers are no longer what they were made over."""

    slots: Mapping[str, MergedSlot]
    tables: Mapping[str, MergedTable]
    findings: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...] = ()
    lapsed: tuple[Decision, ...] = ()


class Gap(Struct, frozen=True):
    """One condition of a star level that does not hold: the condition with its parts written out, and, where it
    compares a number with a constant, the number."""

    condition: Node
    found: Fraction | None = None


class NextStar(Struct, frozen=True):
    """The next level above the one reached, and all that keeps the indicator from it."""

    level: int
    gaps: tuple[Gap, ...]


class IndicatorScore(Struct, frozen=True):
    """``score`` is on the category's scale (0–100 × weight), or minus the points deducted, or the points of the star;
    ``points`` are what it is worth in the total, unrounded, of ``points_full``. Both None unless settled, and for what
    earns no points.

    ``mark`` is the rule's exact result before the weight; ``parts`` its b1, b2, …; ``open`` the slots and tables that
    keep an unsettled indicator from a score. ``star`` is the level reached, None where there are no levels.
    """

    indicator: Indicator
    standing: Standing
    score: Fraction | None
    mark: Fraction | None
    parts: Mapping[str, Fraction]
    open: tuple[str, ...]
    points: Fraction | None
    points_full: Fraction
    star: int | None = None
    next_star: NextStar | None = None


class CategoryScore(Struct, frozen=True):
    category: Category
    score: Fraction
    full: Fraction
    indicators: tuple[IndicatorScore, ...]


class DimensionScore(Struct, frozen=True):
    dimension: Dimension
    score: Fraction
    full: Fraction
    categories: tuple[CategoryScore, ...]


class Scores(Struct, frozen=True):
    """``total`` counts what is settled; ``final`` says that nothing is open. ``assessed`` are the full marks (points)
    that the settled indicators cover. Dimensions kept apart are in neither: ``apart`` is what they add up to."""

    total: Fraction
    assessed: Fraction
    final: bool
    dimensions: tuple[DimensionScore, ...]
    findings: tuple[Finding, ...]
    apart: Fraction
    full: Fraction
    """The highest total there can be."""

    @property
    def indicators(self) -> Iterator[IndicatorScore]:
        for dimension in self.dimensions:
            for category in dimension.categories:
                yield from category.indicators

    def reading(self, catalog: Catalog, key: str) -> list[IndicatorScore]:
        """The indicators whose rules read a figure, given by its key or that of one of its slots."""
        codes = catalog.used_by[key.partition(".")[0]]
        return [score for score in self.indicators if score.indicator.code in codes]


class Held(Struct, frozen=True):
    """Points of the total that a department's open answers keep back, and the indicators that wait for them."""

    points: Fraction
    indicators: tuple[str, ...]


class DepartmentStatus(Struct, frozen=True):
    """``filled`` of ``asked`` required slots and tables hold an answer; ``files`` are those taken."""

    department: Department
    files: tuple[str, ...]
    filled: int
    asked: int
    held: Held = Held(Fraction(0), ())

    @property
    def reported(self) -> bool:
        return bool(self.files)


class Change(Struct, frozen=True):
    """A slot (or a table's column, in the row ``item``) that two workbooks of a department answer differently.

    A side has no answer where the cell was blank, and several where workbooks of equal standing differ.
    """

    slot: str
    item: str
    before: tuple[Answer, ...]
    after: tuple[Answer, ...]


class Effect(Struct, frozen=True):
    """An indicator that scores otherwise with the earlier workbook in the later one's place."""

    before: IndicatorScore
    after: IndicatorScore


class Correction(Struct, frozen=True):
    """A department's workbooks and those that replaced them, ``by`` their ``revision``, when they were ``received``, or
    the office's ``ruling``.

    ``total_before`` and ``total_after`` are the totals with either in place, all other departments as they stand now.
    """

    department: str
    earlier: tuple[str, ...]
    later: tuple[str, ...]
    by: str
    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]
    total_before: Fraction
    total_after: Fraction


class Round(Struct, frozen=True):
    """What departments were asked, in all systems together, and what they sent: the workbooks in force, undivided.

    ``histories`` are those in force and those that they replaced (``score.corrections.History``), ``placed`` which the
    office put where they stand, ``decisions`` what the office decided: all that the scores rest on.
    """

    catalog: Catalog
    assignment: Assignment
    submissions: tuple[Submission, ...]
    histories: tuple[tuple[tuple[Submission, ...], ...], ...] = ()
    placed: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()


class Outcome(Struct, frozen=True):
    """All that one run of ``collect`` found out; what the summary and the results are written from.

    ``submissions`` are the departments' forms that count, ``surveys`` the results of surveys; ``superseded`` are those
    that later ones replaced.
    """

    catalog: Catalog
    assignment: Assignment
    round: str
    receipts: tuple[Receipt, ...]
    submissions: tuple[Submission, ...]
    departments: tuple[DepartmentStatus, ...]
    merged: Merged
    scores: Scores
    findings: tuple[Finding, ...]
    documents: Documents = field(default_factory=Documents)
    evidenced: Evidenced = field(default_factory=Evidenced)
    people: tuple[PeopleEntry, ...] = ()
    beside: tuple[Outcome, ...] = ()
    """What the same workbooks came to under the other systems of the campaign."""
    aside: tuple[Submission, ...] = ()
    """Workbooks whose sender the office has yet to admit, or that it has taken out: shown, not scored."""
    surveys: tuple[Submission, ...] = ()
    superseded: tuple[Submission, ...] = ()
    corrections: tuple[Correction, ...] = ()
    whole: Round | None = None
    """The round behind all systems; only the first of several outcomes carries it."""
    trials: Mapping[str, tuple[Scores, ...]] = field(default_factory=dict)
    """Conflict (its subject) -> the scores with each of its sides in place, all else as it stands."""

    anchor: str = ""
    """What stands for all that the ledger knew of what came, where the summary is to say so."""
    rulings: Rulings = NO_RULINGS
    """What the office has said of files that came."""
    bounds: ScoreBounds | None = None
    """Between which values every level can still lie."""
    steps: Advances | None = None
    """What would win points back."""

    @property
    def conflicts(self) -> Mapping[str, Conflict]:
        """The conflicts of all systems of the campaign by their subjects, each once, in order."""
        return {conflict.subject: conflict for one in (self, *self.beside) for conflict in one.merged.conflicts}
