"""The decision workbooks of a run: the one that the office gives, and the one that stands where ours will go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import DecisionFault, UsageFault
from smartcity_xl.ledger import Decision as Entry
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Decision, Identity, Outcome
from smartcity_xl.office.deciding import NOTHING_DECIDED, DecisionBook, read_decision_book, write_decision_book


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
        return {path: write_decision_book(outcomes, lapsed)}
    return {}


def decisions_made(outcome: Outcome) -> tuple[Entry, ...]:
    """The decisions that hold, as the ledger keeps them."""
    made = (conflict.decision for conflict in outcome.conflicts.values())
    return tuple(Entry(d.subject, d.said, d.reason, d.who, d.origin.file) for d in made if d)
