"""Several workbooks of one department -> which of them count, which they replaced, and what that changed.

A later workbook replaces an earlier one whole: by the revision that it carries, and at equal revisions by our own time
of receipt. A sender's clock and the order of files in a folder never decide: where neither tells, all stand side by
side, and ``merge`` counts equal answers once and shows different ones. ``docs/decisions/0007-corrections.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Change,
    Correction,
    Decision,
    Effect,
    Finding,
    Merged,
    Origin,
    Receipt,
    Scores,
    State,
    Submission,
)
from smartcity_xl.score.merge import merge_again
from smartcity_xl.score.scoring import score_again

_UNKNOWN = "9999"
"""Later than any moment: of what nobody knows when it came, nobody says that it came earlier."""
_MOST_NAMED = 20
Generation = tuple[Submission, ...]
"""Workbooks of a department of which none replaces another, in the order of their names."""


History = tuple[Generation, ...]
"""What a department sent of one sort (its form, the results of a survey), the oldest first; the last is in force."""


class Settled(Struct, frozen=True):
    """All workbooks in order; ``received`` says when each came first (hash -> UTC), where it is known; ``again`` when a
    mail brought it last, and under which name."""

    histories: tuple[History, ...]
    received: Mapping[str, str]
    again: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    placed: Mapping[str, str] = field(default_factory=dict)
    """Those that stand where the office put them: hash -> when it said so (UTC)."""

    @property
    def in_force(self) -> tuple[Submission, ...]:
        return _by_name(one for history in self.histories for one in history[-1])

    @property
    def superseded(self) -> tuple[Submission, ...]:
        return _by_name(one for history in self.histories for older in history[:-1] for one in older)

    def seen_by(self, view: Callable[[Submission], Submission]) -> Settled:
        """The same order of the same workbooks, each as ``view`` shows it."""
        shown = (tuple(tuple(map(view, generation)) for generation in history) for history in self.histories)
        return replace(self, histories=tuple(shown))


def settle_submissions(
    submissions: Sequence[Submission],
    received: Mapping[str, str],
    again: Mapping[str, tuple[str, str]] | None = None,
    placed: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
) -> Settled:
    """Put each department's workbooks in order; ``received``, ``again`` and ``placed`` as ``Settled`` has them.

    ``known``: hash -> since when, for what the office puts in the place of the others.
    """
    chosen = placed or {}
    sorts: dict[tuple[str, str], list[Submission]] = {}
    for submission in sorted(submissions, key=lambda one: one.parcel):
        sorts.setdefault((submission.department, submission.identity.kind), []).append(submission)
    histories = tuple(tuple(_in_order(mine, received, chosen, known or {})) for mine in sorts.values())
    return Settled(histories, received, again or {}, chosen)


def _in_order(
    mine: Sequence[Submission], received: Mapping[str, str], placed: Mapping[str, str], known: Mapping[str, str]
) -> list[Generation]:
    """By revision and time; one that the office put in its place after all that it then knew of, and before what has
    turned up since, unless that is on an older form."""
    chosen = [one for one in mine if one.sha256 in placed]
    if not chosen:
        return list(_generations(mine, received))
    last = max(chosen, key=lambda one: (placed[one.sha256], one.parcel))
    before, after = list[Submission](), list[Submission]()
    for one in mine:
        since = known.get(one.sha256, _UNKNOWN) > placed[last.sha256] and one.revision >= last.revision
        if one is not last:
            (after if since else before).append(one)
    return [*_in_order(before, received, placed, known), (last,), *_generations(after, received)]


def _generations(mine: Sequence[Submission], received: Mapping[str, str]) -> Iterator[Generation]:
    for _, same in groupby(sorted(mine, key=lambda one: one.revision), key=lambda one: one.revision):
        equal = list(same)
        if all(one.sha256 in received for one in equal):
            equal.sort(key=lambda one: received[one.sha256])
            yield from (tuple(group) for _, group in groupby(equal, key=lambda one: received[one.sha256]))
        else:
            yield tuple(equal)


def _by_name(submissions: Iterator[Submission]) -> tuple[Submission, ...]:
    return tuple(sorted(submissions, key=lambda one: one.parcel))


def mark_receipts(receipts: Sequence[Receipt], settled: Settled) -> tuple[Receipt, ...]:
    """The receipts, with those of replaced workbooks marked: what was wrong in them is of no concern any more."""
    why: dict[str, tuple[Finding, ...]] = {}
    for history in settled.histories:
        for earlier, later in pairwise(history):
            for one in earlier:
                why[one.parcel] = (
                    *_why_superseded(one, later, history[-1], settled),
                    *_came_again(one, history[-1], settled),
                )
    return tuple(
        replace(receipt, status="superseded", findings=why[receipt.parcel]) if receipt.parcel in why else receipt
        for receipt in receipts
    )


def _why_superseded(earlier: Submission, later: Generation, newest: Generation, settled: Settled) -> Iterator[Finding]:
    at, parameters, received = Origin(earlier.parcel), {"later": _files(later)}, settled.received
    if later[0].sha256 in settled.placed:
        yield Finding("superseded-ruling", at, earlier.department, parameters=parameters)
        return
    if earlier.revision == later[0].revision:
        yield Finding("superseded", at, earlier.department, parameters=parameters)
        return
    parameters |= {"found": str(earlier.revision), "expected": str(later[0].revision)}
    yield Finding("superseded-revision", at, earlier.department, parameters=parameters)
    after = received.get(earlier.sha256, "")
    if newest[0].sha256 not in settled.placed and all(received.get(one.sha256, _UNKNOWN) < after for one in newest):
        parameters = {"later": _files(newest), "found": str(earlier.revision), "expected": str(newest[0].revision)}
        yield Finding("older-form-later", at, earlier.department, parameters=parameters)


def _came_again(earlier: Submission, newest: Generation, settled: Settled) -> Iterator[Finding]:
    """That a mail brought a replaced workbook once more, after all that brought those in force."""
    last, name = settled.again.get(earlier.sha256, ("", ""))
    others = (settled.again.get(one.sha256, ("", ""))[0] or settled.received.get(one.sha256, "") for one in newest)
    if last > settled.received.get(earlier.sha256, last) and all(at and at < last for at in others):
        parameters = {"later": _files(newest), "again": name}
        yield Finding("came-again", Origin(earlier.parcel), earlier.department, parameters=parameters)


def compare_corrections(
    catalog: Catalog,
    assignment: Assignment,
    settled: Settled,
    merged: Merged,
    scores: Scores,
    decisions: Sequence[Decision] = (),
) -> tuple[Correction, ...]:
    """What each replacement changed, in the answers and in the score, the departments in the assignment's order.
    ``merged`` and ``scores`` are those of the workbooks in force. The office's ``decisions`` hold on either side just
    where they were made."""
    found = []
    order = {department: number for number, department in enumerate(assignment.departments)}
    corrected = [history for history in settled.histories if len(history) > 1 and _sender(history) in order]
    for history in sorted(corrected, key=lambda history: order[_sender(history)]):
        replaced = {one.parcel for one in history[-1]}
        others = [one for one in settled.in_force if one.parcel not in replaced]

        def score(
            generation: Generation, in_force: Generation = history[-1], others: Sequence[Submission] = others
        ) -> Scores:
            """With another generation in the place of the one in force: what neither answers stays as it is."""
            if generation is in_force:
                return scores
            said = {key.partition(".")[0] for one in (*generation, *in_force) for key in (*one.answers, *one.tables)}
            put = merge_again(catalog, assignment, [*others, *generation], decisions, merged, said)
            return score_again(catalog, put, scores, said)

        # one by one: all of them together would be most of what a round holds in memory
        for (earlier, before), (later, after) in pairwise(zip(history, map(score, history), strict=True)):
            by = _by(earlier[0], later[0], settled)
            found.append(_compare(_sender(history), earlier, later, by, before, after))
    return tuple(found)


def _sender(history: History) -> str:
    return history[0][0].department


def _by(earlier: Submission, later: Submission, settled: Settled) -> str:
    if later.sha256 in settled.placed:
        return "ruling"
    return "received" if earlier.revision == later.revision else "revision"


def _compare(
    department: str, earlier: Generation, later: Generation, by: str, before: Scores, after: Scores
) -> Correction:
    effects = tuple(
        Effect(old, new)
        for old, new in zip(before.indicators, after.indicators, strict=True)
        if (old.standing, old.score, old.star) != (new.standing, new.score, new.star)
    )
    return Correction(
        department, tuple(one.parcel for one in earlier), tuple(one.parcel for one in later), by,
        tuple(_changes(earlier, later)), effects, before.total, after.total,
    )  # fmt: skip


def _changes(earlier: Generation, later: Generation) -> Iterator[Change]:
    before, after = _answers(earlier), _answers(later)
    for key in before | after:
        sides = before.get(key, ()), after.get(key, ())
        if _says(sides[0]) != _says(sides[1]):
            yield Change(*key, *map(tuple, sides))


def _answers(generation: Generation) -> dict[tuple[str, str], list[Answer]]:
    """Slot and row -> what the workbooks answer there; blanks are no answers."""
    found: dict[tuple[str, str], list[Answer]] = {}
    for submission in generation:
        for item, answer in submission.cells:
            if answer.state is not State.BLANK:
                found.setdefault((answer.slot, item), []).append(answer)
    return found


def _says(answers: Sequence[Answer]) -> frozenset[tuple[object, ...]]:
    """What counts of answers: the value; where there is none, what was typed, and the reason of a not-applicable."""
    return frozenset(
        (a.state, a.value)
        if a.state is State.VALUE
        else (a.state, a.raw, a.remark if a.state is State.NOT_APPLICABLE else "")
        for a in answers
    )


def tell_corrections(assignment: Assignment, corrections: Sequence[Correction]) -> Iterator[Finding]:
    """What the office should know of corrections: nothing changed, or answers that were given are gone."""
    for correction in corrections:
        at = Origin(correction.later[0])
        parameters = {
            "department": assignment.name(correction.department),
            "earlier": label("word.separator").join(correction.earlier),
            "number": str(sum(not change.after for change in correction.changes)),
        }
        if not correction.changes:
            yield Finding("correction-same", at, correction.department, parameters=parameters)
        elif parameters["number"] != "0":
            yield Finding("correction-blank", at, correction.department, parameters=parameters)


def _files(generation: Generation) -> str:
    """Their names, of many the first: each of those that they replaced tells them."""
    names = label("word.separator").join(one.parcel for one in generation[:_MOST_NAMED])
    return names + (label("word.files_more", number=len(generation)) if len(generation) > _MOST_NAMED else "")
