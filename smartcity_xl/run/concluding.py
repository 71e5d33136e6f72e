"""The workbooks that count -> what they come to under one system: merged, scored, and all that is to be told."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.catalog.duties import indicators_of_figure
from smartcity_xl.documents import find_lacking
from smartcity_xl.form.people import merge_people
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Decision,
    Documents,
    Evidenced,
    Finding,
    Identity,
    Outcome,
    Receipt,
)
from smartcity_xl.score.bounds import find_bounds
from smartcity_xl.score.corrections import Settled, compare_corrections, tell_corrections
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged, total_without, try_sides
from smartcity_xl.score.stakes import rank_findings
from smartcity_xl.score.standing import find_standings, tell_standings
from smartcity_xl.score.steps import find_advances


def conclude(
    catalog: Catalog,
    assignment: Assignment,
    campaign: Identity,
    settled: Settled,
    receipts: Sequence[Receipt],
    documents: Documents,
    from_inbox: Sequence[Finding],
    decisions: Sequence[Decision],
) -> Outcome:
    """What the workbooks that count come to under one system."""
    counted = settled.in_force
    merged = merge_submissions(catalog, assignment, counted, decisions)
    scores = score_merged(catalog, merged)
    corrections = compare_corrections(catalog, assignment, settled, merged, scores, decisions)
    surveys = tuple(one for one in counted if one.identity.kind == SURVEY_KIND)
    surveyed = {slot for one in surveys for slot in one.answers}
    submissions = tuple(one for one in counted if one.identity.kind != SURVEY_KIND)
    lacking = find_lacking(catalog, assignment, documents.named)
    people = merge_people(assignment, submissions)
    departments = find_standings(catalog, assignment, submissions, surveys, merged, scores)
    from_files = [
        finding for receipt in receipts if receipt.status != "attached" for finding in receipt.findings
        if not (finding.code == "missing" and finding.figure in surveyed)
    ]  # fmt: skip
    from_people = [finding for entry in people for finding in entry.findings]
    corrected = tell_corrections(assignment, corrections)
    found = (
        *tell_standings(assignment, departments),
        *from_inbox,
        *corrected,
        *from_files,
        *merged.findings,
        *scores.findings,
        *documents.findings,
        *from_people,
    )
    named = [_name_indicator(catalog, assignment, finding) for finding in found]
    return Outcome(
        catalog, assignment, campaign.round, tuple(receipts), submissions,
        departments, merged, scores, rank_findings(catalog, named), documents,
        Evidenced(lacking, total_without(catalog, scores, lacking)), people, surveys=surveys,
        superseded=settled.superseded, corrections=corrections, trials=try_sides(catalog, merged, scores),
        bounds=find_bounds(catalog, assignment, merged, scores),
        steps=find_advances(catalog, assignment, merged, scores),
    )  # fmt: skip


def _name_indicator(catalog: Catalog, assignment: Assignment, finding: Finding) -> Finding:
    """A finding about a figure, with the first indicator that the figure counts for; one that a department only
    answers for another indicator's sake is not told for this one (E74)."""
    figure = finding.figure.partition(".")[0]
    if figure not in catalog.used_by:
        return finding
    mine = indicators_of_figure(catalog, assignment, finding.department, figure) or catalog.used_by[figure]
    if len(mine) < len(catalog.used_by[figure]) and not finding.concerns:
        finding = replace(finding, concerns=mine)
    return finding if finding.indicator else replace(finding, indicator=mine[0])
