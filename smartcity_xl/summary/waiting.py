"""The foot of the first page: who has not reported, what is contested, and what changed since the last collection."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest

from msgspec import Struct

from smartcity_xl.books.cells import Spot
from smartcity_xl.ledger import local_time
from smartcity_xl.messages import label
from smartcity_xl.model import Answer, Conflict, Outcome
from smartcity_xl.results.changes import Changes, Moved, compare
from smartcity_xl.results.highlights import silent
from smartcity_xl.results.record import Results
from smartcity_xl.results.shown import shown_value, two
from smartcity_xl.summary.disputes import name_figure
from smartcity_xl.summary.front import HALF, LAST, LINE, Front
from smartcity_xl.summary.places import spot

_SHOWN = 4
_NAMES = 8
_CODES = 12
_SIGNS = 60


class HalfLine(Struct, frozen=True):
    """A line of one half: a short word, which leads somewhere, and a text. (LibreOffice cuts off what a link says where
    it does not fit on one line.)"""

    word: str = ""
    text: str = ""
    to: Spot | None = None


def write_waiting(front: Front, at: int) -> int:
    """Side by side, line by line; gives the row after them."""
    page = front.page
    asked = [one for one in front.record.departments if one.asked]
    reported = sum(one.reported for one in asked)
    number = sum(not conflict.chosen for conflict in front.outcome.merged.conflicts)
    front.section(at, label("overview.silent", reported=reported, asked=len(asked)), 0, HALF - 1)
    front.section(at, label("overview.contested", number=number), HALF, LAST)
    for left, right in zip_longest(_silent(front), _conflicts(front), fillvalue=HalfLine()):
        at += 1
        page.merged(at, 0, HALF - 2, left.text, "line")
        page.text(at, HALF - 1, left.word, "line", left.to)
        page.text(at, HALF, right.word, "line", right.to)
        page.merged(at, HALF + 1, LAST, right.text, "line")
        page.height(at, {0: left.text, HALF + 1: right.text}, least=LINE)
    return at + 1


def _silent(front: Front) -> Iterator[HalfLine]:
    waiting, graded = silent(front.record), front.outcome.catalog.graded
    if not waiting:
        yield HalfLine(text=label("overview.none_silent"))
    for one in waiting[:_SHOWN]:
        held = one.held if graded else str(int(Fraction(one.held)))
        unit = label("overview.held" if graded else "overview.held_items", held=held)
        yield HalfLine(unit, label("overview.waits", name=one.name), front.places.departments.get(one.key))
    if len(waiting) > _SHOWN:
        text = label("overview.more_silent", number=len(waiting) - _SHOWN)
        yield HalfLine(label("contents.go"), text, spot("departments", 0))


def _conflicts(front: Front) -> Iterator[HalfLine]:
    waiting = [one for one in front.outcome.merged.conflicts if not one.chosen]
    if not waiting:
        yield HalfLine(text=label("overview.none_contested"))
    for one in waiting[:_SHOWN]:
        code = front.outcome.catalog.used_by[one.figure.partition(".")[0]][0]
        text = _word_conflict(front.outcome, one)
        text = text if len(text) <= _SIGNS else f"{text[: _SIGNS - 1]}…"
        yield HalfLine(code, text, front.places.conflicts.get(one.subject))
    if len(waiting) > _SHOWN:
        text = label("overview.more_contested", number=len(waiting) - _SHOWN)
        yield HalfLine(label("contents.go"), text, spot("decisions", 0))


def _word_conflict(outcome: Outcome, conflict: Conflict) -> str:
    """What is contested, what is said of it, and whether it was sent back."""
    name = name_figure(outcome.catalog, conflict.figure)
    state = label("overview.sent_back") if conflict.state == "back" else ""
    slot, answers = outcome.catalog.slots.get(conflict.figure), [side.answers[0] for side in conflict.sides]
    values = [shown_value(slot, one.value) for one in answers if slot and isinstance(one, Answer)]
    said = label("overview.or").join(values)
    return label("overview.conflict" if said else "overview.conflict_rows", name=name, said=said, state=state)


def write_changes(front: Front, at: int) -> int:
    """What changed since the last collection; gives the row after it."""
    when = label("overview.since_when", when=local_time(front.past.at, front.past.zone)) if front.past.at else ""
    front.section(at, label("overview.since", when=when))
    for line in _changes(front):
        at += 1
        front.page.merged(at, 0, LAST, line, "line")
        front.page.height(at, {0: line}, least=LINE)
    return at + 1


def _changes(front: Front) -> Iterator[str]:
    last, now = front.past.last, front.record
    if last is None:
        yield label("overview.first_time" if front.past.known else "overview.nothing_kept")
        return
    changes = compare(last, now)
    if changes.nothing:
        yield label("overview.unchanged")
        return
    yield from _total(last, now)
    yield from _came(changes)
    yield from _moved(changes, now)


def _total(last: Results, now: Results) -> Iterator[str]:
    if last.total and now.total and last.total.score != now.total.score:
        moved = Fraction(now.total.score) - Fraction(last.total.score)
        yield label("overview.total_moved", before=last.total.score, after=now.total.score, moved=signed(moved))


def _came(changes: Changes) -> Iterator[str]:
    """Who reported, what came, and what became of conflicts, in one line."""
    separator = label("word.separator")
    parts = []
    if changes.reported:
        names = separator.join(changes.reported[:_NAMES]) + ("…" if len(changes.reported) > _NAMES else "")
        parts.append(label("overview.newly_reported", number=len(changes.reported), names=names))
    if changes.withdrawn:
        names = separator.join(changes.withdrawn[:_NAMES])
        parts.append(label("overview.withdrawn", number=len(changes.withdrawn), names=names))
    if changes.files:
        parts.append(label("overview.new_files", number=changes.files))
    if changes.conflicts_new or changes.conflicts_settled:
        new, settled = changes.conflicts_new, changes.conflicts_settled
        parts.append(label("overview.conflicts_moved", new=new, settled=settled))
    if parts:
        yield label("word.list").join(parts) + "。"


def _moved(changes: Changes, now: Results) -> Iterator[str]:
    """The indicators that stand otherwise, in one line for each way."""
    groups = {
        "newly_scored": [one for one in changes.moved if one.newly_scored],
        "no_longer_scored": [one for one in changes.moved if one.no_longer_scored],
        "scored_otherwise": [one for one in changes.moved if not (one.newly_scored or one.no_longer_scored)],
    }
    for name, moved in groups.items():
        if moved:
            codes = label("word.separator").join(_word_moved(one, now) for one in moved[:_CODES])
            points = signed(sum((one.points for one in moved), Fraction(0)))
            more = "…" if len(moved) > _CODES else ""
            code = f"overview.{name}" if now.total else f"overview.{name}_stars"
            yield label(code, number=len(moved), points=points, codes=codes + more)


def _word_moved(one: Moved, now: Results) -> str:
    if now.total:
        return f"{one.after.code}（{signed(one.points)}）" if one.points else one.after.code
    stars = (label("overview.none") if s is None else str(s) for s in (one.before and one.before.star, one.after.star))
    return f"{one.after.code}（{'→'.join(stars)}）"


def signed(value: Fraction) -> str:
    return f"+{two(value)}" if value > 0 else two(value)
