"""``xlscore rehearse``: a round to practise on, step by step."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from smartcity_xl.cli import chance, options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker

PARAMETERS = (argument("folder", "rehearse_folder", required=False, **options.NEW_DIR),)


def run(speaker: Speaker, folder: Path | None) -> int:
    from smartcity_xl.cli.round import name_round
    from smartcity_xl.office.campaign import KEY_LENGTH
    from smartcity_xl.run.rehearsing import follow_rehearsal, holds_round, lay_out_rehearsal

    here = folder or Path()
    if folder and not holds_round(folder):
        done = lay_out_rehearsal(folder, chance.new_key(KEY_LENGTH), Path(sys.executable or ""))
        click.echo(speaker.say("rehearse_laid_out", folder=folder, number=len(done.written)))
    step = follow_rehearsal(here)
    differences = {code: {"found": found, "right": right} for code, (found, right) in step.differences.items()}
    speaker.give("xlscore-rehearse/1", done=step.done, step=step.code, said=speaker.say(step.code, **step.parameters),
                 arrived=step.arrived, differences=differences)  # fmt: skip
    for path in step.arrived:
        click.echo(speaker.say("rehearse_arrived", path=path))
    click.echo(speaker.say(step.code, **step.parameters))
    for code, (found, right) in step.differences.items():
        click.echo(
            speaker.say("rehearse_difference", code=code or speaker.say("rehearse_total"), found=found, right=right)
        )
    if step.done:
        return CLEAN
    if step.code in ("rehearse_collect", "rehearse_second"):
        speaker.advise("next_rehearse_collect", "collect", *name_round(here))
    return NEEDS_A_PERSON
