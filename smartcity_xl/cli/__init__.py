"""The command line: parse, call ``run``, print, exit. Speaks Chinese and English.

Heavy imports wait until a command needs them, so that ``--help`` is quick.
"""

from __future__ import annotations

import locale
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl import __version__
from smartcity_xl.cli.campaign import build_init_command
from smartcity_xl.cli.catalog import build_catalog_commands
from smartcity_xl.cli.chasing import build_remind_command
from smartcity_xl.cli.ledger import build_ledger_commands, keep_in
from smartcity_xl.cli.mail import build_mail_commands
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, UNFINISHED, WRONG_USAGE, Command, Group, Speaker
from smartcity_xl.cli.survey import build_survey_commands

if TYPE_CHECKING:
    from smartcity_xl.errors import XlscoreError
    from smartcity_xl.model import CampaignSettings


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


def build_cli(language: str) -> click.Group:
    """The whole command line, worded in one language."""
    speaker = Speaker(language)
    say = speaker.say

    def language_option() -> click.Option:
        return click.Option(["--lang"], type=click.Choice(["zh", "en"]), help=say("lang"), expose_value=False)

    def campaign_option() -> click.Option:
        return click.Option(["--campaign"], type=click.Path(path_type=Path), metavar="FILE", help=say("campaign"))

    def show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"xlscore {__version__}")
            context.exit()

    version = click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show_version, help=say("version")
    )
    group = Group(speaker, name="xlscore", help=say("about"), params=[language_option(), version])
    group.add_command(Command(
        speaker, {}, say("make_templates_example"), name="make-templates", help=say("make_templates"),
        callback=lambda **given: _make_templates(speaker, **given),
        params=[
            campaign_option(),
            click.Option(["--catalog", "systems"], metavar="SYSTEM", multiple=True, help=say("make_templates_catalog")),
            click.Option(["--assignment"], type=click.Path(path_type=Path), metavar="FILE", help=say("assignment")),
            click.Option(["--out"], type=click.Path(path_type=Path), metavar="DIR",
                         help=say("make_templates_out")),
            click.Option(["--round", "round_"], metavar="TEXT", help=say("make_templates_round")),
            click.Option(["--city"], metavar="NAME", help=say("make_templates_city")),
            click.Option(["--deadline"], metavar="DATE", help=say("make_templates_deadline")),
            click.Option(["--previous"], type=click.Path(path_type=Path), metavar="FILE",
                         help=say("make_templates_previous")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(Command(
        speaker, {"INBOX": say("collect_inbox")}, say("collect_example"), name="collect", help=say("collect"),
        callback=lambda **given: _collect(speaker, **given),
        params=[
            click.Argument(["inbox"], type=click.Path(path_type=Path), required=False),
            campaign_option(),
            click.Option(["--out"], type=click.Path(path_type=Path), metavar="DIR", help=say("collect_out")),
            click.Option(["--catalog", "systems"], metavar="SYSTEM", multiple=True, help=say("collect_catalog")),
            click.Option(["--assignment"], type=click.Path(path_type=Path), metavar="FILE", help=say("assignment")),
            click.Option(["--return-by"], metavar="DATE", default="", help=say("collect_return_by")),
            click.Option(["--previous"], type=click.Path(path_type=Path), metavar="FILE", multiple=True,
                         help=say("collect_previous")),
            click.Option(["--review"], is_flag=True, help=say("collect_review")),
            click.Option(["--decisions"], type=click.Path(path_type=Path), metavar="FILE",
                         help=say("collect_decisions")),
            click.Option(["--archive-password", "passwords"], metavar="TEXT", multiple=True,
                         help=say("collect_archive_password")),
            click.Option(["--ledger"], type=click.Path(path_type=Path), metavar="DIR", help=say("collect_ledger")),
            click.Option(["--as-of"], metavar="TIME", default="", help=say("collect_as_of")),
            language_option(),
        ],
    ))  # fmt: skip
    for command in build_ledger_commands(speaker, language_option):
        group.add_command(command)
    group.add_command(build_remind_command(speaker, language_option))
    group.add_command(build_catalog_commands(speaker, language_option))
    group.add_command(build_survey_commands(speaker, language_option))
    group.add_command(build_init_command(speaker, language_option))
    for command in build_mail_commands(speaker, language_option):
        group.add_command(command)
    return group


def _make_templates(
    speaker: Speaker,
    campaign: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    out: Path | None,
    round_: str | None,
    city: str | None,
    deadline: str | None,
    previous: Path | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.run.rounds import choose_campaign
    from smartcity_xl.run.systems import Choice
    from smartcity_xl.run.templates import make_templates

    settings = _open_campaign(campaign, systems, assignment)
    choice = Choice(systems, assignment)
    folder = out or Path("templates-out")
    if settings:
        choice, folder = choose_campaign(settings), out or settings.folders.templates
        round_, city = round_ or settings.round, city or settings.city
        deadline = deadline or settings.deadline.date().isoformat()
    done = make_templates(folder, choice, round_, city, deadline, overwrite, previous)
    click.echo(speaker.say("templates_written", number=len(done.written), folder=folder))
    if done.unchanged:
        click.echo(speaker.say("templates_unchanged", number=len(done.unchanged)))
    return CLEAN


def _open_campaign(path: Path | None, systems: tuple[str, ...], assignment: Path | None) -> CampaignSettings | None:
    """A campaign's settings, where a command names them. They say which systems and which assignment: no option may."""
    from smartcity_xl.errors import UsageFault
    from smartcity_xl.office.campaign import read_campaign

    if path and (systems or assignment):
        raise UsageFault("campaign-and-options", path=path)
    return read_campaign(path) if path else None


def _collect(
    speaker: Speaker,
    inbox: Path | None,
    campaign: Path | None,
    out: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    return_by: str,
    previous: tuple[Path, ...],
    review: bool,
    decisions: Path | None,
    passwords: tuple[str, ...],
    ledger: Path | None,
    as_of: str,
) -> int:
    from dataclasses import replace

    from smartcity_xl.cli.outcome import tell_conflicts, tell_outcome
    from smartcity_xl.errors import UsageFault
    from smartcity_xl.messages import label
    from smartcity_xl.run.collecting import collect, needs_a_person, open_previous
    from smartcity_xl.run.rounds import choose_campaign, open_roster
    from smartcity_xl.run.systems import Choice

    settings = _open_campaign(campaign, systems, assignment)
    choice, folder, roster, authserv = Choice(systems, assignment), out or Path("summary-out"), None, ""
    if settings:
        choice, folder = choose_campaign(settings), out or settings.folders.summary
        inbox, ledger = inbox or settings.folders.inbox, ledger or settings.folders.store
        roster, authserv = open_roster(settings), settings.mailbox.authserv
        decided = folder / label("file.decisions")
        return_by = return_by or settings.deadline.date().isoformat()
        decisions = decisions or (decided if decided.exists() else None)
    if inbox is None:
        raise UsageFault("inbox-unnamed")
    choice = replace(choice, previous=open_previous(previous))
    keeping = keep_in(speaker, folder, ledger, as_of)
    outcome, done = collect(
        inbox, folder, choice, roster, authserv, decisions=decisions, keeping=keeping, return_by=return_by,
        passwords=(*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines()),
    )  # fmt: skip
    tell_outcome(speaker, outcome)
    for path in done.written:
        click.echo(speaker.say("wrote", path=path))
    if done.returned:
        click.echo(speaker.say("returned", number=len(done.returned), folder=done.returned[0].parent))
    for path in done.kept:
        click.echo(speaker.say("return_kept", path=path))
    tell_conflicts(speaker, outcome, folder)
    return NEEDS_A_PERSON if needs_a_person(outcome, review) else CLEAN


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
    from smartcity_xl.errors import XlscoreError

    speaker = Speaker(choose_language(arguments))
    cli = build_cli(speaker.language)
    try:
        if not arguments:
            arguments = ["--help"]
        result = cli.main(list(arguments), prog_name="xlscore", standalone_mode=False)
        return int(result or 0)
    except click.UsageError as error:
        click.echo(_usage_words(speaker, error), err=True)
        return WRONG_USAGE
    except click.Abort:
        return UNFINISHED
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
    sys.exit(run_cli(sys.argv[1:]))
