"""The shape of every command: what it takes is declared once and worded when the language is known."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.cli.speech import Speaker

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_VALUE = re.compile("[A-Z]+")
_YOUNG = 50_000
"""New things after which garbage is looked for: a round makes millions that stay, and little garbage."""

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
        settings = {**self.settings}
        if self.kind is click.Argument:
            settings["metavar"] = self.label(speaker) if "metavar" in settings else self._marked(self.label(speaker))
            return click.Argument(self.names, **settings)
        if "metavar" in settings:
            settings["metavar"] = _say_values(speaker, settings["metavar"])
        said = speaker.say(self.says)
        if settings.get("required"):
            said = speaker.say("required", help=said)
        return _Option(self.names, help=said, **settings)

    def label(self, speaker: Speaker) -> str:
        """What an argument is called on the help page."""
        return _say_values(speaker, self.settings.get("metavar") or self.names[0].upper())

    def _marked(self, label: str) -> str:
        """The name of an argument with the signs that say whether it may be left out, and whether it may be several."""
        many = self.settings.get("nargs", 1) != 1
        label = label if self.settings.get("required", not many) else f"[{label}]"
        return f"{label}..." if many else label


def _say_values(speaker: Speaker, text: str) -> str:
    """``FILE...`` with its words as the language of the run has them."""
    return _VALUE.sub(lambda found: speaker.say_if_known(f"value_{found[0].lower()}") or found[0], text)


class _Option(click.Option):
    """An option whose sentence says by itself that it is required, in the language of the run."""

    def get_help_extra(self, context: click.Context) -> click.types.OptionHelpExtra:
        extra = super().get_help_extra(context)
        extra.pop("required", None)
        return extra


def option(*names: str, says: str, **settings: Any) -> Parameter:
    return Parameter(click.Option, names, says, settings)


def argument(name: str, says: str, **settings: Any) -> Parameter:
    return Parameter(click.Argument, (name,), says, settings)


def with_those_beside(parameters: tuple[Parameter, ...]) -> list[Parameter]:
    return [one for declared in parameters for one in (declared, declared.beside) if one]


class WordedContext(click.Context):
    """What a command is called in, with a page of ours."""

    def make_formatter(self) -> click.HelpFormatter:
        from smartcity_xl.cli.page import HelpPage  # not at the top: few commands print a page

        return HelpPage(width=self.terminal_width, max_width=self.max_content_width)


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

    context_class = WordedContext

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
        self.arguments = [(one.label(speaker), speaker.say(one.says)) for one in arguments]
        self.brief = brief
        self.wants_round = next((one.round for one in parameters if one.round), "")
        super().__init__(
            name,
            help=speaker.say(code),
            params=[one.built(speaker) for one in with_those_beside(parameters)],
            callback=lambda **given: self._work(run, given),
            options_metavar=speaker.say("usage_options"),
        )

    def _work(self, run: Callable[..., int], given: dict[str, Any]) -> int:
        """Find the round, do the work, and say what comes next, as loud as is asked for."""
        from smartcity_xl.cli.volume import work_at_volume

        quiet, verbose, data = given.pop("quiet"), given.pop("verbose"), given.pop("as_json")
        return work_at_volume(self.speaker, quiet, verbose, data, lambda: self._work_for_round(run, given))

    def _work_for_round(self, run: Callable[..., int], given: dict[str, Any]) -> int:
        from smartcity_xl.cli.round import find_round, tell_next

        without, round_ = False, None
        if self.wants_round:
            without = given.pop("no_campaign")
            round_ = find_round(self.speaker, given["campaign"], without, self.wants_round == MUST)
            given["campaign"] = round_ and round_.path
        if round_ or not self.brief:
            gc.freeze()  # what the start has made stays
            gc.set_threshold(_YOUNG)
            gc.enable()  # a start goes without (``cli.main``)
        code = run(self.speaker, **given)
        tell_next(self.speaker, round_, self.code, code, without)
        return code

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        if self.arguments:
            with formatter.section(self.speaker.say("arguments")):
                formatter.write_dl(self.arguments)
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        with formatter.section(self.speaker.say("example")):
            formatter.write(f"  {self.example}\n")  # in one line: it is there to be copied


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

    context_class = WordedContext

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
        self.chapters: dict[str, dict[str, str]] = {}
        """Heading -> name of a command -> what it does, in the order of the page; by the codes of their sentences."""
        super().__init__(
            name,
            commands=self.shelf,
            help=speaker.say(code),
            params=[one.built(speaker) for one in with_those_beside(parameters)],
            invoke_without_command=alone is not None,
            callback=alone and (lambda **given: alone(speaker, **given)),
            options_metavar=speaker.say("usage_options"),
            subcommand_metavar=speaker.say("usage_command"),
        )

    def add_later(self, name: str, code: str, make: Callable[[], click.Command], heading: str = "commands") -> None:
        """A command that is made when it is asked for; ``code`` is that of the sentence that says what it does,
        ``heading`` that of the one it stands under."""
        self.shelf.makers[name] = make
        self.chapters.setdefault(heading, {})[name] = code

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, with what they do; none of them is made for it."""
        from click.shell_completion import CompletionItem

        say = self.speaker.say
        told = ((name, code) for summaries in self.chapters.values() for name, code in summaries.items())
        found: list[CompletionItem] = [
            CompletionItem(name, help=say(code)) for name, code in told if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, context, incomplete)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        wide = max(len(name) for name in self.shelf)
        for heading, summaries in self.chapters.items():
            with formatter.section(self.speaker.say(heading)):
                formatter.write_dl([(name.ljust(wide), self.speaker.say(code)) for name, code in summaries.items()])
        formatter.write_paragraph()
        formatter.write_text(self.speaker.say("exit_codes"))
