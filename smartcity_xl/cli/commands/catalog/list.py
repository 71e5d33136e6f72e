"""``xlscore catalog list``: the built-in systems and their assignments."""

from __future__ import annotations

import click

from smartcity_xl.cli.shape import Parameter
from smartcity_xl.cli.speech import CLEAN, Speaker

PARAMETERS: tuple[Parameter, ...] = ()


def run(speaker: Speaker) -> int:
    from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog

    systems: list[dict[str, object]] = []
    speaker.give("xlscore-catalogs/1", systems=systems)
    for system in catalog_ids():
        catalog = load_catalog(system)
        cities = {name: load_assignment(catalog, name).city for name in assignment_ids(system)}
        systems.append({"id": system, "title": catalog.title, "assignments": cities})
        click.echo(f"{system}  {catalog.title}")
        for name, city in cities.items():
            click.echo("  " + speaker.say("catalog_assignment", id=name, city=city))
    return CLEAN
