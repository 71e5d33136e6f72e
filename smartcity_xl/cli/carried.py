"""What a command tells of an assignment that was begun from another: how much came over, and what is left to fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.speech import Speaker

if TYPE_CHECKING:
    from smartcity_xl.model import Catalog
    from smartcity_xl.office.assigning import Carried


def tell_carried(speaker: Speaker, catalog: Catalog, carried: Carried, settings: bool = True) -> None:
    """The numbers; then each figure that is new, changed or asked no more; then, of a workbook that stands alone, the
    ``settings`` that are still blank."""
    from smartcity_xl.messages import label
    from smartcity_xl.office.assigning import REQUIRED

    click.echo(speaker.say(
        "carried", whose=carried.whose, settled=carried.settled, office=carried.to_office, new=len(carried.new),
        changed=len(carried.changed), gone=len(carried.gone),
    ))  # fmt: skip
    for key in carried.open:
        figure, codes = catalog.figures[key], "、".join(catalog.used_by[key])
        click.echo(
            speaker.say("carried_new" if key in carried.new else "carried_changed", label=figure.label, codes=codes)
        )
        for one in carried.changed.get(key, ()):
            click.echo(f"      {speaker.say(f'field_{one.field}')}: {one.before or '—'} → {one.after or '—'}")
    for text in carried.gone:
        click.echo(speaker.say("carried_gone", label=text))
    blank = [label(f"assign.setting_{key}") for key in REQUIRED if settings and not carried.settings.get(key)]
    if blank:
        click.echo(speaker.say("carried_blank", names="、".join(blank)))
