"""``xlscore survey …``: the questionnaire's workbook out, responses in, the score out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Command, Group, Speaker

if TYPE_CHECKING:
    from smartcity_xl.office.survey.score import SurveyResult


def build_survey_commands(speaker: Speaker, language_option: Callable[[], click.Option]) -> click.Group:
    """``xlscore survey …``: citizen experience from a questionnaire."""
    say = speaker.say
    group = Group(speaker, name="survey", help=say("survey"), params=[language_option()])
    file = click.Path(path_type=Path)
    group.add_command(Command(
        speaker, {}, say("survey_form_example"), name="form", help=say("survey_form"),
        callback=lambda **given: _write_form(speaker, **given),
        params=[
            click.Option(["--out"], type=file, metavar="FILE", default="questionnaire.xlsx",
                         help=say("survey_form_out")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    group.add_command(Command(
        speaker, {"QUESTIONNAIRE": say("survey_questionnaire"), "RESPONSES": say("survey_responses")},
        say("survey_score_example"), name="score", help=say("survey_score"),
        callback=lambda **given: _score_survey(speaker, **given),
        params=[
            click.Argument(["questionnaire"], type=file),
            click.Argument(["responses"], type=file, nargs=-1, required=True),
            click.Option(["--out"], type=file, metavar="FILE", default="survey.xlsx", help=say("survey_score_out")),
            click.Option(["--overwrite"], is_flag=True, help=say("make_templates_overwrite")),
            language_option(),
        ],
    ))  # fmt: skip
    return group


def _write_form(speaker: Speaker, out: Path, overwrite: bool) -> int:
    from smartcity_xl.run.surveys import write_survey_form

    done = write_survey_form(out, overwrite)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("survey_form_next", path=out))
    return CLEAN


def _score_survey(
    speaker: Speaker, questionnaire: Path, responses: tuple[Path, ...], out: Path, overwrite: bool
) -> int:
    from smartcity_xl.run.surveys import score_survey

    result, done = score_survey(questionnaire, responses, out, overwrite)
    needs_a_person = _tell_result(speaker, result)
    for path in (*done.written, *done.unchanged):
        click.echo(speaker.say("wrote", path=path))
    click.echo(speaker.say("survey_score_next", path=out))
    return NEEDS_A_PERSON if needs_a_person else CLEAN


def _tell_result(speaker: Speaker, result: SurveyResult) -> bool:
    """The result in a few lines; whether a person should look: something was dropped, or too few responses count."""
    estimate, asked = result.estimate, result.questionnaire
    low, high = estimate.interval or (None, None)
    interval = speaker.say("survey_no_interval")
    if low is not None and high is not None:
        interval = speaker.say("survey_interval", low=f"{float(low):.2f}", high=f"{float(high):.2f}")
    click.echo(speaker.say("survey_result", score=f"{float(estimate.score):.2f}", interval=interval))
    click.echo(speaker.say("survey_counted", number=estimate.number, received=result.received))
    for loss in (*result.dropped, *result.answers):
        if loss.number:
            click.echo(f"  {speaker.say(f'survey_{loss.kind}', number=loss.number)}")
    if result.twins:
        click.echo(f"  {speaker.say('survey_twins_kept', number=result.twins)}")
    few = estimate.number < asked.least
    if few:
        click.echo(speaker.say("survey_few", number=estimate.number, least=asked.least))
    impossible = any(loss.number for loss in result.answers if loss.kind == "impossible")
    return few or impossible or any(loss.number for loss in result.dropped)
