"""What a run of ``collect`` found, in a dozen lines; the rest stands in the summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.speech import Speaker
from smartcity_xl.messages import word_finding
from smartcity_xl.results.gist import Gist, SystemGist

if TYPE_CHECKING:
    from smartcity_xl.model import Finding


def tell_outcome(speaker: Speaker, gist: Gist) -> None:
    """The result of each system, who has reported, what became of the files, and the first problems."""
    for one in gist.systems:
        if len(gist.systems) > 1:
            click.echo(one.title)
        _tell_result(speaker, one)
    click.echo(speaker.say("reported", part=gist.departments - len(gist.missing), whole=gist.departments))
    if gist.missing:
        click.echo(speaker.say("missing", names=", ".join(gist.missing)))
    status = Counter(gist.receipts)
    known = ("taken", "aside", "attached", "rejected", "duplicate", "ignored", "opened")
    click.echo(speaker.say("files", **{name: status[name] for name in known}))
    if status["superseded"]:
        click.echo(speaker.say("corrected", number=status["superseded"]))
    if status["excluded"]:
        click.echo(speaker.say("taken_out", number=status["excluded"]))
    if gist.errors or gist.queries:
        click.echo(speaker.say("problems", errors=gist.errors, queries=gist.queries))
    elif not gist.explained:
        click.echo(speaker.say("clean"))
    if gist.explained:
        click.echo(speaker.say("explained", number=gist.explained))
    if gist.first:
        click.echo(speaker.say("first_problems"))
    for finding in gist.first:
        at = finding.origin
        place = " ".join(part for part in (at.file, f"{at.sheet}!{at.cell}" if at.cell else at.sheet) if part)
        wording = word_finding(finding, speaker.language)
        said = speaker.say("problem", place=place, found=wording.found, remedy=wording.remedy)
        click.echo("  " + said.lstrip())


def told_as_data(speaker: Speaker, gist: Gist) -> dict[str, object]:
    """The same for other programs; the whole of it stands in the results that the run writes."""
    return {
        "systems": gist.systems, "departments": gist.departments, "missing": gist.missing, "files": gist.receipts,
        "errors": gist.errors, "queries": gist.queries, "explained": gist.explained, "conflicts": gist.waiting,
        "open": gist.open, "first": [finding_as_data(speaker, one) for one in gist.first],
    }  # fmt: skip


def finding_as_data(speaker: Speaker, finding: Finding) -> dict[str, object]:
    at, wording = finding.origin, word_finding(finding, speaker.language)
    return {"code": finding.code, "file": at.file, "sheet": at.sheet, "cell": at.cell, "found": wording.found,
            "expected": wording.expected, "remedy": wording.remedy}  # fmt: skip


def _tell_result(speaker: Speaker, one: SystemGist) -> None:
    if one.graded:
        sentence = "total_final" if one.final else "total_provisional"
        click.echo(speaker.say(sentence, score=one.total, full=one.full, assessed=one.assessed))
    if one.apart:
        click.echo(speaker.say("total_apart", score=one.apart))
    if stars := one.stars:
        counts = ", ".join(f"{level}★ {number}" for level, number in stars.counts)
        click.echo(speaker.say("stars", counts=counts, target=stars.target, below=stars.below, open=stars.open))


def tell_conflicts(speaker: Speaker, gist: Gist) -> int:
    """How many answers wait for the office's decision."""
    if gist.waiting:
        click.echo(speaker.say("conflicts", number=gist.waiting))
    return gist.waiting
