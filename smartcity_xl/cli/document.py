"""What a command found as one JSON document (``--json``), for other programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from smartcity_xl.cli.speech import Speaker

WRITTEN = "xlscore-written/1"
"""The schema of a command that writes files and says nothing else."""


def print_document(speaker: Speaker) -> None:
    """What the command has given, and the files that it has written, on standard output."""
    from msgspec import to_builtins  # not at the top: only here

    document = dict(speaker.document or {"schema": WRITTEN})
    if speaker.files or speaker.document is None:
        document["written"] = speaker.files
    plain = to_builtins(document, enc_hook=_plain)
    click.echo(json.dumps(plain, ensure_ascii=False, indent=1))


def _plain(one: object) -> object:
    """Raises TypeError for what no document of ours may hold."""
    if isinstance(one, Path):
        return str(one)
    raise TypeError(f"no data: {type(one).__name__}")
