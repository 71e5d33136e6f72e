"""A figure that has moved further since a previous round than figures of its kind do. The limits are data:
``jumps.toml``.

A department's part of a sum is held against its own part then, any other figure against the value that counted.
Silent where the figure was not asked then, or in another unit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources

from smartcity_xl.form.checks.numbers import problem, shown
from smartcity_xl.form.checks.previous import Previous
from smartcity_xl.model import Answer, Assignment, Catalog, Finding, Kind, Merge, Slot, State, Submission
from smartcity_xl.rules.exact import round_half_up


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a kind of figure may move; see ``jumps.toml``."""

    times: Fraction | None = None
    least: Fraction = Fraction(0)
    points: Fraction | None = None

    def exceeded(self, before: Fraction, now: Fraction) -> bool:
        if self.points is not None:
            return abs(now - before) > self.points
        if self.times is None or max(abs(before), abs(now)) < self.least or before == now:
            return False
        if before * now <= 0:  # from or to nought, or over it
            return True
        return now / before > self.times or before / now > self.times

    def words(self, unit: str) -> str:
        """The limit in signs that both languages read: ±30%, ×3."""
        return f"±{shown(self.points)}{unit}" if self.points is not None else f"×{shown(self.times or Fraction(0))}"


@cache
def _limits() -> dict[Kind, Limit]:
    data = tomllib.loads((resources.files(__package__) / "jumps.toml").read_text(encoding="utf-8"))
    read = {"times": "times", "from": "least", "points": "points"}
    return {
        Kind(kind): Limit(**{read[name]: Fraction(value) for name, value in entry.items()})
        for kind, entry in data.items()
    }


def check(catalog: Catalog, assignment: Assignment, submission: Submission, previous: Previous) -> Iterator[Finding]:
    for key, answer in submission.answers.items():
        slot = catalog.slots[key]
        if slot.merge is Merge.SUM:
            before = previous.own.get((submission.department, key, ""))
        else:
            before = previous.whole.get(key)
        if previous.units.get(key) == slot.unit:
            yield from _compare(slot, answer, before, previous.round)
    for table in submission.tables.values():
        columns = {column.key: column for column in catalog.figures[table.figure].columns}
        for row in table.rows:
            for key, cell in row.cells.items():
                before = previous.own.get((submission.department, f"{table.figure}.{key}", row.name))
                yield from _compare(columns[key], cell, before, previous.round)


def _compare(slot: Slot, answer: Answer, before: Fraction | None, round_: str) -> Iterator[Finding]:
    limit = _limits().get(slot.kind)
    if limit is None or before is None or answer.state is not State.VALUE or answer.value is None:
        return
    if limit.exceeded(before, answer.value):
        moved = _moved(before, answer.value, slot.kind)
        yield problem(
            "jump", slot, answer, value=shown(answer.value), before=shown(before), round=round_, moved=moved,
            limit=limit.words(slot.unit),
        )  # fmt: skip


def _moved(before: Fraction, now: Fraction, kind: Kind) -> str:
    """The move in signs that both languages read: +35, ×12.5, ÷3."""
    if kind is Kind.SHARE or before * now <= 0:
        return f"{'+' if now > before else '-'}{shown(abs(now - before))}"
    factor = now / before if now > before else before / now
    return f"{'×' if now > before else '÷'}{shown(round_half_up(factor, 1))}"
