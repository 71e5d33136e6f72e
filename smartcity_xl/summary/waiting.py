"""The foot of the first page: who has not reported, what is contested, and what changed since the last collection."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest

from smartcity_xl.books.cells import Spot
from smartcity_xl.ledger import local_time
from smartcity_xl.messages import label
from smartcity_xl.model import Conflict, Outcome
from smartcity_xl.results.changes import Changes, Moved, compare
from smartcity_xl.results.highlights import silent
from smartcity_xl.results.record import Results
from smartcity_xl.results.shown import shown_value, two
from smartcity_xl.summary.disputes import name_figure
from smartcity_xl.summary.front import HALF, LAST, LINE, Front
from smartcity_xl.summary.places import spot

_SHOWN = 5
_NAMES = 8
_CODES = 12
_SIGNS = 70
Said = tuple[str, Spot | None]


def write_waiting(front: Front, at: int) -> int:
    """Side by side, line by line; gives the row after them."""
    page = front.page
    left, right = list(_silent(front)), list(_conflicts(front))
    asked = [one for one in front.record.departments if one.asked]
    reported = sum(one.reported for one in asked)
    number = sum(not conflict.chosen for conflict in front.outcome.merged.conflicts)
    front.section(at, label("overview.silent", reported=reported, asked=len(asked)), 0, HALF - 1)
    front.section(at, label("overview.contested", number=number), HALF, LAST)
    for at, pair in enumerate(zip_longest(left, right, fillvalue=("", None)), start=at + 1):
        for (text, to), first, last in zip(pair, (0, HALF), (HALF - 1, LAST), strict=True):
            page.merged(at, first, last, text, "line", to if text else None)
        page.height(at, {0: pair[0][0], HALF: pair[1][0]}, least=LINE)
    return at + 1


def _silent(front: Front) -> Iterator[Said]:
    waiting, graded = silent(front.record), front.outcome.catalog.graded
    if not waiting:
        yield label("overview.none_silent"), None
    for one in waiting[:_SHOWN]:
        code = "overview.waits" if graded else "overview.waits_items"
        held = one.held if graded else str(int(Fraction(one.held)))
        yield label(code, name=one.name, held=held), front.places.departments.get(one.key)
    if len(waiting) > _SHOWN:
        yield label("overview.more_silent", number=len(waiting) - _SHOWN), spot("departments", 0)


def _conflicts(front: Front) -> Iterator[Said]:
    waiting = [one for one in front.outcome.merged.conflicts if not one.chosen]
    if not waiting:
        yield label("overview.none_contested"), None
    for one in waiting[:_SHOWN]:
        text = _word_conflict(front.outcome, one)
        yield text if len(text) <= _SIGNS else f"{text[: _SIGNS - 1]}…", front.places.conflicts.get(one.subject)
    if len(waiting) > _SHOWN:
        yield label("overview.more_contested", number=len(waiting) - _SHOWN), spot("decisions", 0)


def _word_conflict(outcome: Outcome, conflict: Conflict) -> str:
    """What is contested, and what is said of it."""
    code = outcome.catalog.used_by[conflict.figure.partition(".")[0]][0]
    slot = outcome.catalog.slots.get(conflict.figure)
    values = (shown_value(slot, side.answers[0].value) for side in conflict.sides) if slot else ()  # type: ignore[union-attr]
    state = label(f"decide.state_{conflict.state}")
    said = label("overview.or").join(values)
    return label("overview.conflict", code=code, name=name_figure(outcome.catalog, conflict.figure), said=said,
                 state=state).replace("：；", "；")  # fmt: skip


def write_changes(front: Front, at: int) -> int:
    """What changed since the last collection; gives the row after it."""
    when = label("overview.since_when", when=local_time(front.past.at)) if front.past.at else ""
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
