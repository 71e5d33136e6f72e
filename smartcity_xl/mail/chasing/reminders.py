"""Who is reminded, in which order, and who is left alone and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from smartcity_xl.mail.chasing.boxes import Boxes, Why, address_box
from smartcity_xl.mail.chasing.facts import Came
from smartcity_xl.mail.chasing.receipts import ASIDE
from smartcity_xl.model import Roster
from smartcity_xl.results.open import OpenWork


class Chased(Struct, frozen=True):
    """A department that has not reported or has something open; ``why`` is what stands against writing to it."""

    owing: OpenWork
    to: tuple[str, ...]
    cc: tuple[str, ...]
    why: Why


def why_left(owing: OpenWork, waiting: Collection[str]) -> Why:
    """What stands against reminding a department, whatever its box. ``waiting`` are those with a workbook aside."""
    if not owing.owes:
        return Why.NOTHING_OPEN
    return Why.WAITS_FOR_OFFICE if owing.department in waiting else Why.NOTHING


def choose_reminders(
    owing: Iterable[OpenWork], came: Sequence[Came], roster: Roster, boxes: Boxes
) -> tuple[Chased, ...]:
    """All that owe something, those first for whom most points wait; then those that have sent nothing, then those
    with more to correct."""
    waiting = {file.department for file in came if file.status == ASIDE}
    chased = []
    for one in owing:
        why = why_left(one, waiting)
        if why is Why.NOTHING_OPEN:
            continue
        to, cc, closed = address_box(roster.entries.get(one.department), boxes)
        today = any(address.casefold() in boxes.written for address in (*to, *cc))
        chased.append(Chased(one, to, cc, why or closed or (Why.WRITTEN_TODAY if today else Why.NOTHING)))
    return tuple(sorted(chased, key=_urgency))


def _urgency(one: Chased) -> tuple[object, ...]:
    return (-one.owing.held, one.owing.reported, -one.owing.errors, -one.owing.queries)
