"""``xlscore replay``: a frozen round run again, and held against what it was."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, local
from smartcity_xl.cli.unlike import tell_all_unlike

if TYPE_CHECKING:
    from smartcity_xl.run.replaying import Replayed

PARAMETERS = (
    argument("pack", "replay_pack", metavar="PACK", type=options.PATH),
    options.SEAL,
    options.OUT.but("replay_out"),
    options.PASSWORDS,
)


def run(speaker: Speaker, pack: Path, seal: str, out: Path | None, passwords: tuple[str, ...]) -> int:
    from smartcity_xl.run.replaying import replay

    given = (*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())
    found = replay(pack, seal, out, given)
    if speaker.data:
        told = {"seal": found.seal, "at": found.manifest.at, "scope": found.manifest.scope, "same": found.same,
                "differing": [asdict(one) for one in found.differing], "kept": found.kept,
                "versions": found.versions, "catalogs": found.catalogs}  # fmt: skip
        speaker.give("xlscore-replay/1", **told)
    else:
        _tell(speaker, found, bool(seal))
    return NEEDS_A_PERSON if found.differing else CLEAN


def _tell(speaker: Speaker, found: Replayed, sealed: bool) -> None:
    say, held = speaker.say, found.manifest
    for one in held.runs:
        click.echo(say("freeze_run", city=held.city, round=held.round, catalog=one.catalog, at=local(held.at),
                       total=one.total or "—"))  # fmt: skip
    click.echo(say("replay_whole", number=len(held.files)))
    click.echo(say("replay_sealed" if sealed else "replay_seal_is", seal=found.seal))
    for name in found.same:
        click.echo(say("replay_same", name=name))
    for name in found.kept:
        click.echo(say("replay_kept", name=name))
    for file in found.differing:
        code = "replay_differs" if file.packed and file.now else "replay_gone" if file.packed else "replay_new"
        click.echo(say(code, name=file.name))
        tell_all_unlike(speaker, file.unlike)
    for name, there, here in found.versions:
        click.echo(say("replay_version", name=name, there=there or "—", here=here or "—"))
    for name in found.catalogs:
        click.echo(say("replay_catalog", name=name))
    if not found.differing:
        click.echo(say("replay_all_same"))
    else:
        click.echo(say("replay_explained" if found.versions else "replay_unexplained"))
