"""``xlscore catalog assign``: the workbook in which an office shares systems out among its departments."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("systems", "catalog_assign_systems", metavar="SYSTEM...", nargs=-1, required=True),
    options.OUT.but("catalog_assign_out", metavar="FILE", default="assignment.xlsx"),
    options.OVERWRITE,
)


def run(speaker: Speaker, systems: tuple[str, ...], out: Path, overwrite: bool) -> int:
    from smartcity_xl.catalog.load import catalog_ids
    from smartcity_xl.run.systems import write_assignment

    tell_done(speaker, write_assignment(systems, out, overwrite))
    built_in = set(systems) <= set(catalog_ids())
    own = "" if built_in else "".join(f" --catalog {system}" for system in systems)
    click.echo(speaker.say("catalog_assign_next", path=out, catalog=own))
    return CLEAN
