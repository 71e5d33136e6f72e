"""``xlscore compare``: results of several rounds, cities or systems side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NOTHING, Speaker, tell_done
from smartcity_xl.cli.table import tell_table

if TYPE_CHECKING:
    from smartcity_xl.results.compared import ComparedResults, ComparedRun, ComparedTotals

PARAMETERS = (
    argument("given", "compare_given", metavar="RESULTS...", nargs=-1, type=options.PATH),
    options.CAMPAIGN,
    options.SYSTEMS.but("whatif_catalog"),
    options.AS_OF.but("compare_as_of"),
    options.OUT.but("compare_out"),
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    given: tuple[Path, ...],
    campaign: Path | None,
    systems: tuple[str, ...],
    as_of: str,
    out: Path | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.run.comparing import compare_results, write_comparisons

    settings = read_campaign(campaign) if campaign else None
    made = compare_results(given, settings, systems, as_of)
    if speaker.data:
        speaker.give(made[0].schema, comparisons=made)
        return CLEAN
    done = write_comparisons(made, out or (settings.folders.summary if settings else Path()), overwrite)
    for one in made:
        _tell(speaker, one)
    tell_done(speaker, done)
    return CLEAN


def _tell(speaker: Speaker, made: ComparedResults) -> None:
    say = speaker.say
    for run_ in made.runs:
        click.echo(_run_line(speaker, run_))
    for one in made.differences:
        click.echo(say("compare_pair", before=one.before, after=one.after, state=_state(speaker, not one.provisional)))
        _tell_difference(speaker, one)
    apart = sum(one.sort != "run" for one in made.incomparable)
    both = sum(sum(cell is not None for cell in one.cells) > 1 for one in made.figures)
    click.echo(say("compare_counts", figures=both, apart=apart))


def _run_line(speaker: Speaker, run_: ComparedRun) -> str:
    told = {"number": run_.number, "city": run_.city, "round": run_.round, "system": run_.system}
    if run_.total is None:
        what = speaker.say("compare_reached", reached=run_.reached, whole=run_.starred, target=run_.target)
    else:
        what = speaker.say("compare_total", score=run_.total, full=run_.full)
    open_ = len(run_.open_indicators)
    return speaker.say("compare_run", **told, what=what, state=_state(speaker, run_.final, open_))


def _state(speaker: Speaker, final: bool, open_: int = 0) -> str:
    if final:
        return ""
    return speaker.say("compare_provisional_open", open=open_) if open_ else speaker.say("compare_provisional")


def _tell_difference(speaker: Speaker, one: ComparedTotals) -> None:
    if one.unavailable:
        click.echo("  " + speaker.say(f"compare_why_{one.unavailable}"))
        return
    rows = [(speaker.say("compare_difference"), _signed(one.difference or "0"))]
    rows += [(f"  {speaker.say(f'part_{name}')}", _signed(value)) for name, value in one.parts.items()]
    tell_table((), rows or [(NOTHING, "")], indent=True)


def _signed(number: str) -> str:
    return number if number.startswith("-") or number == "0" else f"+{number}"
