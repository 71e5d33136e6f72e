"""``xlscore catalog …``: looking at indicator systems, editing them, sharing them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Command, Group, Speaker


def build_catalog_commands(speaker: Speaker, language_option: Callable[[], click.Option]) -> click.Group:
    """``xlscore catalog …``: what there is to know about an indicator system."""
    say = speaker.say
    group = Group(speaker, name="catalog", help=say("catalog"), params=[language_option()])

    def system(name: str) -> click.Argument:
        return click.Argument([name], metavar=name.upper())

    group.add_command(Command(
        speaker, {}, "xlscore catalog list", name="list", help=say("catalog_list"),
        callback=lambda: _list_catalogs(speaker), params=[language_option()],
    ))  # fmt: skip
    group.add_command(Command(
        speaker, {"SYSTEM": say("catalog_system")}, "xlscore catalog show cn-2018", name="show",
        help=say("catalog_show"), callback=lambda **given: _show_catalog(speaker, **given),
        params=[system("system"), language_option()],
    ))  # fmt: skip
    group.add_command(Command(
        speaker, {"SYSTEM": say("catalog_system")}, "xlscore catalog lint cn-2018", name="lint",
        help=say("catalog_lint"), callback=lambda **given: _lint_catalog(speaker, **given),
        params=[system("system"), language_option()],
    ))  # fmt: skip
    group.add_command(Command(
        speaker, {"SYSTEM...": say("catalog_assign_systems")}, say("catalog_assign_example"), name="assign",
        help=say("catalog_assign"), callback=lambda **given: _assign_catalog(speaker, **given),
        params=[
            click.Argument(["systems"], metavar="SYSTEM...", nargs=-1, required=True),
            click.Option(["--out"], type=click.Path(path_type=Path), metavar="FILE", default="assignment.xlsx",
                         help=say("catalog_assign_out")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(Command(
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
    group.add_command(Command(
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
    group.add_command(Command(
        speaker, {"A": say("catalog_diff_a"), "B": say("catalog_diff_b")}, say("catalog_diff_example"), name="diff",
        help=say("catalog_diff"), callback=lambda **given: _diff_catalogs(speaker, **given),
        params=[system("a"), system("b"), language_option()],
    ))  # fmt: skip
    return group


def _list_catalogs(speaker: Speaker) -> int:
    from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog

    for system in catalog_ids():
        catalog = load_catalog(system)
        click.echo(f"{system}  {catalog.title}")
        for name in assignment_ids(system):
            click.echo("  " + speaker.say("catalog_assignment", id=name, city=load_assignment(catalog, name).city))
    return CLEAN


def _show_catalog(speaker: Speaker, system: str) -> int:
    from smartcity_xl.catalog.show import describe_catalog
    from smartcity_xl.run.systems import open_system

    for line in describe_catalog(open_system(system)):
        click.echo(line)
    return CLEAN


def _lint_catalog(speaker: Speaker, system: str) -> int:
    from smartcity_xl.run.systems import lint_system

    faults = lint_system(system)
    for fault in faults:
        click.echo(fault.words(speaker.language))
    click.echo(speaker.say("catalog_faults" if faults else "catalog_whole", number=len(faults)))
    return NEEDS_A_PERSON if faults else CLEAN


def _assign_catalog(speaker: Speaker, systems: tuple[str, ...], out: Path, overwrite: bool) -> int:
    from smartcity_xl.catalog.load import catalog_ids
    from smartcity_xl.run.systems import write_assignment

    done = write_assignment(systems, out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    built_in = set(systems) <= set(catalog_ids())
    own = "" if built_in else "".join(f" --catalog {system}" for system in systems)
    click.echo(speaker.say("catalog_assign_next", path=out, catalog=own))
    return CLEAN


def _export_catalog(speaker: Speaker, system: str, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run.systems import export_catalog

    done = export_catalog(system, out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("catalog_export_next", path=out))
    return CLEAN


def _import_catalog(speaker: Speaker, file: Path, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run.systems import import_catalog

    done = import_catalog(file, out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("catalog_import_next", folder=out))
    return CLEAN


def _diff_catalogs(speaker: Speaker, a: str, b: str) -> int:
    from smartcity_xl.catalog.diff import diff_catalogs
    from smartcity_xl.run.systems import open_system

    changes = diff_catalogs(open_system(a), open_system(b))
    for change in changes:
        sort, field = speaker.say(f"sort_{change.sort}"), change.field and speaker.say(f"field_{change.field}")
        click.echo(speaker.say(f"diff_{change.kind}", sort=sort, code=change.code, name=change.name, field=field))
        for mark, text in (("-", change.before), ("+", change.after)):
            for line in text.split("\n") if text else ():
                click.echo(f"    {mark} {line}")
    click.echo(speaker.say("diff_total" if changes else "diff_none", number=len(changes)))
    return CLEAN
