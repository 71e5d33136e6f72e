"""``xlscore firm``: how firm the result of a city is, or the ranks of several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker
from smartcity_xl.cli.table import tell_table

if TYPE_CHECKING:
    from smartcity_xl.results.firm import FirmCity, FirmQuestion, FirmSystem, FirmWay

PARAMETERS = (
    argument("given", "firm_given", metavar="RESULTS...", nargs=-1, type=options.PATH),
    options.CAMPAIGN,
    options.SYSTEMS.but("whatif_catalog"),
    options.DRAWS,
    options.SPREAD,
    options.SEED,
)


def run(
    speaker: Speaker,
    given: tuple[Path, ...],
    campaign: Path | None,
    systems: tuple[str, ...],
    draws: int,
    spread: float,
    seed: int,
) -> int:
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.results.firm import SCHEMA
    from smartcity_xl.run.firm import weigh_results
    from smartcity_xl.score.firm_weights import Perturbation

    settings = read_campaign(campaign) if campaign else None
    with following(speaker) as follow:
        found = weigh_results(given, settings, systems, Perturbation(draws, spread, seed), follow)
    if speaker.data:
        speaker.give(SCHEMA, systems=found)
        return CLEAN
    for number, system in enumerate(found):
        if number:
            click.echo("")
        _tell_system(speaker, system)
    return CLEAN


def _tell_system(speaker: Speaker, system: FirmSystem) -> None:
    if len(system.cities) == 1:
        _tell_city(speaker, system, system.cities[0])
        return
    if not system.weights:
        for city in system.cities:
            click.echo(_city_line(speaker, system, city))
        click.echo(speaker.say("firm_no_points", system=system.title))
        return
    click.echo(system.title)
    weights = system.weights
    click.echo(speaker.say("firm_weights", spread=weights.spread, draws=weights.draws, seed=weights.seed))
    heads = ("rank", "city", "total", "interval", "median", "extremes", "kept", "first")
    rows: list[list[str]] = []
    for one in system.ranks:
        city = system.cities[one.city]
        rows.append([
            str(one.rank), f"{city.city} {city.round}", one.total, _span_of(one.low, one.high), str(one.median),
            _span_of(one.best, one.worst), _percent(one.kept), _percent(one.first),
        ])  # fmt: skip
    tell_table([speaker.say(f"firm_head_{head}") for head in heads], rows, indent=True)


def _span_of(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _percent(share: str) -> str:
    return f"{100 * float(share):.0f}%"


# --- one city --------------------------------------------------------------------------------------------------------


def _tell_city(speaker: Speaker, system: FirmSystem, city: FirmCity) -> None:
    click.echo(_city_line(speaker, system, city))
    moving = [one for one in city.questions if one.span != "0"]
    if not moving:
        click.echo(speaker.say("firm_none"))
        return
    click.echo(speaker.say("firm_alone"))
    tell_table((), [_question_row(speaker, one) for one in moving], indent=True)
    if rest := len(city.questions) - len(moving):
        click.echo(speaker.say("firm_nothing", number=rest))


def _city_line(speaker: Speaker, system: FirmSystem, city: FirmCity) -> str:
    say = speaker.say
    if city.total is None:
        what = say("firm_reached", reached=city.reached)
    else:
        what = say("compare_total", score=city.total, full=city.full)
    state = "" if city.final else say("compare_provisional")
    return say("firm_city", city=city.city, round=city.round, system=system.title, what=what, state=state)


def _question_row(speaker: Speaker, one: FirmQuestion) -> list[str]:
    say = speaker.say
    what = say(f"firm_setting_{one.key}") if one.sort == "setting" else one.label
    span = say("firm_unlimited") if one.span is None else say("firm_span", span=one.span)
    return [say(f"firm_{one.sort}"), what, span, "; ".join(_ways(speaker, one)), ", ".join(_notes(speaker, one))]


def _ways(speaker: Speaker, one: FirmQuestion) -> Iterator[str]:
    for way in one.ways:
        choice = way.zh
        if one.sort == "open":
            choice = speaker.say(f"firm_{way.choice}")
        elif one.sort == "setting":
            choice = speaker.say(f"firm_choice_{way.choice}")
        yield speaker.say("firm_stands" if way.stands else "firm_way", choice=choice, result=_result(speaker, way))


def _result(speaker: Speaker, way: FirmWay) -> str:
    if way.difference is None and way.reached is not None:
        return speaker.say("firm_reached", reached=way.reached)
    return way.total if way.total is not None else speaker.say("firm_unlimited")


def _notes(speaker: Speaker, one: FirmQuestion) -> Iterator[str]:
    if one.together:
        yield speaker.say("firm_together", number=len(one.together))
    if not one.exact:
        yield speaker.say("firm_unsure")
