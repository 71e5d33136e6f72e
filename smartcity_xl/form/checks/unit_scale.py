"""A number out of range that another unit, or a nought more or fewer, would bring back: both readings are told."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from smartcity_xl.books.amounts import say_amount
from smartcity_xl.form.checks.numbers import numbers, problem, shown
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Finding, Slot, Submission
from smartcity_xl.units import factor

_SLIPS = (Fraction(1, 10), Fraction(10), Fraction(1, 10_000), Fraction(10_000))
"""A nought too many or too few, and 万 in place of one or one in place of 万."""


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    for slot, answer, value in numbers(catalog, submission):
        low, high = slot.minimum, slot.maximum
        if low <= value <= high:
            continue
        if readings := other_readings(slot, value, answer.unit, low, high):
            listed = label("word.list").join(readings)
            yield problem("unit-suspected", slot, answer, minimum=shown(low), maximum=shown(high), readings=listed)


def other_readings(slot: Slot, value: Fraction, unit: str, low: Fraction, high: Fraction) -> tuple[str, ...]:
    """What a doubtful amount may have meant, in words: the same number in the figure's other units, and slips of ten
    and of ten thousand, as far as they fall between ``low`` and ``high``. ``value`` and they are in the slot's unit,
    ``unit`` is the one in which the number was given."""
    if value <= 0:
        return ()
    number = value / factor(unit or slot.unit, slot.unit)
    said = {number * factor(other, slot.unit): say_amount(number, other, slot) for other in slot.choices}
    sized = {value * slip: say_amount(value * slip, slot.unit, slot) for slip in _SLIPS}
    return tuple(
        words
        for amount, words in (said | sized | said).items()
        if low <= amount <= high and amount != value and (amount.denominator == 1 or not slot.whole)
    )
