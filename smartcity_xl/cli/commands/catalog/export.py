"""``xlscore catalog export``: a system as a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    options.SYSTEM,
    options.OUT.but("catalog_export_out", metavar="FILE", default="catalog.xlsx"),
    options.OVERWRITE,
)


def run(speaker: Speaker, system: str, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run.systems import export_catalog

    tell_done(speaker, export_catalog(system, out, overwrite))
    click.echo(speaker.say("catalog_export_next", path=out))
    return CLEAN
