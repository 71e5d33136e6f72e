"""What a run came to, as typed records: the shape of ``results.json``, which ``docs/results.md`` describes.

Numbers are texts, so that nothing passes through a binary float: a ``Score`` has two decimals, an ``Exact`` all it has.
None means: none.
"""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from fractions import Fraction
from typing import Literal

from msgspec import Struct

from smartcity_xl.results.answered import (
    AnswerRecord,
    CellRecord,
    ColumnRecord,
    ConflictRecord,
    ConflictState,
    DecisionRecord,
    FigureRecord,
    PlaceRecord,
    RowRecord,
    SideRecord,
    TrialRecord,
)
from smartcity_xl.results.came import (
    EvidenceRecord,
    FileRecord,
    FileStatus,
    MailRecord,
    MaterialRecord,
    NamedRecord,
    PeopleRecord,
    RulingRecord,
    SaidRecord,
    WrittenRecord,
)
from smartcity_xl.results.found import (
    ChangeRecord,
    CorrectionRecord,
    DepartmentRecord,
    EffectRecord,
    FindingRecord,
    Replaced,
    StandingRecord,
    StatedRecord,
    WordingRecord,
)
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.scored import (
    NO_REACH,
    AssignmentRecord,
    CatalogRecord,
    CategoryRecord,
    DimensionRecord,
    IndicatorRecord,
    MoveRecord,
    RangeRecord,
    ReachRecord,
    SettingsRecord,
    StarsRecord,
    StepRecord,
    TotalRecord,
)

SCHEMA: Literal["xlscore-results/2"] = "xlscore-results/2"


class TermsRecord(Struct, frozen=True):
    """``period`` is the time evaluated, a year or two days; ``contacts_deadline`` a day. "" is what is not said."""

    period: str = ""
    contacts_deadline: str = ""
    basis: str = ""
    recipients: tuple[str, ...] = ()
    phone: str = ""
    mail: str = ""
    address: str = ""


NO_TERMS = TermsRecord()


class Results(Struct, frozen=True):
    """All that a run found out about one system. ``deadline`` is an ISO date, ``total`` None for star systems without
    points, ``stars`` None for others; ``lapsed`` are decisions whose answers have changed, ``rulings`` what
    the office has said of files, the oldest first; ``terms`` is what else the office says of its round; ``reach`` are
    the best steps of all departments."""

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
    rulings: tuple[RulingRecord, ...] = ()
    terms: TermsRecord = NO_TERMS
    reach: ReachRecord = NO_REACH

    @property
    def indicators(self) -> tuple[IndicatorRecord, ...]:
        return tuple(i for dimension in self.dimensions for c in dimension.categories for i in c.indicators)

    @property
    def lost(self) -> tuple[IndicatorRecord, ...]:
        """The settled indicators that lose points of the total, the dearest first."""
        losing = (one for one in self.indicators if one.lost is not None and Fraction(one.lost) > 0)
        return tuple(sorted(losing, key=lambda one: -Fraction(one.lost or 0)))


__all__ = [
    "NO_REACH",
    "SCHEMA",
    "AnswerRecord",
    "AssignmentRecord",
    "CatalogRecord",
    "CategoryRecord",
    "CellRecord",
    "ChangeRecord",
    "ColumnRecord",
    "ConflictRecord",
    "ConflictState",
    "CorrectionRecord",
    "DecisionRecord",
    "DepartmentRecord",
    "DimensionRecord",
    "EffectRecord",
    "EvidenceRecord",
    "Exact",
    "FigureRecord",
    "FileRecord",
    "FileStatus",
    "FindingRecord",
    "IndicatorRecord",
    "MailRecord",
    "MaterialRecord",
    "MoveRecord",
    "NamedRecord",
    "PeopleRecord",
    "PlaceRecord",
    "RangeRecord",
    "ReachRecord",
    "Replaced",
    "Results",
    "RowRecord",
    "RulingRecord",
    "SaidRecord",
    "Score",
    "SettingsRecord",
    "SideRecord",
    "StandingRecord",
    "StarsRecord",
    "StatedRecord",
    "StepRecord",
    "TermsRecord",
    "TotalRecord",
    "TrialRecord",
    "WordingRecord",
    "WrittenRecord",
]
