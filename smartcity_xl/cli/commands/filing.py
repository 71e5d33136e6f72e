"""``xlscore filing``: the figures for the national system, in the order and units of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, tell_done

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

PARAMETERS = (
    options.CAMPAIGN,
    options.OUT.but("filing_out"),
    option("--provisional", says="filing_provisional", is_flag=True),
    options.SYSTEMS.but("whatif_catalog"),
    options.LEDGER,
    options.AS_OF,
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    campaign: Path | None,
    out: Path | None,
    provisional: bool,
    systems: tuple[str, ...],
    ledger: Place | None,
    as_of: str,
    overwrite: bool,
) -> int:
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.office.filing import Ready
    from smartcity_xl.run.filing import file_round
    from smartcity_xl.run.orders import folder_beside, order_look

    settings = read_campaign(campaign) if campaign else None
    order = order_look(campaign, ledger)
    place = out or (settings.folders.summary if settings else folder_beside(order.ledger))
    found = file_round(order.ledger, place, settings, systems, as_of, provisional, overwrite)
    tell_done(speaker, found.done)
    left = False
    systems_: list[dict[str, object]] = []
    speaker.give("xlscore-filing/1", systems=systems_)
    for book in found.books:
        firm, doubt, open_ = (book.count(one) for one in (Ready.FIRM, Ready.DOUBT, Ready.OPEN))
        systems_.append({"system": book.title, "firm": firm, "doubt": doubt, "open": open_,
                         "warnings": list(map(str, book.warnings))})  # fmt: skip
        click.echo(speaker.say("filing_counts", system=book.title, firm=firm, doubt=doubt, open=open_))
        for warning in book.warnings:
            click.echo("  " + speaker.say("filing_warning", warning=warning))
        if doubt and provisional:
            click.echo(speaker.say("filing_given", number=doubt))
        left |= not book.firm
    if left:
        click.echo(speaker.say("filing_left"))
    return NEEDS_A_PERSON if left else CLEAN
