"""The command line: parse, call ``run``, print, exit. Speaks Chinese and English.

Heavy imports wait until a command needs them, so that ``--help`` is quick.
"""

from __future__ import annotations

import locale
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcity_xl import __version__

if TYPE_CHECKING:
    from smartcity_xl.errors import XlscoreError
    from smartcity_xl.model import Outcome

CLEAN, NEEDS_A_PERSON, WRONG_USAGE, UNFINISHED = 0, 1, 2, 3
_SHOWN = 5


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


class _Speaker:
    """Sentences in the language of this run."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, code: str, /, **parameters: object) -> str:
        from smartcity_xl.messages import sentence

        return sentence("cli", code, self.language, **parameters)

    def error(self, code: str, /, **parameters: object) -> str:
        from smartcity_xl.messages import sentence

        return sentence("errors", code, self.language, **parameters)


class _Worded:
    """Help pages with headings in the language of the run."""

    speaker: _Speaker

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


class _Command(_Worded, click.Command):
    def __init__(self, speaker: _Speaker, arguments: dict[str, str], example: str, **settings: Any) -> None:
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


class _Group(_Worded, click.Group):
    def __init__(self, speaker: _Speaker, **settings: Any) -> None:
        self.speaker = speaker
        super().__init__(**settings)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(self.speaker.say("options")):
            formatter.write_dl(self.option_records(context))
        with formatter.section(self.speaker.say("commands")):
            formatter.write_dl([(name, str(command.help)) for name, command in self.commands.items()])
        formatter.write_paragraph()
        formatter.write_text(self.speaker.say("exit_codes"))


def build_cli(language: str) -> click.Group:
    """The whole command line, worded in one language."""
    speaker = _Speaker(language)
    say = speaker.say

    def language_option() -> click.Option:
        return click.Option(["--lang"], type=click.Choice(["zh", "en"]), help=say("lang"), expose_value=False)

    def show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"xlscore {__version__}")
            context.exit()

    version = click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show_version, help=say("version")
    )
    group = _Group(speaker, name="xlscore", help=say("about"), params=[language_option(), version])
    group.add_command(_Command(
        speaker, {}, say("make_templates_example"), name="make-templates", help=say("make_templates"),
        callback=lambda **given: _make_templates(speaker, **given),
        params=[
            click.Option(["--catalog"], metavar="SYSTEM", help=say("make_templates_catalog")),
            click.Option(["--assignment"], type=click.Path(path_type=Path), metavar="FILE", help=say("assignment")),
            click.Option(["--out"], default="templates-out", type=click.Path(path_type=Path), metavar="DIR",
                         help=say("make_templates_out")),
            click.Option(["--round", "round_"], metavar="TEXT", help=say("make_templates_round")),
            click.Option(["--city"], metavar="NAME", help=say("make_templates_city")),
            click.Option(["--deadline"], metavar="DATE", help=say("make_templates_deadline")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"INBOX": say("collect_inbox")}, say("collect_example"), name="collect", help=say("collect"),
        callback=lambda **given: _collect(speaker, **given),
        params=[
            click.Argument(["inbox"], type=click.Path(path_type=Path)),
            click.Option(["--out"], default="summary-out", type=click.Path(path_type=Path), metavar="DIR",
                         help=say("collect_out")),
            click.Option(["--catalog"], metavar="SYSTEM", help=say("collect_catalog")),
            click.Option(["--assignment"], type=click.Path(path_type=Path), metavar="FILE", help=say("assignment")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(build_catalog_commands(speaker, language_option))
    return group


def build_catalog_commands(speaker: _Speaker, language_option: Callable[[], click.Option]) -> click.Group:
    """``xlscore catalog …``: what there is to know about an indicator system."""
    say = speaker.say
    group = _Group(speaker, name="catalog", help=say("catalog"), params=[language_option()])

    def system(name: str) -> click.Argument:
        return click.Argument([name], metavar=name.upper())

    group.add_command(_Command(
        speaker, {}, "xlscore catalog list", name="list", help=say("catalog_list"),
        callback=lambda: _list_catalogs(speaker), params=[language_option()],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"SYSTEM": say("catalog_system")}, "xlscore catalog show cn-2018", name="show",
        help=say("catalog_show"), callback=lambda **given: _show_catalog(speaker, **given),
        params=[system("system"), language_option()],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"SYSTEM": say("catalog_system")}, "xlscore catalog lint cn-2018", name="lint",
        help=say("catalog_lint"), callback=lambda **given: _lint_catalog(speaker, **given),
        params=[system("system"), language_option()],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"SYSTEM": say("catalog_system")}, say("catalog_assign_example"), name="assign",
        help=say("catalog_assign"), callback=lambda **given: _assign_catalog(speaker, **given),
        params=[
            system("system"),
            click.Option(["--out"], type=click.Path(path_type=Path), metavar="FILE", default="assignment.xlsx",
                         help=say("catalog_assign_out")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"SYSTEM": say("catalog_system")}, say("catalog_export_example"), name="export",
        help=say("catalog_export"), callback=lambda **given: _export_catalog(speaker, **given),
        params=[
            system("system"),
            click.Option(["--out"], type=click.Path(path_type=Path), metavar="FILE", default="catalog.xlsx",
                         help=say("catalog_export_out")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"FILE": say("catalog_import_file")}, say("catalog_import_example"), name="import",
        help=say("catalog_import"), callback=lambda **given: _import_catalog(speaker, **given),
        params=[
            click.Argument(["file"], type=click.Path(path_type=Path), metavar="FILE"),
            click.Option(["--out"], type=click.Path(path_type=Path), metavar="DIR", default="catalog",
                         help=say("catalog_import_out")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(_Command(
        speaker, {"A": say("catalog_diff_a"), "B": say("catalog_diff_b")}, say("catalog_diff_example"), name="diff",
        help=say("catalog_diff"), callback=lambda **given: _diff_catalogs(speaker, **given),
        params=[system("a"), system("b"), language_option()],
    ))  # fmt: skip
    return group


def _list_catalogs(speaker: _Speaker) -> int:
    from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog

    for system in catalog_ids():
        catalog = load_catalog(system)
        click.echo(f"{system}  {catalog.title}")
        for name in assignment_ids(system):
            click.echo("  " + speaker.say("catalog_assignment", id=name, city=load_assignment(catalog, name).city))
    return CLEAN


def _show_catalog(speaker: _Speaker, system: str) -> int:
    from smartcity_xl.catalog.show import describe_catalog
    from smartcity_xl.run import open_system

    for line in describe_catalog(open_system(system)):
        click.echo(line)
    return CLEAN


def _lint_catalog(speaker: _Speaker, system: str) -> int:
    from smartcity_xl.run import lint_system

    faults = lint_system(system)
    for fault in faults:
        click.echo(fault.words(speaker.language))
    click.echo(speaker.say("catalog_faults" if faults else "catalog_whole", number=len(faults)))
    return NEEDS_A_PERSON if faults else CLEAN


def _assign_catalog(speaker: _Speaker, system: str, out: Path, overwrite: bool) -> int:
    from smartcity_xl.catalog.load import catalog_ids
    from smartcity_xl.run import write_assignment

    done = write_assignment(system, out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    own = "" if system in catalog_ids() else f" --catalog {system}"
    click.echo(speaker.say("catalog_assign_next", path=out, catalog=own))
    return CLEAN


def _export_catalog(speaker: _Speaker, system: str, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run import export_catalog

    done = export_catalog(system, out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("catalog_export_next", path=out))
    return CLEAN


def _import_catalog(speaker: _Speaker, file: Path, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run import import_catalog

    done = import_catalog(file, out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("catalog_import_next", folder=out))
    return CLEAN


def _diff_catalogs(speaker: _Speaker, a: str, b: str) -> int:
    from smartcity_xl.catalog.diff import diff_catalogs
    from smartcity_xl.run import open_system

    changes = diff_catalogs(open_system(a), open_system(b))
    for change in changes:
        sort, field = speaker.say(f"sort_{change.sort}"), change.field and speaker.say(f"field_{change.field}")
        click.echo(speaker.say(f"diff_{change.kind}", sort=sort, code=change.code, name=change.name, field=field))
        for mark, text in (("-", change.before), ("+", change.after)):
            for line in text.split("\n") if text else ():
                click.echo(f"    {mark} {line}")
    click.echo(speaker.say("diff_total" if changes else "diff_none", number=len(changes)))
    return CLEAN


def _make_templates(
    speaker: _Speaker,
    catalog: str | None,
    assignment: Path | None,
    out: Path,
    round_: str | None,
    city: str | None,
    deadline: str | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.run import make_templates

    done = make_templates(out, catalog, round_, city, deadline, overwrite, assignment)
    click.echo(speaker.say("templates_written", number=len(done.written), folder=out))
    if done.unchanged:
        click.echo(speaker.say("templates_unchanged", number=len(done.unchanged)))
    return CLEAN


def _collect(speaker: _Speaker, inbox: Path, out: Path, catalog: str | None, assignment: Path | None) -> int:
    from smartcity_xl.run import collect, needs_a_person

    outcome, done = collect(inbox, out, assignment, catalog)
    _tell_outcome(speaker, outcome)
    for path in done.written:
        click.echo(speaker.say("wrote", path=path))
    return NEEDS_A_PERSON if needs_a_person(outcome) else CLEAN


def _tell_outcome(speaker: _Speaker, outcome: Outcome) -> None:
    """The outcome in a dozen lines; the rest stands in the summary."""
    from collections import Counter

    from smartcity_xl.messages import severity, word_finding
    from smartcity_xl.model import Severity
    from smartcity_xl.summary.results import two

    scores = outcome.scores
    full = two(sum((dimension.full for dimension in scores.dimensions), start=scores.assessed * 0))
    sentence = "total_final" if scores.final else "total_provisional"
    click.echo(speaker.say(sentence, score=two(scores.total), full=full, assessed=two(scores.assessed)))
    reported = sum(status.reported for status in outcome.departments)
    click.echo(speaker.say("reported", part=reported, whole=len(outcome.departments)))
    if missing := [status.department.name for status in outcome.departments if not status.reported]:
        click.echo(speaker.say("missing", names=", ".join(missing)))
    status = Counter(receipt.status for receipt in outcome.receipts)
    known = ("taken", "rejected", "duplicate", "ignored")
    click.echo(speaker.say("files", **{name: status[name] for name in known}))
    grave = [finding for finding in outcome.findings if severity(finding.code) is Severity.ERROR]
    queries = sum(severity(finding.code) is Severity.QUERY for finding in outcome.findings)
    if not grave and not queries:
        click.echo(speaker.say("clean"))
        return
    click.echo(speaker.say("problems", errors=len(grave), queries=queries))
    if grave:
        click.echo(speaker.say("first_problems"))
    for finding in grave[:_SHOWN]:
        at = finding.origin
        place = " ".join(part for part in (at.file, f"{at.sheet}!{at.cell}" if at.cell else at.sheet) if part)
        wording = word_finding(finding, speaker.language)
        click.echo("  " + speaker.say("problem", place=place, found=wording.found, remedy=wording.remedy).lstrip())


def _usage_words(speaker: _Speaker, error: click.UsageError) -> str:
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


def _tell_fault(speaker: _Speaker, fault: XlscoreError) -> int:
    from smartcity_xl.errors import CatalogFault

    parameters = dict(fault.parameters)
    if isinstance(fault, CatalogFault):
        parameters["faults"] = "\n".join(f"  {one.words(speaker.language)}" for one in fault.faults)
    click.echo(speaker.error(fault.code, **parameters), err=True)
    return fault.exit_code


def run_cli(arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code."""
    from smartcity_xl.errors import XlscoreError

    speaker = _Speaker(choose_language(arguments))
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
