"""``xlscore province``: the results of many cities, summed up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from smartcity_xl.cli import options
from smartcity_xl.cli.by_city import tell_namesakes
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, NOTHING, Speaker, tell_done
from smartcity_xl.cli.table import tell_table
from smartcity_xl.errors import refuse_file

if TYPE_CHECKING:
    from smartcity_xl.results.province import Province
    from smartcity_xl.results.province.record import RankedRecord, SystemRecord

PARAMETERS = (
    argument("given", "province_given", metavar="RESULTS...", nargs=-1, type=options.PATH),
    option("--name", says="province_name", metavar="TEXT", default=""),
    options.FIRM,
    options.DRAWS.but(default=None),
    options.SPREAD.but(default=None),
    options.SEED.but(default=None),
    options.SYSTEMS.but("whatif_catalog"),
    options.OUT.but("province_out"),
    options.OVERWRITE,
)
_SHOWN = 20
"""Cities and figures that are told; the workbook has all."""


def run(
    speaker: Speaker,
    given: tuple[Path, ...],
    name: str,
    firm: bool,
    draws: int | None,
    spread: float | None,
    seed: int | None,
    systems: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.messages import word_error
    from smartcity_xl.run.province import count_namesakes, find_records, sum_up_province, write_summary

    moved = options.moved_weights(firm, draws, spread, seed)
    place, sources = out or Path(), find_records(given)
    refuse_file(place)
    ranks = None
    lost: list[tuple[str, str]] = []
    with following(speaker) as follow:
        if moved:
            from smartcity_xl.run.firm_province import weigh_province

            ranks = weigh_province(sources, systems, moved, follow)
        made = sum_up_province(
            sources, place, name, ranks, lambda city, why: lost.append((city, word_error(why, speaker.language))),
            follow,
        )  # fmt: skip
    asks = any(one.system is None or one.reason for one in made.cities) or any(one.queries for one in made.systems)
    if speaker.data:
        speaker.give(made.schema, **{name: one for name, one in asdict(made).items() if name != "schema"})
    else:
        done = write_summary(made, place, overwrite)
        _tell(speaker, made)
        for city, reason in sorted(lost):
            click.echo(speaker.say("province_failed", name=city, reason=reason))
        for one in made.cities:
            if one.system is None and one.name not in dict(lost):
                state = speaker.say(f"city_{one.state.value}")
                click.echo(speaker.say("province_without", name=one.name, state=state))
            elif one.system is not None and one.reason:
                click.echo(speaker.say("province_standing", name=one.name))
        tell_done(speaker, done)
        tell_namesakes(speaker, count_namesakes(made))
    return NEEDS_A_PERSON if asks else CLEAN


def _tell(speaker: Speaker, made: Province) -> None:
    for system in made.systems:
        about = {"title": system.catalog.title, "version": system.catalog.version, "round": system.round}
        click.echo(speaker.say("province_system", number=len(system.ranking), **about))
        tell_table((), [_line(speaker, system, one) for one in system.ranking[:_SHOWN]], indent=True)
        if len(system.ranking) > _SHOWN:
            click.echo("  " + speaker.say("province_more", number=len(system.ranking) - _SHOWN))
    if len(made.systems) > 1:
        click.echo(speaker.say("province_apart", number=len(made.systems)))
    queries = sum(len(one.queries) for one in made.systems)
    if queries:
        click.echo(speaker.say("province_queries", number=queries))


def _line(speaker: Speaker, system: SystemRecord, one: RankedRecord) -> tuple[str, ...]:
    span = str(one.best) if one.best == one.worst else f"{one.best}–{one.worst}"
    ends = f"{one.floor or NOTHING}–{one.ceiling or NOTHING}"
    reach = "" if one.floor is not None and one.floor == one.ceiling else ends
    return span, one.name, speaker.say("province_score", score=one.score, full=system.full), reach
