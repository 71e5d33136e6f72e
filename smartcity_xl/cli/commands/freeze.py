"""``xlscore freeze``: a round into one archive that can be run again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, local, tell_instead
from smartcity_xl.cli.typed import as_typed

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

PARAMETERS = (
    argument("inbox", "collect_inbox", type=options.PATH, required=False),
    options.CAMPAIGN,
    options.PACK,
    option("--redacted", says="freeze_redacted", is_flag=True),
    options.OUT.but("freeze_out", type=options.PATH),
    options.SYSTEMS.but("collect_catalog"),
    options.ASSIGNMENT,
    options.ROUND.but("collect_round", default=""),
    options.CITY.but("collect_city", default=""),
    options.RETURN_BY.but(default=""),
    options.PREVIOUS.but("collect_previous", multiple=True),
    options.LEDGER.but("collect_ledger", default=None),
    options.AS_OF.but("freeze_as_of"),
    options.PASSWORDS,
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    inbox: Path | None,
    campaign: Path | None,
    pack: Path | None,
    redacted: bool,
    out: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    round_: str,
    city: str,
    return_by: str,
    previous: tuple[Path, ...],
    ledger: Place | None,
    as_of: str,
    passwords: tuple[str, ...],
    overwrite: bool,
) -> int:
    from smartcity_xl.frozen.manifest import Scope
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.run.freezing import freeze, name_pack
    from smartcity_xl.run.orders import order_collection
    from smartcity_xl.run.rounds import find_previous
    from smartcity_xl.run.systems import Choice

    chosen = Choice(systems, assignment, round=round_, city=city)
    order = order_collection(campaign, chosen, inbox, out, ledger, None, return_by, previous, back=True)
    tell_instead(speaker, order.instead)
    settings = read_campaign(campaign) if campaign else None
    earlier = previous or (find_previous(settings) if settings else ())
    scope = Scope.REDACTED if redacted else Scope.WHOLE
    given = (*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())
    to = pack or name_pack(order, scope)
    done = freeze(order, settings, earlier, to, clock.now(), scope, as_of, given, overwrite)
    if speaker.data:
        speaker.give("xlscore-freeze/1", path=done.path, scope=scope, seal=done.seal, at=done.manifest.at,
                     changed=done.changed)  # fmt: skip
        return NEEDS_A_PERSON if done.changed else CLEAN
    held = done.manifest
    size = f"{sum(one.size for one in held.files) / 2**20:.1f} MiB"
    for run_ in held.runs:
        click.echo(speaker.say("freeze_run", city=held.city, round=held.round, catalog=run_.catalog,
                               at=local(held.at), total=run_.total or "—"))  # fmt: skip
    click.echo(speaker.say("freeze_wrote", path=done.path, number=len(held.files), size=size))
    click.echo(speaker.say("freeze_seal", seal=done.seal))
    click.echo(speaker.say(f"freeze_scope_{scope}"))
    for path in done.changed:
        click.echo(speaker.say("freeze_changed", path=path))
    if done.changed:
        speaker.advise("next_verify", "verify", done.changed[0])
        return NEEDS_A_PERSON
    click.echo(speaker.say("freeze_replay", command=as_typed(("xlscore", "replay", str(done.path)))))
    return CLEAN
