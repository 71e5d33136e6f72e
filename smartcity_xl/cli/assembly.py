"""The whole command line, put together from the files in ``commands/``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import click

from smartcity_xl.cli import commands
from smartcity_xl.cli.options import LANG, VERSION
from smartcity_xl.cli.shape import Command, Group
from smartcity_xl.cli.speech import Speaker
from smartcity_xl.messages import sentence_codes


def build_cli(language: str) -> click.Group:
    """The whole command line, worded in one language."""
    speaker = Speaker(language)
    group = Group(speaker, "xlscore", "about", (LANG, VERSION))
    _fill(group, commands, "")
    return group


def _fill(group: Group, folder: ModuleType, prefix: str) -> None:
    """Add the commands of a folder, in the order in which ``messages/cli.toml`` tells what they do."""
    places = {code: place for place, code in enumerate(sentence_codes("cli"))}
    for code, name, module in sorted(_found(folder, prefix), key=lambda one: places[one[0]]):
        if hasattr(module, "__path__"):
            inner = Group(group.speaker, name, code, (LANG,))
            _fill(inner, module, f"{code}_")
            group.add_command(inner)
        else:
            group.add_command(Command(group.speaker, name, code, (*module.PARAMETERS, LANG), module.run))


def _found(folder: ModuleType, prefix: str) -> Iterator[tuple[str, str, ModuleType]]:
    """Of each command in a folder: the code of its sentence, its name, its module."""
    for found in iter_modules(folder.__path__):
        word = found.name.rstrip("_")
        yield prefix + word, word.replace("_", "-"), import_module(f"{folder.__name__}.{found.name}")
