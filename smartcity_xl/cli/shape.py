"""The shape of every command: what it takes is declared once and worded when the language is known."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.cli.speech import Speaker

MAY, MUST = "may", "must"
"""What a command wants of a round: it works without one, or it does not."""


class Parameter(Struct, frozen=True):
    """An option or an argument; ``says`` is the code of the sentence about it, ``settings`` are click's.

    ``round``: MAY or MUST where it names the round that a command works for; ``beside`` comes with it.
    """

    kind: type[click.Option] | type[click.Argument]
    names: tuple[str, ...]
    says: str
    settings: Mapping[str, Any]
    round: str = ""
    beside: Parameter | None = None

    def but(self, says: str = "", **settings: Any) -> Parameter:
        """The same for a command that says something else of it, or takes it otherwise."""
        return replace(self, says=says or self.says, settings={**self.settings, **settings})

    def built(self, speaker: Speaker) -> click.Parameter:
        if self.kind is click.Argument:
            return click.Argument(self.names, **self.settings)
        return click.Option(self.names, help=speaker.say(self.says), **self.settings)

    @property
    def label(self) -> str:
        """What an argument is called on the help page."""
        return self.settings.get("metavar") or self.names[0].upper()


def option(*names: str, says: str, **settings: Any) -> Parameter:
    return Parameter(click.Option, names, says, settings)


def argument(name: str, says: str, **settings: Any) -> Parameter:
    return Parameter(click.Argument, (name,), says, settings)


def with_those_beside(parameters: tuple[Parameter, ...]) -> list[Parameter]:
    return [one for declared in parameters for one in (declared, declared.beside) if one]


class _Worded:
    """Help pages with headings in the language of the run."""

    speaker: Speaker

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(context))  # type: ignore[attr-defined]
        formatter.write_usage(context.command_path, pieces, self.speaker.say("usage"))

    def option_records(self, context: click.Context) -> list[tuple[str, str]]:
        parameters = self.get_params(context)  # type: ignore[attr-defined]
        options = (option for option in parameters if isinstance(option, click.Option))
        return [record for option in options if (record := option.get_help_record(context))]

    def get_help_option(self, context: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(context)  # type: ignore[misc]
        if option:
            option.help = self.speaker.say("help")
        return option


class Command(_Worded, click.Command):
    """A command with its ``code``: that of the sentence that says what it does; ``<code>_example`` shows a call."""

    def __init__(
        self,
        speaker: Speaker,
        name: str,
        code: str,
        parameters: tuple[Parameter, ...],
        run: Callable[..., int],
        brief: bool = False,
    ) -> None:
        """``brief``: without a round it is over before there is garbage worth looking for."""
        self.speaker, self.code, self.example = speaker, code, speaker.say(f"{code}_example")
        arguments = (one for one in parameters if one.kind is click.Argument)
        self.arguments = [(one.label, speaker.say(one.says)) for one in arguments]
        self.brief = brief
        self.wants_round = next((one.round for one in parameters if one.round), "")
        super().__init__(
            name,
            help=speaker.say(code),
            params=[one.built(speaker) for one in with_those_beside(parameters)],
            callback=lambda **given: self._work(run, given),
        )

    def _work(self, run: Callable[..., int], given: dict[str, Any]) -> int:
        """Find the round, do the work, and say what comes next."""
        from smartcity_xl.cli.round import find_round, tell_next

        quiet, without, round_ = bool(given.get("as_json")), False, None
        if self.wants_round:
            without = given.pop("no_campaign")
            round_ = find_round(self.speaker, given["campaign"], without, self.wants_round == MUST)
            given["campaign"] = round_ and round_.path
        if round_ or not self.brief:
            gc.enable()  # a start goes without (``cli.main``)
        code = run(self.speaker, **given)
        tell_next(self.speaker, round_, self.code, code, quiet, without)
        return code

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        if self.arguments:
            with formatter.section(self.speaker.say("arguments")):
                formatter.write_dl(self.arguments)
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        with formatter.section(self.speaker.say("example")):
            formatter.write_text(self.example)


class Shelf(MutableMapping[str, click.Command]):
    """Name -> command, each made when it is taken: a run takes one of them."""

    def __init__(self) -> None:
        self.makers: dict[str, Callable[[], click.Command]] = {}
        self.made: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self.made:
            self.made[name] = self.makers[name]()
        return self.made[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self.makers[name] = lambda: command

    def __delitem__(self, name: str) -> None:
        del self.makers[name]
        self.made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


class Group(_Worded, click.Group):
    """A command that holds others."""

    def __init__(
        self,
        speaker: Speaker,
        name: str,
        code: str,
        parameters: tuple[Parameter, ...],
        alone: Callable[..., int] | None = None,
    ) -> None:
        """``alone`` is what it does where none of its commands is called; without it, that is a mistake."""
        self.speaker = speaker
        self.shelf = Shelf()
        self.summaries: dict[str, str] = {}
        """Name of a command -> what it does, in the order of the page."""
        super().__init__(
            name,
            commands=self.shelf,
            help=speaker.say(code),
            params=[one.built(speaker) for one in with_those_beside(parameters)],
            invoke_without_command=alone is not None,
            callback=alone and (lambda **given: alone(speaker, **given)),
        )

    def add_later(self, name: str, code: str, make: Callable[[], click.Command]) -> None:
        """A command that is made when it is asked for; ``code`` is that of the sentence that says what it does."""
        self.shelf.makers[name] = make
        self.summaries[name] = self.speaker.say(code)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        with formatter.section(self.speaker.say("commands")):
            formatter.write_dl(list(self.summaries.items()))
        formatter.write_paragraph()
        formatter.write_text(self.speaker.say("exit_codes"))
