"""The parts of a record that a look at a round goes by: ``results.record`` has what they mean. A look would else decode
the whole record, and load all types of it and of the model, to tell a page.

What is not named here is passed over as it is read; the store has proven that the record is the one that was written.
"""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from smartcity_xl.ledger import Ledger, Run
from smartcity_xl.results.runs import stored_runs

TAKEN, DUPLICATE = "taken", "duplicate"
"""Two of what can become of a file (``FileStatus``)."""


class _OfToday(Struct, frozen=True):
    """A record of today's schema: one of an older is told by it, and read whole."""

    schema: Literal["xlscore-results/2"]


class TitleGlance(Struct, frozen=True):
    title: str


class RangeGlance(Struct, frozen=True):
    floor: str | None
    ceiling: str | None


class TotalGlance(Struct, frozen=True):
    score: str
    full: str
    final: bool
    range: RangeGlance | None = None


class TermsGlance(Struct, frozen=True):
    contacts_deadline: str = ""


class DepartmentGlance(Struct, frozen=True):
    key: str
    name: str
    reported: bool
    files: tuple[str, ...]
    asked: int
    filled: int
    errors: int
    queries: int
    stake: str
    held: str
    holds: tuple[str, ...]


_NO_TERMS = TermsGlance()


class StatusGlance(_OfToday, frozen=True):
    """What ``status`` goes by."""

    catalog: TitleGlance
    deadline: str
    total: TotalGlance | None
    departments: tuple[DepartmentGlance, ...]
    terms: TermsGlance = _NO_TERMS


class CellGlance(Struct, frozen=True):
    department: str
    state: str
    raw: str
    unit: str | None
    used: bool
    file: str
    sheet: str
    cell: str


class RowGlance(Struct, frozen=True):
    name: str
    cells: Mapping[str, CellGlance]


class AnswerGlance(CellGlance, frozen=True):
    rows: tuple[RowGlance, ...] | None


class FigureGlance(Struct, frozen=True):
    key: str
    label: str
    unit: str | None
    standing: str
    value: str | None
    indicators: tuple[str, ...]
    answers: tuple[AnswerGlance, ...]


class IndicatorGlance(Struct, frozen=True):
    code: str
    name: str
    standing: str
    score: str | None
    full: str
    points: str | None
    points_full: str
    star: int | None


class CategoryGlance(Struct, frozen=True):
    indicators: tuple[IndicatorGlance, ...]


class DimensionGlance(Struct, frozen=True):
    categories: tuple[CategoryGlance, ...]


class NameGlance(Struct, frozen=True):
    key: str
    name: str


class FileGlance(Struct, frozen=True):
    file: str
    sha256: str | None
    status: str
    department: str | None
    reasons: tuple[str, ...]


class TraceGlance(_OfToday, frozen=True):
    """What ``trace`` goes by."""

    dimensions: tuple[DimensionGlance, ...]
    figures: tuple[FigureGlance, ...]
    departments: tuple[NameGlance, ...]
    files: tuple[FileGlance, ...]

    @property
    def indicators(self) -> tuple[IndicatorGlance, ...]:
        return tuple(i for dimension in self.dimensions for c in dimension.categories for i in c.indicators)


_Glance = TypeVar("_Glance", StatusGlance, TraceGlance)


def glance_runs(ledger: Ledger, shape: type[_Glance], as_of: str = "") -> tuple[tuple[Run, _Glance], ...]:
    """The newest run, or the newest as of a moment, with those parts of its record: one for each system it scored.

    Raises as ``read_runs``.
    """
    return tuple((run, _glance(data, name, shape)) for run, data, name in stored_runs(ledger, as_of))


def _glance(data: bytes, name: str, shape: type[_Glance]) -> _Glance:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        from smartcity_xl.results.files import read_results, write_results  # an older schema, or a fault to be told

        return msgspec.json.decode(write_results(read_results(data, name)), type=shape)
