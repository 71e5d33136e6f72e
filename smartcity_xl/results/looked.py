"""What a look at files finds, for programs and for the screen: their fate, and what their departments come to."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from smartcity_xl.catalog.duties import indicators_for
from smartcity_xl.model import Outcome
from smartcity_xl.results.record import FindingRecord
from smartcity_xl.results.shown import two


class LookedFile(Struct, frozen=True):
    """What would become of a file, and what it says of itself; ``replaces``: workbooks in whose place it counts."""

    file: str
    sha256: str
    status: str
    department: str
    name: str
    city: str = ""
    round: str = ""
    catalog: str = ""
    version: str = ""
    revision: int = 1
    replaces: tuple[str, ...] = ()


class Point(Struct, frozen=True):
    """An indicator of a department's, as it would score."""

    code: str
    name: str
    standing: str
    score: str | None
    full: str
    star: int | None


class DepartmentLook(Struct, frozen=True):
    """What a department has filled for a system, and what its indicators would come to: ``points`` of ``points_full``
    in the total, None in a system without points; ``open`` is the number of those without a score."""

    department: str
    name: str
    system: str
    asked: int
    filled: int
    indicators: tuple[Point, ...]
    points: str | None
    points_full: str | None
    open: int


class LookRecord(Struct, frozen=True):
    """All that was found, for programs."""

    at: str
    files: tuple[LookedFile, ...]
    departments: tuple[DepartmentLook, ...]
    findings: tuple[FindingRecord, ...]


def score_department(outcome: Outcome, department: str) -> DepartmentLook | None:
    """A department's indicators in a system; None where it is asked for none."""
    status = next((one for one in outcome.departments if one.department.key == department), None)
    codes = {one.code for one in indicators_for(outcome.catalog, outcome.assignment, department)}
    scores = [one for one in outcome.scores.indicators if one.indicator.code in codes]
    if status is None or not scores:
        return None
    points = tuple(
        Point(one.indicator.code, one.indicator.name, one.standing.value,
              None if one.score is None else two(one.score), two(one.indicator.full), one.star)
        for one in scores
    )  # fmt: skip
    graded = outcome.catalog.graded
    brought = sum((one.points or Fraction(0) for one in scores), Fraction(0))
    full = sum((one.points_full for one in scores), Fraction(0))
    return DepartmentLook(
        department, status.department.name, outcome.catalog.title, status.asked, status.filled, points,
        two(brought) if graded else None, two(full) if graded else None,
        sum(one.score is None and one.star is None for one in scores),
    )  # fmt: skip
