"""The gist of a collection: what is said of it in a dozen lines, and whether a person is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from smartcity_xl.messages import is_open, severity
from smartcity_xl.model.findings import Finding, Severity

if TYPE_CHECKING:
    from smartcity_xl.model import Outcome

SHOWN = 5
"""The first grave findings, so many."""


class StarGist(msgspec.Struct, frozen=True):
    """``counts``: level, the best first, and how many stand there; ``below``: how many miss the ``target``."""

    counts: tuple[tuple[int, int], ...]
    target: int
    below: int
    open: int


class SystemGist(msgspec.Struct, frozen=True):
    """What one system came to; points as they are shown. ``apart`` is "" where nothing counts apart."""

    title: str
    graded: bool
    final: bool
    total: str
    full: str
    assessed: str
    apart: str = ""
    stars: StarGist | None = None


class Gist(msgspec.Struct, frozen=True):
    """``receipts``: what became of files -> how many. ``waiting``: conflicts that the office has to decide. ``open``:
    something is left for a person; ``to_review``: or would be, if what was explained is to be looked at too.
    ``elsewhere``: other cities whose workbooks came too -> how many."""

    systems: tuple[SystemGist, ...]
    departments: int
    missing: tuple[str, ...]
    receipts: Mapping[str, int]
    errors: int
    queries: int
    explained: int
    first: tuple[Finding, ...]
    waiting: int
    open: bool
    to_review: bool
    elsewhere: Mapping[str, int] = {}


def take_gist(outcome: Outcome) -> Gist:
    from smartcity_xl.results.open import count_findings, same_finding  # to read a gist nothing of this is needed

    together = (outcome, *outcome.beside)
    findings = {same_finding(finding): finding for one in together for finding in one.findings}
    grave = [finding for finding in findings.values() if severity(finding.code) is Severity.ERROR]
    counts = count_findings(findings.values())
    return Gist(
        tuple(map(_take_system, together)),
        len(outcome.departments),
        tuple(status.department.name for status in outcome.departments if not status.reported),
        dict(Counter(receipt.status for receipt in outcome.receipts)),
        counts.errors, counts.queries, counts.explained,
        tuple(grave[:SHOWN]),
        sum(conflict.decision is None for conflict in outcome.conflicts.values()),
        needs_a_person(outcome), needs_a_person(outcome, review=True),
        dict(sorted(_count_elsewhere(outcome).items())),
    )  # fmt: skip


def _count_elsewhere(outcome: Outcome) -> Counter[str]:
    found = (finding for receipt in outcome.receipts for finding in receipt.findings)
    return Counter(str(finding.parameters["found"]) for finding in found if finding.code == "city-differs")


def _take_system(outcome: Outcome) -> SystemGist:
    from smartcity_xl.results.shown import two
    from smartcity_xl.results.stars import LEVELS, below_target, count_levels, starred

    catalog, scores = outcome.catalog, outcome.scores
    apart = any(dimension.dimension.apart for dimension in scores.dimensions)
    stars = None
    if levels := starred(scores.dimensions):
        counted = count_levels(levels)
        unsettled = sum(score.star is None for score in levels)
        counts = tuple((level, counted[level]) for level in LEVELS)
        stars = StarGist(counts, catalog.target, len(below_target(outcome)), unsettled)
    return SystemGist(
        catalog.title, catalog.graded, scores.final, two(scores.total), two(scores.full), two(scores.assessed),
        two(scores.apart) if apart else "", stars,
    )  # fmt: skip


def needs_a_person(outcome: Outcome, review: bool = False) -> bool:
    """Whether anything is left for a person: a finding that nobody has explained, or a score that is not final.

    ``review``: what the departments have explained is to be looked at too.
    """
    return any(
        not one.scores.final
        or any(map(is_open, one.findings))
        or (review and any(finding.explanation for finding in one.findings))
        for one in (outcome, *outcome.beside)
    )
