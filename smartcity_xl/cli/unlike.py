"""Where a file says otherwise than a run did, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.speech import NOTHING, Speaker

if TYPE_CHECKING:
    from smartcity_xl.books.unlike import SaidOtherwise

_SHOWN, _LONG = 30, 160


def tell_all_unlike(speaker: Speaker, found: Sequence[SaidOtherwise]) -> None:
    """Each difference in a line, and how many there are more."""
    for one in found[:_SHOWN]:
        place = f"{one.sheet}!{one.cell}" if one.sheet and one.cell else one.sheet or one.cell
        told = {"place": place, "sheet": one.sheet, "expected": _cut(one.expected), "found": _cut(one.found)}
        click.echo("  " + speaker.say(f"unlike_{one.code.replace('-', '_')}", **told))
    if len(found) > _SHOWN:
        click.echo("  " + speaker.say("unlike_more", number=len(found) - _SHOWN))


def _cut(text: str) -> str:
    return (text if len(text) <= _LONG else text[: _LONG - 1] + "…") or NOTHING
