"""What a collection is seen against: the one before, by the ledger, and the round before, by its results."""

from __future__ import annotations

from datetime import tzinfo

from smartcity_xl.arrival.intake import Intake
from smartcity_xl.errors import XlscoreError
from smartcity_xl.model import Outcome
from smartcity_xl.results import Results, read_results
from smartcity_xl.results.earlier import EarlierValues
from smartcity_xl.results.past import Past


def look_back(
    intake: Intake, outcome: Outcome, results: bytes, previous: EarlierValues, zone: tzinfo | None = None
) -> Past:
    """``results`` are those of this run: a run that came to just the same is no other. ``zone`` is the one in which
    moments are told, None the machine's."""
    last, at, known = _last_run(intake, outcome, results)
    return Past(last, at, known, previous.scores.get(outcome.catalog.id), zone)


def _last_run(intake: Intake, outcome: Outcome, results: bytes) -> tuple[Results | None, str, bool]:
    """The record of the run before, when that was, and whether a ledger says so; one that cannot be read any more is
    not known, and costs nobody the summary: ``audit`` tells of it."""
    if intake.ledger is None:
        return None, "", False
    try:
        found = intake.last_other(outcome, results)
        return (read_results(found[1], found[0].at), found[0].at, True) if found else (None, "", True)
    except XlscoreError:
        return None, "", False
