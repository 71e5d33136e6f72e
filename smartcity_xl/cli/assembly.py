"""The whole command line, put together from the files in ``commands/``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import click

from smartcity_xl.cli import commands
from smartcity_xl.cli.options import CAMPAIGN, JSON, LANG, QUIET, VERBOSE, VERSION
from smartcity_xl.cli.shape import Command, Group
from smartcity_xl.cli.speech import CLEAN, Speaker
from smartcity_xl.messages import sentence_codes


def assemble(language: str) -> click.Group:
    """The whole command line, worded in one language."""
    speaker = Speaker(language)
    group = Group(speaker, "xlscore", "about", (CAMPAIGN.but("front_campaign"), LANG, VERSION), _open_front_door)
    _fill(group, commands, "")
    return group


def _open_front_door(speaker: Speaker, campaign: Path | None, no_campaign: bool) -> int:
    """What ``xlscore`` does alone. Raises UsageFault where a command follows: that has to be told of the round."""
    command = click.get_current_context().invoked_subcommand
    if command is None:
        import gc

        from smartcity_xl.cli.front import show_front

        gc.enable()  # a start goes without (``cli.main``)
        return show_front(speaker, campaign, no_campaign)
    if campaign or no_campaign:
        from smartcity_xl.errors import UsageFault

        raise UsageFault("campaign-before-command", command=command)
    return CLEAN


def _fill(group: Group, folder: ModuleType, prefix: str) -> None:
    """Add the commands of a folder, in the order in which ``messages/cli.toml`` tells what they do; those of the whole
    each under the heading before it there."""
    codes = tuple(sentence_codes("cli"))
    places = {code: place for place, code in enumerate(codes)}
    for code, name, module in sorted(_found(folder, prefix), key=lambda one: places[one[0]]):
        before = codes[: places[code]] if not prefix else ()
        heading = next((one for one in reversed(before) if one.startswith("heading_")), "commands")
        group.add_later(name, code, partial(_make, group.speaker, name, code, module), heading)


def _make(speaker: Speaker, name: str, code: str, path: str) -> click.Command:
    """A command from its module, or, from a folder, one that holds others."""
    module = import_module(path)
    if hasattr(module, "__path__"):
        inner = Group(speaker, name, code, (LANG,))
        _fill(inner, module, f"{code}_")
        return inner
    parameters = (*module.PARAMETERS, JSON, QUIET, VERBOSE, LANG)
    return Command(speaker, name, code, parameters, module.run, getattr(module, "BRIEF", False))


def _found(folder: ModuleType, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Of each command in a folder: the code of its sentence, its name, and that of its module."""
    for found in iter_modules(folder.__path__):
        word = found.name.rstrip("_")
        yield prefix + word, word.replace("_", "-"), f"{folder.__name__}.{found.name}"
