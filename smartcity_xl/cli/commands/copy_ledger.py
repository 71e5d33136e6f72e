"""``xlscore copy-ledger``: a ledger taken from a folder to a server, or from a server to a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

PARAMETERS = (
    argument("source", "copy_ledger_from", metavar="LEDGER", type=options.LedgerPlace()),
    argument("to", "copy_ledger_to", metavar="PLACE", type=options.LedgerPlace()),
)


def run(speaker: Speaker, source: Place, to: Place) -> int:
    from smartcity_xl.ledger import move_ledger, utc

    done = move_ledger(source, to, utc(clock.now()))
    told = {"from": str(source), "to": str(to), "entries": done.entries, "objects": done.objects, "head": done.head}
    speaker.give("xlscore-copy-ledger/1", **told)
    click.echo(speaker.say("copy_ledger_done", to=to, entries=done.entries, objects=done.objects))
    click.echo(speaker.say("copy_ledger_head", head=done.head))
    speaker.advise("next_copied_ledger", "audit", "--ledger", to)
    return CLEAN
