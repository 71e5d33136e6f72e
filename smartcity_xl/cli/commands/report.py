"""``xlscore report``: the evaluation report of a round, as a Word document and as one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, tell_done, tell_instead

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

PARAMETERS = (
    argument("given", "report_given", metavar="RESULTS...", nargs=-1, type=options.PATH),
    options.CAMPAIGN,
    option("--template", says="report_template", **options.FILE),
    options.OUT.but("report_out"),
    option("--only", says="report_only", type=click.Choice(["word", "page"]), default=None),
    options.CONTACTS.but("report_contacts"),
    options.OVERWRITE.but("report_overwrite"),
    options.LEDGER,
    options.AS_OF,
)


def run(
    speaker: Speaker,
    given: tuple[Path, ...],
    campaign: Path | None,
    template: Path | None,
    out: Path | None,
    only: str | None,
    contacts: bool,
    overwrite: bool,
    ledger: Place | None,
    as_of: str,
) -> int:
    from smartcity_xl.run.reporting import ReportOrder, find_records, write_report

    records, home, instead = find_records(given, campaign, ledger, as_of)
    tell_instead(speaker, instead)
    order = ReportOrder(records, out or home, template, contacts, only or "", overwrite)
    found = write_report(order)
    tell_done(speaker, found.done)
    if contacts:
        speaker.tell("report_with_contacts")
    if only != "page":
        click.echo(speaker.say("report_to_fill"))
    if found.provisional:
        click.echo(speaker.say("report_provisional"))
    return NEEDS_A_PERSON if found.provisional else CLEAN
