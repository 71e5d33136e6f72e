"""``xlscore catalog diff``: what is different between two systems or editions."""

from __future__ import annotations

import click

from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker

PARAMETERS = (argument("a", "catalog_diff_a", metavar="A"), argument("b", "catalog_diff_b", metavar="B"))


def run(speaker: Speaker, a: str, b: str) -> int:
    from smartcity_xl.catalog.diff import diff_catalogs
    from smartcity_xl.run.systems import open_system

    changes = diff_catalogs(open_system(a), open_system(b))
    speaker.give("xlscore-catalog-diff/1", changes=changes)
    for change in changes:
        sort, field = speaker.say(f"sort_{change.sort}"), change.field and speaker.say(f"field_{change.field}")
        click.echo(speaker.say(f"diff_{change.kind}", sort=sort, code=change.code, name=change.name, field=field))
        for mark, text in (("-", change.before), ("+", change.after)):
            for line in text.split("\n") if text else ():
                click.echo(f"    {mark} {line}")
    click.echo(speaker.say("diff_total" if changes else "diff_none", number=len(changes)))
    return CLEAN
