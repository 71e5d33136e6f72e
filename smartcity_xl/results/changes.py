"""What changed between two collections of one round, by their records."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.results.highlights import open_conflicts
from smartcity_xl.results.record import ConflictRecord, IndicatorRecord, Results


class Moved(Struct, frozen=True):
    """An indicator that stands otherwise; ``points`` is what that brought to the total, or took from it."""

    before: IndicatorRecord | None
    after: IndicatorRecord

    @property
    def points(self) -> Fraction:
        before = self.before.points if self.before else None
        return Fraction(self.after.points or 0) - Fraction(before or 0)

    @property
    def newly_scored(self) -> bool:
        return _scored(self.after) and not (self.before and _scored(self.before))

    @property
    def no_longer_scored(self) -> bool:
        return bool(self.before and _scored(self.before)) and not _scored(self.after)


def _scored(indicator: IndicatorRecord) -> bool:
    return indicator.mark is not None or indicator.star is not None


class Changes(Struct, frozen=True):
    """``moved`` in the order of the system, ``reported`` and ``withdrawn`` are names of departments, ``files`` the
    number of files that had not come; the conflicts are numbers."""

    moved: tuple[Moved, ...]
    reported: tuple[str, ...]
    withdrawn: tuple[str, ...]
    files: int
    conflicts_new: int
    conflicts_settled: int

    @property
    def nothing(self) -> bool:
        return self == Changes((), (), (), 0, 0, 0)


def compare(before: Results, after: Results) -> Changes:
    """What changed from one collection to a later one of the same round and system."""
    known = {one.code: one for one in before.indicators}
    moved = (Moved(known.get(one.code), one) for one in after.indicators)
    then = {one.name for one in before.departments if one.reported}
    now = [one.name for one in after.departments if one.reported]
    hashes = {one.sha256 for one in before.files}
    old, new = set(_subjects(before)), set(_subjects(after))
    return Changes(
        tuple(one for one in moved if one.before is None or _shown(one.before) != _shown(one.after)),
        tuple(name for name in now if name not in then),
        tuple(sorted(then - set(now))),
        len({one.sha256 for one in after.files if one.sha256} - hashes),
        len(new - old),
        len(old - new),
    )


def _shown(indicator: IndicatorRecord) -> tuple[object, ...]:
    return indicator.standing, indicator.score, indicator.points, indicator.star, indicator.mark


def _subjects(record: Results) -> Iterator[tuple[str, str | None]]:
    conflicts: tuple[ConflictRecord, ...] = open_conflicts(record)
    yield from ((one.figure, one.department) for one in conflicts)
