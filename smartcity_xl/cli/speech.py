"""What every command says, in the language of the run: sentences, tables, exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock
from smartcity_xl.messages.unarmed import on_one_line

if TYPE_CHECKING:
    from smartcity_xl.run.files import Written
    from smartcity_xl.run.orders import Instead

CLEAN, NEEDS_A_PERSON, WRONG_USAGE, UNFINISHED, STOPPED = 0, 1, 2, 3, 130
NOTHING = "—"
"""Stands in a table where there is nothing to say."""


class Speaker:
    """Sentences in the language of this run."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.quiet = self.verbose = self.data = False
        """How it is to be told; ``data``: as one document, and not in sentences."""
        self.document: Mapping[str, object] | None = None
        self.files: list[str] = []
        """What is told as data, and the files that the command says it has written."""
        self.held: list[str] = []
        """What is told on the way and kept back, where the command is to be quiet."""
        self.advised: tuple[str, tuple[str, ...], Mapping[str, object]] | None = None
        """What a command says comes next: the code of a sentence, the words to type after ``xlscore``, parameters."""

    def advise(self, code: str, *command: object, **parameters: object) -> None:
        """What comes next, where a command knows better than the state of the round; told at its end."""
        self.advised = code, tuple(map(str, command)), parameters

    def give(self, schema: str, /, **fields: object) -> None:
        """What the command found, as data: told in place of its sentences where that is asked for. ``schema`` is the
        name and number of what ``docs/json.md`` says of the fields."""
        self.document = {"schema": schema, **fields}

    def say(self, code: str, /, **parameters: object) -> str:
        """A sentence. What it names has no line of its own: it must not look like another sentence of ours."""
        from smartcity_xl.messages import Wording, sentence

        words = {
            name: on_one_line(str(one)) for name, one in parameters.items() if isinstance(one, str | Path | Wording)
        }
        return sentence("cli", code, self.language, **{**parameters, **words})

    def say_if_known(self, code: str) -> str:
        """A sentence that takes nothing; "" where there is none of this code."""
        from smartcity_xl.messages import sentence_codes

        return self.say(code) if code in sentence_codes("cli") else ""

    def tell(self, code: str, /, **parameters: object) -> None:
        """Say something on the way, beside what the command prints."""
        self.tell_text(self.say(code, **parameters))

    def tell_text(self, text: str) -> None:
        """The same for what is worded already."""
        if self.quiet:
            self.held.append(text)
        else:
            click.echo(text, err=True)

    def let_out(self) -> None:
        """Tell what was kept back."""
        for text in self.held:
            click.echo(text, err=True)
        self.held.clear()

    def log(self, code: str, /, **parameters: object) -> None:
        """Say what is being done, and when, where somebody wants to know."""
        if self.verbose:
            click.echo(f"{clock.now():%H:%M:%S} {self.say(code, **parameters)}", err=True)

    def error(self, code: str, /, **parameters: object) -> str:
        from smartcity_xl.messages import sentence

        return sentence("errors", code, self.language, **parameters)


def tell_written(speaker: Speaker, paths: Iterable[Path | str]) -> None:
    for path in paths:
        speaker.files.append(str(path))
        click.echo(speaker.say("wrote", path=path))


def tell_done(speaker: Speaker, done: Written) -> None:
    """The files that are there now, whether this run wrote them or found them the same."""
    tell_written(speaker, (*done.written, *done.unchanged))


def tell_instead(speaker: Speaker, instead: Iterable[Instead]) -> None:
    """What a person said in place of what the round says."""
    for one in instead:
        sentence = "round_instead_whose" if one.option in ("--city", "--round") else "round_instead"
        option = one.option if one.option.startswith("-") else speaker.say(f"round_{one.option}")
        speaker.tell(sentence, option=option, given=one.given, own=one.own)


def tell_unproven(speaker: Speaker, key: bytes, campaign: Path | None) -> None:
    """Once for a run: that nothing proves which workbooks the round issued."""
    if not key:
        speaker.tell("unproven_no_key" if campaign else "unproven_no_round")


def local(moment: str) -> str:
    """A moment (UTC) as a person here reads it; nothing where there is none."""
    from smartcity_xl.ledger import local_time

    return local_time(moment) if moment else ""
