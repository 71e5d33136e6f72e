"""``xlscore catalog lint``: every fault of a system."""

from __future__ import annotations

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker

PARAMETERS = (options.SYSTEM,)


def run(speaker: Speaker, system: str) -> int:
    from smartcity_xl.run.systems import lint_system

    faults = lint_system(system)
    told = [{"code": one.code, "path": list(one.path), "said": one.words(speaker.language)} for one in faults]
    speaker.give("xlscore-lint/1", faults=told)
    for fault in faults:
        click.echo(fault.words(speaker.language))
    click.echo(speaker.say("catalog_faults" if faults else "catalog_whole", number=len(faults)))
    return NEEDS_A_PERSON if faults else CLEAN
