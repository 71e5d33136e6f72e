"""What a run of ``collect`` found, in a dozen lines; the rest stands in the summary."""

from __future__ import annotations

from collections import Counter

import click

from smartcity_xl.cli.speech import Speaker
from smartcity_xl.messages import severity, word_finding
from smartcity_xl.model import Outcome, Severity
from smartcity_xl.results.open import count_findings, same_finding
from smartcity_xl.results.shown import two
from smartcity_xl.results.stars import LEVELS, below_target, count_levels, starred

_SHOWN = 5


def tell_outcome(speaker: Speaker, outcome: Outcome) -> None:
    """The result of each system, who has reported, what became of the files, and the first problems."""
    for one in (outcome, *outcome.beside):
        if outcome.beside:
            click.echo(one.catalog.title)
        _tell_result(speaker, one)
    reported = sum(status.reported for status in outcome.departments)
    click.echo(speaker.say("reported", part=reported, whole=len(outcome.departments)))
    if missing := [status.department.name for status in outcome.departments if not status.reported]:
        click.echo(speaker.say("missing", names=", ".join(missing)))
    status = Counter(receipt.status for receipt in outcome.receipts)
    known = ("taken", "aside", "attached", "rejected", "duplicate", "ignored", "opened")
    click.echo(speaker.say("files", **{name: status[name] for name in known}))
    if status["superseded"]:
        click.echo(speaker.say("corrected", number=status["superseded"]))
    if status["excluded"]:
        click.echo(speaker.say("taken_out", number=status["excluded"]))
    findings = {same_finding(finding): finding for one in (outcome, *outcome.beside) for finding in one.findings}
    grave = [finding for finding in findings.values() if severity(finding.code) is Severity.ERROR]
    counts = count_findings(findings.values())
    if counts.errors or counts.queries:
        click.echo(speaker.say("problems", errors=counts.errors, queries=counts.queries))
    elif not counts.explained:
        click.echo(speaker.say("clean"))
    if counts.explained:
        click.echo(speaker.say("explained", number=counts.explained))
    if grave:
        click.echo(speaker.say("first_problems"))
    for finding in grave[:_SHOWN]:
        at = finding.origin
        place = " ".join(part for part in (at.file, f"{at.sheet}!{at.cell}" if at.cell else at.sheet) if part)
        wording = word_finding(finding, speaker.language)
        said = speaker.say("problem", place=place, found=wording.found, remedy=wording.remedy)
        click.echo("  " + said.lstrip())


def _tell_result(speaker: Speaker, outcome: Outcome) -> None:
    catalog, scores = outcome.catalog, outcome.scores
    if catalog.graded:
        sentence = "total_final" if scores.final else "total_provisional"
        click.echo(speaker.say(sentence, score=two(scores.total), full=two(scores.full), assessed=two(scores.assessed)))
    if any(dimension.dimension.apart for dimension in scores.dimensions):
        click.echo(speaker.say("total_apart", score=two(scores.apart)))
    if levels := starred(scores.dimensions):
        counts = ", ".join(f"{level}★ {count_levels(levels)[level]}" for level in LEVELS)
        unsettled = sum(score.star is None for score in levels)
        below = len(below_target(outcome))
        click.echo(speaker.say("stars", counts=counts, target=catalog.target, below=below, open=unsettled))


def tell_conflicts(speaker: Speaker, outcome: Outcome) -> int:
    """How many answers wait for the office's decision."""
    waiting = sum(conflict.decision is None for conflict in outcome.conflicts.values())
    if waiting:
        click.echo(speaker.say("conflicts", number=waiting))
    return waiting
