"""``xlscore survey form``: the workbook in which an office defines a questionnaire."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    options.OUT.but("survey_form_out", metavar="FILE", default="questionnaire.xlsx"),
    options.OVERWRITE,
)


def run(speaker: Speaker, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run.surveys import write_survey_form

    tell_done(speaker, write_survey_form(out, overwrite))
    click.echo(speaker.say("survey_form_next", path=out))
    return CLEAN
