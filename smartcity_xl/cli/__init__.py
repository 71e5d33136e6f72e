"""The command line: parse, call ``run``, print, exit. Speaks Chinese and English. One file a command: ``commands/``."""

from __future__ import annotations

import locale
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.assembly import build_cli
from smartcity_xl.cli.speech import STOPPED, UNFINISHED, WRONG_USAGE, Speaker
from smartcity_xl.cli.stopping import STOPPING
from smartcity_xl.cli.terminal import unarmed_streams

if TYPE_CHECKING:
    from smartcity_xl.errors import XlscoreError

__all__ = ["build_cli", "choose_language", "main", "run_cli"]


def choose_language(arguments: Sequence[str]) -> str:
    """The language asked for: ``--lang``, then XLSCORE_LANG, then the system's; English where none is Chinese."""
    asked = ""
    for number, argument in enumerate(arguments):
        if argument == "--lang" and number + 1 < len(arguments):
            asked = arguments[number + 1]
        elif argument.startswith("--lang="):
            asked = argument.partition("=")[2]
    if asked in ("zh", "en"):
        return asked
    environment = os.environ.get("XLSCORE_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    system = environment or (locale.getlocale()[0] or "")
    return "zh" if re.match(r"zh|chinese", system, re.IGNORECASE) else "en"


def _usage_words(speaker: Speaker, error: click.UsageError) -> str:
    """A mistake in the command, in the language of the run."""
    command = error.ctx.command_path if error.ctx else "xlscore"
    match error:
        case click.NoSuchOption():
            return speaker.error("usage-option", found=error.option_name, command=command)
        case click.MissingParameter() if error.param:
            return speaker.error("usage-argument", found=error.param.human_readable_name, command=command)
        case click.BadParameter() if error.param:
            return speaker.error("usage-value", found=error.param.opts[-1], command=command)
        case click.BadOptionUsage():
            return speaker.error("usage-value", found=error.option_name, command=command)
    if error.message.startswith("No such command"):
        found = re.sub(r"^No such command '?(.*?)'?\.?$", r"\1", error.message)
        return speaker.error("usage-command", found=found)
    return speaker.error("usage-other", found=error.message.rstrip("."), command=command)


def _tell_fault(speaker: Speaker, fault: XlscoreError) -> int:
    from smartcity_xl.errors import FaultyFile

    parameters = dict(fault.parameters)
    if isinstance(fault, FaultyFile):
        parameters["faults"] = "\n".join(f"  {one.words(speaker.language)}" for one in fault.faults)
    click.echo(speaker.error(fault.code, **parameters), err=True)
    return fault.exit_code


def run_cli(arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code."""
    with unarmed_streams():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    from smartcity_xl.errors import XlscoreError

    speaker = Speaker(choose_language(arguments))
    cli = build_cli(speaker.language)
    try:
        result = cli.main(list(arguments), prog_name="xlscore", standalone_mode=False, obj=tuple(arguments))
        return int(result or 0)
    except click.UsageError as error:
        click.echo(_usage_words(speaker, error), err=True)
        return WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo(speaker.say("stopped"), err=True)
        return STOPPED
    except XlscoreError as fault:
        return _tell_fault(speaker, fault)
    except Exception as error:  # noqa: BLE001 - our own bug: told with its trace, and never as a success
        click.echo(speaker.say("bug", error=type(error).__name__), err=True)
        click.echo(traceback.format_exc(), err=True)
        return UNFINISHED


def main() -> None:
    """Entry point of the ``xlscore`` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a character must not end the run
    STOPPING.listen()
    try:
        code = run_cli(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anybody to tell it
        code = STOPPED
    sys.exit(code)
