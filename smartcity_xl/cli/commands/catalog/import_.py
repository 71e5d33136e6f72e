"""``xlscore catalog import``: an edited workbook as a system of the office's own."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("file", "catalog_import_file", **options.FILE),
    options.OUT.but("catalog_import_out", default="catalog"),
    options.OVERWRITE,
)


def run(speaker: Speaker, file: Path, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run.systems import import_catalog

    tell_done(speaker, import_catalog(file, out, overwrite))
    click.echo(speaker.say("catalog_import_next", folder=out))
    return CLEAN
