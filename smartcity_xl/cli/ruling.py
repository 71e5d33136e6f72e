"""What ``exclude`` and ``admit`` share: the office's word is entered, and told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock
from smartcity_xl.cli.speech import CLEAN, NOTHING, Speaker, tell_instead

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place
    from smartcity_xl.run.ruling import Word

_SHORT = 12


def enter_word(speaker: Speaker, word: Word, campaign: Path | None, ledger: Place | None) -> int:
    from smartcity_xl.run.orders import order_look
    from smartcity_xl.run.ruling import rule

    order = order_look(campaign, ledger)
    tell_instead(speaker, order.instead)
    done = rule(order.ledger, word, clock.now())
    given = done.ruling
    speaker.give("xlscore-ruling/1", verb=given.verb, undo=given.undo, file=given.file, sha256=given.sha256,
                 department=done.department, reason=given.reason, who=given.who)  # fmt: skip
    code = f"ruled_{given.verb}" + ("_undone" if given.undo else "")
    told = {"file": given.file, "department": done.department or NOTHING, "sha256": given.sha256[:_SHORT]}
    click.echo(speaker.say(code, reason=given.reason, who=given.who, **told))
    if campaign:
        speaker.advise("next_ruled", "collect")
    else:
        click.echo(speaker.say("ruled_next"))
    return CLEAN
