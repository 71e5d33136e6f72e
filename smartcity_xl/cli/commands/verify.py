"""``xlscore verify``: whether a forwarded summary still says what the run said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, local, tell_instead
from smartcity_xl.cli.unlike import tell_all_unlike

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place
    from smartcity_xl.run.forwarded import Verified

PARAMETERS = (
    argument("files", "verify_files", type=options.PATH, nargs=-1, required=True, metavar="FILE..."),
    options.CAMPAIGN,
    options.PACK.but("verify_pack", type=options.PATH),
    options.SEAL,
    options.INBOX.but("verify_inbox"),
    options.SYSTEMS.but("collect_catalog"),
    options.ASSIGNMENT,
    options.OUT.but("freeze_out", type=options.PATH),
    options.LEDGER.but("collect_ledger", default=None),
    options.PREVIOUS.but("collect_previous", multiple=True),
    options.AS_OF,
    options.PASSWORDS,
)


def run(
    speaker: Speaker,
    files: tuple[Path, ...],
    campaign: Path | None,
    pack: Path | None,
    seal: str,
    inbox: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    out: Path | None,
    ledger: Place | None,
    previous: tuple[Path, ...],
    as_of: str,
    passwords: tuple[str, ...],
) -> int:
    from smartcity_xl.run.forwarded import as_document, verify_in_pack, verify_in_round
    from smartcity_xl.run.orders import order_collection
    from smartcity_xl.run.systems import Choice

    if pack:
        found = verify_in_pack(files, pack, seal)
    else:
        given = (*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())
        order = order_collection(
            campaign, Choice(systems, assignment), inbox, out, ledger, None, "", previous, back=True
        )  # fmt: skip
        tell_instead(speaker, order.instead)
        found = verify_in_round(files, order, as_of, given)
    if speaker.data:
        speaker.give("xlscore-verify/1", files=list(map(as_document, found)))
    else:
        for one in found:
            _tell(speaker, one)
    return NEEDS_A_PERSON if any(one.trouble or one.unlike for one in found) else CLEAN


def _tell(speaker: Speaker, one: Verified) -> None:
    from smartcity_xl.messages import sentence, sentence_codes

    if one.trouble:
        code, about = one.trouble.code, one.trouble.parameters
        reason = sentence("books", code, speaker.language, **about) if code in sentence_codes("books") else code
        click.echo(speaker.say("verify_trouble", file=one.path, reason=reason))
        return
    told = {"file": str(one.path), "catalog": one.catalog, "at": local(one.at)}
    if not one.unlike:
        click.echo(speaker.say("verify_same", **told))
    else:
        click.echo(speaker.say("verify_differs", number=len(one.unlike), **told))
        tell_all_unlike(speaker, one.unlike)
    if not one.newest:
        click.echo(speaker.say("verify_older", **told))
    if one.changed:
        click.echo(speaker.say("verify_program", **told))
