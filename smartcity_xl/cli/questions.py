"""What ``xlscore init`` asks on a terminal: whatever nobody has said of the new round, each with what it is for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.cli.speech import Speaker

if TYPE_CHECKING:
    from smartcity_xl.run.last_round import LastRound
    from smartcity_xl.run.planning import TypedTerms
    from smartcity_xl.run.systems import Choice


class Answers(Struct, frozen=True):
    """What is said of a new round, by options and then by answers; ``last`` is the round that it begins from."""

    choice: Choice
    city: str | None
    round: str | None
    deadline: str | None
    typed: TypedTerms
    last: LastRound | None = None


def ask_open(speaker: Speaker, said: Answers) -> Answers:
    """What a person said, with the answers to what was left open; as it is where nobody sits at a terminal.

    Raises as ``plan_round``.
    """
    from smartcity_xl.run.planning import plan_round

    if not sys.stdin.isatty():
        return said
    if not said.last and not said.choice.systems and said.choice.assignment_book is None:
        said = replace(said, choice=replace(said.choice, systems=(_ask_system(speaker),)))
    for question in _QUESTIONS:
        new = plan_round(said.choice, said.round, said.city, said.deadline, said.typed, said.last)
        if question.option in new.unsaid or (question.option == "--period" and said.typed.period is None):
            shown = new.assignment.period.as_text() if question.option == "--period" and new.assignment.period else ""
            said = _ask(speaker, question, question.option in new.needed, shown, said)
    return said


class _Question(Struct, frozen=True):
    """``option`` names the question, its sentence and what it answers; ``take`` puts the answer in."""

    option: str
    take: Callable[[Answers, str], Answers]

    @property
    def sentence(self) -> str:
        return "ask_" + self.option.removeprefix("--").replace("-", "_")


def _typed(name: str) -> Callable[[Answers, str], Answers]:
    def take(said: Answers, text: str) -> Answers:
        given: dict[str, Any] = {name: text}
        return replace(said, typed=replace(said.typed, **given))

    return take


def _take_recipients(said: Answers, text: str) -> Answers:
    named = tuple(part.strip() for part in text.replace("，", "、").split("、") if part.strip())
    return replace(said, typed=replace(said.typed, recipients=named))


_QUESTIONS = (
    _Question("--city", lambda said, text: replace(said, city=text)),
    _Question("--round", lambda said, text: replace(said, round=text)),
    _Question("--period", _typed("period")),
    _Question("--deadline", lambda said, text: replace(said, deadline=text)),
    _Question("--contacts-deadline", _typed("contacts_deadline")),
    _Question("--basis", _typed("basis")),
    _Question("--recipient", _take_recipients),
    _Question("--phone", _typed("phone")),
    _Question("--address", _typed("address")),
)


def _ask(speaker: Speaker, question: _Question, needed: bool, shown: str, said: Answers) -> Answers:
    """The answer to one question, asked until it can be read, and given where it must be."""
    from smartcity_xl.errors import UsageFault
    from smartcity_xl.run.planning import plan_round

    while True:
        text = _prompt(speaker.say(question.sentence), shown)
        taken = question.take(said, text)
        try:
            new = plan_round(taken.choice, taken.round, taken.city, taken.deadline, taken.typed, taken.last)
        except UsageFault as fault:
            click.echo(speaker.error(fault.code, **fault.parameters), err=True)
            continue
        if not (needed and question.option in new.needed):
            return taken


def _ask_system(speaker: Speaker) -> str:
    from smartcity_xl.catalog.load import DEFAULT_CATALOG, assignment_ids, catalog_ids, load_catalog

    known = [system for system in catalog_ids() if assignment_ids(system)]
    for system in known:
        click.echo(f"  {system}  {load_catalog(system).title}", err=True)
    while (system := _prompt(speaker.say("ask_catalog"), DEFAULT_CATALOG)) not in catalog_ids():
        pass
    return system


def _prompt(question: str, shown: str) -> str:
    return str(click.prompt(question, default=shown, show_default=bool(shown), err=True)).strip()
