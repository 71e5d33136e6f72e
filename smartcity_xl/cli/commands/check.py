"""``xlscore check``: all that would be said of files, before they count."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, NOTHING, Speaker, local, tell_unproven
from smartcity_xl.cli.table import tell_table

if TYPE_CHECKING:
    from smartcity_xl.model import Finding
    from smartcity_xl.model.place import Place
    from smartcity_xl.results.looked import DepartmentLook
    from smartcity_xl.run.checking import Looked

PARAMETERS = (
    argument("files", "check_files", type=options.PATH, nargs=-1, required=True, metavar="FILE..."),
    options.CAMPAIGN,
    options.SYSTEMS.but("collect_catalog"),
    options.ASSIGNMENT,
    options.ROUND.but("collect_round", default=""),
    options.CITY.but("collect_city", default=""),
    options.PREVIOUS.but("collect_previous", multiple=True),
    options.PASSWORDS,
    options.INBOX,
    options.LEDGER.but("check_ledger", default=None),
)


def run(
    speaker: Speaker,
    files: tuple[Path, ...],
    campaign: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    round_: str,
    city: str,
    previous: tuple[Path, ...],
    passwords: tuple[str, ...],
    inbox: Path | None,
    ledger: Place | None,
) -> int:
    from smartcity_xl.messages import is_open
    from smartcity_xl.run.checking import check_files
    from smartcity_xl.run.orders import order_check
    from smartcity_xl.run.systems import Choice

    order = order_check(campaign, Choice(systems, assignment, round=round_, city=city), inbox, ledger, previous)
    tell_unproven(speaker, order.choice.key, campaign)
    given = (*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())
    looked = check_files(files, order, clock.now(), given)
    if speaker.data:
        speaker.give("xlscore-check/1", **asdict(looked.record))
    else:
        _tell(speaker, looked)
    return NEEDS_A_PERSON if any(map(is_open, looked.findings)) else CLEAN


def _tell(speaker: Speaker, looked: Looked) -> None:
    say = speaker.say
    click.echo(say("check_together", at=local(looked.at)) if looked.at else say("check_alone"))
    for one in looked.record.files:
        click.echo(say("check_file", file=one.file, status=say(f"use_{one.status}"), department=one.name).rstrip())
        if one.round:
            system = f"{one.catalog} {one.version}"
            click.echo(
                "  " + say("check_identity", city=one.city, round=one.round, system=system, revision=one.revision)
            )
        if one.replaces:
            click.echo("  " + say("check_replaces", files=", ".join(one.replaces)))
    for scored in looked.record.departments:
        _tell_scores(speaker, scored)
    click.echo(say("check_findings" if looked.findings else "check_no_findings"))
    for finding in looked.findings:
        click.echo("  " + _line(speaker, finding))


def _tell_scores(speaker: Speaker, scored: DepartmentLook) -> None:
    say = speaker.say
    click.echo(say("check_filled", department=scored.name, asked=scored.asked, filled=scored.filled))
    click.echo(say("check_scores", department=scored.name, system=scored.system))
    tell_table((), list(_rows(speaker, scored)), indent=True)
    if scored.points is not None:
        click.echo(say("check_sum", points=scored.points, full=scored.points_full, open=scored.open))
    else:
        click.echo(say("check_stars", open=scored.open))


def _rows(speaker: Speaker, scored: DepartmentLook) -> Iterator[tuple[str, str, str, str]]:
    for one in scored.indicators:
        result = f"{one.star}★" if one.star is not None else one.score if one.score is not None else NOTHING
        full = "" if one.star is not None else f"/ {one.full}"
        yield one.code, result, full, f"{speaker.say(f'standing_{one.standing}')}  {one.name}"


def _line(speaker: Speaker, finding: Finding) -> str:
    from smartcity_xl.messages import severity, word_finding

    at = finding.origin
    place = " ".join(filter(None, (at.file, f"{at.sheet}!{at.cell}" if at.cell else at.sheet)))
    level = speaker.say(f"check_{severity(finding.code)}")
    said = word_finding(finding, speaker.language)
    found = speaker.say("check_expected", found=said.found, expected=said.expected) if said.expected else said.found
    return speaker.say("check_finding", severity=level, place=place, found=found, remedy=said.remedy).rstrip()
