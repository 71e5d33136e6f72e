"""The parts of a record that many cities are summed up by: ``results.record`` has what they mean. To decode the whole
record takes four times as long, and of a nation's records one process reads all."""

# No annotations as texts here: msgspec would evaluate each anew.

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from smartcity_xl.model import Kind, Role, Standing
from smartcity_xl.results.answered import ConflictState
from smartcity_xl.results.files import read_results
from smartcity_xl.results.numbers import Exact, Score
from smartcity_xl.results.record import NO_TERMS, Results, TermsRecord
from smartcity_xl.results.scored import CatalogRecord, SettingsRecord, StarsRecord, TotalRecord
from smartcity_xl.results.together import find_mixed


class LeanIndicator(Struct, frozen=True):
    code: str
    name: str
    role: Role
    weight: Exact | None
    deduct_max: Exact | None
    standing: Standing
    score: Score | None
    full: Score
    open: tuple[str, ...]
    star: int | None


class LeanCategory(Struct, frozen=True):
    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    indicators: tuple[LeanIndicator, ...]


class LeanDimension(Struct, frozen=True):
    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    categories: tuple[LeanCategory, ...]


class LeanAnswer(Struct, frozen=True):
    department: str
    used: bool
    file: str
    sheet: str
    cell: str


class LeanFigure(Struct, frozen=True):
    key: str
    label: str
    kind: Kind
    unit: str | None
    standing: Standing
    value: Exact | None
    answers: tuple[LeanAnswer, ...]


class LeanConflict(Struct, frozen=True):
    state: ConflictState


class LeanDepartment(Struct, frozen=True):
    key: str
    name: str
    reported: bool
    asked: int
    filled: int
    errors: int
    queries: int
    stake: Score
    held: Score


class LeanRecord(Struct, frozen=True):
    schema: Literal["xlscore-results/2"]
    catalog: CatalogRecord
    city: str
    round: str
    total: TotalRecord | None
    stars: StarsRecord | None
    settings: SettingsRecord
    dimensions: tuple[LeanDimension, ...]
    figures: tuple[LeanFigure, ...]
    conflicts: tuple[LeanConflict, ...]
    departments: tuple[LeanDepartment, ...]
    terms: TermsRecord = NO_TERMS

    @property
    def indicators(self) -> tuple[LeanIndicator, ...]:
        return tuple(i for dimension in self.dimensions for c in dimension.categories for i in c.indicators)


_DECODER = msgspec.json.Decoder(LeanRecord)


def read_lean(source: bytes | Path, name: str = "results.json") -> LeanRecord | Results:
    """The record that a run of ours has written, given as ``read_results`` takes it: what is passed over was proven
    as it was written. One of an older schema, or broken, goes to ``read_results``, which says what is wrong."""
    if isinstance(source, bytes) or source.name not in find_mixed(source.parent):
        try:
            return _DECODER.decode(source if isinstance(source, bytes) else source.read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass
    return read_results(source, name)
