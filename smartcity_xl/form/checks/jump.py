"""A figure that has moved further since a previous round than figures of its kind do. The limits are data:
``jumps.toml``.

Where each department gives its own (a sum, the largest), it is held against its own that counted then; any other figure
against the value that counted, a table against the one that counted, row by row and by name. A value of then is turned
into the unit of now. Silent where the figure or the row was not there then, in a unit that cannot be turned into
today's, or in none that is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from msgspec import Struct

from smartcity_xl.form.checks.numbers import problem, shown
from smartcity_xl.model import Answer, Assignment, Catalog, Finding, Kind, Merge, Slot, State, Submission
from smartcity_xl.results.earlier import EarlierValues
from smartcity_xl.results.previous import row_key
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.shipped import read_shipped
from smartcity_xl.units import factor, read_unit


class Limit(Struct, frozen=True):
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
    data = read_shipped("form/checks/jumps.toml")
    read = {"times": "times", "from": "least", "points": "points"}
    return {
        Kind(kind): Limit(**{read[name]: Fraction(value) for name, value in entry.items()})
        for kind, entry in data.items()
    }


def check(
    catalog: Catalog, assignment: Assignment, submission: Submission, previous: EarlierValues
) -> Iterator[Finding]:
    if not previous.units:
        return  # what has no unit is compared with nothing
    for key, answer in submission.answers.items():
        slot = catalog.slots[key]
        of_each = slot.merge in (Merge.SUM, Merge.LARGEST)
        before = previous.own.get((submission.department, key)) if of_each else previous.whole.get(key)
        yield from _compare(slot, answer, _in_unit(slot, before, previous.units.get(key)), previous.round)
    for table in submission.tables.values():
        columns = {column.key: column for column in catalog.figures[table.figure].columns}
        for row in table.rows:
            for key, cell in row.cells.items():
                name = f"{table.figure}.{key}"
                before = _in_unit(columns[key], previous.rows.get((name, row_key(row.name))), previous.units.get(name))
                yield from _compare(columns[key], cell, before, previous.round)


def _in_unit(slot: Slot, before: Fraction | None, unit: str | None) -> Fraction | None:
    """A value of then in the unit of now; None where there is none, or it cannot be told."""
    if before is None or unit is None or read_unit(unit, slot.unit) != unit:
        return None
    return before * factor(unit, slot.unit)


def _compare(slot: Slot, answer: Answer, before: Fraction | None, round_: str) -> Iterator[Finding]:
    limit = _limits().get(slot.kind)
    if limit is None or before is None or answer.state is not State.VALUE or answer.value is None:
        return
    if limit.exceeded(before, answer.value):
        moved = _moved(before, answer.value, slot)
        yield problem(
            "jump", slot, answer, value=f"{shown(answer.value)} {slot.unit}", before=f"{shown(before)} {slot.unit}",
            round=round_, moved=moved,
            limit=limit.words(slot.unit),
        )  # fmt: skip


def _moved(before: Fraction, now: Fraction, slot: Slot) -> str:
    """The move in signs that both languages read: +35%, -100 个, ×12.5, ÷3."""
    if slot.kind is Kind.SHARE or before * now <= 0:
        unit = slot.unit if slot.kind is Kind.SHARE else f" {slot.unit}"
        return f"{'+' if now > before else '-'}{shown(abs(now - before))}{unit}"
    times = now / before if now > before else before / now
    return f"{'×' if now > before else '÷'}{shown(round_half_up(times, 1))}"
