"""What every command says, in the language of the run: sentences, help pages, exit codes."""

from __future__ import annotations

from typing import Any

import click

CLEAN, NEEDS_A_PERSON, WRONG_USAGE, UNFINISHED = 0, 1, 2, 3


class Speaker:
    """Sentences in the language of this run."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, code: str, /, **parameters: object) -> str:
        from smartcity_xl.messages import sentence

        return sentence("cli", code, self.language, **parameters)

    def tell(self, code: str, /, **parameters: object) -> None:
        """Say something on the way, beside what the command prints."""
        click.echo(self.say(code, **parameters), err=True)

    def error(self, code: str, /, **parameters: object) -> str:
        from smartcity_xl.messages import sentence

        return sentence("errors", code, self.language, **parameters)


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
    def __init__(self, speaker: Speaker, arguments: dict[str, str], example: str, **settings: Any) -> None:
        self.speaker, self.arguments, self.example = speaker, arguments, example
        super().__init__(**settings)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        if self.arguments:
            with formatter.section(self.speaker.say("arguments")):
                formatter.write_dl(list(self.arguments.items()))
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        with formatter.section(self.speaker.say("example")):
            formatter.write_text(self.example)


class Group(_Worded, click.Group):
    def __init__(self, speaker: Speaker, **settings: Any) -> None:
        self.speaker = speaker
        super().__init__(**settings)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        with formatter.section(self.speaker.say("commands")):
            formatter.write_dl([(name, str(command.help)) for name, command in self.commands.items()])
        formatter.write_paragraph()
        formatter.write_text(self.speaker.say("exit_codes"))
