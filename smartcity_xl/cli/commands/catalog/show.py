"""``xlscore catalog show``: a system as lines of text."""

from __future__ import annotations

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.speech import CLEAN, Speaker

PARAMETERS = (options.SYSTEM,)


def run(speaker: Speaker, system: str) -> int:
    from smartcity_xl.catalog.show import describe_catalog
    from smartcity_xl.run.systems import open_system

    lines = list(describe_catalog(open_system(system)))
    speaker.give("xlscore-catalog/1", lines=lines)
    for line in lines:
        click.echo(line)
    return CLEAN
