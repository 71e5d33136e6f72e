"""``xlscore whatif``: what the scores would be, if some figures were others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NOTHING, Speaker

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place
    from smartcity_xl.results.tried import SummedTrial, TriedIndicator, TriedState, TriedSystem

PARAMETERS = (
    argument("given", "whatif_given", metavar="FIGURE=VALUE|FILE...", nargs=-1),
    options.CAMPAIGN,
    options.SYSTEMS.but("whatif_catalog"),
    options.LEDGER,
    options.AS_OF,
)


def run(
    speaker: Speaker,
    given: tuple[str, ...],
    campaign: Path | None,
    systems: tuple[str, ...],
    ledger: Place | None,
    as_of: str,
) -> int:
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.run.whatif import read_attempt, try_values

    settings = read_campaign(campaign) if campaign else None
    found = try_values(read_attempt(given), settings, systems, ledger, as_of)
    if speaker.data:
        speaker.give("xlscore-whatif/1", systems=found)
        return CLEAN
    for number, system in enumerate(found):
        if number:
            click.echo("")
        _tell_system(speaker, system)
    return CLEAN


def _tell_system(speaker: Speaker, found: TriedSystem) -> None:
    say = speaker.say
    click.echo(say("whatif_title", city=found.city, round=found.round, system=found.title))
    for one in found.values:
        adopted = NOTHING if one.adopted is None else one.adopted
        line = say("whatif_value", key=one.key, label=one.label, adopted=adopted, tried=one.tried, unit=one.unit)
        click.echo(line.rstrip())
    if not found.values:
        click.echo(say("whatif_blank"))
    if found.total:
        click.echo(_sum_line(speaker, "whatif_total", found.total))
    if found.stars:
        click.echo(say("whatif_reached", **asdict(found.stars)))
    if not found.final:
        click.echo(say("whatif_open"))
    for summed in (*found.dimensions, *found.categories):
        click.echo("  " + _sum_line(speaker, "whatif_sum", summed))
    for indicator in found.indicators:
        click.echo("    " + _indicator_line(speaker, indicator))
    if found.values and not found.indicators:
        click.echo(say("whatif_same"))
    for told in found.findings:
        said = told.zh if speaker.language == "zh" else told.en
        click.echo(say("whatif_told", found=said.found, expected=said.expected))


def _sum_line(speaker: Speaker, code: str, one: SummedTrial) -> str:
    return speaker.say(code, **{**asdict(one), "difference": _signed(one.difference)})


def _indicator_line(speaker: Speaker, one: TriedIndicator) -> str:
    official, tried = (_result(speaker, state) for state in (one.official, one.tried))
    line = [speaker.say("whatif_indicator", code=one.code, name=one.name, official=official, tried=tried)]
    if one.tried.score is not None and one.tried.star is None:
        line.append(speaker.say("whatif_of", full=one.full))
    if one.difference is not None:
        line.append(speaker.say("whatif_points", difference=_signed(one.difference)))
    return "  ".join(line)


def _result(speaker: Speaker, state: TriedState) -> str:
    """A star, a score, or what is merely shown; where there is none, why."""
    if state.star is not None:
        return speaker.say("whatif_star", star=state.star)
    return state.score or state.mark or speaker.say(f"standing_{state.standing}")


def _signed(difference: str) -> str:
    return difference if difference.startswith("-") or difference == "0" else f"+{difference}"
