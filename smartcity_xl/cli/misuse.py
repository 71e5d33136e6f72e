"""A mistake in the command itself, in the language of the run, with what may have been meant."""

from __future__ import annotations

import re

import click

from smartcity_xl.cli.speech import Speaker
from smartcity_xl.messages import word_near
from smartcity_xl.messages.near import find_near


def word_misuse(speaker: Speaker, error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "xlscore"
    match error:
        case click.NoSuchOption():
            said = speaker.error("usage-option", found=error.option_name, command=command)
            return said + word_near(find_near(error.option_name, _options(error.ctx)), speaker.language)
        case click.MissingParameter() if error.param:
            return speaker.error("usage-argument", found=error.param.human_readable_name, command=command)
        case click.BadParameter() if error.param and (said := _word_range(speaker, error.param, command)):
            return said
        case click.BadParameter() if error.param:
            return speaker.error("usage-value", found=error.param.opts[-1], command=command)
        case click.BadOptionUsage():
            return speaker.error("usage-value", found=error.option_name, command=command)
    if error.message.startswith("No such command"):
        found = re.sub(r"^No such command '?(.*?)'?\.?(?: .*)?$", r"\1", error.message.partition("\n")[0])
        return speaker.error("usage-command", found=found, command=command) + word_near(
            find_near(found, _commands(error.ctx)), speaker.language
        )
    return speaker.error("usage-other", found=error.message.rstrip("."), command=command)


def _word_range(speaker: Speaker, parameter: click.Parameter, command: str) -> str:
    """What a value should have been, for a number or a choice; "" for others."""
    name, kind = parameter.opts[-1], parameter.type
    if isinstance(kind, click.Choice):
        return speaker.error("usage-choice", found=name, known=", ".join(kind.choices), command=command)
    if not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return ""
    sort = speaker.error("usage-integer" if isinstance(kind, click.types.IntParamType) else "usage-decimal")
    ends = []
    if isinstance(kind, click.IntRange | click.FloatRange):
        if kind.min is not None:
            ends.append(speaker.error("usage-above" if kind.min_open else "usage-from", least=kind.min))
        if kind.max is not None:
            ends.append(speaker.error("usage-below" if kind.max_open else "usage-up-to", most=kind.max))
    if not ends:
        return speaker.error("usage-number", found=name, kind=sort, command=command)
    between = speaker.error("did-you-mean-between")
    return speaker.error("usage-range", found=name, kind=sort, range=between.join(ends), command=command)


def _options(context: click.Context | None) -> list[str]:
    """The long options of the command that was called."""
    parameters = context.command.get_params(context) if context else []
    return [name for one in parameters for name in one.opts if name.startswith("--")]


def _commands(context: click.Context | None) -> list[str]:
    """The commands of the group that was called; those of its own groups by both words."""
    if context is None or not isinstance(context.command, click.Group):
        return []
    return list(context.command.commands)
