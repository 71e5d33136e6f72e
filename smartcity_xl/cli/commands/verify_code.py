"""``xlscore verify-code``: whether a printed page and a file agree."""

from __future__ import annotations

import os
from pathlib import Path

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker

PARAMETERS = (
    argument("code", "verify_code_code", metavar="CODE"),
    argument("files", "verify_code_files", type=options.PATH, nargs=-1, metavar="[FILE]..."),
    options.CAMPAIGN,
    options.SYSTEMS.but("collect_catalog"),
    options.ASSIGNMENT,
    options.PASSWORDS,
)


def run(
    speaker: Speaker,
    code: str,
    files: tuple[Path, ...],
    campaign: Path | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    passwords: tuple[str, ...],
) -> int:
    from smartcity_xl.run.orders import order_check
    from smartcity_xl.run.systems import Choice
    from smartcity_xl.run.verifying import verify_code

    order = order_check(campaign, Choice(systems, assignment))
    given = (*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())
    found = verify_code(code, files, order, clock.now(), given)
    agreeing = found.agreeing
    speaker.give("xlscore-verify-code/1", code=found.code,
                 files=[{"file": one.file, "department": one.department, "code": one.code, "agrees": one in agreeing}
                        for one in found.files])  # fmt: skip
    for one in found.files if files else agreeing:
        told = "code_agrees" if one in agreeing else "code_differs"
        click.echo(speaker.say(told, file=one.file, department=one.department, code=one.code, page=found.code))
    if not found.files or not (agreeing or files):
        click.echo(speaker.say("code_none", page=found.code, number=len(found.files)))
    return CLEAN if agreeing and (not files or len(agreeing) == len(found.files)) else NEEDS_A_PERSON
