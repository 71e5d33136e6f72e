"""The decision workbooks of a run: the one that the office gives, and the one that stands where ours will go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import DecisionFault, UsageFault
from smartcity_xl.ledger import DecisionMade, local_time
from smartcity_xl.messages import label
from smartcity_xl.model import (
    SEND_BACK,
    Assignment,
    Catalog,
    Conflict,
    Decision,
    Identity,
    Origin,
    Outcome,
    Submission,
)
from smartcity_xl.office.deciding import NOTHING_DECIDED, DecisionBook, read_decision_book
from smartcity_xl.score.merge import merge_submissions


def open_standing(out: Path, given: DecisionBook) -> DecisionBook:
    """The decision workbook in the output folder, where a new one will be written.

    Raises UsageFault where it holds decisions that are not among those ``given``, and as ``read_decision_book``: what
    the office typed is never written over.
    """
    path = out / label("file.decisions")
    if not path.exists():
        return NOTHING_DECIDED
    standing = read_decision_book(path)
    known = {_content(decision) for decision in given.decisions}
    waiting = [decision for decision in standing.decisions if _content(decision) not in known]
    if waiting:
        raise UsageFault("decisions-waiting", path=str(path), number=len(waiting))
    return standing


def _content(decision: Decision) -> tuple[str, ...]:
    """What was decided, wherever it stands."""
    return decision.subject, decision.choice, decision.reason, decision.who


def decisions_for(
    given: DecisionBook, catalog: Catalog, assignment: Assignment, campaign: Identity
) -> tuple[Decision, ...]:
    """The decisions of a workbook that belongs to this round. Raises UsageFault where it does not, and DecisionFault
    where it decides over a figure that there is not."""
    if given.identity is None:
        return ()
    expected = {
        "catalog": catalog.id,
        "version": catalog.version,
        "assignment": assignment.id,
        "round": campaign.round,
        "city": campaign.city,
    }
    found = {name: getattr(given.identity, name) for name in expected}
    if found != expected:
        told = {"found": " / ".join(found.values()), "expected": " / ".join(expected.values())}
        raise UsageFault("decisions-elsewhere", path=given.name, **told)
    strange = [d for d in given.decisions if d.figure not in catalog.slots and d.figure not in catalog.figures]
    if strange:
        faults = [Fault(f"{d.origin.sheet}!{d.origin.cell}", "decision-unknown", {"found": d.figure}) for d in strange]
        raise DecisionFault(given.name, faults)
    return given.decisions


def renew_book(out: Path, outcomes: Sequence[Outcome], *earlier: DecisionBook) -> dict[Path, bytes]:
    """The decision workbook of a run: none where nothing was in conflict, nothing has lapsed and none stands there.

    Decisions that hold no more are kept on it: those of the ``earlier`` workbooks, then those that lapsed in this run.
    """
    path = out / label("file.decisions")
    before = [decision for book in earlier for decision in book.lapsed]
    now = [decision for one in outcomes for decision in one.merged.lapsed]
    lapsed = tuple({_content(decision): decision for decision in (*before, *now)}.values())
    if outcomes[0].conflicts or lapsed or path.exists():
        from smartcity_xl.office.deciding.write import write_decision_book

        return {path: write_decision_book(outcomes, lapsed)}
    return {}


def decisions_made(given: Sequence[Decision], outcome: Outcome) -> tuple[DecisionMade, ...]:
    """The decisions that a run was given, as the ledger keeps them, and whether each held."""
    held = {conflict.subject for conflict in outcome.conflicts.values() if conflict.decision}
    return tuple(
        DecisionMade(d.subject, d.said, d.reason, d.who, d.origin.file, d.choice, d.origin.sheet, d.origin.cell,
              held=d.subject in held)
        for d in given
    )  # fmt: skip


def recall_decisions(
    kept: Sequence[DecisionMade], at: str, catalog: Catalog, assignment: Assignment, submissions: Sequence[Submission]
) -> tuple[Decision, ...]:
    """The decisions of an earlier run, from what the ledger keeps of it.

    Those that an older program entered say their choice in words alone: it is the side that the decision workbook
    words so. Raises UsageFault where none is, or two are.
    """
    worded: dict[str, Conflict] = {}
    if any(not entry.side for entry in kept):
        worded = {one.subject: one for one in merge_submissions(catalog, assignment, submissions).conflicts}
    return tuple(_recall(entry, at, catalog, assignment, worded.get(entry.subject)) for entry in kept)


def _recall(
    entry: DecisionMade, at: str, catalog: Catalog, assignment: Assignment, conflict: Conflict | None
) -> Decision:
    figure, department, answers = ([*entry.subject.split("|"), "", ""])[:3]
    choice = entry.side
    if not choice:
        from smartcity_xl.summary.disputes import word_choices

        sides = word_choices(catalog, assignment, conflict) if conflict else {}
        found = [key for key, words in {**sides, SEND_BACK: label("decide.back")}.items() if words == entry.choice]
        if len(found) != 1:
            raise UsageFault("decision-unrecalled", found=entry.choice, figure=figure, at=local_time(at))
        [choice] = found
    origin = Origin(entry.file, entry.sheet, entry.cell)
    return Decision(figure, department, answers, choice, entry.reason, entry.who, entry.choice, origin)
