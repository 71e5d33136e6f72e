"""What a command found as one JSON document (``--json``), for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from smartcity_xl.cli.speech import Speaker

WRITTEN, REFUSED = "xlscore-written/1", "xlscore-refused/1"
"""The schemas of a command that writes files and says nothing else, and of one that could not be done."""


def print_document(speaker: Speaker) -> None:
    """What the command has given, and the files that it has written, on standard output."""
    import json  # not at the top: few are asked for data

    from msgspec import to_builtins

    document = dict(speaker.document or {"schema": WRITTEN})
    if speaker.files or speaker.document is None:
        document["written"] = speaker.files
    plain = to_builtins(document, enc_hook=_plain)
    click.echo(json.dumps(plain, ensure_ascii=False, indent=1))


def print_refusal(arguments: Sequence[str], code: str, said: str, exit_code: int) -> None:
    """That there is no such document, and why, where one was asked for: what is read as JSON is always JSON."""
    given = list(arguments)
    if "--json" in given[: given.index("--") if "--" in given else None]:
        import json

        document = {"schema": REFUSED, "exit": exit_code, "code": code, "said": said}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _plain(one: object) -> object:
    """Raises TypeError for what no document of ours may hold."""
    if isinstance(one, Path):
        return str(one)
    raise TypeError(f"no data: {type(one).__name__}")
